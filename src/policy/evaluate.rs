//! The decision.
//!
//! Source: AWS IAM User Guide, *Policy evaluation logic*, *Cross-account policy evaluation logic* and *AWS JSON policy elements:
//! Principal*. The order is: explicit deny anywhere; guardrails, every level; the resource's policy; identity policies; boundary;
//! session policies. Every layer is looked at whatever the others say, since a Deny may stand in any.

use crate::policy::decision::{Decision, Matched, Outcome, Undecidable, undecidable};
use crate::policy::request::{PrincipalKind, Request};
use crate::policy::set::{Attached, Layer, PolicySet};
use crate::policy::statement::{Applies, Effect, Statement};
use crate::policy::truth::Truth;

/// Decides a request, and says what took part.
///
/// # Errors
/// [`Undecidable`] if the answer depends on a document that is unknown or malformed, on a value that cannot be read, or on a
/// context key that is unknown. Whoever enforces treats it as a refusal.
pub fn evaluate(request: &Request, set: &PolicySet) -> Result<Decision, Undecidable> {
    let mut recorder = Recorder::default();
    let ruling = rule(request, set, &mut recorder);
    let (outcome, layer) = ruling.settle().ok_or_else(|| undecidable(request, set))?;
    let missing_keys = if outcome == Outcome::Allow { Vec::new() } else { recorder.missing_keys };
    Ok(Decision { outcome, layer, matched: recorder.matched, missing_keys })
}

/// Decides a request and says only the outcome: the quickest way, which allocates nothing.
///
/// # Errors
/// As [`evaluate`], with which it always agrees.
pub fn decide(request: &Request, set: &PolicySet) -> Result<Outcome, Undecidable> {
    match rule(request, set, &mut Plain).settle() {
        Some((outcome, _)) => Ok(outcome),
        None => Err(undecidable(request, set)),
    }
}

/// Decides a request as if every unknown context key had the value that suits the principal best: an Allow that depends on it
/// applies, a Deny that depends on it does not. For analyses of what a principal might do; never for enforcement.
///
/// # Errors
/// As [`evaluate`], but never for unknown keys.
pub fn decide_optimistically(request: &Request, set: &PolicySet) -> Result<Outcome, Undecidable> {
    match rule(request, set, &mut Optimist).settle() {
        Some((outcome, _)) => Ok(outcome),
        None => Err(undecidable(request, set)),
    }
}

/// Where a statement stands in a policy set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) layer: Layer,
    pub(crate) policy: usize,
    pub(crate) statement: usize,
}

/// Who looks at statements while a decision is made. All decisions go through [`rule`] and differ only in what they note.
pub(crate) trait Judge {
    /// Whether the first explicit deny may end the decision.
    const STOPS_AT_DENY: bool = false;

    /// Whether a statement applies.
    fn judge(&mut self, place: Place, statement: &Statement, request: &Request) -> Applies;
}

struct Plain;

impl Judge for Plain {
    const STOPS_AT_DENY: bool = true;

    fn judge(&mut self, _: Place, statement: &Statement, request: &Request) -> Applies {
        statement.applies(request)
    }
}

struct Optimist;

impl Judge for Optimist {
    fn judge(&mut self, _: Place, statement: &Statement, request: &Request) -> Applies {
        let applies = statement.applies(request);
        applies.map(|truth| match (truth, statement.effect) {
            (Truth::Unknown, Ok(Effect::Allow)) => Truth::Yes,
            (Truth::Unknown, Ok(Effect::Deny)) => Truth::No,
            (truth, _) => truth,
        })
    }
}

#[derive(Default)]
struct Recorder {
    matched: Vec<Matched>,
    missing_keys: Vec<Box<str>>,
}

impl Judge for Recorder {
    fn judge(&mut self, place: Place, statement: &Statement, request: &Request) -> Applies {
        let applies = statement.applies(request);
        match (applies.truth(), statement.effect) {
            (Truth::Yes, Ok(effect)) => self.matched.push(Matched {
                layer: place.layer,
                policy: place.policy,
                statement: place.statement,
                effect,
                sid: statement.sid.clone(),
                line: statement.line as usize,
            }),
            (Truth::No, Ok(Effect::Allow)) => statement.missing_keys(request, &mut self.missing_keys),
            _ => {}
        }
        applies
    }
}

/// What the policies of one layer say together.
#[derive(Debug, Clone, Copy)]
struct Said {
    deny: Truth,
    allow: Applies,
}

impl Said {
    const NOTHING: Said = Said { deny: Truth::No, allow: Applies::NOT };
}

/// What came out of all layers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ruling {
    deny: Truth,
    deny_layer: Option<Layer>,
    allow: Truth,
    /// The layer that allows if it is allowed, or the first that fails to if not.
    layer: Option<Layer>,
    /// Whether a policy cannot be read at all.
    blind: bool,
}

impl Ruling {
    /// The outcome and its layer; `None` if it cannot be told.
    pub(crate) fn settle(&self) -> Option<(Outcome, Option<Layer>)> {
        match (self.blind, self.deny, self.allow) {
            (true, ..) => None,
            (_, Truth::Yes, _) => Some((Outcome::ExplicitDeny, self.deny_layer)),
            (_, Truth::No, Truth::Yes) => Some((Outcome::Allow, self.layer)),
            (_, Truth::No, Truth::No) => Some((Outcome::ImplicitDeny, self.layer)),
            _ => None,
        }
    }
}

/// Makes the decision.
pub(crate) fn rule<J: Judge>(request: &Request, set: &PolicySet, judge: &mut J) -> Ruling {
    let mut ruling = Ruling { deny: Truth::No, deny_layer: None, allow: Truth::No, layer: None, blind: false };
    let bound = request.principal.is_bound_by_guardrails();
    // What cannot be read might hold a Deny: no decision without it, whatever else is found.
    let skipped = |layer: Layer| !bound && matches!(layer, Layer::Guardrail { .. });
    let in_force = || set.layers().filter(|&layer| !skipped(layer));
    if in_force().any(|layer| set.layer(layer).iter().any(|attached| attached.compiled().is_none())) {
        ruling.blind = true;
    }
    let mut hear = |layer: Layer, ruling: &mut Ruling| -> Said {
        let said = hear_layer(layer, set.layer(layer), request, judge);
        if said.deny == Truth::Yes && ruling.deny_layer.is_none() {
            ruling.deny_layer = Some(layer);
        }
        ruling.deny = ruling.deny.or(said.deny);
        said
    };

    let mut guardrails = Truth::Yes;
    let mut failed_guardrail = None;
    if bound {
        for level in 0..set.guardrails.len() {
            let allow = hear(Layer::Guardrail { level }, &mut ruling).allow.truth();
            if allow == Truth::No && failed_guardrail.is_none() {
                failed_guardrail = Some(Layer::Guardrail { level });
            }
            guardrails = guardrails.and(allow);
        }
    }
    let resource = if set.resource.is_some() { hear(Layer::Resource, &mut ruling) } else { Said::NOTHING };
    if J::STOPS_AT_DENY && ruling.deny == Truth::Yes {
        return ruling;
    }

    let mut paths = Paths::start(request);
    for (path, parts) in set.paths.iter().enumerate() {
        let identity = hear(Layer::Identity { path }, &mut ruling).allow.truth();
        let boundary = parts.boundary.as_ref().map(|_| hear(Layer::Boundary { path }, &mut ruling).allow.truth());
        let session = parts.session.as_ref().map(|_| hear(Layer::Session { path }, &mut ruling).allow.truth());
        paths.add(path, identity, boundary, session, request);
    }
    if set.paths.is_empty() {
        paths.add(0, Truth::No, None, None, request);
    }

    let named = resource.allow.truth();
    let by_resource = resource.allow.direct.or(resource.allow.base.and(paths.within_bounds));
    let (granted, layer) = match request.principal.kind {
        // These have no policies of their own.
        PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Anonymous | PrincipalKind::CanonicalUser => {
            (named, Layer::Resource)
        }
        _ if request.crosses_accounts() => {
            let layer = if named == Truth::No { Layer::Resource } else { paths.layer };
            (named.and(paths.granted), layer)
        }
        _ if resource_policy_must_allow(request) => {
            let layer = match (by_resource, named) {
                (Truth::Yes, _) | (_, Truth::No) => Layer::Resource,
                _ => paths.layer,
            };
            (by_resource.or(named.and(paths.granted)), layer)
        }
        _ => (by_resource.or(paths.granted), if by_resource == Truth::Yes { Layer::Resource } else { paths.layer }),
    };
    ruling.allow = guardrails.and(granted);
    ruling.layer = Some(failed_guardrail.unwrap_or(layer));
    ruling
}

fn hear_layer<J: Judge>(layer: Layer, policies: &[Attached], request: &Request, judge: &mut J) -> Said {
    let mut said = Said::NOTHING;
    for (policy, attached) in policies.iter().enumerate() {
        let Some(compiled) = attached.compiled() else { continue };
        for (index, statement) in compiled.statements.iter().enumerate() {
            let applies = judge.judge(Place { layer, policy, statement: index }, statement, request);
            match (applies.truth(), statement.effect) {
                (Truth::No, _) => {}
                (_, Ok(Effect::Allow)) => said.allow = said.allow.or(applies),
                (truth, Ok(Effect::Deny)) => said.deny = said.deny.or(truth),
                // An unknown effect may be either.
                (_, Err(_)) => {
                    said.allow = said.allow.or(Applies::directly(Truth::Broken));
                    said.deny = said.deny.or(Truth::Broken);
                }
            }
            if J::STOPS_AT_DENY && said.deny == Truth::Yes {
                return said;
            }
        }
    }
    said
}

/// What the grant paths give together.
struct Paths {
    /// Some path grants within its bounds.
    granted: Truth,
    /// Some path's boundary and session policies would let a grant through.
    within_bounds: Truth,
    /// Where the path that came furthest stopped, or the identity layer that grants.
    layer: Layer,
    furthest: u8,
    federated_user: bool,
}

impl Paths {
    fn start(request: &Request) -> Paths {
        Paths {
            granted: Truth::No,
            within_bounds: Truth::No,
            layer: Layer::Identity { path: 0 },
            furthest: 0,
            federated_user: request.principal.kind == PrincipalKind::FederatedUser,
        }
    }

    fn add(
        &mut self,
        path: usize,
        identity: Truth,
        boundary: Option<Truth>,
        session: Option<Truth>,
        request: &Request,
    ) {
        // The root user has every permission that guardrails and denies leave it.
        let root = request.principal.kind == PrincipalKind::Root;
        let (identity, boundary) =
            if root { (Truth::Yes, Truth::Yes) } else { (identity, boundary.unwrap_or(Truth::Yes)) };
        // A federated user's session has no permissions but those of the policies passed for it.
        let session = session.unwrap_or(if self.federated_user { Truth::No } else { Truth::Yes });
        let within = boundary.and(session);
        let granted = identity.and(within);
        let (rank, layer) = match (identity, boundary, session) {
            _ if granted == Truth::Yes => (4, Layer::Identity { path }),
            (Truth::No, ..) => (1, Layer::Identity { path }),
            (_, Truth::No, _) => (2, Layer::Boundary { path }),
            _ => (3, Layer::Session { path }),
        };
        if rank > self.furthest {
            (self.furthest, self.layer) = (rank, layer);
        }
        self.granted = self.granted.or(granted);
        self.within_bounds = self.within_bounds.or(within);
    }
}

/// Whether the resource's own policy must allow even in its own account: so it is with roles, whose trust policy alone says who
/// may assume them, and with KMS keys.
pub(crate) fn resource_policy_must_allow(request: &Request) -> bool {
    let names = |service: &str, kind: &str| {
        request.resource.names().any(|name| {
            crate::policy::request::ArnParts::split(name)
                .is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind))
        })
    };
    match request.action.service() {
        "sts" => {
            let action = request.action.lower();
            let takes_role =
                action.starts_with("sts:assumerole") || matches!(action, "sts:tagsession" | "sts:setsourceidentity");
            takes_role && names("iam", "role/")
        }
        "kms" => names("kms", "key/"),
        _ => false,
    }
}
