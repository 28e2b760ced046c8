//! What a form post has to say to the page shown next: kept once, read once, bound to the browser by a short-lived cookie
//! of its own (so that a failed anonymous form makes no session).

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::app_state::App;
use crate::store::console::hash_of;
use crate::wire::ApiError;

/// The cookie that leads to the flash.
const COOKIE: &str = "__Host-wami-flash";
/// How long a flash waits for its page.
const SECONDS: i64 = 120;

/// The outcome of a form post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path that was posted to.
    pub action: String,
    /// What was entered, in order; never secrets.
    pub values: Vec<(String, String)>,
    /// Why it failed; `None` when it was done.
    pub error: Option<ApiError>,
    /// What was done, as a sentence.
    pub notice: Option<String>,
    /// Something shown once, such as a link with a token: name and value.
    pub once: Option<(String, String)>,
}

impl Flash {
    /// The value entered in a field of the form that posts to `action`.
    pub fn value(&self, action: &str, field: &str) -> Option<&str> {
        (self.action == action && self.error.is_some())
            .then(|| self.values.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str()))
            .flatten()
    }

    /// The error of the form that posts to `action`.
    pub fn error(&self, action: &str) -> Option<&ApiError> {
        self.error.as_ref().filter(|_| self.action == action)
    }
}

/// Keeps a flash for the page at `path`, and gives the cookie to set.
pub async fn keep(app: &App, path: &str, flash: &Flash) -> Option<HeaderValue> {
    let token = app.ids.hex::<16>();
    let mut said = serde_json::to_value(flash).ok()?;
    visible(&mut said);
    let mut data = serde_json::to_vec(&said).ok()?;
    mask(&token, &mut data);
    let data = hex(&data).into();
    let expires_at = app.clock.now() + chrono::TimeDelta::seconds(SECONDS);
    if let Err(error) = app.console.put_flash(&hash_of(token.as_bytes()), &name_of(path), &data, expires_at).await {
        tracing::error!(error = &error as &dyn std::error::Error, "a flash could not be kept");
        return None;
    }
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; Max-Age={SECONDS}; Secure; HttpOnly; SameSite=Lax")).ok()
}

/// Makes NUL visible: a browser cannot show it.
fn visible(data: &mut Value) {
    match data {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{FFFD}"),
        Value::Array(items) => items.iter_mut().for_each(visible),
        Value::Object(entries) => entries.values_mut().for_each(visible),
        _ => {}
    }
}

/// The cookie that removes the flash's.
pub fn forget() -> HeaderValue {
    HeaderValue::from_static("__Host-wami-flash=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

/// Takes the flash of the page at `path`. A prefetch must not take it: the person has not seen the page then.
pub async fn take(app: &App, headers: &HeaderMap, path: &str) -> Option<Flash> {
    if headers.contains_key("sec-purpose") {
        return None;
    }
    let token = cookie(headers, COOKIE)?;
    let data = app.console.take_flash(&hash_of(token.as_bytes()), &name_of(path), app.clock.now()).await.ok()??;
    let text = data.as_str().filter(|text| text.is_ascii() && text.len() % 2 == 0)?;
    let bytes = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16));
    let mut data = bytes.collect::<Result<Vec<u8>, _>>().ok()?;
    mask(token, &mut data);
    serde_json::from_slice(&data).ok()
}

/// Names a path without telling it: it may hold the token of a link.
fn name_of(path: &str) -> String {
    hex(&hash_of(path.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is kept cannot be read without the cookie: a flash may hold a link that is to be shown once, and the database
/// must not give it away. The token is random and used for one flash only, so its stream of bytes is too (HMAC as a
/// pseudo-random function, counted up).
fn mask(token: &str, data: &mut [u8]) {
    for (counter, block) in (0_u64..).zip(data.chunks_mut(32)) {
        let mut stream = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
        stream.update(b"wami flash ");
        stream.update(&counter.to_be_bytes());
        for (byte, with) in block.iter_mut().zip(stream.finalize().into_bytes()) {
            *byte ^= with;
        }
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
