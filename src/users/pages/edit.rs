//! `/t/{tenant}/users/new`, and the tabs `edit` and `delete` of a user.

use leptos::prelude::*;

use crate::app::conflict::{Differing, conflict};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{
    Button, Card, CardBody, Confirm, Consequence, Crumb, Form, FormActions, Kind, LinkButton, PageHeader, TextField,
    TextKind, Tone,
};
use crate::users::service::UserView;

const LABELS: Labels = &[
    ("draft[user_name]", "User name"),
    ("draft[path]", "Path"),
    ("draft[display_name]", "Display name"),
    ("draft[email]", "E-mail"),
];

/// `/t/{tenant}/users/new`
pub fn new() -> impl IntoView {
    tenant_page("users", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        let any = Target::named(NativeKind::User, &access.tenant.account_id, "/", "*");
        access.check(Action::CreateUser, &any)?;
        let list = paths::tenant(&path, "/users");
        let form = FormCx::new("/api/users/create", LABELS, cx.flash.as_ref());
        let crumbs = vec![Crumb::link("Users", list.clone()), Crumb::here("Create user")];
        let body = view! {
            <PageHeader title="Create user" breadcrumbs=crumbs/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors()>
                        {fields(&form, "", "/", "", "")}
                        <FormActions>
                            <Button label="Create user" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Create user".into(), access, body: body.into_any() })
    })
}

fn fields(form: &FormCx, name: &str, path: &str, display_name: &str, email: &str) -> impl IntoView + use<> {
    view! {
        <TextField name="draft[user_name]" label="User name" value=form.value("draft[user_name]", name) error=form.error("draft[user_name]")
            hint="1–64 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case." required=true
            autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[display_name]" label="Display name" value=form.value("draft[display_name]", display_name)
            error=form.error("draft[display_name]") optional=true autocomplete="off"/>
        <TextField name="draft[email]" label="E-mail" kind=TextKind::Email value=form.value("draft[email]", email)
            error=form.error("draft[email]") optional=true autocomplete="off"/>
        <TextField name="draft[path]" label="Path" mono=true value=form.value("draft[path]", path) error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
    }
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &UserView) -> AnyView {
    let user = &view.user;
    let form = FormCx::new("/api/users/update", LABELS, cx.flash.as_ref());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let stored = [
        ("draft[user_name]", user.user_name.clone()),
        ("draft[display_name]", text(&user.person.display_name)),
        ("draft[email]", text(&user.person.email)),
        ("draft[path]", user.path.clone()),
    ];
    let differing: Vec<Differing> =
        stored.iter().filter_map(|(field, theirs)| Differing::of(&form, LABELS, field, theirs)).collect();
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), user.user_name.clone()),
        // After a conflict the person has seen the present state, so the next attempt is made from it.
        ("version".to_owned(), user.version.to_string()),
    ];
    let back = paths::object(path, "users", &user.user_name);
    view! {
        {form.is_stale().then(|| conflict(differing))}
        <Card title="Edit user">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    {fields(&form, &stored[0].1, &stored[3].1, &stored[1].1, &stored[2].1)}
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
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &UserView, has_password: bool) -> AnyView {
    let name = view.user.user_name.clone();
    let form = FormCx::new("/api/users/delete", &[("typed", "Name")], cx.flash.as_ref());
    let counted = |n: usize, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let mut consequences =
        vec![Consequence::new(Tone::Info, "It goes to the recycle bin and can be restored for 30 days.")];
    if has_password {
        consequences.push(Consequence::new(
            Tone::Danger,
            "Its password is dropped and it is signed out everywhere. A restore does not bring the password back.",
        ));
    }
    if !view.groups.is_empty() {
        let text = format!("It leaves {}.", counted(view.groups.len(), "group", "groups"));
        consequences.push(Consequence::new(Tone::Warn, text).link(paths::tab(path, "users", &name, "groups")));
    }
    let policies = view.attached.len() + view.inline.len();
    if policies > 0 {
        let text = format!("It loses {}.", counted(policies, "policy of its own", "policies of its own"));
        consequences.push(Consequence::new(Tone::Warn, text).link(paths::tab(path, "users", &name, "permissions")));
    }
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), name.clone())];
    view! {
        <Confirm title=format!("Delete {name}?") text="The user can do nothing from then on." action=form.action.clone()
            verb="Delete user" cancel_href=paths::object(path, "users", &name) consequences type_name=name typed=form.value("typed", "") hidden errors=form.errors()/>
    }
    .into_any()
}
