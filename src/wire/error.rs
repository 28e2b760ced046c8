//! The one shape in which an operation fails towards a person, a form or an island.

use std::fmt;

use leptos::prelude::FromServerFnError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::ServerFnErrorErr;
use serde::{Deserialize, Serialize};

/// What kind of failure it is. The text is stable: clients and tests may compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Code {
    /// Something entered is wrong; see the field errors.
    Invalid,
    /// Nobody is signed in, or the session is over.
    Unauthenticated,
    /// The actor may know that the thing exists, but not do this to it.
    Forbidden,
    /// The thing does not exist, or the actor may not know that it does.
    NotFound,
    /// The name is held by another.
    Exists,
    /// Other things depend on it; see the blockers.
    InUse,
    /// Somebody else changed it since it was read.
    Stale,
    /// A limit or quota would be passed.
    LimitExceeded,
    /// The object cannot be changed (read-only, reserved, default).
    Unmodifiable,
    /// The tenant is suspended or not yet active.
    TenantNotActive,
    /// Too many attempts; see `retry_after`.
    TooManyRequests,
    /// A backend does not answer; trying again later is safe.
    Unavailable,
    /// A stored policy cannot be read, so no decision can be made.
    Undecidable,
    /// A defect of ours; the log has the details under the request id.
    Internal,
}

impl Code {
    /// The HTTP status that belongs to it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::TenantNotActive => 403,
            Self::NotFound => 404,
            Self::Exists | Self::InUse | Self::Stale | Self::LimitExceeded | Self::Unmodifiable => 409,
            Self::TooManyRequests => 429,
            Self::Unavailable => 503,
            Self::Undecidable | Self::Internal => 500,
        }
    }
}

/// A sentence about one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// What is wrong and what to do, as a whole sentence.
    pub message: String,
}

/// Something that stands in the way, with a link to it where the actor may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// What it is: “member”, “attached policy”, …
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A failed operation. It carries no SQL, no path, no stack trace (security S32).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The kind of failure.
    pub code: Code,
    /// What happened and what to do, as whole sentences for a person.
    pub message: String,
    /// Errors that belong to fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// What is in the way, for [`Code::InUse`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// The id under which the log tells more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds to wait before another try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// A failure with a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: vec![], blockers: vec![], request_id: None, retry_after: None }
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Several wrong fields. The summary counts them.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let message = match fields.len() {
            1 => "One entry needs a correction.".to_owned(),
            n => format!("{n} entries need a correction."),
        };
        Self { fields, ..Self::new(Code::Invalid, message) }
    }

    /// The uniform answer for absent and invisible things alike.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here, or you may not see it.")
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "Sign in to go on.")
    }

    /// Refused, with the reason.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, reason)
    }

    /// A defect of ours. Log the cause where it is known; the person gets a calm sentence.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "Something went wrong on our side. Nothing was changed. Try again; if it stays, quote the request id.",
        )
    }

    /// The sentence that belongs to `field`, if there is one.
    pub fn of_field(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.code.status()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::new(Code::Invalid, "The form could not be read. Reload the page and try again.")
            }
            ServerFnErrorErr::Request(_) => {
                Self::new(Code::Unavailable, "The server cannot be reached. Check the connection and try again.")
            }
            _ => Self::internal(),
        }
    }
}

/// Collects what is wrong with the fields of a form.
#[derive(Debug, Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// Adds the sentence of a failed check.
    pub fn check(&mut self, field: &str, outcome: Result<(), String>) {
        if let Err(message) = outcome {
            self.0.push(FieldError { field: field.to_owned(), message });
        }
    }

    /// Nothing was wrong.
    ///
    /// # Errors
    /// `Invalid` with every sentence, in the order of the checks.
    pub fn done(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.0)) }
    }
}

impl ApiError {
    /// The store names its own fields; a form has those in `names` inside `draft[…]`, and shows what is wrong with an
    /// ARN under the name that it is made of.
    #[must_use]
    pub fn in_draft(mut self, name: &str, names: &[&str]) -> Self {
        for error in &mut self.fields {
            if names.contains(&error.field.as_str()) {
                error.field = format!("draft[{}]", error.field);
            } else if matches!(error.field.as_str(), "arn" | "wami_arn") {
                error.field = format!("draft[{name}]");
            }
        }
        self
    }
}
