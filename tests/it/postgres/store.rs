//! The store of the guide.

use wami::iam::User;
use wami::store::postgres::PostgresStore;
use wami::store::traits::{IamStore, TenantStore};

use crate::support::TestDatabase;

/// The test of the guide's “Testing Your Store”, with a database of its own.
#[tokio::test]
async fn test_create_and_get_user() {
    let database = TestDatabase::create().await;
    let store = PostgresStore::new(&database.url()).await.unwrap();
    let mut iam = store.iam_store().await.unwrap();

    let user = User {
        user_name: "test-user".to_string(),
        user_id: "AIDATEST123".to_string(),
        arn: "arn:aws:iam::123456789012:user/test-user".to_string(),
        path: "/".to_string(),
        create_date: "2026-01-02T03:04:05Z".parse().unwrap(),
        password_last_used: None,
        permissions_boundary: None,
        tags: vec![],
        wami_arn: "arn:wami:iam::123456789012:user/test-user".to_string(),
        providers: vec![],
        tenant_id: None,
    };

    // Create
    let created = iam.create_user(user.clone()).await.unwrap();
    assert_eq!(created.user_name, "test-user");

    // Get
    let fetched = iam.get_user("test-user").await.unwrap().unwrap();
    assert_eq!(fetched.user_name, "test-user");
}

#[tokio::test]
async fn stores_of_two_tenants_see_their_own() {
    let database = TestDatabase::create().await;
    let store = PostgresStore::new(&database.url()).await.unwrap();
    let mut tenants = store.tenant_store().await.unwrap();
    let root = tenants.tenant_id();
    let acme = tenants.create_tenant(root, "acme", "Acme", "200000000001").await.unwrap();
    let acme = tenants.get_ancestors(acme.id).await.unwrap().pop().unwrap();
    let below = store.for_tenant(&acme);
    below.iam_store().await.unwrap().create_user(super::a_user("ann")).await.unwrap();
    assert!(store.iam_store().await.unwrap().get_user("ann").await.unwrap().is_none());
    assert_eq!(below.iam_store().await.unwrap().account_id(), "200000000001");
}
