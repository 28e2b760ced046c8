//! Markup, control characters and floods in every text field of every entity: shown as text, or refused at the field
//! (security S16, reliability R10).

use http::StatusCode;

use crate::support::{Browser, TestApp, encode};

/// Breaks out of text, attributes, text areas, titles and script, and turns the direction of reading.
const HOSTILE: &str =
    "\"'></title></textarea></script><script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}\u{2066}abc";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#;

type Form = (&'static str, &'static str, Vec<(&'static str, String)>);

/// Every form that takes a text: where it posts, the page it is on, and fields that are well formed.
fn forms() -> Vec<Form> {
    let t = ("tenant", "root".to_owned());
    let with = |fields: &[(&'static str, &str)]| {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        [t.clone()].into_iter().chain(fields).collect::<Vec<_>>()
    };
    let bob = [("kind", "user"), ("name", "bob")];
    let owner = |fields: &[(&'static str, &'static str)]| with(&[bob.as_slice(), fields].concat());
    vec![
        (
            "/api/users/create",
            "/t/root/users/new",
            with(&[
                ("draft[user_name]", "u1"),
                ("draft[display_name]", "U"),
                ("draft[email]", "u@example.org"),
                ("draft[path]", "/"),
            ]),
        ),
        (
            "/api/users/update",
            "/t/root/users/bob/edit",
            with(&[
                ("name", "bob"),
                ("version", "1"),
                ("draft[user_name]", "bob"),
                ("draft[display_name]", "B"),
                ("draft[email]", ""),
                ("draft[path]", "/"),
            ]),
        ),
        ("/api/users/delete", "/t/root/users/bob/delete", with(&[("name", "bob"), ("typed", "not bob")])),
        ("/api/groups/create", "/t/root/groups/new", with(&[("draft[group_name]", "g1"), ("draft[path]", "/")])),
        ("/api/groups/add-member", "/t/root/groups/crew", with(&[("name", "crew"), ("user_name", "nobody")])),
        (
            "/api/roles/create",
            "/t/root/roles/new",
            with(&[
                ("draft[role_name]", "r1"),
                ("draft[path]", "/"),
                ("draft[description]", "R"),
                ("draft[max_session_duration]", "3600"),
                ("trust", TRUST),
            ]),
        ),
        (
            "/api/policies/create",
            "/t/root/policies/new",
            with(&[
                ("draft[policy_name]", "p1"),
                ("draft[path]", "/"),
                ("draft[description]", "P"),
                ("document", READ),
            ]),
        ),
        ("/api/owners/attach", "/t/root/users/bob/permissions", owner(&[("policy_arn", "arn:aws:iam::1:policy/x")])),
        (
            "/api/owners/put-inline",
            "/t/root/users/bob/permissions",
            owner(&[("policy_name", "i1"), ("document", READ)]),
        ),
        ("/api/owners/put-tag", "/t/root/users/bob/tags", owner(&[("key", "k1"), ("value", "V")])),
        (
            "/api/sso/create-set",
            "/t/root/permission-sets/new",
            with(&[("name", "s1"), ("description", "S"), ("session_hours", "1")]),
        ),
        (
            "/api/sso/assign",
            "/t/root/assignments/new",
            with(&[
                ("kind", "user"),
                ("principal", "nobody"),
                ("set", "x"),
                ("reach", "tenant"),
                ("until", "2027-01-01"),
            ]),
        ),
        ("/api/tenants/create", "/t/root/tenants/new", with(&[("slug", "t1"), ("display_name", "T")])),
        ("/api/tenants/rename", "/t/root/settings", with(&[("version", "1"), ("display_name", "Root")])),
        ("/api/account/sign-in", "/login", vec![("name", "nobody".into()), ("password", "nothing of worth".into())]),
    ]
}

/// What names the thing that the form is about is not entered by anybody.
const GIVEN: &[&str] = &["tenant", "kind", "version", "reach", "password"];

fn shows_as_text(page: &str, path: &str) {
    for part in ["<script>alert(1)", "<img src=x", "</title></textarea>"] {
        assert!(!page.contains(part), "{path} has {part} as markup");
    }
}

async fn world() -> (TestApp, Browser) {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    ada.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]).await.unwrap();
    (test, ada)
}

#[tokio::test]
async fn hostile_text_in_any_field_is_shown_as_text_or_refused_at_the_field() {
    let (_test, mut ada) = world().await;
    let mut stored = 0;
    for (action, page, fields) in forms() {
        for (at, (field, _)) in fields.iter().enumerate().filter(|(_, (field, _))| !GIVEN.contains(field)) {
            let name = format!("h{at}-{}", action.len());
            let mut filled: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            // Each attempt makes a thing of its own.
            for (key, value) in &mut filled {
                if [
                    "draft[user_name]",
                    "draft[group_name]",
                    "draft[role_name]",
                    "draft[policy_name]",
                    "slug",
                    "policy_name",
                    "key",
                ]
                .contains(key)
                    && *value != "bob"
                {
                    *value = &name;
                }
            }
            let document = READ.replace("\"*\"", &serde_json::to_string(HOSTILE).unwrap());
            filled[at].1 = match *field {
                "document" => &document,
                _ => HOSTILE,
            };
            let answer = ada.post_from(action, &filled, page).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action} {field}");
            let to = answer.location.unwrap();
            let shown = ada.get(&to).await;
            shows_as_text(&shown.text, &format!("{action} {field} at {to}"));
            if to == page {
                let is_said =
                    ["aria-invalid=\"true\"", "role=\"alert\"", "There "].iter().any(|sign| shown.text.contains(sign));
                // A tenant's settings lead back to themselves when they are saved.
                assert!(
                    is_said || action == "/api/tenants/rename" || shown.status != StatusCode::OK,
                    "{action} {field}: refused without a word"
                );
            } else {
                stored += 1;
            }
            // A flood and a NUL in the same place.
            for odd in ["x".repeat(64 << 10), "a\0b".to_owned()] {
                let mut filled = filled.clone();
                filled[at].1 = &odd;
                let answer = ada.post_from(action, &filled, page).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action} {field}");
                let shown = ada.get(&answer.location.unwrap()).await;
                assert!(!shown.status.is_server_error(), "{action} {field}: {}", shown.status);
            }
        }
    }
    assert!(stored >= 6, "only {stored} of them were stored");
    for path in [
        "/account",
        "/jump?q=a",
        "/t/root",
        "/t/root/tenants",
        "/t/root/settings",
        "/t/root/users",
        "/t/root/users/bob",
        "/t/root/users/bob/edit",
        "/t/root/users/bob/permissions",
        "/t/root/users/bob/tags",
        "/t/root/users/bob/history",
        "/t/root/groups",
        "/t/root/roles",
        "/t/root/policies",
        "/t/root/permission-sets",
        "/t/root/assignments",
        "/t/root/assignments/new",
        "/t/root/audit",
        "/t/root/recycle-bin",
    ] {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        shows_as_text(&page.text, path);
        for link in page.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()) {
            if link.starts_with("/t/root/") && link.matches('/').count() == 4 {
                shows_as_text(&ada.get(link).await.text, link);
            }
        }
    }
    for path in ["/t/root/users", "/t/root/audit", "/jump", "/t/root/policies", "/t/root/recycle-bin"] {
        let page = ada.get(&format!("{path}?{}", encode(&[("q", HOSTILE)]))).await;
        shows_as_text(&page.text, path);
    }
    let page = ada.get(&format!("/t/root/users/{}", encode(&[(HOSTILE, "")]))).await;
    shows_as_text(&page.text, "an address");
}
