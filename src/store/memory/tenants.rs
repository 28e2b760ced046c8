//! The tenant part in memory: each method is one function of its area.

use async_trait::async_trait;

use super::handle::Handle;
use super::{guardrails, tree};
use crate::store::{Result, TenantStore};
use crate::tenant::store::Counts;
use crate::tenant::{Guardrail, Tenant, TenantId, TenantPath, TenantRef};
use crate::wire::{Page, PageRequest};

/// The tree as seen from a tenant, in memory.
#[derive(Clone)]
pub struct MemoryTenantStore(pub(super) Handle);

#[async_trait]
impl TenantStore for MemoryTenantStore {
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
        self.0.write(|tx| tree::create(tx, parent, slug, display_name, account_id)).await
    }
    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        self.0.read(|tx| Ok(tree::get(tx, id).cloned()))
    }
    async fn find_tenant(&self, path: &TenantPath) -> Result<Option<Tenant>> {
        self.0.read(|tx| Ok(tree::find(tx, path).cloned()))
    }
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<Tenant> {
        self.0.write(|tx| tree::update(tx, tenant)).await
    }
    async fn move_tenant(&mut self, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant> {
        self.0.write(|tx| tree::relocate(tx, id, parent, slug)).await
    }
    async fn delete_tenant(&mut self, id: TenantId) -> Result<()> {
        self.0.write(|tx| tree::delete(tx, id)).await
    }
    async fn list_child_tenants(&self, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>> {
        self.0.read(|tx| tree::list_children(tx, parent, page))
    }
    async fn list_first_children(&self, parents: &[TenantPath], each: u32) -> Result<Vec<Tenant>> {
        self.0.read(|tx| Ok(tree::first_children(tx, parents, each)))
    }
    async fn get_ancestors(&self, id: TenantId) -> Result<Vec<TenantRef>> {
        self.0.read(|tx| tree::ancestors(tx, id))
    }
    async fn get_descendants(&self, id: TenantId, limit: u32) -> Result<Vec<TenantRef>> {
        self.0.read(|tx| Ok(tree::descendants(tx, id, limit)))
    }
    async fn counts(&self, ids: &[TenantId]) -> Result<Vec<Counts>> {
        self.0.read(|tx| Ok(tree::counts(tx, ids)))
    }

    async fn list_guardrails(&self) -> Result<Vec<Guardrail>> {
        self.0.read(|tx| Ok(guardrails::list(tx)))
    }
    async fn put_guardrail(&mut self, guardrail: &Guardrail) -> Result<()> {
        self.0.write(|tx| guardrails::put(tx, guardrail)).await
    }
    async fn delete_guardrail(&mut self, name: &str) -> Result<()> {
        self.0.write(|tx| guardrails::delete(tx, name)).await
    }
    async fn set_allow_all_guardrail(&mut self, on: bool) -> Result<()> {
        self.0.write(|tx| guardrails::set_allow_all(tx, on)).await
    }
}
