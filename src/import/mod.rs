//! Bringing what exists elsewhere into a tenant.
//!
//! [`aws_account`] reads the dump of one or several AWS accounts; reading is pure. [`run`] merges a dump with what a
//! tenant holds and writes it, in one unit of work, or says what it would do; [`service`] does so for somebody who is
//! allowed to, with the record of it; [`uploads`] and [`jobs`] are its way in the console.
//!
//! The rules of the merge: what changed in the dump is taken over, what was edited here since the last import is a
//! conflict and kept unless the dump is to win, what the dump does not have any more stays and is reported. A second
//! import of the same dump changes nothing.

#[allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]
pub mod api;
pub mod aws_account;
pub mod gains;
pub mod grants;
mod items;
pub mod jobs;
mod merge;
pub mod pages;
pub mod report;
pub mod run;
pub mod service;
pub mod uploads;
mod whole;

pub use items::Aspect;
pub use report::Report;

use crate::policy::{CompiledPolicy, DocumentKind};
use crate::store::provider::NativeKind;
use aws_account::{Kind, PolicyFault, PolicyUse};

const fn native(kind: Kind) -> NativeKind {
    match kind {
        Kind::User => NativeKind::User,
        Kind::Group => NativeKind::Group,
        Kind::Role => NativeKind::Role,
        Kind::Policy => NativeKind::Policy,
    }
}

/// The policy engine's word on a document of a dump: what AWS would have stored is good.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_policy(text: &str, usage: PolicyUse) -> Result<(), PolicyFault> {
    let kind = match usage {
        PolicyUse::Managed | PolicyUse::Inline => DocumentKind::Identity,
        PolicyUse::Trust => DocumentKind::Trust,
    };
    match CompiledPolicy::read_sound(text, kind) {
        Ok(_) => Ok(()),
        Err(findings) => {
            let first = findings.into_iter().next();
            Err(first.map_or_else(
                || PolicyFault { pointer: String::new(), message: "The policy cannot be read.".into() },
                |finding| PolicyFault { pointer: finding.pointer, message: finding.message },
            ))
        }
    }
}
