//! What the page has to say: notices that stay, toasts that go.

use leptos::prelude::*;

use super::{Glyph, Icon, Sign, Slot, Text, Tone, text::classes, words};

/// The icon of a notice.
const fn glyph(tone: Tone) -> Glyph {
    match tone {
        Tone::Ok => Glyph::Check,
        Tone::Danger | Tone::Warn => Glyph::Warning,
        Tone::Neutral | Tone::Info | Tone::Accent => Glyph::Info,
    }
}

/// Something to know: what happened, why, what to do. `title` is the sentence in bold; children
/// continue it; `action` is where it leads. `alert` makes readers speak it at once.
#[component]
pub fn Notice(
    #[prop(optional, into)] title: Text,
    #[prop(default = Tone::Info)] tone: Tone,
    #[prop(optional)] alert: bool,
    #[prop(optional, into)] action: Slot,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=classes(&["notice", tone.class()]) role=if alert { "alert" } else { "note" }>
            <Icon glyph=glyph(tone)/>
            <div>
                <p>
                    {title.into_option().map(|title| view! { <strong>{title}</strong>" " })}
                    {children.map(|children| view! { <span class="muted">{children()}</span> })}
                </p>
                {action.into_option().map(|action| view! { <div class="actions">{action}</div> })}
            </div>
        </div>
    }
}

/// Where toasts appear; in the frame once. Readers hear what is added to it.
#[component]
pub fn ToastRegion(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! { <div class="toasts" role="status" aria-label=words::NOTIFICATIONS id="toasts">{children.map(|children| children())}</div> }
}

/// A short confirmation that leaves by itself. Never the only place of what it says. `action` is
/// “Undo” or a link; `held` keeps it until the next page.
#[component]
pub fn Toast(
    #[prop(into)] text: String,
    #[prop(default = Tone::Ok)] tone: Tone,
    #[prop(optional)] held: bool,
    #[prop(optional, into)] action: Slot,
) -> impl IntoView {
    view! {
        <div class=if held { "toast held" } else { "toast" }>
            <Sign tone/>
            <div>{text}</div>
            {action.into_option().map(|action| view! { <span>{action}</span> })}
        </div>
    }
}
