//! The sections of an object, each a page of its own.

use leptos::prelude::*;

use super::{format_count, words};

/// One section.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it is called.
    pub label: String,
    /// Its address.
    pub href: String,
    /// How many things are in it, if that is worth knowing.
    pub count: Option<u64>,
    /// Whether it is the one shown.
    pub current: bool,
}

impl Tab {
    /// The section `label` at `href`.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), count: None, current: false }
    }

    /// With `count` things in it.
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Whether it is the one shown.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Links to the sections. They are pages, not `role="tab"` panels, so they are a navigation.
#[component]
pub fn Tabs(items: Vec<Tab>) -> impl IntoView {
    let items = items
        .into_iter()
        .map(|tab| {
            let count = tab.count.map(|count| view! { <span class="count">{format_count(count)}</span> });
            view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}{count}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=words::SECTIONS>{items}</nav> }
}
