//! Rows of one kind in one tenant, with the indexes that uniqueness and the orders of lists need.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::entity::{Kept, Kind};
use super::{Map, Set};
use crate::store::{AmiError, Result};
use crate::wire::Id;
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

/// See the [module](self).
#[derive(Clone)]
pub struct Table<T: Kind> {
    rows: Map<Uuid, Kept<T>>,
    identifiers: Map<(&'static str, Box<str>), Uuid>,
    by_name: Order,
    by_created: Order,
    by_used: Order,
}

impl<T: Kind> Default for Table<T> {
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

impl<T: Kind> Table<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.size()
    }

    /// The row of that id.
    pub fn get(&self, id: Uuid) -> Option<&Kept<T>> {
        self.rows.get(&id)
    }

    /// The row of that name, whatever its case, for which no other may have the name.
    pub fn find(&self, name: &str) -> Option<&Kept<T>> {
        self.named(name).find(|row| row.stored.owns_its_name())
    }

    /// As [`Table::find`], or not found.
    pub fn named_or_absent(&self, name: &str) -> Result<&Kept<T>> {
        self.find(name).ok_or_else(|| AmiError::not_found(T::NOUN, name))
    }

    /// The row with that identifier.
    pub fn identified(&self, field: &'static str, text: &str) -> Option<&Kept<T>> {
        self.get(*self.identifiers.get(&(field, text.into()))?)
    }

    /// The ids in an order that the lists of this kind offer.
    pub fn order(&self, sort: Sort) -> Result<&Order> {
        if !T::SORTS.contains(&sort) {
            return Err(AmiError::invalid("sort", "This list has no such order."));
        }
        Ok(match sort {
            Sort::Name => &self.by_name,
            Sort::Created => &self.by_created,
            Sort::LastUsed => &self.by_used,
        })
    }

    /// The row of that id as it was read: not found, or stale when it was changed since.
    pub fn current(&self, id: Uuid, version: i64, name: &str) -> Result<&Kept<T>> {
        let row = self.get(id).ok_or_else(|| AmiError::not_found(T::NOUN, name))?;
        if row.stored.version != version {
            return Err(AmiError::stale(T::NOUN, name));
        }
        Ok(row)
    }

    /// Adds a row, or puts another in the place of the one with its id. Exists on what another row holds.
    pub fn put(&mut self, row: Kept<T>) -> Result<()> {
        self.refuse_held(&row)?;
        self.forget(row.id());
        let id = row.id();
        for (field, text) in row.stored.identifiers() {
            self.identifiers.insert_mut((field, text.into()), id);
        }
        self.by_name.insert_mut((SortKey::name(row.name()), id));
        self.by_created.insert_mut((SortKey::At(row.stored.common().created), id));
        if T::SORTS.contains(&Sort::LastUsed) {
            self.by_used.insert_mut((SortKey::used(row.stored.used()), id));
        }
        self.rows.insert_mut(id, row);
        Ok(())
    }

    /// Changes what no index knows.
    ///
    /// # Panics
    /// When there is no such row: ids come from this table.
    pub fn change(&mut self, id: Uuid, each: impl FnOnce(&mut Kept<T>)) {
        each(self.rows.get_mut(&id).expect("ids come from this table"));
    }

    /// Takes a row out.
    pub fn forget(&mut self, id: Uuid) -> Option<Kept<T>> {
        let row = self.rows.get(&id)?.clone();
        for (field, text) in row.stored.identifiers() {
            self.identifiers.remove_mut(&(field, text.into()));
        }
        self.by_name.remove_mut(&(SortKey::name(row.name()), id));
        self.by_created.remove_mut(&(SortKey::At(row.stored.common().created), id));
        self.by_used.remove_mut(&(SortKey::used(row.stored.used()), id));
        self.rows.remove_mut(&id);
        Some(row)
    }

    /// Gives a row another id.
    pub fn rename_id(&mut self, drawn: Uuid, old: Uuid) -> Result<()> {
        if !self.rows.contains_key(&drawn) {
            return Err(AmiError::not_found(T::NOUN, &drawn.to_string()));
        }
        if self.rows.contains_key(&old) {
            return Err(AmiError::exists(T::NOUN, &old.to_string(), "id"));
        }
        let mut row = self.forget(drawn).expect("it is there");
        row.stored.id = Id::new(old);
        self.put(row)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Kept<T>> {
        let key = SortKey::name(name);
        let range = (key.clone(), Uuid::nil())..=(key, Uuid::max());
        self.by_name.range(range).filter_map(|(_, id)| self.get(*id))
    }

    fn refuse_held(&self, row: &Kept<T>) -> Result<()> {
        if row.stored.owns_its_name()
            && self.named(row.name()).any(|other| other.id() != row.id() && other.stored.owns_its_name())
        {
            return Err(AmiError::exists(T::NOUN, row.name(), T::NAME));
        }
        for (field, text) in row.stored.identifiers() {
            if self.identifiers.get(&(field, text.into())).is_some_and(|id| *id != row.id()) {
                return Err(AmiError::exists(T::NOUN, row.name(), field));
            }
        }
        Ok(())
    }
}
