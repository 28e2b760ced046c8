//! The part for permission sets and assignments in memory: each method is one function of its area.

use std::sync::Arc;

use async_trait::async_trait;

use super::handle::Handle;
use super::{assignments, entity, permission_sets};
use crate::iam::{Stored, User};
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, PrincipalRef};
use crate::store::Result;
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::{Administrator, NewAssignment, SsoAdminStore};
use crate::tenant::{TenantId, TenantPath};
use crate::wire::{Filter, Id, Page, PageRequest};

/// Permission sets and assignments of a tenant, in memory.
#[derive(Clone)]
pub struct MemorySsoAdminStore(pub(super) Handle);

#[async_trait]
impl SsoAdminStore for MemorySsoAdminStore {
    async fn insert_permission_set(&mut self, set: PermissionSet) -> Result<Stored<PermissionSet>> {
        self.0.write(|tx| permission_sets::insert(tx, set)).await
    }
    async fn find_permission_set(&self, name: &str) -> Result<Option<Stored<PermissionSet>>> {
        self.0.read(|tx| Ok(entity::find(tx, name)))
    }
    async fn update_permission_set(&mut self, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
        self.0.write(|tx| permission_sets::update(tx, set)).await
    }
    async fn delete_permission_set(&mut self, name: &str) -> Result<()> {
        self.0.write(|tx| permission_sets::delete(tx, name)).await
    }
    async fn list_permission_sets(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<PermissionSet>>> {
        self.0.read(|tx| entity::list(tx, filter, page))
    }
    async fn list_usable_permission_sets(&self) -> Result<Vec<PermissionSetRef>> {
        self.0.read(permission_sets::list_usable)
    }
    async fn list_permission_set_documents(
        &self,
        set_tenant: TenantId,
        set: Id<PermissionSet>,
    ) -> Result<Vec<(String, String)>> {
        self.0.read(|tx| permission_sets::list_documents(tx, set_tenant, set))
    }
    async fn list_administrators(&self, after: Option<Id<User>>) -> Result<Vec<Administrator>> {
        self.0.read(|tx| Ok(tx.state.administrators(tx.tenant(), after, tx.now)))
    }
    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>> {
        self.0.read(|tx| Ok(hashes.iter().map(|hash| tx.state.document(hash)).collect()))
    }
    async fn find_principal(
        &self,
        tenant: &TenantPath,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Option<PrincipalRef>> {
        self.0.read(|tx| Ok(assignments::find_principal(tx, tenant, kind, name)))
    }
    async fn create_account_assignment(&mut self, assignment: NewAssignment) -> Result<AccountAssignment> {
        self.0.write(|tx| assignments::create(tx, &assignment)).await
    }
    async fn get_account_assignment(&self, id: Id<AccountAssignment>) -> Result<Option<AccountAssignment>> {
        self.0.read(|tx| Ok(assignments::get(tx, id)))
    }
    async fn delete_account_assignment(&mut self, id: Id<AccountAssignment>) -> Result<()> {
        self.0.write(|tx| assignments::delete(tx, id)).await
    }
    async fn list_account_assignments(&self, filter: &Filter, page: &PageRequest) -> Result<Page<AccountAssignment>> {
        self.0.read(|tx| assignments::list(tx, filter, page))
    }
}
