//! Who may open a scope, and how far it sees: the second wall.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_user, an_assignment, day};
use super::{Harness, expect};
use crate::AmiError;
use crate::iam::Person;
use crate::sso_admin::Reach;
use crate::store::{ActorKey, Scope};
use crate::tenant::TenantRef;
use crate::wire::PageRequest;

async fn a_user_of(h: &Harness, tenant: &TenantRef, name: &str) -> ActorKey {
    ActorKey { tenant_id: tenant.id, user_id: h.add_user(tenant, name).await.id }
}

/// Whether the actor gets in; a unit of work and single calls agree.
async fn may_enter(h: &Harness, tenant: &TenantRef, actor: ActorKey) -> bool {
    let by_itself = match h.parts_for(tenant, actor).iam.find_user("x").await {
        Ok(_) => true,
        Err(AmiError::AccessDenied { .. }) => false,
        Err(other) => panic!("{other:?}"),
    };
    let in_a_unit = match h.backend.begin(&Scope::of_actor(tenant.clone(), actor)).await {
        Ok(_) => true,
        Err(AmiError::AccessDenied { .. }) => false,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(by_itself, in_a_unit);
    by_itself
}

pub async fn a_user_enters_its_own_tenant(h: &Harness) {
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &acme, "ada").await;
    assert!(may_enter(h, &acme, ada).await);
    let mut iam = h.parts_for(&acme, ada).iam;
    iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
    assert_eq!(h.user_names(&acme).await, ["ada", "bob"]);
}

pub async fn nobody_enters_a_tenant_that_is_not_open_to_them(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    let ada = a_user_of(h, &acme, "ada").await;
    for tenant in [&root, &globex, &eng] {
        assert!(!may_enter(h, tenant, ada).await, "{}", tenant.path);
    }
    for stranger in [
        ActorKey { user_id: h.id(), ..ada },
        ActorKey { tenant_id: globex.id, ..ada },
        ActorKey { tenant_id: h.id(), user_id: h.id() },
    ] {
        assert!(!may_enter(h, &acme, stranger).await, "{stranger:?}");
        assert!(!may_enter(h, &globex, stranger).await, "{stranger:?}");
    }
}

pub async fn a_refusal_comes_at_every_call_and_leaves_nothing(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let ada = a_user_of(h, &acme, "ada").await;
    let mut parts = h.parts_for(&globex, ada);
    for _ in 0..2 {
        expect::denied(parts.iam.insert_user(a_user("bob"), Person::default()).await);
        expect::denied(parts.iam.list_users(&Default::default(), &PageRequest::default()).await);
        expect::denied(parts.tenants.get_tenant(globex.id).await);
        expect::denied(parts.sso.list_usable_permission_sets().await);
        expect::denied(parts.records.list_events(&Default::default(), &PageRequest::default()).await);
        assert!(may_enter(h, &acme, ada).await, "others are not hindered");
    }
    assert!(h.user_names(&globex).await.is_empty());
}

pub async fn a_disabled_or_deleted_user_enters_nowhere(h: &Harness) {
    let acme = h.tenant("acme").await;
    let globex = h.tenant("globex").await;
    let root = h.root().await;
    let mut user = h.add_user(&root, "ada").await;
    let ada = ActorKey { tenant_id: root.id, user_id: user.id };
    h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    assert!(may_enter(h, &root, ada).await && may_enter(h, &acme, ada).await && !may_enter(h, &globex, ada).await);
    user.enabled = false;
    let mut user = h.iam(&root).update_user(&user).await.unwrap();
    assert!(!may_enter(h, &root, ada).await && !may_enter(h, &acme, ada).await);
    user.enabled = true;
    h.iam(&root).update_user(&user).await.unwrap();
    assert!(may_enter(h, &acme, ada).await);
    h.iam(&root).delete_user("ada").await.unwrap();
    assert!(!may_enter(h, &root, ada).await && !may_enter(h, &acme, ada).await);
}

pub async fn an_assignment_opens_its_target_and_what_it_reaches(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let core = h.tenant_below(&eng, "core").await;
    let (ada, bob) = (a_user_of(h, &root, "ada").await, a_user_of(h, &root, "bob").await);
    h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    h.assign(&acme, bob, "Reader", Reach::Subtree).await;
    assert!(may_enter(h, &acme, ada).await);
    assert!(!may_enter(h, &eng, ada).await);
    for tenant in [&acme, &eng, &core] {
        assert!(may_enter(h, tenant, bob).await, "{}", tenant.path);
    }
    assert!(!may_enter(h, &h.tenant("acme-2").await, bob).await);
}

pub async fn an_assignment_of_a_group_opens_to_its_members(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &root, "ada").await;
    let staff = h.add_group(&root, "staff").await;
    let set = h.add_set(&root, "Reader").await;
    let of_group = an_assignment(&root, set.id, ada).of_group(&root, staff.id).new;
    h.sso(&acme).create_account_assignment(of_group).await.unwrap();
    assert!(!may_enter(h, &acme, ada).await);
    h.iam(&root).add_user_to_group("staff", "ada").await.unwrap();
    assert!(may_enter(h, &acme, ada).await);
    h.iam(&root).remove_user_from_group("staff", "ada").await.unwrap();
    assert!(!may_enter(h, &acme, ada).await);
}

/// A backend may ask a clock of its own here: the times are far away from any present.
pub async fn an_expired_assignment_opens_nothing(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let (ada, bob) = (a_user_of(h, &root, "ada").await, a_user_of(h, &root, "bob").await);
    let set = h.add_set(&root, "Reader").await;
    let (long_ago, far_away) = (day(-10_000), day(100_000));
    h.sso(&acme).create_account_assignment(an_assignment(&root, set.id, ada).until(long_ago).new).await.unwrap();
    h.sso(&acme).create_account_assignment(an_assignment(&root, set.id, bob).until(far_away).new).await.unwrap();
    assert!(!may_enter(h, &acme, ada).await);
    assert!(may_enter(h, &acme, bob).await);
}

pub async fn an_ended_assignment_closes_at_once(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &root, "ada").await;
    let assignment = h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    assert!(may_enter(h, &acme, ada).await);
    h.sso(&acme).delete_account_assignment(assignment.id).await.unwrap();
    assert!(!may_enter(h, &acme, ada).await);
}

pub async fn a_move_closes_what_it_cuts_off(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let shop = h.tenant_below(&acme, "shop").await;
    let ada = a_user_of(h, &acme, "ada").await;
    h.assign(&shop, ada, "Reader", Reach::Tenant).await;
    assert!(may_enter(h, &shop, ada).await);
    h.tenants(&root).move_tenant(shop.id, globex.id, "shop").await.unwrap();
    assert!(!may_enter(h, &shop, ada).await);
}

pub async fn without_reach_a_scope_sees_its_tenant_alone(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    let at_home = a_user_of(h, &acme, "bob").await;
    for actor in [ada, at_home] {
        let mut tenants = h.parts_for(&acme, actor).tenants;
        assert!(tenants.get_tenant(acme.id).await.unwrap().is_some());
        for hidden in [&root, &eng] {
            assert!(tenants.get_tenant(hidden.id).await.unwrap().is_none());
            assert!(tenants.find_tenant(&hidden.path).await.unwrap().is_none());
        }
        assert!(tenants.get_descendants(acme.id, 10).await.unwrap().is_empty());
        let children = tenants.list_child_tenants(acme.id, &PageRequest::default()).await.unwrap();
        assert!(children.items.is_empty());
        assert!(tenants.list_first_children(std::slice::from_ref(&acme.path), 9).await.unwrap().is_empty());
        let made = tenants.create_tenant(acme.id, "new", "New", &h.account()).await;
        assert!(made.is_err(), "{made:?}");
        expect::absent(tenants.delete_tenant(eng.id).await);
        expect::absent(tenants.move_tenant(eng.id, acme.id, "moved").await);
        let lineage = tenants.get_ancestors(acme.id).await.unwrap();
        assert_eq!(lineage, [root.clone(), acme.clone()], "names above, whatever the scope");
    }
    assert_eq!(h.tenants(&root).get_descendants(root.id, 10).await.unwrap().len(), 2);
}

pub async fn with_reach_a_scope_sees_and_changes_what_is_below(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let globex = h.tenant("globex").await;
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&acme, ada, "Reader", Reach::Subtree).await;
    let mut tenants = h.parts_for(&acme, ada).tenants;
    assert!(tenants.get_tenant(eng.id).await.unwrap().is_some());
    let new = tenants.create_tenant(eng.id, "new", "New", &h.account()).await.unwrap();
    assert_eq!(new.path.as_str(), "acme.eng.new");
    tenants.move_tenant(new.id, acme.id, "moved").await.unwrap();
    assert_eq!(tenants.get_descendants(acme.id, 10).await.unwrap().len(), 2);
    tenants.delete_tenant(new.id).await.unwrap();
    assert!(tenants.get_tenant(globex.id).await.unwrap().is_none());
    expect::absent(tenants.move_tenant(eng.id, globex.id, "eng").await);
    expect::absent(tenants.create_tenant(globex.id, "new", "New", &h.account()).await);
    // From the tenant below, as well, where the same assignment leads.
    let below = h.parts_for(&eng, ada).tenants;
    assert!(below.get_tenant(acme.id).await.unwrap().is_none());
}

pub async fn one_assignment_with_reach_is_enough(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    h.assign(&acme, ada, "Writer", Reach::Subtree).await;
    assert!(h.parts_for(&acme, ada).tenants.get_tenant(eng.id).await.unwrap().is_some());
}

pub async fn an_absent_tenant_is_open_to_nobody(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&root, ada, "Reader", Reach::Subtree).await;
    h.tenants(&root).delete_tenant(acme.id).await.unwrap();
    assert!(!may_enter(h, &acme, ada).await);
    expect::denied(h.iam(&acme).find_user("ada").await);
    expect::denied(h.iam(&acme).insert_user(a_user("ada"), Person::default()).await);
    assert!(matches!(h.backend.begin(&Scope::of_system(acme)).await.err(), Some(AmiError::AccessDenied { .. })));
}

pub async fn the_backend_answers_by_its_name(h: &Harness) {
    assert!(!h.backend.name().is_empty());
    h.backend.ping().await.unwrap();
}
