//! Roles.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Row, query, query_as};
use uuid::Uuid;

use super::common::{
    absent_or_stale, boundary_id, forget, known_providers, micros, name_key, new_tags, put_document, put_providers,
    put_tags, refuse_blocked, same_tenant,
};
use super::conn::{Conn, about};
use super::list::{self, Beside, IN_TENANT, List, Order, Text, providers_of, tags_of};
use crate::iam::{Person, ProviderConfig, Role, RoleLastUsed, Stored, Tag};
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

pub(super) const ROLES: List = List {
    table: "roles",
    within: IN_TENANT,
    columns: COLUMNS,
    beside: Beside::Document,
    sorts: &[
        (Sort::Name, Order::unique("name_key")),
        (Sort::Created, Order::time("create_date")),
        (Sort::LastUsed, Order::time("last_used_key")),
    ],
    text: Text::Indexed,
    tags: Some("role_tags"),
    created: "create_date",
    equals: &[],
    is_counted: true,
};

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.updated_at, e.role_name, e.role_id, e.arn, e.wami_arn, e.path, e.create_date, e.description, \
     e.max_session_duration, e.last_used_date, e.last_used_region, e.instance_profiles, \
     e.trust_document_hash as document_hash, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("role_tags"),
    ", ",
    providers_of!()
);

pub(super) fn role_of(row: &PgRow, tenant: Uuid) -> Result<Stored<Role>> {
    let region: Option<String> = row.try_get("last_used_region")?;
    let last_used: Option<chrono::DateTime<chrono::Utc>> = row.try_get("last_used_date")?;
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: Role {
            role_name: row.try_get("role_name")?,
            role_id: row.try_get("role_id")?,
            arn: row.try_get("arn")?,
            path: row.try_get("path")?,
            create_date: row.try_get("create_date")?,
            assume_role_policy_document: row.try_get("document")?,
            description: row.try_get("description")?,
            max_session_duration: row.try_get("max_session_duration")?,
            permissions_boundary: row.try_get("boundary")?,
            role_last_used: last_used.map(|last_used_date| RoleLastUsed { last_used_date, region }),
            instance_profiles: row.try_get("instance_profiles")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

pub async fn insert(conn: &Conn, role: &Role) -> Result<Stored<Role>> {
    let tenant = conn.tenant();
    same_tenant(role.tenant_id, tenant)?;
    rules::role(role)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    // What is stored, as it will be read.
    let role = Role {
        create_date: micros(role.create_date),
        role_last_used: rules::last_used(&role.role_last_used),
        tags: new_tags(&role.tags)?,
        providers: known_providers(&role.providers, tenant),
        tenant_id: Some(Id::new(tenant)),
        ..role.clone()
    };
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, role.permissions_boundary.as_deref()).await?;
    let trust = put_document(&mut guard, &role.assume_role_policy_document).await?;
    query(
        "insert into roles (tenant_id, id, role_name, role_id, arn, wami_arn, path, description, trust_document_hash,
             max_session_duration, boundary_policy_id, last_used_date, last_used_region, instance_profiles, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&role.role_name)
    .bind(&role.role_id)
    .bind(&role.arn)
    .bind(&role.wami_arn)
    .bind(&role.path)
    .bind(&role.description)
    .bind(trust)
    .bind(role.max_session_duration)
    .bind(boundary)
    .bind(role.role_last_used.as_ref().map(|used| used.last_used_date))
    .bind(role.role_last_used.as_ref().and_then(|used| used.region.as_deref()))
    .bind(&role.instance_profiles)
    .bind(role.create_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&role.role_name))?;
    put_tags(&mut guard, "role_tags", tenant, id, &role.tags).await?;
    if !role.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &role.providers).await?;
    }
    guard.done().await?;
    Ok(Stored { id: Id::new(id), version: 1, enabled: true, person: Person::default(), updated_at: now, value: role })
}

pub async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<Role>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let row = ROLES.one(&mut guard, tenant, "e.name_key", name_key(name)).await?;
    guard.done().await?;
    row.map(|row| role_of(&row, tenant)).transpose()
}

pub async fn update(conn: &Conn, role: &Stored<Role>) -> Result<Stored<Role>> {
    let (tenant, id) = (conn.tenant(), role.id.uuid());
    same_tenant(role.tenant_id, tenant)?;
    rules::role(role)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, role.permissions_boundary.as_deref()).await?;
    let trust = put_document(&mut guard, &role.assume_role_policy_document).await?;
    let done = query(
        "update roles set role_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, trust_document_hash = $9,
             max_session_duration = $10, boundary_policy_id = $11, last_used_date = $12, last_used_region = $13,
             instance_profiles = $14, updated_at = $15, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(role.version)
    .bind(&role.role_name)
    .bind(&role.arn)
    .bind(&role.wami_arn)
    .bind(&role.path)
    .bind(&role.description)
    .bind(trust)
    .bind(role.max_session_duration)
    .bind(boundary)
    .bind(role.role_last_used.as_ref().map(|used| used.last_used_date))
    .bind(role.role_last_used.as_ref().and_then(|used| used.region.as_deref()))
    .bind(&role.instance_profiles)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(&role.role_name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "roles", "role", tenant, id, &role.role_name).await);
    }
    put_providers(&mut guard, tenant, id, &role.providers).await?;
    let row = ROLES.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    role_of(&row.ok_or_else(|| AmiError::not_found("role", &role.role_name))?, tenant)
}

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    // The lock keeps anything from being hung on the role while we look.
    let row: Option<(Uuid, String)> =
        query_as("select id, path from roles where tenant_id = $1 and name_key = $2 for update")
            .bind(tenant)
            .bind(name_key(name))
            .fetch_optional(&mut *guard)
            .await
            .map_err(about(name))?;
    let (id, path) = row.ok_or_else(|| AmiError::not_found("role", name))?;
    if path.starts_with("/aws-service-role/") {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("role {name}"),
            reason: "A service-linked role is deleted by its service only.".into(),
        });
    }
    let blockers: Vec<(String, String)> = query_as(
        "select kind, name from (
             select 1 as place, 'attached policy' as kind, p.policy_name as name from role_policies a
                 join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
             union all
             select 2, 'inline policy', i.policy_name from role_inline_policies i where i.tenant_id = $1 and i.owner_id = $2
             union all
             select 3, 'instance profile', unnest(r.instance_profiles) from roles r where r.tenant_id = $1 and r.id = $2
         ) blockers order by place, name limit 100",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("role", name, blockers)?;
    forget(&mut guard, "roles", tenant, id, name).await?;
    guard.done().await
}

pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Role>>> {
    let (filter, conditions) = list::read(filter, listing::ROLES)?;
    ROLES
        .page(conn, ("roles", conn.tenant()), (filter, &conditions), &[], page, |row| role_of(row, conn.tenant()))
        .await
}
