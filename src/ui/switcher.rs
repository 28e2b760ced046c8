//! The breadcrumb in the top bar that switches tenants.

use leptos::prelude::*;

use super::{Glyph, Icon, MenuItem, MenuItems, words};

/// A level of the tenant's path and what its menu offers.
#[derive(Clone, Debug)]
pub struct TenantLevel {
    /// The last part of its path, or the whole of it for the level shown alone on a phone.
    pub label: String,
    /// Siblings and children near it, the first few; the search finds the others.
    pub items: Vec<MenuItem>,
    /// The address its search is sent to (`q` is what was typed).
    pub search_action: String,
}

/// The levels from the root to the acting tenant, which comes last and is the only one on a
/// narrow screen. It works as it stands; an island may take the search over
/// (`data-tenant-switcher`).
#[component]
pub fn TenantSwitcher(levels: Vec<TenantLevel>) -> impl IntoView {
    let last = levels.len().saturating_sub(1);
    let levels = levels
        .into_iter()
        .enumerate()
        .map(|(index, level)| {
            let search = format!("Find a tenant near {}", level.label);
            view! {
                <li>
                    <details class="menu" name="menu" data-menu>
                        <summary aria-current=(index == last).then_some("true")>
                            <span class="truncate">{level.label}</span>
                            <Icon glyph=Glyph::ChevronDown small=true/>
                        </summary>
                        <div class="menu-panel">
                            <form method="get" action=level.search_action role="search">
                                <input class="input" type="search" name="q" placeholder=search.clone() aria-label=search autocomplete="off"/>
                            </form>
                            <MenuItems items=level.items/>
                        </div>
                    </details>
                </li>
            }
        })
        .collect_view();
    view! { <nav class="switcher" aria-label=words::TENANT data-tenant-switcher><ol>{levels}</ol></nav> }
}
