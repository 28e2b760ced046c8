//! Entities with everything that hangs on them, many at a time.
//!
//! Each key is looked up by itself: see [`fresh_plan`](super::fresh_plan).

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::common::{exact_key, name_key};
use super::conn::{Conn, Guard, about};
use super::entity::{Kind, stored_of};
use super::fresh_plan::{query_as, query_scalar};
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

/// The ids of what has one of the keys. Locked in the order of their ids, if at all.
async fn ids(guard: &mut Guard, tenant: Uuid, kind: NativeKind, keys: &[WholeKey], lock: bool) -> Result<Vec<Uuid>> {
    let table = table(kind);
    let own = if kind == NativeKind::Policy { " and not is_aws_managed" } else { "" };
    let lock = if lock { "for no key update" } else { "" };
    let by = |column: &str, keys: &str, also: &str| {
        format!(
            "select f.id from unnest({keys}::text[]) k (key) cross join lateral (
                 select id from {table} where tenant_id = $1 and {column} = k.key{also} limit 1) f"
        )
    };
    let (by_arn, by_name) = (by("arn", "$2", ""), by("name_key", "$4", own));
    let by_id = by(&format!("{}_id", kind.as_str()), "$3", "");
    query_scalar(AssertSqlSafe(format!(
        "select e.id from (select id from ({by_arn} union {by_id} union {by_name}) f order by id) f
         cross join lateral (select id from {table} where tenant_id = $1 and id = f.id limit 1 {lock}) e"
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
             from unnest($2::uuid[]) k (id)
             cross join lateral (select default_version_no from policies where tenant_id = $1 and id = k.id limit 1) p
             cross join lateral (select * from policy_versions where tenant_id = $1 and policy_id = k.id offset 0) v)
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
        "select k.id, p.arn from unnest($2::uuid[]) k (id)
         cross join lateral (select policy_id from {} where tenant_id = $1 and owner_id = k.id offset 0) a
         cross join lateral (select arn from policies where tenant_id = $1 and id = a.policy_id limit 1) p
         order by p.arn collate \"C\"",
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
             select k.id as owner_id, i.policy_name, i.document_hash from unnest($2::uuid[]) k (id) cross join lateral (
                 select policy_name, document_hash from {} where tenant_id = $1 and owner_id = k.id offset 0) i)
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
            "select k.id, g.group_name from unnest($2::uuid[]) k (id)
             cross join lateral (select group_id from group_members where tenant_id = $1 and user_id = k.id offset 0) m
             cross join lateral (select * from groups where tenant_id = $1 and id = m.group_id limit 1) g
             order by g.name_key",
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
