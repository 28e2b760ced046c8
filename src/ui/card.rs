//! Surfaces that hold things: cards, definition lists, figures, the empty state.

use leptos::prelude::*;

use super::{Slot, Text, text::classes};

/// A titled surface. `badges` stand after the title, `aside` at the end of its line, `footer`
/// below. Content goes into one or more [`CardBody`]s; a table may fill the card without one.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Text,
    #[prop(optional, into)] badges: Slot,
    #[prop(optional, into)] aside: Slot,
    #[prop(optional, into)] footer: Slot,
    children: Children,
) -> impl IntoView {
    let header = title.into_option().map(|title| {
        view! {
            <header>
                <h2>{title}</h2>
                {badges.into_option()}
                {aside.into_option().map(|aside| view! { <div class="aside">{aside}</div> })}
            </header>
        }
    });
    let footer = footer.into_option().map(|footer| view! { <footer>{footer}</footer> });
    view! { <section class="card">{header}{children()}{footer}</section> }
}

/// The padded content of a card; several are divided by lines. `title` heads this one only.
#[component]
pub fn CardBody(#[prop(optional, into)] title: Text, children: Children) -> impl IntoView {
    view! { <div class="card-body">{title.into_option().map(|title| view! { <h3>{title}</h3> })}{children()}</div> }
}

/// Terms and what they are, in two columns (one on a phone).
#[component]
pub fn DefinitionList(items: Vec<(String, AnyView)>) -> impl IntoView {
    let items = items.into_iter().map(|(term, what)| view! { <dt>{term}</dt><dd>{what}</dd> }).collect_view();
    view! { <dl class="dl">{items}</dl> }
}

/// One line of [`Lines`]: something, and something about it.
pub struct Line {
    what: AnyView,
    about: AnyView,
}

impl Line {
    /// `what` at the start of the line, `about` at its end.
    pub fn new(what: impl IntoView + 'static, about: impl IntoView + 'static) -> Self {
        Self { what: what.into_any(), about: about.into_any() }
    }
}

/// Lines in a card; `ruled` draws a line between them.
#[component]
pub fn Lines(items: Vec<Line>, #[prop(optional)] ruled: bool) -> impl IntoView {
    let items = items
        .into_iter()
        .map(|line| view! { <li><span>{line.what}</span><span>{line.about}</span></li> })
        .collect_view();
    view! { <ul class=classes(&["lines", if ruled { "ruled" } else { "" }])>{items}</ul> }
}

/// A figure with its name, perhaps leading to the list behind it. `note` is what to know about
/// it (a [`Meter`](super::Meter), “2 near a quota”).
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] figure: String,
    #[prop(optional, into)] href: Text,
    #[prop(optional, into)] note: Slot,
) -> impl IntoView {
    let face = view! { <span>{label}</span><strong>{figure}</strong>{note.into_option()} };
    match href.into_option() {
        Some(href) => view! { <a class="stat" href=href>{face}</a> }.into_any(),
        None => view! { <div class="stat">{face}</div> }.into_any(),
    }
}

/// Nothing here yet (or nothing found): what this place is for, and the first step.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional, into)] action: Slot,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {action.into_option().map(|action| view! { <div class="actions">{action}</div> })}
        </div>
    }
}
