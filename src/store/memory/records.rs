//! The part for events and the bin in memory: each method is one function of its area.

use async_trait::async_trait;
use uuid::Uuid;

use super::handle::Handle;
use super::{bin, events};
use crate::audit::{Event, EventId};
use crate::store::Result;
use crate::store::traits::{BinItem, RecordStore};
use crate::wire::{Filter, Id, Page, PageRequest};

/// Events and bin of a tenant, in memory.
#[derive(Clone)]
pub struct MemoryRecordStore(pub(super) Handle);

#[async_trait]
impl RecordStore for MemoryRecordStore {
    async fn record(&mut self, event: &Event) -> Result<()> {
        self.0.write(|tx| events::insert(tx, event)).await
    }
    async fn find_event(&self, id: EventId) -> Result<Option<Event>> {
        self.0.read(|tx| Ok(events::find(tx, id)))
    }
    async fn list_events(&self, filter: &Filter, page: &PageRequest) -> Result<Page<Event>> {
        self.0.read(|tx| events::list(tx, filter, page))
    }
    async fn list_events_of(&self, kind: &str, object_id: Uuid, page: &PageRequest) -> Result<Page<Event>> {
        self.0.read(|tx| events::list_of(tx, kind, object_id, page))
    }

    async fn put_bin_item(&mut self, item: &BinItem) -> Result<()> {
        self.0.write(|tx| bin::put(tx, item)).await
    }
    async fn find_bin_item(&self, id: Id<BinItem>) -> Result<Option<BinItem>> {
        self.0.read(|tx| Ok(bin::find(tx, id)))
    }
    async fn list_bin_items(&self, filter: &Filter, page: &PageRequest) -> Result<Page<BinItem>> {
        self.0.read(|tx| bin::list(tx, filter, page))
    }
    async fn remove_bin_item(&mut self, id: Id<BinItem>) -> Result<()> {
        self.0.write(|tx| bin::remove(tx, id)).await
    }
    async fn restore_object_id(&mut self, kind: &str, drawn: Uuid, old: Uuid) -> Result<()> {
        self.0.write(|tx| bin::restore_object_id(tx, kind, drawn, old)).await
    }
}
