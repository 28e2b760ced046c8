//! Starting, reaching and stopping the server.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::OFlags;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::install::Installation;
use super::lock::open_beside;
use super::place::{Place, make_private, short_hash};
use super::{DATABASE, LocalPostgresError, SUPERUSER, fits};
use crate::clock::Stopwatch;

/// A cluster that crashed may have much to recover.
const START_PATIENCE: Duration = Duration::from_secs(300);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(15);

/// The folder of the socket: the data folder, which nobody else can enter, or a short private one where its path is too
/// long for a socket.
pub(super) fn socket_folder(place: &Place) -> Result<PathBuf, LocalPostgresError> {
    let folder = place.folder();
    if fits(&folder) {
        return Ok(folder);
    }
    let short = PathBuf::from("/tmp").join(format!("wami-{}", short_hash(&place.base)));
    if !short.is_dir() {
        make_private(&short, &place.account).map_err(LocalPostgresError::io("make the folder", &short))?;
    }
    Ok(short)
}

/// How the superuser connects to a database.
pub(super) fn options(socket: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(socket).port(5432).username(SUPERUSER).database(database)
}

/// Whether a server answers on the socket.
pub(super) async fn answers(socket: &Path) -> bool {
    match connect(socket, "postgres").await {
        Ok(connection) => connection.close().await.is_ok(),
        Err(_) => false,
    }
}

async fn connect(socket: &Path, database: &str) -> Result<PgConnection, sqlx::Error> {
    options(socket, database).disable_statement_logging().connect().await
}

/// Starts the server and waits until it answers.
pub(super) async fn start(place: &Place, binaries: &Installation, socket: &Path) -> Result<(), LocalPostgresError> {
    let (folder, log) = (place.folder(), place.log());
    let program = binaries.program("postgres");
    let out = open_beside(&log, OFlags::WRONLY | OFlags::TRUNC).map_err(LocalPostgresError::io("open", &log))?;
    let err = out.try_clone().map_err(LocalPostgresError::io("open", &log))?;
    let mut command = place.account.command(&program);
    command
        .arg("-D")
        .arg(&folder)
        .arg("-k")
        .arg(socket)
        .args(["-c", "listen_addresses=", "-p", "5432"])
        .stdout(Stdio::from(out))
        .stderr(Stdio::from(err));
    // A group of its own: an interrupt from the terminal is for the console, which then stops the server in order.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(LocalPostgresError::io("run", &program))?;
    let watch = Stopwatch::start();
    loop {
        if answers(socket).await {
            return Ok(());
        }
        if let Ok(Some(_)) = child.try_wait() {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let last: Vec<&str> = text.lines().rev().take(5).collect();
            let output = last.into_iter().rev().collect::<Vec<_>>().join("; ");
            return Err(LocalPostgresError::StartFailed { folder, log, output });
        }
        if watch.elapsed() > START_PATIENCE {
            let pid = i32::try_from(child.id()).unwrap_or_default();
            return Err(LocalPostgresError::NotAnswering {
                pid,
                folder,
                log,
                waited_seconds: START_PATIENCE.as_secs(),
            });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Makes the database if it is not there.
pub(super) async fn ensure_database(socket: &Path) -> Result<(), LocalPostgresError> {
    let failed = |action| move |source| LocalPostgresError::Database { action, source };
    let mut connection = connect(socket, "postgres").await.map_err(failed("connecting"))?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await
        .map_err(failed("looking for the database"))?;
    if !exists {
        connection.execute("create database wami").await.map_err(failed("making the database"))?;
    }
    connection.close().await.map_err(failed("closing the connection"))
}

/// Stops the server: connections end, what was committed is kept.
pub(super) async fn stop(place: &Place, binaries: &Installation) -> Result<(), LocalPostgresError> {
    let program = binaries.program("pg_ctl");
    let mut command = place.account.command(&program);
    command
        .args(["stop", "-m", "fast", "-w", "-s", "-t"])
        .arg(STOP_PATIENCE.as_secs().to_string())
        .arg("-D")
        .arg(place.folder());
    let done =
        tokio::process::Command::from(command).output().await.map_err(LocalPostgresError::io("run", &program))?;
    let pid_file = place.folder().join("postmaster.pid");
    if !done.status.success() && pid_file.exists() {
        let text = std::fs::read_to_string(&pid_file).unwrap_or_default();
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or_default();
        return Err(LocalPostgresError::StopFailed { pid, waited_seconds: STOP_PATIENCE.as_secs() });
    }
    Ok(())
}
