//! Guardrails of the tenant of a handle.

use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_scalar};

use super::common::{exact_key, put_document};
use super::conn::{Conn, Guard, about};
use crate::store::{AmiError, Result, rules};
use crate::tenant::Guardrail;

fn guardrail_of(row: &PgRow) -> Result<Guardrail> {
    Ok(Guardrail { name: row.try_get("name")?, document: row.try_get("text")?, created_at: row.try_get("created_at")? })
}

/// A name of any script as its key.
fn key(name: &str) -> String {
    exact_key(name).to_lowercase()
}

pub async fn list(conn: &Conn) -> Result<Vec<Guardrail>> {
    let mut guard = conn.read().await?;
    let rows = query(
        "with mine as (select g.name, g.name_key, g.document_hash, g.created_at from guardrails g where g.tenant_id = $1)
         select m.name, d.text, m.created_at from mine m
         join wami_documents(array(select document_hash from mine)) d on d.hash = m.document_hash order by m.name_key",
    )
    .bind(conn.tenant())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("guardrail"))?;
    guard.done().await?;
    rows.iter().map(guardrail_of).collect()
}

pub async fn put(conn: &Conn, guardrail: &Guardrail) -> Result<()> {
    rules::guardrail(guardrail)?;
    let mut guard = conn.write().await?;
    let hash = put_document(&mut guard, &guardrail.document).await?;
    query(
        "insert into guardrails (tenant_id, name_key, name, document_hash, created_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, name_key) do update set name = excluded.name, document_hash = excluded.document_hash",
    )
    .bind(conn.tenant())
    .bind(guardrail.name.to_lowercase())
    .bind(&guardrail.name)
    .bind(hash)
    .bind(guardrail.created_at)
    .execute(&mut *guard)
    .await
    .map_err(about(&guardrail.name))?;
    guard.done().await
}

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let mut guard = conn.write().await?;
    lock(conn, &mut guard).await?;
    let done = query("delete from guardrails where tenant_id = $1 and name_key = $2")
        .bind(conn.tenant())
        .bind(key(name))
        .execute(&mut *guard)
        .await
        .map_err(about(name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("guardrail", name));
    }
    keeps_one(conn, &mut guard).await?;
    guard.done().await
}

pub async fn set_allow_all(conn: &Conn, on: bool) -> Result<()> {
    let mut guard = conn.write().await?;
    query(
        "update tenants set allow_all_guardrail = $2, row_version = row_version + 1, updated_at = $3
         where id = $1 and allow_all_guardrail <> $2",
    )
    .bind(conn.tenant())
    .bind(on)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about("guardrail"))?;
    keeps_one(conn, &mut guard).await?;
    guard.done().await
}

/// One change at a time, so that two of them do not each leave the other's for the last.
async fn lock(conn: &Conn, guard: &mut Guard) -> Result<()> {
    query("select from tenants where id = $1 for no key update")
        .bind(conn.tenant())
        .execute(&mut **guard)
        .await
        .map_err(about("tenant"))?;
    Ok(())
}

async fn keeps_one(conn: &Conn, guard: &mut Guard) -> Result<()> {
    let is_guarded: bool = query_scalar(
        "select exists (select from guardrails g where g.tenant_id = $1)
             or exists (select from tenants t where t.id = $1 and t.allow_all_guardrail)",
    )
    .bind(conn.tenant())
    .fetch_one(&mut **guard)
    .await
    .map_err(about("guardrail"))?;
    if is_guarded {
        return Ok(());
    }
    Err(AmiError::UnmodifiableEntity {
        resource: "guardrail".into(),
        reason: "A tenant keeps at least one guardrail: without any, nothing would be allowed below it.".into(),
    })
}
