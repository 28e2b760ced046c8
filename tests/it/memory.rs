//! The console in memory: a demo without any database.

use std::process::Stdio;

use http::StatusCode;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use wami::authn::setup;
use wami::wire::Code;

use crate::support::{PASSWORD, TestApp};

async fn set_up() -> TestApp {
    let test = TestApp::empty_in_memory().await;
    let link = setup::link(&test.app).await.unwrap().expect("nobody is there yet");
    let token = link.expose().rsplit('/').next().unwrap();
    let mut browser = test.browser();
    assert_eq!(browser.get(&format!("/setup/{token}")).await.status, StatusCode::OK);
    let fields = [
        ("token", token),
        ("user_name", "ada"),
        ("display_name", "Ada"),
        ("email", ""),
        ("password", PASSWORD),
        ("repeated", PASSWORD),
    ];
    browser.call("/api/account/setup", &fields).await.unwrap();
    assert_eq!(browser.get(&format!("/setup/{token}")).await.status, StatusCode::NOT_FOUND, "it works once");
    test
}

#[tokio::test]
async fn a_demo_is_set_up_and_administered() {
    let test = set_up().await;
    let mut ada = test.signed_in("ada").await;
    assert!(ada.get("/t/root").await.text.contains("nothing is kept"), "the overview says so");
    test.tenant("root", "acme").await;
    let created = [("tenant", "acme"), ("draft[user_name]", "bob"), ("draft[display_name]", "Bob Builder")];
    ada.call("/api/users/create", &created).await.unwrap();
    assert!(ada.get("/t/acme/users?q=build").await.text.contains("Bob Builder"), "found by a part of the name");
    assert!(ada.get("/t/acme/audit?q=action:iam:CreateUser").await.text.contains("bob"));

    ada.call("/api/users/delete", &[("tenant", "acme"), ("name", "bob"), ("typed", "bob")]).await.unwrap();
    assert_eq!(ada.get("/t/acme/users/bob").await.status, StatusCode::NOT_FOUND);
    let bin = ada.get("/t/acme/recycle-bin").await.text;
    let item = bin.split("name=\"item\" value=\"").nth(1).unwrap()[..36].to_owned();
    ada.call("/api/bin/restore", &[("tenant", "acme"), ("item", &item)]).await.unwrap();
    assert_eq!(ada.get("/t/acme/users/bob").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_demo_keeps_sessions_links_and_throttles() {
    let test = set_up().await;
    test.tenant("root", "acme").await;
    test.tenant("root", "globex").await;
    test.person("acme", "bob").await;
    test.assign("acme", "bob", "Security auditor", "tenant").await;
    let (mut here, mut there) = (test.signed_in("bob@acme").await, test.signed_in("bob@acme").await);
    assert_eq!(here.get("/t/acme/users").await.status, StatusCode::OK);
    assert_eq!(here.get("/t/globex/users").await.status, StatusCode::NOT_FOUND);
    let refused = here.call("/api/users/create", &[("tenant", "acme"), ("draft[user_name]", "eve")]).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    here.call("/api/account/revoke-other-sessions", &[]).await.unwrap();
    assert_ne!(there.get("/t/acme/users").await.status, StatusCode::OK, "the other session has ended");
    assert_eq!(here.get("/t/acme/users").await.status, StatusCode::OK);

    let mut stranger = test.browser();
    let wrong = [("name", "bob@acme"), ("password", "wrong password here")];
    for _ in 0..5 {
        assert_eq!(stranger.call("/api/account/sign-in", &wrong).await.unwrap_err().code, Code::Unauthenticated);
    }
    assert_eq!(stranger.call("/api/account/sign-in", &wrong).await.unwrap_err().code, Code::TooManyRequests);
}

#[tokio::test]
async fn the_program_serves_from_memory() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pkg")).unwrap();
    std::fs::write(folder.path().join("pkg/manifest.json"), "{}").unwrap();
    let mut server = tokio::process::Command::new(env!("CARGO_BIN_EXE_wami-console"))
        .args(["serve", "--store", "memory", "--sample", "--listen", "127.0.0.1:0", "--site-dir"])
        .arg(folder.path())
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let link = loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended: {said:?}"));
        if let Some((_, rest)) = line.split_once("http://").filter(|(_, rest)| rest.contains("/setup/")) {
            break rest.to_owned();
        }
        said.push(line);
    };
    assert!(said.iter().any(|line| line.contains("nothing is kept")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("sample organisation is loaded")), "{said:?}");
    assert!(!folder.path().join("data").exists(), "no data folder is made");

    let (address, path) = link.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let id = rustix::process::Pid::from_raw(server.id().unwrap().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(server.wait().await.unwrap().success(), "it stops when it is told to");
}
