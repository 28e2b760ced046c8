//! What people do about themselves: sign in and out, their password, their sessions, where they have access.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
