//! Entries that are merged together.

use super::At;
use crate::import::aws_account::Entry;

/// Entries in one batch.
pub(super) const MOST_ENTRIES: usize = 500;
/// Bytes of documents after which a batch is full.
const MOST_BYTES: usize = 4 << 20;

/// Entries of one kind, until there are enough.
#[derive(Default)]
pub(super) struct Batch {
    /// With their places in the dump.
    pub entries: Vec<(At, Entry)>,
    bytes: usize,
}

impl Batch {
    pub fn add(&mut self, at: At, entry: Entry) {
        let inline = entry.grants().map_or(0, |grants| grants.inline.iter().map(|policy| policy.document.len()).sum());
        self.bytes += inline
            + match &entry {
                Entry::Policy(policy) => policy.versions.iter().map(|version| version.document.len()).sum(),
                Entry::Role(role) => role.trust_policy.len(),
                Entry::User(_) | Entry::Group(_) => 0,
            };
        self.entries.push((at, entry));
    }

    pub fn is_full(&self) -> bool {
        self.entries.len() >= MOST_ENTRIES || self.bytes >= MOST_BYTES
    }
}
