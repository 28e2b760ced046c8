//! The operations on groups and memberships.

use serde_json::json;

use super::model::GroupDraft;
use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::iam::{AttachedPolicy, Group, InlinePolicy, OwnPolicies, Owner, Stored, User};
use crate::op::{OpContext, to_json};
use crate::owners::{bin, service as owners};
use crate::store::provider::{self, NativeKind};
use crate::store::{AwsProvider, CloudProvider, Parts};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, ListQuery, Page, PageRequest};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["path", "tag", "created"];
/// The orders of the list; the first is its own.
pub const SORTS: &[Sort] = &[Sort::Name, Sort::Created];
const FIELDS: &[&str] = &["group_name", "path"];

/// All groups, as the target of listing.
pub fn collection(access: &Access) -> Target {
    Target::collection("group", "iam", &access.tenant.account_id, "group/")
}

/// A page of the groups of a tenant.
///
/// # Errors
/// On the fields `q`, `sort`, `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Stored<Group>>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListGroups, &collection(&access)).await?;
    let (filter, page) = (query.filter(FILTER_KEYS)?, query.page(SORTS)?);
    let groups = op.reads(&access).await.iam.list_groups(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, groups))
}

/// A group with what hangs on it.
pub struct GroupView {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The group as the target of actions.
    pub target: Target,
    /// The group.
    pub group: Stored<Group>,
    /// Policies attached to it.
    pub attached: Vec<AttachedPolicy>,
    /// Policies that are part of it.
    pub inline: Vec<InlinePolicy>,
}

/// One group with what hangs on it.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, name: &str) -> Result<GroupView, ApiError> {
    let (access, group, target) = find(op, path, name, Action::GetGroup).await?;
    let OwnPolicies { attached, inline } = owners::policies_of(op, &access, &Owner::group(&group.group_name)).await?;
    Ok(GroupView { attached, inline, access, target, group })
}

/// A page of the members of a group, by name.
///
/// # Errors
/// On the field `cursor`; refusals.
pub async fn members(op: &OpContext, view: &GroupView, query: &ListQuery) -> Result<Page<Stored<User>>, ApiError> {
    let page = query.page(&[Sort::Name])?;
    let parts = op.reads(&view.access).await;
    parts.iam.list_group_members(&view.group.group_name, &page).await.map_err(|error| op.fail(error))
}

/// The group of that name, if the actor may do `action` on it. Absent and invisible answer alike.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn find(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    action: Action,
) -> Result<(SharedAccess, Stored<Group>, Target), ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let group = op.found(op.reads(&access).await.iam.find_group(name).await)?;
    let target = match &group {
        Some(group) => Target::group(group, &account).with_id(group.id.uuid()),
        None => Target::named(NativeKind::Group, &account, "/", name),
    };
    op.authorize(&access, action, &target).await?;
    Ok((access, group.ok_or_else(ApiError::not_found)?, target))
}

/// Creates a group.
///
/// # Errors
/// Field errors; refusals.
pub async fn create(op: &OpContext, path: &TenantPath, draft: GroupDraft) -> Result<Stored<Group>, ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let target = Target::named(NativeKind::Group, &account, draft.path(), &draft.group_name);
    op.authorize(&access, Action::CreateGroup, &target).await?;
    let new = draft.validate()?;
    let group = Group {
        group_id: op.app().ids.stable_id(NativeKind::Group.id_prefix()),
        arn: AwsProvider::new().native_arn(NativeKind::Group, &account, &new.path, &new.group_name),
        wami_arn: provider::wami_arn(NativeKind::Group, &account, &new.path, &new.group_name),
        group_name: new.group_name,
        path: new.path,
        create_date: op.now(),
        tags: vec![],
        providers: vec![],
        tenant_id: None,
    };
    let mut unit = op.begin(&access).await?;
    let group = unit.iam.insert_group(group).await.map_err(|error| op.fail(error).in_draft("group_name", FIELDS))?;
    let target = Target::group(&group, &account).with_id(group.id.uuid());
    op.commit(unit, op.change(&access, Action::CreateGroup, &target, None, to_json(&group))).await?;
    Ok(group)
}

/// Changes name and path. `version` is the one that was edited.
///
/// # Errors
/// Field errors; `Stale`; refusals.
pub async fn update(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    version: i64,
    draft: GroupDraft,
) -> Result<Stored<Group>, ApiError> {
    let (access, before, target) = find(op, path, name, Action::UpdateGroup).await?;
    let account = access.tenant.account_id.clone();
    // A rename is judged on its destination as well.
    let destination = Target::named(NativeKind::Group, &account, draft.path(), &draft.group_name);
    op.authorize(&access, Action::UpdateGroup, &destination).await?;
    let new = draft.validate()?;
    let mut group = before.clone();
    group.version = version;
    if group.providers.is_empty() {
        group.arn = AwsProvider::new().native_arn(NativeKind::Group, &account, &new.path, &new.group_name);
    }
    group.wami_arn = provider::wami_arn(NativeKind::Group, &account, &new.path, &new.group_name);
    group.group_name = new.group_name;
    group.path = new.path;
    let mut unit = op.begin(&access).await?;
    let group = unit.iam.update_group(&group).await.map_err(|error| op.fail(error).in_draft("group_name", FIELDS))?;
    op.commit(unit, op.change(&access, Action::UpdateGroup, &target, to_json(&before), to_json(&group))).await?;
    Ok(group)
}

/// Makes a user a member.
///
/// # Errors
/// On `user_name` when there is no such user, or it is in 10 groups already; refusals; `Forbidden` when the actor does
/// not hold what the group may do; `Unmodifiable` when it would deny too much to the last administrator.
pub async fn add_member(op: &OpContext, path: &TenantPath, name: &str, user_name: &str) -> Result<(), ApiError> {
    let (access, group, target) = find(op, path, name, Action::AddUserToGroup).await?;
    let fail = |error| op.fail(error);
    let parts = op.reads(&access).await;
    let user = parts.iam.find_user(user_name).await.map_err(fail)?;
    let user = user.ok_or_else(|| ApiError::field("user_name", "There is no user of this name in this tenant."))?;
    let documents = documents_of(op, &access, &group.group_name).await?;
    holds::all_of(op, &access, Action::AddUserToGroup, &target, &holds::granted(named(&documents))).await?;
    let denies = holds::group_grants(op, &access, Action::AddUserToGroup, &target, group.id).await?
        || documents.iter().any(|(_, text)| holds::may_deny(text));
    let mut unit = op.begin(&access).await?;
    let added =
        unit.iam.add_user_to_group(&group.group_name, &user.user_name).await.map_err(|error| match op.fail(error) {
            limit if limit.code == crate::wire::Code::LimitExceeded => ApiError::field("user_name", limit.message),
            other => other,
        })?;
    if added {
        if denies {
            op.keep_an_administrator(&access, &unit).await?;
        }
        let after = json!({ "member": user.user_name });
        op.commit(unit, op.change(&access, Action::AddUserToGroup, &target, None, Some(after))).await?;
    }
    Ok(())
}

/// The documents of a group's own policies, by name.
///
/// # Errors
/// As the store.
pub async fn documents_of(op: &OpContext, access: &Access, group: &str) -> Result<Vec<(String, String)>, ApiError> {
    let reads = op.reads(access).await;
    documents_in(op, &reads, group).await
}

/// The same, from other parts.
///
/// # Errors
/// As the store.
pub async fn documents_in(op: &OpContext, parts: &Parts, group: &str) -> Result<Vec<(String, String)>, ApiError> {
    let fail = |error| op.fail(error);
    let owner = Owner::group(group);
    let mut texts = Vec::new();
    for policy in parts.iam.list_attached_policies(&owner).await.map_err(fail)? {
        let found = parts.iam.find_policy(&policy.policy_arn).await.map_err(fail)?;
        texts.push((policy.policy_name, found.map(|policy| policy.value.policy_document).unwrap_or_default()));
    }
    for policy in parts.iam.list_inline_policies(&owner).await.map_err(fail)? {
        texts.push((policy.policy_name, policy.policy_document));
    }
    Ok(texts)
}

fn named(documents: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    documents.iter().map(|(name, text)| (name.as_str(), text.as_str()))
}

/// Whoever is to leave the group is no longer denied what it denies: the actor must hold that.
async fn may_release(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    group: &Stored<Group>,
) -> Result<(), ApiError> {
    let documents = documents_of(op, access, &group.group_name).await?;
    holds::all_of(op, access, action, target, &holds::lifted(named(&documents))).await?;
    holds::group_lifts(op, access, action, target, group.id).await
}

/// Ends a membership.
///
/// # Errors
/// `NotFound`; refusals; `Forbidden` when the actor does not hold what the group denies.
pub async fn remove_member(op: &OpContext, path: &TenantPath, name: &str, user_name: &str) -> Result<(), ApiError> {
    let (access, group, target) = find(op, path, name, Action::RemoveUserFromGroup).await?;
    may_release(op, &access, Action::RemoveUserFromGroup, &target, &group).await?;
    let mut unit = op.begin(&access).await?;
    unit.iam.remove_user_from_group(&group.group_name, user_name).await.map_err(|error| op.fail(error))?;
    op.keep_an_administrator(&access, &unit).await?;
    let before = json!({ "member": user_name });
    op.commit(unit, op.change(&access, Action::RemoveUserFromGroup, &target, Some(before), None)).await
}

/// Deletes a group with its memberships and policies, into the bin. `typed` is the name as typed to confirm.
///
/// # Errors
/// On the field `typed`; refusals; `Forbidden` when the actor does not hold what the group denies.
pub async fn delete(op: &OpContext, path: &TenantPath, name: &str, typed: &str) -> Result<(), ApiError> {
    let (access, group, target) = find(op, path, name, Action::DeleteGroup).await?;
    if typed != group.group_name {
        return Err(ApiError::field("typed", format!("Type {} to confirm.", group.group_name)));
    }
    may_release(op, &access, Action::DeleteGroup, &target, &group).await?;
    let fail = |error| op.fail(error);
    let mut unit = op.begin(&access).await?;
    let mut relations = bin::take_policies(&mut unit, &Owner::group(&group.group_name)).await.map_err(fail)?;
    loop {
        let page = unit.iam.list_group_members(name, &PageRequest::first(1000)).await.map_err(fail)?;
        for member in &page.items {
            unit.iam.remove_user_from_group(name, &member.user_name).await.map_err(fail)?;
            relations.members.push(member.user_name.clone());
        }
        if page.next.is_none() {
            break;
        }
    }
    unit.iam.delete_group(name).await.map_err(fail)?;
    let item = bin::item(op, "group", group.id.uuid(), &group.group_name, to_json(&group), relations)?;
    unit.records.put_bin_item(&item).await.map_err(fail)?;
    op.keep_an_administrator(&access, &unit).await?;
    op.commit(unit, op.change(&access, Action::DeleteGroup, &target, to_json(&group), None)).await
}
