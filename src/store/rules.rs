//! What every store refuses before it writes: grammar, limits, values of another tenant.
//!
//! The rules are AWS's where AWS has the thing (IAM User Guide, *IAM and AWS STS quotas*). Documents need only be
//! storable here: whether one is acceptable is decided where it is written.

use chrono::{DateTime, SubsecRound, Utc};

use super::AmiError;
use super::error::Result;
use super::traits::{BinItem, Body, Whole};
use crate::audit::{Event, EventActor, EventTarget};
use crate::iam::{
    Group, InlinePolicy, LoginProfile, Person, Policy, PolicyVersion, ProviderConfig, Role, RoleLastUsed, Tag, User,
    tag, validate,
};
use crate::sso_admin::PermissionSet;
use crate::tenant::{Guardrail, TenantId};
use crate::wire::error::Blocker;

/// The most groups of one user.
pub const MAX_GROUPS: usize = 10;
/// The most managed policies of one owner (AWS's raised limit).
pub const MAX_ATTACHED: usize = 20;
/// The most versions of one policy.
pub const MAX_VERSIONS: usize = 5;
/// The most blockers that a `DeleteConflict` lists.
pub const MAX_BLOCKERS: usize = 100;
/// Seconds that a session of a role or permission set may last.
pub const SESSION_SECONDS: std::ops::RangeInclusive<i32> = 3600..=43200;

/// The error of a check on `field`.
fn on(field: &str) -> impl Fn(String) -> AmiError {
    move |message| AmiError::invalid(field, message)
}

/// What a value says of its tenant must be the tenant of the handle.
///
/// # Errors
/// `InvalidParameter` on `tenant_id`.
pub fn same_tenant(given: Option<TenantId>, tenant: TenantId) -> Result<()> {
    match given {
        Some(other) if other != tenant => {
            Err(AmiError::invalid("tenant_id", "The store handle is bound to another tenant."))
        }
        _ => Ok(()),
    }
}

/// A user and what it is as a person; tags apart, which have a rule of their own.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn user(user: &User, person: &Person) -> Result<()> {
    name("user_name", &user.user_name, 64, &user.providers)?;
    common(&user.path, [("user_id", &user.user_id), ("arn", &user.arn), ("wami_arn", &user.wami_arn)])?;
    providers(&user.providers)?;
    if let Some(name) = &person.display_name {
        filled(name, 128).map_err(on("display_name"))?;
    }
    person.email.as_deref().map_or(Ok(()), |email| validate::email(email).map_err(on("email")))
}

/// A group, tags apart.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn group(group: &Group) -> Result<()> {
    name("group_name", &group.group_name, 128, &group.providers)?;
    common(&group.path, [("group_id", &group.group_id), ("arn", &group.arn), ("wami_arn", &group.wami_arn)])?;
    providers(&group.providers)
}

/// A role, tags apart.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn role(role: &Role) -> Result<()> {
    name("role_name", &role.role_name, 64, &role.providers)?;
    common(&role.path, [("role_id", &role.role_id), ("arn", &role.arn), ("wami_arn", &role.wami_arn)])?;
    providers(&role.providers)?;
    description(role.description.as_deref(), 1000)?;
    document("assume_role_policy_document", &role.assume_role_policy_document)?;
    if role.max_session_duration.is_some_and(|seconds| !SESSION_SECONDS.contains(&seconds)) {
        return Err(AmiError::invalid("max_session_duration", "A session of a role lasts 3600 to 43200 seconds."));
    }
    for profile in &role.instance_profiles {
        validate::name_form(profile, 128).map_err(on("instance_profiles"))?;
    }
    let region = role.role_last_used.as_ref().and_then(|used| used.region.as_deref());
    region.map_or(Ok(()), |region| validate::text(region, 128).map_err(on("role_last_used")))
}

/// A managed policy, tags apart. Gives the number of its default version; `None` while the document is unknown.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn policy(policy: &Policy) -> Result<Option<i32>> {
    name("policy_name", &policy.policy_name, 128, &policy.providers)?;
    common(&policy.path, [("policy_id", &policy.policy_id), ("arn", &policy.arn), ("wami_arn", &policy.wami_arn)])?;
    providers(&policy.providers)?;
    description(policy.description.as_deref(), 1000)?;
    document("policy_document", &policy.policy_document)?;
    match policy.default_version_id.as_str() {
        "" => Ok(None),
        text => PolicyVersion::number(text)
            .map(Some)
            .ok_or_else(|| AmiError::invalid("default_version_id", "Versions are called v1, v2, ….")),
    }
}

/// The number of a version to be saved.
///
/// # Errors
/// `InvalidParameter` on `version_id`.
pub fn version_number(number: i32) -> Result<()> {
    // The number after it must be one as well.
    if (1..i32::MAX).contains(&number) {
        return Ok(());
    }
    Err(AmiError::invalid("version_id", "Versions are counted from 1."))
}

/// A permission set, tags apart.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn permission_set(set: &PermissionSet) -> Result<()> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@- ".contains(c);
    let name = set.name.as_str();
    if !(1..=32).contains(&name.len()) || !name.chars().all(is_name) || name.trim() != name {
        let message = "Use 1 to 32 letters A–Z, digits, blanks within, and _ + = , . @ -.";
        return Err(AmiError::invalid("name", message));
    }
    identifiers([("permission_set_arn", &set.permission_set_arn), ("wami_arn", &set.wami_arn)])?;
    providers(&set.providers)?;
    description(set.description.as_deref(), 700)?;
    if !SESSION_SECONDS.contains(&set.session_seconds) {
        return Err(AmiError::invalid("session_seconds", "A session lasts 3600 to 43200 seconds."));
    }
    set.relay_state.as_deref().map_or(Ok(()), |state| filled(state, 240).map_err(on("relay_state")))
}

/// An inline policy.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn inline_policy(policy: &InlinePolicy) -> Result<()> {
    validate::name_form(&policy.policy_name, 128).map_err(on("policy_name"))?;
    document("policy_document", &policy.policy_document)
}

/// A guardrail; its name may be of any script.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn guardrail(guardrail: &Guardrail) -> Result<()> {
    filled(&guardrail.name, 128).map_err(on("name"))?;
    document("document", &guardrail.document)
}

/// The name of a tenant for people.
///
/// # Errors
/// `InvalidParameter` on `display_name`.
pub fn tenant_name(name: &str) -> Result<()> {
    filled(name, 128).map_err(on("display_name"))
}

/// A 12-digit account id.
///
/// # Errors
/// `InvalidParameter` on `account_id`.
pub fn account_id(id: &str) -> Result<()> {
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(AmiError::invalid("account_id", "An account id has 12 digits."))
}

/// A login profile.
///
/// # Errors
/// `InvalidParameter` on `password_hash`.
pub fn login_profile(profile: &LoginProfile) -> Result<()> {
    identifiers([("password_hash", profile.password_hash.expose())])
}

/// An item of the bin.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn bin_item(item: &BinItem) -> Result<()> {
    if has_nul(&item.object) || has_nul(&serde_json::to_value(&item.relations).unwrap_or_default()) {
        return Err(AmiError::invalid("object", "The character NUL cannot be stored."));
    }
    identifiers([("kind", &item.kind), ("name", &item.name), ("deleted_by", &item.deleted_by)])
}

/// The text of a document.
///
/// # Errors
/// `InvalidParameter` on `field`.
pub fn document(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(AmiError::invalid(field, "The character NUL cannot be stored."));
    }
    Ok(())
}

/// The tags of something new, as they will be read.
///
/// # Errors
/// `InvalidParameter` on `tags`.
pub fn new_tags(tags: &[Tag]) -> Result<Vec<Tag>> {
    validate::tags(tags).map_err(on("tags"))?;
    Ok(tag::merged(&[], tags))
}

/// The tags of something after `changes` to those that are `present`.
///
/// # Errors
/// `InvalidParameter` on `tags`.
pub fn changed_tags(present: &[Tag], changes: &[Tag]) -> Result<Vec<Tag>> {
    validate::tags(changes).map_err(on("tags"))?;
    let all = tag::merged(present, changes);
    // Those that are there may be a provider's own, as `aws:cloudformation:stack-name`.
    validate::tag_count(all.len()).map_err(on("tags"))?;
    Ok(all)
}

/// An entity with everything that hangs on it, as an import has it: what is reserved here may come from a provider.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn whole(whole: &Whole) -> Result<()> {
    let tags = match &whole.body {
        Body::User(body) => user(body, &Person::default()).map(|()| &body.tags),
        Body::Group(body) => group(body).map(|()| &body.tags),
        Body::Role(body) => role(body).map(|()| &body.tags),
        Body::Policy(body, versions) => {
            let is_there = |version: &PolicyVersion| version.version_id == body.default_version_id;
            if policy(body)?.is_some() && !versions.iter().any(is_there) {
                return Err(AmiError::invalid("default_version_id", "The default is one of the versions."));
            }
            for version in versions {
                document("policy_document", &version.document)?;
                let number = PolicyVersion::number(&version.version_id)
                    .ok_or_else(|| AmiError::invalid("version_id", "Versions are called v1, v2, …."))?;
                version_number(number)?;
            }
            Ok(&body.tags)
        }
    }?;
    validate::tag_count(tags.len()).map_err(on("tags"))?;
    for tag in tags {
        let fits = (1..=128).contains(&tag.key.chars().count()) && tag.value.chars().count() <= 256;
        if !fits || tag.key.contains('\0') || tag.value.contains('\0') {
            return Err(AmiError::invalid("tags", "A tag has a key of 1 to 128 and a value of up to 256 characters."));
        }
    }
    whole.inline.iter().try_for_each(inline_policy)
}

/// A provider account of a tenant.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn provider_account(provider: &str, account_id: &str) -> Result<()> {
    for (field, text) in [("provider", provider), ("account_id", account_id)] {
        filled(text, 128).map_err(on(field))?;
    }
    Ok(())
}

/// `ResourceLimitExceeded` for “so many of what”.
pub fn limit_exceeded(what: impl Into<String>, limit: usize) -> AmiError {
    AmiError::ResourceLimitExceeded { resource_type: what.into(), limit: limit as u64 }
}

/// `DeleteConflict` when something is in the way.
///
/// # Errors
/// As said; at most [`MAX_BLOCKERS`] of them.
pub fn refuse_blocked(kind: &str, name: &str, blockers: Vec<(String, String)>) -> Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    let blockers = blockers.into_iter().take(MAX_BLOCKERS).map(|(kind, name)| Blocker { kind, name }).collect();
    Err(AmiError::DeleteConflict { resource: format!("{kind} {name}"), blockers })
}

/// A time as it is kept: to the microsecond.
pub fn micros(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// A role's last use, its time as it is kept.
pub fn last_used(used: &Option<RoleLastUsed>) -> Option<RoleLastUsed> {
    used.clone().map(|used| RoleLastUsed { last_used_date: micros(used.last_used_date), ..used })
}

/// Providers as they are read: one for each account, in order.
pub fn known_providers(providers: &[ProviderConfig], tenant: TenantId) -> Vec<ProviderConfig> {
    let mut all: std::collections::BTreeMap<(String, String), ProviderConfig> = Default::default();
    for provider in providers {
        let key = (provider.provider_name.clone(), provider.account_id.clone());
        let known =
            ProviderConfig { synced_at: micros(provider.synced_at), tenant_id: Some(tenant), ..provider.clone() };
        all.insert(key, known);
    }
    all.into_values().collect()
}

/// An event as it is kept. It tells of what somebody tried, so it must be possible to write it whatever that was.
pub fn storable_event(event: &Event) -> Event {
    let text = |text: &String| storable(text);
    Event {
        at: micros(event.at),
        actor: event.actor.as_ref().map(|actor| EventActor { name: storable(&actor.name), ..actor.clone() }),
        acting_as: event.acting_as.iter().map(text).collect(),
        source_ip: event.source_ip.as_ref().map(text),
        request_id: storable(&event.request_id),
        action: storable(&event.action),
        target: EventTarget {
            kind: storable(&event.target.kind),
            name: storable(&event.target.name),
            arn: storable(&event.target.arn),
            ..event.target
        },
        reason: event.reason.as_ref().map(text),
        before: event.before.as_ref().map(storable_json),
        after: event.after.as_ref().map(storable_json),
        parts: event.parts.iter().map(storable_json).collect(),
        ..*event
    }
}

/// A text without what cannot be stored.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn storable_json(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(storable(text)),
        Value::Array(values) => Value::Array(values.iter().map(storable_json).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (storable(key), storable_json(value))).collect())
        }
        other => other.clone(),
    }
}

fn has_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// A name. The reserved one is left to what a provider has named.
fn name(field: &str, text: &str, max: usize, providers: &[ProviderConfig]) -> Result<()> {
    let check = if providers.is_empty() { validate::name } else { validate::name_form };
    check(text, max).map_err(on(field))
}

/// Path and identifiers, which all entities but permission sets have.
fn common<const N: usize>(path: &str, names: [(&str, &String); N]) -> Result<()> {
    validate::path(path).map_err(on("path"))?;
    identifiers(names)
}

/// Texts that identify: something, without control characters, not longer than an ARN may be.
fn identifiers<const N: usize>(names: [(&str, &String); N]) -> Result<()> {
    names.into_iter().try_for_each(|(field, text)| {
        if text.contains(char::is_control) {
            return Err(AmiError::invalid(field, "Control characters cannot be part of this."));
        }
        filled(text, 2048).map_err(on(field))
    })
}

fn providers(providers: &[ProviderConfig]) -> Result<()> {
    for provider in providers {
        let texts = [&provider.provider_name, &provider.account_id, &provider.native_arn];
        identifiers(texts.map(|text| ("providers", text)))?;
    }
    Ok(())
}

fn description(text: Option<&str>, max: usize) -> Result<()> {
    text.map_or(Ok(()), |text| validate::text(text, max).map_err(on("description")))
}

fn filled(text: &str, max: usize) -> Result<(), String> {
    if text.is_empty() {
        return Err("This cannot be empty.".into());
    }
    validate::text(text, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_twelve_digits() {
        assert!(account_id("123456789012").is_ok());
        for bad in ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦"] {
            assert!(account_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nul_is_found_at_any_depth() {
        assert!(has_nul(&serde_json::json!({"a": [{"b\0": 1}]})));
        assert!(!has_nul(&serde_json::json!({"a": [{"b": "c"}, 1, null]})));
        assert_eq!(
            storable_json(&serde_json::json!({"a\0": ["b\0"]})),
            serde_json::json!({"a\u{fffd}": ["b\u{fffd}"]})
        );
    }

    #[test]
    fn the_number_after_a_version_is_one_as_well() {
        assert!(version_number(1).is_ok() && version_number(i32::MAX - 1).is_ok());
        assert!(version_number(0).is_err() && version_number(i32::MAX).is_err());
    }
}
