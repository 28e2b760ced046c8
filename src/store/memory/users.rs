//! Users and their passwords.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Set;
use super::handle::{Reading, Writing};
use super::list::{Asked, matches};
use super::room::{Room, link, unlink};
use super::rows::{GroupRow, Login, Principal, UserRow};
use super::table::{Entity, SortKey};
use crate::iam::{LoginProfile, OwnerKind, Person, Stored, User};
use crate::sso_admin::PrincipalKind;
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// A user as it is read.
pub fn user_of(room: &Room, row: &UserRow) -> Stored<User> {
    let mut user = row.stored.clone();
    user.value.permissions_boundary = room.boundary_arn(row.boundary);
    user
}

pub fn insert(tx: &mut Writing<'_>, user: User, person: Person) -> Result<Stored<User>> {
    rules::same_tenant(user.tenant_id, tx.tenant())?;
    rules::user(&user, &person)?;
    let boundary = tx.room().boundary(user.permissions_boundary.as_deref())?;
    let stored = Stored {
        id: Id::new(tx.id()),
        version: 1,
        enabled: true,
        person,
        updated_at: tx.now,
        value: User {
            create_date: rules::micros(user.create_date),
            password_last_used: user.password_last_used.map(rules::micros),
            permissions_boundary: None,
            tags: rules::new_tags(&user.tags)?,
            providers: rules::known_providers(&user.providers, tx.tenant()),
            tenant_id: Some(tx.tenant()),
            ..user
        },
    };
    let row = UserRow { stored, boundary, login: None };
    let room = tx.room_mut();
    room.users.put(row.clone())?;
    room.note_boundary((OwnerKind::User, row.id()), None, boundary);
    Ok(user_of(room, &row))
}

pub fn find(tx: Reading<'_>, name: &str) -> Option<Stored<User>> {
    tx.room().users.find(name).map(|row| user_of(tx.room(), row))
}

pub fn update(tx: &mut Writing<'_>, user: &Stored<User>) -> Result<Stored<User>> {
    rules::same_tenant(user.tenant_id, tx.tenant())?;
    rules::user(user, &user.person)?;
    let (now, tenant, id) = (tx.now, tx.tenant(), user.id.uuid());
    let room = tx.room_mut();
    let boundary = room.boundary(user.permissions_boundary.as_deref())?;
    let before = room.users.current(id, &user.user_name, user.version, |row| row.stored.version)?.clone();
    let mut row = UserRow { boundary, ..before.clone() };
    row.stored.version += 1;
    row.stored.updated_at = now;
    row.stored.enabled = user.enabled;
    row.stored.person = user.person.clone();
    row.stored.value = User {
        user_name: user.user_name.clone(),
        arn: user.arn.clone(),
        wami_arn: user.wami_arn.clone(),
        path: user.path.clone(),
        password_last_used: user.password_last_used.map(rules::micros),
        providers: rules::known_providers(&user.providers, tenant),
        ..before.stored.value.clone()
    };
    room.users.put(row.clone())?;
    room.note_boundary((OwnerKind::User, id), before.boundary, boundary);
    let groups: Vec<Uuid> = room.memberships.get(&id).into_iter().flat_map(Set::iter).copied().collect();
    for group in groups {
        unlink(&mut room.members, group, (SortKey::name(before.name()), id));
        link(&mut room.members, group, (SortKey::name(row.name()), id));
    }
    Ok(user_of(room, &row))
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    let room = tx.room_mut();
    let row = room.users.named_or_absent(name)?.clone();
    let owner = (OwnerKind::User, row.id());
    let mut blockers = Vec::new();
    if row.login.is_some() {
        blockers.push(("login profile".to_owned(), row.name().to_owned()));
    }
    let groups = groups_of(room, row.id());
    blockers.extend(groups.into_iter().map(|group| ("membership".to_owned(), group.name().to_owned())));
    blockers.extend(room.hanging(owner));
    rules::refuse_blocked("user", name, blockers)?;
    room.users.forget(row.id());
    room.note_boundary(owner, row.boundary, None);
    tx.state.remove_assignments_of(Principal { tenant, kind: PrincipalKind::User, id: row.id() });
    Ok(())
}

pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<User>>> {
    let conditions = listing::interpret(filter, listing::USERS)?;
    let asked = Asked::new(tx.tenant(), "users", filter, page)?;
    let room = tx.room();
    let order = room.users.order(page.sort)?;
    let row = |id| room.users.get(id).expect("an order holds ids of its table");
    if conditions.is_empty() {
        return asked.whole(order, |id| user_of(room, row(id)));
    }
    asked.matching(order, |id| matches(room, row(id), &conditions), |id| user_of(room, row(id)))
}

/// The groups of a user, by name.
pub fn groups_of(room: &Room, user: Uuid) -> Vec<&GroupRow> {
    let ids = room.memberships.get(&user).into_iter().flat_map(Set::iter);
    let mut groups: Vec<_> = ids.filter_map(|id| room.groups.get(*id)).collect();
    groups.sort_by_cached_key(|group| group.name().to_ascii_lowercase());
    groups
}

/// The members of a group, by name.
pub fn list_members(tx: Reading<'_>, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>> {
    let room = tx.room();
    let group = room.groups.named_or_absent(group_name)?.id();
    if page.sort != Sort::Name {
        return Err(AmiError::invalid("sort", "This list has no such order."));
    }
    let asked = Asked::new(tx.tenant(), &format!("members of {group}"), &Filter::default(), page)?;
    let members = room.members.get(&group).cloned().unwrap_or_default();
    asked.whole(&members, |id| user_of(room, room.users.get(id).expect("members are users")))
}

pub fn record_password_use(tx: &mut Writing<'_>, name: &str, at: DateTime<Utc>) -> Result<()> {
    let room = tx.room_mut();
    let mut row = room.users.named_or_absent(name)?.clone();
    row.stored.value.password_last_used = Some(rules::micros(at));
    room.users.put(row)
}

pub fn create_login(tx: &mut Writing<'_>, profile: LoginProfile) -> Result<()> {
    rules::login_profile(&profile)?;
    let room = tx.room_mut();
    let row = room.users.named_or_absent(&profile.user_name)?;
    if row.login.is_some() {
        return Err(AmiError::exists("login profile", &profile.user_name, "user_name"));
    }
    let (id, create_date) = (row.id(), rules::micros(profile.create_date));
    room.users.change(id, |row| row.login = Some(login_of(profile, create_date)));
    Ok(())
}

pub fn login(tx: Reading<'_>, name: &str) -> Option<LoginProfile> {
    let row = tx.room().users.find(name)?;
    row.login.clone().map(|login| LoginProfile {
        user_name: row.name().to_owned(),
        create_date: login.create_date,
        password_reset_required: login.password_reset_required,
        changed_at: login.changed_at,
        password_hash: login.password_hash,
    })
}

fn login_of(profile: LoginProfile, create_date: DateTime<Utc>) -> Login {
    Login {
        password_hash: profile.password_hash,
        password_reset_required: profile.password_reset_required,
        create_date,
        changed_at: rules::micros(profile.changed_at),
    }
}

/// Id and creation of a password that is there.
fn present_login(room: &Room, name: &str) -> Result<(Uuid, DateTime<Utc>)> {
    let found = room.users.find(name).and_then(|row| Some((row.id(), row.login.as_ref()?.create_date)));
    found.ok_or_else(|| AmiError::not_found("login profile", name))
}

pub fn update_login(tx: &mut Writing<'_>, profile: LoginProfile) -> Result<()> {
    rules::login_profile(&profile)?;
    let room = tx.room_mut();
    let (id, create_date) = present_login(room, &profile.user_name)?;
    room.users.change(id, |row| row.login = Some(login_of(profile, create_date)));
    Ok(())
}

pub fn delete_login(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let room = tx.room_mut();
    let (id, _) = present_login(room, name)?;
    room.users.change(id, |row| row.login = None);
    Ok(())
}
