//! Permission sets.

use super::Set;
use super::handle::{Reading, Writing};
use super::list::{Asked, matches};
use super::room::Room;
use super::rows::{SetKey, SetRow};
use super::state::State;
use super::table::Entity;
use crate::iam::{OwnerKind, Person, Stored};
use crate::sso_admin::{PermissionSet, PermissionSetRef};
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result, listing, rules};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// The most sets that a list of usable ones gives.
const MAX_USABLE: usize = 200;

/// A set as it is read.
fn set_of(room: &Room, row: &SetRow) -> Stored<PermissionSet> {
    let mut set = row.stored.clone();
    set.value.permissions_boundary = room.boundary_arn(row.boundary);
    set
}

pub fn insert(tx: &mut Writing<'_>, set: PermissionSet) -> Result<Stored<PermissionSet>> {
    rules::same_tenant(set.tenant_id, tx.tenant())?;
    rules::permission_set(&set)?;
    let boundary = tx.room().boundary(set.permissions_boundary.as_deref())?;
    let stored = Stored {
        id: Id::new(tx.id()),
        version: 1,
        enabled: true,
        person: Person::default(),
        updated_at: tx.now,
        value: PermissionSet {
            permissions_boundary: None,
            created_date: rules::micros(set.created_date),
            tags: rules::new_tags(&set.tags)?,
            providers: rules::known_providers(&set.providers, tx.tenant()),
            tenant_id: Some(tx.tenant()),
            ..set
        },
    };
    let row = SetRow { stored, boundary };
    let room = tx.room_mut();
    room.sets.put(row.clone())?;
    room.note_boundary((OwnerKind::PermissionSet, row.id()), None, boundary);
    Ok(set_of(room, &row))
}

pub fn find(tx: Reading<'_>, name: &str) -> Option<Stored<PermissionSet>> {
    tx.room().sets.find(name).map(|row| set_of(tx.room(), row))
}

pub fn update(tx: &mut Writing<'_>, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
    rules::same_tenant(set.tenant_id, tx.tenant())?;
    rules::permission_set(set)?;
    let (now, tenant, id) = (tx.now, tx.tenant(), set.id.uuid());
    let room = tx.room_mut();
    let boundary = room.boundary(set.permissions_boundary.as_deref())?;
    let before = room.sets.current(id, &set.name, set.version, |row| row.stored.version)?.clone();
    let mut row = SetRow { boundary, ..before.clone() };
    row.stored.version += 1;
    row.stored.updated_at = now;
    row.stored.value = PermissionSet {
        name: set.name.clone(),
        wami_arn: set.wami_arn.clone(),
        description: set.description.clone(),
        session_seconds: set.session_seconds,
        relay_state: set.relay_state.clone(),
        requires_elevation: set.requires_elevation,
        providers: rules::known_providers(&set.providers, tenant),
        ..before.stored.value
    };
    room.sets.put(row.clone())?;
    room.note_boundary((OwnerKind::PermissionSet, id), before.boundary, boundary);
    Ok(set_of(room, &row))
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    let row = tx.room().sets.named_or_absent(name)?.clone();
    let assigned: Vec<_> = tx.state.by_set.get(&(tenant, row.id())).into_iter().flat_map(Set::iter).collect();
    let here = assigned.iter().filter(|(target, _)| *target == tenant);
    let here = here
        .filter_map(|(target, id)| tx.state.assignment(*target, *id))
        .map(|row| tx.state.principal_name(row.principal));
    let mut blockers: Vec<_> = here.map(|name| ("assignment".to_owned(), name)).collect();
    if blockers.is_empty() && !assigned.is_empty() {
        // Tenants that this one does not see are not told of.
        blockers.push(("assignment".into(), "in a tenant below".into()));
    }
    rules::refuse_blocked("permission set", name, blockers)?;
    let owner = (OwnerKind::PermissionSet, row.id());
    let room = tx.room_mut();
    for policy in room.attached.get(&owner).cloned().unwrap_or_default().iter() {
        super::room::unlink(&mut room.attached_to, *policy, owner);
    }
    room.attached.remove_mut(&owner);
    room.inline.remove_mut(&owner);
    room.sets.forget(row.id());
    room.note_boundary(owner, row.boundary, None);
    Ok(())
}

pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<PermissionSet>>> {
    let conditions = listing::interpret(filter, listing::PERMISSION_SETS)?;
    let asked = Asked::new(tx.tenant(), "permission sets", filter, page)?;
    let room = tx.room();
    let order = room.sets.order(page.sort)?;
    let row = |id| room.sets.get(id).expect("an order holds ids of its table");
    if conditions.is_empty() {
        return asked.whole(order, |id| set_of(room, row(id)));
    }
    asked.matching(order, |id| matches(room, row(id), &conditions), |id| set_of(room, row(id)))
}

/// This tenant's sets and its ancestors', nearest tenant first, then by name.
pub fn list_usable(tx: Reading<'_>) -> Result<Vec<PermissionSetRef>> {
    let own = tx.state.tree.get(tx.tenant()).expect("the scope is open");
    let mut usable = Vec::new();
    for tenant in tx.state.tree.lineage(own).into_iter().rev() {
        for (_, id) in tx.state.room(tenant.id).sets.order(Sort::Name)?.iter().take(MAX_USABLE - usable.len()) {
            usable.extend(tx.state.set_ref((tenant.id, *id)));
        }
    }
    Ok(usable)
}

pub fn list_documents(tx: Reading<'_>, set_tenant: TenantId, set: Id<PermissionSet>) -> Result<Vec<(String, String)>> {
    let key = (set_tenant, set.uuid());
    let absent = || AmiError::not_found("permission set", &set.to_string());
    if !tx.state.is_above(set_tenant, tx.tenant()) {
        return Err(absent());
    }
    tx.state.set_ref(key).ok_or_else(absent)?;
    let policies = tx.state.set_policies(key).into_iter();
    Ok(policies.map(|(name, hash)| (name, hash.map(|hash| tx.state.text(&hash)).unwrap_or_default())).collect())
}

impl State {
    /// A set as another tenant can name it.
    pub fn set_ref(&self, (tenant, id): SetKey) -> Option<PermissionSetRef> {
        let owner = self.tree.get(tenant)?;
        let set = &self.room(tenant).sets.get(id)?.stored;
        Some(PermissionSetRef {
            tenant_id: tenant,
            tenant_path: owner.path.clone(),
            id: set.id,
            name: set.name.clone(),
            description: set.description.clone(),
        })
    }

    /// Name and document of each policy of a set, attached ones first; no document while it is unknown.
    pub fn set_policies(&self, (tenant, id): SetKey) -> Vec<(String, Option<DocumentHash>)> {
        self.owner_policies(tenant, (OwnerKind::PermissionSet, id))
    }

    /// Name and document of each policy of an owner, attached ones first; no document while it is unknown.
    pub fn owner_policies(
        &self,
        tenant: TenantId,
        owner: super::room::OwnerKey,
    ) -> Vec<(String, Option<DocumentHash>)> {
        let room = self.room(tenant);
        let attached = room.attached_policies(owner).into_iter();
        let mut all: Vec<_> = attached.map(|row| (row.name().to_owned(), row.document())).collect();
        all.extend(room.inline_policies(owner).map(|(name, hash)| (name.clone(), Some(*hash))));
        all
    }
}
