//! Tenants: a tree with one root, each with a path, an account id and a status.
//!
//! A tenant's `slug` is unique among its siblings; the dotted [`TenantPath`] names it in URLs, in sign-in names and as
//! the value of `wami:TenantId`. The root's path is `root` and is not part of its children's: they are `acme`, `acme.eng`.

pub mod model;
pub mod path;
#[cfg(feature = "ssr")]
pub mod store;

pub use model::{Guardrail, Tenant, TenantId, TenantRef, TenantStatus};
pub use path::{PathError, TenantPath};
