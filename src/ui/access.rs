//! Parts of the questions about access: the sentence, the verdict, the matrix.

use leptos::prelude::*;

use super::{Column, Icon, Row, Slot, Text, Tone, text::classes};

/// A question as a sentence of words and fields, sent as a form by its address. Children are
/// words, inputs of class `input`, and the button.
#[component]
pub fn Ask(#[prop(into)] action: String, #[prop(into)] label: String, children: Children) -> impl IntoView {
    view! { <form class="ask" method="get" action=action role="search" aria-label=label>{children()}</form> }
}

/// The answer: `word` (“Denied”), then why in the children. `took` is how long it took.
///
/// `tone` is `Ok` for allowed, `Danger` for denied, `Warn` for what could not be decided.
#[component]
pub fn Verdict(
    tone: Tone,
    #[prop(into)] word: String,
    #[prop(optional, into)] took: Text,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=classes(&["verdict", tone.class()]) role="status">
            <span class="sign"><Icon glyph=tone.glyph()/></span>
            <p><strong>{word}</strong>" "{children()}</p>
            {took.into_option().map(|took| view! { <small class="nowrap">{took}</small> })}
        </div>
    }
}

/// How an assignment comes to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChipKind {
    /// Made here.
    #[default]
    Direct,
    /// Made on a tenant above.
    Inherited,
    /// Made here, for a time.
    Expiring,
}

/// An assignment in a cell of a [`Matrix`]. `note` is said to readers and on hover: where it
/// comes from, when it ends.
#[component]
pub fn Chip(
    #[prop(into)] label: String,
    #[prop(optional)] kind: ChipKind,
    #[prop(optional, into)] href: Text,
    #[prop(optional, into)] note: Text,
) -> impl IntoView {
    let class = match kind {
        ChipKind::Direct => "chip",
        ChipKind::Inherited => "chip inherited",
        ChipKind::Expiring => "chip expiring",
    };
    let title = note.as_deref().map(str::to_owned);
    let said = note.into_option().map(|note| view! { <span class="vh">", "{note}</span> });
    match href.into_option() {
        Some(href) => view! { <a class=class href=href title=title>{label}{said}</a> }.into_any(),
        None => view! { <span class=class title=title>{label}{said}</span> }.into_any(),
    }
}

/// A table of who by where. It scrolls inside its card; the first column stays in sight.
#[component]
pub fn Matrix(
    #[prop(into)] caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    #[prop(optional, into)] footer: Slot,
) -> impl IntoView {
    view! { <super::Table caption columns rows footer scrolls=true/> }
}
