//! The recycle bin.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::handle::{Reading, Writing};
use super::list::{Asked, Row, matches};
use super::room::Room;
use super::table::SortKey;
use crate::iam::OwnerKind;
use crate::store::traits::BinItem;
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

impl Row for BinItem {
    fn text(&self) -> String {
        self.name.to_lowercase()
    }
    fn created(&self) -> DateTime<Utc> {
        self.deleted_at
    }
    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "kind").then(|| self.kind.as_str().into())
    }
}

pub fn put(tx: &mut Writing<'_>, item: &BinItem) -> Result<()> {
    rules::bin_item(item)?;
    let room = tx.room_mut();
    let id = item.id.uuid();
    if room.bin.contains_key(&id) {
        return Err(AmiError::exists("bin item", &item.name, "id"));
    }
    let item =
        BinItem { deleted_at: rules::micros(item.deleted_at), purge_at: rules::micros(item.purge_at), ..item.clone() };
    room.bin_by_deleted.insert_mut((SortKey::At(item.deleted_at), id));
    room.bin.insert_mut(id, item);
    Ok(())
}

pub fn find(tx: Reading<'_>, id: Id<BinItem>) -> Option<BinItem> {
    tx.room().bin.get(&id.uuid()).cloned()
}

/// Latest deletion first, whatever order is asked for.
pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<BinItem>> {
    let conditions = listing::interpret(filter, listing::BIN)?;
    let page = PageRequest { sort: Sort::Created, descending: true, ..page.clone() };
    let asked = Asked::new(tx.tenant(), "bin", filter, &page)?;
    let room = tx.room();
    let item = |id| room.bin.get(&id).expect("an order holds ids of its table");
    if conditions.is_empty() {
        return asked.whole(&room.bin_by_deleted, |id| item(id).clone());
    }
    asked.matching(&room.bin_by_deleted, |id| matches(room, item(id), &conditions), |id| item(id).clone())
}

pub fn remove(tx: &mut Writing<'_>, id: Id<BinItem>) -> Result<()> {
    let room = tx.room_mut();
    let item = room.bin.get(&id.uuid()).ok_or_else(|| AmiError::not_found("bin item", &id.to_string()))?;
    let place = (SortKey::At(item.deleted_at), id.uuid());
    room.bin_by_deleted.remove_mut(&place);
    room.bin.remove_mut(&id.uuid());
    Ok(())
}

pub fn restore_object_id(tx: &mut Writing<'_>, kind: &str, drawn: Uuid, old: Uuid) -> Result<()> {
    let room = tx.room_mut();
    let owner = match kind {
        "user" => Some(OwnerKind::User),
        "group" => Some(OwnerKind::Group),
        "role" => Some(OwnerKind::Role),
        "permission-set" => Some(OwnerKind::PermissionSet),
        "policy" => None,
        _ => return Err(AmiError::invalid("kind", "Nothing of this kind can be restored.")),
    };
    if is_referred_to(room, owner, drawn) {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("{kind} {drawn}"),
            reason: "Something refers to it already.".into(),
        });
    }
    // The one thing that an insert links already is the boundary.
    let bounds: Vec<Uuid> = room
        .bounded
        .iter()
        .filter(|(_, owners)| owner.is_some_and(|kind| owners.contains(&(kind, drawn))))
        .map(|(policy, _)| *policy)
        .collect();
    match owner {
        Some(OwnerKind::User) => room.users.rename_id(drawn, old),
        Some(OwnerKind::Group) => room.groups.rename_id(drawn, old),
        Some(OwnerKind::Role) => room.roles.rename_id(drawn, old),
        Some(OwnerKind::PermissionSet) => room.sets.rename_id(drawn, old),
        None => room.policies.rename_id(drawn, old),
    }?;
    for policy in bounds {
        let kind = owner.expect("only owners have boundaries");
        room.note_boundary((kind, drawn), Some(policy), None);
        room.note_boundary((kind, old), None, Some(policy));
    }
    Ok(())
}

fn is_referred_to(room: &Room, owner: Option<OwnerKind>, id: Uuid) -> bool {
    let hangs =
        owner.is_some_and(|kind| room.attached.contains_key(&(kind, id)) || room.inline.contains_key(&(kind, id)));
    let is_policy = owner.is_none() && (room.attached_to.contains_key(&id) || room.bounded.contains_key(&id));
    hangs || is_policy || room.members.contains_key(&id) || room.memberships.contains_key(&id)
}
