//! Users.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::tenant::TenantId;

/// A person or programme with an identity of its own (AWS IAM API Reference, *User*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// 1–64 characters of `A-Z a-z 0-9 _ + = , . @ -`; unique in its tenant without case.
    pub user_name: String,
    /// `AIDA` and 17 characters; what AWS itself gave an imported user is kept.
    pub user_id: String,
    /// The native name. An imported one is kept byte for byte, for ever.
    pub arn: String,
    /// `/`, or begins and ends with it; 512 characters at most.
    pub path: String,
    /// When it was created.
    pub create_date: DateTime<Utc>,
    /// When its password was last used to sign in; `None` means never.
    pub password_last_used: Option<DateTime<Utc>>,
    /// The ARN of the managed policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// The name in this system: `arn:wami:iam::<account>:user<path><name>`. Follows a rename.
    pub wami_arn: String,
    /// Where else it is known.
    pub providers: Vec<ProviderConfig>,
    /// Its tenant; `None` means the tenant of the store handle it is given to.
    pub tenant_id: Option<TenantId>,
}

/// A cloud provider that knows the entity too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderConfig {
    /// `aws`, `gcp`, `azure` or a name of one's own.
    pub provider_name: String,
    /// The account at the provider.
    pub account_id: String,
    /// The provider's own name for the entity.
    pub native_arn: String,
    /// When the two were last in step.
    pub synced_at: DateTime<Utc>,
    /// The tenant the provider account belongs to.
    pub tenant_id: Option<TenantId>,
}
