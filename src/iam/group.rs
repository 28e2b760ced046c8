//! Groups.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ProviderConfig, Tag};
use crate::tenant::TenantId;

/// A set of users of one tenant; groups do not nest (AWS IAM API Reference, *Group*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// 1–128 characters of `A-Z a-z 0-9 _ + = , . @ -`; unique in its tenant without case.
    pub group_name: String,
    /// `AGPA` and 17 characters.
    pub group_id: String,
    /// The native name.
    pub arn: String,
    /// `/`, or begins and ends with it.
    pub path: String,
    /// When it was created.
    pub create_date: DateTime<Utc>,
    /// At most 50 (AWS has none on groups; this system does).
    pub tags: Vec<Tag>,
    /// The name in this system.
    pub wami_arn: String,
    /// Where else it is known.
    pub providers: Vec<ProviderConfig>,
    /// Its tenant; `None` means the tenant of the store handle.
    pub tenant_id: Option<TenantId>,
}
