//! The browser's files: found at start by their hashed names, served precompressed and for ever.

use std::path::{Path, PathBuf};

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tower_http::services::ServeDir;

/// The hashed names of what a page refers to, without the leading `/pkg/`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Assets {
    /// The module that starts the islands.
    #[serde(default)]
    pub js: String,
    /// Its WebAssembly.
    #[serde(default)]
    pub wasm: String,
    /// The style sheet.
    #[serde(default)]
    pub css: String,
    /// The script that loads the islands.
    #[serde(default)]
    pub boot: String,
}

/// The manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the browser files at {path} cannot be used; build them with `make site`")]
pub struct AssetsError {
    path: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Assets {
    /// Reads `<site_dir>/pkg/manifest.json`.
    ///
    /// # Errors
    /// When it is not there or is no manifest.
    pub fn load(site_dir: &Path) -> Result<Self, AssetsError> {
        let path = site_dir.join("pkg/manifest.json");
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| AssetsError { path: path.clone(), source };
        let text = std::fs::read(&path).map_err(|error| fail(Box::new(error)))?;
        serde_json::from_slice(&text).map_err(|error| fail(Box::new(error)))
    }
}

/// The files below `/pkg`.
pub fn service(site_dir: &Path) -> axum::Router {
    let files = ServeDir::new(site_dir.join("pkg")).precompressed_br().precompressed_gzip();
    axum::Router::new().route("/speculation.json", get(speculation)).fallback_service(files).layer(from_fn(cached))
}

/// What a browser may fetch before it is asked for: pages that a pointer rests on. Never what a form does, never what
/// ends a session, never a download.
async fn speculation() -> impl IntoResponse {
    const RULES: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/api/*"}},{"not":{"href_matches":"/setup/*"}},{"not":{"href_matches":"/welcome/*"}},{"not":{"selector_matches":"[download]"}}]},"eagerness":"moderate"}]}"#;
    ([(header::CONTENT_TYPE, "application/speculationrules+json")], RULES)
}

/// A file whose name holds the hash of its content never changes; others are asked for again after a while.
async fn cached(request: Request, next: Next) -> Response {
    let is_hashed = has_hash(request.uri().path());
    let mut response = next.run(request).await;
    let value = match (response.status().is_success(), is_hashed) {
        (false, _) => "no-store",
        (true, true) => "public, max-age=31536000, immutable",
        (true, false) => "public, max-age=600",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    response
}

fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.']).any(|part| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for (name, hashed) in [
            ("/main-0a1b2c3d.css", true),
            ("/wami-0011223344556677_bg.wasm", true),
            ("/icons.svg", false),
            ("/main.css", false),
        ] {
            assert_eq!(has_hash(name), hashed, "{name}");
        }
    }
}
