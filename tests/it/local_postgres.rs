//! The private cluster, for real: made, restarted, killed, shared and refused.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tempfile::TempDir;
use wami::local_postgres::{Durability, LocalPostgres, LocalPostgresError, Options};
use wami::store::Backend;
use wami::store::postgres::{PostgresBackend, PostgresOptions};

use crate::support::postgres::{test_path, this_binary};

/// A data folder of its own that the database's user can reach, gone afterwards.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        home.set_mode(0o711);
        home
    }

    fn set_mode(&self, mode: u32) {
        fs::set_permissions(self.0.path(), fs::Permissions::from_mode(mode)).expect("our own folder");
    }

    fn data_dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn cluster(&self) -> PathBuf {
        self.data_dir().join("postgres")
    }

    /// For tests that lose nothing to a crash: much faster.
    fn options(&self) -> Options {
        Options { durability: Durability::ThrowAway, ..self.durable() }
    }

    fn durable(&self) -> Options {
        Options { fallback: None, ..Options::new(self.data_dir()) }
    }

    async fn start(&self) -> LocalPostgres {
        start(&self.options()).await
    }

    async fn refusal(&self) -> LocalPostgresError {
        LocalPostgres::start(&self.options()).await.expect_err("the start is refused")
    }
}

async fn start(options: &Options) -> LocalPostgres {
    LocalPostgres::start(options).await.expect("the cluster starts")
}

async fn connect(postgres: &LocalPostgres) -> PgConnection {
    postgres.admin_options().connect().await.expect("the database answers")
}

async fn run(connection: &mut PgConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.expect("the statement works");
}

async fn count(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from note").fetch_one(connection).await.expect("the table is there")
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(connection).await.expect("a setting")
}

/// Process id of the server of this folder, from its own note.
fn server_of(cluster: &Path) -> Pid {
    let note = fs::read_to_string(cluster.join("postmaster.pid")).expect("the server runs");
    let pid = note.lines().next().expect("a line").parse().expect("a process id");
    Pid::from_raw(pid).expect("not zero")
}

/// Whether the process exists and has not ended; one that its parent has not waited for has.
fn runs(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(pid).is_ok() && !stat.contains(") Z ")
}

/// Waits for a condition; the limit is there to fail, not to wait for.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

#[tokio::test]
async fn what_is_committed_outlives_a_restart() {
    let home = Home::new();
    let first = start(&home.durable()).await;
    let server = server_of(&home.cluster());
    let mut connection = connect(&first).await;
    run(&mut connection, "create table note as select 1").await;
    // Left open: a client does not keep the server from stopping.
    first.stop().await.expect("the server stops");
    assert!(!runs(server), "the server stopped with its only user");

    let second = start(&home.durable()).await;
    let mut connection = connect(&second).await;
    assert_eq!(count(&mut connection).await, 1);
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
    ] {
        assert_eq!(setting(&mut connection, name).await, value, "{name}");
    }
    second.stop().await.expect("the server stops");
}

#[tokio::test]
async fn a_killed_server_comes_back_under_the_same_options() {
    let home = Home::new();
    let postgres = start(&home.durable()).await;
    let mut connection = connect(&postgres).await;
    run(&mut connection, "create table note as select 1").await;

    let killed = server_of(&home.cluster());
    kill_process(killed, Signal::KILL).expect("it runs");
    until("another server", || {
        let note = fs::read_to_string(home.cluster().join("postmaster.pid")).unwrap_or_default();
        note.contains("ready") && !note.starts_with(&format!("{}\n", killed.as_raw_nonzero()))
    })
    .await;
    assert_eq!(count(&mut connect(&postgres).await).await, 1);

    let server = server_of(&home.cluster());
    postgres.stop().await.expect("the server stops");
    assert!(!runs(server), "the second server stops like the first");
}

#[tokio::test]
async fn two_users_share_one_server_and_the_last_one_stops_it() {
    let home = Home::new();
    // At the same moment, and on a folder that is not there yet.
    let (first, second) = tokio::join!(home.start(), home.start());
    assert_eq!(first.is_attached() as u8 + second.is_attached() as u8, 1, "one of them started it");
    let server = server_of(&home.cluster());

    first.stop().await.expect("leaving works");
    assert!(runs(server), "somebody still uses it");
    run(&mut connect(&second).await, "create table note as select 1").await;

    second.stop().await.expect("the server stops");
    assert!(!runs(server), "nobody uses it");
}

#[tokio::test]
async fn a_forgotten_stop_still_ends_the_server() {
    let home = Home::new();
    let postgres = home.start().await;
    let server = server_of(&home.cluster());
    drop(postgres);
    until("the server ends", || !home.cluster().join("postmaster.pid").exists()).await;
    until("its process is gone", || !runs(server)).await;
}

/// Another process that uses the cluster, so that it can be killed: this test binary, running one test that does so
/// when the environment names a data folder.
struct OtherProcess(Child);

const HOLD: &str = "WAMI_TEST_HOLD_CLUSTER_OF";

impl OtherProcess {
    /// Returns when it has committed its row.
    fn start(home: &Home, test: &str) -> Self {
        let mut child = this_binary(&format!("{}::{test}", test_path(module_path!())))
            .env(HOLD, home.data_dir())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary runs");
        let output = BufReader::new(child.stdout.take().expect("asked for"));
        let ready = output.lines().map_while(Result::ok).any(|line| line.contains("holding"));
        let this = Self(child);
        assert!(ready, "the other process uses the cluster");
        this
    }

    /// In the other process: uses the cluster until it is killed. Elsewhere: returns at once.
    #[expect(clippy::disallowed_methods, reason = "not a setting: how this test tells its other process what to do")]
    async fn hold_if_asked() {
        let Some(data_dir) = std::env::var_os(HOLD) else { return };
        let postgres = start(&Options { fallback: None, ..Options::new(data_dir) }).await;
        let mut connection = connect(&postgres).await;
        run(&mut connection, "create table if not exists note (n int)").await;
        run(&mut connection, "insert into note values (1)").await;
        // Not committed when the end comes; and its backend is busy then, so that it does not notice the end.
        run(&mut connection, "begin").await;
        run(&mut connection, "insert into note values (2)").await;
        println!("holding");
        run(&mut connection, "do $$ begin for i in 1..2000000000 loop null; end loop; end $$").await;
    }

    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it was started here");
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        // Both fail if it has ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_server_left_by_a_killed_process_is_used_and_stopped_by_the_next() {
    OtherProcess::hold_if_asked().await;
    let home = Home::new();
    let other = OtherProcess::start(&home, "a_server_left_by_a_killed_process_is_used_and_stopped_by_the_next");
    let server = server_of(&home.cluster());
    other.kill();
    assert!(runs(server), "a killed process stops nothing");

    let postgres = start(&home.durable()).await;
    assert!(postgres.is_attached());
    assert_eq!(server_of(&home.cluster()), server);
    assert_eq!(count(&mut connect(&postgres).await).await, 1);
    postgres.stop().await.expect("the server stops");
    assert!(!runs(server), "nobody else uses it");
}

#[tokio::test]
async fn a_crash_of_both_in_the_middle_of_a_statement_is_recovered() {
    OtherProcess::hold_if_asked().await;
    let home = Home::new();
    let other = OtherProcess::start(&home, "a_crash_of_both_in_the_middle_of_a_statement_is_recovered");
    other.kill();
    kill_process(server_of(&home.cluster()), Signal::KILL).expect("it runs");

    let postgres = start(&home.durable()).await;
    assert!(!postgres.is_attached());
    assert_eq!(count(&mut connect(&postgres).await).await, 1, "the committed row and no other");
    postgres.stop().await.expect("the server stops");
}

#[tokio::test]
async fn a_stale_note_whose_number_belongs_to_another_process_does_not_prevent_the_start() {
    let home = Home::new();
    home.start().await.stop().await.expect("the server stops");
    let owner = home.cluster().metadata().expect("it was made");
    let mut command = Command::new("sleep");
    command.arg("600");
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut innocent = OtherProcess(command.spawn().expect("sleep runs"));
    let cluster = home.cluster();
    let (pid, shown) = (innocent.0.id(), cluster.display());
    let note = cluster.join("postmaster.pid");
    fs::write(&note, format!("{pid}\n{shown}\n1700000000\n5432\n{shown}\n\n 1 1\nready   \n")).expect("root or owner");
    chown(&note, Some(owner.uid()), Some(owner.gid())).expect("root or owner");

    let postgres = home.start().await;
    assert!(!postgres.is_attached());
    assert!(innocent.0.try_wait().expect("it was started here").is_none(), "the other process was left alone");
    postgres.stop().await.expect("the server stops");
}

#[tokio::test]
async fn the_server_never_runs_as_root_and_others_cannot_look_in() {
    let home = Home::new();
    let postgres = home.start().await;
    let server = server_of(&home.cluster()).as_raw_nonzero();
    let owner = home.cluster().metadata().expect("it was made");
    assert_ne!(owner.uid(), 0);
    assert_eq!(owner.mode() & 0o777, 0o700);
    if let Ok(status) = fs::read_to_string(format!("/proc/{server}/status")) {
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let uids: Vec<u32> = line("Uid:").split_whitespace().filter_map(|uid| uid.parse().ok()).collect();
        assert_eq!(uids, [owner.uid(); 4], "real, effective, saved and file system user");
        if rustix::process::geteuid().is_root() {
            assert_eq!(line("Groups:").trim(), "", "root's groups are not inherited");
        }
    }
    for entry in fs::read_dir(home.data_dir()).expect("our own folder").map(|entry| entry.expect("an entry")) {
        let mode = entry.metadata().expect("it is there").mode() & 0o077;
        assert_eq!(mode, 0, "{} is for its owner only", entry.path().display());
    }
    postgres.stop().await.expect("the server stops");
}

#[tokio::test]
async fn roles_log_in_by_their_password_only() {
    let home = Home::new();
    let postgres = home.start().await;
    run(&mut connect(&postgres).await, "create role wami_app login password 'right'").await;

    let user = |options: PgConnectOptions| async move {
        let mut connection = options.connect().await?;
        sqlx::query_scalar::<_, String>("select session_user::text").fetch_one(&mut connection).await
    };
    assert_eq!(user(postgres.connect_options("wami_app", "right")).await.expect("the right password"), "wami_app");
    let refused = user(postgres.connect_options("wami_app", "wrong")).await.expect_err("the wrong password");
    let code = refused.as_database_error().and_then(|err| err.code().map(|code| code.into_owned()));
    assert_eq!(code.as_deref(), Some("28P01"), "invalid_password: {refused}");
    postgres.stop().await.expect("the server stops");
}

#[tokio::test]
async fn a_folder_too_deep_for_a_socket_gets_one_elsewhere() {
    let home = Home::new();
    let options = Options { data_dir: home.0.path().join("deep, and \"odd\" ".repeat(8)), ..home.options() };
    let postgres = start(&options).await;
    let mut connection = connect(&postgres).await;
    let socket_dir = PathBuf::from(setting(&mut connection, "unix_socket_directories").await.trim_matches('"'));
    let found = socket_dir.metadata().expect("the folder of the socket");
    assert_eq!(found.mode() & 0o777, 0o700);
    assert_eq!(found.uid(), postgres.folder().metadata().expect("it was made").uid());
    postgres.stop().await.expect("the server stops");
    assert!(!socket_dir.exists(), "the folder of the socket goes with the server");
}

#[tokio::test]
async fn a_cluster_whose_user_cannot_reach_the_data_folder_is_kept_elsewhere_and_found_again() {
    let (home, other) = (Home::new(), Home::new());
    home.set_mode(0o700);
    let options = Options { fallback: Some(other.data_dir()), ..home.options() };
    let first = start(&options).await;
    // A folder closed to others is a hindrance only for root, who must let another user work in it.
    let root = rustix::process::geteuid().is_root();
    assert_eq!(first.is_elsewhere(), root);
    assert_eq!(first.folder().starts_with(other.data_dir()), root);
    run(&mut connect(&first).await, "create table note as select 1").await;
    first.stop().await.expect("the server stops");

    let second = start(&Options { fallback: None, ..options.clone() }).await;
    assert_eq!(count(&mut connect(&second).await).await, 1);
    second.stop().await.expect("the server stops");

    if root {
        fs::remove_dir_all(other.data_dir()).expect("root may");
        let refused = LocalPostgres::start(&options).await.expect_err("the data is gone");
        assert!(matches!(refused, LocalPostgresError::PointerBroken { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_refused_with_what_to_install() {
    let home = Home::new();
    home.start().await.stop().await.expect("the server stops");
    fs::write(home.cluster().join("PG_VERSION"), "9\n").expect("root or owner");
    let refused = home.refusal().await;
    assert!(matches!(refused, LocalPostgresError::VersionMismatch { made_by: 9, .. }), "{refused}");
    assert!(refused.to_string().contains("`postgresql-9`"), "{refused}");
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_refused_and_left_as_it_is() {
    let home = Home::new();
    home.start().await.stop().await.expect("the server stops");
    fs::remove_file(home.cluster().join("WAMI_CONSOLE")).expect("root or owner");
    let refused = home.refusal().await;
    assert!(matches!(refused, LocalPostgresError::NotOurs { .. }), "{refused}");

    fs::remove_file(home.cluster().join("PG_VERSION")).expect("root or owner");
    let refused = home.refusal().await.to_string();
    assert!(refused.contains("belongs to another server or program"), "{refused}");
    assert!(home.cluster().join("global").is_dir(), "nothing was removed");
}

#[tokio::test]
async fn missing_programs_are_named_before_anything_is_made() {
    let home = Home::new();
    let options = Options { binaries: vec![home.0.path().to_owned()], ..home.options() };
    let refused = LocalPostgres::start(&options).await.expect_err("there are none");
    assert!(matches!(refused, LocalPostgresError::BinariesMissing { .. }), "{refused}");
    assert!(!home.cluster().exists());
}

#[tokio::test]
async fn what_an_interrupted_creation_left_is_replaced() {
    let home = Home::new();
    let unfinished = home.data_dir().join("postgres.new");
    fs::create_dir_all(unfinished.join("base")).expect("our own folder");
    fs::write(unfinished.join("PG_VERSION"), "15\n").expect("our own folder");
    home.set_mode(0o711);
    fs::set_permissions(home.data_dir(), fs::Permissions::from_mode(0o711)).expect("our own folder");

    let postgres = home.start().await;
    assert!(!unfinished.exists());
    postgres.stop().await.expect("the server stops");
}

#[tokio::test]
async fn a_server_that_cannot_stop_is_ended_within_ten_seconds() {
    let home = Home::new();
    let postgres = home.start().await;
    let server = server_of(&home.cluster());
    kill_process(server, Signal::STOP).expect("it runs");
    let watch = wami::clock::Stopwatch::start();
    postgres.stop().await.expect("the server stops");
    assert!(watch.elapsed() < Duration::from_secs(10), "{:?}", watch.elapsed());
    assert!(!runs(server));
    home.start().await.stop().await.expect("the next one starts and stops");
}

#[tokio::test]
async fn another_key_gives_the_roles_new_passwords_unless_somebody_uses_the_old_ones() {
    let home = Home::new();
    let postgres = home.start().await;
    let connect = async |key: u8| {
        let clock = std::sync::Arc::new(wami::clock::SystemClock);
        let key = wami::wire::Secret::new([key; 32]);
        let options = PostgresOptions::new(postgres.admin_options(), key, clock, wami::ids::Ids::system());
        PostgresBackend::connect(options).await
    };
    let first = connect(1).await.expect("an empty database");
    let refused = connect(2).await.err().expect("the first is at it").to_string();
    for part in ["another key", "WAMI_KEY", "wami_app", "stop the other first"] {
        assert!(refused.contains(part), "{refused}");
    }
    first.ping().await.expect("the first goes on");
    drop(connect(1).await.expect("the first may have a second"));
    first.app_pool().close().await;
    first.session_pool().close().await;
    let gone = async {
        let mut owner = postgres.admin_options().connect().await.expect("the database answers");
        let others = "select count(*) from pg_stat_activity where usename like 'wami\\_%' and usename <> current_user";
        while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut owner).await.expect("an answer") > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("everybody is gone");
    let second = connect(2).await.expect("nobody uses the former key any more");
    second.ping().await.expect("it answers");
    drop(second);
    postgres.stop().await.expect("the server stops");
}
