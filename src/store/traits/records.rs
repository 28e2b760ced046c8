//! The part of a store for what has happened: audit events and the recycle bin.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::{Event, EventId};
use crate::store::Result;
use crate::store::traits::iam::ListFilter;
use crate::wire::{Id, Page, PageRequest};

/// A deleted object that can be brought back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinItem {
    /// The id of the record.
    pub id: Id<BinItem>,
    /// `user`, `group`, `role`, `policy`, `permission-set`.
    pub kind: String,
    /// The internal id the object had and will have again.
    pub object_id: Uuid,
    /// Its name.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
    /// Who deleted it, as `name@tenant`.
    pub deleted_by: String,
    /// When it will be purged.
    pub purge_at: DateTime<Utc>,
    /// The object, as its `Stored<…>` serialises, without secrets.
    pub object: serde_json::Value,
    /// What hung on it.
    pub relations: BinRelations,
}

/// The relations of a deleted object, by name, to be recreated where they are still valid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BinRelations {
    /// Groups it was a member of (a user).
    pub groups: Vec<String>,
    /// Members (a group).
    pub members: Vec<String>,
    /// ARNs of attached policies (an owner).
    pub attached_policies: Vec<String>,
    /// Inline policies (an owner).
    pub inline_policies: Vec<crate::iam::InlinePolicy>,
    /// Who it was attached to or bounded (a policy).
    pub entities: Vec<crate::iam::PolicyEntity>,
    /// Its versions (a policy).
    pub versions: Vec<crate::iam::PolicyVersion>,
    /// Its assignments in its own tenant (a user, group or permission set).
    pub assignments: Vec<crate::sso_admin::AccountAssignment>,
}

/// Audit events and bin of one tenant. Events are only ever added.
#[async_trait]
pub trait RecordStore: Send + Sync {
    /// Adds an event; inside a unit of work it commits with the change it tells of.
    async fn record(&mut self, event: &Event) -> Result<()>;

    /// One event, or `None`.
    async fn find_event(&self, id: EventId) -> Result<Option<Event>>;

    /// Events, newest first. Filter keys: text (a part of the actor's or target's name), `action` (exact, or a prefix
    /// ending in `*`), `actor` (name), `target` (name), `kind` (of the target), `outcome` (`success`, `refused`,
    /// `failed`), `request` (request id), `created` (`<` or `>` and a date).
    async fn list_events(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Event>>;

    /// The events of one object, newest first.
    async fn list_events_of(&self, kind: &str, object_id: Uuid, page: &PageRequest) -> Result<Page<Event>>;

    /// Puts a deleted object into the bin.
    async fn put_bin_item(&mut self, item: &BinItem) -> Result<()>;

    /// One item, or `None`.
    async fn find_bin_item(&self, id: Id<BinItem>) -> Result<Option<BinItem>>;

    /// Items, latest deletion first. Filter keys: text (a part of the name), `kind`.
    async fn list_bin_items(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<BinItem>>;

    /// Takes an item out, for restore or purge. Not found.
    async fn remove_bin_item(&mut self, id: Id<BinItem>) -> Result<()>;

    /// Re-creates a restored object under its old internal id: called right after the insert of the object, in the
    /// same unit of work, with the id the insert drew. Nothing may refer to the object yet.
    async fn restore_object_id(&mut self, kind: &str, drawn: Uuid, old: Uuid) -> Result<()>;
}
