//! Pages of managed policies.

mod detail;
mod edit;
mod list;

pub use detail::{document, tab};
pub use edit::new;
pub use list::list;
