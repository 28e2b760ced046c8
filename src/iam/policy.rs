//! Managed policies with their versions, inline policies, attachments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Owner, ProviderConfig, Tag};
use crate::tenant::TenantId;

/// A managed policy (AWS IAM API Reference, *Policy*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// 1–128 characters; unique in its tenant without case, AWS's own policies aside.
    pub policy_name: String,
    /// `ANPA` and 17 characters.
    pub policy_id: String,
    /// The native name; it identifies the policy in its tenant.
    pub arn: String,
    /// `/`, or begins and ends with it.
    pub path: String,
    /// `v1`, `v2`, …; empty while the document is unknown.
    pub default_version_id: String,
    /// The document of the default version, as exact text; empty while it is unknown (an imported attachment to an
    /// AWS policy that the dump did not hold). Decisions that need it are refused.
    pub policy_document: String,
    /// How many users, groups, roles and permission sets it is attached to: counted, never stored.
    pub attachment_count: i64,
    /// How many users and roles it bounds: counted.
    pub permissions_boundary_usage_count: i64,
    /// May be attached.
    pub is_attachable: bool,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// When it was created.
    pub create_date: DateTime<Utc>,
    /// When its default document last changed.
    pub update_date: DateTime<Utc>,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// The name in this system.
    pub wami_arn: String,
    /// Where else it is known.
    pub providers: Vec<ProviderConfig>,
    /// Its tenant; `None` means the tenant of the store handle.
    pub tenant_id: Option<TenantId>,
}

/// The prefix of the policies that AWS itself keeps.
pub const AWS_POLICY_PREFIX: &str = "arn:aws:iam::aws:policy/";

impl Policy {
    /// Kept by AWS, read-only here.
    pub fn is_aws_managed(&self) -> bool {
        self.arn.starts_with(AWS_POLICY_PREFIX)
    }

    /// Known by name only: see [`Policy::policy_document`].
    pub fn is_document_unknown(&self) -> bool {
        self.default_version_id.is_empty()
    }
}

/// One version of a managed policy's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …; a number is never used again.
    pub version_id: String,
    /// The exact text.
    pub document: String,
    /// The version in force.
    pub is_default_version: bool,
    /// When it was saved.
    pub create_date: DateTime<Utc>,
}

impl PolicyVersion {
    /// The number in `v<number>`; `None` when the text is no version id.
    pub fn number(version_id: &str) -> Option<i32> {
        let digits = version_id.strip_prefix('v')?;
        let is_number = !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    }
}

/// A policy that is part of its owner and dies with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// 1–128 characters, unique with its owner.
    pub policy_name: String,
    /// The exact text.
    pub policy_document: String,
}

/// A managed policy in the list of an owner's attachments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedPolicy {
    /// Its name.
    pub policy_name: String,
    /// Its ARN.
    pub policy_arn: String,
    /// It is known by name only: see [`Policy::policy_document`].
    pub is_document_unknown: bool,
}

/// The policies of one owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnPolicies {
    /// Those attached to it, by name.
    pub attached: Vec<AttachedPolicy>,
    /// Those that are part of it, by name.
    pub inline: Vec<InlinePolicy>,
}

/// Something that uses a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEntity {
    /// Who.
    pub owner: Owner,
    /// As its permissions boundary rather than as an attachment.
    pub as_boundary: bool,
}
