//! A PostgreSQL cluster of the console's own, for when no `DATABASE_URL` is given.
//!
//! It lives below the data folder, is reached by a Unix socket only, runs from installed binaries and never as root, is
//! durable over restarts, and recovers after a crash of either side. Any number of our processes share it (a server and
//! commands beside it): the first starts it, the last one out stops it.
//!
//! Start reading at [`LocalPostgres::start`]; `place` says where it lives and as whose, `lock` how it is shared.

mod account;
mod cluster;
mod error;
mod install;
mod lock;
mod place;
mod server;

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

pub use error::LocalPostgresError;
pub use place::prepare_data_dir;

use account::Account;
use lock::{Share, Turn};
use place::Place;

/// The superuser of the cluster, who owns the database.
pub const SUPERUSER: &str = "wami_owner";
/// The database.
pub const DATABASE: &str = "wami";

/// How much the cluster is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// What was acknowledged survives a crash.
    Durable,
    /// Nothing needs to survive: for tests.
    ThrowAway,
}

/// What cluster is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder of the console.
    pub data_dir: PathBuf,
    /// A folder to fall back to when the database's user cannot enter the data folder.
    pub fallback: Option<PathBuf>,
    /// How much it is worth.
    pub durability: Durability,
}

impl Options {
    /// A durable cluster in a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let fallback = Account::is_root().then(|| PathBuf::from("/var/lib/wami-console"));
        Self { data_dir: data_dir.into(), fallback, durability: Durability::Durable }
    }
}

/// A share in the running cluster. Dropped without [`LocalPostgres::stop`], it leaves the server running for whoever
/// comes next.
#[derive(Debug)]
pub struct LocalPostgres {
    place: Place,
    binaries: install::Installation,
    socket: PathBuf,
    share: Share,
}

impl LocalPostgres {
    /// Starts the cluster, made first if there is none, or joins the one that runs.
    ///
    /// # Errors
    /// Each says what to do: see [`LocalPostgresError`].
    pub async fn start(options: &Options) -> Result<Self, LocalPostgresError> {
        let data_dir = prepare_data_dir(&options.data_dir)?;
        let turn = Turn::wait(&data_dir).await?;
        let place = place::find(&data_dir, options)?;
        if place.base != data_dir {
            tracing::info!(folder = %place.base.display(), "the database's user cannot enter the data folder; the database is here");
        }
        let folder = place.folder();
        let made_by = match place.is_made()? {
            true => Some(cluster::version(&folder)?),
            false => None,
        };
        let folders = install::usual_folders();
        let binaries = install::choose(&folders, made_by.map(|major| (major, folder.as_path())))?;
        if made_by.is_none() {
            cluster::create(&place, &binaries, options.durability).await?;
        }
        let socket = server::socket_folder(&place)?;
        let share = Share::take(&data_dir, &turn)?;
        if !server::answers(&socket).await {
            cluster::configure(&place, &folder, options.durability)?;
            server::start(&place, &binaries, &socket).await?;
        }
        server::ensure_database(&socket).await?;
        drop(turn);
        Ok(Self { place, binaries, socket, share })
    }

    /// How the superuser, who owns the database, connects.
    pub fn admin_options(&self) -> PgConnectOptions {
        server::options(&self.socket, DATABASE)
    }

    /// Where the cluster lives.
    pub fn folder(&self) -> PathBuf {
        self.place.folder()
    }

    /// Gives up the share; the last one out stops the server.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(self) -> Result<(), LocalPostgresError> {
        let base = self.share.base().to_owned();
        let turn = Turn::wait(&base).await?;
        if self.share.give_up(&turn)? {
            server::stop(&self.place, &self.binaries).await?;
        }
        drop(turn);
        Ok(())
    }
}

/// The longest path of a Unix socket, in bytes (`sun_path`), less the name of PostgreSQL's own file.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// Whether a socket in this folder has a path that fits.
fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER
}
