//! Roles.

use chrono::{DateTime, Utc};

use super::entity::{self, Kept, Kind};
use super::handle::Writing;
use super::list::search_text;
use super::room::Room;
use super::state::State;
use super::table::Table;
use crate::iam::{OwnerKind, Person, Role, Stored};
use crate::store::entity::Entity;
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result, rules};
use crate::wire::page::Sort;

impl Kind for Role {
    const SORTS: &'static [Sort] = &[Sort::Name, Sort::Created, Sort::LastUsed];
    const NAME: &'static str = "role_name";
    const OWNER: Option<OwnerKind> = Some(OwnerKind::Role);
    /// Who may assume it.
    type Beside = DocumentHash;

    fn table(room: &Room) -> &Table<Self> {
        &room.roles
    }
    fn table_mut(room: &mut Room) -> &mut Table<Self> {
        &mut room.roles
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        vec![("arn", &self.arn), ("wami_arn", &self.wami_arn), ("role_id", &self.role_id)]
    }
    fn used(&self) -> Option<DateTime<Utc>> {
        self.role_last_used.as_ref().map(|used| used.last_used_date)
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn text(stored: &Stored<Self>) -> String {
        search_text([Some(stored.name()), stored.description.as_deref()])
    }
    fn complete(&mut self, kept: &Kept<Self>, state: &State, _room: &Room) {
        self.assume_role_policy_document = state.text(&kept.beside);
    }
}

/// Takes the trust policy out of a role that is to be kept.
pub fn take_trust(state: &mut State, role: &mut Role) -> DocumentHash {
    state.put_document(&std::mem::take(&mut role.assume_role_policy_document))
}

pub fn insert(tx: &mut Writing<'_>, role: Role) -> Result<Stored<Role>> {
    let mut stored = entity::admit(tx, role, Person::default())?;
    let trust = take_trust(tx.state, &mut stored.value);
    entity::put(tx, None, stored, trust)
}

pub fn update(tx: &mut Writing<'_>, role: &Stored<Role>) -> Result<Stored<Role>> {
    let trust = tx.state.put_document(&role.assume_role_policy_document);
    entity::update(tx, role, |kept| {
        kept.beside = trust;
        kept.stored.value = Role {
            role_name: role.role_name.clone(),
            arn: role.arn.clone(),
            wami_arn: role.wami_arn.clone(),
            path: role.path.clone(),
            description: role.description.clone(),
            max_session_duration: role.max_session_duration,
            role_last_used: rules::last_used(&role.role_last_used),
            instance_profiles: role.instance_profiles.clone(),
            ..kept.stored.value.clone()
        };
    })
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
    let mut blockers = room.hanging((OwnerKind::Role, row.id()));
    blockers
        .extend(row.stored.instance_profiles.iter().map(|profile| ("instance profile".to_owned(), profile.clone())));
    rules::refuse_blocked(Role::NOUN, name, blockers)?;
    entity::forget(room, &row);
    Ok(())
}
