//! Roles.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ProviderConfig, Tag};
use crate::tenant::TenantId;

/// An identity that others assume for a while (AWS IAM API Reference, *Role*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// 1–64 characters; unique in its tenant without case.
    pub role_name: String,
    /// `AROA` and 17 characters.
    pub role_id: String,
    /// The native name.
    pub arn: String,
    /// `/`, or begins and ends with it. `/aws-service-role/…/` marks a service-linked role.
    pub path: String,
    /// When it was created.
    pub create_date: DateTime<Utc>,
    /// Who may assume it, as exact text.
    pub assume_role_policy_document: String,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// Seconds, 3600–43200; `None` means 3600.
    pub max_session_duration: Option<i32>,
    /// The ARN of the managed policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// When and where it was last used.
    pub role_last_used: Option<RoleLastUsed>,
    /// Names of the instance profiles that hold it (imported; kept as names).
    pub instance_profiles: Vec<String>,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// The name in this system.
    pub wami_arn: String,
    /// Where else it is known.
    pub providers: Vec<ProviderConfig>,
    /// Its tenant; `None` means the tenant of the store handle.
    pub tenant_id: Option<TenantId>,
}

/// The last use of a role (AWS IAM API Reference, *RoleLastUsed*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleLastUsed {
    /// When.
    pub last_used_date: DateTime<Utc>,
    /// In which region.
    pub region: Option<String>,
}

impl Role {
    /// A service-linked role belongs to the service it is linked to: it is neither edited nor deleted as others are
    /// (AWS IAM User Guide, *Service-linked roles*).
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}
