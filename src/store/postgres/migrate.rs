//! Bringing a database to this version: roles, then migrations, one process at a time.

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

/// Makes the roles and applies what is missing.
///
/// # Errors
/// When the database cannot be reached, or holds migrations that this version does not know.
pub async fn run(owner: &PgConnectOptions, key: &Key) -> Result<()> {
    let mut connection = PgConnection::connect_with(owner).await.map_err(about("database"))?;
    // Roles belong to the whole cluster: databases that are brought up side by side must not make them at once.
    connection.execute("select pg_advisory_lock(hashtext('wami.roles'))").await.map_err(about("database"))?;
    for role in [APP_ROLE, SESSION_ROLE] {
        let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
            .bind(role)
            .fetch_one(&mut connection)
            .await
            .map_err(about(role))?;
        let verb = if exists { "alter" } else { "create" };
        // Role names are constants and the password is hexadecimal.
        let statement = format!(
            "{verb} role {role} login nosuperuser nocreatedb nocreaterole noinherit nobypassrls password '{}'",
            role_password(key, role)
        );
        connection.execute(AssertSqlSafe(statement)).await.map_err(about(role))?;
    }
    connection.execute("select pg_advisory_unlock(hashtext('wami.roles'))").await.map_err(about("database"))?;
    // Takes an advisory lock of its own.
    MIGRATIONS.run(&mut connection).await.map_err(|error| AmiError::Backend { source: Box::new(error) })?;
    connection.close().await.map_err(about("database"))
}
