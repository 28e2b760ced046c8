//! The chains of hashes that link the records of each tenant (security S28).

use serde::Serialize;

use super::EventId;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Chains {
    /// The chain of each tenant that has one, by path.
    pub chains: Vec<Chain>,
    /// What is wrong, by tenant and place; empty when all is well.
    pub faults: Vec<Fault>,
    /// How many records wait to be sealed: those of the last moments.
    pub unsealed: u64,
}

/// The chain of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The tenant's path; its id, when it was deleted.
    pub tenant: String,
    /// How many records it has.
    pub records: u64,
    /// The last hash, in hexadecimal: whoever keeps it elsewhere finds out that the end was cut off.
    pub head: String,
}

/// Something wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The tenant's path; its id, when it was deleted.
    pub tenant: String,
    /// Its place in the chain; `None` when it has none.
    pub place: Option<i64>,
    /// The record.
    pub event: EventId,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The record says something else than when it was sealed.
    Changed,
    /// The record is gone.
    Removed,
    /// The seal before it is gone or was changed, or it stands elsewhere than it was sealed.
    Broken,
    /// The record has no seal, and should have one: the seal is gone, or the record was put in behind.
    Unsealed,
}

impl FaultKind {
    /// What happened, after “the record …”.
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::Changed => "was changed after it was sealed",
            Self::Removed => "was removed after it was sealed",
            Self::Broken => "does not follow the one before it: a seal was removed, changed or moved",
            Self::Unsealed => "has no seal: its seal was removed, or the record was put in later",
        }
    }
}
