//! The running server: is there one, is it ours, how to start, watch and end it.
//!
//! PostgreSQL notes its process id and socket in `postmaster.pid`. That file outlives a crash, and process ids are used
//! again (in containers within seconds), so a process counts as the server only if it works in the data folder.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use super::LocalPostgresError;
use super::install::Installation;
use super::lock::open_beside;
use super::place::Place;

/// Names the socket only; nothing listens on a network.
pub(super) const PORT: u16 = 5432;

/// The log is put aside at a start when it has grown beyond this.
const LOG_LIMIT_BYTES: u64 = 8 << 20;

/// What the server says about itself in `postmaster.pid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Starting,
    Ready,
    Stopping,
}

/// The content of `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: i32,
    pub(super) socket_dir: PathBuf,
    pub(super) phase: Phase,
}

impl PidFile {
    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join("postmaster.pid")
    }

    /// Reads the file; `None` if there is none or it is not yet written as far as the process id.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(folder)).ok()?)
    }

    /// One fact a line (PostgreSQL source, `pidfile.h`): 1 process id, 5 folder of the first socket, 8 state.
    /// The lines are written one after the other while the server starts.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        // Negative for a single-user server.
        let pid = lines.first()?.trim().parse::<i32>().ok().filter(|pid| *pid > 0)?;
        let socket_dir = lines.get(4).copied().unwrap_or_default().into();
        let phase = match lines.get(7).map_or("", |line| line.trim()) {
            "ready" | "standby" => Phase::Ready,
            "stopping" => Phase::Stopping,
            _ => Phase::Starting,
        };
        Some(Self { pid, socket_dir, phase })
    }
}

/// Whether the process exists and is a PostgreSQL process of this data folder.
pub(super) fn works_in(pid: i32, folder: &Path) -> bool {
    if Path::new("/proc/self/cwd").exists() {
        // A shell may be working in the folder as well. And the link of a process that ended and was not yet waited for
        // leads nowhere.
        return fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.contains("postgres"))
            && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder);
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).stdin(Stdio::null()).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("postgres"))
}

/// Sends a signal to a process of this data folder, and to no other.
pub(super) fn signal(pid: i32, folder: &Path, signal: Signal) {
    if works_in(pid, folder)
        && let Some(pid) = Pid::from_raw(pid)
    {
        // It may just have ended: whoever sends a signal then looks whether it is gone.
        let _ = kill_process(pid, signal);
    }
}

/// Sends a signal to every process of this data folder: to those that a killed server left behind (idle ones notice by
/// themselves, one in the middle of a long statement does not, and until it is gone no new server can start), or to a
/// server that does not stop. Nothing is lost: what was not committed is rolled back by the recovery that follows in any
/// case.
pub(super) fn signal_all(folder: &Path, with: Signal) {
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.filter_map(Result::ok) {
        if let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) {
            signal(pid, folder, with);
        }
    }
}

/// Starts the server as a child, with its log beside the data folder.
///
/// The child is in a process group of its own: an interrupt typed at the console reaches the console only, which first
/// finishes what it is doing.
pub(super) fn spawn(
    place: &Place,
    installation: &Installation,
    socket_dir: &Path,
) -> Result<tokio::process::Child, LocalPostgresError> {
    let log = place.log();
    if log.metadata().is_ok_and(|found| found.len() > LOG_LIMIT_BYTES) {
        let aside = place.base.join("postgres.log.1");
        fs::rename(&log, aside).map_err(LocalPostgresError::io("put aside", &log))?;
    }
    let to = open_beside(&log, OFlags::WRONLY | OFlags::APPEND).map_err(LocalPostgresError::io("open", &log))?;
    let errors_to = to.try_clone().map_err(LocalPostgresError::io("open", &log))?;

    let program = installation.program("postgres");
    let mut command = place.account.command(&program);
    command
        .arg("-D")
        .arg(&place.folder)
        .arg("-c")
        .arg(socket_setting(socket_dir))
        .args(["-c", "listen_addresses=", "-c", &format!("port={PORT}")])
        .stdout(to)
        .stderr(errors_to)
        .process_group(0);
    tokio::process::Command::from(command).spawn().map_err(LocalPostgresError::io("run", &program))
}

/// The setting is a list: the one folder is quoted, so that commas and spaces in it stay part of it.
fn socket_setting(socket_dir: &Path) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt;
    let mut setting = b"unix_socket_directories=\"".to_vec();
    for byte in socket_dir.as_os_str().as_bytes() {
        if *byte == b'"' {
            setting.push(b'"');
        }
        setting.push(*byte);
    }
    setting.push(b'"');
    std::ffi::OsString::from_vec(setting)
}

/// How long the log is now, in bytes; 0 if there is none.
pub(super) fn log_length(log: &Path) -> u64 {
    log.metadata().map_or(0, |found| found.len())
}

/// The last of what the log says since it was `from_bytes` long, at most 2,000 bytes.
pub(super) fn log_since(log: &Path, from_bytes: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = fs::File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from_bytes.min(length).max(length.saturating_sub(2_000))))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_is_read_at_every_stage_of_its_writing() {
        let whole = "4711\n/data/postgres\n1700000000\n5432\n/data/postgres\n\n 1966080 0\nready   \n";
        let read = PidFile::parse(whole).expect("a whole file");
        assert_eq!((read.pid, read.socket_dir, read.phase), (4711, "/data/postgres".into(), Phase::Ready));

        let begun = PidFile::parse("4711\n/data/postgres\n1700000000\n5432\n").expect("a process id");
        assert_eq!((begun.pid, begun.phase), (4711, Phase::Starting));
        let ending = PidFile::parse(&whole.replace("ready   ", "stopping")).expect("a process id");
        assert_eq!(ending.phase, Phase::Stopping);

        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-4711\n"), None, "a single-user server has no socket");
    }

    #[test]
    fn a_socket_folder_stays_one_folder_whatever_its_name() {
        assert_eq!(socket_setting(Path::new("/a, b/\"c\"")), *"unix_socket_directories=\"/a, b/\"\"c\"\"\"",);
    }

    #[test]
    fn a_process_that_works_elsewhere_is_not_the_server() {
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let this = i32::try_from(std::process::id()).expect("process ids are small");
        assert!(!works_in(this, elsewhere.path()));
    }
}
