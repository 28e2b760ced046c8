//! `/t/{tenant}/users/{name}` and its tabs.

use leptos::prelude::*;

use super::edit;
use crate::app::browser_name::browser_name;
use crate::app::frame::notice_of;
use crate::app::page::{PageCx, PageView, tenant_page};
use crate::app::paths;
use crate::app::when::when;
use crate::audit::pages::history;
use crate::authz::Action;
use crate::iam::login_profile::LoginProfileView;
use crate::iam::{Owner, User};
use crate::owners::pages::{Inherited, Permissions, permissions, tags};
use crate::sso_admin::Reach;
use crate::tenant::TenantPath;
use crate::ui::{
    Badge, Button, Card, CardBody, Column, Crumb, DefinitionList, EmptyState, Form, Kind, LinkButton, ObjectHeader,
    Row, Size, Tab, Table, Tabs, Tone,
};
use crate::users::service::{self, SourceOf, UserView};
use crate::wire::ApiError;

/// The first tab.
pub fn overview() -> impl IntoView {
    tenant_page("users", |cx, path| page(cx, path, "overview".to_owned()))
}

/// Any other tab.
pub fn tab() -> impl IntoView {
    tenant_page("users", |cx, path| {
        let tab = cx.param("tab");
        page(cx, path, tab)
    })
}

async fn page(cx: PageCx, path: TenantPath, tab: String) -> Result<PageView, ApiError> {
    let user = service::get(&cx.op, &path, &cx.param("name")).await?;
    let owner = Owner::user(&user.user.user_name);
    let panel = match tab.as_str() {
        "overview" => facts(&cx, &user),
        "groups" => groups(&path, &user),
        "permissions" => {
            let panel = Permissions {
                attached: user.attached.clone(),
                inline: user.inline.clone(),
                inherited: inherited(&service::sources(&cx.op, &user).await?, &path),
                boundary: user.user.permissions_boundary.clone(),
                is_fixed: false,
            };
            permissions(&cx, &user.access, &user.target, &owner, panel)
        }
        "credentials" => credentials(&cx, &path, &user, service::login_of(&cx.op, &user).await?),
        "sessions" => sessions(&cx, &path, &user).await?,
        "tags" => tags(&cx, &user.access, &user.target, &owner, user.user.tags.clone(), false),
        "history" => history(&cx, &user.access, &path, "user", user.user.id.uuid()).await?,
        "edit" => {
            user.access.check(Action::UpdateUser, &user.target)?;
            edit::form(&cx, &path, &user)
        }
        "delete" => {
            user.access.check(Action::DeleteUser, &user.target)?;
            edit::confirm_delete(&cx, &path, &user, service::login_of(&cx.op, &user).await?.is_some())
        }
        _ => return Err(ApiError::not_found()),
    };
    let title = user.user.user_name.clone();
    let body = view! {
        {header(&cx, &path, &user)}
        {notice_of(&cx)}
        {tabs(&path, &user, &tab)}
        {panel}
    };
    Ok(PageView { title, access: user.access.clone(), body: body.into_any() })
}

fn header(cx: &PageCx, path: &TenantPath, view: &UserView) -> impl IntoView + use<> {
    let user = &view.user;
    let now = cx.op.now();
    let name = user.user_name.clone();
    let crumbs = vec![Crumb::link("Users", paths::tenant(path, "/users")), Crumb::here(name.clone())];
    let may = |action| view.access.allows(action, &view.target);
    let edit = may(Action::UpdateUser)
        .then(|| view! { <LinkButton label="Edit" href=paths::tab(path, "users", &name, "edit")/> });
    let status = may(Action::SetUserStatus).then(|| {
        let hidden = vec![
            ("tenant".to_owned(), path.to_string()),
            ("name".to_owned(), name.clone()),
            ("version".to_owned(), user.version.to_string()),
            ("enabled".to_owned(), (!user.enabled).to_string()),
        ];
        let (label, kind) = if user.enabled { ("Disable", Kind::Danger) } else { ("Enable", Kind::Secondary) };
        view! { <Form action="/api/users/set-enabled" hidden label=label><Button label kind/></Form> }
    });
    let delete = may(Action::DeleteUser).then(
        || view! { <LinkButton label="Delete" kind=Kind::Danger href=paths::tab(path, "users", &name, "delete")/> },
    );
    let pill = if user.enabled {
        view! { <Badge label="Active" tone=Tone::Ok dot=true/> }
    } else {
        view! { <Badge label="Disabled" tone=Tone::Neutral dot=true/> }
    };
    let last = user.password_last_used.map(|at| view! { <span>"Last sign-in "{when(at, now)}</span> });
    let created = user.create_date;
    view! {
        <ObjectHeader name=user.user_name.clone() arn=user.arn.clone() breadcrumbs=crumbs
            facts=view! { {pill}{last}<span>"Created "{when(created, now)}</span> }
            actions=view! { {edit}{status}{delete} }/>
    }
}

fn tabs(path: &TenantPath, view: &UserView, current: &str) -> impl IntoView + use<> {
    let name = &view.user.user_name;
    let tab = |label: &str, key: &str| {
        let href =
            if key == "overview" { paths::object(path, "users", name) } else { paths::tab(path, "users", name, key) };
        Tab::new(label, href).current(current == key)
    };
    let permissions = (view.attached.len() + view.inline.len()) as u64;
    let items = vec![
        tab("Overview", "overview"),
        tab("Groups", "groups").count(view.groups.len() as u64),
        tab("Permissions", "permissions").count(permissions),
        tab("Credentials", "credentials"),
        tab("Sessions", "sessions"),
        tab("Tags", "tags").count(view.user.tags.len() as u64),
        tab("History", "history"),
    ];
    view! { <Tabs items/> }
}

fn facts(cx: &PageCx, view: &UserView) -> AnyView {
    let User { path, user_id, arn, wami_arn, permissions_boundary, .. } = view.user.value.clone();
    let person = view.user.person.clone();
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned()).into_any();
    let mono = |value: String| view! { <code class="break">{value}</code> }.into_any();
    let mut items = vec![
        ("Display name".to_owned(), text(person.display_name)),
        ("E-mail".to_owned(), text(person.email)),
        ("Path".to_owned(), mono(path)),
        ("User id".to_owned(), mono(user_id)),
        ("ARN".to_owned(), mono(arn.clone())),
    ];
    if wami_arn != arn {
        items.push(("WAMI ARN".to_owned(), mono(wami_arn)));
    }
    items.push(("Permissions boundary".to_owned(), permissions_boundary.map_or_else(|| text(None), mono)));
    items.push(("Last changed".to_owned(), when(view.user.updated_at, cx.op.now()).into_any()));
    view! { <Card><CardBody><DefinitionList items/></CardBody></Card> }.into_any()
}

fn groups(path: &TenantPath, view: &UserView) -> AnyView {
    let columns = vec![Column::new("Group"), Column::new("Path").mono().secondary()];
    let rows = view
        .groups
        .iter()
        .map(|group| {
            Row::new()
                .cell(group.group_name.clone())
                .link(paths::object(path, "groups", &group.group_name))
                .cell(group.path.clone())
        })
        .collect();
    view! {
        <Table caption="Groups" columns rows
            empty=view! { <EmptyState title="In no group" text="Members are added on a group's page."/> }/>
    }
    .into_any()
}

/// What the user has through its groups and by assignment, each with where to see more.
fn inherited(sources: &[SourceOf], path: &TenantPath) -> Vec<Inherited> {
    let inherited = |source: &SourceOf| match source {
        SourceOf::Group { group, policy, is_document_unknown } => Inherited {
            policy: policy.clone(),
            kind: if *is_document_unknown { "policy of a group, document unknown" } else { "policy of a group" },
            from: format!("group {group}"),
            href: Some(paths::tab(path, "groups", group, "permissions")),
        },
        SourceOf::Assignment { set, through, tenant, reach, expires_at } => {
            let through = through.as_ref().map(|group| format!(" of group {group}")).unwrap_or_default();
            let reach = if *reach == Reach::Subtree { " and below" } else { "" };
            let until = expires_at.map(|at| format!(", until {}", at.format("%-d %b %Y"))).unwrap_or_default();
            Inherited {
                policy: set.clone(),
                kind: "permission set",
                from: format!("assignment{through} in {tenant}{reach}{until}"),
                // What lies above may be invisible to whoever looks.
                href: (tenant == path).then(|| paths::tenant(path, "/assignments")),
            }
        }
    };
    sources.iter().map(inherited).collect()
}

fn credentials(cx: &PageCx, path: &TenantPath, view: &UserView, login: Option<LoginProfileView>) -> AnyView {
    let now = cx.op.now();
    let password = match &login {
        Some(login) => view! {
            <p>
                "Has a password, last changed "{when(login.changed_at, now)}"."
                {login.password_reset_required.then_some(" It must be changed at the next sign-in.")}
            </p>
        }
        .into_any(),
        None => view! { <p>"Has no password, so it cannot sign in."</p> }.into_any(),
    };
    let (label, action) = match login.is_some() {
        true => ("Create reset link", Action::UpdateLoginProfile),
        false => ("Create invitation link", Action::CreateLoginProfile),
    };
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), view.user.user_name.clone())];
    let create = view.access.allows(action, &view.target).then(|| {
        view! {
            <Form action="/api/users/create-link" hidden label=label>
                <Button label/>
                <p class="hint">"The link works once. Nothing is sent: you give it to the person."</p>
            </Form>
        }
    });
    view! { <Card title="Password"><CardBody>{password}{create}</CardBody></Card> }.into_any()
}

async fn sessions(cx: &PageCx, path: &TenantPath, view: &UserView) -> Result<AnyView, ApiError> {
    let now = cx.op.now();
    let sessions = service::sessions(&cx.op, view).await?;
    let columns = vec![
        Column::new("Browser").cut(),
        Column::new("Address").mono(),
        Column::new("Since").secondary(),
        Column::new("Last used"),
    ];
    let any = !sessions.is_empty();
    let rows = sessions
        .into_iter()
        .map(|session| {
            Row::new()
                .cell(browser_name(session.user_agent.as_deref()))
                .cell(session.source_ip.unwrap_or_else(|| "unknown".into()))
                .cell(when(session.created_at, now))
                .cell(when(session.seen_at, now))
        })
        .collect();
    let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), view.user.user_name.clone())];
    let revoke = (any && view.access.allows(Action::RevokeSessions, &view.target)).then(|| {
        view! {
            <Form action="/api/users/revoke-sessions" hidden label="Sign out everywhere">
                <Button label="Sign out everywhere" kind=Kind::Danger size=Size::Small/>
            </Form>
        }
    });
    Ok(view! {
        <Table caption="Console sessions" columns rows
            empty=view! { <EmptyState title="No session" text="The user is not signed in anywhere."/> }/>
        {revoke}
    }
    .into_any())
}
