//! Where in the dump something stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The four lists of a dump, one per kind of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `UserDetailList`.
    User,
    /// `GroupDetailList`.
    Group,
    /// `RoleDetailList`.
    Role,
    /// `Policies`: managed policies, customer's and AWS's.
    Policy,
}

impl Kind {
    /// Every kind, in the order in which AWS writes the lists.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Role, Self::Policy];

    /// The key of this kind's list in the dump.
    #[must_use]
    pub const fn list(self) -> &'static str {
        match self {
            Self::User => "UserDetailList",
            Self::Group => "GroupDetailList",
            Self::Role => "RoleDetailList",
            Self::Policy => "Policies",
        }
    }

    /// The kind's word, as people read it and as native ARNs write it: `user`, `group`, `role`, `policy`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
        }
    }

    pub(super) fn of_list(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.list() == key)
    }
}

/// The place of one entry. Displays as its JSON pointer (RFC 6901): `/UserDetailList/17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The list.
    pub kind: Kind,
    /// The entry's number in it, from 0.
    pub index: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.kind.list(), self.index)
    }
}

/// A JSON pointer as a chain of borrowed steps. Nothing is allocated until it is displayed, so that a dump without
/// faults costs no pointer text.
#[derive(Clone, Copy)]
pub(super) enum Pointer<'p> {
    Entry(Place),
    Key(&'p Self, &'p str),
    Index(&'p Self, usize),
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(place) => place.fmt(f),
            Self::Key(parent, key) => write!(f, "{parent}/{}", escape(key)),
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Escapes one step of a pointer (RFC 6901 section 3).
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
