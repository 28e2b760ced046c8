//! `/t/{tenant}/users`

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::app::list::{ListView, list_page};
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::authz::{Action, Target};
use crate::iam::{Stored, User};
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Badge, Column, EmptyState, Glyph, Kind, LinkButton, Row, Tag, Tone};
use crate::users::service;
use crate::wire::page::Sort;

/// The users of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("users", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/users");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let any = Target::named(NativeKind::User, &access.tenant.account_id, "/", "*");
        let create = format!("{base}/new");
        let refused = (!access.allows(Action::CreateUser, &any)).then_some("You may not create users here.");
        let columns = vec![
            list_page::sorted("User name", Sort::Name, &query, &base, service::SORTS),
            Column::new("Display name").secondary().cut(),
            Column::new("Path").mono().secondary(),
            Column::new("Status"),
            list_page::sorted("Last sign-in", Sort::LastUsed, &query, &base, service::SORTS).secondary(),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SORTS).detail(),
            Column::new("Tags").detail(),
        ];
        let actions = view! { <LinkButton label="Create user" href=create.clone() kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! {
            <EmptyState title="No users yet" text="Users are people and programmes of this tenant. Create one, or import an AWS account."/>
        };
        let (now, at) = (cx.op.now(), path.clone());
        let rows = move |user: Stored<User>| row(&at, user, now);
        let body = list_page::render(
            &cx,
            ListView {
                title: "Users".into(),
                noun: "users",
                keys: &[
                    ("path:/eng/", "below a path"),
                    ("tag:team=core", "with a tag"),
                    ("status:disabled", "or status:active"),
                    ("group:admins", "members of a group"),
                    ("created:<2026-01-01", "by date"),
                ],
                base,
                query,
                wrong,
                columns,
                actions: actions.into_any(),
                empty: empty.into_any(),
                tenant: path,
            },
            page,
            rows,
        );
        Ok(PageView { title: "Users".into(), access, body })
    })
}

fn row(path: &TenantPath, user: Stored<User>, now: DateTime<Utc>) -> Row {
    let User { user_name, path: at, password_last_used, create_date, tags, .. } = user.value;
    let status = if user.enabled {
        view! { <Badge label="Active" tone=Tone::Ok dot=true/> }
    } else {
        view! { <Badge label="Disabled" tone=Tone::Neutral dot=true/> }
    };
    let last = match password_last_used {
        Some(at) => when(at, now).into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let tags = tags.into_iter().take(3).map(|tag| view! { <Tag key=tag.key value=tag.value/> " " }).collect_view();
    Row::new()
        .name(user_name.clone())
        .link(paths::object(path, "users", &user_name))
        .cell(user.person.display_name.unwrap_or_default())
        .cell(at)
        .cell(status)
        .cell(last)
        .cell(when(create_date, now))
        .cell(tags)
        .off(!user.enabled)
}
