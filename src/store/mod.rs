//! Stores: where tenants, identities, permission sets and records are kept.
//!
//! [`traits`] says what a store must do, `contract` proves it, [`memory`] and [`postgres`] do it.
//! What their five kinds of entities have in common is said once, in [`entity`].
//! A `Store` is four parts and a provider; [`HybridStore`] is any four. What makes them for a tenant, and units of work
//! over them, is a [`Backend`]. Decisions (who may do what) are not made here; the one thing a backend checks by itself
//! is that a scope is opened by somebody entitled to its tenant.

pub mod backend;
pub mod console;
#[cfg(feature = "contract")]
pub mod contract;
pub mod entity;
pub mod error;
pub mod hybrid;
pub mod listing;
pub mod memory;
pub mod paging;
pub mod postgres;
pub mod provider;
pub mod rules;
pub mod scope;
pub mod traits;

pub use backend::{Backend, Commit, Parts, Reads, Release, UnitOfWork};
pub use error::{AmiError, Result};
pub use hybrid::HybridStore;
pub use memory::{InMemoryStore, MemoryBackend};
pub use postgres::PostgresStore;
pub use provider::{AwsProvider, CloudProvider};
pub use scope::{ActorKey, Behalf, Scope};
pub use traits::{Directory, IamStore, ImportStore, RecordStore, SsoAdminStore, StsStore, TenantStore};

use async_trait::async_trait;

/// A store of one tenant, made of four parts.
#[async_trait]
pub trait Store: Send + Sync {
    /// The identity part.
    type IamStore: IamStore;
    /// The part for temporary credentials.
    type StsStore: StsStore;
    /// The part for permission sets and assignments.
    type SsoAdminStore: SsoAdminStore;
    /// The tenant part.
    type TenantStore: TenantStore;

    /// How names and ids are formed.
    fn cloud_provider(&self) -> &dyn CloudProvider;

    /// Users, groups, roles, policies.
    async fn iam_store(&mut self) -> Result<&mut Self::IamStore>;
    /// Temporary credentials.
    async fn sts_store(&mut self) -> Result<&mut Self::StsStore>;
    /// Permission sets and assignments.
    async fn sso_admin_store(&mut self) -> Result<&mut Self::SsoAdminStore>;
    /// The tree of tenants.
    async fn tenant_store(&mut self) -> Result<&mut Self::TenantStore>;
}
