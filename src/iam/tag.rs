//! Tags.

use serde::{Deserialize, Serialize};

/// A key and a value on an entity. Keys are unique without case; the case given is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1–128 characters; the prefix `aws:` is reserved.
    pub key: String,
    /// 0–256 characters.
    pub value: String,
}

impl Tag {
    /// A tag.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    /// A provider's own, as `aws:cloudformation:stack-name`: it comes by an import, and nobody sets or removes it here.
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.key)
    }
}

/// Whether a key is a provider's own.
pub fn is_reserved(key: &str) -> bool {
    key.to_lowercase().starts_with("aws:")
}

/// `tags` with `changes` merged in: an existing key (without case) takes the new value and spelling.
/// The result is sorted by lower-cased key, as every store lists them.
pub fn merged(tags: &[Tag], changes: &[Tag]) -> Vec<Tag> {
    let mut all: std::collections::BTreeMap<String, Tag> =
        tags.iter().map(|tag| (tag.key.to_lowercase(), tag.clone())).collect();
    all.extend(changes.iter().map(|tag| (tag.key.to_lowercase(), tag.clone())));
    all.into_values().collect()
}
