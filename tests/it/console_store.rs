//! What the console keeps for itself: the same in memory and on PostgreSQL.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;
use wami::store::ActorKey;
use wami::store::console::memory::MemoryConsoleStore;
use wami::store::console::postgres::PostgresConsoleStore;
use wami::store::console::{ConsoleStore, Failures, Link, LinkPurpose, SessionRow, hash_of};

use crate::support::TestDatabase;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

fn actor(number: u128) -> ActorKey {
    ActorKey { tenant_id: Uuid::from_u128(1).into(), user_id: Uuid::from_u128(number).into() }
}

fn session(name: &str, number: u128, actor: Option<ActorKey>, seen: i64) -> SessionRow {
    SessionRow {
        id_hash: hash_of(name.as_bytes()),
        public_id: Uuid::from_u128(number),
        data: json!({ "name": name }),
        actor,
        source_ip: Some("192.0.2.1".into()),
        user_agent: None,
        created_at: at(0),
        seen_at: at(seen),
        expires_at: at(60),
    }
}

fn link(token: &str, purpose: LinkPurpose, user: Option<ActorKey>) -> Link {
    Link { token_hash: hash_of(token.as_bytes()), purpose, user, maker: None, created_at: at(0), expires_at: at(60) }
}

async fn sessions(store: &dyn ConsoleStore) {
    let ada = actor(7);
    let row = session("a", 1, Some(ada), 1);
    assert!(store.insert_session(&row).await.unwrap());
    assert!(!store.insert_session(&session("a", 2, None, 1)).await.unwrap(), "the id is taken");
    assert_eq!(store.find_session(&row.id_hash, at(59)).await.unwrap().as_ref(), Some(&row));
    assert_eq!(store.find_session(&row.id_hash, at(60)).await.unwrap(), None, "it has expired");

    let moved = SessionRow { public_id: Uuid::from_u128(99), created_at: at(9), ..session("a", 1, Some(ada), 5) };
    store.update_session(&SessionRow { data: json!({ "x": 1 }), ..moved }).await.unwrap();
    let found = store.find_session(&row.id_hash, at(6)).await.unwrap().unwrap();
    assert_eq!((found.public_id, found.created_at), (row.public_id, row.created_at), "what never changes");
    assert_eq!((found.data, found.seen_at), (json!({ "x": 1 }), at(5)));

    store.insert_session(&session("b", 2, Some(ada), 9)).await.unwrap();
    store.insert_session(&session("c", 3, Some(actor(8)), 9)).await.unwrap();
    store.insert_session(&session("d", 4, None, 9)).await.unwrap();
    let listed = async || {
        let views = store.list_sessions(ada, at(10)).await.unwrap();
        views.into_iter().map(|view| view.public_id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [2, 1], "one's own, last used first");
    assert!(!store.revoke_session(ada, Uuid::from_u128(3)).await.unwrap(), "somebody else's");
    assert!(store.revoke_session(ada, Uuid::from_u128(1)).await.unwrap());
    store.update_session(&row).await.unwrap();
    assert_eq!(listed().await, [2], "a revoked session does not come back");
    store.insert_session(&session("e", 5, Some(ada), 2)).await.unwrap();
    assert_eq!(store.revoke_sessions(ada, Some(Uuid::from_u128(5))).await.unwrap(), 1);
    assert_eq!(listed().await, [5]);
    store.delete_session(&hash_of(b"c")).await.unwrap();
    assert_eq!(store.find_session(&hash_of(b"c"), at(10)).await.unwrap(), None);
}

async fn flashes(store: &dyn ConsoleStore) {
    let id = hash_of(b"flash");
    store.put_flash(&id, "/here", &json!(1), at(5)).await.unwrap();
    assert_eq!(store.take_flash(&id, "/there", at(1)).await.unwrap(), None, "it is for one page");
    assert_eq!(store.take_flash(&id, "/here", at(1)).await.unwrap(), Some(json!(1)));
    assert_eq!(store.take_flash(&id, "/here", at(1)).await.unwrap(), None, "it is given once");
    let late = hash_of(b"late");
    store.put_flash(&late, "/here", &json!(2), at(5)).await.unwrap();
    assert_eq!(store.take_flash(&late, "/here", at(5)).await.unwrap(), None, "it has expired");
}

async fn links(store: &dyn ConsoleStore) {
    let (ada, bob) = (actor(7), actor(8));
    let found = async |token: &str| store.find_link(&hash_of(token.as_bytes()), at(1)).await.unwrap();
    let invitation = link("one", LinkPurpose::Invitation, Some(ada));
    store.put_link(&invitation).await.unwrap();
    assert_eq!(found("one").await, Some(invitation));
    assert_eq!(store.find_link(&hash_of(b"one"), at(60)).await.unwrap(), None, "it has expired");
    for (token, purpose, user) in [
        ("two", LinkPurpose::Invitation, Some(ada)),
        ("reset", LinkPurpose::Reset, Some(ada)),
        ("bobs", LinkPurpose::Invitation, Some(bob)),
        ("first", LinkPurpose::Setup, None),
        ("second", LinkPurpose::Setup, None),
    ] {
        store.put_link(&link(token, purpose, user)).await.unwrap();
    }
    for gone in ["one", "first"] {
        assert_eq!(found(gone).await, None, "{gone}: another was made");
    }
    for good in ["two", "reset", "bobs", "second"] {
        assert!(found(good).await.is_some(), "{good}");
    }
    assert!(store.take_link(&hash_of(b"two"), at(1)).await.unwrap().is_some());
    assert_eq!(store.take_link(&hash_of(b"two"), at(1)).await.unwrap(), None, "exactly one caller gets it");
    assert_eq!(store.take_link(&hash_of(b"bobs"), at(60)).await.unwrap(), None, "it has expired");
    store.delete_links(ada).await.unwrap();
    assert_eq!(found("reset").await, None);
    store.delete_setup_links().await.unwrap();
    assert_eq!(found("second").await, None);
}

async fn failures(store: &dyn ConsoleStore) {
    let (key, other) = (hash_of(b"ada"), hash_of(b"bob"));
    assert_eq!(store.failures(&key, at(0)).await.unwrap(), Failures::default());
    store.count_failure(&key, at(0)).await.unwrap();
    store.count_failure(&key, at(30)).await.unwrap();
    assert_eq!(store.failures(&key, at(40)).await.unwrap(), Failures { count: 2, last_at: Some(at(30)) });
    assert_eq!(store.failures(&other, at(40)).await.unwrap(), Failures::default());
    assert_eq!(store.failures(&key, at(90)).await.unwrap(), Failures::default(), "an hour later it is forgotten");
    store.count_failure(&key, at(91)).await.unwrap();
    assert_eq!(store.failures(&key, at(92)).await.unwrap().count, 1, "and counted from one");
    store.clear_failures(&key).await.unwrap();
    assert_eq!(store.failures(&key, at(92)).await.unwrap(), Failures::default());
}

async fn sweeping(store: &dyn ConsoleStore) {
    store.insert_session(&session("swept", 50, None, 1)).await.unwrap();
    store.insert_session(&SessionRow { expires_at: at(500), ..session("kept", 51, None, 1) }).await.unwrap();
    store.put_flash(&hash_of(b"swept"), "/", &json!(1), at(5)).await.unwrap();
    store.put_link(&link("swept", LinkPurpose::Reset, Some(actor(9)))).await.unwrap();
    store.count_failure(&hash_of(b"swept"), at(0)).await.unwrap();
    assert!(store.sweep(at(200)).await.unwrap() >= 4);
    assert_eq!(store.sweep(at(200)).await.unwrap(), 0, "there is nothing left to remove");
    assert!(store.find_session(&hash_of(b"kept"), at(200)).await.unwrap().is_some());
}

async fn everything(store: &dyn ConsoleStore) {
    sessions(store).await;
    flashes(store).await;
    links(store).await;
    failures(store).await;
    sweeping(store).await;
}

#[tokio::test]
async fn it_is_kept_in_memory() {
    everything(&MemoryConsoleStore::default()).await;
}

#[tokio::test]
async fn it_is_kept_on_postgres() {
    let database = TestDatabase::create().await;
    let backend = database.backend().await;
    everything(&PostgresConsoleStore::new(backend.session_pool().clone())).await;
}
