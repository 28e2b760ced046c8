//! Any four parts as one store.

use std::sync::Arc;

use async_trait::async_trait;

use super::{CloudProvider, IamStore, Result, SsoAdminStore, Store, StsStore, TenantStore};

/// A store of four parts that may come from different backends.
pub struct HybridStore<I, S, O, T> {
    provider: Arc<dyn CloudProvider>,
    iam: I,
    sts: S,
    sso_admin: O,
    tenant: T,
}

impl<I, S, O, T> HybridStore<I, S, O, T> {
    /// Puts the parts together.
    pub fn new(provider: Arc<dyn CloudProvider>, iam: I, sts: S, sso_admin: O, tenant: T) -> Self {
        Self { provider, iam, sts, sso_admin, tenant }
    }
}

#[async_trait]
impl<I: IamStore, S: StsStore, O: SsoAdminStore, T: TenantStore> Store for HybridStore<I, S, O, T> {
    type IamStore = I;
    type StsStore = S;
    type SsoAdminStore = O;
    type TenantStore = T;

    fn cloud_provider(&self) -> &dyn CloudProvider {
        self.provider.as_ref()
    }
    async fn iam_store(&mut self) -> Result<&mut I> {
        Ok(&mut self.iam)
    }
    async fn sts_store(&mut self) -> Result<&mut S> {
        Ok(&mut self.sts)
    }
    async fn sso_admin_store(&mut self) -> Result<&mut O> {
        Ok(&mut self.sso_admin)
    }
    async fn tenant_store(&mut self) -> Result<&mut T> {
        Ok(&mut self.tenant)
    }
}
