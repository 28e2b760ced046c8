//! What a dump says, entry by entry.
//!
//! Every relation of an entry is sorted (groups without case, attachments by ARN, inline policies and tags by name,
//! versions by number), so that two dumps of the same state give equal entries however they were ordered. What AWS
//! counts (`AttachmentCount`, `PermissionsBoundaryUsageCount`) is left out: counts are counted, not imported.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::place::Kind;

/// The account field of AWS-managed policies' ARNs.
pub const AWS: &str = "aws";

/// One entry of a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// Of `UserDetailList`.
    User(User),
    /// Of `GroupDetailList`.
    Group(Group),
    /// Of `RoleDetailList`.
    Role(Role),
    /// Of `Policies`.
    Policy(ManagedPolicy),
}

impl Entry {
    /// What kind of entry this is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Group(_) => Kind::Group,
            Self::Role(_) => Kind::Role,
            Self::Policy(_) => Kind::Policy,
        }
    }

    /// Its names.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        match self {
            Self::User(user) => &user.identity,
            Self::Group(group) => &group.identity,
            Self::Role(role) => &role.identity,
            Self::Policy(policy) => &policy.identity,
        }
    }

    /// Its own policies; managed policies have none.
    #[must_use]
    pub const fn grants(&self) -> Option<&Grants> {
        match self {
            Self::User(user) => Some(&user.grants),
            Self::Group(group) => Some(&group.grants),
            Self::Role(role) => Some(&role.grants),
            Self::Policy(_) => None,
        }
    }

    /// ARN of the managed policy that bounds it; only users and roles can have one.
    #[must_use]
    pub fn boundary(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.boundary.as_deref(),
            Self::Role(role) => role.boundary.as_deref(),
            Self::Group(_) | Self::Policy(_) => None,
        }
    }
}

/// How an entry is called, the same for every kind. All of it byte for byte as in the dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account it belongs to, from its ARN: twelve digits, or [`AWS`].
    pub account: String,
    /// Unique without case within one kind of one account.
    pub name: String,
    /// `/`, or begins and ends with it.
    pub path: String,
    /// `AIDA…`, `AGPA…`, `AROA…`, `ANPA…` as a rule; old and odd ones are kept as they are.
    pub id: String,
    /// The native ARN.
    pub arn: String,
    /// When it was made, in whole microseconds.
    pub create_date: DateTime<Utc>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its names.
    pub identity: Identity,
    /// When its password was last used, where the dump says so (AWS's own does not).
    pub password_last_used: Option<DateTime<Utc>>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Names of groups of the same account; the case may differ from the group's own.
    pub groups: Vec<String>,
    /// Its own policies.
    pub grants: Grants,
    /// At most 50.
    pub tags: Vec<Tag>,
}

/// A group. Its members are told by the users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its names.
    pub identity: Identity,
    /// Its own policies.
    pub grants: Grants,
    /// At most 50 (AWS has none on groups; other writers of the format do).
    pub tags: Vec<Tag>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its names.
    pub identity: Identity,
    /// Exact text of the trust policy.
    pub trust_policy: String,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// 3600 to 43200; `None` where the dump does not say (AWS's own does not).
    pub max_session_seconds: Option<u32>,
    /// When and where the role was last used, if it ever was.
    pub last_used: Option<RoleLastUsed>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Names of the instance profiles that hold it.
    pub instance_profiles: Vec<String>,
    /// Its own policies.
    pub grants: Grants,
    /// At most 50.
    pub tags: Vec<Tag>,
}

/// The last use of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleLastUsed {
    /// When.
    pub date: DateTime<Utc>,
    /// The AWS region, where known.
    pub region: Option<String>,
}

/// A managed policy with its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Its names.
    pub identity: Identity,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// Whether it may be attached at all.
    pub is_attachable: bool,
    /// When its default version last changed; its create date where the dump does not say.
    pub update_date: DateTime<Utc>,
    /// The id of the one version of `versions` that is in force.
    pub default_version_id: String,
    /// At least one, the oldest first.
    pub versions: Vec<PolicyVersion>,
    /// At most 50.
    pub tags: Vec<Tag>,
}

impl ManagedPolicy {
    /// Whether AWS owns it, so that it is read-only.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        self.identity.account == AWS
    }
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub version_id: String,
    /// Exact text.
    pub document: String,
    /// When it was made.
    pub create_date: DateTime<Utc>,
}

/// The policies that a user, group or role has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Managed policies attached, each once.
    pub attached: Vec<Attachment>,
    /// Policies embedded, each name once.
    pub inline: Vec<InlinePolicy>,
}

/// A managed policy attached to something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The policy's native ARN.
    pub arn: String,
    /// The policy's name, from the ARN.
    pub name: String,
}

impl Attachment {
    /// Whether AWS owns the policy, so that the dump need not hold it.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        super::arn::is_aws_managed(&self.arn)
    }
}

/// A policy embedded in its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Unique within the owner.
    pub name: String,
    /// Exact text.
    pub document: String,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters, unique without case within its entry.
    pub key: String,
    /// 0 to 256 characters.
    pub value: String,
}
