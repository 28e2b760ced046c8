//! What hangs on users, groups, roles and permission sets: one implementation, with the table names from a closed list.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::conn::{Conn, Guard, about};
use super::documents::{put, put_tags};
use super::users::name_key;
use crate::iam::{AttachedPolicy, InlinePolicy, Owner, OwnerKind, Tag, tag, validate};
use crate::store::traits::Taggable;
use crate::store::{AmiError, Result};

/// The most managed policies of one owner (AWS IAM User Guide, *IAM and AWS STS quotas*, raised).
const MAX_ATTACHED: u64 = 20;

/// The tables of a kind of owner.
struct Tables {
    owners: &'static str,
    policies: &'static str,
    inline: &'static str,
    tags: &'static str,
}

const fn tables(kind: OwnerKind) -> Tables {
    match kind {
        OwnerKind::User => Tables { owners: "users", policies: "user_policies", inline: "user_inline_policies", tags: "user_tags" },
        OwnerKind::Group => {
            Tables { owners: "groups", policies: "group_policies", inline: "group_inline_policies", tags: "group_tags" }
        }
        OwnerKind::Role => Tables { owners: "roles", policies: "role_policies", inline: "role_inline_policies", tags: "role_tags" },
        OwnerKind::PermissionSet => Tables {
            owners: "permission_sets",
            policies: "permission_set_policies",
            inline: "permission_set_inline_policies",
            tags: "permission_set_tags",
        },
    }
}

/// The owner's internal id; locked, only one change of what hangs on it happens at a time, so that limits hold.
async fn id_of(guard: &mut Guard, tenant: Uuid, owner: &Owner, lock: bool) -> Result<Uuid> {
    let mut query = QueryBuilder::<Postgres>::new(format!("select id from {} where tenant_id = ", tables(owner.kind).owners));
    query.push_bind(tenant).push(" and name_key = ").push_bind(name_key(&owner.name));
    query.push(if lock { " for no key update" } else { "" });
    let id = query.build_query_scalar().fetch_optional(&mut **guard).await.map_err(about(&owner.name))?;
    id.ok_or_else(|| AmiError::not_found(owner.kind.noun(), &owner.name))
}

async fn policy_id(guard: &mut Guard, tenant: Uuid, arn: &str) -> Result<Uuid> {
    let id = sqlx::query_scalar("select id from policies where tenant_id = $1 and arn = $2")
        .bind(tenant)
        .bind(arn)
        .fetch_optional(&mut **guard)
        .await
        .map_err(about(arn))?;
    id.ok_or_else(|| AmiError::not_found("policy", arn))
}

pub(super) async fn attach(conn: &Conn, owner: &Owner, arn: &str) -> Result<bool> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).policies;
    let mut guard = conn.write().await?;
    let id = id_of(&mut guard, tenant, owner, true).await?;
    let policy = policy_id(&mut guard, tenant, arn).await?;
    let mut query = QueryBuilder::<Postgres>::new(format!("insert into {table} (tenant_id, owner_id, policy_id, attached_at) values ("));
    query.push_bind(tenant).push(", ").push_bind(id).push(", ").push_bind(policy).push(", ").push_bind(conn.shared.clock.now());
    query.push(") on conflict do nothing");
    let done = query.build().execute(&mut *guard).await.map_err(about(arn))?;
    let mut query = QueryBuilder::<Postgres>::new(format!("select count(*) from {table} where tenant_id = "));
    query.push_bind(tenant).push(" and owner_id = ").push_bind(id);
    let count: i64 = query.build_query_scalar().fetch_one(&mut *guard).await.map_err(about(arn))?;
    if u64::try_from(count).unwrap_or(u64::MAX) > MAX_ATTACHED {
        let resource_type = format!("managed policies attached to one {}", owner.kind.noun());
        return Err(AmiError::ResourceLimitExceeded { resource_type, limit: MAX_ATTACHED });
    }
    guard.done().await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn detach(conn: &Conn, owner: &Owner, arn: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let id = id_of(&mut guard, tenant, owner, false).await?;
    let policy = policy_id(&mut guard, tenant, arn).await?;
    let mut query = QueryBuilder::<Postgres>::new(format!("delete from {} where tenant_id = ", tables(owner.kind).policies));
    query.push_bind(tenant).push(" and owner_id = ").push_bind(id).push(" and policy_id = ").push_bind(policy);
    let done = query.build().execute(&mut *guard).await.map_err(about(arn))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("attached policy", arn));
    }
    guard.done().await
}

pub(super) async fn attached(conn: &Conn, owner: &Owner) -> Result<Vec<AttachedPolicy>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let id = id_of(&mut guard, tenant, owner, false).await?;
    let mut query = QueryBuilder::<Postgres>::new(format!(
        "select p.policy_name, p.arn from {} a join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = ",
        tables(owner.kind).policies
    ));
    query.push_bind(tenant).push(" and a.owner_id = ").push_bind(id).push(" order by p.name_key, p.arn");
    let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *guard).await.map_err(about(&owner.name))?;
    guard.done().await?;
    Ok(rows.into_iter().map(|(policy_name, policy_arn)| AttachedPolicy { policy_name, policy_arn }).collect())
}

pub(super) async fn put_inline(conn: &Conn, owner: &Owner, policy: &InlinePolicy) -> Result<()> {
    let tenant = conn.tenant();
    let table = tables(owner.kind).inline;
    let mut guard = conn.write().await?;
    let id = id_of(&mut guard, tenant, owner, true).await?;
    let hash = put(&mut guard, &policy.policy_document).await?;
    if owner.kind == OwnerKind::PermissionSet {
        // A set has one inline policy: another name replaces it.
        let mut query = QueryBuilder::<Postgres>::new(format!("delete from {table} where tenant_id = "));
        query.push_bind(tenant).push(" and owner_id = ").push_bind(id);
        query.build().execute(&mut *guard).await.map_err(about(&policy.policy_name))?;
    }
    let mut query = QueryBuilder::<Postgres>::new(format!("insert into {table} (tenant_id, owner_id, policy_name, document_hash) values ("));
    query.push_bind(tenant).push(", ").push_bind(id).push(", ").push_bind(&policy.policy_name).push(", ").push_bind(hash);
    query.push(") on conflict (tenant_id, owner_id, policy_name) do update set document_hash = excluded.document_hash");
    query.build().execute(&mut *guard).await.map_err(about(&policy.policy_name))?;
    guard.done().await
}

pub(super) async fn delete_inline(conn: &Conn, owner: &Owner, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let id = id_of(&mut guard, tenant, owner, false).await?;
    let mut query = QueryBuilder::<Postgres>::new(format!("delete from {} where tenant_id = ", tables(owner.kind).inline));
    query.push_bind(tenant).push(" and owner_id = ").push_bind(id).push(" and policy_name = ").push_bind(name);
    let done = query.build().execute(&mut *guard).await.map_err(about(name))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("inline policy", name));
    }
    guard.done().await
}

pub(super) async fn inline(conn: &Conn, owner: &Owner) -> Result<Vec<InlinePolicy>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let id = id_of(&mut guard, tenant, owner, false).await?;
    let mut query = QueryBuilder::<Postgres>::new(format!(
        "select i.policy_name, d.text from {} i, wami_documents(array[i.document_hash]) d where i.tenant_id = ",
        tables(owner.kind).inline
    ));
    query.push_bind(tenant).push(" and i.owner_id = ").push_bind(id).push(" order by i.policy_name collate \"C\"");
    let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *guard).await.map_err(about(&owner.name))?;
    guard.done().await?;
    Ok(rows.into_iter().map(|(policy_name, policy_document)| InlinePolicy { policy_name, policy_document }).collect())
}

/// Id and tag table of what is tagged, locked.
async fn taggable(guard: &mut Guard, tenant: Uuid, target: &Taggable) -> Result<(Uuid, &'static str)> {
    match target {
        Taggable::Owner(owner) => Ok((id_of(guard, tenant, owner, true).await?, tables(owner.kind).tags)),
        Taggable::Policy(arn) => {
            let id = sqlx::query_scalar("select id from policies where tenant_id = $1 and arn = $2 for no key update")
                .bind(tenant)
                .bind(arn)
                .fetch_optional(&mut **guard)
                .await
                .map_err(about(arn))?;
            Ok((id.ok_or_else(|| AmiError::not_found("policy", arn))?, "policy_tags"))
        }
    }
}

pub(super) async fn tag(conn: &Conn, target: &Taggable, tags: &[Tag]) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let (id, table) = taggable(&mut guard, tenant, target).await?;
    validate::tags(tags).map_err(|message| AmiError::invalid("tags", message))?;
    let mut query = QueryBuilder::<Postgres>::new(format!("select key, value from {table} where tenant_id = "));
    query.push_bind(tenant).push(" and owner_id = ").push_bind(id);
    let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *guard).await.map_err(about("tag"))?;
    let present: Vec<Tag> = rows.into_iter().map(|(key, value)| Tag { key, value }).collect();
    validate::tags(&tag::merged(&present, tags)).map_err(|message| AmiError::invalid("tags", message))?;
    put_tags(&mut guard, table, tenant, id, tags).await?;
    guard.done().await
}

pub(super) async fn untag(conn: &Conn, target: &Taggable, keys: &[String]) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let (id, table) = taggable(&mut guard, tenant, target).await?;
    let keys: Vec<String> = keys.iter().map(|key| key.replace('\0', "").to_lowercase()).collect();
    let mut query = QueryBuilder::<Postgres>::new(format!("delete from {table} where tenant_id = "));
    query.push_bind(tenant).push(" and owner_id = ").push_bind(id).push(" and key_key = any(").push_bind(keys).push(")");
    query.build().execute(&mut *guard).await.map_err(about("tag"))?;
    guard.done().await
}
