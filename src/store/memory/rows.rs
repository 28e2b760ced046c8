//! What is kept beside entities, and what is no entity: assignments, guardrails.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::iam::User;
use crate::sso_admin::{PrincipalKind, Reach};
use crate::store::traits::directory::DocumentHash;
use crate::tenant::TenantId;
use crate::wire::{Id, Secret};

/// A password.
#[derive(Clone)]
pub struct Login {
    /// The hash.
    pub password_hash: Secret<String>,
    /// Another must be set.
    pub password_reset_required: bool,
    /// When it was made.
    pub create_date: DateTime<Utc>,
    /// When it was changed.
    pub changed_at: DateTime<Utc>,
}

/// The versions of a managed policy.
#[derive(Clone)]
pub struct Versions {
    /// The version in force; `None` while the document is unknown.
    pub default: Option<i32>,
    /// The number of the next version.
    pub next: i32,
    /// At most 5.
    pub all: BTreeMap<i32, VersionRow>,
}

impl Versions {
    /// The document in force; `None` while it is unknown.
    pub fn document(&self) -> Option<DocumentHash> {
        self.all.get(&self.default?).map(|version| version.document)
    }
}

/// A version of a policy.
#[derive(Clone, Copy)]
pub struct VersionRow {
    /// Its document.
    pub document: DocumentHash,
    /// When it was saved.
    pub create_date: DateTime<Utc>,
}

/// A permission set of any tenant.
pub type SetKey = (TenantId, Uuid);

/// A user or group of any tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    /// Where it lives.
    pub tenant: TenantId,
    /// User or group.
    pub kind: PrincipalKind,
    /// Its internal id.
    pub id: Uuid,
}

/// An assignment.
#[derive(Clone, Copy)]
pub struct AssignmentRow {
    /// The internal id.
    pub id: Uuid,
    /// As what.
    pub set: SetKey,
    /// Who.
    pub principal: Principal,
    /// Here, or here and below.
    pub reach: Reach,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<Id<User>>,
}

/// A guardrail.
#[derive(Clone)]
pub struct GuardrailRow {
    /// Its name.
    pub name: String,
    /// Its document.
    pub document: DocumentHash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
