//! The part for permission sets and assignments on Postgres: each method is one function of its area.

use std::sync::Arc;

use async_trait::async_trait;

use super::conn::Conn;
use super::{assignments, directory, entity, permission_sets};
use crate::iam::{Stored, User};
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, PrincipalRef};
use crate::store::Result;
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::{Administrator, NewAssignment, SsoAdminStore};
use crate::tenant::{TenantId, TenantPath};
use crate::wire::{Filter, Id, Page, PageRequest};

/// Permission sets and assignments of a tenant, on Postgres.
pub struct PostgresSsoAdminStore(pub(super) Conn);

#[async_trait]
impl SsoAdminStore for PostgresSsoAdminStore {
    async fn insert_permission_set(&mut self, set: PermissionSet) -> Result<Stored<PermissionSet>> {
        self.0.retried(|| Box::pin(permission_sets::insert(&self.0, &set))).await
    }
    async fn find_permission_set(&self, name: &str) -> Result<Option<Stored<PermissionSet>>> {
        entity::find(&self.0, name).await
    }
    async fn update_permission_set(&mut self, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
        self.0.retried(|| Box::pin(permission_sets::update(&self.0, set))).await
    }
    async fn delete_permission_set(&mut self, name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(permission_sets::delete(&self.0, name))).await
    }
    async fn list_permission_sets(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<PermissionSet>>> {
        entity::list(&self.0, filter, page).await
    }
    async fn list_usable_permission_sets(&self) -> Result<Vec<PermissionSetRef>> {
        permission_sets::list_usable(&self.0).await
    }
    async fn list_permission_set_documents(
        &self,
        set_tenant: TenantId,
        set: Id<PermissionSet>,
    ) -> Result<Vec<(String, String)>> {
        permission_sets::list_documents(&self.0, set_tenant, set).await
    }

    async fn list_administrators(&self, after: Option<Id<User>>) -> Result<Vec<Administrator>> {
        assignments::list_administrators(&self.0, after).await
    }
    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>> {
        let mut guard = self.0.read().await?;
        let texts = directory::documents(&mut *guard, hashes).await?;
        guard.done().await?;
        Ok(texts)
    }
    async fn find_principal(
        &self,
        tenant: &TenantPath,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Option<PrincipalRef>> {
        assignments::find_principal(&self.0, tenant, kind, name).await
    }
    async fn create_account_assignment(&mut self, assignment: NewAssignment) -> Result<AccountAssignment> {
        self.0.retried(|| Box::pin(assignments::create(&self.0, &assignment))).await
    }
    async fn get_account_assignment(&self, id: Id<AccountAssignment>) -> Result<Option<AccountAssignment>> {
        assignments::get(&self.0, id).await
    }
    async fn delete_account_assignment(&mut self, id: Id<AccountAssignment>) -> Result<()> {
        self.0.retried(|| Box::pin(assignments::delete(&self.0, id))).await
    }
    async fn list_account_assignments(&self, filter: &Filter, page: &PageRequest) -> Result<Page<AccountAssignment>> {
        assignments::list(&self.0, filter, page).await
    }
}
