//! The sample organisation: a shipping line of our own making, for whoever has no account of their own to look at.
//!
//! Seven tenants in three levels, people in groups, roles with trust policies, permission sets and assignments, and
//! policies whose faults are worth finding (`docs/SAMPLE.md` lists them; the tests prove each). It is data, read by
//! [`data`] from one JSON file a tenant; [`load`] puts it into a store, all of it or nothing, with its audit records.
//!
//! Nobody in it has a password: people get one by a link that an administrator makes, as everywhere.

pub mod data;
mod fill;
mod load;

pub use load::{ACTION, Loaded, SampleError, load};

/// The path of the tenant that holds it all.
pub const TOP: &str = "saltmarsh";
