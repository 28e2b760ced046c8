//! The part of a store for permission sets and assignments.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::iam::{Stored, User};
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, PrincipalRef, Reach};
use crate::store::Result;
use crate::store::traits::directory::{Administrator, DocumentHash};
use crate::store::traits::iam::ListFilter;
use crate::tenant::{TenantId, TenantPath};
use crate::wire::{Id, Page, PageRequest};

/// How many administrators are told at once.
pub const MOST_ADMINISTRATORS: usize = 20;

/// An assignment to be made in the tenant of the handle.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    /// The tenant that owns the set: this one or an ancestor.
    pub set_tenant_id: TenantId,
    /// The set.
    pub set_id: Id<PermissionSet>,
    /// User or group.
    pub principal_kind: PrincipalKind,
    /// The tenant the principal lives in: this one or an ancestor.
    pub principal_tenant_id: TenantId,
    /// The user or group.
    pub principal_id: Uuid,
    /// Here, or here and below.
    pub reach: Reach,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who makes it; `None` is the system.
    pub created_by: Option<Id<User>>,
}

/// Permission sets and assignments of one tenant. Policies are attached to sets by the identity part, with a set as
/// the owner.
#[async_trait]
pub trait SsoAdminStore: Send + Sync {
    /// Adds a permission set. Exists on name and ARN.
    async fn insert_permission_set(&mut self, set: PermissionSet) -> Result<Stored<PermissionSet>>;

    /// The set of that name in this tenant, or `None`.
    async fn find_permission_set(&self, name: &str) -> Result<Option<Stored<PermissionSet>>>;

    /// Changes everything but ids, tags and `is_builtin`. Not found; stale; exists.
    async fn update_permission_set(&mut self, set: &Stored<PermissionSet>) -> Result<Stored<PermissionSet>>;

    /// Removes a set with its policies. Not found; `DeleteConflict` while it is assigned, in any tenant.
    async fn delete_permission_set(&mut self, name: &str) -> Result<()>;

    /// Sets of this tenant by the page's order. Filter keys: text, `tag`, `created`.
    async fn list_permission_sets(
        &self,
        filter: &ListFilter,
        page: &PageRequest,
    ) -> Result<Page<Stored<PermissionSet>>>;

    /// The sets that can be assigned here: this tenant's and its ancestors', nearest tenant first, then by name;
    /// at most 200.
    async fn list_usable_permission_sets(&self) -> Result<Vec<PermissionSetRef>>;

    /// Name and document of every policy of a set that can be assigned here; a policy whose document is unknown has an
    /// empty one. Not found when the set belongs neither to this tenant nor to an ancestor.
    async fn list_permission_set_documents(
        &self,
        set_tenant: TenantId,
        set: Id<PermissionSet>,
    ) -> Result<Vec<(String, String)>>;

    /// Those whom [`Directory::count_administrators`](super::Directory::count_administrators) counts, but who are it
    /// for good (by an assignment that does not end by itself), with all that bears on them here: the next
    /// [`MOST_ADMINISTRATORS`] in the order of their ids after one. What a unit of work has changed so far counts;
    /// until it ends, no other is told, so that two cannot each count on whom the other takes away.
    async fn list_administrators(&self, after: Option<Id<User>>) -> Result<Vec<Administrator>>;

    /// The texts of documents, in the order asked, with those that a unit of work has brought.
    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>>;

    /// The user or group of that name in `tenant`, which must be this tenant or an ancestor; else `None`.
    async fn find_principal(
        &self,
        tenant: &TenantPath,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Option<PrincipalRef>>;

    /// Assigns. Exists when the same principal has the same set here. Not found when set or principal is not there or
    /// belongs neither to this tenant nor to an ancestor.
    async fn create_account_assignment(&mut self, assignment: NewAssignment) -> Result<AccountAssignment>;

    /// One assignment of this tenant, or `None`.
    async fn get_account_assignment(&self, id: Id<AccountAssignment>) -> Result<Option<AccountAssignment>>;

    /// Ends an assignment. Not found.
    async fn delete_account_assignment(&mut self, id: Id<AccountAssignment>) -> Result<()>;

    /// Assignments of this tenant, newest first. Filter keys: text (a part of the principal's or the set's name),
    /// `set` (name), `principal` (name), `kind` (`user` or `group`), `reach` (`tenant` or `subtree`).
    async fn list_account_assignments(
        &self,
        filter: &ListFilter,
        page: &PageRequest,
    ) -> Result<Page<AccountAssignment>>;
}
