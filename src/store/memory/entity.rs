//! The life of an entity: what creating, finding, changing, listing and deleting one is, whatever its kind.
//!
//! Values are kept as they are read, but for what belongs to another thing and may change with it: boundaries are kept
//! as ids of policies, documents by content address. Each kind has a file with what is its own.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::handle::{Reading, Writing};
use super::list::{Asked, Row, matches};
use super::room::Room;
use super::state::State;
use super::table::Table;
use crate::iam::{OwnerKind, Person, Stored, Tag};
use crate::store::entity::{self, Entity};
use crate::store::listing::{self, Condition, Signed};
use crate::store::{Result, rules};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

/// A kind of entity as it is in memory: a table in the room of its tenant.
pub trait Kind: Entity {
    /// The orders its lists offer.
    const SORTS: &'static [Sort];
    /// The field of its name.
    const NAME: &'static str;
    /// What it is as an owner of policies; `None` for policies themselves.
    const OWNER: Option<OwnerKind>;
    /// What is kept beside its value.
    type Beside: Clone + Send + Sync;

    /// Its table.
    fn table(room: &Room) -> &Table<Self>;
    /// Its table, to change it.
    fn table_mut(room: &mut Room) -> &mut Table<Self>;

    /// Whether no other may have its name.
    fn owns_its_name(&self) -> bool {
        true
    }
    /// Other texts that no two may share, by field.
    fn identifiers(&self) -> Vec<(&'static str, &str)>;
    /// When it was last used.
    fn used(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// Its path.
    fn path(&self) -> &str {
        ""
    }
    /// What free text is looked for in, in lower case.
    fn text(stored: &Stored<Self>) -> String;
    /// Conditions that only its kind knows.
    fn is(_kept: &Kept<Self>, _room: &Room, _condition: &Condition) -> bool {
        false
    }

    /// Fills in what is kept beside its value or counted.
    fn complete(&mut self, _kept: &Kept<Self>, _state: &State, _room: &Room) {}
    /// Lets what is ordered by its name elsewhere follow a new one.
    fn renamed(_room: &mut Room, _id: Uuid, _from: &str, _to: &str) {}
}

/// An entity as it is kept.
#[derive(Clone)]
pub struct Kept<T: Kind> {
    /// The entity, without its boundary and what is beside it.
    pub stored: Stored<T>,
    /// The policy that bounds it.
    pub boundary: Option<Uuid>,
    /// What only its kind has.
    pub beside: T::Beside,
}

impl<T: Kind> Kept<T> {
    /// The internal id.
    pub fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.stored.name()
    }
}

impl<T: Kind> Row for Kept<T> {
    fn text(&self) -> String {
        T::text(&self.stored)
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.common().created
    }
    fn path(&self) -> &str {
        self.stored.path()
    }
    fn tags(&self) -> &[Tag] {
        self.stored.common().tags
    }
    fn is(&self, room: &Room, condition: &Condition) -> bool {
        T::is(self, room, condition)
    }
}

impl State {
    /// An entity of a tenant as it is read.
    pub fn whole<T: Kind>(&self, tenant: TenantId, kept: &Kept<T>) -> Stored<T> {
        let room = self.room(tenant);
        let mut stored = kept.stored.clone();
        if let Some(arn) = stored.value.common_mut().boundary {
            *arn = room.boundary_arn(kept.boundary);
        }
        stored.value.complete(kept, self, room);
        stored
    }
}

/// A new entity, for [`put`].
pub fn admit<T: Kind>(tx: &Writing<'_>, value: T, person: Person) -> Result<Stored<T>> {
    entity::admit(value, person, tx.tenant(), tx.ids, tx.now)
}

/// Keeps an entity, in the place of the one that was there `before`. Not found when its boundary is not there; exists.
pub fn put<T: Kind>(
    tx: &mut Writing<'_>,
    before: Option<&Kept<T>>,
    mut stored: Stored<T>,
    beside: T::Beside,
) -> Result<Stored<T>> {
    let boundary = tx.room().boundary(stored.common().boundary)?;
    if let Some(arn) = stored.value.common_mut().boundary {
        *arn = None;
    }
    replace(tx, before, &Kept { stored, boundary, beside })
}

fn replace<T: Kind>(tx: &mut Writing<'_>, before: Option<&Kept<T>>, kept: &Kept<T>) -> Result<Stored<T>> {
    let room = tx.room_mut();
    T::table_mut(room).put(kept.clone())?;
    if let Some(kind) = T::OWNER {
        room.note_boundary((kind, kept.id()), before.and_then(|before| before.boundary), kept.boundary);
    }
    if let Some(before) = before {
        T::renamed(room, kept.id(), before.name(), kept.name());
    }
    Ok(tx.state.whole(tx.tenant(), kept))
}

/// The entity of that name.
pub fn find<T: Kind>(tx: Reading<'_>, name: &str) -> Option<Stored<T>> {
    T::table(tx.room()).find(name).map(|kept| tx.state.whole(tx.tenant(), kept))
}

/// Changes an entity: `change` takes over from `given` what may change of its kind; boundary and providers may of all.
/// Not found, stale, exists.
pub fn update<T: Kind>(
    tx: &mut Writing<'_>,
    given: &Stored<T>,
    change: impl FnOnce(&mut Kept<T>),
) -> Result<Stored<T>> {
    entity::check(&given.value, &given.person, tx.tenant())?;
    let boundary = tx.room().boundary(given.common().boundary)?;
    let before = T::table(tx.room()).current(given.id.uuid(), given.version, given.name())?.clone();
    let mut kept = Kept { boundary, ..before.clone() };
    kept.stored.version += 1;
    kept.stored.updated_at = tx.now;
    *kept.stored.value.common_mut().providers = rules::known_providers(given.common().providers, tx.tenant());
    change(&mut kept);
    replace(tx, Some(&before), &kept)
}

/// Takes an entity out that nothing hangs on any more.
pub fn forget<T: Kind>(room: &mut Room, kept: &Kept<T>) {
    T::table_mut(room).forget(kept.id());
    if let Some(kind) = T::OWNER {
        room.note_boundary((kind, kept.id()), kept.boundary, None);
    }
}

/// A page of all of a kind.
pub fn list<T: Kind>(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<T>>> {
    let conditions = listing::interpret(filter, T::FILTERS)?;
    list_where(tx, T::LISTED, (filter, &conditions), page)
}

/// A page of those for which conditions hold. `operation` names the list, so that a cursor of another one is refused.
pub fn list_where<T: Kind>(
    tx: Reading<'_>,
    operation: &str,
    (filter, conditions): (&Filter, &[Signed]),
    page: &PageRequest,
) -> Result<Page<Stored<T>>> {
    let asked = Asked::new(tx.tenant(), operation, filter, page)?;
    let table = T::table(tx.room());
    let order = table.order(page.sort)?;
    let kept = |id| table.get(id).expect("an order holds ids of its table");
    let value = |id| tx.state.whole(tx.tenant(), kept(id));
    if conditions.is_empty() {
        return asked.whole(order, value);
    }
    asked.matching(order, |id| matches(tx.room(), kept(id), conditions), value)
}
