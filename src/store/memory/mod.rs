//! Stores in memory: a real backend for demos, tests and small tools, and the reference of what a store does.
//!
//! Everything is one immutable [`State`](state::State) of persistent maps. Readers take the present one and are never
//! in anybody's way. Whoever writes holds the one lock of writers, changes a clone (which shares all that stays the
//! same) and puts it in place when done: what fails or is given up leaves nothing behind, by construction. A unit of
//! work holds the lock from its beginning to its end.
//!
//! Absent on purpose: durability, and any rule that is not a promise of [`traits`](crate::store::traits).

mod assignments;
mod backend;
mod bin;
mod directory;
mod entity;
mod events;
mod groups;
mod guardrails;
mod handle;
mod iam;
mod imports;
mod list;
mod owners;
mod permission_sets;
mod policies;
mod policy_versions;
mod records;
mod roles;
mod room;
mod rows;
mod sso;
mod state;
mod store;
mod table;
mod tenants;
mod tree;
mod users;
mod whole;

pub use backend::MemoryBackend;
pub use iam::MemoryIamStore;
pub use imports::MemoryImportStore;
pub use records::MemoryRecordStore;
pub use sso::MemorySsoAdminStore;
pub use store::{InMemoryStore, MemoryStsStore};
pub use tenants::MemoryTenantStore;

/// A persistent map: a clone costs nothing and shares what neither side changes.
type Map<K, V> = rpds::RedBlackTreeMapSync<K, V>;
/// A persistent set.
type Set<T> = rpds::RedBlackTreeSetSync<T>;
