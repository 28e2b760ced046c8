//! Bringing what exists elsewhere into a tenant.
//!
//! [`aws_account`] reads the dump of one or several AWS accounts. Reading is pure: this room parses and checks, and
//! knows no store, no clock and no network.

pub mod aws_account;
