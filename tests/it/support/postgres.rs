//! One throw-away cluster for a run of the tests, and a database of its own for every test that asks.
//!
//! The first test to ask makes the cluster and a *template*: a database brought up by the migrations once. Each test
//! then gets a copy of the template, which takes some tens of milliseconds. It makes no difference whether every test
//! is a process of its own (`cargo nextest run`) or a thread of one (`cargo test`).
//!
//! Nothing stays behind: a process of this binary, the *warden*, drops the databases of finished tests, and when nobody
//! has used the cluster for a while, stops it and deletes it. Tests and warden meet in two lock files, which the kernel
//! releases however a process ends: `postgres.users` is held together by the processes of tests and alone by the
//! warden while it deletes; `postgres.warden` is held by the warden, so that there is one.

use std::fs::{self, File, TryLockError};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::OnceCell;
use wami::local_postgres::{Durability, LocalPostgres, Options};

/// How often the warden looks.
const LOOK: Duration = Duration::from_millis(100);
/// How many looks in a row must find nobody. Longer than tests without a database usually take in between.
const LOOKS: u32 = 100;

/// A database that only one test uses. Its drop gives it to the warden.
#[derive(Debug)]
pub struct Database {
    options: PgConnectOptions,
    /// The warden drops the databases that have a file in this folder.
    finished: PathBuf,
}

impl Database {
    /// A copy of the template, which `migrate` makes from an empty database if this run has none yet for the present
    /// content of the folder `migrations`.
    pub async fn create(migrations: &Path, migrate: impl AsyncFnOnce(PgConnectOptions)) -> Self {
        static RUN: OnceCell<User> = OnceCell::const_new();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let user = RUN.get_or_init(|| User::join(Run { folder }, LOOKS)).await;

        let owner = user.cluster.admin_options();
        let mut connection = connect(&owner).await;
        let template = template(&mut connection, &owner, migrations, migrate).await;
        let name = copy(&mut connection, &template).await;
        connection.close().await.expect("the cluster runs");
        Self { options: owner.database(&name), finished: user.run.finished() }
    }

    /// How its owner, a superuser, connects.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // If this fails, the database is deleted with the cluster.
        let _ = File::create(self.finished.join(self.options.get_database().expect("it was named")));
    }
}

/// A connection to the database that is there from the beginning and that nobody copies.
async fn connect(owner: &PgConnectOptions) -> PgConnection {
    owner.clone().database("postgres").connect().await.expect("the cluster runs")
}

/// The name of the template, made if it is not there.
async fn template(
    connection: &mut PgConnection,
    owner: &PgConnectOptions,
    migrations: &Path,
    migrate: impl AsyncFnOnce(PgConnectOptions),
) -> String {
    let name = format!("template_{}", digest_of(migrations));
    if exists(connection, &name).await {
        return name;
    }
    run(connection, "select pg_advisory_lock(hashtext('template'))").await;
    // Another may have made it while this one waited.
    if !exists(connection, &name).await {
        run(connection, "drop database if exists unfinished").await;
        run(connection, "create database unfinished").await;
        migrate(owner.clone().database("unfinished")).await;
        // A database in use cannot be copied: nobody else gets in.
        run(connection, "alter database unfinished with allow_connections false").await;
        run(connection, format!("alter database unfinished rename to {name}")).await;
    }
    run(connection, "select pg_advisory_unlock(hashtext('template'))").await;
    name
}

async fn exists(connection: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(database)
        .fetch_one(connection)
        .await
        .expect("the cluster answers")
}

/// Names are made here, so they need no quotes.
async fn run(connection: &mut PgConnection, statement: impl Into<String>) {
    connection.execute(AssertSqlSafe(statement.into())).await.expect("the superuser may do this");
}

/// Copies the template and gives the name of the copy.
async fn copy(connection: &mut PgConnection, template: &str) -> String {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("test_{}_{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed));
        // Copying files is much faster here than writing every page to the log, the default.
        let statement = format!("create database {name} template {template} strategy file_copy");
        match connection.execute(AssertSqlSafe(statement)).await {
            Ok(_) => return name,
            // `duplicate_database`: left by an earlier process of the same number.
            Err(sqlx::Error::Database(err)) if err.code().is_some_and(|code| code == "42P04") => {}
            Err(err) => panic!("could not copy the template: {err}"),
        }
    }
}

/// Names the content of a folder of migrations.
fn digest_of(migrations: &Path) -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(migrations).expect("the migrations").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.file_name().expect("a file").as_encoded_bytes());
        digest.update([0]);
        digest.update(Sha256::digest(fs::read(&file).expect("a migration")));
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Where the cluster of a run is.
#[derive(Debug)]
struct Run {
    folder: PathBuf,
}

impl Run {
    fn data_dir(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    fn finished(&self) -> PathBuf {
        self.data_dir().join("finished")
    }

    fn options(&self) -> Options {
        Options {
            durability: Durability::ThrowAway,
            fallback: Some(std::env::temp_dir().join("wami-tests")),
            ..Options::new(self.data_dir())
        }
    }

    fn lock(&self, name: &str) -> File {
        let path = self.folder.join(format!("postgres.{name}"));
        File::options().create(true).truncate(false).write(true).open(path).expect("a folder of the tests' own")
    }

    async fn start(&self) -> LocalPostgres {
        let folder = self.data_dir();
        let started = LocalPostgres::start(&self.options()).await;
        started.unwrap_or_else(|err| panic!("no database for the tests (in {}): {err}", folder.display()))
    }
}

/// A process that uses the cluster of a run.
#[derive(Debug)]
struct User {
    // In the order of dropping: the cluster is left before others learn that nobody is there.
    cluster: LocalPostgres,
    run: Run,
    _users: File,
}

impl User {
    /// Comes in, and makes sure that there is a warden, who waits for so many looks without anybody.
    #[expect(clippy::zombie_processes, reason = "it is there to outlive this process")]
    async fn join(run: Run, looks: u32) -> Self {
        let users = run.lock("users");
        users.lock_shared().expect("a lock on a file of the tests' own");
        let cluster = run.start().await;
        fs::create_dir_all(run.finished()).expect("a folder of the tests' own");
        if run.lock("warden").try_lock().is_ok() {
            let mut warden = this_binary(&format!("{}::{WARDEN}", test_path(module_path!())));
            warden.env(WARDEN_OF, &run.folder).env(WARDEN_LOOKS, looks.to_string());
            // Apart from this process, its terminal and its output: it outlives all of them.
            warden.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            warden.spawn().expect("this binary runs");
        }
        Self { cluster, run, _users: users }
    }
}

/// What the warden does.
async fn keep_watch(run: Run, looks: u32) {
    let warden = run.lock("warden");
    if warden.try_lock().is_err() {
        return;
    }
    let users = run.lock("users");
    // The warden uses the cluster too: between two tests nobody else may.
    let cluster = run.start().await;
    let mut quiet = 0;
    while quiet < looks {
        tokio::time::sleep(LOOK).await;
        drop_finished(&run, &cluster).await;
        match users.try_lock() {
            Ok(()) => {
                quiet += 1;
                // Kept when it was the last look.
                if quiet < looks {
                    users.unlock().expect("it is locked");
                }
            }
            Err(TryLockError::WouldBlock) => quiet = 0,
            Err(TryLockError::Error(err)) => panic!("the lock of the users: {err}"),
        }
    }
    let elsewhere = cluster.is_elsewhere().then(|| cluster.folder().parent().expect("it is in a base").to_owned());
    cluster.stop().await.expect("the cluster stops");
    for folder in elsewhere.iter().chain([&run.data_dir()]) {
        fs::remove_dir_all(folder).expect("a folder of the tests' own");
    }
    if let Some(parent) = elsewhere.as_deref().and_then(Path::parent) {
        // The clusters of other working copies may be in it.
        let _ = fs::remove_dir(parent);
    }
    // In this order: whoever comes in next must find that there is no warden.
    drop(warden);
    drop(users);
}

/// Drops the databases of finished tests. What fails is deleted with the cluster.
async fn drop_finished(run: &Run, cluster: &LocalPostgres) {
    let Ok(entries) = fs::read_dir(run.finished()) else { return };
    let names: Vec<String> =
        entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    if names.is_empty() {
        return;
    }
    let Ok(mut connection) = cluster.admin_options().database("postgres").connect().await else { return };
    for name in names {
        let statement = format!("drop database if exists {name} with (force)");
        if connection.execute(AssertSqlSafe(statement)).await.is_ok() {
            let _ = fs::remove_file(run.finished().join(name));
        }
    }
    let _ = connection.close().await;
}

/// This test binary, to run one test alone in a process of its own.
pub fn this_binary(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the path of this binary"));
    command.args(["--exact", test, "--nocapture"]);
    command
}

/// The path of a module as the test runner writes it, without the name of the binary.
pub fn test_path(module: &str) -> &str {
    module.split_once("::").map_or("", |(_, path)| path)
}

const WARDEN: &str = "nothing_stays_behind_when_a_run_is_over";
const WARDEN_OF: &str = "WAMI_TEST_WARDEN_OF";
const WARDEN_LOOKS: &str = "WAMI_TEST_WARDEN_LOOKS";

/// Also the process of the warden: a test binary can run its tests and nothing else.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "not a setting: how a test tells its other process what to do")]
async fn nothing_stays_behind_when_a_run_is_over() {
    if let Some(folder) = std::env::var_os(WARDEN_OF) {
        let looks = std::env::var(WARDEN_LOOKS).expect("given together").parse().expect("a number");
        return keep_watch(Run { folder: folder.into() }, looks).await;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = Run { folder: home.path().to_owned() };
    let user = User::join(Run { folder: run.folder.clone() }, 2).await;
    let folder = user.cluster.folder().to_owned();
    connect(&user.cluster.admin_options()).await;
    drop(user);

    let gone = async {
        // The last thing that the warden does, and it can be had only when there is none.
        while run.data_dir().exists() || folder.exists() || run.lock("warden").try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the warden stops and deletes the cluster");
    let left: Vec<_> =
        home.path().read_dir().expect("our own folder").map(|entry| entry.expect("an entry").path()).collect();
    assert!(left.iter().all(|path| path.metadata().is_ok_and(|found| found.is_file() && found.len() == 0)), "{left:?}");
}

#[tokio::test]
async fn a_database_of_a_test_is_a_copy_of_what_the_migrations_made() {
    let migrations = tempfile::tempdir().expect("a temporary folder");
    let statement = "create table made_by_a_migration (n int)";
    fs::write(migrations.path().join("1.sql"), format!("{statement} -- {}", std::process::id()))
        .expect("our own folder");
    let times = AtomicU32::new(0);
    let database = || {
        Database::create(migrations.path(), async |options: PgConnectOptions| {
            times.fetch_add(1, Ordering::Relaxed);
            let mut connection = options.connect().await.expect("an empty database");
            run(&mut connection, statement).await;
            connection.close().await.expect("the cluster runs");
        })
    };
    let (first, second) = tokio::join!(database(), database());
    assert_eq!(times.into_inner(), 1, "the template is made once");

    let mut one = first.options().connect().await.expect("a database");
    run(&mut one, "insert into made_by_a_migration values (1)").await;
    let mut other = second.options().connect().await.expect("another database");
    let rows: i64 =
        sqlx::query_scalar("select count(*) from made_by_a_migration").fetch_one(&mut other).await.expect("a table");
    assert_eq!(rows, 0, "what one test writes, no other sees");
}
