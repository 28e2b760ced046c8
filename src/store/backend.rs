//! What makes stores: the backend in the application state.

use async_trait::async_trait;

use super::Result;
use super::scope::Scope;
use super::traits::{Directory, IamStore, ImportStore, RecordStore, SsoAdminStore, StsStore, TenantStore};
use crate::audit::chain::Chains;
use crate::tenant::TenantRef;

/// All parts of one tenant: outside a unit of work each call is a transaction of its own.
pub struct Parts {
    /// Users, groups, roles, policies.
    pub iam: Box<dyn IamStore>,
    /// Temporary credentials.
    pub sts: Box<dyn StsStore>,
    /// Permission sets and assignments.
    pub sso: Box<dyn SsoAdminStore>,
    /// The tree.
    pub tenants: Box<dyn TenantStore>,
    /// Audit and bin.
    pub records: Box<dyn RecordStore>,
    /// Imports.
    pub imports: Box<dyn ImportStore>,
}

/// Parts for reading alone. They may share one transaction, which is opened when the first of them is asked and holds a
/// connection until it is released.
pub struct Reads {
    parts: Parts,
    release: Option<Box<dyn Release>>,
}

/// The end of what reads share.
#[async_trait]
pub trait Release: Send + Sync {
    /// Gives back what the reads hold. Whoever reads on opens it again.
    async fn release(&self);
}

impl Reads {
    /// Reads that share what `release` gives back.
    pub fn sharing(parts: Parts, release: Box<dyn Release>) -> Self {
        Self { parts, release: Some(release) }
    }

    /// Reads that share nothing.
    pub fn apart(parts: Parts) -> Self {
        Self { parts, release: None }
    }

    /// Gives back what they hold.
    pub async fn release(&self) {
        if let Some(release) = &self.release {
            release.release().await;
        }
    }
}

impl std::ops::Deref for Reads {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// A unit of work: everything done through its parts commits together or, when it is dropped, not at all. It sees one
/// tenant at a time.
pub struct UnitOfWork {
    parts: Parts,
    commit: Box<dyn Commit>,
}

/// What holds a unit of work together.
#[async_trait]
pub trait Commit: Send + Sync {
    /// Makes everything done durable and visible.
    async fn commit(self: Box<Self>) -> Result<()>;

    /// Opens another tenant within the same unit, on behalf of whom it was begun for. See [`UnitOfWork::enter`].
    async fn enter(&self, tenant: &TenantRef) -> Result<Parts>;
}

impl UnitOfWork {
    /// A unit of work of these parts, ended by `commit`.
    pub fn new(parts: Parts, commit: Box<dyn Commit>) -> Self {
        Self { parts, commit }
    }

    /// Goes on in another tenant, which may have been created in this unit: from now on its parts are that tenant's.
    ///
    /// # Errors
    /// `AccessDenied` when the tenant is not there, or not open to whom the unit was begun for; then the unit goes on
    /// where it was. `Unavailable`.
    pub async fn enter(&mut self, tenant: &TenantRef) -> Result<()> {
        self.parts = self.commit.enter(tenant).await?;
        Ok(())
    }

    /// Commits.
    ///
    /// # Errors
    /// When it fails nothing was changed. `ConcurrentModification`: read again and try again.
    pub async fn commit(self) -> Result<()> {
        drop(self.parts);
        self.commit.commit().await
    }
}

impl std::ops::Deref for UnitOfWork {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl std::ops::DerefMut for UnitOfWork {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.parts
    }
}

/// Makes stores and units of work for any tenant. Cheap to call; made once per process.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The parts of a tenant, each call a transaction of its own.
    fn parts(&self, scope: &Scope) -> Parts;

    /// The parts of a tenant for a row of reads, cheaper than [`Backend::parts`] where a backend can share the opening.
    fn reads(&self, scope: &Scope) -> Reads {
        Reads::apart(self.parts(scope))
    }

    /// Begins a unit of work in a tenant.
    ///
    /// # Errors
    /// `Unavailable`; `AccessDenied` when the backend itself finds the actor not entitled.
    async fn begin(&self, scope: &Scope) -> Result<UnitOfWork>;

    /// Makes sure that the root tenant exists, and gives it. Safe to call at any time, from any number of processes.
    async fn ensure_root(&self, display_name: &str) -> Result<TenantRef>;

    /// The cross-tenant questions.
    fn directory(&self) -> &dyn Directory;

    /// What the console calls it: `postgres`, `memory`.
    fn name(&self) -> &'static str;

    /// Seals the records of the audit that are committed, and gives how many; 0 where another process is at it or where
    /// nothing outlives the process anyway.
    async fn seal_audit(&self) -> Result<u64> {
        Ok(0)
    }

    /// Recomputes the chain of every tenant.
    async fn verify_audit(&self) -> Result<Chains> {
        Ok(Chains::default())
    }

    /// Answers whether the backend can be used right now.
    async fn ping(&self) -> Result<()>;
}
