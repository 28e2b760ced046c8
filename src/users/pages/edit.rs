//! `/t/{tenant}/users/new`, and the tabs `edit` and `delete` of a user.

use leptos::prelude::*;

use crate::app::editing::{Deleted, Edited, Editing};
use crate::app::form::FormCx;
use crate::app::page::{PageCx, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Consequence, TextField, TextKind, Tone};
use crate::users::service::UserView;

const EDITING: Editing = Editing {
    noun: "user",
    plural: "Users",
    section: "users",
    labels: &[
        ("draft[user_name]", "User name"),
        ("draft[path]", "Path"),
        ("draft[display_name]", "Display name"),
        ("draft[email]", "E-mail"),
    ],
    create: "/api/users/create",
    update: "/api/users/update",
    which: "name",
    delete: "/api/users/delete",
};

/// `/t/{tenant}/users/new`
pub fn new() -> impl IntoView {
    tenant_page("users", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        let any = Target::named(NativeKind::User, &access.tenant.account_id, "/", "*");
        access.check(Action::CreateUser, &any)?;
        let stored = vec![("draft[path]", "/".to_owned())];
        Ok(EDITING.create_page(&cx, access, stored, false, fields))
    })
}

fn fields(form: &FormCx) -> AnyView {
    view! {
        <TextField name="draft[user_name]" label="User name" value=form.text("draft[user_name]") error=form.error("draft[user_name]")
            hint="1–64 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case." required=true
            autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[display_name]" label="Display name" value=form.text("draft[display_name]")
            error=form.error("draft[display_name]") optional=true autocomplete="off"/>
        <TextField name="draft[email]" label="E-mail" kind=TextKind::Email value=form.text("draft[email]")
            error=form.error("draft[email]") optional=true autocomplete="off"/>
        <TextField name="draft[path]" label="Path" mono=true value=form.text("draft[path]") error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
    }
    .into_any()
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &UserView) -> AnyView {
    let user = &view.user;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let stored = vec![
        ("draft[user_name]", user.user_name.clone()),
        ("draft[display_name]", text(&user.person.display_name)),
        ("draft[email]", text(&user.person.email)),
        ("draft[path]", user.path.clone()),
    ];
    let edited = Edited { key: user.user_name.clone(), version: user.version, stored };
    EDITING.edit_tab(cx, path, edited, fields)
}

/// The tab `delete`.
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &UserView, has_password: bool) -> AnyView {
    let name = view.user.user_name.clone();
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
    let deleted = Deleted { key: name.clone(), name, text: "The user can do nothing from then on.", consequences };
    EDITING.delete_tab(cx, path, deleted)
}
