//! `wami`: identity and access in a tree of tenants, and the console that administers them.
//!
//! The library beneath is a set of store traits ([`store`]) with implementations in memory and on Postgres; the console
//! on top serves pages that call services, which authorize, validate, change and record in one unit of work.
//!
//! Where to start: `store::traits` for what is stored, `op` and `authz` for who may do what, `app::routes` for the pages.

pub mod audit;
pub mod iam;
pub mod policy;
pub mod sso_admin;
pub mod sts;
pub mod tenant;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod authn;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod ui;

#[cfg(feature = "ssr")]
pub use store::AmiError;
