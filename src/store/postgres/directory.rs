//! The cross-tenant questions, each one call of a function of the closed list.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::{PgExecutor, PgRow};
use uuid::Uuid;

use super::PostgresBackend;
use super::common::name_key;
use super::conn::about;
use super::narrow::pattern;
use super::tree::ref_of;
use crate::iam::Group;
use crate::sso_admin::Reach;
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::{AccessEntry, AuthorityRow, AuthoritySource, Directory, GroupGrant, SignInEntry, TenantHit};
use crate::store::{ActorKey, AmiError, Result};
use crate::tenant::{TenantId, TenantPath, TenantRef};
use crate::wire::Id;

impl PostgresBackend {
    async fn refs(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, TenantRef>> {
        let rows = sqlx::query("select id, path, account_id, display_name, suspended from wami_tenant_refs($1)")
            .bind(ids)
            .fetch_all(&self.shared.app)
            .await
            .map_err(about("tenant"))?;
        rows.iter().map(|row| ref_of(row).map(|tenant| (tenant.id.uuid(), tenant))).collect()
    }
}

pub(super) fn entry_of(row: &PgRow) -> Result<SignInEntry> {
    Ok(SignInEntry {
        tenant: ref_of(row)?,
        user_id: Id::new(row.try_get("user_id")?),
        user_name: row.try_get("user_name")?,
        enabled: row.try_get("enabled")?,
    })
}

fn reach_of(stored: &str) -> Reach {
    if stored == Reach::Subtree.as_str() { Reach::Subtree } else { Reach::Tenant }
}

fn hash_of(row: &PgRow) -> Result<Option<DocumentHash>> {
    let hash: Option<Vec<u8>> = row.try_get("document_hash")?;
    Ok(hash.and_then(|hash| DocumentHash::try_from(hash).ok()))
}

pub(super) fn authority_of(row: &PgRow) -> Result<AuthorityRow> {
    let source: &str = row.try_get("source")?;
    let assignment = || row.try_get::<Option<Uuid>, _>("assignment_id").map(Option::unwrap_or_default);
    let via = || row.try_get::<Option<String>, _>("via").map(Option::unwrap_or_default);
    let source = match source {
        "guardrail" => {
            let depth: Option<i32> = row.try_get("depth")?;
            AuthoritySource::Guardrail { depth: usize::try_from(depth.unwrap_or(0)).unwrap_or(0) }
        }
        "own" => AuthoritySource::Own,
        "group" => AuthoritySource::Group { group: via()? },
        "own_boundary" => AuthoritySource::OwnBoundary,
        "set" => AuthoritySource::Set {
            assignment: assignment()?,
            set: via()?,
            reach: reach_of(row.try_get("reach")?),
            expires_at: row.try_get("expires_at")?,
            requires_elevation: row.try_get("requires_elevation")?,
            session_seconds: row.try_get("session_seconds")?,
        },
        "set_boundary" => AuthoritySource::SetBoundary { assignment: assignment()? },
        other => {
            return Err(AmiError::InternalError { message: format!("unknown source of authority {other}") });
        }
    };
    let policy: Option<String> = row.try_get("policy")?;
    Ok(AuthorityRow { source, policy: policy.unwrap_or_default(), document: hash_of(row)? })
}

/// The texts at addresses, on whatever connection.
pub(super) async fn documents(on: impl PgExecutor<'_>, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>> {
    let asked: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    let rows: Vec<(Vec<u8>, String)> = sqlx::query_as("select hash, text from wami_documents($1)")
        .bind(&asked)
        .fetch_all(on)
        .await
        .map_err(about("document"))?;
    let found: HashMap<Vec<u8>, Arc<str>> = rows.into_iter().map(|(hash, text)| (hash, Arc::from(text))).collect();
    Ok(hashes.iter().map(|hash| found.get(hash.as_slice()).cloned()).collect())
}

#[async_trait]
impl Directory for PostgresBackend {
    async fn resolve(&self, path: &TenantPath) -> Result<Option<TenantRef>> {
        let row = sqlx::query(
            "select id, path, account_id, display_name, suspended from wami_tenant_refs(array[wami_resolve($1)])",
        )
        .bind(path.as_str())
        .fetch_optional(&self.shared.app)
        .await
        .map_err(about("tenant"))?;
        row.map(|row| ref_of(&row)).transpose()
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<TenantRef>> {
        Ok(self.refs(&[id.uuid()]).await?.remove(&id.uuid()))
    }

    async fn sign_in_entry(&self, path: &TenantPath, user_name: &str) -> Result<Option<SignInEntry>> {
        let row = sqlx::query(
            "select r.id, r.path, r.account_id, r.display_name, r.suspended, e.user_id, e.user_name, e.enabled
             from wami_sign_in_entry($1, $2) e, wami_tenant_refs(array[e.tenant_id]) r",
        )
        .bind(path.as_str())
        .bind(name_key(user_name))
        .fetch_optional(&self.shared.app)
        .await
        .map_err(about("user"))?;
        row.map(|row| entry_of(&row)).transpose()
    }

    async fn user_entry(&self, actor: ActorKey) -> Result<Option<SignInEntry>> {
        let row = sqlx::query(
            "select r.id, r.path, r.account_id, r.display_name, r.suspended, e.user_id, e.user_name, e.enabled
             from wami_user_entry($1, $2) e, wami_tenant_refs(array[e.tenant_id]) r",
        )
        .bind(actor.tenant_id.uuid())
        .bind(actor.user_id.uuid())
        .fetch_optional(&self.shared.app)
        .await
        .map_err(about("user"))?;
        row.map(|row| entry_of(&row)).transpose()
    }

    async fn authority(&self, actor: ActorKey, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<AuthorityRow>> {
        let rows = sqlx::query(
            "select source, depth, assignment_id, via, expires_at, requires_elevation, session_seconds, reach, policy, document_hash
             from wami_authority($1, $2, $3, $4)",
        )
            .bind(actor.tenant_id.uuid())
            .bind(actor.user_id.uuid())
            .bind(tenant.uuid())
            .bind(now)
            .fetch_all(&self.shared.app)
            .await
            .map_err(about("authority"))?;
        rows.iter().map(authority_of).collect()
    }

    async fn authority_at(
        &self,
        actor: ActorKey,
        path: &TenantPath,
        now: DateTime<Utc>,
    ) -> Result<Option<(TenantRef, Vec<AuthorityRow>)>> {
        let rows = sqlx::query(
            "select r.id, r.path, r.account_id, r.display_name, r.suspended,
                 a.source, a.depth, a.assignment_id, a.via, a.expires_at, a.requires_elevation, a.session_seconds, a.reach,
                 a.policy, a.document_hash
             from wami_tenant_refs(array[wami_resolve($3)]) r left join lateral wami_authority($1, $2, r.id, $4) a on true",
        )
        .bind(actor.tenant_id.uuid())
        .bind(actor.user_id.uuid())
        .bind(path.as_str())
        .bind(now)
        .fetch_all(&self.shared.app)
        .await
        .map_err(about("authority"))?;
        let Some(tenant) = rows.first().map(ref_of).transpose()? else { return Ok(None) };
        let mut authority = Vec::with_capacity(rows.len());
        for row in &rows {
            // The tenant's own row comes alone when nothing at all bears on the actor there.
            if row.try_get::<Option<&str>, _>("source")?.is_some() {
                authority.push(authority_of(row)?);
            }
        }
        Ok(Some((tenant, authority)))
    }

    async fn group_grants(&self, tenant: TenantId, group: Id<Group>, now: DateTime<Utc>) -> Result<Vec<GroupGrant>> {
        let rows = sqlx::query(
            "with grants as (select tenant_id, reach, policy, document_hash from wami_group_grants($1, $2, $3))
             select r.id, r.path, r.account_id, r.display_name, r.suspended, g.reach, g.policy, g.document_hash
             from grants g join wami_tenant_refs(array(select distinct tenant_id from grants)) r on r.id = g.tenant_id",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .bind(now)
        .fetch_all(&self.shared.app)
        .await
        .map_err(about("group"))?;
        let grant = |row: &PgRow| {
            Ok(GroupGrant {
                tenant: ref_of(row)?,
                reach: reach_of(row.try_get("reach")?),
                policy: row.try_get("policy")?,
                document: hash_of(row)?,
            })
        };
        rows.iter().map(grant).collect()
    }

    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>> {
        documents(&self.shared.app, hashes).await
    }

    async fn my_access(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<AccessEntry>> {
        let rows = sqlx::query(
            "with ways as (select tenant_id, set_name, via_group, reach, expires_at from wami_my_access($1, $2, $3))
             select r.id, r.path, r.account_id, r.display_name, r.suspended, w.set_name, w.via_group, w.reach, w.expires_at
             from ways w join wami_tenant_refs(array(select distinct tenant_id from ways)) r on r.id = w.tenant_id
             order by r.path collate \"C\", w.set_name collate \"C\" nulls first, w.via_group collate \"C\" nulls first limit 500",
        )
        .bind(actor.tenant_id.uuid())
        .bind(actor.user_id.uuid())
        .bind(now)
        .fetch_all(&self.shared.app)
        .await
        .map_err(about("access"))?;
        rows.iter()
            .map(|row| {
                Ok(AccessEntry {
                    tenant: ref_of(row)?,
                    set: row.try_get("set_name")?,
                    group: row.try_get("via_group")?,
                    reach: reach_of(row.try_get("reach")?),
                    expires_at: row.try_get("expires_at")?,
                })
            })
            .collect()
    }

    async fn search_tenants(
        &self,
        actor: ActorKey,
        text: &str,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantHit>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select path, display_name from wami_search_tenants($1, $2, $3, $4, $5)")
                .bind(actor.tenant_id.uuid())
                .bind(actor.user_id.uuid())
                .bind(pattern(text))
                .bind(i32::try_from(limit).unwrap_or(i32::MAX))
                .bind(now)
                .fetch_all(&self.shared.app)
                .await
                .map_err(about("tenant"))?;
        rows.into_iter()
            .map(|(path, display_name)| {
                let path = path
                    .parse()
                    .map_err(|_| AmiError::InternalError { message: "a stored tenant path cannot be read".into() })?;
                Ok(TenantHit { path, display_name })
            })
            .collect()
    }

    async fn count_administrators(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("select wami_count_administrators($1, $2)")
            .bind(tenant.uuid())
            .bind(now)
            .fetch_one(&self.shared.app)
            .await
            .map_err(about("administrators"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
