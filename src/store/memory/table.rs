//! Rows of one kind in one tenant, with the indexes that uniqueness and the orders of lists need.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Map, Set};
use crate::store::{AmiError, Result};
use crate::wire::page::Sort;

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// Nothing: ids alone decide, which order by time.
    Id,
    /// A text.
    Text(Box<str>),
    /// A time.
    At(DateTime<Utc>),
    /// A time that never was: after all others.
    Never,
}

impl SortKey {
    /// A name, without case.
    pub fn name(name: &str) -> Self {
        Self::Text(name.to_ascii_lowercase().into())
    }

    /// A time that may not have been.
    pub fn used(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Never, Self::At)
    }
}

/// Ids in an order.
pub type Order = Set<(SortKey, Uuid)>;

/// A row of a [`Table`].
pub trait Entity: Clone {
    /// The word for it in a sentence.
    const KIND: &'static str;
    /// The orders its lists offer.
    const SORTS: &'static [Sort];

    /// The internal id.
    fn id(&self) -> Uuid;
    /// Gives it another internal id.
    fn set_id(&mut self, id: Uuid);
    /// Its name.
    fn name(&self) -> &str;
    /// The field of its name, where no two rows may share one.
    fn name_field(&self) -> Option<&'static str>;
    /// Other texts that no two rows may share, by field.
    fn identifiers(&self) -> Vec<(&'static str, &str)>;
    /// When it was created.
    fn created(&self) -> DateTime<Utc>;
    /// When it was last used.
    fn used(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// See the [module](self).
#[derive(Clone)]
pub struct Table<E> {
    rows: Map<Uuid, E>,
    identifiers: Map<(&'static str, Box<str>), Uuid>,
    by_name: Order,
    by_created: Order,
    by_used: Order,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self {
            rows: Map::new_sync(),
            identifiers: Map::new_sync(),
            by_name: Set::new_sync(),
            by_created: Set::new_sync(),
            by_used: Set::new_sync(),
        }
    }
}

impl<E: Entity> Table<E> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.size()
    }

    /// The row of that id.
    pub fn get(&self, id: Uuid) -> Option<&E> {
        self.rows.get(&id)
    }

    /// The row of that name, whatever its case, for which no other may have the name.
    pub fn find(&self, name: &str) -> Option<&E> {
        self.named(name).find(|row| row.name_field().is_some())
    }

    /// As [`Table::find`], or not found.
    pub fn named_or_absent(&self, name: &str) -> Result<&E> {
        self.find(name).ok_or_else(|| AmiError::not_found(E::KIND, name))
    }

    /// The row with that identifier.
    pub fn identified(&self, field: &'static str, text: &str) -> Option<&E> {
        self.get(*self.identifiers.get(&(field, text.into()))?)
    }

    /// The ids in an order that the lists of this kind offer.
    pub fn order(&self, sort: Sort) -> Result<&Order> {
        if !E::SORTS.contains(&sort) {
            return Err(AmiError::invalid("sort", "This list has no such order."));
        }
        Ok(match sort {
            Sort::Name => &self.by_name,
            Sort::Created => &self.by_created,
            Sort::LastUsed => &self.by_used,
        })
    }

    /// The row of that id as it was read: not found, or stale when it was changed since.
    pub fn current(&self, id: Uuid, name: &str, version: i64, version_of: impl Fn(&E) -> i64) -> Result<&E> {
        let row = self.get(id).ok_or_else(|| AmiError::not_found(E::KIND, name))?;
        if version_of(row) != version {
            return Err(AmiError::stale(E::KIND, name));
        }
        Ok(row)
    }

    /// Adds a row, or puts another in the place of the one with its id. Exists on what another row holds.
    pub fn put(&mut self, row: E) -> Result<()> {
        self.refuse_held(&row)?;
        self.forget(row.id());
        let id = row.id();
        for (field, text) in row.identifiers() {
            self.identifiers.insert_mut((field, text.into()), id);
        }
        self.by_name.insert_mut((SortKey::name(row.name()), id));
        self.by_created.insert_mut((SortKey::At(row.created()), id));
        if E::SORTS.contains(&Sort::LastUsed) {
            self.by_used.insert_mut((SortKey::used(row.used()), id));
        }
        self.rows.insert_mut(id, row);
        Ok(())
    }

    /// Changes what no index knows.
    ///
    /// # Panics
    /// When there is no such row: ids come from this table.
    pub fn change(&mut self, id: Uuid, each: impl FnOnce(&mut E)) {
        each(self.rows.get_mut(&id).expect("ids come from this table"));
    }

    /// Takes a row out.
    pub fn forget(&mut self, id: Uuid) -> Option<E> {
        let row = self.rows.get(&id)?.clone();
        for (field, text) in row.identifiers() {
            self.identifiers.remove_mut(&(field, text.into()));
        }
        self.by_name.remove_mut(&(SortKey::name(row.name()), id));
        self.by_created.remove_mut(&(SortKey::At(row.created()), id));
        self.by_used.remove_mut(&(SortKey::used(row.used()), id));
        self.rows.remove_mut(&id);
        Some(row)
    }

    /// Gives a row another id.
    pub fn rename_id(&mut self, drawn: Uuid, old: Uuid) -> Result<()> {
        if !self.rows.contains_key(&drawn) {
            return Err(AmiError::not_found(E::KIND, &drawn.to_string()));
        }
        if self.rows.contains_key(&old) {
            return Err(AmiError::exists(E::KIND, &old.to_string(), "id"));
        }
        let mut row = self.forget(drawn).expect("it is there");
        row.set_id(old);
        self.put(row)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &E> {
        let key = SortKey::name(name);
        let range = (key.clone(), Uuid::nil())..=(key, Uuid::max());
        self.by_name.range(range).filter_map(|(_, id)| self.get(*id))
    }

    fn refuse_held(&self, row: &E) -> Result<()> {
        if let Some(field) = row.name_field()
            && self.named(row.name()).any(|other| other.id() != row.id() && other.name_field().is_some())
        {
            return Err(AmiError::exists(E::KIND, row.name(), field));
        }
        for (field, text) in row.identifiers() {
            if self.identifiers.get(&(field, text.into())).is_some_and(|id| *id != row.id()) {
                return Err(AmiError::exists(E::KIND, row.name(), field));
            }
        }
        Ok(())
    }
}
