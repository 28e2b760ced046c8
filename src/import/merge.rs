//! The merge of one entity: what the dump says, what the tenant holds, and what was imported last.
//!
//! Item by item (see [`items`](super::items)): what was not edited here since the last import follows the dump; what
//! was is a conflict, kept as it is unless the dump is to win; what the dump does not have any more stays. The last
//! import is known by digests only, which is enough to tell whether something is as it was.

use std::collections::BTreeSet;

use super::items::{Aspect, Digest, Item, ItemKey, Items, items, presence};
use super::report::{Change, Edit, short};
use super::whole::{Place, rebuilt, same_beside_items};
use crate::iam::PolicyVersion;
use crate::store::rules::MAX_VERSIONS;
use crate::store::traits::Whole;

/// Something to tell about an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// It changes.
    Difference { key: ItemKey, label: String, change: Change, before: Option<String>, after: Option<String> },
    /// It was edited here.
    Conflict { key: ItemKey, label: String, edit: Edit, here: Option<String>, dump: Option<String>, overwritten: bool },
    /// The dump does not have it any more.
    Absent { key: ItemKey, label: String },
}

/// How a merge is done.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The dump wins over local edits.
    pub overwrite: bool,
    /// Nothing of this can be edited here (AWS's own policies).
    pub read_only: bool,
    /// Whether what an item refers to is there.
    pub has_target: &'a dyn Fn(&ItemKey, &Item) -> bool,
}

/// What came of an item of the dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Created,
    Updated,
    Unchanged,
}

/// A merged entity.
pub(super) struct Merged {
    /// All of it, as it shall be.
    pub whole: Whole,
    /// Whether anything is otherwise than before.
    pub is_changed: bool,
    /// Whether the entity itself is, not only a part that is counted by itself.
    pub is_entity_changed: bool,
    /// The fate of each part of the dump that is counted by itself.
    pub fates: Vec<(Aspect, Fate)>,
    /// What to tell.
    pub notes: Vec<Note>,
    /// What to remember of this import.
    pub content: Vec<Digest>,
}

/// Merges one entity. `last` are the digests of the last import.
pub(super) fn merge(dump: &Whole, held: Option<&Whole>, last: &[Digest], rules: Rules<'_>, place: Place<'_>) -> Merged {
    let mut merge = Merge {
        theirs: items(dump),
        ours: held.map(items).unwrap_or_default(),
        last: last.iter().copied().collect(),
        rules,
        is_new: held.is_none(),
        merged: Items::new(),
        fates: vec![],
        notes: vec![],
    };
    let keys: BTreeSet<ItemKey> = merge.theirs.keys().chain(merge.ours.keys()).cloned().collect();
    for key in keys {
        // What is in force depends on what versions there will be.
        if key.0 != Aspect::DefaultVersion {
            merge.item(key);
        }
    }
    merge.make_room_for_versions();
    merge.default_version();
    let content = merge.content();
    let whole = rebuilt(&merge.merged, dump, held, place);
    let differs = |key: &ItemKey| {
        merge.merged.get(key).map(|item| (&item.label, &item.text))
            != merge.ours.get(key).map(|item| (&item.label, &item.text))
    };
    let changed: Vec<&ItemKey> = merge.merged.keys().chain(merge.ours.keys()).filter(|key| differs(key)).collect();
    let is_entity_changed = changed.iter().any(|(aspect, _)| !aspect.is_counted())
        || held.is_none_or(|held| !same_beside_items(held, &whole));
    Merged {
        is_changed: is_entity_changed || !changed.is_empty(),
        is_entity_changed,
        whole,
        fates: merge.fates,
        notes: merge.notes,
        content,
    }
}

struct Merge<'a> {
    theirs: Items,
    ours: Items,
    last: BTreeSet<Digest>,
    rules: Rules<'a>,
    /// Nothing was there: there are no differences to tell.
    is_new: bool,
    merged: Items,
    fates: Vec<(Aspect, Fate)>,
    notes: Vec<Note>,
}

/// What an item says, for people; documents are too long for that.
fn shown((aspect, _): &ItemKey, item: &Item) -> Option<String> {
    (!aspect.is_document() && !item.text.is_empty()).then(|| short(&item.text))
}

impl Merge<'_> {
    fn item(&mut self, key: ItemKey) {
        match (self.theirs.get(&key).cloned(), self.ours.get(&key).cloned()) {
            (Some(theirs), Some(ours)) => self.both(key, theirs, ours),
            (Some(theirs), None) => self.theirs_only(key, theirs),
            (None, Some(ours)) => self.ours_only(key, ours),
            (None, None) => {}
        }
    }

    fn both(&mut self, key: ItemKey, theirs: Item, ours: Item) {
        if theirs.digest == ours.digest {
            self.fate(&key, Fate::Unchanged);
            self.merged.insert(key, ours);
        } else if self.rules.read_only || self.last.contains(&ours.digest) {
            self.take(key, theirs, Some(&ours));
        } else {
            let overwritten = self.rules.overwrite && self.has_target(&key, &theirs);
            self.conflict(&key, Edit::EditedHere, Some(&ours), Some(&theirs), overwritten);
            if overwritten {
                self.take(key, theirs, Some(&ours));
            } else {
                self.fate(&key, Fate::Unchanged);
                self.merged.insert(key, ours);
            }
        }
    }

    fn theirs_only(&mut self, key: ItemKey, theirs: Item) {
        let was_removed = self.last.contains(&presence(&key)) && !self.rules.read_only;
        if !self.has_target(&key, &theirs) {
            self.conflict(&key, Edit::TargetDeletedHere, None, Some(&theirs), false);
            self.fate(&key, Fate::Unchanged);
        } else if was_removed {
            self.conflict(&key, Edit::RemovedHere, None, Some(&theirs), self.rules.overwrite);
            if self.rules.overwrite {
                self.take(key, theirs, None);
            } else {
                self.fate(&key, Fate::Unchanged);
            }
        } else {
            self.take(key, theirs, None);
        }
    }

    fn ours_only(&mut self, key: ItemKey, ours: Item) {
        let is_told = !key.0.may_be_untold() && !self.rules.read_only;
        if is_told && self.last.contains(&presence(&key)) {
            self.notes.push(Note::Absent { key: key.clone(), label: ours.label.clone() });
        } else if is_told {
            self.conflict(&key, Edit::AddedHere, Some(&ours), None, self.rules.overwrite);
            if self.rules.overwrite {
                self.difference(&key, Change::Removed, Some(&ours), None);
                return;
            }
        }
        self.merged.insert(key, ours);
    }

    fn has_target(&self, key: &ItemKey, item: &Item) -> bool {
        (self.rules.has_target)(key, item)
    }

    fn take(&mut self, key: ItemKey, theirs: Item, ours: Option<&Item>) {
        let (change, fate) = match ours {
            Some(_) => (Change::Updated, Fate::Updated),
            None => (Change::Created, Fate::Created),
        };
        self.fate(&key, fate);
        self.difference(&key, change, ours, Some(&theirs));
        self.merged.insert(key, theirs);
    }

    fn fate(&mut self, (aspect, _): &ItemKey, fate: Fate) {
        if aspect.is_counted() {
            self.fates.push((*aspect, fate));
        }
    }

    fn difference(&mut self, key: &ItemKey, change: Change, before: Option<&Item>, after: Option<&Item>) {
        if self.is_new {
            return;
        }
        let label = before.or(after).map(|item| item.label.clone()).unwrap_or_default();
        let text = |item: Option<&Item>| item.and_then(|item| shown(key, item));
        self.notes.push(Note::Difference { key: key.clone(), label, change, before: text(before), after: text(after) });
    }

    fn conflict(&mut self, key: &ItemKey, edit: Edit, here: Option<&Item>, dump: Option<&Item>, overwritten: bool) {
        let label = here.or(dump).map(|item| item.label.clone()).unwrap_or_default();
        let text = |item: Option<&Item>| item.and_then(|item| shown(key, item));
        let (here, dump) = (text(here), text(dump));
        self.notes.push(Note::Conflict { key: key.clone(), label, edit, here, dump, overwritten });
    }

    /// The version in force here.
    fn our_default(&self) -> Option<&Item> {
        self.ours.get(&(Aspect::DefaultVersion, String::new()))
    }

    /// A policy has five versions at most. What AWS has given up makes room first, the oldest first, then what only
    /// was added here; the version in force never.
    fn make_room_for_versions(&mut self) {
        let number = |key: &ItemKey| PolicyVersion::number(&key.1).unwrap_or(0);
        let count = |items: &Items| items.keys().filter(|(aspect, _)| *aspect == Aspect::Version).count();
        let kept = self.our_default().map(|item| item.text.clone());
        let their_default = self.theirs.get(&(Aspect::DefaultVersion, String::new())).map(|item| item.text.clone());
        while count(&self.merged) > MAX_VERSIONS {
            let rank = |key: &ItemKey| {
                let (is_theirs, was_imported) = (self.theirs.contains_key(key), self.last.contains(&presence(key)));
                (is_theirs, !was_imported, number(key))
            };
            let candidates = self.merged.keys().filter(|key| {
                key.0 == Aspect::Version && Some(&key.1) != kept.as_ref() && Some(&key.1) != their_default.as_ref()
            });
            let Some(key) = candidates.min_by_key(|key| rank(key)).cloned() else { return };
            let item = self.merged.remove(&key);
            self.notes.retain(|note| !matches!(note, Note::Absent { key: absent, .. } if *absent == key));
            if self.ours.contains_key(&key) {
                self.difference(&key, Change::Removed, item.as_ref(), None);
            }
        }
    }

    fn default_version(&mut self) {
        let key: ItemKey = (Aspect::DefaultVersion, String::new());
        let (theirs, ours) = (self.theirs.get(&key).cloned(), self.ours.get(&key).cloned());
        let Some(theirs) = theirs else {
            self.merged.extend(ours.map(|ours| (key, ours)));
            return;
        };
        // Their version may have given way to one of ours of the same number: then it cannot be put in force.
        let version: ItemKey = (Aspect::Version, theirs.text.clone());
        let is_there =
            self.merged.get(&version).map(|item| item.digest) == self.theirs.get(&version).map(|item| item.digest);
        match ours {
            Some(ours) if ours.digest == theirs.digest => {
                self.merged.insert(key, ours);
            }
            Some(ours) if !self.rules.read_only && !self.last.contains(&ours.digest) || !is_there => {
                let overwritten = self.rules.overwrite && is_there;
                self.conflict(&key, Edit::EditedHere, Some(&ours), Some(&theirs), overwritten);
                if overwritten {
                    self.take(key, theirs, Some(&ours));
                } else {
                    self.merged.insert(key, ours);
                }
            }
            ours => self.take(key, theirs, ours.as_ref()),
        }
    }

    /// What the dump says, and what was imported before and is kept though the dump does not have it any more.
    fn content(&self) -> Vec<Digest> {
        let theirs = self.theirs.iter().flat_map(|(key, item)| [presence(key), item.digest]);
        let kept =
            self.ours.iter().filter(|(key, _)| !self.theirs.contains_key(*key) && self.merged.contains_key(*key));
        let kept =
            kept.flat_map(|(key, item)| [presence(key), item.digest]).filter(|digest| self.last.contains(digest));
        theirs.chain(kept).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
