//! Managed policies.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Set;
use super::entity::{self, Kept, Kind};
use super::handle::{Reading, Writing};
use super::list::search_text;
use super::room::Room;
use super::rows::{VersionRow, Versions};
use super::state::State;
use super::table::Table;
use crate::iam::{Owner, OwnerKind, Person, Policy, PolicyEntity, PolicyVersion, Stored};
use crate::store::entity::Entity;
use crate::store::listing::{self, Condition};
use crate::store::traits::PolicyScope;
use crate::store::{Result, rules};
use crate::wire::page::Sort;
use crate::wire::{Filter, Page, PageRequest};

impl Kind for Policy {
    const SORTS: &'static [Sort] = &[Sort::Name, Sort::Created];
    const NAME: &'static str = "policy_name";
    const OWNER: Option<OwnerKind> = None;
    /// Its documents.
    type Beside = Versions;

    fn table(room: &Room) -> &Table<Self> {
        &room.policies
    }
    fn table_mut(room: &mut Room) -> &mut Table<Self> {
        &mut room.policies
    }
    fn owns_its_name(&self) -> bool {
        // A policy of AWS's may share its name with one of the tenant's own.
        !self.is_aws_managed()
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let mut all: Vec<(&'static str, &str)> = vec![("arn", &self.arn), ("policy_id", &self.policy_id)];
        if !self.is_aws_managed() {
            all.push(("wami_arn", &self.wami_arn));
        }
        all
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn text(stored: &Stored<Self>) -> String {
        search_text([Some(stored.name()), stored.description.as_deref()])
    }
    fn is(kept: &Kept<Self>, room: &Room, condition: &Condition) -> bool {
        match condition {
            Condition::Attached(attached) => room.attached_to.contains_key(&kept.id()) == *attached,
            Condition::AwsManaged(aws) => kept.stored.is_aws_managed() == *aws,
            _ => false,
        }
    }
    fn complete(&mut self, kept: &Kept<Self>, state: &State, room: &Room) {
        self.attachment_count = count(room.attached_to.get(&kept.id()).map_or(0, Set::size));
        // A boundary of a permission set is not counted (AWS IAM API Reference, *Policy*).
        let bounded = room.bounded.get(&kept.id()).into_iter().flat_map(Set::iter);
        self.permissions_boundary_usage_count =
            count(bounded.filter(|(kind, _)| *kind != OwnerKind::PermissionSet).count());
        if let Some(number) = kept.beside.default {
            self.default_version_id = format!("v{number}");
            self.policy_document = kept.beside.document().map(|hash| state.text(&hash)).unwrap_or_default();
        }
    }
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub fn insert(tx: &mut Writing<'_>, policy: Policy) -> Result<Stored<Policy>> {
    let mut stored = entity::admit(tx, policy, Person::default())?;
    let create_date = stored.update_date;
    let document = std::mem::take(&mut stored.value.policy_document);
    // None while the document is unknown.
    let first = PolicyVersion::number(&std::mem::take(&mut stored.value.default_version_id));
    let mut all = BTreeMap::new();
    if let Some(number) = first {
        all.insert(number, VersionRow { document: tx.state.put_document(&document), create_date });
    }
    let versions = Versions { default: first, next: first.unwrap_or(0).saturating_add(1), all };
    entity::put(tx, None, stored, versions)
}

pub fn find(tx: Reading<'_>, arn: &str) -> Option<Stored<Policy>> {
    tx.room().policies.identified("arn", arn).map(|kept| tx.state.whole(tx.tenant(), kept))
}

pub fn update(tx: &mut Writing<'_>, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
    entity::update(tx, policy, |kept| {
        kept.stored.value = Policy {
            policy_name: policy.policy_name.clone(),
            arn: policy.arn.clone(),
            wami_arn: policy.wami_arn.clone(),
            path: policy.path.clone(),
            description: policy.description.clone(),
            ..kept.stored.value.clone()
        };
    })
}

pub fn delete(tx: &mut Writing<'_>, arn: &str) -> Result<()> {
    let room = tx.room_mut();
    let row = room.policy(arn)?.clone();
    let id = row.id();
    let used = entities(room, id, rules::MAX_BLOCKERS).into_iter().map(|entity| {
        let how = if entity.as_boundary { "boundary of" } else { "attached to" };
        (format!("{how} {}", entity.owner.kind.noun()), entity.owner.name)
    });
    let mut blockers: Vec<(String, String)> = used.collect();
    let others = row.beside.all.keys().filter(|number| Some(**number) != row.beside.default);
    blockers.extend(others.map(|number| ("version".to_owned(), format!("v{number}"))));
    rules::refuse_blocked(Policy::NOUN, arn, blockers)?;
    entity::forget(room, &row);
    Ok(())
}

pub fn list(tx: Reading<'_>, scope: PolicyScope, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Policy>>> {
    let mut conditions = listing::interpret(filter, Policy::FILTERS)?;
    let operation = match scope {
        PolicyScope::All => Policy::LISTED,
        PolicyScope::Aws => "policies of AWS",
        PolicyScope::Local => "policies of the tenant",
    };
    if scope != PolicyScope::All {
        conditions.push((true, Condition::AwsManaged(scope == PolicyScope::Aws)));
    }
    entity::list_where(tx, operation, (filter, &conditions), page)
}

pub fn list_entities(tx: Reading<'_>, arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
    let room = tx.room();
    Ok(entities(room, room.policy(arn)?.id(), limit as usize))
}

/// Who uses a policy, by kind and name, boundaries last.
fn entities(room: &Room, policy: Uuid, limit: usize) -> Vec<PolicyEntity> {
    let uses = [(&room.attached_to, false), (&room.bounded, true)];
    let mut all = Vec::new();
    for (map, as_boundary) in uses {
        let owners = map.get(&policy).into_iter().flat_map(Set::iter);
        let mut owners: Vec<Owner> =
            owners.map(|owner| Owner { kind: owner.0, name: room.owner_name(*owner).to_owned() }).collect();
        owners.sort_by_cached_key(|owner| (owner.kind, owner.name.to_ascii_lowercase()));
        all.extend(owners.into_iter().map(|owner| PolicyEntity { owner, as_boundary }));
    }
    all.truncate(limit);
    all
}
