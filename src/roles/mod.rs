//! Roles in the console: lists, pages and operations on [`crate::iam::Role`].
//!
//! A service-linked role is neither edited nor deleted here. Who writes a trust policy decides who may act as the role:
//! the writer must hold what the role can do (security S21).

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
pub mod model;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
