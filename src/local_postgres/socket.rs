//! The folder of the Unix socket.
//!
//! The socket lies in the data folder, which only the server's user can enter. Its path may have 107 bytes at most
//! (`sun_path` in unix(7)), so below a deep data folder it gets a short private folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::LocalPostgresError;
use super::account::Account;
use super::place::{Place, make_private, short_hash};
use super::postmaster::PORT;

/// One less than the 108 bytes of Linux, for the closing zero; other systems have 104.
const LIMIT_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// How many names are tried before the folder for temporary files is held to be hostile.
const TRIES: u32 = 16;

/// The folder for the socket of this cluster: the same at each start, so that connection options stay good when the
/// server is started again after a crash.
pub(super) fn prepare(place: &Place) -> Result<PathBuf, LocalPostgresError> {
    if fits(&place.folder) {
        return Ok(place.folder.clone());
    }
    let parent = if Account::is_root() && Path::new("/run").is_dir() { "/run" } else { "/tmp" };
    let name = format!("wami-console-{}", short_hash(&place.folder));
    for attempt in 0..TRIES {
        let candidate = Path::new(parent).join(format!("{name}-{attempt}"));
        match make_private_once(&candidate, &place.account) {
            Ok(true) => return Ok(candidate),
            // Somebody else's. Anybody can make folders there, so the name alone proves nothing.
            Ok(false) => {}
            Err(err) => return Err(LocalPostgresError::io("make the folder", &candidate)(err)),
        }
    }
    let taken = std::io::Error::other("all of its names are taken by other users");
    Err(LocalPostgresError::io("make the folder", Path::new(parent).join(name))(taken))
}

/// Removes the folder if it is not the data folder. Called after the server has stopped.
pub(super) fn remove(place: &Place, socket_dir: &Path) {
    if socket_dir != place.folder && private_to(socket_dir, &place.account) {
        // Only if it is empty, as the server leaves it. If not, the next start uses it again.
        let _ = fs::remove_dir(socket_dir);
    }
}

/// Whether a socket in this folder can be bound and be named in connection options, which are text.
fn fits(folder: &Path) -> bool {
    folder.to_str().is_some_and(|text| text.len() + format!("/.s.PGSQL.{PORT}").len() <= LIMIT_BYTES)
}

/// Makes the folder, or uses one of an earlier start. `false` if it exists and is not private to the account.
fn make_private_once(folder: &Path, account: &Account) -> std::io::Result<bool> {
    match folder.symlink_metadata() {
        Ok(_) => Ok(private_to(folder, account)),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
            match make_private(folder, account) {
                // Somebody made it in between.
                Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists => Ok(private_to(folder, account)),
                made => made.map(|()| true),
            }
        }
        Err(err) => Err(err),
    }
}

fn private_to(folder: &Path, account: &Account) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder
        .symlink_metadata()
        .is_ok_and(|found| found.is_dir() && found.uid() == account.uid && found.mode() & 0o777 == 0o700)
}
