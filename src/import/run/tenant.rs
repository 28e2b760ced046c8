//! The side of the store: what the tenant holds of a dump, and what is written.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::iam::{Policy, ProviderConfig};
use crate::import::items::digest_of_arn;
use crate::import::report::{About, Listed, Named};
use crate::import::whole::PROVIDER;
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, ImportMark, PutWhole, Whole, WholeKey};
use crate::store::{AmiError, Parts, Result};

/// The tenant that a dump is merged into, and what of it was met in the dump.
pub(super) struct Tenant<'a> {
    /// None: nothing is held.
    store: Option<&'a mut Parts>,
    /// Whether anything will be kept of what is written. What is read is locked then.
    writes: bool,
    /// Internal ids of what was met in the dump.
    matched: HashSet<Uuid>,
    /// What was in the dump and not here: the digests of the ARNs.
    made: HashSet<[u8; 16]>,
    /// After an error nothing will be kept: what follows is read for its errors only.
    has_given_up: bool,
}

impl<'a> Tenant<'a> {
    pub fn new(store: Option<&'a mut Parts>, writes: bool) -> Self {
        Self { store, writes, matched: HashSet::new(), made: HashSet::new(), has_given_up: false }
    }

    /// Nothing is written any more.
    pub fn give_up_writing(&mut self) {
        self.has_given_up = true;
    }

    fn for_writing(&mut self) -> Option<&mut Parts> {
        self.store.as_deref_mut().filter(|_| self.writes && !self.has_given_up)
    }

    /// What the tenant holds of a batch, and what was imported of it before, by ARN.
    pub async fn holds(&self, kind: NativeKind, keys: &[WholeKey]) -> Result<(Vec<Held>, HashMap<String, ImportMark>)> {
        let Some(store) = self.store.as_deref() else { return Ok(Default::default()) };
        let held = store.imports.find_whole(kind, keys, self.writes).await?;
        let mut arns: Vec<String> = keys.iter().map(|key| key.arn.clone()).collect();
        arns.extend(held.iter().map(|held| held.whole.body.arn().to_owned()));
        let marks = store.imports.find_marks(&arns).await?;
        Ok((held, marks.into_iter().map(|mark| (mark.arn.clone(), mark)).collect()))
    }

    /// Policies by their ARNs, those that are there.
    pub async fn policies(&self, arns: &[String]) -> Result<Vec<Policy>> {
        let Some(store) = self.store.as_deref() else { return Ok(vec![]) };
        let mut policies = Vec::new();
        for arn in arns {
            policies.extend(store.iam.find_policy(arn).await?.map(|policy| policy.value));
        }
        Ok(policies)
    }

    /// The entity of the tenant that an entry is about: the one of its ARN, else of its id, else of its name if it came
    /// from the same account.
    ///
    /// # Errors
    /// A sentence for people: the name is held by something else, or another entry is about the same.
    pub fn find<'h>(&self, dump: &Whole, account: &str, held: &'h [Held]) -> Result<Option<&'h Held>, String> {
        let (arn, id, name) = (dump.body.arn(), dump.body.stable_id(), dump.body.name());
        let by_arn = held.iter().find(|held| held.whole.body.arn() == arn);
        let by_id = held.iter().find(|held| held.whole.body.stable_id() == id);
        let has_name = |body: &Body| !is_of_aws(body) && body.name().eq_ignore_ascii_case(name);
        let by_name = held.iter().find(|held| !is_of_aws(&dump.body) && has_name(&held.whole.body));
        let is_of_account = |known: &ProviderConfig| known.provider_name == PROVIDER && known.account_id == account;
        let same_name = by_name.filter(|held| held.whole.body.providers().iter().any(is_of_account));
        let found = by_arn.or(by_id).or(same_name);
        let other = [by_id, by_name].into_iter().flatten().find(|other| found.is_none_or(|found| found.id != other.id));
        // A name that moved on within the account is the business of a later dump; here it is still held.
        if let Some(other) = other {
            return Err(format!(
                "The tenant has another {} of the name or id of {name}: {}. Rename or delete it here first.",
                dump.body.kind().as_str(),
                other.whole.body.arn()
            ));
        }
        match found {
            Some(found) if self.matched.contains(&found.id) => {
                Err(format!("Two entries of the dump are about {}.", found.whole.body.arn()))
            }
            found => Ok(found),
        }
    }

    /// Notes that an entry of this ARN is in the dump, and what of the tenant it is about.
    pub fn meet(&mut self, arn: &str, found: Option<&Held>) {
        match found {
            Some(found) => self.matched.insert(found.id),
            None => self.made.insert(digest_of_arn(arn)),
        };
    }

    /// Writes entities and marks, and removes marks under former ARNs.
    pub async fn write(&mut self, puts: &[PutWhole], marks: &[ImportMark], old: &[String]) -> Result<(), AmiError> {
        let Some(store) = self.for_writing() else { return Ok(()) };
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

    /// Lists what was imported of these accounts before and was not met in the dump.
    pub async fn tell_absent(&self, accounts: &[String], absent: &mut Listed<About>) -> Result<()> {
        let Some(store) = self.store.as_deref() else { return Ok(()) };
        for account in accounts {
            let visit = &mut |mark: ImportMark, id: Uuid| {
                if !self.matched.contains(&id) && !self.made.contains(&digest_of_arn(&mark.arn)) {
                    let entity = Named { kind: mark.kind, name: mark.name };
                    absent.add(|| About { entity, part: None, which: String::new() });
                }
            };
            store.imports.each_mark(account, visit).await?;
        }
        Ok(())
    }

    /// Notes the accounts as ones that the tenant's entities come from.
    pub async fn add_accounts(&mut self, accounts: &[String]) -> Result<()> {
        let Some(store) = self.for_writing() else { return Ok(()) };
        let known = store.imports.list_provider_accounts().await?;
        for account in accounts {
            if !known.iter().any(|(provider, id)| provider == PROVIDER && id == account) {
                store.imports.add_provider_account(PROVIDER, account).await?;
            }
        }
        Ok(())
    }
}

/// Whether AWS itself keeps it: it is the same in every tenant, and its name is free for others.
pub(super) fn is_of_aws(body: &Body) -> bool {
    matches!(body, Body::Policy(policy, _) if policy.is_aws_managed())
}

/// By what an entity is looked for.
pub(super) fn key_of(whole: &Whole) -> WholeKey {
    WholeKey {
        arn: whole.body.arn().to_owned(),
        stable_id: whole.body.stable_id().to_owned(),
        name: (!is_of_aws(&whole.body)).then(|| whole.body.name().to_owned()),
    }
}
