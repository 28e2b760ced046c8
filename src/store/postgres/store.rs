//! The store of the guide: one tenant on Postgres, for users of the library.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::conn::{Conn, Shared, about};
use super::{
    PostgresBackend, PostgresIamStore, PostgresSsoAdminStore, PostgresStsStore, PostgresTenantStore, checked, migrate,
};
use crate::clock::SystemClock;
use crate::ids::Ids;
use crate::store::{AwsProvider, Backend, CloudProvider, Result, Scope, Store};
use crate::tenant::TenantRef;

/// A store of one tenant, acting as the system itself, on the connections of the database's owner. Stores of other
/// tenants share the connections: see [`PostgresStore::for_tenant`].
pub struct PostgresStore {
    backend: PostgresBackend,
    provider: Arc<dyn CloudProvider>,
    iam: PostgresIamStore,
    sts: PostgresStsStore,
    sso: PostgresSsoAdminStore,
    tenant: PostgresTenantStore,
}

impl PostgresStore {
    /// Opens the database at `database_url` as its owner, migrated, bound to the tenant `root`: 20 connections at most,
    /// 5 kept, 10 seconds of waiting.
    ///
    /// # Errors
    /// When it cannot be reached or migrated.
    pub async fn new(database_url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(20).min_connections(5).acquire_timeout(Duration::from_secs(10));
        Self::with_options(database_url, pool).await
    }

    /// The same with a pool of one's own making.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn with_options(database_url: &str, pool: PgPoolOptions) -> Result<Self> {
        let owner: PgConnectOptions = database_url.parse().map_err(about("database"))?;
        migrate::run(&owner, None).await?;
        let pool = checked(pool).connect_with(owner.application_name("wami")).await.map_err(about("database"))?;
        let shared = Shared {
            app: pool.clone(),
            owner: pool.clone(),
            session: pool,
            clock: Arc::new(SystemClock),
            ids: Ids::system(),
        };
        let backend = PostgresBackend { shared: Arc::new(shared) };
        let root = backend.ensure_root("Root").await?;
        Ok(Self::bound(backend, root))
    }

    /// A store of another tenant.
    pub fn for_tenant(&self, tenant: &TenantRef) -> Self {
        Self::bound(self.backend.clone(), tenant.clone())
    }

    fn bound(backend: PostgresBackend, tenant: TenantRef) -> Self {
        let conn = Conn::auto(Arc::clone(&backend.shared), Scope::of_system(tenant));
        Self {
            backend,
            provider: Arc::new(AwsProvider::new()),
            iam: PostgresIamStore(conn.clone()),
            sts: PostgresStsStore::new(&conn),
            sso: PostgresSsoAdminStore(conn.clone()),
            tenant: PostgresTenantStore(conn),
        }
    }
}

/// The guide's own test calls the accessors on a store that is not `mut`: these give parts that own themselves.
#[expect(clippy::unused_async, reason = "the guide awaits them")]
impl PostgresStore {
    /// Users, groups, roles, policies.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn iam_store(&self) -> Result<PostgresIamStore> {
        Ok(PostgresIamStore(self.iam.0.clone()))
    }

    /// Temporary credentials.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn sts_store(&self) -> Result<PostgresStsStore> {
        Ok(PostgresStsStore::new(&self.iam.0))
    }

    /// Permission sets and assignments.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn sso_admin_store(&self) -> Result<PostgresSsoAdminStore> {
        Ok(PostgresSsoAdminStore(self.sso.0.clone()))
    }

    /// The tree of tenants.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    pub async fn tenant_store(&self) -> Result<PostgresTenantStore> {
        Ok(PostgresTenantStore(self.tenant.0.clone()))
    }
}

#[async_trait]
impl Store for PostgresStore {
    type IamStore = PostgresIamStore;
    type StsStore = PostgresStsStore;
    type SsoAdminStore = PostgresSsoAdminStore;
    type TenantStore = PostgresTenantStore;

    fn cloud_provider(&self) -> &dyn CloudProvider {
        self.provider.as_ref()
    }
    async fn iam_store(&mut self) -> Result<&mut PostgresIamStore> {
        Ok(&mut self.iam)
    }
    async fn sts_store(&mut self) -> Result<&mut PostgresStsStore> {
        Ok(&mut self.sts)
    }
    async fn sso_admin_store(&mut self) -> Result<&mut PostgresSsoAdminStore> {
        Ok(&mut self.sso)
    }
    async fn tenant_store(&mut self) -> Result<&mut PostgresTenantStore> {
        Ok(&mut self.tenant)
    }
}
