//! `/t/{tenant}/groups/new`, and the tabs `edit` and `delete` of a group.

use leptos::prelude::*;

use crate::app::conflict::{Differing, conflict};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::groups::service::GroupView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{
    Button, Card, CardBody, Confirm, Consequence, Crumb, Form, FormActions, Kind, LinkButton, PageHeader, TextField,
    Tone,
};

const LABELS: Labels = &[("draft[group_name]", "Group name"), ("draft[path]", "Path")];

/// `/t/{tenant}/groups/new`
pub fn new() -> impl IntoView {
    tenant_page("groups", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreateGroup, &Target::named(NativeKind::Group, &access.tenant.account_id, "/", "*"))?;
        let list = paths::tenant(&path, "/groups");
        let form = FormCx::new("/api/groups/create", LABELS, cx.flash.as_ref());
        let crumbs = vec![Crumb::link("Groups", list.clone()), Crumb::here("Create group")];
        let body = view! {
            <PageHeader title="Create group" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors()>
                        {fields(&form, "", "/")}
                        <FormActions>
                            <Button label="Create group" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Create group".into(), access, body: body.into_any() })
    })
}

fn fields(form: &FormCx, name: &str, path: &str) -> impl IntoView + use<> {
    view! {
        <TextField name="draft[group_name]" label="Group name" value=form.value("draft[group_name]", name)
            error=form.error("draft[group_name]") hint="1–128 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case."
            required=true autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.value("draft[path]", path) error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
    }
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &GroupView) -> AnyView {
    let group = &view.group;
    let form = FormCx::new("/api/groups/update", LABELS, cx.flash.as_ref());
    let stored = [("draft[group_name]", group.group_name.clone()), ("draft[path]", group.path.clone())];
    let differing: Vec<Differing> =
        stored.iter().filter_map(|(field, theirs)| Differing::of(&form, LABELS, field, theirs)).collect();
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), group.group_name.clone()),
        ("version".to_owned(), group.version.to_string()),
    ];
    let back = paths::object(path, "groups", &group.group_name);
    view! {
        {form.is_stale().then(|| conflict(differing))}
        <Card title="Edit group">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    {fields(&form, &stored[0].1, &stored[1].1)}
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
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &GroupView) -> AnyView {
    let name = view.group.group_name.clone();
    let form = FormCx::new("/api/groups/delete", &[("typed", "Name")], cx.flash.as_ref());
    let consequences = vec![
        Consequence::new(Tone::Warn, "Its members lose what the group gives them.")
            .link(paths::object(path, "groups", &name)),
        Consequence::new(
            Tone::Info,
            "It goes to the recycle bin and can be restored for 30 days, with its members and policies.",
        ),
    ];
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), name.clone())];
    view! {
        <Confirm title=format!("Delete {name}?") text="The group stops giving anything to anybody from then on." action=form.action.clone()
            verb="Delete group" cancel_href=paths::object(path, "groups", &name) consequences type_name=name typed=form.value("typed", "") hidden errors=form.errors()/>
    }
    .into_any()
}
