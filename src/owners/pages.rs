//! What hangs on an owner, as panels on its page: permissions and tags. The same for users, groups, roles and sets.

use leptos::prelude::*;

use super::boundary;
use super::service::{self, Change};
use crate::app::form::FormCx;
use crate::app::page::PageCx;
use crate::app::paths;
use crate::authz::{Access, Target};
use crate::iam::policy::AWS_POLICY_PREFIX;
use crate::iam::{AttachedPolicy, InlinePolicy, Owner, Tag};
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, CodeBlock, Column, EmptyState, Form, FormActions, Kind, Language, Name, Row, Size,
    Table, TextArea, TextField, Tone,
};

/// The address part by which a managed policy is named: its path and name, with `aws:` before those that AWS keeps.
pub fn policy_segment(arn: &str, name: &str) -> String {
    match arn.strip_prefix(AWS_POLICY_PREFIX) {
        Some(rest) => format!("aws:{rest}"),
        None => name.to_owned(),
    }
}

/// Something that an owner may do without its being attached here.
pub struct Inherited {
    /// The policy or permission set.
    pub policy: String,
    /// What that is, in words.
    pub kind: &'static str,
    /// In words, as in “group admins”.
    pub from: String,
    /// Where it can be seen and changed.
    pub href: Option<String>,
}

/// What gives an owner permissions, and what bounds them.
#[derive(Default)]
pub struct Permissions {
    /// Managed policies attached to it.
    pub attached: Vec<AttachedPolicy>,
    /// Policies that are part of it.
    pub inline: Vec<InlinePolicy>,
    /// What it has from elsewhere.
    pub inherited: Vec<Inherited>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// It is the product's own, or kept by somebody else: nothing here can be changed.
    pub is_fixed: bool,
}

/// Policies of an owner with where each comes from, and the forms to change them.
pub fn permissions(cx: &PageCx, access: &Access, target: &Target, owner: &Owner, of: Permissions) -> AnyView {
    let path = access.tenant.path.clone();
    let may = |change| !of.is_fixed && access.allows(service::action(owner.kind, change), target);
    let hidden = hidden(&path, owner);
    let table = sources(&path, &hidden, &of, may(Change::Detach));
    let inline_cards =
        of.inline.into_iter().map(|policy| inline_card(policy, &hidden, may(Change::DeleteInline))).collect_view();
    let attach = may(Change::Attach).then(|| attach_form(cx, &hidden));
    let put = may(Change::PutInline).then(|| inline_form(cx, &hidden));
    let may_bound = boundary::put_action(owner.kind).map(|action| access.allows(action, target));
    let may_unbound = boundary::remove_action(owner.kind).is_some_and(|action| access.allows(action, target));
    let bound = may_bound.map(|may_put| boundary_card(cx, &path, &hidden, of.boundary, may_put, may_unbound));
    if attach.is_none() && bound.is_none() {
        return view! {
            {table}
            {inline_cards}
            {put}
        }
        .into_any();
    }
    view! {
        <div class="split">
            <div class="stack">{table}{inline_cards}{put}</div>
            <div class="stack">{attach}{bound}</div>
        </div>
    }
    .into_any()
}

/// Everything that gives permissions, each with where it comes from.
fn sources(
    path: &TenantPath,
    hidden: &[(String, String)],
    of: &Permissions,
    may_detach: bool,
) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Policy"),
        Column::new("Kind").fit().secondary(),
        Column::new("Comes from"),
        Column::unlabelled("Action"),
    ];
    let direct = of.attached.iter().map(|policy| {
        let mut fields = hidden.to_vec();
        fields.push(("policy_arn".to_owned(), policy.policy_arn.clone()));
        let label = format!("Detach {}", policy.policy_name);
        let act = may_detach.then(|| {
            view! {
                <Form action="/api/owners/detach" hidden=fields label>
                    <Button label="Detach" kind=Kind::Danger size=Size::Small/>
                </Form>
            }
        });
        let kind = if policy.policy_arn.starts_with(AWS_POLICY_PREFIX) { "managed by AWS" } else { "managed policy" };
        let unknown = policy.is_document_unknown.then(|| {
            let title = "Imported by name only. What depends on it cannot be decided, and is refused.";
            view! { " "<Badge label="document unknown" tone=Tone::Warn title/> }
        });
        Row::new()
            .name(policy.policy_name.clone())
            .link(paths::object(path, "policies", &policy_segment(&policy.policy_arn, &policy.policy_name)))
            .cell(view! { <span>{kind}{unknown}</span> })
            .cell("attached here")
            .cell(act)
    });
    let inline = of.inline.iter().map(|policy| {
        Row::new()
            .cell(view! { <strong><Name text=policy.policy_name.clone()/></strong> })
            .cell("inline policy")
            .cell("written here, below")
            .cell(())
    });
    let inherited = of.inherited.iter().map(|inherited| {
        let row = Row::new();
        let row = match inherited.href.clone() {
            Some(href) => row.name(inherited.policy.clone()).link(href),
            None => row.cell(view! { <strong><Name text=inherited.policy.clone()/></strong> }),
        };
        row.cell(inherited.kind).cell(inherited.from.clone()).cell(())
    });
    let rows: Vec<Row> = direct.chain(inline).chain(inherited).collect();
    view! {
        <Table caption="Managed policies" columns rows
            empty=view! { <EmptyState title="No managed policy" text="Attach one to give permissions; a policy in a group or set is easier to keep."/> }/>
    }
}

fn boundary_card(
    cx: &PageCx,
    path: &TenantPath,
    hidden: &[(String, String)],
    boundary: Option<String>,
    may_put: bool,
    may_remove: bool,
) -> impl IntoView + use<> {
    let form = FormCx::new("/api/owners/put-boundary", &[("boundary_arn", "Boundary ARN")], cx.flash.as_ref());
    let now = match boundary.as_deref() {
        Some(arn) => {
            let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
            let href = paths::object(path, "policies", &policy_segment(arn, &name));
            view! { <p><a href=href>{name}</a>" bounds it: nothing beyond that policy is possible, whatever the table says."</p> }.into_any()
        }
        None => view! { <p class="muted">"None is set. A boundary is a managed policy that says the most these policies can give."</p> }.into_any(),
    };
    let remove = (boundary.is_some() && may_remove).then(|| {
        view! {
            <Form action="/api/owners/remove-boundary" hidden=hidden.to_vec() label="Remove boundary">
                <Button label="Remove boundary" kind=Kind::Danger size=Size::Small/>
            </Form>
        }
    });
    let set = if boundary.is_some() { "Replace boundary" } else { "Set boundary" };
    let put = may_put.then(|| {
        let hidden = hidden.to_vec();
        view! {
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    <TextField name="boundary_arn" label="Boundary ARN" mono=true value=form.value("boundary_arn", "")
                        error=form.error("boundary_arn") required=true/>
                    <FormActions><Button label=set/></FormActions>
                </Form>
            </CardBody>
        }
    });
    view! {
        <Card title="Permissions boundary">
            <CardBody>{now}{remove}</CardBody>
            {put}
        </Card>
    }
}

fn inline_card(policy: InlinePolicy, hidden: &[(String, String)], may_delete: bool) -> impl IntoView + use<> {
    let mut fields = hidden.to_vec();
    fields.push(("policy_name".to_owned(), policy.policy_name.clone()));
    let remove = may_delete.then(|| {
        view! {
            <Form action="/api/owners/delete-inline" hidden=fields label=format!("Remove {}", policy.policy_name)>
                <Button label="Remove inline policy" kind=Kind::Danger size=Size::Small/>
            </Form>
        }
    });
    view! {
        <Card title=policy.policy_name badges=view! { <Badge label="inline"/> } aside=remove>
            <CodeBlock text=policy.policy_document language=Language::Json/>
        </Card>
    }
}

fn attach_form(cx: &PageCx, hidden: &[(String, String)]) -> impl IntoView + use<> {
    let form = FormCx::new("/api/owners/attach", &[("policy_arn", "Policy ARN")], cx.flash.as_ref());
    let hidden = hidden.to_vec();
    view! {
        <Card title="Attach a managed policy">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors()>
                    <TextField name="policy_arn" label="Policy ARN" mono=true value=form.value("policy_arn", "") error=form.error("policy_arn")
                        hint="The ARN stands on the policy's page, with a copy button." required=true/>
                    <FormActions><Button label="Attach policy"/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
}

const INLINE_TEMPLATE: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"\",\n      \"Resource\": \"\"\n    }\n  ]\n}\n";

fn inline_form(cx: &PageCx, hidden: &[(String, String)]) -> impl IntoView + use<> {
    let labels = &[("policy_name", "Name"), ("document", "Document")];
    let form = FormCx::new("/api/owners/put-inline", labels, cx.flash.as_ref());
    let hidden = hidden.to_vec();
    view! {
        <Card title="Write an inline policy">
            <CardBody>
                <Form action=form.action.clone() hidden errors=form.errors() wide=true>
                    <TextField name="policy_name" label="Name" value=form.value("policy_name", "") error=form.error("policy_name")
                        hint="An inline policy of this name is replaced." required=true/>
                    <TextArea name="document" label="Document" mono=true rows=12 value=form.value("document", INLINE_TEMPLATE)
                        error=form.error("document") required=true/>
                    <FormActions><Button label="Save inline policy"/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
}

/// Tags of an owner, and the forms to change them unless it `is_fixed`.
pub fn tags(cx: &PageCx, access: &Access, target: &Target, owner: &Owner, tags: Vec<Tag>, is_fixed: bool) -> AnyView {
    let hidden = hidden(&access.tenant.path, owner);
    let may = |change| !is_fixed && access.allows(service::action(owner.kind, change), target);
    let may_untag = may(Change::Untag);
    let columns = vec![Column::new("Key").mono(), Column::new("Value"), Column::unlabelled("Action")];
    let rows = tags
        .into_iter()
        .map(|tag| {
            let mut fields = hidden.clone();
            fields.push(("key".to_owned(), tag.key.clone()));
            // A provider's own stay as they are.
            let act = (may_untag && !tag.is_reserved()).then(|| {
                view! {
                    <Form action="/api/owners/remove-tag" hidden=fields label=format!("Remove the tag {}", tag.key)>
                        <Button label="Remove" kind=Kind::Danger size=Size::Small/>
                    </Form>
                }
            });
            Row::new().cell(tag.key).cell(tag.value).cell(act)
        })
        .collect();
    let form = FormCx::new("/api/owners/put-tag", &[("key", "Key"), ("value", "Value")], cx.flash.as_ref());
    let put = may(Change::Tag).then(|| {
        view! {
            <Card title="Add or change a tag">
                <CardBody>
                    <Form action=form.action.clone() hidden=hidden.clone() errors=form.errors()>
                        <div class="pair">
                            <TextField name="key" label="Key" value=form.value("key", "") error=form.error("key") required=true/>
                            <TextField name="value" label="Value" value=form.value("value", "") error=form.error("value") optional=true/>
                        </div>
                        <FormActions><Button label="Save tag"/></FormActions>
                    </Form>
                </CardBody>
            </Card>
        }
    });
    view! {
        <Table caption="Tags" columns rows
            empty=view! { <EmptyState title="No tags" text="Tags help to find things, and policies can ask for them."/> }/>
        {put}
    }
    .into_any()
}

fn hidden(path: &TenantPath, owner: &Owner) -> Vec<(String, String)> {
    let kind =
        serde_json::to_value(owner.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    vec![("tenant".to_owned(), path.to_string()), ("kind".to_owned(), kind), ("name".to_owned(), owner.name.clone())]
}
