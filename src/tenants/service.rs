//! The operations on tenants. A child is created, renamed, moved, suspended and deleted from a tenant above it, in whose
//! scope the change and its event commit.

use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target};
use crate::iam::validate;
use crate::op::{OpContext, to_json};
use crate::tenant::path::check_slug;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantPath, TenantRef, TenantStatus};
use crate::wire::error::Errors;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Code};

/// The orders of the list of children; the first is its own.
pub const SORTS: &[Sort] = &[Sort::Name, Sort::Created];

/// A tenant with what it holds.
pub struct Overview {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The tenant.
    pub tenant: Tenant,
    /// How many of each kind.
    pub counts: Counts,
}

/// A tenant with what it holds.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn overview(op: &OpContext, path: &TenantPath) -> Result<Overview, ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::GetTenant, &target(&access.tenant)).await?;
    let parts = op.reads(&access).await;
    let fail = |error| op.fail(error);
    let tenant = parts.tenants.get_tenant(access.tenant.id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let counts = parts.tenants.counts(&[tenant.id]).await.map_err(fail)?.pop().unwrap_or_default();
    Ok(Overview { access, tenant, counts })
}

/// A tenant as the target of actions.
pub fn target(tenant: &TenantRef) -> Target {
    Target::tenant(&tenant.account_id, &tenant.path).with_id(tenant.id.uuid())
}

/// Creates a child of a tenant.
///
/// # Errors
/// On `slug` and `display_name`; refusals.
pub async fn create(op: &OpContext, parent: &TenantPath, slug: &str, display_name: &str) -> Result<Tenant, ApiError> {
    let access = op.enter(parent).await?;
    op.authorize(&access, Action::CreateTenant, &target(&access.tenant)).await?;
    let mut errors = Errors::default();
    errors.check("slug", check_slug(slug).map_err(|error| error.0));
    errors.check("display_name", check_display_name(display_name));
    errors.done()?;
    if parent.child(slug).is_err() {
        return Err(ApiError::field("slug", "A tenant below this one would lie too deep."));
    }
    let mut unit = op.begin(&access).await?;
    let account = op.app().ids.account_id();
    let tenant = unit
        .tenants
        .create_tenant(access.tenant.id, slug, display_name, &account)
        .await
        .map_err(|error| op.fail(error))?;
    let made = Target::tenant(&tenant.account_id, &tenant.path).with_id(tenant.id.uuid());
    op.commit(unit, op.change(&access, Action::CreateTenant, &made, None, to_json(&tenant))).await?;
    Ok(tenant)
}

fn check_display_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("Enter a name.".into());
    }
    validate::text(name, 128)
}

/// A tenant below as a thing of the tenant that `access` is for.
pub(crate) fn seen_from(access: &Access, below: &TenantRef) -> Target {
    Target::tenant(&access.tenant.account_id, &below.path).with_id(below.id.uuid())
}

/// The tenant at `path` as seen from the one above it: a change of it is asked for and recorded there.
async fn from_above(
    op: &OpContext,
    path: &TenantPath,
    action: Action,
) -> Result<(SharedAccess, Tenant, Target), ApiError> {
    let own = op.enter(path).await?;
    let target = target(&own.tenant);
    op.authorize(&own, action, &target).await?;
    let parent = path.parent().ok_or_else(|| ApiError::new(Code::Unmodifiable, "The root tenant stays as it is."))?;
    let above = op.enter(&parent).await?;
    op.authorize(&above, action, &seen_from(&above, &own.tenant)).await?;
    let tenant = op.reads(&above).await.tenants.get_tenant(own.tenant.id).await.map_err(|error| op.fail(error))?;
    Ok((above, tenant.ok_or_else(ApiError::not_found)?, target))
}

/// Gives a tenant another display name.
///
/// # Errors
/// On `display_name`; `Stale`; refusals.
pub async fn rename(op: &OpContext, path: &TenantPath, version: i64, display_name: &str) -> Result<Tenant, ApiError> {
    let access = op.enter(path).await?;
    let target = target(&access.tenant);
    op.authorize(&access, Action::UpdateTenant, &target).await?;
    check_display_name(display_name).map_err(|message| ApiError::field("display_name", message))?;
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&access).await?;
    let before = unit.tenants.get_tenant(access.tenant.id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let changed = Tenant { version, display_name: display_name.to_owned(), ..before.clone() };
    let after = unit.tenants.update_tenant(&changed).await.map_err(fail)?;
    op.commit(unit, op.change(&access, Action::UpdateTenant, &target, to_json(&before), to_json(&after))).await?;
    Ok(after)
}

/// Suspends or resumes a tenant and everything below it.
///
/// # Errors
/// `Stale`; refusals; `Unmodifiable` for the root.
pub async fn set_status(op: &OpContext, path: &TenantPath, version: i64, status: TenantStatus) -> Result<(), ApiError> {
    let action = if status == TenantStatus::Suspended { Action::SuspendTenant } else { Action::ResumeTenant };
    let parent =
        path.parent().ok_or_else(|| ApiError::new(Code::Unmodifiable, "The root tenant cannot be suspended."))?;
    // Asked for above only: a suspended tenant could not resume itself.
    let above = op.enter(&parent).await?;
    let own = op.enter(path).await?;
    let target = seen_from(&above, &own.tenant);
    op.authorize(&above, action, &target).await?;
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&above).await?;
    let before = unit.tenants.get_tenant(own.tenant.id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let after = unit.tenants.update_tenant(&Tenant { version, status, ..before.clone() }).await.map_err(fail)?;
    op.commit(unit, op.change(&above, action, &target, to_json(&before), to_json(&after))).await
}

/// Moves a tenant with everything below it, or gives it another slug.
///
/// # Errors
/// On `parent` and `slug`; refusals, in either place.
pub async fn move_to(op: &OpContext, path: &TenantPath, parent: &TenantPath, slug: &str) -> Result<Tenant, ApiError> {
    let (_, before, target) = from_above(op, path, Action::MoveTenant).await?;
    let destination = match op.enter(parent).await {
        Ok(access) if access.is_visible() => access,
        _ => return Err(ApiError::field("parent", "There is no such tenant, or you may not see it.")),
    };
    op.authorize(&destination, Action::CreateTenant, &self::target(&destination.tenant)).await?;
    check_slug(slug).map_err(|error| ApiError::field("slug", error.0))?;
    // Both places must lie in one scope: that of the nearest tenant above both.
    let old_parent = path.parent().unwrap_or_else(TenantPath::root);
    let common =
        old_parent.lineage().into_iter().zip(parent.lineage()).take_while(|(a, b)| a == b).map(|(a, _)| a).last();
    let common = op.enter(&common.unwrap_or_else(TenantPath::root)).await?;
    keeps_its_guardrails(op, &common, &old_parent).await?;
    let mut unit = op.begin(&common).await?;
    let moved =
        unit.tenants.move_tenant(before.id, destination.tenant.id, slug).await.map_err(|error| op.fail(error))?;
    op.commit(unit, op.change(&common, Action::MoveTenant, &target, to_json(&before), to_json(&moved))).await?;
    Ok(moved)
}

/// A tenant that moves away is no longer bound by the guardrails between the place above both and its former parent.
/// Nobody takes them off by a move, not even those who may change them: that is an operation of its own, with its record.
async fn keeps_its_guardrails(op: &OpContext, common: &Access, old_parent: &TenantPath) -> Result<(), ApiError> {
    for path in old_parent.lineage().into_iter().skip(common.tenant.path.depth() + 1) {
        let left = op.enter(&path).await?;
        let guardrails = op.reads(&left).await.tenants.list_guardrails().await;
        if !guardrails.map_err(|error| op.fail(error))?.is_empty() {
            return Err(ApiError::new(
                Code::Unmodifiable,
                format!("Guardrails of {path} bind this tenant, and would not where it is to go. Remove them first."),
            ));
        }
    }
    Ok(())
}

/// Deletes an empty tenant. `typed` is its path as typed to confirm.
///
/// # Errors
/// On `typed`; `InUse` with what it still holds; refusals.
pub async fn delete(op: &OpContext, path: &TenantPath, typed: &str) -> Result<TenantPath, ApiError> {
    let (above, tenant, target) = from_above(op, path, Action::DeleteTenant).await?;
    if typed != path.as_str() {
        return Err(ApiError::field("typed", format!("Type {path} to confirm.")));
    }
    let mut unit = op.begin(&above).await?;
    unit.tenants.delete_tenant(tenant.id).await.map_err(|error| op.fail(error))?;
    op.commit(unit, op.change(&above, Action::DeleteTenant, &target, to_json(&tenant), None)).await?;
    Ok(above.tenant.path.clone())
}
