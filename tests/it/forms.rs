//! The one way of a form: errors under their fields, what was entered kept, secrets never, markup as text.

use http::StatusCode;

use crate::support::TestApp;

#[tokio::test]
async fn a_failed_form_keeps_what_was_entered_and_shows_it_once() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let fields =
        [("tenant", "root"), ("draft[user_name]", "not a name!"), ("draft[path]", "/ok/"), ("draft[email]", "no mail")];
    let page = ada.post_from("/api/users/create", &fields, "/t/root/users/new").await;
    assert_eq!((page.status, page.location.as_deref()), (StatusCode::SEE_OTHER, Some("/t/root/users/new")));
    let shown = ada.get("/t/root/users/new").await.text;
    assert!(
        shown.contains("value=\"not a name!\"")
            && shown.contains("value=\"/ok/\"")
            && shown.contains("value=\"no mail\"")
    );
    assert!(shown.contains("There are 2 problems") && shown.contains("aria-invalid=\"true\""));
    assert!(!ada.get("/t/root/users/new").await.text.contains("not a name!"), "a reload shows a clean form");
}

#[tokio::test]
async fn a_prefetch_does_not_take_what_the_person_should_see() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.post_from("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "!")], "/t/root/users/new").await;
    let prefetch = crate::support::request(http::Method::GET, "/t/root/users/new").header("sec-purpose", "prefetch");
    ada.clone().send(prefetch, axum::body::Body::empty()).await;
    assert!(ada.get("/t/root/users/new").await.text.contains("There is a problem"));
}

#[tokio::test]
async fn a_password_is_never_sent_back() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.post_from("/api/account/sign-in", &[("name", "ada"), ("password", "my secret guess")], "/login").await;
    let shown = browser.get("/login").await.text;
    assert!(shown.contains("value=\"ada\"") && !shown.contains("my secret guess"));
}

#[tokio::test]
async fn stored_markup_is_text() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let hostile = "</title></textarea><script>alert(1)</script>\" onload='x' \u{202e}abc";
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob"), ("draft[display_name]", hostile)])
        .await
        .unwrap();
    for path in
        ["/t/root/users", "/t/root/users/bob", "/t/root/users/bob/edit", "/t/root/users/bob/history", "/t/root/audit"]
    {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("<script>alert(1)"), "{path}");
    }
    let document = "{\"a\": \"</textarea><script>alert(1)</script>\"}";
    let fields = [("tenant", "root"), ("draft[policy_name]", "P"), ("document", document)];
    ada.post_from("/api/policies/create", &fields, "/t/root/policies/new").await;
    let shown = ada.get("/t/root/policies/new").await.text;
    assert!(shown.contains("alert(1)") && !shown.contains("<script>alert(1)"));
}

#[tokio::test]
async fn characters_that_cannot_be_stored_are_refused_at_their_field() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let create = |name: &str, display: &str| {
        [
            ("tenant", "root".to_owned()),
            ("draft[user_name]", name.to_owned()),
            ("draft[display_name]", display.to_owned()),
        ]
    };
    for (name, display, field) in [
        ("a\0b", "x", "draft[user_name]"),
        ("bob", "a\0b", "draft[display_name]"),
        ("bob", &"x".repeat(64 * 1024), "draft[display_name]"),
        (&"n".repeat(65), "x", "draft[user_name]"),
    ] {
        let fields = create(name, display);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let error = ada.call("/api/users/create", &fields).await.unwrap_err();
        assert!(error.of_field(field).is_some(), "{error:?}");
    }
    let odd = ada.get("/t/root/users?q=%00").await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn two_people_editing_one_user_lose_nothing() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    let update = |display: &'static str| {
        [
            ("tenant", "root"),
            ("name", "bob"),
            ("version", "1"),
            ("draft[user_name]", "bob"),
            ("draft[path]", "/"),
            ("draft[display_name]", display),
        ]
    };
    ada.call("/api/users/update", &update("Theirs")).await.unwrap();
    let page = ada.post_from("/api/users/update", &update("Yours"), "/t/root/users/bob/edit").await;
    assert_eq!(page.location.as_deref(), Some("/t/root/users/bob/edit"));
    let shown = ada.get("/t/root/users/bob/edit").await.text;
    for part in ["Theirs", "Yours", "while you were editing"] {
        assert!(shown.contains(part), "{part}");
    }
    assert!(shown.contains("name=\"version\" value=\"2\""), "the next attempt starts from what is stored now");
}

#[tokio::test]
async fn what_no_database_can_keep_still_comes_back_with_its_error() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let fields = [("tenant", "root"), ("draft[user_name]", "bob"), ("draft[display_name]", "a\0b")];
    ada.post_from("/api/users/create", &fields, "/t/root/users/new").await;
    let shown = ada.get("/t/root/users/new").await.text;
    assert!(shown.contains("There is a problem") && shown.contains("value=\"a\u{FFFD}b\""), "{shown}");
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_stays_in_its_box() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    for list in ["users", "groups", "roles", "policies", "permission-sets", "assignments", "audit", "recycle-bin"] {
        let page = ada.get(&format!("/t/root/{list}?q=bogus%3A1")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{list}");
        assert!(page.text.contains("value=\"bogus:1\"") && page.text.contains("aria-invalid=\"true\""), "{list}");
        assert!(page.text.contains("id=\"rail\""), "{list} keeps its frame");
    }
}

#[tokio::test]
async fn what_comes_with_the_product_is_offered_no_change() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    for tab in ["", "/tags", "/history"] {
        let page = ada.get(&format!("/t/root/permission-sets/Administrator{tab}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tab}");
        assert!(!page.text.contains("action=\"/api/owners/") && !page.text.contains("action=\"/api/sso/"), "{tab}");
    }
}
