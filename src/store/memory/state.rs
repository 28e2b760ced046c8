//! The whole content of a store in memory, at one moment.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::events::Log;
use super::room::{Room, link, unlink};
use super::rows::{AssignmentRow, Principal, SetKey};
use super::tree::Tree;
use super::{Map, Set};
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;

/// See the [module](self). A clone shares everything.
#[derive(Clone, Default)]
pub struct State {
    /// The tree of tenants.
    pub tree: Tree,
    /// What each tenant holds.
    rooms: Map<TenantId, Arc<Room>>,
    /// What has happened in each tenant. It outlives the tenant.
    pub logs: Map<TenantId, Log>,
    /// The texts of documents, once per content.
    documents: Map<DocumentHash, Arc<str>>,
    /// The assignments of each principal, in whatever tenant.
    pub by_principal: Map<Principal, Set<(TenantId, Uuid)>>,
    /// The assignments of each permission set, in whatever tenant.
    pub by_set: Map<SetKey, Set<(TenantId, Uuid)>>,
}

impl State {
    /// What a tenant holds.
    ///
    /// # Panics
    /// When there is no such tenant: whoever asks has found it in the tree.
    pub fn room(&self, tenant: TenantId) -> &Room {
        self.rooms.get(&tenant).expect("every tenant of the tree has a room")
    }

    /// The same, to change it.
    pub fn room_mut(&mut self, tenant: TenantId) -> &mut Room {
        Arc::make_mut(self.rooms.get_mut(&tenant).expect("every tenant of the tree has a room"))
    }

    /// Makes room for a new tenant.
    pub fn open_room(&mut self, tenant: TenantId) {
        self.rooms.insert_mut(tenant, Arc::default());
    }

    /// Forgets what a tenant that is gone held.
    pub fn close_room(&mut self, tenant: TenantId) {
        self.rooms.remove_mut(&tenant);
    }

    /// Keeps a text, and gives its address.
    pub fn put_document(&mut self, text: &str) -> DocumentHash {
        let hash = Sha256::digest(text.as_bytes()).into();
        if !self.documents.contains_key(&hash) {
            self.documents.insert_mut(hash, text.into());
        }
        hash
    }

    /// The text at an address.
    pub fn document(&self, hash: &DocumentHash) -> Option<Arc<str>> {
        self.documents.get(hash).cloned()
    }

    /// The text at an address that something of this state holds.
    pub fn text(&self, hash: &DocumentHash) -> String {
        self.documents.get(hash).expect("what is referred to is kept").to_string()
    }

    /// An assignment by its keys.
    pub fn assignment(&self, tenant: TenantId, id: Uuid) -> Option<&AssignmentRow> {
        self.rooms.get(&tenant)?.assignments.get(&id)
    }

    /// Adds an assignment to a tenant.
    pub fn add_assignment(&mut self, tenant: TenantId, row: AssignmentRow) -> Result<()> {
        let room = self.room_mut(tenant);
        let key = (row.principal, row.set);
        if room.assigned.contains_key(&key) {
            return Err(AmiError::exists("assignment", "of this principal and set", "principal"));
        }
        room.assigned.insert_mut(key, row.id);
        room.assignments_by_created.insert_mut((super::table::SortKey::At(row.created), row.id));
        room.assignments.insert_mut(row.id, row);
        link(&mut self.by_principal, row.principal, (tenant, row.id));
        link(&mut self.by_set, row.set, (tenant, row.id));
        Ok(())
    }

    /// Removes an assignment; gives whether it was there.
    pub fn remove_assignment(&mut self, tenant: TenantId, id: Uuid) -> bool {
        let Some(row) = self.assignment(tenant, id).copied() else { return false };
        let room = self.room_mut(tenant);
        room.assigned.remove_mut(&(row.principal, row.set));
        room.assignments_by_created.remove_mut(&(super::table::SortKey::At(row.created), id));
        room.assignments.remove_mut(&id);
        unlink(&mut self.by_principal, row.principal, (tenant, id));
        unlink(&mut self.by_set, row.set, (tenant, id));
        true
    }

    /// Removes every assignment of a principal that goes.
    pub fn remove_assignments_of(&mut self, principal: Principal) {
        let held: Vec<_> = self.by_principal.get(&principal).into_iter().flat_map(Set::iter).copied().collect();
        for (tenant, id) in held {
            self.remove_assignment(tenant, id);
        }
    }
}
