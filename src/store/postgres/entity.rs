//! The life of an entity: what creating, finding, changing, listing and deleting one is, whatever its kind.
//!
//! Each kind has a file with its columns and statements; what stands here is done around them.

use sqlx::postgres::{PgQueryResult, PgRow};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Row, query, query_as};
use uuid::Uuid;

use super::common::{id_of, name_key, put_providers, put_tags, refuse_blocked};
use super::conn::{Conn, Guard, about};
use super::list::{List, read};
use crate::iam::{Person, ProviderConfig, Stored, Tag};
use crate::store::entity::{self, Entity};
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;
use crate::wire::{Filter, Id, Page, PageRequest};

/// A kind of entity as it is in the database: a table with `tenant_id`, `id`, `row_version` and, if it has its name for
/// itself, `name_key`.
pub trait Kind: Entity {
    /// How it is read.
    const LIST: &'static List;

    /// The entity of a row of its list.
    fn of(row: &PgRow, tenant: TenantId) -> Result<Self>;

    /// Whether it is enabled, and who it is: users only can be disabled, and are somebody.
    fn person_of(_row: &PgRow) -> Result<(bool, Person)> {
        Ok((true, Person::default()))
    }
}

/// The entity of a row of its list, with its envelope.
pub fn stored_of<T: Kind>(row: &PgRow, tenant: Uuid) -> Result<Stored<T>> {
    let (enabled, person) = T::person_of(row)?;
    Ok(Stored {
        id: Id::new(row.try_get("id")?),
        version: row.try_get("row_version")?,
        enabled,
        person,
        updated_at: row.try_get("updated_at")?,
        value: T::of(row, Id::new(tenant))?,
    })
}

/// The tags of a row.
pub fn tags_in(row: &PgRow) -> Result<Vec<Tag>> {
    Ok(row.try_get::<Json<_>, _>("tags")?.0)
}

/// The providers of a row.
pub fn providers_in(row: &PgRow) -> Result<Vec<ProviderConfig>> {
    Ok(row.try_get::<Json<_>, _>("providers")?.0)
}

/// The entity of that name, for kinds that have their names for themselves.
pub async fn find<T: Kind>(conn: &Conn, name: &str) -> Result<Option<Stored<T>>> {
    find_where(conn, "e.name_key", name_key(name)).await
}

/// The entity for which `condition` holds of a key.
pub async fn find_where<T: Kind>(conn: &Conn, condition: &'static str, key: String) -> Result<Option<Stored<T>>> {
    let mut guard = conn.read().await?;
    let row = T::LIST.one(&mut guard, conn.tenant(), condition, key).await?;
    guard.done().await?;
    row.map(|row| stored_of(&row, conn.tenant())).transpose()
}

/// A page of all of a kind.
pub async fn list<T: Kind>(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<T>>> {
    let (filter, conditions) = read(filter, T::FILTERS)?;
    let row = |row: &PgRow| stored_of(row, conn.tenant());
    T::LIST.page(conn, (T::LISTED, conn.tenant()), (filter, &conditions), &[], page, row).await
}

/// Before the insert: the entity as it will be stored and read.
pub fn admit<T: Entity>(conn: &Conn, value: &T, person: &Person) -> Result<Stored<T>> {
    let (ids, now) = (&conn.shared.ids, conn.shared.clock.now());
    entity::admit(value.clone(), person.clone(), conn.scope.tenant_id(), ids, now)
}

/// After the insert: what hangs on the row, and the end of the operation.
pub async fn inserted<T: Kind>(conn: &Conn, mut guard: Guard, new: Stored<T>) -> Result<Stored<T>> {
    if let Some(tags) = T::LIST.tags {
        put_tags(&mut guard, tags, conn.tenant(), new.id.uuid(), new.common().tags).await?;
    }
    if !new.common().providers.is_empty() {
        put_providers(&mut guard, conn.tenant(), new.id.uuid(), new.common().providers).await?;
    }
    guard.done().await?;
    Ok(new)
}

/// Before the update: refuses what breaks a rule.
pub fn check<T: Entity>(conn: &Conn, given: &Stored<T>) -> Result<()> {
    entity::check(&given.value, &given.person, conn.scope.tenant_id())
}

/// After the update, which was by tenant, id and version: refuses it if no row was met; else what hangs on the row, the
/// end of the operation, and the entity as it is now.
pub async fn updated<T: Kind>(
    conn: &Conn,
    mut guard: Guard,
    given: &Stored<T>,
    done: &PgQueryResult,
) -> Result<Stored<T>> {
    let (tenant, id) = (conn.tenant(), given.id.uuid());
    if done.rows_affected() == 0 {
        return Err(absent_or_stale(&mut guard, given, tenant).await);
    }
    put_providers(&mut guard, tenant, id, given.common().providers).await?;
    let row = T::LIST.one(&mut guard, tenant, "e.id", id).await?;
    guard.done().await?;
    stored_of(&row.ok_or_else(|| AmiError::not_found(T::NOUN, given.name()))?, tenant)
}

/// Why an update by id and version met no row.
async fn absent_or_stale<T: Kind>(guard: &mut Guard, given: &Stored<T>, tenant: Uuid) -> AmiError {
    let table = T::LIST.table;
    let found = query(AssertSqlSafe(format!("select from {table} where tenant_id = $1 and id = $2")))
        .bind(tenant)
        .bind(given.id.uuid())
        .fetch_optional(&mut **guard)
        .await;
    match found {
        Ok(Some(_)) => AmiError::stale(T::NOUN, given.name()),
        Ok(None) => AmiError::not_found(T::NOUN, given.name()),
        Err(failed) => about(given.name())(failed),
    }
}

/// Deletes the entity of that name, if `blockers` finds nothing in the way: a statement that takes tenant and id and
/// gives kinds and names.
pub async fn delete<T: Kind>(conn: &Conn, name: &str, blockers: &'static str) -> Result<()> {
    let mut guard = conn.write().await?;
    let id = lock::<T>(&mut guard, conn.tenant(), name).await?;
    refuse_in_use::<T>(&mut guard, conn.tenant(), id, name, blockers).await?;
    forget::<T>(&mut guard, conn.tenant(), id, name).await?;
    guard.done().await
}

/// The internal id of what is to be deleted, locked: nothing is hung on it while we look.
pub async fn lock<T: Kind>(guard: &mut Guard, tenant: Uuid, name: &str) -> Result<Uuid> {
    id_of(guard, (T::LIST.table, T::NOUN), tenant, name, " for update").await
}

/// `DeleteConflict` when `blockers` finds something.
pub async fn refuse_in_use<T: Kind>(
    guard: &mut Guard,
    tenant: Uuid,
    id: Uuid,
    name: &str,
    blockers: &'static str,
) -> Result<()> {
    let found: Vec<(String, String)> =
        query_as(blockers).bind(tenant).bind(id).fetch_all(&mut **guard).await.map_err(about(name))?;
    refuse_blocked(T::NOUN, name, found)
}

/// Removes an entity that nothing hangs on any more.
pub async fn forget<T: Kind>(guard: &mut Guard, tenant: Uuid, id: Uuid, name: &str) -> Result<()> {
    let table = T::LIST.table;
    query(AssertSqlSafe(format!(
        "with known as (delete from resource_providers where tenant_id = $1 and owner_id = $2)
         delete from {table} where tenant_id = $1 and id = $2"
    )))
    .bind(tenant)
    .bind(id)
    .execute(&mut **guard)
    .await
    .map_err(about(name))?;
    Ok(())
}
