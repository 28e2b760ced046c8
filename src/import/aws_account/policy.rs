//! Managed policies and their versions.

use super::arn::version_number;
use super::document::PolicyUse;
use super::entry::{MAX_DESCRIPTION, Seen};
use super::error::{ErrorCode, Report, excerpt};
use super::fields::Fields;
use super::model::{Identity, ManagedPolicy, PolicyVersion};
use super::parts::{each, required_document, tags};
use super::place::Pointer;

pub(super) fn managed_policy(
    fields: &Fields<'_, '_>,
    identity: Option<Identity>,
    report: &mut Report<'_>,
) -> Option<ManagedPolicy> {
    let description = fields.optional_short_text("Description", MAX_DESCRIPTION, report);
    let is_attachable = fields.optional("IsAttachable", "true or false", report).unwrap_or(true);
    let update_date = fields.optional_time("UpdateDate", report);
    let tags = tags(fields, report);
    let versions = versions(fields, report);
    let identity = identity?;
    let (default_version_id, versions) = versions?;
    let update_date = update_date.unwrap_or(identity.create_date);
    Some(ManagedPolicy { identity, description, is_attachable, update_date, default_version_id, versions, tags })
}

/// The default version's id and all versions, the oldest first; `None` after an error.
fn versions(fields: &Fields<'_, '_>, report: &mut Report<'_>) -> Option<(String, Vec<PolicyVersion>)> {
    const LIST: &str = "PolicyVersionList";
    let before = report.raised();
    let default_id = fields.text("DefaultVersionId", report);
    let mut versions: Vec<(u32, PolicyVersion)> = Vec::new();
    let mut defaults: Vec<String> = Vec::new();
    let mut seen = Seen::default();
    each(fields, LIST, report, |_, element, report| {
        let version_id = element.text("VersionId", report);
        let is_default: Option<bool> = element.optional("IsDefaultVersion", "true or false", report);
        let create_date = element.time("CreateDate", report);
        let document = required_document(element, "Document", PolicyUse::Managed, report);
        let Some(version_id) = version_id else { return };
        let at = Pointer::Key(&element.at, "VersionId");
        let Some(number) = version_number(&version_id) else {
            let message = format!("{} is not a version id, such as `v1`.", excerpt(&version_id));
            report.error(&at, ErrorCode::InvalidValue, message);
            return;
        };
        if !seen.note(version_id.clone(), &at, report) {
            return;
        }
        if is_default == Some(true) {
            defaults.push(version_id.clone());
        }
        if let (Some(document), Some(create_date)) = (document, create_date) {
            versions.push((number, PolicyVersion { version_id, document, create_date }));
        }
    });
    let default_id = default_id.filter(|_| report.raised() == before)?;

    // The default is told twice, by the policy and by the version; both must say the same.
    let fault = match defaults.as_slice() {
        [marked] if *marked == default_id => None,
        [marked] => {
            Some(format!("`DefaultVersionId` is {}, the version marked as default is {marked}.", excerpt(&default_id)))
        }
        [] if versions.iter().any(|(_, version)| version.version_id == default_id) => {
            Some(format!("The default version {default_id} is not marked as such."))
        }
        [] => Some(format!("The default version {} is not among the versions.", excerpt(&default_id))),
        several => Some(format!("{} versions are marked as default.", several.len())),
    };
    if let Some(message) = fault {
        report.error(&Pointer::Key(&fields.at, "DefaultVersionId"), ErrorCode::DefaultVersion, message);
        return None;
    }
    versions.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.version_id.cmp(&y.version_id)));
    Some((default_id, versions.into_iter().map(|(_, version)| version).collect()))
}
