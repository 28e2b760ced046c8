//! What an import did, or would do.

use serde::Serialize;

use super::aws_account::DumpWarning;
use super::items::Aspect;
use crate::store::provider::NativeKind;

/// The most entries of each list of a report; what is beyond them is counted.
pub const MOST_LISTED: usize = 1000;

/// What became of one kind of thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Tally {
    /// New here.
    pub created: u64,
    /// Otherwise than before.
    pub updated: u64,
    /// As before, conflicts that were kept among them.
    pub unchanged: u64,
    /// Always 0 in a report: an import with any fault is refused as a whole.
    pub failed: u64,
}

/// What became of everything in a dump.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Tallies {
    /// Users.
    pub users: Tally,
    /// Groups.
    pub groups: Tally,
    /// Roles, with their trust policies.
    pub roles: Tally,
    /// Managed policies, AWS's among them.
    pub policies: Tally,
    /// Their versions.
    pub policy_versions: Tally,
    /// Pairs of user and group.
    pub memberships: Tally,
    /// Pairs of managed policy and user, group or role.
    pub attachments: Tally,
    /// Embedded policies.
    pub inline_policies: Tally,
}

impl Tallies {
    /// Each with its name.
    pub fn named(&self) -> [(&'static str, Tally); 8] {
        [
            ("Users", self.users),
            ("Groups", self.groups),
            ("Roles", self.roles),
            ("Policies", self.policies),
            ("Policy versions", self.policy_versions),
            ("Memberships", self.memberships),
            ("Attachments", self.attachments),
            ("Inline policies", self.inline_policies),
        ]
    }

    /// Whether anything was created or updated.
    pub fn has_changes(&self) -> bool {
        self.named().iter().any(|(_, tally)| tally.created + tally.updated > 0)
    }

    pub(super) fn of_kind(&mut self, kind: NativeKind) -> &mut Tally {
        match kind {
            NativeKind::User => &mut self.users,
            NativeKind::Group => &mut self.groups,
            NativeKind::Role => &mut self.roles,
            NativeKind::Policy => &mut self.policies,
        }
    }

    /// The tally of a part that is counted by itself.
    pub(super) fn of_part(&mut self, aspect: Aspect) -> Option<&mut Tally> {
        match aspect {
            Aspect::Version => Some(&mut self.policy_versions),
            Aspect::Group => Some(&mut self.memberships),
            Aspect::AttachedPolicy => Some(&mut self.attachments),
            Aspect::InlinePolicy => Some(&mut self.inline_policies),
            _ => None,
        }
    }
}

/// An entity by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// What it is.
    pub kind: NativeKind,
    /// Its name here.
    pub name: String,
}

/// What a difference, conflict or absence is about: an entity, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// The entity.
    #[serde(flatten)]
    pub entity: Named,
    /// The part; none for the entity itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Aspect>,
    /// Which one, as the key of a tag; empty where there is one only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub which: String,
}

/// A change of an entity that was there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of what.
    #[serde(flatten)]
    pub about: About,
    /// What is here before; documents are not quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What comes from the dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// New here, changed, or taken away.
    pub change: Change,
}

/// How something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Created,
    /// It is otherwise than before.
    Updated,
    /// It was added here and goes (only with `--overwrite`).
    Removed,
}

/// Why the dump and the tenant do not agree: something was edited here since the last import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// It was changed here.
    EditedHere,
    /// It was added here.
    AddedHere,
    /// It was taken away here.
    RemovedHere,
    /// What it refers to was deleted here.
    TargetDeletedHere,
}

impl Edit {
    /// A few words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EditedHere => "edited here",
            Self::AddedHere => "added here",
            Self::RemovedHere => "removed here",
            Self::TargetDeletedHere => "refers to what was deleted here",
        }
    }
}

/// A local edit that the dump does not agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Of what.
    #[serde(flatten)]
    pub about: About,
    /// What was done here.
    pub edit: Edit,
    /// What is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<String>,
    /// What the dump says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dump: Option<String>,
    /// The dump won, as was asked for; else what is here is kept.
    pub overwritten: bool,
}

/// A principal that gets, or keeps, a say in the console itself from what the dump holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsoleGrant {
    /// Who.
    #[serde(flatten)]
    pub principal: Named,
    /// What it may do in the console, in few patterns.
    pub actions: Vec<String>,
    /// The policies that give it, by name.
    pub policies: Vec<String>,
    /// This import gives it; else it is as before.
    pub is_new: bool,
}

/// A list that is cut off at [`MOST_LISTED`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// The first of them.
    pub listed: Vec<T>,
    /// How many there are.
    pub total: u64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { listed: vec![], total: 0 }
    }
}

impl<T> Listed<T> {
    pub(super) fn add(&mut self, item: impl FnOnce() -> T) {
        self.total += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(item());
        }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In numbers.
    pub tallies: Tallies,
    /// Accounts of the dump, ascending.
    pub accounts: Vec<String>,
    /// Changes of what was there before.
    pub differences: Listed<Difference>,
    /// Local edits that the dump does not agree with.
    pub conflicts: Listed<Conflict>,
    /// What was imported before and is not in this dump: it is kept.
    pub absent: Listed<About>,
    /// Principals whose policies grant console actions.
    pub console_grants: Listed<ConsoleGrant>,
    /// What is odd, and policies whose document is unknown.
    pub warnings: Vec<DumpWarning>,
    /// Warnings beyond those.
    pub warnings_omitted: u64,
    /// SHA-256 of the file in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub size_bytes: u64,
}

/// A text short enough for a list.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
