//! `/t/{tenant}/policies`

use leptos::prelude::*;

use crate::app::list::{ListView, list_page};
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::authz::{Action, Target};
use crate::iam::{Policy, Stored};
use crate::owners::pages::policy_segment;
use crate::policies::service;
use crate::store::provider::NativeKind;
use crate::ui::{Badge, Column, EmptyState, Glyph, Kind, LinkButton, Row, Tone};
use crate::wire::page::Sort;

/// The managed policies of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("policies", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/policies");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let any = Target::named(NativeKind::Policy, &access.tenant.account_id, "/", "*");
        let refused = (!access.allows(Action::CreatePolicy, &any)).then_some("You may not create policies here.");
        let columns = vec![
            list_page::sorted("Policy name", Sort::Name, &query, &base, service::SORTS),
            Column::new("Kind"),
            Column::new("Used by").numeric(),
            Column::new("Version").mono().secondary(),
            Column::new("Description").detail().cut(),
            Column::new("Changed").secondary(),
            list_page::sorted("Created", Sort::Created, &query, &base, service::SORTS).detail(),
        ];
        let create = format!("{base}/new");
        let actions = view! { <LinkButton label="Create policy" href=create kind=Kind::Primary icon=Glyph::Plus disabled_reason=refused/> };
        let empty = view! { <EmptyState title="No policies yet" text="A managed policy is a document that can be attached to users, groups, roles and permission sets."/> };
        let (now, at) = (cx.op.now(), path.clone());
        let rows = move |policy: Stored<Policy>| {
            let kind = match (policy.is_document_unknown(), policy.is_aws_managed()) {
                (true, _) => view! { <Badge label="document unknown" tone=Tone::Warn/> },
                (_, true) => view! { <Badge label="AWS" tone=Tone::Info/> },
                _ => view! { <Badge label="own"/> },
            };
            let href = paths::object(&at, "policies", &policy_segment(&policy.arn, &policy.policy_name));
            let uses = policy.attachment_count + policy.permissions_boundary_usage_count;
            let Policy { policy_name, default_version_id, description, update_date, create_date, .. } = policy.value;
            Row::new()
                .name(policy_name)
                .link(href)
                .cell(kind)
                .cell(uses.to_string())
                .cell(default_version_id)
                .cell(description.unwrap_or_default())
                .cell(when(update_date, now))
                .cell(when(create_date, now))
        };
        let list = ListView {
            title: "Policies".into(),
            noun: "policies",
            keys: &[
                ("source:local", "or source:aws"),
                ("attached:no", "used by nobody"),
                ("path:/eng/", "below a path"),
                ("tag:team=core", "with a tag"),
                ("created:<2026-01-01", "by date"),
            ],
            base,
            query,
            wrong,
            columns,
            actions: actions.into_any(),
            empty: empty.into_any(),
            tenant: path,
        };
        let body = list_page::render(&cx, list, page, rows);
        Ok(PageView { title: "Policies".into(), access, body })
    })
}
