//! Permission sets and assignments in the console: who may act where, as what.
//!
//! Nobody assigns more than they hold in the tenant (security S21), and the last administrator stays (S22).

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
