//! `/t/{tenant}/policies/new`, and the tabs `edit` and `delete` of a policy.

use leptos::prelude::*;

use super::detail::segment;
use crate::app::editing::{Deleted, Edited, Editing};
use crate::app::form::FormCx;
use crate::app::page::{PageCx, tenant_page};
use crate::app::paths;
use crate::authz::{Action, Target};
use crate::policies::service::PolicyView;
use crate::store::provider::NativeKind;
use crate::tenant::TenantPath;
use crate::ui::{Consequence, TextArea, TextField, Tone};

const EDITING: Editing = Editing {
    noun: "policy",
    plural: "Policies",
    section: "policies",
    labels: &[
        ("draft[policy_name]", "Policy name"),
        ("draft[path]", "Path"),
        ("draft[description]", "Description"),
        ("document", "Document"),
    ],
    create: "/api/policies/create",
    update: "/api/policies/update",
    which: "name",
    delete: "/api/policies/delete",
};

const TEMPLATE: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"iam:GetUser\", \"iam:ListUsers\"],\n      \"Resource\": \"*\"\n    }\n  ]\n}\n";

/// `/t/{tenant}/policies/new`
pub fn new() -> impl IntoView {
    tenant_page("policies", |cx, path| async move {
        let access = cx.op.enter(&path).await?;
        access.check(Action::CreatePolicy, &Target::named(NativeKind::Policy, &access.tenant.account_id, "/", "*"))?;
        let stored = vec![("draft[path]", "/".to_owned()), ("document", TEMPLATE.to_owned())];
        let fields = |form: &FormCx| {
            view! {
                {fields(form)}
                <TextArea name="document" label="Document" mono=true rows=16 value=form.text("document") error=form.error("document") required=true/>
            }
            .into_any()
        };
        Ok(EDITING.create_page(&cx, access, stored, true, fields))
    })
}

fn fields(form: &FormCx) -> AnyView {
    view! {
        <TextField name="draft[policy_name]" label="Policy name" value=form.text("draft[policy_name]")
            error=form.error("draft[policy_name]") hint="1–128 letters, digits and _ + = , . @ -. Unique in this tenant, whatever the case."
            required=true autocomplete="off" autofocus=form.failure().is_none()/>
        <TextField name="draft[path]" label="Path" mono=true value=form.text("draft[path]") error=form.error("draft[path]")
            hint="Begins and ends with a slash, as in /engineering/."/>
        <TextField name="draft[description]" label="Description" value=form.text("draft[description]")
            error=form.error("draft[description]") optional=true/>
    }
    .into_any()
}

/// The tab `edit`.
pub fn form(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let policy = &view.policy;
    let stored = vec![
        ("draft[policy_name]", policy.policy_name.clone()),
        ("draft[path]", policy.path.clone()),
        ("draft[description]", policy.description.clone().unwrap_or_default()),
    ];
    let edited = Edited { key: segment(policy), version: policy.version, stored };
    EDITING.edit_tab(cx, path, edited, fields)
}

/// The tab `delete`.
pub fn confirm_delete(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let (name, key) = (view.policy.policy_name.clone(), segment(&view.policy));
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
    let deleted = Deleted { key, name, text: "Nobody has what it gives from then on.", consequences };
    EDITING.delete_tab(cx, path, deleted)
}
