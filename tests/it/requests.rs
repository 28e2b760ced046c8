//! What holds for every request, whoever sends it and however: headers, names, origins, sizes, slowness, panics.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use wami::ids::Ids;
use wami::server::router::{Deadlines, guarded, patient, within};
use wami::server::serve::{Limits, serve};
use wami::wire::Code;

use crate::support::{Browser, PASSWORD, TestApp, encode, request};

fn has_security_headers(headers: &HeaderMap, what: &str) {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default().to_owned();
    let policy = text("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'nonce-",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    assert!(text("strict-transport-security").contains("max-age="), "{what}");
    assert_eq!(text("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(text("referrer-policy"), "same-origin", "{what}");
    assert_eq!(text("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(text("x-request-id").len(), 16, "{what}");
    assert!(!text("cache-control").is_empty(), "{what}");
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_no_page_has_inline_script_or_style() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    for path in [
        "/login",
        "/account",
        "/t/root",
        "/t/root/users",
        "/t/root/users/ada",
        "/t/root/policies/new",
        "/t/root/audit",
        "/t/no-such-tenant",
        "/no-such-page",
        "/",
        "/healthz",
        "/pkg/speculation.json",
        "/pkg/no-such-file.js",
        "/api/users/create",
    ] {
        let page = ada.get(path).await;
        has_security_headers(&page.headers, path);
        for tag in page.text.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            assert!(tag.contains("nonce=\""), "{path}: <script{tag}>");
        }
        for tag in page.text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(!tag.starts_with("style"), "{path}: <{tag}>");
            for word in tag.split(' ').skip(1) {
                let is_handler = word.starts_with("on") && word.contains('=');
                assert!(!is_handler && !word.starts_with("style="), "{path}: <{tag}>");
            }
        }
    }
    let (one, other) = (ada.get("/login").await, ada.get("/login").await);
    assert_ne!(
        one.headers["content-security-policy"], other.headers["content-security-policy"],
        "a nonce is used once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_made_at_the_same_time_keep_their_own_head() {
    const ROUNDS: usize = 12;
    let test = TestApp::start().await;
    let ada = test.signed_in("ada").await;
    let mut pages = vec![("/account".to_owned(), head_of(&ada.clone().get("/account").await.text).0)];
    for name in ["ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal"] {
        test.person("root", name).await;
        let path = format!("/t/root/users/{name}");
        let title = head_of(&ada.clone().get(&path).await.text).0;
        assert!(title.starts_with(name), "{title}");
        pages.push((path, title));
    }
    let mut asked = tokio::task::JoinSet::new();
    for at in (0..ROUNDS).flat_map(|_| 0..pages.len()) {
        let (mut browser, path) = (ada.clone(), pages[at].0.clone());
        asked.spawn(async move { (at, browser.get(&path).await) });
    }
    while let Some(answer) = asked.join_next().await {
        let (at, page) = answer.unwrap();
        let (path, alone) = &pages[at];
        let (title, nonces) = head_of(&page.text);
        assert_eq!(title, *alone, "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for nonce in nonces {
            assert!(policy.contains(&format!("'nonce-{nonce}'")), "{path}: {nonce} is not in {policy}");
        }
    }
}

/// The title of a page, and every nonce in it.
fn head_of(page: &str) -> (String, Vec<&str>) {
    let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
    let nonces = page.split("nonce=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    (title.to_owned(), nonces)
}

#[tokio::test]
async fn nothing_is_answered_under_a_name_that_is_not_ours() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    for path in ["/login", "/account", "/pkg/speculation.json", "/api/account/sign-out"] {
        let method = if path.starts_with("/api") { Method::POST } else { Method::GET };
        let page = ada.send_to("evil.test:3000", request(method, path), Body::empty()).await;
        assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    assert_eq!(ada.get("/account").await.status, StatusCode::OK);
    // Whoever watches the process asks by its address.
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            ada.send_to("10.0.0.7:3000", request(Method::GET, path), Body::empty()).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_change_comes_from_a_page_of_ours() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let mut post = async |name: &str, headers: &[(&'static str, &str)]| {
        let mut call = request(Method::POST, "/api/groups/create")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        for (key, value) in headers {
            call = call.header(*key, *value);
        }
        let body = encode(&[("tenant", "root"), ("draft[group_name]", name)]);
        ada.send(call, Body::from(body)).await.status
    };
    for (name, headers) in
        [("a", &[("sec-fetch-site", "same-origin")][..]), ("b", &[("origin", "http://127.0.0.1:3000")]), ("c", &[])]
    {
        assert_eq!(post(name, headers).await, StatusCode::OK, "{headers:?}");
    }
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        // The browser's own word counts more than what a page can choose.
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:3000.evil.test")],
        &[("origin", "http://127.0.0.1:3001")],
        &[("origin", "https://evil.test")],
    ] {
        assert_eq!(post("d", headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(ada.get("/t/root/groups/d").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_form_or_too_large_changes_nothing() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let form = "application/x-www-form-urlencoded";
    let large = format!("tenant=root&draft%5Bgroup_name%5D=g&draft%5Bpath%5D={}", "x".repeat(2 << 20));
    let bodies: [(&str, Vec<u8>); 8] = [
        (form, large.into_bytes()),
        (form, b"tenant=root&draft%5Bgroup_name%5D=%ff%fe".to_vec()),
        (form, vec![0xff; 100]),
        (form, b"&&&&=====".to_vec()),
        (form, format!("tenant=root&{}", "draft[group_name]=g&".repeat(10_000)).into_bytes()),
        ("application/json", br#"{"tenant":"root","draft":{"group_name":"g"}}"#.to_vec()),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=\"tenant\"\r\n\r\nroot".to_vec(),
        ),
        ("text/plain", b"tenant=root&draft[group_name]=g".to_vec()),
    ];
    for (kind, body) in bodies {
        for accept in ["application/json", "text/html"] {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let call = request(Method::POST, "/api/groups/create")
                .header(header::CONTENT_TYPE, kind)
                .header(header::ACCEPT, accept)
                .header("sec-fetch-site", "same-origin");
            let page = ada.send(call, Body::from(body.clone())).await;
            let is_answered = page.status.is_client_error() || page.status == StatusCode::SEE_OTHER;
            assert!(is_answered, "{kind} {shown}: {} {}", page.status, page.text);
        }
    }
    assert_eq!(ada.get("/t/root/groups/g").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn deep_long_and_odd_input_gets_a_clear_answer_at_once() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    let stars = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:{}x","Resource":"{}"}}]}}"#,
        "*a".repeat(400),
        "*".repeat(900)
    );
    for document in [deep.as_str(), &nested, "\u{feff}{}", "{\"Statement\":\"\u{0}\"}", "", "null"] {
        let fields = [("tenant", "root"), ("draft[policy_name]", "P"), ("document", document)];
        let watch = wami::clock::Stopwatch::start();
        let error = ada.call("/api/policies/create", &fields).await.unwrap_err();
        assert!(error.of_field("document").is_some(), "{error:?}");
        assert!(watch.elapsed() < Duration::from_secs(5));
    }
    // What is allowed and expensive to match is matched at once all the same.
    let watch = wami::clock::Stopwatch::start();
    let put =
        [("tenant", "root"), ("kind", "user"), ("name", "ada"), ("policy_name", "p"), ("document", stars.as_str())];
    let name = "a".repeat(64);
    for (path, fields) in [
        ("/api/owners/put-inline", &put[..]),
        ("/api/users/create", &[("tenant", "root"), ("draft[user_name]", &name)]),
    ] {
        let done = ada.call(path, fields).await;
        assert!(done.is_ok() || done.is_err_and(|error| error.code == Code::Invalid), "{path}");
    }
    assert_eq!(ada.get("/t/root/users").await.status, StatusCode::OK);
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    let many = "a ".repeat(5_000);
    let colons = ":".repeat(2_000);
    let tags = "tag:a=b ".repeat(300);
    let percent = "%_\\".repeat(200);
    for q in [
        many.as_str(),
        &colons,
        &tags,
        &percent,
        "tag:",
        "created:<99999-99-99",
        "name:\u{202e}",
        "'; drop table users; --",
    ] {
        let path = format!("/t/root/users?{}", encode(&[("q", q)]));
        let page = ada.get(&path).await;
        assert!([200, 422].contains(&page.status.as_u16()), "{q}: {}", page.status);
    }
    for query in ["sort=zzz", "dir=sideways", "cursor=AAAA", "cursor=%00", "sort=name&cursor=eyJhIjoxfQ"] {
        let page = ada.get(&format!("/t/root/users?{query}")).await;
        assert!([200, 422].contains(&page.status.as_u16()), "{query}: {}", page.status);
    }
    for path in [
        "/t/%00",
        "/t/..%2f..%2fetc",
        "/t/root/users/%ff",
        "/pkg/../Cargo.toml",
        "/pkg/..%2f..%2fCargo.toml",
        "//evil.test",
        "/t/root/users/a%2Fb",
    ] {
        let page = ada.get(path).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
        assert!(!page.text.contains("[package]"), "{path}");
    }
}

#[tokio::test]
async fn where_to_go_after_signing_in_is_never_another_site() {
    let test = TestApp::start().await;
    for next in [
        "https://evil.test/",
        "//evil.test",
        "/t//evil.test",
        "/t/\\evil.test",
        "javascript:alert(1)",
        "/t/root\r\nx: y",
    ] {
        let fields = [("name", "ada"), ("password", PASSWORD), ("next", next)];
        let page = test.browser().post("/api/account/sign-in", &fields).await;
        let to = page.location.unwrap();
        assert!(to.starts_with("/t/") && !to.contains("evil\\") && !to.starts_with("//"), "{next}: {to}");
        assert!(page.headers.get("x").is_none());
    }
    // Nor after a form, whatever page it says it was on.
    let mut ada = test.signed_in("ada").await;
    for referer in ["https://evil.test//evil.test/", "https://evil.test/\\evil.test", "junk", ""] {
        let call = request(Method::POST, "/api/groups/create")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, referer);
        let page = ada.send(call, Body::from(encode(&[("tenant", "root"), ("draft[group_name]", "!")]))).await;
        let to = page.location.unwrap();
        assert!(to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"), "{referer}: {to}");
    }
}

#[tokio::test]
async fn a_request_that_panics_is_answered_and_hurts_no_other() {
    async fn boom() -> &'static str {
        panic!("the inside of the program: select * from users");
    }
    let router = Router::new().route("/boom", get(boom)).route("/fine", get(|| async { "fine" }));
    let router = guarded(router, &Ids::system());
    for _ in 0..3 {
        let answer = router.clone().oneshot(Request::get("/boom").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        has_security_headers(answer.headers(), "a panic");
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&text).contains("select"));
        let other = router.clone().oneshot(Request::get("/fine").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let router = Router::new().route("/", axum::routing::post(|body: String| async { body }));
    let router = guarded(within(router, Duration::from_millis(50)), &Ids::system());
    let answer = router.oneshot(Request::post("/").body(never()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// A body of which nothing comes.
fn never() -> Body {
    Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::convert::Infallible>>())
}

/// A body of which something comes now and then.
fn drops(count: u32, every: Duration) -> Body {
    Body::from_stream(futures::stream::unfold(0, move |n| async move {
        tokio::time::sleep(every).await;
        (n < count).then_some((Ok::<_, std::convert::Infallible>("drop "), n + 1))
    }))
}

#[tokio::test]
async fn what_may_take_long_takes_long_while_it_comes() {
    let deadlines =
        Deadlines { silence: Duration::from_secs(2), upload: Duration::from_secs(4), ..Deadlines::default() };
    let router = Router::new().route("/", axum::routing::post(|body: String| async { body }));
    let router = guarded(patient(router, deadlines), &Ids::system());
    let ask = async |body| router.clone().oneshot(Request::post("/").body(body).unwrap()).await.unwrap().status();
    let often = Duration::from_millis(250);
    assert_eq!(ask(drops(10, often)).await, StatusCode::OK, "no single wait was long");
    assert!(ask(never()).await.is_client_error(), "nothing came");
    assert_eq!(ask(drops(1000, often)).await, StatusCode::SERVICE_UNAVAILABLE, "nor for ever");
}

/// A server with short deadlines.
async fn hurried(
    connections: usize,
) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router =
        Router::new().route("/", get(|| async { "fine" })).route("/large", get(|| async { vec![b'x'; 64 << 20] }));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let limits = Limits {
        head: Duration::from_millis(300),
        stalled: Duration::from_millis(300),
        connections,
        drain: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = tokio::spawn(serve(listener, guarded(router, &Ids::system()), limits, async {
        let _ = stopped.await;
    }));
    (address, stop, server)
}

/// Waits for the other end to hang up, and gives what it said before.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await;
    // Reset counts as hung up.
    let _ = read.expect("the server hangs up");
    String::from_utf8_lossy(&said).into_owned()
}

async fn ask(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    until_closed(&mut stream).await
}

#[tokio::test]
async fn slow_clients_are_hung_up_on() {
    let (address, stop, server) = hurried(2).await;
    // Two that say nothing, or too little, take the only places there are: the third gets its turn all the same.
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: loc").await.unwrap();
    assert!(ask(address).await.starts_with("HTTP/1.1 200"));
    until_closed(&mut silent).await;
    let said = until_closed(&mut slow).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");

    // One that takes nothing of what it asked for.
    let mut deaf = TcpStream::connect(address).await.unwrap();
    deaf.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 1];
    deaf.read_exact(&mut first).await.unwrap();
    let mut others = TcpStream::connect(address).await.unwrap();
    others.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(ask(address).await.starts_with("HTTP/1.1 200"), "both places are free again");
    let said = until_closed(&mut deaf).await;
    assert!(said.len() < 64 << 20, "the rest never came");

    // A head that is too large.
    let mut large = TcpStream::connect(address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(200 << 10));
    // The server need not take all of it.
    let _ = large.write_all(head.as_bytes()).await;
    let said = until_closed(&mut large).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");

    // Nor does one of them hold up the end.
    let mut last = TcpStream::connect(address).await.unwrap();
    last.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), server).await.expect("the server ends").unwrap();
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished_when_the_server_stops() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (come, came) = tokio::sync::oneshot::channel::<()>();
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let (come, gone) = (std::sync::Mutex::new(Some(come)), std::sync::Mutex::new(Some(gone)));
    let slow = move || {
        let (come, gone) = (come.lock().unwrap().take().unwrap(), gone.lock().unwrap().take().unwrap());
        async move {
            come.send(()).unwrap();
            gone.await.unwrap();
            "finished"
        }
    };
    let slow = std::sync::Arc::new(slow);
    let router = Router::new().route("/", get(move || slow()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, router, Limits::default(), async {
        let _ = stopped.await;
    }));
    let asking = tokio::spawn(ask(address));
    came.await.unwrap();
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    assert!(asking.await.unwrap().ends_with("finished"));
    server.await.unwrap();
}

#[tokio::test]
async fn who_is_not_signed_in_learns_nothing_of_tenants() {
    let test = TestApp::start().await;
    let mut nobody: Browser = test.browser();
    for tenant in ["root", "no-such-tenant"] {
        let error =
            nobody.call("/api/groups/create", &[("tenant", tenant), ("draft[group_name]", "g")]).await.unwrap_err();
        assert_eq!(error.code, Code::Unauthenticated);
        let page = nobody.get(&format!("/t/{tenant}/users")).await;
        assert_eq!(
            (page.status, page.location.as_deref().unwrap_or_default().starts_with("/login")),
            (StatusCode::SEE_OTHER, true)
        );
    }
}
