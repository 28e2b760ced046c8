//! Text to take away: ids, ARNs, and secrets that are shown once.

use leptos::prelude::*;

use super::{Button, Glyph, Icon, LinkButton, Notice, Size, Text, Tone, words};

/// A path or an ARN that breaks after `/` and `:` rather than in the middle of a word.
#[component]
pub fn Breakable(#[prop(into)] text: String) -> impl IntoView {
    text.split_inclusive(['/', ':']).map(|piece| view! { {piece.to_owned()}<wbr/> }).collect_view()
}

/// Text in mono with a button that copies it. `what` completes the button's name (“Copy ARN”).
///
/// The button is the hook `data-copy`; without a script it is not shown, and one click on an ARN
/// selects the whole of it. `arn` allows breaks anywhere.
#[component]
pub fn Copyable(#[prop(into)] text: String, #[prop(into)] what: String, #[prop(optional)] arn: bool) -> impl IntoView {
    let label = format!("{} {what}", words::COPY);
    view! {
        <span class="copyable">
            <code class=arn.then_some("arn")><Breakable text=text.clone()/></code>
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
                <span class="needs-js"><Button label=copy size=Size::Small icon=Glyph::Copy plain=true attr:data-copy=secret/></span>
                {download_href.into_option().map(|href| view! {
                    <LinkButton label=words::DOWNLOAD href size=Size::Small icon=Glyph::Download download=true/>
                })}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_the_whole_text() {
        let html = view! { <Copyable text="arn:x:user/<a>" what="ARN" arn=true/> }.to_html();
        assert!(
            html.contains(r#"data-copy="arn:x:user/&lt;a&gt;""#) || html.contains(r#"data-copy="arn:x:user/<a>""#),
            "{html}"
        );
        assert!(html.contains("user/<wbr>&lt;a&gt;") && html.contains(r#"aria-label="Copy ARN""#), "{html}");
    }

    #[test]
    fn a_secret_can_be_copied_and_says_that_it_goes() {
        let html = view! { <SecretOnce label="Secret key" secret="s3cr3t"/> }.to_html();
        assert_eq!(html.matches("<code>s3cr3t</code>").count(), 1, "{html}");
        assert!(html.contains("shown only now") && html.contains(r#"type="button""#), "{html}");
        assert!(!html.contains(r#"type="submit""#), "{html}");
    }
}
