//! Audit: what happened, who did it, what it changed.
//!
//! Each change writes one event in its own transaction, with redacted before and after; a bulk change is one event with
//! parts. Recorded are changes, sign-ins, refused changes, exports and reads of secrets; ordinary reads are not.

#[cfg(feature = "ssr")]
pub mod chain;
pub mod event;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;

pub use event::{Event, EventActor, EventId, EventTarget, Outcome};
