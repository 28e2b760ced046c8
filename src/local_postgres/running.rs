//! From a cluster on disk to a server that answers, and back.
//!
//! Everything here is done while holding the turn ([`super::lock::Turn`]), so that nobody else starts or stops the
//! same cluster meanwhile.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::place::Place;
use super::postmaster::{self, PORT, Phase, PidFile, works_in};
use super::{DATABASE, LocalPostgresError, Options, SUPERUSER, cluster, install, socket};

/// How often a change of the server's state is looked for.
const POLL: Duration = Duration::from_millis(5);
/// A recovery replays up to `max_wal_size` of changes.
const START_LIMIT: Duration = Duration::from_secs(300);
/// How long one attempt to connect may take, and how many of them a server that calls itself ready may leave unanswered.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
const ANSWER_TRIES: u64 = 5;
/// A fast shutdown ends with a checkpoint. What is left after this long is left to the next start's recovery.
const FAST_STOP_LIMIT: Duration = Duration::from_millis(6_000);
/// An immediate one asks the server's processes to end at once; those that cannot are ended after this long.
const IMMEDIATE_STOP_LIMIT: Duration = Duration::from_millis(2_500);
const KILL_LIMIT: Duration = Duration::from_millis(1_000);
/// How often the processes that a killed server left are told to end before that is given up.
const ORPHAN_TRIES: u32 = 100;
const ORPHAN_PAUSE: Duration = Duration::from_millis(50);

/// A server that answers.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) pid: i32,
    pub(super) socket_dir: PathBuf,
    /// If this process started it.
    pub(super) child: Option<Child>,
}

impl Running {
    /// Waits until the server has ended, for whatever reason.
    pub(super) async fn ended(&mut self, place: &Place) {
        match &mut self.child {
            // An error means that it is not our child any more.
            Some(child) => drop(child.wait().await),
            None => {
                while works_in(self.pid, &place.folder) {
                    sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
}

/// Options for a connection over the socket.
pub(super) fn options_for(socket_dir: &Path, role: &str, database: &str) -> PgConnectOptions {
    // Encryption is of no use on a socket, and asking for it costs a round trip.
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(PORT)
        .username(role)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .application_name("wami-console")
}

/// Finds the running server of the place or starts one, and waits until it answers.
pub(super) async fn ensure(place: &Place, options: &Options) -> Result<Running, LocalPostgresError> {
    let major = cluster::version(&place.folder)?;
    let mut last_pid = 0;
    let mut unanswered = 0;
    let waiting = async {
        loop {
            match look(place).await? {
                Found::Ready { pid, socket_dir } => return Ok(Running { pid, socket_dir, child: None }),
                Found::Absent => {
                    if let Some(running) = launch(place, options, major).await? {
                        return Ok(running);
                    }
                }
                Found::Busy { pid } => last_pid = pid,
                Found::Silent { pid } => {
                    unanswered += 1;
                    if unanswered == ANSWER_TRIES {
                        return Err(not_answering(place, pid, ANSWER_LIMIT.as_secs() * ANSWER_TRIES));
                    }
                }
            }
            sleep(POLL).await;
        }
    };
    match timeout(START_LIMIT, waiting).await {
        Ok(result) => result,
        Err(_) => Err(not_answering(place, last_pid, START_LIMIT.as_secs())),
    }
}

fn not_answering(place: &Place, pid: i32, waited_seconds: u64) -> LocalPostgresError {
    LocalPostgresError::NotAnswering { pid, folder: place.folder.clone(), log: place.log(), waited_seconds }
}

enum Found {
    Ready {
        pid: i32,
        socket_dir: PathBuf,
    },
    /// Starting or stopping.
    Busy {
        pid: i32,
    },
    /// Calls itself ready and does not answer.
    Silent {
        pid: i32,
    },
    Absent,
}

async fn look(place: &Place) -> Result<Found, LocalPostgresError> {
    let Some(PidFile { pid, socket_dir, phase }) = PidFile::read(&place.folder) else { return Ok(Found::Absent) };
    let alive = works_in(pid, &place.folder);
    if alive && phase != Phase::Ready {
        return Ok(Found::Busy { pid });
    }
    // Asked even if there is no such process: it may be one of another container that shares the folder.
    match connect(&socket_dir, "postgres").await {
        Some(Ok(mut connection)) => {
            let answered = sqlx::query_scalar::<_, String>("select current_setting('data_directory')")
                .fetch_one(&mut connection)
                .await
                .map_err(|source| LocalPostgresError::Database { action: "asking for the data folder", source })?;
            let same = Path::new(&answered).canonicalize().is_ok_and(|answered| answered == place.folder);
            // It is known to answer; how the connection ends does not matter.
            let _ = connection.close().await;
            if same { Ok(Found::Ready { pid, socket_dir }) } else { Err(foreign(place, pid)) }
        }
        Some(Err(sqlx::Error::Io(err)))
            if matches!(err.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) && !alive =>
        {
            Ok(Found::Absent)
        }
        // It is going away at this moment.
        Some(Err(sqlx::Error::Io(_))) => Ok(Found::Busy { pid }),
        // `cannot_connect_now`: starting, recovering or stopping. `too_many_connections`: there will be one.
        Some(Err(sqlx::Error::Database(err))) if err.code().is_some_and(|code| code == "57P03" || code == "53300") => {
            Ok(Found::Busy { pid })
        }
        Some(Err(_)) => Err(foreign(place, pid)),
        None => Ok(Found::Silent { pid }),
    }
}

fn foreign(place: &Place, pid: i32) -> LocalPostgresError {
    let reason = format!("a server that this program did not start runs on it as process {pid}");
    LocalPostgresError::NotOurs { folder: place.folder.clone(), reason }
}

/// One attempt to connect as the superuser; `None` if there was no answer in time.
async fn connect(socket_dir: &Path, database: &str) -> Option<sqlx::Result<PgConnection>> {
    timeout(ANSWER_LIMIT, options_for(socket_dir, SUPERUSER, database).connect()).await.ok()
}

/// Starts the server and waits until it is ready. `None` if somebody else started it at the same time.
async fn launch(place: &Place, options: &Options, major: u32) -> Result<Option<Running>, LocalPostgresError> {
    let installation = install::choose(&options.binaries, Some((major, &place.folder)))?;
    cluster::configure(place, &place.folder, options.durability)?;
    let socket_dir = socket::prepare(place)?;
    let log = place.log();
    let mut orphan_tries = 0;
    let mut removed_stale = false;
    loop {
        let said_before = postmaster::log_length(&log);
        let mut starting = Starting { child: Some(postmaster::spawn(place, &installation, &socket_dir)?), place };
        if let Some(pid) = starting.ready().await? {
            return Ok(Some(Running { pid, socket_dir, child: starting.child.take() }));
        }
        let said = postmaster::log_since(&log, said_before);
        if said.contains("pre-existing shared memory block") && orphan_tries < ORPHAN_TRIES {
            orphan_tries += 1;
            postmaster::signal_all(&place.folder, Signal::QUIT);
            sleep(ORPHAN_PAUSE).await;
        } else if said.contains("lock file") && said.contains("already exists") && !removed_stale {
            if PidFile::read(&place.folder).is_some_and(|file| works_in(file.pid, &place.folder)) {
                return Ok(None);
            }
            // The number of the crashed server now belongs to another process of the same user.
            removed_stale = true;
            remove_stale(&PidFile::path(&place.folder))?;
            remove_stale(&socket_dir.join(format!(".s.PGSQL.{PORT}.lock")))?;
        } else {
            return Err(LocalPostgresError::StartFailed { folder: place.folder.clone(), log, output: said });
        }
    }
}

fn remove_stale(path: &Path) -> Result<(), LocalPostgresError> {
    match std::fs::remove_file(path) {
        Err(err) if err.kind() != ErrorKind::NotFound => Err(LocalPostgresError::io("remove the stale", path)(err)),
        _ => Ok(()),
    }
}

/// A server that was started and is not ready. If it is given up before, by an error or because nobody waits any more,
/// it does not stay behind.
struct Starting<'a> {
    child: Option<Child>,
    place: &'a Place,
}

impl Starting<'_> {
    /// The process id once it is ready; `None` if it ended.
    async fn ready(&mut self) -> Result<Option<i32>, LocalPostgresError> {
        let Some(child) = &mut self.child else { return Ok(None) };
        let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) else { return Ok(None) };
        let waiting = async {
            loop {
                let ended =
                    child.try_wait().map_err(LocalPostgresError::io("wait for the server of", &self.place.folder))?;
                if ended.is_some() {
                    return Ok(None);
                }
                // Not asked by connecting: the log would fill with refusals.
                if PidFile::read(&self.place.folder).is_some_and(|file| file.pid == pid && file.phase == Phase::Ready) {
                    return Ok(Some(pid));
                }
                sleep(POLL).await;
            }
        };
        match timeout(START_LIMIT, waiting).await {
            Ok(result) => result,
            Err(_) => Err(not_answering(self.place, pid, START_LIMIT.as_secs())),
        }
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        if let Some(pid) = self.child.as_ref().and_then(Child::id).and_then(|pid| i32::try_from(pid).ok())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            // A child that was not waited for keeps its number, so this cannot meet another process.
            let _ = rustix::process::kill_process(pid, Signal::QUIT);
        }
    }
}

/// Makes the console's database if it is not there.
pub(super) async fn ensure_database(socket_dir: &Path) -> Result<(), LocalPostgresError> {
    let failed = |source| LocalPostgresError::Database { action: "making the database", source };
    let connection = options_for(socket_dir, SUPERUSER, DATABASE).connect().await;
    match connection {
        Ok(connection) => {
            // It is there, which was the question.
            let _ = connection.close().await;
            Ok(())
        }
        // `invalid_catalog_name`.
        Err(sqlx::Error::Database(err)) if err.code().is_some_and(|code| code == "3D000") => {
            let mut connection = options_for(socket_dir, SUPERUSER, "postgres").connect().await.map_err(failed)?;
            sqlx::query("create database wami").execute(&mut connection).await.map_err(failed)?;
            let _ = connection.close().await;
            Ok(())
        }
        Err(err) => Err(failed(err)),
    }
}

/// Tells the running server to end at once, without waiting for its clients or for the end.
pub(super) fn request_stop(place: &Place) {
    if let Some(file) = PidFile::read(&place.folder) {
        postmaster::signal(file.pid, &place.folder, Signal::INT);
    }
}

/// Ends the running server if there is one: clients are cut off, what is committed is saved. `child` if it is ours.
pub(super) async fn stop(place: &Place, mut child: Option<Child>) -> Result<(), LocalPostgresError> {
    let Some(PidFile { pid, socket_dir, .. }) = PidFile::read(&place.folder) else { return Ok(()) };
    let mut gone = async || {
        while works_in(pid, &place.folder) {
            sleep(POLL).await;
        }
        if let Some(child) = &mut child {
            // An error means that it was waited for already.
            let _ = child.wait().await;
        }
    };
    postmaster::signal(pid, &place.folder, Signal::INT);
    if timeout(FAST_STOP_LIMIT, gone()).await.is_err() {
        tracing::warn!(pid, "the database takes long to stop: ending it, the next start recovers");
        postmaster::signal(pid, &place.folder, Signal::QUIT);
        if timeout(IMMEDIATE_STOP_LIMIT, gone()).await.is_err() {
            // No more is lost by this than by the signal before: either is followed by a recovery.
            postmaster::signal_all(&place.folder, Signal::KILL);
            if timeout(KILL_LIMIT, gone()).await.is_err() {
                let waited_seconds = (FAST_STOP_LIMIT + IMMEDIATE_STOP_LIMIT + KILL_LIMIT).as_secs();
                return Err(LocalPostgresError::StopFailed { pid, waited_seconds });
            }
        }
    }
    socket::remove(place, &socket_dir);
    Ok(())
}
