//! No secret is written anywhere: not in the log, not in the audit, not in any table (security S26).

use std::io::Write;
use std::sync::{Arc, Mutex};

use sqlx::{AssertSqlSafe, PgPool};
use tracing_subscriber::fmt::MakeWriter;
use wami::authn::setup;
use wami::wire::Secret;

use crate::support::TestApp;

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every row of every table as text.
async fn dump(owner: &PgPool) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'console') and c.relkind = 'r'",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let mut text = String::new();
    for table in tables {
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("select t::text from {table} t"))).fetch_all(owner).await.unwrap();
        text.push_str(&rows.join("\n"));
    }
    text
}

#[tokio::test]
async fn after_a_full_run_no_secret_is_in_the_log_the_audit_or_any_table() {
    let log = Kept::default();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(lines);
    let test = TestApp::empty().await;
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    let mut secrets: Vec<(&str, String)> = Vec::new();

    let link = setup::link(&test.app).await.unwrap().unwrap();
    let token = link.expose().rsplit('/').next().unwrap().to_owned();
    let first = "the first password of ada";
    secrets.extend([("the set-up token", token.clone()), ("a first password", first.to_owned())]);
    let mut ada = test.browser();
    ada.get(&format!("/setup/{token}")).await;
    let fields = [
        ("token", token.as_str()),
        ("user_name", "ann"),
        ("display_name", ""),
        ("email", ""),
        ("password", "short"),
        ("repeated", "short"),
    ];
    ada.post_from("/api/account/setup", &fields, &format!("/setup/{token}")).await;
    let fields = fields.map(|(name, value)| (name, if value == "short" { first } else { value }));
    ada.call("/api/account/setup", &fields).await.unwrap();

    let guess = "a guess that may be nearly right";
    secrets.push(("a wrong password", guess.to_owned()));
    ada.post_from("/api/account/sign-in", &[("name", "ann"), ("password", guess)], "/login").await;
    ada.post("/api/account/sign-in", &[("name", "ann"), ("password", first)]).await;
    secrets.push(("a session", ada.cookie("__Host-wami").unwrap().to_owned()));

    ada.call("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]).await.unwrap();
    let page = ada.post("/api/users/create-link", &[("tenant", "root"), ("name", "bob")]).await;
    secrets.push(("a flash", ada.cookie("__Host-wami-flash").unwrap().to_owned()));
    let waiting = dump(&owner).await;
    let shown = ada.get(page.location.as_deref().unwrap()).await.text;
    let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
    assert!(!waiting.contains(&token), "a link that waits to be shown is readable in the database");
    secrets.push(("a link", token.clone()));
    let chosen = "what bob has chosen himself";
    secrets.push(("a chosen password", chosen.to_owned()));
    let mut bob = test.browser();
    bob.get(&format!("/welcome/{token}")).await;
    let fields = [("token", token.as_str()), ("password", chosen), ("repeated", chosen)];
    bob.post_from("/api/account/accept-link", &fields, &format!("/welcome/{token}")).await;
    bob.post("/api/account/sign-in", &[("name", "bob"), ("password", chosen)]).await;
    secrets.push(("another session", bob.cookie("__Host-wami").unwrap().to_owned()));
    let changed = "and what he chose afterwards";
    secrets.push(("a changed password", changed.to_owned()));
    let fields = [("current_password", chosen), ("password", changed), ("repeated", changed)];
    bob.post("/api/account/change-password", &fields).await;
    secrets.push(("a new session", bob.cookie("__Host-wami").unwrap().to_owned()));
    bob.post("/api/account/sign-out", &[]).await;

    let rows = dump(&owner).await;
    let lines = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    let places = [("the log", lines), ("a table", rows)];
    assert!(places[0].1.contains("answered") && places[1].1.contains("console:SignIn"), "something was written");
    for (what, secret) in &secrets {
        assert!(secret.len() >= 20, "{what}");
        for (place, text) in &places {
            assert!(!text.contains(secret.as_str()), "{what} is in {place}");
        }
    }
    assert!(places[1].1.contains("$argon2id$"), "passwords are kept as hashes");
}

#[test]
fn a_secret_does_not_show_itself() {
    let secret = Secret::new("a secret of some length".to_owned());
    assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("length"));
}
