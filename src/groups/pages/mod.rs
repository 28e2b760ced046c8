//! Pages of groups.

mod detail;
mod edit;
mod list;

pub use detail::{members, tab};
pub use edit::new;
pub use list::list;
