//! Entities with everything that hangs on them, many at a time.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::entity::{self, Kept, Kind};
use super::handle::{Reading, Writing};
use super::room::{OwnerKey, Room, link, unlink};
use super::rows::{VersionRow, Versions};
use super::state::State;
use super::table::{SortKey, Table};
use super::{Map, Set, policy_versions, roles, users};
use crate::iam::{Group, InlinePolicy, OwnerKind, Person, Policy, PolicyVersion, Role, Stored, User, tag};
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, PutWhole, Whole, WholeKey};
use crate::store::{AmiError, Result, rules};
use crate::wire::Id;

pub fn find(tx: Reading<'_>, kind: NativeKind, keys: &[WholeKey]) -> Vec<Held> {
    let room = tx.room();
    match kind {
        NativeKind::User => held(tx, "user_id", keys, |user: Stored<User>| {
            let groups = users::groups_of(room, user.id.uuid()).into_iter().map(|group| group.name().to_owned());
            (Body::User(user.value), groups.collect())
        }),
        NativeKind::Group => held(tx, "group_id", keys, |group: Stored<Group>| (Body::Group(group.value), vec![])),
        NativeKind::Role => held(tx, "role_id", keys, |role: Stored<Role>| (Body::Role(role.value), vec![])),
        NativeKind::Policy => held(tx, "policy_id", keys, |policy: Stored<Policy>| {
            let kept = room.policies.get(policy.id.uuid()).expect("it was read from there");
            let versions = kept.beside.all.iter();
            let versions =
                versions.map(|(number, version)| policy_versions::version_of(tx.state, &kept.beside, *number, version));
            (Body::Policy(policy.value, versions.collect()), vec![])
        }),
    }
}

/// The entities of any of these keys, in the order of their ids; `body` gives the groups of a user as well.
fn held<T: Kind>(
    tx: Reading<'_>,
    stable_id: &'static str,
    keys: &[WholeKey],
    body: impl Fn(Stored<T>) -> (Body, Vec<String>),
) -> Vec<Held> {
    let table = T::table(tx.room());
    let held = |id: Uuid| {
        let stored = tx.state.whole(tx.tenant(), table.get(id)?);
        let version = stored.version;
        let (body, groups) = body(stored);
        let (attached, inline) = T::OWNER.map(|kind| hanging(tx, (kind, id))).unwrap_or_default();
        Some(Held { id, version, whole: Whole { body, groups, attached, inline } })
    };
    ids(table, stable_id, keys).into_iter().filter_map(held).collect()
}

fn ids<T: Kind>(table: &Table<T>, stable_id: &'static str, keys: &[WholeKey]) -> BTreeSet<Uuid> {
    let of_key = |key: &WholeKey| {
        let by_arn = table.identified("arn", &key.arn);
        let by_id = table.identified(stable_id, &key.stable_id);
        let by_name = key.name.as_deref().and_then(|name| table.find(name));
        [by_arn, by_id, by_name].into_iter().flatten().map(Kept::id).collect::<Vec<_>>()
    };
    keys.iter().flat_map(of_key).collect()
}

/// The policies of an owner, in order: the ARNs of those attached, and the inline ones.
fn hanging(tx: Reading<'_>, owner: OwnerKey) -> (Vec<String>, Vec<InlinePolicy>) {
    let room = tx.room();
    let mut attached: Vec<String> =
        room.attached_policies(owner).into_iter().map(|row| row.stored.arn.clone()).collect();
    attached.sort();
    let inline = room
        .inline_policies(owner)
        .map(|(name, hash)| InlinePolicy { policy_name: name.clone(), policy_document: tx.state.text(hash) });
    (attached, inline.collect())
}

pub fn put(tx: &mut Writing<'_>, items: &[PutWhole]) -> Result<()> {
    let kind = items.first().map(|item| item.whole.body.kind());
    if items.iter().any(|item| Some(item.whole.body.kind()) != kind) {
        return Err(AmiError::invalid("kind", "Entities of one kind are written at a time."));
    }
    items.iter().try_for_each(|item| rules::whole(&item.whole))?;
    for PutWhole { replaces, whole } in items {
        match &whole.body {
            Body::User(user) => {
                let id = put_one(tx, *replaces, user, |_, before, _| before.and_then(|user| user.beside.clone()))?;
                hang(tx, (OwnerKind::User, id), whole)?;
                put_memberships(tx.room_mut(), id, &user.user_name, &whole.groups)?;
            }
            Body::Group(group) => {
                let id = put_one(tx, *replaces, group, |_, _, _| ())?;
                hang(tx, (OwnerKind::Group, id), whole)?;
            }
            Body::Role(role) => {
                let id = put_one(tx, *replaces, role, |state, _, role| roles::take_trust(state, role))?;
                hang(tx, (OwnerKind::Role, id), whole)?;
            }
            Body::Policy(policy, versions) => {
                put_one(tx, *replaces, policy, |state, before, policy| {
                    let versions = versions_of(state, before, policy, versions);
                    (policy.default_version_id, policy.policy_document) = Default::default();
                    versions
                })?;
            }
        }
    }
    Ok(())
}

/// Puts an entity, without what hangs on it, and gives its id; `beside` takes out of it what is kept beside it.
fn put_one<T: Kind>(
    tx: &mut Writing<'_>,
    replaces: Option<(Uuid, i64)>,
    value: &T,
    beside: impl FnOnce(&mut State, Option<&Kept<T>>, &mut T) -> T::Beside,
) -> Result<Uuid> {
    let before = match replaces {
        Some((id, version)) => Some(T::table(tx.room()).current(id, version, value.name())?.clone()),
        None => None,
    };
    // Tags as they are listed: what is reserved here may come from a provider.
    let tags = tag::merged(&[], value.common().tags);
    let mut value = value.clone().kept(tx.tenant(), tags);
    let beside = beside(tx.state, before.as_ref(), &mut value);
    // With the id and the person of what was before.
    let stored = match &before {
        Some(Kept { stored: before, .. }) => Stored {
            id: before.id,
            version: before.version + 1,
            enabled: before.enabled,
            person: before.person.clone(),
            updated_at: tx.now,
            value,
        },
        None => Stored {
            id: Id::new(tx.id()),
            version: 1,
            enabled: true,
            person: Person::default(),
            updated_at: tx.now,
            value,
        },
    };
    Ok(entity::put(tx, before.as_ref(), stored, beside)?.id.uuid())
}

/// The versions of a policy that is put; a number that was used here is not used again.
fn versions_of(state: &mut State, before: Option<&Kept<Policy>>, policy: &Policy, given: &[PolicyVersion]) -> Versions {
    let numbered = given.iter().filter_map(|version| Some((PolicyVersion::number(&version.version_id)?, version)));
    let all: BTreeMap<i32, VersionRow> = numbered
        .map(|(number, version)| {
            let (document, create_date) = (state.put_document(&version.document), rules::micros(version.create_date));
            (number, VersionRow { document, create_date })
        })
        .collect();
    let next = all.keys().max().copied().unwrap_or(0) + 1;
    Versions {
        default: PolicyVersion::number(&policy.default_version_id),
        next: before.map_or(next, |before| before.beside.next.max(next)),
        all,
    }
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
        whole.attached.iter().map(|arn| room.policy(arn).map(Kept::id)).collect::<Result<_>>()?;
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
        names.iter().map(|name| room.groups.named_or_absent(name).map(Kept::id)).collect::<Result<_>>()?;
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
