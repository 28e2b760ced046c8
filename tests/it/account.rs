//! Getting in and out.

use http::{Method, StatusCode};
use wami::authn::setup;
use wami::wire::Code;

use crate::support::{PASSWORD, TestApp, request};

#[tokio::test]
async fn the_set_up_link_works_once() {
    let test = TestApp::empty().await;
    let link = setup::link(&test.app).await.unwrap().unwrap();
    let path = link.expose().strip_prefix("http://127.0.0.1:3000").unwrap().to_owned();
    let token = path.rsplit('/').next().unwrap();
    let mut browser = test.browser();
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);

    let fields = |password| {
        [
            ("token", token),
            ("user_name", "ada"),
            ("display_name", "Ada"),
            ("email", ""),
            ("password", password),
            ("repeated", password),
        ]
    };
    let weak = browser.call("/api/account/setup", &fields("short")).await.unwrap_err();
    assert!(weak.of_field("password").is_some(), "a refused password leaves the link good: {weak:?}");
    browser.call("/api/account/setup", &fields(PASSWORD)).await.unwrap();

    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.call("/api/account/setup", &fields(PASSWORD)).await.unwrap_err().code, Code::NotFound);
    assert!(setup::link(&test.app).await.unwrap().is_none(), "no link once there is an administrator");
    test.signed_in("ada").await;
}

#[tokio::test]
async fn every_failed_sign_in_has_the_same_answer() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    test.person("acme", "eve").await;
    let mut ada = test.signed_in("ada").await;
    let page = ada.get("/t/acme/users/bob/edit").await.text;
    let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    ada.call(
        "/api/users/set-enabled",
        &[("tenant", "acme"), ("name", "bob"), ("version", &version), ("enabled", "false")],
    )
    .await
    .unwrap();
    let mut answers = Vec::new();
    for (name, password) in [
        ("nobody", PASSWORD),
        ("ada", "wrong password here"),
        ("bob@acme", PASSWORD),
        ("eve@nowhere", PASSWORD),
        ("x@y@z", ""),
    ] {
        let mut error =
            test.browser().call("/api/account/sign-in", &[("name", name), ("password", password)]).await.unwrap_err();
        error.request_id = None;
        answers.push(error);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].code, Code::Unauthenticated);
}

#[tokio::test]
async fn repeated_failures_wait_longer_and_longer() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let wrong = [("name", "ada"), ("password", "wrong password here")];
    for _ in 0..5 {
        assert_eq!(browser.call("/api/account/sign-in", &wrong).await.unwrap_err().code, Code::Unauthenticated);
    }
    let refused = browser.call("/api/account/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await.unwrap_err();
    assert_eq!(refused.code, Code::TooManyRequests);
    assert!(refused.retry_after.is_some());
}

#[tokio::test]
async fn a_session_cookie_is_for_this_site_and_not_for_scripts() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let page = browser.post("/api/account/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    let cookie = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|text| text.starts_with("__Host-wami="))
        .unwrap()
        .to_owned();
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let before = browser.cookie("__Host-wami").unwrap().to_owned();
    browser.post("/api/account/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_ne!(browser.cookie("__Host-wami").unwrap(), before, "signing in gives a new id");
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions() {
    let test = TestApp::start().await;
    let (mut here, mut there) = (test.signed_in("ada").await, test.signed_in("ada").await);
    let new = "another fine password 2";
    let wrong = [("current_password", "not my password"), ("password", new), ("repeated", new)];
    assert!(
        here.call("/api/account/change-password", &wrong).await.unwrap_err().of_field("current_password").is_some()
    );
    assert_eq!(there.get("/account").await.status, StatusCode::OK);
    here.call("/api/account/change-password", &[("current_password", PASSWORD), ("password", new), ("repeated", new)])
        .await
        .unwrap();
    assert_eq!(here.get("/account").await.status, StatusCode::OK);
    let gone = there.get("/account").await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(gone.location.unwrap().starts_with("/login"));
}

#[tokio::test]
async fn an_administrators_revoke_acts_on_the_next_request() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    let mut bob = test.signed_in("bob@acme").await;
    assert_eq!(bob.get("/account").await.status, StatusCode::OK);
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/revoke-sessions", &[("tenant", "acme"), ("name", "bob")]).await.unwrap();
    assert_eq!(bob.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let test = TestApp::start().await;
    let mut browser = test.signed_in("ada").await;
    let mut copy = browser.clone();
    browser.post("/api/account/sign-out", &[]).await;
    assert_eq!(copy.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_another_site_posts_is_refused() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let body = "tenant=root&draft%5Buser_name%5D=mallory";
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.test")]
    {
        let forged = request(Method::POST, "/api/users/create")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header(name, value);
        assert_eq!(ada.send(forged, body.into()).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(ada.get("/t/root/users/mallory").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn links_of_one_user_work_once_and_then_not() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "acme"), ("draft[user_name]", "bob")]).await.unwrap();
    let page = ada.post("/api/users/create-link", &[("tenant", "acme"), ("name", "bob")]).await;
    let path = page.location.unwrap();
    let shown = ada.get(&path).await.text;
    let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
    assert!(!ada.get(&path).await.text.contains(&token), "a secret is shown once");
    let welcome = format!("/welcome/{token}");
    assert_eq!(test.browser().get(&welcome).await.status, StatusCode::OK);
    let fields = [("token", token.as_str()), ("password", PASSWORD), ("repeated", PASSWORD)];
    test.browser().call("/api/account/accept-link", &fields).await.unwrap();
    assert_eq!(test.browser().call("/api/account/accept-link", &fields).await.unwrap_err().code, Code::NotFound);
    assert_eq!(test.browser().get(&welcome).await.status, StatusCode::NOT_FOUND);
    test.signed_in("bob@acme").await;
}
