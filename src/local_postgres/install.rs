//! Finding the installed PostgreSQL programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LocalPostgresError;

/// The oldest major version that the console works with.
pub const OLDEST_MAJOR: u32 = 14;

/// One installation of the server programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installation {
    /// The folder with `postgres` and `initdb`.
    pub(super) folder: PathBuf,
    /// Its major version.
    pub(super) major: u32,
}

impl Installation {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The folders in which packages put the server programs, newest version first, after those on `PATH`.
///
/// Debian and its descendants keep them off `PATH`, one folder a version.
pub(super) fn usual_folders() -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the search path is the one of whoever started the program")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    for (parent, before, after) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/Library/PostgreSQL", "", "bin"),
    ] {
        folders.extend(versioned(Path::new(parent), before, after));
    }
    folders.extend(["/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from));
    folders
}

/// The folders `parent/<before>N/<after>` for whole numbers N, largest first.
fn versioned(parent: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(before)?.parse().ok()?;
            Some((number, entry.path().join(after)))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The installation that fits a data folder made by `made_by`, or the first one found for a new folder.
pub(super) fn choose(folders: &[PathBuf], made_by: Option<(u32, &Path)>) -> Result<Installation, LocalPostgresError> {
    let mut installed: Vec<u32> = Vec::new();
    let mut newest: Option<Installation> = None;
    for found in installations(folders) {
        let fits = made_by.map_or(found.major >= OLDEST_MAJOR, |(major, _)| found.major == major);
        if fits {
            return Ok(found);
        }
        installed.push(found.major);
        if newest.as_ref().is_none_or(|newest| newest.major < found.major) {
            newest = Some(found);
        }
    }
    installed.sort_unstable_by(|a, b| b.cmp(a));
    installed.dedup();
    match (newest, made_by) {
        (None, _) => Err(LocalPostgresError::BinariesMissing { searched: folders.to_vec() }),
        (Some(_), Some((made_by, folder))) => {
            Err(LocalPostgresError::VersionMismatch { folder: folder.to_owned(), made_by, installed })
        }
        (Some(newest), None) => {
            Err(LocalPostgresError::TooOld { found: newest.major, needed: OLDEST_MAJOR, folder: newest.folder })
        }
    }
}

/// The installations in these folders, one at a time, so that the first that fits costs one question only.
fn installations(folders: &[PathBuf]) -> impl Iterator<Item = Installation> {
    folders.iter().filter(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file()).filter_map(
        |folder| {
            let output = Command::new(folder.join("postgres"))
                .arg("--version")
                .env("LC_ALL", "C")
                .stdin(Stdio::null())
                .output()
                .ok()?;
            let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
            Some(Installation { folder: folder.clone(), major })
        },
    )
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 18beta1`.
fn major_of(line: &str) -> Option<u32> {
    let version = line.split_once("(PostgreSQL) ")?.1;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_server_prints() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("postgres (EnterpriseDB) 9\n"), None);
    }

    #[test]
    fn the_newest_version_comes_first() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        for name in ["9", "16", "15", "common"] {
            std::fs::create_dir(parent.path().join(name)).expect("a folder");
        }
        let found = versioned(parent.path(), "", "bin");
        assert_eq!(found, ["16/bin", "15/bin", "9/bin"].map(|name| parent.path().join(name)));
    }

    #[test]
    fn nothing_installed_names_the_package_and_the_folders() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let refused = choose(&[folder.path().to_owned()], None).expect_err("there is nothing");
        let message = refused.to_string();
        assert!(message.contains("`make run`") && message.contains("package `postgresql`"), "{message}");
        assert!(message.contains(&folder.path().display().to_string()), "{message}");
    }
}
