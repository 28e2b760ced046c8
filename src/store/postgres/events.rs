//! Audit events.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Row, query};
use uuid::Uuid;

use super::conn::{Conn, about};
use super::list::{self, Beside, Extra, IN_TENANT, List, Order, Text};
use super::tree::path_of;
use crate::audit::{Event, EventActor, EventId, EventTarget, Outcome};
use crate::store::listing::{self, Condition};
use crate::store::{Result, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

/// Ids order by time, so the id alone is the order.
const EVENTS: List = List {
    table: "audit_events",
    within: IN_TENANT,
    columns: "e.id, e.at, e.actor_tenant_id, e.actor_tenant_path, e.actor_id, e.actor_name, e.acting_as, e.source_ip, e.request_id, \
        e.action, e.target_kind, e.target_id, e.target_name, e.target_arn, e.outcome, e.reason, e.before, e.after, e.parts",
    beside: Beside::Nothing,
    sorts: &[(Sort::Created, Order::id())],
    text: Text::IndexedAlone("search_key"),
    tags: None,
    created: "at",
    equals: &[
        ("action", "e.action"),
        ("actor_name", "e.actor_name"),
        ("target_name", "e.target_name"),
        ("kind", "e.target_kind"),
        ("outcome", "e.outcome"),
        ("request_id", "e.request_id"),
    ],
    is_counted: false,
};

fn event_of(row: &PgRow) -> Result<Event> {
    let user: Option<Uuid> = row.try_get("actor_id")?;
    let tenant: Option<Uuid> = row.try_get("actor_tenant_id")?;
    let actor = match user.zip(tenant) {
        Some((user, tenant)) => Some(EventActor {
            tenant_id: Id::new(tenant),
            tenant_path: path_of(row.try_get("actor_tenant_path")?)?,
            user_id: Id::new(user),
            name: row.try_get("actor_name")?,
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

pub async fn insert(conn: &Conn, event: &Event) -> Result<()> {
    let event = rules::storable_event(event);
    let actor = event.actor.as_ref();
    let target = &event.target;
    let mut guard = conn.write().await?;
    query(
        "insert into audit_events (tenant_id, id, at, actor_tenant_id, actor_tenant_path, actor_id, actor_name, acting_as,
             source_ip, request_id, action, target_kind, target_id, target_name, target_arn, outcome, reason, before, after, parts)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(conn.tenant())
    .bind(event.id.uuid())
    .bind(event.at)
    .bind(actor.map(|actor| actor.tenant_id.uuid()))
    .bind(actor.map(|actor| actor.tenant_path.as_str()))
    .bind(actor.map(|actor| actor.user_id.uuid()))
    .bind(actor.map(|actor| &actor.name))
    .bind(&event.acting_as)
    .bind(&event.source_ip)
    .bind(&event.request_id)
    .bind(&event.action)
    .bind(&target.kind)
    .bind(target.id)
    .bind(&target.name)
    .bind(&target.arn)
    .bind(event.outcome.as_str())
    .bind(&event.reason)
    .bind(event.before.as_ref().map(Json))
    .bind(event.after.as_ref().map(Json))
    .bind(Json(&event.parts))
    .execute(&mut *guard)
    .await
    .map_err(about("event"))?;
    guard.done().await
}

pub async fn find(conn: &Conn, id: EventId) -> Result<Option<Event>> {
    let mut guard = conn.read().await?;
    let row = EVENTS.one(&mut guard, conn.tenant(), "e.id", id.uuid()).await?;
    guard.done().await?;
    row.as_ref().map(event_of).transpose()
}

/// Newest first, whatever order is asked for.
fn newest_first(page: &PageRequest) -> PageRequest {
    PageRequest { sort: Sort::Created, descending: true, ..page.clone() }
}

pub async fn list(conn: &Conn, filter: &Filter, page: &PageRequest) -> Result<Page<Event>> {
    let (filter, conditions) = list::read(filter, listing::EVENTS)?;
    EVENTS.page(conn, ("events", conn.tenant()), (filter, &conditions), &[], &newest_first(page), event_of).await
}

pub async fn list_of(conn: &Conn, kind: &str, object_id: Uuid, page: &PageRequest) -> Result<Page<Event>> {
    let operation = format!("events of {kind} {object_id}");
    let conditions = [(true, Condition::Equals("kind", rules::storable(kind)))];
    let object = Extra { sql: "e.target_id = ", id: object_id, tail: "" };
    EVENTS
        .page(
            conn,
            (&operation, conn.tenant()),
            (&Filter::default(), &conditions),
            &[object],
            &newest_first(page),
            event_of,
        )
        .await
}
