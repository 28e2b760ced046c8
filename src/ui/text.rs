//! Values that parts take: words that may be missing, a slot for a view, counts, stable ids.

use std::borrow::Cow;

use leptos::prelude::*;

/// Words that may be missing. Every optional text of a part has this type, so that `"literal"`,
/// a `String` and an `Option<String>` can all be passed as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Option<String>);

impl Text {
    /// The words, if there are any.
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The words, owned, if there are any.
    pub fn into_option(self) -> Option<String> {
        self.0
    }

    /// Whether there are words.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Self(Some(text.into_owned()))
    }
}

impl From<Option<String>> for Text {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

impl From<Option<&str>> for Text {
    fn from(text: Option<&str>) -> Self {
        Self(text.map(str::to_owned))
    }
}

/// A place in a part for a view of the caller's, empty unless filled: anything that is a view
/// can be passed as it is. [`Slot::when`] is for a view that may be missing, so that the part
/// leaves out what would surround it.
#[derive(Default)]
pub struct Slot(Option<AnyView>);

impl Slot {
    /// The slot filled with `view`, or empty.
    pub fn when<V: IntoView + 'static>(view: Option<V>) -> Self {
        Self(view.map(|view| view.into_any()))
    }

    /// The view, if there is one.
    pub fn into_option(self) -> Option<AnyView> {
        self.0
    }

    /// Whether it is filled.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl<V: IntoView + 'static> From<V> for Slot {
    fn from(view: V) -> Self {
        Self(Some(view.into_any()))
    }
}

/// A whole number with separators: `12480` as `12,480`.
pub fn format_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An id for an element, the same for the same `parts` on every render (FNV-1a, 32 bits).
pub(crate) fn stable_id(prefix: &str, parts: &[&str]) -> String {
    let hash = parts
        .iter()
        .flat_map(|part| part.bytes().chain([0]))
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{prefix}-{hash:08x}")
}

/// Class names joined by blanks, the empty ones left out; `None` if all are empty.
pub(crate) fn classes(names: &[&str]) -> Option<String> {
    let mut joined = String::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(name);
    }
    (!joined.is_empty()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(format_count(0), "0");
        assert_eq!(format_count(999), "999");
        assert_eq!(format_count(12_480), "12,480");
        assert_eq!(format_count(1_000_000), "1,000,000");
    }

    #[test]
    fn ids_depend_on_where_one_part_ends() {
        assert_ne!(stable_id("x", &["ab", "c"]), stable_id("x", &["a", "bc"]));
        assert_eq!(stable_id("x", &["ab"]), stable_id("x", &["ab"]));
    }
}
