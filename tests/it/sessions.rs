//! Sessions and sign-in against those who guess, steal, plant and wait (security S1–S11).

use std::sync::Arc;

use chrono::TimeDelta;
use http::{Method, StatusCode, header};
use sqlx::PgPool;
use wami::app_state::Settings;
use wami::authn::setup;
use wami::clock::{Clock, ManualClock, SystemClock};
use wami::wire::Code;

use crate::support::{Browser, PASSWORD, TestApp, request};

async fn at_a_time_of_its_own() -> (TestApp, Arc<ManualClock>) {
    let clock = ManualClock::at(SystemClock.now());
    (TestApp::start_with(Settings::default(), Arc::clone(&clock) as _).await, clock)
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_twelve_hours_in_any_case() {
    let (test, clock) = at_a_time_of_its_own().await;
    let mut idle = test.signed_in("ada").await;
    clock.advance(TimeDelta::minutes(29));
    assert!(is_in(&mut idle).await);
    clock.advance(TimeDelta::minutes(29));
    assert!(is_in(&mut idle).await, "its use prolongs it");
    clock.advance(TimeDelta::minutes(31));
    assert!(!is_in(&mut idle).await);

    let mut busy = test.signed_in("ada").await;
    for _ in 0..35 {
        clock.advance(TimeDelta::minutes(20));
        assert!(is_in(&mut busy).await);
    }
    clock.advance(TimeDelta::minutes(20));
    assert!(!is_in(&mut busy).await, "twelve hours are over");
}

#[tokio::test]
async fn a_clock_that_jumps_back_prolongs_no_session() {
    let (test, clock) = at_a_time_of_its_own().await;
    let mut ada = test.signed_in("ada").await;
    clock.advance(TimeDelta::minutes(-10));
    assert!(!is_in(&mut ada).await);
}

#[tokio::test]
async fn an_id_that_somebody_planted_is_never_used() {
    let test = TestApp::start().await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let mut browser = test.browser();
    browser.plant("__Host-wami", planted);
    browser.post("/api/account/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_ne!(browser.cookie("__Host-wami").unwrap(), planted);
    let mut thief = test.browser();
    thief.plant("__Host-wami", planted);
    assert!(!is_in(&mut thief).await);
    // Nor is one that was used before: the session of whoever was signed in ends.
    let mut before = browser.clone();
    browser.post("/api/account/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert!(is_in(&mut browser).await && !is_in(&mut before).await);
}

#[tokio::test]
async fn a_changed_password_gives_the_session_another_id() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let mut before = ada.clone();
    let new = "another fine password 2";
    let fields = [("current_password", PASSWORD), ("password", new), ("repeated", new)];
    ada.post("/api/account/change-password", &fields).await;
    assert_ne!(ada.cookie("__Host-wami"), before.cookie("__Host-wami"));
    assert!(is_in(&mut ada).await && !is_in(&mut before).await);
}

#[tokio::test]
async fn the_database_holds_hashes_of_what_lets_somebody_in() {
    let test = TestApp::start().await;
    let ada = test.signed_in("ada").await;
    let cookie = ada.cookie("__Host-wami").unwrap();
    assert!(cookie.len() >= 22, "128 bits: {cookie}");
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    let rows: Vec<String> =
        sqlx::query_scalar("select s::text from console.sessions s").fetch_all(&owner).await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains(cookie)));
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_and_no_others() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    let (mut here, mut there) = (test.signed_in("ada").await, test.signed_in("ada").await);
    let mut bob = test.signed_in("bob@acme").await;
    let ids = |text: &str| -> Vec<String> {
        text.split("name=\"session\" value=\"").skip(1).map(|rest| rest[..36].to_owned()).collect()
    };
    let of_ada = ids(&here.get("/account").await.text);
    assert!(!of_ada.is_empty());
    for id in &of_ada {
        assert_eq!(bob.call("/api/account/revoke-session", &[("session", id)]).await.unwrap_err().code, Code::NotFound);
    }
    assert!(is_in(&mut there).await);
    here.call("/api/account/revoke-other-sessions", &[]).await.unwrap();
    assert!(is_in(&mut here).await && !is_in(&mut there).await && is_in(&mut bob).await);
}

#[tokio::test]
async fn links_and_the_set_up_link_expire() {
    let (test, clock) = at_a_time_of_its_own().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    let mut ada = test.signed_in("ada").await;
    let page = ada.post("/api/users/create-link", &[("tenant", "acme"), ("name", "bob")]).await;
    let shown = ada.get(page.location.as_deref().unwrap()).await.text;
    let welcome = format!("/welcome/{}", &shown.split("/welcome/").nth(1).unwrap()[..64]);
    clock.advance(TimeDelta::hours(23));
    assert_eq!(test.browser().get(&welcome).await.status, StatusCode::OK);
    clock.advance(TimeDelta::hours(2));
    assert_eq!(test.browser().get(&welcome).await.status, StatusCode::NOT_FOUND);

    let test = TestApp::empty().await;
    let link = setup::link(&test.app).await.unwrap().unwrap();
    let newer = setup::link(&test.app).await.unwrap().unwrap();
    let path =
        |link: &wami::wire::Secret<String>| link.expose().strip_prefix("http://127.0.0.1:3000").unwrap().to_owned();
    assert_eq!(test.browser().get(&path(&link)).await.status, StatusCode::NOT_FOUND, "only the last one printed works");
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    let later = "update console.links set expires_at = expires_at - interval '24 hours'";
    assert_eq!(test.browser().get(&path(&newer)).await.status, StatusCode::OK);
    sqlx::query(later).execute(&owner).await.unwrap();
    assert_eq!(test.browser().get(&path(&newer)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_many_after_each_other() {
    let test = TestApp::start().await;
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..24 {
        let mut browser = test.browser();
        guesses.spawn(async move {
            let password = format!("a wrong guess {n}");
            browser.call("/api/account/sign-in", &[("name", "ada"), ("password", &password)]).await.unwrap_err().code
        });
    }
    let codes = guesses.join_all().await;
    let looked_at = codes.iter().filter(|code| **code == Code::Unauthenticated).count();
    assert!(looked_at <= 7, "{looked_at} of 24 were looked at");
    assert!(codes.iter().all(|code| [Code::Unauthenticated, Code::TooManyRequests].contains(code)), "{codes:?}");
}

#[tokio::test]
async fn a_stolen_session_does_not_find_the_password_out() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let guess =
        [("current_password", "guess guess guess"), ("password", "another one 33"), ("repeated", "another one 33")];
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(ada.call("/api/account/change-password", &guess).await.unwrap_err().code);
    }
    assert_eq!(codes.first(), Some(&Code::Invalid));
    assert_eq!(codes.last(), Some(&Code::TooManyRequests));
}

#[tokio::test]
async fn a_password_does_not_hold_what_others_know_of_its_owner() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    let mut ada = test.signed_in("ada").await;
    let fields = [
        ("tenant", "acme"),
        ("draft[user_name]", "bobby"),
        ("draft[display_name]", "Robert Quimby"),
        ("draft[email]", "rquim@example.org"),
    ];
    ada.call("/api/users/create", &fields).await.unwrap();
    let page = ada.post("/api/users/create-link", &[("tenant", "acme"), ("name", "bobby")]).await;
    let shown = ada.get(page.location.as_deref().unwrap()).await.text;
    let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
    for password in ["is for bobby 123", "quimby is the one", "x rquim x rquim x", "password1234", "aaaaaaaaaaaaaaaa"] {
        let fields = [("token", token.as_str()), ("password", password), ("repeated", password)];
        let error = test.browser().call("/api/account/accept-link", &fields).await.unwrap_err();
        assert!(error.of_field("password").is_some(), "{password}: {error:?}");
    }
    let good = "five ravens on a wall";
    let fields = [("token", token.as_str()), ("password", good), ("repeated", good)];
    test.browser().call("/api/account/accept-link", &fields).await.unwrap();
}

#[tokio::test]
async fn people_of_a_suspended_tenant_are_answered_like_strangers() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/tenants/suspend", &[("tenant", "acme"), ("version", "1")]).await.unwrap();
    let mut answers = Vec::new();
    for (name, password) in [("bob@acme", PASSWORD), ("bob@acme", "not the password"), ("nobody@acme", PASSWORD)] {
        let mut error =
            test.browser().call("/api/account/sign-in", &[("name", name), ("password", password)]).await.unwrap_err();
        error.request_id = None;
        answers.push(error);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_session_is_not_taken_from_an_address_or_a_foreign_cookie() {
    let test = TestApp::start().await;
    let ada = test.signed_in("ada").await;
    let id = ada.cookie("__Host-wami").unwrap();
    for (name, value) in [("wami", id), ("__host-wami", id), ("__Host-wami2", id)] {
        let mut other = test.browser();
        other.plant(name, value);
        assert!(!is_in(&mut other).await, "{name}");
    }
    let page = test
        .browser()
        .send(request(Method::GET, &format!("/account?__Host-wami={id}")), axum::body::Body::empty())
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.headers.get(header::SET_COOKIE).is_none(), "nobody gets a session by looking");
}
