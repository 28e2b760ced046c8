//! How many statements a page costs. Every one is a round trip, whatever it does.

use std::sync::Mutex;

use http::StatusCode;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::{TestApp, request};

/// The most queries of any page, those that find out who asks and what they may do among them.
const MOST: usize = 8;

/// No queries: what opens and ends the one transaction that reads share. The end is not waited for.
fn is_transaction_control(statement: &str) -> bool {
    statement.starts_with("select wami_enter(") || statement == "rollback"
}

/// The statements of this process, which the test runner starts for one test alone.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Statements;

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Summary(String);
        impl Visit for Summary {
            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
            fn record_str(&mut self, field: &Field, value: &str) {
                if field.name() == "summary" {
                    self.0 = value.to_owned();
                }
            }
        }
        if event.metadata().target() == "sqlx::query" {
            let mut summary = Summary(String::new());
            event.record(&mut summary);
            STATEMENTS.lock().unwrap().push(summary.0);
        }
    }
}

#[tokio::test]
async fn a_page_asks_the_database_a_handful_of_times() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.person("acme", "bob").await;
    let mut ada = test.signed_in("ada").await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let mut make = async |path: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> = [("tenant", "acme")].into_iter().chain(fields.iter().copied()).collect();
        ada.call(path, &fields).await.unwrap();
    };
    make("/api/groups/create", &[("draft[group_name]", "crew")]).await;
    make("/api/groups/add-member", &[("name", "crew"), ("user_name", "bob")]).await;
    make("/api/policies/create", &[("draft[policy_name]", "P"), ("document", document)]).await;
    make("/api/roles/create", &[("draft[role_name]", "pilot"), ("trust", trust)]).await;
    make("/api/sso/create-set", &[("name", "Readers"), ("session_hours", "8")]).await;
    let audit = ada.get("/t/acme/audit").await.text;
    let record = audit.split("/t/acme/audit/").nth(1).unwrap()[..36].to_owned();

    let counting = tracing_subscriber::registry().with(Statements);
    tracing::subscriber::set_global_default(counting).unwrap();
    let mut dear = vec![];
    for path in [
        "/login",
        "/account",
        "/jump",
        "/t/root",
        "/t/acme",
        "/t/root/tenants",
        "/t/root/tenants?open=acme",
        "/t/root/tenants/new",
        "/t/acme/settings",
        "/t/acme/users",
        "/t/acme/users?q=b",
        "/t/acme/users/new",
        "/t/acme/users/bob",
        "/t/acme/users/bob/groups",
        "/t/acme/users/bob/permissions",
        "/t/acme/users/bob/tags",
        "/t/acme/users/bob/credentials",
        "/t/acme/users/bob/sessions",
        "/t/acme/users/bob/history",
        "/t/acme/users/bob/edit",
        "/t/acme/users/bob/delete",
        "/t/acme/groups",
        "/t/acme/groups/crew",
        "/t/acme/groups/crew/permissions",
        "/t/acme/groups/crew/history",
        "/t/acme/groups/crew/edit",
        "/t/acme/roles",
        "/t/acme/roles/pilot",
        "/t/acme/roles/pilot/trust",
        "/t/acme/roles/pilot/history",
        "/t/acme/policies",
        "/t/acme/policies/P",
        "/t/acme/policies/P/versions",
        "/t/acme/policies/P/compare?with=v1",
        "/t/acme/policies/P/attachments",
        "/t/acme/policies/P/edit",
        "/t/acme/policies/P/history",
        "/t/acme/permission-sets",
        "/t/acme/permission-sets/Readers",
        "/t/acme/permission-sets/Readers/policies",
        "/t/acme/assignments",
        "/t/acme/assignments/new",
        "/t/acme/audit",
        &format!("/t/acme/audit/{record}"),
        "/t/acme/recycle-bin",
    ] {
        STATEMENTS.lock().unwrap().clear();
        let page =
            ada.send(request(http::Method::GET, path).header("accept", "text/html"), axum::body::Body::empty()).await;
        let mut statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
        let opened = statements.iter().filter(|statement| statement.starts_with("select wami_enter(")).count();
        statements.retain(|statement| !is_transaction_control(statement));
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(path == "/login" || !statements.is_empty(), "{path}: nothing was counted");
        // The reads of a page share a transaction.
        if statements.len() > MOST || opened > 1 {
            dear.push(format!(
                "{path}: {} in {opened} transactions\n    {}",
                statements.len(),
                statements.join("\n    ")
            ));
        }
    }
    assert!(dear.is_empty(), "{}", dear.join("\n"));
}
