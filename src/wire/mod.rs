//! What crosses the wire between browser and server, and nothing else: ids, cursors and pages, filters, errors, secrets.
//!
//! Promises: every type here compiles for both sides, does no I/O and knows no domain.
//! Start reading at [`error::ApiError`], the one shape in which anything fails.

pub mod encode;
pub mod error;
pub mod filter;
pub mod ids;
pub mod list_query;
pub mod page;
pub mod secret;

pub use error::{ApiError, Code, FieldError};
pub use filter::{Filter, FilterError, Term};
pub use ids::Id;
pub use list_query::ListQuery;
pub use page::{Cursor, Page, PageRequest, Sort, Total};
pub use secret::Secret;
