//! Values with boring defaults: a case says only what matters to it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::audit::{Event, EventActor, EventTarget, Outcome};
use crate::iam::{Group, InlinePolicy, LoginProfile, Policy, ProviderConfig, Role, User};
use crate::sso_admin::{PermissionSet, PrincipalKind, Reach};
use crate::store::ActorKey;
use crate::store::traits::{BinItem, BinRelations, NewAssignment};
use crate::tenant::{Guardrail, TenantPath, TenantRef};
use crate::wire::{Id, Secret};

/// The account in everybody's native names.
pub const ACCOUNT: &str = "111122223333";

/// A document that allows everything.
pub const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Noon of a day: 1 is 1 January 2026.
pub fn day(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_268_800, 0).expect("1 January 2026, noon") + TimeDelta::days(number - 1)
}

/// The native name of something of the account.
pub fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn wami_arn(kind: &str, name: &str) -> String {
    format!("arn:wami:iam::{ACCOUNT}:{kind}/{name}")
}

/// A user with nothing special.
pub fn a_user(name: &str) -> User {
    User {
        user_name: name.into(),
        user_id: format!("AIDA{name}"),
        arn: arn("user", name),
        path: "/".into(),
        create_date: day(1),
        password_last_used: None,
        permissions_boundary: None,
        tags: vec![],
        wami_arn: wami_arn("user", name),
        providers: vec![],
        tenant_id: None,
    }
}

/// A group.
pub fn a_group(name: &str) -> Group {
    Group {
        group_name: name.into(),
        group_id: format!("AGPA{name}"),
        arn: arn("group", name),
        path: "/".into(),
        create_date: day(1),
        tags: vec![],
        wami_arn: wami_arn("group", name),
        providers: vec![],
        tenant_id: None,
    }
}

/// A role that nobody may assume.
pub fn a_role(name: &str) -> Role {
    Role {
        role_name: name.into(),
        role_id: format!("AROA{name}"),
        arn: arn("role", name),
        path: "/".into(),
        create_date: day(1),
        assume_role_policy_document: r#"{"Version":"2012-10-17","Statement":[]}"#.into(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        role_last_used: None,
        instance_profiles: vec![],
        tags: vec![],
        wami_arn: wami_arn("role", name),
        providers: vec![],
        tenant_id: None,
    }
}

/// A managed policy of the tenant's own; its document names it.
pub fn a_policy(name: &str) -> Policy {
    Policy {
        policy_name: name.into(),
        policy_id: format!("ANPA{name}"),
        arn: arn("policy", name),
        path: "/".into(),
        default_version_id: "v1".into(),
        policy_document: document_of(name),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        description: None,
        create_date: day(1),
        update_date: day(1),
        tags: vec![],
        wami_arn: wami_arn("policy", name),
        providers: vec![],
        tenant_id: None,
    }
}

/// A policy that AWS keeps.
pub fn an_aws_policy(name: &str) -> Policy {
    Policy {
        policy_id: format!("ANPA-AWS-{name}"),
        arn: format!("arn:aws:iam::aws:policy/{name}"),
        wami_arn: format!("arn:wami:iam::aws:policy/{name}"),
        ..a_policy(name)
    }
}

/// A document that no other name has.
pub fn document_of(name: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{name}","Effect":"Allow","Action":"*","Resource":"*"}}]}}"#
    )
}

/// An inline policy; its document names it.
pub fn an_inline_policy(name: &str) -> InlinePolicy {
    InlinePolicy { policy_name: name.into(), policy_document: document_of(name) }
}

/// A permission set of an hour.
pub fn a_set(name: &str) -> PermissionSet {
    PermissionSet {
        name: name.into(),
        permission_set_arn: format!("arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-{name}"),
        description: None,
        session_seconds: 3600,
        relay_state: None,
        requires_elevation: false,
        is_builtin: false,
        permissions_boundary: None,
        created_date: day(1),
        tags: vec![],
        wami_arn: format!("arn:wami:sso::{ACCOUNT}:permission-set/{name}"),
        providers: vec![],
        tenant_id: None,
    }
}

/// A password of a user; only its hash is known.
pub fn a_login_profile(user_name: &str) -> LoginProfile {
    LoginProfile {
        user_name: user_name.into(),
        create_date: day(2),
        password_reset_required: false,
        changed_at: day(2),
        password_hash: Secret::new(format!("$argon2id$of-{user_name}")),
    }
}

/// Where an entity is known besides.
pub fn a_provider(account_id: &str) -> ProviderConfig {
    ProviderConfig {
        provider_name: "aws".into(),
        account_id: account_id.into(),
        native_arn: format!("arn:aws:iam::{account_id}:user/somebody"),
        synced_at: day(3),
        tenant_id: None,
    }
}

/// A guardrail; its document names it.
pub fn a_guardrail(name: &str) -> Guardrail {
    Guardrail { name: name.into(), document: document_of(name), created_at: day(4) }
}

/// An assignment to be made; see [`an_assignment`].
#[derive(Debug, Clone)]
pub struct AssignmentBuilder {
    /// What is given to the store.
    pub new: NewAssignment,
}

/// An assignment of a user as a set of `set_tenant`, for the target alone and for ever.
pub fn an_assignment(set_tenant: &TenantRef, set: Id<PermissionSet>, actor: ActorKey) -> AssignmentBuilder {
    AssignmentBuilder {
        new: NewAssignment {
            set_tenant_id: set_tenant.id,
            set_id: set,
            principal_kind: PrincipalKind::User,
            principal_tenant_id: actor.tenant_id,
            principal_id: actor.user_id.uuid(),
            reach: Reach::Tenant,
            expires_at: None,
            created_by: None,
        },
    }
}

impl AssignmentBuilder {
    /// For everything below as well, or not.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.new.reach = reach;
        self
    }

    /// Until then.
    #[must_use]
    pub fn until(mut self, end: DateTime<Utc>) -> Self {
        self.new.expires_at = Some(end);
        self
    }

    /// Of a group in the place of the user.
    #[must_use]
    pub fn of_group(mut self, tenant: &TenantRef, group: Id<Group>) -> Self {
        self.new.principal_kind = PrincipalKind::Group;
        self.new.principal_tenant_id = tenant.id;
        self.new.principal_id = group.uuid();
        self
    }
}

/// An event: somebody created a user.
pub fn an_event(id: Id<Event>, at: DateTime<Utc>) -> Event {
    Event {
        id,
        at,
        actor: None,
        acting_as: vec![],
        source_ip: None,
        request_id: "request".into(),
        action: "iam:CreateUser".into(),
        target: EventTarget { kind: "user".into(), id: None, name: "somebody".into(), arn: arn("user", "somebody") },
        outcome: Outcome::Success,
        reason: None,
        before: None,
        after: None,
        parts: vec![],
    }
}

/// Somebody who did something.
pub fn an_actor(actor: ActorKey, name: &str) -> EventActor {
    EventActor {
        tenant_id: actor.tenant_id,
        tenant_path: TenantPath::root(),
        user_id: actor.user_id,
        name: name.into(),
    }
}

/// A deleted user.
pub fn a_bin_item(id: Id<BinItem>, object_id: Uuid, name: &str) -> BinItem {
    BinItem {
        id,
        kind: "user".into(),
        object_id,
        name: name.into(),
        deleted_at: day(10),
        deleted_by: "ada@root".into(),
        purge_at: day(40),
        object: serde_json::json!({ "user_name": name }),
        relations: BinRelations::default(),
    }
}
