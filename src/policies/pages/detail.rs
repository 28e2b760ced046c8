//! `/t/{tenant}/policies/{name}` and its tabs.

use leptos::prelude::*;

use super::edit;
use crate::app::form::FormCx;
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::text_diff;
use crate::app::when::when;
use crate::audit::pages::history;
use crate::authz::Action;
use crate::iam::{Policy, PolicyVersion};
use crate::owners::api::section;
use crate::owners::pages::policy_segment;
use crate::policies::service::{self, PolicyView};
use crate::policy::{CompiledPolicy, DocumentKind, Severity, SizeLimit, check};
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, CodeBlock, Column, Copyable, Crumb, DefinitionList, Diff, EmptyState, Form,
    FormActions, Kind, Language, LinkButton, Notice, PageHeader, Row, Sign, Size, Tab, Table, Tabs, TextArea, Tone,
    dedented, format_count,
};
use crate::wire::ApiError;

/// The first tab.
pub fn document() -> impl IntoView {
    tenant_page("policies", |cx, path| page(cx, path, "document".to_owned()))
}

/// Any other tab.
pub fn tab() -> impl IntoView {
    tenant_page("policies", |cx, path| {
        let tab = cx.param("tab");
        page(cx, path, tab)
    })
}

async fn page(cx: PageCx, path: TenantPath, tab: String) -> Result<PageView, ApiError> {
    let view = service::get(&cx.op, &path, &cx.param("name")).await?;
    let panel = match tab.as_str() {
        "document" => document_panel(&cx, &path, &view),
        "versions" => versions(&cx, &path, &view),
        "compare" => compare(&cx, &view)?,
        "attachments" => attachments(&path, &view),
        "facts" => facts(&cx, &view),
        "history" => history(&cx, &view.access, &path, "policy", view.policy.id.uuid()).await?,
        "edit" => {
            view.access.check(Action::UpdatePolicy, &view.target)?;
            edit::form(&cx, &path, &view)
        }
        "delete" => {
            view.access.check(Action::DeletePolicy, &view.target)?;
            edit::confirm_delete(&cx, &path, &view)
        }
        _ => return Err(ApiError::not_found()),
    };
    let body = view! {
        {header(&path, &view)}
        {notice_of(&cx)}
        {tabs(&path, &view, &tab)}
        {panel}
    };
    Ok(PageView { title: view.policy.policy_name.clone(), access: view.access.clone(), body: body.into_any() })
}

/// The part of the address that names the policy.
pub(super) fn segment(policy: &Policy) -> String {
    policy_segment(&policy.arn, &policy.policy_name)
}

fn header(path: &TenantPath, view: &PolicyView) -> impl IntoView + use<> {
    let policy = &view.policy;
    let key = segment(policy);
    let crumbs =
        vec![Crumb::link("Policies", paths::tenant(path, "/policies")), Crumb::here(policy.policy_name.clone())];
    let may = |action| view.access.allows(action, &view.target) && !policy.is_aws_managed();
    let edit = may(Action::UpdatePolicy)
        .then(|| view! { <LinkButton label="Edit" href=paths::tab(path, "policies", &key, "edit")/> });
    let delete = may(Action::DeletePolicy).then(
        || view! { <LinkButton label="Delete" kind=Kind::Danger href=paths::tab(path, "policies", &key, "delete")/> },
    );
    let kind = if policy.is_aws_managed() { "Kept by AWS, read-only" } else { "Managed policy" };
    let uses = view.entities.len();
    let used = match uses {
        0 => "not used by anybody".to_owned(),
        1 => "used by 1".to_owned(),
        n => format!("used by {n}"),
    };
    let subtitle = match policy.default_version_id.as_str() {
        "" => format!("{kind} · document unknown · {used}"),
        version => format!("{kind} · version {version} · {used}"),
    };
    let arn = policy.arn.clone();
    view! {
        <PageHeader title=policy.policy_name.clone() breadcrumbs=crumbs actions=view! { {edit}{delete} }
            subtitle=view! { <span>{subtitle}<br/><Copyable text=arn what="ARN" arn=true/></span> }/>
    }
}

fn tabs(path: &TenantPath, view: &PolicyView, current: &str) -> impl IntoView + use<> {
    let key = segment(&view.policy);
    let tab = |label: &str, name: &str| {
        let href = if name == "document" {
            paths::object(path, "policies", &key)
        } else {
            paths::tab(path, "policies", &key, name)
        };
        Tab::new(label, href).current(current == name || current == "compare" && name == "versions")
    };
    let items = vec![
        tab("Document", "document"),
        tab("Versions", "versions").count(view.versions.len() as u64),
        tab("Attachments", "attachments").count(view.entities.len() as u64),
        tab("Facts", "facts"),
        tab("History", "history"),
    ];
    view! { <Tabs items/> }
}

fn document_panel(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let policy = &view.policy;
    if policy.is_document_unknown() {
        return view! {
            <Notice tone=Tone::Warn title="The document of this policy is not known here.">
                "The imported dump named the policy without its document. Decisions that need it are refused until a later dump brings it."
            </Notice>
        }
        .into_any();
    }
    let stored = policy.policy_document.clone();
    let may = view.access.allows(Action::CreatePolicyVersion, &view.target) && !policy.is_aws_managed();
    let form = FormCx::new("/api/policies/save-version", &[("document", "Document")], cx.flash.as_ref());
    let value = form.value("document", &stored);
    if !may {
        let stored = dedented(&stored);
        let findings = findings(&stored);
        return view! { <div class="split"><Card title="Document"><CodeBlock text=stored language=Language::Json/></Card>{findings}</div> }.into_any();
    }
    let findings = findings(&value);
    let hidden = vec![
        ("tenant".to_owned(), path.to_string()),
        ("name".to_owned(), segment(policy)),
        ("version".to_owned(), policy.version.to_string()),
    ];
    let theirs = form.is_stale().then(|| {
        let lines = text_diff::of_texts(&stored, &value);
        view! { <Card title="From what is stored now (theirs) to what is in the form (yours)"><Diff label="Theirs and yours" lines/></Card> }
    });
    let size = format!(
        "{} of {} characters, blanks not counted",
        format_count(crate::owners::service::size(&value) as u64),
        format_count(SizeLimit::MANAGED.characters as u64)
    );
    view! {
        {theirs}
        <div class="split">
            <Card title="Document" aside=view! { <span class="muted">{size}</span> }>
                <CardBody>
                    <Form action=form.action.clone() hidden errors=form.errors() wide=true>
                        <TextArea name="document" label="Policy document" mono=true rows=22 value error=form.error("document") required=true/>
                        <FormActions><Button label="Save as new version" kind=Kind::Primary/></FormActions>
                    </Form>
                </CardBody>
            </Card>
            {findings}
        </div>
    }
    .into_any()
}

/// What the engine has to say about a document.
fn findings(text: &str) -> impl IntoView + use<> {
    let found = match CompiledPolicy::read(text, DocumentKind::Identity) {
        Ok(policy) => check(&policy, Some(SizeLimit::MANAGED)),
        Err(findings) => findings,
    };
    let items: Vec<_> = found
        .into_iter()
        .map(|finding| {
            let (tone, word) = match finding.severity {
                Severity::Error => (Tone::Danger, "Error"),
                Severity::SecurityWarning => (Tone::Warn, "Security warning"),
                Severity::Warning => (Tone::Warn, "Warning"),
                Severity::Suggestion => (Tone::Info, "Suggestion"),
            };
            let place = format!("{}:{}", finding.location.line, finding.location.column);
            view! {
                <li class="reason">
                    <Sign tone label=word/>
                    <div>{finding.message}" "<span class="mono muted nowrap">{place}</span></div>
                </li>
            }
        })
        .collect();
    let count = items.len();
    let body = if items.is_empty() {
        view! { <p class="muted">"Nothing to find fault with."</p> }.into_any()
    } else {
        view! { <ul class="tree">{items}</ul> }.into_any()
    };
    let badge = (count > 0).then(|| view! { <Badge label=format_count(count as u64) tone=Tone::Warn/> });
    view! { <Card title="Findings" badges=badge><CardBody>{body}</CardBody></Card> }
}

fn versions(cx: &PageCx, path: &TenantPath, view: &PolicyView) -> AnyView {
    let now = cx.op.now();
    let key = segment(&view.policy);
    let may = |action| view.access.allows(action, &view.target) && !view.policy.is_aws_managed();
    let (may_set, may_delete) = (may(Action::SetDefaultPolicyVersion), may(Action::DeletePolicyVersion));
    let rows = view
        .versions
        .iter()
        .map(|version| {
            let PolicyVersion { version_id, is_default_version, create_date, .. } = version.clone();
            let hidden = vec![
                ("tenant".to_owned(), path.to_string()),
                ("name".to_owned(), key.clone()),
                ("version_id".to_owned(), version_id.clone()),
            ];
            let compare = (!is_default_version).then(|| {
                let href = format!("{}?with={version_id}", paths::tab(path, "policies", &key, "compare"));
                view! { <LinkButton label="Compare" href size=Size::Small kind=Kind::Quiet/> }
            });
            let set = (may_set && !is_default_version).then(|| {
                let label = format!("Put {version_id} in force");
                view! { <Form action="/api/policies/set-default" hidden=hidden.clone() label><Button label="Put in force" size=Size::Small/></Form> }
            });
            let delete = (may_delete && !is_default_version).then(|| {
                let label = format!("Delete {version_id}");
                view! {
                    <Form action="/api/policies/delete-version" hidden label><Button label="Delete" size=Size::Small kind=Kind::Danger/></Form>
                }
            });
            let state = is_default_version.then(|| view! { <Badge label="in force" tone=Tone::Ok dot=true/> });
            Row::new()
                .cell(view! {
                    <span><span class="mono">{version_id}</span>" "{state}</span>
                    <span class="cell-sub">"saved "{when(create_date, now)}</span>
                })
                .cell(view! { <div class="cluster">{compare}{set}{delete}</div> })
        })
        .collect();
    let columns = vec![Column::new("Version"), Column::unlabelled("Actions")];
    view! {
        <Table caption="Versions" columns rows empty=view! { <EmptyState title="No version" text="The document is not known here."/> }/>
        <p class="muted">"At most five versions are kept; delete one before saving a sixth."</p>
    }
    .into_any()
}

fn compare(cx: &PageCx, view: &PolicyView) -> Result<AnyView, ApiError> {
    let with = cx.query("with");
    let other = view.versions.iter().find(|version| version.version_id == with).ok_or_else(ApiError::not_found)?;
    let lines = text_diff::of_texts(&other.document, &view.policy.policy_document);
    let title = format!("From {} to {} (in force)", other.version_id, view.policy.default_version_id);
    Ok(view! { <Card title=title.clone()><Diff label=title lines/></Card> }.into_any())
}

fn attachments(path: &TenantPath, view: &PolicyView) -> AnyView {
    let rows = view
        .entities
        .iter()
        .map(|entity| {
            let how = if entity.as_boundary { "as boundary" } else { "attached" };
            Row::new()
                .name(entity.owner.name.clone())
                .link(paths::object(path, section(entity.owner.kind), &entity.owner.name))
                .cell(entity.owner.kind.noun())
                .cell(how)
        })
        .collect();
    let columns = vec![Column::new("Who"), Column::new("Kind"), Column::new("How")];
    view! {
        <Table caption="Attachments" columns rows
            empty=view! { <EmptyState title="Not used" text="Attach it on the permissions tab of a user, group, role or permission set."/> }/>
    }
    .into_any()
}

fn facts(cx: &PageCx, view: &PolicyView) -> AnyView {
    let Policy { policy_id, path, description, wami_arn, create_date, update_date, .. } = view.policy.value.clone();
    let now = cx.op.now();
    let mono = |value: String| view! { <code class="break">{value}</code> }.into_any();
    let items = vec![
        ("Description".to_owned(), description.unwrap_or_else(|| "–".into()).into_any()),
        ("Path".to_owned(), mono(path)),
        ("Policy id".to_owned(), mono(policy_id)),
        ("WAMI ARN".to_owned(), mono(wami_arn)),
        ("Created".to_owned(), when(create_date, now).into_any()),
        ("Document changed".to_owned(), when(update_date, now).into_any()),
    ];
    view! { <Card><CardBody><DefinitionList items/></CardBody></Card> }.into_any()
}
