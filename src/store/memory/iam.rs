//! The identity part in memory: each method is one function of its area.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::handle::Handle;
use super::{entity, groups, owners, policies, policy_versions, roles, users};
use crate::iam::{
    AttachedPolicy, Group, InlinePolicy, LoginProfile, Owner, Person, Policy, PolicyEntity, PolicyVersion, Role,
    Stored, Tag, User,
};
use crate::store::Result;
use crate::store::traits::{IamStore, ListFilter, PolicyScope, Taggable};
use crate::wire::{Page, PageRequest};

/// Users, groups, roles and policies of a tenant, in memory.
#[derive(Clone)]
pub struct MemoryIamStore(pub(super) Handle);

#[async_trait]
impl IamStore for MemoryIamStore {
    fn account_id(&self) -> &str {
        &self.0.scope.tenant.account_id
    }

    async fn insert_user(&mut self, user: User, person: Person) -> Result<Stored<User>> {
        self.0.write(|tx| users::insert(tx, user, person)).await
    }
    async fn find_user(&self, user_name: &str) -> Result<Option<Stored<User>>> {
        self.0.read(|tx| Ok(entity::find(tx, user_name)))
    }
    async fn update_user(&mut self, user: &Stored<User>) -> Result<Stored<User>> {
        self.0.write(|tx| users::update(tx, user)).await
    }
    async fn delete_user(&mut self, user_name: &str) -> Result<()> {
        self.0.write(|tx| users::delete(tx, user_name)).await
    }
    async fn list_users(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<User>>> {
        self.0.read(|tx| entity::list(tx, filter, page))
    }

    async fn create_login_profile(&mut self, profile: LoginProfile) -> Result<()> {
        self.0.write(|tx| users::create_login(tx, profile)).await
    }
    async fn get_login_profile(&self, user_name: &str) -> Result<Option<LoginProfile>> {
        self.0.read(|tx| Ok(users::login(tx, user_name)))
    }
    async fn update_login_profile(&mut self, profile: LoginProfile) -> Result<()> {
        self.0.write(|tx| users::update_login(tx, profile)).await
    }
    async fn delete_login_profile(&mut self, user_name: &str) -> Result<()> {
        self.0.write(|tx| users::delete_login(tx, user_name)).await
    }
    async fn record_password_use(&mut self, user_name: &str, at: DateTime<Utc>) -> Result<()> {
        self.0.write(|tx| users::record_password_use(tx, user_name, at)).await
    }

    async fn insert_group(&mut self, group: Group) -> Result<Stored<Group>> {
        self.0.write(|tx| groups::insert(tx, group)).await
    }
    async fn find_group(&self, group_name: &str) -> Result<Option<Stored<Group>>> {
        self.0.read(|tx| Ok(entity::find(tx, group_name)))
    }
    async fn update_group(&mut self, group: &Stored<Group>) -> Result<Stored<Group>> {
        self.0.write(|tx| groups::update(tx, group)).await
    }
    async fn delete_group(&mut self, group_name: &str) -> Result<()> {
        self.0.write(|tx| groups::delete(tx, group_name)).await
    }
    async fn list_groups(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Group>>> {
        self.0.read(|tx| entity::list(tx, filter, page))
    }
    async fn add_user_to_group(&mut self, group_name: &str, user_name: &str) -> Result<bool> {
        self.0.write(|tx| groups::add_member(tx, group_name, user_name)).await
    }
    async fn remove_user_from_group(&mut self, group_name: &str, user_name: &str) -> Result<()> {
        self.0.write(|tx| groups::remove_member(tx, group_name, user_name)).await
    }
    async fn list_groups_for_user(&self, user_name: &str) -> Result<Vec<Stored<Group>>> {
        self.0.read(|tx| groups::of_user(tx, user_name))
    }
    async fn list_group_members(&self, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>> {
        self.0.read(|tx| users::list_members(tx, group_name, page))
    }

    async fn insert_role(&mut self, role: Role) -> Result<Stored<Role>> {
        self.0.write(|tx| roles::insert(tx, role)).await
    }
    async fn find_role(&self, role_name: &str) -> Result<Option<Stored<Role>>> {
        self.0.read(|tx| Ok(entity::find(tx, role_name)))
    }
    async fn update_role(&mut self, role: &Stored<Role>) -> Result<Stored<Role>> {
        self.0.write(|tx| roles::update(tx, role)).await
    }
    async fn delete_role(&mut self, role_name: &str) -> Result<()> {
        self.0.write(|tx| roles::delete(tx, role_name)).await
    }
    async fn list_roles(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Role>>> {
        self.0.read(|tx| entity::list(tx, filter, page))
    }

    async fn insert_policy(&mut self, policy: Policy) -> Result<Stored<Policy>> {
        self.0.write(|tx| policies::insert(tx, policy)).await
    }
    async fn find_policy(&self, policy_arn: &str) -> Result<Option<Stored<Policy>>> {
        self.0.read(|tx| Ok(policies::find(tx, policy_arn)))
    }
    async fn find_policy_by_name(&self, policy_name: &str) -> Result<Option<Stored<Policy>>> {
        self.0.read(|tx| Ok(entity::find(tx, policy_name)))
    }
    async fn update_policy(&mut self, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
        self.0.write(|tx| policies::update(tx, policy)).await
    }
    async fn delete_policy(&mut self, policy_arn: &str) -> Result<()> {
        self.0.write(|tx| policies::delete(tx, policy_arn)).await
    }
    async fn list_policies(
        &self,
        scope: PolicyScope,
        filter: &ListFilter,
        page: &PageRequest,
    ) -> Result<Page<Stored<Policy>>> {
        self.0.read(|tx| policies::list(tx, scope, filter, page))
    }
    async fn create_policy_version(
        &mut self,
        policy_arn: &str,
        document: &str,
        set_as_default: bool,
        number: Option<i32>,
    ) -> Result<PolicyVersion> {
        self.0.write(|tx| policy_versions::create(tx, policy_arn, document, set_as_default, number)).await
    }
    async fn get_policy_version(&self, policy_arn: &str, version_id: &str) -> Result<Option<PolicyVersion>> {
        self.0.read(|tx| Ok(policy_versions::get(tx, policy_arn, version_id)))
    }
    async fn list_policy_versions(&self, policy_arn: &str) -> Result<Vec<PolicyVersion>> {
        self.0.read(|tx| policy_versions::list(tx, policy_arn))
    }
    async fn delete_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()> {
        self.0.write(|tx| policy_versions::delete(tx, policy_arn, version_id)).await
    }
    async fn set_default_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()> {
        self.0.write(|tx| policy_versions::set_default(tx, policy_arn, version_id)).await
    }
    async fn list_entities_for_policy(&self, policy_arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
        self.0.read(|tx| policies::list_entities(tx, policy_arn, limit))
    }

    async fn attach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<bool> {
        self.0.write(|tx| owners::attach(tx, owner, policy_arn)).await
    }
    async fn detach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<()> {
        self.0.write(|tx| owners::detach(tx, owner, policy_arn)).await
    }
    async fn list_attached_policies(&self, owner: &Owner) -> Result<Vec<AttachedPolicy>> {
        self.0.read(|tx| owners::list_attached(tx, owner))
    }
    async fn put_inline_policy(&mut self, owner: &Owner, policy: &InlinePolicy) -> Result<()> {
        self.0.write(|tx| owners::put_inline(tx, owner, policy)).await
    }
    async fn delete_inline_policy(&mut self, owner: &Owner, policy_name: &str) -> Result<()> {
        self.0.write(|tx| owners::delete_inline(tx, owner, policy_name)).await
    }
    async fn list_inline_policies(&self, owner: &Owner) -> Result<Vec<InlinePolicy>> {
        self.0.read(|tx| owners::list_inline(tx, owner))
    }
    async fn tag(&mut self, target: &Taggable, tags: &[Tag]) -> Result<()> {
        self.0.write(|tx| owners::tag(tx, target, tags)).await
    }
    async fn untag(&mut self, target: &Taggable, keys: &[String]) -> Result<()> {
        self.0.write(|tx| owners::untag(tx, target, keys)).await
    }
}
