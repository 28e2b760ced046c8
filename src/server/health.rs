//! Is it alive, is it ready.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::app_state::App;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The backend answers within two seconds.
pub async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(Duration::from_secs(2), app.backend.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
