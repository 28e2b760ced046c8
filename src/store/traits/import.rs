//! The part of a store that imports stand on: entities whole, many at a time.

use async_trait::async_trait;
use uuid::Uuid;

use crate::iam::{Group, InlinePolicy, Policy, PolicyVersion, ProviderConfig, Role, User};
use crate::store::Result;
use crate::store::provider::NativeKind;

/// An entity with everything that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The entity, its tags and boundary included.
    pub body: Body,
    /// Names of the groups it is a member of (a user).
    pub groups: Vec<String>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
    /// Its inline policies.
    pub inline: Vec<InlinePolicy>,
}

/// The entity itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// A role.
    Role(Role),
    /// A managed policy with its versions. `policy_document` is not looked at: the version `default_version_id` is in
    /// force. A policy without versions has an unknown document.
    Policy(Policy, Vec<PolicyVersion>),
}

impl Body {
    /// What it is.
    pub const fn kind(&self) -> NativeKind {
        match self {
            Self::User(_) => NativeKind::User,
            Self::Group(_) => NativeKind::Group,
            Self::Role(_) => NativeKind::Role,
            Self::Policy(..) => NativeKind::Policy,
        }
    }

    /// Its native name.
    pub fn arn(&self) -> &str {
        match self {
            Self::User(user) => &user.arn,
            Self::Group(group) => &group.arn,
            Self::Role(role) => &role.arn,
            Self::Policy(policy, _) => &policy.arn,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.user_name,
            Self::Group(group) => &group.group_name,
            Self::Role(role) => &role.role_name,
            Self::Policy(policy, _) => &policy.policy_name,
        }
    }

    /// Its stable id.
    pub fn stable_id(&self) -> &str {
        match self {
            Self::User(user) => &user.user_id,
            Self::Group(group) => &group.group_id,
            Self::Role(role) => &role.role_id,
            Self::Policy(policy, _) => &policy.policy_id,
        }
    }

    /// The accounts it came from.
    pub fn providers(&self) -> &[ProviderConfig] {
        match self {
            Self::User(user) => &user.providers,
            Self::Group(group) => &group.providers,
            Self::Role(role) => &role.providers,
            Self::Policy(policy, _) => &policy.providers,
        }
    }

    /// The native name of its permissions boundary; groups and policies have none.
    pub fn permissions_boundary(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.permissions_boundary.as_deref(),
            Self::Role(role) => role.permissions_boundary.as_deref(),
            Self::Group(_) | Self::Policy(..) => None,
        }
    }
}

/// By what an entity is found: any of the three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeKey {
    /// The native name.
    pub arn: String,
    /// The stable id.
    pub stable_id: String,
    /// The name; `None` for the policies of AWS, whose names are not unique.
    pub name: Option<String>,
}

/// An entity that a tenant holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The internal id.
    pub id: Uuid,
    /// Counts its changes.
    pub version: i64,
    /// All of it.
    pub whole: Whole,
}

/// An entity to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutWhole {
    /// The id and version of the entity in whose place it comes; `None` adds one.
    pub replaces: Option<(Uuid, i64)>,
    /// All of it.
    pub whole: Whole,
}

/// What an entity was when it was last imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportMark {
    /// What it is.
    pub kind: NativeKind,
    /// Its native name then.
    pub arn: String,
    /// The provider's account that it came from.
    pub account_id: String,
    /// Its name then.
    pub name: String,
    /// Digests of its content, 16 bytes each, ascending.
    pub content: Vec<[u8; 16]>,
}

/// What is done with a mark and the internal id of its entity.
pub type VisitMark<'v> = &'v mut (dyn FnMut(ImportMark, Uuid) + Send);

/// Imports of one tenant.
///
/// # Errors
/// As for every part; see [`IamStore`](super::IamStore).
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// The entities of a kind that have the native name, the stable id or (without case) the name of any of `keys`, in no
    /// order, each once. A policy of AWS is not found by its name. With `lock` nobody else can change them until the
    /// unit of work ends.
    async fn find_whole(&self, kind: NativeKind, keys: &[WholeKey], lock: bool) -> Result<Vec<Held>>;

    /// Writes entities of one kind, all or none: each becomes as it is given, with these tags, memberships, attachments,
    /// inline policies and versions and no others. What an import does not know (person, status, password,
    /// assignments) stays. Names may be any of the grammar, the reserved one included; limits of AWS's per entity are
    /// not checked.
    ///
    /// Exists on a key that another holds. Stale when one to be replaced is not of its version. Not found when a group
    /// or policy that is referred to is not there. `InvalidParameter` for bodies of several kinds.
    async fn put_whole(&mut self, items: &[PutWhole]) -> Result<()>;

    /// The marks of these native names, in no order.
    async fn find_marks(&self, arns: &[String]) -> Result<Vec<ImportMark>>;

    /// Shows `visit` each mark of an account whose entity the tenant still holds, with the internal id of that entity, by
    /// native name. There may be any number: they are not held together.
    async fn each_mark(&self, account_id: &str, visit: VisitMark<'_>) -> Result<()>;

    /// Writes marks over those of the same native names.
    async fn put_marks(&mut self, marks: &[ImportMark]) -> Result<()>;

    /// Removes marks; absent ones are ignored.
    async fn remove_marks(&mut self, arns: &[String]) -> Result<()>;

    /// The provider accounts that the tenant's imported entities come from, as provider and account, in order.
    async fn list_provider_accounts(&self) -> Result<Vec<(String, String)>>;

    /// Adds a provider account; doing so again changes nothing.
    async fn add_provider_account(&mut self, provider: &str, account_id: &str) -> Result<()>;
}
