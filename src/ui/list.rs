//! What surrounds a table: filter, totals, selection, pages.

use leptos::prelude::*;

use super::{Glyph, Icon, Kbd, Menu, Text, form::hidden_fields, format_count, words};

/// The row above a table: the filter first, then what else narrows or arranges it.
#[component]
pub fn Toolbar(children: Children) -> impl IntoView {
    view! { <div class="toolbar">{children()}</div> }
}

/// A part of the filter that is already in force, shown as a tag in the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterToken {
    /// Its text, `path:/eng/`.
    pub text: String,
    /// The address of the list without it.
    pub remove_href: String,
}

/// Where a filter is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong, a sentence.
    pub message: String,
    /// The filter as it was sent.
    pub text: String,
    /// Byte range of the part in `text`; moved to the nearest character boundaries.
    pub at: std::ops::Range<usize>,
}

impl FilterError {
    /// What stands before, in and after the part that is wrong.
    fn parts(&self) -> (String, String, String) {
        let floor = |mut index: usize| {
            index = index.min(self.text.len());
            while !self.text.is_char_boundary(index) {
                index -= 1;
            }
            index
        };
        let (start, end) = (floor(self.at.start), floor(self.at.end.max(self.at.start)));
        (self.text[..start].to_owned(), self.text[start..end].to_owned(), self.text[end..].to_owned())
    }
}

/// The one filter box of a list: a form that asks by its address.
///
/// `tokens` are sent along as further values of `name`; `hidden` are the other query parameters
/// to keep (sort, columns). `error` says where the text is not understood.
#[component]
pub fn FilterBox(
    #[prop(into)] action: String,
    #[prop(into)] label: String,
    #[prop(default = "q".to_owned(), into)] name: String,
    #[prop(optional, into)] value: Text,
    #[prop(optional, into)] placeholder: Text,
    #[prop(optional)] tokens: Vec<FilterToken>,
    #[prop(optional)] hidden: Vec<(String, String)>,
    #[prop(optional_no_strip)] error: Option<FilterError>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let box_class = if error.is_some() { "filter-box invalid" } else { "filter-box" };
    let invalid = error.is_some().then_some("true");
    let described_by = error.is_some().then_some("filter-error");
    let placeholder = placeholder.into_option().unwrap_or_else(|| label.clone());
    let tokens = tokens
        .into_iter()
        .map(|token| {
            let remove = format!("{} {}", words::REMOVE, token.text);
            view! {
                <a class="tag" href=token.remove_href title=remove>{token.text.clone()}<Icon glyph=Glyph::Cross small=true/></a>
                <input type="hidden" name=name.clone() value=token.text/>
            }
        })
        .collect_view();
    view! {
        <form class="filter" role="search" action=action method="get">
            {hidden_fields(hidden)}
            <div class=box_class>
                <Icon glyph=Glyph::Search/>
                {tokens}
                <input
                    type="search"
                    name=name
                    value=value.into_option()
                    placeholder=placeholder
                    aria-label=label
                    aria-invalid=invalid
                    aria-describedby=described_by
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=autofocus
                    data-filter
                />
                <span class="needs-js" aria-hidden="true"><Kbd keys=words::FILTER_KEY/></span>
            </div>
            {error.map(|error| {
                let (before, wrong, after) = error.parts();
                view! {
                    <p class="error filter-error" id="filter-error">
                        <Icon glyph=Glyph::Warning/>
                        <span>{error.message}</span>
                        <code>{before}<mark>{wrong}</mark>{after}</code>
                    </p>
                }
            })}
        </form>
    }
}

/// What may be typed into a filter besides a part of a name: `keys` are examples, each with what it finds.
#[component]
pub fn FilterHelp(keys: &'static [(&'static str, &'static str)]) -> impl IntoView {
    let entry = |(example, finds): &'static (&'static str, &'static str)| view! { <dt><code>{*example}</code></dt><dd>{*finds}</dd> };
    view! {
        <Menu label=words::FILTER_HELP end=true>
            <dl class="dl filter-help">
                {keys.iter().map(entry).collect_view()}
                {entry(&("-…", "not"))}
                {entry(&("\"two words\"", "as one"))}
            </dl>
        </Menu>
    }
}

/// How many there are, in words: `12,480 in acme.eng · 7,902 match`.
///
/// `about` says that the total is an estimate; `matching` is given when a filter is in force.
#[component]
pub fn Totals(
    total: u64,
    #[prop(optional)] about: bool,
    #[prop(into)] of: String,
    #[prop(optional_no_strip)] matching: Option<u64>,
) -> impl IntoView {
    let about = if about { "about " } else { "" };
    let matching = matching.map(|count| format!(" · {} match", format_count(count)));
    format!("{about}{} {of}{}", format_count(total), matching.unwrap_or_default())
}

/// Links to the pages before and after. A missing address is the end of the list.
#[component]
pub fn Pager(
    #[prop(into)] summary: String,
    #[prop(optional, into)] previous: Text,
    #[prop(optional, into)] next: Text,
) -> impl IntoView {
    let ends = previous.is_some() || next.is_some();
    let link = |label: &'static str, href: Text, glyph: Glyph, rel: &'static str| match href.into_option() {
        Some(href) if rel == "prev" => {
            view! { <a class="btn small" rel=rel href=href><Icon glyph small=true/>{label}</a> }.into_any()
        }
        Some(href) => view! { <a class="btn small" rel=rel href=href>{label}<Icon glyph small=true/></a> }.into_any(),
        None if rel == "prev" => {
            view! { <span class="btn small" aria-disabled="true"><Icon glyph small=true/>{label}</span> }.into_any()
        }
        None => {
            view! { <span class="btn small" aria-disabled="true">{label}<Icon glyph small=true/></span> }.into_any()
        }
    };
    view! {
        <span class="num">{summary}</span>
        {ends.then(|| view! {
            <nav class="pager-links" aria-label=words::PAGES>
                {link(words::PREVIOUS, previous, Glyph::ArrowLeft, "prev")}
                {link(words::NEXT, next, Glyph::ArrowRight, "next")}
            </nav>
        })}
    }
}

/// A table whose rows can be ticked, and the bar that appears when some are: a form, so that
/// the bar's buttons send the ticked rows as `selected`. It needs no script.
#[component]
pub fn List(
    #[prop(into)] action: String,
    #[prop(optional)] hidden: Vec<(String, String)>,
    children: Children,
) -> impl IntoView {
    view! { <form class="list" method="post" action=action>{hidden_fields(hidden)}{children()}</form> }
}

/// What may be done with the ticked rows. Goes last in a [`List`].
///
/// `matching` is the number of rows the filter finds and `all_href` the address that selects
/// them all; `everything` says that they are selected. Children are small
/// [`Button`](super::Button)s, each with a `formaction` or a `name` and `value` of its own.
#[component]
pub fn SelectionBar(
    #[prop(optional_no_strip)] matching: Option<u64>,
    #[prop(optional, into)] all_href: Text,
    #[prop(optional)] everything: bool,
    children: Children,
) -> impl IntoView {
    let count = match (everything, matching) {
        (true, Some(count)) => {
            view! { <strong class="num">{format_count(count)}" "{words::SELECTED}</strong> }.into_any()
        }
        _ => view! { <strong class="picked num">{words::SELECTED}</strong> }.into_any(),
    };
    let of = (!everything).then(|| matching.map(|count| format!("of {} that match", format_count(count)))).flatten();
    let all = all_href.into_option().map(|href| view! { " · "<a href=href>"select all"</a> });
    view! {
        <div class=if everything { "selection shown" } else { "selection" } role="region" aria-label=words::SELECTION>
            {count}
            <span class="aside">{of}{all}</span>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_shows_where_it_is_wrong() {
        let error = FilterError { message: "Unknown key.".into(), text: "path:/é has:mf".into(), at: 9..15 };
        let html =
            view! { <FilterBox action="/u" label="Filter users" value="path:/é has:mf" error=Some(error)/> }.to_html();
        assert!(html.contains("path:/é <mark>") || html.contains("<mark>has:mf</mark>"), "{html}");
        assert!(html.contains(r#"aria-describedby="filter-error""#) && html.contains(r#"id="filter-error""#), "{html}");
    }

    #[test]
    fn a_range_inside_a_character_does_not_panic() {
        let error = FilterError { message: String::new(), text: "é".into(), at: 1..99 };
        assert_eq!(error.parts(), (String::new(), "é".into(), String::new()));
    }

    #[test]
    fn totals_read_as_a_sentence() {
        let html = view! { <Totals total=12_480 of="in acme.eng" matching=Some(7_902)/> }.to_html();
        assert_eq!(html, "12,480 in acme.eng · 7,902 match");
        let html = view! { <Totals total=1_000_000 about=true of="users"/> }.to_html();
        assert_eq!(html, "about 1,000,000 users");
    }

    #[test]
    fn the_end_of_a_list_has_no_link() {
        let html = view! { <Pager summary="50 a page" next="?after=x"/> }.to_html();
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
        assert!(html.contains(r#"rel="next""#) && html.contains(r#"aria-disabled="true""#), "{html}");
        assert!(!view! { <Pager summary="3 rows"/> }.to_html().contains("<nav"));
    }
}
