//! Users in the console: lists, pages and operations on [`crate::iam::User`].
//!
//! Invariants: a rename keeps the id and everything owned; a person's e-mail is never used to send anything; whoever
//! resets a password must hold what the user can do (security S21).

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
pub mod model;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
