//! Bringing a database to this version: roles, then migrations, any number of processes at once.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::conn::about;
use crate::key::Key;
use crate::store::{AmiError, Result};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The role of requests: bound by row-level security, owner of nothing.
pub const APP_ROLE: &str = "wami_app";
/// The role of sessions: has rights on them and on nothing else.
pub const SESSION_ROLE: &str = "wami_session";

/// The password of a role, derived from the installation's key, so that any number of replicas agree on it.
pub fn role_password(key: &Key, role: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    mac.update(b"wami database role ");
    mac.update(role.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the roles that are missing and applies the migrations that are missing.
///
/// # Errors
/// When the database cannot be reached, holds migrations that this version does not know, or has a role of ours that
/// could go past row-level security.
pub async fn run<'k>(owner: &PgConnectOptions, key: impl Into<Option<&'k Key>>) -> Result<()> {
    let key = key.into();
    let mut connection = PgConnection::connect_with(owner).await.map_err(about("database"))?;
    for role in [APP_ROLE, SESSION_ROLE] {
        make_role(&mut connection, role, key).await?;
    }
    // Under an advisory lock of its own.
    MIGRATIONS.run(&mut connection).await.map_err(|error| AmiError::Backend { source: Box::new(error) })?;
    connection.close().await.map_err(about("database"))
}

async fn make_role(connection: &mut PgConnection, role: &str, key: Option<&Key>) -> Result<()> {
    // Roles belong to the whole cluster, and no lock reaches beyond a database: whoever comes second finds it made.
    let made = connection
        .execute(AssertSqlSafe(format!(
            "do $$ begin
                 if not exists (select from pg_roles where rolname = '{role}') then
                     create role {role} login nosuperuser nocreatedb nocreaterole noinherit nobypassrls {password};
                 end if;
             exception when duplicate_object or unique_violation then
                 null;
             end $$",
            // Hexadecimal. Without a key nobody logs in with a password.
            password = key.map(|key| format!("password '{}'", role_password(key, role))).unwrap_or_default(),
        )))
        .await;
    made.map_err(about(role))?;
    let is_bound: bool = sqlx::query_scalar(
        "select rolcanlogin and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
             and not exists (select from pg_auth_members m where m.member = r.oid)
         from pg_roles r where rolname = $1",
    )
    .bind(role)
    .fetch_one(&mut *connection)
    .await
    .map_err(about(role))?;
    if is_bound {
        return Ok(());
    }
    Err(AmiError::InternalError {
        message: format!(
            "the database role {role} may do more than it should: it must be able to log in, have no attribute and no membership"
        ),
    })
}

/// How long whoever is stopping is given to be gone.
const LEAVING_TRIES: u32 = 20;
const LEAVING_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Which of the roles somebody is logged in as.
async fn used_role(connection: &mut PgConnection) -> Result<Option<String>> {
    // A snapshot of who is connected is kept for a transaction, unless it is cleared.
    connection.execute("select pg_stat_clear_snapshot()").await.map_err(about("database"))?;
    sqlx::query_scalar("select usename::text from pg_stat_activity where usename in ($1, $2) order by usename limit 1")
        .bind(APP_ROLE)
        .bind(SESSION_ROLE)
        .fetch_optional(connection)
        .await
        .map_err(about("database"))
}

/// Gives both roles the passwords that belong to the key: for roles made under another key, which was lost or replaced.
/// Nothing changes while anybody is logged in as either of them: it would be shut out.
///
/// # Errors
/// `InternalError`, which says what happened and what to do, when somebody is, or when the owner may not do it.
pub async fn set_passwords(owner: &PgConnectOptions, key: &Key) -> Result<()> {
    let other_key = |what: String| AmiError::InternalError {
        message: format!(
            "the database was set up under another key than this one (WAMI_KEY, or the file `key` in the data folder), so the \
             passwords of its roles {APP_ROLE} and {SESSION_ROLE} do not fit; {what}"
        ),
    };
    let mut connection = PgConnection::connect_with(owner).await.map_err(about("database"))?;
    let mut transaction = connection.begin().await.map_err(about("database"))?;
    let alone = "select pg_advisory_xact_lock(hashtext('wami role passwords'))";
    transaction.execute(alone).await.map_err(about("database"))?;
    let mut tries = 0;
    while let Some(role) = used_role(&mut transaction).await? {
        // Whoever was just stopped may still be leaving.
        tries += 1;
        if tries >= LEAVING_TRIES {
            return Err(other_key(format!(
                "another process is logged in as {role} under the other key: give this one the same key, or stop the other first"
            )));
        }
        tokio::time::sleep(LEAVING_PAUSE).await;
    }
    for role in [APP_ROLE, SESSION_ROLE] {
        let statement = format!("alter role {role} password '{}'", role_password(key, role));
        if let Err(refused) = transaction.execute(AssertSqlSafe(statement)).await {
            let what = "the owner of the database may not change them";
            return Err(other_key(format!(
                "{what} ({refused}): bring the former key back, or change them as a superuser"
            )));
        }
    }
    transaction.commit().await.map_err(about("database"))?;
    tracing::warn!(
        "the database was set up under another key: its roles have new passwords, and what was encrypted under the former key \
         cannot be read without it"
    );
    connection.close().await.map_err(about("database"))
}
