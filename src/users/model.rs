//! What is entered about a user, and its check.

use serde::{Deserialize, Serialize};

use crate::iam::{Person, validate};
use crate::wire::{ApiError, FieldError};

/// The fields of the form, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UserDraft {
    /// 1–64 characters of the name grammar.
    pub user_name: String,
    /// Empty means `/`.
    #[serde(default)]
    pub path: String,
    /// May be empty.
    #[serde(default)]
    pub display_name: String,
    /// May be empty.
    #[serde(default)]
    pub email: String,
}

/// A checked draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The name.
    pub user_name: String,
    /// The path.
    pub path: String,
    /// Name and e-mail of the person.
    pub person: Person,
}

impl UserDraft {
    /// Checks every field.
    ///
    /// # Errors
    /// One sentence for each wrong field.
    pub fn validate(self) -> Result<NewUser, ApiError> {
        let path = if self.path.is_empty() { "/".to_owned() } else { self.path };
        let mut errors = Vec::new();
        let mut check = |field: &str, outcome: Result<(), String>| {
            if let Err(message) = outcome {
                errors.push(FieldError { field: field.to_owned(), message });
            }
        };
        check("draft[user_name]", validate::name(&self.user_name, 64));
        check("draft[path]", validate::path(&path));
        check("draft[display_name]", validate::text(&self.display_name, 128));
        if !self.email.is_empty() {
            check("draft[email]", validate::email(&self.email));
        }
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        let some = |text: String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Ok(NewUser {
            user_name: self.user_name,
            path,
            person: Person { display_name: some(self.display_name), email: some(self.email) },
        })
    }
}
