//! Stores on PostgreSQL: all SQL of the program.
//!
//! Requests run as a role that is bound by row-level security ([`migrate::APP_ROLE`]), in transactions that see one
//! tenant, opened by `wami_enter`; the system itself (set-up, command line) runs as the owner. Every statement names its
//! tenant besides. Statements are checked when they run, all of them by the contract suite: see the decision record on
//! runtime-checked SQL.

mod assignments;
mod bin;
mod common;
mod conn;
mod directory;
mod entity;
pub mod error;
mod events;
mod fresh_plan;
mod groups;
mod guardrails;
mod iam;
mod imports;
mod list;
mod login_profiles;
pub mod migrate;
mod narrow;
mod owners;
mod permission_sets;
mod policies;
mod policy_versions;
mod records;
mod roles;
mod seals;
mod sso;
mod store;
mod tenants;
mod tree;
mod users;
mod whole_find;
mod whole_put;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};
use tokio::sync::Mutex;

use crate::audit::chain::Chains;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::key::Key;
use crate::store::{
    AmiError, Backend, Behalf, Commit, Directory, Parts, Reads, Release, Result, Scope, StsStore, UnitOfWork, rules,
};
use crate::tenant::{TenantPath, TenantRef};
use conn::{Conn, Shared, SharedReads, Unit, about};

pub use iam::PostgresIamStore;
pub use imports::PostgresImportStore;
pub use records::PostgresRecordStore;
pub use sso::PostgresSsoAdminStore;
pub use store::PostgresStore;
pub use tenants::PostgresTenantStore;

/// Connections of the owner: for the command line, set-up and background work.
const OWNER_CONNECTIONS: u32 = 4;

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
        Self {
            owner,
            role_key,
            max_connections: 20,
            min_connections: 1,
            acquire_timeout: Duration::from_secs(10),
            clock,
            ids,
        }
    }

    /// A pool of a role that is bound: statements and locks do not wait for ever.
    async fn pool_of(&self, role: &str, max: u32, min: u32) -> sqlx::Result<PgPool> {
        let pool = PgPoolOptions::new().max_connections(max).min_connections(min).acquire_timeout(self.acquire_timeout);
        let login = self.owner.clone().username(role).password(&migrate::role_password(&self.role_key, role));
        let login = login.options([
            ("statement_timeout", "20s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("application_name", "wami-console"),
        ]);
        checked(pool).connect_with(login).await
    }

    /// The pools of requests and of sessions.
    async fn pools(&self) -> sqlx::Result<(PgPool, PgPool)> {
        tokio::try_join!(
            self.pool_of(migrate::APP_ROLE, self.max_connections, self.min_connections),
            self.pool_of(migrate::SESSION_ROLE, self.max_connections.div_ceil(2), 0),
        )
    }
}

/// A connection that stood idle is tried before it is used, one just given back is not.
fn checked(pool: PgPoolOptions) -> PgPoolOptions {
    pool.test_before_acquire(false).before_acquire(|connection, use_of| {
        Box::pin(async move {
            if use_of.idle_for > Duration::from_secs(1) {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
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
        let owner = PgPoolOptions::new().max_connections(OWNER_CONNECTIONS).acquire_timeout(options.acquire_timeout);
        let (app, session) = match options.pools().await {
            // The roles were made under another key.
            Err(sqlx::Error::Database(refused)) if refused.code().is_some_and(|code| code.starts_with("28")) => {
                migrate::set_passwords(&options.owner, &options.role_key).await?;
                options.pools().await
            }
            pools => pools,
        }
        .map_err(about("database"))?;
        let shared = Shared {
            app,
            owner: checked(owner).connect_lazy_with(options.owner.application_name("wami-console system")),
            session,
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
            sts: Box::new(PostgresStsStore::new(conn)),
            sso: Box::new(PostgresSsoAdminStore(conn.clone())),
            tenants: Box::new(PostgresTenantStore(conn.clone())),
            records: Box::new(PostgresRecordStore(conn.clone())),
            imports: Box::new(PostgresImportStore::new(conn.clone())),
        }
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    fn parts(&self, scope: &Scope) -> Parts {
        Self::parts_on(&Conn::auto(Arc::clone(&self.shared), scope.clone()))
    }

    fn reads(&self, scope: &Scope) -> Reads {
        let (conn, shared) = Conn::reads(Arc::clone(&self.shared), scope.clone());
        Reads::sharing(Self::parts_on(&conn), Box::new(ReleaseReads(shared)))
    }

    async fn begin(&self, scope: &Scope) -> Result<UnitOfWork> {
        let (conn, unit) = Conn::unit(Arc::clone(&self.shared), scope.clone()).await?;
        let commit = CommitUnit { shared: Arc::clone(&self.shared), behalf: scope.behalf, unit };
        Ok(UnitOfWork::new(Self::parts_on(&conn), Box::new(commit)))
    }

    async fn ensure_root(&self, display_name: &str) -> Result<TenantRef> {
        rules::tenant_name(display_name)?;
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

    async fn seal_audit(&self) -> Result<u64> {
        seals::seal(&self.shared.owner).await
    }

    async fn verify_audit(&self) -> Result<Chains> {
        seals::verify(&self.shared.owner).await
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.shared.app).await.map_err(about("database"))?;
        Ok(())
    }
}

struct ReleaseReads(Arc<Mutex<SharedReads>>);

#[async_trait]
impl Release for ReleaseReads {
    async fn release(&self) {
        self.0.lock().await.release();
    }
}

struct CommitUnit {
    shared: Arc<Shared>,
    behalf: Behalf,
    unit: Arc<Mutex<Unit>>,
}

#[async_trait]
impl Commit for CommitUnit {
    async fn commit(self: Box<Self>) -> Result<()> {
        // The parts are gone by now, so nobody else holds the unit.
        let unit = Arc::try_unwrap(self.unit)
            .map_err(|_| AmiError::InternalError { message: "the unit of work is still in use".into() })?;
        unit.into_inner().commit().await
    }

    async fn enter(&self, tenant: &TenantRef) -> Result<Parts> {
        let scope = Scope { tenant: tenant.clone(), behalf: self.behalf };
        let conn = Conn::enter(&self.unit, Arc::clone(&self.shared), scope).await?;
        Ok(PostgresBackend::parts_on(&conn))
    }
}

/// Temporary credentials of a tenant, on Postgres.
pub struct PostgresStsStore {
    account_id: String,
}

impl PostgresStsStore {
    fn new(conn: &Conn) -> Self {
        Self { account_id: conn.scope.tenant.account_id.clone() }
    }
}

impl StsStore for PostgresStsStore {
    fn account_id(&self) -> &str {
        &self.account_id
    }
}
