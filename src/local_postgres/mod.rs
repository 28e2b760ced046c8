//! A private PostgreSQL cluster for whoever has no database server: made on first use from the installed programs,
//! started with the console and stopped with it.
//!
//! What it promises:
//! - The data lasts: a restart, a crash of the server, of the console or of both loses nothing that was committed.
//! - While a [`LocalPostgres`] exists, a server that dies is started again, under the same connection options.
//! - Several processes (the console and a command beside it) share one server; the last one out stops it. What a killed
//!   process leaves running is used by the next one, and stopped by the last.
//! - Nothing listens on a network and there is no superuser password that could leak: the superuser comes in by who it
//!   is to the operating system, everybody else by a password, all over a socket in a private folder.
//! - The server never runs as root. Started by root, it runs as the owner of the data folder or else as `postgres` or
//!   `nobody`, in a folder that this user can reach.
//!
//! Absent on purpose: roles and tables (the migrations make them), upgrades between major versions of PostgreSQL
//! (refused with a sentence that says what to do), downloads of PostgreSQL (the set-up script installs it).
//!
//! Start reading at [`LocalPostgres::start`]; `running` has the states a cluster may be found in, `lock` the sharing.

mod account;
mod cluster;
mod error;
mod install;
mod lock;
mod place;
mod postmaster;
mod running;
mod socket;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use error::LocalPostgresError;
pub use install::OLDEST_MAJOR;
pub use place::prepare_data_dir;

use lock::{Share, Turn};
use place::Place;
use running::Running;

/// The console's database in the cluster.
pub const DATABASE: &str = "wami";

/// The cluster's superuser, who owns the database and runs the migrations.
pub const SUPERUSER: &str = "wami_owner";

/// Where a cluster goes, and what it is made from.
#[derive(Debug, Clone)]
pub struct Options {
    /// The console's data folder; made if it is not there. The cluster goes into `postgres` in it.
    pub data_dir: PathBuf,
    /// Where a new cluster goes, into a folder of its own, if its user cannot work in the data folder.
    /// `None`: nowhere, that is an error then.
    pub fallback: Option<PathBuf>,
    /// Folders in which the server programs are looked for, in this order.
    pub binaries: Vec<PathBuf>,
    /// What the cluster is for.
    pub durability: Durability,
}

/// Whether data must last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// What is committed survives everything that the disk survives.
    #[default]
    Durable,
    /// Fast, and lost if the machine crashes: for tests.
    ThrowAway,
}

impl Options {
    /// A durable cluster in this data folder, from the programs installed in the usual places.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            fallback: place::usual_fallback(),
            binaries: install::usual_folders(),
            durability: Durability::Durable,
        }
    }
}

/// This process's share in the private cluster. The server runs at least as long as this exists.
///
/// End it with [`stop`](Self::stop). If it is only dropped, the server is told to stop too (unless others use it), but
/// nobody waits for it.
#[derive(Debug)]
pub struct LocalPostgres {
    place: Place,
    socket_dir: PathBuf,
    elsewhere: bool,
    attached: bool,
    /// `None` once it is given up.
    share: Option<Share>,
    /// Ends the supervisor, which then gives the server back if this process started it.
    dismiss: Option<oneshot::Sender<()>>,
    supervisor: JoinHandle<Option<Child>>,
}

impl LocalPostgres {
    /// Makes the cluster if there is none, starts the server if it does not run, and waits until it answers.
    ///
    /// Must be called inside a Tokio runtime, which also runs the task that starts the server again if it dies.
    /// Dropping the future is safe: a server half started ends.
    ///
    /// # Errors
    /// Any [`LocalPostgresError`]. None of them is worth a retry before something was changed, except
    /// [`Busy`](LocalPostgresError::Busy) and [`NotAnswering`](LocalPostgresError::NotAnswering).
    pub async fn start(options: &Options) -> Result<Self, LocalPostgresError> {
        let data_dir = prepare_data_dir(&options.data_dir)?;
        let mut turn = Turn::wait(&data_dir).await?;
        let place = place::find(&data_dir, options)?;
        let elsewhere = place.base != data_dir;
        if elsewhere {
            // The pointer is written: others find the same base and wait for their turn there.
            turn = Turn::wait(&place.base).await?;
        }
        let share = Share::take(&place.base, &turn)?;
        if !place.is_made()? {
            let installation = install::choose(&options.binaries, None)?;
            tracing::info!(folder = %place.folder.display(), version = installation.major, "making the private database");
            if elsewhere {
                tracing::warn!(
                    folder = %place.folder.display(), user = %place.account.name,
                    "the database's user cannot work in {}: the database is kept elsewhere", data_dir.display()
                );
            }
            cluster::create(&place, &installation, options.durability).await?;
        }
        let running = running::ensure(&place, options).await?;
        let (socket_dir, attached) = (running.socket_dir.clone(), running.child.is_none());
        tracing::info!(folder = %place.folder.display(), pid = running.pid, attached, "the private database is ready");

        let (dismiss, dismissed) = oneshot::channel();
        let supervisor = tokio::spawn(supervise(place.clone(), options.clone(), running, dismissed));
        let this =
            Self { place, socket_dir, elsewhere, attached, share: Some(share), dismiss: Some(dismiss), supervisor };
        let made = running::ensure_database(&this.socket_dir).await;
        // First the turn, so that if this failed, the drop of `this` can stop the server.
        drop(turn);
        made.map(|()| this)
    }

    /// Options to connect as the superuser to the console's database: for migrations, never for requests.
    pub fn admin_options(&self) -> PgConnectOptions {
        running::options_for(&self.socket_dir, SUPERUSER, DATABASE)
    }

    /// Options to connect to the console's database as a role that logs in by password.
    pub fn connect_options(&self, role: &str, password: &str) -> PgConnectOptions {
        running::options_for(&self.socket_dir, role, DATABASE).password(password)
    }

    /// PostgreSQL's data folder.
    pub fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// Whether the folder is not inside the data folder, because the server's user cannot work there.
    pub fn is_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// Whether the server ran already when this process came.
    pub fn is_attached(&self) -> bool {
        self.attached
    }

    /// The server's log.
    pub fn log_file(&self) -> PathBuf {
        self.place.log()
    }

    /// Leaves the cluster. If nobody else uses it, stops the server and waits until it has stopped, at most 10 seconds:
    /// connections still open are cut off, and what is committed is kept.
    ///
    /// # Errors
    /// [`LocalPostgresError::StopFailed`] if it does not stop, [`Busy`](LocalPostgresError::Busy) if another process
    /// has been starting or stopping it for minutes, [`Io`](LocalPostgresError::Io) if a lock cannot be had.
    pub async fn stop(mut self) -> Result<(), LocalPostgresError> {
        self.dismiss = None;
        // If it panicked, there is no child to wait for; in any case it no longer starts anything.
        let child = (&mut self.supervisor).await.ok().flatten();
        let turn = Turn::wait(&self.place.base).await?;
        let Some(share) = self.share.take() else { return Ok(()) };
        if share.give_up(&turn)? {
            running::stop(&self.place, child).await?;
            tracing::info!(folder = %self.place.folder.display(), "the private database has stopped");
        }
        Ok(())
    }
}

impl Drop for LocalPostgres {
    fn drop(&mut self) {
        self.supervisor.abort();
        // If somebody has the turn just now, the server is left to them or to the next start.
        if let Some(share) = self.share.take()
            && let Some(turn) = Turn::now(&self.place.base)
            && share.give_up(&turn).unwrap_or(false)
        {
            running::request_stop(&self.place);
        }
    }
}

/// Starts the server again whenever it ends, until the other end of `dismissed` is gone. Gives the child, if the server
/// that runs then is one.
async fn supervise(
    place: Place,
    options: Options,
    mut running: Running,
    mut dismissed: oneshot::Receiver<()>,
) -> Option<Child> {
    loop {
        tokio::select! {
            // Asked first: a server that ends together with its use is not started again.
            biased;
            _ = &mut dismissed => return running.child,
            () = running.ended(&place) => {}
        }
        tracing::warn!(pid = running.pid, "the private database ended unexpectedly: starting it again");
        tokio::select! {
            biased;
            _ = &mut dismissed => return None,
            again = restart(&place, &options) => running = again,
        }
        tracing::info!(pid = running.pid, "the private database is ready again");
    }
}

/// Tries until it works, less and less often.
async fn restart(place: &Place, options: &Options) -> Running {
    let mut pause = Duration::from_secs(1);
    loop {
        let tried = async {
            let _turn = Turn::wait(&place.base).await?;
            running::ensure(place, options).await
        };
        match tried.await {
            Ok(running) => return running,
            Err(err) => tracing::error!(error = %err, "the private database could not be started again"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(30));
    }
}
