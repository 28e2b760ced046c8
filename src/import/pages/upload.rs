//! `/t/{tenant}/import/{id}`: one upload, from the check over the plan to the report. While something is under way the
//! page asks for itself again, with or without scripts.

use std::sync::atomic::Ordering;

use leptos::prelude::*;

use super::tables;
use crate::app::frame::notice_of;
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::import::uploads::{Stage, Upload};
use crate::import::{Report, jobs};
use crate::tenant::TenantPath;
use crate::ui::{
    Button, Card, CardBody, Copyable, Crumb, DefinitionList, Form, FormActions, Kind, LinkButton, Notice, PageHeader,
    Tone,
};
use crate::wire::page::grouped;

/// Seconds until the page asks again.
const AGAIN: u8 = 2;

/// One upload.
pub fn upload() -> impl IntoView {
    tenant_page("import", |cx, path| async move {
        let (access, upload) = jobs::find(&cx.op, &path, &cx.param("id")).await?;
        let stage = upload.stage();
        let crumbs = vec![
            Crumb::link("Import", paths::tenant(&path, "/import")),
            Crumb::here(if upload.file_name.is_empty() { "File".to_owned() } else { upload.file_name.clone() }),
        ];
        if stage.is_running() {
            cx.ask_again(AGAIN);
        }
        let (title, state) = match &stage {
            Stage::Checking => (
                "Checking the file",
                running(&upload, "Reading the file and comparing it with this tenant. Nothing is changed."),
            ),
            Stage::Planned { report, lacking } => {
                ("What the import would do", plan(&path, &upload, report, lacking.as_ref()))
            }
            Stage::Importing => (
                "Importing",
                running(&upload, "Everything becomes visible at once at the end. You may leave this page."),
            ),
            Stage::Done(report) => ("Imported", done(&path, report)),
            Stage::Refused(rejection) => {
                let again = paths::tenant(&path, "/import");
                let body = view! {
                    {tables::errors(rejection)}
                    <div class="actions"><LinkButton label="Send another file" href=again/></div>
                };
                ("The file is refused", body.into_any())
            }
            Stage::Failed(error) => {
                let (again, why) = (paths::tenant(&path, "/import"), error.message.clone());
                let body = view! {
                    <Notice tone=Tone::Danger alert=true title="The import did not happen. Nothing was changed."
                        action=view! { <LinkButton label="Send the file again" href=again/> }>{why}</Notice>
                };
                ("The import did not happen", body.into_any())
            }
        };
        let body = view! {
            <PageHeader title breadcrumbs=crumbs/>
            {notice_of(&cx)}
            {state}
        };
        Ok(PageView { title: title.into(), access, body: body.into_any() })
    })
}

fn running(upload: &Upload, text: &'static str) -> AnyView {
    let (done, total) = (upload.progress.done.load(Ordering::Relaxed), upload.progress.total.load(Ordering::Relaxed));
    let so_far =
        if total == 0 { "Reading…".to_owned() } else { format!("{} of {} entries", grouped(done), grouped(total)) };
    let bar = (total > 0)
        .then(|| view! { <progress class="progress" max=total.to_string() value=done.to_string() aria-label="Progress"></progress> });
    view! {
        <Card>
            <CardBody>
                <p role="status">{so_far}</p>
                {bar}
                <p class="muted">{text}</p>
            </CardBody>
        </Card>
    }
    .into_any()
}

/// Which file it is.
fn file(upload: Option<&Upload>, report: &Report) -> impl IntoView + use<> {
    let mut items = vec![];
    if let Some(upload) = upload {
        items.push(("File".to_owned(), upload.file_name.clone().into_any()));
        let wins = if upload.overwrite { "the file wins" } else { "are kept" };
        items.push(("Edits made here".to_owned(), wins.into_any()));
    }
    items.push(("Accounts".to_owned(), report.accounts.join(", ").into_any()));
    items.push(("Size".to_owned(), format!("{} bytes", grouped(report.size_bytes)).into_any()));
    items.push(("SHA-256".to_owned(), view! { <Copyable text=report.sha256.clone() what="SHA-256"/> }.into_any()));
    view! { <Card title="The file"><CardBody><DefinitionList items/></CardBody></Card> }
}

/// The report: the numbers beside what the file is (and `beside`), then every list over the whole width.
fn everything(
    path: &TenantPath,
    upload: Option<&Upload>,
    report: &Report,
    beside: Option<AnyView>,
) -> impl IntoView + use<> {
    view! {
        <div class="split">
            {tables::tallies(report)}
            <div class="stack">{beside}{file(upload, report)}</div>
        </div>
        {tables::conflicts(&report.conflicts, path)}
        {tables::grants(&report.console_grants)}
        {tables::differences(&report.differences, path)}
        {tables::absent(&report.absent, path)}
        {tables::warnings(&report.warnings, report.warnings_omitted)}
    }
}

fn plan(path: &TenantPath, upload: &Upload, report: &Report, lacking: Option<&crate::wire::ApiError>) -> AnyView {
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("upload".to_owned(), upload.id.to_string())];
    let mut confirming = hidden.clone();
    confirming.push(("sha256".to_owned(), report.sha256.clone()));
    let summary = if report.tallies.has_changes() {
        "Nothing is changed yet."
    } else {
        "This tenant holds all of it already: the import would change nothing."
    };
    let confirm = match lacking.map(|error| error.message.clone()) {
        Some(why) => view! {
            <Notice tone=Tone::Danger title="You may not import this file.">
                {why}" Whoever imports must hold every console action that the file gives, and what it no longer denies."
            </Notice>
        }
        .into_any(),
        None => view! {
            <Form action="/api/import/confirm" hidden=confirming label="Import">
                <FormActions><Button label="Import all of it" kind=Kind::Primary/></FormActions>
            </Form>
        }
        .into_any(),
    };
    let decide = view! {
        <Card title="Confirm">
            <CardBody>
                {confirm}
                <Form action="/api/import/discard" hidden label="Discard">
                    <FormActions><Button label="Discard the file" kind=Kind::Quiet/></FormActions>
                </Form>
            </CardBody>
        </Card>
    };
    view! {
        <Notice title=summary>"Look at the conflicts and at who gets a say in the console before you confirm."</Notice>
        {everything(path, Some(upload), report, Some(decide.into_any()))}
    }
    .into_any()
}

fn done(path: &TenantPath, report: &Report) -> AnyView {
    let users = paths::tenant(path, "/users");
    let record = paths::tenant(path, "/audit?q=action:console:ImportAccount");
    view! {
        <Notice tone=Tone::Ok title="The account is imported."
            action=view! { <LinkButton label="Users" href=users/><LinkButton label="Audit record" href=record kind=Kind::Quiet/> }>
            "All of it, in one step."
        </Notice>
        {everything(path, None, report, None)}
    }
    .into_any()
}
