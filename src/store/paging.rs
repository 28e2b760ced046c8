//! Cursors of lists: bound to the list they came from, and checked on the way back in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{AmiError, Result};
use crate::tenant::TenantId;
use crate::wire::page::MAX_LIMIT;
use crate::wire::{Cursor, Filter, Page, PageRequest, Total};

/// Rows that match a filter are counted up to here.
pub const COUNT_LIMIT: u64 = 10_000;

/// The total of so many rows, counted up to one more than [`COUNT_LIMIT`].
pub fn counted(rows: u64) -> Total {
    if rows > COUNT_LIMIT { Total::AtLeast(COUNT_LIMIT) } else { Total::Exact(rows) }
}

/// The key of a cursor on a time that never was; others are microseconds since the epoch.
const NEVER: &str = "never";

/// A time as the key of a cursor.
pub fn time_key(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| NEVER.to_owned(), |at| at.timestamp_micros().to_string())
}

/// The time that is the key of a cursor.
///
/// # Errors
/// `InvalidParameter` on `cursor` when it is none.
pub fn time_of(cursor: &Cursor) -> Result<Option<DateTime<Utc>>> {
    if cursor.key == NEVER {
        return Ok(None);
    }
    let time = cursor.key.parse().ok().and_then(DateTime::from_timestamp_micros);
    time.map(Some).ok_or_else(|| {
        AmiError::invalid("cursor", "This page of the list cannot be found. Begin again at the first page.")
    })
}

/// A digest of tenant, operation, filter and order: a cursor of another list does not have it. The same on every
/// machine (FNV-1a, 64 bits); it guards against mistakes, not against forgery, since a cursor gives nothing that the
/// list itself would not.
pub fn binding(tenant: TenantId, operation: &str, filter: &Filter, page: &PageRequest) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(tenant.uuid().as_bytes());
    add(operation.as_bytes());
    add(page.sort.as_str().as_bytes());
    add(&[u8::from(page.descending)]);
    for term in &filter.terms {
        add(&[u8::from(term.negated)]);
        add(term.key.as_deref().unwrap_or_default().as_bytes());
        add(term.value.as_bytes());
    }
    hash
}

/// Checks limit and cursor of a request.
///
/// # Errors
/// `InvalidParameter` on `limit` or `cursor`.
pub fn check(page: &PageRequest, binding: u64) -> Result<Option<&Cursor>> {
    if page.limit == 0 || page.limit > MAX_LIMIT {
        return Err(AmiError::invalid("limit", format!("A page has 1 to {MAX_LIMIT} rows.")));
    }
    match &page.cursor {
        Some(cursor) if cursor.binding != binding => {
            Err(AmiError::invalid("cursor", "This page belongs to another list. Begin again at the first page."))
        }
        cursor => Ok(cursor.as_ref()),
    }
}

/// Puts a page together from rows that were read in its direction, one more than wanted where there are more.
pub fn page_of<T>(
    mut rows: Vec<T>,
    page: &PageRequest,
    binding: u64,
    total: Total,
    key: impl Fn(&T) -> (String, Uuid),
) -> Page<T> {
    let has_more = rows.len() > page.limit as usize;
    rows.truncate(page.limit as usize);
    let is_backwards = page.cursor.as_ref().is_some_and(|cursor| cursor.backwards);
    if is_backwards {
        rows.reverse();
    }
    let cursor = |row: Option<&T>, backwards: bool| {
        row.map(|row| {
            let (key, id) = key(row);
            Cursor { key, id, backwards, binding }.to_string()
        })
    };
    // Towards the end there is more when one more row was read; towards the beginning when the page began somewhere.
    let (has_next, has_previous) = if is_backwards { (true, has_more) } else { (has_more, page.cursor.is_some()) };
    Page {
        next: if has_next { cursor(rows.last(), false) } else { None },
        previous: if has_previous { cursor(rows.first(), true) } else { None },
        items: rows,
        total,
    }
}
