//! Assignments: who may act in the tenant, as what.

use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_as, query_scalar};
use uuid::Uuid;

use super::common::{micros, name_key};
use super::conn::{Conn, about};
use super::directory::{authority_of, entry_of};
use super::list::{self, Beside, IN_TENANT, List, Order, Text};
use super::tree::path_of;
use crate::iam::User;
use crate::sso_admin::{AccountAssignment, PermissionSetRef, PrincipalKind, PrincipalRef, Reach};
use crate::store::traits::sso_admin::MOST_ADMINISTRATORS;
use crate::store::traits::{Administrator, NewAssignment};
use crate::store::{AmiError, Result, listing};
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

const ASSIGNMENTS: List = List {
    table: "assignments",
    within: IN_TENANT,
    columns: "e.id, e.tenant_id, e.set_tenant_id, e.set_id, e.principal_tenant_id, e.user_id, e.group_id, e.reach, e.expires_at, \
        e.create_date, e.created_by",
    beside: Beside::AssignmentNames,
    sorts: &[(Sort::Created, Order::time("create_date"))],
    text: Text::Assignments,
    tags: None,
    created: "create_date",
    equals: &[("reach", "e.reach"), ("kind", "(case when e.user_id is null then 'group' else 'user' end)")],
    is_counted: true,
};

fn assignment_of(row: &PgRow) -> Result<AccountAssignment> {
    let user: Option<Uuid> = row.try_get("user_id")?;
    let group: Option<Uuid> = row.try_get("group_id")?;
    Ok(AccountAssignment {
        id: Id::new(row.try_get("id")?),
        tenant_id: Id::new(row.try_get("tenant_id")?),
        permission_set: PermissionSetRef {
            tenant_id: Id::new(row.try_get("set_tenant_id")?),
            tenant_path: path_of(row.try_get("set_tenant_path")?)?,
            id: Id::new(row.try_get("set_id")?),
            name: row.try_get("set_name")?,
            description: row.try_get("set_description")?,
        },
        principal: PrincipalRef {
            kind: if user.is_some() { PrincipalKind::User } else { PrincipalKind::Group },
            tenant_id: Id::new(row.try_get("principal_tenant_id")?),
            tenant_path: path_of(row.try_get("principal_tenant_path")?)?,
            id: user.or(group).unwrap_or_default(),
            name: row.try_get("principal_name")?,
        },
        reach: if row.try_get::<&str, _>("reach")? == "subtree" { Reach::Subtree } else { Reach::Tenant },
        expires_at: row.try_get("expires_at")?,
        created_date: row.try_get("create_date")?,
        created_by: row.try_get::<Option<Uuid>, _>("created_by")?.map(Id::new),
    })
}

pub async fn find_principal(
    conn: &Conn,
    tenant: &TenantPath,
    kind: PrincipalKind,
    name: &str,
) -> Result<Option<PrincipalRef>> {
    let mut guard = conn.read().await?;
    let row: Option<(Uuid, Uuid, String)> = query_as("select tenant_id, id, name from wami_find_principal($1, $2, $3)")
        .bind(tenant.as_str())
        .bind(kind.as_str())
        .bind(name_key(name))
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(name))?;
    guard.done().await?;
    Ok(row.map(|(tenant_id, id, name)| PrincipalRef {
        kind,
        tenant_id: Id::new(tenant_id),
        tenant_path: tenant.clone(),
        id,
        name,
    }))
}

pub async fn create(conn: &Conn, new: &NewAssignment) -> Result<AccountAssignment> {
    let tenant = conn.tenant();
    let now = conn.shared.clock.now();
    let id = conn.shared.ids.uuid(now);
    let mut guard = conn.write().await?;
    // Set and principal belong to this tenant or to an ancestor.
    let lineage: Vec<Uuid> = query_scalar("select wami_lineage_ids($1)")
        .bind(tenant)
        .fetch_one(&mut *guard)
        .await
        .map_err(about("tenant"))?;
    if !lineage.contains(&new.set_tenant_id.uuid()) {
        return Err(AmiError::not_found("permission set", &new.set_id.to_string()));
    }
    if !lineage.contains(&new.principal_tenant_id.uuid()) {
        return Err(AmiError::not_found(new.principal_kind.as_str(), &new.principal_id.to_string()));
    }
    query(
        "insert into assignments (tenant_id, id, set_tenant_id, set_id, principal_tenant_id, user_id, group_id, reach,
             expires_at, create_date, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(id)
    .bind(new.set_tenant_id.uuid())
    .bind(new.set_id.uuid())
    .bind(new.principal_tenant_id.uuid())
    .bind((new.principal_kind == PrincipalKind::User).then_some(new.principal_id))
    .bind((new.principal_kind == PrincipalKind::Group).then_some(new.principal_id))
    .bind(new.reach.as_str())
    .bind(new.expires_at.map(micros))
    .bind(now)
    .bind(new.created_by.map(Id::uuid))
    .execute(&mut *guard)
    .await
    .map_err(about("of this principal and set"))?;
    let row = ASSIGNMENTS.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    assignment_of(&row.ok_or_else(|| AmiError::not_found("assignment", &id.to_string()))?)
}

pub async fn get(conn: &Conn, id: Id<AccountAssignment>) -> Result<Option<AccountAssignment>> {
    let mut guard = conn.read().await?;
    let row = ASSIGNMENTS.one(&mut guard, conn.tenant(), "e.id", id.uuid()).await?;
    guard.done().await?;
    row.as_ref().map(assignment_of).transpose()
}

pub async fn delete(conn: &Conn, id: Id<AccountAssignment>) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = query("delete from assignments where tenant_id = $1 and id = $2")
        .bind(conn.tenant())
        .bind(id.uuid())
        .execute(&mut *guard)
        .await
        .map_err(about("assignment"))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("assignment", &id.to_string()));
    }
    guard.done().await
}

/// Newest first, whatever order is asked for.
pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<AccountAssignment>> {
    let (filter, conditions) = list::read(filter, listing::ASSIGNMENTS)?;
    let page = PageRequest { sort: Sort::Created, descending: true, ..page.clone() };
    ASSIGNMENTS.page(conn, ("assignments", conn.tenant()), (filter, &conditions), &[], &page, assignment_of).await
}

/// Held while who administers what is looked at and until the change that it is about ends; any number will do.
const ADMINISTRATORS_LOCK: i64 = 0x5741_4d49_0000_0022;

pub async fn list_administrators(conn: &Conn, after: Option<Id<User>>) -> Result<Vec<Administrator>> {
    let mut guard = conn.read().await?;
    // By itself: what comes next shall see what was committed while this waited.
    query("select pg_advisory_xact_lock($1)")
        .bind(ADMINISTRATORS_LOCK)
        .execute(&mut *guard)
        .await
        .map_err(about("administrators"))?;
    let rows = query(
        "select r.id, r.path, r.account_id, r.display_name, r.suspended, e.user_id, e.user_name, e.enabled,
             a.source, a.depth, a.assignment_id, a.via, a.expires_at, a.requires_elevation, a.session_seconds, a.reach,
             a.policy, a.document_hash
         from wami_administrators($1, $2, $3) e
         cross join lateral wami_tenant_refs(array[e.tenant_id]) r
         cross join lateral wami_authority(e.tenant_id, e.user_id, $1, $4) a
         order by e.user_id",
    )
    .bind(conn.tenant())
    .bind(after.map(|id| id.uuid()))
    .bind(i32::try_from(MOST_ADMINISTRATORS).unwrap_or(i32::MAX))
    .bind(conn.shared.clock.now())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("administrators"))?;
    guard.done().await?;
    let mut administrators: Vec<Administrator> = Vec::new();
    for row in &rows {
        let (entry, authority) = (entry_of(row)?, authority_of(row)?);
        match administrators.last_mut() {
            Some(last) if last.entry.user_id == entry.user_id => last.rows.push(authority),
            _ => administrators.push(Administrator { entry, rows: vec![authority] }),
        }
    }
    Ok(administrators)
}
