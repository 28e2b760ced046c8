//! The frame around the pages of a tenant: who acts, where, as what, and where else one may go.

use leptos::prelude::*;

use super::page::PageCx;
use super::paths;
use crate::authz::{Access, Action, Target};
use crate::op::Actor;
use crate::palette::island::Palette;
use crate::tenant::TenantPath;
use crate::tenant::store::Counts;
use crate::ui::{
    Acting, Frame, Glyph, MenuItem, NavGroup, NavItem, Notice, SearchButton, SecretOnce, TenantLevel, TenantSwitcher,
    Tone, UserMenu,
};
use crate::wire::ApiError;

/// What the frame shows.
pub struct FrameData {
    tenant: TenantPath,
    actor: Option<Actor>,
    acting_as: Vec<String>,
    nav: Vec<NavGroup>,
}

/// Loads what the frame shows: one query.
///
/// # Errors
/// `Unavailable`.
pub async fn frame_data(cx: &PageCx, access: &Access, section: &'static str) -> Result<FrameData, ApiError> {
    let parts = cx.op.reads(access).await;
    let counts = parts.tenants.counts(&[access.tenant.id]).await.map_err(|error| cx.op.fail(error))?;
    Ok(FrameData {
        tenant: access.tenant.path.clone(),
        actor: cx.op.maybe_actor().cloned(),
        acting_as: access.acting_as.clone(),
        nav: navigation(access, section, counts.first().copied().unwrap_or_default()),
    })
}

/// The rail. What the actor may not read is absent.
fn navigation(access: &Access, section: &'static str, counts: Counts) -> Vec<NavGroup> {
    let account = &access.tenant.account_id;
    let tenant = Target::tenant(account, &access.tenant.path);
    let iam = |part| Target::collection("collection", "iam", account, part);
    let sso = |part| Target::collection("collection", "sso", account, part);
    let item = |may: bool, label: &str, path: &'static str, icon: Glyph, count: Option<u64>| {
        may.then(|| {
            let rest = if path.is_empty() { String::new() } else { format!("/{path}") };
            NavItem::new(label, paths::tenant(&access.tenant.path, &rest), icon).count(count).current(path == section)
        })
    };
    let group = |label: Option<&str>, items: Vec<Option<NavItem>>| {
        let items: Vec<NavItem> = items.into_iter().flatten().collect();
        (!items.is_empty()).then(|| NavGroup { label: label.map(str::to_owned), items })
    };
    let may = |action, target: &Target| access.allows(action, target);
    [
        group(
            None,
            vec![
                item(true, "Overview", "", Glyph::Overview, None),
                item(may(Action::ListTenants, &tenant), "Tenants", "tenants", Glyph::Tenants, Some(counts.children)),
            ],
        ),
        group(
            Some("Identity"),
            vec![
                item(may(Action::ListUsers, &iam("user/")), "Users", "users", Glyph::Users, Some(counts.users)),
                item(may(Action::ListGroups, &iam("group/")), "Groups", "groups", Glyph::Groups, Some(counts.groups)),
                item(may(Action::ListRoles, &iam("role/")), "Roles", "roles", Glyph::Roles, Some(counts.roles)),
                item(
                    may(Action::ListPolicies, &iam("policy/")),
                    "Policies",
                    "policies",
                    Glyph::Policies,
                    Some(counts.policies),
                ),
            ],
        ),
        group(
            Some("Access"),
            vec![
                item(
                    may(Action::ListPermissionSets, &sso("permission-set/")),
                    "Permission sets",
                    "permission-sets",
                    Glyph::PermissionSets,
                    Some(counts.permission_sets),
                ),
                item(
                    may(Action::ListAccountAssignments, &sso("assignment/")),
                    "Assignments",
                    "assignments",
                    Glyph::Assignments,
                    Some(counts.assignments),
                ),
                item(may(Action::ListGuardrails, &tenant), "Guardrails", "guardrails", Glyph::Lock, None),
            ],
        ),
        group(
            Some("Record"),
            vec![
                item(
                    may(Action::ListEvents, &Target::console("audit", account, "event/")),
                    "Audit",
                    "audit",
                    Glyph::Audit,
                    None,
                ),
                item(
                    may(Action::ImportAccount, &Target::console("console", account, "import/")),
                    "Import",
                    "import",
                    Glyph::Upload,
                    None,
                ),
                item(
                    may(Action::ListBin, &Target::console("console", account, "bin/")),
                    "Recycle bin",
                    "recycle-bin",
                    Glyph::Bin,
                    None,
                ),
                item(may(Action::GetTenant, &tenant), "Settings", "settings", Glyph::Settings, None),
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The frame of a tenant.
#[component]
pub fn TenantFrame(
    /// What it shows.
    data: FrameData,
    children: Children,
) -> impl IntoView {
    let levels = data
        .tenant
        .lineage()
        .into_iter()
        .map(|path| TenantLevel {
            label: if path == data.tenant { path.to_string() } else { path.slug().to_owned() },
            items: vec![
                MenuItem::link(format!("Open {path}"), paths::tenant(&path, "")).current(path == data.tenant),
                MenuItem::link("Tenants below", paths::tenant(&path, "/tenants")),
            ],
            search_action: paths::JUMP.to_owned(),
        })
        .collect();
    let acting = match data.acting_as.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first, rest @ ..] => Some(format!("{first} +{}", rest.len())),
    };
    let acting = acting.map(|label| Acting { label, left: None, href: paths::ACCOUNT.to_owned(), elevated: false });
    let home = paths::tenant(&data.tenant, "");
    view! {
        <Frame home nav=data.nav user=user_menu(data.actor.as_ref()) acting
            switcher=view! { <TenantSwitcher levels/> }
            search=view! { <SearchButton href=paths::JUMP/> }>
            {children()}
            <Palette/>
        </Frame>
    }
}

/// The frame of pages that belong to no tenant.
#[component]
pub fn PlainFrame(
    /// The request.
    cx: PageCx,
    children: Children,
) -> impl IntoView {
    view! {
        <Frame home=paths::ACCOUNT nav=vec![] user=user_menu(cx.op.maybe_actor()) search=view! { <SearchButton href=paths::JUMP/> }>
            {children()}
            <Palette/>
        </Frame>
    }
}

fn user_menu(actor: Option<&Actor>) -> UserMenu {
    UserMenu {
        name: actor.map(|actor| actor.user_name.clone()).unwrap_or_default(),
        tenant: actor.map(|actor| actor.tenant.path.to_string()).unwrap_or_default(),
        items: vec![
            MenuItem::link("My account", paths::ACCOUNT).icon(Glyph::User),
            MenuItem::post("Sign out", "/api/account/sign-out", vec![]).icon(Glyph::SignOut),
        ],
    }
}

/// What the last form post has to say, above the content: what was done, what is shown once, or what failed as a whole
/// (a form of this page shows its own errors itself).
pub fn notice_of(cx: &PageCx) -> impl IntoView + use<> {
    let flash = cx.flash.clone();
    let once = flash.as_ref().and_then(|flash| flash.once.clone());
    let notice = flash.as_ref().and_then(|flash| flash.notice.clone());
    let error = flash.and_then(|flash| flash.error).filter(|error| error.fields.is_empty());
    let blockers = error.as_ref().map(|error| error.blockers.clone()).unwrap_or_default();
    view! {
        {notice.map(|notice| view! { <Notice tone=Tone::Ok title=notice/> })}
        {once.map(|(name, value)| view! { {
            let (label, advice) = once_words(&name);
            view! { <SecretOnce label advice secret=value/> }
        } })}
        {error.map(|error| {
            let list = (!blockers.is_empty()).then(|| {
                let items = blockers.into_iter().map(|blocker| view! { <li>{blocker.kind}" "<strong>{blocker.name}</strong></li> }).collect_view();
                view! { <ul>{items}</ul> }
            });
            view! { <Notice tone=Tone::Danger alert=true title=error.message>{list}</Notice> }
        })}
    }
}

/// What a thing that is shown once is called, and what to do with it.
fn once_words(name: &str) -> (String, Option<&'static str>) {
    match name {
        "link" => ("Single-use link".to_owned(), Some("Give it to the person by a way you trust.")),
        other => (other.to_owned(), None),
    }
}
