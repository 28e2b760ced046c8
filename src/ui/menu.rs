//! Menus that open without a script: `<details>` with a panel of links and buttons.

use leptos::prelude::*;

use super::{
    Glyph, Icon, Kind, Size, Text,
    button::{button_class, menu_face},
    form::hidden_fields,
    text::classes,
};

/// What a menu holds.
#[derive(Clone, Debug)]
pub enum MenuItem {
    /// Leads to a page.
    Link(Entry),
    /// Posts a form of its own: action and hidden fields.
    Post(Entry, Vec<(String, String)>),
    /// Cannot be chosen now; the target is the reason.
    Disabled(Entry),
    /// Names what follows.
    Heading(String),
    /// Divides.
    Rule,
}

/// How an entry of a menu looks and where it leads.
#[derive(Clone, Debug)]
pub struct Entry {
    label: String,
    target: String,
    icon: Option<Glyph>,
    note: Option<String>,
    danger: bool,
    current: bool,
}

impl Entry {
    fn new(label: impl Into<String>, target: impl Into<String>) -> Self {
        Self { label: label.into(), target: target.into(), icon: None, note: None, danger: false, current: false }
    }

    fn class(&self) -> Option<String> {
        classes(&["menu-item", if self.danger { "danger" } else { "" }])
    }

    fn current(&self) -> Option<&'static str> {
        self.current.then_some("true")
    }
}

impl MenuItem {
    /// Leads to `href`.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Link(Entry::new(label, href))
    }

    /// Posts `fields` to `action`.
    pub fn post(label: impl Into<String>, action: impl Into<String>, fields: Vec<(String, String)>) -> Self {
        Self::Post(Entry::new(label, action), fields)
    }

    /// Cannot be chosen, because of `reason`.
    pub fn disabled(label: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Disabled(Entry::new(label, reason))
    }

    /// Names what follows.
    pub fn heading(label: impl Into<String>) -> Self {
        Self::Heading(label.into())
    }

    fn edit(mut self, change: impl FnOnce(&mut Entry)) -> Self {
        if let Self::Link(entry) | Self::Post(entry, _) | Self::Disabled(entry) = &mut self {
            change(entry);
        }
        self
    }

    /// With a picture.
    pub fn icon(self, glyph: Glyph) -> Self {
        self.edit(|entry| entry.icon = Some(glyph))
    }

    /// With a few words at the end of its line.
    pub fn note(self, note: impl Into<String>) -> Self {
        self.edit(|entry| entry.note = Some(note.into()))
    }

    /// Leads to something destructive.
    pub fn danger(self) -> Self {
        self.edit(|entry| entry.danger = true)
    }

    /// Whether it is the one in force.
    pub fn current(self, current: bool) -> Self {
        self.edit(|entry| entry.current = current)
    }

    fn view(self) -> AnyView {
        match self {
            Self::Link(entry) => {
                let (class, current, href) = (entry.class(), entry.current(), entry.target.clone());
                view! { <a class=class href=href aria-current=current>{entry_face(entry)}</a> }.into_any()
            }
            Self::Post(entry, fields) => {
                let (class, current, action) = (entry.class(), entry.current(), entry.target.clone());
                view! {
                    <form method="post" action=action>
                        {hidden_fields(fields)}
                        <button class=class type="submit" aria-current=current>{entry_face(entry)}</button>
                    </form>
                }
                .into_any()
            }
            Self::Disabled(mut entry) => {
                entry.note = Some(std::mem::take(&mut entry.target));
                view! { <div class="menu-item" aria-disabled="true" tabindex="0" role="link">{entry_face(entry)}</div> }
                    .into_any()
            }
            Self::Heading(label) => view! { <div class="heading">{label}</div> }.into_any(),
            Self::Rule => view! { <hr/> }.into_any(),
        }
    }
}

fn entry_face(entry: Entry) -> impl IntoView {
    view! {
        {entry.icon.map(|glyph| view! { <Icon glyph/> })}
        <span>{entry.label}</span>
        {entry.note.map(|note| view! { <small>{note}</small> })}
        {entry.current.then(|| view! { <Icon glyph=Glyph::Check/> })}
    }
}

/// A button that opens a panel. Opening one closes the others; `end` aligns the panel with the
/// button's end. The hook `data-menu` is where a script may add closing on Escape.
#[component]
pub fn Menu(
    #[prop(into)] label: String,
    #[prop(optional)] items: Vec<MenuItem>,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] icon_only: bool,
    #[prop(optional)] end: bool,
    #[prop(optional, into)] id: Text,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let title = icon_only.then(|| label.clone());
    view! {
        <details class=classes(&["menu", if end { "end" } else { "" }]) name="menu" id=id.into_option() data-menu>
            <summary class=button_class(kind, size, icon_only) title=title>{menu_face(label, icon, icon_only)}</summary>
            <div class="menu-panel">
                {children.map(|children| children())}
                {items.into_iter().map(MenuItem::view).collect_view()}
            </div>
        </details>
    }
}

/// Entries alone, for a panel of one's own making.
#[component]
pub fn MenuItems(items: Vec<MenuItem>) -> impl IntoView {
    items.into_iter().map(MenuItem::view).collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_posted() {
        let items = vec![
            MenuItem::link("Sessions", "/account/sessions"),
            MenuItem::Rule,
            MenuItem::post("Sign out", "/api/sign-out", vec![("next".into(), "/login".into())]).danger(),
        ];
        let html = view! { <Menu label="Account" items/> }.to_html();
        assert!(html.contains(r#"<form method="post" action="/api/sign-out">"#), "{html}");
        assert!(html.contains(r#"class="menu-item danger""#), "{html}");
    }

    #[test]
    fn what_cannot_be_chosen_says_why() {
        let html =
            view! { <Menu label="More" items=vec![MenuItem::disabled("Delete", "It has 3 members.")]/> }.to_html();
        assert!(html.contains(r#"aria-disabled="true""#) && html.contains("It has 3 members."), "{html}");
    }
}
