//! What happened to an object, as a panel on its page.

use leptos::prelude::*;
use uuid::Uuid;

use super::{Event, Outcome, service};
use crate::app::page::PageCx;
use crate::app::paths;
use crate::app::when::when;
use crate::authz::access::SharedAccess;
use crate::tenant::TenantPath;
use crate::ui::{Badge, Column, EmptyState, Row, Table, Tone};
use crate::wire::ApiError;

/// The latest events of an object.
///
/// # Errors
/// Refusals.
pub async fn history(cx: &PageCx, access: &SharedAccess, path: &TenantPath, kind: &'static str, id: Uuid) -> Result<AnyView, ApiError> {
    let page = service::list_of(&cx.op, access, kind, id).await?;
    Ok(table(page.items, path, cx.op.now(), "Nothing was recorded about it yet."))
}

/// Events as a table.
pub fn table(events: Vec<Event>, path: &TenantPath, now: chrono::DateTime<chrono::Utc>, empty: &'static str) -> AnyView {
    let columns = vec![
        Column::new("What").mono(),
        Column::new("On").secondary().cut(),
        Column::new("Who"),
        Column::new("When"),
        Column::new("Outcome").secondary(),
    ];
    let rows = events
        .into_iter()
        .map(|event| {
            let (label, tone) = match event.outcome {
                Outcome::Success => ("Done", Tone::Ok),
                Outcome::Refused => ("Refused", Tone::Danger),
                Outcome::Failed => ("Failed", Tone::Warn),
            };
            let who = event.actor.as_ref().map_or_else(|| "system".to_owned(), |actor| crate::op::sign_in_name(&actor.name, &actor.tenant_path));
            Row::new()
                .cell(event.action.clone())
                .link(paths::tenant(path, &format!("/audit/{}", event.id)))
                .cell(format!("{} {}", event.target.kind, event.target.name))
                .cell(who)
                .cell(when(event.at, now))
                .cell(view! { <Badge label tone dot=true/> })
        })
        .collect();
    view! { <Table caption="Events" columns rows empty=view! { <EmptyState title="Nothing yet" text=empty/> }/> }.into_any()
}
