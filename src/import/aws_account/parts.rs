//! The lists within entries: groups, policies, tags, instance profiles.

use serde_json::value::RawValue;

use super::arn::{NativeArn, is_name, is_word};
use super::document::{PolicyUse, document};
use super::entry::Seen;
use super::error::{ErrorCode, Report, WarningCode, excerpt};
use super::fields::{Fields, text};
use super::model::{Attachment, Grants, InlinePolicy, Tag};
use super::place::{Kind, Place, Pointer};

/// The most tags that AWS allows on anything.
const MAX_TAGS: usize = 50;
/// The longest name of an inline policy or an instance profile.
const MAX_NAME: usize = 128;

/// Something that an entry refers to by name.
pub(super) struct Reference {
    pub target: Target,
    from: From,
}

/// What is referred to.
pub(super) enum Target {
    /// A group of the same account, by name.
    Group(String),
    /// A managed policy, by ARN.
    Policy(String),
}

/// Where in its entry a reference stands.
enum From {
    Group(usize),
    Attachment(usize),
    Boundary,
}

impl Reference {
    /// The JSON pointer of the reference, which is in the entry at `place`.
    pub fn pointer(&self, place: Place) -> String {
        match self.from {
            From::Group(index) => format!("{place}/GroupList/{index}"),
            From::Attachment(index) => format!("{place}/AttachedManagedPolicies/{index}/PolicyArn"),
            From::Boundary => format!("{place}/PermissionsBoundary/PermissionsBoundaryArn"),
        }
    }
}

/// Calls `read` for each element of a list of objects.
pub(super) fn each<'a>(
    fields: &Fields<'a, '_>,
    key: &str,
    report: &mut Report<'_>,
    mut read: impl FnMut(usize, &Fields<'a, '_>, &mut Report<'_>),
) {
    let list_at = Pointer::Key(&fields.at, key);
    for (index, raw) in fields.list(key, report).into_iter().enumerate() {
        if let Some(element) = Fields::read(raw, Pointer::Index(&list_at, index), report) {
            read(index, &element, report);
        }
    }
}

/// The document at `key`, which must be there.
pub(super) fn required_document(
    fields: &Fields<'_, '_>,
    key: &str,
    usage: PolicyUse,
    report: &mut Report<'_>,
) -> Option<String> {
    let raw: &RawValue = fields.required(key, report)?;
    document(raw, &Pointer::Key(&fields.at, key), usage, report)
}

/// A name of up to [`MAX_NAME`] characters of the usual set.
fn word(fields: &Fields<'_, '_>, key: &str, report: &mut Report<'_>) -> Option<String> {
    let name = fields.text(key, report)?;
    if !is_word(&name, MAX_NAME) {
        let message = format!("{} is not a name: 1 to {MAX_NAME} letters, digits and `_+=,.@-`.", excerpt(&name));
        report.error(&Pointer::Key(&fields.at, key), ErrorCode::InvalidName, message);
        return None;
    }
    Some(name)
}

pub(super) fn groups(fields: &Fields<'_, '_>, references: &mut Vec<Reference>, report: &mut Report<'_>) -> Vec<String> {
    let list_at = Pointer::Key(&fields.at, "GroupList");
    let mut groups = Vec::new();
    let mut seen = Seen::default();
    for (index, raw) in fields.list("GroupList", report).into_iter().enumerate() {
        let at = Pointer::Index(&list_at, index);
        let Some(name) = text(raw, &at, report) else { continue };
        if !is_name(&name, Kind::Group) {
            report.error(&at, ErrorCode::InvalidName, format!("{} is not a group name.", excerpt(&name)));
        } else if seen.note(name.to_ascii_lowercase(), &at, report) {
            references.push(Reference { target: Target::Group(name.clone()), from: From::Group(index) });
            groups.push(name);
        }
    }
    groups.sort_by_cached_key(|name| name.to_ascii_lowercase());
    groups
}

/// Attachments, and the inline policies at `inline_key`.
pub(super) fn grants(
    fields: &Fields<'_, '_>,
    inline_key: &str,
    references: &mut Vec<Reference>,
    report: &mut Report<'_>,
) -> Grants {
    let mut grants = Grants::default();
    let mut seen = Seen::default();
    each(fields, "AttachedManagedPolicies", report, |index, element, report| {
        let called = element.optional_text("PolicyName", report);
        let Some(arn) = element.policy_arn("PolicyArn", report) else { return };
        let Some(parts) = NativeArn::parse(&arn, Kind::Policy) else { return };
        let name = parts.name.to_owned();
        if let Some(called) = called.filter(|called| *called != name) {
            let message = format!("The attachment is called {}, its ARN names {}.", excerpt(&called), excerpt(&name));
            report.warn(Pointer::Key(&element.at, "PolicyName"), WarningCode::NameMismatch, message);
        }
        if seen.note(arn.clone(), &Pointer::Key(&element.at, "PolicyArn"), report) {
            references.push(Reference { target: Target::Policy(arn.clone()), from: From::Attachment(index) });
            grants.attached.push(Attachment { arn, name });
        }
    });
    let mut seen = Seen::default();
    each(fields, inline_key, report, |_, element, report| {
        let name = word(element, "PolicyName", report);
        let document = required_document(element, "PolicyDocument", PolicyUse::Inline, report);
        let (Some(name), Some(document)) = (name, document) else { return };
        if seen.note(name.clone(), &Pointer::Key(&element.at, "PolicyName"), report) {
            grants.inline.push(InlinePolicy { name, document });
        }
    });
    grants.attached.sort_by(|a, b| a.arn.cmp(&b.arn));
    grants.inline.sort_by(|a, b| a.name.cmp(&b.name));
    grants
}

pub(super) fn boundary(
    fields: &Fields<'_, '_>,
    references: &mut Vec<Reference>,
    report: &mut Report<'_>,
) -> Option<String> {
    const KEY: &str = "PermissionsBoundary";
    let boundary = Fields::read(fields.get(KEY)?, Pointer::Key(&fields.at, KEY), report)?;
    let arn = boundary.policy_arn("PermissionsBoundaryArn", report)?;
    references.push(Reference { target: Target::Policy(arn.clone()), from: From::Boundary });
    Some(arn)
}

pub(super) fn instance_profiles(fields: &Fields<'_, '_>, report: &mut Report<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut seen = Seen::default();
    each(fields, "InstanceProfileList", report, |_, element, report| {
        let Some(name) = word(element, "InstanceProfileName", report) else { return };
        if seen.note(name.clone(), &Pointer::Key(&element.at, "InstanceProfileName"), report) {
            names.push(name);
        }
    });
    names.sort();
    names
}

pub(super) fn tags(fields: &Fields<'_, '_>, report: &mut Report<'_>) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut seen = Seen::default();
    let limited = |element: &Fields<'_, '_>, key: &str, longest: usize, report: &mut Report<'_>| {
        element.required(key, report)?;
        element.optional_short_text(key, longest, report)
    };
    each(fields, "Tags", report, |index, element, report| {
        if index == MAX_TAGS {
            let at = Pointer::Key(&fields.at, "Tags");
            report.error(&at, ErrorCode::LimitExceeded, format!("There are more than {MAX_TAGS} tags."));
        }
        let (key, value) = (limited(element, "Key", 128, report), limited(element, "Value", 256, report));
        let (Some(key), Some(value)) = (key, value) else { return };
        let at = Pointer::Key(&element.at, "Key");
        if key.is_empty() {
            report.error(&at, ErrorCode::InvalidValue, "A tag's key cannot be empty.");
        } else if seen.note(key.to_lowercase(), &at, report) {
            tags.push(Tag { key, value });
        }
    });
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    tags
}
