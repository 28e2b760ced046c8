//! Entities with everything that hangs on them, many at a time.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, query_as, query_scalar};
use uuid::Uuid;

use super::common::{exact_key, name_key};
use super::conn::{Conn, Guard, about};
use super::entity::{Kind, stored_of};
use super::owners::tables;
use crate::iam::{InlinePolicy, OwnerKind, PolicyVersion, Stored};
use crate::store::Result;
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, Whole, WholeKey};

/// The table of a kind.
pub const fn table(kind: NativeKind) -> &'static str {
    match kind {
        NativeKind::User => "users",
        NativeKind::Group => "groups",
        NativeKind::Role => "roles",
        NativeKind::Policy => "policies",
    }
}

/// The kind as an owner of policies; policies own none.
pub const fn owner_kind(kind: NativeKind) -> Option<OwnerKind> {
    match kind {
        NativeKind::User => Some(OwnerKind::User),
        NativeKind::Group => Some(OwnerKind::Group),
        NativeKind::Role => Some(OwnerKind::Role),
        NativeKind::Policy => None,
    }
}

pub async fn find(conn: &Conn, kind: NativeKind, keys: &[WholeKey], lock: bool) -> Result<Vec<Held>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let ids = ids(&mut guard, tenant, kind, keys, lock).await?;
    if ids.is_empty() {
        guard.done().await?;
        return Ok(vec![]);
    }
    let mut held = match kind {
        NativeKind::User => bare(&mut guard, tenant, &ids, Body::User).await?,
        NativeKind::Group => bare(&mut guard, tenant, &ids, Body::Group).await?,
        NativeKind::Role => bare(&mut guard, tenant, &ids, Body::Role).await?,
        NativeKind::Policy => {
            let mut held = bare(&mut guard, tenant, &ids, |policy| Body::Policy(policy, vec![])).await?;
            let mut all = versions(&mut guard, tenant, &ids).await?;
            for held in &mut held {
                if let Body::Policy(_, versions) = &mut held.whole.body {
                    *versions = all.remove(&held.id).unwrap_or_default();
                }
            }
            held
        }
    };
    if let Some(owner) = owner_kind(kind) {
        hang(&mut guard, tenant, owner, &ids, &mut held).await?;
    }
    guard.done().await?;
    Ok(held)
}

/// The entities of these ids, without what hangs on them.
async fn bare<T: Kind>(guard: &mut Guard, tenant: Uuid, ids: &[Uuid], body: fn(T) -> Body) -> Result<Vec<Held>> {
    let rows = T::LIST.of_ids(guard, tenant, ids).await?;
    let held = |row: &PgRow| {
        let stored: Stored<T> = stored_of(row, tenant)?;
        let whole = Whole { body: body(stored.value), groups: vec![], attached: vec![], inline: vec![] };
        Ok(Held { id: stored.id.uuid(), version: stored.version, whole })
    };
    rows.iter().map(held).collect()
}

/// Each key by an index of its own: together they would be looked up by a scan.
async fn ids(guard: &mut Guard, tenant: Uuid, kind: NativeKind, keys: &[WholeKey], lock: bool) -> Result<Vec<Uuid>> {
    let table = table(kind);
    let own = if kind == NativeKind::Policy { " and not is_aws_managed" } else { "" };
    let lock = if lock { " order by id for no key update" } else { "" };
    query_scalar(AssertSqlSafe(format!(
        "select id from {table} where tenant_id = $1 and id in (
             select id from {table} where tenant_id = $1 and arn = any($2)
             union select id from {table} where tenant_id = $1 and {kind}_id = any($3)
             union select id from {table} where tenant_id = $1 and name_key = any($4){own}){lock}",
        kind = kind.as_str()
    )))
    .bind(tenant)
    .bind(keys.iter().map(|key| exact_key(&key.arn)).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| exact_key(&key.stable_id)).collect::<Vec<_>>())
    .bind(keys.iter().filter_map(|key| key.name.as_deref().map(name_key)).collect::<Vec<_>>())
    .fetch_all(&mut **guard)
    .await
    .map_err(about(table))
}

async fn versions(guard: &mut Guard, tenant: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<PolicyVersion>>> {
    let rows: Vec<(Uuid, i32, String, chrono::DateTime<chrono::Utc>, bool)> = query_as(
        "with mine as (
             select v.policy_id, v.version_no, v.document_hash, v.create_date,
                 v.version_no is not distinct from p.default_version_no as is_default
             from policy_versions v join policies p on p.tenant_id = $1 and p.id = v.policy_id
             where v.tenant_id = $1 and v.policy_id = any($2))
         select m.policy_id, m.version_no, d.text, m.create_date, m.is_default from mine m
         join wami_documents(array(select document_hash from mine)) d on d.hash = m.document_hash
         order by m.version_no",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(&mut **guard)
    .await
    .map_err(about("policy version"))?;
    let mut versions: HashMap<Uuid, Vec<PolicyVersion>> = HashMap::new();
    for (policy, number, document, create_date, is_default_version) in rows {
        let version = PolicyVersion { version_id: format!("v{number}"), document, is_default_version, create_date };
        versions.entry(policy).or_default().push(version);
    }
    Ok(versions)
}

/// Puts to each entity what hangs on it, in order.
async fn hang(guard: &mut Guard, tenant: Uuid, owner: OwnerKind, ids: &[Uuid], held: &mut [Held]) -> Result<()> {
    let tables = tables(owner);
    let mut by_id: HashMap<Uuid, &mut Whole> = held.iter_mut().map(|held| (held.id, &mut held.whole)).collect();
    let attached: Vec<(Uuid, String)> = query_as(AssertSqlSafe(format!(
        "select a.owner_id, p.arn from {} a join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id
         where a.tenant_id = $1 and a.owner_id = any($2) order by p.arn collate \"C\"",
        tables.policies
    )))
    .bind(tenant)
    .bind(ids)
    .fetch_all(&mut **guard)
    .await
    .map_err(about("attached policy"))?;
    for (id, arn) in attached {
        by_id.get_mut(&id).into_iter().for_each(|whole| whole.attached.push(arn.clone()));
    }
    let inline: Vec<(Uuid, String, String)> = query_as(AssertSqlSafe(format!(
        "with mine as (
             select i.owner_id, i.policy_name, i.document_hash from {} i where i.tenant_id = $1 and i.owner_id = any($2))
         select m.owner_id, m.policy_name, d.text from mine m
         join wami_documents(array(select document_hash from mine)) d on d.hash = m.document_hash
         order by m.policy_name collate \"C\"",
        tables.inline
    )))
    .bind(tenant)
    .bind(ids)
    .fetch_all(&mut **guard)
    .await
    .map_err(about("inline policy"))?;
    for (id, policy_name, policy_document) in inline {
        let policy = InlinePolicy { policy_name, policy_document };
        by_id.get_mut(&id).into_iter().for_each(|whole| whole.inline.push(policy.clone()));
    }
    if owner == OwnerKind::User {
        let groups: Vec<(Uuid, String)> = query_as(
            "select m.user_id, g.group_name from group_members m
             join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
             where m.tenant_id = $1 and m.user_id = any($2) order by g.name_key",
        )
        .bind(tenant)
        .bind(ids)
        .fetch_all(&mut **guard)
        .await
        .map_err(about("membership"))?;
        for (id, name) in groups {
            by_id.get_mut(&id).into_iter().for_each(|whole| whole.groups.push(name.clone()));
        }
    }
    Ok(())
}
