//! `/t/{tenant}/permission-sets…` and `/t/{tenant}/assignments…`

use leptos::prelude::*;

use super::service::{self, SetView};
use crate::app::editing::{Deleted, Edited, Editing};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::list::{ListView, list_page};
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::audit::pages::history;
use crate::authz::{Action, Target};
use crate::iam::{Owner, Stored};
use crate::op::sign_in_name;
use crate::owners::pages::{Permissions, permissions, tags};
use crate::sso_admin::{AccountAssignment, PermissionSet, PrincipalKind, Reach};
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, Choice, Column, Consequence, Crumb, EmptyState, Form, FormActions, Glyph, Kind,
    LinkButton, Name, Notice, PageHeader, RadioGroup, Row, Select, Size, Tab, Tabs, TextField, TextKind, Tone,
};
use crate::wire::ApiError;
use crate::wire::page::Sort;

const SETS: Editing = Editing {
    noun: "permission set",
    plural: "Permission sets",
    section: "permission-sets",
    labels: &[("name", "Name"), ("description", "Description"), ("session_hours", "Session length")],
    create: "/api/sso/create-set",
    update: "/api/sso/update-set",
    which: "old_name",
    delete: "/api/sso/delete-set",
};
const ASSIGN_LABELS: Labels =
    &[("kind", "Kind"), ("principal", "Who"), ("set", "As what"), ("reach", "Where"), ("until", "Until")];

/// The permission sets of a tenant.
pub fn sets() -> impl IntoView {
    tenant_page("permission-sets", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/permission-sets");
        let given = service::list_sets(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::SET_KEYS, given).await?;
        let any = Target::named_set(&access.tenant.account_id, "*");
        let refused =
            (!access.allows(Action::CreatePermissionSet, &any)).then_some("You may not create permission sets here.");
        let columns = vec![
            list_page::sorted("Name", Sort::Name, &query, &base, service::SET_SORTS),
            Column::new("Description").secondary().cut(),
            Column::new("Session"),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SET_SORTS).detail(),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Create permission set" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! { <EmptyState title="No permission sets of its own" text="Those of the tenants above can be assigned here as well."/> };
        let (now, at) = (cx.op.now(), path.clone());
        let rows = move |set: Stored<PermissionSet>| {
            let builtin = set.is_builtin.then(|| view! { " "<Badge label="built in" tone=Tone::Info/> });
            let PermissionSet { name, description, session_seconds, created_date, .. } = set.value;
            let href = paths::object(&at, "permission-sets", &name);
            Row::new()
                .cell(view! { <span>{name}{builtin}</span> })
                .link(href)
                .cell(description.unwrap_or_default())
                .cell(format!("{} h", session_seconds / 3600))
                .cell(when(created_date, now))
        };
        let list = ListView {
            title: "Permission sets".into(),
            noun: "permission sets",
            keys: &[("tag:team=core", "with a tag"), ("created:<2026-01-01", "by date")],
            base,
            query,
            wrong,
            columns,
            actions: actions.into_any(),
            empty: empty.into_any(),
            tenant: path,
        };
        let body = list_page::render(&cx, list, page, rows);
        Ok(PageView { title: "Permission sets".into(), access, body })
    })
}

/// `/t/{tenant}/permission-sets/new`
pub fn new_set() -> impl IntoView {
    tenant_page("permission-sets", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreatePermissionSet, &Target::named_set(&access.tenant.account_id, "*"))?;
        Ok(SETS.create_page(&cx, access, vec![("session_hours", "1".to_owned())], false, set_fields))
    })
}

fn set_fields(form: &FormCx) -> AnyView {
    view! {
        <TextField name="name" label="Name" value=form.text("name") error=form.error("name")
            hint="1–32 letters, digits, blanks and _ + = , . @ -." required=true autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="description" label="Description" value=form.text("description") error=form.error("description") optional=true/>
        <TextField name="session_hours" label="Session length" inputmode="numeric" value=form.text("session_hours")
            error=form.error("session_hours") hint="Hours, 1 to 12." required=true/>
    }
    .into_any()
}

/// A permission set, first tab.
pub fn set() -> impl IntoView {
    tenant_page("permission-sets", |cx, path| set_page(cx, path, "policies".to_owned()))
}

/// A permission set, any other tab.
pub fn set_tab() -> impl IntoView {
    tenant_page("permission-sets", |cx, path| {
        let tab = cx.param("tab");
        set_page(cx, path, tab)
    })
}

async fn set_page(cx: PageCx, path: TenantPath, tab: String) -> Result<PageView, ApiError> {
    let view = service::get_set(&cx.op, &path, &cx.param("name")).await?;
    let owner = Owner::permission_set(&view.set.name);
    let panel = match tab.as_str() {
        "policies" | "permissions" => {
            let panel = Permissions {
                attached: view.attached.clone(),
                inline: view.inline.clone(),
                is_fixed: view.set.is_builtin,
                ..Permissions::default()
            };
            permissions(&cx, &view.access, &view.target, &owner, panel)
        }
        "tags" => tags(&cx, &view.access, &view.target, &owner, view.set.tags.clone(), view.set.is_builtin),
        "history" => history(&cx, &view.access, &path, "permission-set", view.set.id.uuid()).await?,
        "edit" => {
            view.access.check(Action::UpdatePermissionSet, &view.target)?;
            edit_set(&cx, &path, &view)
        }
        "delete" => {
            view.access.check(Action::DeletePermissionSet, &view.target)?;
            delete_set(&cx, &path, &view)
        }
        _ => return Err(ApiError::not_found()),
    };
    let name = view.set.name.clone();
    let link = |key: &str| {
        if key == "policies" {
            paths::object(&path, "permission-sets", &name)
        } else {
            paths::tab(&path, "permission-sets", &name, key)
        }
    };
    let may = |action| view.access.allows(action, &view.target) && !view.set.is_builtin;
    let edit = may(Action::UpdatePermissionSet).then(|| view! { <LinkButton label="Edit" href=link("edit")/> });
    let delete = may(Action::DeletePermissionSet)
        .then(|| view! { <LinkButton label="Delete" kind=Kind::Danger href=link("delete")/> });
    let crumbs =
        vec![Crumb::link("Permission sets", paths::tenant(&path, "/permission-sets")), Crumb::here(name.clone())];
    let current = if tab == "permissions" { "policies" } else { tab.as_str() };
    let tab_of = |label: &str, key: &str| Tab::new(label, link(key)).current(current == key);
    let items = vec![
        tab_of("Policies", "policies").count((view.attached.len() + view.inline.len()) as u64),
        tab_of("Tags", "tags").count(view.set.tags.len() as u64),
        tab_of("History", "history"),
    ];
    let about = format!(
        "{}Session of {} h",
        view.set.description.as_ref().map(|text| format!("{text} · ")).unwrap_or_default(),
        view.set.session_seconds / 3600
    );
    let builtin = view.set.is_builtin.then(|| view! { <Notice title="This permission set comes with the product."> "It can be assigned, not changed." </Notice> });
    let body = view! {
        <PageHeader title=name.clone() subtitle=about breadcrumbs=crumbs actions=view! { {edit}{delete} }/>
        {notice_of(&cx)}
        {builtin}
        <Tabs items/>
        {panel}
    };
    Ok(PageView { title: view.set.name.clone(), access: view.access.clone(), body: body.into_any() })
}

fn edit_set(cx: &PageCx, path: &TenantPath, view: &SetView) -> AnyView {
    let set = &view.set;
    let stored = vec![
        ("name", set.name.clone()),
        ("description", set.description.clone().unwrap_or_default()),
        ("session_hours", (set.session_seconds / 3600).to_string()),
    ];
    SETS.edit_tab(cx, path, Edited { key: set.name.clone(), version: set.version, stored }, set_fields)
}

fn delete_set(cx: &PageCx, path: &TenantPath, view: &SetView) -> AnyView {
    let name = view.set.name.clone();
    let consequences = vec![Consequence::new(
        Tone::Warn,
        "It is refused while the set is assigned anywhere. A deleted set does not come back.",
    )];
    let text = "Nobody can be assigned it from then on.";
    SETS.delete_tab(cx, path, Deleted { key: name.clone(), name, text, consequences })
}

/// The assignments of a tenant.
pub fn assignments() -> impl IntoView {
    tenant_page("assignments", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/assignments");
        let given = service::list_assignments(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::ASSIGNMENT_KEYS, given).await?;
        let account = access.tenant.account_id.clone();
        let any = Target::assignment(&account, "*");
        let refused =
            (!access.allows(Action::CreateAccountAssignment, &any)).then_some("You may not assign access here.");
        let columns = vec![
            Column::new("Who"),
            Column::new("Acts as"),
            Column::new("Where").secondary(),
            Column::new("Until").secondary(),
            Column::new("Since").detail(),
            Column::unlabelled("Action"),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Assign access" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! { <EmptyState title="Nobody is assigned here" text="Assigned administrators of tenants above may still act here."/> };
        let (now, at, may) = (cx.op.now(), path.clone(), access.clone());
        let rows = move |assignment: AccountAssignment| {
            let AccountAssignment { id, permission_set, principal, reach, expires_at, created_date, .. } = assignment;
            let may_end =
                may.allows(Action::DeleteAccountAssignment, &Target::assignment(&account, &permission_set.name));
            let who = if principal.tenant_path == at {
                principal.name.clone()
            } else {
                sign_in_name(&principal.name, &principal.tenant_path)
            };
            let section = if principal.kind == PrincipalKind::User { "users" } else { "groups" };
            let hidden = vec![("tenant".to_owned(), at.to_string()), ("assignment".to_owned(), id.to_string())];
            let label = format!("End {} for {who}", permission_set.name);
            let act = may_end.then(|| {
                view! { <Form action="/api/sso/unassign" hidden label><Button label="End" size=Size::Small kind=Kind::Danger/></Form> }
            });
            let until = match expires_at {
                Some(at) => view! { <Badge tone=Tone::Warn label=crate::app::when::relative(at, now) title=crate::app::when::exact(at)/> }.into_any(),
                None => view! { <span class="muted">"no end"</span> }.into_any(),
            };
            let place = if reach == Reach::Subtree { "here and below" } else { "here" };
            let set_home = (permission_set.tenant_path != at)
                .then(|| view! { <span class="cell-sub">"of "{permission_set.tenant_path.to_string()}</span> });
            Row::new()
                .cell(view! { <Name text=who/><span class="cell-sub">{principal.kind.as_str()}</span> })
                .link(paths::object(&principal.tenant_path, section, &principal.name))
                .cell(view! { <a href=paths::object(&permission_set.tenant_path, "permission-sets", &permission_set.name)>{permission_set.name.clone()}</a>{set_home}<span class="cell-sub only-phone">{place}</span> })
                .cell(place)
                .cell(until)
                .cell(when(created_date, now))
                .cell(act)
        };
        let list = ListView {
            title: "Assignments".into(),
            noun: "assignments",
            keys: &[
                ("set:administrator", "a permission set"),
                ("principal:ada", "a user or group"),
                ("kind:group", "or kind:user"),
                ("reach:subtree", "or reach:tenant"),
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
        Ok(PageView { title: "Assignments".into(), access, body })
    })
}

/// `/t/{tenant}/assignments/new`
pub fn new_assignment() -> impl IntoView {
    tenant_page("assignments", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreateAccountAssignment, &Target::assignment(&access.tenant.account_id, "*"))?;
        let sets = service::usable_sets(&cx.op, &access).await?;
        let form = FormCx::new("/api/sso/assign", ASSIGN_LABELS, cx.flash.as_ref());
        let choices: Vec<Choice> = sets
            .iter()
            .map(|set| {
                let home = if set.tenant_path == path { String::new() } else { format!(" (of {})", set.tenant_path) };
                Choice::new(set.id.to_string(), format!("{}{home}", set.name))
            })
            .collect();
        let list = paths::tenant(&path, "/assignments");
        let crumbs = vec![Crumb::link("Assignments", list.clone()), Crumb::here("Assign access")];
        let kinds =
            vec![Choice::new("group", "A group: every member, as they come and go"), Choice::new("user", "One user")];
        let reaches = vec![
            Choice::new("tenant", format!("{path} only")),
            Choice::new("subtree", format!("{path} and everything below")),
        ];
        let (kind, reach) = (form.value("kind", "group"), form.value("reach", "tenant"));
        let body = view! {
            <PageHeader title="Assign access" subtitle="Who may act in this tenant, and as what" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors()>
                        <RadioGroup name="kind" label="Kind" choices=kinds value=kind error=form.error("kind")/>
                        <TextField name="principal" label="Who" value=form.value("principal", "") error=form.error("principal")
                            hint="The name of a user or group of this tenant; for one of a tenant above add @ and its path, as in admins@root."
                            required=true autocomplete="off"/>
                        <Select name="set" label="As what" choices value=form.value("set", "") error=form.error("set")/>
                        <RadioGroup name="reach" label="Where" choices=reaches value=reach error=form.error("reach")/>
                        <TextField name="until" label="Until" kind=TextKind::Date value=form.value("until", "") error=form.error("until")
                            hint="The last day. Empty: until it is ended." optional=true/>
                        <FormActions>
                            <Button label="Assign access" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Assign access".into(), access, body: body.into_any() })
    })
}
