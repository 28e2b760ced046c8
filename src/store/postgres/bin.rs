//! The recycle bin.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Row, query};
use uuid::Uuid;

use super::conn::{Conn, about};
use super::list::{self, Beside, IN_TENANT, List, Order, Text};
use crate::store::traits::BinItem;
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

const BIN: List = List {
    table: "bin_items",
    within: IN_TENANT,
    columns: "e.id, e.kind, e.object_id, e.name, e.deleted_at, e.deleted_by, e.purge_at, e.object, e.relations",
    beside: Beside::Nothing,
    sorts: &[(Sort::Created, Order::time("deleted_at"))],
    text: Text::Column("name_key"),
    tags: None,
    created: "deleted_at",
    equals: &[("kind", "e.kind")],
    is_counted: false,
};

fn item_of(row: &PgRow) -> Result<BinItem> {
    Ok(BinItem {
        id: Id::new(row.try_get("id")?),
        kind: row.try_get("kind")?,
        object_id: row.try_get("object_id")?,
        name: row.try_get("name")?,
        deleted_at: row.try_get("deleted_at")?,
        deleted_by: row.try_get("deleted_by")?,
        purge_at: row.try_get("purge_at")?,
        object: row.try_get::<Json<_>, _>("object")?.0,
        relations: row.try_get::<Json<_>, _>("relations")?.0,
    })
}

pub async fn put(conn: &Conn, item: &BinItem) -> Result<()> {
    rules::bin_item(item)?;
    let mut guard = conn.write().await?;
    query(
        "insert into bin_items (tenant_id, id, kind, object_id, name, deleted_at, deleted_by, purge_at, object, relations)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(conn.tenant())
    .bind(item.id.uuid())
    .bind(&item.kind)
    .bind(item.object_id)
    .bind(&item.name)
    .bind(item.deleted_at)
    .bind(&item.deleted_by)
    .bind(item.purge_at)
    .bind(Json(&item.object))
    .bind(Json(&item.relations))
    .execute(&mut *guard)
    .await
    .map_err(about(&item.name))?;
    guard.done().await
}

pub async fn find(conn: &Conn, id: Id<BinItem>) -> Result<Option<BinItem>> {
    let mut guard = conn.read().await?;
    let row = BIN.one(&mut guard, conn.tenant(), "e.id", id.uuid()).await?;
    guard.done().await?;
    row.as_ref().map(item_of).transpose()
}

/// Latest deletion first, whatever order is asked for.
pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<BinItem>> {
    let (filter, conditions) = list::read(filter, listing::BIN)?;
    let page = PageRequest { sort: Sort::Created, descending: true, ..page.clone() };
    BIN.page(conn, ("bin", conn.tenant()), (filter, &conditions), &[], &page, item_of).await
}

pub async fn remove(conn: &Conn, id: Id<BinItem>) -> Result<()> {
    let mut guard = conn.write().await?;
    let done = query("delete from bin_items where tenant_id = $1 and id = $2")
        .bind(conn.tenant())
        .bind(id.uuid())
        .execute(&mut *guard)
        .await
        .map_err(about("bin item"))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found("bin item", &id.to_string()));
    }
    guard.done().await
}

pub async fn restore_object_id(conn: &Conn, kind: &str, drawn: Uuid, old: Uuid) -> Result<()> {
    let table = match kind {
        "user" => "users",
        "group" => "groups",
        "role" => "roles",
        "policy" => "policies",
        "permission-set" => "permission_sets",
        _ => return Err(AmiError::invalid("kind", "Nothing of this kind can be restored.")),
    };
    let mut guard = conn.write().await?;
    // Tags and versions follow by their foreign keys; what is known of the object besides has none.
    let done = query(AssertSqlSafe(format!(
        "with known as (update resource_providers set owner_id = $3 where tenant_id = $1 and owner_id = $2)
         update {table} set id = $3 where tenant_id = $1 and id = $2"
    )))
    .bind(conn.tenant())
    .bind(drawn)
    .bind(old)
    .execute(&mut *guard)
    .await
    .map_err(about(kind))?;
    if done.rows_affected() == 0 {
        return Err(AmiError::not_found(kind, &drawn.to_string()));
    }
    guard.done().await
}
