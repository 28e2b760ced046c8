//! `/t/{tenant}/roles`

use leptos::prelude::*;

use crate::app::list::{ListView, list_page};
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::authz::{Action, Target};
use crate::iam::{Role, Stored};
use crate::roles::service;
use crate::store::provider::NativeKind;
use crate::ui::{Badge, Column, EmptyState, Glyph, Kind, LinkButton, Name, Row, Tone};
use crate::wire::page::Sort;

/// The roles of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("roles", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/roles");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let any = Target::named(NativeKind::Role, &access.tenant.account_id, "/", "*");
        let refused = (!access.allows(Action::CreateRole, &any)).then_some("You may not create roles here.");
        let columns = vec![
            list_page::sorted("Role name", Sort::Name, &query, &base, service::SORTS),
            Column::new("Path").mono().secondary().cut(),
            Column::new("Description").detail().cut(),
            list_page::sorted("Last used", Sort::LastUsed, &query, &base, service::SORTS).secondary(),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SORTS).detail(),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Create role" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! { <EmptyState title="No roles yet" text="A role is assumed for a while by those whom its trust policy names."/> };
        let (now, at) = (cx.op.now(), path.clone());
        let rows = move |role: Stored<Role>| {
            let linked = role.is_service_linked().then(|| view! { " "<Badge label="service-linked" tone=Tone::Info/> });
            let Role { role_name, path, create_date, description, role_last_used, .. } = role.value;
            let href = paths::object(&at, "roles", &role_name);
            let last = match role_last_used {
                Some(used) => when(used.last_used_date, now).into_any(),
                None => view! { <span class="muted">"never"</span> }.into_any(),
            };
            Row::new()
                .cell(view! { <span><Name text=role_name/>{linked}</span> })
                .link(href)
                .cell(path)
                .cell(description.unwrap_or_default())
                .cell(last)
                .cell(when(create_date, now))
        };
        let list = ListView {
            title: "Roles".into(),
            noun: "roles",
            keys: &[
                ("path:/service/", "below a path"),
                ("tag:team=core", "with a tag"),
                ("created:<2026-01-01", "by date"),
            ],
            base,
            query,
            wrong,
            columns,
            actions: actions.into_any(),
            empty: empty.into_any(),
            tenant: path,
        };
        let body = list_page::render(&cx, list, page, rows);
        Ok(PageView { title: "Roles".into(), access, body })
    })
}
