//! `/t/{tenant}/roles/{name}` and its tabs.

use leptos::prelude::*;

use super::edit;
use crate::app::form::FormCx;
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::audit::pages::history;
use crate::authz::Action;
use crate::iam::{Owner, Role};
use crate::owners::pages::{Permissions, permissions, tags};
use crate::roles::service::{self, RoleView};
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, CodeBlock, Crumb, DefinitionList, Form, FormActions, Kind, Language, LinkButton,
    ObjectHeader, Tab, Tabs, TextArea, Tone,
};
use crate::wire::ApiError;

/// The first tab.
pub fn permissions_tab() -> impl IntoView {
    tenant_page("roles", |cx, path| page(cx, path, "permissions".to_owned()))
}

/// Any other tab.
pub fn tab() -> impl IntoView {
    tenant_page("roles", |cx, path| {
        let tab = cx.param("tab");
        page(cx, path, tab)
    })
}

async fn page(cx: PageCx, path: TenantPath, tab: String) -> Result<PageView, ApiError> {
    let view = service::get(&cx.op, &path, &cx.param("name")).await?;
    let owner = Owner::role(&view.role.role_name);
    let panel = match tab.as_str() {
        "permissions" => {
            let panel = Permissions {
                attached: view.attached.clone(),
                inline: view.inline.clone(),
                inherited: vec![],
                boundary: view.role.permissions_boundary.clone(),
                is_fixed: view.role.is_service_linked(),
            };
            permissions(&cx, &view.access, &view.target, &owner, panel)
        }
        "trust" => trust(&cx, &path, &view),
        "facts" => facts(&cx, &view),
        "tags" => tags(&cx, &view.access, &view.target, &owner, view.role.tags.clone(), view.role.is_service_linked()),
        "history" => history(&cx, &view.access, &path, "role", view.role.id.uuid()).await?,
        "edit" => {
            view.access.check(Action::UpdateRole, &view.target)?;
            edit::form(&cx, &path, &view)
        }
        "delete" => {
            view.access.check(Action::DeleteRole, &view.target)?;
            edit::confirm_delete(&cx, &path, &view)
        }
        _ => return Err(ApiError::not_found()),
    };
    let body = view! {
        {header(&cx, &path, &view)}
        {notice_of(&cx)}
        {tabs(&path, &view, &tab)}
        {panel}
    };
    Ok(PageView { title: view.role.role_name.clone(), access: view.access.clone(), body: body.into_any() })
}

fn header(cx: &PageCx, path: &TenantPath, view: &RoleView) -> impl IntoView + use<> {
    let role = &view.role;
    let name = role.role_name.clone();
    let now = cx.op.now();
    let crumbs = vec![Crumb::link("Roles", paths::tenant(path, "/roles")), Crumb::here(name.clone())];
    let may = |action| view.access.allows(action, &view.target) && !role.is_service_linked();
    let edit = may(Action::UpdateRole)
        .then(|| view! { <LinkButton label="Edit" href=paths::tab(path, "roles", &name, "edit")/> });
    let delete = may(Action::DeleteRole).then(
        || view! { <LinkButton label="Delete" kind=Kind::Danger href=paths::tab(path, "roles", &name, "delete")/> },
    );
    let linked = role.is_service_linked().then(|| view! { <Badge label="Service-linked" tone=Tone::Info/> });
    let used =
        role.role_last_used.clone().map(|used| view! { <span>"Last used "{when(used.last_used_date, now)}</span> });
    let created = role.create_date;
    view! {
        <ObjectHeader name=name.clone() arn=role.arn.clone() breadcrumbs=crumbs
            facts=view! { {linked}{used}<span>"Created "{when(created, now)}</span> }
            actions=view! { {edit}{delete} }/>
    }
}

fn tabs(path: &TenantPath, view: &RoleView, current: &str) -> impl IntoView + use<> {
    let name = &view.role.role_name;
    let tab = |label: &str, key: &str| {
        let href = if key == "permissions" {
            paths::object(path, "roles", name)
        } else {
            paths::tab(path, "roles", name, key)
        };
        Tab::new(label, href).current(current == key)
    };
    let items = vec![
        tab("Permissions", "permissions").count((view.attached.len() + view.inline.len()) as u64),
        tab("Trust", "trust"),
        tab("Facts", "facts"),
        tab("Tags", "tags").count(view.role.tags.len() as u64),
        tab("History", "history"),
    ];
    view! { <Tabs items/> }
}

fn trust(cx: &PageCx, path: &TenantPath, view: &RoleView) -> AnyView {
    let role = &view.role;
    let may = view.access.allows(Action::UpdateAssumeRolePolicy, &view.target) && !role.is_service_linked();
    let text = role.assume_role_policy_document.clone();
    if !may {
        return view! { <Card title="Trust policy"><CodeBlock text language=Language::Json/></Card> }.into_any();
    }
    let form = FormCx::new("/api/roles/update-trust", &[("trust", "Trust policy")], cx.flash.as_ref());
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), role.role_name.clone()),
        ("version".to_owned(), role.version.to_string()),
    ];
    let value = form.value("trust", &text);
    let stale = form
        .is_stale()
        .then(|| view! { <Card title="Stored now (theirs)"><CodeBlock text language=Language::Json/></Card> });
    view! {
        {stale}
        <Card title="Trust policy">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors() wide=true>
                    <TextArea name="trust" label="Who may assume the role" mono=true rows=16 value error=form.error("trust") required=true/>
                    <FormActions><Button label="Save trust policy" kind=Kind::Primary/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}

fn facts(cx: &PageCx, view: &RoleView) -> AnyView {
    let Role {
        path,
        role_id,
        arn,
        wami_arn,
        description,
        max_session_duration,
        permissions_boundary,
        instance_profiles,
        ..
    } = view.role.value.clone();
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned()).into_any();
    let mono = |value: String| view! { <code class="break">{value}</code> }.into_any();
    let items = vec![
        ("Description".to_owned(), text(description)),
        ("Path".to_owned(), mono(path)),
        ("Role id".to_owned(), mono(role_id)),
        ("ARN".to_owned(), mono(arn)),
        ("WAMI ARN".to_owned(), mono(wami_arn)),
        ("Session length".to_owned(), format!("{} seconds at most", max_session_duration.unwrap_or(3600)).into_any()),
        ("Permissions boundary".to_owned(), permissions_boundary.map_or_else(|| text(None), mono)),
        ("Instance profiles".to_owned(), text((!instance_profiles.is_empty()).then(|| instance_profiles.join(", ")))),
        ("Last changed".to_owned(), when(view.role.updated_at, cx.op.now()).into_any()),
    ];
    view! { <Card><CardBody><DefinitionList items/></CardBody></Card> }.into_any()
}
