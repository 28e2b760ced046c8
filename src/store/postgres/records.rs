//! The part for events and the bin on Postgres: each method is one function of its area.

use async_trait::async_trait;
use uuid::Uuid;

use super::conn::Conn;
use super::{bin, events};
use crate::audit::{Event, EventId};
use crate::store::Result;
use crate::store::traits::{BinItem, RecordStore};
use crate::wire::{Filter, Id, Page, PageRequest};

/// Events and bin of a tenant, on Postgres.
pub struct PostgresRecordStore(pub(super) Conn);

#[async_trait]
impl RecordStore for PostgresRecordStore {
    async fn record(&mut self, event: &Event) -> Result<()> {
        self.0.retried(|| Box::pin(events::insert(&self.0, event))).await
    }
    async fn find_event(&self, id: EventId) -> Result<Option<Event>> {
        events::find(&self.0, id).await
    }
    async fn list_events(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Event>> {
        events::list(&self.0, filter, page).await
    }
    async fn list_events_of(&self, kind: &str, object_id: Uuid, page: &PageRequest) -> Result<Page<Event>> {
        events::list_of(&self.0, kind, object_id, page).await
    }

    async fn put_bin_item(&mut self, item: &BinItem) -> Result<()> {
        self.0.retried(|| Box::pin(bin::put(&self.0, item))).await
    }
    async fn find_bin_item(&self, id: Id<BinItem>) -> Result<Option<BinItem>> {
        bin::find(&self.0, id).await
    }
    async fn list_bin_items(&self, filter: &Filter, page: &PageRequest) -> Result<Page<BinItem>> {
        bin::list(&self.0, filter, page).await
    }
    async fn remove_bin_item(&mut self, id: Id<BinItem>) -> Result<()> {
        self.0.retried(|| Box::pin(bin::remove(&self.0, id))).await
    }
    async fn restore_object_id(&mut self, kind: &str, drawn: Uuid, old: Uuid) -> Result<()> {
        self.0.retried(|| Box::pin(bin::restore_object_id(&self.0, kind, drawn, old))).await
    }
}
