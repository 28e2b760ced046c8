//! The tree of tenants.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use sqlx::{Row, query, query_scalar};
use uuid::Uuid;

use super::common::refuse_blocked;
use super::conn::{Conn, Guard, about};
use super::error::foreign_key;
use super::list::{Beside, List, Order, Text};
use crate::store::{AmiError, Result, rules};
use crate::tenant::path::MAX_DEPTH;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantId, TenantPath, TenantRef, TenantStatus};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// What the scope reaches, as row-level security has it: each statement says it again, since the system itself is not
/// bound by that.
macro_rules! in_reach {
    ($rest:literal) => {
        in_reach!("e", $rest)
    };
    ($table:literal, $rest:literal) => {
        concat!(
            $table,
            ".tree >= current_setting('wami.tree_from') and ",
            $table,
            ".tree < current_setting('wami.tree_to') and ",
            $rest
        )
    };
}

macro_rules! columns {
    () => {
        "e.id, e.parent_id, e.path, e.display_name, e.account_id, e.status, e.allow_all_guardrail, e.created_at, e.updated_at, \
         e.row_version"
    };
}

const CHILDREN: List = List {
    table: "tenants",
    within: in_reach!("e.parent_id = "),
    columns: columns!(),
    beside: Beside::Nothing,
    sorts: &[(Sort::Name, Order::unique("slug")), (Sort::Created, Order::time("created_at"))],
    text: Text::Column("search_key"),
    tags: None,
    created: "created_at",
    equals: &[],
    is_counted: false,
};

fn tenant_of(row: &PgRow) -> Result<Tenant> {
    Ok(Tenant {
        id: Id::new(row.try_get("id")?),
        parent_id: row.try_get::<Option<Uuid>, _>("parent_id")?.map(Id::new),
        path: path_of(row.try_get("path")?)?,
        display_name: row.try_get("display_name")?,
        account_id: row.try_get("account_id")?,
        status: if row.try_get::<&str, _>("status")? == "suspended" {
            TenantStatus::Suspended
        } else {
            TenantStatus::Active
        },
        allow_all_guardrail: row.try_get("allow_all_guardrail")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.try_get("row_version")?,
    })
}

/// A path that was stored.
pub fn path_of(text: &str) -> Result<TenantPath> {
    text.parse().map_err(|_| AmiError::InternalError { message: "a stored tenant path cannot be read".into() })
}

/// A row of `wami_tenant_refs`.
pub fn ref_of(row: &PgRow) -> Result<TenantRef> {
    Ok(TenantRef {
        id: Id::new(row.try_get("id")?),
        path: path_of(row.try_get("path")?)?,
        account_id: row.try_get("account_id")?,
        display_name: row.try_get("display_name")?,
        suspended: row.try_get("suspended")?,
    })
}

fn absent(id: TenantId) -> AmiError {
    AmiError::not_found("tenant", &id.to_string())
}

async fn by_id(guard: &mut Guard, id: TenantId) -> Result<Option<Tenant>> {
    let row = query(concat!("select ", columns!(), " from tenants e where ", in_reach!("e.id = $1")))
        .bind(id.uuid())
        .fetch_optional(&mut **guard)
        .await
        .map_err(about("tenant"))?;
    row.as_ref().map(tenant_of).transpose()
}

/// Holds the shape of the tree until the transaction ends, while something is added to it.
async fn hold_shape(guard: &mut Guard) -> Result<()> {
    query("select pg_advisory_xact_lock_shared(hashtext('wami.tree'))")
        .execute(&mut **guard)
        .await
        .map_err(about("tenant"))?;
    Ok(())
}

/// Lets nobody else touch the shape of the tree until the transaction ends.
async fn lock_shape(guard: &mut Guard) -> Result<()> {
    query("select pg_advisory_xact_lock(hashtext('wami.tree'))")
        .execute(&mut **guard)
        .await
        .map_err(about("tenant"))?;
    Ok(())
}

/// Neither the root nor the tenant of the handle is moved or deleted.
fn refuse_fixed(conn: &Conn, tenant: &Tenant, what: &str) -> Result<()> {
    let reason = if tenant.path.is_root() {
        format!("The root tenant cannot be {what}.")
    } else if tenant.id == conn.scope.tenant_id() {
        format!("A tenant is {what} from the tenant above it.")
    } else {
        return Ok(());
    };
    Err(AmiError::UnmodifiableEntity { resource: format!("tenant {}", tenant.path), reason })
}

pub async fn create(conn: &Conn, parent: TenantId, slug: &str, display_name: &str, account_id: &str) -> Result<Tenant> {
    rules::tenant_name(display_name)?;
    rules::account_id(account_id)?;
    let now = conn.shared.clock.now();
    let id: TenantId = conn.shared.ids.id(now);
    let mut guard = conn.write().await?;
    hold_shape(&mut guard).await?;
    let above = by_id(&mut guard, parent).await?.ok_or_else(|| absent(parent))?;
    let path = above.path.child(slug).map_err(|error| AmiError::invalid("slug", error.0))?;
    let row = query(concat!(
        "insert into tenants as e (id, parent_id, path, slug, depth, display_name, account_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning ",
        columns!()
    ))
    .bind(id.uuid())
    .bind(parent.uuid())
    .bind(path.as_str())
    .bind(slug)
    .bind(depth_of(&path))
    .bind(display_name)
    .bind(account_id)
    .bind(now)
    .fetch_one(&mut *guard)
    .await
    .map_err(about(path.as_str()))?;
    guard.done().await?;
    tenant_of(&row)
}

fn depth_of(path: &TenantPath) -> i32 {
    i32::try_from(path.depth()).unwrap_or(i32::MAX)
}

pub async fn get(conn: &Conn, id: TenantId) -> Result<Option<Tenant>> {
    let mut guard = conn.read().await?;
    let found = by_id(&mut guard, id).await?;
    guard.done().await?;
    Ok(found)
}

pub async fn find(conn: &Conn, path: &TenantPath) -> Result<Option<Tenant>> {
    let mut guard = conn.read().await?;
    let row = query(concat!("select ", columns!(), " from tenants e where ", in_reach!("e.path = $1")))
        .bind(path.as_str())
        .fetch_optional(&mut *guard)
        .await
        .map_err(about(path.as_str()))?;
    guard.done().await?;
    row.as_ref().map(tenant_of).transpose()
}

pub async fn update(conn: &Conn, tenant: &Tenant) -> Result<Tenant> {
    rules::tenant_name(&tenant.display_name)?;
    let name = tenant.path.as_str();
    let mut guard = conn.write().await?;
    let row = query(concat!(
        "update tenants e set display_name = $3, status = $4, updated_at = $5, row_version = row_version + 1 where ",
        in_reach!("e.id = $1 and e.row_version = $2 returning "),
        columns!()
    ))
    .bind(tenant.id.uuid())
    .bind(tenant.version)
    .bind(&tenant.display_name)
    .bind(tenant.status.as_str())
    .bind(conn.shared.clock.now())
    .fetch_optional(&mut *guard)
    .await
    .map_err(about(name))?;
    let Some(row) = row else {
        let present = by_id(&mut guard, tenant.id).await?;
        return Err(if present.is_some() {
            AmiError::stale("tenant", name)
        } else {
            AmiError::not_found("tenant", name)
        });
    };
    guard.done().await?;
    tenant_of(&row)
}

pub async fn relocate(conn: &Conn, id: TenantId, parent: TenantId, slug: &str) -> Result<Tenant> {
    let mut guard = conn.write().await?;
    lock_shape(&mut guard).await?;
    let tenant = by_id(&mut guard, id).await?.ok_or_else(|| absent(id))?;
    let above = by_id(&mut guard, parent).await?.ok_or_else(|| absent(parent))?;
    refuse_fixed(conn, &tenant, "moved")?;
    if tenant.path.covers(&above.path) {
        return Err(AmiError::invalid("parent", "A tenant cannot lie below itself."));
    }
    let path = above.path.child(slug).map_err(|error| AmiError::invalid("slug", error.0))?;
    let deepest: Option<i32> = query_scalar("select max(depth) from tenants where tree >= $1 and tree < $2")
        .bind(tenant.path.tree())
        .bind(tree_end(&tenant.path))
        .fetch_one(&mut *guard)
        .await
        .map_err(about(path.as_str()))?;
    let deeper = depth_of(&path) - depth_of(&tenant.path);
    if deepest.unwrap_or(0) + deeper > i32::try_from(MAX_DEPTH).unwrap_or(i32::MAX) {
        return Err(AmiError::invalid(
            "parent",
            format!("Something below it would lie deeper than {MAX_DEPTH} levels."),
        ));
    }
    // Former paths are kept by a trigger.
    query(
        "update tenants set path = $3 || substr(path, length($4) + 1), depth = depth + $5, updated_at = $6,
             row_version = row_version + 1,
             parent_id = case when id = $7 then $8 else parent_id end,
             slug = case when id = $7 then $9 else slug end
         where tree >= $1 and tree < $2",
    )
    .bind(tenant.path.tree())
    .bind(tree_end(&tenant.path))
    .bind(path.as_str())
    .bind(tenant.path.as_str())
    .bind(deeper)
    .bind(conn.shared.clock.now())
    .bind(id.uuid())
    .bind(parent.uuid())
    .bind(slug)
    .execute(&mut *guard)
    .await
    .map_err(about(path.as_str()))?;
    let moved = by_id(&mut guard, id).await?;
    guard.done().await?;
    moved.ok_or_else(|| absent(id))
}

/// The end of the range of a subtree other than the root's: `/` follows `.`.
fn tree_end(path: &TenantPath) -> String {
    if path.is_root() { "~".to_owned() } else { format!("{path}/") }
}

pub async fn delete(conn: &Conn, id: TenantId) -> Result<()> {
    let mut guard = conn.write().await?;
    lock_shape(&mut guard).await?;
    let tenant = by_id(&mut guard, id).await?.ok_or_else(|| absent(id))?;
    let name = tenant.path.as_str();
    refuse_fixed(conn, &tenant, "deleted")?;
    let counts = counts_of(&mut guard, &[id.uuid()]).await?.remove(&id.uuid()).unwrap_or_default();
    let held = [
        ("children", counts.children),
        ("users", counts.users),
        ("groups", counts.groups),
        ("roles", counts.roles),
        ("policies", counts.policies),
        ("permission sets", counts.permission_sets),
        ("assignments", counts.assignments),
    ];
    let held = held.into_iter().filter(|(_, count)| *count > 0);
    refuse_blocked("tenant", name, held.map(|(kind, count)| (kind.to_owned(), count.to_string())).collect())?;
    match query("select wami_forget_tenant($1)").bind(id.uuid()).execute(&mut *guard).await {
        Ok(_) => guard.done().await,
        // Something came in between the count and the deletion.
        Err(failed) => match foreign_key(&failed) {
            Some(table) => refuse_blocked("tenant", name, vec![(table.replace('_', " "), "1".into())]),
            None => Err(about(name)(failed)),
        },
    }
}

pub async fn list_children(conn: &Conn, parent: TenantId, page: &PageRequest) -> Result<Page<Tenant>> {
    let operation = format!("children of {parent}");
    CHILDREN.page(conn, (&operation, parent.uuid()), (&Filter::default(), &[]), &[], page, tenant_of).await
}

pub async fn first_children(conn: &Conn, parents: &[TenantPath], each: u32) -> Result<Vec<Tenant>> {
    let parents: Vec<&str> = parents.iter().map(TenantPath::as_str).collect();
    let mut guard = conn.read().await?;
    let rows = query(concat!(
        "select e.* from tenants p cross join lateral (select ",
        columns!(),
        " from tenants e where ",
        in_reach!("e.parent_id = p.id order by e.slug limit $2) e where "),
        in_reach!("p", "p.path = any($1) order by p.path, e.path")
    ))
    .bind(parents)
    .bind(i64::from(each))
    .fetch_all(&mut *guard)
    .await
    .map_err(about("tenant"))?;
    guard.done().await?;
    rows.iter().map(tenant_of).collect()
}

pub async fn ancestors(conn: &Conn, id: TenantId) -> Result<Vec<TenantRef>> {
    let mut guard = conn.read().await?;
    by_id(&mut guard, id).await?.ok_or_else(|| absent(id))?;
    // Of the paths of one lineage each is longer than the one before, but for the root's.
    let rows = query(
        "select r.id, r.path, r.account_id, r.display_name, r.suspended from wami_tenant_refs(wami_lineage_ids($1)) r
         order by r.path <> 'root', length(r.path)",
    )
    .bind(id.uuid())
    .fetch_all(&mut *guard)
    .await
    .map_err(about("tenant"))?;
    guard.done().await?;
    rows.iter().map(ref_of).collect()
}

pub async fn descendants(conn: &Conn, id: TenantId, limit: u32) -> Result<Vec<TenantRef>> {
    let mut guard = conn.read().await?;
    let Some(tenant) = by_id(&mut guard, id).await? else {
        return Ok(vec![]);
    };
    let rows = query(concat!(
        "select r.id, r.path, r.account_id, r.display_name, r.suspended from wami_tenant_refs(array(
             select e.id from tenants e where ",
        in_reach!("e.path >= $1 and e.path < $2 and e.id <> $3"),
        " order by e.path limit $4)) r order by r.path collate \"C\""
    ))
    .bind(tenant.path.tree())
    .bind(tree_end(&tenant.path))
    .bind(id.uuid())
    .bind(i64::from(limit))
    .fetch_all(&mut *guard)
    .await
    .map_err(about("tenant"))?;
    guard.done().await?;
    rows.iter().map(ref_of).collect()
}

pub async fn counts(conn: &Conn, ids: &[TenantId]) -> Result<Vec<Counts>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut guard = conn.read().await?;
    let counts = counts_of(&mut guard, &ids).await?;
    guard.done().await?;
    Ok(ids.iter().map(|id| counts.get(id).copied().unwrap_or_default()).collect())
}

/// Counts of those tenants that the transaction sees.
async fn counts_of(guard: &mut Guard, ids: &[Uuid]) -> Result<HashMap<Uuid, Counts>> {
    let rows = query(
        "select id, users, groups, roles, policies, permission_sets, assignments, children from wami_tenant_counts($1)",
    )
    .bind(ids)
    .fetch_all(&mut **guard)
    .await
    .map_err(about("tenant"))?;
    let counts = |row: &PgRow| {
        let count = |name: &str| row.try_get::<i64, _>(name).map(|count| u64::try_from(count).unwrap_or(0));
        Ok((
            row.try_get::<Uuid, _>("id")?,
            Counts {
                users: count("users")?,
                groups: count("groups")?,
                roles: count("roles")?,
                policies: count("policies")?,
                permission_sets: count("permission_sets")?,
                assignments: count("assignments")?,
                children: count("children")?,
            },
        ))
    };
    rows.iter().map(counts).collect()
}
