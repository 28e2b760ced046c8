//! What a run tells of each entity: numbers, and lists of what is worth reading.

use crate::import::items::ItemKey;
use crate::import::merge::{Fate, Merged, Note};
use crate::import::report::{About, Conflict, Difference, Edit, Named, Report};
use crate::store::traits::{Body, Whole};

/// Tells of an entity that was merged.
pub(super) fn merged(report: &mut Report, was_here: bool, merged: &Merged) {
    let body = &merged.whole.body;
    let tally = report.tallies.of_kind(body.kind());
    if !was_here {
        tally.created += 1;
    } else if merged.is_entity_changed {
        tally.updated += 1;
    } else {
        tally.unchanged += 1;
    }
    for (aspect, fate) in &merged.fates {
        if let Some(tally) = report.tallies.of_part(*aspect) {
            match fate {
                Fate::Created => tally.created += 1,
                Fate::Updated => tally.updated += 1,
                Fate::Unchanged => tally.unchanged += 1,
            }
        }
    }
    let about = |(aspect, _): &ItemKey, label: &str| About {
        entity: Named { kind: body.kind(), name: body.name().to_owned() },
        part: Some(*aspect),
        which: label.to_owned(),
    };
    for note in &merged.notes {
        match note {
            Note::Difference { key, label, change, before, after } => report.differences.add(|| Difference {
                about: about(key, label),
                before: before.clone(),
                after: after.clone(),
                change: *change,
            }),
            Note::Conflict { key, label, edit, here, dump, overwritten } => report.conflicts.add(|| Conflict {
                about: about(key, label),
                edit: *edit,
                here: here.clone(),
                dump: dump.clone(),
                overwritten: *overwritten,
            }),
            Note::Absent { key, label } => report.absent.add(|| about(key, label)),
        }
    }
}

/// Tells of an entity that was imported and deleted here since: a conflict, and unless the dump is to win all of it
/// stays as it is.
pub(super) fn removed_here(report: &mut Report, dump: &Whole, overwritten: bool) {
    let entity = Named { kind: dump.body.kind(), name: dump.body.name().to_owned() };
    report.conflicts.add(|| Conflict {
        about: About { entity, part: None, which: String::new() },
        edit: Edit::RemovedHere,
        here: None,
        dump: Some(dump.body.arn().to_owned()),
        overwritten,
    });
    if overwritten {
        return;
    }
    let tallies = &mut report.tallies;
    tallies.of_kind(dump.body.kind()).unchanged += 1;
    if let Body::Policy(_, versions) = &dump.body {
        tallies.policy_versions.unchanged += versions.len() as u64;
    }
    tallies.memberships.unchanged += dump.groups.len() as u64;
    tallies.attachments.unchanged += dump.attached.len() as u64;
    tallies.inline_policies.unchanged += dump.inline.len() as u64;
}
