//! The policy engine: AWS's access language, decided exactly and explained.
//!
//! **What it is.** A pure room. It reads policy documents, compiles them, and answers whether a principal may do an action on a
//! resource, for a simulated principal as for the administrator in front of the console; it is compiled for the server and for
//! the browser.
//!
//! **What it promises.**
//! - *Exact.* The language is that of the AWS IAM User Guide (*IAM JSON policy elements reference*, *Policy evaluation logic*,
//!   *AWS global condition context keys*), all of it: see the module of each element for the page that it follows.
//! - *Lossless.* A [`Document`] keeps the exact text and where every element stands in it, by byte, line, column and JSON Pointer.
//! - *Closed.* What is malformed or unknown is never skipped: a decision that depends on it is [`Undecidable`], which is a
//!   refusal everywhere, and says which policy and which element is to blame. A decision that does not depend on it is made.
//! - *Total and linear.* No input makes it panic. Reading, checking and deciding take time linear in the document and in the
//!   request; the one factor besides is for text with `?` between two stars, one step per character for each 64 of its length.
//!   Comparing documents as sets is bounded by a budget of steps and errs on the cautious side beyond it.
//! - *Three-valued.* A context key is known, absent or unknown ([`Presence`]), from the first day; so analyses ask the same engine.
//!
//! **What is deliberately absent.** No I/O, no clock, no randomness, no async: the time is a context key like any other. No
//! knowledge of which actions or keys exist; a catalogue of them belongs to the linter. No resource control policies.
//!
//! **Two names.** Things of this system have a native ARN and a WAMI ARN. A request carries both; a pattern matches if it matches
//! either, and `NotResource` and `NotPrincipal` apply if neither is listed.
//!
//! **Readable and acceptable.** Stored documents need only be readable ([`Document::read`]); they are decided on. What a person
//! writes must also be acceptable ([`accept`]): grammar, limits, and no error that [`check`] finds.
//!
//! **Where to start reading.** [`evaluate`] makes the decision and [`explain`] tells how; `statement` says when a statement applies,
//! `condition` and `operator` hold the comparisons, `pattern` and `glob` the wildcards and variables, `compile` leads from
//! [`Document`] to [`CompiledPolicy`], `json` reads text, `check` looks at what a person writes, `compare` at policies as sets
//! ([`covers`], [`diff`]). What AWS leaves open, and what is done then, is in `docs/decisions/0005-access-language.md`.
//!
//! ```
//! use wami::policy::{Action, Attached, Context, PolicySet, Principal, Request, Resource, Source, evaluate};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*",
//!     "Resource": "arn:aws:s3:::home/${aws:username}/*"}}"#;
//! let set = PolicySet::of_identity(vec![Attached::read(Source::UserInline, "home", text)]);
//!
//! let mut context = Context::new();
//! context.set("aws:username", "ada");
//! let request = Request {
//!     principal: &Principal::parse("arn:aws:iam::123456789012:user/ada")?,
//!     action: &Action::new("s3:GetObject")?,
//!     resource: &Resource::new("arn:aws:s3:::home/ada/notes.txt"),
//!     context: &context,
//! };
//! assert!(evaluate(&request, &set).is_ok_and(|decision| decision.is_allow()));
//! # Ok::<(), wami::policy::RequestError>(())
//! ```

mod check;
mod compare;
mod compile;
mod condition;
mod context;
mod decision;
mod document;
mod evaluate;
mod explain;
mod finding;
mod glob;
pub mod json;
mod nearest;
mod operator;
mod pattern;
mod principal;
mod request;
mod scalar;
mod set;
mod statement;
mod truth;

#[cfg(test)]
mod tests;

pub use check::{Accepted, SizeLimit, accept, check};
pub use compare::{Cause, Difference, Direction, Excess, covers, diff, excess};
pub use compile::CompiledPolicy;
pub use context::{Context, Presence};
pub use decision::{Decision, Matched, Outcome, Reason, Undecidable};
pub use document::{Document, DocumentKind};
pub use evaluate::{decide, decide_optimistically, evaluate};
pub use explain::{Explanation, LayerNode, Match, PartNode, PolicyNode, StatementNode, WantedValue, explain};
pub use finding::{Finding, Fix, Location, Severity};
pub use nearest::{Change, ChangeKind};
pub use request::{Action, Principal, PrincipalKind, Request, RequestError, Resource};
pub use set::{Attached, Body, GrantPath, Layer, PolicySet, Source};
pub use statement::Effect;
