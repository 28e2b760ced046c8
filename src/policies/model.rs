//! What is entered about a policy, and its check.

use serde::{Deserialize, Serialize};

use crate::iam::validate;
use crate::wire::ApiError;
use crate::wire::error::Errors;

/// The fields of the form, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PolicyDraft {
    /// 1–128 characters of the name grammar.
    pub policy_name: String,
    /// Empty means `/`.
    #[serde(default)]
    pub path: String,
    /// May be empty.
    #[serde(default)]
    pub description: String,
}

impl PolicyDraft {
    /// The path, `/` when none was entered.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// What it is for, unless empty.
    pub fn description(&self) -> Option<String> {
        (!self.description.trim().is_empty()).then(|| self.description.clone())
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One sentence for each wrong field.
    pub fn validate(self) -> Result<Self, ApiError> {
        let path = self.path().to_owned();
        let mut errors = Errors::default();
        errors.check("draft[policy_name]", validate::name(&self.policy_name, 128));
        errors.check("draft[path]", validate::path(&path));
        errors.check("draft[description]", validate::text(&self.description, 1000));
        errors.done()?;
        Ok(Self { path, ..self })
    }
}
