//! The envelope around a stored entity, and the reference to the owner of policies and tags.

use std::fmt;
use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::wire::Id;

/// An entity as a store keeps it: the seed's value, and around it what the console needs besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Stored<T> {
    /// The internal id.
    pub id: Id<T>,
    /// Counts the changes, from 1. An update names the version it was made from and fails when that is not the last.
    pub version: i64,
    /// A disabled person cannot sign in and its keys do not work. Always true for what cannot be disabled.
    pub enabled: bool,
    /// Name and e-mail of a person; empty for everything else.
    pub person: Person,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The entity itself.
    pub value: T,
}

impl<T> Stored<T> {
    /// The bare entity.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Stored<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// What a user has as a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The name people know it by, 1–128 characters.
    pub display_name: Option<String>,
    /// An e-mail address; never used to send anything.
    pub email: Option<String>,
}

/// The kinds of things that policies can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
    /// A permission set.
    PermissionSet,
}

impl OwnerKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Role, Self::PermissionSet];

    /// The word for it in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::PermissionSet => "permission set",
        }
    }
}

/// An owner of policies, by kind and name (names compare without case).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What it is.
    pub kind: OwnerKind,
    /// Its name within the tenant.
    pub name: String,
}

impl Owner {
    /// The user of that name.
    pub fn user(name: impl Into<String>) -> Self {
        Self { kind: OwnerKind::User, name: name.into() }
    }
    /// The group of that name.
    pub fn group(name: impl Into<String>) -> Self {
        Self { kind: OwnerKind::Group, name: name.into() }
    }
    /// The role of that name.
    pub fn role(name: impl Into<String>) -> Self {
        Self { kind: OwnerKind::Role, name: name.into() }
    }
    /// The permission set of that name.
    pub fn permission_set(name: impl Into<String>) -> Self {
        Self { kind: OwnerKind::PermissionSet, name: name.into() }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.noun(), self.name)
    }
}
