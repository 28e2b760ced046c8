//! Assignments: who may act in the tenant, as what.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::entity::Kept;
use super::handle::{Reading, Writing};
use super::list::{Asked, Row, matches};
use super::rows::{AssignmentRow, Principal};
use super::state::State;
use crate::sso_admin::{AccountAssignment, PrincipalKind, PrincipalRef};
use crate::store::traits::NewAssignment;
use crate::store::{AmiError, Result, listing, rules};
use crate::tenant::{TenantId, TenantPath};
use crate::wire::page::Sort;
use crate::wire::{Filter, Id, Page, PageRequest};

impl State {
    /// The name of a principal; empty when it is gone.
    pub fn principal_name(&self, principal: Principal) -> String {
        let name = self.tree.get(principal.tenant).and_then(|tenant| {
            let room = self.room(tenant.id);
            match principal.kind {
                PrincipalKind::User => room.users.get(principal.id).map(Kept::name),
                PrincipalKind::Group => room.groups.get(principal.id).map(Kept::name),
            }
        });
        name.unwrap_or_default().to_owned()
    }

    /// Whether `above` is the tenant itself or an ancestor.
    pub fn is_above(&self, above: TenantId, tenant: TenantId) -> bool {
        let (above, tenant) = (self.tree.get(above), self.tree.get(tenant));
        above.zip(tenant).is_some_and(|(above, tenant)| above.path.covers(&tenant.path))
    }
}

/// An assignment as it is read.
fn assignment_of(state: &State, tenant: TenantId, row: &AssignmentRow) -> AccountAssignment {
    let Principal { tenant: home, kind, id } = row.principal;
    AccountAssignment {
        id: Id::new(row.id),
        tenant_id: tenant,
        permission_set: state.set_ref(row.set).expect("an assigned set is not deleted"),
        principal: PrincipalRef {
            kind,
            tenant_id: home,
            tenant_path: state.tree.get(home).expect("a principal's tenant is not deleted").path.clone(),
            id,
            name: state.principal_name(row.principal),
        },
        reach: row.reach,
        expires_at: row.expires_at,
        created_date: row.created,
        created_by: row.created_by,
    }
}

impl Row for AccountAssignment {
    fn text(&self) -> String {
        format!("{}\n{}", self.principal.name, self.permission_set.name).to_lowercase()
    }
    fn created(&self) -> DateTime<Utc> {
        self.created_date
    }
    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "set_name" => Some(self.permission_set.name.to_lowercase().into()),
            "principal_name" => Some(self.principal.name.to_lowercase().into()),
            "kind" => Some(self.principal.kind.as_str().into()),
            "reach" => Some(self.reach.as_str().into()),
            _ => None,
        }
    }
}

pub fn find_principal(tx: Reading<'_>, path: &TenantPath, kind: PrincipalKind, name: &str) -> Option<PrincipalRef> {
    let tenant = tx.state.tree.at(path).filter(|tenant| tx.state.is_above(tenant.id, tx.tenant()))?;
    let room = tx.state.room(tenant.id);
    let (id, name) = match kind {
        PrincipalKind::User => room.users.find(name).map(|row| (row.id(), row.name())),
        PrincipalKind::Group => room.groups.find(name).map(|row| (row.id(), row.name())),
    }?;
    Some(PrincipalRef { kind, tenant_id: tenant.id, tenant_path: path.clone(), id, name: name.to_owned() })
}

pub fn create(tx: &mut Writing<'_>, new: &NewAssignment) -> Result<AccountAssignment> {
    let (state, tenant) = (&*tx.state, tx.tenant());
    let set = (new.set_tenant_id, new.set_id.uuid());
    if !state.is_above(set.0, tenant) || state.set_ref(set).is_none() {
        return Err(AmiError::not_found("permission set", &new.set_id.to_string()));
    }
    let principal = Principal { tenant: new.principal_tenant_id, kind: new.principal_kind, id: new.principal_id };
    if !state.is_above(principal.tenant, tenant) || state.principal_name(principal).is_empty() {
        return Err(AmiError::not_found(principal.kind.as_str(), &principal.id.to_string()));
    }
    let row = AssignmentRow {
        id: tx.id(),
        set,
        principal,
        reach: new.reach,
        expires_at: new.expires_at.map(rules::micros),
        created: tx.now,
        created_by: new.created_by,
    };
    tx.state.add_assignment(tenant, row)?;
    Ok(assignment_of(tx.state, tenant, &row))
}

pub fn get(tx: Reading<'_>, id: Id<AccountAssignment>) -> Option<AccountAssignment> {
    tx.state.assignment(tx.tenant(), id.uuid()).map(|row| assignment_of(tx.state, tx.tenant(), row))
}

pub fn delete(tx: &mut Writing<'_>, id: Id<AccountAssignment>) -> Result<()> {
    if tx.state.remove_assignment(tx.tenant(), id.uuid()) {
        return Ok(());
    }
    Err(AmiError::not_found("assignment", &id.to_string()))
}

/// Newest first, whatever order is asked for.
pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<AccountAssignment>> {
    let conditions = listing::interpret(filter, listing::ASSIGNMENTS)?;
    let page = PageRequest { sort: Sort::Created, descending: true, ..page.clone() };
    let asked = Asked::new(tx.tenant(), "assignments", filter, &page)?;
    let room = tx.room();
    let value =
        |id| assignment_of(tx.state, tx.tenant(), room.assignments.get(&id).expect("an order holds ids of its table"));
    if conditions.is_empty() {
        return asked.whole(&room.assignments_by_created, value);
    }
    asked.matching(&room.assignments_by_created, |id| matches(room, &value(id), &conditions), value)
}
