//! What may be pressed. A button says the verb and the thing (“Create user”).

use leptos::prelude::*;

use super::{
    Glyph, Icon, Text,
    text::{classes, stable_id},
};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary action.
    #[default]
    Secondary,
    /// The one main action of the page.
    Primary,
    /// Leads to something destructive: plain red text.
    Danger,
    /// Does the destructive thing; only on the page that confirms it.
    Destroy,
    /// No frame, for the least of several.
    Quiet,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Secondary => "",
            Self::Primary => "primary",
            Self::Danger => "danger",
            Self::Destroy => "destroy",
            Self::Quiet => "quiet",
        }
    }
}

/// How big a button is: 30 px, or 26 px in cards and rows (44 px for fingers either way).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 30 px.
    #[default]
    Normal,
    /// 26 px.
    Small,
    /// As wide as what holds it.
    Block,
}

impl Size {
    const fn class(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Small => "small",
            Self::Block => "block",
        }
    }
}

fn face(label: String, icon: Option<Glyph>, icon_only: bool, menu: bool) -> impl IntoView {
    view! {
        {icon.map(|glyph| view! { <Icon glyph/> })}
        {if icon_only { view! { <span class="vh">{label}</span> }.into_any() } else { label.into_any() }}
        {menu.then(|| view! { <Icon glyph=Glyph::ChevronDown small=true/> })}
    }
}

/// The classes of a button, for a `<summary>` that looks like one.
pub(crate) fn button_class(kind: Kind, size: Size, icon_only: bool) -> Option<String> {
    classes(&["btn", kind.class(), size.class(), if icon_only { "only-icon" } else { "" }])
}

/// What stands on a button, for a `<summary>` that looks like one.
pub(crate) fn menu_face(label: String, icon: Option<Glyph>, icon_only: bool) -> impl IntoView {
    face(label, icon, icon_only, !icon_only)
}

/// A control that cannot act now, with the reason at hand for pointer, keyboard and reader.
fn with_reason(control: AnyView, id: String, reason: String) -> AnyView {
    view! {
        <span class="why">
            {control}
            <span class="tip" role="tooltip" id=id>{reason}</span>
        </span>
    }
    .into_any()
}

/// A button that submits its form.
///
/// - `disabled_reason`: it stays visible and focusable, does nothing, and says why.
/// - `name` and `value` are sent when it is this button that submits.
/// - `plain`: it submits nothing; a script or a hook such as `data-copy` acts.
/// - `opens`: the id of a [`Dialog`](super::Dialog) to open instead of submitting.
/// - `form` and `formaction` as in HTML; `icon_only` keeps `label` as the accessible name.
///
/// `attr:…` puts on it an attribute that it does not have already.
#[component]
pub fn Button(
    #[prop(into)] label: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] icon_only: bool,
    #[prop(optional, into)] disabled_reason: Text,
    #[prop(optional, into)] name: Text,
    #[prop(optional, into)] value: Text,
    #[prop(optional)] plain: bool,
    #[prop(optional, into)] opens: Text,
    #[prop(optional, into)] form: Text,
    #[prop(optional, into)] formaction: Text,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let class = button_class(kind, size, icon_only);
    let title = icon_only.then(|| label.clone());
    if let Some(reason) = disabled_reason.into_option() {
        let id = stable_id("why", &[&label, &reason, value.as_deref().unwrap_or_default()]);
        let control = view! {
            // Not `disabled`: that would hide the reason from the keyboard. Not a submit
            // button either, so that it does nothing without a script.
            <button class=class type="button" aria-disabled="true" aria-describedby=id.clone()>
                {face(label, icon, icon_only, false)}
            </button>
        };
        return with_reason(control.into_any(), id, reason);
    }
    let kind = if plain || opens.is_some() { "button" } else { "submit" };
    view! {
        <button
            class=class
            type=kind
            title=title
            name=name.into_option()
            value=value.into_option()
            popovertarget=opens.into_option()
            form=form.into_option()
            formaction=formaction.into_option()
            autofocus=autofocus
        >
            {face(label, icon, icon_only, false)}
        </button>
    }
    .into_any()
}

/// A link that looks like a button: it leads somewhere and changes nothing.
///
/// `download` saves instead of showing; `disabled_reason` as in [`Button`].
#[component]
pub fn LinkButton(
    #[prop(into)] label: String,
    #[prop(into)] href: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] icon_only: bool,
    #[prop(optional)] download: bool,
    #[prop(optional, into)] disabled_reason: Text,
) -> impl IntoView {
    let class = button_class(kind, size, icon_only);
    let title = icon_only.then(|| label.clone());
    if let Some(reason) = disabled_reason.into_option() {
        let id = stable_id("why", &[&label, &reason, &href]);
        let control = view! {
            <a class=class role="link" tabindex="0" aria-disabled="true" aria-describedby=id.clone()>
                {face(label, icon, icon_only, false)}
            </a>
        };
        return with_reason(control.into_any(), id, reason);
    }
    view! {
        <a class=class href=href title=title download=download.then_some("")>
            {face(label, icon, icon_only, false)}
        </a>
    }
    .into_any()
}

/// One of several views of the same thing.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

impl Segment {
    /// A view called `label` at `href`.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current }
    }
}

/// Links to alternative views of the same thing (JSON or Visual); `label` names the choice.
#[component]
pub fn Segments(#[prop(into)] label: String, items: Vec<Segment>) -> impl IntoView {
    let items = items
        .into_iter()
        .map(|item| view! { <a href=item.href aria-current=item.current.then_some("true")>{item.label}</a> })
        .collect_view();
    view! { <nav class="segments" aria-label=label>{items}</nav> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_that_cannot_act_says_why_and_does_not_submit() {
        let html = view! { <Button label="Delete user" disabled_reason="You need iam:DeleteUser here."/> }.to_html();
        let id = html.split("aria-describedby=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(html.contains(r#"type="button""#) && html.contains(r#"aria-disabled="true""#), "{html}");
        assert!(html.contains(&format!(r#"id="{id}""#)) && html.contains("You need iam:DeleteUser here."), "{html}");
    }

    #[test]
    fn a_link_that_cannot_be_followed_has_no_address() {
        let html = view! { <LinkButton label="Export" href="/x" disabled_reason="Not yours."/> }.to_html();
        assert!(!html.contains("href="), "{html}");
        assert!(html.contains(r#"tabindex="0""#), "{html}");
    }

    #[test]
    fn labels_are_text() {
        let html = view! { <Button label="<b>\"x\"</b>" icon=Glyph::Plus icon_only=true/> }.to_html();
        assert!(html.contains("&lt;b&gt;"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
        assert!(
            html.contains(r#"title="&lt;b&gt;&quot;x&quot;&lt;/b&gt;""#) || !html.contains("title=\"<b>\""),
            "{html}"
        );
    }
}
