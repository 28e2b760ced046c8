//! Two file locks by which processes share one cluster.
//!
//! `postgres.start.lock` is held alone while someone starts or stops the server. `postgres.lock` is held together by
//! everyone who uses it. Whoever leaves gives up its share under the first lock and then tries for the second alone:
//! only the last one out gets it, and stops the server. The kernel drops both when a process dies, however it dies.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use super::LocalPostgresError;
use super::account::Account;

/// How long somebody else may take to create, recover or stop the cluster.
const PATIENCE: Duration = Duration::from_secs(330);
const POLL: Duration = Duration::from_millis(10);

/// Held by whoever starts or stops the server.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "held for its lock")] File);

impl Turn {
    /// Waits for the turn to start or stop the cluster of this base folder.
    pub(super) async fn wait(base: &Path) -> Result<Self, LocalPostgresError> {
        let path = Self::path(base);
        let file = open(&path)?;
        let locked = tokio::time::timeout(PATIENCE, async {
            loop {
                match file.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => tokio::time::sleep(POLL).await,
                    Err(TryLockError::Error(err)) => return Err(err),
                }
            }
        });
        match locked.await {
            Ok(Ok(())) => Ok(Self(file)),
            Ok(Err(err)) => Err(LocalPostgresError::io("lock", &path)(err)),
            Err(_) => Err(LocalPostgresError::Busy { lock: path, waited_seconds: PATIENCE.as_secs() }),
        }
    }

    /// The turn, if nobody else has it.
    pub(super) fn now(base: &Path) -> Option<Self> {
        let file = open(&Self::path(base)).ok()?;
        file.try_lock().is_ok().then_some(Self(file))
    }

    fn path(base: &Path) -> PathBuf {
        base.join("postgres.start.lock")
    }
}

/// One user's share in the running server.
#[derive(Debug)]
pub(super) struct Share {
    file: File,
    path: PathBuf,
}

impl Share {
    /// Takes a share. The holder of the turn is the only one who may, so this never waits.
    pub(super) fn take(base: &Path, _turn: &Turn) -> Result<Self, LocalPostgresError> {
        let path = base.join("postgres.lock");
        let file = open(&path)?;
        file.lock_shared().map_err(LocalPostgresError::io("lock", &path))?;
        Ok(Self { file, path })
    }

    /// Gives the share up and says whether it was the last one.
    pub(super) fn give_up(self, _turn: &Turn) -> Result<bool, LocalPostgresError> {
        // Changing a shared lock into one held alone is not one step. Nobody can come in between, since that takes the turn.
        self.file.unlock().map_err(LocalPostgresError::io("unlock", &self.path))?;
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(err)) => Err(LocalPostgresError::io("lock", &self.path)(err)),
        }
    }
}

fn open(path: &Path) -> Result<File, LocalPostgresError> {
    open_beside(path, OFlags::RDWR).map_err(LocalPostgresError::io("open", path))
}

/// Opens or makes a file in a base folder, for the folder's owner and nobody else.
///
/// Root may work in a folder of another user (`sudo`): it does not follow a symbolic link there, and gives what it
/// makes to that user, who must be able to use it later without root.
pub(super) fn open_beside(path: &Path, flags: OFlags) -> std::io::Result<File> {
    let flags = flags | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    if Account::is_root()
        && let Some(parent) = path.parent()
    {
        let (owner, made) = (parent.metadata()?, file.metadata()?);
        // One name only: never a file of somebody else that was linked here.
        if made.uid() != owner.uid() && made.nlink() == 1 {
            fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(file)
}
