//! Users and their passwords.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Set;
use super::entity::{self, Kept, Kind};
use super::handle::{Reading, Writing};
use super::list::{Asked, search_text};
use super::room::{Room, link, unlink};
use super::rows::{Login, Principal};
use super::table::{SortKey, Table};
use crate::iam::{Group, LoginProfile, OwnerKind, Person, Stored, User};
use crate::sso_admin::PrincipalKind;
use crate::store::entity::Entity;
use crate::store::listing::Condition;
use crate::store::{AmiError, Result, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

impl Kind for User {
    const SORTS: &'static [Sort] = &[Sort::Name, Sort::Created, Sort::LastUsed];
    const NAME: &'static str = "user_name";
    const OWNER: Option<OwnerKind> = Some(OwnerKind::User);
    /// Its password.
    type Beside = Option<Login>;

    fn table(room: &Room) -> &Table<Self> {
        &room.users
    }
    fn table_mut(room: &mut Room) -> &mut Table<Self> {
        &mut room.users
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        vec![("arn", &self.arn), ("wami_arn", &self.wami_arn), ("user_id", &self.user_id)]
    }
    fn used(&self) -> Option<DateTime<Utc>> {
        self.password_last_used
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn text(stored: &Stored<Self>) -> String {
        let person = &stored.person;
        search_text([Some(stored.name()), person.display_name.as_deref(), person.email.as_deref()])
    }
    fn is(kept: &Kept<Self>, room: &Room, condition: &Condition) -> bool {
        match condition {
            Condition::Enabled(enabled) => kept.stored.enabled == *enabled,
            Condition::InGroup(name) => room.groups.find(name).is_some_and(|group| {
                room.memberships.get(&kept.id()).is_some_and(|groups| groups.contains(&group.id()))
            }),
            _ => false,
        }
    }
    fn renamed(room: &mut Room, id: Uuid, from: &str, to: &str) {
        let groups: Vec<Uuid> = room.memberships.get(&id).into_iter().flat_map(Set::iter).copied().collect();
        for group in groups {
            unlink(&mut room.members, group, (SortKey::name(from), id));
            link(&mut room.members, group, (SortKey::name(to), id));
        }
    }
}

pub fn insert(tx: &mut Writing<'_>, user: User, person: Person) -> Result<Stored<User>> {
    let stored = entity::admit(tx, user, person)?;
    entity::put(tx, None, stored, None)
}

pub fn update(tx: &mut Writing<'_>, user: &Stored<User>) -> Result<Stored<User>> {
    entity::update(tx, user, |kept| {
        kept.stored.enabled = user.enabled;
        kept.stored.person = user.person.clone();
        kept.stored.value = User {
            user_name: user.user_name.clone(),
            arn: user.arn.clone(),
            wami_arn: user.wami_arn.clone(),
            path: user.path.clone(),
            password_last_used: user.password_last_used.map(rules::micros),
            ..kept.stored.value.clone()
        };
    })
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    let room = tx.room_mut();
    let row = room.users.named_or_absent(name)?.clone();
    let owner = (OwnerKind::User, row.id());
    let mut blockers = Vec::new();
    if row.beside.is_some() {
        blockers.push(("login profile".to_owned(), row.name().to_owned()));
    }
    let groups = groups_of(room, row.id());
    blockers.extend(groups.into_iter().map(|group| ("membership".to_owned(), group.name().to_owned())));
    blockers.extend(room.hanging(owner));
    rules::refuse_blocked(User::NOUN, name, blockers)?;
    entity::forget(room, &row);
    tx.state.remove_assignments_of(Principal { tenant, kind: PrincipalKind::User, id: row.id() });
    Ok(())
}

/// The groups of a user, by name.
pub fn groups_of(room: &Room, user: Uuid) -> Vec<&Kept<Group>> {
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
    asked.whole(&members, |id| tx.state.whole(tx.tenant(), room.users.get(id).expect("members are users")))
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
    if row.beside.is_some() {
        return Err(AmiError::exists("login profile", &profile.user_name, "user_name"));
    }
    let (id, create_date) = (row.id(), rules::micros(profile.create_date));
    room.users.change(id, |row| row.beside = Some(login_of(profile, create_date)));
    Ok(())
}

pub fn login(tx: Reading<'_>, name: &str) -> Option<LoginProfile> {
    let row = tx.room().users.find(name)?;
    row.beside.clone().map(|login| LoginProfile {
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
    let found = room.users.find(name).and_then(|row| Some((row.id(), row.beside.as_ref()?.create_date)));
    found.ok_or_else(|| AmiError::not_found("login profile", name))
}

pub fn update_login(tx: &mut Writing<'_>, profile: LoginProfile) -> Result<()> {
    rules::login_profile(&profile)?;
    let room = tx.room_mut();
    let (id, create_date) = present_login(room, &profile.user_name)?;
    room.users.change(id, |row| row.beside = Some(login_of(profile, create_date)));
    Ok(())
}

pub fn delete_login(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let room = tx.room_mut();
    let (id, _) = present_login(room, name)?;
    room.users.change(id, |row| row.beside = None);
    Ok(())
}
