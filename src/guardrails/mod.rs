//! Guardrails: policies on a tenant that bound it and everything below it, whoever acts there. They grant nothing.
//!
//! A tenant has at least one, `AllowAll` until another takes its place. Guardrails attached to the root bind what is below
//! the root, not the root itself. They are read in the tenant and **changed from the tenant above it** (those of the root
//! in the root): who is bound by a guardrail must not be able to take it away, and who attached one that forbids too much
//! must be able to mend it.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
