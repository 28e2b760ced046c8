//! The console's state in Postgres, under the role `wami_session`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row, query, query_as, query_scalar};
use uuid::Uuid;

use super::{ConsoleStore, Failures, Link, LinkPurpose, SecretHash, SessionRow, SessionView};
use crate::store::scope::ActorKey;
use crate::store::{AmiError, Result};
use crate::wire::Id;

/// See the [module](self).
pub struct PostgresConsoleStore {
    pool: PgPool,
}

impl PostgresConsoleStore {
    /// On a pool of connections of the role `wami_session`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Runs a statement; gives how many rows it met.
    async fn run(&self, statement: Query<'_, Postgres, PgArguments>) -> Result<u64> {
        statement.execute(&self.pool).await.map(|done| done.rows_affected()).map_err(failed)
    }

    /// The row that a query gives, if any.
    async fn row(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Option<PgRow>> {
        query.fetch_optional(&self.pool).await.map_err(failed)
    }
}

fn failed(error: sqlx::Error) -> AmiError {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => {
            AmiError::Unavailable { source: Box::new(error) }
        }
        error => AmiError::Backend { source: Box::new(error) },
    }
}

fn actor_of(row: &PgRow) -> Result<Option<ActorKey>, sqlx::Error> {
    key_of(row, "tenant_id", "user_id")
}

fn key_of(row: &PgRow, tenant: &str, user: &str) -> Result<Option<ActorKey>, sqlx::Error> {
    let (tenant, user): (Option<Uuid>, Option<Uuid>) = (row.try_get(tenant)?, row.try_get(user)?);
    Ok(tenant.zip(user).map(|(tenant, user)| ActorKey { tenant_id: Id::new(tenant), user_id: Id::new(user) }))
}

fn session_of(id_hash: &SecretHash, row: &PgRow) -> Result<SessionRow, sqlx::Error> {
    Ok(SessionRow {
        id_hash: *id_hash,
        public_id: row.try_get("public_id")?,
        data: row.try_get("data")?,
        actor: actor_of(row)?,
        source_ip: row.try_get("source_ip")?,
        user_agent: row.try_get("user_agent")?,
        created_at: row.try_get("created_at")?,
        seen_at: row.try_get("seen_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

fn view_of(row: &PgRow) -> Result<SessionView, sqlx::Error> {
    Ok(SessionView {
        public_id: row.try_get("public_id")?,
        source_ip: row.try_get("source_ip")?,
        user_agent: row.try_get("user_agent")?,
        created_at: row.try_get("created_at")?,
        seen_at: row.try_get("seen_at")?,
    })
}

fn link_of(token_hash: &SecretHash, row: &PgRow) -> Result<Link, sqlx::Error> {
    Ok(Link {
        token_hash: *token_hash,
        purpose: match row.try_get("purpose")? {
            "setup" => LinkPurpose::Setup,
            "invitation" => LinkPurpose::Invitation,
            _ => LinkPurpose::Reset,
        },
        user: actor_of(row)?,
        maker: key_of(row, "maker_tenant_id", "maker_id")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

#[async_trait]
impl ConsoleStore for PostgresConsoleStore {
    async fn insert_session(&self, row: &SessionRow) -> Result<bool> {
        let statement = query(
            "insert into console.sessions
                 (id_hash, public_id, data, tenant_id, user_id, source_ip, user_agent, created_at, seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id_hash) do nothing",
        )
        .bind(row.id_hash)
        .bind(row.public_id)
        .bind(&row.data)
        .bind(row.actor.map(|actor| actor.tenant_id.uuid()))
        .bind(row.actor.map(|actor| actor.user_id.uuid()))
        .bind(&row.source_ip)
        .bind(&row.user_agent)
        .bind(row.created_at)
        .bind(row.seen_at)
        .bind(row.expires_at);
        Ok(self.run(statement).await? == 1)
    }

    async fn find_session(&self, id_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<SessionRow>> {
        let found = query(
            "select public_id, data, tenant_id, user_id, source_ip, user_agent, created_at, seen_at, expires_at
             from console.sessions where id_hash = $1 and expires_at > $2",
        )
        .bind(id_hash)
        .bind(now);
        self.row(found).await?.map(|row| session_of(id_hash, &row)).transpose().map_err(failed)
    }

    async fn update_session(&self, row: &SessionRow) -> Result<()> {
        let statement = query(
            "update console.sessions set data = $2, tenant_id = $3, user_id = $4, source_ip = $5, user_agent = $6,
                 seen_at = $7, expires_at = $8
             where id_hash = $1",
        )
        .bind(row.id_hash)
        .bind(&row.data)
        .bind(row.actor.map(|actor| actor.tenant_id.uuid()))
        .bind(row.actor.map(|actor| actor.user_id.uuid()))
        .bind(&row.source_ip)
        .bind(&row.user_agent)
        .bind(row.seen_at)
        .bind(row.expires_at);
        self.run(statement).await.map(drop)
    }

    async fn delete_session(&self, id_hash: &SecretHash) -> Result<()> {
        let statement = query("delete from console.sessions where id_hash = $1").bind(id_hash);
        self.run(statement).await.map(drop)
    }

    async fn list_sessions(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<SessionView>> {
        let rows = query(
            "select public_id, source_ip, user_agent, created_at, seen_at from console.sessions
             where tenant_id = $1 and user_id = $2 and expires_at > $3 order by seen_at desc, public_id desc limit 200",
        )
        .bind(actor.tenant_id.uuid())
        .bind(actor.user_id.uuid())
        .bind(now)
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows.iter().map(view_of).collect::<Result<_, _>>().map_err(failed)
    }

    async fn revoke_session(&self, actor: ActorKey, public_id: Uuid) -> Result<bool> {
        let statement = query("delete from console.sessions where tenant_id = $1 and user_id = $2 and public_id = $3")
            .bind(actor.tenant_id.uuid())
            .bind(actor.user_id.uuid())
            .bind(public_id);
        Ok(self.run(statement).await? == 1)
    }

    async fn revoke_sessions(&self, actor: ActorKey, except: Option<Uuid>) -> Result<u64> {
        let statement = query(
            "delete from console.sessions where tenant_id = $1 and user_id = $2 and public_id is distinct from $3",
        )
        .bind(actor.tenant_id.uuid())
        .bind(actor.user_id.uuid())
        .bind(except);
        self.run(statement).await
    }

    async fn put_flash(&self, id_hash: &SecretHash, path: &str, data: &Value, expires_at: DateTime<Utc>) -> Result<()> {
        let statement = query(
            "insert into console.flashes (id_hash, path, data, expires_at) values ($1, $2, $3, $4)
             on conflict (id_hash) do update set path = excluded.path, data = excluded.data, expires_at = excluded.expires_at",
        )
        .bind(id_hash)
        .bind(path)
        .bind(data)
        .bind(expires_at);
        self.run(statement).await.map(drop)
    }

    async fn take_flash(&self, id_hash: &SecretHash, path: &str, now: DateTime<Utc>) -> Result<Option<Value>> {
        query_scalar("delete from console.flashes where id_hash = $1 and path = $2 and expires_at > $3 returning data")
            .bind(id_hash)
            .bind(path)
            .bind(now)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)
    }

    async fn put_link(&self, link: &Link) -> Result<()> {
        let statement = query(
            "with old as (
                 delete from console.links
                 where purpose = $2 and tenant_id is not distinct from $3 and user_id is not distinct from $4)
             insert into console.links
                 (token_hash, purpose, tenant_id, user_id, maker_tenant_id, maker_id, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(link.token_hash)
        .bind(link.purpose.as_str())
        .bind(link.user.map(|user| user.tenant_id.uuid()))
        .bind(link.user.map(|user| user.user_id.uuid()))
        .bind(link.maker.map(|maker| maker.tenant_id.uuid()))
        .bind(link.maker.map(|maker| maker.user_id.uuid()))
        .bind(link.created_at)
        .bind(link.expires_at);
        self.run(statement).await.map(drop)
    }

    async fn find_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>> {
        let found = query(
            "select purpose, tenant_id, user_id, maker_tenant_id, maker_id, created_at, expires_at from console.links
             where token_hash = $1 and expires_at > $2",
        )
        .bind(token_hash)
        .bind(now);
        self.row(found).await?.map(|row| link_of(token_hash, &row)).transpose().map_err(failed)
    }

    async fn take_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>> {
        let found = query(
            "delete from console.links where token_hash = $1 and expires_at > $2
             returning purpose, tenant_id, user_id, maker_tenant_id, maker_id, created_at, expires_at",
        )
        .bind(token_hash)
        .bind(now);
        self.row(found).await?.map(|row| link_of(token_hash, &row)).transpose().map_err(failed)
    }

    async fn delete_links(&self, user: ActorKey) -> Result<()> {
        let statement = query("delete from console.links where tenant_id = $1 and user_id = $2")
            .bind(user.tenant_id.uuid())
            .bind(user.user_id.uuid());
        self.run(statement).await.map(drop)
    }

    async fn delete_setup_links(&self) -> Result<()> {
        let statement = query("delete from console.links where purpose = 'setup'");
        self.run(statement).await.map(drop)
    }

    async fn failures(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<Failures> {
        let row: Option<(i32, DateTime<Utc>)> = query_as(
            "select failures, last_failure_at from console.throttles
             where key_hash = $1 and last_failure_at > $2::timestamptz - interval '1 hour'",
        )
        .bind(key)
        .bind(now)
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        Ok(row.map_or_else(Failures::default, |(count, last)| Failures {
            count: u32::try_from(count).unwrap_or(0),
            last_at: Some(last),
        }))
    }

    async fn count_failure(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<()> {
        let statement = query(
            "insert into console.throttles as t (key_hash, failures, last_failure_at) values ($1, 1, $2)
             on conflict (key_hash) do update set last_failure_at = excluded.last_failure_at,
                 failures = case when t.last_failure_at > excluded.last_failure_at - interval '1 hour'
                     then least(t.failures + 1, 1000000) else 1 end",
        )
        .bind(key)
        .bind(now);
        self.run(statement).await.map(drop)
    }

    async fn clear_failures(&self, key: &SecretHash) -> Result<()> {
        let statement = query("delete from console.throttles where key_hash = $1").bind(key);
        self.run(statement).await.map(drop)
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64> {
        let done = query_scalar::<_, i64>(
            "with s as (delete from console.sessions where expires_at <= $1 returning 1),
                  f as (delete from console.flashes where expires_at <= $1 returning 1),
                  l as (delete from console.links where expires_at <= $1 returning 1),
                  t as (delete from console.throttles where last_failure_at <= $1::timestamptz - interval '1 hour' returning 1)
             select (select count(*) from s) + (select count(*) from f) + (select count(*) from l) + (select count(*) from t)",
        )
        .bind(now)
        .fetch_one(&self.pool)
        .await
        .map_err(failed)?;
        Ok(u64::try_from(done).unwrap_or(0))
    }
}
