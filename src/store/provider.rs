//! How native names and stable ids are formed.

/// Kinds of things that have a native name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NativeKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
    /// A managed policy.
    Policy,
}

impl NativeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Role, Self::Policy];

    /// The word in an ARN.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
        }
    }

    /// The prefix of a stable id (AWS IAM User Guide, *Understanding unique ID prefixes*).
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
        }
    }
}

/// Formats the identifiers of one cloud.
pub trait CloudProvider: Send + Sync {
    /// `aws`, `gcp`, `azure` or a name of one's own.
    fn name(&self) -> &str;

    /// The native name of an entity. `path` begins and ends with `/`.
    fn native_arn(&self, kind: NativeKind, account_id: &str, path: &str, name: &str) -> String;
}

/// AWS's names.
#[derive(Debug, Clone, Copy, Default)]
pub struct AwsProvider;

impl AwsProvider {
    /// The provider.
    pub const fn new() -> Self {
        Self
    }
}

impl CloudProvider for AwsProvider {
    fn name(&self) -> &str {
        "aws"
    }

    fn native_arn(&self, kind: NativeKind, account_id: &str, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{account_id}:{}{path}{name}", kind.as_str())
    }
}

/// The name in this system: the seed's form, with the tenant's own account id.
pub fn wami_arn(kind: NativeKind, account_id: &str, path: &str, name: &str) -> String {
    format!("arn:wami:iam::{account_id}:{}{path}{name}", kind.as_str())
}
