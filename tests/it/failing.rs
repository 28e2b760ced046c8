//! Failing well: closed, whole and without telling anything (security S28–S33).

use http::StatusCode;
use sqlx::PgPool;
use wami::wire::Code;

use crate::support::TestApp;

#[tokio::test]
async fn a_change_that_cannot_be_recorded_is_not_made() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    sqlx::raw_sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the disk is full of secrets'; end $$;
         create trigger refuse before insert on audit_events execute function refuse();",
    )
    .execute(&owner)
    .await
    .unwrap();
    let calls: [(&str, &[(&str, &str)]); 3] = [
        ("/api/users/create", &[("tenant", "root"), ("draft[user_name]", "bob")]),
        ("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "crew")]),
        ("/api/tenants/create", &[("tenant", "root"), ("slug", "acme"), ("display_name", "Acme")]),
    ];
    for (path, fields) in calls {
        let error = ada.call(path, fields).await.unwrap_err();
        assert_eq!(error.code, Code::Internal, "{path}");
        assert!(error.request_id.is_some() && !error.message.contains("disk"), "{error:?}");
    }
    for page in ["/t/root/users/bob", "/t/root/groups/crew", "/t/acme"] {
        assert_eq!(ada.get(page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
}

#[tokio::test]
async fn where_nothing_can_be_decided_everything_is_refused() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("acme", "amy").await;
    let mut amy = test.signed_in("amy@acme").await;
    assert_eq!(amy.get("/t/acme/users").await.status, StatusCode::OK);
    // As an import may have left it: read by nobody, and perhaps it denies.
    let owner = PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    sqlx::raw_sql(
        "insert into documents (hash, text) values (sha256('{\"Statement\": 7}'), '{\"Statement\": 7}');
         insert into user_inline_policies (tenant_id, owner_id, policy_name, document_hash)
         select tenant_id, id, 'broken', sha256('{\"Statement\": 7}') from users where user_name = 'amy';",
    )
    .execute(&owner)
    .await
    .unwrap();
    let create = [("tenant", "acme"), ("draft[user_name]", "eve")];
    let error = amy.call("/api/users/create", &create).await.unwrap_err();
    assert_eq!(error.code, Code::Undecidable);
    assert!(error.message.contains("broken"), "it says which: {error:?}");
    assert!(amy.get("/t/acme/users").await.status.is_server_error());
    // Somebody else repairs it.
    let mut ada = test.signed_in("ada").await;
    let remove = [("tenant", "acme"), ("kind", "user"), ("name", "amy"), ("policy_name", "broken")];
    ada.call("/api/owners/delete-inline", &remove).await.unwrap();
    amy.call("/api/users/create", &create).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_so_and_nothing_more() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let owner = PgPool::connect_with(test.database().owner.clone().database("postgres")).await.unwrap();
    let name = test.database().owner.get_database().unwrap().to_owned();
    let close = format!("alter database {name} allow_connections false");
    sqlx::query(sqlx::AssertSqlSafe(close)).execute(&owner).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(&name)
        .execute(&owner)
        .await
        .unwrap();
    for path in ["/t/root/users", "/account", "/readyz"] {
        let page = ada.get(path).await;
        assert!(page.status.is_server_error(), "{path}: {}", page.status);
        for word in ["sqlx", "postgres", "pg_", "terminat", "allow_conn", "src/", name.as_str()] {
            assert!(!page.text.to_lowercase().contains(word), "{path} speaks of {word}: {}", page.text);
        }
    }
    let open = format!("alter database {name} allow_connections true");
    sqlx::query(sqlx::AssertSqlSafe(open)).execute(&owner).await.unwrap();
    // Each connection that was cut off may be noticed by one request.
    let mut tries = 0;
    while ada.get("/t/root/users").await.status != StatusCode::OK {
        tries += 1;
        assert!(tries < 20, "it recovers by itself, and the session with it");
    }
}

#[tokio::test]
async fn the_last_administrator_of_a_tenant_stays() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("root", "bea").await;
    let mut bea = test.signed_in("bea").await;
    let version =
        |text: &str| text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // One of two may go; of the last, every way is closed.
    let page = bea.get("/t/root/users/ada/edit").await.text;
    let disable = [("tenant", "root"), ("name", "ada"), ("version", &version(&page)), ("enabled", "false")];
    bea.call("/api/users/set-enabled", &disable).await.unwrap();
    let own = bea.get("/t/root/users/bea/edit").await.text;
    for (path, fields) in [
        (
            "/api/users/set-enabled",
            vec![("tenant", "root"), ("name", "bea"), ("version", version(&own).as_str()), ("enabled", "false")],
        ),
        ("/api/users/delete", vec![("tenant", "root"), ("name", "bea"), ("typed", "bea")]),
    ] {
        assert_eq!(bea.call(path, &fields).await.unwrap_err().code, Code::Unmodifiable, "{path}");
    }
    let page = bea.get("/t/root/assignments?q=bea").await.text;
    let id = page.split("name=\"assignment\" value=\"").nth(1).unwrap()[..36].to_owned();
    let unassign = [("tenant", "root"), ("assignment", id.as_str())];
    assert_eq!(bea.call("/api/sso/unassign", &unassign).await.unwrap_err().code, Code::Unmodifiable);

    // An administrator through a group.
    bea.call("/api/groups/create", &[("tenant", "root"), ("draft[group_name]", "admins")]).await.unwrap();
    let set = test.set_id("Administrator").await;
    let assign =
        [("tenant", "root"), ("kind", "group"), ("principal", "admins"), ("set", set.as_str()), ("reach", "subtree")];
    bea.call("/api/sso/assign", &assign).await.unwrap();
    bea.call("/api/groups/add-member", &[("tenant", "root"), ("name", "admins"), ("user_name", "bea")]).await.unwrap();
    bea.call("/api/sso/unassign", &unassign).await.unwrap();
    let leave = [("tenant", "root"), ("name", "admins"), ("user_name", "bea")];
    assert_eq!(bea.call("/api/groups/remove-member", &leave).await.unwrap_err().code, Code::Unmodifiable);
    let delete = [("tenant", "root"), ("name", "admins"), ("typed", "admins")];
    assert_eq!(bea.call("/api/groups/delete", &delete).await.unwrap_err().code, Code::Unmodifiable);
    assert_eq!(bea.get("/t/root/users").await.status, StatusCode::OK);
}
