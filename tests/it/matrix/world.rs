//! Tenants, people and things that the cases are about, and the names by which the cases call them.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

use crate::support::{Browser, PASSWORD, TestApp};

/// Stands in every text of the tenant acme: whoever is refused there must not see it.
pub const MARKER: &str = "Confidential";

/// Who asks, in the order of the table.
pub const ROLES: [(&str, Option<&str>); 8] = [
    ("nobody", None),
    ("none", Some("none@acme")),
    ("auditor", Some("olga@acme")),
    ("help-desk", Some("hal@acme")),
    ("admin", Some("amy@acme")),
    ("below", Some("eric@acme.eng")),
    ("outsider", Some("gus@globex")),
    ("root", Some("ada")),
];

/// So that the built-in guardrail can be switched off without closing the tenant.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Documents, by the names under which cases give them.
const DOCUMENTS: [(&str, &str); 3] = [
    ("document", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#),
    (
        "document-2",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetGroup","Resource":"*"}]}"#,
    ),
    (
        "trust",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    ),
];

/// The world.
pub struct World {
    /// The application.
    pub test: TestApp,
    /// A browser for each of [`ROLES`].
    pub browsers: Vec<Browser>,
    /// What stands for `{name}` in a case.
    names: BTreeMap<String, String>,
}

impl World {
    /// Builds it, through the console itself.
    pub async fn build(test: TestApp) -> Self {
        let mut this = Self { test, browsers: vec![], names: BTreeMap::new() };
        for (name, text) in DOCUMENTS {
            this.name(name, text);
        }
        this.tenants_and_people().await;
        this.things().await;
        let mut owner = this.test.database().owner.connect().await.unwrap();
        this.look_up(&mut owner).await;
        // Those of the building are nobody's business.
        sqlx::query("delete from console.sessions").execute(&mut owner).await.unwrap();
        for (_, name) in ROLES {
            let browser = match name {
                Some(name) => this.test.signed_in(name).await,
                None => this.test.browser(),
            };
            this.browsers.push(browser);
        }
        this.sessions(&this.test.database().owner.clone()).await;
        this
    }

    /// A template with every `{name}` replaced.
    ///
    /// # Panics
    /// When one of them stands for nothing.
    pub fn fill(&self, template: &str) -> String {
        let mut text = template.to_owned();
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        assert!(DOCUMENTS.iter().any(|(_, document)| *document == text) || !text.contains('{'), "{template}");
        text
    }

    fn name(&mut self, name: &str, value: impl Into<String>) {
        self.names.insert(name.to_owned(), value.into());
    }

    async fn tenants_and_people(&mut self) {
        let test = &self.test;
        test.tenant("root", "acme").await;
        for child in ["eng", "lab"] {
            test.tenant("acme", child).await;
        }
        test.tenant("root", "globex").await;
        for (tenant, name) in [("acme", "amy"), ("acme.eng", "eric"), ("globex", "gus")] {
            test.administrator(tenant, name).await;
        }
        for name in ["bob", "cleo", "none", "olga", "hal"] {
            test.person("acme", name).await;
        }
        test.assign("acme", "olga", "Security auditor", "subtree").await;
        test.assign("acme", "hal", "Help desk", "subtree").await;
        let (administrator, auditor) = (test.set_id("Administrator").await, test.set_id("Security auditor").await);
        self.name("administrator", administrator);
        self.name("auditor", auditor);
    }

    /// One of everything in acme, with texts that nobody else may read.
    async fn things(&mut self) {
        let mut ada = self.test.signed_in("ada").await;
        let acme = ("tenant", "acme");
        let confidential = format!("{MARKER} words");
        let words = confidential.as_str();
        let (document, document_2, trust) = (DOCUMENTS[0].1, DOCUMENTS[1].1, DOCUMENTS[2].1);
        let bob = [acme, ("kind", "user"), ("name", "bob")];
        let calls: Vec<(&str, Vec<(&str, &str)>)> = vec![
            ("/api/tenants/rename", vec![acme, ("version", "1"), ("display_name", words)]),
            (
                "/api/users/update",
                vec![
                    acme,
                    ("name", "bob"),
                    ("version", "1"),
                    ("draft[user_name]", "bob"),
                    ("draft[display_name]", words),
                ],
            ),
            ("/api/groups/create", vec![acme, ("draft[group_name]", "crew")]),
            ("/api/groups/add-member", vec![acme, ("name", "crew"), ("user_name", "bob")]),
            (
                "/api/roles/create",
                vec![acme, ("draft[role_name]", "pilot"), ("draft[description]", words), ("trust", trust)],
            ),
            (
                "/api/policies/create",
                vec![acme, ("draft[policy_name]", "P"), ("draft[description]", words), ("document", document)],
            ),
            ("/api/policies/save-version", vec![acme, ("name", "P"), ("version", "1"), ("document", document_2)]),
            ("/api/policies/create", vec![acme, ("draft[policy_name]", "Q"), ("document", document)]),
            ("/api/policies/create", vec![("tenant", "globex"), ("draft[policy_name]", "G"), ("document", document)]),
            ("/api/owners/put-tag", [bob.as_slice(), &[("key", "team"), ("value", words)]].concat()),
            ("/api/owners/put-inline", [bob.as_slice(), &[("policy_name", "own"), ("document", document)]].concat()),
            ("/api/guardrails/create", vec![acme, ("name", "ceiling"), ("document", document)]),
            ("/api/guardrails/create", vec![acme, ("name", "everything"), ("document", EVERYTHING)]),
            ("/api/sso/create-set", vec![acme, ("name", "S"), ("description", words), ("session_hours", "1")]),
            ("/api/sso/create-set", vec![acme, ("name", "T"), ("session_hours", "1")]),
            ("/api/users/create", vec![acme, ("draft[user_name]", "dora"), ("draft[display_name]", words)]),
            ("/api/users/delete", vec![acme, ("name", "dora"), ("typed", "dora")]),
        ];
        for (path, fields) in calls {
            ada.call(path, &fields).await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        }
        for (name, path) in [("P", "/t/acme/policies/P"), ("Q", "/t/acme/policies/Q"), ("G", "/t/globex/policies/G")] {
            let page = ada.get(path).await.text;
            let arn = page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap();
            self.name(&format!("arn of {name}"), arn);
        }
        let attach = [bob.as_slice(), &[("policy_arn", &self.names["arn of P"])]].concat();
        ada.call("/api/owners/attach", &attach).await.unwrap();
        let bound = [bob.as_slice(), &[("boundary_arn", &self.names["arn of Q"])]].concat();
        ada.call("/api/owners/put-boundary", &bound).await.unwrap();
        self.name("mark of ceiling", wami::guardrails::service::mark(document));
        let page = ada.post("/api/users/create-link", &[acme, ("name", "cleo")]).await;
        let shown = ada.get(page.location.as_deref().unwrap()).await.text;
        self.name("link", &shown.split("/welcome/").nth(1).unwrap()[..64]);
        self.name("password", PASSWORD);
    }

    /// Ids and versions, as the database has them.
    async fn look_up(&mut self, owner: &mut PgConnection) {
        let set: String = sqlx::query_scalar("select id::text from permission_sets where name = 'T'")
            .fetch_one(&mut *owner)
            .await
            .unwrap();
        let mut ada = self.test.signed_in("ada").await;
        let assign =
            [("tenant", "acme"), ("kind", "user"), ("principal", "bob"), ("set", set.as_str()), ("reach", "tenant")];
        ada.call("/api/sso/assign", &assign).await.unwrap();
        self.name("set T", set);
        for (name, sql) in [
            (
                "assignment",
                "select a.id::text from assignments a join permission_sets s on s.id = a.set_id where s.name = 'T'",
            ),
            ("set S", "select id::text from permission_sets where name = 'S'"),
            ("item", "select id::text from bin_items"),
            (
                "event",
                "select e.id::text from audit_events e join tenants t on t.id = e.tenant_id where t.path = 'acme' and e.after::text like '%Confidential%' limit 1",
            ),
        ] {
            let id: String = sqlx::query_scalar(sql).fetch_one(&mut *owner).await.unwrap();
            self.name(name, id);
        }
        let versions: Vec<(String, i64)> = sqlx::query_as(
            "select 'version of ' || name, row_version from (
                 select user_name as name, row_version, tenant_id from users union all
                 select group_name, row_version, tenant_id from groups union all
                 select role_name, row_version, tenant_id from roles union all
                 select policy_name, row_version, tenant_id from policies union all
                 select name, row_version, tenant_id from permission_sets union all
                 select path, row_version, id from tenants) everything",
        )
        .fetch_all(owner)
        .await
        .unwrap();
        for (name, version) in versions {
            self.name(&name, version.to_string());
        }
    }

    /// A second session of amy, and those of two who ask for nothing here.
    async fn sessions(&mut self, owner: &PgConnectOptions) {
        let mut owner = owner.connect().await.unwrap();
        for name in ["bob@acme", "cleo@acme"] {
            self.test.signed_in(name).await;
        }
        let known: Vec<String> =
            sqlx::query_scalar("select public_id::text from console.sessions").fetch_all(&mut owner).await.unwrap();
        self.test.signed_in("amy@acme").await;
        let all: Vec<String> =
            sqlx::query_scalar("select public_id::text from console.sessions").fetch_all(&mut owner).await.unwrap();
        let session = all.into_iter().find(|id| !known.contains(id)).unwrap();
        self.name("session of amy", session);
    }
}
