//! `/t/{tenant}`, `/t/{tenant}/tenants`, `/t/{tenant}/settings`

use leptos::prelude::*;

use super::service;
use super::tree::{self, Branch, Unfolded};
use crate::app::form::FormCx;
use crate::app::frame::notice_of;
use crate::app::list::{ListView, list_page};
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::audit;
use crate::authz::Action;
use crate::authz::access::SharedAccess;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantPath, TenantStatus};
use crate::ui::{
    Badge, Button, Card, CardBody, Column, Crumb, DefinitionList, EmptyState, Form, FormActions, Glyph, Kind,
    LinkButton, Notice, PageHeader, Row, Stat, TextField, Tone, TreeLabel,
};
use crate::wire::page::{Sort, grouped};
use crate::wire::{ApiError, ListQuery, encode};

/// The overview of a tenant.
pub fn overview() -> impl IntoView {
    tenant_page("", |cx, path| async move {
        let view = service::overview(&cx.op, &path).await?;
        let now = cx.op.now();
        let stat = |label: &str, section: &str, count: u64| {
            let href = paths::tenant(&path, &format!("/{section}"));
            view! { <Stat label figure=grouped(count) href/> }
        };
        let Counts { users, groups, roles, policies, permission_sets, assignments, children } = view.counts;
        let stats = view! {
            {stat("Users", "users", users)}
            {stat("Groups", "groups", groups)}
            {stat("Roles", "roles", roles)}
            {stat("Policies", "policies", policies)}
            {stat("Permission sets", "permission-sets", permission_sets)}
            {stat("Assignments", "assignments", assignments)}
            {stat("Tenants below", "tenants", children)}
        };
        let tenant = view.tenant;
        let items = vec![
            ("Path".to_owned(), view! { <code>{tenant.path.to_string()}</code> }.into_any()),
            ("Account id".to_owned(), view! { <code>{tenant.account_id.clone()}</code> }.into_any()),
            ("Status".to_owned(), status(&tenant).into_any()),
            ("Created".to_owned(), when(tenant.created_at, now).into_any()),
            ("Acting as".to_owned(), view.access.acting_as.join(", ").into_any()),
            ("Kept on".to_owned(), kept_on(cx.op.app().backend.name()).into_any()),
        ];
        let recent = recent(&cx, &view.access, &path).await?;
        let is_empty = users + groups + roles + policies == 0;
        let first = is_empty.then(|| {
            let create = paths::tenant(&path, "/users/new");
            let may_import = view.access.allows(Action::ImportAccount, &crate::import::service::target(&view.access));
            let import = may_import.then(|| {
                let href = paths::tenant(&path, "/import");
                view! { <LinkButton label="Import an AWS account" href icon=Glyph::Upload/> }
            });
            view! {
                <Notice title="This tenant is empty." action=view! { {import}<LinkButton label="Create a user" href=create/> }>
                    "Begin with an AWS account, or with a user, a group, or a policy that says what they may do."
                </Notice>
            }
        });
        let suspended = view.access.tenant.suspended.then(|| {
            view! { <Notice tone=Tone::Warn title="This tenant, or one above it, is suspended: nothing can be changed until it is resumed."/> }
        });
        let settings = paths::tenant(&path, "/settings");
        let body = view! {
            <PageHeader title=tenant.display_name.clone() subtitle=tenant.path.to_string()
                actions=view! { <LinkButton label="Settings" href=settings icon=Glyph::Settings/> }/>
            {notice_of(&cx)}
            {suspended}
            {first}
            <div class="grid tiles">{stats}</div>
            <div class="split">
                {recent}
                <Card title="About this tenant"><CardBody><DefinitionList items/></CardBody></Card>
            </div>
        };
        Ok(PageView { title: "Overview".into(), access: view.access, body: body.into_any() })
    })
}

/// Where everything is kept, by the name of the backend.
fn kept_on(backend: &'static str) -> &'static str {
    match backend {
        "postgres" => "PostgreSQL",
        "memory" => "Memory: nothing is kept when the server stops",
        other => other,
    }
}

/// The latest changes, for those who may read them.
async fn recent(cx: &PageCx, access: &SharedAccess, path: &TenantPath) -> Result<Option<AnyView>, ApiError> {
    if !access.allows(Action::ListEvents, &audit::service::collection(access)) {
        return Ok(None);
    }
    const SHOWN: usize = 8;
    let (_, mut page) = audit::service::list(&cx.op, path, &ListQuery::default()).await?;
    page.items.truncate(SHOWN);
    let table = audit::pages::table(page.items, path, cx.op.now(), "Every change, sign-in and refusal will be here.");
    let all = paths::tenant(path, "/audit");
    Ok(Some(
        view! {
            <Card title="Latest changes" aside=view! { <a href=all>"All of the audit"</a> }>{table}</Card>
        }
        .into_any(),
    ))
}

fn status(tenant: &Tenant) -> impl IntoView + use<> {
    match tenant.status {
        TenantStatus::Active => view! { <Badge label="Active" tone=Tone::Ok dot=true/> },
        TenantStatus::Suspended => view! { <Badge label="Suspended" tone=Tone::Danger dot=true/> },
    }
}

/// The tree below a tenant. `open` in the query says which tenants are unfolded.
pub fn list() -> impl IntoView {
    tenant_page("tenants", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/tenants");
        let unfolded = Unfolded::read(&cx.query("open"), &path);
        let (access, page) = tree::tree(&cx.op, &path, &query, &unfolded).await?;
        let refused = (!access.allows(Action::CreateTenant, &service::target(&access.tenant)))
            .then_some("You may not create tenants here.");
        let columns = vec![
            list_page::sorted("Tenant", Sort::Name, &query, &base, service::SORTS),
            Column::new("Path").mono().secondary(),
            Column::new("Status"),
            Column::new("Below").numeric().secondary(),
            Column::new("Users").numeric(),
            Column::new("Roles").numeric().detail(),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SORTS).detail(),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Create tenant" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! { <EmptyState title="No tenants below" text="A tenant has its own people and policies; guardrails here bind everything below."/> };
        let now = cx.op.now();
        let here = query.at(&base, &query.cursor);
        let rows = move |branch: Branch| {
            let Branch { tenant, counts, level, is_unfolded } = branch;
            let toggle_href = (counts.children > 0).then(|| {
                let open = encode::segment(&unfolded.toggled(&tenant.path));
                let join = if here.contains('?') { '&' } else { '?' };
                format!("{here}{join}open={open}#{}", tenant.path)
            });
            let shown = u64::from(tree::MOST_CHILDREN);
            let others = (is_unfolded && counts.children > shown).then(|| {
                let href = paths::tenant(&tenant.path, "/tenants");
                view! { " "<a href=href>"first "{shown}" of "{grouped(counts.children)}</a> }
            });
            let (name, href) = (tenant.display_name.clone(), paths::tenant(&tenant.path, ""));
            let id = tenant.path.to_string();
            Row::new()
                .cell(view! { <TreeLabel id name href level open=is_unfolded toggle_href/>{others} })
                .cell(tenant.path.to_string())
                .cell(status(&tenant))
                .cell(grouped(counts.children))
                .cell(grouped(counts.users))
                .cell(grouped(counts.roles))
                .cell(when(tenant.created_at, now))
                .off(tenant.status == TenantStatus::Suspended)
        };
        let list = ListView {
            title: "Tenants".into(),
            noun: "tenants",
            keys: &[],
            base,
            query,
            wrong: None,
            columns,
            actions: actions.into_any(),
            empty: empty.into_any(),
            tenant: path,
        };
        let body = list_page::render_to(&cx, list, page, rows, paths::JUMP, "Jump to any tenant by name or path");
        Ok(PageView { title: "Tenants".into(), access, body })
    })
}

/// `/t/{tenant}/tenants/new`
pub fn new() -> impl IntoView {
    tenant_page("tenants", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreateTenant, &service::target(&access.tenant))?;
        let form = FormCx::new("/api/tenants/create", &[("display_name", "Name"), ("slug", "Slug")], cx.flash.as_ref());
        let list = paths::tenant(&path, "/tenants");
        let crumbs = vec![Crumb::link("Tenants", list.clone()), Crumb::here("Create tenant")];
        let prefix = if path.is_root() { String::new() } else { format!("{path}.") };
        let body = view! {
            <PageHeader title="Create tenant" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors()>
                        <TextField name="display_name" label="Name" value=form.value("display_name", "") error=form.error("display_name")
                            required=true autocomplete="off" autofocus=form.failure().is_none()/>
                        <TextField name="slug" label="Slug" prefix=prefix mono=true value=form.value("slug", "") error=form.error("slug")
                            hint="Its part of the path: 1–63 lower-case letters, digits and dashes. It names the tenant in addresses and sign-in names."
                            required=true autocomplete="off"/>
                        <FormActions>
                            <Button label="Create tenant" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Create tenant".into(), access, body: body.into_any() })
    })
}

/// `/t/{tenant}/settings`: name, place, status, end.
pub fn settings() -> impl IntoView {
    tenant_page("settings", |cx, path| async move {
        let view = service::overview(&cx.op, &path).await?;
        let (access, tenant) = (view.access, view.tenant);
        let target = service::target(&access.tenant);
        let hidden = |version: bool| {
            let mut fields = vec![("tenant".to_owned(), path.to_string())];
            if version {
                fields.push(("version".to_owned(), tenant.version.to_string()));
            }
            fields
        };
        let rename = access.allows(Action::UpdateTenant, &target).then(|| {
            let form = FormCx::new("/api/tenants/rename", &[("display_name", "Name")], cx.flash.as_ref());
            let (hidden, value) = (hidden(true), form.value("display_name", &tenant.display_name));
            view! {
                <Card title="Name">
                    <CardBody>
                        <Form action=form.action.clone() hidden errors=form.errors()>
                            <TextField name="display_name" label="Name" value error=form.error("display_name") required=true/>
                            <FormActions><Button label="Save name"/></FormActions>
                        </Form>
                    </CardBody>
                </Card>
            }
        });
        let above = if path.is_root() { None } else { Some(place(&cx, &path, &tenant, hidden(false), hidden(true))) };
        let crumbs = vec![Crumb::link("Overview", paths::tenant(&path, "")), Crumb::here("Settings")];
        let body = view! {
            <PageHeader title="Settings" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            {rename}
            {above}
        };
        Ok(PageView { title: "Settings".into(), access, body: body.into_any() })
    })
}

fn place(
    cx: &PageCx,
    path: &TenantPath,
    tenant: &Tenant,
    hidden: Vec<(String, String)>,
    versioned: Vec<(String, String)>,
) -> impl IntoView + use<> {
    let flash = cx.flash.as_ref();
    let moving = FormCx::new("/api/tenants/move", &[("parent", "Below"), ("slug", "Slug")], flash);
    let deleting = FormCx::new("/api/tenants/delete", &[("typed", "Path")], flash);
    let parent = path.parent().map(|parent| parent.to_string()).unwrap_or_default();
    let (parent, slug) = (moving.value("parent", &parent), moving.value("slug", path.slug()));
    let (action, label, text) = match tenant.status {
        TenantStatus::Active => (
            "/api/tenants/suspend",
            "Suspend tenant",
            "Its people, and those of everything below, cannot sign in or act. Data is kept. Administrators of tenants above may read.",
        ),
        TenantStatus::Suspended => ("/api/tenants/resume", "Resume tenant", "Everything works again as it did before."),
    };
    let (moved, confirm) = (hidden.clone(), format!("Type {path} to confirm"));
    view! {
        <Card title="Place in the tree">
            <CardBody>
                <Form action=moving.action.clone() hidden=moved errors=moving.errors()>
                    <TextField name="parent" label="Below" mono=true value=parent error=moving.error("parent") required=true
                        hint="The path of the tenant above it. Guardrails and inherited assignments of the new place count from then on."/>
                    <TextField name="slug" label="Slug" mono=true value=slug error=moving.error("slug") required=true/>
                    <FormActions><Button label="Move tenant"/></FormActions>
                </Form>
            </CardBody>
        </Card>
        <Card title="Status">
            <CardBody>
                <p class="muted">{text}</p>
                <Form action hidden=versioned label><FormActions><Button label kind=Kind::Danger/></FormActions></Form>
            </CardBody>
        </Card>
        <Card title="Delete">
            <CardBody>
                <p class="muted">"Only an empty tenant can be deleted. This cannot be undone."</p>
                <Form action=deleting.action.clone() hidden errors=deleting.errors()>
                    <TextField name="typed" label=confirm value=deleting.value("typed", "") error=deleting.error("typed") required=true autocomplete="off"/>
                    <FormActions><Button label="Delete tenant" kind=Kind::Destroy/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
}
