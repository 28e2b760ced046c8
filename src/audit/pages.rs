//! `/t/{tenant}/audit`, `/t/{tenant}/audit/{id}`, and what happened to an object as a panel on its page.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use uuid::Uuid;

use super::{Event, Outcome, service};
use crate::app::list::{ListView, list_page};
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::{exact, when};
use crate::authz::access::SharedAccess;
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Card, CardBody, CodeBlock, Column, Crumb, DefinitionList, Diff, EmptyState, Language, PageHeader, Row,
    Table, Tone,
};
use crate::wire::ApiError;

/// The events of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("audit", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/audit");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let (now, at) = (cx.op.now(), path.clone());
        let view = ListView {
            title: "Audit".into(),
            noun: "events",
            keys: &[
                ("action:iam:*", "what was done"),
                ("actor:ada", "by whom"),
                ("target:bob", "to what"),
                ("kind:user", "to which kind"),
                ("outcome:refused", "or success, failed"),
                ("created:>2026-01-01", "by date"),
            ],
            base,
            query,
            wrong,
            columns: columns(),
            actions: ().into_any(),
            empty: view! { <EmptyState title="Nothing yet" text="Every change, sign-in and refusal will be here."/> }
                .into_any(),
            tenant: path,
        };
        let body = list_page::render(&cx, view, page, move |event| row(&at, event, now));
        Ok(PageView { title: "Audit".into(), access, body })
    })
}

/// One event with what it changed.
pub fn record() -> impl IntoView {
    tenant_page("audit", |cx, path| async move {
        let id = cx.param("id").parse().map_err(|_| ApiError::not_found())?;
        let (access, event) = service::get(&cx.op, &path, id).await?;
        let title = format!("{} on {} {}", event.action, event.target.kind, event.target.name);
        let mono = |text: String| view! { <code class="break">{text}</code> }.into_any();
        let mut items = vec![
            (
                "When".to_owned(),
                view! { <span>{exact(event.at)}" ("{when(event.at, cx.op.now())}")"</span> }.into_any(),
            ),
            ("Who".to_owned(), who(&event).into_any()),
            (
                "Acting as".to_owned(),
                if event.acting_as.is_empty() { "–".into_any() } else { event.acting_as.join(", ").into_any() },
            ),
            ("From".to_owned(), event.source_ip.clone().unwrap_or_else(|| "–".into()).into_any()),
            ("Target".to_owned(), mono(event.target.arn.clone())),
            ("Outcome".to_owned(), outcome(event.outcome).into_any()),
            ("Request".to_owned(), mono(event.request_id.clone())),
        ];
        if let Some(reason) = event.reason.clone() {
            items.push(("Reason".to_owned(), reason.into_any()));
        }
        let crumbs = vec![Crumb::link("Audit", paths::tenant(&path, "/audit")), Crumb::here(event.action.clone())];
        let changed = (event.before.is_some() || event.after.is_some()).then(|| {
            let lines = crate::app::text_diff::of_json(event.before.as_ref(), event.after.as_ref());
            view! { <Card title="Before and after"><Diff label="Before and after" lines/></Card> }
        });
        let parts = (!event.parts.is_empty()).then(|| {
            let text = serde_json::to_string_pretty(&event.parts).unwrap_or_default();
            view! { <Card title="Parts"><CodeBlock text language=Language::Json/></Card> }
        });
        let body = view! {
            <PageHeader title=title.clone() breadcrumbs=crumbs/>
            <Card><CardBody><DefinitionList items/></CardBody></Card>
            {changed}
            {parts}
        };
        Ok(PageView { title, access, body: body.into_any() })
    })
}

/// The latest events of an object.
///
/// # Errors
/// Refusals.
pub async fn history(
    cx: &PageCx,
    access: &SharedAccess,
    path: &TenantPath,
    kind: &'static str,
    id: Uuid,
) -> Result<AnyView, ApiError> {
    let page = service::list_of(&cx.op, access, kind, id).await?;
    Ok(table(page.items, path, cx.op.now(), "Nothing was recorded about it yet."))
}

/// Events as a table.
pub fn table(events: Vec<Event>, path: &TenantPath, now: DateTime<Utc>, empty: &'static str) -> AnyView {
    let rows = events.into_iter().map(|event| row(path, event, now)).collect();
    view! { <Table caption="Events" columns=columns() rows empty=view! { <EmptyState title="Nothing yet" text=empty/> }/> }.into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("What").mono(),
        Column::new("On").secondary().cut(),
        Column::new("Who"),
        Column::new("When"),
        Column::new("Outcome").secondary(),
    ]
}

fn row(path: &TenantPath, event: Event, now: DateTime<Utc>) -> Row {
    Row::new()
        .name(event.action.clone())
        .link(paths::tenant(path, &format!("/audit/{}", event.id)))
        .cell(format!("{} {}", event.target.kind, event.target.name))
        .cell(who(&event))
        .cell(when(event.at, now))
        .cell(outcome(event.outcome))
}

fn who(event: &Event) -> String {
    let name = event.actor.as_ref().map(|actor| crate::op::sign_in_name(&actor.name, &actor.tenant_path));
    name.unwrap_or_else(|| "system".to_owned())
}

fn outcome(outcome: Outcome) -> impl IntoView {
    let (label, tone) = match outcome {
        Outcome::Success => ("Done", Tone::Ok),
        Outcome::Refused => ("Refused", Tone::Danger),
        Outcome::Failed => ("Failed", Tone::Warn),
    };
    view! { <Badge label tone dot=true/> }
}
