//! The permissions boundary of a user or role: the most that its own policies can give it.

use serde_json::json;

use crate::authz::access::SharedAccess;
use crate::authz::{Action, Target, holds};
use crate::iam::{Owner, OwnerKind, Role, Stored, User};
use crate::op::OpContext;
use crate::policy::{Attached, GrantPath, Source};
use crate::store::provider::NativeKind;
use crate::store::{Parts, UnitOfWork};
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code};

/// The action of setting a boundary on an owner of a kind; `None` where there is no such thing.
pub const fn put_action(kind: OwnerKind) -> Option<Action> {
    match kind {
        OwnerKind::User => Some(Action::PutUserPermissionsBoundary),
        OwnerKind::Role => Some(Action::PutRolePermissionsBoundary),
        OwnerKind::Group | OwnerKind::PermissionSet => None,
    }
}

/// The action of taking a boundary off an owner of a kind; `None` where there is no such thing.
pub const fn remove_action(kind: OwnerKind) -> Option<Action> {
    match kind {
        OwnerKind::User => Some(Action::DeleteUserPermissionsBoundary),
        OwnerKind::Role => Some(Action::DeleteRolePermissionsBoundary),
        OwnerKind::Group | OwnerKind::PermissionSet => None,
    }
}

/// Who a boundary is of, as stored.
enum Bounded {
    User(Stored<User>),
    Role(Stored<Role>),
}

impl Bounded {
    async fn find(op: &OpContext, parts: &Parts, owner: &Owner) -> Result<Option<Self>, ApiError> {
        Ok(match owner.kind {
            OwnerKind::User => op.found(parts.iam.find_user(&owner.name).await)?.map(Self::User),
            OwnerKind::Role => op.found(parts.iam.find_role(&owner.name).await)?.map(Self::Role),
            OwnerKind::Group | OwnerKind::PermissionSet => None,
        })
    }

    fn target(&self, account_id: &str) -> Target {
        match self {
            Self::User(user) => Target::user(user, account_id).with_id(user.id.uuid()),
            Self::Role(role) => Target::role(role, account_id).with_id(role.id.uuid()),
        }
    }

    fn boundary(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.permissions_boundary.as_deref(),
            Self::Role(role) => role.permissions_boundary.as_deref(),
        }
    }

    /// The names of the groups whose policies it has besides its own.
    async fn groups(&self, op: &OpContext, parts: &Parts) -> Result<Vec<Owner>, ApiError> {
        let Self::User(user) = self else { return Ok(vec![]) };
        let groups = parts.iam.list_groups_for_user(&user.user_name).await.map_err(|error| op.fail(error))?;
        Ok(groups.iter().map(|group| Owner::group(&group.group_name)).collect())
    }

    async fn save(self, op: &OpContext, unit: &mut UnitOfWork, boundary: Option<String>) -> Result<(), ApiError> {
        let done = match self {
            Self::User(mut user) => {
                user.permissions_boundary = boundary;
                unit.iam.update_user(&user).await.map(drop)
            }
            Self::Role(mut role) => {
                role.permissions_boundary = boundary;
                unit.iam.update_role(&role).await.map(drop)
            }
        };
        done.map_err(|error| op.fail(error))
    }
}

/// The owner, if the actor may do `action` on it; absent and invisible answer alike.
async fn authorized(
    op: &OpContext,
    path: &TenantPath,
    owner: &Owner,
    action: Option<Action>,
    keys: Vec<(&'static str, Vec<String>)>,
) -> Result<(SharedAccess, Bounded, Target, Action), ApiError> {
    let access = op.enter(path).await?;
    let account = &access.tenant.account_id;
    let action = action.ok_or_else(ApiError::not_found)?;
    let found = Bounded::find(op, &op.app().backend.parts(&access.scope), owner).await?;
    let absent = if owner.kind == OwnerKind::User { NativeKind::User } else { NativeKind::Role };
    let mut target =
        found.as_ref().map_or_else(|| Target::named(absent, account, "/", &owner.name), |found| found.target(account));
    for (key, values) in keys {
        target = target.with_key(key, values);
    }
    op.authorize(&access, action, &target).await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    if matches!(&found, Bounded::Role(role) if role.is_service_linked()) {
        return Err(ApiError::new(Code::Unmodifiable, "A service-linked role is changed by its service only."));
    }
    Ok((access, found, target, action))
}

/// Sets the permissions boundary of a user or role, in place of any earlier one.
///
/// # Errors
/// On `boundary_arn` when there is no such policy or its document is unknown; refusals; `Forbidden` when the new
/// boundary lets through, in place of a narrower one, what the actor does not hold; `Unmodifiable` when it would deny too
/// much to the last administrator.
pub async fn put(op: &OpContext, path: &TenantPath, owner: &Owner, policy_arn: &str) -> Result<(), ApiError> {
    let policy_arn = policy_arn.trim();
    let keys = vec![("iam:PermissionsBoundary", vec![policy_arn.to_owned()])];
    let (access, found, target, action) = authorized(op, path, owner, put_action(owner.kind), keys).await?;
    let parts = op.app().backend.parts(&access.scope);
    let policy = parts.iam.find_policy(policy_arn).await.map_err(|error| op.fail(error))?;
    let policy = policy.ok_or_else(|| ApiError::field("boundary_arn", "There is no such policy in this tenant."))?;
    if policy.is_document_unknown() {
        return Err(ApiError::field(
            "boundary_arn",
            "The document of this policy is not known here, so it bounds nothing.",
        ));
    }
    let before = found.boundary().map(str::to_owned);
    if before.as_deref() == Some(policy_arn) {
        return Ok(());
    }
    // A first boundary can only take away; another one may let through what the earlier one held back.
    if let Some(before) = &before {
        let bound = Attached::read(Source::Boundary, policy.policy_name.as_str(), &policy.policy_document);
        let given = given(op, &parts, owner, &found, Some(vec![bound])).await?;
        holds::all_of(op, &access, action, &target, &given).await?;
        let lifted = lifted(op, &parts, before, &policy.policy_document).await?;
        holds::all_of(op, &access, action, &target, &lifted).await?;
    }
    let mut unit = op.begin(&access).await?;
    found.save(op, &mut unit, Some(policy_arn.to_owned())).await?;
    if owner.kind == OwnerKind::User && holds::may_deny(&policy.policy_document) {
        op.keep_an_administrator(&access, &unit).await?;
    }
    let after = json!({ "permissions_boundary": policy_arn });
    let before = before.map(|arn| json!({ "permissions_boundary": arn }));
    op.commit(unit, op.change(&access, action, &target, before, Some(after))).await
}

/// Takes the permissions boundary off a user or role.
///
/// # Errors
/// `NotFound`; refusals; `Forbidden` when that gives the owner what the actor does not hold.
pub async fn remove(op: &OpContext, path: &TenantPath, owner: &Owner) -> Result<(), ApiError> {
    let (access, found, target, action) = authorized(op, path, owner, remove_action(owner.kind), vec![]).await?;
    let before = found.boundary().ok_or_else(ApiError::not_found)?.to_owned();
    let parts = op.app().backend.parts(&access.scope);
    let given = given(op, &parts, owner, &found, None).await?;
    holds::all_of(op, &access, action, &target, &given).await?;
    let lifted = lifted(op, &parts, &before, "").await?;
    holds::all_of(op, &access, action, &target, &lifted).await?;
    let mut unit = op.begin(&access).await?;
    found.save(op, &mut unit, None).await?;
    op.commit(unit, op.change(&access, action, &target, Some(json!({ "permissions_boundary": before })), None)).await
}

/// What the boundary `arn` denies and `new` does not: that is denied to whatever else the owner has, too.
async fn lifted(op: &OpContext, parts: &Parts, arn: &str, new: &str) -> Result<GrantPath, ApiError> {
    let policy = parts.iam.find_policy(arn).await.map_err(|error| op.fail(error))?;
    let old = policy.map(|policy| policy.value.policy_document).unwrap_or_default();
    Ok(holds::replaced([(arn, old.as_str(), new)]))
}

/// What the owner would have under another boundary: its own policies and those of its groups.
async fn given(
    op: &OpContext,
    parts: &Parts,
    owner: &Owner,
    found: &Bounded,
    boundary: Option<Vec<Attached>>,
) -> Result<GrantPath, ApiError> {
    let fail = |error| op.fail(error);
    let mut identity = Vec::new();
    let mut owners = found.groups(op, parts).await?;
    owners.push(owner.clone());
    for owner in &owners {
        for policy in parts.iam.list_inline_policies(owner).await.map_err(fail)? {
            identity.push(Attached::read(Source::Identity, policy.policy_name.as_str(), &policy.policy_document));
        }
        for attached in parts.iam.list_attached_policies(owner).await.map_err(fail)? {
            let Some(policy) = parts.iam.find_policy(&attached.policy_arn).await.map_err(fail)? else { continue };
            let name = policy.policy_name.as_str();
            identity.push(match policy.is_document_unknown() {
                true => Attached::unknown(Source::Identity, name),
                false => Attached::read(Source::Identity, name, &policy.policy_document),
            });
        }
    }
    Ok(GrantPath { identity, boundary, session: None })
}
