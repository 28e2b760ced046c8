//! `/t/{tenant}/groups/{name}` and its tabs.

use leptos::prelude::*;

use super::edit;
use crate::app::form::FormCx;
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::audit::pages::history;
use crate::authz::Action;
use crate::groups::service::{self, GroupView};
use crate::iam::Owner;
use crate::owners::pages::{Permissions, permissions, tags};
use crate::tenant::TenantPath;
use crate::ui::words::counted;
use crate::ui::{
    Button, Card, CardBody, Column, Crumb, EmptyState, Form, FormActions, Kind, LinkButton, ObjectHeader, Pager, Row,
    Size, Tab, Table, Tabs, TextField,
};
use crate::wire::ApiError;
use crate::wire::page::Total;

/// The first tab.
pub fn members() -> impl IntoView {
    tenant_page("groups", |cx, path| page(cx, path, "members".to_owned()))
}

/// Any other tab.
pub fn tab() -> impl IntoView {
    tenant_page("groups", |cx, path| {
        let tab = cx.param("tab");
        page(cx, path, tab)
    })
}

async fn page(cx: PageCx, path: TenantPath, tab: String) -> Result<PageView, ApiError> {
    let group = service::get(&cx.op, &path, &cx.param("name")).await?;
    let owner = Owner::group(&group.group.group_name);
    let panel = match tab.as_str() {
        "members" => members_panel(&cx, &path, &group).await?,
        "permissions" => {
            let panel = Permissions {
                attached: group.attached.clone(),
                inline: group.inline.clone(),
                ..Permissions::default()
            };
            permissions(&cx, &group.access, &group.target, &owner, panel)
        }
        "tags" => tags(&cx, &group.access, &group.target, &owner, group.group.tags.clone(), false),
        "history" => history(&cx, &group.access, &path, "group", group.group.id.uuid()).await?,
        "edit" => {
            group.access.check(Action::UpdateGroup, &group.target)?;
            edit::form(&cx, &path, &group)
        }
        "delete" => {
            group.access.check(Action::DeleteGroup, &group.target)?;
            edit::confirm_delete(&cx, &path, &group)
        }
        _ => return Err(ApiError::not_found()),
    };
    let body = view! {
        {header(&cx, &path, &group)}
        {notice_of(&cx)}
        {tabs(&path, &group, &tab)}
        {panel}
    };
    Ok(PageView { title: group.group.group_name.clone(), access: group.access.clone(), body: body.into_any() })
}

fn header(cx: &PageCx, path: &TenantPath, view: &GroupView) -> impl IntoView + use<> {
    let group = &view.group;
    let name = group.group_name.clone();
    let crumbs = vec![Crumb::link("Groups", paths::tenant(path, "/groups")), Crumb::here(name.clone())];
    let may = |action| view.access.allows(action, &view.target);
    let edit = may(Action::UpdateGroup)
        .then(|| view! { <LinkButton label="Edit" href=paths::tab(path, "groups", &name, "edit")/> });
    let delete = may(Action::DeleteGroup).then(
        || view! { <LinkButton label="Delete" kind=Kind::Danger href=paths::tab(path, "groups", &name, "delete")/> },
    );
    let (at, created, now) = (group.path.clone(), group.create_date, cx.op.now());
    view! {
        <ObjectHeader name=group.group_name.clone() arn=group.arn.clone() breadcrumbs=crumbs
            facts=view! { <span>"Path "<code>{at}</code></span><span>"Created "{when(created, now)}</span> }
            actions=view! { {edit}{delete} }/>
    }
}

fn tabs(path: &TenantPath, view: &GroupView, current: &str) -> impl IntoView + use<> {
    let name = &view.group.group_name;
    let tab = |label: &str, key: &str| {
        let href =
            if key == "members" { paths::object(path, "groups", name) } else { paths::tab(path, "groups", name, key) };
        Tab::new(label, href).current(current == key)
    };
    let items = vec![
        tab("Members", "members"),
        tab("Permissions", "permissions").count((view.attached.len() + view.inline.len()) as u64),
        tab("Tags", "tags").count(view.group.tags.len() as u64),
        tab("History", "history"),
    ];
    view! { <Tabs items/> }
}

async fn members_panel(cx: &PageCx, path: &TenantPath, view: &GroupView) -> Result<AnyView, ApiError> {
    let query = cx.list_query();
    let page = service::members(&cx.op, view, &query).await?;
    let name = &view.group.group_name;
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), name.clone())];
    let base = paths::object(path, "groups", name);
    let link = |cursor: &Option<String>| cursor.as_ref().map(|cursor| query.at(&base, cursor));
    let (previous, next, total) = (link(&page.previous), link(&page.next), page.total);
    let may_remove = view.access.allows(Action::RemoveUserFromGroup, &view.target);
    let rows = page
        .items
        .into_iter()
        .map(|user| {
            let mut fields = hidden.clone();
            fields.push(("user_name".to_owned(), user.user_name.clone()));
            let act = may_remove.then(|| {
                view! {
                    <Form action="/api/groups/remove-member" hidden=fields label=format!("Remove {}", user.user_name)>
                        <Button label="Remove" kind=Kind::Danger size=Size::Small/>
                    </Form>
                }
            });
            Row::new()
                .name(user.user_name.clone())
                .link(paths::object(path, "users", &user.user_name))
                .cell(user.person.display_name.clone().unwrap_or_default())
                .cell(act)
        })
        .collect();
    let columns = vec![Column::new("User"), Column::new("Display name").secondary(), Column::unlabelled("Action")];
    let form = FormCx::new("/api/groups/add-member", &[("user_name", "User name")], cx.flash.as_ref());
    let add = view.access.allows(Action::AddUserToGroup, &view.target).then(|| {
        view! {
            <Card title="Add a member">
                <CardBody>
                    <Form action=form.action.clone() hidden=hidden.clone() errors=form.errors()>
                        <TextField name="user_name" label="User name" value=form.value("user_name", "") error=form.error("user_name")
                            required=true autocomplete="off"/>
                        <FormActions><Button label="Add member"/></FormActions>
                    </Form>
                </CardBody>
            </Card>
        }
    });
    let summary = match total {
        Total::Exact(number) => counted(number, "members"),
        Total::AtLeast(_) => format!("{total} members"),
    };
    Ok(view! {
        <Table caption="Members" columns rows footer=view! { <Pager summary previous next/> }
            empty=view! { <EmptyState title="No members" text="Add users below; each gets the policies of this group."/> }/>
        {add}
    }
    .into_any())
}
