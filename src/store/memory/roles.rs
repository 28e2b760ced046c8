//! Roles.

use super::handle::{Reading, Writing};
use super::list::{Asked, matches};
use super::rows::RoleRow;
use super::state::State;
use super::table::Entity;
use crate::iam::{OwnerKind, Person, Role, Stored};
use crate::store::{AmiError, Result, listing, rules};
use crate::tenant::TenantId;
use crate::wire::{Filter, Id, Page, PageRequest};

/// A role as it is read.
pub fn role_of(state: &State, tenant: TenantId, row: &RoleRow) -> Stored<Role> {
    let mut role = row.stored.clone();
    role.value.permissions_boundary = state.room(tenant).boundary_arn(row.boundary);
    role.value.assume_role_policy_document = state.text(&row.trust);
    role
}

pub fn insert(tx: &mut Writing<'_>, role: Role) -> Result<Stored<Role>> {
    rules::same_tenant(role.tenant_id, tx.tenant())?;
    rules::role(&role)?;
    let boundary = tx.room().boundary(role.permissions_boundary.as_deref())?;
    let trust = tx.state.put_document(&role.assume_role_policy_document);
    let stored = Stored {
        id: Id::new(tx.id()),
        version: 1,
        enabled: true,
        person: Person::default(),
        updated_at: tx.now,
        value: Role {
            create_date: rules::micros(role.create_date),
            assume_role_policy_document: String::new(),
            permissions_boundary: None,
            role_last_used: rules::last_used(&role.role_last_used),
            tags: rules::new_tags(&role.tags)?,
            providers: rules::known_providers(&role.providers, tx.tenant()),
            tenant_id: Some(tx.tenant()),
            ..role
        },
    };
    let row = RoleRow { stored, trust, boundary };
    let room = tx.room_mut();
    room.roles.put(row.clone())?;
    room.note_boundary((OwnerKind::Role, row.id()), None, boundary);
    Ok(role_of(tx.state, tx.tenant(), &row))
}

pub fn find(tx: Reading<'_>, name: &str) -> Option<Stored<Role>> {
    tx.room().roles.find(name).map(|row| role_of(tx.state, tx.tenant(), row))
}

pub fn update(tx: &mut Writing<'_>, role: &Stored<Role>) -> Result<Stored<Role>> {
    rules::same_tenant(role.tenant_id, tx.tenant())?;
    rules::role(role)?;
    let (now, tenant, id) = (tx.now, tx.tenant(), role.id.uuid());
    let trust = tx.state.put_document(&role.assume_role_policy_document);
    let room = tx.room_mut();
    let boundary = room.boundary(role.permissions_boundary.as_deref())?;
    let before = room.roles.current(id, &role.role_name, role.version, |row| row.stored.version)?.clone();
    let mut row = RoleRow { boundary, trust, ..before.clone() };
    row.stored.version += 1;
    row.stored.updated_at = now;
    row.stored.value = Role {
        role_name: role.role_name.clone(),
        arn: role.arn.clone(),
        wami_arn: role.wami_arn.clone(),
        path: role.path.clone(),
        description: role.description.clone(),
        max_session_duration: role.max_session_duration,
        role_last_used: rules::last_used(&role.role_last_used),
        instance_profiles: role.instance_profiles.clone(),
        providers: rules::known_providers(&role.providers, tenant),
        ..before.stored.value
    };
    room.roles.put(row.clone())?;
    room.note_boundary((OwnerKind::Role, id), before.boundary, boundary);
    Ok(role_of(tx.state, tenant, &row))
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    let room = tx.room_mut();
    let row = room.roles.named_or_absent(name)?.clone();
    if row.stored.is_service_linked() {
        return Err(AmiError::UnmodifiableEntity {
            resource: format!("role {name}"),
            reason: "A service-linked role is deleted by its service only.".into(),
        });
    }
    let owner = (OwnerKind::Role, row.id());
    let mut blockers = room.hanging(owner);
    blockers
        .extend(row.stored.instance_profiles.iter().map(|profile| ("instance profile".to_owned(), profile.clone())));
    rules::refuse_blocked("role", name, blockers)?;
    room.roles.forget(row.id());
    room.note_boundary(owner, row.boundary, None);
    Ok(())
}

pub fn list(tx: Reading<'_>, filter: &Filter, page: &PageRequest) -> Result<Page<Stored<Role>>> {
    let conditions = listing::interpret(filter, listing::ROLES)?;
    let asked = Asked::new(tx.tenant(), "roles", filter, page)?;
    let room = tx.room();
    let order = room.roles.order(page.sort)?;
    let row = |id| room.roles.get(id).expect("an order holds ids of its table");
    let value = |id| role_of(tx.state, tx.tenant(), row(id));
    if conditions.is_empty() {
        return asked.whole(order, value);
    }
    asked.matching(order, |id| matches(room, row(id), &conditions), value)
}
