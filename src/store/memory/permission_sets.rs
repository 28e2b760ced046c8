//! Permission sets.

use super::Set;
use super::entity::{self, Kind};
use super::handle::{Reading, Writing};
use super::list::search_text;
use super::room::{OwnerKey, Room, unlink};
use super::rows::SetKey;
use super::state::State;
use super::table::Table;
use crate::iam::{OwnerKind, Person, Stored};
use crate::sso_admin::{PermissionSet, PermissionSetRef};
use crate::store::entity::Entity;
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result, rules};
use crate::tenant::TenantId;
use crate::wire::Id;
use crate::wire::page::Sort;

/// The most sets that a list of usable ones gives.
const MAX_USABLE: usize = 200;

impl Kind for PermissionSet {
    const SORTS: &'static [Sort] = &[Sort::Name, Sort::Created];
    const NAME: &'static str = "name";
    const OWNER: Option<OwnerKind> = Some(OwnerKind::PermissionSet);
    type Beside = ();

    fn table(room: &Room) -> &Table<Self> {
        &room.sets
    }
    fn table_mut(room: &mut Room) -> &mut Table<Self> {
        &mut room.sets
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        vec![("permission_set_arn", &self.permission_set_arn)]
    }
    fn text(stored: &Stored<Self>) -> String {
        search_text([Some(stored.name()), stored.description.as_deref()])
    }
}

pub fn insert(tx: &mut Writing<'_>, set: PermissionSet) -> Result<Stored<PermissionSet>> {
    let stored = entity::admit(tx, set, Person::default())?;
    entity::put(tx, None, stored, ())
}

pub fn update(tx: &mut Writing<'_>, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
    entity::update(tx, set, |kept| {
        kept.stored.value = PermissionSet {
            name: set.name.clone(),
            wami_arn: set.wami_arn.clone(),
            description: set.description.clone(),
            session_seconds: set.session_seconds,
            relay_state: set.relay_state.clone(),
            requires_elevation: set.requires_elevation,
            ..kept.stored.value.clone()
        };
    })
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
    rules::refuse_blocked(PermissionSet::NOUN, name, blockers)?;
    let owner = (OwnerKind::PermissionSet, row.id());
    let room = tx.room_mut();
    for policy in room.attached.get(&owner).cloned().unwrap_or_default().iter() {
        unlink(&mut room.attached_to, *policy, owner);
    }
    room.attached.remove_mut(&owner);
    room.inline.remove_mut(&owner);
    entity::forget(room, &row);
    Ok(())
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
    pub fn owner_policies(&self, tenant: TenantId, owner: OwnerKey) -> Vec<(String, Option<DocumentHash>)> {
        let room = self.room(tenant);
        let attached = room.attached_policies(owner).into_iter();
        let mut all: Vec<_> = attached.map(|row| (row.name().to_owned(), row.beside.document())).collect();
        all.extend(room.inline_policies(owner).map(|(name, hash)| (name.clone(), Some(*hash))));
        all
    }
}
