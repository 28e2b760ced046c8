//! Small marks: state pills, tags, keys, initials, signs, and the shape of what is still coming.

use leptos::prelude::*;

use super::{Glyph, Icon, Text, text::classes};

/// What a colour means. It never stands alone: a word or a sign says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Allowed, active, done.
    Ok,
    /// Denied, failed, destructive.
    Danger,
    /// Wants attention.
    Warn,
    /// Worth knowing.
    Info,
    /// Where you are, what you may press.
    Accent,
}

impl Tone {
    /// The class that colours a part so.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Ok => "ok",
            Self::Danger => "danger",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Accent => "accent",
        }
    }

    /// The sign that says the same without colour.
    pub const fn glyph(self) -> Glyph {
        match self {
            Self::Neutral => Glyph::Minus,
            Self::Ok => Glyph::Check,
            Self::Danger => Glyph::Cross,
            Self::Warn => Glyph::Bang,
            Self::Info | Self::Accent => Glyph::I,
        }
    }
}

/// A state in a word: “Active”, “MFA off”, “1 over 90 d”.
///
/// `dot` marks a state that is watched; `href` makes it a link to what is behind it.
#[component]
pub fn Badge(
    #[prop(into)] label: String,
    #[prop(optional)] tone: Tone,
    #[prop(optional)] dot: bool,
    #[prop(optional)] large: bool,
    #[prop(optional, into)] href: Text,
    #[prop(optional, into)] title: Text,
) -> impl IntoView {
    let class = classes(&["badge", tone.class(), if dot { "dot" } else { "" }, if large { "large" } else { "" }]);
    let title = title.into_option();
    match href.into_option() {
        Some(href) => view! { <a class=class href=href title=title>{label}</a> }.into_any(),
        None => view! { <span class=class title=title>{label}</span> }.into_any(),
    }
}

/// A key and its value, as in `team=core`; `href` usually filters the list by it.
#[component]
pub fn Tag(
    #[prop(into)] key: String,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] href: Text,
) -> impl IntoView {
    let label = match value.as_deref() {
        Some(value) if !value.is_empty() => format!("{key}={value}"),
        _ => key,
    };
    match href.into_option() {
        Some(href) => view! { <a class="tag" href=href>{label}</a> }.into_any(),
        None => view! { <span class="tag">{label}</span> }.into_any(),
    }
}

/// A key to press, as in `Ctrl K`.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    view! { <kbd class="kbd">{keys}</kbd> }
}

/// The initials of a name. Readers do not hear them: the name stands beside.
#[component]
pub fn Avatar(#[prop(into)] name: String, #[prop(optional)] large: bool) -> impl IntoView {
    let class = if large { "avatar large" } else { "avatar" };
    view! { <span class=class aria-hidden="true">{initials(&name)}</span> }
}

/// Up to two initials of a user name (`b.okafor` gives `BO`), role or title.
pub fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A sign in a disc. `label` is what readers hear instead (“allowed”); without one the words
/// beside it must say it.
#[component]
pub fn Sign(tone: Tone, #[prop(optional, into)] label: Text) -> impl IntoView {
    view! {
        <span class=classes(&["sign", tone.class()])>
            <Icon glyph=tone.glyph() small=true/>
            {label.into_option().map(|label| view! { <span class="vh">{label}</span> })}
        </span>
    }
}

/// Lines in place of text that an island is still fetching. `label` tells readers what is coming.
#[component]
pub fn Skeleton(#[prop(into)] label: String, #[prop(default = 3)] lines: usize) -> impl IntoView {
    let bars = (0..lines)
        .map(|index| view! { <span class=["skeleton", "skeleton w2", "skeleton w3"][index % 3]></span> })
        .collect_view();
    view! { <div class="stack tight" role="status"><span class="vh">{label}</span>{bars}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_the_first_and_the_last_word() {
        assert_eq!(initials("b.okafor"), "BO");
        assert_eq!(initials("Ada Byron King Lovelace"), "AL");
        assert_eq!(initials("mona@acme.eng"), "M");
        assert_eq!(initials("…"), "");
        assert_eq!(initials("ßen"), "SS");
    }

    #[test]
    fn a_sign_has_words_for_readers() {
        let html = view! { <Sign tone=Tone::Ok label="allowed"/> }.to_html();
        assert!(html.contains(r#"<span class="vh">allowed</span>"#), "{html}");
    }
}
