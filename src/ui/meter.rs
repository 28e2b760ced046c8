//! How much of a limit is used.

use leptos::prelude::*;

use super::{Text, Tone, format_count, text::classes, words};

/// `used` of `limit`, as a bar and in figures; amber from 80 %, red when used up, and the words
/// say so too. Without a limit, the figure alone. `label` is what readers hear it called.
///
/// `wide` is for quota lists: name and figures above a bar over the whole width.
#[component]
pub fn Meter(
    #[prop(into)] label: String,
    used: u64,
    #[prop(optional_no_strip)] limit: Option<u64>,
    #[prop(optional)] wide: bool,
    #[prop(optional, into)] note: Text,
) -> impl IntoView {
    let Some(limit) = limit else {
        let label = wide.then_some(label);
        return view! { <span class=classes(&["meter", if wide { "wide" } else { "" }])>{label}<span>{format_count(used)}</span></span> }.into_any();
    };
    let (tone, word) = level(used, limit);
    let class = classes(&["meter", tone.class(), if wide { "wide" } else { "" }]);
    let figures = format!("{} / {}", format_count(used), format_count(limit));
    let name = wide.then(|| view! { <span>{label.clone()}</span> });
    // The bar is full, not broken, when more is used than allowed (a limit was lowered).
    let (value, max) = (used.min(limit), limit.max(1));
    view! {
        <span class=class>
            {name}
            <progress max=max.to_string() value=value.to_string() aria-label=label></progress>
            <span>{figures}{word.map(|word| view! { <span class="vh">", "{word}</span> })}</span>
            {note.into_option().map(|note| view! { <small>{note}</small> })}
        </span>
    }
    .into_any()
}

/// How near to the limit.
fn level(used: u64, limit: u64) -> (Tone, Option<&'static str>) {
    if used >= limit {
        (Tone::Danger, Some(words::AT_LIMIT))
    } else if u128::from(used) * 5 >= u128::from(limit) * 4 {
        (Tone::Warn, Some(words::NEAR_LIMIT))
    } else {
        (Tone::Neutral, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_warns_at_four_fifths_and_at_the_limit() {
        assert_eq!(level(799, 1_000).0, Tone::Neutral);
        assert_eq!(level(800, 1_000), (Tone::Warn, Some(words::NEAR_LIMIT)));
        assert_eq!(level(1_000, 1_000), (Tone::Danger, Some(words::AT_LIMIT)));
        assert_eq!(level(u64::MAX, u64::MAX).0, Tone::Danger);
    }

    #[test]
    fn the_level_is_also_a_word() {
        let html = view! { <Meter label="Users" used=900 limit=Some(1_000)/> }.to_html();
        assert!(html.contains("near the limit") && html.contains(r#"aria-label="Users""#), "{html}");
        assert!(html.contains("900 / 1,000"), "{html}");
        assert!(!view! { <Meter label="Users" used=3/> }.to_html().contains("progress"));
    }
}
