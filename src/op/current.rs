//! The operation context of the page or server function that is running: the one file that reads Leptos' context.

use std::sync::Arc;

use leptos::prelude::use_context;
use tower_sessions::Session;

use super::OpContext;
use crate::server::forms::Reply;
use crate::wire::ApiError;

/// The context of this request.
///
/// # Errors
/// `Internal` outside of a request: a defect.
pub fn current() -> Result<Arc<OpContext>, ApiError> {
    use_context::<Arc<OpContext>>().ok_or_else(ApiError::internal)
}

/// What this server function says besides its result.
pub fn reply() -> Reply {
    use_context::<Reply>().unwrap_or_default()
}

/// The session of this request.
///
/// # Errors
/// `Internal` outside of a request: a defect.
pub fn session() -> Result<Session, ApiError> {
    use_context::<Option<Session>>().flatten().ok_or_else(ApiError::internal)
}
