//! A backend under test, with time and ids in the hands of the case.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use super::builders;
use crate::clock::{Clock, ManualClock};
use crate::iam::{Group, Person, Policy, Role, Stored, User};
use crate::ids::Ids;
use crate::sso_admin::{AccountAssignment, PermissionSet, Reach};
use crate::store::{
    ActorKey, Backend, Directory, IamStore, Parts, RecordStore, Scope, SsoAdminStore, TenantStore, UnitOfWork,
};
use crate::tenant::TenantRef;
use crate::wire::{Filter, Id, Secret};

/// A backend that holds nothing yet, and the clock and ids it was made with.
pub struct Harness {
    /// The backend.
    pub backend: Arc<dyn Backend>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its ids.
    pub ids: Ids,
    accounts: AtomicU64,
    _keeps: Option<Box<dyn Any + Send + Sync>>,
}

impl Harness {
    /// A harness over an empty backend.
    pub fn new(backend: Arc<dyn Backend>, clock: Arc<ManualClock>, ids: Ids) -> Self {
        Self { backend, clock, ids, accounts: AtomicU64::new(500_000_000_000), _keeps: None }
    }

    /// Keeps something alive as long as the harness: a database, a folder.
    #[must_use]
    pub fn keeping(mut self, what: impl Any + Send + Sync) -> Self {
        self._keeps = Some(Box::new(what));
        self
    }

    /// A clock for a harness; all of them begin at the same moment.
    pub fn clock() -> Arc<ManualClock> {
        ManualClock::at(builders::day(60))
    }

    /// Ids for a harness: the same ones each time.
    pub fn ids() -> Ids {
        Ids::seeded(4711)
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets a second pass.
    pub fn tick(&self) {
        self.clock.advance(TimeDelta::seconds(1));
    }

    /// The root tenant.
    pub async fn root(&self) -> TenantRef {
        self.backend.ensure_root("Root").await.unwrap()
    }

    /// A fresh tenant below root.
    pub async fn tenant(&self, slug: &str) -> TenantRef {
        self.tenant_below(&self.root().await, slug).await
    }

    /// A fresh tenant below another.
    pub async fn tenant_below(&self, parent: &TenantRef, slug: &str) -> TenantRef {
        let account = self.account();
        let tenant = self.tenants(parent).create_tenant(parent.id, slug, slug, &account).await.unwrap();
        self.reference(tenant.id).await
    }

    /// An account id that nobody has.
    pub fn account(&self) -> String {
        self.accounts.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// The present reference of a tenant.
    pub async fn reference(&self, tenant: crate::tenant::TenantId) -> TenantRef {
        self.directory().tenant(tenant).await.unwrap().unwrap()
    }

    /// The parts of a tenant, for the system itself.
    pub fn parts(&self, tenant: &TenantRef) -> Parts {
        self.backend.parts(&Scope::of_system(tenant.clone()))
    }

    /// The parts of a tenant, for a user.
    pub fn parts_for(&self, tenant: &TenantRef, actor: ActorKey) -> Parts {
        self.backend.parts(&Scope::of_actor(tenant.clone(), actor))
    }

    /// The identity part of a tenant.
    pub fn iam(&self, tenant: &TenantRef) -> Box<dyn IamStore> {
        self.parts(tenant).iam
    }

    /// The part of a tenant for permission sets and assignments.
    pub fn sso(&self, tenant: &TenantRef) -> Box<dyn SsoAdminStore> {
        self.parts(tenant).sso
    }

    /// The tree from a tenant.
    pub fn tenants(&self, tenant: &TenantRef) -> Box<dyn TenantStore> {
        self.parts(tenant).tenants
    }

    /// Events and bin of a tenant.
    pub fn records(&self, tenant: &TenantRef) -> Box<dyn RecordStore> {
        self.parts(tenant).records
    }

    /// The cross-tenant questions.
    pub fn directory(&self) -> &dyn Directory {
        self.backend.directory()
    }

    /// A unit of work in a tenant, for the system itself.
    pub async fn unit(&self, tenant: &TenantRef) -> UnitOfWork {
        self.backend.begin(&Scope::of_system(tenant.clone())).await.unwrap()
    }

    /// Adds a user.
    pub async fn add_user(&self, tenant: &TenantRef, name: &str) -> Stored<User> {
        self.iam(tenant).insert_user(builders::a_user(name), Person::default()).await.unwrap()
    }

    /// Adds a user with a password, and gives its key.
    pub async fn add_person(&self, tenant: &TenantRef, name: &str) -> ActorKey {
        let user = self.add_user(tenant, name).await;
        self.iam(tenant).create_login_profile(builders::a_login_profile(name)).await.unwrap();
        ActorKey { tenant_id: tenant.id, user_id: user.id }
    }

    /// Adds a group.
    pub async fn add_group(&self, tenant: &TenantRef, name: &str) -> Stored<Group> {
        self.iam(tenant).insert_group(builders::a_group(name)).await.unwrap()
    }

    /// Adds a role.
    pub async fn add_role(&self, tenant: &TenantRef, name: &str) -> Stored<Role> {
        self.iam(tenant).insert_role(builders::a_role(name)).await.unwrap()
    }

    /// Adds a managed policy.
    pub async fn add_policy(&self, tenant: &TenantRef, name: &str) -> Stored<Policy> {
        self.iam(tenant).insert_policy(builders::a_policy(name)).await.unwrap()
    }

    /// Adds a permission set.
    pub async fn add_set(&self, tenant: &TenantRef, name: &str) -> Stored<PermissionSet> {
        self.sso(tenant).insert_permission_set(builders::a_set(name)).await.unwrap()
    }

    /// Assigns a user of `home` to `target` as a set of root named `set` (added when it is not there), for ever.
    pub async fn assign(&self, target: &TenantRef, actor: ActorKey, set: &str, reach: Reach) -> AccountAssignment {
        let root = self.root().await;
        let set = match self.sso(&root).find_permission_set(set).await.unwrap() {
            Some(set) => set,
            None => self.add_set(&root, set).await,
        };
        let new = builders::an_assignment(&root, set.id, actor).with_reach(reach);
        self.sso(target).create_account_assignment(new.new).await.unwrap()
    }

    /// The names of a tenant's users.
    pub async fn user_names(&self, tenant: &TenantRef) -> Vec<String> {
        let all = crate::wire::PageRequest::first(1000);
        let page = self.iam(tenant).list_users(&Filter::default(), &all).await.unwrap();
        page.items.into_iter().map(|user| user.value.user_name).collect()
    }

    /// A fresh id of anything.
    pub fn id<T>(&self) -> Id<T> {
        self.ids.id(self.now())
    }

    /// A password hash as a secret.
    pub fn hash(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }
}
