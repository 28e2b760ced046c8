//! From a request to its operation context: session → actor → context, once, for pages and server functions alike.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::flash;
use super::headers::RequestId;
use crate::app_state::App;
use crate::op::{Actor, OpContext};
use crate::store::console::sessions::{SIGNED_IN, SignedIn};
use crate::wire::{ApiError, Code};

/// Puts the [`OpContext`] and, for a page, its flash into the request's extensions.
pub async fn context(State(app): State<Arc<App>>, session: Session, mut request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let source_ip = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(200).collect::<String>());
    let actor = match actor(&app, &session, source_ip, user_agent.as_deref()).await {
        Ok(actor) => actor,
        Err(error) => return plain(&error),
    };
    let mut op = OpContext::new(Arc::clone(&app), request_id, actor);
    op.source_ip = source_ip;
    op.user_agent = user_agent;
    op.is_secure = app.settings.public_url.starts_with("https://");
    request.extensions_mut().insert(Arc::new(op));
    let mut took_flash = false;
    if request.method() == Method::GET
        && let Some(flash) = flash::take(&app, request.headers(), request.uri().path()).await
    {
        took_flash = true;
        request.extensions_mut().insert(flash);
    }
    let mut response = next.run(request).await;
    if took_flash {
        response.headers_mut().append(header::SET_COOKIE, flash::forget());
    }
    response
}

/// Answers under the names of ours only: the public address, and this machine's own. Whoever makes a name of theirs lead
/// here gets no page under it.
pub async fn known_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if host.is_some_and(|host| is_known_host(host, &app.settings.public_url)) {
        return next.run(request).await;
    }
    let text = format!(
        "This console is reached at {}. For another address, start it with --public-url.\n",
        app.settings.public_url
    );
    (StatusCode::MISDIRECTED_REQUEST, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn is_known_host(host: &str, public_url: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    let is_here = address.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    host.eq_ignore_ascii_case(authority_of(public_url))
        || (is_here && port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit())))
}

/// Host and port of an address.
fn authority_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Refuses state changes that another site started (security S13): the browser says so itself, or, where it does not,
/// its `Origin` must be ours.
pub async fn same_origin(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || is_ours(request.headers(), &app.settings.public_url)
    {
        next.run(request).await
    } else {
        plain(&ApiError::new(Code::Forbidden, "This request came from another site and was not carried out."))
    }
}

fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text("origin"), text("host")) {
            // A proxy may have put its own name there.
            (Some(origin), _) if origin == public_url => true,
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, authority)| authority == host),
            // No browser leaves both out of a cross-site post: this is a program that holds the cookie itself.
            (None, _) => true,
            (Some(_), None) => false,
        },
    }
}

fn plain(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], error.message.clone()).into_response()
}

/// The signed-in user, if its session holds, the user is enabled and the tenant is active.
async fn actor(
    app: &App,
    session: &Session,
    source_ip: Option<IpAddr>,
    user_agent: Option<&str>,
) -> Result<Option<Actor>, ApiError> {
    let unavailable = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error, "the session could not be read");
        ApiError::new(Code::Unavailable, "The database does not answer right now. Try again in a moment.")
    };
    let Some(mut signed_in) = session.get::<SignedIn>(SIGNED_IN).await.map_err(|error| unavailable(&error))? else {
        return Ok(None);
    };
    let now = app.clock.now();
    // A clock that jumped back must not lengthen a session (reliability R11).
    let is_over = now - signed_in.at >= app.settings.session_absolute
        || now - signed_in.seen_at >= app.settings.session_idle
        || signed_in.seen_at - now > chrono::TimeDelta::minutes(5);
    let entry = app.backend.directory().user_entry(signed_in.actor()).await.map_err(|error| unavailable(&error))?;
    let Some(entry) = entry.filter(|entry| entry.enabled && !entry.tenant.suspended && !is_over) else {
        session.flush().await.map_err(|error| unavailable(&error))?;
        return Ok(None);
    };
    let source_ip = source_ip.map(|ip| ip.to_canonical().to_string());
    if now - signed_in.seen_at >= chrono::TimeDelta::minutes(1) || source_ip != signed_in.source_ip {
        signed_in.seen_at = now;
        signed_in.source_ip = source_ip;
        signed_in.user_agent = user_agent.map(str::to_owned);
        session.insert(SIGNED_IN, &signed_in).await.map_err(|error| unavailable(&error))?;
    }
    Ok(Some(Actor { key: signed_in.actor(), tenant: entry.tenant, user_name: entry.user_name, session: signed_in }))
}

/// One span and one line for each request.
pub async fn span(request: Request, next: Next) -> Response {
    use tracing::Instrument;
    let watch = crate::clock::Stopwatch::start();
    let span = tracing::info_span!("request", method = %request.method(), path = loggable(request.uri().path()));
    let response = next.run(request).instrument(span.clone()).await;
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let duration_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(request.id = id, status = response.status().as_u16(), duration_ms, "answered"));
    response
}

/// A path without the token of a single-use link.
fn loggable(path: &str) -> &str {
    ["/welcome/", "/setup/"].into_iter().find(|prefix| path.starts_with(prefix)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_are_answered() {
        let known = |host| is_known_host(host, "https://wami.example.org");
        for host in ["wami.example.org", "WAMI.example.org", "localhost", "127.0.0.1:3000", "[::1]:3000", "[::1]"] {
            assert!(known(host), "{host}");
        }
        for host in [
            "evil.test",
            "wami.example.org.evil.test",
            "wami.example.org:8080",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "192.0.2.1:3000",
            "127.0.0.1:3000@evil.test",
            "",
        ] {
            assert!(!known(host), "{host}");
        }
    }
}
