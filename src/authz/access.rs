//! What an actor may do in one tenant: loaded once, asked any number of times.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::documents::{Documents, Key};
use super::{Action, Judge, Target};
use crate::op::Actor;
use crate::policy::{
    self, Attached, Body, Context, DocumentKind, GrantPath, Outcome, PolicySet, Principal, Request, Source, Undecidable,
};
use crate::sso_admin::Reach;
use crate::store::traits::{AuthorityRow, AuthoritySource};
use crate::store::{Directory, Result, Scope};
use crate::tenant::{TenantPath, TenantRef};
use crate::wire::{ApiError, Code};

/// The built-in guardrail of a tenant.
pub const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// What the request itself says, for the context keys of decisions.
#[derive(Debug, Clone)]
pub struct RequestFacts {
    /// The address it came from.
    pub source_ip: Option<std::net::IpAddr>,
    /// Now.
    pub now: DateTime<Utc>,
    /// It came over TLS.
    pub is_secure: bool,
    /// The browser.
    pub user_agent: Option<String>,
}

/// See the [module](self).
pub struct Access {
    /// The tenant.
    pub tenant: TenantRef,
    /// The scope in which the store is opened for it.
    pub scope: Scope,
    /// The names of the sets the actor acts with; `own policies` where it lives there.
    pub acting_as: Vec<String>,
    set: PolicySet,
    below: PolicySet,
    principal: Principal,
    context: Context,
    actor_is_local: bool,
    judge: Judge,
}

impl Access {
    /// Loads everything that bears on the actor in the tenant at `path`, or `None` when there is none: one query, and one
    /// more for documents never seen.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn load(
        directory: &dyn Directory,
        documents: &Documents,
        actor: &Actor,
        path: &TenantPath,
        facts: &RequestFacts,
    ) -> Result<Option<Self>> {
        Self::load_with(directory, documents, actor, path, facts, Builder::default()).await
    }

    /// The same, as after a fresh factor: with the sets that need elevation.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn load_elevated(
        directory: &dyn Directory,
        documents: &Documents,
        actor: &Actor,
        path: &TenantPath,
        facts: &RequestFacts,
    ) -> Result<Option<Self>> {
        let builder = Builder { is_elevated: true, ..Builder::default() };
        Self::load_with(directory, documents, actor, path, facts, builder).await
    }

    async fn load_with(
        directory: &dyn Directory,
        documents: &Documents,
        actor: &Actor,
        path: &TenantPath,
        facts: &RequestFacts,
        builder: Builder,
    ) -> Result<Option<Self>> {
        let Some((tenant, rows)) = directory.authority_at(actor.key, path, facts.now).await? else { return Ok(None) };
        let mut bodies = documents.compiled(directory, &keys(&rows)).await?.into_iter();
        Ok(Some(Self::built(builder, rows, &mut bodies, actor, tenant, facts)))
    }

    /// What an actor may do by these rows; of `bodies` it takes those of its [`keys`].
    pub(super) fn of(
        rows: Vec<AuthorityRow>,
        bodies: &mut impl Iterator<Item = Body>,
        actor: &Actor,
        tenant: TenantRef,
        facts: &RequestFacts,
    ) -> Self {
        Self::built(Builder::default(), rows, bodies, actor, tenant, facts)
    }

    fn built(
        mut builder: Builder,
        rows: Vec<AuthorityRow>,
        bodies: &mut impl Iterator<Item = Body>,
        actor: &Actor,
        tenant: TenantRef,
        facts: &RequestFacts,
    ) -> Self {
        for row in rows {
            let body = if row.document.is_some() { bodies.next().unwrap_or(Body::Unknown) } else { Body::Unknown };
            builder.add(row, body, tenant.path.depth());
        }
        let actor_is_local = actor.key.tenant_id == tenant.id;
        let (set, below, acting_as) = builder.finish();
        Self {
            principal: principal(actor, &tenant),
            context: context(actor, &tenant, facts),
            scope: Scope::of_actor(tenant.clone(), actor.key),
            tenant,
            acting_as,
            set,
            below,
            actor_is_local,
            judge: Judge::Engine,
        }
    }

    /// The same, decided by `judge`.
    #[must_use]
    pub fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    /// Whether nothing is refused, here or by what the actor must hold.
    pub(super) fn allows_everything(&self) -> bool {
        self.judge.allows_everything()
    }

    /// Whether the actor may; for what a page offers. The service asks again.
    pub fn allows(&self, action: Action, target: &Target) -> bool {
        self.check(action, target).is_ok()
    }

    /// Decides.
    ///
    /// # Errors
    /// `NotFound` when the actor may not even know; `Forbidden` with the reason; `TenantNotActive`; `Undecidable`.
    pub fn check(&self, action: Action, target: &Target) -> std::result::Result<(), ApiError> {
        match self.decide(action, target) {
            Ok(Outcome::Allow) if self.tenant.suspended && (self.actor_is_local || !action.is_read()) => {
                Err(ApiError::new(
                    Code::TenantNotActive,
                    format!(
                        "The tenant {} is suspended: nothing can be changed until it is resumed.",
                        self.tenant.path
                    ),
                ))
            }
            Ok(Outcome::Allow) => Ok(()),
            Ok(outcome) if self.is_visible() => Err(ApiError::forbidden(self.reason(action, target, outcome))),
            Ok(_) => Err(ApiError::not_found()),
            Err(undecidable) => {
                tracing::error!(
                    tenant.id = %self.tenant.id, action = action.as_str(), policy = undecidable.policy,
                    pointer = undecidable.pointer, "a policy cannot be read, so nothing can be decided: {undecidable}"
                );
                Err(ApiError::new(
                    Code::Undecidable,
                    format!(
                        "The policy {} cannot be read, so it cannot be decided whether you may do this. Somebody has to repair it.",
                        undecidable.policy
                    ),
                ))
            }
        }
    }

    /// Whether the actor has any read action on the tenant's collections, and so may know what exists in it.
    pub fn is_visible(&self) -> bool {
        let account = &self.tenant.account_id;
        let tenant = Target::tenant(account, &self.tenant.path);
        let allows = |action, target: &Target| self.decide(action, target).is_ok_and(Outcome::is_allow);
        [Action::GetTenant, Action::ListTenants, Action::ListGuardrails].iter().any(|action| allows(*action, &tenant))
            || [
                (Action::ListUsers, "user/"),
                (Action::ListGroups, "group/"),
                (Action::ListRoles, "role/"),
                (Action::ListPolicies, "policy/"),
            ]
            .iter()
            .any(|(action, part)| allows(*action, &Target::collection("collection", "iam", account, part)))
            || [(Action::ListPermissionSets, "permission-set/"), (Action::ListAccountAssignments, "assignment/")]
                .iter()
                .any(|(action, part)| allows(*action, &Target::collection("collection", "sso", account, part)))
            || allows(Action::ListEvents, &Target::console("audit", account, "event/"))
    }

    /// The policies in force, for analyses of what the actor holds.
    pub fn policies(&self) -> &PolicySet {
        &self.set
    }

    /// The part of them that is in force in everything below the tenant as well.
    pub fn policies_below(&self) -> &PolicySet {
        &self.below
    }

    /// Who the engine takes the actor for.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(super) fn decide(&self, action: Action, target: &Target) -> std::result::Result<Outcome, Undecidable> {
        if self.allows_everything() {
            return Ok(Outcome::Allow);
        }
        let context = self.context_for(target);
        let action = action.to_policy();
        policy::decide(
            &Request { principal: &self.principal, action: &action, resource: &target.resource, context: &context },
            &self.set,
        )
    }

    fn context_for(&self, target: &Target) -> Context {
        let mut context = self.context.clone();
        for tag in &target.tags {
            context.set(&format!("aws:ResourceTag/{}", tag.key), tag.value.as_str());
            context.set(&format!("iam:ResourceTag/{}", tag.key), tag.value.as_str());
        }
        for (key, values) in &target.keys {
            context.set_all(key, values.iter().map(String::as_str));
        }
        context
    }

    fn reason(&self, action: Action, target: &Target, outcome: Outcome) -> String {
        let what = if target.name.is_empty() {
            action.as_str().to_owned()
        } else {
            format!("{} on {}", action.as_str(), target.name)
        };
        match outcome {
            Outcome::ExplicitDeny => format!("You may not do this: a policy denies {what}."),
            _ => format!("You may not do this: none of your permissions in {} allows {what}.", self.tenant.path),
        }
    }
}

/// The documents of rows, and as what they are read.
pub(super) fn keys(rows: &[AuthorityRow]) -> Vec<Key> {
    rows.iter().filter_map(|row| Some((row.document?, kind_of(&row.source)))).collect()
}

fn kind_of(source: &AuthoritySource) -> DocumentKind {
    match source {
        AuthoritySource::Guardrail { .. } => DocumentKind::Guardrail,
        AuthoritySource::OwnBoundary | AuthoritySource::SetBoundary { .. } => DocumentKind::Boundary,
        _ => DocumentKind::Identity,
    }
}

fn principal(actor: &Actor, tenant: &TenantRef) -> Principal {
    // A session in the target tenant: it belongs to the tenant's account wherever the person lives.
    let arn = format!("arn:wami:iam::{}:user/{}", actor.tenant.account_id, actor.user_name);
    Principal::parse(&arn).unwrap_or_else(|_| Principal::anonymous()).in_account(&tenant.account_id)
}

fn context(actor: &Actor, tenant: &TenantRef, facts: &RequestFacts) -> Context {
    let mut context = Context::new();
    context
        .set("aws:CurrentTime", facts.now.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        .set("aws:EpochTime", facts.now.timestamp().to_string())
        .set("aws:SecureTransport", if facts.is_secure { "true" } else { "false" })
        .set("aws:PrincipalAccount", actor.tenant.account_id.as_str())
        .set("aws:PrincipalArn", format!("arn:wami:iam::{}:user/{}", actor.tenant.account_id, actor.user_name))
        .set("aws:PrincipalType", "User")
        .set("aws:username", actor.user_name.as_str())
        .set("aws:ResourceAccount", tenant.account_id.as_str())
        .set("wami:TenantId", tenant.path.as_str())
        .set("wami:ResourceTenantId", tenant.path.as_str())
        .set("wami:PrincipalTenantId", actor.tenant.path.as_str())
        .set("wami:TenantStatus", if tenant.suspended { "Suspended" } else { "Active" })
        .set("wami:CrossTenantRequest", if actor.key.tenant_id == tenant.id { "false" } else { "true" });
    if let Some(ip) = facts.source_ip {
        context.set("aws:SourceIp", ip.to_canonical().to_string());
    }
    if let Some(agent) = &facts.user_agent {
        context.set("aws:UserAgent", agent.as_str());
    }
    context
}

/// Sorts rows into guardrail levels and grant paths.
#[derive(Default)]
struct Builder {
    is_elevated: bool,
    guardrails: BTreeMap<usize, Vec<Attached>>,
    own: Option<GrantPath>,
    sets: BTreeMap<uuid::Uuid, (Reach, GrantPath)>,
    acting_as: Vec<String>,
}

impl Builder {
    fn add(&mut self, row: AuthorityRow, body: Body, depth_of_target: usize) {
        let attached =
            |source: Source, body: Body| Attached { source, name: row.policy.as_str().into(), version: None, body };
        match row.source {
            // Guardrails attached to the root bind what is below the root, not the root itself.
            AuthoritySource::Guardrail { depth: 0 } if depth_of_target == 0 => {}
            AuthoritySource::Guardrail { depth } => {
                let source = Source::Guardrail { tenant: depth.to_string().into() };
                let guardrail = match row.document {
                    Some(_) => attached(source, body),
                    None => Attached::read(source, row.policy.as_str(), ALLOW_ALL),
                };
                self.guardrails.entry(depth).or_default().push(guardrail);
            }
            AuthoritySource::Own => {
                self.own().identity.push(attached(Source::UserManaged, body));
            }
            AuthoritySource::Group { group } => {
                let source = Source::GroupManaged { group: group.into() };
                self.own().identity.push(attached(source, body));
            }
            AuthoritySource::OwnBoundary => {
                let boundary = attached(Source::Boundary, body);
                self.own().boundary.get_or_insert_default().push(boundary);
            }
            // A set that needs elevation does not count before a fresh factor.
            AuthoritySource::Set { requires_elevation: true, .. } if !self.is_elevated => {}
            AuthoritySource::Set { assignment, set, reach, .. } => {
                if !self.acting_as.contains(&set) {
                    self.acting_as.push(set.clone());
                }
                let (known, path) = self.sets.entry(assignment).or_insert_with(|| (reach, GrantPath::default()));
                *known = reach;
                if !row.policy.is_empty() {
                    path.identity.push(attached(Source::PermissionSet { set: set.into() }, body));
                }
            }
            AuthoritySource::SetBoundary { assignment } => {
                let boundary = attached(Source::Boundary, body);
                let (_, path) = self.sets.entry(assignment).or_insert_with(|| (Reach::Tenant, GrantPath::default()));
                path.boundary.get_or_insert_default().push(boundary);
            }
        }
    }

    fn own(&mut self) -> &mut GrantPath {
        self.own.get_or_insert_default()
    }

    fn finish(mut self) -> (PolicySet, PolicySet, Vec<String>) {
        if self.own.as_ref().is_some_and(|own| !own.identity.is_empty()) {
            self.acting_as.push("own policies".into());
        }
        let guardrails: Vec<_> = self.guardrails.into_values().collect();
        let reaching = self.sets.values().filter(|(reach, _)| *reach == Reach::Subtree);
        let below = PolicySet {
            guardrails: guardrails.clone(),
            paths: reaching.map(|(_, path)| path.clone()).collect(),
            resource: None,
        };
        let sets = self.sets.into_values().map(|(_, path)| path);
        let set = PolicySet { guardrails, paths: self.own.into_iter().chain(sets).collect(), resource: None };
        (set, below, self.acting_as)
    }
}

/// A shared access.
pub type SharedAccess = Arc<Access>;
