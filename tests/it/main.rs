//! The one integration test binary. It starts what it needs: a throw-away PostgreSQL, shared by all tests of a run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod account;
mod administrators;
mod architecture;
mod chain;
mod console_store;
mod contract;
mod failing;
mod forms;

mod hostile;
mod import;
mod local_postgres;
mod matrix;
mod memory;
mod objects;
mod postgres;
mod queries;
mod requests;
mod sample;
mod secrets;
mod sessions;
mod support;
mod takeover;
