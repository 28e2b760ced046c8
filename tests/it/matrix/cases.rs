//! What is asked: every server function and every page, at least once each, about things of the tenant acme.
//!
//! `{name}` stands for something of the [`World`](super::world::World). Whoever adds a server function or a page adds a
//! line here, runs the tests with `WAMI_MATRIX=write`, and reads the difference in the table.

/// A request, to be made by everybody.
pub struct Case {
    /// A form post, or a page.
    pub is_post: bool,
    /// Its path; for a page with the query.
    pub path: &'static str,
    /// The fields of a form.
    pub fields: Vec<(&'static str, &'static str)>,
}

impl Case {
    /// As the table calls it.
    pub fn title(&self) -> String {
        if !self.is_post {
            return format!("GET {}", self.path);
        }
        let fields: Vec<String> = self.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("POST {}{}", self.path, fields.concat())
    }
}

fn post(path: &'static str, fields: &[(&'static str, &'static str)]) -> Case {
    Case { is_post: true, path, fields: fields.to_vec() }
}

fn get(path: &'static str) -> Case {
    Case { is_post: false, path, fields: vec![] }
}

/// About a thing of the tenant acme.
fn acme(path: &'static str, fields: &[(&'static str, &'static str)]) -> Case {
    post(path, &[&[("tenant", "acme")], fields].concat())
}

/// About what hangs on the user bob.
fn owner(path: &'static str, fields: &[(&'static str, &'static str)]) -> Case {
    acme(path, &[&[("kind", "user"), ("name", "bob")], fields].concat())
}

/// The server functions.
pub fn functions() -> Vec<Case> {
    let name = |name| ("name", name);
    let version = |of| ("version", of);
    let typed = |name| ("typed", name);
    vec![
        acme("/api/users/create", &[("draft[user_name]", "eve")]),
        acme("/api/users/update", &[name("bob"), version("{version of bob}"), ("draft[user_name]", "robert")]),
        acme("/api/users/set-enabled", &[name("bob"), version("{version of bob}"), ("enabled", "false")]),
        acme("/api/users/set-enabled", &[name("amy"), version("{version of amy}"), ("enabled", "false")]),
        acme("/api/users/create-link", &[name("bob")]),
        acme("/api/users/create-link", &[name("amy")]),
        acme("/api/users/create-link", &[name("cleo")]),
        acme("/api/users/create-link", &[name("nobody-of-this-name")]),
        acme("/api/users/revoke-sessions", &[name("bob")]),
        acme("/api/users/revoke-sessions", &[name("amy")]),
        acme("/api/users/revoke-sessions", &[name("cleo")]),
        acme("/api/users/delete", &[name("bob"), typed("bob")]),
        acme("/api/users/delete", &[name("amy"), typed("amy")]),
        acme("/api/groups/create", &[("draft[group_name]", "band")]),
        acme("/api/groups/update", &[name("crew"), version("{version of crew}"), ("draft[group_name]", "band")]),
        acme("/api/groups/add-member", &[name("crew"), ("user_name", "cleo")]),
        acme("/api/groups/remove-member", &[name("crew"), ("user_name", "bob")]),
        acme("/api/groups/delete", &[name("crew"), typed("crew")]),
        acme("/api/roles/create", &[("draft[role_name]", "sailor"), ("trust", "{trust}")]),
        acme("/api/roles/update", &[name("pilot"), version("{version of pilot}"), ("draft[role_name]", "sailor")]),
        acme("/api/roles/update-trust", &[name("pilot"), version("{version of pilot}"), ("trust", "{trust}")]),
        acme("/api/roles/delete", &[name("pilot"), typed("pilot")]),
        acme("/api/policies/create", &[("draft[policy_name]", "R"), ("document", "{document}")]),
        acme("/api/policies/update", &[name("P"), version("{version of P}"), ("draft[policy_name]", "R")]),
        acme("/api/policies/save-version", &[name("P"), version("{version of P}"), ("document", "{document}")]),
        acme("/api/policies/set-default", &[name("P"), ("version_id", "v1")]),
        acme("/api/policies/delete-version", &[name("P"), ("version_id", "v1")]),
        acme("/api/policies/delete", &[name("P"), typed("P")]),
        owner("/api/owners/attach", &[("policy_arn", "{arn of Q}")]),
        owner("/api/owners/attach", &[("policy_arn", "{arn of G}")]),
        owner("/api/owners/detach", &[("policy_arn", "{arn of P}")]),
        owner("/api/owners/put-inline", &[("policy_name", "more"), ("document", "{document}")]),
        owner("/api/owners/delete-inline", &[("policy_name", "own")]),
        owner("/api/owners/put-boundary", &[("boundary_arn", "{arn of P}")]),
        owner("/api/owners/remove-boundary", &[]),
        acme("/api/guardrails/create", &[name("keep-logs"), ("document", "{document}")]),
        acme("/api/guardrails/update", &[name("ceiling"), ("seen", "{mark of ceiling}"), ("document", "{document-2}")]),
        acme("/api/guardrails/delete", &[name("ceiling"), typed("ceiling")]),
        acme("/api/guardrails/set-allow-all", &[("on", "false")]),
        acme("/api/import/confirm", &[("upload", "no-such-upload"), ("sha256", "0")]),
        acme("/api/import/discard", &[("upload", "no-such-upload")]),
        owner("/api/owners/put-tag", &[("key", "city"), ("value", "Oslo")]),
        owner("/api/owners/remove-tag", &[("key", "team")]),
        acme("/api/sso/create-set", &[name("U"), ("session_hours", "1")]),
        acme("/api/sso/update-set", &[("old_name", "S"), version("{version of S}"), name("U"), ("session_hours", "2")]),
        acme("/api/sso/delete-set", &[name("S"), typed("S")]),
        acme("/api/sso/assign", &[("kind", "user"), ("principal", "bob"), ("set", "{set S}"), ("reach", "tenant")]),
        acme(
            "/api/sso/assign",
            &[("kind", "user"), ("principal", "cleo"), ("set", "{administrator}"), ("reach", "subtree")],
        ),
        acme("/api/sso/unassign", &[("assignment", "{assignment}")]),
        acme("/api/tenants/create", &[("slug", "new"), ("display_name", "New")]),
        acme("/api/tenants/rename", &[version("{version of acme}"), ("display_name", "Acme & sons")]),
        acme("/api/tenants/suspend", &[version("{version of acme}")]),
        post("/api/tenants/suspend", &[("tenant", "acme.lab"), version("{version of acme.lab}")]),
        acme("/api/tenants/resume", &[version("{version of acme}")]),
        post("/api/tenants/resume", &[("tenant", "acme.lab"), version("{version of acme.lab}")]),
        acme("/api/tenants/move", &[("parent", "globex"), ("slug", "acme")]),
        post("/api/tenants/move", &[("tenant", "acme.lab"), ("parent", "acme.eng"), ("slug", "lab")]),
        post("/api/tenants/move", &[("tenant", "acme.lab"), ("parent", "root"), ("slug", "lab")]),
        acme("/api/tenants/delete", &[typed("acme")]),
        post("/api/tenants/delete", &[("tenant", "acme.lab"), typed("acme.lab")]),
        acme("/api/bin/restore", &[("item", "{item}")]),
        // Things of acme, named in a tenant of the outsider's own.
        post("/api/users/revoke-sessions", &[("tenant", "globex"), name("bob")]),
        post(
            "/api/owners/attach",
            &[("tenant", "globex"), ("kind", "user"), name("gus"), ("policy_arn", "{arn of P}")],
        ),
        post("/api/policies/set-default", &[("tenant", "globex"), name("P"), ("version_id", "v1")]),
        post(
            "/api/sso/assign",
            &[("tenant", "globex"), ("kind", "user"), ("principal", "gus"), ("set", "{set S}"), ("reach", "tenant")],
        ),
        post(
            "/api/sso/assign",
            &[
                ("tenant", "globex"),
                ("kind", "user"),
                ("principal", "bob@acme"),
                ("set", "{auditor}"),
                ("reach", "tenant"),
            ],
        ),
        post("/api/sso/unassign", &[("tenant", "globex"), ("assignment", "{assignment}")]),
        post("/api/tenants/move", &[("tenant", "globex"), ("parent", "acme"), ("slug", "globex")]),
        post("/api/bin/restore", &[("tenant", "globex"), ("item", "{item}")]),
        // What people do about themselves, and what comes before signing in.
        post("/api/account/sign-in", &[name("bob@acme"), ("password", "{password}")]),
        post("/api/account/sign-in", &[name("bob@acme"), ("password", "not the password")]),
        post("/api/account/sign-out", &[]),
        post(
            "/api/account/setup",
            &[
                ("token", "{link}"),
                ("user_name", "eve"),
                ("display_name", ""),
                ("email", ""),
                ("password", "{password}"),
                ("repeated", "{password}"),
            ],
        ),
        post(
            "/api/account/accept-link",
            &[("token", "{link}"), ("password", "{password}"), ("repeated", "{password}")],
        ),
        post(
            "/api/account/accept-link",
            &[("token", "no such token"), ("password", "{password}"), ("repeated", "{password}")],
        ),
        post(
            "/api/account/change-password",
            &[
                ("current_password", "{password}"),
                ("password", "quite another one 7"),
                ("repeated", "quite another one 7"),
            ],
        ),
        post("/api/account/revoke-session", &[("session", "{session of amy}")]),
        post("/api/account/revoke-other-sessions", &[]),
        post("/api/account/appearance", &[("theme", "dark"), ("density", "compact")]),
        post("/api/palette/search", &[("text", "acme")]),
    ]
}

/// The pages.
pub fn pages() -> Vec<Case> {
    [
        "/",
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/pkg/speculation.json",
        "/no-such-page",
        "/login",
        "/account",
        "/jump?q=acme",
        "/setup/no-such-token",
        "/welcome/no-such-token",
        "/welcome/{link}",
        "/styleguide",
        "/t/acme",
        "/t/acme/tenants",
        "/t/acme/tenants/new",
        "/t/acme/settings",
        "/t/acme/users",
        "/t/acme/users/new",
        "/t/acme/users/bob",
        "/t/acme/users/nobody-of-this-name",
        "/t/acme/users/bob/groups",
        "/t/acme/users/bob/permissions",
        "/t/acme/users/bob/credentials",
        "/t/acme/users/bob/sessions",
        "/t/acme/users/bob/tags",
        "/t/acme/users/bob/history",
        "/t/acme/users/bob/edit",
        "/t/acme/users/bob/delete",
        "/t/acme/groups",
        "/t/acme/groups/new",
        "/t/acme/groups/crew",
        "/t/acme/groups/crew/permissions",
        "/t/acme/groups/crew/tags",
        "/t/acme/groups/crew/history",
        "/t/acme/groups/crew/edit",
        "/t/acme/groups/crew/delete",
        "/t/acme/roles",
        "/t/acme/roles/new",
        "/t/acme/roles/pilot",
        "/t/acme/roles/pilot/trust",
        "/t/acme/roles/pilot/facts",
        "/t/acme/roles/pilot/tags",
        "/t/acme/roles/pilot/history",
        "/t/acme/roles/pilot/edit",
        "/t/acme/roles/pilot/delete",
        "/t/acme/policies",
        "/t/acme/policies/new",
        "/t/acme/policies/P",
        "/t/acme/policies/P/versions",
        "/t/acme/policies/P/compare?with=v1",
        "/t/acme/policies/P/attachments",
        "/t/acme/policies/P/facts",
        "/t/acme/policies/P/history",
        "/t/acme/policies/P/edit",
        "/t/acme/policies/P/delete",
        "/t/acme/permission-sets",
        "/t/acme/permission-sets/new",
        "/t/acme/permission-sets/S",
        "/t/acme/permission-sets/S/tags",
        "/t/acme/permission-sets/S/history",
        "/t/acme/permission-sets/S/edit",
        "/t/acme/permission-sets/S/delete",
        "/t/acme/assignments",
        "/t/acme/assignments/new",
        "/t/acme/guardrails",
        "/t/acme/guardrails/new",
        "/t/acme/guardrails/ceiling",
        "/t/acme/guardrails/ceiling/delete",
        "/t/acme/import",
        "/t/acme/import/no-such-upload",
        "/t/acme/audit",
        "/t/acme/audit/{event}",
        "/t/acme/recycle-bin",
        // A thing of acme, named in a tenant of the outsider's own.
        "/t/globex/users/bob",
        "/t/globex/audit/{event}",
    ]
    .into_iter()
    .map(get)
    .collect()
}

/// What answers everybody alike: there is nobody to refuse, or nobody to allow.
pub const OPEN: &[&str] = &[
    "/",
    "/healthz",
    "/readyz",
    "/pkg/speculation.json",
    "/no-such-page",
    "/login",
    "/account",
    "/jump",
    "/setup/no-such-token",
    "/styleguide",
    "/api/account/sign-out",
    // Once there is an administrator no link works; `account::the_set_up_link_works_once` has the other half.
    "/api/account/setup",
    "/api/account/appearance",
    "/api/palette/search",
    "/robots.txt",
    // Asked about an upload that is not there; `import::console` has who may send, confirm and discard one.
    "/api/import/confirm",
    "/api/import/discard",
];
