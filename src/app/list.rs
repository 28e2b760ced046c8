//! The one way of a list: title with counts, filter box, table, pager. Each list says its columns and its rows.

use leptos::prelude::*;

use crate::tenant::TenantPath;
use crate::ui::FilterError;
use crate::wire::ListQuery;

/// What a list says of itself.
pub struct ListView {
    /// The heading.
    pub title: String,
    /// What is counted, in the plural.
    pub noun: &'static str,
    /// What can be typed into the filter besides a part of a name, each with what it finds.
    pub keys: &'static [(&'static str, &'static str)],
    /// The address of the list, without a query.
    pub base: String,
    /// The query it was asked with.
    pub query: ListQuery,
    /// Where the filter is not understood; the page is empty then.
    pub wrong: Option<FilterError>,
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
    use crate::authz::access::SharedAccess;
    use crate::ui::words::counted;
    use crate::ui::{
        Column, EmptyState, FilterBox, FilterHelp, LinkButton, PageHeader, Pager, Row, SortDirection, Table, Toolbar,
    };
    use crate::wire::filter::Filter;
    use crate::wire::page::{Sort, Total};
    use crate::wire::{ApiError, Code, Page};

    /// What a service gave for a list; for a filter that it cannot read, an empty page and what is wrong, so that the
    /// person corrects it where it was typed. `keys` are those that the service reads.
    ///
    /// # Errors
    /// Any other of the service's.
    pub async fn loaded<T>(
        cx: &PageCx,
        path: &TenantPath,
        keys: &[&str],
        given: Result<(SharedAccess, Page<T>), ApiError>,
    ) -> Result<(SharedAccess, Page<T>, Option<FilterError>), ApiError> {
        let error = match given {
            Ok((access, page)) => return Ok((access, page, None)),
            Err(error) => error,
        };
        let Some(message) = error.of_field("q") else { return Err(error) };
        let text = cx.query("q");
        let wrong = match Filter::parse(&text, keys) {
            Err(wrong) => {
                let start = text.char_indices().nth(wrong.position - 1).map_or(text.len(), |(at, _)| at);
                let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
                FilterError { message: wrong.to_string(), text, at: start..end }
            }
            Ok(_) => FilterError { message: message.to_owned(), at: 0..text.len(), text },
        };
        cx.answer(Code::Invalid);
        // The service reads the filter only for those who may see the list.
        let access = cx.op.enter(path).await?;
        Ok((access, Page { items: vec![], next: None, previous: None, total: Total::Exact(0) }, Some(wrong)))
    }

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
        let subtitle = match (&list.wrong, is_filtered) {
            (Some(_), _) => format!("in {}", list.tenant),
            (None, true) => format!("{} match in {}", page.total, list.tenant),
            (None, false) => format!("{} in {}", page.total, list.tenant),
        };
        let shown = page.items.len();
        let link = |cursor: &Option<String>| cursor.as_ref().map(|cursor| list.query.at(&list.base, cursor));
        let (previous, next) = (link(&page.previous), link(&page.next));
        let summary = match (previous.is_some(), next.is_some()) {
            (false, false) => counted(shown as u64, list.noun),
            _ => format!("{shown} on this page"),
        };
        let hidden = [("sort", &list.query.sort), ("dir", &list.query.dir)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        let everything = list.base.clone();
        let clear = move || view! { <LinkButton label="Clear the filter" href=everything/> };
        let empty = match (&list.wrong, is_filtered) {
            (Some(_), _) => view! { <EmptyState title="The filter cannot be read" text="What is wrong is marked above." action=clear()/> }.into_any(),
            (None, true) => view! { <EmptyState title="Nothing matches" text="Change the filter, or clear it to see everything." action=clear()/> }.into_any(),
            (None, false) => list.empty,
        };
        let (action, label) = (action.to_owned(), label.to_owned());
        let help = (!list.keys.is_empty()).then(|| view! { <FilterHelp keys=list.keys/> });
        let rows: Vec<Row> = page.items.into_iter().map(row).collect();
        view! {
            <PageHeader title=list.title.clone() subtitle actions=list.actions/>
            {notice_of(cx)}
            <Toolbar>
                <FilterBox action label value=list.query.q.clone() hidden error=list.wrong/>
                {help}
            </Toolbar>
            <Table caption=list.title columns=list.columns rows empty
                footer=view! { <Pager summary previous next/> }/>
        }
        .into_any()
    }
}
