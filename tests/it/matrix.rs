//! Every server function, asked by everybody who should not be able to use it. A function without a row fails the test.

use wami::wire::Code;

use crate::support::TestApp;

/// Each function with fields that are well formed, on the tenant `acme` and things in it.
fn rows() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    const ID: &str = "01890000-0000-7000-8000-000000000000";
    const DOC: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#;
    let t = ("tenant", "acme");
    let bob = ("name", "bob");
    let owner = [t, ("kind", "user"), bob];
    let with = |more: &[(&'static str, &'static str)]| [owner.as_slice(), more].concat();
    vec![
        ("/api/users/create", vec![t, ("draft[user_name]", "eve")]),
        ("/api/users/update", vec![t, bob, ("version", "1"), ("draft[user_name]", "eve")]),
        ("/api/users/set-enabled", vec![t, bob, ("version", "1"), ("enabled", "false")]),
        ("/api/users/create-link", vec![t, bob]),
        ("/api/users/revoke-sessions", vec![t, bob]),
        ("/api/users/delete", vec![t, bob, ("typed", "bob")]),
        ("/api/groups/create", vec![t, ("draft[group_name]", "g2")]),
        ("/api/groups/update", vec![t, ("name", "crew"), ("version", "1"), ("draft[group_name]", "g2")]),
        ("/api/groups/add-member", vec![t, ("name", "crew"), ("user_name", "bob")]),
        ("/api/groups/remove-member", vec![t, ("name", "crew"), ("user_name", "bob")]),
        ("/api/groups/delete", vec![t, ("name", "crew"), ("typed", "crew")]),
        ("/api/roles/create", vec![t, ("draft[role_name]", "r"), ("trust", DOC)]),
        ("/api/roles/update", vec![t, ("name", "pilot"), ("version", "1"), ("draft[role_name]", "r")]),
        ("/api/roles/update-trust", vec![t, ("name", "pilot"), ("version", "1"), ("trust", DOC)]),
        ("/api/roles/delete", vec![t, ("name", "pilot"), ("typed", "pilot")]),
        ("/api/policies/create", vec![t, ("draft[policy_name]", "p2"), ("document", DOC)]),
        ("/api/policies/update", vec![t, ("name", "P"), ("version", "1"), ("draft[policy_name]", "p2")]),
        ("/api/policies/save-version", vec![t, ("name", "P"), ("version", "1"), ("document", DOC)]),
        ("/api/policies/set-default", vec![t, ("name", "P"), ("version_id", "v1")]),
        ("/api/policies/delete-version", vec![t, ("name", "P"), ("version_id", "v2")]),
        ("/api/policies/delete", vec![t, ("name", "P"), ("typed", "P")]),
        ("/api/owners/attach", with(&[("policy_arn", "arn:aws:iam::1:policy/P")])),
        ("/api/owners/detach", with(&[("policy_arn", "arn:aws:iam::1:policy/P")])),
        ("/api/owners/put-inline", with(&[("policy_name", "own"), ("document", DOC)])),
        ("/api/owners/delete-inline", with(&[("policy_name", "own")])),
        ("/api/owners/put-tag", with(&[("key", "k"), ("value", "v")])),
        ("/api/owners/remove-tag", with(&[("key", "k")])),
        ("/api/owners/put-boundary", with(&[("boundary_arn", "arn:aws:iam::1:policy/P")])),
        ("/api/owners/remove-boundary", owner.to_vec()),
        ("/api/guardrails/create", vec![t, ("name", "g"), ("document", DOC)]),
        ("/api/guardrails/update", vec![t, ("name", "g"), ("seen", "0"), ("document", DOC)]),
        ("/api/guardrails/delete", vec![t, ("name", "g"), ("typed", "g")]),
        ("/api/guardrails/set-allow-all", vec![t, ("on", "false")]),
        ("/api/sso/create-set", vec![t, ("name", "S"), ("session_hours", "1")]),
        ("/api/sso/update-set", vec![t, ("old_name", "S"), ("version", "1"), ("name", "S2"), ("session_hours", "1")]),
        ("/api/sso/delete-set", vec![t, ("name", "S"), ("typed", "S")]),
        ("/api/sso/assign", vec![t, ("kind", "user"), ("principal", "bob"), ("set", ID), ("reach", "tenant")]),
        ("/api/sso/unassign", vec![t, ("assignment", ID)]),
        ("/api/tenants/create", vec![t, ("slug", "x"), ("display_name", "X")]),
        ("/api/tenants/rename", vec![t, ("version", "1"), ("display_name", "X")]),
        ("/api/tenants/suspend", vec![t, ("version", "1")]),
        ("/api/tenants/resume", vec![t, ("version", "1")]),
        ("/api/tenants/move", vec![t, ("parent", "root"), ("slug", "x")]),
        ("/api/tenants/delete", vec![t, ("typed", "acme")]),
        ("/api/bin/restore", vec![t, ("item", ID)]),
    ]
}

/// Functions that need no permission in a tenant: what people do about themselves, and what comes before signing in.
const FOR_EVERYBODY: &[&str] = &[
    "/api/account/sign-in",
    "/api/account/sign-out",
    "/api/account/setup",
    "/api/account/accept-link",
    "/api/account/change-password",
    "/api/account/revoke-session",
    "/api/account/revoke-other-sessions",
    "/api/account/appearance",
    "/api/palette/search",
];

#[test]
fn every_server_function_has_a_row() {
    let mut known: Vec<&str> = rows().iter().map(|(path, _)| *path).chain(FOR_EVERYBODY.iter().copied()).collect();
    known.sort_unstable();
    let mut registered: Vec<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    registered.sort_unstable();
    assert_eq!(known, registered);
}

#[tokio::test]
async fn nobody_without_the_right_gets_through_any_function() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.tenant("root", "globex").await;
    test.administrator("globex", "gus").await;
    for name in ["bob", "olga", "hal", "none"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "olga", "Security auditor", "subtree").await;
    test.assign("acme", "hal", "Help desk", "subtree").await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", "crew")]).await.unwrap();
    let before = state(&test).await;
    let helps = ["/api/users/create-link", "/api/users/revoke-sessions"];
    for (who, name, expected) in [
        ("nobody signed in", None, Code::Unauthenticated),
        ("an outsider", Some("gus@globex"), Code::NotFound),
        ("somebody without permissions", Some("none@acme"), Code::NotFound),
        ("an auditor", Some("olga@acme"), Code::Forbidden),
        ("the help desk", Some("hal@acme"), Code::Forbidden),
    ] {
        let mut browser = match name {
            Some(name) => test.signed_in(name).await,
            None => test.browser(),
        };
        for (path, fields) in rows() {
            if who == "the help desk" && helps.contains(&path) {
                continue;
            }
            let error = browser.call(path, &fields).await.expect_err(path);
            let is_expected = error.code == expected
                // What lies above a tenant is invisible to those who hold something in it only.
                || path.starts_with("/api/tenants/") && error.code == Code::NotFound;
            assert!(is_expected, "{who}: {path}: {error:?}");
        }
    }
    assert_eq!(state(&test).await, before, "nothing was changed");
}

/// Rows of everything that could have been changed, events aside.
async fn state(test: &TestApp) -> Vec<(String, i64)> {
    let pool = sqlx::PgPool::connect_with(test.database.as_ref().unwrap().owner.clone()).await.unwrap();
    let mut counts = Vec::new();
    for table in [
        "tenants",
        "users",
        "groups",
        "roles",
        "policies",
        "policy_versions",
        "group_members",
        "user_policies",
        "user_inline_policies",
        "user_tags",
        "permission_sets",
        "assignments",
        "bin_items",
        "guardrails",
    ] {
        let sql = format!("select count(*) from {table}");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        counts.push((table.to_owned(), count));
    }
    let versions: i64 =
        sqlx::query_scalar("select coalesce(sum(row_version), 0)::bigint from users").fetch_one(&pool).await.unwrap();
    counts.push(("user versions".to_owned(), versions));
    counts
}
