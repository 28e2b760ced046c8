//! Groups in the console: lists, pages and operations on [`crate::iam::Group`], and memberships.
//!
//! Whoever makes somebody a member gives what the group may do: it must hold that itself (security S21).

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
pub mod model;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
