//! All routes and their layers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use leptos::nonce::Nonce;
use leptos::prelude::*;
use leptos_axum::{generate_route_list, handle_server_fns_with_context, render_app_async_with_context};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

use super::assets::{self, Assets};
use super::flash::Flash;
use super::forms::{self, Reply};
use super::{headers, health, request, upload};
use crate::app::error_page::ErrorPage;
use crate::app::{App as Pages, shell};
use crate::app_state::App;
use crate::ids::Ids;
use crate::op::OpContext;
use crate::store::console::sessions::TowerStore;
use crate::wire::ApiError;

/// The cookie that holds a session's id.
pub const SESSION_COOKIE: &str = "__Host-wami";

/// How long things may take (security S17).
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// A request, by its body or by its work.
    pub request: Duration,
    /// An upload of which nothing comes.
    pub silence: Duration,
    /// An upload of which something comes now and then.
    pub upload: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(60),
            silence: Duration::from_secs(60),
            // The largest file at 2 Mbit/s.
            upload: Duration::from_secs(40 * 60),
        }
    }
}

/// The whole application as one service.
pub fn router(app: Arc<App>, site_dir: &Path, assets: Assets) -> Router {
    let idle = time::Duration::seconds(app.settings.session_idle.num_seconds());
    let store =
        TowerStore::new(Arc::clone(&app.console), Arc::clone(&app.clock), app.ids.clone(), app.settings.session_idle);
    let sessions = SessionManagerLayer::new(store)
        .with_name(SESSION_COOKIE)
        .with_http_only(true)
        .with_secure(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(idle));

    let assets = Arc::new(assets);
    let page = {
        let assets = Arc::clone(&assets);
        move |request: Request| page(Arc::clone(&assets), request)
    };
    let api = Router::new()
        .route("/api/{*function}", any(server_function))
        .layer(from_fn_with_state(Arc::clone(&app), forms::forms));
    let uploads = Router::new()
        .route(upload::ROUTE, post(upload::upload))
        .layer(from_fn_with_state(Arc::clone(&app), forms::forms));
    let not_found = move |request: Request| page_not_found(Arc::clone(&assets), request);
    let pages = page_paths()
        .iter()
        .fold(Router::new(), |router, path| router.route(path, get(page.clone())))
        .route("/", get(|| async { Redirect::to("/account") }))
        .fallback(not_found)
        .layer(CompressionLayer::new());
    let of_sessions = |router: Router| {
        router
            .layer(from_fn_with_state(Arc::clone(&app), request::same_origin))
            .layer(from_fn_with_state(Arc::clone(&app), request::context))
            .layer(sessions.clone())
    };
    let named = |router: Router| router.layer(from_fn_with_state(Arc::clone(&app), request::known_host));

    let probes: Router = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/robots.txt", get(|| async { include_str!("../../public/robots.txt") }))
        .with_state(Arc::clone(&app));
    let site = Router::new().nest_service("/pkg", assets::service(site_dir)).merge(of_sessions(api.merge(pages)));
    let deadlines = app.settings.deadlines;
    let brief = within(probes.merge(named(site)), deadlines.request);
    let long = patient(named(of_sessions(uploads)), deadlines);
    guarded(brief.merge(long), &app.ids)
}

/// A request that takes longer, by its body or by its work, is given up.
pub fn within(router: Router, longest: Duration) -> Router {
    router.layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, longest))
}

/// For what may take long to come: it is given up when nothing comes of it, and in the end in any case.
pub fn patient(router: Router, deadlines: Deadlines) -> Router {
    within(router.layer(RequestBodyTimeoutLayer::new(deadlines.silence)), deadlines.upload)
}

/// What holds for every answer, whatever it is: limits, a span with its line, and the headers; and a request that
/// panics is answered and hurts no other (security S33).
pub fn guarded(router: Router, ids: &Ids) -> Router {
    router
        .layer(RequestBodyLimitLayer::new(forms::MAX_UPLOAD))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a request panicked");
            forms::json(&ApiError::internal())
        }))
        .layer(from_fn_with_state(ids.clone(), headers::secure))
        .layer(from_fn(super::request::span))
}

/// The paths of all pages, as axum writes them. Browser tests visit every one.
pub fn page_paths() -> Vec<String> {
    generate_route_list(Pages).iter().map(|listing| listing.path().to_owned()).collect()
}

/// Renders the page of the router's that the address names.
async fn page(assets: Arc<Assets>, request: Request) -> Response {
    render(assets, request, || view! { <Pages/> }.into_any()).await
}

/// Renders the error page for an address that no page has.
async fn page_not_found(assets: Arc<Assets>, request: Request) -> Response {
    let mut response = render(assets, request, || view! { <ErrorPage error=ApiError::not_found()/> }.into_any()).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Renders a page whole.
async fn render(
    assets: Arc<Assets>,
    request: Request,
    body: impl Fn() -> AnyView + Clone + Send + Sync + 'static,
) -> Response {
    let extensions = request.extensions();
    let (Some(op), Some(nonce)) = (extensions.get::<Arc<OpContext>>().cloned(), extensions.get::<Nonce>().cloned())
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let flash = extensions.get::<Flash>().cloned();
    let theme = super::flash::cookie(request.headers(), "wami-theme").unwrap_or("auto").to_owned();
    let density = super::flash::cookie(request.headers(), "wami-density").unwrap_or("comfortable").to_owned();
    let provide = move || {
        provide_context(Arc::clone(&op));
        provide_context(nonce.clone());
        provide_context(flash.clone());
    };
    let render = render_app_async_with_context(provide, move || shell::shell(&assets, &theme, &density, body()));
    let mut response = render(request).await;
    response.headers_mut().insert("speculation-rules", HeaderValue::from_static("\"/pkg/speculation.json\""));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Cookie"));
    response
}

/// Calls a server function.
async fn server_function(Extension(op): Extension<Arc<OpContext>>, request: Request) -> Response {
    let reply = request.extensions().get::<Reply>().cloned().unwrap_or_default();
    let session = request.extensions().get::<tower_sessions::Session>().cloned();
    let provide = move || {
        provide_context(Arc::clone(&op));
        provide_context(reply.clone());
        provide_context(session.clone());
    };
    let response = handle_server_fns_with_context(provide, request).await.into_response();
    if response.status() == StatusCode::BAD_REQUEST {
        return forms::json(&ApiError::not_found());
    }
    response
}
