//! The tenant part of a store.

use async_trait::async_trait;

use super::{Guardrail, Tenant, TenantId, TenantPath, TenantRef, TenantStatus};
use crate::store::Result;
use crate::wire::{Page, PageRequest};

/// How many of each kind a tenant has: exact, from maintained counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Roles.
    pub roles: u64,
    /// Managed policies.
    pub policies: u64,
    /// Permission sets.
    pub permission_sets: u64,
    /// Assignments to this tenant.
    pub assignments: u64,
    /// Direct children.
    pub children: u64,
}

/// The tree as seen from the tenant the handle is bound to: itself and, where its scope reaches down, everything below.
/// What lies outside is not found.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// The tenant the handle is bound to.
    fn tenant_id(&self) -> TenantId;

    /// Adds an active child below `parent`. Not found when `parent` is outside; exists on the slug among siblings;
    /// invalid when it would lie too deep. `account_id` must be unused.
    async fn create_tenant(
        &mut self,
        parent: TenantId,
        slug: &str,
        display_name: &str,
        account_id: &str,
    ) -> Result<Tenant>;

    /// The tenant of that id, or `None`.
    async fn get_tenant(&self, id: TenantId) -> Result<Option<Tenant>>;

    /// The tenant at that path, or `None`.
    async fn find_tenant(&self, path: &TenantPath) -> Result<Option<Tenant>>;

    /// Changes the display name and the status. Not found; stale.
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<Tenant>;

    /// Gives it another slug or another parent, in one step for the whole subtree; former paths lead to it.
    /// Not found (either outside); invalid when the parent lies within the subtree, or it would lie too deep; exists
    /// when the slug is held there; unmodifiable for the root and for the tenant the handle is bound to.
    async fn move_tenant(&mut self, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant>;

    /// Removes an empty tenant. Not found; `DeleteConflict` while it has children, users, groups, roles, policies,
    /// permission sets or assignments; unmodifiable for the root and for the tenant the handle is bound to.
    async fn delete_tenant(&mut self, id: TenantId) -> Result<()>;

    /// The direct children, by slug (sort by name) or age. An absent parent has none.
    async fn list_child_tenants(&self, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>>;

    /// The first children, by slug, of each of several tenants: at most `each` of every one, those of one parent
    /// together, parents by path. An absent parent has none.
    async fn list_first_children(&self, parents: &[TenantPath], each: u32) -> Result<Vec<Tenant>>;

    /// The root, every tenant on the way, and the tenant itself: names only, whatever the scope.
    async fn get_ancestors(&self, id: TenantId) -> Result<Vec<TenantRef>>;

    /// Everything below, by path, the tenant itself excluded; at most `limit`.
    async fn get_descendants(&self, id: TenantId, limit: u32) -> Result<Vec<TenantRef>>;

    /// How many of each kind the tenants have, in the order asked; zeros for one outside.
    async fn counts(&self, ids: &[TenantId]) -> Result<Vec<Counts>>;

    /// Sets the status of a tenant below. Provided.
    async fn set_status(&mut self, id: TenantId, status: TenantStatus) -> Result<Tenant> {
        let mut tenant =
            self.get_tenant(id).await?.ok_or_else(|| crate::AmiError::not_found("tenant", &id.to_string()))?;
        tenant.status = status;
        self.update_tenant(&tenant).await
    }

    // ---- Guardrails of the tenant the handle is bound to ----

    /// By name. The built-in one that allows everything is not among them: see [`Tenant::allow_all_guardrail`].
    async fn list_guardrails(&self) -> Result<Vec<Guardrail>>;

    /// Adds or replaces one by name.
    async fn put_guardrail(&mut self, guardrail: &Guardrail) -> Result<()>;

    /// Removes one. Not found; unmodifiable when it is the last guardrail of any kind.
    async fn delete_guardrail(&mut self, name: &str) -> Result<()>;

    /// Switches the built-in guardrail on or off. Unmodifiable when it is the last.
    async fn set_allow_all_guardrail(&mut self, on: bool) -> Result<()>;
}
