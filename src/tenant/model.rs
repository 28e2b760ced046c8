//! Tenants and their guardrails.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::TenantPath;
use crate::wire::Id;

/// The internal id of a tenant.
pub type TenantId = Id<Tenant>;

/// One node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The internal id.
    pub id: TenantId,
    /// The tenant above; `None` for the root.
    pub parent_id: Option<TenantId>,
    /// Where it lies.
    pub path: TenantPath,
    /// The name for people, 1–128 characters.
    pub display_name: String,
    /// 12 digits, random and unique: the account in the ARNs of what is created here.
    pub account_id: String,
    /// Its own status; a suspended ancestor suspends it too.
    pub status: TenantStatus,
    /// The built-in guardrail that allows everything is in force (until replaced).
    pub allow_all_guardrail: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// Enough to name a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRef {
    /// The internal id.
    pub id: TenantId,
    /// Where it lies.
    pub path: TenantPath,
    /// The account id in its ARNs.
    pub account_id: String,
    /// The name for people.
    pub display_name: String,
    /// Whether it, or an ancestor, is suspended.
    pub suspended: bool,
}

/// The life of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantStatus {
    /// In use.
    Active,
    /// Its own people cannot sign in or act; administrators of ancestors may read. Data is kept.
    Suspended,
}

impl TenantStatus {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A policy on a tenant that bounds it and everything below (as AWS's service control policies do).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardrail {
    /// 1–128 characters, unique in the tenant without case.
    pub name: String,
    /// The exact text.
    pub document: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
