//! `/t/{tenant}/guardrails…`

use leptos::prelude::*;

use super::service::{self, ALLOW_ALL, View};
use crate::app::form::{FormCx, Labels};
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::text_diff;
use crate::app::when::when;
use crate::tenant::{Guardrail, TenantPath};
use crate::ui::{
    Badge, Button, Card, CardBody, CodeBlock, Column, Confirm, Consequence, Crumb, Diff, Form, FormActions, Glyph,
    Kind, Language, LinkButton, PageHeader, Row, Size, Table, TextArea, TextField, Tone,
};
use crate::wire::ApiError;

const LABELS: Labels = &[("name", "Name"), ("document", "Document")];
const REFUSED: &str = "Guardrails of a tenant are changed by those who may in the tenant above it.";
const TEMPLATE: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Deny\",\n      \"Action\": \"\",\n      \"Resource\": \"*\"\n    }\n  ]\n}\n";

/// The guardrails that bound a tenant.
pub fn list() -> impl IntoView {
    tenant_page("guardrails", |cx, path| async move {
        let view = service::list(&cx.op, &path).await?;
        let refused = (!view.may_put).then_some(REFUSED);
        let create = paths::tenant(&path, "/guardrails/new");
        let actions = view! { <LinkButton label="Add guardrail" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let body = view! {
            <PageHeader title="Guardrails" subtitle=format!("What nobody can go beyond in {path} and below, whatever they are granted") actions/>
            {notice_of(&cx)}
            {table(&cx, &path, &view)}
            <p class="muted">"At each level, from the root down, one guardrail must allow an action and none may deny it. Those of the root bind what is below it."</p>
        };
        Ok(PageView { title: "Guardrails".into(), access: view.access, body: body.into_any() })
    })
}

fn table(cx: &PageCx, path: &TenantPath, view: &View) -> impl IntoView + use<> {
    let now = cx.op.now();
    let columns = vec![
        Column::new("Guardrail"),
        Column::new("Attached to"),
        Column::new("Added").secondary(),
        Column::unlabelled("Action"),
    ];
    let inherited = view.inherited.iter().map(|(from, name)| {
        Row::new()
            .cell(view! { <span>{name.clone()}</span> })
            .cell(view! { <span>{from.to_string()}" "<Badge label="inherited"/></span> })
            .cell(())
            .cell(())
    });
    let builtin = Row::new()
        .cell(view! { <span>{ALLOW_ALL}" "<Badge label="built in" tone=Tone::Info/></span> })
        .cell(view! {
            <span>{path.to_string()}" "{(!view.allow_all).then(|| view! { <Badge label="off"/> })}</span>
        })
        .cell(())
        .cell(switch(path, view))
        .off(!view.allow_all);
    let own = view.own.iter().map(|guardrail| {
        Row::new()
            .cell(guardrail.name.clone())
            .link(paths::object(path, "guardrails", &guardrail.name))
            .cell(path.to_string())
            .cell(when(guardrail.created_at, now))
            .cell(())
    });
    let rows: Vec<Row> = inherited.chain([builtin]).chain(own).collect();
    view! { <Table caption="Guardrails" columns rows empty=()/> }
}

fn switch(path: &TenantPath, view: &View) -> impl IntoView + use<> {
    let may = if view.allow_all { view.may_delete && !view.own.is_empty() } else { view.may_put };
    let (label, kind) = if view.allow_all { ("Switch off", Kind::Danger) } else { ("Switch on", Kind::Secondary) };
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("on".to_owned(), (!view.allow_all).to_string())];
    may.then(|| {
        view! {
            <Form action="/api/guardrails/set-allow-all" hidden label=format!("{label} {ALLOW_ALL}")>
                <Button label kind size=Size::Small/>
            </Form>
        }
    })
}

/// `/t/{tenant}/guardrails/new`
pub fn new() -> impl IntoView {
    tenant_page("guardrails", |cx, path| async move {
        let view = service::list(&cx.op, &path).await?;
        if !view.may_put {
            return Err(ApiError::forbidden(REFUSED));
        }
        let list = paths::tenant(&path, "/guardrails");
        let form = FormCx::new("/api/guardrails/create", LABELS, cx.flash.as_ref());
        let crumbs = vec![Crumb::link("Guardrails", list.clone()), Crumb::here("Add guardrail")];
        let body = view! {
            <PageHeader title="Add guardrail" breadcrumbs=crumbs
                subtitle=format!("It is in force in {path} and everything below as soon as it is added")/>
            {notice_of(&cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden=vec![("tenant".into(), path.to_string())] errors=form.errors() wide=true>
                        <TextField name="name" label="Name" value=form.value("name", "") error=form.error("name")
                            hint="1–128 letters, digits and _ + = , . @ -." required=true autocomplete="off"
                            autofocus=form.failure().is_none()/>
                        <TextArea name="document" label="Document" mono=true rows=14 value=form.value("document", TEMPLATE)
                            error=form.error("document") required=true/>
                        <FormActions>
                            <Button label="Add guardrail" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        Ok(PageView { title: "Add guardrail".into(), access: view.access, body: body.into_any() })
    })
}

/// One guardrail.
pub fn document() -> impl IntoView {
    tenant_page("guardrails", |cx, path| page(cx, path, false))
}

/// `/t/{tenant}/guardrails/{name}/delete`
pub fn delete() -> impl IntoView {
    tenant_page("guardrails", |cx, path| page(cx, path, true))
}

async fn page(cx: PageCx, path: TenantPath, deletes: bool) -> Result<PageView, ApiError> {
    let (view, guardrail) = service::get(&cx.op, &path, &cx.param("name")).await?;
    let name = guardrail.name.clone();
    let delete = (view.may_delete && !deletes).then(
        || view! { <LinkButton label="Remove" kind=Kind::Danger href=paths::tab(&path, "guardrails", &name, "delete")/> },
    );
    let panel = match (deletes, view.may_put) {
        (true, _) => confirm(&cx, &path, &view, &guardrail),
        (false, true) => edit(&cx, &path, &guardrail),
        (false, false) => {
            view! { <Card title="Document"><CodeBlock text=guardrail.document.clone() language=Language::Json/></Card> }
                .into_any()
        }
    };
    let crumbs = vec![Crumb::link("Guardrails", paths::tenant(&path, "/guardrails")), Crumb::here(name.clone())];
    let added = guardrail.created_at;
    let now = cx.op.now();
    let body = view! {
        <PageHeader title=name.clone() breadcrumbs=crumbs actions=view! { {delete} }
            subtitle=view! { <span>"Guardrail of "{path.to_string()}" · added "{when(added, now)}</span> }/>
        {notice_of(&cx)}
        {panel}
    };
    Ok(PageView { title: name, access: view.access, body: body.into_any() })
}

fn edit(cx: &PageCx, path: &TenantPath, guardrail: &Guardrail) -> AnyView {
    let form = FormCx::new("/api/guardrails/update", LABELS, cx.flash.as_ref());
    let value = form.value("document", &guardrail.document);
    let theirs = form.is_stale().then(|| {
        let lines = text_diff::of_texts(&guardrail.document, &value);
        view! { <Card title="From what is stored now (theirs) to what is in the form (yours)"><Diff label="Theirs and yours" lines/></Card> }
    });
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), guardrail.name.clone()),
        ("seen".to_owned(), service::mark(&guardrail.document)),
    ];
    view! {
        {theirs}
        <Card title="Document">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors() wide=true>
                    <TextArea name="document" label="Document" mono=true rows=18 value error=form.error("document") required=true/>
                    <FormActions><Button label="Save document" kind=Kind::Primary/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
    .into_any()
}

fn confirm(cx: &PageCx, path: &TenantPath, view: &View, guardrail: &Guardrail) -> AnyView {
    let name = guardrail.name.clone();
    let form = FormCx::new("/api/guardrails/delete", &[("typed", "Name")], cx.flash.as_ref());
    let consequences = vec![
        Consequence::new(
            Tone::Warn,
            format!("What it denies in {path} and below is possible again for those to whom it is granted."),
        ),
        Consequence::new(Tone::Info, "A removed guardrail does not come back; its document stays in the audit."),
    ];
    let blocked = (!view.allow_all && view.own.len() == 1).then(|| {
        format!("It is the last guardrail: without any, nothing would be allowed. Switch {ALLOW_ALL} on first.")
    });
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), name.clone())];
    view! {
        <Confirm title=format!("Remove {name}?") text="The guardrail bounds nobody from then on." action=form.action.clone()
            verb="Remove guardrail" cancel_href=paths::object(path, "guardrails", &name) consequences type_name=name typed=form.value("typed", "") hidden
            errors=form.errors() blocked/>
    }
    .into_any()
}
