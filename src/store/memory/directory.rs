//! The cross-tenant questions.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Set;
use super::backend::MemoryBackend;
use super::entity::Kept;
use super::room::OwnerKey;
use super::rows::{AssignmentRow, Principal};
use super::state::State;
use super::users::groups_of;
use crate::iam::{Group, OwnerKind, User};
use crate::sso_admin::{PrincipalKind, Reach};
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::sso_admin::MOST_ADMINISTRATORS;
use crate::store::traits::{
    AccessEntry, Administrator, AuthorityRow, AuthoritySource, Directory, GroupGrant, SignInEntry, TenantHit,
};
use crate::store::{ActorKey, Result};
use crate::tenant::{Tenant, TenantId, TenantPath, TenantRef};
use crate::wire::Id;

/// The most ways that “my access” lists.
const MAX_ACCESS: usize = 500;

/// An assignment and its target.
type Held<'a> = (TenantId, &'a AssignmentRow);

impl State {
    /// The user of a key.
    fn user(&self, actor: ActorKey) -> Option<&Kept<User>> {
        self.tree.get(actor.tenant_id)?;
        self.room(actor.tenant_id).users.get(actor.user_id.uuid())
    }

    /// The user of a key, if it is enabled.
    pub fn enabled_user(&self, actor: ActorKey) -> Option<&Kept<User>> {
        self.user(actor).filter(|row| row.stored.enabled)
    }

    /// The assignments of a principal, in whatever tenant.
    fn held_by(&self, principal: Principal) -> impl Iterator<Item = Held<'_>> {
        let keys = self.by_principal.get(&principal).into_iter().flat_map(Set::iter);
        keys.filter_map(|(tenant, id)| Some((*tenant, self.assignment(*tenant, *id)?)))
    }

    /// The unexpired assignments of a user, and those of its groups with the group's name.
    fn held_by_actor(&self, actor: ActorKey, now: DateTime<Utc>) -> Vec<(Option<String>, Held<'_>)> {
        let home = actor.tenant_id;
        if self.tree.get(home).is_none() {
            return vec![];
        }
        let own = Principal { tenant: home, kind: PrincipalKind::User, id: actor.user_id.uuid() };
        let mut all: Vec<_> = self.held_by(own).map(|held| (None, held)).collect();
        for group in groups_of(self.room(home), own.id) {
            let principal = Principal { tenant: home, kind: PrincipalKind::Group, id: group.id() };
            all.extend(self.held_by(principal).map(|held| (Some(group.name().to_owned()), held)));
        }
        all.retain(|(_, (_, row))| is_unexpired(row, now));
        all
    }

    /// Whether set and principal of an assignment still belong to `tenant` or to an ancestor: one that was moved away
    /// from them counts for nothing.
    fn is_within(&self, row: &AssignmentRow, tenant: TenantId) -> bool {
        self.is_above(row.principal.tenant, tenant) && self.is_above(row.set.0, tenant)
    }

    /// Whether an assignment made in `target` covers `tenant`.
    fn covers(&self, (target, row): Held<'_>, tenant: TenantId) -> bool {
        let reaches = target == tenant || row.reach == Reach::Subtree && self.is_above(target, tenant);
        reaches && self.is_within(row, tenant)
    }

    /// The unexpired assignments of a user (its own and its groups') that cover a tenant.
    pub fn covering(&self, actor: ActorKey, tenant: TenantId, now: DateTime<Utc>) -> Vec<Held<'_>> {
        let held = self.held_by_actor(actor, now).into_iter().map(|(_, held)| held);
        held.filter(|held| self.covers(*held, tenant)).collect()
    }

    /// Rows of the policies of an owner.
    fn rows_of(&self, tenant: TenantId, owner: OwnerKey, source: &AuthoritySource) -> Vec<AuthorityRow> {
        let policies = self.owner_policies(tenant, owner).into_iter();
        policies.map(|(policy, document)| AuthorityRow { source: source.clone(), policy, document }).collect()
    }

    /// The row of a boundary.
    fn boundary_row(
        &self,
        tenant: TenantId,
        policy: Option<uuid::Uuid>,
        source: AuthoritySource,
    ) -> Option<AuthorityRow> {
        let row = self.room(tenant).policies.get(policy?)?;
        Some(AuthorityRow { source, policy: row.name().to_owned(), document: row.beside.document() })
    }

    fn authority(&self, actor: ActorKey, tenant: &Tenant, now: DateTime<Utc>) -> Vec<AuthorityRow> {
        let mut rows = Vec::new();
        for above in self.tree.lineage(tenant) {
            let source = AuthoritySource::Guardrail { depth: above.path.depth() };
            if above.allow_all_guardrail {
                rows.push(AuthorityRow { source: source.clone(), policy: "AllowAll".into(), document: None });
            }
            let guardrails = self.room(above.id).guardrails.values();
            rows.extend(guardrails.map(|row| AuthorityRow {
                source: source.clone(),
                policy: row.name.clone(),
                document: Some(row.document),
            }));
        }
        if actor.tenant_id == tenant.id
            && let Some(user) = self.user(actor)
        {
            rows.extend(self.rows_of(tenant.id, (OwnerKind::User, user.id()), &AuthoritySource::Own));
            rows.extend(self.boundary_row(tenant.id, user.boundary, AuthoritySource::OwnBoundary));
            for group in groups_of(self.room(tenant.id), user.id()) {
                let source = AuthoritySource::Group { group: group.name().to_owned() };
                rows.extend(self.rows_of(tenant.id, (OwnerKind::Group, group.id()), &source));
            }
        }
        for (_, row) in self.covering(actor, tenant.id, now) {
            rows.extend(self.authority_of_set(row));
        }
        rows
    }

    /// What an assignment gives.
    fn authority_of_set(&self, row: &AssignmentRow) -> Vec<AuthorityRow> {
        let (owner, id) = row.set;
        let Some(set) = self.room(owner).sets.get(id) else { return vec![] };
        let source = AuthoritySource::Set {
            assignment: row.id,
            set: set.name().to_owned(),
            reach: row.reach,
            expires_at: row.expires_at,
            requires_elevation: set.stored.requires_elevation,
            session_seconds: set.stored.session_seconds,
        };
        let mut rows = self.rows_of(owner, (OwnerKind::PermissionSet, id), &source);
        if rows.is_empty() {
            rows.push(AuthorityRow { source, policy: String::new(), document: None });
        }
        rows.extend(self.boundary_row(owner, set.boundary, AuthoritySource::SetBoundary { assignment: row.id }));
        rows
    }

    /// Every way an actor has into tenants.
    fn my_access(&self, actor: ActorKey, now: DateTime<Utc>) -> Vec<AccessEntry> {
        let Some(home) = self.tree.get(actor.tenant_id) else { return vec![] };
        let tenant = self.tree.reference(home);
        let mut all = vec![AccessEntry { tenant, set: None, group: None, reach: Reach::Tenant, expires_at: None }];
        for (group, (target, row)) in self.held_by_actor(actor, now) {
            let tenant = self.tree.get(target).filter(|_| self.is_within(row, target));
            let set = self.room(row.set.0).sets.get(row.set.1);
            if let Some((tenant, set)) = tenant.zip(set) {
                all.push(AccessEntry {
                    tenant: self.tree.reference(tenant),
                    set: Some(set.name().to_owned()),
                    group,
                    reach: row.reach,
                    expires_at: row.expires_at,
                });
            }
        }
        all.sort_by_cached_key(|entry| (entry.tenant.path.clone(), entry.set.clone(), entry.group.clone()));
        all
    }

    /// How many users hold the built-in set `Administrator` on a tenant and could sign in.
    pub fn count_administrators(&self, tenant: TenantId, now: DateTime<Utc>) -> u64 {
        self.holders(tenant, |row| is_unexpired(row, now)).len() as u64
    }

    /// Those of them who are it for good, with all that bears on them.
    pub fn administrators(&self, tenant: TenantId, after: Option<Id<User>>, now: DateTime<Utc>) -> Vec<Administrator> {
        let Some(own) = self.tree.get(tenant) else { return vec![] };
        let mut holders = self.holders(tenant, |row| row.expires_at.is_none());
        holders.sort_by_key(|(_, user)| *user);
        let next = holders.into_iter().filter(|(_, user)| after.is_none_or(|after| *user > after.uuid()));
        let administrator = |(home, user)| {
            let entry = self.entry_of(self.tree.get(home)?, self.room(home).users.get(user)?);
            let key = ActorKey { tenant_id: home, user_id: Id::new(user) };
            Some(Administrator { entry, rows: self.authority(key, own, now) })
        };
        next.take(MOST_ADMINISTRATORS).filter_map(administrator).collect()
    }

    /// The users who hold the built-in set `Administrator` on a tenant by assignments that count, and could sign in.
    fn holders(&self, tenant: TenantId, counts: impl Fn(&AssignmentRow) -> bool) -> Vec<(TenantId, uuid::Uuid)> {
        let Some(own) = self.tree.get(tenant) else { return vec![] };
        let mut holders = BTreeSet::new();
        for above in self.tree.lineage(own) {
            for set in self.room(above.id).sets.find("Administrator").into_iter() {
                if !set.stored.is_builtin || set.name() != "Administrator" {
                    continue;
                }
                let keys = self.by_set.get(&(above.id, set.id())).into_iter().flat_map(Set::iter);
                for (target, row) in keys.filter_map(|(target, id)| Some((*target, self.assignment(*target, *id)?))) {
                    if counts(row) && self.covers((target, row), tenant) {
                        holders.extend(self.users_of(row.principal));
                    }
                }
            }
        }
        let can_sign_in = |(home, user): &(TenantId, uuid::Uuid)| {
            let row = self.room(*home).users.get(*user);
            row.is_some_and(|row| row.stored.enabled && row.beside.is_some())
        };
        holders.into_iter().filter(can_sign_in).collect()
    }

    /// The user that a principal is, or the members of the group.
    fn users_of(&self, principal: Principal) -> Vec<(TenantId, uuid::Uuid)> {
        let home = principal.tenant;
        match principal.kind {
            PrincipalKind::User => vec![(home, principal.id)],
            PrincipalKind::Group => {
                let members = self.room(home).members.get(&principal.id).into_iter().flat_map(Set::iter);
                members.map(|(_, user)| (home, *user)).collect()
            }
        }
    }

    fn entry_of(&self, tenant: &Tenant, row: &Kept<User>) -> SignInEntry {
        SignInEntry {
            tenant: self.tree.reference(tenant),
            user_id: row.stored.id,
            user_name: row.name().to_owned(),
            enabled: row.stored.enabled,
        }
    }
}

fn is_unexpired(row: &AssignmentRow, now: DateTime<Utc>) -> bool {
    row.expires_at.is_none_or(|end| end > now)
}

#[async_trait]
impl Directory for MemoryBackend {
    async fn resolve(&self, path: &TenantPath) -> Result<Option<TenantRef>> {
        let state = self.present();
        Ok(state.tree.resolve(path).map(|tenant| state.tree.reference(tenant)))
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<TenantRef>> {
        let state = self.present();
        Ok(state.tree.get(id).map(|tenant| state.tree.reference(tenant)))
    }

    async fn sign_in_entry(&self, path: &TenantPath, user_name: &str) -> Result<Option<SignInEntry>> {
        let state = self.present();
        let entry = state.tree.resolve(path).and_then(|tenant| {
            let row = state.room(tenant.id).users.find(user_name)?;
            Some(state.entry_of(tenant, row))
        });
        Ok(entry)
    }

    async fn user_entry(&self, actor: ActorKey) -> Result<Option<SignInEntry>> {
        let state = self.present();
        let found = state.tree.get(actor.tenant_id).zip(state.user(actor));
        Ok(found.map(|(tenant, row)| state.entry_of(tenant, row)))
    }

    async fn authority(&self, actor: ActorKey, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<AuthorityRow>> {
        let state = self.present();
        Ok(state.tree.get(tenant).map(|tenant| state.authority(actor, tenant, now)).unwrap_or_default())
    }

    async fn group_grants(&self, tenant: TenantId, group: Id<Group>, now: DateTime<Utc>) -> Result<Vec<GroupGrant>> {
        let state = self.present();
        let principal = Principal { tenant, kind: PrincipalKind::Group, id: group.uuid() };
        let mut grants = Vec::new();
        for (target, row) in state.held_by(principal).filter(|(_, row)| is_unexpired(row, now)) {
            let Some(target) = state.tree.get(target) else { continue };
            grants.extend(state.set_policies(row.set).into_iter().map(|(policy, document)| GroupGrant {
                tenant: state.tree.reference(target),
                reach: row.reach,
                policy,
                document,
            }));
        }
        Ok(grants)
    }

    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>> {
        let state = self.present();
        Ok(hashes.iter().map(|hash| state.document(hash)).collect())
    }

    async fn my_access(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<AccessEntry>> {
        let mut all = self.present().my_access(actor, now);
        all.truncate(MAX_ACCESS);
        Ok(all)
    }

    async fn search_tenants(
        &self,
        actor: ActorKey,
        text: &str,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantHit>> {
        let state = self.present();
        let text = text.to_lowercase();
        let ways = state.my_access(actor, now);
        let is_open = |tenant: &Tenant| {
            ways.iter().any(|way| match way.reach {
                Reach::Tenant => way.tenant.id == tenant.id,
                Reach::Subtree => way.tenant.path.covers(&tenant.path),
            })
        };
        let holds = |tenant: &Tenant| format!("{} {}", tenant.path, tenant.display_name).to_lowercase().contains(&text);
        let hits = state.tree.all().filter(|tenant| holds(tenant) && is_open(tenant)).take(limit as usize);
        Ok(hits
            .map(|tenant| TenantHit { path: tenant.path.clone(), display_name: tenant.display_name.clone() })
            .collect())
    }

    async fn count_administrators(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64> {
        Ok(self.present().count_administrators(tenant, now))
    }
}
