//! What is kept of each kind of thing.
//!
//! Values are kept as they are read, but for what belongs to another thing and may change with it: boundaries are kept
//! as ids of policies, documents by content address.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::list::{Row, search_text};
use super::room::Room;
use super::table::Entity;
use crate::iam::{Group, Policy, Role, Stored, Tag, User};
use crate::sso_admin::{PermissionSet, PrincipalKind, Reach};
use crate::store::listing::Condition;
use crate::store::traits::directory::DocumentHash;
use crate::tenant::TenantId;
use crate::wire::page::Sort;
use crate::wire::{Id, Secret};

/// A user; its boundary is kept apart, since a policy's ARN may change.
#[derive(Clone)]
pub struct UserRow {
    /// The user.
    pub stored: Stored<User>,
    /// The policy that bounds it.
    pub boundary: Option<Uuid>,
    /// Its password.
    pub login: Option<Login>,
}

/// A password.
#[derive(Clone)]
pub struct Login {
    /// The hash.
    pub password_hash: Secret<String>,
    /// Another must be set.
    pub password_reset_required: bool,
    /// When it was made.
    pub create_date: DateTime<Utc>,
    /// When it was changed.
    pub changed_at: DateTime<Utc>,
}

/// A group.
#[derive(Clone)]
pub struct GroupRow {
    /// The group.
    pub stored: Stored<Group>,
}

/// A role; its trust policy and boundary are kept apart.
#[derive(Clone)]
pub struct RoleRow {
    /// The role.
    pub stored: Stored<Role>,
    /// Who may assume it.
    pub trust: DocumentHash,
    /// The policy that bounds it.
    pub boundary: Option<Uuid>,
}

/// A managed policy; its documents are in its versions.
#[derive(Clone)]
pub struct PolicyRow {
    /// The policy.
    pub stored: Stored<Policy>,
    /// The version in force; `None` while the document is unknown.
    pub default: Option<i32>,
    /// The number of the next version.
    pub next: i32,
    /// At most 5.
    pub versions: BTreeMap<i32, VersionRow>,
}

/// A version of a policy.
#[derive(Clone, Copy)]
pub struct VersionRow {
    /// Its document.
    pub document: DocumentHash,
    /// When it was saved.
    pub create_date: DateTime<Utc>,
}

/// A permission set; its boundary is kept apart.
#[derive(Clone)]
pub struct SetRow {
    /// The set.
    pub stored: Stored<PermissionSet>,
    /// The policy that bounds it.
    pub boundary: Option<Uuid>,
}

/// A permission set of any tenant.
pub type SetKey = (TenantId, Uuid);

/// A user or group of any tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    /// Where it lives.
    pub tenant: TenantId,
    /// User or group.
    pub kind: PrincipalKind,
    /// Its internal id.
    pub id: Uuid,
}

/// An assignment.
#[derive(Clone, Copy)]
pub struct AssignmentRow {
    /// The internal id.
    pub id: Uuid,
    /// As what.
    pub set: SetKey,
    /// Who.
    pub principal: Principal,
    /// Here, or here and below.
    pub reach: Reach,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<Id<User>>,
}

/// A guardrail.
#[derive(Clone)]
pub struct GuardrailRow {
    /// Its name.
    pub name: String,
    /// Its document.
    pub document: DocumentHash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

const BY_NAME_OR_AGE: &[Sort] = &[Sort::Name, Sort::Created];
const BY_USE_TOO: &[Sort] = &[Sort::Name, Sort::Created, Sort::LastUsed];

impl Entity for UserRow {
    const KIND: &'static str = "user";
    const SORTS: &'static [Sort] = BY_USE_TOO;

    fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }
    fn set_id(&mut self, id: Uuid) {
        self.stored.id = Id::new(id);
    }
    fn name(&self) -> &str {
        &self.stored.user_name
    }
    fn name_field(&self) -> Option<&'static str> {
        Some("user_name")
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let user = &self.stored.value;
        vec![("arn", &user.arn), ("wami_arn", &user.wami_arn), ("user_id", &user.user_id)]
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn used(&self) -> Option<DateTime<Utc>> {
        self.stored.password_last_used
    }
}

impl Row for UserRow {
    fn text(&self) -> String {
        let person = &self.stored.person;
        search_text([Some(self.name()), person.display_name.as_deref(), person.email.as_deref()])
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn path(&self) -> &str {
        &self.stored.path
    }
    fn tags(&self) -> &[Tag] {
        &self.stored.tags
    }
    fn is(&self, room: &Room, condition: &Condition) -> bool {
        match condition {
            Condition::Enabled(enabled) => self.stored.enabled == *enabled,
            Condition::InGroup(name) => room.groups.find(name).is_some_and(|group| {
                room.memberships.get(&self.id()).is_some_and(|groups| groups.contains(&group.id()))
            }),
            _ => false,
        }
    }
}

impl Entity for GroupRow {
    const KIND: &'static str = "group";
    const SORTS: &'static [Sort] = BY_NAME_OR_AGE;

    fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }
    fn set_id(&mut self, id: Uuid) {
        self.stored.id = Id::new(id);
    }
    fn name(&self) -> &str {
        &self.stored.group_name
    }
    fn name_field(&self) -> Option<&'static str> {
        Some("group_name")
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let group = &self.stored.value;
        vec![("arn", &group.arn), ("wami_arn", &group.wami_arn), ("group_id", &group.group_id)]
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
}

impl Row for GroupRow {
    fn text(&self) -> String {
        search_text([Some(self.name())])
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn path(&self) -> &str {
        &self.stored.path
    }
    fn tags(&self) -> &[Tag] {
        &self.stored.tags
    }
}

impl Entity for RoleRow {
    const KIND: &'static str = "role";
    const SORTS: &'static [Sort] = BY_USE_TOO;

    fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }
    fn set_id(&mut self, id: Uuid) {
        self.stored.id = Id::new(id);
    }
    fn name(&self) -> &str {
        &self.stored.role_name
    }
    fn name_field(&self) -> Option<&'static str> {
        Some("role_name")
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let role = &self.stored.value;
        vec![("arn", &role.arn), ("wami_arn", &role.wami_arn), ("role_id", &role.role_id)]
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn used(&self) -> Option<DateTime<Utc>> {
        self.stored.role_last_used.as_ref().map(|used| used.last_used_date)
    }
}

impl Row for RoleRow {
    fn text(&self) -> String {
        search_text([Some(self.name()), self.stored.description.as_deref()])
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn path(&self) -> &str {
        &self.stored.path
    }
    fn tags(&self) -> &[Tag] {
        &self.stored.tags
    }
}

impl Entity for PolicyRow {
    const KIND: &'static str = "policy";
    const SORTS: &'static [Sort] = BY_NAME_OR_AGE;

    fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }
    fn set_id(&mut self, id: Uuid) {
        self.stored.id = Id::new(id);
    }
    fn name(&self) -> &str {
        &self.stored.policy_name
    }
    fn name_field(&self) -> Option<&'static str> {
        // A policy of AWS's may share its name with one of the tenant's own.
        (!self.stored.is_aws_managed()).then_some("policy_name")
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let policy = &self.stored.value;
        let mut all: Vec<(&'static str, &str)> = vec![("arn", &policy.arn), ("policy_id", &policy.policy_id)];
        if !policy.is_aws_managed() {
            all.push(("wami_arn", &policy.wami_arn));
        }
        all
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
}

impl Row for PolicyRow {
    fn text(&self) -> String {
        search_text([Some(self.name()), self.stored.description.as_deref()])
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.create_date
    }
    fn path(&self) -> &str {
        &self.stored.path
    }
    fn tags(&self) -> &[Tag] {
        &self.stored.tags
    }
    fn is(&self, room: &Room, condition: &Condition) -> bool {
        match condition {
            Condition::Attached(attached) => room.attached_to.contains_key(&self.id()) == *attached,
            Condition::AwsManaged(aws) => self.stored.is_aws_managed() == *aws,
            _ => false,
        }
    }
}

impl Entity for SetRow {
    const KIND: &'static str = "permission set";
    const SORTS: &'static [Sort] = BY_NAME_OR_AGE;

    fn id(&self) -> Uuid {
        self.stored.id.uuid()
    }
    fn set_id(&mut self, id: Uuid) {
        self.stored.id = Id::new(id);
    }
    fn name(&self) -> &str {
        &self.stored.name
    }
    fn name_field(&self) -> Option<&'static str> {
        Some("name")
    }
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        vec![("permission_set_arn", &self.stored.permission_set_arn)]
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.created_date
    }
}

impl Row for SetRow {
    fn text(&self) -> String {
        search_text([Some(self.name()), self.stored.description.as_deref()])
    }
    fn created(&self) -> DateTime<Utc> {
        self.stored.created_date
    }
    fn tags(&self) -> &[Tag] {
        &self.stored.tags
    }
}

impl PolicyRow {
    /// The document in force; `None` while it is unknown.
    pub fn document(&self) -> Option<DocumentHash> {
        self.versions.get(&self.default?).map(|version| version.document)
    }
}
