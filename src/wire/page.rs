//! Keyset paging: what is asked for, what comes back, and the opaque cursor between two pages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The largest page a caller may ask for (AWS IAM API Reference, `MaxItems`).
pub const MAX_LIMIT: u32 = 1000;
/// The page size of the console's lists.
pub const DEFAULT_LIMIT: u32 = 50;

/// A sort order: a key that the list offers (and has an index for), and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// By name without case, ascending unless reversed.
    Name,
    /// By creation time.
    Created,
    /// By last sign-in; those that never signed in come last in ascending order.
    LastUsed,
}

impl Sort {
    /// The key's name in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::LastUsed => "last-used",
        }
    }
}

impl FromStr for Sort {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        match text {
            "name" => Ok(Self::Name),
            "created" => Ok(Self::Created),
            "last-used" => Ok(Self::LastUsed),
            _ => Err(BadCursor),
        }
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// The sort key.
    pub sort: Sort,
    /// Largest first.
    pub descending: bool,
    /// Where to go on; `None` is the first page.
    pub cursor: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, sort: Sort::Name, descending: false, cursor: None }
    }
}

impl PageRequest {
    /// The first `limit` rows by name.
    pub fn first(limit: u32) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The same request, going on at `cursor`.
    pub fn at(mut self, cursor: Option<Cursor>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// Where a page ends: the sort key and id of its last (or first) row, which side of it to read, and a binding to
/// the list it came from, so that a cursor of another tenant, filter or order is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The row's sort key, as text (times as microseconds since the epoch).
    pub key: String,
    /// The row's id, which orders rows of an equal key.
    pub id: Uuid,
    /// Read towards the beginning of the list.
    pub backwards: bool,
    /// A digest of tenant, operation, filter and order.
    pub binding: u64,
}

/// The text is not a cursor, or not one of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of this list")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    /// Lower-case hexadecimal: short enough, and safe in a URL without escaping.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:016x}{}", if self.backwards { 'b' } else { 'f' }, self.binding, self.id.simple())?;
        self.key.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if !text.is_ascii() || text.len() < 49 || text.len() > 4096 {
            return Err(BadCursor);
        }
        let backwards = match &text[..1] {
            "f" => false,
            "b" => true,
            _ => return Err(BadCursor),
        };
        let binding = u64::from_str_radix(&text[1..17], 16).map_err(|_| BadCursor)?;
        let id = Uuid::try_parse(&text[17..49]).map_err(|_| BadCursor)?;
        let hex = &text[49..];
        if !hex.len().is_multiple_of(2) {
            return Err(BadCursor);
        }
        let bytes = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16))
            .collect::<Result<Vec<u8>, _>>()
            .map_err(|_| BadCursor)?;
        Ok(Self { key: String::from_utf8(bytes).map_err(|_| BadCursor)?, id, backwards, binding })
    }
}

/// How many rows match in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Total {
    /// Counted.
    Exact(u64),
    /// Counting stopped here: there are more.
    AtLeast(u64),
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(n) => write!(f, "{}", grouped(*n)),
            Self::AtLeast(n) => write!(f, "more than {}", grouped(*n)),
        }
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// At most `limit` rows, in the order asked for.
    pub items: Vec<T>,
    /// The cursor of the following page; `None` on the last.
    pub next: Option<String>,
    /// The cursor of the page before; `None` on the first.
    pub previous: Option<String>,
    /// How many rows match in all.
    pub total: Total,
}

impl<T> Page<T> {
    /// The same page with other rows.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next: self.next,
            previous: self.previous,
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = Cursor { key: "ädä\n/".into(), id: Uuid::from_u128(7), backwards: true, binding: 99 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "f", "x0000000000000000", "zz", &"f".repeat(50), "fé"] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(1234567), "1,234,567");
    }
}
