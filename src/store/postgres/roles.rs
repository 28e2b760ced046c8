//! Roles.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_as};
use uuid::Uuid;

use super::common::{boundary_id, name_key, put_document};
use super::conn::{Conn, about};
use super::entity::{self, Kind, providers_in, tags_in};
use super::list::{Beside, List, Order, providers_of, tags_of};
use crate::iam::{Person, Role, RoleLastUsed, Stored};
use crate::store::entity::Entity;
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;
use crate::wire::page::Sort;

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.updated_at, e.role_name, e.role_id, e.arn, e.wami_arn, e.path, e.create_date, e.description, \
     e.max_session_duration, e.last_used_date, e.last_used_region, e.instance_profiles, \
     e.trust_document_hash as document_hash, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("role_tags"),
    ", ",
    providers_of!()
);

impl Kind for Role {
    const LIST: &'static List = &List {
        beside: Beside::Document,
        sorts: &[
            (Sort::Name, Order::unique("name_key")),
            (Sort::Created, Order::time("create_date")),
            (Sort::LastUsed, Order::time("last_used_key")),
        ],
        ..List::of_entities("roles", COLUMNS, "role_tags")
    };

    fn of(row: &PgRow, tenant: TenantId) -> Result<Self> {
        let region: Option<String> = row.try_get("last_used_region")?;
        let last_used: Option<DateTime<Utc>> = row.try_get("last_used_date")?;
        Ok(Self {
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
            tags: tags_in(row)?,
            wami_arn: row.try_get("wami_arn")?,
            providers: providers_in(row)?,
            tenant_id: Some(tenant),
        })
    }
}

pub async fn insert(conn: &Conn, role: &Role) -> Result<Stored<Role>> {
    let new = entity::admit(conn, role, &Person::default())?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), new.common().boundary).await?;
    let trust = put_document(&mut guard, &new.assume_role_policy_document).await?;
    query(
        "insert into roles (tenant_id, id, role_name, role_id, arn, wami_arn, path, description, trust_document_hash,
             max_session_duration, boundary_policy_id, last_used_date, last_used_region, instance_profiles, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(conn.tenant())
    .bind(new.id.uuid())
    .bind(&new.role_name)
    .bind(&new.role_id)
    .bind(&new.arn)
    .bind(&new.wami_arn)
    .bind(&new.path)
    .bind(&new.description)
    .bind(trust)
    .bind(new.max_session_duration)
    .bind(boundary)
    .bind(new.role_last_used.as_ref().map(|used| used.last_used_date))
    .bind(new.role_last_used.as_ref().and_then(|used| used.region.as_deref()))
    .bind(&new.instance_profiles)
    .bind(new.create_date)
    .bind(new.updated_at)
    .execute(&mut *guard)
    .await
    .map_err(about(new.name()))?;
    entity::inserted(conn, guard, new).await
}

pub async fn update(conn: &Conn, role: &Stored<Role>) -> Result<Stored<Role>> {
    entity::check(conn, role)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), role.common().boundary).await?;
    let trust = put_document(&mut guard, &role.assume_role_policy_document).await?;
    let done = query(
        "update roles set role_name = $4, arn = $5, wami_arn = $6, path = $7, description = $8, trust_document_hash = $9,
             max_session_duration = $10, boundary_policy_id = $11, last_used_date = $12, last_used_region = $13,
             instance_profiles = $14, updated_at = $15, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(conn.tenant())
    .bind(role.id.uuid())
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
    .map_err(about(role.name()))?;
    entity::updated(conn, guard, role, &done).await
}

/// What keeps a role from being deleted.
const BLOCKERS: &str = "select kind, name from (
         select 1 as place, 'attached policy' as kind, p.policy_name as name from role_policies a
             join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id where a.tenant_id = $1 and a.owner_id = $2
         union all
         select 2, 'inline policy', i.policy_name from role_inline_policies i where i.tenant_id = $1 and i.owner_id = $2
         union all
         select 3, 'instance profile', unnest(r.instance_profiles) from roles r where r.tenant_id = $1 and r.id = $2
     ) blockers order by place, name limit 100";

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
    entity::refuse_in_use::<Role>(&mut guard, tenant, id, name, BLOCKERS).await?;
    entity::forget::<Role>(&mut guard, tenant, id, name).await?;
    guard.done().await
}
