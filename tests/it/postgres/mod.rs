//! What only the database itself can show: the second wall, units of work on its transactions, what its plans read.

mod plans;
mod store;
mod units;
mod wall;

use chrono::{DateTime, Utc};
use wami::iam::{Group, Person, Stored, User};
use wami::store::postgres::PostgresBackend;
use wami::store::{ActorKey, Backend, Scope};
use wami::tenant::TenantRef;

fn a_time() -> DateTime<Utc> {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

fn a_user(name: &str) -> User {
    User {
        user_name: name.into(),
        user_id: format!("AIDA{name}"),
        arn: format!("arn:aws:iam::111111111111:user/{name}"),
        path: "/".into(),
        create_date: a_time(),
        password_last_used: None,
        permissions_boundary: None,
        tags: vec![],
        wami_arn: format!("arn:wami:iam::111111111111:user/{name}"),
        providers: vec![],
        tenant_id: None,
    }
}

fn a_group(name: &str) -> Group {
    Group {
        group_name: name.into(),
        group_id: format!("AGPA{name}"),
        arn: format!("arn:aws:iam::111111111111:group/{name}"),
        path: "/".into(),
        create_date: a_time(),
        tags: vec![],
        wami_arn: format!("arn:wami:iam::111111111111:group/{name}"),
        providers: vec![],
        tenant_id: None,
    }
}

/// A tenant below root.
async fn a_tenant(backend: &PostgresBackend, slug: &str) -> TenantRef {
    let root = backend.ensure_root("Root").await.unwrap();
    let mut parts = backend.parts(&Scope::of_system(root.clone()));
    let account = format!("{:012}", 100_000_000_000_u64 + slug.bytes().map(u64::from).sum::<u64>());
    let tenant = parts.tenants.create_tenant(root.id, slug, slug, &account).await.unwrap();
    backend.directory().tenant(tenant.id).await.unwrap().unwrap()
}

/// A user of a tenant, and the scope in which it acts there.
async fn a_person(backend: &PostgresBackend, tenant: &TenantRef, name: &str) -> (Stored<User>, Scope) {
    let mut parts = backend.parts(&Scope::of_system(tenant.clone()));
    let user = parts.iam.insert_user(a_user(name), Person::default()).await.unwrap();
    let actor = ActorKey { tenant_id: tenant.id, user_id: user.id };
    (user, Scope::of_actor(tenant.clone(), actor))
}
