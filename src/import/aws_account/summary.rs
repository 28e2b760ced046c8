//! What a dump holds, in numbers.

use serde::Serialize;

use super::error::DumpWarning;
use super::model::Entry;

/// What a valid dump holds, of the account asked for or of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Sizes.
    pub counts: Counts,
    /// Ids of the accounts that the entries belong to, ascending; at most 1000.
    pub accounts: Vec<String>,
    /// Entries left out because they belong to another account than the one asked for.
    pub skipped: u64,
    /// AWS-managed policies that are attached, or are boundaries, and whose document the dump does not hold; by ARN, at
    /// most 10 000. Each is also a warning.
    pub unknown_policies: Vec<UnknownPolicy>,
    /// What is odd, at most [`super::MAX_LISTED`].
    pub warnings: Vec<DumpWarning>,
    /// Warnings beyond those.
    pub warnings_omitted: u64,
    /// Size of the file.
    pub size_bytes: u64,
    /// SHA-256 of the file, in hexadecimal: what was confirmed is what is imported, and the audit says which file it
    /// was.
    pub sha256: String,
}

/// Numbers of things in a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Roles.
    pub roles: u64,
    /// Managed policies, AWS's included.
    pub policies: u64,
    /// Of these, AWS's.
    pub aws_managed_policies: u64,
    /// Versions of managed policies.
    pub policy_versions: u64,
    /// Pairs of user and group.
    pub memberships: u64,
    /// Pairs of user, group or role and managed policy. Boundaries are not attachments.
    pub attachments: u64,
    /// Policies embedded in users, groups and roles. Trust policies are not among them.
    pub inline_policies: u64,
    /// Users and roles with a permissions boundary.
    pub boundaries: u64,
    /// Tags.
    pub tags: u64,
}

impl Counts {
    /// Counts one entry in.
    pub(super) fn add(&mut self, entry: &Entry) {
        let tags = match entry {
            Entry::User(user) => {
                self.users += 1;
                self.memberships += user.groups.len() as u64;
                &user.tags
            }
            Entry::Group(group) => {
                self.groups += 1;
                &group.tags
            }
            Entry::Role(role) => {
                self.roles += 1;
                &role.tags
            }
            Entry::Policy(policy) => {
                self.policies += 1;
                self.aws_managed_policies += u64::from(policy.is_aws_managed());
                self.policy_versions += policy.versions.len() as u64;
                &policy.tags
            }
        };
        self.tags += tags.len() as u64;
        self.boundaries += u64::from(entry.boundary().is_some());
        if let Some(grants) = entry.grants() {
            self.attachments += grants.attached.len() as u64;
            self.inline_policies += grants.inline.len() as u64;
        }
    }
}

/// An AWS-managed policy known by name only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownPolicy {
    /// Its native ARN.
    pub arn: String,
    /// JSON pointer to the first reference to it.
    pub pointer: String,
    /// How many attachments and boundaries refer to it.
    pub uses: u64,
}
