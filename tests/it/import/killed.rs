//! `kill -9` of the importing process and of its database together, at any moment of an import: what is there afterwards
//! is what was there before, or all of it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use wami::clock::Stopwatch;
use wami::ids::Ids;
use wami::local_postgres::{LocalPostgres, Options};
use wami::synth::dump::{SynthOptions, write_dump};

use super::*;

/// Users of the made-up account. `make kill-import` asks for more, and for the release build.
const USERS: u32 = 600;
const MOMENTS: u32 = 20;

#[expect(clippy::disallowed_methods, reason = "what this test kills is no setting of the program")]
fn asked_for(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn users() -> u32 {
    asked_for("WAMI_TEST_IMPORT_USERS").map_or(USERS, |text| text.parse().unwrap())
}

fn importing(data: &Path, file: &Path, tenant: &str) -> Command {
    let program = asked_for("WAMI_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_wami-console").to_owned());
    let mut command = Command::new(program);
    command
        .args(["import", "aws-account", file.to_str().unwrap(), "--tenant", tenant, "--json"])
        .env_remove("DATABASE_URL")
        .env("WAMI_DATA_DIR", data)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Connects once the killed server has recovered.
async fn connect(postgres: &LocalPostgres) -> PgConnection {
    let watch = Stopwatch::start();
    loop {
        match postgres.admin_options().connect().await {
            Ok(connection) => return connection,
            Err(error) => assert!(watch.elapsed() < Duration::from_secs(60), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How much of everything the tenants of a slug hold; nothing without such a tenant.
async fn held(connection: &mut PgConnection, tenant: &str) -> Vec<i64> {
    let mut counts = vec![];
    for table in [
        "users",
        "groups",
        "roles",
        "policies",
        "policy_versions",
        "group_members",
        "user_policies",
        "group_policies",
        "role_policies",
        "user_inline_policies",
        "user_tags",
        "resource_providers",
        "import_marks",
        "tenant_counts",
        "tenant_provider_accounts",
        "audit_events",
    ] {
        let sql = format!("select count(*) from {table} where tenant_id in (select id from tenants where path = $1)");
        counts.push(sqlx::query_scalar(AssertSqlSafe(sql)).bind(tenant).fetch_one(&mut *connection).await.unwrap());
    }
    counts
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_all_or_nothing() {
    let home = tempfile::tempdir().unwrap();
    // The database's user must reach it.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("account.json"));
    write_dump(&mut std::fs::File::create(&file).unwrap(), SynthOptions { seed: 7, users: users() }).unwrap();
    let postgres = LocalPostgres::start(&Options::new(&data)).await.unwrap();
    let watch = Stopwatch::start();
    assert!(importing(&data, &file, "whole").status().unwrap().success());
    let lasts = watch.elapsed();
    let mut connection = connect(&postgres).await;
    let whole = held(&mut connection, "whole").await;
    assert_eq!(whole[0], i64::from(users()));
    let nothing = vec![0; whole.len()];
    connection.close().await.unwrap();

    let ids = Ids::seeded(2026);
    let mut outcomes = (0, 0);
    for moment in 0..MOMENTS {
        // Spread over the import and a little beyond, somewhere within its twentieth.
        let [within] = ids.bytes();
        let after = lasts * (u32::from(within) + moment * 256) / (MOMENTS * 256 - 512);
        let tenant = format!("killed-{moment}");
        let mut import = importing(&data, &file, &tenant).spawn().unwrap();
        tokio::time::sleep(after).await;
        let note = std::fs::read_to_string(postgres.folder().join("postmaster.pid")).unwrap();
        let server = Pid::from_raw(note.lines().next().unwrap().parse().unwrap()).unwrap();
        kill_process(server, Signal::KILL).unwrap();
        import.kill().unwrap();
        import.wait().unwrap();
        let mut connection = connect(&postgres).await;
        let left = held(&mut connection, &tenant).await;
        assert!(left == nothing || left == whole, "killed after {after:?}: {left:?} of {whole:?}");
        if left == whole {
            outcomes.1 += 1
        } else {
            outcomes.0 += 1
        }
        connection.close().await.unwrap();
    }
    println!("{} users in {lasts:?}; {} times nothing, {} times all", users(), outcomes.0, outcomes.1);
    assert!(outcomes.0 >= MOMENTS / 2, "the kills came too late to prove anything: {outcomes:?}");
    postgres.stop().await.unwrap();
}
