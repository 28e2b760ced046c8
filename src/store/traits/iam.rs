//! The identity part of a store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::iam::{
    AttachedPolicy, Group, InlinePolicy, LoginProfile, OwnPolicies, Owner, Person, Policy, PolicyEntity, PolicyVersion,
    Role, Stored, Tag, User,
};
use crate::store::{AmiError, Result};
use crate::wire::{Filter, Page, PageRequest};

/// What a list is narrowed to. The default is everything.
///
/// The filter's keys per entity, each negatable: free text (a part of name, display name or e-mail for users, of name
/// or description for the rest), `path` (prefix), `tag` (`key` or `key=value`), `status` (`enabled` or `disabled`,
/// users), `group` (name, users), `created` (`<` or `>` and a date `YYYY-MM-DD`), `attached` (`yes` or `no`, policies),
/// `source` (`aws` or `local`, policies). Any other key or value is `InvalidParameter` on the field `filter`.
pub type ListFilter = Filter;

/// Whose policies are listed (AWS IAM API Reference, *ListPolicies*, `Scope`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyScope {
    /// Both.
    #[default]
    All,
    /// AWS's own.
    Aws,
    /// The tenant's own.
    Local,
}

/// Something that carries tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taggable {
    /// A user, group, role or permission set by name.
    Owner(Owner),
    /// A managed policy by ARN.
    Policy(String),
}

/// Users, groups, roles and policies of one tenant.
///
/// The operations are AWS IAM's, by its names; those of the store guide (`create_user`, `get_user`, …) are provided on
/// top of the ones that carry the envelope [`Stored`].
///
/// # Errors
/// Every method may fail with `Unavailable` (safe to retry) or `Backend`. “Not found”, “exists”, “stale” below are the
/// variants of [`AmiError`](crate::AmiError) of those names.
#[async_trait]
pub trait IamStore: Send + Sync {
    /// The 12-digit account id of the tenant.
    fn account_id(&self) -> &str;

    // ---- Users ----

    /// Adds a user as the guide has it. See [`IamStore::insert_user`].
    async fn create_user(&mut self, user: User) -> Result<User> {
        Ok(self.insert_user(user, Person::default()).await?.into_value())
    }

    /// The user of that name as the guide has it. See [`IamStore::find_user`].
    async fn get_user(&self, user_name: &str) -> Result<Option<User>> {
        Ok(self.find_user(user_name).await?.map(Stored::into_value))
    }

    /// Adds an enabled user, its tags and boundary included. The store draws the internal id.
    ///
    /// Exists on `user_name` (without case), on `arn`, `wami_arn` or `user_id`. Not found when the boundary policy is
    /// not in the tenant. `InvalidParameter` on `tenant_id` when it names another tenant.
    async fn insert_user(&mut self, user: User, person: Person) -> Result<Stored<User>>;

    /// The user of that name, or `None`.
    async fn find_user(&self, user_name: &str) -> Result<Option<Stored<User>>>;

    /// Changes name, path, ARNs, person, `enabled`, boundary, `password_last_used`; everything owned follows a rename.
    /// Tags are changed by [`IamStore::tag`] and [`IamStore::untag`] only.
    ///
    /// Keyed by `user.id`; stale unless `user.version` is the stored one. Exists when the new name is held.
    async fn update_user(&mut self, user: &Stored<User>) -> Result<Stored<User>>;

    /// Removes a user that nothing hangs on (AWS IAM API Reference, *DeleteUser*).
    ///
    /// Not found; `DeleteConflict` while it has a login profile, memberships, attached or inline policies. Its
    /// assignments (in this and in other tenants) go with it.
    async fn delete_user(&mut self, user_name: &str) -> Result<()>;

    /// Users by the page's order, filtered before paging.
    async fn list_users(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<User>>>;

    // ---- Login profiles ----

    /// Gives a user a password. Not found; exists (one per user).
    async fn create_login_profile(&mut self, profile: LoginProfile) -> Result<()>;

    /// The login profile of a user, or `None` (no user, or none).
    async fn get_login_profile(&self, user_name: &str) -> Result<Option<LoginProfile>>;

    /// Replaces hash, reset flag and change time. Not found.
    async fn update_login_profile(&mut self, profile: LoginProfile) -> Result<()>;

    /// Takes the password away. Not found.
    async fn delete_login_profile(&mut self, user_name: &str) -> Result<()>;

    /// Notes when a password was last used to sign in. It is no change of the user: the version stays. Not found.
    async fn record_password_use(&mut self, user_name: &str, at: DateTime<Utc>) -> Result<()>;

    // ---- Groups ----

    /// Adds a group. As [`IamStore::insert_user`].
    async fn insert_group(&mut self, group: Group) -> Result<Stored<Group>>;

    /// The group of that name, or `None`.
    async fn find_group(&self, group_name: &str) -> Result<Option<Stored<Group>>>;

    /// Changes name, path, ARNs. As [`IamStore::update_user`].
    async fn update_group(&mut self, group: &Stored<Group>) -> Result<Stored<Group>>;

    /// Removes a group. Not found; `DeleteConflict` while it has members, attached or inline policies.
    async fn delete_group(&mut self, group_name: &str) -> Result<()>;

    /// Groups by the page's order.
    async fn list_groups(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Group>>>;

    /// Makes a user a member; doing so again changes nothing and gives `false`. Not found for either;
    /// `ResourceLimitExceeded` at 10 groups per user (AWS, *IAM and AWS STS quotas*).
    async fn add_user_to_group(&mut self, group_name: &str, user_name: &str) -> Result<bool>;

    /// Ends a membership. Not found for either, and when the user is no member.
    async fn remove_user_from_group(&mut self, group_name: &str, user_name: &str) -> Result<()>;

    /// The groups of a user, by name. Not found.
    async fn list_groups_for_user(&self, user_name: &str) -> Result<Vec<Stored<Group>>>;

    /// The members of a group, by the page's order (name only). Not found.
    async fn list_group_members(&self, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>>;

    // ---- Roles ----

    /// Adds a role with its trust policy. As [`IamStore::insert_user`]. A duration outside 3600–43200 is invalid.
    async fn insert_role(&mut self, role: Role) -> Result<Stored<Role>>;

    /// The role of that name, or `None`.
    async fn find_role(&self, role_name: &str) -> Result<Option<Stored<Role>>>;

    /// Changes name, path, ARNs, description, duration, trust policy, boundary, last use, instance profiles.
    async fn update_role(&mut self, role: &Stored<Role>) -> Result<Stored<Role>>;

    /// Removes a role. Not found; `DeleteConflict` while it has attached or inline policies or instance profiles;
    /// unmodifiable when it is service-linked.
    async fn delete_role(&mut self, role_name: &str) -> Result<()>;

    /// Roles by the page's order.
    async fn list_roles(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Role>>>;

    // ---- Managed policies ----

    /// Adds a managed policy with `policy_document` as its version `default_version_id` (`v1` for a new one, any for an
    /// imported one). An empty default version makes one whose document is unknown. Exists on ARN, and on the name
    /// among the tenant's own. The two counts are ignored.
    async fn insert_policy(&mut self, policy: Policy) -> Result<Stored<Policy>>;

    /// The policy of that ARN, or `None`.
    async fn find_policy(&self, policy_arn: &str) -> Result<Option<Stored<Policy>>>;

    /// The tenant's own policy of that name (AWS's policies are found by ARN), or `None`.
    async fn find_policy_by_name(&self, policy_name: &str) -> Result<Option<Stored<Policy>>>;

    /// Changes name, path, ARNs, description. Documents change by versions.
    async fn update_policy(&mut self, policy: &Stored<Policy>) -> Result<Stored<Policy>>;

    /// Removes a policy. Not found; `DeleteConflict` while attached, used as a boundary, or with versions other than
    /// the default.
    async fn delete_policy(&mut self, policy_arn: &str) -> Result<()>;

    /// Policies by the page's order; filtered before paging.
    async fn list_policies(
        &self,
        scope: PolicyScope,
        filter: &ListFilter,
        page: &PageRequest,
    ) -> Result<Page<Stored<Policy>>>;

    /// Saves another version and gives it; it becomes the default when asked. The number is the next one never used,
    /// or `number` where an import names it (then exists if it is there). Not found; `ResourceLimitExceeded` at 5.
    async fn create_policy_version(
        &mut self,
        policy_arn: &str,
        document: &str,
        set_as_default: bool,
        number: Option<i32>,
    ) -> Result<PolicyVersion>;

    /// One version, or `None`.
    async fn get_policy_version(&self, policy_arn: &str, version_id: &str) -> Result<Option<PolicyVersion>>;

    /// All versions, newest first, at most 5. Not found.
    async fn list_policy_versions(&self, policy_arn: &str) -> Result<Vec<PolicyVersion>>;

    /// Removes a version. Not found; unmodifiable when it is the default.
    async fn delete_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()>;

    /// Puts a version in force. Not found for policy or version.
    async fn set_default_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()>;

    /// Who uses a policy, by kind and name, boundaries last; at most `limit`. Not found.
    async fn list_entities_for_policy(&self, policy_arn: &str, limit: u32) -> Result<Vec<PolicyEntity>>;

    // ---- What hangs on users, groups, roles and permission sets ----

    /// Attaches a managed policy; doing so again changes nothing and gives `false`. Not found for either;
    /// `ResourceLimitExceeded` at 20 per owner.
    async fn attach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<bool>;

    /// Detaches a managed policy. Not found for either, and when it is not attached.
    async fn detach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<()>;

    /// The attached managed policies, by name, at most 20. Not found.
    async fn list_attached_policies(&self, owner: &Owner) -> Result<Vec<AttachedPolicy>>;

    /// Adds or replaces an inline policy. Not found. A permission set has at most one.
    async fn put_inline_policy(&mut self, owner: &Owner, policy: &InlinePolicy) -> Result<()>;

    /// Removes an inline policy. Not found for either.
    async fn delete_inline_policy(&mut self, owner: &Owner, policy_name: &str) -> Result<()>;

    /// The inline policies, by name. Not found.
    async fn list_inline_policies(&self, owner: &Owner) -> Result<Vec<InlinePolicy>>;

    /// The policies of several owners, in the order asked; an owner that is not there has none.
    async fn list_policies_of(&self, owners: &[Owner]) -> Result<Vec<OwnPolicies>> {
        let mut all = Vec::with_capacity(owners.len());
        for owner in owners {
            all.push(match self.list_attached_policies(owner).await {
                Ok(attached) => OwnPolicies { attached, inline: self.list_inline_policies(owner).await? },
                Err(AmiError::ResourceNotFound { .. }) => OwnPolicies::default(),
                Err(error) => return Err(error),
            });
        }
        Ok(all)
    }

    /// Merges tags in: an existing key (without case) takes the new value. Not found; invalid when a tag breaks the
    /// grammar or more than 50 would be there.
    async fn tag(&mut self, target: &Taggable, tags: &[Tag]) -> Result<()>;

    /// Removes tags by key (without case); unknown keys are ignored. Not found.
    async fn untag(&mut self, target: &Taggable, keys: &[String]) -> Result<()>;
}
