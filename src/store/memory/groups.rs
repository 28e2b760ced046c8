//! Groups and memberships.

use super::Set;
use super::handle::{Reading, Writing};
use super::list::{Asked, matches};
use super::room::{link, unlink};
use super::rows::{GroupRow, Principal};
use super::table::{Entity, SortKey};
use super::users::groups_of;
use crate::iam::{Group, OwnerKind, Person, Stored};
use crate::sso_admin::PrincipalKind;
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::{Filter, Id, Page, PageRequest};

pub fn insert(tx: &mut Writing<'_>, group: Group) -> Result<Stored<Group>> {
    rules::same_tenant(group.tenant_id, tx.tenant())?;
    rules::group(&group)?;
    let stored = Stored {
        id: Id::new(tx.id()),
        version: 1,
        enabled: true,
        person: Person::default(),
        updated_at: tx.now,
        value: Group {
            create_date: rules::micros(group.create_date),
            tags: rules::new_tags(&group.tags)?,
            providers: rules::known_providers(&group.providers, tx.tenant()),
            tenant_id: Some(tx.tenant()),
            ..group
        },
    };
    tx.room_mut().groups.put(GroupRow { stored: stored.clone() })?;
    Ok(stored)
}

pub fn find(tx: Reading<'_>, name: &str) -> Option<Stored<Group>> {
    tx.room().groups.find(name).map(|row| row.stored.clone())
}

pub fn update(tx: &mut Writing<'_>, group: &Stored<Group>) -> Result<Stored<Group>> {
    rules::same_tenant(group.tenant_id, tx.tenant())?;
    rules::group(group)?;
    let (now, tenant, id) = (tx.now, tx.tenant(), group.id.uuid());
    let groups = &mut tx.room_mut().groups;
    let mut stored = groups.current(id, &group.group_name, group.version, |row| row.stored.version)?.stored.clone();
    stored.version += 1;
    stored.updated_at = now;
    stored.value = Group {
        group_name: group.group_name.clone(),
        arn: group.arn.clone(),
        wami_arn: group.wami_arn.clone(),
        path: group.path.clone(),
        providers: rules::known_providers(&group.providers, tenant),
        ..stored.value
    };
    groups.put(GroupRow { stored: stored.clone() })?;
    Ok(stored)
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    let room = tx.room_mut();
    let id = room.groups.named_or_absent(name)?.id();
    let members = room.members.get(&id).into_iter().flat_map(Set::iter).take(rules::MAX_BLOCKERS);
    let members = members.filter_map(|(_, user)| room.users.get(*user));
    let mut blockers: Vec<_> = members.map(|user| ("member".to_owned(), user.name().to_owned())).collect();
    blockers.extend(room.hanging((OwnerKind::Group, id)));
    rules::refuse_blocked("group", name, blockers)?;
    room.groups.forget(id);
    tx.state.remove_assignments_of(Principal { tenant, kind: PrincipalKind::Group, id });
    Ok(())
}

pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Group>>> {
    let conditions = listing::interpret(filter, listing::GROUPS)?;
    let asked = Asked::new(tx.tenant(), "groups", filter, page)?;
    let room = tx.room();
    let order = room.groups.order(page.sort)?;
    let row = |id| room.groups.get(id).expect("an order holds ids of its table");
    if conditions.is_empty() {
        return asked.whole(order, |id| row(id).stored.clone());
    }
    asked.matching(order, |id| matches(room, row(id), &conditions), |id| row(id).stored.clone())
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
