//! The one way of a form: post to a server function → 303 → page, with JavaScript or without.
//!
//! For a post from a page (`Accept: text/html`) the function is called as an island would call it; its outcome, with
//! what was entered (never secrets) and the errors, is kept as a flash for the page shown next. Calls from islands get
//! JSON with the true status.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::flash::{self, Flash};
use crate::app_state::App;
use crate::op::OpContext;
use crate::wire::{ApiError, Code};

/// The largest form that is not an upload, in bytes.
pub const MAX_FORM: usize = 1024 * 1024;
/// What is kept of one field.
const MAX_KEPT: usize = 128 * 1024;
/// What an upload may weigh, in bytes.
pub const MAX_UPLOAD: usize = 512 * 1024 * 1024;

/// What a server function says besides its result: where to go, what was done, what is shown once.
#[derive(Debug, Clone, Default)]
pub struct Reply(Arc<Mutex<Parts>>);

#[derive(Debug, Default)]
struct Parts {
    location: Option<String>,
    notice: Option<String>,
    once: Option<(String, String)>,
    cookies: Vec<String>,
    kept: Vec<(String, String)>,
}

impl Reply {
    /// A cookie to set, as a whole header value.
    pub fn cookie(&self, value: String) {
        self.parts().cookies.push(value);
    }

    /// What was entered in a field of an upload, to be shown again if it is refused; of other forms that is known.
    pub fn keep(&self, field: impl Into<String>, value: impl Into<String>) {
        self.parts().kept.push((field.into(), value.into()));
    }

    /// The page to show next.
    pub fn go_to(&self, location: impl Into<String>) {
        self.parts().location = Some(location.into());
    }

    /// What was done, as a whole sentence.
    pub fn notice(&self, sentence: impl Into<String>) {
        self.parts().notice = Some(sentence.into());
    }

    /// Something to show once on the next page.
    pub fn once(&self, name: impl Into<String>, value: impl Into<String>) {
        self.parts().once = Some((name.into(), value.into()));
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the [module](self).
pub async fn forms(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let accepts_html =
        header_text(request.headers(), header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let reply = Reply::default();
    request.extensions_mut().insert(reply.clone());
    let request_id = request.extensions().get::<Arc<OpContext>>().map(|op| op.request_id.clone());
    let action = request.uri().path().to_owned();
    let referer =
        header_text(request.headers(), header::REFERER).and_then(same_site_path).unwrap_or_else(|| "/".into());
    let media_type = header_text(request.headers(), header::CONTENT_TYPE).unwrap_or_default().to_owned();
    let is_upload = media_type.starts_with("multipart/form-data");

    let (mut parts, body) = request.into_parts();
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let (request, mut values) = if is_upload {
        (Request::from_parts(parts, body), vec![])
    } else {
        if !media_type.starts_with("application/x-www-form-urlencoded") {
            return json(&ApiError::new(Code::Invalid, "This address takes a form."));
        }
        let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
            return json(&ApiError::new(Code::Invalid, "The form is larger than 1 MB."));
        };
        let values = kept_values(&bytes);
        (Request::from_parts(parts, Body::from(bytes)), values)
    };

    let response = next.run(request).await;
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_FORM).await.unwrap_or_default();
    let error = error_of(parts.status, &bytes, request_id.as_deref());
    let said = std::mem::take(&mut *reply.parts());
    values.extend(said.kept);

    if !accepts_html {
        return match error {
            Some(error) => json(&error),
            None => {
                let mut response = Response::from_parts(parts, Body::from(bytes));
                never_prefetched(response.headers_mut());
                response
            }
        };
    }
    let location = match &error {
        Some(_) => referer,
        None => said.location.unwrap_or(referer),
    };
    let path = location.split(['?', '#']).next().unwrap_or("/").to_owned();
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // A changed session's cookie must reach the browser with the redirect.
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
    for cookie in said.cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    if error.is_some() || said.notice.is_some() || said.once.is_some() {
        let flash = Flash {
            values: if error.is_some() { values } else { vec![] },
            action,
            error,
            notice: said.notice,
            once: said.once,
        };
        if let Some(cookie) = flash::keep(&app, &path, &flash).await {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    headers.insert(header::LOCATION, HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/")));
    never_prefetched(headers);
    response
}

/// Chromium would otherwise use a page that it prefetched before the post.
fn never_prefetched(headers: &mut HeaderMap) {
    headers.insert("clear-site-data", HeaderValue::from_static("\"prefetchCache\""));
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Path and query of a `Referer` of ours; its host was compared by the cross-site check already.
fn same_site_path(referer: &str) -> Option<String> {
    let (_, rest) = referer.split_once("://")?;
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    // `//host` would be another site, and browsers read a backslash as a slash.
    (!path.starts_with("//") && !path.contains('\\')).then(|| path.split('#').next().unwrap_or("/").to_owned())
}

/// What may be shown again. A field whose name speaks of a secret is never kept.
fn kept_values(body: &Bytes) -> Vec<(String, String)> {
    form_urlencoded::parse(body)
        .filter(|(name, value)| {
            let name = name.to_lowercase();
            value.len() <= MAX_KEPT && !["password", "secret", "token", "code"].iter().any(|word| name.contains(word))
        })
        .take(500)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The error in an answer of a server function; `None` when it succeeded.
fn error_of(status: StatusCode, body: &[u8], request_id: Option<&str>) -> Option<ApiError> {
    if status.is_success() || status.is_redirection() {
        return None;
    }
    let mut error: ApiError = serde_json::from_slice(body).unwrap_or_else(|_| match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(Code::Invalid, "What was sent is too large."),
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::METHOD_NOT_ALLOWED => {
            ApiError::new(Code::Invalid, "The form could not be read. Reload the page and try again.")
        }
        _ => ApiError::internal(),
    });
    if error.request_id.is_none() {
        error.request_id = request_id.map(str::to_owned);
    }
    Some(error)
}

/// An error as an island reads it, with its true status.
pub fn json(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(error)).into_response();
    never_prefetched(response.headers_mut());
    if let Some(seconds) = error.retry_after
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        let body = Bytes::from_static(b"name=ann&password=hunter2&new_password=x&token=t&note=%3Cb%3E");
        assert_eq!(kept_values(&body), [("name".into(), "ann".into()), ("note".into(), "<b>".into())]);
    }

    #[test]
    fn a_referer_gives_a_path_of_ours_only() {
        assert_eq!(same_site_path("https://wami.test/t/acme/users?q=1#x"), Some("/t/acme/users?q=1".into()));
        assert_eq!(same_site_path("https://wami.test"), Some("/".into()));
        assert_eq!(same_site_path("https://wami.test//evil.test/"), None);
        assert_eq!(same_site_path("https://wami.test/\\evil.test/"), None);
        assert_eq!(same_site_path("junk"), None);
    }

    #[test]
    fn what_is_no_error_of_ours_tells_nothing() {
        let error = error_of(StatusCode::INTERNAL_SERVER_ERROR, b"select * from users", Some("r1")).expect("an error");
        assert!(!error.message.contains("select"));
        assert_eq!(error.request_id.as_deref(), Some("r1"));
        assert_eq!(error_of(StatusCode::OK, b"{}", None), None);
    }
}
