//! Audit events and the bin.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::conn::{Conn, about};
use super::list::{pattern, time_key};
use crate::audit::{Event, EventActor, EventId, EventTarget, Outcome};
use crate::store::listing::{Condition, Signed};
use crate::store::traits::{BinItem, RecordStore};
use crate::store::{AmiError, Result, listing, paging};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest, Total};

/// Events and bin of a tenant, on Postgres.
pub struct PostgresRecordStore(pub(super) Conn);

const EVENT: &str = "id, at, actor_tenant_id, actor_tenant_path, actor_id, actor_name, acting_as, source_ip, request_id, action, \
    target_kind, target_id, target_name, target_arn, outcome, reason, before, after, parts";
const EVENT_KEYS: &[&str] = &["action", "actor", "target", "kind", "outcome", "request", "created"];
const BIN: &str = "id, kind, object_id, name, deleted_at, deleted_by, purge_at, object, relations";

/// Beyond this many matches a list only says “more than”.
const COUNT_LIMIT: i64 = 10_000;

fn event_of(row: &PgRow) -> Result<Event> {
    let actor_id: Option<Uuid> = row.try_get("actor_id")?;
    let actor_tenant: Option<Uuid> = row.try_get("actor_tenant_id")?;
    let actor = match actor_id.zip(actor_tenant) {
        Some((user, tenant)) => Some(EventActor {
            tenant_id: Id::new(tenant),
            tenant_path: row
                .try_get::<Option<String>, _>("actor_tenant_path")?
                .unwrap_or_default()
                .parse()
                .map_err(|_| AmiError::InternalError { message: "an event's tenant path cannot be read".into() })?,
            user_id: Id::new(user),
            name: row.try_get::<Option<String>, _>("actor_name")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Event {
        id: Id::new(row.try_get("id")?),
        at: row.try_get("at")?,
        actor,
        acting_as: row.try_get("acting_as")?,
        source_ip: row.try_get("source_ip")?,
        request_id: row.try_get("request_id")?,
        action: row.try_get("action")?,
        target: EventTarget {
            kind: row.try_get("target_kind")?,
            id: row.try_get("target_id")?,
            name: row.try_get("target_name")?,
            arn: row.try_get("target_arn")?,
        },
        outcome: match row.try_get("outcome")? {
            "success" => Outcome::Success,
            "refused" => Outcome::Refused,
            _ => Outcome::Failed,
        },
        reason: row.try_get("reason")?,
        before: row.try_get::<Option<Json<_>>, _>("before")?.map(|json| json.0),
        after: row.try_get::<Option<Json<_>>, _>("after")?.map(|json| json.0),
        parts: row.try_get::<Json<_>, _>("parts")?.0,
    })
}

fn item_of(row: &PgRow) -> Result<BinItem, sqlx::Error> {
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

impl PostgresRecordStore {
    /// A list by a column and id, newest first unless asked otherwise.
    async fn list(&self, what: &Listed, conditions: &[Signed], page: &PageRequest) -> Result<(Vec<PgRow>, Total)> {
        let descending = page.descending != page.cursor.as_ref().is_some_and(|cursor| cursor.backwards);
        let (sign, direction) = if descending { ("<", "desc") } else { (">", "asc") };
        let mut guard = self.0.read().await?;
        let mut query = QueryBuilder::<Postgres>::new(format!("select {} from {} e where e.tenant_id = ", what.columns, what.table));
        query.push_bind(self.0.tenant());
        narrow(&mut query, what, conditions)?;
        if let Some(cursor) = &page.cursor {
            // Ids order by time, so the id alone is the key of events; the bin orders by its time of deletion.
            match what.order {
                None => {
                    query.push(format!(" and e.id {sign} ")).push_bind(cursor.id);
                }
                Some(column) => {
                    let at: chrono::DateTime<chrono::Utc> = cursor
                        .key
                        .parse()
                        .map_err(|_| AmiError::invalid("cursor", "This page belongs to another list. Begin again at the first page."))?;
                    query.push(format!(" and e.{column} {sign}= ")).push_bind(at).push(format!(" and (e.{column} {sign} "));
                    query.push_bind(at).push(format!(" or e.id {sign} ")).push_bind(cursor.id).push(")");
                }
            }
        }
        let order = what.order.map(|column| format!("e.{column} {direction}, ")).unwrap_or_default();
        query.push(format!(" order by {order}e.id {direction} limit ")).push_bind(i64::from(page.limit) + 1);
        let rows = query.build().fetch_all(&mut *guard).await.map_err(about(""))?;
        let mut query = QueryBuilder::<Postgres>::new(format!("select count(*) from (select 1 from {} e where e.tenant_id = ", what.table));
        query.push_bind(self.0.tenant());
        narrow(&mut query, what, conditions)?;
        query.push(format!(" limit {}) counted", COUNT_LIMIT + 1));
        let count: i64 = query.build_query_scalar().fetch_one(&mut *guard).await.map_err(about(""))?;
        guard.done().await?;
        let total = u64::try_from(count.min(COUNT_LIMIT)).unwrap_or(0);
        Ok((rows, if count > COUNT_LIMIT { Total::AtLeast(total) } else { Total::Exact(total) }))
    }
}

struct Listed {
    table: &'static str,
    columns: &'static str,
    order: Option<&'static str>,
    created: &'static str,
    search: &'static str,
    object: Option<(String, Uuid)>,
}

fn narrow(query: &mut QueryBuilder<Postgres>, what: &Listed, conditions: &[Signed]) -> Result<()> {
    if let Some((kind, id)) = &what.object {
        query.push(" and e.target_kind = ").push_bind(kind.clone()).push(" and e.target_id = ").push_bind(*id);
    }
    for (holds, condition) in conditions {
        query.push(if *holds { " and (" } else { " and not coalesce((" });
        match condition {
            Condition::Text(text) => {
                query.push(format!("e.{} like ", what.search)).push_bind(pattern(text));
            }
            Condition::CreatedBefore(at) => {
                query.push(format!("e.{} < ", what.created)).push_bind(*at);
            }
            Condition::CreatedAfter(at) => {
                query.push(format!("e.{} >= ", what.created)).push_bind(*at);
            }
            Condition::Equals(name, value) => {
                let column = match (*name, what.table) {
                    ("kind", "audit_events") => "target_kind",
                    ("kind", _) => "kind",
                    ("action", _) => "action",
                    ("actor_name", _) => "actor_name",
                    ("target_name", _) => "target_name",
                    ("outcome", _) => "outcome",
                    ("request_id", _) => "request_id",
                    _ => return Err(AmiError::invalid("filter", "This list has no such filter.")),
                };
                query.push(format!("e.{column} = ")).push_bind(value.clone());
            }
            Condition::StartsWith(_, prefix) => {
                query.push("starts_with(e.action, ").push_bind(prefix.clone()).push(")");
            }
            _ => return Err(AmiError::invalid("filter", "This list has no such filter.")),
        }
        query.push(if *holds { ")" } else { "), false)" });
    }
    Ok(())
}

#[async_trait]
impl RecordStore for PostgresRecordStore {
    async fn record(&mut self, event: &Event) -> Result<()> {
        let mut guard = self.0.write().await?;
        let actor = event.actor.as_ref();
        sqlx::query(
            "insert into audit_events (tenant_id, id, at, actor_tenant_id, actor_tenant_path, actor_id, actor_name, acting_as,
                 source_ip, request_id, action, target_kind, target_id, target_name, target_arn, outcome, reason, before, after, parts)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        )
        .bind(self.0.tenant())
        .bind(event.id.uuid())
        .bind(event.at)
        .bind(actor.map(|actor| actor.tenant_id.uuid()))
        .bind(actor.map(|actor| actor.tenant_path.to_string()))
        .bind(actor.map(|actor| actor.user_id.uuid()))
        .bind(actor.map(|actor| actor.name.clone()))
        .bind(&event.acting_as)
        .bind(&event.source_ip)
        .bind(&event.request_id)
        .bind(&event.action)
        .bind(&event.target.kind)
        .bind(event.target.id)
        .bind(event.target.name.replace('\0', "\u{fffd}"))
        .bind(event.target.arn.replace('\0', "\u{fffd}"))
        .bind(event.outcome.as_str())
        .bind(event.reason.as_ref().map(|reason| reason.replace('\0', "\u{fffd}")))
        .bind(event.before.as_ref().map(Json))
        .bind(event.after.as_ref().map(Json))
        .bind(Json(&event.parts))
        .execute(&mut *guard)
        .await
        .map_err(about("event"))?;
        guard.done().await
    }

    async fn find_event(&self, id: EventId) -> Result<Option<Event>> {
        let mut guard = self.0.read().await?;
        let mut query = QueryBuilder::<Postgres>::new(format!("select {EVENT} from audit_events where tenant_id = "));
        query.push_bind(self.0.tenant()).push(" and id = ").push_bind(id.uuid());
        let row = query.build().fetch_optional(&mut *guard).await.map_err(about("event"))?;
        guard.done().await?;
        row.map(|row| event_of(&row)).transpose()
    }

    async fn list_events(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Event>> {
        let conditions = listing::interpret(filter, EVENT_KEYS)?;
        self.events(&conditions, filter, None, page).await
    }

    async fn list_events_of(&self, kind: &str, object_id: Uuid, page: &PageRequest) -> Result<Page<Event>> {
        self.events(&[], &Filter::default(), Some((kind.to_owned(), object_id)), page).await
    }

    async fn put_bin_item(&mut self, item: &BinItem) -> Result<()> {
        let mut guard = self.0.write().await?;
        sqlx::query(
            "insert into bin_items (tenant_id, id, kind, object_id, name, deleted_at, deleted_by, purge_at, object, relations)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(self.0.tenant())
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

    async fn find_bin_item(&self, id: Id<BinItem>) -> Result<Option<BinItem>> {
        let mut guard = self.0.read().await?;
        let mut query = QueryBuilder::<Postgres>::new(format!("select {BIN} from bin_items where tenant_id = "));
        query.push_bind(self.0.tenant()).push(" and id = ").push_bind(id.uuid());
        let row = query.build().fetch_optional(&mut *guard).await.map_err(about("bin item"))?;
        guard.done().await?;
        Ok(row.map(|row| item_of(&row)).transpose()?)
    }

    async fn list_bin_items(&self, filter: &Filter, page: &PageRequest) -> Result<Page<BinItem>> {
        let conditions = listing::interpret(filter, &["kind"])?;
        let page = &PageRequest { sort: Sort::Created, ..page.clone() };
        let binding = paging::binding(self.0.scope.tenant_id(), "bin", filter, page);
        paging::check(page, binding)?;
        let what = Listed { table: "bin_items", columns: BIN, order: Some("deleted_at"), created: "deleted_at", search: "name_key", object: None };
        let (rows, total) = self.list(&what, &conditions, page).await?;
        let items: Vec<BinItem> = rows.iter().map(item_of).collect::<Result<_, sqlx::Error>>()?;
        Ok(paging::page_of(items, page, binding, total, |item| (time_key(Some(item.deleted_at)), item.id.uuid())))
    }

    async fn remove_bin_item(&mut self, id: Id<BinItem>) -> Result<()> {
        let mut guard = self.0.write().await?;
        let done = sqlx::query("delete from bin_items where tenant_id = $1 and id = $2")
            .bind(self.0.tenant())
            .bind(id.uuid())
            .execute(&mut *guard)
            .await
            .map_err(about("bin item"))?;
        if done.rows_affected() == 0 {
            return Err(AmiError::not_found("bin item", &id.to_string()));
        }
        guard.done().await
    }

    async fn restore_object_id(&mut self, kind: &str, drawn: Uuid, old: Uuid) -> Result<()> {
        let table = match kind {
            "user" => "users",
            "group" => "groups",
            "role" => "roles",
            "policy" => "policies",
            "permission-set" => "permission_sets",
            _ => return Err(AmiError::invalid("kind", "Nothing of this kind can be restored.")),
        };
        let mut guard = self.0.write().await?;
        // Tags and versions follow by their foreign keys.
        sqlx::query("update resource_providers set owner_id = $3 where tenant_id = $1 and owner_id = $2")
            .bind(self.0.tenant())
            .bind(drawn)
            .bind(old)
            .execute(&mut *guard)
            .await
            .map_err(about(kind))?;
        let mut query = QueryBuilder::<Postgres>::new(format!("update {table} set id = "));
        query.push_bind(old).push(" where tenant_id = ").push_bind(self.0.tenant()).push(" and id = ").push_bind(drawn);
        let done = query.build().execute(&mut *guard).await.map_err(about(kind))?;
        if done.rows_affected() == 0 {
            return Err(AmiError::not_found(kind, &drawn.to_string()));
        }
        guard.done().await
    }
}

impl PostgresRecordStore {
    async fn events(&self, conditions: &[Signed], filter: &Filter, object: Option<(String, Uuid)>, page: &PageRequest) -> Result<Page<Event>> {
        let page = &PageRequest { sort: Sort::Created, ..page.clone() };
        let operation = object.as_ref().map_or_else(|| "events".to_owned(), |(kind, id)| format!("events of {kind} {id}"));
        let binding = paging::binding(self.0.scope.tenant_id(), &operation, filter, page);
        paging::check(page, binding)?;
        let what = Listed { table: "audit_events", columns: EVENT, order: None, created: "at", search: "search_key", object };
        let (rows, total) = self.list(&what, conditions, page).await?;
        let events: Vec<Event> = rows.iter().map(event_of).collect::<Result<_>>()?;
        Ok(paging::page_of(events, page, binding, total, |event| (time_key(Some(event.at)), event.id.uuid())))
    }
}
