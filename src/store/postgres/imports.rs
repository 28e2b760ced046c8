//! The part for imports on Postgres: marks and provider accounts here, whole entities in files of their own.

use std::collections::HashMap;

use async_trait::async_trait;
use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use super::common::exact_key;
use super::conn::{Conn, about};
use super::fresh_plan::{query, query_as};
use super::{whole_find, whole_put};
use crate::store::provider::NativeKind;
use crate::store::traits::{Held, ImportMark, ImportStore, PutWhole, VisitMark, WholeKey};
use crate::store::{AmiError, Result, rules};

/// Imports of a tenant, on Postgres.
pub struct PostgresImportStore {
    conn: Conn,
    /// Of each kind, how many were put, and how many when the database last counted.
    put: HashMap<NativeKind, (usize, usize)>,
}

/// With fewer rows any plan does.
const FIRST_COUNT: usize = 500;

impl PostgresImportStore {
    /// Imports of the tenant that `conn` is in.
    pub(super) fn new(conn: Conn) -> Self {
        Self { conn, put: HashMap::new() }
    }

    /// Has the database count a table anew whenever eight times as much was put as the last time.
    async fn count(&mut self, kind: NativeKind, more: usize) -> Result<()> {
        let (put, counted) = self.put.entry(kind).or_default();
        *put += more;
        if *put < FIRST_COUNT.max(*counted * 8) {
            return Ok(());
        }
        *counted = *put;
        let mut guard = self.conn.write().await?;
        query("select wami_refresh_statistics($1)")
            .bind(whole_find::table(kind))
            .execute(&mut *guard)
            .await
            .map_err(about(whole_find::table(kind)))?;
        guard.done().await
    }
}

#[async_trait]
impl ImportStore for PostgresImportStore {
    async fn find_whole(&self, kind: NativeKind, keys: &[WholeKey], lock: bool) -> Result<Vec<Held>> {
        whole_find::find(&self.conn, kind, keys, lock).await
    }
    async fn put_whole(&mut self, items: &[PutWhole]) -> Result<()> {
        self.conn.retried(|| Box::pin(whole_put::put(&self.conn, items))).await?;
        match items.first() {
            Some(item) => self.count(item.whole.body.kind(), items.len()).await,
            None => Ok(()),
        }
    }
    async fn find_marks(&self, arns: &[String]) -> Result<Vec<ImportMark>> {
        find(&self.conn, arns).await
    }
    async fn each_mark(&self, account_id: &str, visit: VisitMark<'_>) -> Result<()> {
        each(&self.conn, account_id, visit).await
    }
    async fn put_marks(&mut self, marks: &[ImportMark]) -> Result<()> {
        self.conn.retried(|| Box::pin(put(&self.conn, marks))).await
    }
    async fn remove_marks(&mut self, arns: &[String]) -> Result<()> {
        self.conn.retried(|| Box::pin(remove(&self.conn, arns))).await
    }
    async fn list_provider_accounts(&self) -> Result<Vec<(String, String)>> {
        accounts(&self.conn).await
    }
    async fn add_provider_account(&mut self, provider: &str, account_id: &str) -> Result<()> {
        self.conn.retried(|| Box::pin(add_account(&self.conn, provider, account_id))).await
    }
}

fn mark_of(row: &PgRow) -> Result<ImportMark> {
    let kind: &str = row.try_get("kind")?;
    let kind = NativeKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let content: &[u8] = row.try_get("content")?;
    Ok(ImportMark {
        kind: kind.ok_or_else(|| AmiError::InternalError { message: "a mark of an unknown kind".into() })?,
        arn: row.try_get("arn")?,
        account_id: row.try_get("account_id")?,
        name: row.try_get("name")?,
        content: content.as_chunks().0.to_vec(),
    })
}

async fn find(conn: &Conn, arns: &[String]) -> Result<Vec<ImportMark>> {
    let mut guard = conn.read().await?;
    let rows =
        query(
            "select m.* from unnest($2::text[]) k (arn) cross join lateral (
                 select kind, arn, account_id, name, content from import_marks where tenant_id = $1 and arn = k.arn limit 1) m",
        )
            .bind(conn.tenant())
            .bind(arns.iter().map(|arn| exact_key(arn)).collect::<Vec<_>>())
            .fetch_all(&mut *guard)
            .await
            .map_err(about("import mark"))?;
    guard.done().await?;
    rows.iter().map(mark_of).collect()
}

async fn each(conn: &Conn, account_id: &str, visit: VisitMark<'_>) -> Result<()> {
    // One for each kind, since each has a table of its own. A mark's name is collated otherwise than an entity's, and by
    // another collation no index would be used.
    let held = NativeKind::ALL.map(|kind| {
        let (word, table) = (kind.as_str(), whole_find::table(kind));
        format!("select id from {table} where m.kind = '{word}' and tenant_id = $1 and arn = m.arn collate \"default\"")
    });
    let mut guard = conn.read().await?;
    let mut rows = query(AssertSqlSafe(format!(
        "select m.kind, m.arn, m.account_id, m.name, m.content, held.id from import_marks m
         cross join lateral (select * from ({}) any_kind limit 1) held
         where m.tenant_id = $1 and m.account_id = $2 order by m.arn",
        held.join(" union all ")
    )))
    .bind(conn.tenant())
    .bind(account_id)
    .fetch(&mut *guard);
    while let Some(row) = rows.try_next().await.map_err(about("import mark"))? {
        visit(mark_of(&row)?, row.try_get("id")?);
    }
    drop(rows);
    guard.done().await
}

async fn put(conn: &Conn, marks: &[ImportMark]) -> Result<()> {
    let column = |text: fn(&ImportMark) -> String| marks.iter().map(text).collect::<Vec<_>>();
    let mut guard = conn.write().await?;
    query(
        "insert into import_marks (tenant_id, arn, kind, account_id, name, content)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])
         on conflict (tenant_id, arn) do update
             set kind = excluded.kind, account_id = excluded.account_id, name = excluded.name, content = excluded.content",
    )
    .bind(conn.tenant())
    .bind(column(|mark| mark.arn.clone()))
    .bind(column(|mark| mark.kind.as_str().to_owned()))
    .bind(column(|mark| mark.account_id.clone()))
    .bind(column(|mark| mark.name.clone()))
    .bind(marks.iter().map(|mark| mark.content.concat()).collect::<Vec<Vec<u8>>>())
    .execute(&mut *guard)
    .await
    .map_err(about("import mark"))?;
    guard.done().await
}

async fn remove(conn: &Conn, arns: &[String]) -> Result<()> {
    let mut guard = conn.write().await?;
    query("delete from import_marks where tenant_id = $1 and arn = any($2)")
        .bind(conn.tenant())
        .bind(arns.iter().map(|arn| exact_key(arn)).collect::<Vec<_>>())
        .execute(&mut *guard)
        .await
        .map_err(about("import mark"))?;
    guard.done().await
}

async fn accounts(conn: &Conn) -> Result<Vec<(String, String)>> {
    let mut guard = conn.read().await?;
    let rows = query_as(
        "select provider, account_id from tenant_provider_accounts where tenant_id = $1
         order by provider collate \"C\", account_id collate \"C\"",
    )
    .bind(conn.tenant())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("provider account"))?;
    guard.done().await?;
    Ok(rows)
}

async fn add_account(conn: &Conn, provider: &str, account_id: &str) -> Result<()> {
    rules::provider_account(provider, account_id)?;
    let mut guard = conn.write().await?;
    query(
        "insert into tenant_provider_accounts (tenant_id, provider, account_id) values ($1, $2, $3)
         on conflict do nothing",
    )
    .bind(conn.tenant())
    .bind(provider)
    .bind(account_id)
    .execute(&mut *guard)
    .await
    .map_err(about(account_id))?;
    guard.done().await
}
