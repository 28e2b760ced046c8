//! The operations on managed policies.

use serde_json::json;

use super::model::PolicyDraft;
use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::iam::policy::AWS_POLICY_PREFIX;
use crate::iam::{OwnerKind, Policy, PolicyEntity, PolicyVersion, Stored};
use crate::op::{OpContext, to_json};
use crate::owners::bin;
use crate::owners::service::check_document;
use crate::policy::{DocumentKind, GrantPath, SizeLimit};
use crate::store::provider::{self, NativeKind};
use crate::store::traits::{BinRelations, PolicyScope};
use crate::store::{AwsProvider, CloudProvider};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Code, ListQuery, Page};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["path", "tag", "created", "attached", "source"];
/// The orders of the list; the first is its own.
pub const SORTS: &[Sort] = &[Sort::Name, Sort::Created];
const FIELDS: &[&str] = &["policy_name", "path", "description"];
/// How many users of a policy a page shows.
const SHOWN: u32 = 200;
/// How many of them are looked at or taken off.
const MOST_USES: u32 = 10_000;

/// All policies, as the target of listing.
pub fn collection(access: &Access) -> Target {
    Target::collection("policy", "iam", &access.tenant.account_id, "policy/")
}

/// A page of the policies of a tenant.
///
/// # Errors
/// On the fields `q`, `sort`, `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Stored<Policy>>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListPolicies, &collection(&access)).await?;
    let (filter, page) = (query.filter(FILTER_KEYS)?, query.page(SORTS)?);
    let parts = op.reads(&access).await;
    let policies = parts.iam.list_policies(PolicyScope::All, &filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, policies))
}

/// A policy with what hangs on it.
pub struct PolicyView {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The policy as the target of actions.
    pub target: Target,
    /// The policy.
    pub policy: Stored<Policy>,
    /// Its versions, newest first.
    pub versions: Vec<PolicyVersion>,
    /// Who uses it, the first of them.
    pub entities: Vec<PolicyEntity>,
}

/// One policy with what hangs on it. `key` is its name, or `aws:` and what follows in the ARN of one that AWS keeps.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, key: &str) -> Result<PolicyView, ApiError> {
    let (access, policy, target) = find(op, path, key, Action::GetPolicy).await?;
    let parts = op.reads(&access).await;
    let fail = |error| op.fail(error);
    Ok(PolicyView {
        versions: parts.iam.list_policy_versions(&policy.arn).await.map_err(fail)?,
        entities: parts.iam.list_entities_for_policy(&policy.arn, SHOWN).await.map_err(fail)?,
        access,
        target,
        policy,
    })
}

/// The policy of that key, if the actor may do `action` on it. Absent and invisible answer alike.
///
/// # Errors
/// `NotFound`; refusals; `Unmodifiable` for a change of a policy that AWS keeps.
pub async fn find(
    op: &OpContext,
    path: &TenantPath,
    key: &str,
    action: Action,
) -> Result<(SharedAccess, Stored<Policy>, Target), ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let parts = op.reads(&access).await;
    let found = match key.strip_prefix("aws:") {
        Some(rest) => parts.iam.find_policy(&format!("{AWS_POLICY_PREFIX}{rest}")).await,
        None => parts.iam.find_policy_by_name(key).await,
    };
    let policy = op.found(found)?;
    let target = match &policy {
        Some(policy) => Target::policy(policy, &account).with_id(policy.id.uuid()),
        None => Target::named(NativeKind::Policy, &account, "/", key),
    };
    op.authorize(&access, action, &target).await?;
    let policy = policy.ok_or_else(ApiError::not_found)?;
    if !action.is_read() && policy.is_aws_managed() {
        return Err(ApiError::new(
            Code::Unmodifiable,
            "This policy is kept by AWS. Copy it into one of your own to change it.",
        ));
    }
    Ok((access, policy, target))
}

/// Creates a policy with its first version.
///
/// # Errors
/// Field errors, on `document` with line and column; refusals.
pub async fn create(
    op: &OpContext,
    path: &TenantPath,
    draft: PolicyDraft,
    document: &str,
) -> Result<Stored<Policy>, ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let target = Target::named(NativeKind::Policy, &account, draft.path(), &draft.policy_name);
    op.authorize(&access, Action::CreatePolicy, &target).await?;
    let new = draft.validate()?;
    check_document("document", document, DocumentKind::Identity, SizeLimit::MANAGED)?;
    let now = op.now();
    let policy = Policy {
        policy_id: op.app().ids.stable_id(NativeKind::Policy.id_prefix()),
        arn: AwsProvider::new().native_arn(NativeKind::Policy, &account, &new.path, &new.policy_name),
        wami_arn: provider::wami_arn(NativeKind::Policy, &account, &new.path, &new.policy_name),
        description: new.description(),
        policy_name: new.policy_name,
        path: new.path,
        default_version_id: "v1".into(),
        policy_document: document.to_owned(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        create_date: now,
        update_date: now,
        tags: vec![],
        providers: vec![],
        tenant_id: None,
    };
    let mut unit = op.begin(&access).await?;
    let policy =
        unit.iam.insert_policy(policy).await.map_err(|error| op.fail(error).in_draft("policy_name", FIELDS))?;
    let target = Target::policy(&policy, &account).with_id(policy.id.uuid());
    op.commit(unit, op.change(&access, Action::CreatePolicy, &target, None, to_json(&policy))).await?;
    Ok(policy)
}

/// Changes name, path and description. `version` is the one that was edited.
///
/// # Errors
/// Field errors; `Stale`; refusals.
pub async fn update(
    op: &OpContext,
    path: &TenantPath,
    key: &str,
    version: i64,
    draft: PolicyDraft,
) -> Result<Stored<Policy>, ApiError> {
    let (access, before, target) = find(op, path, key, Action::UpdatePolicy).await?;
    let account = access.tenant.account_id.clone();
    let destination = Target::named(NativeKind::Policy, &account, draft.path(), &draft.policy_name);
    op.authorize(&access, Action::UpdatePolicy, &destination).await?;
    let new = draft.validate()?;
    let mut policy = before.clone();
    policy.version = version;
    if policy.providers.is_empty() {
        policy.arn = AwsProvider::new().native_arn(NativeKind::Policy, &account, &new.path, &new.policy_name);
    }
    policy.wami_arn = provider::wami_arn(NativeKind::Policy, &account, &new.path, &new.policy_name);
    policy.description = new.description();
    policy.policy_name = new.policy_name;
    policy.path = new.path;
    let mut unit = op.begin(&access).await?;
    let policy =
        unit.iam.update_policy(&policy).await.map_err(|error| op.fail(error).in_draft("policy_name", FIELDS))?;
    op.commit(unit, op.change(&access, Action::UpdatePolicy, &target, to_json(&before), to_json(&policy))).await?;
    Ok(policy)
}

/// Whether anybody has it, or is bounded by it.
fn is_used(policy: &Policy) -> bool {
    policy.attachment_count > 0 || policy.permissions_boundary_usage_count > 0
}

/// What a document would give, if anybody uses the policy, must be held by whoever puts it in force.
async fn may_put_in_force(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    policy: &Policy,
    document: &str,
) -> Result<(), ApiError> {
    if !is_used(policy) {
        return Ok(());
    }
    let name = policy.policy_name.as_str();
    let (granted, lifted) =
        (holds::granted([(name, document)]), holds::replaced([(name, policy.policy_document.as_str(), document)]));
    must_hold(op, access, action, target, policy, [granted, lifted]).await
}

/// What those who use a policy would gain, the actor must hold: where a permission set uses it, in everything below as
/// well, where the set may be assigned.
async fn must_hold<const N: usize>(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    policy: &Policy,
    gained: [GrantPath; N],
) -> Result<(), ApiError> {
    let entities = op.reads(access).await.iam.list_entities_for_policy(&policy.arn, MOST_USES).await;
    let entities = entities.map_err(|error| op.fail(error))?;
    let is_in_set = entities.iter().any(|entity| entity.owner.kind == OwnerKind::PermissionSet);
    for gained in &gained {
        match is_in_set {
            true => holds::all_of_below(op, access, action, target, gained).await?,
            false => holds::all_of(op, access, action, target, gained).await?,
        }
    }
    Ok(())
}

/// Saves another version and puts it in force. `version` is the one of the policy that was edited.
///
/// # Errors
/// On `document` with line and column; `Stale`; `LimitExceeded` with five versions; refusals; `Forbidden` when the actor
/// does not hold what it allows and somebody uses the policy; `Unmodifiable` when it would deny too much to the last
/// administrator.
pub async fn save_version(
    op: &OpContext,
    path: &TenantPath,
    key: &str,
    version: i64,
    document: &str,
) -> Result<PolicyVersion, ApiError> {
    let (access, policy, target) = find(op, path, key, Action::CreatePolicyVersion).await?;
    op.authorize(&access, Action::SetDefaultPolicyVersion, &target).await?;
    check_document("document", document, DocumentKind::Identity, SizeLimit::MANAGED)?;
    if policy.version != version {
        return Err(ApiError::new(
            Code::Stale,
            "Somebody else changed this policy while you were editing it. Nothing was lost: compare with what is stored now, and save again.",
        ));
    }
    if document == policy.policy_document {
        return Err(ApiError::field("document", "This is the version in force; there is nothing to save."));
    }
    may_put_in_force(op, &access, Action::CreatePolicyVersion, &target, &policy, document).await?;
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&access).await?;
    // The row of the policy is locked by the first change, so that the version just compared is still the present one.
    let made = unit.iam.create_policy_version(&policy.arn, document, true, None).await.map_err(fail)?;
    let now = unit.iam.find_policy(&policy.arn).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    if now.version != version + 1 {
        return Err(ApiError::new(
            Code::Stale,
            "Somebody else changed this policy at the same moment. Compare and save again.",
        ));
    }
    if is_used(&policy) && holds::may_deny(document) {
        op.keep_an_administrator(&access, &unit).await?;
    }
    let (before, after) =
        (version_json(&policy.default_version_id, &policy.policy_document), version_json(&made.version_id, document));
    op.commit(unit, op.change(&access, Action::CreatePolicyVersion, &target, Some(before), Some(after))).await?;
    Ok(made)
}

fn version_json(version_id: &str, document: &str) -> serde_json::Value {
    json!({ "default_version_id": version_id, "policy_document": document })
}

/// Puts a saved version in force.
///
/// # Errors
/// `NotFound`; refusals; `Forbidden` as in [`save_version`].
pub async fn set_default(op: &OpContext, path: &TenantPath, key: &str, version_id: &str) -> Result<(), ApiError> {
    let (access, policy, target) = find(op, path, key, Action::SetDefaultPolicyVersion).await?;
    let fail = |error| op.fail(error);
    let parts = op.reads(&access).await;
    let version =
        parts.iam.get_policy_version(&policy.arn, version_id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    may_put_in_force(op, &access, Action::SetDefaultPolicyVersion, &target, &policy, &version.document).await?;
    let mut unit = op.begin(&access).await?;
    unit.iam.set_default_policy_version(&policy.arn, version_id).await.map_err(fail)?;
    if is_used(&policy) && holds::may_deny(&version.document) {
        op.keep_an_administrator(&access, &unit).await?;
    }
    let (before, after) = (
        version_json(&policy.default_version_id, &policy.policy_document),
        version_json(version_id, &version.document),
    );
    op.commit(unit, op.change(&access, Action::SetDefaultPolicyVersion, &target, Some(before), Some(after))).await
}

/// Removes a saved version that is not in force.
///
/// # Errors
/// `NotFound`; `Unmodifiable` for the default; refusals.
pub async fn delete_version(op: &OpContext, path: &TenantPath, key: &str, version_id: &str) -> Result<(), ApiError> {
    let (access, policy, target) = find(op, path, key, Action::DeletePolicyVersion).await?;
    let fail = |error| op.fail(error);
    let parts = op.reads(&access).await;
    let version =
        parts.iam.get_policy_version(&policy.arn, version_id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let mut unit = op.begin(&access).await?;
    unit.iam.delete_policy_version(&policy.arn, version_id).await.map_err(fail)?;
    let before = json!({ "version_id": version_id, "policy_document": version.document });
    op.commit(unit, op.change(&access, Action::DeletePolicyVersion, &target, Some(before), None)).await
}

/// Deletes a policy with its versions and attachments, into the bin. `typed` is the name as typed to confirm.
///
/// # Errors
/// On the field `typed`; `InUse` while it bounds somebody; refusals; `Forbidden` when somebody uses it and the actor does
/// not hold what it denies.
pub async fn delete(op: &OpContext, path: &TenantPath, key: &str, typed: &str) -> Result<(), ApiError> {
    let (access, policy, target) = find(op, path, key, Action::DeletePolicy).await?;
    if typed != policy.policy_name {
        return Err(ApiError::field("typed", format!("Type {} to confirm.", policy.policy_name)));
    }
    if policy.attachment_count > 0 {
        let lifted = holds::lifted([(policy.policy_name.as_str(), policy.policy_document.as_str())]);
        must_hold(op, &access, Action::DeletePolicy, &target, &policy, [lifted]).await?;
    }
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&access).await?;
    let versions = unit.iam.list_policy_versions(&policy.arn).await.map_err(fail)?;
    let entities = unit.iam.list_entities_for_policy(&policy.arn, MOST_USES).await.map_err(fail)?;
    for entity in entities.iter().filter(|entity| !entity.as_boundary) {
        unit.iam.detach_policy(&entity.owner, &policy.arn).await.map_err(fail)?;
    }
    for version in versions.iter().filter(|version| !version.is_default_version) {
        unit.iam.delete_policy_version(&policy.arn, &version.version_id).await.map_err(fail)?;
    }
    // A boundary is not taken off anybody silently: that would widen what they may do.
    unit.iam.delete_policy(&policy.arn).await.map_err(fail)?;
    let relations = BinRelations { entities, versions, ..BinRelations::default() };
    let item = bin::item(op, "policy", policy.id.uuid(), &policy.policy_name, to_json(&policy), relations)?;
    unit.records.put_bin_item(&item).await.map_err(fail)?;
    op.commit(unit, op.change(&access, Action::DeletePolicy, &target, to_json(&policy), None)).await
}
