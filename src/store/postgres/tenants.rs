//! The tenant part on Postgres: each method is one function of its area.

use async_trait::async_trait;

use super::conn::Conn;
use super::{guardrails, tree};
use crate::store::{Result, TenantStore};
use crate::tenant::store::Counts;
use crate::tenant::{Guardrail, Tenant, TenantId, TenantPath, TenantRef};
use crate::wire::{Page, PageRequest};

/// The tree as seen from a tenant, on Postgres.
pub struct PostgresTenantStore(pub(super) Conn);

#[async_trait]
impl TenantStore for PostgresTenantStore {
    fn tenant_id(&self) -> TenantId {
        self.0.scope.tenant_id()
    }

    async fn create_tenant(
        &mut self,
        parent: TenantId,
        slug: &str,
        display_name: &str,
        account_id: &str,
    ) -> Result<Tenant> {
        self.0.retried(|| Box::pin(tree::create(&self.0, parent, slug, display_name, account_id))).await
    }
    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        tree::get(&self.0, id).await
    }
    async fn find_tenant(&self, path: &TenantPath) -> Result<Option<Tenant>> {
        tree::find(&self.0, path).await
    }
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<Tenant> {
        self.0.retried(|| Box::pin(tree::update(&self.0, tenant))).await
    }
    async fn move_tenant(&mut self, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant> {
        self.0.retried(|| Box::pin(tree::relocate(&self.0, id, parent, slug))).await
    }
    async fn delete_tenant(&mut self, id: TenantId) -> Result<()> {
        self.0.retried(|| Box::pin(tree::delete(&self.0, id))).await
    }
    async fn list_child_tenants(&self, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>> {
        tree::list_children(&self.0, parent, page).await
    }
    async fn list_first_children(&self, parents: &[TenantPath], each: u32) -> Result<Vec<Tenant>> {
        tree::first_children(&self.0, parents, each).await
    }
    async fn get_ancestors(&self, id: TenantId) -> Result<Vec<TenantRef>> {
        tree::ancestors(&self.0, id).await
    }
    async fn get_descendants(&self, id: TenantId, limit: u32) -> Result<Vec<TenantRef>> {
        tree::descendants(&self.0, id, limit).await
    }
    async fn counts(&self, ids: &[TenantId]) -> Result<Vec<Counts>> {
        tree::counts(&self.0, ids).await
    }

    async fn list_guardrails(&self) -> Result<Vec<Guardrail>> {
        guardrails::list(&self.0).await
    }
    async fn put_guardrail(&mut self, guardrail: &Guardrail) -> Result<()> {
        self.0.retried(|| Box::pin(guardrails::put(&self.0, guardrail))).await
    }
    async fn delete_guardrail(&mut self, name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(guardrails::delete(&self.0, name))).await
    }
    async fn set_allow_all_guardrail(&mut self, on: bool) -> Result<()> {
        self.0.retried(|| Box::pin(guardrails::set_allow_all(&self.0, on))).await
    }
}
