//! What can be wrong with a dump, and the report that collects it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::document::{PolicyCheck, PolicyUse};
use super::place::Pointer;

/// At most this many errors are collected before reading stops, and at most this many warnings are listed.
pub const MAX_LISTED: usize = 100;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// The stable text of the code, for `--json` and for tests.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a dump is refused.
    ErrorCode {
        /// The file could not be read to its end.
        Unreadable = "unreadable",
        /// The file changed between the check and the import.
        Changed = "file_changed",
        /// Not JSON: the message has line and column. Reading stops there.
        MalformedJson = "malformed_json",
        /// A value of another JSON type than its field has.
        WrongType = "wrong_type",
        /// A field that every entry of its kind has is absent or null.
        MissingField = "missing_field",
        /// An object holds the same key twice.
        DuplicateKey = "duplicate_key",
        /// A name that AWS would not accept.
        InvalidName = "invalid_name",
        /// A path that AWS would not accept.
        InvalidPath = "invalid_path",
        /// An id that is empty, too long or not printable ASCII.
        InvalidId = "invalid_id",
        /// An ARN that is not one, is of another kind, or names something else than its entry.
        InvalidArn = "invalid_arn",
        /// A time in none of the accepted forms.
        InvalidTimestamp = "invalid_timestamp",
        /// A number or word outside its range.
        InvalidValue = "invalid_value",
        /// A policy document that cannot be read.
        InvalidPolicy = "invalid_policy",
        /// Text that holds U+0000, which the database cannot keep.
        NulCharacter = "nul_character",
        /// A second entry with a name, ARN or id that is taken, or the same thing listed twice in one entry.
        Duplicate = "duplicate",
        /// A membership in a group that the dump does not hold.
        UnknownGroup = "unknown_group",
        /// An attachment of, or a boundary by, a customer policy that the dump does not hold.
        UnknownPolicy = "unknown_policy",
        /// The dump holds nothing of the account asked for.
        UnknownAccount = "unknown_account",
        /// The default version of a policy is absent, unmarked, or not the only one marked.
        DefaultVersion = "default_version",
        /// An entry or a document larger than any that AWS writes.
        Oversized = "oversized",
        /// The tenant has something else of this name or id.
        NameTaken = "name_taken",
        /// Values nested deeper than any that AWS writes. Reading stops there.
        TooDeep = "too_deep",
        /// More of something than AWS allows, or a text longer than AWS allows.
        LimitExceeded = "limit_exceeded",
    }
}

codes! {
    /// What is odd about a dump that is nevertheless imported.
    WarningCode {
        /// An AWS-managed policy is attached, or is a boundary, and the dump does not hold its document.
        DocumentUnknown = "document_unknown",
        /// An entry's `Path` differs from the path in its ARN. Both are kept as they are.
        PathMismatch = "path_mismatch",
        /// An attachment's `PolicyName` differs from the name in its ARN. The ARN counts.
        NameMismatch = "name_mismatch",
        /// The dump says that it is one page of several.
        IncompleteDump = "incomplete_dump",
    }
}

/// One reason why the dump is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{pointer}: {message} ({code})")]
pub struct DumpError {
    /// JSON pointer (RFC 6901) to the faulty value, `""` for the file as a whole. For a missing field, the pointer that
    /// the field would have.
    pub pointer: String,
    /// The kind of fault.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: String,
}

/// One oddity that does not hinder the import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DumpWarning {
    /// JSON pointer to the odd value.
    pub pointer: String,
    /// The kind of oddity.
    pub code: WarningCode,
    /// A sentence for people.
    pub message: String,
}

/// A dump that is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the dump has {} faults, first {}", .errors.len(), .errors[0])]
pub struct Rejection {
    /// What is wrong, at least one and at most [`MAX_LISTED`], in the order found: the file's, with unresolved
    /// references last.
    pub errors: Vec<DumpError>,
    /// Reading stopped at [`MAX_LISTED`] errors; there may be more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl Rejection {
    /// A dump with exactly one fault.
    pub(super) fn one(error: DumpError) -> Self {
        Self { errors: vec![error], more: false }
    }
}

impl DumpError {
    /// An error at the file as a whole.
    pub(super) fn of_file(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { pointer: String::new(), code, message: message.into() }
    }
}

/// Collects faults and oddities while entries are read.
pub(super) struct Report<'c> {
    pub errors: Vec<DumpError>,
    pub warnings: Vec<DumpWarning>,
    /// Warnings beyond the first [`MAX_LISTED`].
    pub warnings_omitted: u64,
    /// Errors raised, the uncollected ones included.
    raised: u64,
    check: Option<PolicyCheck<'c>>,
}

impl<'c> Report<'c> {
    /// An empty report. Without a `check`, documents are only looked at from outside.
    pub fn new(check: Option<PolicyCheck<'c>>) -> Self {
        Self { errors: Vec::new(), warnings: Vec::new(), warnings_omitted: 0, raised: 0, check }
    }

    pub fn error(&mut self, at: &Pointer<'_>, code: ErrorCode, message: impl Into<String>) {
        self.add(|| DumpError { pointer: at.to_string(), code, message: message.into() });
    }

    pub fn add(&mut self, error: impl FnOnce() -> DumpError) {
        self.raised += 1;
        if self.errors.len() < MAX_LISTED {
            self.errors.push(error());
        }
    }

    pub fn warn(&mut self, pointer: impl fmt::Display, code: WarningCode, message: impl Into<String>) {
        if self.warnings.len() < MAX_LISTED {
            self.warnings.push(DumpWarning { pointer: pointer.to_string(), code, message: message.into() });
        } else {
            self.warnings_omitted += 1;
        }
    }

    /// How many errors were raised so far. Unchanged over a piece of work: the piece is clean.
    pub fn raised(&self) -> u64 {
        self.raised
    }

    pub fn is_full(&self) -> bool {
        self.errors.len() >= MAX_LISTED
    }

    /// Asks the policy engine whether it can read `document`. The error holds the pointer within the document.
    pub fn check_policy(&self, document: &str, usage: PolicyUse) -> Result<(), super::document::PolicyFault> {
        self.check.map_or(Ok(()), |check| check(document, usage))
    }
}

/// A piece of what the file holds, quoted and short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
        None => format!("{text:?}"),
    }
}
