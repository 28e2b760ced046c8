//! The password of a user.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::wire::Secret;

/// Lets a user sign in with a password (AWS IAM API Reference, *LoginProfile*). One per user.
#[derive(Debug, Clone, Deserialize)]
pub struct LoginProfile {
    /// Whose.
    pub user_name: String,
    /// When it was made.
    pub create_date: DateTime<Utc>,
    /// The next sign-in must set another password.
    pub password_reset_required: bool,
    /// When the password was last changed.
    pub changed_at: DateTime<Utc>,
    /// The argon2id hash in PHC string form.
    pub password_hash: Secret<String>,
}

/// What may be shown of a [`LoginProfile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfileView {
    /// When it was made.
    pub create_date: DateTime<Utc>,
    /// The next sign-in must set another password.
    pub password_reset_required: bool,
    /// When the password was last changed.
    pub changed_at: DateTime<Utc>,
}

impl From<&LoginProfile> for LoginProfileView {
    fn from(profile: &LoginProfile) -> Self {
        Self {
            create_date: profile.create_date,
            password_reset_required: profile.password_reset_required,
            changed_at: profile.changed_at,
        }
    }
}
