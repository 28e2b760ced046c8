//! What is wrong or noteworthy in a document, and where.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a finding matters: the four classes of AWS (*IAM Access Analyzer policy validation*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document must not be saved.
    Error,
    /// It grants more than its writer may think.
    SecurityWarning,
    /// It may not do what its writer thinks.
    Warning,
    /// It can be written better.
    Suggestion,
}

/// A place in a document's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Offset of the first byte.
    pub offset: usize,
    /// Line, from 1. Lines end with a line feed.
    pub line: usize,
    /// Column, from 1, counted in characters (Unicode scalar values).
    pub column: usize,
    /// How many bytes the element covers; 0 for a point.
    pub length: usize,
}

/// One thing found in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable name for programs.
    pub code: Cow<'static, str>,
    /// One or more sentences for people: what is wrong and what to do.
    pub message: String,
    /// JSON Pointer of the element (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// Where the element stands.
    pub location: Location,
    /// A change to the text that settles it, if there is one that needs no thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A change to a document's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as the text of a button.
    pub title: String,
    /// Offset of the first byte to replace.
    pub offset: usize,
    /// How many bytes to replace; 0 inserts.
    pub length: usize,
    /// What to put there.
    pub text: String,
}

impl Fix {
    /// The text after the change; `None` if the fix was made for another text.
    pub fn apply(&self, text: &str) -> Option<String> {
        let (before, after) = (text.get(..self.offset)?, text.get(self.offset + self.length..)?);
        Some(format!("{before}{}{after}", self.text))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.location.line, self.location.column, self.message)
    }
}
