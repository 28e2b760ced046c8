//! Making the cluster, and the files that configure it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::install::Installation;
use super::place::{Place, make_anew};
use super::{Durability, LocalPostgresError, SUPERUSER};

/// A file in the data folder that says who made it, with the version of the layout.
const MARKER: &str = "WAMI_CONSOLE";
const MARKER_TEXT: &str = "1\n";

/// The name of the map from operating-system users to the superuser.
const MAP: &str = "wami";

/// How text is classified (what is a letter, its lower case). Sorting is by code point, so that no index ever depends
/// on the version of the C library.
const CHARACTER_TYPES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "UTF-8"];

/// Makes a cluster in the place. It gets its final name only when it is complete.
pub(super) async fn create(
    place: &Place,
    installation: &Installation,
    durability: Durability,
) -> Result<(), LocalPostgresError> {
    let folder = place.unfinished();
    initdb(place, installation, durability).await?;
    configure(place, &folder, durability)?;
    place.account.write(&folder.join(MARKER), MARKER_TEXT)?;
    fs::rename(&folder, &place.folder).map_err(LocalPostgresError::io("name the folder", &place.folder))?;
    fs::File::open(&place.base).and_then(|base| base.sync_all()).map_err(LocalPostgresError::io("save", &place.base))
}

async fn initdb(place: &Place, installation: &Installation, durability: Durability) -> Result<(), LocalPostgresError> {
    let (folder, program) = (place.unfinished(), installation.program("initdb"));
    let mut output = String::new();
    for character_type in CHARACTER_TYPES {
        make_anew(&folder, &place.account).map_err(LocalPostgresError::io("make the folder", &folder))?;
        let mut command = place.account.command(&program);
        command
            .arg("--pgdata")
            .arg(&folder)
            .args(["--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C", "--lc-ctype", character_type])
            .args(["--auth-local", "peer", "--auth-host", "reject", "--data-checksums", "--no-instructions"]);
        if durability == Durability::ThrowAway {
            command.arg("--no-sync");
        }
        let done = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .output()
            .await
            .map_err(LocalPostgresError::io("run", &program))?;
        if done.status.success() {
            return Ok(());
        }
        output = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        if !output.contains("invalid locale name") {
            break;
        }
    }
    Err(LocalPostgresError::CreateFailed { folder, output })
}

/// Brings the configuration of an existing cluster to what this version of the program wants.
pub(super) fn configure(place: &Place, folder: &Path, durability: Durability) -> Result<(), LocalPostgresError> {
    let files = [
        ("postgresql.conf", settings(durability)),
        ("pg_hba.conf", host_based_authentication()),
        ("pg_ident.conf", user_map(&place.account.name)),
    ];
    for (name, wanted) in files {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(wanted.as_str()) {
            place.account.write(&path, &wanted)?;
        }
    }
    Ok(())
}

/// Checks that the folder is a cluster made by this program, and gives the major version that made it.
pub(super) fn version(folder: &Path) -> Result<u32, LocalPostgresError> {
    let not_ours = |reason: &str| LocalPostgresError::NotOurs { folder: folder.to_owned(), reason: reason.to_owned() };
    let version = match fs::read_to_string(folder.join("PG_VERSION")) {
        Ok(version) => version,
        Err(err) if matches!(err.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Err(not_ours("it is not a PostgreSQL data folder"));
        }
        Err(err) => return Err(LocalPostgresError::io("read", folder.join("PG_VERSION"))(err)),
    };
    match fs::read_to_string(folder.join(MARKER)) {
        Ok(text) if text == MARKER_TEXT => {}
        Ok(_) => return Err(not_ours("a newer version of this program arranged it differently")),
        Err(_) => return Err(not_ours("a PostgreSQL data folder that this program did not make")),
    }
    // Before version 10 there were two numbers, such as 9.6.
    let major = version.trim().split('.').next().and_then(|major| major.parse().ok());
    major.ok_or_else(|| not_ours("its PG_VERSION is not a version"))
}

fn settings(durability: Durability) -> String {
    let mut text = String::from(
        "# Written by wami-console at each start. Settings of your own: ALTER SYSTEM SET …\n\
         # The socket's folder, the port and listen_addresses are given on the command line.\n\
         cluster_name = 'wami-console'\n\
         unix_socket_permissions = 0700\n\
         password_encryption = 'scram-sha-256'\n\
         shared_buffers = '128MB'\n\
         huge_pages = off\n\
         jit = off\n\
         random_page_cost = 1.1\n\
         max_logical_replication_workers = 0\n\
         # A statement whose client is gone (a command that was killed) ends.\n\
         client_connection_check_interval = '10s'\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         lc_monetary = 'C'\n\
         lc_numeric = 'C'\n\
         lc_time = 'C'\n\
         datestyle = 'iso, ymd'\n\
         default_text_search_config = 'pg_catalog.simple'\n\
         log_destination = 'stderr'\n\
         logging_collector = off\n\
         log_line_prefix = '%m [%p] %q%u@%d '\n\
         # A statement's text may hold what belongs in no log.\n\
         log_min_error_statement = 'panic'\n\
         log_checkpoints = off\n",
    );
    let durable: &[(&str, &str)] = &[("max_connections", "60"), ("fsync", "on"), ("synchronous_commit", "on")];
    // Nothing here outlives the machine. Without background vacuuming, a template is never found in use.
    let throw_away: &[(&str, &str)] = &[
        ("max_connections", "200"),
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "1d"),
        ("autovacuum", "off"),
    ];
    for (name, value) in if durability == Durability::Durable { durable } else { throw_away } {
        writeln!(text, "{name} = {value}").expect("writing to a string does not fail");
    }
    text
}

/// Who may come in, all by the socket: the superuser as certain users of the operating system, without any secret that
/// could leak; every other role by its password.
fn host_based_authentication() -> String {
    format!(
        "# Written by wami-console at each start.\n\
         local all {SUPERUSER} peer map={MAP}\n\
         local all all scram-sha-256\n"
    )
}

fn user_map(owner: &str) -> String {
    let mut text = String::from("# Written by wami-console at each start.\n");
    for user in ["root", owner] {
        writeln!(text, "{MAP} \"{}\" {SUPERUSER}", user.replace('"', "\"\""))
            .expect("writing to a string does not fail");
    }
    text
}
