//! The operating-system user that the server runs as, and commands run as that user.
//!
//! PostgreSQL refuses to run as root. Started as root, everything that touches the data folder is therefore done by
//! children of an unprivileged user. That also means that root itself never writes a file inside a folder which that
//! user controls, where a planted symbolic link would send the write somewhere else.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::LocalPostgresError;

/// System tools are looked for here only, never in folders named by the environment of the caller.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// An operating-system user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) name: String,
    /// Whether children must change to this user, because this process is root.
    switch: bool,
}

impl Account {
    /// The user of this process.
    pub(super) fn current() -> Self {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Self { uid, gid, name: name_of(uid), switch: false }
    }

    /// The user to run the server as when this process is root and nothing exists yet: the distribution's own account
    /// for PostgreSQL, or else the one without any rights.
    pub(super) fn unprivileged() -> Result<Self, LocalPostgresError> {
        ["postgres", "nobody"].into_iter().find_map(Self::named).ok_or(LocalPostgresError::NoUnprivilegedUser)
    }

    /// The user with this number, to be changed to if that is not the user of this process.
    pub(super) fn with_uid(uid: u32) -> Self {
        let gid = id(&["-g", &uid.to_string()]).and_then(|gid| gid.parse().ok()).unwrap_or(uid);
        Self { uid, gid, name: name_of(uid), switch: !Self::is_current(uid) }
    }

    fn named(name: &str) -> Option<Self> {
        let uid = id(&["-u", name])?.parse().ok().filter(|uid| *uid != 0)?;
        let gid = id(&["-g", name])?.parse().ok()?;
        Some(Self { uid, gid, name: name.to_owned(), switch: !Self::is_current(uid) })
    }

    /// Whether this process runs as that user.
    pub(super) fn is_current(uid: u32) -> bool {
        rustix::process::geteuid().as_raw() == uid
    }

    /// Whether this process runs as root.
    pub(super) fn is_root() -> bool {
        Self::is_current(0)
    }

    /// Whether children change to this user.
    pub(super) fn switches(&self) -> bool {
        self.switch
    }

    /// A command that runs as this user.
    ///
    /// It gets an environment of its own: that of the console may hold secrets, which the database's user could
    /// otherwise read from `/proc`, and `PG*` variables meant for another server. Changing the user also clears the
    /// supplementary groups (the standard library does so when it starts from root).
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", SYSTEM_PATH)
            .env("HOME", "/")
            // Messages in English, because some are read by this program; and initdb need not search for the zone.
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdin(Stdio::null());
        // Installations outside the usual places may need it to find their own libraries.
        #[expect(clippy::disallowed_methods, reason = "handed on to the server's programs, not a setting of ours")]
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Writes a file as this user, replacing what was there in one step.
    pub(super) fn write(&self, path: &Path, content: &str) -> Result<(), LocalPostgresError> {
        let failed = || LocalPostgresError::io("write", path);
        let mut child = self
            .command("sh")
            .args(["-c", r#"umask 077 && cat >"$1.new" && mv -f "$1.new" "$1""#, "sh"])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed())?;
        let mut input = child.stdin.take().expect("stdin was asked for");
        let written = input.write_all(content.as_bytes());
        drop(input);
        let output = child.wait_with_output().map_err(failed())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(failed()(std::io::Error::other(said)));
        }
        written.map_err(failed())
    }

    /// Whether this user can enter the folder and write in it; the reason if not.
    pub(super) fn can_work_in(&self, folder: &Path) -> Result<(), String> {
        let output = self
            .command("sh")
            .args(["-c", r#"cd -- "$1" && : >.probe && rm .probe"#, "sh"])
            .arg(folder)
            .output()
            .map_err(|err| err.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("the user {} cannot enter it or write there", self.name))
    }
}

/// The user's name, or its number if it has none.
pub(super) fn name_of(uid: u32) -> String {
    id(&["-un", &uid.to_string()]).unwrap_or_else(|| uid.to_string())
}

/// `id` asks every source of users that the system has (files, LDAP, …), as no file parsed here could.
fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).env("PATH", SYSTEM_PATH).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}
