//! Where the cluster lives, and as whose.
//!
//! Normally in the data folder. But the server's user must be able to enter every parent of it, which a checkout under
//! a home of mode 700 does not allow when root started the program. Then the *base* is a folder elsewhere, and a file in
//! the data folder names it, so that the next start finds it. A base holds:
//!
//! | name | what |
//! | --- | --- |
//! | `postgres/` | PostgreSQL's data folder, owned by the user that the server runs as |
//! | `postgres.new/` | the same while it is being made; removed by the next start if that was interrupted |
//! | `postgres.log` | the server's log; `postgres.log.1` the one before |
//! | `postgres.lock`, `postgres.start.lock` | see [`super::lock`] |
//! | `postgres.path` | in the data folder only, if the base is elsewhere: its path |

use std::fs::{self, DirBuilder};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::account::{Account, name_of};
use super::lock::open_beside;
use super::{LocalPostgresError, Options};

/// A base folder that was chosen, with the user that owns its cluster or will.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) base: PathBuf,
    /// PostgreSQL's data folder. If `postgres` is a link to another disk, what it leads to.
    pub(super) folder: PathBuf,
    pub(super) account: Account,
}

impl Place {
    fn new(base: PathBuf, account: Account) -> Self {
        Self { folder: folder_of(&base), base, account }
    }

    /// Where the data folder is made before it gets its name.
    pub(super) fn unfinished(&self) -> PathBuf {
        unfinished_of(&self.base)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    /// Whether there is a cluster to start, and not one to be made first.
    pub(super) fn is_made(&self) -> Result<bool, LocalPostgresError> {
        self.folder.try_exists().map_err(LocalPostgresError::io("look for", &self.folder))
    }
}

/// Makes the data folder if it is not there and gives its absolute path.
///
/// Only its owner can list it. Root's can be passed through by others, since the database's user must reach its own
/// folder in there; every file that the console puts in it is for its owner alone.
///
/// # Errors
/// [`LocalPostgresError::Io`] if it cannot be made.
pub fn prepare_data_dir(data_dir: &Path) -> Result<PathBuf, LocalPostgresError> {
    let mode = if Account::is_root() { 0o711 } else { 0o700 };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(data_dir)
        .map_err(LocalPostgresError::io("make the folder", data_dir))?;
    data_dir.canonicalize().map_err(LocalPostgresError::io("find the folder", data_dir))
}

/// Where programs keep what must last and is not in a folder of the user's choice: the system's for root, else the
/// user's (XDG Base Directory Specification, `XDG_STATE_HOME`).
#[expect(clippy::disallowed_methods, reason = "these name folders of the user, not settings of ours")]
pub(super) fn usual_fallback() -> Option<PathBuf> {
    if Account::is_root() {
        return Some("/var/lib/wami-console".into());
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("wami-console"))
}

/// Finds the base folder of this data folder's cluster, or chooses one for a new cluster.
///
/// To be called while holding the turn of the data folder.
pub(super) fn find(data_dir: &Path, options: &Options) -> Result<Place, LocalPostgresError> {
    if let Some(base) = pointed_to(data_dir)? {
        return existing(base);
    }
    // A link that leads nowhere is something too, and not a place for a new cluster.
    if folder_of(data_dir).symlink_metadata().is_ok() {
        return existing(data_dir.to_owned());
    }
    let account = account_for_new(data_dir)?;
    let mut tried = Vec::new();
    match probe(data_dir, &account) {
        Ok(()) => return Ok(Place::new(data_dir.to_owned(), account)),
        Err(reason) => tried.push((data_dir.to_owned(), reason)),
    }
    if let Some(parent) = &options.fallback {
        // The same for the same data folder, different for two.
        let base = parent.join(short_hash(data_dir));
        match prepare_data_dir(&base).map_err(|err| err.to_string()).and_then(|base| {
            probe(&base, &account)?;
            Ok(base)
        }) {
            Ok(base) => {
                point_to(data_dir, &base)?;
                return Ok(Place::new(base, account));
            }
            Err(reason) => tried.push((base, reason)),
        }
    }
    Err(LocalPostgresError::NoUsableFolder { tried })
}

fn folder_of(base: &Path) -> PathBuf {
    base.join("postgres")
}

fn unfinished_of(base: &Path) -> PathBuf {
    base.join("postgres.new")
}

fn pointer_of(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres.path")
}

/// The place of a base that exists; its cluster's owner decides who runs it.
fn existing(base: PathBuf) -> Result<Place, LocalPostgresError> {
    let folder = folder_of(&base);
    let owner = match folder.metadata() {
        Ok(found) => found.uid(),
        // Chosen by a start that was interrupted before the cluster was made.
        Err(err) if err.kind() == ErrorKind::NotFound && folder.symlink_metadata().is_err() => {
            let account = account_for_new(&base)?;
            return Ok(Place::new(base, account));
        }
        Err(err) => return Err(LocalPostgresError::io("look at", &folder)(err)),
    };
    if owner == 0 {
        let reason = "it is owned by root, as whom PostgreSQL does not run".to_owned();
        return Err(LocalPostgresError::NotOurs { folder, reason });
    }
    if !Account::is_root() && !Account::is_current(owner) {
        let (owner, this) = (name_of(owner), Account::current().name);
        return Err(LocalPostgresError::OwnedByAnother { folder, owner, this });
    }
    let folder = folder.canonicalize().map_err(LocalPostgresError::io("find the folder", &folder))?;
    Ok(Place { base, folder, account: Account::with_uid(owner) })
}

/// Who will own a new cluster: this user; as root, whoever owns the data folder; if that is root too, the account
/// meant for such things.
fn account_for_new(data_dir: &Path) -> Result<Account, LocalPostgresError> {
    if !Account::is_root() {
        return Ok(Account::current());
    }
    match data_dir.metadata().map_err(LocalPostgresError::io("look at", data_dir))?.uid() {
        0 => Account::unprivileged(),
        owner => Ok(Account::with_uid(owner)),
    }
}

/// Makes the empty folder of the future cluster and tries whether its user can work there.
fn probe(base: &Path, account: &Account) -> Result<(), String> {
    let folder = unfinished_of(base);
    let tried = make_anew(&folder, account).map_err(|err| err.to_string()).and_then(|()| {
        let made = folder.metadata().map_err(|err| err.to_string())?;
        // Some file systems (shared from another operating system) have no owners and modes of their own.
        if made.mode() & 0o777 != 0o700 || made.uid() != account.uid {
            return Err("the file system does not keep owners and modes".to_owned());
        }
        account.can_work_in(&folder)
    });
    if tried.is_err() {
        // What is left is empty, and the reason is told.
        let _ = fs::remove_dir_all(&folder);
    }
    tried
}

/// Makes an empty folder of mode 700 that belongs to the account, instead of what was there.
pub(super) fn make_anew(folder: &Path, account: &Account) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(err) if err.kind() != ErrorKind::NotFound => Err(err),
        _ => make_private(folder, account),
    }
}

/// Makes a folder of mode 700 that belongs to the account, where there is nothing yet.
pub(super) fn make_private(folder: &Path, account: &Account) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    if account.switches() { chown(folder, Some(account.uid), Some(account.gid)) } else { Ok(()) }
}

/// The first 16 hexadecimal digits of the hash of a path.
pub(super) fn short_hash(path: &Path) -> String {
    Sha256::digest(path.as_os_str().as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The base named by the pointer file of the data folder, if there is one.
fn pointed_to(data_dir: &Path) -> Result<Option<PathBuf>, LocalPostgresError> {
    let pointer = pointer_of(data_dir);
    let mut text = match fs::read(&pointer) {
        Ok(text) => text,
        Err(err) if err.kind() == ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(LocalPostgresError::io("read", &pointer)(err)),
    };
    if text.ends_with(b"\n") {
        text.pop();
    }
    let target = PathBuf::from(std::ffi::OsString::from_vec(text));
    // Never replaced by an empty database in silence: the other folder may be on a disk that is not mounted.
    if !target.is_absolute() || !target.is_dir() {
        return Err(LocalPostgresError::PointerBroken { pointer, target });
    }
    Ok(Some(target))
}

fn point_to(data_dir: &Path, base: &Path) -> Result<(), LocalPostgresError> {
    let pointer = pointer_of(data_dir);
    // Whole or not at all: a half-written path would be a broken pointer at the next start.
    let draft = data_dir.join("postgres.path.new");
    let write = || {
        let mut file = open_beside(&draft, OFlags::WRONLY | OFlags::TRUNC)?;
        file.write_all(base.as_os_str().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&draft, &pointer)?;
        fs::File::open(data_dir)?.sync_all()
    };
    write().map_err(LocalPostgresError::io("write", &pointer))
}
