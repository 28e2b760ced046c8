//! Managed policies in the console: lists, pages, versions and operations on [`crate::iam::Policy`].
//!
//! A document changes by a new version; at most five are kept. Whoever puts a document in force for others must hold
//! what it allows (security S21). Policies that AWS keeps are read-only.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
pub mod model;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
