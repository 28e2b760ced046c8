//! The one way of a list: title with counts, filter box, table, pager. Each list says its columns and its rows.

use leptos::prelude::*;

use crate::tenant::TenantPath;
use crate::wire::ListQuery;

/// What a list says of itself.
pub struct ListView {
    /// The heading.
    pub title: String,
    /// What is counted, in the plural.
    pub noun: &'static str,
    /// What can be typed into the filter.
    pub placeholder: &'static str,
    /// The address of the list, without a query.
    pub base: String,
    /// The query it was asked with.
    pub query: ListQuery,
    /// The columns.
    pub columns: Vec<crate::ui::Column>,
    /// Right of the title.
    pub actions: AnyView,
    /// When there is nothing at all.
    pub empty: AnyView,
    /// Where.
    pub tenant: TenantPath,
}

/// Putting it together.
pub mod list_page {
    use super::*;
    use crate::app::frame::notice_of;
    use crate::app::page::PageCx;
    use crate::ui::{Column, EmptyState, FilterBox, PageHeader, Pager, Row, SortDirection, Table, Toolbar};
    use crate::wire::Page;
    use crate::wire::page::Sort;

    /// A column that can be sorted by.
    pub fn sorted(label: &str, sort: Sort, query: &ListQuery, base: &str, offered: &[Sort]) -> Column {
        let own = offered.first().copied().unwrap_or(Sort::Name);
        let is_current = query.sort == sort.as_str() || query.sort.is_empty() && sort == own;
        let now = is_current.then_some(if query.dir == "desc" {
            SortDirection::Descending
        } else {
            SortDirection::Ascending
        });
        Column::new(label).sort(query.sorted_by(base, sort, own), now)
    }

    /// The whole list.
    pub fn render<T>(cx: &PageCx, list: ListView, page: Page<T>, row: impl FnMut(T) -> Row) -> AnyView {
        let (action, label) = (list.base.clone(), format!("Filter {}", list.noun));
        render_to(cx, list, page, row, &action, &label)
    }

    /// The whole list, with a box that asks elsewhere.
    pub fn render_to<T>(
        cx: &PageCx,
        list: ListView,
        page: Page<T>,
        row: impl FnMut(T) -> Row,
        action: &str,
        label: &str,
    ) -> AnyView {
        let is_filtered = !list.query.q.is_empty();
        let subtitle = match is_filtered {
            true => format!("{} match in {}", page.total, list.tenant),
            false => format!("{} in {}", page.total, list.tenant),
        };
        let shown = page.items.len();
        let link = |cursor: &Option<String>| cursor.as_ref().map(|cursor| list.query.at(&list.base, cursor));
        let (previous, next) = (link(&page.previous), link(&page.next));
        let summary = match (previous.is_some(), next.is_some()) {
            (false, false) => format!("{shown} {}", list.noun),
            _ => format!("{shown} on this page"),
        };
        let hidden = [("sort", &list.query.sort), ("dir", &list.query.dir)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        let empty = match is_filtered {
            true => {
                view! { <EmptyState title="Nothing matches" text="Change the filter, or clear it to see everything."/> }
                    .into_any()
            }
            false => list.empty,
        };
        let (action, label) = (action.to_owned(), label.to_owned());
        let placeholder = if list.placeholder.is_empty() { label.clone() } else { list.placeholder.to_owned() };
        let rows: Vec<Row> = page.items.into_iter().map(row).collect();
        view! {
            <PageHeader title=list.title.clone() subtitle actions=list.actions/>
            {notice_of(cx)}
            <Toolbar>
                <FilterBox action label placeholder
                    value=list.query.q.clone() hidden/>
            </Toolbar>
            <Table caption=list.title columns=list.columns rows empty
                footer=view! { <Pager summary previous next/> }/>
        }
        .into_any()
    }
}
