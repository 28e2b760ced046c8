//! The operations on the bin.

use serde::de::DeserializeOwned;

use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target, holds};
use crate::groups;
use crate::iam::{Group, InlinePolicy, Owner, OwnerKind, Policy, Role, Stored, User};
use crate::op::{OpContext, to_json};
use crate::owners::api::section;
use crate::store::provider::{self, NativeKind};
use crate::store::traits::{BinItem, BinRelations};
use crate::store::{AmiError, AwsProvider, CloudProvider, UnitOfWork};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, Id, ListQuery, Page, PageRequest};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["kind"];

/// The bin as the target of actions.
pub fn target(access: &Access) -> Target {
    Target::console("console", &access.tenant.account_id, "bin/")
}

/// A page of the bin, the latest deletion first.
///
/// # Errors
/// On the fields `q` and `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<BinItem>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListBin, &target(&access)).await?;
    let filter = query.filter(FILTER_KEYS)?;
    let page = PageRequest { descending: true, ..query.page(&[Sort::Created])? };
    let items = op.reads(&access).await.records.list_bin_items(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, items))
}

/// What came back.
pub struct Restored {
    /// The section of the console it lives in.
    pub section: &'static str,
    /// Its name now.
    pub name: String,
    /// Relations that could not be recreated, in words.
    pub lost: Vec<String>,
}

/// Brings an object back. `name` is another name, or empty for the old one.
///
/// # Errors
/// `NotFound`; on `name` when it is taken; refusals, of the creation as well; `Forbidden` when it would grant more than
/// the actor holds; `Unmodifiable` when it would deny too much to the last administrator.
pub async fn restore(op: &OpContext, path: &TenantPath, id: Id<BinItem>, name: &str) -> Result<Restored, ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::RestoreFromBin, &target(&access)).await?;
    let fail = |error| op.fail(error);
    let item =
        op.reads(&access).await.records.find_bin_item(id).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let name = if name.trim().is_empty() { item.name.clone() } else { name.trim().to_owned() };
    let (kind, create) = match item.kind.as_str() {
        "user" => (NativeKind::User, Action::CreateUser),
        "group" => (NativeKind::Group, Action::CreateGroup),
        "role" => (NativeKind::Role, Action::CreateRole),
        "policy" => (NativeKind::Policy, Action::CreatePolicy),
        _ => return Err(ApiError::not_found()),
    };
    crate::iam::validate::name(&name, if matches!(kind, NativeKind::User | NativeKind::Role) { 64 } else { 128 })
        .map_err(|message| ApiError::field("name", message))?;
    let target = Target::named(kind, &access.tenant.account_id, "/", &name);
    op.authorize(&access, create, &target).await?;
    let denies = may_regrant(op, &access, create, &target, &item.relations).await?;
    let mut unit = op.begin(&access).await?;
    let made = recreate(op, &mut unit, &access, &item, &name).await?;
    unit.records.restore_object_id(&item.kind, made.drawn, item.object_id).await.map_err(fail)?;
    let lost = relate(&mut unit, &made, &item.relations).await.map_err(fail)?;
    unit.records.remove_bin_item(id).await.map_err(fail)?;
    if denies {
        op.keep_an_administrator(&access, &unit).await?;
    }
    let event =
        op.change(&access, Action::RestoreFromBin, &made.target.with_id(item.object_id), None, to_json(&item.object));
    op.commit(unit, event).await?;
    let section = made.owner.as_ref().map_or("policies", |owner| section(owner.kind));
    Ok(Restored { section, name, lost })
}

/// What it would give again must be held, as if it were granted now. Gives whether it may deny something as well.
async fn may_regrant(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    relations: &BinRelations,
) -> Result<bool, ApiError> {
    let fail = |error| op.fail(error);
    let parts = op.reads(access).await;
    let mut denies = false;
    let mut texts: Vec<(String, String)> = relations
        .inline_policies
        .iter()
        .map(|policy| (policy.policy_name.clone(), policy.policy_document.clone()))
        .collect();
    for arn in &relations.attached_policies {
        if let Some(policy) = parts.iam.find_policy(arn).await.map_err(fail)? {
            texts.push((policy.policy_name.clone(), policy.value.policy_document));
        }
    }
    for name in &relations.groups {
        // What is asked of a group's assignments gives the reads before it back.
        if let Some(group) = op.reads(access).await.iam.find_group(name).await.map_err(fail)? {
            texts.extend(groups::service::documents_of(op, access, &group.group_name).await?);
            denies |= holds::group_grants(op, access, action, target, group.id).await?;
        }
    }
    if !relations.entities.is_empty() {
        texts.extend(
            relations
                .versions
                .iter()
                .filter(|version| version.is_default_version)
                .map(|version| (target.name.clone(), version.document.clone())),
        );
    }
    let granted = holds::granted(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    match relations.entities.iter().any(|entity| entity.owner.kind == OwnerKind::PermissionSet) {
        true => holds::all_of_below(op, access, action, target, &granted).await?,
        false => holds::all_of(op, access, action, target, &granted).await?,
    }
    Ok(denies || texts.iter().any(|(_, text)| holds::may_deny(text)))
}

struct Made {
    drawn: uuid::Uuid,
    owner: Option<Owner>,
    policy_arn: Option<String>,
    target: Target,
}

async fn recreate(
    op: &OpContext,
    unit: &mut UnitOfWork,
    access: &Access,
    item: &BinItem,
    name: &str,
) -> Result<Made, ApiError> {
    let account = &access.tenant.account_id;
    let taken = |error: AmiError| match op.fail(error) {
        error if error.code == crate::wire::Code::Exists => {
            ApiError::field("name", "This name is taken meanwhile. Enter another.")
        }
        error => error,
    };
    // Only a native name that follows the name is made again; an imported one is kept for ever.
    let native = |kind, path: &str, is_local: bool, old: &str| {
        if is_local { AwsProvider::new().native_arn(kind, account, path, name) } else { old.to_owned() }
    };
    Ok(match item.kind.as_str() {
        "user" => {
            let mut user: Stored<User> = read(item)?;
            user.value.arn = native(NativeKind::User, &user.path, user.providers.is_empty(), &user.arn);
            user.value.wami_arn = provider::wami_arn(NativeKind::User, account, &user.path, name);
            user.value.user_name = name.to_owned();
            user.value.permissions_boundary = None;
            let target = Target::user(&user, account);
            let made = unit.iam.insert_user(user.value, user.person).await.map_err(taken)?;
            Made { drawn: made.id.uuid(), owner: Some(Owner::user(name)), policy_arn: None, target }
        }
        "group" => {
            let mut group: Stored<Group> = read(item)?;
            group.value.arn = native(NativeKind::Group, &group.path, group.providers.is_empty(), &group.arn);
            group.value.wami_arn = provider::wami_arn(NativeKind::Group, account, &group.path, name);
            group.value.group_name = name.to_owned();
            let target = Target::group(&group, account);
            let made = unit.iam.insert_group(group.value).await.map_err(taken)?;
            Made { drawn: made.id.uuid(), owner: Some(Owner::group(name)), policy_arn: None, target }
        }
        "role" => {
            let mut role: Stored<Role> = read(item)?;
            role.value.arn = native(NativeKind::Role, &role.path, role.providers.is_empty(), &role.arn);
            role.value.wami_arn = provider::wami_arn(NativeKind::Role, account, &role.path, name);
            role.value.role_name = name.to_owned();
            role.value.permissions_boundary = None;
            let target = Target::role(&role, account);
            let made = unit.iam.insert_role(role.value).await.map_err(taken)?;
            Made { drawn: made.id.uuid(), owner: Some(Owner::role(name)), policy_arn: None, target }
        }
        _ => {
            let mut policy: Stored<Policy> = read(item)?;
            policy.value.arn = native(NativeKind::Policy, &policy.path, policy.providers.is_empty(), &policy.arn);
            policy.value.wami_arn = provider::wami_arn(NativeKind::Policy, account, &policy.path, name);
            policy.value.policy_name = name.to_owned();
            let (target, arn) = (Target::policy(&policy, account), policy.arn.clone());
            let made = unit.iam.insert_policy(policy.value).await.map_err(taken)?;
            Made { drawn: made.id.uuid(), owner: None, policy_arn: Some(arn), target }
        }
    })
}

fn read<T: DeserializeOwned>(item: &BinItem) -> Result<T, ApiError> {
    serde_json::from_value(item.object.clone()).map_err(|error| {
        tracing::error!(item = %item.id, error = &error as &dyn std::error::Error, "an item of the bin cannot be read");
        ApiError::internal()
    })
}

/// Recreates what hung on it; gives what could not be, in words.
async fn relate(unit: &mut UnitOfWork, made: &Made, relations: &BinRelations) -> Result<Vec<String>, AmiError> {
    let mut lost = Vec::new();
    let mut note = |done: Result<(), AmiError>, what: String| match done {
        Ok(()) | Err(AmiError::ResourceExists { .. }) => Ok(()),
        Err(
            AmiError::ResourceNotFound { .. }
            | AmiError::ResourceLimitExceeded { .. }
            | AmiError::UnmodifiableEntity { .. },
        ) => {
            lost.push(what);
            Ok(())
        }
        Err(error) => Err(error),
    };
    if let Some(owner) = &made.owner {
        for arn in &relations.attached_policies {
            note(unit.iam.attach_policy(owner, arn).await.map(drop), format!("the policy {arn}"))?;
        }
        for InlinePolicy { policy_name, policy_document } in &relations.inline_policies {
            let policy = InlinePolicy { policy_name: policy_name.clone(), policy_document: policy_document.clone() };
            note(unit.iam.put_inline_policy(owner, &policy).await, format!("the inline policy {policy_name}"))?;
        }
        for group in &relations.groups {
            note(unit.iam.add_user_to_group(group, &owner.name).await.map(drop), format!("the membership in {group}"))?;
        }
        for member in &relations.members {
            note(unit.iam.add_user_to_group(&owner.name, member).await.map(drop), format!("the member {member}"))?;
        }
    }
    if let Some(arn) = &made.policy_arn {
        for version in relations.versions.iter().filter(|version| !version.is_default_version) {
            let number = crate::iam::PolicyVersion::number(&version.version_id);
            let done = unit.iam.create_policy_version(arn, &version.document, false, number).await.map(drop);
            note(done, format!("the version {}", version.version_id))?;
        }
        for entity in relations.entities.iter().filter(|entity| !entity.as_boundary) {
            note(
                unit.iam.attach_policy(&entity.owner, arn).await.map(drop),
                format!("the attachment to the {}", entity.owner),
            )?;
        }
        lost.extend(
            relations
                .entities
                .iter()
                .filter(|entity| entity.as_boundary)
                .map(|entity| format!("the boundary of the {}", entity.owner)),
        );
    }
    Ok(lost)
}
