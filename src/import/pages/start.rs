//! `/t/{tenant}/import`

use leptos::prelude::*;

use crate::app::form::FormCx;
use crate::app::frame::notice_of;
use crate::app::page::{PageView, tenant_page};
use crate::import::service;
use crate::ui::{
    Button, Card, CardBody, Checkbox, Copyable, Form, FormActions, Glyph, Kind, PageHeader, TextField, TextKind,
};

/// The form to send a dump.
pub fn start() -> impl IntoView {
    tenant_page("import", |cx, path| async move {
        let access = service::enter(&cx.op, &path).await?;
        let action = format!("/api/import/{path}/upload");
        let labels = &[("account", "Account"), ("overwrite", "Overwrite"), ("file", "File")];
        let form = FormCx::new(&action, labels, cx.flash.as_ref());
        let body = view! {
            <PageHeader title="Import" subtitle="Users, groups, roles and policies of an AWS account, all or nothing."/>
            {notice_of(&cx)}
            <Card title="The file">
                <CardBody>
                    <p class="muted">
                        "Made by the AWS command line, by somebody who may read the account. Of several accounts in one tenant, "
                        "each has a file of its own."
                    </p>
                    <p><Copyable text="aws iam get-account-authorization-details > account.json" what="command"/></p>
                </CardBody>
                <CardBody>
                    <Form action=form.action.clone() multipart=true errors=form.errors()>
                        <TextField name="account" label="Account" optional=true mono=true inputmode="numeric" maxlength=12 value=form.value("account", "")
                            error=form.error("account") hint="Twelve digits, if the file holds several accounts and you want one." autocomplete="off"/>
                        <Checkbox name="overwrite" label="The file wins over edits made here" checked=form.ticked("overwrite", false)
                            hint="Else what was edited here since the last import is kept and listed."/>
                        // The last one: what is beside the file must be known before it is read.
                        <TextField name="file" label="File" kind=TextKind::File required=true error=form.error("file")
                            hint="JSON, up to 512 MB. You see what it would change before anything is changed."/>
                        <FormActions><Button label="Check the file" kind=Kind::Primary icon=Glyph::Upload/></FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Import".into(), access, body: body.into_any() })
    })
}
