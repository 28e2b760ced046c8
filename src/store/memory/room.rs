//! What one tenant holds.

use uuid::Uuid;

use super::entity::Kept;
use super::rows::{AssignmentRow, GuardrailRow, Principal, SetKey};
use super::table::{Order, Table};
use super::{Map, Set};
use crate::iam::{Group, Owner, OwnerKind, Policy, Role, User};
use crate::sso_admin::PermissionSet;
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::{BinItem, ImportMark};
use crate::store::{AmiError, Result};

/// An owner of policies, by its keys.
pub type OwnerKey = (OwnerKind, Uuid);

/// Everything of one tenant but its events.
#[derive(Clone, Default)]
pub struct Room {
    /// Users.
    pub users: Table<User>,
    /// Groups.
    pub groups: Table<Group>,
    /// Roles.
    pub roles: Table<Role>,
    /// Managed policies.
    pub policies: Table<Policy>,
    /// Permission sets.
    pub sets: Table<PermissionSet>,
    /// The members of each group, by name.
    pub members: Map<Uuid, Order>,
    /// The groups of each user.
    pub memberships: Map<Uuid, Set<Uuid>>,
    /// The managed policies attached to each owner.
    pub attached: Map<OwnerKey, Set<Uuid>>,
    /// The owners that each managed policy is attached to.
    pub attached_to: Map<Uuid, Set<OwnerKey>>,
    /// The owners that each managed policy bounds.
    pub bounded: Map<Uuid, Set<OwnerKey>>,
    /// The inline policies of each owner, by name.
    pub inline: Map<OwnerKey, Map<String, DocumentHash>>,
    /// Assignments to this tenant.
    pub assignments: Map<Uuid, AssignmentRow>,
    /// Assignments by age.
    pub assignments_by_created: Order,
    /// Who has which set here.
    pub assigned: Map<(Principal, SetKey), Uuid>,
    /// Guardrails by name in lower case.
    pub guardrails: Map<String, GuardrailRow>,
    /// What imports have brought, by native name.
    pub import_marks: Map<String, ImportMark>,
    /// Provider and account of where imported entities come from.
    pub provider_accounts: Set<(String, String)>,
    /// The bin.
    pub bin: Map<Uuid, BinItem>,
    /// The bin by time of deletion.
    pub bin_by_deleted: Order,
}

impl Room {
    /// The internal id of an owner, or not found.
    pub fn owner(&self, owner: &Owner) -> Result<OwnerKey> {
        let id = match owner.kind {
            OwnerKind::User => self.users.find(&owner.name).map(Kept::id),
            OwnerKind::Group => self.groups.find(&owner.name).map(Kept::id),
            OwnerKind::Role => self.roles.find(&owner.name).map(Kept::id),
            OwnerKind::PermissionSet => self.sets.find(&owner.name).map(Kept::id),
        };
        let id = id.ok_or_else(|| AmiError::not_found(owner.kind.noun(), &owner.name))?;
        Ok((owner.kind, id))
    }

    /// The name of an owner.
    pub fn owner_name(&self, (kind, id): OwnerKey) -> &str {
        let name = match kind {
            OwnerKind::User => self.users.get(id).map(Kept::name),
            OwnerKind::Group => self.groups.get(id).map(Kept::name),
            OwnerKind::Role => self.roles.get(id).map(Kept::name),
            OwnerKind::PermissionSet => self.sets.get(id).map(Kept::name),
        };
        name.unwrap_or_default()
    }

    /// The policy of an ARN, or not found.
    pub fn policy(&self, arn: &str) -> Result<&Kept<Policy>> {
        self.policies.identified("arn", arn).ok_or_else(|| AmiError::not_found("policy", arn))
    }

    /// The internal id of the policy that is a boundary.
    pub fn boundary(&self, arn: Option<&str>) -> Result<Option<Uuid>> {
        arn.map(|arn| self.policy(arn).map(Kept::id)).transpose()
    }

    /// The ARN of the policy that is a boundary.
    pub fn boundary_arn(&self, policy: Option<Uuid>) -> Option<String> {
        policy.and_then(|id| self.policies.get(id)).map(|row| row.stored.arn.clone())
    }

    /// Notes that the boundary of an owner is another one now.
    pub fn note_boundary(&mut self, owner: OwnerKey, before: Option<Uuid>, now: Option<Uuid>) {
        if let Some(policy) = before {
            unlink(&mut self.bounded, policy, owner);
        }
        if let Some(policy) = now {
            link(&mut self.bounded, policy, owner);
        }
    }

    /// The managed policies attached to an owner, by name and ARN.
    pub fn attached_policies(&self, owner: OwnerKey) -> Vec<&Kept<Policy>> {
        let ids = self.attached.get(&owner).into_iter().flat_map(Set::iter);
        let mut rows: Vec<&Kept<Policy>> = ids.filter_map(|id| self.policies.get(*id)).collect();
        rows.sort_by_cached_key(|row| (row.name().to_ascii_lowercase(), row.stored.arn.clone()));
        rows
    }

    /// The inline policies of an owner, by name.
    pub fn inline_policies(&self, owner: OwnerKey) -> impl Iterator<Item = (&String, &DocumentHash)> {
        self.inline.get(&owner).into_iter().flat_map(Map::iter)
    }

    /// The names of what hangs on an owner, as blockers of its deletion.
    pub fn hanging(&self, owner: OwnerKey) -> Vec<(String, String)> {
        let attached = self.attached_policies(owner).into_iter().map(|row| ("attached policy", row.name()));
        let inline = self.inline_policies(owner).map(|(name, _)| ("inline policy", name.as_str()));
        attached.chain(inline).map(|(kind, name)| (kind.to_owned(), name.to_owned())).collect()
    }
}

/// Adds to a set that is kept under a key.
pub fn link<K: Ord + Clone, V: Ord + Clone>(map: &mut Map<K, Set<V>>, key: K, value: V) {
    if let Some(set) = map.get_mut(&key) {
        set.insert_mut(value);
    } else {
        map.insert_mut(key, std::iter::once(value).collect());
    }
}

/// Removes from a set that is kept under a key; an empty set is not kept. Gives whether it was there.
pub fn unlink<K: Ord + Clone, V: Ord + Clone>(map: &mut Map<K, Set<V>>, key: K, value: V) -> bool {
    let Some(set) = map.get_mut(&key) else { return false };
    let was_there = set.remove_mut(&value);
    if set.is_empty() {
        map.remove_mut(&key);
    }
    was_there
}
