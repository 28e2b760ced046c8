//! Versions of managed policies.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_as};
use uuid::Uuid;

use super::common::{exact_key, hanging_on, put_document};
use super::conn::{Conn, Guard, about};
use crate::iam::PolicyVersion;
use crate::store::{AmiError, Result, rules};

/// A policy that is being changed.
#[derive(sqlx::FromRow)]
pub struct Locked {
    /// Its internal id.
    pub id: Uuid,
    /// The version in force; `None` while the document is unknown.
    pub default_version_no: Option<i32>,
    next_version_no: i32,
}

/// The policy of an ARN, locked: one change of its versions at a time, and no attachment while it may be deleted.
pub async fn lock(guard: &mut Guard, tenant: Uuid, arn: &str) -> Result<Locked> {
    let row = query_as(
        "select id, default_version_no, next_version_no from policies where tenant_id = $1 and arn = $2 for update",
    )
    .bind(tenant)
    .bind(exact_key(arn))
    .fetch_optional(&mut **guard)
    .await
    .map_err(about(arn))?;
    row.ok_or_else(|| AmiError::not_found("policy", arn))
}

fn number_of(version_id: &str) -> Result<i32> {
    PolicyVersion::number(version_id).ok_or_else(|| AmiError::not_found("policy version", version_id))
}

/// Adds a row; limits are the caller's business.
pub async fn insert(
    guard: &mut Guard,
    tenant: Uuid,
    policy: Uuid,
    number: i32,
    document: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let hash = put_document(guard, document).await?;
    query("insert into policy_versions (tenant_id, policy_id, version_no, document_hash, create_date) values ($1, $2, $3, $4, $5)")
        .bind(tenant)
        .bind(policy)
        .bind(number)
        .bind(hash)
        .bind(at)
        .execute(&mut **guard)
        .await
        .map_err(about(&format!("v{number}")))?;
    Ok(())
}

pub async fn create(
    conn: &Conn,
    arn: &str,
    document: &str,
    set_as_default: bool,
    number: Option<i32>,
) -> Result<PolicyVersion> {
    let (tenant, now) = (conn.tenant(), conn.shared.clock.now());
    rules::document("policy_document", document)?;
    let mut guard = conn.write().await?;
    let policy = lock(&mut guard, tenant, arn).await?;
    let number = number.unwrap_or(policy.next_version_no);
    rules::version_number(number)?;
    let (is_there, count): (bool, i64) = query_as(
        "select coalesce(bool_or(version_no = $3), false), count(*) from policy_versions where tenant_id = $1 and policy_id = $2",
    )
    .bind(tenant)
    .bind(policy.id)
    .bind(number)
    .fetch_one(&mut *guard)
    .await
    .map_err(about(arn))?;
    if is_there {
        return Err(AmiError::exists("policy version", &format!("v{number}"), "version_id"));
    }
    if count >= rules::MAX_VERSIONS as i64 {
        return Err(rules::limit_exceeded("versions of one policy", rules::MAX_VERSIONS));
    }
    insert(&mut guard, tenant, policy.id, number, document, now).await?;
    // The first document of a policy that was known by name only is in force at once.
    let is_default = set_as_default || policy.default_version_no.is_none();
    query(
        "update policies set next_version_no = greatest(next_version_no, $3 + 1), updated_at = $5, row_version = row_version + 1,
             default_version_no = case when $4 then $3 else default_version_no end,
             update_date = case when $4 then $5 else update_date end
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(policy.id)
    .bind(number)
    .bind(is_default)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(arn))?;
    guard.done().await?;
    Ok(PolicyVersion {
        version_id: format!("v{number}"),
        document: document.to_owned(),
        is_default_version: is_default,
        create_date: now,
    })
}

fn version_of(row: &PgRow) -> Result<PolicyVersion> {
    Ok(PolicyVersion {
        version_id: format!("v{}", row.try_get::<i32, _>("version_no")?),
        document: row.try_get("text")?,
        is_default_version: row.try_get("is_default")?,
        create_date: row.try_get("create_date")?,
    })
}

pub async fn get(conn: &Conn, arn: &str, version_id: &str) -> Result<Option<PolicyVersion>> {
    let Some(number) = PolicyVersion::number(version_id) else {
        return Ok(None);
    };
    let mut guard = conn.read().await?;
    let row = query(
        "select v.version_no, d.text, v.create_date, v.version_no is not distinct from p.default_version_no as is_default
         from policies p join policy_versions v on v.tenant_id = $1 and v.policy_id = p.id and v.version_no = $3,
             wami_documents(array[v.document_hash]) d
         where p.tenant_id = $1 and p.arn = $2",
    )
    .bind(conn.tenant())
    .bind(exact_key(arn))
    .bind(number)
    .fetch_optional(&mut *guard)
    .await
    .map_err(about(arn))?;
    guard.done().await?;
    row.as_ref().map(version_of).transpose()
}

pub async fn list(conn: &Conn, arn: &str) -> Result<Vec<PolicyVersion>> {
    let mut guard = conn.read().await?;
    let rows = query(
        "select v.version_no, v.text, v.create_date, v.version_no is not distinct from p.default_version_no as is_default,
             v.version_no is null as is_alone
         from policies p left join lateral (
             select v.version_no, d.text, v.create_date from policy_versions v, wami_documents(array[v.document_hash]) d
             where v.tenant_id = p.tenant_id and v.policy_id = p.id
         ) v on true
         where p.tenant_id = $1 and p.arn = $2 order by v.version_no desc",
    )
    .bind(conn.tenant())
    .bind(exact_key(arn))
    .fetch_all(&mut *guard)
    .await
    .map_err(about(arn))?;
    guard.done().await?;
    hanging_on(rows, "policy", arn)?.iter().map(version_of).collect()
}

pub async fn delete(conn: &Conn, arn: &str, version_id: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let policy = lock(&mut guard, tenant, arn).await?;
    let number = number_of(version_id)?;
    if policy.default_version_no == Some(number) {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("policy version {version_id}"),
            reason: "This is the default version. Make another one the default first.".into(),
        });
    }
    let done = query("delete from policy_versions where tenant_id = $1 and policy_id = $2 and version_no = $3")
        .bind(tenant)
        .bind(policy.id)
        .bind(number)
        .execute(&mut *guard)
        .await
        .map_err(about(version_id))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("policy version", version_id));
    }
    guard.done().await
}

pub async fn set_default(conn: &Conn, arn: &str, version_id: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let policy = lock(&mut guard, tenant, arn).await?;
    let number = number_of(version_id)?;
    let done = query(
        "update policies p set default_version_no = $3, update_date = $4, updated_at = $4, row_version = row_version + 1
         where p.tenant_id = $1 and p.id = $2
           and exists (select from policy_versions v where v.tenant_id = $1 and v.policy_id = $2 and v.version_no = $3)",
    )
    .bind(tenant)
    .bind(policy.id)
    .bind(number)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(version_id))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("policy version", version_id));
    }
    guard.done().await
}
