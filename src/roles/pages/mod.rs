//! Pages of roles.

mod detail;
mod edit;
mod list;

pub use detail::{permissions_tab, tab};
pub use edit::new;
pub use list::list;
