//! The import in the console: upload, plan, confirmation, report; and who may.

use std::time::Duration;

use axum::body::Body;
use http::header;
use wami::app_state::Settings;
use wami::clock::Stopwatch;
use wami::server::router::Deadlines;
use wami::wire::Code;

use super::*;
use crate::support::{Browser, Page, request};

/// Posts the form of the import page with a file.
pub(super) async fn send(browser: &mut Browser, tenant: &str, fields: &[(&str, &str)], file: &str) -> Page {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--bound\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"account.json\"\r\n\
         Content-Type: application/json\r\n\r\n{file}\r\n--bound--\r\n"
    );
    let request = request(http::Method::POST, &format!("/api/import/{tenant}/upload"))
        .header(header::ACCEPT, "text/html")
        .header(header::REFERER, format!("http://127.0.0.1:3000/t/{tenant}/import"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=bound")
        .header("sec-fetch-site", "same-origin");
    browser.send(request, Body::from(body)).await
}

/// The page of an upload once nothing is under way any more.
pub(super) async fn settled(browser: &mut Browser, at: &str) -> String {
    let watch = Stopwatch::start();
    loop {
        let page = browser.get(at).await;
        assert!(page.status.is_success(), "{}: {}", page.status, page.text);
        if !page.headers.contains_key("refresh") {
            return page.text;
        }
        assert!(watch.elapsed() < Duration::from_secs(60), "{}", page.text);
    }
}

/// The value of a hidden field.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    page[at..].split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_upload_is_shown_then_confirmed_then_reported() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    let mut ada = test.signed_in("ada").await;
    assert!(ada.get("/t/acme").await.text.contains("/t/acme/import"), "the way there");
    let mut dump = small();
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    let before = rows(&test.database).await;
    let sent = send(&mut ada, "acme", &[("overwrite", "true")], &dump.to_string()).await;
    let at = sent.location.unwrap();
    assert!(at.starts_with("/t/acme/import/"), "{at}");
    let plan = settled(&mut ada, &at).await;
    assert!(plan.contains("What the import would do") && plan.contains("account.json"), "{plan}");
    assert!(plan.contains("Who gets a say in the console") && plan.contains("pilot"), "{plan}");
    assert_eq!(rows(&test.database).await, before, "nothing is changed yet");

    let (upload, sha256) = (hidden(&plan, "upload"), hidden(&plan, "sha256"));
    let confirm = |sha256: &str| {
        [("tenant", "acme"), ("upload", upload.as_str()), ("sha256", sha256)].map(|(a, b)| (a, b.to_owned()))
    };
    let fields = confirm(&"0".repeat(64));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let error = ada.call("/api/import/confirm", &fields).await.unwrap_err();
    assert_eq!(error.code, Code::Stale, "another file was shown");
    let fields = confirm(&sha256);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let page = ada.post_from("/api/import/confirm", &fields, &at).await;
    assert_eq!(page.location.as_deref(), Some(at.as_str()));
    let report = settled(&mut ada, &at).await;
    assert!(report.contains("The account is imported."), "{report}");
    assert_eq!(ada.call("/api/import/confirm", &fields).await.unwrap_err().code, Code::Stale, "once only");
    let users = ada.get("/t/acme/users").await.text;
    assert!(users.contains("/t/acme/users/ada"), "{users}");
    let audit = ada.get("/t/acme/audit?q=action:console:ImportAccount").await.text;
    assert!(audit.contains("console:ImportAccount") && audit.contains(ACCOUNT), "{audit}");
}

#[tokio::test]
async fn a_faulty_file_is_refused_with_its_places() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let mut dump = small();
    dump["UserDetailList"][0]["GroupList"] = json!(["<b>absent</b>"]);
    dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = json!({"Statement": [{"Effect": "Maybe"}]});
    let at = send(&mut ada, "root", &[], &dump.to_string()).await.location.unwrap();
    let page = settled(&mut ada, &at).await;
    assert!(page.contains("/UserDetailList/0/GroupList/0"), "{page}");
    assert!(page.contains("/RoleDetailList/0/AssumeRolePolicyDocument/Statement/0"), "{page}");
    assert!(!page.contains("<b>absent"), "what the file holds is text");
    let empty = send(&mut ada, "root", &[("account", "12")], "").await;
    assert_eq!(empty.location.as_deref(), Some("/t/root/import"));
    assert!(ada.get("/t/root/import").await.text.contains("Choose the file to import."));
    send(&mut ada, "root", &[("account", "12")], "{}").await;
    assert!(ada.get("/t/root/import").await.text.contains("An account id has twelve digits."));
}

#[tokio::test]
async fn an_upload_is_its_persons_alone_and_can_be_discarded() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("root", "eve").await;
    let (mut ada, mut eve) = (test.signed_in("ada").await, test.signed_in("eve").await);
    let at = send(&mut ada, "acme", &[], &small().to_string()).await.location.unwrap();
    let plan = settled(&mut ada, &at).await;
    assert_eq!(eve.get(&at).await.status, 404);
    let fields =
        [("tenant", "acme"), ("upload", &hidden(&plan, "upload"))].map(|(a, b): (&str, &str)| (a, b.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(eve.call("/api/import/discard", &fields).await.unwrap_err().code, Code::NotFound);
    ada.call("/api/import/discard", &fields).await.unwrap();
    assert_eq!(ada.get(&at).await.status, 404);
}

#[tokio::test]
async fn who_may_not_import_sends_nothing() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.tenant("root", "globex").await;
    test.administrator("globex", "gus").await;
    test.person("acme", "olga").await;
    test.assign("acme", "olga", "Security auditor", "subtree").await;
    let browsers = [
        ("gus@globex", 404, test.signed_in("gus@globex").await),
        ("olga@acme", 403, test.signed_in("olga@acme").await),
    ];
    let before = rows(&test.database).await;
    for (name, page, mut browser) in browsers {
        assert_eq!(browser.get("/t/acme/import").await.status, page, "{name}");
        let sent = send(&mut browser, "acme", &[], &small().to_string()).await;
        assert_eq!(sent.location.as_deref(), Some("/t/acme/import"), "{name}");
        assert!(!browser.get("/t/acme").await.text.contains("/t/acme/import"), "{name} is not shown the way");
    }
    let mut nobody = test.browser();
    assert_eq!(send(&mut nobody, "acme", &[], &small().to_string()).await.location.as_deref(), Some("/t/acme/import"));
    let now: Vec<_> = rows(&test.database).await;
    assert_eq!(now, before);
}

#[tokio::test]
async fn nobody_gives_more_by_an_import_than_they_hold() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "ivy").await;
    test.assign("acme", "ivy", "IAM administrator", "tenant").await;
    let mut ivy = test.signed_in("ivy@acme").await;
    let mut dump = small();
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    let at = send(&mut ivy, "acme", &[], &dump.to_string()).await.location.unwrap();
    let plan = settled(&mut ivy, &at).await;
    assert!(plan.contains("You may not import this file."), "{plan}");
    assert!(!plan.contains("/api/import/confirm"));
    // What she holds herself she may give.
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "iam", "PolicyDocument": allow("iam:*")}]);
    let at = send(&mut ivy, "acme", &[], &dump.to_string()).await.location.unwrap();
    let plan = settled(&mut ivy, &at).await;
    let (upload, sha256) = (hidden(&plan, "upload"), hidden(&plan, "sha256"));
    ivy.call("/api/import/confirm", &[("tenant", "acme"), ("upload", &upload), ("sha256", &sha256)]).await.unwrap();
    assert!(settled(&mut ivy, &at).await.contains("The account is imported."));
}

#[tokio::test]
async fn what_is_imported_is_what_was_shown() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    let mut ada = test.signed_in("ada").await;
    let at = send(&mut ada, "acme", &[], &small().to_string()).await.location.unwrap();
    let plan = settled(&mut ada, &at).await;
    imported(&test.app, "acme", &small()).await;
    let before = rows(&test.database).await;
    let (upload, sha256) = (hidden(&plan, "upload"), hidden(&plan, "sha256"));
    ada.call("/api/import/confirm", &[("tenant", "acme"), ("upload", &upload), ("sha256", &sha256)]).await.unwrap();
    let page = settled(&mut ada, &at).await;
    assert!(page.contains("changed since you looked"), "{page}");
    assert_eq!(rows(&test.database).await, before);
}

#[tokio::test]
async fn an_upload_that_stops_coming_is_given_up() {
    let deadlines = Deadlines { silence: Duration::from_millis(200), ..Deadlines::default() };
    let settings = Settings { deadlines, ..Settings::default() };
    let test = TestApp::start_with(settings, std::sync::Arc::new(wami::clock::SystemClock)).await;
    let mut ada = test.signed_in("ada").await;
    let begun = "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n{";
    // More than one person may have at a time.
    for _ in 0..12 {
        let stuck = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(begun) });
        let stuck = futures::StreamExt::chain(stuck, futures::stream::pending());
        let request = request(http::Method::POST, "/api/import/root/upload")
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, "http://127.0.0.1:3000/t/root/import")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=bound")
            .header("sec-fetch-site", "same-origin");
        let page = ada.send(request, Body::from_stream(stuck)).await;
        assert_eq!(page.location.as_deref(), Some("/t/root/import"));
        let said = ada.get("/t/root/import").await.text;
        assert!(said.contains("The upload did not come whole."), "{said}");
    }
    assert!(send(&mut ada, "root", &[], &small().to_string()).await.location.unwrap().starts_with("/t/root/import/"));
}
