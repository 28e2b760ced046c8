//! The identity part on Postgres: each method is one function of its area.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::conn::Conn;
use super::{entity, groups, login_profiles, owners, policies, policy_versions, roles, users};
use crate::iam::{
    AttachedPolicy, Group, InlinePolicy, LoginProfile, OwnPolicies, Owner, Person, Policy, PolicyEntity, PolicyVersion,
    Role, Stored, Tag, User,
};
use crate::store::Result;
use crate::store::traits::{IamStore, ListFilter, PolicyScope, Taggable};
use crate::wire::{Page, PageRequest};

/// Users, groups, roles and policies of a tenant, on Postgres.
pub struct PostgresIamStore(pub(super) Conn);

#[async_trait]
impl IamStore for PostgresIamStore {
    fn account_id(&self) -> &str {
        &self.0.scope.tenant.account_id
    }

    async fn insert_user(&mut self, user: User, person: Person) -> Result<Stored<User>> {
        self.0.retried(|| Box::pin(users::insert(&self.0, &user, &person))).await
    }
    async fn find_user(&self, user_name: &str) -> Result<Option<Stored<User>>> {
        entity::find(&self.0, user_name).await
    }
    async fn update_user(&mut self, user: &Stored<User>) -> Result<Stored<User>> {
        self.0.retried(|| Box::pin(users::update(&self.0, user))).await
    }
    async fn delete_user(&mut self, user_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(users::delete(&self.0, user_name))).await
    }
    async fn list_users(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<User>>> {
        entity::list(&self.0, filter, page).await
    }

    async fn create_login_profile(&mut self, profile: LoginProfile) -> Result<()> {
        self.0.retried(|| Box::pin(login_profiles::create(&self.0, &profile))).await
    }
    async fn get_login_profile(&self, user_name: &str) -> Result<Option<LoginProfile>> {
        login_profiles::get(&self.0, user_name).await
    }
    async fn update_login_profile(&mut self, profile: LoginProfile) -> Result<()> {
        self.0.retried(|| Box::pin(login_profiles::update(&self.0, &profile))).await
    }
    async fn delete_login_profile(&mut self, user_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(login_profiles::delete(&self.0, user_name))).await
    }
    async fn record_password_use(&mut self, user_name: &str, at: DateTime<Utc>) -> Result<()> {
        self.0.retried(|| Box::pin(users::record_password_use(&self.0, user_name, at))).await
    }

    async fn insert_group(&mut self, group: Group) -> Result<Stored<Group>> {
        self.0.retried(|| Box::pin(groups::insert(&self.0, &group))).await
    }
    async fn find_group(&self, group_name: &str) -> Result<Option<Stored<Group>>> {
        entity::find(&self.0, group_name).await
    }
    async fn update_group(&mut self, group: &Stored<Group>) -> Result<Stored<Group>> {
        self.0.retried(|| Box::pin(groups::update(&self.0, group))).await
    }
    async fn delete_group(&mut self, group_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(groups::delete(&self.0, group_name))).await
    }
    async fn list_groups(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Group>>> {
        entity::list(&self.0, filter, page).await
    }
    async fn add_user_to_group(&mut self, group_name: &str, user_name: &str) -> Result<bool> {
        self.0.retried(|| Box::pin(groups::add_member(&self.0, group_name, user_name))).await
    }
    async fn remove_user_from_group(&mut self, group_name: &str, user_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(groups::remove_member(&self.0, group_name, user_name))).await
    }
    async fn list_groups_for_user(&self, user_name: &str) -> Result<Vec<Stored<Group>>> {
        groups::of_user(&self.0, user_name).await
    }
    async fn list_group_members(&self, group_name: &str, page: &PageRequest) -> Result<Page<Stored<User>>> {
        groups::members(&self.0, group_name, page).await
    }

    async fn insert_role(&mut self, role: Role) -> Result<Stored<Role>> {
        self.0.retried(|| Box::pin(roles::insert(&self.0, &role))).await
    }
    async fn find_role(&self, role_name: &str) -> Result<Option<Stored<Role>>> {
        entity::find(&self.0, role_name).await
    }
    async fn update_role(&mut self, role: &Stored<Role>) -> Result<Stored<Role>> {
        self.0.retried(|| Box::pin(roles::update(&self.0, role))).await
    }
    async fn delete_role(&mut self, role_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(roles::delete(&self.0, role_name))).await
    }
    async fn list_roles(&self, filter: &ListFilter, page: &PageRequest) -> Result<Page<Stored<Role>>> {
        entity::list(&self.0, filter, page).await
    }

    async fn insert_policy(&mut self, policy: Policy) -> Result<Stored<Policy>> {
        self.0.retried(|| Box::pin(policies::insert(&self.0, &policy))).await
    }
    async fn find_policy(&self, policy_arn: &str) -> Result<Option<Stored<Policy>>> {
        policies::find(&self.0, policy_arn).await
    }
    async fn find_policy_by_name(&self, policy_name: &str) -> Result<Option<Stored<Policy>>> {
        policies::find_by_name(&self.0, policy_name).await
    }
    async fn update_policy(&mut self, policy: &Stored<Policy>) -> Result<Stored<Policy>> {
        self.0.retried(|| Box::pin(policies::update(&self.0, policy))).await
    }
    async fn delete_policy(&mut self, policy_arn: &str) -> Result<()> {
        self.0.retried(|| Box::pin(policies::delete(&self.0, policy_arn))).await
    }
    async fn list_policies(
        &self,
        scope: PolicyScope,
        filter: &ListFilter,
        page: &PageRequest,
    ) -> Result<Page<Stored<Policy>>> {
        policies::list(&self.0, scope, filter, page).await
    }
    async fn create_policy_version(
        &mut self,
        policy_arn: &str,
        document: &str,
        set_as_default: bool,
        number: Option<i32>,
    ) -> Result<PolicyVersion> {
        self.0
            .retried(|| Box::pin(policy_versions::create(&self.0, policy_arn, document, set_as_default, number)))
            .await
    }
    async fn get_policy_version(&self, policy_arn: &str, version_id: &str) -> Result<Option<PolicyVersion>> {
        policy_versions::get(&self.0, policy_arn, version_id).await
    }
    async fn list_policy_versions(&self, policy_arn: &str) -> Result<Vec<PolicyVersion>> {
        policy_versions::list(&self.0, policy_arn).await
    }
    async fn delete_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()> {
        self.0.retried(|| Box::pin(policy_versions::delete(&self.0, policy_arn, version_id))).await
    }
    async fn set_default_policy_version(&mut self, policy_arn: &str, version_id: &str) -> Result<()> {
        self.0.retried(|| Box::pin(policy_versions::set_default(&self.0, policy_arn, version_id))).await
    }
    async fn list_entities_for_policy(&self, policy_arn: &str, limit: u32) -> Result<Vec<PolicyEntity>> {
        policies::list_entities(&self.0, policy_arn, limit).await
    }

    async fn attach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<bool> {
        self.0.retried(|| Box::pin(owners::attach(&self.0, owner, policy_arn))).await
    }
    async fn detach_policy(&mut self, owner: &Owner, policy_arn: &str) -> Result<()> {
        self.0.retried(|| Box::pin(owners::detach(&self.0, owner, policy_arn))).await
    }
    async fn list_attached_policies(&self, owner: &Owner) -> Result<Vec<AttachedPolicy>> {
        owners::list_attached(&self.0, owner).await
    }
    async fn put_inline_policy(&mut self, owner: &Owner, policy: &InlinePolicy) -> Result<()> {
        self.0.retried(|| Box::pin(owners::put_inline(&self.0, owner, policy))).await
    }
    async fn delete_inline_policy(&mut self, owner: &Owner, policy_name: &str) -> Result<()> {
        self.0.retried(|| Box::pin(owners::delete_inline(&self.0, owner, policy_name))).await
    }
    async fn list_inline_policies(&self, owner: &Owner) -> Result<Vec<InlinePolicy>> {
        owners::list_inline(&self.0, owner).await
    }
    async fn list_policies_of(&self, owners: &[Owner]) -> Result<Vec<OwnPolicies>> {
        owners::list_policies_of(&self.0, owners).await
    }
    async fn tag(&mut self, target: &Taggable, tags: &[Tag]) -> Result<()> {
        self.0.retried(|| Box::pin(owners::tag(&self.0, target, tags))).await
    }
    async fn untag(&mut self, target: &Taggable, keys: &[String]) -> Result<()> {
        self.0.retried(|| Box::pin(owners::untag(&self.0, target, keys))).await
    }
}
