//! What users, groups, roles and permission sets have in common: attached and inline policies, a boundary, tags.
//! One set of operations serves all four; only the names of the actions differ.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod bin;
#[cfg(feature = "ssr")]
pub mod boundary;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
