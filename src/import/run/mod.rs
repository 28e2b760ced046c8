//! One pass of a dump over a tenant: in batches, in bounded memory, writing or only telling.
//!
//! Here is in what order things happen and what becomes of an entry. [`tenant`] is the side of the store: what it holds
//! and what is written; [`known`] what principals may do in the console by what the dump gives them; [`tell`] the
//! report.

mod batch;
mod known;
mod tell;
mod tenant;

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

use super::aws_account::{
    Dump, DumpError, DumpWarning, ErrorCode, Kind, Place as At, Rejection, UnknownPolicy, WarningCode,
};
use super::gains::Gains;
use super::items::{Aspect, Item, ItemKey};
use super::merge::{Merged, Note, Rules, merge};
use super::native;
use super::report::{Edit, MOST_LISTED, Report};
use super::whole::{Place, unknown, whole};
use crate::ids::Ids;
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, ImportMark, PutWhole, Whole, WholeKey};
use crate::store::{AmiError, Parts};
use batch::Batch;
use known::Known;
use tenant::{Tenant, is_of_aws, key_of};

/// The most errors collected.
const MOST_ERRORS: usize = super::aws_account::MAX_LISTED;

/// How to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// Writes; else only tells what would be.
    pub apply: bool,
    /// Where something was edited here, the dump wins.
    pub overwrite: bool,
}

/// Why an import did not happen. Nothing may be committed then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The dump cannot be imported.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] AmiError),
}

impl From<DumpError> for ImportError {
    fn from(error: DumpError) -> Self {
        Self::Rejected(Rejection { errors: vec![error], more: false })
    }
}

/// How far an import has come; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Entries read.
    pub done: AtomicU64,
    /// Entries that there are.
    pub total: AtomicU64,
}

/// What an import came to.
pub struct Outcome {
    /// For people and programs.
    pub report: Report,
    /// What it gives to anybody, or frees them from.
    pub gains: Gains,
}

/// Where and when an import takes place.
pub struct Into<'a> {
    /// The account of the tenant, in the names of this system.
    pub account_id: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// Draws ids for policies of AWS that the dump only names.
    pub ids: &'a Ids,
}

/// Merges a dump into the tenant of `store`, the parts of a unit of work; without one nothing is held and nothing is
/// written. The caller commits, and only when this was successful.
///
/// # Errors
/// What is wrong with the dump where it meets the tenant; failures of the store.
pub async fn run<R: Read + Seek + Send>(
    dump: &mut Dump<R>,
    store: Option<&mut Parts>,
    into: Into<'_>,
    how: How,
    progress: &Progress,
) -> Result<Outcome, ImportError> {
    let summary = dump.summary().clone();
    let counts = summary.counts;
    progress.total.store(counts.users + counts.groups + counts.roles + counts.policies, Ordering::Relaxed);
    let mut accounts = summary.accounts.clone();
    accounts.push(into.account_id.to_owned());
    let mut run = Run {
        tenant: Tenant::new(store, how.apply),
        place: Place { account_id: into.account_id, now: into.now },
        overwrite: how.overwrite,
        report: Report {
            accounts: summary.accounts.clone(),
            warnings: summary
                .warnings
                .iter()
                .filter(|warning| warning.code != WarningCode::DocumentUnknown)
                .cloned()
                .collect(),
            warnings_omitted: summary.warnings_omitted,
            sha256: summary.sha256.clone(),
            size_bytes: summary.size_bytes,
            ..Report::default()
        },
        errors: vec![],
        known: Known::new(accounts),
        progress,
    };
    run.pass(dump, &[Kind::Policy]).await?;
    run.unknown_policies(&summary.unknown_policies, into.ids).await?;
    run.pass(dump, &[Kind::Group]).await?;
    run.pass(dump, &[Kind::Role, Kind::User]).await?;
    run.tenant.tell_absent(&summary.accounts, &mut run.report.absent).await?;
    run.tenant.add_accounts(&summary.accounts).await?;
    if run.errors.is_empty() {
        return Ok(Outcome { report: run.report, gains: run.known.gains });
    }
    let more = run.errors.len() >= MOST_ERRORS;
    Err(Rejection { errors: run.errors, more }.into())
}

struct Run<'a> {
    tenant: Tenant<'a>,
    place: Place<'a>,
    overwrite: bool,
    report: Report,
    errors: Vec<DumpError>,
    known: Known,
    progress: &'a Progress,
}

impl Run<'_> {
    async fn pass<R: Read + Seek + Send>(&mut self, dump: &mut Dump<R>, kinds: &[Kind]) -> Result<(), ImportError> {
        let mut batches: HashMap<Kind, Batch> = HashMap::new();
        let mut entries = dump.entries(kinds)?;
        for found in entries.by_ref() {
            let (at, entry) = found?;
            let batch = batches.entry(at.kind).or_default();
            batch.add(at, entry);
            if batch.is_full() {
                let batch = std::mem::take(batch);
                self.batch(at.kind, batch).await?;
            }
        }
        for kind in kinds {
            if let Some(batch) = batches.remove(kind) {
                self.batch(*kind, batch).await?;
            }
        }
        Ok(())
    }

    async fn batch(&mut self, kind: Kind, batch: Batch) -> Result<(), ImportError> {
        let count = batch.entries.len() as u64;
        let kind = native(kind);
        let wholes: Vec<(At, Whole, String)> = batch
            .entries
            .into_iter()
            .map(|(at, entry)| {
                let account = entry.identity().account.clone();
                (at, whole(&entry, self.known.groups_of(&entry), self.place), account)
            })
            .collect();
        let keys: Vec<WholeKey> = wholes.iter().map(|(_, whole, _)| key_of(whole)).collect();
        let (held, marks) = self.tenant.holds(kind, &keys).await?;
        for policy in self.tenant.policies(&self.known.unheard_of(&held)).await? {
            self.known.add_policy(&policy.arn, &policy.policy_name, &policy.policy_document, false);
        }
        let (mut puts, mut new_marks, mut old_marks) = (vec![], vec![], vec![]);
        for (at, dump, account) in wholes {
            let found = match self.tenant.find(&dump, &account, &held) {
                Ok(found) => found,
                Err(message) => {
                    self.error(at, message);
                    continue;
                }
            };
            let arn = dump.body.arn().to_owned();
            self.tenant.meet(&arn, found);
            let mark =
                marks.get(found.map_or(arn.as_str(), |found| found.whole.body.arn())).or_else(|| marks.get(&arn));
            if found.is_none() && mark.is_some() {
                tell::removed_here(&mut self.report, &dump, self.overwrite);
                if !self.overwrite {
                    self.known.deleted_here(&dump.body);
                    continue;
                }
            }
            // Of what is not there any more nothing is left to be kept.
            let last = mark.filter(|_| found.is_some()).map(|mark| mark.content.as_slice()).unwrap_or_default();
            let merged = self.merge(at, &dump, found, last);
            let mark_now = ImportMark {
                kind,
                arn: arn.clone(),
                account_id: account,
                name: dump.body.name().to_owned(),
                content: merged.content.clone(),
            };
            if mark != Some(&mark_now) {
                old_marks.extend(mark.filter(|mark| mark.arn != arn).map(|mark| mark.arn.clone()));
                new_marks.push(mark_now);
            }
            tell::merged(&mut self.report, found.is_some(), &merged);
            self.known.note(at, found, &dump, &merged, &mut self.report.console_grants);
            if merged.is_changed {
                puts.push(PutWhole { replaces: found.map(|held| (held.id, held.version)), whole: merged.whole });
            }
        }
        self.tenant.write(&puts, &new_marks, &old_marks).await?;
        self.progress.done.fetch_add(count, Ordering::Relaxed);
        tokio::task::yield_now().await;
        Ok(())
    }

    fn error(&mut self, at: At, message: String) {
        self.tenant.give_up_writing();
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(DumpError { pointer: at.to_string(), code: ErrorCode::NameTaken, message });
        }
    }

    fn merge(&mut self, at: At, dump: &Whole, found: Option<&Held>, last: &[[u8; 16]]) -> Merged {
        let has_target = |key: &ItemKey, item: &Item| self.known.has_target(key, item);
        let rules = Rules { overwrite: self.overwrite, read_only: is_of_aws(&dump.body), has_target: &has_target };
        let merged = merge(dump, found.map(|held| &held.whole), last, rules, self.place);
        let lost = merged.notes.iter().any(|note| {
            matches!(note, Note::Conflict { key: (Aspect::Boundary, _), edit: Edit::TargetDeletedHere, .. })
        });
        if lost {
            // Without its boundary it could do more than in the account.
            let message = format!("The permissions boundary of {} was deleted here.", dump.body.name());
            self.error(at, message);
        }
        merged
    }

    /// Policies of AWS that are referred to but not in the dump.
    async fn unknown_policies(&mut self, named: &[UnknownPolicy], ids: &Ids) -> Result<(), ImportError> {
        for chunk in named.chunks(batch::MOST_ENTRIES) {
            let wholes: Vec<Whole> = chunk.iter().map(|policy| unknown(policy, self.place, ids)).collect();
            let keys: Vec<WholeKey> = wholes.iter().map(key_of).collect();
            let (held, _) = self.tenant.holds(NativeKind::Policy, &keys).await?;
            let mut puts = vec![];
            for (policy, whole) in chunk.iter().zip(wholes) {
                let found = held.iter().find(|held| held.whole.body.arn() == policy.arn);
                let (name, document) = match found.map(|held| &held.whole.body) {
                    Some(Body::Policy(found, _)) => (found.policy_name.as_str(), found.policy_document.as_str()),
                    _ => (whole.body.name(), ""),
                };
                if document.is_empty() {
                    self.warn_of_unknown(policy);
                }
                self.known.add_policy(&policy.arn, name, document, found.is_none());
                if found.is_none() {
                    puts.push(PutWhole { replaces: None, whole });
                }
            }
            self.tenant.write(&puts, &[], &[]).await?;
        }
        Ok(())
    }

    fn warn_of_unknown(&mut self, policy: &UnknownPolicy) {
        if self.report.warnings.len() >= MOST_LISTED {
            self.report.warnings_omitted += 1;
            return;
        }
        let message = format!(
            "The dump does not hold the AWS-managed policy {}, used {} times. Decisions that need it say so and deny.",
            policy.arn, policy.uses
        );
        let (pointer, code) = (policy.pointer.clone(), WarningCode::DocumentUnknown);
        self.report.warnings.push(DumpWarning { pointer, code, message });
    }
}
