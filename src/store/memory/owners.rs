//! What hangs on users, groups, roles and permission sets: attached and inline policies, tags.

use uuid::Uuid;

use super::entity::Kind;
use super::handle::{Reading, Writing};
use super::room::{Room, link, unlink};
use super::{Map, Set};
use crate::iam::{AttachedPolicy, Group, InlinePolicy, Owner, OwnerKind, Policy, Role, Tag, User};
use crate::sso_admin::PermissionSet;
use crate::store::traits::Taggable;
use crate::store::{AmiError, Result, rules};

pub fn attach(tx: &mut Writing<'_>, owner: &Owner, arn: &str) -> Result<bool> {
    let room = tx.room_mut();
    let (key, policy) = (room.owner(owner)?, room.policy(arn)?.id());
    let attached = room.attached.get(&key);
    if attached.is_some_and(|attached| attached.contains(&policy)) {
        return Ok(false);
    }
    if attached.map_or(0, Set::size) >= rules::MAX_ATTACHED {
        let what = format!("managed policies attached to one {}", owner.kind.noun());
        return Err(rules::limit_exceeded(what, rules::MAX_ATTACHED));
    }
    link(&mut room.attached, key, policy);
    link(&mut room.attached_to, policy, key);
    Ok(true)
}

pub fn detach(tx: &mut Writing<'_>, owner: &Owner, arn: &str) -> Result<()> {
    let room = tx.room_mut();
    let (key, policy) = (room.owner(owner)?, room.policy(arn)?.id());
    if !unlink(&mut room.attached, key, policy) {
        return Err(AmiError::not_found("attached policy", arn));
    }
    unlink(&mut room.attached_to, policy, key);
    Ok(())
}

pub fn list_attached(tx: Reading<'_>, owner: &Owner) -> Result<Vec<AttachedPolicy>> {
    let room = tx.room();
    let rows = room.attached_policies(room.owner(owner)?).into_iter();
    let attached = rows.map(|row| AttachedPolicy {
        policy_name: row.name().to_owned(),
        policy_arn: row.stored.arn.clone(),
        is_document_unknown: row.beside.default.is_none(),
    });
    Ok(attached.collect())
}

pub fn put_inline(tx: &mut Writing<'_>, owner: &Owner, policy: &InlinePolicy) -> Result<()> {
    rules::inline_policy(policy)?;
    let key = tx.room().owner(owner)?;
    let hash = tx.state.put_document(&policy.policy_document);
    let room = tx.room_mut();
    // A set has one inline policy: another name replaces it.
    let is_single = owner.kind == OwnerKind::PermissionSet;
    let kept = if is_single { None } else { room.inline.get(&key).cloned() };
    room.inline.insert_mut(key, kept.unwrap_or_default().insert(policy.policy_name.clone(), hash));
    Ok(())
}

pub fn delete_inline(tx: &mut Writing<'_>, owner: &Owner, policy_name: &str) -> Result<()> {
    let room = tx.room_mut();
    let key = room.owner(owner)?;
    let was_there = room.inline.get_mut(&key).is_some_and(|policies| policies.remove_mut(policy_name));
    if !was_there {
        return Err(AmiError::not_found("inline policy", policy_name));
    }
    if room.inline.get(&key).is_some_and(Map::is_empty) {
        room.inline.remove_mut(&key);
    }
    Ok(())
}

pub fn list_inline(tx: Reading<'_>, owner: &Owner) -> Result<Vec<InlinePolicy>> {
    let room = tx.room();
    let policies = room.inline_policies(room.owner(owner)?);
    let policy =
        |(name, hash): (&String, _)| InlinePolicy { policy_name: name.clone(), policy_document: tx.state.text(hash) };
    Ok(policies.map(policy).collect())
}

/// Puts other tags on what is tagged.
fn retag(room: &mut Room, target: &Taggable, each: impl FnOnce(&[Tag]) -> Result<Vec<Tag>>) -> Result<()> {
    match target {
        Taggable::Policy(arn) => retag_one::<Policy>(room, room.policy(arn)?.id(), each),
        Taggable::Owner(owner) => {
            let (kind, id) = room.owner(owner)?;
            match kind {
                OwnerKind::User => retag_one::<User>(room, id, each),
                OwnerKind::Group => retag_one::<Group>(room, id, each),
                OwnerKind::Role => retag_one::<Role>(room, id, each),
                OwnerKind::PermissionSet => retag_one::<PermissionSet>(room, id, each),
            }
        }
    }
}

fn retag_one<T: Kind>(room: &mut Room, id: Uuid, each: impl FnOnce(&[Tag]) -> Result<Vec<Tag>>) -> Result<()> {
    let kept = T::table(room).get(id).expect("it was found");
    let tags = each(kept.stored.common().tags)?;
    T::table_mut(room).change(id, |kept| *kept.stored.value.common_mut().tags = tags);
    Ok(())
}

pub fn tag(tx: &mut Writing<'_>, target: &Taggable, tags: &[Tag]) -> Result<()> {
    retag(tx.room_mut(), target, |present| rules::changed_tags(present, tags))
}

pub fn untag(tx: &mut Writing<'_>, target: &Taggable, keys: &[String]) -> Result<()> {
    let keys: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    retag(tx.room_mut(), target, |present| {
        Ok(present.iter().filter(|tag| !keys.contains(&tag.key.to_lowercase())).cloned().collect())
    })
}
