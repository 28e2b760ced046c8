//! Permission sets.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Row, query, query_as, query_scalar};
use uuid::Uuid;

use super::common::{
    absent_or_stale, boundary_id, forget, known_providers, micros, name_key, new_tags, put_providers, put_tags,
    refuse_blocked, same_tenant,
};
use super::conn::{Conn, about};
use super::list::{self, Beside, IN_TENANT, List, Order, Text, providers_of, tags_of};
use super::tree::path_of;
use crate::iam::{Person, ProviderConfig, Stored, Tag};
use crate::sso_admin::{PermissionSet, PermissionSetRef};
use crate::store::{AmiError, Result, listing, rules};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

const SETS: List = List {
    table: "permission_sets",
    within: IN_TENANT,
    columns: COLUMNS,
    beside: Beside::Nothing,
    sorts: &[(Sort::Name, Order::unique("name_key")), (Sort::Created, Order::time("create_date"))],
    text: Text::Indexed,
    tags: Some("permission_set_tags"),
    created: "create_date",
    equals: &[],
    is_counted: true,
};

const COLUMNS: &str = concat!(
    "e.id, e.row_version, e.updated_at, e.name, e.arn, e.wami_arn, e.description, e.session_seconds, e.relay_state, \
     e.requires_elevation, e.is_builtin, e.create_date, \
     (select p.arn from policies p where p.tenant_id = e.tenant_id and p.id = e.boundary_policy_id) as boundary, ",
    tags_of!("permission_set_tags"),
    ", ",
    providers_of!()
);

fn set_of(row: &PgRow, tenant: Uuid) -> Result<Stored<PermissionSet>> {
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled: true,
        person: Person::default(),
        updated_at: row.try_get("updated_at")?,
        value: PermissionSet {
            name: row.try_get("name")?,
            permission_set_arn: row.try_get("arn")?,
            description: row.try_get("description")?,
            session_seconds: row.try_get("session_seconds")?,
            relay_state: row.try_get("relay_state")?,
            requires_elevation: row.try_get("requires_elevation")?,
            is_builtin: row.try_get("is_builtin")?,
            permissions_boundary: row.try_get("boundary")?,
            created_date: row.try_get("create_date")?,
            tags: row.try_get::<Json<Vec<Tag>>, _>("tags")?.0,
            wami_arn: row.try_get("wami_arn")?,
            providers: row.try_get::<Json<Vec<ProviderConfig>>, _>("providers")?.0,
            tenant_id: Some(Id::new(tenant)),
        },
    })
}

pub async fn insert(conn: &Conn, set: &PermissionSet) -> Result<Stored<PermissionSet>> {
    let tenant = conn.tenant();
    same_tenant(set.tenant_id, tenant)?;
    rules::permission_set(set)?;
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    // What is stored, as it will be read.
    let set = PermissionSet {
        created_date: micros(set.created_date),
        tags: new_tags(&set.tags)?,
        providers: known_providers(&set.providers, tenant),
        tenant_id: Some(Id::new(tenant)),
        ..set.clone()
    };
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, set.permissions_boundary.as_deref()).await?;
    query(
        "insert into permission_sets (tenant_id, id, name, arn, wami_arn, description, session_seconds, relay_state,
             requires_elevation, is_builtin, boundary_policy_id, create_date, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&set.name)
    .bind(&set.permission_set_arn)
    .bind(&set.wami_arn)
    .bind(&set.description)
    .bind(set.session_seconds)
    .bind(&set.relay_state)
    .bind(set.requires_elevation)
    .bind(set.is_builtin)
    .bind(boundary)
    .bind(set.created_date)
    .bind(now)
    .execute(&mut *guard)
    .await
    .map_err(about(&set.name))?;
    put_tags(&mut guard, "permission_set_tags", tenant, id, &set.tags).await?;
    if !set.providers.is_empty() {
        put_providers(&mut guard, tenant, id, &set.providers).await?;
    }
    guard.done().await?;
    Ok(Stored { id: Id::new(id), version: 1, enabled: true, person: Person::default(), updated_at: now, value: set })
}

pub async fn find(conn: &Conn, name: &str) -> Result<Option<Stored<PermissionSet>>> {
    let tenant = conn.tenant();
    let mut guard = conn.read().await?;
    let row = SETS.one(&mut guard, tenant, "e.name_key", name_key(name)).await?;
    guard.done().await?;
    row.map(|row| set_of(&row, tenant)).transpose()
}

pub async fn update(conn: &Conn, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>> {
    let (tenant, id) = (conn.tenant(), set.id.uuid());
    same_tenant(set.tenant_id, tenant)?;
    rules::permission_set(set)?;
    let mut guard = conn.write().await?;
    let boundary = boundary_id(&mut guard, tenant, set.permissions_boundary.as_deref()).await?;
    let done = query(
        "update permission_sets set name = $4, wami_arn = $5, description = $6, session_seconds = $7, relay_state = $8,
             requires_elevation = $9, boundary_policy_id = $10, updated_at = $11, row_version = row_version + 1
         where tenant_id = $1 and id = $2 and row_version = $3",
    )
    .bind(tenant)
    .bind(id)
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
    .map_err(about(&set.name))?;
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, "permission_sets", "permission set", tenant, id, &set.name).await);
    }
    put_providers(&mut guard, tenant, id, &set.providers).await?;
    let row = SETS.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    set_of(&row.ok_or_else(|| AmiError::not_found("permission set", &set.name))?, tenant)
}

pub async fn delete(conn: &Conn, name: &str) -> Result<()> {
    let tenant = conn.tenant();
    let mut guard = conn.write().await?;
    // The lock keeps the set from being assigned while we look.
    let id: Option<Uuid> =
        query_scalar("select id from permission_sets where tenant_id = $1 and name_key = $2 for update")
            .bind(tenant)
            .bind(name_key(name))
            .fetch_optional(&mut *guard)
            .await
            .map_err(about(name))?;
    let id = id.ok_or_else(|| AmiError::not_found("permission set", name))?;
    let here: Vec<(String, String)> = query_as(
        "select 'assignment', n.principal_name from wami_assignment_names(array(
             select a.id from assignments a where a.tenant_id = $1 and a.set_id = $2 order by a.id limit 100)) n
         order by n.principal_name",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(&mut *guard)
    .await
    .map_err(about(name))?;
    refuse_blocked("permission set", name, here)?;
    for table in ["permission_set_policies", "permission_set_inline_policies"] {
        query(AssertSqlSafe(format!("delete from {table} where tenant_id = $1 and owner_id = $2")))
            .bind(tenant)
            .bind(id)
            .execute(&mut *guard)
            .await
            .map_err(about(name))?;
    }
    match forget(&mut guard, "permission_sets", tenant, id, name).await {
        // It is assigned in tenants that this one does not see: the database knows, and tells no more.
        Err(AmiError::ResourceNotFound { .. }) => {
            refuse_blocked("permission set", name, vec![("assignment".into(), "in a tenant below".into())])
        }
        Err(failed) => Err(failed),
        Ok(()) => guard.done().await,
    }
}

pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<PermissionSet>>> {
    let (filter, conditions) = list::read(filter, listing::PERMISSION_SETS)?;
    let what = ("permission sets", conn.tenant());
    SETS.page(conn, what, (filter, &conditions), &[], page, |row| set_of(row, conn.tenant())).await
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
