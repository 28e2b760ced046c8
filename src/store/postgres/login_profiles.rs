//! Passwords of users.

use sqlx::postgres::PgRow;
use sqlx::{Row, query};

use super::common::name_key;
use super::conn::{Conn, about};
use crate::iam::LoginProfile;
use crate::store::{AmiError, Result, rules};
use crate::wire::Secret;

pub async fn create(conn: &Conn, profile: &LoginProfile) -> Result<()> {
    rules::login_profile(profile)?;
    let mut guard = conn.write().await?;
    let done = query(
        "insert into login_profiles (tenant_id, user_id, password_hash, password_reset_required, create_date, changed_at)
         select tenant_id, id, $3, $4, $5, $6 from users where tenant_id = $1 and name_key = $2",
    )
    .bind(conn.tenant())
    .bind(name_key(&profile.user_name))
    .bind(profile.password_hash.expose())
    .bind(profile.password_reset_required)
    .bind(profile.create_date)
    .bind(profile.changed_at)
    .execute(&mut *guard)
    .await
    .map_err(about(&profile.user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("user", &profile.user_name));
    }
    guard.done().await
}

pub async fn get(conn: &Conn, user_name: &str) -> Result<Option<LoginProfile>> {
    let mut guard = conn.read().await?;
    let row = query(
        "select u.user_name, l.password_hash, l.password_reset_required, l.create_date, l.changed_at from users u
         join login_profiles l on l.tenant_id = u.tenant_id and l.user_id = u.id
         where u.tenant_id = $1 and u.name_key = $2",
    )
    .bind(conn.tenant())
    .bind(name_key(user_name))
    .fetch_optional(&mut *guard)
    .await
    .map_err(about(user_name))?;
    guard.done().await?;
    row.as_ref().map(profile_of).transpose()
}

fn profile_of(row: &PgRow) -> Result<LoginProfile> {
    Ok(LoginProfile {
        user_name: row.try_get("user_name")?,
        create_date: row.try_get("create_date")?,
        password_reset_required: row.try_get("password_reset_required")?,
        changed_at: row.try_get("changed_at")?,
        password_hash: Secret::new(row.try_get("password_hash")?),
    })
}

pub async fn update(conn: &Conn, profile: &LoginProfile) -> Result<()> {
    rules::login_profile(profile)?;
    let mut guard = conn.write().await?;
    let done = query(
        "update login_profiles l set password_hash = $3, password_reset_required = $4, changed_at = $5
         from users u where u.tenant_id = $1 and u.name_key = $2 and l.tenant_id = $1 and l.user_id = u.id",
    )
    .bind(conn.tenant())
    .bind(name_key(&profile.user_name))
    .bind(profile.password_hash.expose())
    .bind(profile.password_reset_required)
    .bind(profile.changed_at)
    .execute(&mut *guard)
    .await
    .map_err(about(&profile.user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("login profile", &profile.user_name));
    }
    guard.done().await
}

pub async fn delete(conn: &Conn, user_name: &str) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = query(
        "delete from login_profiles l using users u
         where u.tenant_id = $1 and u.name_key = $2 and l.tenant_id = $1 and l.user_id = u.id",
    )
    .bind(conn.tenant())
    .bind(name_key(user_name))
    .execute(&mut *guard)
    .await
    .map_err(about(user_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("login profile", user_name));
    }
    guard.done().await
}
