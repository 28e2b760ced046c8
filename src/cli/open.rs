//! Opening the store for a command: the database given, or the private cluster, shared with a running server; or memory.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

use super::Failure;
use crate::app_state::{App, Settings};
use crate::authn::password::Passwords;
use crate::authz::documents::Documents;
use crate::clock::{SharedClock, SystemClock};
use crate::config::DataConfig;
use crate::ids::Ids;
use crate::import::uploads::Uploads;
use crate::key;
use crate::local_postgres::{LocalPostgres, Options};
use crate::store::console::ConsoleStore;
use crate::store::console::memory::MemoryConsoleStore;
use crate::store::console::postgres::PostgresConsoleStore;
use crate::store::postgres::{PostgresBackend, PostgresOptions};
use crate::store::{Backend, MemoryBackend};

/// An open store and what it needs to stay open.
pub struct Opened {
    backend: Arc<dyn Backend>,
    console: Arc<dyn ConsoleStore>,
    cluster: Option<LocalPostgres>,
    clock: SharedClock,
    ids: Ids,
}

impl Opened {
    /// The application on it.
    pub fn app(&self, settings: Settings) -> Arc<App> {
        Arc::new(App {
            backend: Arc::clone(&self.backend),
            console: Arc::clone(&self.console),
            documents: Documents::default(),
            uploads: Uploads::default(),
            passwords: Passwords::new(self.ids.clone(), 2),
            clock: Arc::clone(&self.clock),
            ids: self.ids.clone(),
            settings,
        })
    }

    /// Lets go of it; a private cluster that nobody else uses stops.
    pub async fn close(self) {
        drop((self.backend, self.console));
        if let Some(cluster) = self.cluster
            && let Err(error) = cluster.stop().await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "the private PostgreSQL did not stop");
        }
    }
}

/// Opens PostgreSQL, migrated, with at most `connections`.
///
/// # Errors
/// When it cannot be started, reached or migrated.
pub async fn postgres(data: &DataConfig, connections: u32) -> Result<Opened, Failure> {
    let (clock, ids): (SharedClock, Ids) = (Arc::new(SystemClock), Ids::system());
    let role_key = key::load(data.key.as_ref(), &data.data_dir, &ids)?;
    let (owner, cluster) = match &data.database_url {
        Some(url) => (url.expose().parse::<PgConnectOptions>()?, None),
        None => {
            let cluster = LocalPostgres::start(&Options::new(&data.data_dir)).await?;
            (cluster.admin_options(), Some(cluster))
        }
    };
    let options = PostgresOptions {
        max_connections: connections,
        ..PostgresOptions::new(owner, role_key, Arc::clone(&clock), ids.clone())
    };
    let backend = PostgresBackend::connect(options).await?;
    let console = Arc::new(PostgresConsoleStore::new(backend.session_pool().clone()));
    Ok(Opened { backend: Arc::new(backend), console, cluster, clock, ids })
}

/// An empty store in memory, sessions and all. It keeps nothing.
pub fn memory() -> Opened {
    let (clock, ids): (SharedClock, Ids) = (Arc::new(SystemClock), Ids::system());
    let backend = Arc::new(MemoryBackend::new(Arc::clone(&clock), ids.clone()));
    Opened { backend, console: Arc::new(MemoryConsoleStore::default()), cluster: None, clock, ids }
}

/// Brings the database to this version.
///
/// # Errors
/// As [`postgres`].
pub async fn migrate(data: &DataConfig) -> Result<(), Failure> {
    postgres(data, 2).await?.close().await;
    println!("The database is at this version.");
    Ok(())
}
