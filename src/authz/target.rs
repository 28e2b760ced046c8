//! What an action is asked about, in the engine's terms: names, tags, and the keys that go with it.

use crate::iam::{Group, Policy, Role, Tag, User};
use crate::policy::Resource;
use crate::sso_admin::PermissionSet;
use crate::store::provider::NativeKind;
use crate::store::{CloudProvider, provider};
use crate::tenant::TenantPath;

/// The thing an action is about.
#[derive(Debug, Clone)]
pub struct Target {
    /// For the record: `user`, `group`, …
    pub kind: &'static str,
    /// For the record and for messages.
    pub name: String,
    /// The internal id, where it exists already.
    pub id: Option<uuid::Uuid>,
    /// The name in this system.
    pub wami_arn: String,
    pub(super) resource: Resource,
    pub(super) tags: Vec<Tag>,
    /// More context keys, as in `iam:PolicyARN`.
    pub(super) keys: Vec<(&'static str, Vec<String>)>,
}

impl Target {
    fn new(kind: &'static str, name: &str, native: Option<&str>, wami_arn: String, account_id: &str) -> Self {
        let mut resource = Resource::new(wami_arn.as_str());
        if let Some(native) = native {
            resource = resource.also_named(native);
        }
        // Imported things carry the account they came from in their native name; they belong to the tenant all the same.
        let resource = resource.in_account(account_id);
        Self { kind, name: name.to_owned(), id: None, wami_arn, resource, tags: vec![], keys: vec![] }
    }

    /// A user that exists.
    pub fn user(user: &User, account_id: &str) -> Self {
        Self {
            tags: user.tags.clone(),
            ..Self::new("user", &user.user_name, Some(&user.arn), user.wami_arn.clone(), account_id)
        }
    }

    /// A group that exists.
    pub fn group(group: &Group, account_id: &str) -> Self {
        Self {
            tags: group.tags.clone(),
            ..Self::new("group", &group.group_name, Some(&group.arn), group.wami_arn.clone(), account_id)
        }
    }

    /// A role that exists.
    pub fn role(role: &Role, account_id: &str) -> Self {
        Self {
            tags: role.tags.clone(),
            ..Self::new("role", &role.role_name, Some(&role.arn), role.wami_arn.clone(), account_id)
        }
    }

    /// A managed policy that exists.
    pub fn policy(policy: &Policy, account_id: &str) -> Self {
        Self {
            tags: policy.tags.clone(),
            ..Self::new("policy", &policy.policy_name, Some(&policy.arn), policy.wami_arn.clone(), account_id)
        }
    }

    /// A permission set that exists.
    pub fn permission_set(set: &PermissionSet, account_id: &str) -> Self {
        Self {
            tags: set.tags.clone(),
            ..Self::new("permission-set", &set.name, Some(&set.permission_set_arn), set.wami_arn.clone(), account_id)
        }
    }

    /// Something that is to be created, or asked for by a name that may not exist.
    pub fn named(kind: NativeKind, account_id: &str, path: &str, name: &str) -> Self {
        let native = provider::AwsProvider::new().native_arn(kind, account_id, path, name);
        Self::new(kind.as_str(), name, Some(&native), provider::wami_arn(kind, account_id, path, name), account_id)
    }

    /// A permission set that is to be created.
    pub fn named_set(account_id: &str, name: &str) -> Self {
        Self::new("permission-set", name, None, format!("arn:wami:sso::{account_id}:permission-set/{name}"), account_id)
    }

    /// All users, groups, roles, … of a tenant; `part` as in `user/`.
    pub fn collection(kind: &'static str, service: &str, account_id: &str, part: &str) -> Self {
        let native = format!("arn:aws:{service}::{account_id}:{part}");
        Self::new(kind, "", Some(&native), format!("arn:wami:{service}::{account_id}:{part}"), account_id)
    }

    /// Assignments of a permission set.
    pub fn assignment(account_id: &str, set: &str) -> Self {
        Self::new("assignment", set, None, format!("arn:wami:sso::{account_id}:assignment/{set}"), account_id)
    }

    /// A tenant.
    pub fn tenant(account_id: &str, path: &TenantPath) -> Self {
        Self::new("tenant", path.as_str(), None, format!("arn:wami:tenant::{account_id}:tenant/{path}"), account_id)
    }

    /// Events, the bin, imports, exports: `service` and `part` as in `audit` and `event/`.
    pub fn console(service: &str, account_id: &str, part: &'static str) -> Self {
        Self::new(part.trim_end_matches('/'), "", None, format!("arn:wami:{service}::{account_id}:{part}"), account_id)
    }

    /// The same target, with its internal id for the record.
    #[must_use]
    pub fn with_id(mut self, id: uuid::Uuid) -> Self {
        self.id = Some(id);
        self
    }

    /// The same target, with another key of the request's context.
    #[must_use]
    pub fn with_key(mut self, key: &'static str, values: Vec<String>) -> Self {
        self.keys.push((key, values));
        self
    }
}
