//! What must cross tenants: a short, closed list of questions that are answered by keys only.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::sync::Arc;

use crate::iam::{Group, User};
use crate::sso_admin::Reach;
use crate::store::Result;
use crate::store::scope::ActorKey;
use crate::tenant::{TenantId, TenantPath, TenantRef};
use crate::wire::Id;

/// The content address of a policy document: the SHA-256 of its text.
pub type DocumentHash = [u8; 32];

/// Who tries to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInEntry {
    /// The tenant.
    pub tenant: TenantRef,
    /// The user's internal id.
    pub user_id: Id<User>,
    /// The name as stored.
    pub user_name: String,
    /// Whether the user is enabled.
    pub enabled: bool,
}

/// Where a policy that bears on an actor in a tenant comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthoritySource {
    /// A guardrail of the tenant at this depth (0 is the root). The built-in one has no document hash.
    Guardrail {
        /// The depth of the tenant that holds it.
        depth: usize,
    },
    /// The user's own policies: it lives in the tenant.
    Own,
    /// A policy of a group of the user's, in its own tenant.
    Group {
        /// The group's name.
        group: String,
    },
    /// The boundary of the user, in its own tenant.
    OwnBoundary,
    /// A policy of an assigned permission set.
    Set {
        /// The assignment.
        assignment: uuid::Uuid,
        /// The set's name.
        set: String,
        /// Whether the assignment holds below the tenant as well.
        reach: Reach,
        /// When the assignment ends.
        expires_at: Option<DateTime<Utc>>,
        /// The set marks that it needs elevation.
        requires_elevation: bool,
        /// How long a session of the set lasts, in seconds.
        session_seconds: i32,
    },
    /// The boundary of an assigned permission set.
    SetBoundary {
        /// The assignment.
        assignment: uuid::Uuid,
    },
}

/// One policy that bears on an actor in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRow {
    /// Where it comes from.
    pub source: AuthoritySource,
    /// The policy's name; empty for a set without any policy (which grants nothing but is listed).
    pub policy: String,
    /// Its document; `None` for the built-in guardrail, for a document that is unknown, and for a set without policy.
    pub document: Option<DocumentHash>,
}

/// Somebody who administers a tenant for good, with every policy that bears on it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Who.
    pub entry: SignInEntry,
    /// As [`Directory::authority`] gives them.
    pub rows: Vec<AuthorityRow>,
}

/// One policy that an assignment of a group gives to its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupGrant {
    /// Where.
    pub tenant: TenantRef,
    /// There, or there and below.
    pub reach: Reach,
    /// The policy's name.
    pub policy: String,
    /// Its document; `None` while it is unknown.
    pub document: Option<DocumentHash>,
}

/// One way into a tenant, for “my access”.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccessEntry {
    /// The tenant.
    pub tenant: TenantRef,
    /// The set's name; `None` where the actor lives in the tenant.
    pub set: Option<String>,
    /// Through which group of the actor's; `None` when it is assigned itself.
    pub group: Option<String>,
    /// Here, or here and below.
    pub reach: Reach,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A tenant found by a part of its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TenantHit {
    /// Its path.
    pub path: TenantPath,
    /// Its name for people.
    pub display_name: String,
}

/// The cross-tenant questions. Whoever asks decides what may be shown: these answers are for services, not for people.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The tenant at that path. A former path gives the tenant under its present one.
    async fn resolve(&self, path: &TenantPath) -> Result<Option<TenantRef>>;

    /// The tenant of that id.
    async fn tenant(&self, id: TenantId) -> Result<Option<TenantRef>>;

    /// The user of that name at that path.
    async fn sign_in_entry(&self, path: &TenantPath, user_name: &str) -> Result<Option<SignInEntry>>;

    /// The user behind a session: `None` when it is gone.
    async fn user_entry(&self, actor: ActorKey) -> Result<Option<SignInEntry>>;

    /// Every policy that bears on the actor in the tenant: guardrails from the root to the tenant, its own where it
    /// lives there, and those of its unexpired assignments (its own and its groups').
    async fn authority(&self, actor: ActorKey, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<AuthorityRow>>;

    /// The tenant at a path (as [`Directory::resolve`]) with [`Directory::authority`] in it.
    async fn authority_at(
        &self,
        actor: ActorKey,
        path: &TenantPath,
        now: DateTime<Utc>,
    ) -> Result<Option<(TenantRef, Vec<AuthorityRow>)>> {
        let Some(tenant) = self.resolve(path).await? else { return Ok(None) };
        let rows = self.authority(actor, tenant.id, now).await?;
        Ok(Some((tenant, rows)))
    }

    /// What the members of a group are given by its unexpired assignments, in any tenant.
    async fn group_grants(&self, tenant: TenantId, group: Id<Group>, now: DateTime<Utc>) -> Result<Vec<GroupGrant>>;

    /// The texts of documents, in the order asked.
    async fn documents(&self, hashes: &[DocumentHash]) -> Result<Vec<Option<Arc<str>>>>;

    /// Every way the actor has into tenants, by path; at most 500.
    async fn my_access(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<AccessEntry>>;

    /// Tenants that the actor has a way into and whose path or name holds `text` (without case), by path.
    async fn search_tenants(
        &self,
        actor: ActorKey,
        text: &str,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantHit>>;

    /// How many users hold the built-in set `Administrator` on the tenant or an ancestor with reach, directly or by a
    /// group, and could sign in (enabled, with a password). For set-up and for the rule of the last administrator.
    async fn count_administrators(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64>;
}
