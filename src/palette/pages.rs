//! `/jump`: the palette's twin without a script.

use leptos::prelude::*;

use super::api::search_tenants;
use crate::app::frame::PlainFrame;
use crate::app::page::plain_page;
use crate::app::paths;
use crate::ui::{Column, EmptyState, FilterBox, PageHeader, Row, Table, Toolbar};

/// Tenants by a part of their name.
pub fn jump() -> impl IntoView {
    plain_page(|cx| async move {
        cx.op.actor()?;
        let text = cx.query("q");
        let hits = search_tenants(text.clone()).await?;
        let rows = hits
            .into_iter()
            .map(|hit| Row::new().cell(hit.display_name).link(paths::tenant(&hit.path, "")).cell(hit.path.to_string()))
            .collect();
        let columns = vec![Column::new("Tenant"), Column::new("Path").mono()];
        let body = view! {
            <PlainFrame cx=cx.clone()>
                <PageHeader title="Jump to a tenant" subtitle="Tenants you have access to, at most 20"/>
                <Toolbar><FilterBox action=paths::JUMP label="Find a tenant" placeholder="A part of its name or path" value=text autofocus=true/></Toolbar>
                <Table caption="Tenants" columns rows
                    empty=view! { <EmptyState title="Nothing found" text="No tenant of yours has this in its name or path."/> }/>
            </PlainFrame>
        };
        Ok(("Jump to a tenant".into(), body.into_any()))
    })
}
