//! The only room that knows HTTP: layers, router, assets, health, the way of a form post, shutdown.
//!
//! Order of layers, outermost first: panic → request id and span → security headers and nonce → body limit → time-out →
//! (for pages and server functions) session → operation context → cross-site check → forms. It decides nothing about
//! who may do what.

pub mod assets;
pub mod flash;
pub mod forms;
pub mod headers;
pub mod health;
pub mod request;
pub mod router;
pub mod serve;
pub mod upload;

pub use router::router;
