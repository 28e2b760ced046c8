//! From an entry of a dump to an entity of a tenant, and from merged items back to an entity.

use chrono::{DateTime, Utc};

use super::aws_account::{AWS, Entry, Identity, ManagedPolicy, UnknownPolicy};
use super::items::{Aspect, Item, Items};
use crate::iam::{
    Group, InlinePolicy, Policy, PolicyVersion, ProviderConfig, Role, RoleLastUsed, Tag, User,
    policy::AWS_POLICY_PREFIX,
};
use crate::ids::Ids;
use crate::store::provider::{self, NativeKind};
use crate::store::traits::{Body, Whole};

/// The name of the provider in what it names.
pub(super) const PROVIDER: &str = "aws";

/// In whose account and when entities come to be.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The account of the tenant, in the names of this system.
    pub account_id: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// The name in this system. AWS's own policies belong to no tenant's account, as they do at AWS.
fn wami_arn(place: Place<'_>, kind: NativeKind, arn: &str, path: &str, name: &str) -> String {
    let account = if arn.starts_with(AWS_POLICY_PREFIX) { AWS } else { place.account_id };
    provider::wami_arn(kind, account, path, name)
}

fn providers(place: Place<'_>, identity: &Identity) -> Vec<ProviderConfig> {
    vec![ProviderConfig {
        provider_name: PROVIDER.into(),
        account_id: identity.account.clone(),
        native_arn: identity.arn.clone(),
        synced_at: place.now,
        tenant_id: None,
    }]
}

fn tags(tags: &[super::aws_account::Tag]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag::new(&tag.key, &tag.value)).collect()
}

/// The entity of an entry, as the dump has it. `groups` are the names of its groups in the tenant.
pub(super) fn whole(entry: &Entry, groups: Vec<String>, place: Place<'_>) -> Whole {
    let identity = entry.identity();
    let kind = super::native(entry.kind());
    let wami_arn = wami_arn(place, kind, &identity.arn, &identity.path, &identity.name);
    let body = match entry {
        Entry::User(user) => Body::User(User {
            user_name: identity.name.clone(),
            user_id: identity.id.clone(),
            arn: identity.arn.clone(),
            path: identity.path.clone(),
            create_date: identity.create_date,
            password_last_used: user.password_last_used,
            permissions_boundary: user.boundary.clone(),
            tags: tags(&user.tags),
            wami_arn,
            providers: providers(place, identity),
            tenant_id: None,
        }),
        Entry::Group(group) => Body::Group(Group {
            group_name: identity.name.clone(),
            group_id: identity.id.clone(),
            arn: identity.arn.clone(),
            path: identity.path.clone(),
            create_date: identity.create_date,
            tags: tags(&group.tags),
            wami_arn,
            providers: providers(place, identity),
            tenant_id: None,
        }),
        Entry::Role(role) => Body::Role(Role {
            role_name: identity.name.clone(),
            role_id: identity.id.clone(),
            arn: identity.arn.clone(),
            path: identity.path.clone(),
            create_date: identity.create_date,
            assume_role_policy_document: role.trust_policy.clone(),
            description: role.description.clone(),
            max_session_duration: role.max_session_seconds.and_then(|seconds| i32::try_from(seconds).ok()),
            permissions_boundary: role.boundary.clone(),
            role_last_used: role
                .last_used
                .as_ref()
                .map(|used| RoleLastUsed { last_used_date: used.date, region: used.region.clone() }),
            instance_profiles: role.instance_profiles.clone(),
            tags: tags(&role.tags),
            wami_arn,
            providers: providers(place, identity),
            tenant_id: None,
        }),
        Entry::Policy(policy) => managed(policy, wami_arn, providers(place, identity)),
    };
    let (attached, inline) = entry.grants().map_or_else(Default::default, |grants| {
        let inline = grants
            .inline
            .iter()
            .map(|policy| InlinePolicy { policy_name: policy.name.clone(), policy_document: policy.document.clone() });
        (grants.attached.iter().map(|attachment| attachment.arn.clone()).collect(), inline.collect())
    });
    Whole { body, groups, attached, inline }
}

fn managed(policy: &ManagedPolicy, wami_arn: String, providers: Vec<ProviderConfig>) -> Body {
    let identity = &policy.identity;
    let versions: Vec<PolicyVersion> = policy
        .versions
        .iter()
        .map(|version| PolicyVersion {
            version_id: version.version_id.clone(),
            document: version.document.clone(),
            is_default_version: version.version_id == policy.default_version_id,
            create_date: version.create_date,
        })
        .collect();
    let document = versions.iter().find(|version| version.is_default_version).map(|version| version.document.clone());
    let policy = Policy {
        policy_name: identity.name.clone(),
        policy_id: identity.id.clone(),
        arn: identity.arn.clone(),
        path: identity.path.clone(),
        default_version_id: policy.default_version_id.clone(),
        policy_document: document.unwrap_or_default(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: policy.is_attachable,
        description: policy.description.clone(),
        create_date: identity.create_date,
        update_date: policy.update_date,
        tags: tags(&policy.tags),
        wami_arn,
        providers,
        tenant_id: None,
    };
    Body::Policy(policy, versions)
}

/// A policy of AWS's that is known by its name only.
pub(super) fn unknown(policy: &UnknownPolicy, place: Place<'_>, ids: &Ids) -> Whole {
    let rest = policy.arn.strip_prefix(AWS_POLICY_PREFIX).unwrap_or(&policy.arn);
    let (path, name) = rest.rsplit_once('/').map_or(("/".to_owned(), rest), |(path, name)| (format!("/{path}/"), name));
    let body = Policy {
        policy_name: name.to_owned(),
        policy_id: ids.stable_id(NativeKind::Policy.id_prefix()),
        arn: policy.arn.clone(),
        default_version_id: String::new(),
        policy_document: String::new(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        description: None,
        create_date: place.now,
        update_date: place.now,
        tags: vec![],
        wami_arn: wami_arn(place, NativeKind::Policy, &policy.arn, &path, name),
        path,
        providers: vec![ProviderConfig {
            provider_name: PROVIDER.into(),
            account_id: AWS.into(),
            native_arn: policy.arn.clone(),
            synced_at: place.now,
            tenant_id: None,
        }],
        tenant_id: None,
    };
    Whole { body: Body::Policy(body, vec![]), groups: vec![], attached: vec![], inline: vec![] }
}

/// Picks what an entity is made of from its merged items.
struct Picked<'i>(&'i Items);

impl Picked<'_> {
    fn of(&self, aspect: Aspect) -> impl Iterator<Item = &Item> {
        let items = self.0.range((aspect, String::new())..).take_while(move |((of, _), _)| *of == aspect);
        items.map(|(_, item)| item)
    }
    fn text(&self, aspect: Aspect) -> Option<String> {
        self.of(aspect).next().map(|item| item.text.clone())
    }
    fn labels(&self, aspect: Aspect) -> Vec<String> {
        self.of(aspect).map(|item| item.label.clone()).collect()
    }
    fn tags(&self) -> Vec<Tag> {
        self.of(Aspect::Tag).map(|item| Tag::new(&item.label, &item.text)).collect()
    }
}

/// The entity of merged items. Identifiers, dates and what cannot be edited here are those of the `dump`; what the dump
/// does not know is kept from `held`.
pub(super) fn rebuilt(items: &Items, dump: &Whole, held: Option<&Whole>, place: Place<'_>) -> Whole {
    let picked = Picked(items);
    let name = picked.text(Aspect::Name).unwrap_or_default();
    let path = picked.text(Aspect::Path).unwrap_or_else(|| "/".into());
    let kind = dump.body.kind();
    let wami_arn = wami_arn(place, kind, dump.body.arn(), &path, &name);
    let held_body = held.map(|held| &held.body);
    let body = match &dump.body {
        Body::User(user) => {
            let before = match held_body {
                Some(Body::User(before)) => Some(before),
                _ => None,
            };
            Body::User(User {
                user_name: name,
                path,
                wami_arn,
                permissions_boundary: picked.text(Aspect::Boundary),
                tags: picked.tags(),
                // People sign in here as well: the later counts.
                password_last_used: user.password_last_used.max(before.and_then(|before| before.password_last_used)),
                providers: joined(&user.providers, before.map(|before| &before.providers)),
                ..user.clone()
            })
        }
        Body::Group(group) => {
            let before = match held_body {
                Some(Body::Group(before)) => Some(&before.providers),
                _ => None,
            };
            let providers = joined(&group.providers, before);
            Body::Group(Group { group_name: name, path, wami_arn, tags: picked.tags(), providers, ..group.clone() })
        }
        Body::Role(role) => {
            let before = match held_body {
                Some(Body::Role(before)) => Some(before),
                _ => None,
            };
            let used = |role: &Role| role.role_last_used.clone();
            let is_later = |a: &RoleLastUsed, b: &RoleLastUsed| a.last_used_date >= b.last_used_date;
            let last_used = match (used(role), before.and_then(used)) {
                (Some(new), Some(old)) => Some(if is_later(&new, &old) { new } else { old }),
                (new, old) => new.or(old),
            };
            Body::Role(Role {
                role_name: name,
                path,
                wami_arn,
                description: picked.text(Aspect::Description),
                max_session_duration: picked.text(Aspect::SessionDuration).and_then(|text| text.parse().ok()),
                assume_role_policy_document: picked.text(Aspect::TrustPolicy).unwrap_or_default(),
                permissions_boundary: picked.text(Aspect::Boundary),
                instance_profiles: picked.labels(Aspect::InstanceProfile),
                tags: picked.tags(),
                role_last_used: last_used,
                providers: joined(&role.providers, before.map(|before| &before.providers)),
                ..role.clone()
            })
        }
        Body::Policy(policy, _) => {
            let before = match held_body {
                Some(Body::Policy(before, _)) => Some(before),
                _ => None,
            };
            let default_version_id = picked.text(Aspect::DefaultVersion).unwrap_or_default();
            let versions: Vec<PolicyVersion> = picked
                .of(Aspect::Version)
                .map(|item| PolicyVersion {
                    version_id: item.label.clone(),
                    document: item.text.clone(),
                    is_default_version: item.label == default_version_id,
                    create_date: item.at.unwrap_or(policy.create_date),
                })
                .collect();
            let in_force = versions.iter().find(|version| version.is_default_version);
            let update_date = match before {
                Some(before) if default_version_id != policy.default_version_id => before.update_date,
                _ => policy.update_date,
            };
            let policy = Policy {
                policy_name: name,
                path,
                wami_arn,
                policy_document: in_force.map(|version| version.document.clone()).unwrap_or_default(),
                default_version_id,
                description: picked.text(Aspect::Description),
                tags: picked.tags(),
                update_date,
                providers: joined(&policy.providers, before.map(|before| &before.providers)),
                ..policy.clone()
            };
            Body::Policy(policy, versions)
        }
    };
    let inline = picked
        .of(Aspect::InlinePolicy)
        .map(|item| InlinePolicy { policy_name: item.label.clone(), policy_document: item.text.clone() })
        .collect();
    Whole { body, groups: picked.labels(Aspect::Group), attached: picked.labels(Aspect::AttachedPolicy), inline }
}

/// The providers of the dump, and others that were known.
fn joined(new: &[ProviderConfig], known: Option<&Vec<ProviderConfig>>) -> Vec<ProviderConfig> {
    let is_new = |known: &&ProviderConfig| {
        !new.iter().any(|new| new.provider_name == known.provider_name && new.account_id == known.account_id)
    };
    new.iter().chain(known.into_iter().flatten().filter(is_new)).cloned().collect()
}

/// Whether what cannot be edited here, and is no item, is the same in both.
pub(super) fn same_beside_items(a: &Whole, b: &Whole) -> bool {
    if a.body.arn() != b.body.arn() || a.body.stable_id() != b.body.stable_id() {
        return false;
    }
    match (&a.body, &b.body) {
        (Body::User(a), Body::User(b)) => {
            (a.create_date, a.password_last_used) == (b.create_date, b.password_last_used)
                && same_providers(&a.providers, &b.providers)
        }
        (Body::Group(a), Body::Group(b)) => {
            a.create_date == b.create_date && same_providers(&a.providers, &b.providers)
        }
        (Body::Role(a), Body::Role(b)) => {
            (a.create_date, &a.role_last_used) == (b.create_date, &b.role_last_used)
                && same_providers(&a.providers, &b.providers)
        }
        (Body::Policy(a, _), Body::Policy(b, _)) => {
            (a.create_date, a.update_date, a.is_attachable) == (b.create_date, b.update_date, b.is_attachable)
                && same_providers(&a.providers, &b.providers)
        }
        _ => false,
    }
}

/// When the two were last in step does not count: that alone is no change.
fn same_providers(a: &[ProviderConfig], b: &[ProviderConfig]) -> bool {
    let key = |provider: &ProviderConfig| {
        (provider.provider_name.clone(), provider.account_id.clone(), provider.native_arn.clone())
    };
    let sorted = |providers: &[ProviderConfig]| {
        let mut keys: Vec<_> = providers.iter().map(key).collect();
        keys.sort();
        keys
    };
    sorted(a) == sorted(b)
}
