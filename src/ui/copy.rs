//! Text to take away: ids, ARNs, and secrets that are shown once.

use leptos::prelude::*;

use super::{Button, Glyph, Icon, LinkButton, Notice, Size, Text, Tone, words};

/// A path or an ARN that breaks after `/` and `:` rather than in the middle of a word.
#[component]
pub fn Breakable(#[prop(into)] text: String) -> impl IntoView {
    text.split_inclusive(['/', ':']).map(|piece| view! { {piece.to_owned()}<wbr/> }).collect_view()
}

/// A name that, where it must break, breaks between its words: after a sign, or where small letters meet a capital
/// (`iam:Put|User|Permissions|Boundary`). Names that fit everywhere stay in one piece.
#[component]
pub fn Name(#[prop(into)] text: String) -> impl IntoView {
    const FITS: usize = 21;
    if text.chars().count() <= FITS {
        return text.into_any();
    }
    let mut pieces = vec![String::new()];
    let mut before = ' ';
    for letter in text.chars() {
        let is_start = letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if (is_start || "/:_.@,".contains(before))
            && let Some(piece) = pieces.last()
            && !piece.is_empty()
        {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
        before = letter;
    }
    pieces.into_iter().map(|piece| view! { {piece}<wbr/> }).collect_view().into_any()
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
/// `advice` is what to do with it, a sentence; `download_href` is a `data:` or one-time address; the caller must not log or keep the secret.
#[component]
pub fn SecretOnce(
    #[prop(into)] label: String,
    #[prop(into)] secret: String,
    #[prop(optional, into)] advice: Text,
    #[prop(optional, into)] download_href: Text,
) -> impl IntoView {
    let copy = format!("{} {label}", words::COPY);
    view! {
        <div class="stack tight">
            <Notice tone=Tone::Warn title=format!("{label}: shown only now.")>
                "Copy it before you leave this page: it cannot be shown again. "{advice.into_option()}
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
    fn a_long_name_breaks_between_its_words() {
        let broken = |text: &str| view! { <Name text/> }.to_html().replace("<!>", "");
        let html = broken("iam:PutUserPermissionsBoundary");
        assert_eq!(html.matches("<wbr>").count(), 5, "{html}");
        for piece in ["iam:<wbr>", "Put<wbr>", "User<wbr>", "Permissions<wbr>", "Boundary<wbr>"] {
            assert!(html.contains(piece), "{piece} in {html}");
        }
        assert!(!broken("iam:CreateUser").contains("<wbr>"));
        assert_eq!(broken("ÀÉÎ<ab>_____________________").replace("<wbr>", ""), "ÀÉÎ&lt;ab&gt;_____________________");
    }

    #[test]
    fn a_secret_can_be_copied_and_says_that_it_goes() {
        let html = view! { <SecretOnce label="Secret key" secret="s3cr3t"/> }.to_html();
        assert_eq!(html.matches("<code>s3cr3t</code>").count(), 1, "{html}");
        assert!(html.contains("shown only now") && html.contains(r#"type="button""#), "{html}");
        assert!(!html.contains(r#"type="submit""#), "{html}");
    }
}
