//! Permission sets.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row, query, query_as};

use super::common::{boundary_id, refuse_blocked};
use super::conn::{Conn, about};
use super::entity::{self, Kind, providers_in, tags_in};
use super::list::{List, providers_of, tags_of};
use super::tree::path_of;
use crate::iam::{Person, Stored};
use crate::sso_admin::{PermissionSet, PermissionSetRef};
use crate::store::entity::Entity;
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;
use crate::wire::Id;

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.updated_at, e.name, e.arn, e.wami_arn, e.description, e.session_seconds, e.relay_state, \
     e.requires_elevation, e.is_builtin, e.create_date, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("permission_set_tags"),
    ", ",
    providers_of!()
);

impl Kind for PermissionSet {
    const LIST: &'static List = &List::of_entities("permission_sets", COLUMNS, "permission_set_tags");

    fn of(row: &PgRow, tenant: TenantId) -> Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            permission_set_arn: row.try_get("arn")?,
            description: row.try_get("description")?,
            session_seconds: row.try_get("session_seconds")?,
            relay_state: row.try_get("relay_state")?,
            requires_elevation: row.try_get("requires_elevation")?,
            is_builtin: row.try_get("is_builtin")?,
            permissions_boundary: row.try_get("boundary")?,
            created_date: row.try_get("create_date")?,
            tags: tags_in(row)?,
            wami_arn: row.try_get("wami_arn")?,
            providers: providers_in(row)?,
            tenant_id: Some(tenant),
        })
    }
}

pub async fn insert(conn: &Conn, set: &PermissionSet) -> Result<Stored<PermissionSet>> {
    let new = entity::admit(conn, set, &Person::default())?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), new.common().boundary).await?;
    query(
        "insert into permission_sets (tenant_id, id, name, arn, wami_arn, description, session_seconds, relay_state,
             requires_elevation, is_builtin, boundary_policy_id, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(conn.tenant())
    .bind(new.id.uuid())
    .bind(&new.name)
    .bind(&new.permission_set_arn)
    .bind(&new.wami_arn)
    .bind(&new.description)
    .bind(new.session_seconds)
    .bind(&new.relay_state)
    .bind(new.requires_elevation)
    .bind(new.is_builtin)
    .bind(boundary)
    .bind(new.created_date)
    .bind(new.updated_at)
    .execute(&mut *guard)
    .await
    .map_err(about(new.name()))?;
    entity::inserted(conn, guard, new).await
}

pub async fn update(conn: &Conn, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
    entity::check(conn, set)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, conn.tenant(), set.common().boundary).await?;
    let done = query(
        "update permission_sets set name = $4, wami_arn = $5, description = $6, session_seconds = $7, relay_state = $8,
             requires_elevation = $9, boundary_policy_id = $10, updated_at = $11, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(conn.tenant())
    .bind(set.id.uuid())
    .bind(set.version)
    .bind(&set.name)
    .bind(&set.wami_arn)
    .bind(&set.description)
    .bind(set.session_seconds)
    .bind(&set.relay_state)
    .bind(set.requires_elevation)
    .bind(boundary)
    .bind(conn.shared.clock.now())
    .execute(&mut *guard)
    .await
    .map_err(about(set.name()))?;
    entity::updated(conn, guard, set, &done).await
}

/// The assignments in its own tenant that keep a set from being deleted.
const ASSIGNED_HERE: &str = "select 'assignment', n.principal_name from wami_assignment_names(array(
         select a.id from assignments a where a.tenant_id = $1 and a.set_id = $2 order by a.id limit 100)) n
     order by n.principal_name";

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    let id = entity::lock::<PermissionSet>(&mut guard, tenant, name).await?;
    entity::refuse_in_use::<PermissionSet>(&mut guard, tenant, id, name, ASSIGNED_HERE).await?;
    for table in ["permission_set_policies", "permission_set_inline_policies"] {
        query(AssertSqlSafe(format!("delete from {table} where tenant_id = $1 and owner_id = $2")))
            .bind(tenant)
            .bind(id)
            .execute(&mut *guard)
            .await
            .map_err(about(name))?;
    }
    match entity::forget::<PermissionSet>(&mut guard, tenant, id, name).await {
        // It is assigned in tenants that this one does not see: the database knows, and tells no more.
        Err(AmiError::ResourceNotFound { .. }) => {
            refuse_blocked(PermissionSet::NOUN, name, vec![("assignment".into(), "in a tenant below".into())])
        }
        Err(failed) => Err(failed),
        Ok(()) => guard.done().await,
    }
}

pub async fn list_usable(conn: &Conn) -> Result<Vec<PermissionSetRef>> {
    let mut guard = conn.read().await?;
    let rows = query("select tenant_id, tenant_path, id, name, description from wami_usable_permission_sets()")
        .fetch_all(&mut *guard)
        .await
        .map_err(about("permission set"))?;
    guard.done().await?;
    let set = |row: &PgRow| {
        Ok(PermissionSetRef {
            tenant_id: Id::new(row.try_get("tenant_id")?),
            tenant_path: path_of(row.try_get("tenant_path")?)?,
            id: Id::new(row.try_get("id")?),
            name: row.try_get("name")?,
            description: row.try_get("description")?,
        })
    };
    rows.iter().map(set).collect()
}

pub async fn list_documents(
    conn: &Conn,
    set_tenant: TenantId,
    set: Id<PermissionSet>,
) -> Result<Vec<(String, String)>> {
    let mut guard = conn.read().await?;
    let rows: Vec<(Option<String>, Option<String>)> = query_as(
        "with held as (select policy_name, document_hash from wami_permission_set_documents($1, $2))
         select h.policy_name, d.text from held h
         left join wami_documents(array(select document_hash from held)) d on d.hash = h.document_hash",
    )
    .bind(set_tenant.uuid())
    .bind(set.uuid())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("permission set"))?;
    guard.done().await?;
    if rows.is_empty() {
        return Err(AmiError::not_found("permission set", &set.to_string()));
    }
    // A set without any policy is one row without a name.
    Ok(rows.into_iter().filter_map(|(name, text)| Some((name?, text.unwrap_or_default()))).collect())
}
