//! `/t/{tenant}/roles/new`, and the tabs `edit` and `delete` of a role.

use leptos::prelude::*;

use crate::app::editing::{Deleted, Edited, Editing};
use crate::app::form::FormCx;
use crate::app::page::{PageCx, tenant_page};
use crate::authz::{Action, Target};
use crate::roles::service::RoleView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Consequence, TextArea, TextField, Tone};

const EDITING: Editing = Editing {
    noun: "role",
    plural: "Roles",
    section: "roles",
    labels: &[
        ("draft[role_name]", "Role name"),
        ("draft[path]", "Path"),
        ("draft[description]", "Description"),
        ("draft[max_session_duration]", "Session length"),
        ("trust", "Trust policy"),
    ],
    create: "/api/roles/create",
    update: "/api/roles/update",
    which: "name",
    delete: "/api/roles/delete",
};

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
        let stored = vec![
            ("draft[path]", "/".to_owned()),
            ("draft[max_session_duration]", "3600".to_owned()),
            ("trust", trust_template(&access.tenant.account_id)),
        ];
        let fields = |form: &FormCx| {
            view! {
                {fields(form)}
                <TextArea name="trust" label="Trust policy" mono=true rows=12 value=form.text("trust") error=form.error("trust") required=true
                    hint="Who may assume the role. As it stands: everybody in this tenant whose own policies allow it."/>
            }
            .into_any()
        };
        Ok(EDITING.create_page(&cx, access, stored, true, fields))
    })
}

fn fields(form: &FormCx) -> AnyView {
    view! {
        <TextField name="draft[role_name]" label="Role name" value=form.text("draft[role_name]") error=form.error("draft[role_name]")
            hint="1–64 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case." required=true autocomplete="off"
            autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.text("draft[path]") error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /service/."/>
        <TextField name="draft[description]" label="Description" value=form.text("draft[description]")
            error=form.error("draft[description]") optional=true/>
        <TextField name="draft[max_session_duration]" label="Session length" inputmode="numeric"
            value=form.text("draft[max_session_duration]") error=form.error("draft[max_session_duration]")
            hint="Seconds, 3600 to 43200."/>
    }
    .into_any()
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &RoleView) -> AnyView {
    let role = &view.role;
    let stored = vec![
        ("draft[role_name]", role.role_name.clone()),
        ("draft[path]", role.path.clone()),
        ("draft[description]", role.description.clone().unwrap_or_default()),
        ("draft[max_session_duration]", role.max_session_duration.unwrap_or(3600).to_string()),
    ];
    let edited = Edited { key: role.role_name.clone(), version: role.version, stored };
    EDITING.edit_tab(cx, path, edited, fields)
}

/// The tab `delete`.
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &RoleView) -> AnyView {
    let name = view.role.role_name.clone();
    let mut consequences = vec![Consequence::new(
        Tone::Info,
        "It goes to the recycle bin and can be restored for 30 days, with its policies.",
    )];
    if !view.role.instance_profiles.is_empty() {
        let text = format!("Instance profiles that hold it: {}.", view.role.instance_profiles.join(", "));
        consequences.push(Consequence::new(Tone::Warn, text));
    }
    let deleted = Deleted { key: name.clone(), name, text: "Nobody can assume it from then on.", consequences };
    EDITING.delete_tab(cx, path, deleted)
}
