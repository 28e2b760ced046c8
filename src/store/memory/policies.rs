//! Managed policies.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Set;
use super::handle::{Reading, Writing};
use super::list::{Asked, matches};
use super::room::Room;
use super::rows::{PolicyRow, VersionRow};
use super::state::State;
use super::table::Entity;
use crate::iam::{Owner, OwnerKind, Person, Policy, PolicyEntity, Stored};
use crate::store::listing::{self, Condition};
use crate::store::traits::PolicyScope;
use crate::store::{Result, rules};
use crate::tenant::TenantId;
use crate::wire::{Filter, Id, Page, PageRequest};

/// A policy as it is read.
pub fn policy_of(state: &State, tenant: TenantId, row: &PolicyRow) -> Stored<Policy> {
    let room = state.room(tenant);
    let mut policy = row.stored.clone();
    policy.value.attachment_count = count(room.attached_to.get(&row.id()).map_or(0, Set::size));
    // A boundary of a permission set is not counted (AWS IAM API Reference, *Policy*).
    let bounded = room.bounded.get(&row.id()).into_iter().flat_map(Set::iter);
    policy.value.permissions_boundary_usage_count =
        count(bounded.filter(|(kind, _)| *kind != OwnerKind::PermissionSet).count());
    if let Some(number) = row.default {
        policy.value.default_version_id = format!("v{number}");
        policy.value.policy_document =
            row.versions.get(&number).map(|version| state.text(&version.document)).unwrap_or_default();
    }
    policy
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub fn insert(tx: &mut Writing<'_>, policy: Policy) -> Result<Stored<Policy>> {
    rules::same_tenant(policy.tenant_id, tx.tenant())?;
    let first = rules::policy(&policy)?;
    let update_date = rules::micros(policy.update_date);
    let versions: BTreeMap<i32, VersionRow> = first
        .map(|number| {
            (number, VersionRow { document: tx.state.put_document(&policy.policy_document), create_date: update_date })
        })
        .into_iter()
        .collect();
    let stored = Stored {
        id: Id::new(tx.id()),
        version: 1,
        enabled: true,
        person: Person::default(),
        updated_at: tx.now,
        value: Policy {
            default_version_id: String::new(),
            policy_document: String::new(),
            create_date: rules::micros(policy.create_date),
            update_date,
            tags: rules::new_tags(&policy.tags)?,
            providers: rules::known_providers(&policy.providers, tx.tenant()),
            tenant_id: Some(tx.tenant()),
            ..policy
        },
    };
    let row = PolicyRow { stored, default: first, next: first.unwrap_or(0).saturating_add(1), versions };
    tx.room_mut().policies.put(row.clone())?;
    Ok(policy_of(tx.state, tx.tenant(), &row))
}

pub fn find(tx: Reading<'_>, arn: &str) -> Option<Stored<Policy>> {
    tx.room().policies.identified("arn", arn).map(|row| policy_of(tx.state, tx.tenant(), row))
}

pub fn find_by_name(tx: Reading<'_>, name: &str) -> Option<Stored<Policy>> {
    tx.room().policies.find(name).map(|row| policy_of(tx.state, tx.tenant(), row))
}

pub fn update(tx: &mut Writing<'_>, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
    rules::same_tenant(policy.tenant_id, tx.tenant())?;
    rules::policy(policy)?;
    let (now, tenant, id) = (tx.now, tx.tenant(), policy.id.uuid());
    let policies = &mut tx.room_mut().policies;
    let mut row = policies.current(id, &policy.policy_name, policy.version, |row| row.stored.version)?.clone();
    row.stored.version += 1;
    row.stored.updated_at = now;
    row.stored.value = Policy {
        policy_name: policy.policy_name.clone(),
        arn: policy.arn.clone(),
        wami_arn: policy.wami_arn.clone(),
        path: policy.path.clone(),
        description: policy.description.clone(),
        providers: rules::known_providers(&policy.providers, tenant),
        ..row.stored.value
    };
    policies.put(row.clone())?;
    Ok(policy_of(tx.state, tenant, &row))
}

pub fn delete(tx: &mut Writing<'_>, arn: &str) -> Result<()> {
    let room = tx.room_mut();
    let row = room.policy(arn)?;
    let id = row.id();
    let used = entities(room, id, rules::MAX_BLOCKERS).into_iter().map(|entity| {
        let how = if entity.as_boundary { "boundary of" } else { "attached to" };
        (format!("{how} {}", entity.owner.kind.noun()), entity.owner.name)
    });
    let mut blockers: Vec<(String, String)> = used.collect();
    let others = row.versions.keys().filter(|number| Some(**number) != row.default);
    blockers.extend(others.map(|number| ("version".to_owned(), format!("v{number}"))));
    rules::refuse_blocked("policy", arn, blockers)?;
    room.policies.forget(id);
    Ok(())
}

pub fn list(tx: Reading<'_>, scope: PolicyScope, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Policy>>> {
    let mut conditions = listing::interpret(filter, listing::POLICIES)?;
    let operation = match scope {
        PolicyScope::All => "policies",
        PolicyScope::Aws => "policies of AWS",
        PolicyScope::Local => "policies of the tenant",
    };
    if scope != PolicyScope::All {
        conditions.push((true, Condition::AwsManaged(scope == PolicyScope::Aws)));
    }
    let asked = Asked::new(tx.tenant(), operation, filter, page)?;
    let room = tx.room();
    let order = room.policies.order(page.sort)?;
    let row = |id| room.policies.get(id).expect("an order holds ids of its table");
    let value = |id| policy_of(tx.state, tx.tenant(), row(id));
    if conditions.is_empty() {
        return asked.whole(order, value);
    }
    asked.matching(order, |id| matches(room, row(id), &conditions), value)
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
