//! `/t/{tenant}/recycle-bin`

use leptos::prelude::*;

use super::service;
use crate::app::form::FormCx;
use crate::app::list::{ListView, list_page};
use crate::app::page::{PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::authz::Action;
use crate::store::traits::BinItem;
use crate::ui::{Button, Column, EmptyState, Form, Row, Size, TextField};

/// The recycle bin of a tenant.
pub fn list() -> impl IntoView {
    tenant_page("recycle-bin", |cx, path| async move {
        let query = cx.list_query();
        let base = paths::tenant(&path, "/recycle-bin");
        let given = service::list(&cx.op, &path, &query).await;
        let (access, page, wrong) = list_page::loaded(&cx, &path, service::FILTER_KEYS, given).await?;
        let may_restore = access.allows(Action::RestoreFromBin, &service::target(&access));
        let columns = vec![
            Column::new("Name"),
            Column::new("Kind").secondary(),
            Column::new("Deleted"),
            Column::new("By").secondary(),
            Column::new("Purged").detail(),
            Column::unlabelled("Action"),
        ];
        let (now, tenant, flash) = (cx.op.now(), path.to_string(), cx.flash.clone());
        let rows = move |item: BinItem| {
            let id = item.id.to_string();
            let form = FormCx::new("/api/bin/restore", &[("name", "Another name")], flash.as_ref()).about("item", &id);
            let hidden = vec![("tenant".to_owned(), tenant.clone()), ("item".to_owned(), id.clone())];
            // Another name is asked for only where the old one was found taken.
            let rename = form.failure().is_some().then(|| {
                view! {
                    <TextField name="name" label="Another name" id=format!("f-name-{id}") value=form.value("name", &item.name)
                        error=form.error("name") autofocus=true/>
                }
            });
            let act = may_restore.then(|| {
                view! {
                    <Form action="/api/bin/restore" hidden label=format!("Restore {}", item.name)>
                        {rename}
                        <Button label="Restore" size=Size::Small/>
                    </Form>
                }
            });
            Row::new()
                .name(item.name.clone())
                .cell(item.kind.clone())
                .cell(when(item.deleted_at, now))
                .cell(item.deleted_by.clone())
                .cell(when(item.purge_at, now))
                .cell(act)
        };
        let view = ListView {
            title: "Recycle bin".into(),
            noun: "deleted objects",
            keys: &[("kind:user", "of a kind")],
            base,
            query,
            wrong,
            columns,
            actions: ().into_any(),
            empty: view! { <EmptyState title="The bin is empty" text="What is deleted stays here for 30 days and can be brought back."/> }.into_any(),
            tenant: path,
        };
        let body = list_page::render(&cx, view, page, rows);
        Ok(PageView { title: "Recycle bin".into(), access, body })
    })
}
