//! Comparing policies as sets of requests, without trying requests.
//!
//! A statement is taken apart into *units*: an action pattern and a resource pattern (or everything but patterns) under its conditions.
//! Units are compared exactly as sets of texts (`inclusion`, `texts`); conditions only for being the same (`conditions`). Upon this stand
//! the question whether one holds what another could grant ([`covers`]), and the difference of two documents ([`diff`]).

mod conditions;
mod covers;
mod diff;
mod inclusion;
mod texts;

pub use covers::{Excess, covers, excess};
pub use diff::{Cause, Difference, Direction, diff};
