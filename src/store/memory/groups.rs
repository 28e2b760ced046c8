//! Groups and memberships.

use super::Set;
use super::entity::{self, Kind};
use super::handle::{Reading, Writing};
use super::list::search_text;
use super::room::{Room, link, unlink};
use super::rows::Principal;
use super::table::{SortKey, Table};
use super::users::groups_of;
use crate::iam::{Group, OwnerKind, Person, Stored};
use crate::sso_admin::PrincipalKind;
use crate::store::entity::Entity;
use crate::store::{AmiError, Result, rules};
use crate::wire::page::Sort;

impl Kind for Group {
    const SORTS: &'static [Sort] = &[Sort::Name, Sort::Created];
    const NAME: &'static str = "group_name";
    const OWNER: Option<OwnerKind> = Some(OwnerKind::Group);
    type Beside = ();

    fn table(room: &Room) -> &Table<Self> {
        &room.groups
    }
    fn table_mut(room: &mut Room) -> &mut Table<Self> {
        &mut room.groups
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        vec![("arn", &self.arn), ("wami_arn", &self.wami_arn), ("group_id", &self.group_id)]
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn text(stored: &Stored<Self>) -> String {
        search_text([Some(stored.name())])
    }
}

pub fn insert(tx: &mut Writing<'_>, group: Group) -> Result<Stored<Group>> {
    let stored = entity::admit(tx, group, Person::default())?;
    entity::put(tx, None, stored, ())
}

pub fn update(tx: &mut Writing<'_>, group: &Stored<Group>) -> Result<Stored<Group>> {
    entity::update(tx, group, |kept| {
        kept.stored.value = Group {
            group_name: group.group_name.clone(),
            arn: group.arn.clone(),
            wami_arn: group.wami_arn.clone(),
            path: group.path.clone(),
            ..kept.stored.value.clone()
        };
    })
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    let room = tx.room_mut();
    let row = room.groups.named_or_absent(name)?.clone();
    let id = row.id();
    let members = room.members.get(&id).into_iter().flat_map(Set::iter).take(rules::MAX_BLOCKERS);
    let members = members.filter_map(|(_, user)| room.users.get(*user));
    let mut blockers: Vec<_> = members.map(|user| ("member".to_owned(), user.name().to_owned())).collect();
    blockers.extend(room.hanging((OwnerKind::Group, id)));
    rules::refuse_blocked(Group::NOUN, name, blockers)?;
    entity::forget(room, &row);
    tx.state.remove_assignments_of(Principal { tenant, kind: PrincipalKind::Group, id });
    Ok(())
}

pub fn add_member(tx: &mut Writing<'_>, group_name: &str, user_name: &str) -> Result<bool> {
    let room = tx.room_mut();
    let group = room.groups.named_or_absent(group_name)?.id();
    let row = room.users.named_or_absent(user_name)?;
    let (user, place) = (row.id(), SortKey::name(row.name()));
    let groups = room.memberships.get(&user);
    if groups.is_some_and(|groups| groups.contains(&group)) {
        return Ok(false);
    }
    if groups.map_or(0, Set::size) >= rules::MAX_GROUPS {
        return Err(rules::limit_exceeded("groups of one user", rules::MAX_GROUPS));
    }
    link(&mut room.memberships, user, group);
    link(&mut room.members, group, (place, user));
    Ok(true)
}

pub fn remove_member(tx: &mut Writing<'_>, group_name: &str, user_name: &str) -> Result<()> {
    let room = tx.room_mut();
    let group = room.groups.named_or_absent(group_name)?.id();
    let absent = || AmiError::not_found("member", user_name);
    let row = room.users.find(user_name).ok_or_else(absent)?;
    let (user, place) = (row.id(), SortKey::name(row.name()));
    if !unlink(&mut room.memberships, user, group) {
        return Err(absent());
    }
    unlink(&mut room.members, group, (place, user));
    Ok(())
}

pub fn of_user(tx: Reading<'_>, user_name: &str) -> Result<Vec<Stored<Group>>> {
    let room = tx.room();
    let user = room.users.named_or_absent(user_name)?.id();
    Ok(groups_of(room, user).into_iter().map(|group| group.stored.clone()).collect())
}
