//! Nobody gets more than they hold (security S21): every way that an operation gives, against those who hold less.

use wami::wire::Code;

use crate::support::ledger::Ledger;
use crate::support::{Browser, TestApp};

const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const IAM: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#;
const LEASH: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:DeleteRole","Resource":"*"}]}"#;
/// As a guardrail: enough to administer, and no roles.
const MOST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*Role","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// Everything in acme, which has a child `eng`; `amy` administers both.
async fn acme() -> (TestApp, Browser) {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.tenant("acme", "eng").await;
    test.administrator("acme", "amy").await;
    let ada = test.signed_in("ada").await;
    (test, ada)
}

/// A call about something in acme.
fn acme_of<'a>(fields: &[(&'a str, &'a str)]) -> Fields<'a> {
    [&[("tenant", "acme")], fields].concat()
}

/// A call about what hangs on an owner in acme.
fn of<'a>(kind: &'a str, name: &'a str, fields: &[(&'a str, &'a str)]) -> Fields<'a> {
    acme_of(&[&[("kind", kind), ("name", name)], fields].concat())
}

async fn all(browser: &mut Browser, calls: Vec<(&str, Fields<'_>)>) {
    for (path, fields) in calls {
        browser.call(path, &fields).await.unwrap_or_else(|error| panic!("{path} {fields:?}: {error:?}"));
    }
}

async fn policy(browser: &mut Browser, name: &str, document: &str) -> String {
    let fields = acme_of(&[("draft[policy_name]", name), ("document", document)]);
    browser.call("/api/policies/create", &fields).await.unwrap();
    let page = browser.get(&format!("/t/acme/policies/{name}")).await.text;
    page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Every call is refused with a reason, changes nothing, and is recorded.
async fn none(ledger: &mut Ledger, browser: &mut Browser, calls: Vec<(&str, Fields<'_>)>) {
    for (path, fields) in calls {
        let done = browser.call(path, &fields).await;
        let changes = ledger.take().await;
        let error = done.expect_err(&format!("{path} {fields:?}"));
        assert_eq!(error.code, Code::Forbidden, "{path} {fields:?}: {error:?}");
        assert!(changes.is_nothing(), "{path} {fields:?}: {changes:?}");
        assert!(changes.audit.contains(" refused in acme"), "{path} {fields:?}: {changes:?}");
    }
}

/// Every call is done; then it is taken back.
async fn each(ledger: &mut Ledger, browser: &mut Browser, calls: Vec<(&str, Fields<'_>)>) {
    for (path, fields) in calls {
        let done = browser.call(path, &fields).await;
        let changes = ledger.take().await;
        done.unwrap_or_else(|error| panic!("{path} {fields:?}: {error:?}"));
        assert!(!changes.is_nothing() && changes.audit.contains(" success in acme"), "{path} {fields:?}: {changes:?}");
    }
}

async fn bin_item(browser: &mut Browser, name: &str) -> String {
    let bin = browser.get(&format!("/t/acme/recycle-bin?q={name}")).await.text;
    bin.split("name=\"item\" value=\"").nth(1).unwrap_or_else(|| panic!("{name} is not in the bin"))[..36].to_owned()
}

#[tokio::test]
async fn an_iam_administrator_gains_nothing_by_any_operation() {
    let (test, mut ada) = acme().await;
    for name in ["ian", "bob"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "ian", "IAM administrator", "tenant").await;
    let everything = policy(&mut ada, "Everything", ALL).await;
    let some = policy(&mut ada, "Some", READ).await;
    // Once it allowed everything, now it allows little, and ian has it.
    let former = policy(&mut ada, "Former", ALL).await;
    let deleted = policy(&mut ada, "Deleted", ALL).await;
    let administrator = test.set_id("Administrator").await;
    let assign = |principal| {
        vec![
            ("tenant", "acme.eng"),
            ("kind", "group"),
            ("principal", principal),
            ("set", administrator.as_str()),
            ("reach", "tenant"),
        ]
    };
    let group = |name| ("/api/groups/create", acme_of(&[("draft[group_name]", name)]));
    let member = |group, user| ("/api/groups/add-member", acme_of(&[("name", group), ("user_name", user)]));
    let delete = |path, name| (path, acme_of(&[("name", name), ("typed", name)]));
    let user = |name| ("/api/users/create", acme_of(&[("draft[user_name]", name)]));
    let inline = |kind, name| ("/api/owners/put-inline", of(kind, name, &[("policy_name", "all"), ("document", ALL)]));
    all(
        &mut ada,
        vec![
            ("/api/policies/save-version", acme_of(&[("name", "Former"), ("version", "1"), ("document", READ)])),
            ("/api/owners/attach", of("user", "ian", &[("policy_arn", &former)])),
            group("chiefs-by-assignment"),
            ("/api/sso/assign", assign("chiefs-by-assignment@acme")),
            group("chiefs-by-policy"),
            ("/api/owners/attach", of("group", "chiefs-by-policy", &[("policy_arn", &everything)])),
            group("chiefs-by-inline"),
            inline("group", "chiefs-by-inline"),
            group("friends"),
            member("friends", "ian"),
            ("/api/roles/create", acme_of(&[("draft[role_name]", "captain"), ("trust", TRUST)])),
            inline("role", "captain"),
            ("/api/roles/create", acme_of(&[("draft[role_name]", "sailor"), ("trust", TRUST)])),
            // Into the bin, with more than ian holds.
            user("by-assignment"),
            member("chiefs-by-assignment", "by-assignment"),
            delete("/api/users/delete", "by-assignment"),
            user("by-group-inline"),
            member("chiefs-by-inline", "by-group-inline"),
            delete("/api/users/delete", "by-group-inline"),
            user("by-inline"),
            inline("user", "by-inline"),
            delete("/api/users/delete", "by-inline"),
            group("gone"),
            inline("group", "gone"),
            member("gone", "ian"),
            delete("/api/groups/delete", "gone"),
            ("/api/owners/attach", of("user", "ian", &[("policy_arn", &deleted)])),
            delete("/api/policies/delete", "Deleted"),
            user("harmless"),
            delete("/api/users/delete", "harmless"),
        ],
    )
    .await;
    let mut items = Vec::new();
    for name in ["by-assignment", "by-group-inline", "by-inline", "gone", "Deleted", "harmless"] {
        items.push(bin_item(&mut ada, name).await);
    }
    test.signed_in("bob@acme").await;
    let mut ian = test.signed_in("ian@acme").await;
    let ian_version = version(&mut ada, "ian").await;
    let amy_version = version(&mut ada, "amy").await;
    let mut ledger = Ledger::open(&test.database().owner).await;
    let restore = |n: usize| ("/api/bin/restore", acme_of(&[("item", items[n].as_str())]));
    none(
        &mut ledger,
        &mut ian,
        vec![
            ("/api/owners/attach", of("user", "ian", &[("policy_arn", &everything)])),
            ("/api/owners/attach", of("user", "bob", &[("policy_arn", &everything)])),
            ("/api/owners/attach", of("group", "friends", &[("policy_arn", &everything)])),
            ("/api/owners/attach", of("role", "sailor", &[("policy_arn", &everything)])),
            inline("user", "ian"),
            inline("user", "bob"),
            inline("group", "friends"),
            inline("role", "sailor"),
            ("/api/policies/save-version", acme_of(&[("name", "Former"), ("version", "2"), ("document", ALL)])),
            ("/api/policies/set-default", acme_of(&[("name", "Former"), ("version_id", "v1")])),
            member("chiefs-by-assignment", "ian"),
            member("chiefs-by-policy", "ian"),
            member("chiefs-by-inline", "ian"),
            member("chiefs-by-policy", "bob"),
            ("/api/roles/update-trust", acme_of(&[("name", "captain"), ("version", "1"), ("trust", TRUST)])),
            restore(0),
            restore(1),
            restore(2),
            restore(3),
            restore(4),
            ("/api/sso/create-set", acme_of(&[("name", "Mine"), ("session_hours", "1")])),
            (
                "/api/sso/assign",
                acme_of(&[("kind", "user"), ("principal", "ian"), ("set", &administrator), ("reach", "tenant")]),
            ),
            // Whoever can do more.
            ("/api/users/create-link", acme_of(&[("name", "amy")])),
            ("/api/users/revoke-sessions", acme_of(&[("name", "amy")])),
            ("/api/users/set-enabled", acme_of(&[("name", "amy"), ("version", &amy_version), ("enabled", "false")])),
            ("/api/users/update", acme_of(&[("name", "amy"), ("version", &amy_version), ("draft[user_name]", "eve")])),
            (
                "/api/users/update",
                acme_of(&[
                    ("name", "amy"),
                    ("version", &amy_version),
                    ("draft[user_name]", "amy"),
                    ("draft[path]", "/x/"),
                ]),
            ),
            delete("/api/users/delete", "amy"),
        ],
    )
    .await;
    // What is within its own rights it may do, so the refusals above are about the rest.
    each(
        &mut ledger,
        &mut ian,
        vec![
            ("/api/owners/attach", of("user", "bob", &[("policy_arn", &some)])),
            ("/api/owners/put-inline", of("user", "ian", &[("policy_name", "iam"), ("document", IAM)])),
            ("/api/owners/put-inline", of("role", "sailor", &[("policy_name", "iam"), ("document", IAM)])),
            ("/api/policies/save-version", acme_of(&[("name", "Former"), ("version", "2"), ("document", IAM)])),
            member("friends", "bob"),
            ("/api/roles/update-trust", acme_of(&[("name", "sailor"), ("version", "1"), ("trust", TRUST)])),
            ("/api/users/update", acme_of(&[("name", "ian"), ("version", &ian_version), ("draft[user_name]", "jan")])),
            ("/api/users/create-link", acme_of(&[("name", "bob")])),
            ("/api/users/revoke-sessions", acme_of(&[("name", "bob")])),
            restore(5),
        ],
    )
    .await;
}

async fn version(browser: &mut Browser, name: &str) -> String {
    let page = browser.get(&format!("/t/acme/users/{name}/edit")).await.text;
    page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn nobody_takes_off_what_denies_something_to_them() {
    let (test, mut ada) = acme().await;
    for name in ["ian", "bob"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "ian", "IAM administrator", "tenant").await;
    let leash = policy(&mut ada, "Leash", READ).await;
    let loose = policy(&mut ada, "Loose", READ).await;
    all(
        &mut ada,
        vec![
            ("/api/policies/save-version", acme_of(&[("name", "Leash"), ("version", "1"), ("document", LEASH)])),
            ("/api/owners/attach", of("user", "ian", &[("policy_arn", &leash)])),
            ("/api/owners/attach", of("user", "ian", &[("policy_arn", &loose)])),
            ("/api/owners/put-inline", of("user", "ian", &[("policy_name", "leash"), ("document", LEASH)])),
            ("/api/owners/put-inline", of("user", "ian", &[("policy_name", "loose"), ("document", READ)])),
            ("/api/owners/put-inline", of("user", "bob", &[("policy_name", "leash"), ("document", LEASH)])),
            ("/api/groups/create", acme_of(&[("draft[group_name]", "leashed")])),
            ("/api/owners/put-inline", of("group", "leashed", &[("policy_name", "leash"), ("document", LEASH)])),
            ("/api/groups/add-member", acme_of(&[("name", "leashed"), ("user_name", "ian")])),
            ("/api/groups/create", acme_of(&[("draft[group_name]", "by-assignment")])),
            ("/api/groups/add-member", acme_of(&[("name", "by-assignment"), ("user_name", "ian")])),
            ("/api/groups/create", acme_of(&[("draft[group_name]", "loose")])),
            ("/api/groups/add-member", acme_of(&[("name", "loose"), ("user_name", "ian")])),
            ("/api/sso/create-set", acme_of(&[("name", "Leash"), ("session_hours", "1")])),
            ("/api/owners/put-inline", of("permission-set", "Leash", &[("policy_name", "leash"), ("document", LEASH)])),
        ],
    )
    .await;
    let set = test.app.backend.directory().resolve(&"acme".parse().unwrap()).await.unwrap().unwrap();
    let parts = test.app.backend.parts(&wami::store::Scope::of_system(set));
    let set = parts.sso.find_permission_set("Leash").await.unwrap().unwrap().id.to_string();
    for principal in [["group", "by-assignment"], ["user", "amy"]] {
        let fields =
            acme_of(&[("kind", principal[0]), ("principal", principal[1]), ("set", &set), ("reach", "subtree")]);
        ada.call("/api/sso/assign", &fields).await.unwrap();
    }
    let page = ada.get("/t/acme/assignments?q=amy").await.text;
    let assignments: Vec<String> =
        page.split("name=\"assignment\" value=\"").skip(1).map(|rest| rest[..36].to_owned()).collect();
    let leashing = assignments.len();
    assert_eq!(leashing, 2, "amy is administrator, and leashed");

    let (mut ian, mut amy) = (test.signed_in("ian@acme").await, test.signed_in("amy@acme").await);
    let mut ledger = Ledger::open(&test.database().owner).await;
    none(
        &mut ledger,
        &mut ian,
        vec![
            ("/api/owners/detach", of("user", "ian", &[("policy_arn", &leash)])),
            ("/api/owners/delete-inline", of("user", "ian", &[("policy_name", "leash")])),
            ("/api/owners/delete-inline", of("user", "bob", &[("policy_name", "leash")])),
            ("/api/owners/put-inline", of("user", "ian", &[("policy_name", "leash"), ("document", READ)])),
            ("/api/owners/delete-inline", of("group", "leashed", &[("policy_name", "leash")])),
            ("/api/policies/save-version", acme_of(&[("name", "Leash"), ("version", "2"), ("document", IAM)])),
            ("/api/policies/set-default", acme_of(&[("name", "Leash"), ("version_id", "v1")])),
            ("/api/policies/delete", acme_of(&[("name", "Leash"), ("typed", "Leash")])),
            ("/api/groups/remove-member", acme_of(&[("name", "leashed"), ("user_name", "ian")])),
            ("/api/groups/remove-member", acme_of(&[("name", "by-assignment"), ("user_name", "ian")])),
            ("/api/groups/delete", acme_of(&[("name", "leashed"), ("typed", "leashed")])),
        ],
    )
    .await;
    each(
        &mut ledger,
        &mut ian,
        vec![
            ("/api/owners/detach", of("user", "ian", &[("policy_arn", &loose)])),
            ("/api/owners/delete-inline", of("user", "ian", &[("policy_name", "loose")])),
            ("/api/groups/remove-member", acme_of(&[("name", "loose"), ("user_name", "ian")])),
        ],
    )
    .await;
    // Not even who may do everything else.
    let mut refused = 0;
    for assignment in &assignments {
        let done = amy.call("/api/sso/unassign", &acme_of(&[("assignment", assignment)])).await;
        refused += usize::from(done.is_err_and(|error| error.code == Code::Forbidden));
        ledger.take().await;
    }
    assert_eq!(refused, 1, "its leash; its administration it may give up");
    each(&mut ledger, &mut ada, vec![("/api/owners/detach", of("user", "ian", &[("policy_arn", &leash)]))]).await;
}

#[tokio::test]
async fn who_holds_nothing_below_gives_nothing_below() {
    let (test, mut ada) = acme().await;
    for name in ["tom", "bob"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "tom", "Administrator", "tenant").await;
    let everything = policy(&mut ada, "Everything", ALL).await;
    let in_set = policy(&mut ada, "InSet", READ).await;
    all(
        &mut ada,
        vec![
            ("/api/sso/create-set", acme_of(&[("name", "Crew"), ("session_hours", "1")])),
            ("/api/owners/attach", of("permission-set", "Crew", &[("policy_arn", &in_set)])),
        ],
    )
    .await;
    let (mut tom, mut amy) = (test.signed_in("tom@acme").await, test.signed_in("amy@acme").await);
    let mut ledger = Ledger::open(&test.database().owner).await;
    let calls = || {
        vec![
            ("/api/owners/attach", of("permission-set", "Crew", &[("policy_arn", everything.as_str())])),
            ("/api/owners/put-inline", of("permission-set", "Crew", &[("policy_name", "x"), ("document", ALL)])),
            ("/api/policies/save-version", acme_of(&[("name", "InSet"), ("version", "1"), ("document", ALL)])),
        ]
    };
    none(&mut ledger, &mut tom, calls()).await;
    each(&mut ledger, &mut amy, calls()).await;
    let over = |name| vec![("/api/users/create-link", acme_of(&[("name", name)]))];
    none(&mut ledger, &mut tom, over("amy")).await;
    each(&mut ledger, &mut tom, over("bob")).await;
    each(&mut ledger, &mut amy, over("tom")).await;
}

#[tokio::test]
async fn the_help_desk_takes_nobody_over_who_can_do_more() {
    let (test, mut ada) = acme().await;
    for name in ["hal", "bob", "sleeper"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "hal", "Help desk", "subtree").await;
    // An administrator only after a fresh factor.
    ada.call("/api/sso/create-set", &acme_of(&[("name", "Sleeping"), ("session_hours", "1")])).await.unwrap();
    let inline = of("permission-set", "Sleeping", &[("policy_name", "all"), ("document", ALL)]);
    ada.call("/api/owners/put-inline", &inline).await.unwrap();
    let owner = sqlx::PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    let set: String = sqlx::query_scalar(
        "update permission_sets set requires_elevation = true where name = 'Sleeping' returning id::text",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let assign = acme_of(&[("kind", "user"), ("principal", "sleeper"), ("set", &set), ("reach", "tenant")]);
    ada.call("/api/sso/assign", &assign).await.unwrap();
    let amy_version = version(&mut ada, "amy").await;
    test.signed_in("bob@acme").await;
    let mut hal = test.signed_in("hal@acme").await;
    let mut ledger = Ledger::open(&test.database().owner).await;
    let mut calls = Vec::new();
    for name in ["amy", "sleeper"] {
        calls.push(("/api/users/create-link", acme_of(&[("name", name)])));
        calls.push(("/api/users/revoke-sessions", acme_of(&[("name", name)])));
    }
    // What it may do to nobody.
    let version = ("version", amy_version.as_str());
    calls.extend([
        ("/api/users/update", acme_of(&[("name", "amy"), version, ("draft[user_name]", "hal2")])),
        (
            "/api/users/update",
            acme_of(&[("name", "amy"), version, ("draft[user_name]", "amy"), ("draft[email]", "h@x.test")]),
        ),
        ("/api/users/set-enabled", acme_of(&[("name", "amy"), version, ("enabled", "false")])),
        ("/api/users/delete", acme_of(&[("name", "amy"), ("typed", "amy")])),
        ("/api/owners/put-tag", of("user", "amy", &[("key", "k"), ("value", "v")])),
        ("/api/owners/put-inline", of("user", "hal", &[("policy_name", "p"), ("document", READ)])),
    ]);
    none(&mut ledger, &mut hal, calls).await;
    each(
        &mut ledger,
        &mut hal,
        vec![
            ("/api/users/create-link", acme_of(&[("name", "bob")])),
            ("/api/users/revoke-sessions", acme_of(&[("name", "bob")])),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_link_does_not_outlast_what_its_maker_may() {
    let (test, mut ada) = acme().await;
    for name in ["hal", "bob"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "hal", "Help desk", "subtree").await;
    let mut hal = test.signed_in("hal@acme").await;
    let page = hal.post("/api/users/create-link", &acme_of(&[("name", "bob")])).await;
    let shown = hal.get(page.location.as_deref().unwrap()).await.text;
    let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
    test.assign("acme", "bob", "Administrator", "tenant").await;
    let new = "never mind this one 3";
    let fields = [("token", token.as_str()), ("password", new), ("repeated", new)];
    assert_eq!(test.browser().call("/api/account/accept-link", &fields).await.unwrap_err().code, Code::NotFound);
    test.signed_in("bob@acme").await;
    // The owner of the account asks somebody who may.
    let page = ada.post("/api/users/create-link", &acme_of(&[("name", "bob")])).await;
    let shown = ada.get(page.location.as_deref().unwrap()).await.text;
    let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
    let fields = [("token", token.as_str()), ("password", new), ("repeated", new)];
    test.browser().call("/api/account/accept-link", &fields).await.unwrap();
}

#[tokio::test]
async fn nobody_loosens_a_guardrail_beyond_what_they_hold() {
    let (test, mut ada) = acme().await;
    for name in ["ian", "hal"] {
        test.person("acme", name).await;
    }
    test.assign("acme", "ian", "IAM administrator", "subtree").await;
    test.assign("acme", "hal", "Help desk", "subtree").await;
    test.person("root", "tia").await;
    let root = |fields: &[(&'static str, &'static str)]| [&[("tenant", "root")], fields].concat();
    // Tia looks after tenants, from above, and has read-only access besides.
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["tenant:*","iam:GetUser"],"Resource":"*"}]}"#;
    all(
        &mut ada,
        vec![
            ("/api/sso/create-set", root(&[("name", "Tenants"), ("session_hours", "1")])),
            (
                "/api/owners/put-inline",
                root(&[("kind", "permission-set"), ("name", "Tenants"), ("policy_name", "t"), ("document", document)]),
            ),
        ],
    )
    .await;
    test.assign("root", "tia", "Tenants", "subtree").await;
    // In force in acme: no roles are deleted. In eng: only users are read.
    let guardrail = |tenant, name, document| {
        ("/api/guardrails/create", vec![("tenant", tenant), ("name", name), ("document", document)])
    };
    let allow_all = |tenant, on| ("/api/guardrails/set-allow-all", vec![("tenant", tenant), ("on", on)]);
    all(&mut ada, vec![guardrail("acme", "leash", LEASH), guardrail("acme.eng", "most", MOST)]).await;
    all(&mut ada, vec![allow_all("acme.eng", "false")]).await;
    let (leash, most) = (wami::guardrails::service::mark(LEASH), wami::guardrails::service::mark(MOST));
    let update = |tenant, name, seen, document| {
        let fields = vec![("tenant", tenant), ("name", name), ("seen", seen), ("document", document)];
        ("/api/guardrails/update", fields)
    };
    let delete = |tenant, name| ("/api/guardrails/delete", vec![("tenant", tenant), ("name", name), ("typed", name)]);
    let loosen = || {
        vec![
            update("acme", "leash", &leash, ALL),
            delete("acme", "leash"),
            update("acme.eng", "most", &most, ALL),
            guardrail("acme.eng", "more", ALL),
            guardrail("acme.eng", "some", IAM),
            allow_all("acme.eng", "true"),
        ]
    };
    let (mut tia, mut amy) = (test.signed_in("tia").await, test.signed_in("amy@acme").await);
    let (mut ian, mut hal) = (test.signed_in("ian@acme").await, test.signed_in("hal@acme").await);
    let mut ledger = Ledger::open(&test.database().owner).await;
    for (path, fields) in loosen() {
        let error = tia.call(path, &fields).await.expect_err(&format!("{path} {fields:?}"));
        let changes = ledger.take().await;
        assert_eq!(error.code, Code::Forbidden, "{path} {fields:?}: {error:?}");
        assert!(error.message.contains("more than you hold"), "{path} {fields:?}: {error:?}");
        assert!(changes.is_nothing() && changes.audit.contains(" refused in "), "{path} {fields:?}: {changes:?}");
    }
    // Whoever is bound by a guardrail, or holds too little, has no say in it at all.
    none(&mut ledger, &mut ian, loosen()).await;
    none(&mut ledger, &mut hal, loosen()).await;
    none(&mut ledger, &mut amy, vec![update("acme", "leash", &leash, ALL), delete("acme", "leash")]).await;
    // To forbid more, or to allow what one holds, takes no more than the right to do so.
    for (path, fields) in [guardrail("acme", "more", LEASH), guardrail("acme.eng", "read", READ)] {
        tia.call(path, &fields).await.unwrap_or_else(|error| panic!("{path} {fields:?}: {error:?}"));
        ledger.take().await;
    }
    for (path, fields) in loosen() {
        ada.call(path, &fields).await.unwrap_or_else(|error| panic!("{path} {fields:?}: {error:?}"));
        ledger.take().await;
    }
}

#[tokio::test]
async fn nobody_takes_off_a_boundary_that_denies_something_to_them() {
    let (test, mut ada) = acme().await;
    test.person("acme", "ian").await;
    test.assign("acme", "ian", "IAM administrator", "tenant").await;
    let leash = policy(&mut ada, "Leash", LEASH).await;
    let other = policy(&mut ada, "Other", READ).await;
    let put = |name, arn| ("/api/owners/put-boundary", of("user", name, &[("boundary_arn", arn)]));
    let remove = |name| ("/api/owners/remove-boundary", of("user", name, &[]));
    all(&mut ada, vec![put("ian", &leash), put("amy", &leash)]).await;
    let (mut ian, mut amy) = (test.signed_in("ian@acme").await, test.signed_in("amy@acme").await);
    let mut ledger = Ledger::open(&test.database().owner).await;
    let edits = [
        ("/api/policies/save-version", acme_of(&[("name", "Leash"), ("version", "1"), ("document", READ)])),
        ("/api/policies/delete", acme_of(&[("name", "Leash"), ("typed", "Leash")])),
    ];
    for browser in [&mut ian, &mut amy] {
        none(&mut ledger, browser, vec![put("ian", &other), put("amy", &other), remove("ian"), remove("amy")]).await;
        none(&mut ledger, browser, edits[..1].to_vec()).await;
        let (path, fields) = &edits[1];
        assert_eq!(browser.call(path, fields).await.unwrap_err().code, Code::InUse);
        ledger.take().await;
    }
    each(&mut ledger, &mut ada, vec![put("ian", &other), remove("ian"), remove("amy")]).await;
}

#[tokio::test]
async fn a_tenant_does_not_move_away_from_its_guardrails() {
    let (test, mut ada) = acme().await;
    test.tenant("acme.eng", "web").await;
    let eng = test.app.backend.directory().resolve(&"acme.eng".parse().unwrap()).await.unwrap().unwrap();
    let mut unit = test.app.backend.begin(&wami::store::Scope::of_system(eng)).await.unwrap();
    let guardrail =
        wami::tenant::Guardrail { name: "NoRoles".into(), document: LEASH.into(), created_at: test.app.clock.now() };
    unit.tenants.put_guardrail(&guardrail).await.unwrap();
    unit.commit().await.unwrap();
    let away = [("tenant", "acme.eng.web"), ("parent", "acme"), ("slug", "web")];
    let refused = ada.call("/api/tenants/move", &away).await.unwrap_err();
    assert_eq!(refused.code, Code::Unmodifiable);
    assert!(refused.message.contains("acme.eng"), "{refused:?}");
    let within = [("tenant", "acme.eng.web"), ("parent", "acme.eng"), ("slug", "site")];
    ada.call("/api/tenants/move", &within).await.unwrap();
    let whole = [("tenant", "acme.eng"), ("parent", "root"), ("slug", "eng")];
    ada.call("/api/tenants/move", &whole).await.unwrap();
}
