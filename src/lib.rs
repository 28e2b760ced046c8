//! `wami`: identity and access in a tree of tenants, and the console that administers them.
//!
//! The library beneath is a set of store traits ([`store`]) and their implementations on Postgres and in memory; the console on top
//! serves pages that call services, which authorize, validate, change and record in one unit of work.
//!
//! Where to start: `store::traits` for what is stored, `op` and `authz` for who may do what, `app::routes` for the pages.

#![recursion_limit = "512"]

pub mod account;
pub mod app;
pub mod audit;
pub mod groups;
pub mod guardrails;
pub mod iam;
pub mod owners;
pub mod palette;
pub mod policies;
pub mod policy;
pub mod recycle_bin;
pub mod roles;
pub mod sso;
pub mod sso_admin;
pub mod sts;
pub mod tenant;
pub mod tenants;
pub mod users;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod app_state;
#[cfg(feature = "ssr")]
pub mod authn;
#[cfg(feature = "ssr")]
pub mod authz;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod key;
#[cfg(feature = "ssr")]
pub mod local_postgres;
#[cfg(feature = "ssr")]
pub mod op;
#[cfg(feature = "ssr")]
pub mod sample;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod synth;
#[cfg(feature = "ssr")]
pub mod telemetry;
#[cfg(feature = "ssr")]
pub mod ui;

#[cfg(feature = "ssr")]
pub use store::{AmiError, InMemoryStore};

#[cfg(feature = "hydrate")]
pub mod browser;
