//! Who may do what: tenants apart, auditors reading, help desks helping, nobody granting more than they hold.

use http::StatusCode;
use wami::wire::Code;

use crate::support::TestApp;

async fn two_tenants() -> TestApp {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.tenant("acme", "eng").await;
    test.tenant("root", "globex").await;
    test.administrator("acme", "amy").await;
    test.administrator("globex", "gus").await;
    test
}

#[tokio::test]
async fn an_administrator_of_one_tenant_cannot_tell_that_another_exists() {
    let test = two_tenants().await;
    let mut amy = test.signed_in("amy@acme").await;
    assert_eq!(amy.get("/t/acme.eng/users").await.status, StatusCode::OK);
    for section in [
        "",
        "/users",
        "/users/gus",
        "/users/nobody",
        "/groups",
        "/roles",
        "/policies",
        "/assignments",
        "/audit",
        "/settings",
        "/tenants",
        "/recycle-bin",
    ] {
        let mut there = amy.get(&format!("/t/globex{section}")).await;
        let nowhere = amy.get(&format!("/t/initech{section}")).await;
        assert_eq!(there.status, StatusCode::NOT_FOUND, "{section}");
        there.text = there.text.replace("globex", "initech");
        let same = |text: &str| text.split("Request ").next().unwrap().replace(|c: char| c.is_ascii_hexdigit(), "");
        assert_eq!(same(&there.text), same(&nowhere.text), "{section}: the two answers can be told apart");
    }
    for above in ["/t/root", "/t/root/users", "/t/root/permission-sets"] {
        assert_eq!(amy.get(above).await.status, StatusCode::NOT_FOUND, "{above}");
    }
}

#[tokio::test]
async fn an_auditor_of_a_subtree_reads_everything_below_and_changes_nothing() {
    let test = two_tenants().await;
    test.person("acme", "olga").await;
    test.assign("acme", "olga", "Security auditor", "subtree").await;
    let mut olga = test.signed_in("olga@acme").await;
    for path in ["/t/acme/users", "/t/acme.eng/users", "/t/acme.eng/audit", "/t/acme/assignments", "/t/acme/users/amy"]
    {
        assert_eq!(olga.get(path).await.status, StatusCode::OK, "{path}");
    }
    for tenant in ["acme", "acme.eng"] {
        let refused =
            olga.call("/api/users/create", &[("tenant", tenant), ("draft[user_name]", "eve")]).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
    }
    assert_eq!(olga.get("/t/acme/users/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(olga.get("/t/acme/users/eve").await.status, StatusCode::NOT_FOUND, "nothing was created");
    let audit = olga.get("/t/acme/audit?q=outcome:refused").await.text;
    assert!(audit.contains("iam:CreateUser"), "a refused change is recorded");
}

#[tokio::test]
async fn an_assignment_of_one_tenant_does_not_reach_below() {
    let test = two_tenants().await;
    test.person("acme", "olga").await;
    test.assign("acme", "olga", "Security auditor", "tenant").await;
    let mut olga = test.signed_in("olga@acme").await;
    assert_eq!(olga.get("/t/acme/users").await.status, StatusCode::OK);
    assert_eq!(olga.get("/t/acme.eng/users").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_help_desk_cannot_take_an_administrator_over() {
    let test = two_tenants().await;
    test.person("acme", "hal").await;
    test.person("acme", "bob").await;
    test.assign("acme", "hal", "Help desk", "tenant").await;
    let mut hal = test.signed_in("hal@acme").await;
    hal.call("/api/users/create-link", &[("tenant", "acme"), ("name", "bob")]).await.unwrap();
    let refused = hal.call("/api/users/create-link", &[("tenant", "acme"), ("name", "amy")]).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    assert!(refused.message.contains("more than you"), "{refused:?}");
}

#[tokio::test]
async fn an_iam_administrator_cannot_give_itself_more_than_it_holds() {
    let test = two_tenants().await;
    test.person("acme", "ian").await;
    test.assign("acme", "ian", "IAM administrator", "tenant").await;
    let mut ian = test.signed_in("ian@acme").await;
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let iam = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
    let owner = [("tenant", "acme"), ("kind", "user"), ("name", "ian"), ("policy_name", "own")];
    let put = |document: &'static str| [owner.as_slice(), &[("document", document)]].concat();
    assert_eq!(ian.call("/api/owners/put-inline", &put(all)).await.unwrap_err().code, Code::Forbidden);
    ian.call("/api/owners/put-inline", &put(iam)).await.unwrap();

    // A policy that nobody uses may say anything; attaching it is the grant.
    ian.call("/api/policies/create", &[("tenant", "acme"), ("draft[policy_name]", "Everything"), ("document", all)])
        .await
        .unwrap();
    let page = ian.get("/t/acme/policies/Everything").await.text;
    let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let attach = [("tenant", "acme"), ("kind", "user"), ("name", "ian"), ("policy_arn", arn.as_str())];
    assert_eq!(ian.call("/api/owners/attach", &attach).await.unwrap_err().code, Code::Forbidden);

    // Nor by editing one that somebody uses already.
    ian.call("/api/policies/create", &[("tenant", "acme"), ("draft[policy_name]", "Some"), ("document", iam)])
        .await
        .unwrap();
    let page = ian.get("/t/acme/policies/Some").await.text;
    let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    ian.call("/api/owners/attach", &[("tenant", "acme"), ("kind", "user"), ("name", "ian"), ("policy_arn", &arn)])
        .await
        .unwrap();
    let save = [("tenant", "acme"), ("name", "Some"), ("version", "1"), ("document", all)];
    assert_eq!(ian.call("/api/policies/save-version", &save).await.unwrap_err().code, Code::Forbidden);

    // Nor by joining a group that is assigned more, here or below.
    let mut amy = test.signed_in("amy@acme").await;
    amy.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", "chiefs")]).await.unwrap();
    let set = test.set_id("Administrator").await;
    let assign = [
        ("tenant", "acme.eng"),
        ("kind", "group"),
        ("principal", "chiefs@acme"),
        ("set", set.as_str()),
        ("reach", "tenant"),
    ];
    amy.call("/api/sso/assign", &assign).await.unwrap();
    let join = [("tenant", "acme"), ("name", "chiefs"), ("user_name", "ian")];
    assert_eq!(ian.call("/api/groups/add-member", &join).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn who_holds_a_set_here_only_cannot_give_it_below() {
    let test = two_tenants().await;
    test.person("acme", "tom").await;
    test.assign("acme", "tom", "Administrator", "tenant").await;
    let mut tom = test.signed_in("tom@acme").await;
    let set = test.set_id("Administrator").await;
    let assign = |reach: &'static str| {
        [("tenant", "acme"), ("kind", "user"), ("principal", "tom"), ("set", set.as_str()), ("reach", reach)]
    };
    assert_eq!(tom.call("/api/sso/assign", &assign("subtree")).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let page = ada.get("/t/root/assignments").await.text;
    let id = page.split("name=\"assignment\" value=\"").nth(1).unwrap()[..36].to_owned();
    let unassign = [("tenant", "root"), ("assignment", id.as_str())];
    assert_eq!(ada.call("/api/sso/unassign", &unassign).await.unwrap_err().code, Code::Unmodifiable);
    test.administrator("root", "bea").await;
    ada.call("/api/sso/unassign", &unassign).await.unwrap();
    assert_eq!(ada.get("/t/root/users").await.status, StatusCode::NOT_FOUND, "it counts at once");
}
