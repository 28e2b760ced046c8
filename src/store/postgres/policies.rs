//! Managed policies.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Row, query, query_scalar};
use uuid::Uuid;

use super::common::{
    absent_or_stale, exact_key, forget, hanging_on, known_providers, micros, name_key, new_tags, put_providers,
    put_tags, refuse_blocked, same_tenant,
};
use super::conn::{Conn, Guard, about};
use super::list::{self, Beside, IN_TENANT, List, Order, Text, providers_of, tags_of};
use super::policy_versions;
use crate::iam::{Owner, OwnerKind, Person, Policy, PolicyEntity, ProviderConfig, Stored, Tag};
use crate::store::traits::PolicyScope;
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

pub(super) const POLICIES: List = List {
    table: "policies",
    within: IN_TENANT,
    columns: COLUMNS,
    beside: Beside::Document,
    // A policy of AWS's and one of the tenant's own may share a name.
    sorts: &[(Sort::Name, Order::text("name_key")), (Sort::Created, Order::time("create_date"))],
    text: Text::Indexed,
    tags: Some("policy_tags"),
    created: "create_date",
    equals: &[],
    is_counted: true,
};

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.updated_at, e.policy_name, e.policy_id, e.arn, e.wami_arn, e.path, e.description, \
     e.is_attachable, e.default_version_no, e.create_date, e.update_date, \
     (select v.document_hash from policy_versions v where v.tenant_id = e.tenant_id and v.policy_id = e.id \
         and v.version_no = e.default_version_no) as document_hash, \
     (select count(*) from user_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     + (select count(*) from group_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     + (select count(*) from role_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     + (select count(*) from permission_set_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) as attachments, \
     (select count(*) from users b where b.tenant_id = e.tenant_id and b.boundary_policy_id = e.id) \
     + (select count(*) from roles b where b.tenant_id = e.tenant_id and b.boundary_policy_id = e.id) as boundaries, ",
    tags_of!("policy_tags"),
    ", ",
    providers_of!()
);

pub(super) fn policy_of(row: &PgRow, tenant: Uuid) -> Result<Stored<Policy>> {
    let default: Option<i32> = row.try_get("default_version_no")?;
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: Policy {
            policy_name: row.try_get("policy_name")?,
            policy_id: row.try_get("policy_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            default_version_id: default.map(|number| format!("v{number}")).unwrap_or_default(),
            policy_document: row.try_get::<Option<String>, _>("document")?.unwrap_or_default(),
            attachment_count: row.try_get("attachments")?,
            permissions_boundary_usage_count: row.try_get("boundaries")?,
            is_attachable: row.try_get("is_attachable")?,
            description: row.try_get("description")?,
            create_date: row.try_get("create_date")?,
            update_date: row.try_get("update_date")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

pub async fn insert(conn: &Conn, policy: &Policy) -> Result<Stored<Policy>> {
    let tenant = conn.tenant();
    same_tenant(policy.tenant_id, tenant)?;
    let first = rules::policy(policy)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    // What is stored, as it will be read.
    let policy = Policy {
        policy_document: if first.is_some() { policy.policy_document.clone() } else { String::new() },
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        create_date: micros(policy.create_date),
        update_date: micros(policy.update_date),
        tags: new_tags(&policy.tags)?,
        providers: known_providers(&policy.providers, tenant),
        tenant_id: Some(Id::new(tenant)),
        ..policy.clone()
    };
    let mut guard = conn.write().await?;
    query(
        "insert into policies (tenant_id, id, policy_name, policy_id, arn, wami_arn, path, description, is_attachable,
             default_version_no, next_version_no, create_date, update_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&policy.policy_name)
    .bind(&policy.policy_id)
    .bind(&policy.arn)
    .bind(&policy.wami_arn)
    .bind(&policy.path)
    .bind(&policy.description)
    .bind(policy.is_attachable)
    .bind(first)
    .bind(first.unwrap_or(0) + 1)
    .bind(policy.create_date)
    .bind(policy.update_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&policy.policy_name))?;
    if let Some(number) = first {
        policy_versions::insert(&mut guard, tenant, id, number, &policy.policy_document, policy.update_date).await?;
    }
    put_tags(&mut guard, "policy_tags", tenant, id, &policy.tags).await?;
    if !policy.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &policy.providers).await?;
    }
    guard.done().await?;
    Ok(Stored { id: Id::new(id), version: 1, enabled: true, person: Person::default(), updated_at: now, value: policy })
}

pub async fn find(conn: &Conn, arn: &str) -> Result<Option<Stored<Policy>>> {
    find_where(conn, "e.arn", exact_key(arn)).await
}

pub async fn find_by_name(conn: &Conn, name: &str) -> Result<Option<Stored<Policy>>> {
    find_where(conn, "not e.is_aws_managed and e.name_key", name_key(name)).await
}

async fn find_where(conn: &Conn, condition: &'static str, value: String) -> Result<Option<Stored<Policy>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let row = POLICIES.one(&mut guard, tenant, condition, value).await?;
    guard.done().await?;
    row.map(|row| policy_of(&row, tenant)).transpose()
}

pub async fn update(conn: &Conn, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
    let (tenant, id) = (conn.tenant(), policy.id.uuid());
    same_tenant(policy.tenant_id, tenant)?;
    rules::policy(policy)?;
    let mut guard = conn.write().await?;
    let done = query(
        "update policies set policy_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, updated_at = $9,
             row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(policy.version)
    .bind(&policy.policy_name)
    .bind(&policy.arn)
    .bind(&policy.wami_arn)
    .bind(&policy.path)
    .bind(&policy.description)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(&policy.policy_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "policies", "policy", tenant, id, &policy.policy_name).await);
    }
    put_providers(&mut guard, tenant, id, &policy.providers).await?;
    let row = POLICIES.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    policy_of(&row.ok_or_else(|| AmiError::not_found("policy", &policy.policy_name))?, tenant)
}

pub async fn delete(conn: &Conn, arn: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    // The lock keeps the policy from being attached while we look.
    let policy = policy_versions::lock(&mut guard, tenant, arn).await?;
    let used = entities(&mut guard, tenant, arn, 100).await?.into_iter().map(|entity| {
        let how = if entity.as_boundary { "boundary of" } else { "attached to" };
        (format!("{how} {}", entity.owner.kind.noun()), entity.owner.name)
    });
    let mut blockers: Vec<(String, String)> = used.collect();
    let versions: Vec<i32> = query_scalar(
        "select version_no from policy_versions where tenant_id = $1 and policy_id = $2 and version_no is distinct from $3 order by 1",
    )
    .bind(tenant)
    .bind(policy.id)
    .bind(policy.default_version_no)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(arn))?;
    blockers.extend(versions.into_iter().map(|number| ("version".to_owned(), format!("v{number}"))));
    blockers.truncate(100);
    refuse_blocked("policy", arn, blockers)?;
    forget(&mut guard, "policies", tenant, policy.id, arn).await?;
    guard.done().await
}

pub async fn list(
    conn: &Conn,
    scope: PolicyScope,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Stored<Policy>>> {
    let (filter, mut conditions) = list::read(filter, listing::POLICIES)?;
    let operation = match scope {
        PolicyScope::All => "policies",
        PolicyScope::Aws => "policies of AWS",
        PolicyScope::Local => "policies of the tenant",
    };
    if scope != PolicyScope::All {
        conditions.push((true, listing::Condition::AwsManaged(scope == PolicyScope::Aws)));
    }
    POLICIES
        .page(conn, (operation, conn.tenant()), (filter, &conditions), &[], page, |row| policy_of(row, conn.tenant()))
        .await
}

pub async fn list_entities(conn: &Conn, arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
    let mut guard = conn.read().await?;
    let found = entities(&mut guard, conn.tenant(), arn, limit).await?;
    guard.done().await?;
    Ok(found)
}

/// Who uses a policy. Not found.
async fn entities(guard: &mut Guard, tenant: Uuid, arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
    let rows = query(
        "select e.as_boundary, e.kind, e.name, e.kind is null as is_alone from policies p left join lateral (
         select as_boundary, kind, name, key from (
             select false as as_boundary, 0 as kind, o.user_name as name, o.name_key as key from user_policies a
                 join users o on o.tenant_id = a.tenant_id and o.id = a.owner_id where a.tenant_id = $1 and a.policy_id = p.id
             union all
             select false, 1, o.group_name, o.name_key from group_policies a
                 join groups o on o.tenant_id = a.tenant_id and o.id = a.owner_id where a.tenant_id = $1 and a.policy_id = p.id
             union all
             select false, 2, o.role_name, o.name_key from role_policies a
                 join roles o on o.tenant_id = a.tenant_id and o.id = a.owner_id where a.tenant_id = $1 and a.policy_id = p.id
             union all
             select false, 3, o.name, o.name_key from permission_set_policies a
                 join permission_sets o on o.tenant_id = a.tenant_id and o.id = a.owner_id where a.tenant_id = $1 and a.policy_id = p.id
             union all
             select true, 0, o.user_name, o.name_key from users o where o.tenant_id = $1 and o.boundary_policy_id = p.id
             union all
             select true, 2, o.role_name, o.name_key from roles o where o.tenant_id = $1 and o.boundary_policy_id = p.id
             union all
             select true, 3, o.name, o.name_key from permission_sets o where o.tenant_id = $1 and o.boundary_policy_id = p.id
         ) entities order by as_boundary, kind, key limit $3) e on true
         where p.tenant_id = $1 and p.arn = $2 order by e.as_boundary, e.kind, e.key",
    )
    .bind(tenant)
    .bind(exact_key(arn))
    .bind(i64::from(limit))
    .fetch_all(&mut **guard)
    .await
    .map_err(about(arn))?;
    let entity = |row: &PgRow| {
        let kind: i32 = row.try_get("kind")?;
        Ok(PolicyEntity {
            owner: Owner {
                kind: OwnerKind::ALL[usize::try_from(kind).unwrap_or(0).min(3)],
                name: row.try_get("name")?,
            },
            as_boundary: row.try_get("as_boundary")?,
        })
    };
    hanging_on(rows, "policy", arn)?.iter().map(entity).collect()
}
