//! The one page for everything that cannot be shown.

use leptos::prelude::*;
use leptos_meta::Title;

use super::paths;
use crate::ui::{CenteredCard, LinkButton};
use crate::wire::{ApiError, Code};

/// What happened, what to do, and the request id to quote.
#[component]
pub fn ErrorPage(
    /// What failed.
    error: ApiError,
) -> impl IntoView {
    let title = match error.code {
        Code::NotFound => "Not found",
        Code::Forbidden => "Not allowed",
        Code::TenantNotActive => "Suspended",
        Code::Unavailable => "Not available right now",
        Code::Invalid => "This address cannot be read",
        Code::Undecidable => "A policy cannot be read",
        _ => "Something went wrong",
    };
    let mut message = error.message;
    for field in error.fields {
        message.push(' ');
        message.push_str(&field.message);
    }
    view! {
        <Title text=format!("{title} · WAMI Console")/>
        <CenteredCard title>
            <p>{message}</p>
            <p><LinkButton label="Go to my account" href=paths::ACCOUNT/></p>
            {error.request_id.map(|id| view! { <p class="hint">"Request "<code>{id}</code></p> })}
        </CenteredCard>
    }
}
