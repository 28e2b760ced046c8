//! What only the database itself can show: the second wall, the closed list, the names of constraints.

use sqlx::Row;
use wami::store::postgres::error::UNIQUE;

use crate::support::TestDatabase;

#[tokio::test]
async fn the_role_of_requests_sees_nothing_without_a_scope() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         and has_table_privilege('wami_app', c.oid, 'select') and c.relname <> '_sqlx_migrations'",
    )
    .fetch_all(&sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap())
    .await
    .unwrap();
    assert!(tables.len() > 25, "{tables:?}");
    for table in tables {
        let sql = format!("select count(*) from {table} where ctid is not null");
        let answer: Result<i64, sqlx::Error> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(backend.app_pool()).await;
        // An empty table may answer without asking the policy; with a scope unset no row can ever be seen.
        if let Ok(count) = answer {
            assert_eq!(count, 0, "{table}");
        }
    }
    let row = sqlx::query("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user")
        .fetch_one(backend.app_pool())
        .await
        .unwrap();
    assert!(!row.get::<bool, _>(0) && !row.get::<bool, _>(1) && !row.get::<bool, _>(2));
}

#[tokio::test]
async fn every_table_of_a_tenant_is_bound_and_audit_is_only_added_to() {
    let database = TestDatabase::create().await;
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    let unbound: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
         and not (relrowsecurity and relforcerowsecurity) and relname <> '_sqlx_migrations'",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert!(unbound.is_empty(), "{unbound:?}");
    for privilege in ["update", "delete", "truncate"] {
        let may: bool = sqlx::query_scalar("select has_table_privilege('wami_app', 'audit_events', $1)")
            .bind(privilege)
            .fetch_one(&owner)
            .await
            .unwrap();
        assert!(!may, "{privilege}");
    }
    let elsewhere: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
         and has_table_privilege('wami_session', oid, 'select')",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert!(elsewhere.is_empty(), "the role of sessions reads {elsewhere:?}");
}

#[tokio::test]
async fn the_list_of_functions_that_cross_tenants_is_closed() {
    let database = TestDatabase::create().await;
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    let functions: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
         and has_function_privilege('wami_app', oid, 'execute') order by 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let readme = std::fs::read_to_string("migrations/README.md").unwrap();
    for function in &functions {
        assert!(readme.contains(&format!("`{function}`")), "{function} is not in migrations/README.md");
    }
    let fixed: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef and proconfig is null",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert!(fixed.is_empty(), "without a fixed search_path: {fixed:?}");
}

#[tokio::test]
async fn every_unique_constraint_has_a_field() {
    let database = TestDatabase::create().await;
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    // Rows that are only ever written with `on conflict` cannot clash.
    let quiet = [
        "_tags_pkey",
        "_policies_pkey",
        "_inline_policies_pkey",
        "tenant_",
        "documents_",
        "resource_providers_",
        "_sqlx_",
    ];
    let names: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
         where i.indisunique and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    for name in names {
        let known = UNIQUE.iter().any(|(known, _, _)| *known == name) || quiet.iter().any(|part| name.contains(part));
        assert!(known, "{name} is not in store/postgres/error.rs");
    }
}
