//! `/t/{tenant}/groups/new`, and the tabs `edit` and `delete` of a group.

use leptos::prelude::*;

use crate::app::editing::{Deleted, Edited, Editing};
use crate::app::form::FormCx;
use crate::app::page::{PageCx, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::groups::service::GroupView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Consequence, TextField, Tone};

const EDITING: Editing = Editing {
    noun: "group",
    plural: "Groups",
    section: "groups",
    labels: &[("draft[group_name]", "Group name"), ("draft[path]", "Path")],
    create: "/api/groups/create",
    update: "/api/groups/update",
    which: "name",
    delete: "/api/groups/delete",
};

/// `/t/{tenant}/groups/new`
pub fn new() -> impl IntoView {
    tenant_page("groups", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreateGroup, &Target::named(NativeKind::Group, &access.tenant.account_id, "/", "*"))?;
        let stored = vec![("draft[path]", "/".to_owned())];
        Ok(EDITING.create_page(&cx, access, stored, false, fields))
    })
}

fn fields(form: &FormCx) -> AnyView {
    view! {
        <TextField name="draft[group_name]" label="Group name" value=form.text("draft[group_name]")
            error=form.error("draft[group_name]") hint="1–128 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case."
            required=true autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.text("draft[path]") error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
    }
    .into_any()
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &GroupView) -> AnyView {
    let group = &view.group;
    let stored = vec![("draft[group_name]", group.group_name.clone()), ("draft[path]", group.path.clone())];
    let edited = Edited { key: group.group_name.clone(), version: group.version, stored };
    EDITING.edit_tab(cx, path, edited, fields)
}

/// The tab `delete`.
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &GroupView) -> AnyView {
    let name = view.group.group_name.clone();
    let consequences = vec![
        Consequence::new(Tone::Warn, "Its members lose what the group gives them.")
            .link(paths::object(path, "groups", &name)),
        Consequence::new(
            Tone::Info,
            "It goes to the recycle bin and can be restored for 30 days, with its members and policies.",
        ),
    ];
    let deleted = Deleted {
        key: name.clone(),
        name,
        text: "The group stops giving anything to anybody from then on.",
        consequences,
    };
    EDITING.delete_tab(cx, path, deleted)
}
