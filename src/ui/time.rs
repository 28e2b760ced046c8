//! Points in time.

use leptos::prelude::*;

use super::Text;

/// A time: `text` is read (“3 days ago” or the date), `datetime` is exact (RFC 3339), `exact` is
/// the exact time in words, on hover; `datetime` itself where it is missing.
#[component]
pub fn Time(
    #[prop(into)] datetime: String,
    #[prop(into)] text: String,
    #[prop(optional, into)] exact: Text,
) -> impl IntoView {
    let title = exact.into_option().unwrap_or_else(|| datetime.clone());
    view! { <time datetime=datetime title=title>{text}</time> }
}
