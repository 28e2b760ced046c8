//! What only the database itself can show: the second wall, the closed list, the names of constraints.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use wami::AmiError;
use wami::sso_admin::{PermissionSet, PrincipalKind, Reach};
use wami::store::postgres::error::{UNIQUE, absent};
use wami::store::traits::{AuthoritySource, NewAssignment};
use wami::store::{ActorKey, Backend, Scope};

use super::{a_person, a_tenant};
use crate::support::TestDatabase;

/// Tables that hold a tenant's rows and that the role of requests may read.
async fn tables_of_tenants(owner: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         and has_table_privilege('wami_app', c.oid, 'select') and c.relname <> '_sqlx_migrations' order by 1",
    )
    .fetch_all(owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn without_a_scope_every_table_is_an_error() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let tables = tables_of_tenants(&owner).await;
    assert!(tables.len() > 25, "{tables:?}");
    // A table without rows does not ask: every one gets one, whatever it means.
    let mut rows = owner.begin().await.unwrap();
    a_row_in_each(&mut rows, &tables).await;
    rows.commit().await.unwrap();
    // Unset on a fresh connection, and on one that had a scope.
    for codes in [["42704"], ["22P02"]] {
        for table in &tables {
            let answer =
                sqlx::query(AssertSqlSafe(format!("select 1 from {table}"))).fetch_all(backend.app_pool()).await;
            let code = answer.err().and_then(|error| error.as_database_error()?.code().map(|code| code.into_owned()));
            // The tree is guarded by texts: an empty range shows nothing, without an error.
            if table == "tenants" && codes == ["22P02"] {
                assert_eq!(code, None, "tenants");
                continue;
            }
            assert!(code.as_deref().is_some_and(|code| codes.contains(&code)), "{table}: {code:?}");
        }
        let mut used = backend.app_pool().begin().await.unwrap();
        for name in ["wami.tenant_id", "wami.tree_from", "wami.tree_to"] {
            sqlx::query("select set_config($1, '', true)").bind(name).execute(&mut *used).await.unwrap();
        }
        used.commit().await.unwrap();
    }
    let seen = sqlx::query("select 1 from tenants").fetch_all(backend.app_pool()).await.unwrap();
    assert!(seen.is_empty());
}

/// One row in every table, past foreign keys and checks: what is tested is who sees it.
async fn a_row_in_each(connection: &mut PgConnection, tables: &[String]) {
    sqlx::query("set local session_replication_role = replica").execute(&mut *connection).await.unwrap();
    for table in tables {
        let columns: Vec<(String, String, bool)> = sqlx::query_as(
            "select column_name::text, data_type::text, is_nullable = 'NO' and column_default is null and is_generated = 'NEVER'
             from information_schema.columns where table_schema = 'public' and table_name = $1",
        )
        .bind(table)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let needed: Vec<_> = columns.into_iter().filter(|(.., needed)| *needed).collect();
        let names: Vec<&str> = needed.iter().map(|(name, ..)| name.as_str()).collect();
        let values = needed.iter().map(|(name, kind, _)| match (name.as_str(), kind.as_str()) {
            ("document_hash" | "trust_document_hash" | "hash", _) => "sha256('x')",
            ("content", _) if table == "import_marks" => "decode(repeat('00', 16), 'hex')",
            ("kind", _) if table == "import_marks" => "'user'",
            ("reach", _) => "'tenant'",
            ("outcome", _) => "'success'",
            ("account_id", _) if table == "tenants" => "'999999999999'",
            ("slug" | "path", _) if table == "tenants" => "'x'",
            ("session_seconds", _) => "3600",
            (_, "uuid") => "'00000000-0000-7000-8000-000000000001'",
            (_, "timestamp with time zone") => "now()",
            (_, "integer" | "bigint") => "1",
            (_, "boolean") => "true",
            (_, "jsonb") => "'{}'",
            (_, "ARRAY") => "'{}'",
            _ => "'xyz'",
        });
        let principal =
            if table == "assignments" { (", user_id", ", '00000000-0000-7000-8000-000000000001'") } else { ("", "") };
        let parent =
            if table == "tenants" { (", parent_id", ", '00000000-0000-7000-8000-000000000002'") } else { ("", "") };
        let sql = format!(
            "insert into {table} ({}{}{}) values ({}{}{}) on conflict do nothing",
            names.join(", "),
            principal.0,
            parent.0,
            values.collect::<Vec<_>>().join(", "),
            principal.1,
            parent.1
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await.unwrap();
    }
}

#[tokio::test]
async fn a_scope_shows_one_tenant_and_takes_rows_of_no_other() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let (acme, globex) = (a_tenant(&backend, "acme").await, a_tenant(&backend, "globex").await);
    let (ann, in_acme) = a_person(&backend, &acme, "ann").await;
    a_person(&backend, &globex, "gus").await;
    backend.parts(&in_acme).iam.find_user("ann").await.unwrap().unwrap();

    let mut scoped = backend.app_pool().begin().await.unwrap();
    sqlx::query("select wami_enter($1, $2, $1)")
        .bind(acme.id.uuid())
        .bind(ann.id.uuid())
        .execute(&mut *scoped)
        .await
        .unwrap();
    for table in tables_of_tenants(&owner).await.iter().filter(|table| *table != "tenants") {
        let strangers: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table} where tenant_id <> $1")))
                .bind(acme.id.uuid())
                .fetch_one(&mut *scoped)
                .await
                .unwrap();
        assert_eq!(strangers, 0, "{table}");
    }
    let tenants: Vec<String> = sqlx::query_scalar("select path from tenants").fetch_all(&mut *scoped).await.unwrap();
    assert_eq!(tenants, ["acme"], "without reach there is nothing below, and nothing above");
    let smuggled = sqlx::query(
        "insert into groups (tenant_id, id, group_name, group_id, arn, wami_arn, path, create_date, updated_at)
         values ($1, gen_random_uuid(), 'x', 'x', 'x', 'x', '/', now(), now())",
    )
    .bind(globex.id.uuid())
    .execute(&mut *scoped)
    .await
    .unwrap_err();
    assert_eq!(smuggled.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"));
    drop(scoped);

    let row = sqlx::query("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user")
        .fetch_one(backend.app_pool())
        .await
        .unwrap();
    assert!(!row.get::<bool, _>(0) && !row.get::<bool, _>(1) && !row.get::<bool, _>(2));
}

#[tokio::test]
async fn the_system_itself_reaches_no_further_than_its_scope() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let (acme, globex) = (a_tenant(&backend, "acme").await, a_tenant(&backend, "globex").await);
    a_person(&backend, &globex, "gus").await;
    let parts = backend.parts(&Scope::of_system(acme.clone()));
    assert!(parts.iam.find_user("gus").await.unwrap().is_none());
    assert!(parts.tenants.get_tenant(globex.id).await.unwrap().is_none());
    assert!(parts.tenants.find_tenant(&globex.path).await.unwrap().is_none());
    assert_eq!(parts.tenants.counts(&[globex.id]).await.unwrap()[0].users, 0);
}

#[tokio::test]
async fn an_assignment_does_not_outlive_a_move_away_from_its_principal() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let (acme, globex) = (a_tenant(&backend, "acme").await, a_tenant(&backend, "globex").await);
    let (ann, _) = a_person(&backend, &acme, "ann").await;
    let root = Scope::of_system(backend.ensure_root("Root").await.unwrap());
    let mut above = backend.parts(&Scope::of_system(acme.clone()));
    let shop = above.tenants.create_tenant(acme.id, "shop", "Shop", "300000000001").await.unwrap();
    let shop = backend.directory().tenant(shop.id).await.unwrap().unwrap();
    let set = backend.parts(&root).sso.insert_permission_set(a_set("Everything")).await.unwrap();
    let mut parts = backend.parts(&Scope::of_system(shop.clone()));
    let new = NewAssignment {
        set_tenant_id: root.tenant.id,
        set_id: set.id,
        principal_kind: PrincipalKind::User,
        principal_tenant_id: acme.id,
        principal_id: ann.id.uuid(),
        reach: Reach::Tenant,
        expires_at: None,
        created_by: None,
    };
    parts.sso.create_account_assignment(new).await.unwrap();
    let actor = ActorKey { tenant_id: acme.id, user_id: ann.id };
    let scope = Scope::of_actor(shop.clone(), actor);
    assert!(backend.parts(&scope).iam.find_user("x").await.is_ok());

    backend.parts(&root).tenants.move_tenant(shop.id, globex.id, "shop").await.unwrap();
    let refused = backend.parts(&scope).iam.find_user("x").await;
    assert!(matches!(refused, Err(AmiError::AccessDenied { .. })), "{refused:?}");
    let now = super::a_time();
    let authority = backend.directory().authority(actor, shop.id, now).await.unwrap();
    assert!(authority.iter().all(|row| matches!(row.source, AuthoritySource::Guardrail { .. })), "{authority:?}");
    assert_eq!(backend.directory().my_access(actor, now).await.unwrap().len(), 1, "only home is left");
}

fn a_set(name: &str) -> PermissionSet {
    PermissionSet {
        name: name.into(),
        permission_set_arn: format!("arn:aws:sso:::permissionSet/ssoins-1/ps-{name}"),
        description: None,
        session_seconds: 3600,
        relay_state: None,
        requires_elevation: false,
        is_builtin: false,
        permissions_boundary: None,
        created_date: super::a_time(),
        tags: vec![],
        wami_arn: format!("arn:wami:sso:::permission-set/{name}"),
        providers: vec![],
        tenant_id: None,
    }
}

#[tokio::test]
async fn every_table_of_a_tenant_is_bound_and_audit_is_only_added_to() {
    let database = TestDatabase::create().await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
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
    for column in ["lineage", "id", "account_id"] {
        let may: bool = sqlx::query_scalar("select has_column_privilege('wami_app', 'tenants', $1, 'update')")
            .bind(column)
            .fetch_one(&owner)
            .await
            .unwrap();
        assert!(!may, "the {column} of a tenant decides who gets in");
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
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let functions: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let readme = std::fs::read_to_string("migrations/README.md").unwrap();
    let listed = readme.split("## Functions that cross tenants").nth(1).unwrap();
    let mut listed: Vec<String> =
        listed.split('`').filter(|word| word.starts_with("wami_")).map(str::to_owned).collect();
    listed.retain(|word| word != "wami_app");
    listed.sort();
    assert_eq!(functions, listed, "the database's functions, and those of migrations/README.md");
    let for_the_owner: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
         and not has_function_privilege('wami_app', oid, 'execute') order by 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert_eq!(for_the_owner, ["wami_count_rows", "wami_enter_system", "wami_follow_paths"]);
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
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
         where i.indisunique and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let mut names: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| *name != "_sqlx_migrations_pkey").collect();
    let mut known: Vec<&str> = UNIQUE.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known, "the database's constraints, and those of store/postgres/error.rs");
}

#[tokio::test]
async fn every_foreign_key_tells_what_was_not_there() {
    let database = TestDatabase::create().await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "select conname::text from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        assert!(absent(&name).is_some(), "{name} is not in store/postgres/error.rs");
    }
}
