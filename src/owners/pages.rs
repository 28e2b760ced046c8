//! What hangs on an owner, as panels on its page: permissions and tags. The same for users, groups, roles and sets.

use leptos::prelude::*;

use super::service::{self, Change};
use crate::app::form::FormCx;
use crate::app::page::PageCx;
use crate::app::paths;
use crate::authz::{Access, Target};
use crate::iam::policy::AWS_POLICY_PREFIX;
use crate::iam::{AttachedPolicy, InlinePolicy, Owner, Tag};
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, CodeBlock, Column, EmptyState, Form, FormActions, Kind, Language, Row, Size, Table,
    TextArea, TextField, Tone,
};

/// The address part by which a managed policy is named: its path and name, with `aws:` before those that AWS keeps.
pub fn policy_segment(arn: &str, name: &str) -> String {
    match arn.strip_prefix(AWS_POLICY_PREFIX) {
        Some(rest) => format!("aws:{rest}"),
        None => name.to_owned(),
    }
}

/// Where a permission comes from.
pub struct Sourced {
    /// The policy.
    pub policy: AttachedPolicy,
    /// In words, as in “group admins”.
    pub source: String,
}

/// Policies of an owner with where each comes from, and the forms to change them.
pub fn permissions(
    cx: &PageCx,
    access: &Access,
    target: &Target,
    owner: &Owner,
    attached: Vec<AttachedPolicy>,
    inline: Vec<InlinePolicy>,
    inherited: Vec<Sourced>,
) -> AnyView {
    let path = access.tenant.path.clone();
    let may = |change| access.allows(service::action(owner.kind, change), target);
    let hidden = hidden(&path, owner);
    let columns = vec![Column::new("Policy"), Column::new("Comes from"), Column::unlabelled("Action")];
    let may_detach = may(Change::Detach);
    let direct = attached.into_iter().map(|policy| {
        let mut fields = hidden.clone();
        fields.push(("policy_arn".to_owned(), policy.policy_arn.clone()));
        let act = may_detach.then(|| {
            view! {
                <Form action="/api/owners/detach" hidden=fields label=format!("Detach {}", policy.policy_name)>
                    <Button label="Detach" kind=Kind::Danger size=Size::Small/>
                </Form>
            }
        });
        policy_row(&path, &policy, "attached here".into()).cell(act)
    });
    let inherited = inherited.into_iter().map(|sourced| policy_row(&path, &sourced.policy, sourced.source).cell(()));
    let rows: Vec<Row> = direct.chain(inherited).collect();
    let inline_cards =
        inline.into_iter().map(|policy| inline_card(policy, &hidden, may(Change::DeleteInline))).collect_view();
    let attach = may(Change::Attach).then(|| attach_form(cx, &hidden));
    let put = may(Change::PutInline).then(|| inline_form(cx, &hidden));
    view! {
        <Table caption="Managed policies" columns rows
            empty=view! { <EmptyState title="No managed policy" text="Attach one to give permissions; a policy in a group or set is easier to keep."/> }/>
        {attach}
        {inline_cards}
        {put}
    }
    .into_any()
}

fn policy_row(path: &TenantPath, policy: &AttachedPolicy, source: String) -> Row {
    let is_aws = policy.policy_arn.starts_with(AWS_POLICY_PREFIX);
    let name = policy.policy_name.clone();
    Row::new()
        .cell(view! { <span>{name}{is_aws.then(|| view! { " "<Badge label="AWS" tone=Tone::Info/> })}</span> })
        .link(paths::object(path, "policies", &policy_segment(&policy.policy_arn, &policy.policy_name)))
        .cell(source)
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

/// Tags of an owner, and the forms to change them.
pub fn tags(cx: &PageCx, access: &Access, target: &Target, owner: &Owner, tags: Vec<Tag>) -> AnyView {
    let hidden = hidden(&access.tenant.path, owner);
    let may = |change| access.allows(service::action(owner.kind, change), target);
    let may_untag = may(Change::Untag);
    let columns = vec![Column::new("Key").mono(), Column::new("Value"), Column::unlabelled("Action")];
    let rows = tags
        .into_iter()
        .map(|tag| {
            let mut fields = hidden.clone();
            fields.push(("key".to_owned(), tag.key.clone()));
            let act = may_untag.then(|| {
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
                        <TextField name="key" label="Key" value=form.value("key", "") error=form.error("key") required=true/>
                        <TextField name="value" label="Value" value=form.value("value", "") error=form.error("value") optional=true/>
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
