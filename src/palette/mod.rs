//! Find a tenant by a part of its name: the page `/jump`, and the palette behind Ctrl-K on every page.

pub mod api;
pub mod island;
#[cfg(feature = "ssr")]
pub mod pages;
