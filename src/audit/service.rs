//! Reading events.

use uuid::Uuid;

use super::{Event, EventId};
use crate::authz::access::SharedAccess;
use crate::authz::{Access, Action, Target};
use crate::op::OpContext;
use crate::tenant::TenantPath;
use crate::wire::page::Sort;
use crate::wire::{ApiError, ListQuery, Page, PageRequest};

/// The filter keys of the list.
pub const FILTER_KEYS: &[&str] = &["action", "actor", "target", "kind", "outcome", "request", "created"];
/// The one order: newest first.
pub const SORTS: &[Sort] = &[Sort::Created];

/// All events, as the target of reading.
pub fn collection(access: &Access) -> Target {
    Target::console("audit", &access.tenant.account_id, "event/")
}

/// A page of the events of a tenant, newest first.
///
/// # Errors
/// On the fields `q` and `cursor`; refusals.
pub async fn list(
    op: &OpContext,
    path: &TenantPath,
    query: &ListQuery,
) -> Result<(SharedAccess, Page<Event>), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ListEvents, &collection(&access)).await?;
    let (filter, page) = (query.filter(FILTER_KEYS)?, newest_first(query.page(SORTS)?));
    let events = op.reads(&access).await.records.list_events(&filter, &page).await.map_err(|error| op.fail(error))?;
    Ok((access, events))
}

/// The latest events of one object; the caller may read the object itself.
///
/// # Errors
/// Refusals.
pub async fn list_of(op: &OpContext, access: &SharedAccess, kind: &str, id: Uuid) -> Result<Page<Event>, ApiError> {
    op.authorize(access, Action::ListEvents, &collection(access)).await?;
    let page = newest_first(PageRequest::first(crate::wire::page::DEFAULT_LIMIT));
    op.reads(access).await.records.list_events_of(kind, id, &page).await.map_err(|error| op.fail(error))
}

/// One event.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn get(op: &OpContext, path: &TenantPath, id: EventId) -> Result<(SharedAccess, Event), ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::GetEvent, &collection(&access)).await?;
    let event = op.reads(&access).await.records.find_event(id).await.map_err(|error| op.fail(error))?;
    Ok((access, event.ok_or_else(ApiError::not_found)?))
}

fn newest_first(page: PageRequest) -> PageRequest {
    PageRequest { sort: Sort::Created, descending: true, ..page }
}
