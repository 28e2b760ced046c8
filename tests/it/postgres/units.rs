//! Transactions: what is refused, fails or is given up leaves nothing behind.

use std::time::Duration;

use wami::AmiError;
use wami::iam::{Owner, Person, Tag};
use wami::store::traits::Taggable;
use wami::store::{ActorKey, Backend, Scope};
use wami::wire::Filter;
use wami::wire::page::PageRequest;

use super::{a_group, a_person, a_tenant, a_user};
use crate::support::TestDatabase;

#[tokio::test]
async fn a_refused_actor_leaves_the_connection_usable() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let (acme, globex) = (a_tenant(&backend, "acme").await, a_tenant(&backend, "globex").await);
    let (ann, in_acme) = a_person(&backend, &acme, "ann").await;
    let stranger = Scope::of_actor(globex, ActorKey { tenant_id: acme.id, user_id: ann.id });
    for _ in 0..3 {
        let refused = backend.parts(&stranger).iam.find_user("ann").await;
        assert!(matches!(refused, Err(AmiError::AccessDenied { .. })), "{refused:?}");
        assert!(matches!(backend.begin(&stranger).await.err(), Some(AmiError::AccessDenied { .. })));
        assert!(backend.parts(&in_acme).iam.find_user("ann").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn an_opening_given_up_leaves_no_scope_open() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(1).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    // The opening waits for this lock, and is given up while it does.
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    let mut lock = owner.begin().await.unwrap();
    sqlx::query("lock table tenants in access exclusive mode").execute(&mut *lock).await.unwrap();
    let parts = backend.parts(&scope);
    let given_up = tokio::time::timeout(Duration::from_millis(50), parts.iam.find_user("ann")).await;
    assert!(given_up.is_err(), "the opening waited for the lock");
    lock.rollback().await.unwrap();
    let open: Option<String> = sqlx::query_scalar("select nullif(current_setting('wami.tenant_id', true), '')")
        .fetch_one(backend.app_pool())
        .await
        .unwrap();
    assert_eq!(open, None, "the next request would see a tenant");
    assert!(backend.parts(&scope).iam.find_user("ann").await.unwrap().is_some());
}

#[tokio::test]
async fn a_failed_operation_leaves_the_unit_usable() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    let mut unit = backend.begin(&scope).await.unwrap();
    unit.iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
    let twice = unit.iam.insert_user(a_user("Bob"), Person::default()).await;
    assert!(matches!(twice, Err(AmiError::ResourceExists { field: "user_name", .. })), "{twice:?}");
    // A write that is given up while it waits for somebody else.
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    let mut lock = owner.begin().await.unwrap();
    sqlx::query("lock table user_tags in access exclusive mode").execute(&mut *lock).await.unwrap();
    let bob = Taggable::Owner(Owner::user("bob"));
    let lost = [Tag::new("floor", "1")];
    let given_up = tokio::time::timeout(Duration::from_millis(50), unit.iam.tag(&bob, &lost)).await;
    assert!(given_up.is_err(), "the write waited for the lock");
    lock.rollback().await.unwrap();
    // A read that the database refuses.
    let binding = wami::store::paging::binding(acme.id, "users", &Filter::default(), &PageRequest::first(10));
    let cursor = Some(wami::wire::Cursor { key: "a\0b".into(), id: uuid::Uuid::nil(), backwards: false, binding });
    let refused = unit.iam.list_users(&Filter::default(), &PageRequest::first(10).at(cursor)).await;
    assert!(matches!(refused, Err(AmiError::InvalidParameter { .. })), "{refused:?}");
    unit.iam.tag(&bob, &[Tag::new("team", "core")]).await.unwrap();
    unit.iam.insert_group(a_group("staff")).await.unwrap();
    unit.commit().await.unwrap();

    let iam = backend.parts(&scope).iam;
    assert_eq!(iam.find_user("bob").await.unwrap().unwrap().tags, [Tag::new("team", "core")]);
    assert!(iam.find_group("staff").await.unwrap().is_some());
}

#[tokio::test]
async fn a_dropped_unit_changes_nothing() {
    let database = TestDatabase::create().await;
    let backend = database.backend_with(2).await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    for _ in 0..4 {
        let mut unit = backend.begin(&scope).await.unwrap();
        unit.iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
        assert!(backend.parts(&scope).iam.find_user("bob").await.unwrap().is_none(), "uncommitted, unseen by others");
    }
    assert!(backend.parts(&scope).iam.find_user("bob").await.unwrap().is_none());
}

#[tokio::test]
async fn operations_that_lock_each_other_out_both_succeed() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    for name in ["a", "b", "c", "d"] {
        backend.parts(&scope).iam.insert_group(a_group(name)).await.unwrap();
    }
    // Memberships, tags and deletions of the same rows, all at once and in every order.
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..24 {
        let (backend, scope) = (backend.clone(), scope.clone());
        tasks.spawn(async move {
            let mut iam = backend.parts(&scope).iam;
            let name = format!("u{n}");
            iam.insert_user(a_user(&name), Person::default()).await?;
            for at in 0..4 {
                let group = ["a", "b", "c", "d"][(n + at) % 4];
                iam.add_user_to_group(group, &name).await?;
                iam.tag(&Taggable::Owner(Owner::group(group)), &[Tag::new(format!("k{n}"), "v")]).await?;
            }
            for at in 0..4 {
                iam.remove_user_from_group(["a", "b", "c", "d"][(n + 3 - at) % 4], &name).await?;
            }
            iam.delete_user(&name).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let counts = backend.parts(&scope).tenants.counts(&[acme.id]).await.unwrap();
    assert_eq!((counts[0].users, counts[0].groups), (1, 4), "the counters agree with the rows");
}

#[tokio::test]
async fn an_operation_that_the_database_gives_up_is_tried_again() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let acme = a_tenant(&backend, "acme").await;
    let (_, scope) = a_person(&backend, &acme, "ann").await;
    backend.parts(&scope).iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
    // The unit holds the counter of users; the deletion holds bob and waits for the counter.
    let mut unit = backend.begin(&scope).await.unwrap();
    unit.iam.insert_user(a_user("carl"), Person::default()).await.unwrap();
    let deletion = tokio::spawn({
        let (backend, scope) = (backend.clone(), scope.clone());
        async move { backend.parts(&scope).iam.delete_user("bob").await }
    });
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    let waits =
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())";
    until(&owner, waits).await;
    // Now each waits for the other, and the one that waited first is given up.
    unit.iam.tag(&Taggable::Owner(Owner::user("bob")), &[Tag::new("team", "core")]).await.unwrap();
    unit.commit().await.unwrap();
    deletion.await.unwrap().unwrap();
    until(&owner, "select deadlocks > 0 from pg_stat_database where datname = current_database()").await;
    assert!(backend.parts(&scope).iam.find_user("bob").await.unwrap().is_none());
    assert!(backend.parts(&scope).iam.find_user("carl").await.unwrap().is_some());
}

/// Asks until the answer is yes.
async fn until(owner: &sqlx::PgPool, question: &'static str) {
    let asking = async {
        while !sqlx::query_scalar::<_, bool>(question).fetch_one(owner).await.unwrap() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.unwrap_or_else(|_| panic!("never: {question}"));
}

#[tokio::test]
async fn two_moves_at_once_make_no_circle() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    let (left, right) = (a_tenant(&backend, "left").await, a_tenant(&backend, "right").await);
    let root = Scope::of_system(backend.ensure_root("Root").await.unwrap());
    let mut one = backend.parts(&root).tenants;
    let mut other = backend.parts(&root).tenants;
    let (one, other) =
        tokio::join!(one.move_tenant(left.id, right.id, "left"), other.move_tenant(right.id, left.id, "right"));
    assert!(one.is_ok() != other.is_ok(), "exactly one of them: {one:?} {other:?}");
    let moved = backend.parts(&root).tenants.get_descendants(root.tenant.id, 10).await.unwrap();
    assert_eq!(moved.iter().map(|tenant| tenant.path.depth()).collect::<Vec<_>>(), [1, 2]);
}
