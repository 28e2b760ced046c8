//! The recycle bin: what was deleted in the last 30 days, and its way back.
//!
//! A restore keeps the internal id, recreates the relations that are still valid and lists the others, asks for a new
//! name when the old one is taken, and is authorized like the creation and the grants that it repeats.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
