//! What is entered about a user, and its check.

use serde::{Deserialize, Serialize};

use crate::iam::{Person, validate};
use crate::wire::ApiError;
use crate::wire::error::Errors;

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
    /// The path, `/` when none was entered.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One sentence for each wrong field.
    pub fn validate(self) -> Result<NewUser, ApiError> {
        let path = self.path().to_owned();
        let mut errors = Errors::default();
        errors.check("draft[user_name]", validate::name(&self.user_name, 64));
        errors.check("draft[display_name]", validate::text(&self.display_name, 128));
        if !self.email.is_empty() {
            errors.check("draft[email]", validate::email(&self.email));
        }
        errors.check("draft[path]", validate::path(&path));
        errors.done()?;
        let some = |text: String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Ok(NewUser {
            user_name: self.user_name,
            path,
            person: Person { display_name: some(self.display_name), email: some(self.email) },
        })
    }
}
