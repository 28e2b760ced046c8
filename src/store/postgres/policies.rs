//! Managed policies.

use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_scalar};
use uuid::Uuid;

use super::common::{exact_key, hanging_on, name_key, refuse_blocked};
use super::conn::{Conn, Guard, about};
use super::entity::{self, Kind, providers_in, stored_of, tags_in};
use super::list::{self, Beside, List, Order, providers_of, tags_of};
use super::policy_versions;
use crate::iam::{Owner, OwnerKind, Person, Policy, PolicyEntity, PolicyVersion, Stored};
use crate::store::entity::Entity;
use crate::store::traits::PolicyScope;
use crate::store::{Result, listing};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

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

impl Kind for Policy {
    const LIST: &'static List = &List {
        beside: Beside::Document,
        // A policy of AWS's and one of the tenant's own may share a name.
        sorts: &[(Sort::Name, Order::text("name_key")), (Sort::Created, Order::time("create_date"))],
        ..List::of_entities("policies", COLUMNS, "policy_tags")
    };

    fn of(row: &PgRow, tenant: TenantId) -> Result<Self> {
        let default: Option<i32> = row.try_get("default_version_no")?;
        Ok(Self {
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
            tags: tags_in(row)?,
            wami_arn: row.try_get("wami_arn")?,
            providers: providers_in(row)?,
            tenant_id: Some(tenant),
        })
    }
}

pub async fn insert(conn: &Conn, policy: &Policy) -> Result<Stored<Policy>> {
    let new = entity::admit(conn, policy, &Person::default())?;
    // None while the document is unknown.
    let first = PolicyVersion::number(&new.default_version_id);
    let mut guard = conn.write().await?;
    query(
        "insert into policies (tenant_id, id, policy_name, policy_id, arn, wami_arn, path, description, is_attachable,
             default_version_no, next_version_no, create_date, update_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(conn.tenant())
    .bind(new.id.uuid())
    .bind(&new.policy_name)
    .bind(&new.policy_id)
    .bind(&new.arn)
    .bind(&new.wami_arn)
    .bind(&new.path)
    .bind(&new.description)
    .bind(new.is_attachable)
    .bind(first)
    .bind(first.unwrap_or(0) + 1)
    .bind(new.create_date)
    .bind(new.update_date)
    .bind(new.updated_at)
    .execute(&mut *guard)
    .await
    .map_err(about(new.name()))?;
    if let Some(number) = first {
        let (tenant, id) = (conn.tenant(), new.id.uuid());
        policy_versions::insert(&mut guard, tenant, id, number, &new.policy_document, new.update_date).await?;
    }
    entity::inserted(conn, guard, new).await
}

pub async fn find(conn: &Conn, arn: &str) -> Result<Option<Stored<Policy>>> {
    entity::find_where(conn, "e.arn", exact_key(arn)).await
}

pub async fn find_by_name(conn: &Conn, name: &str) -> Result<Option<Stored<Policy>>> {
    entity::find_where(conn, "not e.is_aws_managed and e.name_key", name_key(name)).await
}

pub async fn update(conn: &Conn, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
    entity::check(conn, policy)?;
    let mut guard = conn.write().await?;
    let done = query(
        "update policies set policy_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, updated_at = $9,
             row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(conn.tenant())
    .bind(policy.id.uuid())
    .bind(policy.version)
    .bind(&policy.policy_name)
    .bind(&policy.arn)
    .bind(&policy.wami_arn)
    .bind(&policy.path)
    .bind(&policy.description)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(policy.name()))?;
    entity::updated(conn, guard, policy, &done).await
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
    refuse_blocked(Policy::NOUN, arn, blockers)?;
    entity::forget::<Policy>(&mut guard, tenant, policy.id, arn).await?;
    guard.done().await
}

pub async fn list(
    conn: &Conn,
    scope: PolicyScope,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Stored<Policy>>> {
    let (filter, mut conditions) = list::read(filter, Policy::FILTERS)?;
    let operation = match scope {
        PolicyScope::All => Policy::LISTED,
        PolicyScope::Aws => "policies of AWS",
        PolicyScope::Local => "policies of the tenant",
    };
    if scope != PolicyScope::All {
        conditions.push((true, listing::Condition::AwsManaged(scope == PolicyScope::Aws)));
    }
    let policy = |row: &PgRow| stored_of(row, conn.tenant());
    Policy::LIST.page(conn, (operation, conn.tenant()), (filter, &conditions), &[], page, policy).await
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
