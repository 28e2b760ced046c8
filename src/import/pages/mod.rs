//! Pages of the import: the form, and an upload on its way from check to report.

mod start;
mod tables;
mod upload;

pub use start::start;
pub use upload::upload;
