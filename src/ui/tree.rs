//! Trees: the reasons of a decision, the levels of a table, findings.

use leptos::prelude::*;

use super::{Glyph, Icon, Sign, Slot, Text, Tone, words};

/// A reason and the reasons beneath it.
pub struct Reason {
    tone: Tone,
    label: String,
    text: AnyView,
    children: Vec<Reason>,
    moot: bool,
}

impl Reason {
    /// `text` with the sign of `tone`; `label` is the sign's word for readers (“allowed”).
    pub fn new(tone: Tone, label: impl Into<String>, text: impl IntoView + 'static) -> Self {
        Self { tone, label: label.into(), text: text.into_any(), children: Vec::new(), moot: false }
    }

    /// With `child` beneath it, after those it has.
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// It made no difference.
    pub fn moot(mut self) -> Self {
        self.moot = true;
        self
    }

    fn view(self) -> AnyView {
        let children = (!self.children.is_empty()).then(|| view! { <ReasonTree reasons=self.children/> });
        view! {
            <li>
                <div class=if self.moot { "reason moot" } else { "reason" }>
                    <Sign tone=self.tone label=self.label/>
                    <div>{self.text}</div>
                </div>
                {children}
            </li>
        }
        .into_any()
    }
}

/// Why a decision is as it is, down to the statement and the condition.
#[component]
pub fn ReasonTree(reasons: Vec<Reason>) -> impl IntoView {
    let items = reasons.into_iter().map(Reason::view).collect_view();
    view! { <ul class="tree">{items}</ul> }
}

/// The first cell of a row in a tree that is shown as a table: the level, the twisty, the name.
///
/// `toggle_href` opens or closes the row; without one it has no children. `level` counts from 0.
/// The name is a link of its own, so the row gets none. `id` is what the address of the toggled page can point to.
#[component]
pub fn TreeLabel(
    #[prop(optional, into)] id: Text,
    #[prop(into)] name: String,
    #[prop(into)] href: String,
    level: usize,
    #[prop(optional)] open: bool,
    #[prop(optional, into)] toggle_href: Text,
    #[prop(optional, into)] path: Text,
) -> impl IntoView {
    let indents = (0..level).map(|_| view! { <i></i> }).collect_view();
    let twist = match toggle_href.into_option() {
        Some(toggle) => {
            let label = format!("{} {name}", if open { words::COLLAPSE } else { words::EXPAND });
            let glyph = if open { Glyph::ChevronDown } else { Glyph::ChevronRight };
            view! { <a class="twist" href=toggle aria-label=label aria-expanded=if open { "true" } else { "false" }><Icon glyph small=true/></a> }.into_any()
        }
        None => view! { <span class="twist"></span> }.into_any(),
    };
    view! {
        <span class="level" id=id.into_option()>
            {indents}
            {twist}
            <span>
                <a class="row-link" href=href>{name}</a>
                {path.into_option().map(|path| view! { " "<code class="muted">{path}</code> })}
            </span>
        </span>
    }
}

/// Something a check found: what, where, why, and how to fix it.
#[component]
pub fn Finding(
    #[prop(into)] title: String,
    tone: Tone,
    /// The word of the sign for readers: “security warning”.
    #[prop(into)]
    kind: String,
    /// Line and column, `13:7`.
    #[prop(optional, into)]
    at: Text,
    /// Where `at` leads, usually the line of a [`CodeBlock`](super::CodeBlock).
    #[prop(optional, into)]
    at_href: Text,
    #[prop(optional, into)] fix: Slot,
    children: Children,
) -> impl IntoView {
    let at = at.into_option().map(|at| match at_href.into_option() {
        Some(href) => view! { " "<a class="mono muted" href=href>{at}</a> }.into_any(),
        None => view! { " "<span class="mono muted">{at}</span> }.into_any(),
    });
    view! {
        <article class="finding">
            <Sign tone label=kind/>
            <div>
                <h3>{title}{at}</h3>
                <p>{children()}</p>
                {fix.into_option().map(|fix| view! { <div class="actions">{fix}</div> })}
            </div>
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_nest_and_their_signs_have_words() {
        let reasons = vec![
            Reason::new(Tone::Danger, "does not allow", "Boundary").child(Reason::new(Tone::Ok, "holds", "<Bool>")),
            Reason::new(Tone::Neutral, "not in force", "Session policy").moot(),
        ];
        let html = view! { <ReasonTree reasons/> }.to_html();
        assert_eq!(html.matches(r#"<ul class="tree">"#).count(), 2, "{html}");
        assert!(html.contains("does not allow") && html.contains("&lt;Bool&gt;"), "{html}");
    }

    #[test]
    fn a_branch_says_whether_it_is_open() {
        let html = view! { <TreeLabel name="acme" href="/t/acme" level=2 toggle_href="?open=acme"/> }.to_html();
        assert!(html.contains(r#"aria-expanded="false""#) && html.contains(r#"aria-label="Expand acme""#), "{html}");
        assert_eq!(html.matches("<i></i>").count(), 2, "{html}");
    }
}
