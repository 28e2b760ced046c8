//! Pages of users.

mod detail;
mod edit;
mod list;

pub use detail::{overview, tab};
pub use edit::new;
pub use list::list;
