//! Text to take away: ids, ARNs, and secrets that are shown once.

use leptos::prelude::*;

use super::{Button, Glyph, Icon, LinkButton, Notice, Size, Text, Tone, words};

/// Text in mono with a button that copies it. `what` completes the button's name (“Copy ARN”).
///
/// The button is the hook `data-copy`; without a script it is not shown, and one click on an ARN
/// selects the whole of it. `arn` allows breaks anywhere.
#[component]
pub fn Copyable(#[prop(into)] text: String, #[prop(into)] what: String, #[prop(optional)] arn: bool) -> impl IntoView {
    let label = format!("{} {what}", words::COPY);
    view! {
        <span class="copyable">
            <code class=arn.then_some("arn")>{text.clone()}</code>
            <CopyButton text label/>
        </span>
    }
}

/// The button alone.
#[component]
pub fn CopyButton(#[prop(into)] text: String, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <button class="copy needs-js" type="button" title=label.clone() aria-label=label data-copy=text>
            <Icon glyph=Glyph::Copy/>
        </button>
    }
}

/// A secret at the only time it is shown, with copy and download, saying so.
///
/// `download_href` is a `data:` or one-time address; the caller must not log or keep the secret.
#[component]
pub fn SecretOnce(
    #[prop(into)] label: String,
    #[prop(into)] secret: String,
    #[prop(optional, into)] download_href: Text,
) -> impl IntoView {
    let copy = format!("{} {label}", words::COPY);
    view! {
        <div class="stack tight">
            <Notice tone=Tone::Warn title=format!("{label}: shown only now")>
                "Copy or download it before you leave this page. It cannot be shown again."
            </Notice>
            <div class="secret">
                <code>{secret.clone()}</code>
                <span class="needs-js"><Button label=copy size=Size::Small icon=Glyph::Copy attr:r#type="button" attr:data-copy=secret/></span>
                {download_href.into_option().map(|href| view! {
                    <LinkButton label=words::DOWNLOAD href size=Size::Small icon=Glyph::Download download=true/>
                })}
            </div>
        </div>
    }
}
