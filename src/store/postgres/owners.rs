//! What hangs on users, groups, roles and permission sets: one implementation, with the table names from a closed list.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row, query, query_as, query_scalar};
use uuid::Uuid;

use super::common::{exact_key, hanging_on, id_of, name_key, policy_id, put_document, put_tags};
use super::conn::{Conn, Guard, about};
use crate::iam::{AttachedPolicy, InlinePolicy, OwnPolicies, Owner, OwnerKind, Tag};
use crate::store::traits::Taggable;
use crate::store::{AmiError, Result, rules};

/// The tables of a kind of owner.
pub(super) struct Tables {
    pub owners: &'static str,
    pub policies: &'static str,
    pub inline: &'static str,
    pub tags: &'static str,
}

pub(super) const fn tables(kind: OwnerKind) -> Tables {
    match kind {
        OwnerKind::User => {
            Tables { owners: "users", policies: "user_policies", inline: "user_inline_policies", tags: "user_tags" }
        }
        OwnerKind::Group => {
            Tables { owners: "groups", policies: "group_policies", inline: "group_inline_policies", tags: "group_tags" }
        }
        OwnerKind::Role => {
            Tables { owners: "roles", policies: "role_policies", inline: "role_inline_policies", tags: "role_tags" }
        }
        OwnerKind::PermissionSet => Tables {
            owners: "permission_sets",
            policies: "permission_set_policies",
            inline: "permission_set_inline_policies",
            tags: "permission_set_tags",
        },
    }
}

/// The owner's internal id.
async fn find_owner(guard: &mut Guard, tenant: Uuid, owner: &Owner) -> Result<Uuid> {
    owner_id(guard, tenant, owner, "").await
}

/// The owner's internal id, locked: one change of what hangs on it happens at a time, so that limits hold.
async fn lock_owner(guard: &mut Guard, tenant: Uuid, owner: &Owner) -> Result<Uuid> {
    owner_id(guard, tenant, owner, " for no key update").await
}

async fn owner_id(guard: &mut Guard, tenant: Uuid, owner: &Owner, lock: &'static str) -> Result<Uuid> {
    id_of(guard, (tables(owner.kind).owners, owner.kind.noun()), tenant, &owner.name, lock).await
}

pub async fn attach(conn: &Conn, owner: &Owner, arn: &str) -> Result<bool> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).policies;
    let mut guard = conn.write().await?;
    let id = lock_owner(&mut guard, tenant, owner).await?;
    let policy = policy_id(&mut guard, tenant, arn).await?;
    let (is_attached, count): (bool, i64) = query_as(AssertSqlSafe(format!(
        "with present as (
             select coalesce(bool_or(policy_id = $3), false) as is_attached, count(*) as number
             from {table} where tenant_id = $1 and owner_id = $2),
         added as (
             insert into {table} (tenant_id, owner_id, policy_id, attached_at)
             select $1, $2, $3, $4 from present where not is_attached and number < $5)
         select is_attached, number from present"
    )))
    .bind(tenant)
    .bind(id)
    .bind(policy)
    .bind(conn.shared.clock.now())
    .bind(rules::MAX_ATTACHED as i64)
    .fetch_one(&mut *guard)
    .await
    .map_err(about(arn))?;
    if !is_attached && count >= rules::MAX_ATTACHED as i64 {
        let what = format!("managed policies attached to one {}", owner.kind.noun());
        return Err(rules::limit_exceeded(what, rules::MAX_ATTACHED));
    }
    guard.done().await?;
    Ok(!is_attached)
}

pub async fn detach(conn: &Conn, owner: &Owner, arn: &str) -> Result<()> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).policies;
    let mut guard = conn.write().await?;
    let id = find_owner(&mut guard, tenant, owner).await?;
    let policy = policy_id(&mut guard, tenant, arn).await?;
    let done =
        query(AssertSqlSafe(format!("delete from {table} where tenant_id = $1 and owner_id = $2 and policy_id = $3")))
            .bind(tenant)
            .bind(id)
            .bind(policy)
            .execute(&mut *guard)
            .await
            .map_err(about(arn))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("attached policy", arn));
    }
    guard.done().await
}

pub async fn list_attached(conn: &Conn, owner: &Owner) -> Result<Vec<AttachedPolicy>> {
    let Tables { owners, policies, .. } = tables(owner.kind);
    let mut guard = conn.read().await?;
    let rows = query(AssertSqlSafe(format!(
        "select p.policy_name, p.arn, p.default_version_no is null as is_unknown, p.id is null as is_alone from {owners} o
         left join ({policies} a join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id)
             on a.tenant_id = o.tenant_id and a.owner_id = o.id
         where o.tenant_id = $1 and o.name_key = $2 order by p.name_key, p.arn collate \"C\""
    )))
    .bind(conn.tenant())
    .bind(name_key(&owner.name))
    .fetch_all(&mut *guard)
    .await
    .map_err(about(&owner.name))?;
    guard.done().await?;
    let attached = |row: &PgRow| {
        Ok(AttachedPolicy {
            policy_name: row.try_get("policy_name")?,
            policy_arn: row.try_get("arn")?,
            is_document_unknown: row.try_get("is_unknown")?,
        })
    };
    hanging_on(rows, owner.kind.noun(), &owner.name)?.iter().map(attached).collect()
}

pub async fn put_inline(conn: &Conn, owner: &Owner, policy: &InlinePolicy) -> Result<()> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).inline;
    rules::inline_policy(policy)?;
    let mut guard = conn.write().await?;
    let id = lock_owner(&mut guard, tenant, owner).await?;
    let hash = put_document(&mut guard, &policy.policy_document).await?;
    if owner.kind == OwnerKind::PermissionSet {
        // A set has one inline policy: another name replaces it.
        query(
            "delete from permission_set_inline_policies where tenant_id = $1 and owner_id = $2 and policy_name <> $3",
        )
        .bind(tenant)
        .bind(id)
        .bind(&policy.policy_name)
        .execute(&mut *guard)
        .await
        .map_err(about(&policy.policy_name))?;
    }
    query(AssertSqlSafe(format!(
        "insert into {table} (tenant_id, owner_id, policy_name, document_hash) values ($1, $2, $3, $4)
         on conflict (tenant_id, owner_id, policy_name) do update set document_hash = excluded.document_hash"
    )))
    .bind(tenant)
    .bind(id)
    .bind(&policy.policy_name)
    .bind(hash)
    .execute(&mut *guard)
    .await
    .map_err(about(&policy.policy_name))?;
    guard.done().await
}

pub async fn delete_inline(conn: &Conn, owner: &Owner, policy_name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).inline;
    let mut guard = conn.write().await?;
    let id = find_owner(&mut guard, tenant, owner).await?;
    let done = query(AssertSqlSafe(format!(
        "delete from {table} where tenant_id = $1 and owner_id = $2 and policy_name = $3"
    )))
    .bind(tenant)
    .bind(id)
    .bind(exact_key(policy_name))
    .execute(&mut *guard)
    .await
    .map_err(about(policy_name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("inline policy", policy_name));
    }
    guard.done().await
}

pub async fn list_inline(conn: &Conn, owner: &Owner) -> Result<Vec<InlinePolicy>> {
    let Tables { owners, inline, .. } = tables(owner.kind);
    let mut guard = conn.read().await?;
    let rows = query(AssertSqlSafe(format!(
        "with mine as (
             select i.policy_name, i.document_hash from {owners} o
             left join {inline} i on i.tenant_id = o.tenant_id and i.owner_id = o.id
             where o.tenant_id = $1 and o.name_key = $2)
         select m.policy_name, d.text, m.policy_name is null as is_alone from mine m
         left join wami_documents(array(select document_hash from mine where document_hash is not null)) d
             on d.hash = m.document_hash
         order by m.policy_name collate \"C\""
    )))
    .bind(conn.tenant())
    .bind(name_key(&owner.name))
    .fetch_all(&mut *guard)
    .await
    .map_err(about(&owner.name))?;
    guard.done().await?;
    let inline = |row: &PgRow| {
        Ok(InlinePolicy { policy_name: row.try_get("policy_name")?, policy_document: row.try_get("text")? })
    };
    hanging_on(rows, owner.kind.noun(), &owner.name)?.iter().map(inline).collect()
}

/// The place of the owner asked for, the policy's name, and of a managed one its ARN and whether its document is unknown,
/// of an inline one its text.
type PolicyOfOne = (i64, String, Option<String>, bool, Option<String>);

pub async fn list_policies_of(conn: &Conn, asked: &[Owner]) -> Result<Vec<OwnPolicies>> {
    let held: Vec<String> = OwnerKind::ALL
        .into_iter()
        .filter(|kind| asked.iter().any(|owner| owner.kind == *kind))
        .map(|kind| {
            let Tables { owners, policies, inline, .. } = tables(kind);
            format!(
                "select k.place, p.policy_name, p.arn, p.default_version_no is null as is_unknown,
                     null::bytea as document_hash, p.name_key as sort_key from asked k
                 join {owners} o on k.kind = '{owners}' and o.tenant_id = $1 and o.name_key = k.name_key
                 join {policies} a on a.tenant_id = $1 and a.owner_id = o.id
                 join policies p on p.tenant_id = $1 and p.id = a.policy_id
                 union all
                 select k.place, i.policy_name, null, false, i.document_hash, i.policy_name from asked k
                 join {owners} o on k.kind = '{owners}' and o.tenant_id = $1 and o.name_key = k.name_key
                 join {inline} i on i.tenant_id = $1 and i.owner_id = o.id"
            )
        })
        .collect();
    if held.is_empty() {
        return Ok(vec![]);
    }
    let mut guard = conn.read().await?;
    let rows: Vec<PolicyOfOne> = query_as(AssertSqlSafe(format!(
        "with asked as (
             select kind, name_key, place from unnest($2::text[], $3::text[]) with ordinality a (kind, name_key, place)),
         held as ({})
         select h.place, h.policy_name, h.arn, h.is_unknown, d.text from held h
         left join wami_documents(array(select document_hash from held where document_hash is not null)) d
             on d.hash = h.document_hash
         order by h.place, h.sort_key collate \"C\", h.arn collate \"C\"",
        held.join(" union all ")
    )))
    .bind(conn.tenant())
    .bind(asked.iter().map(|owner| tables(owner.kind).owners).collect::<Vec<_>>())
    .bind(asked.iter().map(|owner| name_key(&owner.name)).collect::<Vec<_>>())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("policies"))?;
    guard.done().await?;
    let mut all = vec![OwnPolicies::default(); asked.len()];
    for (place, policy_name, arn, is_document_unknown, text) in rows {
        let Some(own) = usize::try_from(place - 1).ok().and_then(|index| all.get_mut(index)) else { continue };
        match arn {
            Some(policy_arn) => own.attached.push(AttachedPolicy { policy_name, policy_arn, is_document_unknown }),
            None => own.inline.push(InlinePolicy { policy_name, policy_document: text.unwrap_or_default() }),
        }
    }
    Ok(all)
}

/// Id and tag table of what is tagged, locked.
async fn lock_taggable(guard: &mut Guard, tenant: Uuid, target: &Taggable) -> Result<(Uuid, &'static str)> {
    match target {
        Taggable::Owner(owner) => Ok((lock_owner(guard, tenant, owner).await?, tables(owner.kind).tags)),
        Taggable::Policy(arn) => {
            let id = query_scalar("select id from policies where tenant_id = $1 and arn = $2 for no key update")
                .bind(tenant)
                .bind(exact_key(arn))
                .fetch_optional(&mut **guard)
                .await
                .map_err(about(arn))?;
            Ok((id.ok_or_else(|| AmiError::not_found("policy", arn))?, "policy_tags"))
        }
    }
}

pub async fn tag(conn: &Conn, target: &Taggable, tags: &[Tag]) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let (id, table) = lock_taggable(&mut guard, tenant, target).await?;
    let present: Vec<(String, String)> =
        query_as(AssertSqlSafe(format!("select key, value from {table} where tenant_id = $1 and owner_id = $2")))
            .bind(tenant)
            .bind(id)
            .fetch_all(&mut *guard)
            .await
            .map_err(about("tag"))?;
    let present: Vec<Tag> = present.into_iter().map(|(key, value)| Tag { key, value }).collect();
    rules::changed_tags(&present, tags)?;
    put_tags(&mut guard, table, tenant, id, tags).await?;
    guard.done().await
}

pub async fn untag(conn: &Conn, target: &Taggable, keys: &[String]) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let (id, table) = lock_taggable(&mut guard, tenant, target).await?;
    let keys: Vec<String> = keys.iter().map(|key| exact_key(key).to_lowercase()).collect();
    query(AssertSqlSafe(format!("delete from {table} where tenant_id = $1 and owner_id = $2 and key_key = any($3)")))
        .bind(tenant)
        .bind(id)
        .bind(keys)
        .execute(&mut *guard)
        .await
        .map_err(about("tag"))?;
    guard.done().await
}
