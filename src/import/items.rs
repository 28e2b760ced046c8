//! Entities taken apart into items that are merged one by one: a name, a tag, an attachment, a version.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::iam::Tag;
use crate::store::traits::{Body, Whole};

/// A digest of an item.
pub(super) type Digest = [u8; 16];

/// What an item says about its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Its name.
    Name,
    /// Its path.
    Path,
    /// Its description.
    Description,
    /// How long its sessions may last, in seconds.
    SessionDuration,
    /// Who may assume it.
    TrustPolicy,
    /// A saved version of a managed policy.
    Version,
    /// The version in force.
    DefaultVersion,
    /// The policy that bounds it.
    Boundary,
    /// An instance profile that holds it.
    InstanceProfile,
    /// A tag.
    Tag,
    /// A group it is a member of.
    Group,
    /// A managed policy attached to it.
    AttachedPolicy,
    /// A policy embedded in it.
    InlinePolicy,
}

impl Aspect {
    /// The words for it in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Path => "path",
            Self::Description => "description",
            Self::SessionDuration => "session duration",
            Self::TrustPolicy => "trust policy",
            Self::Version => "version",
            Self::DefaultVersion => "default version",
            Self::Boundary => "permissions boundary",
            Self::InstanceProfile => "instance profile",
            Self::Tag => "tag",
            Self::Group => "membership in",
            Self::AttachedPolicy => "attached policy",
            Self::InlinePolicy => "inline policy",
        }
    }

    /// Whether it is the text of a policy.
    pub const fn is_document(self) -> bool {
        matches!(self, Self::TrustPolicy | Self::Version | Self::InlinePolicy)
    }

    /// Whether a dump that does not have it has merely not told.
    pub(super) const fn may_be_untold(self) -> bool {
        matches!(self, Self::Description | Self::SessionDuration)
    }

    /// Whether it is counted by itself rather than as a part of its entity.
    pub(super) const fn is_counted(self) -> bool {
        matches!(self, Self::Version | Self::Group | Self::AttachedPolicy | Self::InlinePolicy)
    }
}

/// Names an item within its entity: what it is about, and which one (without case where names have none).
pub(super) type ItemKey = (Aspect, String);

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Which one, as it is spelt.
    pub label: String,
    /// What it says, exactly.
    pub text: String,
    /// When it was made (a version).
    pub at: Option<DateTime<Utc>>,
    /// Of what it says: of documents the meaning, whatever their layout.
    pub digest: Digest,
}

/// All items of an entity.
pub(super) type Items = BTreeMap<ItemKey, Item>;

/// The digest of there being such an item at all.
pub(super) fn presence((aspect, key): &ItemKey) -> Digest {
    digest(*aspect, key, None)
}

/// Stands for an ARN where very many are kept.
pub(super) fn digest_of_arn(arn: &str) -> Digest {
    let whole: [u8; 32] = Sha256::digest(arn.as_bytes()).into();
    *whole.first_chunk().expect("32 bytes begin with 16")
}

fn digest(aspect: Aspect, key: &str, value: Option<&str>) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([aspect as u8, u8::from(value.is_some())]);
    hasher.update((key.len() as u64).to_le_bytes());
    hasher.update(key.as_bytes());
    hasher.update(value.unwrap_or_default().as_bytes());
    let whole: [u8; 32] = hasher.finalize().into();
    *whole.first_chunk().expect("32 bytes begin with 16")
}

/// A document as its meaning: without layout, its fields in order. What is no JSON stands for itself.
fn meaning(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| sorted(value).to_string())
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> =
                fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

struct Parts(Items);

impl Parts {
    fn add(&mut self, aspect: Aspect, key: String, label: &str, text: &str) {
        let digest = if aspect.is_document() {
            digest(aspect, &key, Some(&meaning(text)))
        } else {
            digest(aspect, &key, Some(text))
        };
        self.0.insert((aspect, key), Item { label: label.to_owned(), text: text.to_owned(), at: None, digest });
    }

    fn one(&mut self, aspect: Aspect, text: &str) {
        self.add(aspect, String::new(), "", text);
    }

    /// Names that compare without case.
    fn named(&mut self, aspect: Aspect, names: &[String]) {
        for name in names {
            self.add(aspect, name.to_ascii_lowercase(), name, "");
        }
    }

    fn tags(&mut self, tags: &[Tag]) {
        for tag in tags {
            self.add(Aspect::Tag, tag.key.to_lowercase(), &tag.key, &tag.value);
        }
    }

    fn boundary(&mut self, arn: Option<&str>) {
        if let Some(arn) = arn {
            self.one(Aspect::Boundary, arn);
        }
    }

    fn names(&mut self, name: &str, path: &str) {
        self.one(Aspect::Name, name);
        self.one(Aspect::Path, path);
    }
}

/// Takes an entity apart.
pub(super) fn items(whole: &Whole) -> Items {
    let mut parts = Parts(Items::new());
    match &whole.body {
        Body::User(user) => {
            parts.names(&user.user_name, &user.path);
            parts.boundary(user.permissions_boundary.as_deref());
            parts.tags(&user.tags);
        }
        Body::Group(group) => {
            parts.names(&group.group_name, &group.path);
            parts.tags(&group.tags);
        }
        Body::Role(role) => {
            parts.names(&role.role_name, &role.path);
            if let Some(description) = &role.description {
                parts.one(Aspect::Description, description);
            }
            if let Some(seconds) = role.max_session_duration {
                parts.one(Aspect::SessionDuration, &seconds.to_string());
            }
            parts.one(Aspect::TrustPolicy, &role.assume_role_policy_document);
            parts.boundary(role.permissions_boundary.as_deref());
            parts.named(Aspect::InstanceProfile, &role.instance_profiles);
            parts.tags(&role.tags);
        }
        Body::Policy(policy, versions) => {
            parts.names(&policy.policy_name, &policy.path);
            if let Some(description) = &policy.description {
                parts.one(Aspect::Description, description);
            }
            for version in versions {
                let key = (Aspect::Version, version.version_id.clone());
                parts.add(key.0, key.1.clone(), &version.version_id, &version.document);
                if let Some(item) = parts.0.get_mut(&key) {
                    item.at = Some(version.create_date);
                }
                // The default is the same only if its document is, too.
                if version.version_id == policy.default_version_id {
                    let value = format!("{} {}", version.version_id, meaning(&version.document));
                    let digest = digest(Aspect::DefaultVersion, "", Some(&value));
                    let item = Item { label: String::new(), text: version.version_id.clone(), at: None, digest };
                    parts.0.insert((Aspect::DefaultVersion, String::new()), item);
                }
            }
            parts.tags(&policy.tags);
        }
    }
    parts.named(Aspect::Group, &whole.groups);
    for arn in &whole.attached {
        parts.add(Aspect::AttachedPolicy, arn.clone(), arn, "");
    }
    for policy in &whole.inline {
        parts.add(Aspect::InlinePolicy, policy.policy_name.clone(), &policy.policy_name, &policy.policy_document);
    }
    parts.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_compared_by_their_meaning() {
        let laid_out = "{ \"b\": [1, 2],\n \"a\": {\"y\": 1, \"x\": 2} }";
        assert_eq!(meaning(laid_out), meaning(r#"{"a":{"x":2,"y":1},"b":[1,2]}"#));
        assert_ne!(meaning(laid_out), meaning(r#"{"a":{"x":2,"y":1},"b":[2,1]}"#));
    }

    #[test]
    fn keys_and_values_do_not_run_into_each_other() {
        assert_ne!(digest(Aspect::Tag, "ab", Some("c")), digest(Aspect::Tag, "a", Some("bc")));
        assert_ne!(digest(Aspect::Tag, "a", Some("")), presence(&(Aspect::Tag, "a".into())));
    }
}
