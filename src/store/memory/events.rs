//! Audit events.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Map;
use super::handle::{Reading, Writing};
use super::list::{Asked, Row, matches, search_text};
use super::room::link;
use super::table::{Order, SortKey};
use crate::audit::{Event, EventId};
use crate::store::{AmiError, Result, listing, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

/// What has happened in a tenant. Ids order by time, so ids alone are the order.
#[derive(Clone, Default)]
pub struct Log {
    events: Map<Uuid, Arc<Event>>,
    all: Order,
    by_target: Map<(String, Uuid), Order>,
}

impl Row for Event {
    fn text(&self) -> String {
        search_text([self.actor.as_ref().map(|actor| actor.name.as_str()), Some(&self.target.name)])
    }
    fn created(&self) -> DateTime<Utc> {
        self.at
    }
    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "action" => Some(self.action.as_str().into()),
            "actor_name" => self.actor.as_ref().map(|actor| actor.name.as_str().into()),
            "target_name" => Some(self.target.name.as_str().into()),
            "kind" => Some(self.target.kind.as_str().into()),
            "outcome" => Some(self.outcome.as_str().into()),
            "request_id" => Some(self.request_id.as_str().into()),
            _ => None,
        }
    }
}

pub fn insert(tx: &mut Writing<'_>, event: &Event) -> Result<()> {
    let event = rules::storable_event(event);
    let tenant = tx.tenant();
    let mut log = tx.state.logs.get(&tenant).cloned().unwrap_or_default();
    let id = event.id.uuid();
    if log.events.contains_key(&id) {
        return Err(AmiError::exists("event", &id.to_string(), "id"));
    }
    log.all.insert_mut((SortKey::Id, id));
    if let Some(target) = event.target.id {
        link(&mut log.by_target, (event.target.kind.clone(), target), (SortKey::Id, id));
    }
    log.events.insert_mut(id, Arc::new(event));
    tx.state.logs.insert_mut(tenant, log);
    Ok(())
}

pub fn find(tx: Reading<'_>, id: EventId) -> Option<Event> {
    let event = tx.state.logs.get(&tx.tenant())?.events.get(&id.uuid())?;
    Some(Event::clone(event))
}

/// Newest first, whatever order is asked for.
fn newest_first(page: &PageRequest) -> PageRequest {
    PageRequest { sort: Sort::Created, descending: true, ..page.clone() }
}

pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Event>> {
    let conditions = listing::interpret(filter, listing::EVENTS)?;
    let page = newest_first(page);
    let asked = Asked::new(tx.tenant(), "events", filter, &page)?;
    let log = tx.state.logs.get(&tx.tenant()).cloned().unwrap_or_default();
    let event = |id| log.events.get(&id).expect("an order holds ids of its table");
    if conditions.is_empty() {
        return asked.whole(&log.all, |id| Event::clone(event(id)));
    }
    asked.matching(&log.all, |id| matches(tx.room(), &**event(id), &conditions), |id| Event::clone(event(id)))
}

pub fn list_of(tx: Reading<'_>, kind: &str, object: Uuid, page: &PageRequest) -> Result<Page<Event>> {
    let page = newest_first(page);
    let asked = Asked::new(tx.tenant(), &format!("events of {kind} {object}"), &Filter::default(), &page)?;
    let log = tx.state.logs.get(&tx.tenant()).cloned().unwrap_or_default();
    let order = log.by_target.get(&(rules::storable(kind), object)).cloned().unwrap_or_default();
    asked.whole(&order, |id| Event::clone(log.events.get(&id).expect("an order holds ids of its table")))
}
