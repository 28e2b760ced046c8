//! The browser's files: found at start by their hashed names, served precompressed and for ever.

use std::path::{Path, PathBuf};

use axum::http::{HeaderValue, header};
use serde::Deserialize;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

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
    /// The icon sprite.
    #[serde(default)]
    pub icons: String,
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
    let forever = SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        |response: &axum::response::Response<_>| {
            let is_found = response.status().is_success();
            let value = if is_found { "public, max-age=31536000, immutable" } else { "no-store" };
            Some(HeaderValue::from_static(value))
        },
    );
    axum::Router::new().fallback_service(ServiceBuilder::new().layer(forever).service(files))
}
