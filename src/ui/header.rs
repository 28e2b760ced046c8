//! The head of a page: where it is, what it is, what may be done with it.

use leptos::prelude::*;

use super::{Avatar, Copyable, Slot, Text, words};

/// One step of [`Breadcrumbs`]; the last, the page itself, has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: Option<String>,
}

impl Crumb {
    /// A step that leads to `href`.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()) }
    }

    /// The page itself.
    pub fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// The way to this page within its tenant.
#[component]
pub fn Breadcrumbs(items: Vec<Crumb>) -> impl IntoView {
    let items = items
        .into_iter()
        .map(|crumb| match crumb.href {
            Some(href) => view! { <li><a href=href>{crumb.label}</a></li> }.into_any(),
            None => view! { <li><span aria-current="page">{crumb.label}</span></li> }.into_any(),
        })
        .collect_view();
    view! { <nav aria-label=words::BREADCRUMB><ol class="crumbs">{items}</ol></nav> }
}

/// The title of a page with its actions, the primary one last. It holds the page's only `<h1>`.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: Slot,
    #[prop(optional, into)] actions: Slot,
    #[prop(optional)] breadcrumbs: Vec<Crumb>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            {(!breadcrumbs.is_empty()).then(|| view! { <Breadcrumbs items=breadcrumbs/> })}
            <div>
                <h1>{title}</h1>
                {subtitle.into_option().map(|subtitle| view! { <p class="sub">{subtitle}</p> })}
            </div>
            {actions.into_option().map(|actions| view! { <div class="actions">{actions}</div> })}
        </header>
    }
}

/// The head of an object's page: initials, name, ARN to copy, states, and what may be done.
///
/// `facts` are [`Badge`](super::Badge)s and short sentences (last used, created).
#[component]
pub fn ObjectHeader(
    #[prop(into)] name: String,
    #[prop(optional, into)] arn: Text,
    #[prop(optional, into)] facts: Slot,
    #[prop(optional, into)] actions: Slot,
    #[prop(optional)] breadcrumbs: Vec<Crumb>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            {(!breadcrumbs.is_empty()).then(|| view! { <Breadcrumbs items=breadcrumbs/> })}
            <div class="object-header">
                <Avatar name=name.clone() large=true/>
                <div>
                    <h1 class="break">{name}</h1>
                    {arn.into_option().map(|arn| view! { <Copyable text=arn what="ARN" arn=true/> })}
                </div>
                {facts.into_option().map(|facts| view! { <div class="facts">{facts}</div> })}
            </div>
            {actions.into_option().map(|actions| view! { <div class="actions">{actions}</div> })}
        </header>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_one_heading_and_its_arn_can_be_copied() {
        let html = view! {
            <ObjectHeader name="b.okafor" arn="arn:wami:iam::1:user/b" breadcrumbs=vec![Crumb::link("Users", "/u"), Crumb::here("b.okafor")]/>
        }
        .to_html();
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        assert!(html.contains(r#"data-copy="arn:wami:iam::1:user/b""#), "{html}");
        assert!(html.contains(r#"aria-current="page""#), "{html}");
    }
}
