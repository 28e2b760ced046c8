//! `/account`: my access, my password, my sessions, how it looks.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::sign_in::rules;
use crate::account::service;
use crate::app::browser_name::browser_name;
use crate::app::form::FormCx;
use crate::app::frame::{PlainFrame, notice_of};
use crate::app::page::{PageCx, plain_page};
use crate::app::paths;
use crate::app::when::when;
use crate::op::Actor;
use crate::store::console::SessionView;
use crate::store::traits::AccessEntry;
use crate::ui::{
    Badge, Button, Card, CardBody, Choice, Column, EmptyState, Form, FormActions, Kind, Notice, PageHeader,
    PasswordField, Row, Select, Size, Table, Tone,
};
use crate::wire::ApiError;

/// `/account`
pub fn account() -> impl IntoView {
    plain_page(|cx| async move {
        let actor = cx.op.maybe_actor().cloned().ok_or_else(ApiError::unauthenticated)?;
        let (access, sessions) = (service::my_access(&cx.op).await?, service::sessions(&cx.op).await?);
        let must_change = actor.session.must_change_password;
        let name = actor.sign_in_name();
        let now = cx.op.now();
        let body = view! {
            <PlainFrame cx=cx.clone()>
                <PageHeader title="My account" subtitle=name/>
                {notice_of(&cx)}
                {must_change.then(|| view! {
                    <Notice tone=Tone::Warn title="Choose another password before you go on. The one you have was set by an administrator."/>
                })}
                <div class="stack">
                    {(!must_change).then(|| my_access(access, now))}
                    {my_password(&cx)}
                    {my_sessions(&cx, &actor, sessions)}
                    {appearance(&cx)}
                </div>
            </PlainFrame>
        };
        Ok(("My account".into(), body.into_any()))
    })
}

fn my_access(entries: Vec<AccessEntry>, now: DateTime<Utc>) -> impl IntoView {
    let columns = vec![
        Column::new("Tenant"),
        Column::new("As"),
        Column::new("Through").secondary(),
        Column::new("Reach").secondary(),
        Column::new("Until").detail(),
    ];
    let rows = entries
        .into_iter()
        .map(|entry| {
            let reach = match (entry.set.is_some(), entry.reach.as_str()) {
                (true, "subtree") => "this tenant and everything below",
                _ => "this tenant",
            };
            Row::new()
                .cell(view! { <span>{entry.tenant.display_name}" "<span class="mono muted">{entry.tenant.path.to_string()}</span></span> })
                .link(paths::tenant(&entry.tenant.path, ""))
                .cell(entry.set.unwrap_or_else(|| "own policies".to_owned()))
                .cell(entry.group.map_or_else(|| "–".to_owned(), |group| format!("group {group}")))
                .cell(reach)
                .cell(entry.expires_at.map(|at| when(at, now)))
        })
        .collect();
    view! {
        <section class="stack tight" aria-labelledby="my-access">
            <h2 id="my-access">"Where I may act"</h2>
            <Table caption="Where I may act" columns rows
                empty=view! { <EmptyState title="No access yet" text="Ask an administrator to assign you a permission set."/> }/>
        </section>
    }
}

fn my_password(cx: &PageCx) -> impl IntoView + use<> {
    let form = FormCx::new(
        "/api/account/change-password",
        &[("current_password", "Present password"), ("password", "New password"), ("repeated", "New password again")],
        cx.flash.as_ref(),
    );
    view! {
        <Card title="Password">
            <CardBody>
                <Form action=form.action.clone() errors=form.errors()>
                    <PasswordField name="current_password" label="Present password" error=form.error("current_password") required=true/>
                    <PasswordField name="password" label="New password" fresh=true error=form.error("password") required=true hint=rules()/>
                    <PasswordField name="repeated" label="New password again" fresh=true error=form.error("repeated") required=true/>
                    <FormActions><Button label="Change password" kind=Kind::Primary/></FormActions>
                    <p class="hint">"All your other sessions are signed out."</p>
                </Form>
            </CardBody>
        </Card>
    }
}

fn my_sessions(cx: &PageCx, actor: &Actor, sessions: Vec<SessionView>) -> impl IntoView + use<> {
    let (own, now) = (actor.session.public_id, cx.op.now());
    let columns = vec![
        Column::new("Browser").cut(),
        Column::new("Address").mono().secondary(),
        Column::new("Since").secondary(),
        Column::new("Last used"),
        Column::unlabelled("Action"),
    ];
    let others = sessions.iter().any(|session| session.public_id != own);
    let rows = sessions
        .into_iter()
        .map(|session| {
            let act = if session.public_id == own {
                view! { <Badge label="this session" tone=Tone::Info/> }.into_any()
            } else {
                view! {
                    <Form action="/api/account/revoke-session" hidden=vec![("session".into(), session.public_id.to_string())] label="Sign out a session">
                        <Button label="Sign out" size=Size::Small kind=Kind::Danger/>
                    </Form>
                }
                .into_any()
            };
            Row::new()
                .cell(browser_name(session.user_agent.as_deref()))
                .cell(session.source_ip.unwrap_or_else(|| "unknown".into()))
                .cell(when(session.created_at, now))
                .cell(when(session.seen_at, now))
                .cell(act)
        })
        .collect();
    view! {
        <section class="stack tight" aria-labelledby="my-sessions">
            <h2 id="my-sessions">"My sessions"</h2>
            <Table caption="My sessions" columns rows/>
            {others.then(|| view! {
                <Form action="/api/account/revoke-other-sessions" label="Sign out all other sessions">
                    <Button label="Sign out all other sessions" kind=Kind::Danger/>
                </Form>
            })}
        </section>
    }
}

fn appearance(cx: &PageCx) -> impl IntoView + use<> {
    let form = FormCx::new("/api/account/appearance", &[("theme", "Theme"), ("density", "Density")], cx.flash.as_ref());
    let themes = vec![
        Choice::new("auto", "As the system"),
        Choice::new("light", "Light"),
        Choice::new("dark", "Dark"),
        Choice::new("contrast", "High contrast"),
    ];
    let theme = form.value("theme", &cx.theme);
    let density = form.value("density", &cx.density);
    let densities = vec![Choice::new("comfortable", "Comfortable"), Choice::new("compact", "Compact")];
    view! {
        <Card title="Appearance">
            <CardBody>
                <Form action=form.action.clone() errors=form.errors()>
                    <Select name="theme" label="Theme" choices=themes value=theme error=form.error("theme")/>
                    <Select name="density" label="Density" choices=densities value=density error=form.error("density")/>
                    <FormActions><Button label="Save appearance"/></FormActions>
                </Form>
            </CardBody>
        </Card>
    }
}
