//! Every page of the console.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use super::page::plain_page;
use crate::wire::ApiError;
use crate::{account, audit, groups, guardrails, import, palette, policies, recycle_bin, roles, sso, tenants, users};

/// The pages, rendered on the server only.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=not_found>
                <Route path=path!("/login") view=account::pages::login ssr=SsrMode::Async/>
                <Route path=path!("/setup/:token") view=account::pages::setup ssr=SsrMode::Async/>
                <Route path=path!("/welcome/:token") view=account::pages::welcome ssr=SsrMode::Async/>
                <Route path=path!("/account") view=account::pages::account ssr=SsrMode::Async/>
                <Route path=path!("/jump") view=palette::pages::jump ssr=SsrMode::Async/>
                <Route path=path!("/styleguide") view=account::pages::styleguide ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant") view=tenants::pages::overview ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/tenants") view=tenants::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/tenants/new") view=tenants::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/settings") view=tenants::pages::settings ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/users") view=users::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/users/new") view=users::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/users/:name") view=users::pages::overview ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/users/:name/:tab") view=users::pages::tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/groups") view=groups::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/groups/new") view=groups::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/groups/:name") view=groups::pages::members ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/groups/:name/:tab") view=groups::pages::tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/guardrails") view=guardrails::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/guardrails/new") view=guardrails::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/guardrails/:name") view=guardrails::pages::document ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/guardrails/:name/delete") view=guardrails::pages::delete ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/audit") view=audit::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/audit/:id") view=audit::pages::record ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/import") view=import::pages::start ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/import/:id") view=import::pages::upload ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/recycle-bin") view=recycle_bin::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/roles") view=roles::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/roles/new") view=roles::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/roles/:name") view=roles::pages::permissions_tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/roles/:name/:tab") view=roles::pages::tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/policies") view=policies::pages::list ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/policies/new") view=policies::pages::new ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/policies/:name") view=policies::pages::document ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/policies/:name/:tab") view=policies::pages::tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/permission-sets") view=sso::pages::sets ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/permission-sets/new") view=sso::pages::new_set ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/permission-sets/:name") view=sso::pages::set ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/permission-sets/:name/:tab") view=sso::pages::set_tab ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/assignments") view=sso::pages::assignments ssr=SsrMode::Async/>
                <Route path=path!("/t/:tenant/assignments/new") view=sso::pages::new_assignment ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}

fn not_found() -> impl IntoView {
    plain_page(|_| async { Err(ApiError::not_found()) })
}
