//! What a store must do, as plain async functions: one case for each promise of [`traits`](crate::store::traits).
//!
//! A case takes a [`Harness`] over an empty backend and fails by panicking. Its name is its claim. The list of all of
//! them is [`contract_cases!`](crate::contract_cases): given a function that makes a harness, it makes a test of each,
//! so that a store of one's own is tested by
//!
//! ```text
//! mod my_store {
//!     wami::contract_cases!(crate::open_my_store); // async fn open_my_store() -> Harness
//! }
//! ```
//!
//! Absent on purpose: what is a backend's own (plans of queries, row-level security, faults).

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

pub mod builders;
mod cases;
pub mod expect;
pub mod harness;
pub mod lists;

pub mod assignments;
pub mod attachments;
pub mod bin;
pub mod concurrency;
pub mod directory;
pub mod filters;
pub mod groups;
pub mod guardrails;
pub mod imports;
pub mod inline;
pub mod isolation;
pub mod login_profiles;
pub mod paging;
pub mod permission_sets;
pub mod policies;
pub mod records;
pub mod roles;
pub mod scopes;
pub mod tags;
pub mod tenants;
pub mod unit_of_work;
pub mod users;
pub mod versions;

pub use harness::Harness;
