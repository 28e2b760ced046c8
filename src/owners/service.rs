//! The operations on what hangs on an owner.

use serde_json::json;

use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::iam::{InlinePolicy, OwnPolicies, Owner, OwnerKind, Tag, tag, validate};
use crate::op::OpContext;
use crate::policy::{DocumentKind, GrantPath, Severity, SizeLimit, accept};
use crate::store::provider::NativeKind;
use crate::store::traits::Taggable;
use crate::store::{Parts, UnitOfWork};
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code};

/// The most that all inline policies of an owner may hold together (AWS IAM User Guide, *IAM and AWS STS quotas*; AWS
/// IAM Identity Center User Guide, *Quotas*).
const fn inline_limit(kind: OwnerKind) -> SizeLimit {
    match kind {
        OwnerKind::User => SizeLimit::USER_INLINE,
        OwnerKind::Group => SizeLimit::GROUP_INLINE,
        OwnerKind::Role => SizeLimit::ROLE_INLINE,
        OwnerKind::PermissionSet => SizeLimit::PERMISSION_SET,
    }
}

/// What is done to an owner, to be looked up per kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Attach a managed policy.
    Attach,
    /// Detach a managed policy.
    Detach,
    /// Write an inline policy.
    PutInline,
    /// Remove an inline policy.
    DeleteInline,
    /// Add tags.
    Tag,
    /// Remove tags.
    Untag,
}

/// The action of a change on an owner of a kind.
pub const fn action(kind: OwnerKind, change: Change) -> Action {
    use Change::{Attach, DeleteInline, Detach, PutInline, Tag, Untag};
    match (kind, change) {
        (OwnerKind::User, Attach) => Action::AttachUserPolicy,
        (OwnerKind::User, Detach) => Action::DetachUserPolicy,
        (OwnerKind::User, PutInline) => Action::PutUserPolicy,
        (OwnerKind::User, DeleteInline) => Action::DeleteUserPolicy,
        (OwnerKind::User, Tag) => Action::TagUser,
        (OwnerKind::User, Untag) => Action::UntagUser,
        (OwnerKind::Group, Attach) => Action::AttachGroupPolicy,
        (OwnerKind::Group, Detach) => Action::DetachGroupPolicy,
        (OwnerKind::Group, PutInline) => Action::PutGroupPolicy,
        (OwnerKind::Group, DeleteInline) => Action::DeleteGroupPolicy,
        (OwnerKind::Group, Tag) => Action::TagGroup,
        (OwnerKind::Group, Untag) => Action::UntagGroup,
        (OwnerKind::Role, Attach) => Action::AttachRolePolicy,
        (OwnerKind::Role, Detach) => Action::DetachRolePolicy,
        (OwnerKind::Role, PutInline) => Action::PutRolePolicy,
        (OwnerKind::Role, DeleteInline) => Action::DeleteRolePolicy,
        (OwnerKind::Role, Tag) => Action::TagRole,
        (OwnerKind::Role, Untag) => Action::UntagRole,
        (OwnerKind::PermissionSet, Attach) => Action::AttachManagedPolicyToPermissionSet,
        (OwnerKind::PermissionSet, Detach) => Action::DetachManagedPolicyFromPermissionSet,
        (OwnerKind::PermissionSet, PutInline) => Action::PutInlinePolicyToPermissionSet,
        (OwnerKind::PermissionSet, DeleteInline) => Action::DeleteInlinePolicyFromPermissionSet,
        (OwnerKind::PermissionSet, Tag | Untag) => Action::UpdatePermissionSet,
    }
}

/// An owner that exists, with its target, its tags and whether it may be changed.
struct Found {
    target: Target,
    tags: Vec<Tag>,
    /// Why nobody changes it.
    fixed: Option<&'static str>,
}

async fn find(op: &OpContext, access: &SharedAccess, parts: &Parts, owner: &Owner) -> Result<Option<Found>, ApiError> {
    let account = &access.tenant.account_id;
    Ok(match owner.kind {
        OwnerKind::User => op.found(parts.iam.find_user(&owner.name).await)?.map(|user| Found {
            target: Target::user(&user, account).with_id(user.id.uuid()),
            tags: user.value.tags,
            fixed: None,
        }),
        OwnerKind::Group => op.found(parts.iam.find_group(&owner.name).await)?.map(|group| Found {
            target: Target::group(&group, account).with_id(group.id.uuid()),
            tags: group.value.tags,
            fixed: None,
        }),
        OwnerKind::Role => op.found(parts.iam.find_role(&owner.name).await)?.map(|role| Found {
            target: Target::role(&role, account).with_id(role.id.uuid()),
            fixed: role.is_service_linked().then_some("A service-linked role is changed by its service only."),
            tags: role.value.tags,
        }),
        OwnerKind::PermissionSet => op.found(parts.sso.find_permission_set(&owner.name).await)?.map(|set| Found {
            target: Target::permission_set(&set, account).with_id(set.id.uuid()),
            fixed: set
                .is_builtin
                .then_some("This permission set comes with the product. Make one of your own to change it."),
            tags: set.value.tags,
        }),
    })
}

/// The owner, if the actor may do `action` on it; absent and invisible answer alike.
async fn authorized(
    op: &OpContext,
    path: &TenantPath,
    owner: &Owner,
    change: Change,
    keys: Vec<(&'static str, Vec<String>)>,
) -> Result<(SharedAccess, Found, Action), ApiError> {
    let access = op.enter(path).await?;
    let action = action(owner.kind, change);
    let parts = op.reads(&access).await;
    let found = find(op, &access, &parts, owner).await?;
    let absent = || match owner.kind {
        OwnerKind::User => Target::named(NativeKind::User, &access.tenant.account_id, "/", &owner.name),
        OwnerKind::Group => Target::named(NativeKind::Group, &access.tenant.account_id, "/", &owner.name),
        OwnerKind::Role => Target::named(NativeKind::Role, &access.tenant.account_id, "/", &owner.name),
        OwnerKind::PermissionSet => Target::named_set(&access.tenant.account_id, &owner.name),
    };
    let mut target = found.as_ref().map_or_else(absent, |found| found.target.clone());
    for (key, values) in keys {
        target = target.with_key(key, values);
    }
    op.authorize(&access, action, &target).await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    // Told only to those who may.
    if let Some(reason) = found.fixed {
        return Err(ApiError::new(Code::Unmodifiable, reason));
    }
    Ok((access, found, action))
}

/// The policies of one owner that is known to be there.
///
/// # Errors
/// `Unavailable`.
pub async fn policies_of(op: &OpContext, access: &Access, owner: &Owner) -> Result<OwnPolicies, ApiError> {
    let parts = op.reads(access).await;
    let all = parts.iam.list_policies_of(std::slice::from_ref(owner)).await;
    Ok(all.map_err(|error| op.fail(error))?.pop().unwrap_or_default())
}

/// What an owner would be given, the actor must hold: of a permission set, in everything below as well, where it may be
/// assigned.
async fn must_hold(
    op: &OpContext,
    access: &SharedAccess,
    owner: &Owner,
    action: Action,
    found: &Found,
    given: &GrantPath,
) -> Result<(), ApiError> {
    match owner.kind {
        OwnerKind::PermissionSet => holds::all_of_below(op, access, action, &found.target, given).await,
        _ => holds::all_of(op, access, action, &found.target, given).await,
    }
}

/// What an owner gets may deny something to whoever administers the tenant.
async fn keep_an_administrator(
    op: &OpContext,
    access: &Access,
    unit: &UnitOfWork,
    owner: &Owner,
    document: &str,
) -> Result<(), ApiError> {
    if owner.kind != OwnerKind::Role && holds::may_deny(document) {
        op.keep_an_administrator(access, unit).await?;
    }
    Ok(())
}

/// Attaches a managed policy.
///
/// # Errors
/// On `policy_arn` when there is no such policy; refusals; `Forbidden` when the actor does not hold what it allows;
/// `Unmodifiable` when it would deny too much to the last administrator.
pub async fn attach(op: &OpContext, path: &TenantPath, owner: &Owner, policy_arn: &str) -> Result<(), ApiError> {
    let keys = vec![("iam:PolicyARN", vec![policy_arn.to_owned()])];
    let (access, found, action) = authorized(op, path, owner, Change::Attach, keys).await?;
    let fail = |error| op.fail(error);
    let policy = op.reads(&access).await.iam.find_policy(policy_arn).await.map_err(fail)?;
    let policy = policy.ok_or_else(|| ApiError::field("policy_arn", "There is no such policy in this tenant."))?;
    if policy.is_document_unknown() {
        return Err(ApiError::field(
            "policy_arn",
            "The document of this policy is not known here, so it cannot be attached.",
        ));
    }
    let granted = holds::granted([(policy.policy_name.as_str(), policy.policy_document.as_str())]);
    must_hold(op, &access, owner, action, &found, &granted).await?;
    let mut unit = op.begin(&access).await?;
    if unit.iam.attach_policy(owner, policy_arn).await.map_err(fail)? {
        keep_an_administrator(op, &access, &unit, owner, &policy.policy_document).await?;
        let after = json!({ "attached_policy": policy_arn });
        op.commit(unit, op.change(&access, action, &found.target, None, Some(after))).await?;
    }
    Ok(())
}

/// Detaches a managed policy.
///
/// # Errors
/// `NotFound`; refusals; `Forbidden` when the actor does not hold what it denies.
pub async fn detach(op: &OpContext, path: &TenantPath, owner: &Owner, policy_arn: &str) -> Result<(), ApiError> {
    let keys = vec![("iam:PolicyARN", vec![policy_arn.to_owned()])];
    let (access, found, action) = authorized(op, path, owner, Change::Detach, keys).await?;
    let policy = op.reads(&access).await.iam.find_policy(policy_arn).await;
    if let Some(policy) = policy.map_err(|error| op.fail(error))? {
        let lifted = holds::lifted([(policy.policy_name.as_str(), policy.policy_document.as_str())]);
        must_hold(op, &access, owner, action, &found, &lifted).await?;
    }
    let mut unit = op.begin(&access).await?;
    unit.iam.detach_policy(owner, policy_arn).await.map_err(|error| op.fail(error))?;
    let before = json!({ "attached_policy": policy_arn });
    op.commit(unit, op.change(&access, action, &found.target, Some(before), None)).await
}

/// Adds or replaces an inline policy.
///
/// # Errors
/// On `policy_name` and `document` (with line and column); refusals; `Forbidden` when the actor does not hold what it
/// allows, or what it no longer denies; `Unmodifiable` when it would deny too much to the last administrator.
pub async fn put_inline(
    op: &OpContext,
    path: &TenantPath,
    owner: &Owner,
    policy: InlinePolicy,
) -> Result<(), ApiError> {
    let (access, found, action) = authorized(op, path, owner, Change::PutInline, vec![]).await?;
    validate::name(&policy.policy_name, 128).map_err(|message| ApiError::field("policy_name", message))?;
    let fail = |error| op.fail(error);
    let existing = op.reads(&access).await.iam.list_inline_policies(owner).await.map_err(fail)?;
    let before = existing.iter().find(|other| other.policy_name == policy.policy_name).cloned();
    let others = existing.iter().filter(|other| other.policy_name != policy.policy_name);
    let used: usize = others.map(|other| size(&other.policy_document)).sum();
    check_document("document", &policy.policy_document, DocumentKind::Identity, inline_limit(owner.kind).less(used))?;
    let granted = holds::granted([(policy.policy_name.as_str(), policy.policy_document.as_str())]);
    must_hold(op, &access, owner, action, &found, &granted).await?;
    if let Some(before) = &before {
        let (name, new) = (policy.policy_name.as_str(), policy.policy_document.as_str());
        let lifted = holds::replaced([(name, before.policy_document.as_str(), new)]);
        must_hold(op, &access, owner, action, &found, &lifted).await?;
    }
    let mut unit = op.begin(&access).await?;
    unit.iam.put_inline_policy(owner, &policy).await.map_err(fail)?;
    keep_an_administrator(op, &access, &unit, owner, &policy.policy_document).await?;
    let as_json = |policy: &InlinePolicy| json!({ "inline_policy": policy });
    op.commit(unit, op.change(&access, action, &found.target, before.as_ref().map(as_json), Some(as_json(&policy))))
        .await
}

/// Removes an inline policy.
///
/// # Errors
/// `NotFound`; refusals; `Forbidden` when the actor does not hold what it denies.
pub async fn delete_inline(
    op: &OpContext,
    path: &TenantPath,
    owner: &Owner,
    policy_name: &str,
) -> Result<(), ApiError> {
    let (access, found, action) = authorized(op, path, owner, Change::DeleteInline, vec![]).await?;
    let fail = |error| op.fail(error);
    let existing = op.reads(&access).await.iam.list_inline_policies(owner).await.map_err(fail)?;
    let before =
        existing.into_iter().find(|policy| policy.policy_name == policy_name).ok_or_else(ApiError::not_found)?;
    let lifted = holds::lifted([(policy_name, before.policy_document.as_str())]);
    must_hold(op, &access, owner, action, &found, &lifted).await?;
    let mut unit = op.begin(&access).await?;
    unit.iam.delete_inline_policy(owner, policy_name).await.map_err(fail)?;
    op.commit(unit, op.change(&access, action, &found.target, Some(json!({ "inline_policy": before })), None)).await
}

/// Adds or replaces a tag.
///
/// # Errors
/// On `key` and `value`; refusals.
pub async fn put_tag(op: &OpContext, path: &TenantPath, owner: &Owner, new: Tag) -> Result<(), ApiError> {
    let keys = vec![("aws:TagKeys", vec![new.key.clone()])];
    let (access, found, action) = authorized(op, path, owner, Change::Tag, keys).await?;
    let merged = tag::merged(&found.tags, std::slice::from_ref(&new));
    validate::tags(std::slice::from_ref(&new)).map_err(|message| ApiError::field("key", message))?;
    // Those that are there may be a provider's own.
    validate::tag_count(merged.len()).map_err(|message| ApiError::field("key", message))?;
    let mut unit = op.begin(&access).await?;
    unit.iam.tag(&Taggable::Owner(owner.clone()), &[new]).await.map_err(|error| op.fail(error))?;
    let (before, after) = (json!({ "tags": found.tags }), json!({ "tags": merged }));
    op.commit(unit, op.change(&access, action, &found.target, Some(before), Some(after))).await
}

/// Removes a tag.
///
/// # Errors
/// On `key` when it is a provider's own; refusals.
pub async fn remove_tag(op: &OpContext, path: &TenantPath, owner: &Owner, key: &str) -> Result<(), ApiError> {
    let keys = vec![("aws:TagKeys", vec![key.to_owned()])];
    let (access, found, action) = authorized(op, path, owner, Change::Untag, keys).await?;
    if tag::is_reserved(key) {
        return Err(ApiError::field("key", "Tags that begin with “aws:” are the provider's own and stay."));
    }
    let rest: Vec<&Tag> = found.tags.iter().filter(|tag| !tag.key.eq_ignore_ascii_case(key)).collect();
    let mut unit = op.begin(&access).await?;
    unit.iam.untag(&Taggable::Owner(owner.clone()), &[key.to_owned()]).await.map_err(|error| op.fail(error))?;
    let (before, after) = (json!({ "tags": found.tags }), json!({ "tags": rest }));
    op.commit(unit, op.change(&access, action, &found.target, Some(before), Some(after))).await
}

/// What is written in the console must be acceptable: grammar first, with the line and column of what is wrong, then
/// size and meaning.
///
/// # Errors
/// On `field`, one sentence with the place.
pub fn check_document(field: &str, text: &str, kind: DocumentKind, limit: SizeLimit) -> Result<(), ApiError> {
    let Err(findings) = accept(text, kind, Some(limit)) else { return Ok(()) };
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let more = if errors.len() > 1 { format!(" ({} more after it.)", errors.len() - 1) } else { String::new() };
    let at = first.location;
    Err(ApiError::field(field, format!("Line {}, column {}: {}{more}", at.line, at.column, first.message)))
}

/// Characters of a document without blanks, as AWS counts them.
pub fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}
