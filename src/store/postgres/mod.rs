//! Stores on PostgreSQL: all SQL of the program.
//!
//! Requests run as a role that is bound by row-level security ([`migrate::APP_ROLE`]), in transactions that see one
//! tenant, opened by `wami_enter`; the system itself (set-up, command line) runs as the owner. Every statement names its
//! tenant besides. Statements are checked when they run, all of them by the contract suite: see the decision record on
//! runtime-checked SQL.

pub mod conn;
mod directory;
mod documents;
pub mod error;
mod groups;
mod iam;
mod list;
pub mod migrate;
mod owners;
mod policies;
mod records;
mod roles;
mod sso;
mod tenants;
mod users;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Mutex;

use crate::clock::{SharedClock, SystemClock};
use crate::ids::Ids;
use crate::key::Key;
use crate::store::{
    AmiError, AwsProvider, Backend, CloudProvider, Commit, Directory, Parts, Result, Scope, Store, StsStore, UnitOfWork,
};
use crate::tenant::{TenantPath, TenantRef};
use crate::wire::Secret;
use conn::{Conn, Shared, Unit, about};

pub use iam::PostgresIamStore;
pub use records::PostgresRecordStore;
pub use sso::PostgresSsoAdminStore;
pub use tenants::PostgresTenantStore;

/// How to reach a database.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The owner of the schema: migrates, and acts for the system itself.
    pub owner: PgConnectOptions,
    /// Derives the passwords of the other two roles.
    pub role_key: Key,
    /// Most connections for requests.
    pub max_connections: u32,
    /// Connections for requests kept open.
    pub min_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Ids,
}

impl PostgresOptions {
    /// At most 20 connections, 10 seconds of waiting.
    pub fn new(owner: PgConnectOptions, role_key: Key, clock: SharedClock, ids: Ids) -> Self {
        Self { owner, role_key, max_connections: 20, min_connections: 1, acquire_timeout: Duration::from_secs(10), clock, ids }
    }
}

/// Makes stores and units of work on one database.
#[derive(Clone)]
pub struct PostgresBackend {
    shared: Arc<Shared>,
}

impl PostgresBackend {
    /// Brings the database to this version and opens its pools.
    ///
    /// # Errors
    /// When it cannot be reached or migrated.
    pub async fn connect(options: PostgresOptions) -> Result<Self> {
        migrate::run(&options.owner, &options.role_key).await?;
        let as_role = |role: &str| {
            options.owner.clone().username(role).password(&migrate::role_password(&options.role_key, role)).options([
                ("statement_timeout", "20s"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "60s"),
                ("application_name", "wami-console"),
            ])
        };
        let pool = |max: u32, min: u32| {
            PgPoolOptions::new().max_connections(max).min_connections(min).acquire_timeout(options.acquire_timeout)
        };
        let app = pool(options.max_connections, options.min_connections)
            .connect_with(as_role(migrate::APP_ROLE))
            .await
            .map_err(about("database"))?;
        let shared = Shared {
            app,
            owner: pool(4, 0).connect_lazy_with(options.owner.clone()),
            session: pool(options.max_connections.div_ceil(2), 0).connect_lazy_with(as_role(migrate::SESSION_ROLE)),
            clock: options.clock,
            ids: options.ids,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Connections of the role that keeps sessions.
    pub fn session_pool(&self) -> &PgPool {
        &self.shared.session
    }

    /// Connections of the role that requests run as: for tests of what that role may do.
    pub fn app_pool(&self) -> &PgPool {
        &self.shared.app
    }

    fn parts_on(conn: &Conn) -> Parts {
        Parts {
            iam: Box::new(PostgresIamStore(conn.clone())),
            sts: Box::new(PostgresStsStore { account_id: conn.scope.tenant.account_id.clone() }),
            sso: Box::new(PostgresSsoAdminStore(conn.clone())),
            tenants: Box::new(PostgresTenantStore(conn.clone())),
            records: Box::new(PostgresRecordStore(conn.clone())),
        }
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    fn parts(&self, scope: &Scope) -> Parts {
        Self::parts_on(&Conn::auto(Arc::clone(&self.shared), scope.clone()))
    }

    async fn begin(&self, scope: &Scope) -> Result<UnitOfWork> {
        let (conn, unit) = Conn::unit(Arc::clone(&self.shared), scope.clone()).await?;
        Ok(UnitOfWork::new(Self::parts_on(&conn), Box::new(CommitUnit(unit))))
    }

    async fn ensure_root(&self, display_name: &str) -> Result<TenantRef> {
        if let Some(root) = self.resolve(&TenantPath::root()).await? {
            return Ok(root);
        }
        let now = self.shared.clock.now();
        sqlx::query(
            "insert into tenants (id, parent_id, path, slug, depth, display_name, account_id, created_at, updated_at)
             values ($1, null, 'root', 'root', 0, $2, $3, $4, $4) on conflict do nothing",
        )
        .bind(self.shared.ids.uuid(now))
        .bind(display_name)
        .bind(self.shared.ids.account_id())
        .bind(now)
        .execute(&self.shared.owner)
        .await
        .map_err(about("root"))?;
        self.resolve(&TenantPath::root()).await?.ok_or_else(|| AmiError::not_found("tenant", "root"))
    }

    fn directory(&self) -> &dyn Directory {
        self
    }

    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.shared.app).await.map_err(about("database"))?;
        Ok(())
    }
}

struct CommitUnit(Arc<Mutex<Unit>>);

#[async_trait]
impl Commit for CommitUnit {
    async fn commit(self: Box<Self>) -> Result<()> {
        // The parts are gone by now, so nobody else holds the unit.
        let unit = Arc::try_unwrap(self.0).map_err(|_| AmiError::InternalError { message: "the unit of work is still in use".into() })?;
        unit.into_inner().commit().await
    }
}

/// Temporary credentials of a tenant, on Postgres.
pub struct PostgresStsStore {
    account_id: String,
}

impl StsStore for PostgresStsStore {
    fn account_id(&self) -> &str {
        &self.account_id
    }
}

/// A store of one tenant on Postgres, as the guide has it. Its clones share the connections.
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
        let owner: PgConnectOptions = database_url.parse().map_err(about("database"))?;
        // A library user has one process and no key: the derived passwords need only be hard to guess.
        let role_key = Secret::new(hash_of_url(database_url));
        let options = PostgresOptions::new(owner, role_key, Arc::new(SystemClock), Ids::system());
        Self::with_options(PostgresOptions { min_connections: 5, ..options }).await
    }

    /// Opens a database, migrated, bound to the tenant `root`.
    ///
    /// # Errors
    /// When it cannot be reached or migrated.
    pub async fn with_options(options: PostgresOptions) -> Result<Self> {
        let backend = PostgresBackend::connect(options).await?;
        let root = backend.ensure_root("Root").await?;
        Ok(Self::bound(backend, root))
    }

    /// The same database, bound to another tenant.
    pub fn for_tenant(&self, tenant: &TenantRef) -> Self {
        Self::bound(self.backend.clone(), tenant.clone())
    }

    fn bound(backend: PostgresBackend, tenant: TenantRef) -> Self {
        let conn = Conn::auto(Arc::clone(&backend.shared), Scope::of_system(tenant));
        Self {
            provider: Arc::new(AwsProvider::new()),
            iam: PostgresIamStore(conn.clone()),
            sts: PostgresStsStore { account_id: conn.scope.tenant.account_id.clone() },
            sso: PostgresSsoAdminStore(conn.clone()),
            tenant: PostgresTenantStore(conn),
            backend,
        }
    }

    /// The identity part, owned.
    ///
    /// # Errors
    /// Never; the shape is the guide's.
    #[expect(clippy::unused_async, reason = "the guide awaits it")]
    pub async fn iam_store(&self) -> Result<PostgresIamStore> {
        Ok(PostgresIamStore(self.iam.0.clone()))
    }
}

fn hash_of_url(url: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(format!("wami library role key {url}").as_bytes()).into()
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
