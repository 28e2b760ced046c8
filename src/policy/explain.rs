//! Why: the decision as a tree, from layers down to values.
//!
//! The tree is made by the decision itself: [`rule`] asks a judge about each statement, and here the judge writes down what it sees.
//! So what is explained is what was decided.

use serde::{Deserialize, Serialize};

use crate::policy::condition::{Condition, Test};
use crate::policy::context::Presence;
use crate::policy::decision::{Outcome, Undecidable, undecidable};
use crate::policy::evaluate::{Judge, Place, rule};
use crate::policy::finding::Location;
use crate::policy::nearest::{Change, nearest_changes};
use crate::policy::request::Request;
use crate::policy::set::{Body, Layer, PolicySet, Source};
use crate::policy::statement::{Applies, Effect, Entry, Listed, Statement, glob_matches, resource_matches};
use crate::policy::truth::Truth;

/// Whether a part matches the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends on a context key whose value is not known.
    Unknown,
    /// It depends on something malformed.
    Malformed,
}

impl From<Truth> for Match {
    fn from(truth: Truth) -> Match {
        match truth {
            Truth::Yes => Match::Yes,
            Truth::No => Match::No,
            Truth::Unknown => Match::Unknown,
            Truth::Broken => Match::Malformed,
        }
    }
}

/// A decision with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The answer; `None` if the request cannot be decided.
    pub outcome: Option<Outcome>,
    /// Why it cannot be decided, if so.
    pub undecidable: Option<Undecidable>,
    /// The layer that decided.
    pub layer: Option<Layer>,
    /// The decision in a sentence.
    pub summary: String,
    /// Every layer in force, in the order of evaluation.
    pub layers: Vec<LayerNode>,
    /// The smallest changes that would turn the answer round, all of them together; empty if it cannot be decided.
    pub nearest: Vec<Change>,
}

/// One layer and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerNode {
    /// Which layer.
    #[serde(flatten)]
    pub layer: Layer,
    /// Whether it has a statement that allows.
    pub allows: Match,
    /// Whether it has a statement that denies.
    pub denies: Match,
    /// Whether the layer does not bind this principal, as guardrails do not bind service-linked roles.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// Its policies.
    pub policies: Vec<PolicyNode>,
}

/// One policy and its statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyNode {
    /// How it takes part.
    pub source: Source,
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why no decision can be made with it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<StatementNode>,
}

/// One statement and its elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementNode {
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What it does; `None` if its effect is malformed.
    pub effect: Option<Effect>,
    /// JSON Pointer of the statement.
    pub pointer: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it applies to the request.
    pub applies: Match,
    /// Its elements and conditions; all of them must match.
    pub parts: Vec<PartNode>,
}

/// One element or condition: what it wants, what is there, and whether that fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartNode {
    /// The element's name, or for a condition its operator.
    pub name: String,
    /// The condition key, if it is a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// JSON Pointer of the element.
    pub pointer: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it matches.
    pub matches: Match,
    /// The values that the policy lists, as they are written, and whether each matches by itself.
    pub wanted: Vec<WantedValue>,
    /// The values that the request has; `None` if the context does not know.
    pub actual: Option<Vec<String>>,
    /// Why it matches or not, in a sentence.
    pub why: String,
}

/// One value of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WantedValue {
    /// As it is written.
    pub text: String,
    /// Whether it matches by itself, before any `Not`.
    pub matches: Match,
}

/// Decides a request as [`evaluate`](crate::policy::evaluate) does, and explains every step.
pub fn explain(request: &Request, set: &PolicySet) -> Explanation {
    let mut explainer = Explainer { set, layers: skeleton(request, set) };
    let ruling = rule(request, set, &mut explainer);
    let mut layers = explainer.layers;
    for layer in &mut layers {
        layer.conclude();
    }
    let (outcome, layer, undecidable) = match ruling.settle() {
        Some((outcome, layer)) => (Some(outcome), layer, None),
        None => (None, None, Some(undecidable(request, set))),
    };
    let summary = summarize(outcome, layer, undecidable.as_ref(), &layers);
    let nearest = outcome.map(|outcome| nearest_changes(outcome, layer, request, &layers)).unwrap_or_default();
    Explanation { outcome, undecidable, layer, summary, layers, nearest }
}

/// The tree without the statements, which the decision fills in.
fn skeleton(request: &Request, set: &PolicySet) -> Vec<LayerNode> {
    let bound = request.principal.is_bound_by_guardrails();
    let policy = |attached: &crate::policy::set::Attached| PolicyNode {
        source: attached.source.clone(),
        name: attached.name.to_string(),
        version: attached.version.as_deref().map(str::to_string),
        problem: match &attached.body {
            Body::Unknown => Some("The document of this policy is not known.".into()),
            Body::Unreadable(findings) => Some(findings.first().map_or_else(String::new, ToString::to_string)),
            Body::Compiled(policy) => policy.wide_flaw.and_then(|flaw| policy.flaw(flaw)).map(ToString::to_string),
        },
        statements: Vec::new(),
    };
    set.layers()
        .map(|layer| LayerNode {
            layer,
            allows: Match::No,
            denies: Match::No,
            skipped: !bound && matches!(layer, Layer::Guardrail { .. }),
            policies: set.layer(layer).iter().map(policy).collect(),
        })
        .collect()
}

impl LayerNode {
    fn conclude(&mut self) {
        let unreadable = self.policies.iter().any(|policy| policy.problem.is_some());
        let statements = || self.policies.iter().flat_map(|policy| &policy.statements);
        let of_effect = |effect: Effect| {
            let found = statements().filter(|statement| statement.effect.is_none_or(|own| own == effect));
            let strength = |statement: &StatementNode| match (statement.applies, statement.effect) {
                (Match::No, _) => 0,
                (Match::Unknown, _) => 1,
                (Match::Malformed, _) | (_, None) => 2,
                (Match::Yes, Some(_)) => 3,
            };
            match found.map(strength).max().unwrap_or(0) {
                3 => Match::Yes,
                2 => Match::Malformed,
                _ if unreadable => Match::Malformed,
                1 => Match::Unknown,
                _ => Match::No,
            }
        };
        (self.allows, self.denies) = (of_effect(Effect::Allow), of_effect(Effect::Deny));
    }
}

struct Explainer<'a> {
    set: &'a PolicySet,
    layers: Vec<LayerNode>,
}

impl Judge for Explainer<'_> {
    fn judge(&mut self, place: Place, statement: &Statement, request: &Request) -> Applies {
        let applies = statement.applies(request);
        let node = self.describe(place, statement, request, applies);
        let layer = self.layers.iter_mut().find(|node| node.layer == place.layer);
        if let (Some(node), Some(policy)) = (node, layer.and_then(|layer| layer.policies.get_mut(place.policy))) {
            policy.statements.push(node);
        }
        applies
    }
}

impl Explainer<'_> {
    fn describe(
        &self,
        place: Place,
        statement: &Statement,
        request: &Request,
        applies: Applies,
    ) -> Option<StatementNode> {
        let attached = self.set.layer(place.layer).get(place.policy)?;
        let document = attached.compiled()?.document();
        let node = document.statement_nodes().get(place.statement)?;
        let mut parts = Vec::new();
        for member in node.as_object()? {
            let name = &*member.name;
            let pointer = crate::policy::document::step(&statement.pointer, name);
            let location = document.locate_span(member.node.span);
            let part = |matches: Truth, wanted, actual: Vec<String>| {
                let matches = Match::from(matches);
                let why = element_sentence(name, matches);
                PartNode { name: name.into(), key: None, pointer, location, matches, wanted, actual: Some(actual), why }
            };
            let texts = || element_texts(&member.node);
            match name {
                "Principal" | "NotPrincipal" => {
                    let truths =
                        list_truths(&statement.principals, |pattern| pattern.names(request.principal).is_some().into());
                    let actual = request.principal.names().map(str::to_string).collect();
                    parts.push(part(
                        statement.principal_matches(request.principal).truth(),
                        wanted(texts(), truths),
                        actual,
                    ));
                }
                "Action" | "NotAction" => {
                    let truths = entry_truths(&statement.actions, |glob| glob_matches(glob, request.action.lower()));
                    let actual = vec![request.action.lower().to_string()];
                    parts.push(part(statement.action_matches(request), wanted(texts(), truths), actual));
                }
                "Resource" | "NotResource" => {
                    let one = |entry: &Entry<_>| resource_matches(entry, request.resource, request.context, Truth::No);
                    let truths = entry_truths(&statement.resources, one);
                    let actual = request.resource.names().map(str::to_string).collect();
                    parts.push(part(statement.resource_matches(request), wanted(texts(), truths), actual));
                }
                _ => {}
            }
        }
        for condition in &statement.conditions {
            let texts = condition.node(node).map(element_texts).unwrap_or_default();
            parts.push(condition_part(condition, texts, document.locate_span(condition.span), request));
        }
        Some(StatementNode {
            sid: statement.sid.as_deref().map(str::to_string),
            effect: statement.effect.ok(),
            pointer: statement.pointer.to_string(),
            location: document.locate_span(node.span),
            applies: applies.truth().into(),
            parts,
        })
    }
}

fn wanted(texts: Vec<String>, truths: Vec<Truth>) -> Vec<WantedValue> {
    let truths = truths.into_iter().map(Match::from).chain(std::iter::repeat(Match::Malformed));
    texts.into_iter().zip(truths).map(|(text, matches)| WantedValue { text, matches }).collect()
}

fn entry_truths<T>(list: &Listed<T>, one: impl Fn(&Entry<T>) -> Truth) -> Vec<Truth> {
    match list {
        Listed::Is(entries) | Listed::Not(entries) => entries.iter().map(one).collect(),
        Listed::Absent | Listed::Flawed(_) => Vec::new(),
    }
}

fn list_truths<T>(list: &Listed<T>, one: impl Fn(&T) -> Truth) -> Vec<Truth> {
    entry_truths(list, |entry| match entry {
        Entry::Good(value) => one(value),
        Entry::Flawed(_) => Truth::Broken,
    })
}

/// The scalars of an element as they are written, in the order in which they were compiled.
fn element_texts(node: &crate::policy::json::Node) -> Vec<String> {
    use crate::policy::json::Value;
    match &node.value {
        Value::String(text) | Value::Number(text) => vec![text.to_string()],
        Value::Bool(value) => vec![value.to_string()],
        Value::Array(items) => items.iter().flat_map(element_texts).collect(),
        Value::Object(members) => members.iter().flat_map(|member| element_texts(&member.node)).collect(),
        Value::Null => vec!["null".into()],
    }
}

fn element_sentence(name: &str, matches: Match) -> String {
    let negated = name.starts_with("Not");
    match (matches, negated) {
        (Match::Yes, false) => format!("{name} lists it."),
        (Match::No, false) => format!("{name} does not list it."),
        (Match::Yes, true) => format!("{name} does not list it, so the statement applies to it."),
        (Match::No, true) => format!("{name} lists it, so the statement does not apply to it."),
        (Match::Unknown, _) => "It depends on a variable whose value is not known.".into(),
        (Match::Malformed, _) => format!("{name} is malformed where it matters."),
    }
}

fn condition_part(condition: &Condition, texts: Vec<String>, location: Location, request: &Request) -> PartNode {
    let path: Vec<&str> = condition.pointer.rsplit('/').collect();
    let name = path.get(1).map(|name| name.replace("~1", "/").replace("~0", "~")).unwrap_or_default();
    let matches = Match::from(condition.holds(request.context));
    let presence = request.context.look_up(&condition.key);
    let key = &condition.key.name;
    let (actual, there) = match presence {
        Presence::Known(values) => (Some(values.iter().map(|value| value.to_string()).collect()), true),
        Presence::Absent => (Some(Vec::new()), false),
        Presence::Unknown => (None, false),
    };
    let truths = match presence {
        Presence::Known(values) => condition.test.truths(values, request.context),
        _ => vec![if matches == Match::Unknown { Truth::Unknown } else { Truth::No }; texts.len()],
    };
    let why = match (matches, &condition.test) {
        (_, Test::Flawed(_)) => "The condition is malformed.".into(),
        (Match::Malformed, _) => match presence {
            Presence::Known(values) => {
                condition.value_problem(values).unwrap_or_else(|| "A value of the condition is malformed.".into())
            }
            _ => "A value of the condition is malformed.".into(),
        },
        (Match::Unknown, _) => format!("The value of {key} is not known."),
        (Match::Yes, _) if there => format!("{key} satisfies {name}."),
        (Match::Yes, _) => format!("{key} is not in the request, which satisfies {name}."),
        (Match::No, _) if there => format!("{key} does not satisfy {name}."),
        (Match::No, _) => format!("{key} is not in the request, which {name} needs."),
    };
    PartNode {
        name,
        key: Some(key.to_string()),
        pointer: condition.pointer.to_string(),
        location,
        matches,
        wanted: wanted(texts, truths),
        actual,
        why,
    }
}

fn summarize(
    outcome: Option<Outcome>,
    layer: Option<Layer>,
    undecidable: Option<&Undecidable>,
    layers: &[LayerNode],
) -> String {
    let policies = |layer: Option<Layer>, effect: Effect| -> String {
        let node = layer.and_then(|layer| layers.iter().find(|node| node.layer == layer));
        let applying = |policy: &&PolicyNode| {
            policy
                .statements
                .iter()
                .any(|statement| statement.effect == Some(effect) && statement.applies == Match::Yes)
        };
        let names: Vec<&str> = node
            .into_iter()
            .flat_map(|node| node.policies.iter().filter(applying))
            .map(|policy| &*policy.name)
            .collect();
        names.join(", ")
    };
    let where_to = layer.map_or_else(String::new, |layer| layer.to_string());
    match (outcome, undecidable) {
        (_, Some(undecidable)) => undecidable.to_string(),
        (Some(Outcome::Allow), _) => match policies(layer, Effect::Allow) {
            names if names.is_empty() => format!("Allowed ({where_to})."),
            names => format!("Allowed by {names} ({where_to})."),
        },
        (Some(Outcome::ExplicitDeny), _) => format!("Denied by {} ({where_to}).", policies(layer, Effect::Deny)),
        _ => format!("Not allowed: nothing in the {where_to} allows it."),
    }
}
