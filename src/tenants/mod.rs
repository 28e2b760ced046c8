//! Tenants in the console: the tree, the overview of one, and what is done to them.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod tree;
