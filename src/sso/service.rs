//! The operations on permission sets and assignments.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::iam::{AttachedPolicy, InlinePolicy, OwnPolicies, Owner, Stored, validate};
use crate::op::{OpContext, to_json};
use crate::owners::service as owners;
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, Reach};
use crate::store::traits::NewAssignment;
use crate::tenant::TenantPath;
use crate::wire::error::Errors;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Code, Id, ListQuery, Page, PageRequest};

/// The filter keys of the list of sets.
pub const SET_KEYS: &[&str] = &["tag", "created"];
/// The orders of the list of sets.
pub const SET_SORTS: &[Sort] = &[Sort::Name, Sort::Created];
/// The filter keys of the list of assignments.
pub const ASSIGNMENT_KEYS: &[&str] = &["set", "principal", "kind", "reach", "created"];

/// All sets, as the target of listing.
pub fn sets_target(access: &Access) -> Target {
    Target::collection("permission-set", "sso", &access.tenant.account_id, "permission-set/")
}

/// All assignments, as the target of listing.
pub fn assignments_target(access: &Access) -> Target {
    Target::collection("assignment", "sso", &access.tenant.account_id, "assignment/")
}

/// A page of the permission sets of a tenant.
///
/// # Errors
/// On the fields `q`, `sort`, `cursor`; refusals.
pub async fn list_sets(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Stored<PermissionSet>>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListPermissionSets, &sets_target(&access)).await?;
    let (filter, page) = (query.filter(SET_KEYS)?, query.page(SET_SORTS)?);
    let sets =
        op.reads(&access).await.sso.list_permission_sets(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, sets))
}

/// A permission set with what hangs on it.
pub struct SetView {
    /// What the actor may do here.
    pub access: SharedAccess,
    /// The set as the target of actions.
    pub target: Target,
    /// The set.
    pub set: Stored<PermissionSet>,
    /// Policies attached to it.
    pub attached: Vec<AttachedPolicy>,
    /// Its inline policy, if it has one.
    pub inline: Vec<InlinePolicy>,
}

/// One permission set with what hangs on it.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get_set(op: &OpContext, path: &TenantPath, name: &str) -> Result<SetView, ApiError> {
    let (access, set, target) = find_set(op, path, name, Action::DescribePermissionSet).await?;
    let OwnPolicies { attached, inline } = owners::policies_of(op, &access, &Owner::permission_set(&set.name)).await?;
    Ok(SetView { attached, inline, access, target, set })
}

async fn find_set(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    action: Action,
) -> Result<(SharedAccess, Stored<PermissionSet>, Target), ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    let set = op.found(op.reads(&access).await.sso.find_permission_set(name).await)?;
    let target = match &set {
        Some(set) => Target::permission_set(set, &account).with_id(set.id.uuid()),
        None => Target::named_set(&account, name),
    };
    op.authorize(&access, action, &target).await?;
    let set = set.ok_or_else(ApiError::not_found)?;
    if !action.is_read() && set.is_builtin {
        return Err(ApiError::new(
            Code::Unmodifiable,
            "This permission set comes with the product. Make one of your own to change it.",
        ));
    }
    Ok((access, set, target))
}

fn check_set(name: &str, description: &str, hours: &str) -> Result<i32, ApiError> {
    let seconds = hours.trim().parse::<i32>().ok().filter(|hours| (1..=12).contains(hours)).map(|hours| hours * 3600);
    let mut errors = Errors::default();
    let grammar = !name.is_empty()
        && name.len() <= 32
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@- ".contains(c));
    let rule = "Use 1–32 letters, digits, blanks and _ + = , . @ -.".to_owned();
    errors.check("name", if grammar && name.trim() == name { Ok(()) } else { Err(rule) });
    errors.check("description", validate::text(description, 700));
    errors.check("session_hours", seconds.map(|_| ()).ok_or_else(|| "A session lasts 1 to 12 hours.".to_owned()));
    errors.done()?;
    Ok(seconds.unwrap_or(3600))
}

/// Creates a permission set without any policy yet.
///
/// # Errors
/// On `name`, `description`, `session_hours`; refusals.
pub async fn create_set(
    op: &OpContext,
    path: &TenantPath,
    name: &str,
    description: &str,
    hours: &str,
) -> Result<Stored<PermissionSet>, ApiError> {
    let access = op.enter(path).await?;
    let account = access.tenant.account_id.clone();
    op.authorize(&access, Action::CreatePermissionSet, &Target::named_set(&account, name)).await?;
    let session_seconds = check_set(name, description, hours)?;
    let ids = &op.app().ids;
    let set = PermissionSet {
        name: name.to_owned(),
        permission_set_arn: format!("arn:aws:sso:::permissionSet/ssoins-{}/ps-{}", ids.hex::<8>(), ids.hex::<8>()),
        description: (!description.trim().is_empty()).then(|| description.to_owned()),
        session_seconds,
        relay_state: None,
        requires_elevation: false,
        is_builtin: false,
        permissions_boundary: None,
        created_date: op.now(),
        tags: vec![],
        wami_arn: format!("arn:wami:sso::{account}:permission-set/{name}"),
        providers: vec![],
        tenant_id: None,
    };
    let mut unit = op.begin(&access).await?;
    let set = unit.sso.insert_permission_set(set).await.map_err(|error| op.fail(error))?;
    let target = Target::permission_set(&set, &account).with_id(set.id.uuid());
    op.commit(unit, op.change(&access, Action::CreatePermissionSet, &target, None, to_json(&set))).await?;
    Ok(set)
}

/// Changes name, description and session length. `version` is the one that was edited.
///
/// # Errors
/// On `name`, `description`, `session_hours`; `Stale`; refusals.
pub async fn update_set(
    op: &OpContext,
    path: &TenantPath,
    old: &str,
    version: i64,
    name: &str,
    description: &str,
    hours: &str,
) -> Result<Stored<PermissionSet>, ApiError> {
    let (access, before, target) = find_set(op, path, old, Action::UpdatePermissionSet).await?;
    let mut set = before.clone();
    set.session_seconds = check_set(name, description, hours)?;
    set.version = version;
    set.name = name.to_owned();
    set.description = (!description.trim().is_empty()).then(|| description.to_owned());
    set.wami_arn = format!("arn:wami:sso::{}:permission-set/{name}", access.tenant.account_id);
    let mut unit = op.begin(&access).await?;
    let set = unit.sso.update_permission_set(&set).await.map_err(|error| op.fail(error))?;
    op.commit(unit, op.change(&access, Action::UpdatePermissionSet, &target, to_json(&before), to_json(&set))).await?;
    Ok(set)
}

/// Deletes a permission set that is assigned nowhere.
///
/// # Errors
/// On `typed`; `InUse`; refusals.
pub async fn delete_set(op: &OpContext, path: &TenantPath, name: &str, typed: &str) -> Result<(), ApiError> {
    let (access, set, target) = find_set(op, path, name, Action::DeletePermissionSet).await?;
    if typed != set.name {
        return Err(ApiError::field("typed", format!("Type {} to confirm.", set.name)));
    }
    let mut unit = op.begin(&access).await?;
    unit.sso.delete_permission_set(name).await.map_err(|error| op.fail(error))?;
    op.commit(unit, op.change(&access, Action::DeletePermissionSet, &target, to_json(&set), None)).await
}

/// A page of the assignments of a tenant, newest first.
///
/// # Errors
/// On the fields `q` and `cursor`; refusals.
pub async fn list_assignments(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<AccountAssignment>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListAccountAssignments, &assignments_target(&access)).await?;
    let filter = query.filter(ASSIGNMENT_KEYS)?;
    let page = PageRequest { descending: true, ..query.page(&[Sort::Created])? };
    let parts = op.reads(&access).await;
    let assignments = parts.sso.list_account_assignments(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, assignments))
}

/// The sets that can be assigned in a tenant.
///
/// # Errors
/// Refusals.
pub async fn usable_sets(op: &OpContext, access: &SharedAccess) -> Result<Vec<PermissionSetRef>, ApiError> {
    op.authorize(access, Action::ListAccountAssignments, &assignments_target(access)).await?;
    op.reads(access).await.sso.list_usable_permission_sets().await.map_err(|error| op.fail(error))
}

/// Who is assigned what, as entered.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// User or group.
    pub kind: PrincipalKind,
    /// A name of this tenant, or `name@tenant.path` of one above.
    pub principal: String,
    /// The id of the set.
    pub set: String,
    /// Here, or here and below.
    pub reach: Reach,
    /// The last day, `YYYY-MM-DD`, or empty.
    pub until: String,
}

/// Assigns a permission set to a user or group, in a tenant.
///
/// # Errors
/// On `principal`, `set`, `until`; refusals; `Forbidden` when the set gives more than the actor holds; `Unmodifiable`
/// when it would deny too much to the last administrator.
pub async fn assign(op: &OpContext, path: &TenantPath, wanted: Wanted) -> Result<AccountAssignment, ApiError> {
    let access = op.enter(path).await?;
    let fail = |error| op.fail(error);
    let parts = op.reads(&access).await;
    // Whether the set exists is told only to those who may assign at all.
    op.authorize(&access, Action::CreateAccountAssignment, &Target::assignment(&access.tenant.account_id, "*")).await?;
    let sets = parts.sso.list_usable_permission_sets().await.map_err(fail)?;
    let set = sets.into_iter().find(|set| set.id.to_string() == wanted.set);
    let set = set.ok_or_else(|| ApiError::field("set", "Choose a permission set of this tenant or of one above."))?;
    let target = Target::assignment(&access.tenant.account_id, &set.name);
    op.authorize(&access, Action::CreateAccountAssignment, &target).await?;
    let (name, home) = match wanted.principal.trim().rsplit_once('@') {
        Some((name, home)) => match home.parse() {
            Ok(home) => (name.to_owned(), home),
            Err(_) => (wanted.principal.trim().to_owned(), path.clone()),
        },
        None => (wanted.principal.trim().to_owned(), path.clone()),
    };
    let principal = parts.sso.find_principal(&home, wanted.kind, &name).await.map_err(fail)?;
    let principal = principal.ok_or_else(|| {
        ApiError::field(
            "principal",
            format!(
                "There is no {} of this name in this tenant. For one above, add @ and its path.",
                wanted.kind.as_str()
            ),
        )
    })?;
    let expires_at = until(&wanted.until, op.now())?;
    let documents = parts.sso.list_permission_set_documents(set.tenant_id, set.id).await.map_err(fail)?;
    let granted = holds::granted(documents.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    match wanted.reach {
        Reach::Tenant => holds::all_of(op, &access, Action::CreateAccountAssignment, &target, &granted).await?,
        Reach::Subtree => holds::all_of_below(op, &access, Action::CreateAccountAssignment, &target, &granted).await?,
    }
    let mut unit = op.begin(&access).await?;
    let made = unit
        .sso
        .create_account_assignment(NewAssignment {
            set_tenant_id: set.tenant_id,
            set_id: set.id,
            principal_kind: principal.kind,
            principal_tenant_id: principal.tenant_id,
            principal_id: principal.id,
            reach: wanted.reach,
            expires_at,
            created_by: Some(op.actor()?.key.user_id),
        })
        .await
        .map_err(|error| match op.fail(error) {
            held if held.code == Code::Exists => {
                ApiError::field("principal", "It has this permission set here already.")
            }
            other => other,
        })?;
    if documents.iter().any(|(_, text)| holds::may_deny(text)) {
        op.keep_an_administrator(&access, &unit).await?;
    }
    op.commit(
        unit,
        op.change(&access, Action::CreateAccountAssignment, &target.with_id(made.id.uuid()), None, to_json(&made)),
    )
    .await?;
    Ok(made)
}

fn until(text: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, ApiError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let date: Option<NaiveDate> = text.trim().parse().ok();
    let end = date.and_then(|date| date.succ_opt()).map(|next| next.and_time(NaiveTime::MIN).and_utc());
    let end = end.ok_or_else(|| ApiError::field("until", "Enter a date, as in 2027-01-31, or nothing."))?;
    if end <= now {
        return Err(ApiError::field("until", "This day is over already."));
    }
    Ok(Some(end))
}

/// Ends an assignment.
///
/// # Errors
/// `NotFound`; `Unmodifiable` for the last administrator; refusals; `Forbidden` when the actor does not hold what the set
/// denies.
pub async fn unassign(op: &OpContext, path: &TenantPath, id: Id<AccountAssignment>) -> Result<(), ApiError> {
    let access = op.enter(path).await?;
    let fail = |error| op.fail(error);
    let found = op.found(op.reads(&access).await.sso.get_account_assignment(id).await)?;
    let name = found.as_ref().map_or("*", |assignment| assignment.permission_set.name.as_str());
    let target = Target::assignment(&access.tenant.account_id, name).with_id(id.uuid());
    op.authorize(&access, Action::DeleteAccountAssignment, &target).await?;
    let before = found.ok_or_else(ApiError::not_found)?;
    let parts = op.reads(&access).await;
    let set = &before.permission_set;
    let documents = parts.sso.list_permission_set_documents(set.tenant_id, set.id).await.map_err(fail)?;
    let lifted = holds::lifted(documents.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    match before.reach {
        Reach::Tenant => holds::all_of(op, &access, Action::DeleteAccountAssignment, &target, &lifted).await?,
        Reach::Subtree => holds::all_of_below(op, &access, Action::DeleteAccountAssignment, &target, &lifted).await?,
    }
    let mut unit = op.begin(&access).await?;
    unit.sso.delete_account_assignment(id).await.map_err(fail)?;
    op.keep_an_administrator(&access, &unit).await?;
    op.commit(unit, op.change(&access, Action::DeleteAccountAssignment, &target, to_json(&before), None)).await
}
