//! One pass of a dump over a tenant: in batches, in bounded memory, writing or only telling.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{Read, Seek};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::aws_account::{Dump, DumpError, DumpWarning, Entry, ErrorCode, Kind, Place as At, Rejection, WarningCode};
use super::grants::{Actions, Power, Powers};
use super::items::{Aspect, Item, ItemKey, digest_of_arn};
use super::merge::{Fate, Merged, Note, Rules, merge};
use super::report::{About, Conflict, ConsoleGrant, Difference, Edit, Named, Report};
use super::whole::{PROVIDER, Place, unknown, whole};
use super::{grants, native};
use crate::iam::Group;
use crate::ids::Ids;
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, ImportMark, PutWhole, Whole, WholeKey};
use crate::store::{AmiError, Parts};
use crate::wire::Id;

/// Entries in one batch.
const BATCH: usize = 500;
/// Bytes of documents after which a batch is full.
const BATCH_BYTES: usize = 4 << 20;
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
    /// Console actions that the import gives to somebody who may not have had them.
    pub given: Actions,
    /// Groups that were there before and get new members.
    pub joined: Vec<Id<Group>>,
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
        store,
        place: Place { account_id: into.account_id, now: into.now },
        how,
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
        matched: HashSet::new(),
        made: HashSet::new(),
        groups: HashMap::new(),
        gone: HashSet::new(),
        policies: HashMap::new(),
        powers: Powers::new(accounts),
        given: Actions::default(),
        joined: BTreeSet::new(),
        progress,
    };
    run.pass(dump, &[Kind::Policy]).await?;
    run.unknown_policies(&summary.unknown_policies, into.ids).await?;
    run.pass(dump, &[Kind::Group]).await?;
    run.pass(dump, &[Kind::Role, Kind::User]).await?;
    run.absent().await?;
    run.accounts(&summary.accounts).await?;
    if run.errors.is_empty() {
        return Ok(Outcome {
            report: run.report,
            given: run.given,
            joined: run.joined.into_iter().map(Id::new).collect(),
        });
    }
    let more = run.errors.len() >= MOST_ERRORS;
    Err(Rejection { errors: run.errors, more }.into())
}

/// A policy of the dump, as far as principals need it.
struct KnownPolicy {
    name: String,
    power: Power,
    is_changed: bool,
}

/// A group of the dump, as far as its members need it.
struct KnownGroup {
    /// Its name here; `None` if it was deleted here and stays so.
    name: Option<String>,
    /// Its internal id, if it was there before.
    id: Option<Uuid>,
    power: Power,
    policies: Vec<String>,
    is_changed: bool,
}

struct Run<'a> {
    store: Option<&'a mut Parts>,
    place: Place<'a>,
    how: How,
    report: Report,
    errors: Vec<DumpError>,
    /// Internal ids of what was met in the dump.
    matched: HashSet<Uuid>,
    /// What was in the dump and not here: the digests of the ARNs.
    made: HashSet<[u8; 16]>,
    /// By name in the dump, in lower case.
    groups: HashMap<String, KnownGroup>,
    /// ARNs of policies that were deleted here and stay so.
    gone: HashSet<String>,
    policies: HashMap<String, KnownPolicy>,
    powers: Powers,
    given: Actions,
    joined: BTreeSet<Uuid>,
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
                (at, whole(&entry, self.groups_of(&entry), self.place), account)
            })
            .collect();
        let keys: Vec<WholeKey> = wholes.iter().map(|(_, whole, _)| key_of(whole)).collect();
        let (held, marks) = self.present(kind, &keys).await?;
        let (mut puts, mut new_marks, mut old_marks) = (vec![], vec![], vec![]);
        for (at, dump, account) in wholes {
            let Some(found) = self.find(at, &dump, &account, &held) else { continue };
            let arn = dump.body.arn().to_owned();
            match found {
                Some(found) => self.matched.insert(found.id),
                None => self.made.insert(digest_of_arn(&arn)),
            };
            let mark =
                marks.get(found.map_or(arn.as_str(), |found| found.whole.body.arn())).or_else(|| marks.get(&arn));
            if found.is_none() && mark.is_some() && !self.how.overwrite {
                self.deleted_here(&dump);
                continue;
            }
            if found.is_none() && mark.is_some() {
                self.conflict_about_entity(&dump, true);
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
            self.tell(kind, found, &dump, &merged);
            if merged.is_changed {
                puts.push(PutWhole { replaces: found.map(|held| (held.id, held.version)), whole: merged.whole });
            }
        }
        self.write(&puts, &new_marks, &old_marks).await?;
        self.progress.done.fetch_add(count, Ordering::Relaxed);
        tokio::task::yield_now().await;
        Ok(())
    }

    /// The names here of the groups of a user.
    fn groups_of(&self, entry: &Entry) -> Vec<String> {
        let Entry::User(user) = entry else { return vec![] };
        let here = |name: &String| self.groups.get(&name.to_ascii_lowercase()).and_then(|group| group.name.clone());
        user.groups.iter().map(|name| here(name).unwrap_or_else(|| name.clone())).collect()
    }

    /// What the tenant holds of a batch, and what was imported of it before.
    async fn present(
        &self,
        kind: NativeKind,
        keys: &[WholeKey],
    ) -> Result<(Vec<Held>, HashMap<String, ImportMark>), AmiError> {
        let Some(store) = self.store.as_deref() else { return Ok(Default::default()) };
        let held = store.imports.find_whole(kind, keys, self.how.apply).await?;
        let mut arns: Vec<String> = keys.iter().map(|key| key.arn.clone()).collect();
        arns.extend(held.iter().map(|held| held.whole.body.arn().to_owned()));
        let marks = store.imports.find_marks(&arns).await?;
        Ok((held, marks.into_iter().map(|mark| (mark.arn.clone(), mark)).collect()))
    }

    /// The entity of the tenant that an entry is about: the one of its ARN, else of its id, else of its name if it came
    /// from the same account. `None` after an error: the name is held by something else.
    #[expect(clippy::option_option, reason = "nothing, or nothing held, or something held")]
    fn find<'h>(&mut self, at: At, dump: &Whole, account: &str, held: &'h [Held]) -> Option<Option<&'h Held>> {
        let (arn, id, name) = (dump.body.arn(), dump.body.stable_id(), dump.body.name());
        let by_arn = held.iter().find(|held| held.whole.body.arn() == arn);
        let by_id = held.iter().find(|held| held.whole.body.stable_id() == id);
        let is_of_aws = key_of(dump).name.is_none();
        let by_name = held.iter().filter(|held| !is_of_aws && key_of(&held.whole).name.is_some());
        let by_name = by_name.into_iter().find(|held| held.whole.body.name().eq_ignore_ascii_case(name));
        let is_same = |held: &Held| {
            providers(&held.whole.body)
                .iter()
                .any(|provider| provider.provider_name == PROVIDER && provider.account_id == account)
        };
        let same_name = by_name.filter(|held| is_same(held));
        let found = by_arn.or(by_id).or(same_name);
        let other = [by_id, by_name].into_iter().flatten().find(|other| found.is_none_or(|found| found.id != other.id));
        // A name that moved on within the account is the business of a later dump; here it is still held.
        if let Some(other) = other {
            let message = format!(
                "The tenant has another {} of the name or id of {name}: {}. Rename or delete it here first.",
                dump.body.kind().as_str(),
                other.whole.body.arn()
            );
            self.error(at, message);
            return None;
        }
        if let Some(found) = found.filter(|found| self.matched.contains(&found.id)) {
            let message = format!("Two entries of the dump are about {}.", found.whole.body.arn());
            self.error(at, message);
            return None;
        }
        Some(found)
    }

    fn error(&mut self, at: At, message: String) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(DumpError { pointer: at.to_string(), code: ErrorCode::NameTaken, message });
        }
    }

    fn merge(&mut self, at: At, dump: &Whole, found: Option<&Held>, last: &[[u8; 16]]) -> Merged {
        let (groups, gone) = (&self.groups, &self.gone);
        let has_target = |(aspect, key): &ItemKey, item: &Item| match aspect {
            Aspect::Group => groups.get(key).is_none_or(|group| group.name.is_some()),
            Aspect::AttachedPolicy => !gone.contains(key),
            Aspect::Boundary => !gone.contains(&item.text),
            _ => true,
        };
        let read_only = key_of(dump).name.is_none();
        let rules = Rules { overwrite: self.how.overwrite, read_only, has_target: &has_target };
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

    /// An entity that was imported and deleted here since.
    fn deleted_here(&mut self, dump: &Whole) {
        self.conflict_about_entity(dump, false);
        self.report.tallies.of_kind(dump.body.kind()).unchanged += 1;
        match &dump.body {
            Body::Policy(policy, versions) => {
                self.gone.insert(policy.arn.clone());
                self.report.tallies.policy_versions.unchanged += versions.len() as u64;
            }
            Body::Group(group) => {
                let known =
                    KnownGroup { name: None, id: None, power: Power::default(), policies: vec![], is_changed: false };
                self.groups.insert(group.group_name.to_ascii_lowercase(), known);
            }
            Body::User(_) | Body::Role(_) => {}
        }
        self.report.tallies.memberships.unchanged += dump.groups.len() as u64;
        self.report.tallies.attachments.unchanged += dump.attached.len() as u64;
        self.report.tallies.inline_policies.unchanged += dump.inline.len() as u64;
    }

    fn conflict_about_entity(&mut self, dump: &Whole, overwritten: bool) {
        let entity = Named { kind: dump.body.kind(), name: dump.body.name().to_owned() };
        self.report.conflicts.add(|| Conflict {
            about: About { entity, part: None, which: String::new() },
            edit: Edit::RemovedHere,
            here: None,
            dump: Some(dump.body.arn().to_owned()),
            overwritten,
        });
    }

    /// Counts, lists, and notes what those that come later need to know.
    fn tell(&mut self, kind: NativeKind, found: Option<&Held>, dump: &Whole, merged: &Merged) {
        let tally = self.report.tallies.of_kind(kind);
        match found {
            None => tally.created += 1,
            Some(_) if merged.is_entity_changed => tally.updated += 1,
            Some(_) => tally.unchanged += 1,
        }
        for (aspect, fate) in &merged.fates {
            if let Some(tally) = self.report.tallies.of_part(*aspect) {
                match fate {
                    Fate::Created => tally.created += 1,
                    Fate::Updated => tally.updated += 1,
                    Fate::Unchanged => tally.unchanged += 1,
                }
            }
        }
        let name = merged.whole.body.name();
        let about = |(aspect, _): &ItemKey, label: &str| About {
            entity: Named { kind, name: name.to_owned() },
            part: Some(*aspect),
            which: label.to_owned(),
        };
        for note in &merged.notes {
            match note {
                Note::Difference { key, label, change, before, after } => self.report.differences.add(|| Difference {
                    about: about(key, label),
                    before: before.clone(),
                    after: after.clone(),
                    change: *change,
                }),
                Note::Conflict { key, label, edit, here, dump, overwritten } => {
                    self.report.conflicts.add(|| Conflict {
                        about: about(key, label),
                        edit: *edit,
                        here: here.clone(),
                        dump: dump.clone(),
                        overwritten: *overwritten,
                    });
                }
                Note::Absent { key, label } => self.report.absent.add(|| about(key, label)),
            }
        }
        self.power(found, dump, merged);
    }

    /// What the entity may do in the console now.
    fn power(&mut self, found: Option<&Held>, dump: &Whole, merged: &Merged) {
        let whole = &merged.whole;
        if let Body::Policy(policy, _) = &whole.body {
            let power = self.powers.of(&policy.policy_document);
            let known = KnownPolicy { name: policy.policy_name.clone(), power, is_changed: merged.is_changed };
            self.policies.insert(policy.arn.clone(), known);
            if found.is_some() && merged.is_changed {
                // Whoever has it here, from this dump or not, has it as it is now.
                self.given = self.given.or(power.within(None));
            }
            return;
        }
        let mut power = Power::default();
        let mut policies = vec![];
        let mut is_new = merged.is_changed;
        let mut add = |name: &str, of: Power| {
            power = power.with(of);
            if of.grants() {
                policies.push(name.to_owned());
            }
        };
        for policy in &whole.inline {
            let of = self.powers.of(&policy.policy_document);
            add(&policy.policy_name, of);
        }
        for known in whole.attached.iter().filter_map(|arn| self.policies.get(arn)) {
            is_new |= known.is_changed;
            add(&known.name, known.power);
        }
        if let Body::Group(_) = &whole.body {
            let key = dump.body.name().to_ascii_lowercase();
            let name = Some(whole.body.name().to_owned());
            let id = found.map(|held| held.id);
            self.groups.insert(key, KnownGroup { name, id, power, policies: policies.clone(), is_changed: is_new });
        }
        for group in &whole.groups {
            let key = group.to_ascii_lowercase();
            let known = self
                .groups
                .get(&key)
                .or_else(|| self.groups.values().find(|known| known.name.as_deref().is_some_and(|name| name == group)));
            if let Some(known) = known {
                let was_member = found.is_some_and(|held| held.whole.groups.contains(group));
                self.joined.extend(known.id.filter(|_| !was_member));
                is_new |= known.is_changed;
                power = power.with(known.power);
                policies.extend(known.policies.iter().map(|policy| format!("{policy} (group {group})")));
            }
        }
        let boundary = match &whole.body {
            Body::User(user) => user.permissions_boundary.as_deref(),
            Body::Role(role) => role.permissions_boundary.as_deref(),
            Body::Group(_) | Body::Policy(..) => None,
        };
        let boundary = boundary.map(|arn| self.policies.get(arn).map(|known| known.power).unwrap_or_default());
        let actions = power.within(boundary);
        if actions.is_empty() {
            return;
        }
        if is_new {
            self.given = self.given.or(actions);
        }
        let principal = Named { kind: whole.body.kind(), name: whole.body.name().to_owned() };
        policies.sort();
        policies.dedup();
        let grant = || ConsoleGrant { principal, actions: grants::Actions::patterns(actions), policies, is_new };
        self.report.console_grants.add(grant);
    }

    /// Policies of AWS that are referred to but not in the dump.
    async fn unknown_policies(
        &mut self,
        named: &[super::aws_account::UnknownPolicy],
        ids: &Ids,
    ) -> Result<(), ImportError> {
        for chunk in named.chunks(BATCH) {
            let wholes: Vec<Whole> = chunk.iter().map(|policy| unknown(policy, self.place, ids)).collect();
            let keys: Vec<WholeKey> = wholes.iter().map(key_of).collect();
            let (held, _) = self.present(NativeKind::Policy, &keys).await?;
            let mut puts = vec![];
            for (policy, whole) in chunk.iter().zip(wholes) {
                let known = held.iter().find(|held| held.whole.body.arn() == policy.arn);
                let (name, document) = match known.map(|held| &held.whole.body) {
                    Some(Body::Policy(known, _)) => (known.policy_name.clone(), known.policy_document.clone()),
                    _ => (whole.body.name().to_owned(), String::new()),
                };
                if document.is_empty() {
                    let message = format!(
                        "The dump does not hold the AWS-managed policy {}, used {} times. Decisions that need it say so \
                         and deny.",
                        policy.arn, policy.uses
                    );
                    let (pointer, code) = (policy.pointer.clone(), WarningCode::DocumentUnknown);
                    if self.report.warnings.len() < super::report::MOST_LISTED {
                        self.report.warnings.push(DumpWarning { pointer, code, message });
                    } else {
                        self.report.warnings_omitted += 1;
                    }
                }
                let power = self.powers.of(&document);
                self.policies.insert(policy.arn.clone(), KnownPolicy { name, power, is_changed: known.is_none() });
                if known.is_none() {
                    puts.push(PutWhole { replaces: None, whole });
                }
            }
            self.write(&puts, &[], &[]).await?;
        }
        Ok(())
    }

    async fn write(&mut self, puts: &[PutWhole], marks: &[ImportMark], old: &[String]) -> Result<(), AmiError> {
        // After an error nothing will be kept: what follows is read for its errors only.
        if !self.how.apply || !self.errors.is_empty() {
            return Ok(());
        }
        let Some(store) = self.store.as_deref_mut() else { return Ok(()) };
        if !puts.is_empty() {
            store.imports.put_whole(puts).await?;
        }
        if !old.is_empty() {
            store.imports.remove_marks(old).await?;
        }
        if !marks.is_empty() {
            store.imports.put_marks(marks).await?;
        }
        Ok(())
    }

    /// What was imported of the dump's accounts before and is not in it any more.
    async fn absent(&mut self) -> Result<(), ImportError> {
        const PAGE: u32 = 1000;
        let Some(store) = self.store.as_deref() else { return Ok(()) };
        for account in self.report.accounts.clone() {
            let mut after: Option<String> = None;
            loop {
                let marks = store.imports.list_marks(&account, after.as_deref(), PAGE).await?;
                let Some((last, _)) = marks.last() else { break };
                after = Some(last.arn.clone());
                let is_absent = |(mark, id): &(ImportMark, Uuid)| {
                    !self.matched.contains(id) && !self.made.contains(&digest_of_arn(&mark.arn))
                };
                for (mark, _) in marks.into_iter().filter(is_absent) {
                    let entity = Named { kind: mark.kind, name: mark.name };
                    self.report.absent.add(|| About { entity, part: None, which: String::new() });
                }
            }
        }
        Ok(())
    }

    async fn accounts(&mut self, accounts: &[String]) -> Result<(), ImportError> {
        if !self.how.apply || !self.errors.is_empty() {
            return Ok(());
        }
        let Some(store) = self.store.as_deref_mut() else { return Ok(()) };
        let known = store.imports.list_provider_accounts().await?;
        for account in accounts {
            if !known.iter().any(|(provider, id)| provider == PROVIDER && id == account) {
                store.imports.add_provider_account(PROVIDER, account).await?;
            }
        }
        Ok(())
    }
}

/// Entries of one kind, until there are enough.
#[derive(Default)]
struct Batch {
    entries: Vec<(At, Entry)>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, at: At, entry: Entry) {
        let inline = entry.grants().map_or(0, |grants| grants.inline.iter().map(|policy| policy.document.len()).sum());
        self.bytes += inline
            + match &entry {
                Entry::Policy(policy) => policy.versions.iter().map(|version| version.document.len()).sum(),
                Entry::Role(role) => role.trust_policy.len(),
                Entry::User(_) | Entry::Group(_) => 0,
            };
        self.entries.push((at, entry));
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= BATCH || self.bytes >= BATCH_BYTES
    }
}

/// By what an entity is looked for.
fn key_of(whole: &Whole) -> WholeKey {
    let is_of_aws = matches!(&whole.body, Body::Policy(policy, _) if policy.is_aws_managed());
    WholeKey {
        arn: whole.body.arn().to_owned(),
        stable_id: whole.body.stable_id().to_owned(),
        name: (!is_of_aws).then(|| whole.body.name().to_owned()),
    }
}

fn providers(body: &Body) -> &[crate::iam::ProviderConfig] {
    match body {
        Body::User(user) => &user.providers,
        Body::Group(group) => &group.providers,
        Body::Role(role) => &role.providers,
        Body::Policy(policy, _) => &policy.providers,
    }
}
