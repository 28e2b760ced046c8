//! `/t/{tenant}/roles/new`, and the tabs `edit` and `delete` of a role.

use leptos::prelude::*;

use crate::app::conflict::{Differing, conflict};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::roles::service::RoleView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{
    Button, Card, CardBody, Confirm, Consequence, Crumb, Form, FormActions, Kind, LinkButton, PageHeader, TextArea,
    TextField, Tone,
};

const LABELS: Labels = &[
    ("draft[role_name]", "Role name"),
    ("draft[path]", "Path"),
    ("draft[description]", "Description"),
    ("draft[max_session_duration]", "Session length"),
    ("trust", "Trust policy"),
];

fn trust_template(account_id: &str) -> String {
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Principal\": {{ \"AWS\": \"arn:aws:iam::{account_id}:root\" }},\n      \"Action\": \"sts:AssumeRole\"\n    }}\n  ]\n}}\n"
    )
}

/// `/t/{tenant}/roles/new`
pub fn new() -> impl IntoView {
    tenant_page("roles", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreateRole, &Target::named(NativeKind::Role, &access.tenant.account_id, "/", "*"))?;
        let list = paths::tenant(&path, "/roles");
        let form = FormCx::new("/api/roles/create", LABELS, cx.flash.as_ref());
        let crumbs = vec![Crumb::link("Roles", list.clone()), Crumb::here("Create role")];
        let trust = form.value("trust", &trust_template(&access.tenant.account_id));
        let body = view! {
            <PageHeader title="Create role" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors() wide=true>
                        {fields(&form, "", "/", "", "3600")}
                        <TextArea name="trust" label="Trust policy" mono=true rows=12 value=trust error=form.error("trust") required=true
                            hint="Who may assume the role. As it stands: everybody in this tenant whose own policies allow it."/>
                        <FormActions>
                            <Button label="Create role" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Create role".into(), access, body: body.into_any() })
    })
}

fn fields(form: &FormCx, name: &str, path: &str, description: &str, seconds: &str) -> impl IntoView + use<> {
    view! {
        <TextField name="draft[role_name]" label="Role name" value=form.value("draft[role_name]", name) error=form.error("draft[role_name]")
            hint="1–64 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case." required=true autocomplete="off"
            autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.value("draft[path]", path) error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /service/."/>
        <TextField name="draft[description]" label="Description" value=form.value("draft[description]", description)
            error=form.error("draft[description]") optional=true/>
        <TextField name="draft[max_session_duration]" label="Session length" inputmode="numeric"
            value=form.value("draft[max_session_duration]", seconds) error=form.error("draft[max_session_duration]")
            hint="Seconds, 3600 to 43200."/>
    }
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &RoleView) -> AnyView {
    let role = &view.role;
    let form = FormCx::new("/api/roles/update", LABELS, cx.flash.as_ref());
    let seconds = role.max_session_duration.unwrap_or(3600).to_string();
    let stored = [
        ("draft[role_name]", role.role_name.clone()),
        ("draft[path]", role.path.clone()),
        ("draft[description]", role.description.clone().unwrap_or_default()),
        ("draft[max_session_duration]", seconds),
    ];
    let differing: Vec<Differing> =
        stored.iter().filter_map(|(field, theirs)| Differing::of(&form, LABELS, field, theirs)).collect();
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), role.role_name.clone()),
        ("version".to_owned(), role.version.to_string()),
    ];
    let back = paths::object(path, "roles", &role.role_name);
    view! {
        {form.is_stale().then(|| conflict(differing))}
        <Card title="Edit role">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    {fields(&form, &stored[0].1, &stored[1].1, &stored[2].1, &stored[3].1)}
                    <FormActions>
                        <Button label="Save changes" kind=Kind::Primary/>
                        <LinkButton label="Cancel" href=back kind=Kind::Quiet/>
                    </FormActions>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// The tab `delete`.
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &RoleView) -> AnyView {
    let name = view.role.role_name.clone();
    let form = FormCx::new("/api/roles/delete", &[("typed", "Name")], cx.flash.as_ref());
    let mut consequences = vec![Consequence::new(
        Tone::Info,
        "It goes to the recycle bin and can be restored for 30 days, with its policies.",
    )];
    if !view.role.instance_profiles.is_empty() {
        let text = format!("Instance profiles that hold it: {}.", view.role.instance_profiles.join(", "));
        consequences.push(Consequence::new(Tone::Warn, text));
    }
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), name.clone())];
    view! {
        <Confirm title=format!("Delete {name}?") text="Nobody can assume it from then on." action=form.action.clone() verb="Delete role"
            cancel_href=paths::object(path, "roles", &name) consequences type_name=name typed=form.value("typed", "") hidden errors=form.errors()/>
    }
    .into_any()
}
