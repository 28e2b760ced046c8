//! What is entered about a role, and its check.

use serde::{Deserialize, Serialize};

use crate::iam::validate;
use crate::wire::ApiError;
use crate::wire::error::Errors;

/// The fields of the form, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoleDraft {
    /// 1–64 characters of the name grammar.
    pub role_name: String,
    /// Empty means `/`.
    #[serde(default)]
    pub path: String,
    /// May be empty.
    #[serde(default)]
    pub description: String,
    /// Seconds; empty means 3600.
    #[serde(default)]
    pub max_session_duration: String,
}

/// A checked draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// The name.
    pub role_name: String,
    /// The path.
    pub path: String,
    /// What it is for.
    pub description: Option<String>,
    /// Seconds.
    pub max_session_duration: i32,
}

impl RoleDraft {
    /// The path, `/` when none was entered.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One sentence for each wrong field.
    pub fn validate(self) -> Result<NewRole, ApiError> {
        let path = self.path().to_owned();
        let seconds = match self.max_session_duration.trim() {
            "" => Ok(3600),
            text => text.parse::<i32>().ok().filter(|seconds| (3600..=43200).contains(seconds)).ok_or(()),
        };
        let mut errors = Errors::default();
        errors.check("draft[role_name]", validate::name(&self.role_name, 64));
        errors.check("draft[path]", validate::path(&path));
        errors.check("draft[description]", validate::text(&self.description, 1000));
        let range = "A session lasts 3600 to 43200 seconds.".to_owned();
        errors.check("draft[max_session_duration]", seconds.map(|_| ()).map_err(|()| range));
        errors.done()?;
        Ok(NewRole {
            role_name: self.role_name,
            path,
            description: (!self.description.trim().is_empty()).then_some(self.description),
            max_session_duration: seconds.unwrap_or(3600),
        })
    }
}
