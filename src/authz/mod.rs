//! What somebody may do. One engine decides: [`crate::policy`]; there is no second permission system.
//!
//! A signed-in administrator is a session in the target tenant that holds *grant paths*: its own policies if it lives
//! there, and every unexpired assignment that covers the tenant, each set with its own boundary. All are in force
//! together; a Deny in any wins. Guardrails of every tenant from the root to the target bind all of it, those attached
//! to the root bind what is below the root.
//!
//! [`access::Access`] is loaded once per request and tenant and answers any number of questions. Refusals hide what the
//! actor may not know: without any read action in the tenant everything answers 404, else 403 with the reason.

pub mod access;
pub mod action;
pub mod administrators;
pub mod documents;
pub mod holds;
pub mod judge;
pub mod target;

pub use access::Access;
pub use action::Action;
pub use judge::Judge;
pub use target::Target;
