//! Keyset lists over an order of ids, and the conditions of filters.

use std::borrow::Cow;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::room::Room;
use super::table::{Order, SortKey};
use crate::iam::Tag;
use crate::store::listing::{Condition, Signed};
use crate::store::{Result, paging};
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Cursor, Filter, Page, PageRequest, Total};

/// A list as asked for, checked.
pub struct Asked<'a> {
    page: &'a PageRequest,
    binding: u64,
    cursor: Option<&'a Cursor>,
}

impl<'a> Asked<'a> {
    /// `operation` names the list, so that a cursor of another one is refused.
    ///
    /// # Errors
    /// `InvalidParameter` on `limit` or `cursor`.
    pub fn new(tenant: TenantId, operation: &str, filter: &Filter, page: &'a PageRequest) -> Result<Self> {
        let binding = paging::binding(tenant, operation, filter, page);
        Ok(Self { page, binding, cursor: paging::check(page, binding)? })
    }

    /// A page of all rows of an order.
    pub fn whole<T>(&self, order: &Order, value: impl FnMut(Uuid) -> T) -> Result<Page<T>> {
        self.page(order, Total::Exact(order.size() as u64), |_| true, value)
    }

    /// A page of those rows that match.
    pub fn matching<T>(
        &self,
        order: &Order,
        matches: impl Fn(Uuid) -> bool,
        value: impl FnMut(Uuid) -> T,
    ) -> Result<Page<T>> {
        let limit = usize::try_from(paging::COUNT_LIMIT + 1).unwrap_or(usize::MAX);
        let count = order.iter().filter(|(_, id)| matches(*id)).take(limit).count();
        self.page(order, paging::counted(count as u64), matches, value)
    }

    fn page<T>(
        &self,
        order: &Order,
        total: Total,
        matches: impl Fn(Uuid) -> bool,
        mut value: impl FnMut(Uuid) -> T,
    ) -> Result<Page<T>> {
        let is_backwards = self.cursor.is_some_and(|cursor| cursor.backwards);
        let is_descending = self.page.descending != is_backwards;
        let from = self.cursor.map(|cursor| self.place(cursor, order)).transpose()?;
        let from = from.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = if is_descending { (Bound::Unbounded, from) } else { (from, Bound::Unbounded) };
        let rows = order.range::<(SortKey, Uuid), _>(range);
        let rows: &mut dyn Iterator<Item = &(SortKey, Uuid)> =
            if is_descending { &mut rows.rev() } else { &mut { rows } };
        let wanted = self.page.limit as usize + 1;
        let rows = rows.filter(|(_, id)| matches(*id)).take(wanted).collect();
        let page = paging::page_of(rows, self.page, self.binding, total, |(key, id)| (text_of(key), *id));
        Ok(page.map(|(_, id)| value(*id)))
    }

    /// The place in the order that a cursor names.
    fn place(&self, cursor: &Cursor, order: &Order) -> Result<(SortKey, Uuid)> {
        let key = match (self.page.sort, order.first()) {
            (_, Some((SortKey::Id, _))) => SortKey::Id,
            (Sort::Name, _) => SortKey::Text(cursor.key.as_str().into()),
            (Sort::Created | Sort::LastUsed, _) => SortKey::used(paging::time_of(cursor)?),
        };
        Ok((key, cursor.id))
    }
}

fn text_of(key: &SortKey) -> String {
    match key {
        SortKey::Id => String::new(),
        SortKey::Text(text) => text.to_string(),
        SortKey::At(at) => paging::time_key(Some(*at)),
        SortKey::Never => paging::time_key(None),
    }
}

/// What conditions ask of a row.
pub trait Row {
    /// What free text is looked for in, in lower case.
    fn text(&self) -> String;
    /// When it was created.
    fn created(&self) -> DateTime<Utc>;
    /// Its path.
    fn path(&self) -> &str {
        ""
    }
    /// Its tags.
    fn tags(&self) -> &[Tag] {
        &[]
    }
    /// The value of a column by its name in [`Condition::Equals`]; `None` where there is none.
    fn column(&self, _name: &str) -> Option<Cow<'_, str>> {
        None
    }
    /// Conditions that only its kind knows.
    fn is(&self, _room: &Room, _condition: &Condition) -> bool {
        false
    }
}

/// Whether all conditions hold of a row.
pub fn matches(room: &Room, row: &impl Row, conditions: &[Signed]) -> bool {
    conditions.iter().all(|(wanted, condition)| holds(room, row, condition) == *wanted)
}

fn holds(room: &Room, row: &impl Row, condition: &Condition) -> bool {
    match condition {
        Condition::Text(text) => row.text().contains(text.as_str()),
        Condition::PathPrefix(prefix) => row.path().starts_with(prefix.as_str()),
        Condition::Tag(key, value) => row
            .tags()
            .iter()
            .any(|tag| tag.key.to_lowercase() == *key && value.as_ref().is_none_or(|value| tag.value == *value)),
        Condition::CreatedBefore(at) => row.created() < *at,
        Condition::CreatedAfter(at) => row.created() >= *at,
        Condition::Equals(name, value) => row.column(name).is_some_and(|column| column == value.as_str()),
        Condition::StartsWith(name, prefix) => {
            row.column(name).is_some_and(|column| column.starts_with(prefix.as_str()))
        }
        Condition::Enabled(_) | Condition::InGroup(_) | Condition::Attached(_) | Condition::AwsManaged(_) => {
            row.is(room, condition)
        }
    }
}

/// Parts of a search text, as one in lower case.
pub fn search_text<const N: usize>(parts: [Option<&str>; N]) -> String {
    parts.map(Option::unwrap_or_default).join(" ").to_lowercase()
}
