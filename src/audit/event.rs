//! The event record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::iam::User;
use crate::tenant::{TenantId, TenantPath};
use crate::wire::Id;

/// The id of an event: UUID version 7, so that ids order by time.
pub type EventId = Id<Event>;

/// One thing that happened in a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The id.
    pub id: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` is the system or somebody unknown (a failed sign-in).
    pub actor: Option<EventActor>,
    /// The permission sets or own policies the actor acted with, by name.
    pub acting_as: Vec<String>,
    /// From which address.
    pub source_ip: Option<String>,
    /// The request it belongs to.
    pub request_id: String,
    /// The action, as in `iam:CreateUser`.
    pub action: String,
    /// On what.
    pub target: EventTarget,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused or failed, as a whole sentence.
    pub reason: Option<String>,
    /// The object before; `None` for a creation. Never holds a secret.
    pub before: Option<Value>,
    /// The object afterwards; `None` for a deletion. Never holds a secret.
    pub after: Option<Value>,
    /// The parts of a bulk change or of an import, at most 10,000.
    pub parts: Vec<Value>,
}

/// Who did it, as known at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventActor {
    /// The tenant the actor lives in.
    pub tenant_id: TenantId,
    /// The path of that tenant then.
    pub tenant_path: TenantPath,
    /// The user.
    pub user_id: Id<User>,
    /// The name then.
    pub name: String,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTarget {
    /// `user`, `group`, `role`, `policy`, `permission-set`, `assignment`, `tenant`, `session`, …
    pub kind: String,
    /// The internal id, where it has one.
    pub id: Option<Uuid>,
    /// Its name then.
    pub name: String,
    /// Its ARN then; empty where it has none.
    pub arn: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Done.
    Success,
    /// Not allowed; nothing was changed.
    Refused,
    /// It could not be done; nothing was changed.
    Failed,
}

impl Outcome {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
