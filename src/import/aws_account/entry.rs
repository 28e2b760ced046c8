//! From the text of one entry to the entry, with every fault in it.

use std::collections::HashSet;

use chrono::DateTime;
use serde_json::value::RawValue;

use super::arn::{NativeArn, is_id, is_name, is_path, max_name};
use super::document::PolicyUse;
use super::error::{ErrorCode, Report, WarningCode, excerpt};
use super::fields::Fields;
use super::model::{AWS, Entry, Group, Identity, Role, RoleLastUsed, User};
use super::parts::{self, Reference};
use super::place::{Kind, Place, Pointer};
use super::policy::managed_policy;

/// The longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 1000;

/// What was read of one entry.
pub(super) struct Parsed {
    /// Its names, if good enough to refer to it by, even when something else about it is wrong.
    pub identity: Option<Identity>,
    /// What it refers to.
    pub references: Vec<Reference>,
    /// The whole, if nothing is wrong with it.
    pub entry: Option<Entry>,
}

/// Reads the entry at `place`. `None` if it belongs to another account than `account`; AWS's own policies
/// belong to all.
pub(super) fn parse(place: Place, raw: &RawValue, account: Option<&str>, report: &mut Report<'_>) -> Option<Parsed> {
    let before = report.raised();
    let Some(fields) = Fields::read(raw, Pointer::Entry(place), report) else {
        return Some(Parsed { identity: None, references: Vec::new(), entry: None });
    };
    let arn = own_arn(&fields, place.kind, report);
    if let (Some(wanted), Some(arn)) = (account, &arn) {
        let parts = NativeArn::parse(arn, place.kind);
        if parts.is_some_and(|parts| parts.account != wanted && parts.account != AWS) {
            return None;
        }
    }
    let identity = identity(&fields, arn, place.kind, report);
    let mut references = Vec::new();
    // Read even when the names are bad, so that one run shows everything that is wrong.
    let entry = match place.kind {
        Kind::User => user(&fields, identity.clone(), &mut references, report).map(Entry::User),
        Kind::Group => group(&fields, identity.clone(), &mut references, report).map(Entry::Group),
        Kind::Role => role(&fields, identity.clone(), &mut references, report).map(Entry::Role),
        Kind::Policy => managed_policy(&fields, identity.clone(), report).map(Entry::Policy),
    };
    let entry = entry.filter(|_| report.raised() == before);
    Some(Parsed { identity, references, entry })
}

fn own_arn(fields: &Fields<'_, '_>, kind: Kind, report: &mut Report<'_>) -> Option<String> {
    let arn = fields.text("Arn", report)?;
    if NativeArn::parse(&arn, kind).is_none() {
        let message = format!("{} is not the native ARN of a {}.", excerpt(&arn), kind.word());
        report.error(&Pointer::Key(&fields.at, "Arn"), ErrorCode::InvalidArn, message);
        return None;
    }
    Some(arn)
}

/// Reads the names. A value that is wrong for itself is reported and replaced: the entry is refused anyway, and what
/// refers to it is then not reported as well.
fn identity(fields: &Fields<'_, '_>, arn: Option<String>, kind: Kind, report: &mut Report<'_>) -> Option<Identity> {
    let (name_key, id_key) = match kind {
        Kind::User => ("UserName", "UserId"),
        Kind::Group => ("GroupName", "GroupId"),
        Kind::Role => ("RoleName", "RoleId"),
        Kind::Policy => ("PolicyName", "PolicyId"),
    };
    let name = fields.text(name_key, report).filter(|name| {
        let is_sound = is_name(name, kind);
        if !is_sound {
            let message = format!(
                "{} is not a {} name: 1 to {} letters, digits and `_+=,.@-`.",
                excerpt(name),
                kind.word(),
                max_name(kind)
            );
            report.error(&Pointer::Key(&fields.at, name_key), ErrorCode::InvalidName, message);
        }
        is_sound
    });
    let id = fields.text(id_key, report);
    if let Some(id) = id.as_deref().filter(|id| !is_id(id)) {
        let message = format!("{} is not an id: 1 to 128 visible ASCII characters.", excerpt(id));
        report.error(&Pointer::Key(&fields.at, id_key), ErrorCode::InvalidId, message);
    }
    let id = id.unwrap_or_default();
    let create_date = fields.time("CreateDate", report).unwrap_or(DateTime::UNIX_EPOCH);
    let path = fields.optional_text("Path", report);
    if let Some(path) = path.as_deref().filter(|path| !is_path(path)) {
        let message = format!("{} is not a path: it begins and ends with `/`, up to 512 characters.", excerpt(path));
        report.error(&Pointer::Key(&fields.at, "Path"), ErrorCode::InvalidPath, message);
    }

    let (name, arn) = (name?, arn?);
    let parts = NativeArn::parse(&arn, kind)?;
    if parts.name != name {
        let message = format!("{} is not the ARN of the {} {}.", excerpt(&arn), kind.word(), excerpt(&name));
        report.error(&Pointer::Key(&fields.at, "Arn"), ErrorCode::InvalidArn, message);
    }
    let path = path.unwrap_or_else(|| parts.path.to_owned());
    if path != parts.path && is_path(&path) {
        let message = format!("The path is {}, the ARN says {}.", excerpt(&path), excerpt(parts.path));
        report.warn(Pointer::Key(&fields.at, "Path"), WarningCode::PathMismatch, message);
    }
    Some(Identity { account: parts.account.to_owned(), name, path, id, create_date, arn })
}

fn user(
    fields: &Fields<'_, '_>,
    identity: Option<Identity>,
    references: &mut Vec<Reference>,
    report: &mut Report<'_>,
) -> Option<User> {
    let groups = parts::groups(fields, references, report);
    let grants = parts::grants(fields, "UserPolicyList", references, report);
    let boundary = parts::boundary(fields, references, report);
    let password_last_used = fields.optional_time("PasswordLastUsed", report);
    let tags = parts::tags(fields, report);
    Some(User { identity: identity?, password_last_used, boundary, groups, grants, tags })
}

fn group(
    fields: &Fields<'_, '_>,
    identity: Option<Identity>,
    references: &mut Vec<Reference>,
    report: &mut Report<'_>,
) -> Option<Group> {
    let grants = parts::grants(fields, "GroupPolicyList", references, report);
    let tags = parts::tags(fields, report);
    Some(Group { identity: identity?, grants, tags })
}

fn role(
    fields: &Fields<'_, '_>,
    identity: Option<Identity>,
    references: &mut Vec<Reference>,
    report: &mut Report<'_>,
) -> Option<Role> {
    let trust_policy = parts::required_document(fields, "AssumeRolePolicyDocument", PolicyUse::Trust, report);
    let description = fields.optional_short_text("Description", MAX_DESCRIPTION, report);
    let max_session_seconds = max_session(fields, report);
    let last_used = last_used(fields, report);
    let instance_profiles = parts::instance_profiles(fields, report);
    let grants = parts::grants(fields, "RolePolicyList", references, report);
    let boundary = parts::boundary(fields, references, report);
    let tags = parts::tags(fields, report);
    Some(Role {
        identity: identity?,
        trust_policy: trust_policy?,
        description,
        max_session_seconds,
        last_used,
        boundary,
        instance_profiles,
        grants,
        tags,
    })
}

fn max_session(fields: &Fields<'_, '_>, report: &mut Report<'_>) -> Option<u32> {
    const KEY: &str = "MaxSessionDuration";
    let seconds: u32 = fields.optional(KEY, "a whole number of seconds", report)?;
    if !(3600..=43_200).contains(&seconds) {
        let message = format!("`{KEY}` is {seconds} seconds; a role's sessions last 3600 to 43200.");
        report.error(&Pointer::Key(&fields.at, KEY), ErrorCode::InvalidValue, message);
        return None;
    }
    Some(seconds)
}

/// A role that was never used has an empty object, or none.
fn last_used(fields: &Fields<'_, '_>, report: &mut Report<'_>) -> Option<RoleLastUsed> {
    const KEY: &str = "RoleLastUsed";
    let used = Fields::read(fields.get(KEY)?, Pointer::Key(&fields.at, KEY), report)?;
    let region = used.optional_short_text("Region", 64, report);
    let date = used.optional_time("LastUsedDate", report)?;
    Some(RoleLastUsed { date, region })
}

/// The names met so far in one list, to find what comes twice.
#[derive(Default)]
pub(super) struct Seen(HashSet<String>);

impl Seen {
    /// Notes `name`; false, with an error at `at`, if it was there before.
    pub fn note(&mut self, name: String, at: &Pointer<'_>, report: &mut Report<'_>) -> bool {
        if self.0.contains(&name) {
            report.error(at, ErrorCode::Duplicate, format!("{} is listed twice.", excerpt(&name)));
            return false;
        }
        self.0.insert(name)
    }
}
