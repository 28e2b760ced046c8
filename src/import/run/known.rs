//! The policies and groups of a dump so far, and what principals may do in the console by them.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use crate::authz::holds;
use crate::import::aws_account::{Entry, Place as At};
use crate::import::gains::Gains;
use crate::import::grants::{Power, Powers};
use crate::import::items::{Aspect, Item, ItemKey};
use crate::import::merge::Merged;
use crate::import::report::{ConsoleGrant, Listed, Named};
use crate::store::traits::{Body, Held, Whole};

/// A policy of the dump, or one that somebody of the dump has here, as far as principals need it.
struct KnownPolicy {
    name: String,
    power: Power,
    /// What it denies, as if it allowed.
    denials: Option<String>,
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

/// See the [module](self).
pub(super) struct Known {
    /// By ARN.
    policies: HashMap<String, KnownPolicy>,
    /// ARNs of policies that were deleted here and stay so.
    gone: HashSet<String>,
    /// By name in the dump, in lower case.
    groups: HashMap<String, KnownGroup>,
    powers: Powers,
    /// What the import gives to anybody, or frees them from.
    pub gains: Gains,
}

impl Known {
    /// Nothing yet; `accounts` are all that resources of the console may be in.
    pub fn new(accounts: Vec<String>) -> Self {
        Self {
            policies: HashMap::new(),
            gone: HashSet::new(),
            groups: HashMap::new(),
            powers: Powers::new(accounts),
            gains: Gains::default(),
        }
    }

    /// The names here of the groups of a user.
    pub fn groups_of(&self, entry: &Entry) -> Vec<String> {
        let Entry::User(user) = entry else { return vec![] };
        let here = |name: &String| self.groups.get(&name.to_ascii_lowercase()).and_then(|group| group.name.clone());
        user.groups.iter().map(|name| here(name).unwrap_or_else(|| name.clone())).collect()
    }

    /// Whether what an item refers to is there, or will be.
    pub fn has_target(&self, (aspect, key): &ItemKey, item: &Item) -> bool {
        match aspect {
            Aspect::Group => self.groups.get(key).is_none_or(|group| group.name.is_some()),
            Aspect::AttachedPolicy => !self.gone.contains(key),
            Aspect::Boundary => !self.gone.contains(&item.text),
            _ => true,
        }
    }

    /// Notes an entity that was imported, deleted here since, and stays so.
    pub fn deleted_here(&mut self, body: &Body) {
        match body {
            Body::Policy(policy, _) => {
                self.gone.insert(policy.arn.clone());
            }
            Body::Group(group) => {
                let known =
                    KnownGroup { name: None, id: None, power: Power::default(), policies: vec![], is_changed: false };
                self.groups.insert(group.group_name.to_ascii_lowercase(), known);
            }
            Body::User(_) | Body::Role(_) => {}
        }
    }

    /// Notes a policy; gives what it may do.
    pub fn add_policy(&mut self, arn: &str, name: &str, document: &str, is_changed: bool) -> Power {
        let power = self.powers.of(document);
        let denials = holds::allowing_what_it_denied(document, "");
        self.policies.insert(arn.to_owned(), KnownPolicy { name: name.to_owned(), power, denials, is_changed });
        power
    }

    /// The policies, by ARN, that some of the tenant have and that are not known yet.
    pub fn unheard_of(&self, held: &[Held]) -> Vec<String> {
        let mut unheard = BTreeSet::new();
        for whole in held.iter().map(|held| &held.whole) {
            let had = whole.attached.iter().map(String::as_str).chain(whole.body.permissions_boundary());
            unheard.extend(had.filter(|arn| !self.policies.contains_key(*arn)));
        }
        unheard.into_iter().map(str::to_owned).collect()
    }

    /// Notes a merged entity, and lists what it may do in the console now.
    pub fn note(
        &mut self,
        at: At,
        found: Option<&Held>,
        dump: &Whole,
        merged: &Merged,
        grants: &mut Listed<ConsoleGrant>,
    ) {
        if let Some(found) = found.filter(|_| merged.is_changed) {
            self.note_freed(at, found, &merged.whole);
        }
        let Body::Policy(policy, _) = &merged.whole.body else {
            return self.note_principal(at, found, dump, merged, grants);
        };
        let power = self.add_policy(&policy.arn, &policy.policy_name, &policy.policy_document, merged.is_changed);
        let Some(found) = found.filter(|_| merged.is_changed) else { return };
        // Whoever has it here, from this dump or not, has it as it is now.
        self.gains.give(at, power.within(None));
        let Body::Policy(old, _) = &found.whole.body else { return };
        let lifted = holds::allowing_what_it_denied(&old.policy_document, &policy.policy_document);
        self.gains.lift(at, lifted.clone());
        if power.grants() || lifted.is_some() {
            let documents = std::iter::once(policy.policy_document.clone()).chain(lifted).collect();
            self.gains.change(at, &policy.arn, documents);
        }
    }

    /// Notes what those who are here already are no longer denied, and who is called otherwise.
    fn note_freed(&mut self, at: At, found: &Held, now: &Whole) {
        let before = &found.whole;
        for old in &before.inline {
            let new = now.inline.iter().find(|new| new.policy_name == old.policy_name);
            let new = new.map_or("", |new| new.policy_document.as_str());
            self.gains.lift(at, holds::allowing_what_it_denied(&old.policy_document, new));
        }
        let gone = before.attached.iter().filter(|arn| !now.attached.contains(arn)).map(String::as_str);
        let boundary = before.body.permissions_boundary().filter(|arn| now.body.permissions_boundary() != Some(arn));
        for arn in gone.chain(boundary) {
            self.gains.lift(at, self.policies.get(arn).and_then(|known| known.denials.clone()));
        }
        for group in before.groups.iter().filter(|group| !now.groups.contains(group)) {
            self.gains.leave(at, group);
        }
        if let (Body::User(old), Body::User(new)) = (&before.body, &now.body)
            && (old.user_name != new.user_name || old.path != new.path)
        {
            self.gains.rename(at, found.id, &old.user_name);
        }
    }

    fn note_principal(
        &mut self,
        at: At,
        found: Option<&Held>,
        dump: &Whole,
        merged: &Merged,
        grants: &mut Listed<ConsoleGrant>,
    ) {
        let whole = &merged.whole;
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
                if let Some(group) = known.id.filter(|_| !was_member) {
                    self.gains.join(at, group);
                }
                is_new |= known.is_changed;
                power = power.with(known.power);
                policies.extend(known.policies.iter().map(|policy| format!("{policy} (group {group})")));
            }
        }
        let actions = power.within(self.boundary(&whole.body));
        if actions.is_empty() {
            return;
        }
        if is_new {
            self.gains.give(at, actions);
        }
        let principal = Named { kind: whole.body.kind(), name: whole.body.name().to_owned() };
        policies.sort();
        policies.dedup();
        grants.add(|| ConsoleGrant { principal, actions: actions.patterns(), policies, is_new });
    }

    /// What the boundary of a principal lets through; one that is not known lets nothing.
    fn boundary(&self, body: &Body) -> Option<Power> {
        body.permissions_boundary().map(|arn| self.policies.get(arn).map(|known| known.power).unwrap_or_default())
    }
}
