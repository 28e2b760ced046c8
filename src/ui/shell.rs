//! The frame around every page, and the plainer one around sign-in.

use leptos::prelude::*;

use super::{Avatar, Glyph, Icon, Kbd, MenuItem, MenuItems, Slot, Text, format_count, words};

/// A group of the rail; the first usually has no name.
#[derive(Clone, Debug, Default)]
pub struct NavGroup {
    /// What it is called.
    pub label: Option<String>,
    /// What is in it; items without permission are absent.
    pub items: Vec<NavItem>,
}

/// A link in the rail.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Its picture.
    pub icon: Glyph,
    /// How many there are, if that is known cheaply.
    pub count: Option<u64>,
    /// Whether it is where we are.
    pub current: bool,
}

impl NavItem {
    /// A link called `label`.
    pub fn new(label: impl Into<String>, href: impl Into<String>, icon: Glyph) -> Self {
        Self { label: label.into(), href: href.into(), icon, count: None, current: false }
    }

    /// With how many there are.
    pub fn count(mut self, count: Option<u64>) -> Self {
        self.count = count;
        self
    }

    /// Whether it is where we are.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    fn view(self) -> impl IntoView {
        let count = self.count.map(|count| view! { <span class="count">{format_count(count)}</span> });
        view! {
            <li><a href=self.href aria-current=self.current.then_some("page")><Icon glyph=self.icon/>{self.label}{count}</a></li>
        }
    }
}

/// The permission set in force, as the top bar shows it.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Its name.
    pub label: String,
    /// The time left, in words.
    pub left: Option<String>,
    /// Where it may be changed or ended.
    pub href: String,
    /// Whether it is one that asks for elevation: the whole bar then says so.
    pub elevated: bool,
}

/// Who is signed in, and what the menu behind the initials offers.
#[derive(Clone, Debug)]
pub struct UserMenu {
    /// Their name.
    pub name: String,
    /// Where they live, `acme.eng`.
    pub tenant: String,
    /// Theme, density, sessions, sign out.
    pub items: Vec<MenuItem>,
}

/// A link that looks like a search field and opens the palette: an island may take it over
/// (`data-search`); without one it leads to the page of results.
#[component]
pub fn SearchButton(#[prop(into)] href: String) -> impl IntoView {
    // Named by its text, and by the title where a narrow screen hides that: a label would have to repeat the key as well.
    view! {
        <a class="search" href=href title=words::SEARCH aria-keyshortcuts="Control+K" data-search>
            <Icon glyph=Glyph::Search/>
            <span>{words::SEARCH}</span>
            <span class="needs-js" aria-hidden="true"><Kbd keys=words::SEARCH_KEY/></span>
        </a>
    }
}

/// The frame: top bar, rail, and the page in `children`, whose parts are spaced by it.
///
/// `switcher` is a [`TenantSwitcher`](super::TenantSwitcher), `search` a [`SearchButton`] or an
/// island, `toasts` what the [`ToastRegion`](super::ToastRegion) says at first.
#[component]
pub fn Frame(
    #[prop(into)] home: String,
    nav: Vec<NavGroup>,
    user: UserMenu,
    #[prop(optional, into)] switcher: Slot,
    #[prop(optional, into)] search: Slot,
    #[prop(optional_no_strip)] acting: Option<Acting>,
    #[prop(optional, into)] toasts: Slot,
    children: Children,
) -> impl IntoView {
    let has_rail = !nav.is_empty();
    let elevated = acting.as_ref().is_some_and(|acting| acting.elevated);
    let acting = acting.map(|acting| {
        let left = acting.left.map(|left| view! { <span class="acting-left">" · "{left}</span> });
        let tone = if acting.elevated { "badge large dot warn acting" } else { "badge large dot accent acting" };
        view! { <a class=tone href=acting.href><span class="truncate">{acting.label}</span>{left}</a> }
    });
    view! {
        <a class="btn skip vh" href="#main">{words::SKIP}</a>
        <header class=if elevated { "topbar elevated" } else { "topbar" }>
            {has_rail.then(|| view! {
                <button class="btn quiet only-icon rail-open" type="button" popovertarget="rail" title=words::OPEN_NAVIGATION>
                    <Icon glyph=Glyph::Menu/>
                    <span class="vh">{words::OPEN_NAVIGATION}</span>
                </button>
            })}
            <a class="mark" href=home aria-label=words::PRODUCT><span aria-hidden="true">"W"</span></a>
            {match switcher.into_option() {
                Some(switcher) => switcher,
                None => view! { <span class="switcher"></span> }.into_any(),
            }}
            {search.into_option()}
            {acting}
            <AccountMenu user/>
        </header>
        // A popover on small screens, a fixed column on large ones; see layout.css.
        {has_rail.then(|| view! {
            <nav class="rail" id="rail" popover="auto" aria-label=words::MAIN_NAVIGATION>
                {nav.into_iter().map(nav_group).collect_view()}
            </nav>
        })}
        <main class=if has_rail { "main" } else { "main bare" } id="main" tabindex="-1"><div class="page">{children()}</div></main>
        <super::ToastRegion>{toasts.into_option()}</super::ToastRegion>
    }
}

fn nav_group(group: NavGroup) -> impl IntoView {
    view! {
        {group.label.map(|label| view! { <h2>{label}</h2> })}
        <ul class="nav-group">{group.items.into_iter().map(NavItem::view).collect_view()}</ul>
    }
}

#[component]
fn AccountMenu(user: UserMenu) -> impl IntoView {
    let label = format!("Account of {}", user.name);
    let title = label.clone();
    view! {
        <details class="menu end user-menu" name="menu" data-menu>
            <summary title=title><Avatar name=user.name.clone()/><span class="vh">{label}</span></summary>
            <div class="menu-panel">
                <div class="who"><strong>{user.name}</strong><small>{user.tenant}</small></div>
                <hr/>
                <MenuItems items=user.items/>
            </div>
        </details>
    }
}

/// The frame of pages before sign-in, and of errors without one: a card in the middle.
///
/// `wide` is for set-up and whatever needs more than a few fields; `footer` stands below it.
#[component]
pub fn CenteredCard(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: Text,
    #[prop(optional)] wide: bool,
    #[prop(optional, into)] footer: Slot,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=if wide { "centered wide" } else { "centered" }>
            <main id="main">
                <div class="mark"><span aria-hidden="true">"W"</span><span>{words::PRODUCT}</span></div>
                <div>
                    <h1>{title}</h1>
                    {subtitle.into_option().map(|subtitle| view! { <p class="muted">{subtitle}</p> })}
                </div>
                {children()}
            </main>
            {footer.into_option().map(|footer| view! { <footer>{footer}</footer> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(elevated: bool) -> String {
        let nav = vec![NavGroup {
            label: Some("Identity".into()),
            items: vec![NavItem::new("Users", "/t/root/users", Glyph::Users).count(Some(12_480)).current(true)],
        }];
        let user = UserMenu { name: "mona".into(), tenant: "acme".into(), items: Vec::new() };
        let acting = Some(Acting { label: "Administrator".into(), left: None, href: "/account".into(), elevated });
        view! { <Frame home="/t/root" nav user acting>"page"</Frame> }.to_html()
    }

    #[test]
    fn the_rail_says_where_we_are() {
        let html = frame(false);
        assert!(html.contains(r#"href="/t/root/users" aria-current="page""#), "{html}");
        assert!(html.contains("12,480"), "{html}");
        assert!(html.contains(r#"popovertarget="rail""#) && html.contains(r#"id="rail""#), "{html}");
    }

    #[test]
    fn an_elevated_set_changes_the_frame() {
        assert!(frame(true).contains("topbar elevated"));
        assert!(!frame(false).contains("elevated"));
    }

    #[test]
    fn there_is_one_main_and_a_way_to_it() {
        let html = frame(false);
        assert_eq!(html.matches("<main").count(), 1);
        assert!(html.find("href=\"#main\"") < html.find("<nav"), "the skip link comes first: {html}");
    }
}
