//! Permission sets and their assignments: how people get into tenants (as in AWS IAM Identity Center).
//!
//! A permission set belongs to a tenant and can be used in it and in everything below. An assignment belongs to its
//! *target* tenant: a principal (user or group, of that tenant or of one of its ancestors) × a set × a reach.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::iam::{ProviderConfig, Tag, User};
use crate::tenant::{TenantId, TenantPath};
use crate::wire::Id;

/// What an assigned principal may do (AWS IAM Identity Center API Reference, *PermissionSet*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSet {
    /// 1–32 characters of `A-Z a-z 0-9 _ + = , . @ -`, and blanks; unique in its tenant without case.
    pub name: String,
    /// `arn:aws:sso:::permissionSet/ssoins-<16 hex>/ps-<16 hex>`.
    pub permission_set_arn: String,
    /// At most 700 characters.
    pub description: Option<String>,
    /// How long a session lasts, 3600–43200 seconds.
    pub session_seconds: i32,
    /// Where to go after sign-in, at most 240 characters.
    pub relay_state: Option<String>,
    /// Counts only after a fresh factor, and for its session length.
    pub requires_elevation: bool,
    /// One of the sets that come with the product: not edited, not deleted.
    pub is_builtin: bool,
    /// The ARN of the managed policy (of the same tenant) that bounds it.
    pub permissions_boundary: Option<String>,
    /// When it was made.
    pub created_date: DateTime<Utc>,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// The name in this system.
    pub wami_arn: String,
    /// Where else it is known.
    pub providers: Vec<ProviderConfig>,
    /// Its tenant; `None` means the tenant of the store handle.
    pub tenant_id: Option<TenantId>,
}

/// A permission set as another tenant below can name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSetRef {
    /// The tenant that owns it.
    pub tenant_id: TenantId,
    /// The path of that tenant.
    pub tenant_path: TenantPath,
    /// The internal id.
    pub id: Id<PermissionSet>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// Whether an assignment holds for its target alone or for everything below as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// The target tenant only.
    Tenant,
    /// The target tenant and everything below.
    Subtree,
}

impl Reach {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Subtree => "subtree",
        }
    }
}

/// The kinds of principals that can be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// One user.
    User,
    /// Every member of a group.
    Group,
}

impl PrincipalKind {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A principal as another tenant below can name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalRef {
    /// User or group.
    pub kind: PrincipalKind,
    /// The tenant it lives in.
    pub tenant_id: TenantId,
    /// The path of that tenant.
    pub tenant_path: TenantPath,
    /// The internal id of the user or group.
    pub id: uuid::Uuid,
    /// Its name.
    pub name: String,
}

/// Who may act in the tenant, as what (AWS IAM Identity Center API Reference, *AccountAssignment*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAssignment {
    /// The internal id.
    pub id: Id<AccountAssignment>,
    /// The tenant it holds for.
    pub tenant_id: TenantId,
    /// As what.
    pub permission_set: PermissionSetRef,
    /// Who.
    pub principal: PrincipalRef,
    /// Here, or here and below.
    pub reach: Reach,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_date: DateTime<Utc>,
    /// The administrator who made it; `None` when the system did.
    pub created_by: Option<Id<User>>,
}
