//! The shell around pages: document, routes, paths, the frame of a tenant, the error page. Pages themselves live with
//! their domains; they are rendered on the server only, whole, and only their islands run in the browser.

#[cfg(feature = "ssr")]
pub mod browser_name;
#[cfg(feature = "ssr")]
pub mod conflict;
#[cfg(feature = "ssr")]
pub mod editing;
#[cfg(feature = "ssr")]
pub mod error_page;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod page;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod text_diff;
#[cfg(feature = "ssr")]
pub mod when;

#[cfg(feature = "ssr")]
pub use routes::App;
