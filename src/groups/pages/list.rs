//! `/t/{tenant}/groups`

use leptos::prelude::*;

use crate::app::list::{ListView, list_page};
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::authz::{Action, Target};
use crate::groups::service;
use crate::iam::{Group, Stored};
use crate::store::provider::NativeKind;
use crate::ui::{Column, EmptyState, Glyph, Kind, LinkButton, Row, Tag};
use crate::wire::page::Sort;

/// The groups of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("groups", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/groups");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let any = Target::named(NativeKind::Group, &access.tenant.account_id, "/", "*");
        let refused = (!access.allows(Action::CreateGroup, &any)).then_some("You may not create groups here.");
        let columns = vec![
            list_page::sorted("Group name", Sort::Name, &query, &base, service::SORTS),
            Column::new("Path").mono().secondary(),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SORTS).secondary(),
            Column::new("Tags").detail(),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Create group" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! {
            <EmptyState title="No groups yet" text="A group gives its policies to all its members. Create one, then add users on its page."/>
        };
        let (now, at) = (cx.op.now(), path.clone());
        let rows = move |group: Stored<Group>| {
            let Group { group_name, path, create_date, tags, .. } = group.value;
            let tags =
                tags.into_iter().take(3).map(|tag| view! { <Tag key=tag.key value=tag.value/> " " }).collect_view();
            let href = paths::object(&at, "groups", &group_name);
            Row::new().name(group_name).link(href).cell(path).cell(when(create_date, now)).cell(tags)
        };
        let list = ListView {
            title: "Groups".into(),
            noun: "groups",
            keys: &[
                ("path:/eng/", "below a path"),
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
        Ok(PageView { title: "Groups".into(), access, body })
    })
}
