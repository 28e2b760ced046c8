//! The store of the guide: one tenant in memory, for users of the library.

use std::sync::Arc;

use async_trait::async_trait;

use super::backend::MemoryBackend;
use super::handle::Handle;
use super::{MemoryIamStore, MemorySsoAdminStore, MemoryTenantStore};
use crate::clock::{SharedClock, SystemClock};
use crate::ids::Ids;
use crate::store::{AwsProvider, CloudProvider, Result, Scope, Store, StsStore};
use crate::tenant::TenantRef;

/// A store of one tenant, acting as the system itself. Clones, and stores of other tenants made by
/// [`InMemoryStore::for_tenant`], share the content.
#[derive(Clone)]
pub struct InMemoryStore {
    backend: MemoryBackend,
    provider: Arc<dyn CloudProvider>,
    tenant_ref: TenantRef,
    iam: MemoryIamStore,
    sts: MemoryStsStore,
    sso: MemorySsoAdminStore,
    tenant: MemoryTenantStore,
}

impl InMemoryStore {
    /// A store with the tenant `root` and nothing else, bound to it.
    pub fn new() -> Self {
        Self::with(Arc::new(SystemClock), Ids::system())
    }

    /// The same with a clock and a source of ids of one's own: for tests.
    pub fn with(clock: SharedClock, ids: Ids) -> Self {
        let (backend, root) = MemoryBackend::with_root(clock, ids, "Root");
        Self::bound(backend, root)
    }

    /// A store of another tenant.
    pub fn for_tenant(&self, tenant: &TenantRef) -> Self {
        Self::bound(self.backend.clone(), tenant.clone())
    }

    /// The tenant it is bound to.
    pub fn tenant(&self) -> &TenantRef {
        &self.tenant_ref
    }

    /// What makes units of work on the same content.
    pub fn backend(&self) -> &MemoryBackend {
        &self.backend
    }

    fn bound(backend: MemoryBackend, tenant: TenantRef) -> Self {
        let handle = backend.handle(&Scope::of_system(tenant.clone()));
        Self {
            backend,
            provider: Arc::new(AwsProvider::new()),
            tenant_ref: tenant,
            iam: MemoryIamStore(handle.clone()),
            sts: MemoryStsStore::new(&handle),
            sso: MemorySsoAdminStore(handle.clone()),
            tenant: MemoryTenantStore(handle),
        }
    }
}

impl Default for InMemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// The guide's own test calls the accessors on a store that is not `mut`: these give parts that own themselves.
#[expect(clippy::unused_async, reason = "the guide awaits them")]
impl InMemoryStore {
    /// Users, groups, roles, policies.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn iam_store(&self) -> Result<MemoryIamStore> {
        Ok(self.iam.clone())
    }

    /// Temporary credentials.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn sts_store(&self) -> Result<MemoryStsStore> {
        Ok(self.sts.clone())
    }

    /// Permission sets and assignments.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn sso_admin_store(&self) -> Result<MemorySsoAdminStore> {
        Ok(self.sso.clone())
    }

    /// The tree of tenants.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn tenant_store(&self) -> Result<MemoryTenantStore> {
        Ok(self.tenant.clone())
    }
}

#[async_trait]
impl Store for InMemoryStore {
    type IamStore = MemoryIamStore;
    type StsStore = MemoryStsStore;
    type SsoAdminStore = MemorySsoAdminStore;
    type TenantStore = MemoryTenantStore;

    fn cloud_provider(&self) -> &dyn CloudProvider {
        self.provider.as_ref()
    }
    async fn iam_store(&mut self) -> Result<&mut MemoryIamStore> {
        Ok(&mut self.iam)
    }
    async fn sts_store(&mut self) -> Result<&mut MemoryStsStore> {
        Ok(&mut self.sts)
    }
    async fn sso_admin_store(&mut self) -> Result<&mut MemorySsoAdminStore> {
        Ok(&mut self.sso)
    }
    async fn tenant_store(&mut self) -> Result<&mut MemoryTenantStore> {
        Ok(&mut self.tenant)
    }
}

/// Temporary credentials of a tenant, in memory.
#[derive(Clone)]
pub struct MemoryStsStore {
    account_id: String,
}

impl MemoryStsStore {
    pub(super) fn new(handle: &Handle) -> Self {
        Self { account_id: handle.scope.tenant.account_id.clone() }
    }
}

impl StsStore for MemoryStsStore {
    fn account_id(&self) -> &str {
        &self.account_id
    }
}

#[cfg(test)]
mod tests {
    use crate::InMemoryStore;
    use crate::iam::User;
    use crate::store::traits::{IamStore, TenantStore};

    /// The test of the guide's “Testing Your Store”.
    #[tokio::test]
    async fn test_create_and_get_user() {
        let store = InMemoryStore::new();
        let mut iam = store.iam_store().await.unwrap();
        let user = User {
            user_name: "test-user".to_string(),
            user_id: "AIDATEST123".to_string(),
            arn: "arn:aws:iam::123456789012:user/test-user".to_string(),
            path: "/".to_string(),
            create_date: crate::clock::Clock::now(&crate::clock::SystemClock),
            password_last_used: None,
            permissions_boundary: None,
            tags: vec![],
            wami_arn: "arn:wami:iam::123456789012:user/test-user".to_string(),
            providers: vec![],
            tenant_id: None,
        };
        let created = iam.create_user(user.clone()).await.unwrap();
        assert_eq!(created.user_name, "test-user");
        let fetched = iam.get_user("test-user").await.unwrap().unwrap();
        assert_eq!(fetched.user_name, "test-user");

        let clone = store.clone();
        assert!(clone.iam_store().await.unwrap().get_user("Test-User").await.unwrap().is_some(), "clones share");
    }

    #[tokio::test]
    async fn a_store_of_another_tenant_shares_the_content() {
        let store = InMemoryStore::new();
        let mut tenants = store.tenant_store().await.unwrap();
        let acme = tenants.create_tenant(tenants.tenant_id(), "acme", "Acme", "200000000001").await.unwrap();
        let acme = store.for_tenant(&tenants.get_ancestors(acme.id).await.unwrap().pop().unwrap());
        assert_eq!(acme.iam_store().await.unwrap().account_id(), "200000000001");
        assert_eq!(acme.tenant().path.as_str(), "acme");
    }
}
