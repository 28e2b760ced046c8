//! What is entered about a group, and its check.

use serde::{Deserialize, Serialize};

use crate::iam::validate;
use crate::wire::ApiError;
use crate::wire::error::Errors;

/// The fields of the form, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GroupDraft {
    /// 1–128 characters of the name grammar.
    pub group_name: String,
    /// Empty means `/`.
    #[serde(default)]
    pub path: String,
}

impl GroupDraft {
    /// The path, `/` when none was entered.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One sentence for each wrong field.
    pub fn validate(self) -> Result<Self, ApiError> {
        let path = self.path().to_owned();
        let mut errors = Errors::default();
        errors.check("draft[group_name]", validate::name(&self.group_name, 128));
        errors.check("draft[path]", validate::path(&path));
        errors.done()?;
        Ok(Self { path, ..self })
    }
}
