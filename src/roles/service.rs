//! The operations on roles.

use super::model::RoleDraft;
use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::iam::{AttachedPolicy, InlinePolicy, OwnPolicies, Owner, Role, Stored};
use crate::op::{OpContext, to_json};
use crate::owners::service::check_document;
use crate::owners::{bin, service as owners};
use crate::policy::{DocumentKind, SizeLimit};
use crate::store::provider::{self, NativeKind};
use crate::store::{AwsProvider, CloudProvider};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Code, ListQuery, Page};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["path", "tag", "created"];
/// The orders of the list; the first is its own.
pub const SORTS: &[Sort] = &[Sort::Name, Sort::Created, Sort::LastUsed];
const FIELDS: &[&str] = &["role_name", "path", "description", "max_session_duration"];

/// All roles, as the target of listing.
pub fn collection(access: &Access) -> Target {
    Target::collection("role", "iam", &access.tenant.account_id, "role/")
}

/// A page of the roles of a tenant.
///
/// # Errors
/// On the fields `q`, `sort`, `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Stored<Role>>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListRoles, &collection(&access)).await?;
    let (filter, page) = (query.filter(FILTER_KEYS)?, query.page(SORTS)?);
    let roles = op.reads(&access).await.iam.list_roles(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, roles))
}

/// A role with what hangs on it.
pub struct RoleView {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The role as the target of actions.
    pub target: Target,
    /// The role.
    pub role: Stored<Role>,
    /// Policies attached to it.
    pub attached: Vec<AttachedPolicy>,
    /// Policies that are part of it.
    pub inline: Vec<InlinePolicy>,
}

/// One role with what hangs on it.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, name: &str) -> Result<RoleView, ApiError> {
    let (access, role, target) = find(op, path, name, Action::GetRole).await?;
    let OwnPolicies { attached, inline } = owners::policies_of(op, &access, &Owner::role(&role.role_name)).await?;
    Ok(RoleView { attached, inline, access, target, role })
}

/// The role of that name, if the actor may do `action` on it. Absent and invisible answer alike.
///
/// # Errors
/// `NotFound`; refusals; `Unmodifiable` for a change of a service-linked role.
pub async fn find(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    action: Action,
) -> Result<(SharedAccess, Stored<Role>, Target), ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let role = op.found(op.reads(&access).await.iam.find_role(name).await)?;
    let target = match &role {
        Some(role) => Target::role(role, &account).with_id(role.id.uuid()),
        None => Target::named(NativeKind::Role, &account, "/", name),
    };
    op.authorize(&access, action, &target).await?;
    let role = role.ok_or_else(ApiError::not_found)?;
    if !action.is_read() && role.is_service_linked() {
        return Err(ApiError::new(Code::Unmodifiable, "A service-linked role is changed by its service only."));
    }
    Ok((access, role, target))
}

/// Creates a role with its trust policy.
///
/// # Errors
/// Field errors; refusals.
pub async fn create(
    op: &OpContext,
    path: &TenantPath,
    draft: RoleDraft,
    trust: &str,
) -> Result<Stored<Role>, ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let target = Target::named(NativeKind::Role, &account, draft.path(), &draft.role_name);
    op.authorize(&access, Action::CreateRole, &target).await?;
    let new = draft.validate()?;
    check_document("trust", trust, DocumentKind::Trust, SizeLimit::TRUST)?;
    let role = Role {
        role_id: op.app().ids.stable_id(NativeKind::Role.id_prefix()),
        arn: AwsProvider::new().native_arn(NativeKind::Role, &account, &new.path, &new.role_name),
        wami_arn: provider::wami_arn(NativeKind::Role, &account, &new.path, &new.role_name),
        role_name: new.role_name,
        path: new.path,
        create_date: op.now(),
        assume_role_policy_document: trust.to_owned(),
        description: new.description,
        max_session_duration: Some(new.max_session_duration),
        permissions_boundary: None,
        role_last_used: None,
        instance_profiles: vec![],
        tags: vec![],
        providers: vec![],
        tenant_id: None,
    };
    let mut unit = op.begin(&access).await?;
    let role = unit.iam.insert_role(role).await.map_err(|error| op.fail(error).in_draft("role_name", FIELDS))?;
    let target = Target::role(&role, &account).with_id(role.id.uuid());
    op.commit(unit, op.change(&access, Action::CreateRole, &target, None, to_json(&role))).await?;
    Ok(role)
}

/// Changes name, path, description and session length. `version` is the one that was edited.
///
/// # Errors
/// Field errors; `Stale`; refusals.
pub async fn update(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    version: i64,
    draft: RoleDraft,
) -> Result<Stored<Role>, ApiError> {
    let (access, before, target) = find(op, path, name, Action::UpdateRole).await?;
    let account = access.tenant.account_id.clone();
    // A rename is judged on its destination as well.
    let destination = Target::named(NativeKind::Role, &account, draft.path(), &draft.role_name);
    op.authorize(&access, Action::UpdateRole, &destination).await?;
    let new = draft.validate()?;
    let mut role = before.clone();
    role.version = version;
    if role.providers.is_empty() {
        role.arn = AwsProvider::new().native_arn(NativeKind::Role, &account, &new.path, &new.role_name);
    }
    role.wami_arn = provider::wami_arn(NativeKind::Role, &account, &new.path, &new.role_name);
    role.role_name = new.role_name;
    role.path = new.path;
    role.description = new.description;
    role.max_session_duration = Some(new.max_session_duration);
    let mut unit = op.begin(&access).await?;
    let role = unit.iam.update_role(&role).await.map_err(|error| op.fail(error).in_draft("role_name", FIELDS))?;
    op.commit(unit, op.change(&access, Action::UpdateRole, &target, to_json(&before), to_json(&role))).await?;
    Ok(role)
}

/// Replaces the trust policy.
///
/// # Errors
/// On `trust`; `Stale`; refusals; `Forbidden` when the role can do what the actor cannot.
pub async fn update_trust(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    version: i64,
    trust: &str,
) -> Result<(), ApiError> {
    let (access, before, target) = find(op, path, name, Action::UpdateAssumeRolePolicy).await?;
    check_document("trust", trust, DocumentKind::Trust, SizeLimit::TRUST)?;
    let fail = |error| op.fail(error);
    let parts = op.reads(&access).await;
    let owner = Owner::role(&before.role_name);
    let mut texts: Vec<(String, String)> = Vec::new();
    for policy in parts.iam.list_attached_policies(&owner).await.map_err(fail)? {
        let found = parts.iam.find_policy(&policy.policy_arn).await.map_err(fail)?;
        texts.push((policy.policy_name, found.map(|policy| policy.value.policy_document).unwrap_or_default()));
    }
    for policy in parts.iam.list_inline_policies(&owner).await.map_err(fail)? {
        texts.push((policy.policy_name, policy.policy_document));
    }
    let granted = holds::granted(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    holds::all_of(op, &access, Action::UpdateAssumeRolePolicy, &target, &granted).await?;
    let mut role = before.clone();
    role.version = version;
    role.assume_role_policy_document = trust.to_owned();
    let mut unit = op.begin(&access).await?;
    let role = unit.iam.update_role(&role).await.map_err(fail)?;
    op.commit(unit, op.change(&access, Action::UpdateAssumeRolePolicy, &target, to_json(&before), to_json(&role))).await
}

/// Deletes a role with its policies, into the bin. `typed` is the name as typed to confirm.
///
/// # Errors
/// On the field `typed`; refusals.
pub async fn delete(op: &OpContext, path: &TenantPath, name: &str, typed: &str) -> Result<(), ApiError> {
    let (access, role, target) = find(op, path, name, Action::DeleteRole).await?;
    if typed != role.role_name {
        return Err(ApiError::field("typed", format!("Type {} to confirm.", role.role_name)));
    }
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&access).await?;
    let relations = bin::take_policies(&mut unit, &Owner::role(&role.role_name)).await.map_err(fail)?;
    if !role.instance_profiles.is_empty() {
        // The profiles are names on the role only; they come back with it.
        let mut bare = role.clone();
        bare.instance_profiles.clear();
        unit.iam.update_role(&bare).await.map_err(fail)?;
    }
    unit.iam.delete_role(name).await.map_err(fail)?;
    let item = bin::item(op, "role", role.id.uuid(), &role.role_name, to_json(&role), relations)?;
    unit.records.put_bin_item(&item).await.map_err(fail)?;
    op.commit(unit, op.change(&access, Action::DeleteRole, &target, to_json(&role), None)).await
}
