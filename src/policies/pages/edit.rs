//! `/t/{tenant}/policies/new`, and the tabs `edit` and `delete` of a policy.

use leptos::prelude::*;

use super::detail::segment;
use crate::app::conflict::{Differing, conflict};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::policies::service::PolicyView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{
    Button, Card, CardBody, Confirm, Consequence, Crumb, Form, FormActions, Kind, LinkButton, PageHeader, TextArea,
    TextField, Tone,
};

const LABELS: Labels = &[
    ("draft[policy_name]", "Policy name"),
    ("draft[path]", "Path"),
    ("draft[description]", "Description"),
    ("document", "Document"),
];

const TEMPLATE: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"iam:GetUser\", \"iam:ListUsers\"],\n      \"Resource\": \"*\"\n    }\n  ]\n}\n";

/// `/t/{tenant}/policies/new`
pub fn new() -> impl IntoView {
    tenant_page("policies", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreatePolicy, &Target::named(NativeKind::Policy, &access.tenant.account_id, "/", "*"))?;
        let list = paths::tenant(&path, "/policies");
        let form = FormCx::new("/api/policies/create", LABELS, cx.flash.as_ref());
        let crumbs = vec![Crumb::link("Policies", list.clone()), Crumb::here("Create policy")];
        let document = form.value("document", TEMPLATE);
        let body = view! {
            <PageHeader title="Create policy" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors() wide=true>
                        {fields(&form, "", "/", "")}
                        <TextArea name="document" label="Document" mono=true rows=16 value=document error=form.error("document") required=true/>
                        <FormActions>
                            <Button label="Create policy" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Create policy".into(), access, body: body.into_any() })
    })
}

fn fields(form: &FormCx, name: &str, path: &str, description: &str) -> impl IntoView + use<> {
    view! {
        <TextField name="draft[policy_name]" label="Policy name" value=form.value("draft[policy_name]", name)
            error=form.error("draft[policy_name]") hint="1–128 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case."
            required=true autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.value("draft[path]", path) error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
        <TextField name="draft[description]" label="Description" value=form.value("draft[description]", description)
            error=form.error("draft[description]") optional=true/>
    }
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let policy = &view.policy;
    let form = FormCx::new("/api/policies/update", LABELS, cx.flash.as_ref());
    let stored = [
        ("draft[policy_name]", policy.policy_name.clone()),
        ("draft[path]", policy.path.clone()),
        ("draft[description]", policy.description.clone().unwrap_or_default()),
    ];
    let differing: Vec<Differing> =
        stored.iter().filter_map(|(field, theirs)| Differing::of(&form, LABELS, field, theirs)).collect();
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), segment(policy)),
        ("version".to_owned(), policy.version.to_string()),
    ];
    let back = paths::object(path, "policies", &segment(policy));
    view! {
        {form.is_stale().then(|| conflict(differing))}
        <Card title="Edit policy">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    {fields(&form, &stored[0].1, &stored[1].1, &stored[2].1)}
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
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let (name, key) = (view.policy.policy_name.clone(), segment(&view.policy));
    let form = FormCx::new("/api/policies/delete", &[("typed", "Name")], cx.flash.as_ref());
    let mut consequences = vec![Consequence::new(
        Tone::Info,
        "It goes to the recycle bin and can be restored for 30 days, with its versions and attachments.",
    )];
    let attached = view.entities.iter().filter(|entity| !entity.as_boundary).count();
    if attached > 0 {
        let text = format!("It is detached from {attached}, who lose what it allows (and what it denies them).");
        consequences.push(Consequence::new(Tone::Warn, text).link(paths::tab(path, "policies", &key, "attachments")));
    }
    if view.entities.iter().any(|entity| entity.as_boundary) {
        let text = "It bounds somebody: take it off as a boundary first, or nothing is deleted.";
        consequences.push(Consequence::new(Tone::Danger, text).link(paths::tab(path, "policies", &key, "attachments")));
    }
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), key.clone())];
    view! {
        <Confirm title=format!("Delete {name}?") text="Nobody has what it gives from then on." action=form.action.clone() verb="Delete policy"
            cancel_href=paths::object(path, "policies", &key) consequences type_name=name typed=form.value("typed", "") hidden errors=form.errors()/>
    }
    .into_any()
}
