//! What can go wrong with the private cluster, in sentences that say what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private cluster could not be started, used or stopped.
///
/// Every message names the folder, file or process concerned and ends with the remedy: it is printed as it is when
/// the console does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalPostgresError {
    /// No PostgreSQL server programs were found.
    #[error(
        "PostgreSQL is not installed (looked for `postgres` and `initdb` in {}): run `make run`, which installs it, \
         or install the package `postgresql`, or set DATABASE_URL to use a server of your own",
        list(.searched)
    )]
    BinariesMissing {
        /// The folders that were looked into, in order.
        searched: Vec<PathBuf>,
    },

    /// The newest PostgreSQL found is older than what the console needs.
    #[error("PostgreSQL {found} in {} is too old: install PostgreSQL {needed} or newer", .folder.display())]
    TooOld {
        /// Major version of the newest one found.
        found: u32,
        /// The oldest major version that works.
        needed: u32,
        /// Where it was found.
        folder: PathBuf,
    },

    /// The data folder was made by a major version that is not installed.
    #[error(
        "the database in {} was made by PostgreSQL {made_by}, but installed is {}: install the package \
         `postgresql-{made_by}`, or move the data over with `pg_upgrade` or `pg_dump`",
        .folder.display(), versions(.installed)
    )]
    VersionMismatch {
        /// The data folder.
        folder: PathBuf,
        /// Major version that made it, from its `PG_VERSION`.
        made_by: u32,
        /// Major versions installed here, newest first.
        installed: Vec<u32>,
    },

    /// The folder holds something that this program did not make.
    #[error(
        "{} belongs to another server or program ({reason}): choose another data folder with --data-dir, or move it away",
        .folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// What was found there.
        reason: String,
    },

    /// The folder belongs to a user whom this process cannot become.
    #[error(
        "the database in {} belongs to the user {owner}, and this process runs as {this}: run as {owner} or as root, \
         or choose another data folder with --data-dir",
        .folder.display()
    )]
    OwnedByAnother {
        /// The folder.
        folder: PathBuf,
        /// Name or number of its owner.
        owner: String,
        /// Name or number of this process's user.
        this: String,
    },

    /// Started as root, and there is no other user that the server could run as.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as: \
         create one, or start the console as an ordinary user"
    )]
    NoUnprivilegedUser,

    /// Neither the data folder nor the folder to fall back to can be used by the database's user.
    #[error("found no folder that the database's user can work in: {}", reasons(.tried))]
    NoUsableFolder {
        /// Each folder with the reason.
        tried: Vec<(PathBuf, String)>,
    },

    /// The data folder says that its database is elsewhere, and there it is not.
    #[error(
        "{} says that the database is in {}, which is gone: bring it back, or remove the first file to begin with \
         an empty database",
        .pointer.display(), .target.display()
    )]
    PointerBroken {
        /// The file that names the other folder.
        pointer: PathBuf,
        /// The folder it names.
        target: PathBuf,
    },

    /// `initdb` failed.
    #[error("initdb could not create the database in {}: {output}", .folder.display())]
    CreateFailed {
        /// The folder that it was to be made in.
        folder: PathBuf,
        /// What initdb said.
        output: String,
    },

    /// The server ended before it was ready.
    #[error("PostgreSQL did not start on {}: {output} (the whole log is {})", .folder.display(), .log.display())]
    StartFailed {
        /// The data folder.
        folder: PathBuf,
        /// The server's log.
        log: PathBuf,
        /// The last lines of the log.
        output: String,
    },

    /// A server runs on the folder but did not become ready or does not answer.
    #[error(
        "PostgreSQL (process {pid}) on {} does not answer after {waited_seconds} s: look into {}, or end that process",
        .folder.display(), .log.display()
    )]
    NotAnswering {
        /// Process id of the postmaster.
        pid: i32,
        /// The data folder.
        folder: PathBuf,
        /// The server's log.
        log: PathBuf,
        /// How long it was waited for.
        waited_seconds: u64,
    },

    /// The server did not end, not even when it was killed.
    #[error("PostgreSQL (process {pid}) did not stop within {waited_seconds} s")]
    StopFailed {
        /// Process id of the postmaster.
        pid: i32,
        /// How long it was waited for.
        waited_seconds: u64,
    },

    /// Another process is starting or stopping the cluster and does not come to an end.
    #[error("another process has been starting or stopping the database for {waited_seconds} s and holds {}", .lock.display())]
    Busy {
        /// The lock file.
        lock: PathBuf,
        /// How long it was waited for.
        waited_seconds: u64,
    },

    /// The server answers, but a statement needed for the set-up failed.
    #[error("{action} failed")]
    Database {
        /// What was tried.
        action: &'static str,
        /// The error of the server or of the connection.
        #[source]
        source: sqlx::Error,
    },

    /// The operating system refused.
    #[error("could not {action} {}", .path.display())]
    Io {
        /// What was tried, as an infinitive.
        action: &'static str,
        /// On which file, folder or program.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}

impl LocalPostgresError {
    /// For `map_err` on input and output: says what was tried on which path.
    pub(super) fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { action, path, source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() { "no folder at all".to_owned() } else { shown.join(", ") }
}

fn versions(installed: &[u32]) -> String {
    let shown: Vec<String> = installed.iter().map(u32::to_string).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

fn reasons(tried: &[(PathBuf, String)]) -> String {
    let shown: Vec<String> = tried.iter().map(|(path, reason)| format!("{} ({reason})", path.display())).collect();
    shown.join("; ")
}
