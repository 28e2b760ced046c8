//! How many rows the database reads for an answer: lists cost what they show, not what there is.

use sqlx::{AssertSqlSafe, PgPool};
use wami::iam::{InlinePolicy, Owner, Person, Tag};
use wami::store::postgres::PostgresBackend;
use wami::store::provider::NativeKind;
use wami::store::traits::{Body, ImportMark, PolicyScope, PutWhole, Taggable, Whole, WholeKey};
use wami::store::{Backend, Scope};
use wami::wire::page::{PageRequest, Sort};
use wami::wire::{Cursor, Filter, Total};

use super::{a_group, a_person, a_tenant, a_user};
use crate::support::TestDatabase;

const KEYS: &[&str] = &["path", "tag", "status", "group", "created", "attached", "source"];

/// Rows and index entries of a table that all sessions have read so far.
struct Meter {
    owner: PgPool,
    /// The one connection of the backend, told to hand its counters in.
    app: PgPool,
}

impl Meter {
    async fn of(database: &TestDatabase, backend: &PostgresBackend) -> Self {
        let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
        Self { owner, app: backend.app_pool().clone() }
    }

    async fn read(&self, table: &str) -> i64 {
        sqlx::query("select pg_stat_force_next_flush()").execute(&self.app).await.unwrap();
        // Counters are handed in when a transaction ends, and read afresh by another session.
        sqlx::query("select 1").execute(&self.app).await.unwrap();
        sqlx::query_scalar(
            "select (select seq_tup_read from pg_stat_user_tables where relname = $1)
                 + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relname = $1)",
        )
        .bind(table)
        .fetch_one(&self.owner)
        .await
        .unwrap()
    }
}

/// A hundred thousand users, of whom every 1000th is in a group and every 500th below `/rare/`.
async fn many_users(database: &TestDatabase, tenant: uuid::Uuid, group: uuid::Uuid) {
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    sqlx::query(
        "insert into users (tenant_id, id, user_name, user_id, arn, wami_arn, path, display_name, create_date,
             password_last_used, updated_at)
         select $1, md5(n::text)::uuid, 'user' || lpad(n::text, 6, '0'), 'AIDA' || n, 'arn' || n, 'wami' || n,
             case when n % 500 = 0 then '/rare/' else '/' end,
             case when n % 2 = 0 then 'Anna Smith' when n % 1000 = 1 then 'Zoe Quixote' end,
             timestamptz '2020-01-01' + n * interval '1 minute',
             case when n % 3 = 0 then timestamptz '2024-01-01' + n * interval '1 minute' end, now()
         from generate_series(1, 100000) n",
    )
    .bind(tenant)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query(
        "insert into group_members (tenant_id, group_id, user_id, added_at)
         select $1, $2, md5(n::text)::uuid, now() from generate_series(1000, 100000, 1000) n",
    )
    .bind(tenant)
    .bind(group)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query(
        "insert into user_tags (tenant_id, owner_id, key_key, key, value)
         select $1, md5(n::text)::uuid, 'team', 'team', 'core' from generate_series(500, 100000, 500) n",
    )
    .bind(tenant)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query("analyze").execute(&owner).await.unwrap();
}

#[tokio::test]
async fn a_page_of_a_hundred_thousand_reads_no_more_than_it_needs() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    let group = backend.parts(&scope).iam.insert_group(a_group("staff")).await.unwrap();
    many_users(&database, acme.id.uuid(), group.id.uuid()).await;
    let iam = backend.parts(&scope).iam;
    let meter = Meter::of(&database, &backend).await;

    let page = |sort, descending| PageRequest { limit: 50, sort, descending, cursor: None };
    let by_name = page(Sort::Name, false);
    // What is asked, and the most rows or index entries that may be read for it.
    let cases = [
        ("", by_name.clone(), 200),
        ("", page(Sort::Name, true), 200),
        ("", page(Sort::Created, false), 200),
        ("", page(Sort::Created, true), 200),
        ("", page(Sort::LastUsed, false), 200),
        ("", page(Sort::LastUsed, true), 200),
        // Frequent: met soon in the order of the list, and counted up to the limit.
        ("smith", by_name.clone(), 80_000),
        // Rare: not met among the next 5,000, then by trigrams.
        ("quixote", by_name.clone(), 12_000),
        ("quixote zoe", page(Sort::Created, true), 12_000),
        ("nobodyiscalledso", by_name.clone(), 12_000),
        ("path:/rare/", by_name.clone(), 2_000),
        ("path:/rare/ quixote", by_name.clone(), 2_000),
        ("tag:team=core", by_name.clone(), 3_000),
        ("group:staff", by_name.clone(), 2_000),
        ("created:<2020-01-02", page(Sort::Created, false), 5_000),
    ];
    for (text, page, most) in cases {
        let filter = Filter::parse(text, KEYS).unwrap();
        // The first call of a kind reads the catalogue and makes plans.
        iam.list_users(&filter, &page).await.unwrap();
        let before = meter.read("users").await;
        iam.list_users(&filter, &page).await.unwrap();
        let read = meter.read("users").await - before;
        assert!(read > 0, "the meter works: {text}");
        assert!(read <= most, "“{text}” by {:?} read {read} rows", page.sort);
    }

    // A page deep inside costs what the first one does, also with a plan that knows no values.
    let first = iam.list_users(&Filter::default(), &by_name).await.unwrap();
    let mut deep: Cursor = first.next.unwrap().parse().unwrap();
    deep.key = "user090000".into();
    let deep = by_name.at(Some(deep));
    for _ in 0..12 {
        let page = iam.list_users(&Filter::default(), &deep).await.unwrap();
        assert_eq!((page.items[0].user_name.as_str(), page.total), ("user090001", Total::Exact(100_001)));
    }
    let before = meter.read("users").await;
    iam.list_users(&Filter::default(), &deep).await.unwrap();
    let read = meter.read("users").await - before;
    assert!(read <= 200, "a deep page read {read} rows");

    let before = meter.read("users").await;
    let members = iam.list_group_members("staff", &PageRequest::first(50)).await.unwrap();
    assert_eq!((members.items.len(), members.total), (50, Total::Exact(100)));
    let read = meter.read("users").await - before;
    assert!(read <= 1_000, "the members of a group read {read} rows");
}

#[tokio::test]
async fn events_are_found_among_many() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    sqlx::query(
        "insert into audit_events (tenant_id, id, at, actor_name, acting_as, request_id, action, target_kind, target_name,
             target_arn, outcome)
         select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), 'ada', '{}', 'r' || n,
             case when n % 2 = 0 then 'iam:CreateUser' else 'iam:TagUser' end, 'user', 'user' || lpad(n::text, 5, '0'), '',
             case when n % 1000 = 0 then 'refused' else 'success' end
         from generate_series(1, 50000) n",
    )
    .bind(acme.id.uuid())
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query("analyze audit_events").execute(&owner).await.unwrap();
    let records = backend.parts(&scope).records;
    let meter = Meter::of(&database, &backend).await;
    let keys = &["action", "actor", "target", "kind", "outcome", "request", "created"];
    // What is asked, how many there are, and the most rows or index entries that may be read for it.
    let cases = [
        ("", 10_001, 21_000),
        ("ada", 10_001, 45_000),
        ("user04711", 1, 12_000),
        ("target:user04711", 1, 50),
        ("request:r17", 1, 50),
        ("outcome:refused", 50, 1_000),
        ("action:iam:Create*", 10_001, 31_000),
        ("action:iam:Create* user0471", 5, 150_000),
    ];
    for (text, count, most) in cases {
        let filter = Filter::parse(text, keys).unwrap();
        let page = records.list_events(&filter, &PageRequest::first(50)).await.unwrap();
        let newest = page.items.windows(2).all(|pair| pair[0].id > pair[1].id);
        assert!(newest && page.items.len() == count.min(50), "{text}: {} rows", page.items.len());
        let total = if count > 10_000 { Total::AtLeast(10_000) } else { Total::Exact(count as u64) };
        assert_eq!(page.total, total, "{text}");
        let before = meter.read("audit_events").await;
        records.list_events(&filter, &PageRequest::first(50)).await.unwrap();
        let read = meter.read("audit_events").await - before;
        assert!(read > 0 && read <= most, "“{text}” read {read} rows");
        if let Some(next) = page.next {
            let next = PageRequest::first(50).at(Some(next.parse().unwrap()));
            let next = records.list_events(&filter, &next).await.unwrap();
            assert!(next.items.len() == 50.min(count - 50) && next.items[0].id < page.items[49].id, "{text}");
        }
    }
}

/// Plans are kept from when the tables were empty: no statement may come to read the whole tenant.
#[tokio::test]
async fn a_tenant_that_grows_in_one_unit_costs_the_same_for_each_user() {
    const USERS: i64 = 400;
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    let meter = Meter::of(&database, &backend).await;
    let tables = ["users", "groups", "group_members", "user_tags", "user_policies", "user_inline_policies"];
    let mut before = Vec::new();
    for table in tables {
        before.push(meter.read(table).await);
    }
    let mut unit = backend.begin(&scope).await.unwrap();
    unit.iam.insert_group(a_group("staff")).await.unwrap();
    for n in 0..USERS {
        let name = format!("user{n}");
        let mut user = a_user(&name);
        user.tags = vec![Tag::new("team", "core"), Tag::new("floor", "2")];
        unit.iam.insert_user(user, Person::default()).await.unwrap();
        unit.iam.add_user_to_group("staff", &name).await.unwrap();
        unit.iam.tag(&Taggable::Owner(Owner::user(&name)), &[Tag::new("floor", "3")]).await.unwrap();
        unit.iam.find_user(&name).await.unwrap().unwrap();
        unit.iam.list_groups_for_user(&name).await.unwrap();
        unit.iam.list_attached_policies(&Owner::user(&name)).await.unwrap();
        unit.iam.list_inline_policies(&Owner::user(&name)).await.unwrap();
    }
    unit.commit().await.unwrap();
    for (table, before) in tables.into_iter().zip(before) {
        let each = (meter.read(table).await - before) / USERS;
        assert!(each <= 40, "{table}: {each} rows read for each user");
    }
}

/// The lookups whose plans foreign keys and the driver keep, in a database that has never seen a row.
#[tokio::test]
async fn lookups_in_an_empty_database_use_the_whole_key() {
    let database = TestDatabase::create().await;
    let owner = PgPool::connect_with(database.owner.clone()).await.unwrap();
    let mut connection = owner.acquire().await.unwrap();
    sqlx::query("set plan_cache_mode = force_generic_plan").execute(&mut *connection).await.unwrap();
    let cases = [
        ("users", "tenant_id = $1 and id = $2::uuid", "id"),
        ("users", "tenant_id = $1 and name_key = $2", "name_key"),
        ("groups", "tenant_id = $1 and id = $2::uuid", "id"),
        ("groups", "tenant_id = $1 and name_key = $2", "name_key"),
        ("roles", "tenant_id = $1 and id = $2::uuid", "id"),
        ("roles", "tenant_id = $1 and name_key = $2", "name_key"),
        ("policies", "tenant_id = $1 and id = $2::uuid", "id"),
        ("policies", "tenant_id = $1 and arn = $2", "arn"),
        ("permission_sets", "tenant_id = $1 and id = $2::uuid", "id"),
        ("permission_sets", "tenant_id = $1 and name_key = $2", "name_key"),
        ("group_members", "tenant_id = $1 and group_id = $2::uuid", "group_id"),
        ("group_members", "tenant_id = $1 and user_id = $2::uuid", "user_id"),
        ("user_tags", "tenant_id = $1 and owner_id = $2::uuid", "owner_id"),
        ("user_policies", "tenant_id = $1 and owner_id = $2::uuid", "owner_id"),
        ("user_policies", "tenant_id = $1 and policy_id = $2::uuid", "policy_id"),
        ("assignments", "principal_tenant_id = $1 and user_id = $2::uuid", "user_id"),
        ("login_profiles", "tenant_id = $1 and user_id = $2::uuid", "user_id"),
        ("policy_versions", "tenant_id = $1 and policy_id = $2::uuid", "policy_id"),
    ];
    for (at, (table, condition, column)) in cases.into_iter().enumerate() {
        let prepare = format!("prepare lookup{at} (uuid, text) as select 1 from {table} where {condition}");
        let prepare =
            if condition.contains("::uuid") { prepare.replace("text", "uuid").replace("::uuid", "") } else { prepare };
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
        let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("explain execute lookup{at} (null, null)")))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let plan = lines.join("\n");
        let leading =
            plan.lines().find(|line| line.contains("Index Cond")).unwrap_or_else(|| panic!("{table}: {plan}"));
        assert!(leading.contains(column), "{table} by {column}: {plan}");
        // The key's columns come first in the index, so that nothing is read beside it.
        let index = plan.split("using ").nth(1).unwrap().split(' ').next().unwrap();
        let key: Vec<String> = sqlx::query_scalar(
            "select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid
                 and a.attnum = any ((i.indkey::int2[])[0:1]) where i.indexrelid = $1::regclass",
        )
        .bind(index)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        assert!(key.iter().any(|first| first == column), "{table} by {column} goes through {index} ({key:?})");
    }
}

#[tokio::test]
async fn a_page_of_policies_has_the_document_of_each() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let root = backend.ensure_root("Root").await.unwrap();
    let mut parts = backend.parts(&Scope::of_system(root));
    for n in 0..60 {
        let policy = wami::iam::Policy {
            policy_name: format!("p{n:02}"),
            policy_id: format!("ANPA{n}"),
            arn: format!("arn:aws:iam::111111111111:policy/p{n}"),
            path: "/".into(),
            default_version_id: "v1".into(),
            policy_document: format!("{{\"n\":{n}}}"),
            attachment_count: 0,
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: None,
            create_date: super::a_time(),
            update_date: super::a_time(),
            tags: vec![],
            wami_arn: format!("arn:wami:iam::111111111111:policy/p{n}"),
            providers: vec![],
            tenant_id: None,
        };
        parts.iam.insert_policy(policy).await.unwrap();
    }
    let page = parts.iam.list_policies(PolicyScope::All, &Filter::default(), &PageRequest::first(50)).await.unwrap();
    assert_eq!(page.items.len(), 50);
    assert!(page.items.iter().enumerate().all(|(n, policy)| policy.policy_document == format!("{{\"n\":{n}}}")));
}

/// The rows of each table that are read while an import writes so many batches of users, as an import does it: in one
/// transaction, into tables that nobody has analysed.
async fn read_by_an_import(tables: &[&str], batches: usize) -> Vec<i64> {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    backend.parts(&scope).iam.insert_group(a_group("staff")).await.unwrap();
    let meter = Meter::of(&database, &backend).await;
    let mut before = vec![];
    for table in tables {
        before.push(meter.read(table).await);
    }
    let mut unit = backend.begin(&scope).await.unwrap();
    for batch in 0..batches {
        let users: Vec<Whole> = (0..BATCH).map(|n| an_imported_user(&format!("user-{batch}-{n}"))).collect();
        let key = |whole: &Whole| WholeKey {
            arn: whole.body.arn().to_owned(),
            stable_id: whole.body.stable_id().to_owned(),
            name: Some(whole.body.name().to_owned()),
        };
        let mark = |whole: &Whole| ImportMark {
            kind: NativeKind::User,
            arn: whole.body.arn().to_owned(),
            account_id: "111122223333".into(),
            name: whole.body.name().to_owned(),
            content: vec![],
        };
        let keys: Vec<WholeKey> = users.iter().map(key).collect();
        let marks: Vec<ImportMark> = users.iter().map(mark).collect();
        let arns: Vec<String> = keys.iter().map(|key| key.arn.clone()).collect();
        assert!(unit.imports.find_whole(NativeKind::User, &keys, true).await.unwrap().is_empty());
        assert!(unit.imports.find_marks(&arns).await.unwrap().is_empty());
        let puts: Vec<PutWhole> = users.into_iter().map(|whole| PutWhole { replaces: None, whole }).collect();
        unit.imports.put_whole(&puts).await.unwrap();
        unit.imports.put_marks(&marks).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut read = vec![];
    for (table, before) in tables.iter().zip(before) {
        read.push(meter.read(table).await - before);
    }
    read
}

/// Entities in a batch of these tests.
const BATCH: usize = 50;

fn an_imported_user(name: &str) -> Whole {
    let mut user = a_user(name);
    user.tags = vec![Tag::new("team", "core")];
    let own = InlinePolicy { policy_name: "own".into(), policy_document: r#"{"Statement":[]}"#.into() };
    Whole { body: Body::User(user), groups: vec!["staff".into()], attached: vec![], inline: vec![own] }
}

#[tokio::test]
async fn each_batch_of_an_import_reads_as_much_as_the_one_before() {
    let tables = ["users", "user_tags", "user_inline_policies", "group_members", "import_marks"];
    // The first batches may be read over: the tables are small, and one index is as good as another.
    let few = read_by_an_import(&tables, 40).await;
    let many = read_by_an_import(&tables, 100).await;
    for ((table, few), many) in tables.iter().zip(few).zip(many) {
        let (more, most) = (many - few, i64::try_from(60 * BATCH * 12).unwrap());
        assert!(more <= most, "{more} more rows of {table} were read to write {} more", 60 * BATCH);
    }
}
