//! Entities with everything that hangs on them, many at a time.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::handle::{Reading, Writing};
use super::room::{Room, link, unlink};
use super::rows::{GroupRow, PolicyRow, RoleRow, UserRow, VersionRow};
use super::table::{Entity, SortKey, Table};
use super::{Map, Set, policies, policy_versions, roles, users};
use crate::iam::{Group, InlinePolicy, OwnerKind, Person, Policy, PolicyVersion, Role, Stored, Tag, User, tag};
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, PutWhole, Whole, WholeKey};
use crate::store::{AmiError, Result, rules};
use crate::wire::Id;

pub fn find(tx: Reading<'_>, kind: NativeKind, keys: &[WholeKey]) -> Vec<Held> {
    let room = tx.room();
    match kind {
        NativeKind::User => {
            let held = |id| {
                let row = room.users.get(id)?;
                let groups = users::groups_of(room, id).into_iter().map(|group| group.name().to_owned()).collect();
                let stored = users::user_of(room, row);
                Some(hung(tx, Some((OwnerKind::User, id)), stored.version, groups, Body::User(stored.value), id))
            };
            ids(&room.users, "user_id", keys).into_iter().filter_map(held).collect()
        }
        NativeKind::Group => {
            let held = |id| {
                let stored = room.groups.get(id)?.stored.clone();
                Some(hung(tx, Some((OwnerKind::Group, id)), stored.version, vec![], Body::Group(stored.value), id))
            };
            ids(&room.groups, "group_id", keys).into_iter().filter_map(held).collect()
        }
        NativeKind::Role => {
            let held = |id| {
                let stored = roles::role_of(tx.state, tx.tenant(), room.roles.get(id)?);
                Some(hung(tx, Some((OwnerKind::Role, id)), stored.version, vec![], Body::Role(stored.value), id))
            };
            ids(&room.roles, "role_id", keys).into_iter().filter_map(held).collect()
        }
        NativeKind::Policy => {
            let held = |id| {
                let row = room.policies.get(id)?;
                let stored = policies::policy_of(tx.state, tx.tenant(), row);
                let versions = row.versions.iter();
                let versions =
                    versions.map(|(number, version)| policy_versions::version_of(tx.state, row, *number, version));
                let body = Body::Policy(stored.value, versions.collect());
                Some(hung(tx, None, stored.version, vec![], body, id))
            };
            ids(&room.policies, "policy_id", keys).into_iter().filter_map(held).collect()
        }
    }
}

fn ids<E: Entity>(table: &Table<E>, stable_id: &'static str, keys: &[WholeKey]) -> BTreeSet<Uuid> {
    let of_key = |key: &WholeKey| {
        let by_arn = table.identified("arn", &key.arn);
        let by_id = table.identified(stable_id, &key.stable_id);
        let by_name = key.name.as_deref().and_then(|name| table.find(name));
        [by_arn, by_id, by_name].into_iter().flatten().map(Entity::id).collect::<Vec<_>>()
    };
    keys.iter().flat_map(of_key).collect()
}

/// An entity with what hangs on it, in order.
fn hung(
    tx: Reading<'_>,
    owner: Option<(OwnerKind, Uuid)>,
    version: i64,
    groups: Vec<String>,
    body: Body,
    id: Uuid,
) -> Held {
    let room = tx.room();
    let (mut attached, mut inline) = (vec![], vec![]);
    if let Some(owner) = owner {
        attached = room.attached_policies(owner).into_iter().map(|row| row.stored.arn.clone()).collect();
        attached.sort();
        inline = room
            .inline_policies(owner)
            .map(|(name, hash)| InlinePolicy { policy_name: name.clone(), policy_document: tx.state.text(hash) })
            .collect();
    }
    Held { id, version, whole: Whole { body, groups, attached, inline } }
}

pub fn put(tx: &mut Writing<'_>, items: &[PutWhole]) -> Result<()> {
    let kind = items.first().map(|item| item.whole.body.kind());
    if items.iter().any(|item| Some(item.whole.body.kind()) != kind) {
        return Err(AmiError::invalid("kind", "Entities of one kind are written at a time."));
    }
    items.iter().try_for_each(|item| rules::whole(&item.whole))?;
    for item in items {
        let whole = &item.whole;
        match &whole.body {
            Body::User(user) => {
                let id = put_user(tx, item.replaces, user)?;
                hang(tx, (OwnerKind::User, id), whole)?;
                put_memberships(tx.room_mut(), id, &user.user_name, &whole.groups)?;
            }
            Body::Group(group) => {
                let id = put_group(tx, item.replaces, group)?;
                hang(tx, (OwnerKind::Group, id), whole)?;
            }
            Body::Role(role) => {
                let id = put_role(tx, item.replaces, role)?;
                hang(tx, (OwnerKind::Role, id), whole)?;
            }
            Body::Policy(policy, versions) => put_policy(tx, item.replaces, policy, versions)?,
        }
    }
    Ok(())
}

/// Tags as they are listed: what is reserved here may come from a provider.
fn tags(given: &[Tag]) -> Vec<Tag> {
    tag::merged(&[], given)
}

/// The row that is replaced, if one is.
fn before<E: Entity>(
    table: &Table<E>,
    replaces: Option<(Uuid, i64)>,
    name: &str,
    version_of: impl Fn(&E) -> i64,
) -> Result<Option<E>> {
    replaces.map(|(id, version)| table.current(id, name, version, version_of).cloned()).transpose()
}

/// The envelope of what is put: with the id and the person of what was before.
fn envelope<T, U>(tx: &Writing<'_>, before: Option<&Stored<U>>, value: T) -> Stored<T> {
    Stored {
        id: Id::new(before.map_or_else(|| tx.id(), |before| before.id.uuid())),
        version: before.map_or(1, |before| before.version + 1),
        enabled: before.is_none_or(|before| before.enabled),
        person: before.map_or_else(Person::default, |before| before.person.clone()),
        updated_at: tx.now,
        value,
    }
}

fn put_user(tx: &mut Writing<'_>, replaces: Option<(Uuid, i64)>, user: &User) -> Result<Uuid> {
    let boundary = tx.room().boundary(user.permissions_boundary.as_deref())?;
    let before = before(&tx.room().users, replaces, &user.user_name, |row: &UserRow| row.stored.version)?;
    let value = User {
        create_date: rules::micros(user.create_date),
        password_last_used: user.password_last_used.map(rules::micros),
        permissions_boundary: None,
        tags: tags(&user.tags),
        providers: rules::known_providers(&user.providers, tx.tenant()),
        tenant_id: Some(tx.tenant()),
        ..user.clone()
    };
    let stored = envelope(tx, before.as_ref().map(|row| &row.stored), value);
    let row = UserRow { stored, boundary, login: before.as_ref().and_then(|row| row.login.clone()) };
    let id = row.id();
    let room = tx.room_mut();
    room.users.put(row.clone())?;
    room.note_boundary((OwnerKind::User, id), before.as_ref().and_then(|row| row.boundary), boundary);
    if let Some(before) = before {
        let groups: Vec<Uuid> = room.memberships.get(&id).into_iter().flat_map(Set::iter).copied().collect();
        for group in groups {
            unlink(&mut room.members, group, (SortKey::name(before.name()), id));
            link(&mut room.members, group, (SortKey::name(row.name()), id));
        }
    }
    Ok(id)
}

fn put_group(tx: &mut Writing<'_>, replaces: Option<(Uuid, i64)>, group: &Group) -> Result<Uuid> {
    let before = before(&tx.room().groups, replaces, &group.group_name, |row: &GroupRow| row.stored.version)?;
    let value = Group {
        create_date: rules::micros(group.create_date),
        tags: tags(&group.tags),
        providers: rules::known_providers(&group.providers, tx.tenant()),
        tenant_id: Some(tx.tenant()),
        ..group.clone()
    };
    let row = GroupRow { stored: envelope(tx, before.as_ref().map(|row| &row.stored), value) };
    let id = row.id();
    tx.room_mut().groups.put(row)?;
    Ok(id)
}

fn put_role(tx: &mut Writing<'_>, replaces: Option<(Uuid, i64)>, role: &Role) -> Result<Uuid> {
    let boundary = tx.room().boundary(role.permissions_boundary.as_deref())?;
    let before = before(&tx.room().roles, replaces, &role.role_name, |row: &RoleRow| row.stored.version)?;
    let trust = tx.state.put_document(&role.assume_role_policy_document);
    let value = Role {
        create_date: rules::micros(role.create_date),
        assume_role_policy_document: String::new(),
        permissions_boundary: None,
        role_last_used: rules::last_used(&role.role_last_used),
        tags: tags(&role.tags),
        providers: rules::known_providers(&role.providers, tx.tenant()),
        tenant_id: Some(tx.tenant()),
        ..role.clone()
    };
    let row = RoleRow { stored: envelope(tx, before.as_ref().map(|row| &row.stored), value), trust, boundary };
    let id = row.id();
    let room = tx.room_mut();
    room.roles.put(row)?;
    room.note_boundary((OwnerKind::Role, id), before.and_then(|row| row.boundary), boundary);
    Ok(id)
}

fn put_policy(
    tx: &mut Writing<'_>,
    replaces: Option<(Uuid, i64)>,
    policy: &Policy,
    versions: &[PolicyVersion],
) -> Result<()> {
    let before = before(&tx.room().policies, replaces, &policy.policy_name, |row: &PolicyRow| row.stored.version)?;
    let rows: BTreeMap<i32, VersionRow> = versions
        .iter()
        .filter_map(|version| {
            let row = VersionRow {
                document: tx.state.put_document(&version.document),
                create_date: rules::micros(version.create_date),
            };
            Some((PolicyVersion::number(&version.version_id)?, row))
        })
        .collect();
    let default = rules::policy(policy)?;
    let value = Policy {
        default_version_id: String::new(),
        policy_document: String::new(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        create_date: rules::micros(policy.create_date),
        update_date: rules::micros(policy.update_date),
        tags: tags(&policy.tags),
        providers: rules::known_providers(&policy.providers, tx.tenant()),
        tenant_id: Some(tx.tenant()),
        ..policy.clone()
    };
    let next = rows.keys().max().copied().unwrap_or(0) + 1;
    let next = before.as_ref().map_or(next, |row| row.next.max(next));
    let stored = envelope(tx, before.as_ref().map(|row| &row.stored), value);
    tx.room_mut().policies.put(PolicyRow { stored, default, next, versions: rows })
}

/// Makes what an entity has all that hangs on it.
fn hang(tx: &mut Writing<'_>, owner: (OwnerKind, Uuid), whole: &Whole) -> Result<()> {
    let mut inline = Map::new_sync();
    for policy in &whole.inline {
        let hash = tx.state.put_document(&policy.policy_document);
        inline.insert_mut(policy.policy_name.clone(), hash);
    }
    let room = tx.room_mut();
    if inline.is_empty() {
        room.inline.remove_mut(&owner);
    } else {
        room.inline.insert_mut(owner, inline);
    }
    let wanted: BTreeSet<Uuid> =
        whole.attached.iter().map(|arn| room.policy(arn).map(Entity::id)).collect::<Result<_>>()?;
    let present: BTreeSet<Uuid> = room.attached.get(&owner).into_iter().flat_map(Set::iter).copied().collect();
    for policy in present.difference(&wanted) {
        unlink(&mut room.attached, owner, *policy);
        unlink(&mut room.attached_to, *policy, owner);
    }
    for policy in wanted.difference(&present) {
        link(&mut room.attached, owner, *policy);
        link(&mut room.attached_to, *policy, owner);
    }
    Ok(())
}

fn put_memberships(room: &mut Room, user: Uuid, name: &str, names: &[String]) -> Result<()> {
    let place = || (SortKey::name(name), user);
    let wanted: BTreeSet<Uuid> =
        names.iter().map(|name| room.groups.named_or_absent(name).map(Entity::id)).collect::<Result<_>>()?;
    let present: BTreeSet<Uuid> = room.memberships.get(&user).into_iter().flat_map(Set::iter).copied().collect();
    for group in present.difference(&wanted) {
        unlink(&mut room.memberships, user, *group);
        unlink(&mut room.members, *group, place());
    }
    for group in wanted.difference(&present) {
        link(&mut room.memberships, user, *group);
        link(&mut room.members, *group, place());
    }
    Ok(())
}
