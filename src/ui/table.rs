//! The one table.

use leptos::prelude::*;

use super::{Glyph, Icon, Name, Slot, text::classes, words};

/// Where the content of a column stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the start of the line.
    #[default]
    Start,
    /// In the middle.
    Middle,
    /// At its end, with tabular figures: numbers.
    End,
}

/// How a column is sorted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortDirection {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A column: its label and how its cells look.
#[derive(Clone, Debug, Default)]
pub struct Column {
    label: String,
    align: Align,
    sort: Option<(String, Option<SortDirection>)>,
    priority: u8,
    label_hidden: bool,
    class: &'static str,
}

impl Column {
    /// A column called `label`, always shown.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A column whose label only readers hear, such as that of row actions.
    pub fn unlabelled(label: impl Into<String>) -> Self {
        Self { label_hidden: true, class: "fit", align: Align::End, ..Self::new(label) }
    }

    /// Numbers: at the end of the line.
    pub fn numeric(mut self) -> Self {
        self.align = Align::End;
        self
    }

    /// `align` instead of the start of the line.
    pub fn align(mut self, align: Align) -> Self {
        self.align = align;
        self
    }

    /// Sortable: the label is a link to `href`, which sorts by it (or the other way round);
    /// `now` is how the table is sorted by it already.
    pub fn sort(mut self, href: impl Into<String>, now: Option<SortDirection>) -> Self {
        self.sort = Some((href.into(), now));
        self
    }

    /// Left out on a phone.
    pub fn secondary(mut self) -> Self {
        self.priority = 2;
        self
    }

    /// Left out on a phone and on a tablet.
    pub fn detail(mut self) -> Self {
        self.priority = 3;
        self
    }

    /// Names of actions, paths, ARNs.
    pub fn mono(mut self) -> Self {
        self.class = "mono";
        self
    }

    /// As narrow as its content, which does not wrap.
    pub fn fit(mut self) -> Self {
        self.class = "fit";
        self
    }

    /// Long text is cut with an ellipsis.
    pub fn cut(mut self) -> Self {
        self.class = "cut";
        self
    }

    /// The classes of its cells; `lead` is the first.
    fn cell_class(&self, lead: bool) -> Option<String> {
        let align = match self.align {
            Align::Start => "",
            Align::Middle => "mid",
            Align::End => "end",
        };
        let priority = ["", "", "p2", "p3"][usize::from(self.priority.min(3))];
        classes(&[self.class, align, priority, if lead { "lead" } else { "" }])
    }

    /// The cell of the head; its label is set in mono only in a matrix, where it is a name.
    fn header(&self, in_matrix: bool) -> impl IntoView + use<> {
        let sorted = self.sort.as_ref().and_then(|(_, now)| *now);
        let aria_sort = sorted.map(|now| match now {
            SortDirection::Ascending => "ascending",
            SortDirection::Descending => "descending",
        });
        let glyph = if sorted == Some(SortDirection::Descending) { Glyph::ArrowDown } else { Glyph::ArrowUp };
        let label = self.label.clone();
        let face = match (&self.sort, self.label_hidden) {
            (Some((href, _)), _) => view! { <a href=href.clone()>{label}<Icon glyph small=true/></a> }.into_any(),
            (None, true) => view! { <span class="vh">{label}</span> }.into_any(),
            (None, false) => label.into_any(),
        };
        let class = if self.class == "mono" && !in_matrix {
            Self { class: "", ..self.clone() }.cell_class(false)
        } else {
            self.cell_class(false)
        };
        view! { <th scope="col" class=class aria-sort=aria_sort>{face}</th> }
    }
}

/// A row: one view for each column, and what the row as a whole does.
#[derive(Default)]
pub struct Row {
    cells: Vec<AnyView>,
    href: Option<String>,
    pick: Option<Pick>,
    off: bool,
}

struct Pick {
    value: String,
    label: String,
    picked: bool,
}

impl Row {
    /// A row without cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next cell.
    pub fn cell(mut self, view: impl IntoView + 'static) -> Self {
        self.cells.push(view.into_any());
        self
    }

    /// The next cell: a name, which breaks between its words.
    pub fn name(self, name: impl Into<String>) -> Self {
        let text: String = name.into();
        self.cell(view! { <Name text/> })
    }

    /// The first cell leads to `href`, as a link that opens in a new tab like any other.
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// The row can be ticked; `value` is sent as `selected`, `name` is what readers hear.
    pub fn pick(mut self, value: impl Into<String>, name: &str, picked: bool) -> Self {
        self.pick = Some(Pick { value: value.into(), label: words::select_row(name), picked });
        self
    }

    /// What it shows is not in force (disabled, expired): muted. A word in it must say so too.
    pub fn off(mut self, off: bool) -> Self {
        self.off = off;
        self
    }

    fn view(self, cell_classes: &[Option<String>], pickable: bool) -> impl IntoView + use<> {
        let Self { cells, mut href, pick, off } = self;
        let picked = pick.as_ref().is_some_and(|pick| pick.picked);
        let pick = pickable.then(|| {
            let input = pick.map(|Pick { value, label, picked }| {
                view! {
                    <label>
                        <input class="check" type="checkbox" name="selected" value=value checked=picked aria-label=label/>
                    </label>
                }
            });
            view! { <td class="pick">{input}</td> }
        });
        let cells = cells
            .into_iter()
            .zip(cell_classes.iter().cloned())
            .map(|(cell, class)| match href.take() {
                Some(href) => view! { <td class=class><a class="row-link" href=href>{cell}</a></td> }.into_any(),
                None => view! { <td class=class>{cell}</td> }.into_any(),
            })
            .collect_view();
        view! { <tr class=classes(&[if picked { "selected" } else { "" }, if off { "off" } else { "" }])>{pick}{cells}</tr> }
    }
}

/// Columns and rows in a card: the header stays in sight, the least important columns go on
/// small screens, nothing scrolls sideways.
///
/// `caption` is what readers hear it called. `pickable` adds the column of check boxes, for use
/// within a [`List`](super::List). `scrolls` is for a [`Matrix`](super::Matrix). `empty` is shown when there are no rows, `footer` below them.
#[component]
pub fn Table(
    #[prop(into)] caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    #[prop(optional)] pickable: bool,
    #[prop(optional)] scrolls: bool,
    #[prop(optional, into)] empty: Slot,
    #[prop(optional, into)] footer: Slot,
) -> impl IntoView {
    if rows.is_empty() {
        let footer = footer.into_option().map(|footer| view! { <footer>{footer}</footer> });
        return view! { <section class="table-card" aria-label=caption>{empty.into_option()}{footer}</section> }
            .into_any();
    }
    let cell_classes: Vec<_> =
        columns.iter().enumerate().map(|(index, column)| column.cell_class(index == 0)).collect();
    let head = columns.iter().map(|column| column.header(scrolls)).collect_view();
    let body = rows.into_iter().map(|row| row.view(&cell_classes, pickable)).collect_view();
    let table = view! {
        <table class="table">
            <caption class="vh">{caption.clone()}</caption>
            <thead>
                <tr>
                    {pickable.then(|| view! {
                        <th class="pick" scope="col">
                            <label class="needs-js">
                                <input class="check" type="checkbox" data-select-all aria-label=words::SELECT_ALL/>
                            </label>
                        </th>
                    })}
                    {head}
                </tr>
            </thead>
            <tbody>{body}</tbody>
        </table>
    };
    // What scrolls must be reachable by the keyboard.
    let table = match scrolls {
        true => view! { <div class="matrix" role="region" tabindex="0" aria-label=caption>{table}</div> }.into_any(),
        false => table.into_any(),
    };
    let footer = footer.into_option().map(|footer| view! { <footer>{footer}</footer> });
    view! { <div class="table-card">{table}{footer}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(rows: Vec<Row>) -> String {
        let columns = vec![
            Column::new("User name").sort("?sort=-name", Some(SortDirection::Ascending)),
            Column::new("Groups").numeric().secondary(),
        ];
        view! { <Table caption="Users" columns rows pickable=true empty="Nobody yet"/> }.to_html()
    }

    #[test]
    fn a_row_is_a_link_and_can_be_ticked() {
        let html = users(vec![Row::new().cell("<ada>").cell(3).link("/t/root/users/ada").pick("AIDA1", "ada", true)]);
        assert!(html.contains(r#"<a href="/t/root/users/ada" class="row-link">&lt;ada&gt;</a>"#), "{html}");
        assert!(html.contains(r#"aria-label="Select ada""#) && html.contains(r#"value="AIDA1""#), "{html}");
        assert_eq!(html.matches("row-link").count(), 1, "only the first cell is the link: {html}");
    }

    #[test]
    fn sorting_is_told_to_readers() {
        let html = users(vec![Row::new().cell("a").cell(1)]);
        assert!(html.contains(r#"aria-sort="ascending""#) && html.contains(r#"href="?sort=-name""#), "{html}");
        assert_eq!(html.matches("aria-sort").count(), 1, "{html}");
    }

    #[test]
    fn header_and_cells_hide_together() {
        let html = users(vec![Row::new().cell("a").cell(1)]);
        assert_eq!(html.matches(r#"class="end p2""#).count(), 2, "{html}");
    }

    #[test]
    fn without_rows_it_says_what_to_do() {
        let html = users(Vec::new());
        assert!(html.contains("Nobody yet") && !html.contains("<table"), "{html}");
    }
}
