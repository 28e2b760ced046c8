//! The operations on users.

use chrono::{DateTime, Utc};

use super::model::UserDraft;
use crate::authn::links;
use crate::authz::access::SharedAccess;
use crate::authz::{Action, Target, holds};
use crate::iam::login_profile::LoginProfileView;
use crate::iam::{AttachedPolicy, Group, InlinePolicy, OwnPolicies, Owner, Stored, User};
use crate::op::{OpContext, to_json};
use crate::owners::bin;
use crate::sso_admin::Reach;
use crate::store::console::{LinkPurpose, SessionView};
use crate::store::provider::{self, NativeKind};
use crate::store::traits::{AccessEntry, BinItem, BinRelations};
use crate::store::{ActorKey, AwsProvider, CloudProvider};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Code, ListQuery, Page, Secret};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["path", "tag", "status", "group", "created"];
/// The orders of the list; the first is its own.
pub const SORTS: &[Sort] = &[Sort::Name, Sort::Created, Sort::LastUsed];

/// The fields of the form that the store names too.
const FIELDS: &[&str] = &["user_name", "path", "display_name", "email"];

/// A page of the users of a tenant.
///
/// # Errors
/// On the fields `q`, `sort`, `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Stored<User>>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListUsers, &collection(&access)).await?;
    let (filter, page) = (query.filter(FILTER_KEYS)?, query.page(SORTS)?);
    let parts = op.reads(&access).await;
    let users = parts.iam.list_users(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, users))
}

/// All users, as the target of listing.
pub fn collection(access: &crate::authz::Access) -> Target {
    Target::collection("user", "iam", &access.tenant.account_id, "user/")
}

/// A user with what hangs on it.
pub struct UserView {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The user as the target of actions.
    pub target: Target,
    /// The user.
    pub user: Stored<User>,
    /// Its groups, by name.
    pub groups: Vec<Stored<Group>>,
    /// Policies attached to it.
    pub attached: Vec<AttachedPolicy>,
    /// Policies that are part of it.
    pub inline: Vec<InlinePolicy>,
    /// The policies of each of its groups, in their order.
    pub of_groups: Vec<OwnPolicies>,
}

/// The user's password, if it has one and the actor may know.
///
/// # Errors
/// `Unavailable`.
pub async fn login_of(op: &OpContext, view: &UserView) -> Result<Option<LoginProfileView>, ApiError> {
    if !view.access.allows(Action::GetLoginProfile, &view.target) {
        return Ok(None);
    }
    let parts = op.reads(&view.access).await;
    let login = parts.iam.get_login_profile(&view.user.user_name).await.map_err(|error| op.fail(error))?;
    Ok(login.as_ref().map(LoginProfileView::from))
}

/// One user with what hangs on it.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, name: &str) -> Result<UserView, ApiError> {
    let (access, user, target) = find(op, path, name, Action::GetUser).await?;
    let parts = op.reads(&access).await;
    let fail = |error| op.fail(error);
    let groups = parts.iam.list_groups_for_user(&user.user_name).await.map_err(fail)?;
    let owners: Vec<_> = std::iter::once(Owner::user(&user.user_name))
        .chain(groups.iter().map(|group| Owner::group(&group.group_name)))
        .collect();
    let mut policies = parts.iam.list_policies_of(&owners).await.map_err(fail)?.into_iter();
    let OwnPolicies { attached, inline } = policies.next().unwrap_or_default();
    Ok(UserView { groups, attached, inline, of_groups: policies.collect(), access, target, user })
}

/// Where something that a user may do comes from, besides its own policies.
pub enum SourceOf {
    /// A policy of a group it is a member of.
    Group {
        /// The group's name.
        group: String,
        /// The policy's name.
        policy: String,
        /// It is known by name only.
        is_document_unknown: bool,
    },
    /// A permission set that is assigned to it, or to a group of its, in its tenant or in one above.
    Assignment {
        /// The set's name.
        set: String,
        /// The group, unless it is assigned to the user itself.
        through: Option<String>,
        /// Where it is assigned.
        tenant: TenantPath,
        /// There, or there and below.
        reach: Reach,
        /// When it ends.
        expires_at: Option<DateTime<Utc>>,
    },
}

/// What bears on a user in its own tenant besides its own policies: groups first, then assignments, which only those
/// see who may list them here.
///
/// # Errors
/// `Unavailable`.
pub async fn sources(op: &OpContext, view: &UserView) -> Result<Vec<SourceOf>, ApiError> {
    let access = &view.access;
    let fail = |error| op.fail(error);
    let mut sources = Vec::new();
    for (group, OwnPolicies { attached, inline }) in view.groups.iter().zip(&view.of_groups) {
        let attached = attached.iter().map(|policy| (&policy.policy_name, policy.is_document_unknown));
        let all = attached.chain(inline.iter().map(|policy| (&policy.policy_name, false)));
        sources.extend(all.map(|(policy, is_document_unknown)| SourceOf::Group {
            group: group.group_name.clone(),
            policy: policy.clone(),
            is_document_unknown,
        }));
    }
    let assignments = Target::collection("assignment", "sso", &access.tenant.account_id, "assignment/");
    if access.allows(Action::ListAccountAssignments, &assignments) {
        let here = &access.tenant.path;
        let key = ActorKey { tenant_id: access.tenant.id, user_id: view.user.id };
        let entries = op.app().backend.directory().my_access(key, op.now()).await.map_err(fail)?;
        let covers = |entry: &AccessEntry| {
            entry.tenant.path == *here || entry.reach == Reach::Subtree && here.lineage().contains(&entry.tenant.path)
        };
        sources.extend(entries.into_iter().filter(covers).filter_map(|entry| {
            let AccessEntry { tenant, set, group, reach, expires_at } = entry;
            Some(SourceOf::Assignment { set: set?, through: group, tenant: tenant.path, reach, expires_at })
        }));
    }
    Ok(sources)
}

/// The user of that name, if the actor may do `action` on it. Absent and invisible answer alike.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn find(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    action: Action,
) -> Result<(SharedAccess, Stored<User>, Target), ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let user = op.found(op.reads(&access).await.iam.find_user(name).await)?;
    let target = match &user {
        Some(user) => Target::user(user, &account).with_id(user.id.uuid()),
        None => Target::named(NativeKind::User, &account, "/", name),
    };
    op.authorize(&access, action, &target).await?;
    let user = user.ok_or_else(ApiError::not_found)?;
    Ok((access, user, target))
}

/// Creates a user.
///
/// # Errors
/// Field errors; refusals.
pub async fn create(op: &OpContext, path: &TenantPath, draft: UserDraft) -> Result<Stored<User>, ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let target = Target::named(NativeKind::User, &account, draft.path(), &draft.user_name);
    op.authorize(&access, Action::CreateUser, &target).await?;
    let new = draft.validate()?;
    let user = User {
        user_id: op.app().ids.stable_id(NativeKind::User.id_prefix()),
        arn: AwsProvider::new().native_arn(NativeKind::User, &account, &new.path, &new.user_name),
        wami_arn: provider::wami_arn(NativeKind::User, &account, &new.path, &new.user_name),
        user_name: new.user_name,
        path: new.path,
        create_date: op.now(),
        password_last_used: None,
        permissions_boundary: None,
        tags: vec![],
        providers: vec![],
        tenant_id: None,
    };
    let mut unit = op.begin(&access).await?;
    let user =
        unit.iam.insert_user(user, new.person).await.map_err(|error| op.fail(error).in_draft("user_name", FIELDS))?;
    let target = Target::user(&user, &account).with_id(user.id.uuid());
    op.commit(unit, op.change(&access, Action::CreateUser, &target, None, to_json(&user))).await?;
    Ok(user)
}

/// Changes name, path and person. `version` is the one that was edited.
///
/// # Errors
/// Field errors; `Stale`; refusals.
pub async fn update(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    version: i64,
    draft: UserDraft,
) -> Result<Stored<User>, ApiError> {
    let (access, before, target) = find(op, path, name, Action::UpdateUser).await?;
    let account = access.tenant.account_id.clone();
    // A rename is judged on its destination as well.
    let destination = Target::named(NativeKind::User, &account, draft.path(), &draft.user_name);
    op.authorize(&access, Action::UpdateUser, &destination).await?;
    // Who an administrator is to policies, and how it signs in, is not for those to say who hold less.
    if draft.user_name != before.user_name || draft.path() != before.path {
        let key = ActorKey { tenant_id: access.tenant.id, user_id: before.id };
        holds::over_target(op, &access, Action::UpdateUser, &target, key).await?;
    }
    let new = draft.validate()?;
    let mut user = before.clone();
    user.version = version;
    // What was imported keeps its native name for ever; what was made here follows.
    if user.providers.is_empty() {
        user.arn = AwsProvider::new().native_arn(NativeKind::User, &account, &new.path, &new.user_name);
    }
    user.wami_arn = provider::wami_arn(NativeKind::User, &account, &new.path, &new.user_name);
    user.user_name = new.user_name;
    user.path = new.path;
    user.person = new.person;
    let mut unit = op.begin(&access).await?;
    let user = unit.iam.update_user(&user).await.map_err(|error| op.fail(error).in_draft("user_name", FIELDS))?;
    op.commit(unit, op.change(&access, Action::UpdateUser, &target, to_json(&before), to_json(&user))).await?;
    Ok(user)
}

/// Disables or enables a user. A disabled one is signed out everywhere at once.
///
/// # Errors
/// `Stale`; refusals; `Unmodifiable` for the last administrator and for oneself.
pub async fn set_enabled(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    version: i64,
    enabled: bool,
) -> Result<(), ApiError> {
    let (access, before, target) = find(op, path, name, Action::SetUserStatus).await?;
    let key = ActorKey { tenant_id: access.tenant.id, user_id: before.id };
    if !enabled && op.actor()?.key == key {
        return Err(ApiError::new(Code::Unmodifiable, "You cannot disable yourself. Ask another administrator."));
    }
    holds::over_target(op, &access, Action::SetUserStatus, &target, key).await?;
    let mut user = before.clone();
    (user.version, user.enabled) = (version, enabled);
    let mut unit = op.begin(&access).await?;
    let user = unit.iam.update_user(&user).await.map_err(|error| op.fail(error))?;
    op.keep_an_administrator(&access, &unit).await?;
    op.commit(unit, op.change(&access, Action::SetUserStatus, &target, to_json(&before), to_json(&user))).await?;
    if !enabled {
        op.app().console.revoke_sessions(key, None).await.map_err(|error| op.fail(error))?;
    }
    Ok(())
}

/// Makes a single-use link with which the user sets its password, and gives the address once.
///
/// # Errors
/// Refusals; `Forbidden` when the user can do what the actor cannot.
pub async fn create_link(op: &OpContext, path: &TenantPath, name: &str) -> Result<Secret<String>, ApiError> {
    let access = op.enter(path).await?;
    let profile = op.found(op.reads(&access).await.iam.get_login_profile(name).await)?;
    let (purpose, action) = match profile {
        Some(_) => (LinkPurpose::Reset, Action::UpdateLoginProfile),
        None => (LinkPurpose::Invitation, Action::CreateLoginProfile),
    };
    let (access, user, target) = find(op, path, name, action).await?;
    let key = ActorKey { tenant_id: access.tenant.id, user_id: user.id };
    holds::over_target(op, &access, action, &target, key).await?;
    if !user.enabled {
        return Err(ApiError::new(Code::Unmodifiable, "The user is disabled. Enable it first."));
    }
    let link = links::create(op, purpose, key).await?;
    let unit = op.begin(&access).await?;
    op.commit(unit, op.change(&access, action, &target, None, None)).await?;
    Ok(link)
}

/// The sessions of a user, the last used first.
///
/// # Errors
/// Refusals.
pub async fn sessions(op: &OpContext, view: &UserView) -> Result<Vec<SessionView>, ApiError> {
    op.authorize(&view.access, Action::ListSessions, &view.target).await?;
    let key = ActorKey { tenant_id: view.access.tenant.id, user_id: view.user.id };
    op.app().console.list_sessions(key, op.now()).await.map_err(|error| op.fail(error))
}

/// Signs a user out everywhere, at its next request, and gives of how many sessions.
///
/// # Errors
/// Refusals; `Forbidden` when the user can do what the actor cannot.
pub async fn revoke_sessions(op: &OpContext, path: &TenantPath, name: &str) -> Result<u64, ApiError> {
    let (access, user, target) = find(op, path, name, Action::RevokeSessions).await?;
    let key = ActorKey { tenant_id: access.tenant.id, user_id: user.id };
    holds::over_target(op, &access, Action::RevokeSessions, &target, key).await?;
    let unit = op.begin(&access).await?;
    op.commit(unit, op.change(&access, Action::RevokeSessions, &target, None, None)).await?;
    op.app().console.revoke_sessions(key, None).await.map_err(|error| op.fail(error))
}

/// Deletes a user with what hangs on it, into the bin. `typed` is the name as typed to confirm.
///
/// # Errors
/// On the field `typed`; refusals; `Unmodifiable` for the last administrator and for oneself.
pub async fn delete(op: &OpContext, path: &TenantPath, name: &str, typed: &str) -> Result<(), ApiError> {
    let (access, user, target) = find(op, path, name, Action::DeleteUser).await?;
    if typed != user.user_name {
        return Err(ApiError::field("typed", format!("Type {} to confirm.", user.user_name)));
    }
    let key = ActorKey { tenant_id: access.tenant.id, user_id: user.id };
    if op.actor()?.key == key {
        return Err(ApiError::new(Code::Unmodifiable, "You cannot delete yourself. Ask another administrator."));
    }
    holds::over_target(op, &access, Action::DeleteUser, &target, key).await?;
    let fail = |error| op.fail(error);
    let owner = Owner::user(&user.user_name);
    let mut unit = op.begin(&access).await?;
    let mut relations: BinRelations = bin::take_policies(&mut unit, &owner).await.map_err(fail)?;
    for group in unit.iam.list_groups_for_user(name).await.map_err(fail)? {
        unit.iam.remove_user_from_group(&group.group_name, name).await.map_err(fail)?;
        relations.groups.push(group.value.group_name);
    }
    if unit.iam.get_login_profile(name).await.map_err(fail)?.is_some() {
        unit.iam.delete_login_profile(name).await.map_err(fail)?;
    }
    unit.iam.delete_user(name).await.map_err(fail)?;
    let item: BinItem = bin::item(op, "user", user.id.uuid(), &user.user_name, to_json(&user), relations)?;
    unit.records.put_bin_item(&item).await.map_err(fail)?;
    op.keep_an_administrator(&access, &unit).await?;
    op.commit(unit, op.change(&access, Action::DeleteUser, &target, to_json(&user), None)).await?;
    let console = &op.app().console;
    console.revoke_sessions(key, None).await.map_err(fail)?;
    console.delete_links(key).await.map_err(fail)
}
