//! How a store fails.

use std::error::Error;

use crate::wire::error::Blocker;

/// The source of an error, kept for the log.
pub type Source = Box<dyn Error + Send + Sync>;

/// The result of every store operation.
pub type Result<T, E = AmiError> = std::result::Result<T, E>;

/// What can go wrong in a store or in a client on top of one.
///
/// Messages are for logs and library users; they hold no SQL and no secrets. The source, where there is one, has the
/// details and is never shown to a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmiError {
    /// An input breaks a rule. Trying again does not help.
    #[error("invalid {field}: {message}")]
    InvalidParameter {
        /// The field it belongs to.
        field: String,
        /// A whole sentence.
        message: String,
    },
    /// What is named does not exist in this tenant.
    #[error("{resource} not found")]
    ResourceNotFound {
        /// What was looked for, as `kind name`.
        resource: String,
    },
    /// The key is held by another.
    #[error("{resource} exists already")]
    ResourceExists {
        /// What is held, as `kind name`.
        resource: String,
        /// The field that holds the key.
        field: &'static str,
    },
    /// A limit or quota would be passed.
    #[error("limit exceeded: {resource_type} ({limit})")]
    ResourceLimitExceeded {
        /// What is limited, as in “managed policies attached to the user”.
        resource_type: String,
        /// The limit.
        limit: u64,
    },
    /// Other things depend on it.
    #[error("{resource} is in use")]
    DeleteConflict {
        /// What should have been deleted.
        resource: String,
        /// What is in the way; at most 100 of them.
        blockers: Vec<Blocker>,
    },
    /// Somebody else changed it since it was read. Read again and decide again.
    #[error("{resource} was changed meanwhile")]
    PreconditionFailed {
        /// What was to be changed.
        resource: String,
    },
    /// It cannot be changed: read-only, reserved, the default version.
    #[error("{resource} cannot be changed: {reason}")]
    UnmodifiableEntity {
        /// What was to be changed.
        resource: String,
        /// Why not, as a whole sentence.
        reason: String,
    },
    /// Policy said no.
    #[error("access denied: {message}")]
    AccessDenied {
        /// Why, as a whole sentence.
        message: String,
    },
    /// The backend does not answer or is too busy. Trying again later is safe.
    #[error("the store is unavailable")]
    Unavailable {
        /// What happened, for the log.
        #[source]
        source: Source,
    },
    /// The same rows were changed by somebody else at the same moment; a bounded number of retries did not help.
    #[error("concurrent modification")]
    ConcurrentModification {
        /// What happened, for the log.
        #[source]
        source: Source,
    },
    /// A defect: the message says nothing about the inside, the source does.
    #[error("{message}")]
    InternalError {
        /// What could not be done.
        message: String,
    },
    /// A defect in or behind a backend.
    #[error("internal store error")]
    Backend {
        /// What happened, for the log.
        #[source]
        source: Source,
    },
}

impl AmiError {
    /// [`AmiError::InvalidParameter`].
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidParameter { field: field.into(), message: message.into() }
    }

    /// [`AmiError::ResourceNotFound`] for a kind and a name.
    pub fn not_found(kind: &str, name: &str) -> Self {
        Self::ResourceNotFound { resource: format!("{kind} {name}") }
    }

    /// [`AmiError::ResourceExists`] for a kind and a name, on a field.
    pub fn exists(kind: &str, name: &str, field: &'static str) -> Self {
        Self::ResourceExists { resource: format!("{kind} {name}"), field }
    }

    /// [`AmiError::PreconditionFailed`] for a kind and a name.
    pub fn stale(kind: &str, name: &str) -> Self {
        Self::PreconditionFailed { resource: format!("{kind} {name}") }
    }
}
