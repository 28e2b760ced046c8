//! What a report says, as tables.

use leptos::prelude::*;

use crate::app::paths;
use crate::import::aws_account::{DumpWarning, Rejection};
use crate::import::report::{About, Change, Conflict, ConsoleGrant, Difference, Listed, Report};
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Badge, Card, Column, Name, Notice, Row, Table, Tone};
use crate::wire::page::grouped;

/// Rows of a list that a page shows.
const SHOWN: usize = 200;

/// The numbers, kind by kind.
pub(super) fn tallies(report: &Report) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Kind"),
        Column::new("New").numeric(),
        Column::new("Changed").numeric(),
        Column::new("As before").numeric(),
    ];
    let rows = report.tallies.named().into_iter().map(|(name, tally)| {
        Row::new().cell(name).cell(grouped(tally.created)).cell(grouped(tally.updated)).cell(grouped(tally.unchanged))
    });
    let rows: Vec<Row> = rows.collect();
    view! { <Card title="In numbers"><Table caption="What the file holds" columns rows/></Card> }
}

/// A section of the console in which a kind has its pages.
const fn section(kind: NativeKind) -> &'static str {
    match kind {
        NativeKind::User => "users",
        NativeKind::Group => "groups",
        NativeKind::Role => "roles",
        NativeKind::Policy => "policies",
    }
}

fn part_of(about: &About) -> String {
    match about.part {
        None => String::new(),
        Some(part) if about.which.is_empty() => part.words().to_owned(),
        Some(part) => format!("{} {}", part.words(), about.which),
    }
}

fn entity(row: Row, about: &About, tenant: &TenantPath) -> Row {
    let href = paths::object(tenant, section(about.entity.kind), &about.entity.name);
    row.name(about.entity.name.clone()).link(href).cell(about.entity.kind.as_str()).cell(part_of(about))
}

/// A card with the first of a list and how many there are; nothing for none.
fn card<T>(
    title: &str,
    about: &'static str,
    list: &Listed<T>,
    columns: Vec<Column>,
    row: impl Fn(&T) -> Row,
) -> Option<AnyView> {
    if list.total == 0 {
        return None;
    }
    let rows: Vec<Row> = list.listed.iter().take(SHOWN).map(row).collect();
    let more = list.total - rows.len() as u64;
    let badges = view! { <Badge label=grouped(list.total)/> };
    let more = (more > 0).then(|| view! { <p class="muted">"And "{grouped(more)}" more, in the record of the import up to the thousandth."</p> });
    let footer = view! { <p class="muted">{about}</p>{more} };
    let (title, caption) = (title.to_owned(), title.to_owned());
    Some(view! { <Card title badges footer><Table caption columns rows/></Card> }.into_any())
}

fn columns_of_entity() -> Vec<Column> {
    vec![Column::new("Name"), Column::new("Kind").secondary(), Column::new("What")]
}

/// What changes of what is here.
pub(super) fn differences(list: &Listed<Difference>, tenant: &TenantPath) -> Option<AnyView> {
    let mut columns = columns_of_entity();
    columns.extend([
        Column::new("Change"),
        Column::new("Before").secondary().cut(),
        Column::new("After").secondary().cut(),
    ]);
    card("Changes of what is here", "What was not edited here follows the file.", list, columns, |item| {
        let (label, tone) = match item.change {
            Change::Created => ("new", Tone::Ok),
            Change::Updated => ("changed", Tone::Info),
            Change::Removed => ("removed", Tone::Danger),
        };
        entity(Row::new(), &item.about, tenant)
            .cell(view! { <Badge label tone/> })
            .cell(item.before.clone())
            .cell(item.after.clone())
    })
}

/// What was edited here.
pub(super) fn conflicts(list: &Listed<Conflict>, tenant: &TenantPath) -> Option<AnyView> {
    let mut columns = columns_of_entity();
    columns.extend([
        Column::new("Edit").secondary(),
        Column::new("Here").secondary().cut(),
        Column::new("In the file").secondary().cut(),
        Column::new("Outcome"),
    ]);
    card("Conflicts", "Edited here since the last import.", list, columns, |item| {
        let (label, tone) =
            if item.overwritten { ("the file wins", Tone::Danger) } else { ("kept as it is", Tone::Ok) };
        entity(Row::new(), &item.about, tenant)
            .cell(item.edit.words())
            .cell(item.here.clone())
            .cell(item.dump.clone())
            .cell(view! { <Badge label tone/> })
    })
}

/// What the file does not have any more.
pub(super) fn absent(list: &Listed<About>, tenant: &TenantPath) -> Option<AnyView> {
    let about = "Imported before and not in this file. It is kept: remove it yourself if it should go.";
    card("Not in the file any more", about, list, columns_of_entity(), |about| entity(Row::new(), about, tenant))
}

/// Who gets a say in the console.
pub(super) fn grants(list: &Listed<ConsoleGrant>) -> Option<AnyView> {
    let columns =
        vec![Column::new("Principal"), Column::new("May in the console").mono(), Column::new("By").secondary()];
    let about =
        "Policies of the account count in this tenant as any others: with them these may act in the console itself.";
    card("Who gets a say in the console", about, list, columns, |grant| {
        const SHOWN_ACTIONS: usize = 6;
        let mut actions = grant.actions.iter().take(SHOWN_ACTIONS).cloned().collect::<Vec<_>>().join(" ");
        let more = grant.actions.len().saturating_sub(SHOWN_ACTIONS);
        if more > 0 {
            actions = format!("{actions} +{more}");
        }
        let (label, tone) = if grant.is_new { ("by this import", Tone::Warn) } else { ("as before", Tone::Neutral) };
        Row::new()
            .cell(view! {
                <Name text=grant.principal.name.clone()/>
                <span class="cell-sub">{grant.principal.kind.as_str()}" "<Badge label tone/></span>
            })
            .cell(actions)
            .name(grant.policies.join(", "))
    })
}

/// What is odd about the file.
pub(super) fn warnings(warnings: &[DumpWarning], omitted: u64) -> Option<AnyView> {
    let columns = vec![Column::new("Place in the file").mono(), Column::new("What")];
    let list = Listed { listed: warnings.to_vec(), total: warnings.len() as u64 + omitted };
    card("Warnings", "None of them hinders the import.", &list, columns, |warning| {
        Row::new().cell(warning.pointer.clone()).cell(warning.message.clone())
    })
}

/// What is wrong with the file.
pub(super) fn errors(rejection: &Rejection) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Place in the file").mono(),
        Column::new("What is wrong"),
        Column::new("Code").mono().secondary(),
    ];
    let rows = rejection.errors.iter().map(|error| {
        let place = if error.pointer.is_empty() { "the file as a whole".to_owned() } else { error.pointer.clone() };
        Row::new().cell(place).cell(error.message.clone()).cell(error.code.as_str())
    });
    let rows: Vec<Row> = rows.collect();
    let more = rejection.more.then_some("There may be more.");
    view! {
        <Notice tone=Tone::Danger alert=true title="The file cannot be imported. Nothing was changed.">{more}</Notice>
        <Card title="What is wrong"><Table caption="What is wrong with the file" columns rows/></Card>
    }
}
