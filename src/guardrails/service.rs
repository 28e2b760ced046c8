//! The operations on guardrails.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Event;
use crate::authz::access::{self, SharedAccess};
use crate::authz::administrators::Counting;
use crate::authz::{Action, Target, holds};
use crate::iam::validate;
use crate::op::{OpContext, to_json};
use crate::owners::service::check_document;
use crate::policy::{DocumentKind, SizeLimit};
use crate::store::UnitOfWork;
use crate::store::traits::AuthoritySource;
use crate::tenant::{Guardrail, TenantPath};
use crate::tenants::service::{seen_from, target};
use crate::wire::{ApiError, Code};

/// The name under which the built-in guardrail is shown.
pub const ALLOW_ALL: &str = "AllowAll";

/// What bounds a tenant.
pub struct View {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// Those attached to the tenant, by name.
    pub own: Vec<Guardrail>,
    /// Whether the built-in one is in force.
    pub allow_all: bool,
    /// Those of the tenants above, from the root down: where, and the name.
    pub inherited: Vec<(TenantPath, String)>,
    /// Whether the actor may attach and replace them.
    pub may_put: bool,
    /// Whether the actor may take them away.
    pub may_delete: bool,
}

/// The guardrails of a tenant, with the names of those of the tenants above.
///
/// # Errors
/// Refusals.
pub async fn list(op: &OpContext, path: &TenantPath) -> Result<View, ApiError> {
    let access = op.enter(path).await?;
    let above = decider(op, path, &access).await?;
    // Whoever may mend a guardrail that forbids even this must be able to see it.
    if above.check(Action::ListGuardrails, &seen_from(&above, &access.tenant)).is_err() {
        op.authorize(&access, Action::ListGuardrails, &target(&access.tenant)).await?;
    }
    let fail = |error| op.fail(error);
    let parts = op.app().backend.parts(&access.scope);
    let tenant = parts.tenants.get_tenant(access.tenant.id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let own = parts.tenants.list_guardrails().await.map_err(fail)?;
    let rows =
        op.app().backend.directory().authority(op.actor()?.key, access.tenant.id, op.now()).await.map_err(fail)?;
    let lineage = path.lineage();
    let inherited = rows.into_iter().filter_map(|row| match row.source {
        AuthoritySource::Guardrail { depth } if depth + 1 < lineage.len() => Some((lineage[depth].clone(), row.policy)),
        _ => None,
    });
    let may = |action| above.allows(action, &seen_from(&above, &access.tenant));
    Ok(View {
        own,
        allow_all: tenant.allow_all_guardrail,
        inherited: inherited.collect(),
        may_put: may(Action::PutGuardrail),
        may_delete: may(Action::DeleteGuardrail),
        access,
    })
}

/// One guardrail of a tenant, among all that [`list`] tells.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, name: &str) -> Result<(View, Guardrail), ApiError> {
    let view = list(op, path).await?;
    let guardrail = view.own.iter().find(|guardrail| guardrail.name == name).cloned();
    Ok((view, guardrail.ok_or_else(ApiError::not_found)?))
}

/// The mark of a document, by which an edit tells what it was made from.
pub fn mark(document: &str) -> String {
    Sha256::digest(document.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Attaches a new guardrail.
///
/// # Errors
/// On `name` and `document`; refusals; `Forbidden` when it lets through what the actor does not hold; `Unmodifiable` when
/// nobody could administer the tenant any more.
pub async fn create(op: &OpContext, path: &TenantPath, name: &str, document: &str) -> Result<(), ApiError> {
    let asked = for_change(op, path, Action::PutGuardrail).await?;
    validate::name(name, 128).map_err(|message| ApiError::field("name", message))?;
    check_document("document", document, DocumentKind::Guardrail, SizeLimit::GUARDRAIL)?;
    let (mut unit, present) = begin(op, &asked).await?;
    let existing = &present.guardrails;
    if name.eq_ignore_ascii_case(ALLOW_ALL) || existing.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
        return Err(ApiError::field("name", "Another guardrail of this tenant has this name."));
    }
    let guardrail = Guardrail { name: name.to_owned(), document: document.to_owned(), created_at: op.now() };
    unit.tenants.put_guardrail(&guardrail).await.map_err(|error| op.fail(error))?;
    let event = op.change(&asked.own, Action::PutGuardrail, &asked.target, None, to_json(&guardrail));
    finish(op, &asked, unit, present, event).await
}

/// Replaces the document of a guardrail. `seen` is the [`mark`] of the document that was edited.
///
/// # Errors
/// On `document`; `NotFound`; `Stale`; as [`create`].
pub async fn update(op: &OpContext, path: &TenantPath, name: &str, seen: &str, document: &str) -> Result<(), ApiError> {
    let asked = for_change(op, path, Action::PutGuardrail).await?;
    check_document("document", document, DocumentKind::Guardrail, SizeLimit::GUARDRAIL)?;
    let (mut unit, present) = begin(op, &asked).await?;
    let before = present.find(name)?;
    if mark(&before.document) != seen {
        return Err(ApiError::new(Code::Stale, "Somebody else changed this guardrail meanwhile."));
    }
    let after = Guardrail { document: document.to_owned(), ..before.clone() };
    unit.tenants.put_guardrail(&after).await.map_err(|error| op.fail(error))?;
    let event = op.change(&asked.own, Action::PutGuardrail, &asked.target, to_json(before), to_json(&after));
    finish(op, &asked, unit, present, event).await
}

/// Takes a guardrail off the tenant. `typed` is its name as typed to confirm.
///
/// # Errors
/// On `typed`; `NotFound`; `Unmodifiable` for the last one; as [`create`].
pub async fn delete(op: &OpContext, path: &TenantPath, name: &str, typed: &str) -> Result<(), ApiError> {
    let asked = for_change(op, path, Action::DeleteGuardrail).await?;
    let (mut unit, present) = begin(op, &asked).await?;
    let before = present.find(name)?;
    if typed != name {
        return Err(ApiError::field("typed", format!("Type {name} to confirm.")));
    }
    unit.tenants.delete_guardrail(name).await.map_err(|error| op.fail(error))?;
    let event = op.change(&asked.own, Action::DeleteGuardrail, &asked.target, to_json(before), None);
    finish(op, &asked, unit, present, event).await
}

/// Switches the built-in guardrail that allows everything on or off.
///
/// # Errors
/// `Unmodifiable` when it is the last one; as [`create`].
pub async fn set_allow_all(op: &OpContext, path: &TenantPath, on: bool) -> Result<(), ApiError> {
    let action = if on { Action::PutGuardrail } else { Action::DeleteGuardrail };
    let asked = for_change(op, path, action).await?;
    let (mut unit, present) = begin(op, &asked).await?;
    unit.tenants.set_allow_all_guardrail(on).await.map_err(|error| op.fail(error))?;
    let state = |on: bool| Some(json!({ "guardrail": ALLOW_ALL, "in_force": on }));
    let event = op.change(&asked.own, action, &asked.target, state(!on), state(on));
    finish(op, &asked, unit, present, event).await
}

/// A change that the actor may make, as far as guardrails let it.
struct Asked {
    /// The tenant's own access, in whose scope the change is made.
    own: SharedAccess,
    /// Where it is decided.
    above: SharedAccess,
    /// As what.
    action: Action,
    /// The tenant.
    target: Target,
}

/// The guardrails of a tenant while they are changed.
struct Level {
    guardrails: Vec<Guardrail>,
    allow_all: bool,
    /// Whether somebody administers the tenant under them.
    has_an_administrator: bool,
}

impl Level {
    async fn read(op: &OpContext, own: &SharedAccess, unit: &UnitOfWork) -> Result<Self, ApiError> {
        let fail = |error| op.fail(error);
        let tenant = unit.tenants.get_tenant(own.tenant.id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
        Ok(Self {
            guardrails: unit.tenants.list_guardrails().await.map_err(fail)?,
            allow_all: tenant.allow_all_guardrail,
            has_an_administrator: op.has_an_administrator(own, unit, Counting::Guardrails).await?,
        })
    }

    fn find(&self, name: &str) -> Result<&Guardrail, ApiError> {
        self.guardrails.iter().find(|other| other.name == name).ok_or_else(ApiError::not_found)
    }

    fn texts(&self) -> Vec<(&str, &str)> {
        let built_in = self.allow_all.then_some((ALLOW_ALL, access::ALLOW_ALL));
        let own = self.guardrails.iter().map(|guardrail| (guardrail.name.as_str(), guardrail.document.as_str()));
        built_in.into_iter().chain(own).collect()
    }
}

async fn begin(op: &OpContext, asked: &Asked) -> Result<(UnitOfWork, Level), ApiError> {
    let unit = op.begin(&asked.own).await?;
    let present = Level::read(op, &asked.own, &unit).await?;
    Ok((unit, present))
}

/// Commits, if nobody gets by it what the actor does not hold in the tenant and below, and if it leaves the tenant
/// whoever administered it.
async fn finish(op: &OpContext, asked: &Asked, unit: UnitOfWork, before: Level, event: Event) -> Result<(), ApiError> {
    let after = Level::read(op, &asked.own, &unit).await?;
    // What is held above and reaches below, without the guardrails at hand.
    if let Some(error) = holds::beyond_below(&asked.above, &holds::loosened(&before.texts(), &after.texts())) {
        drop(unit);
        let target = seen_from(&asked.above, &asked.own.tenant);
        op.record_refusal(&asked.above, asked.action, &target, &error).await;
        return Err(error);
    }
    if before.has_an_administrator && !after.has_an_administrator {
        return Err(ApiError::new(
            Code::Unmodifiable,
            "This would leave the tenant without any administrator: nobody could make another one. To close a tenant, \
             suspend it.",
        ));
    }
    op.commit(unit, event).await
}

/// Where it is decided who may change the guardrails of the tenant: in the tenant above, for the root in itself.
async fn decider(op: &OpContext, path: &TenantPath, own: &SharedAccess) -> Result<SharedAccess, ApiError> {
    match path.parent() {
        Some(parent) => op.enter(&parent).await,
        None => Ok(own.clone()),
    }
}

/// The change, if the actor may make any.
async fn for_change(op: &OpContext, path: &TenantPath, action: Action) -> Result<Asked, ApiError> {
    let own = op.enter(path).await?;
    let above = decider(op, path, &own).await?;
    match op.authorize(&above, action, &seen_from(&above, &own.tenant)).await {
        Ok(()) => Ok(Asked { target: target(&own.tenant), own, above, action }),
        Err(error) if error.code == Code::NotFound && own.is_visible() => Err(ApiError::forbidden(
            "You may not do this: the guardrails of a tenant are changed by those who may in the tenant above it.",
        )),
        Err(error) => Err(error),
    }
}
