//! The tree of tenants.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_bin_item, a_guardrail, a_set, an_assignment, an_event, day};
use super::{Harness, expect};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::tenant::path::MAX_DEPTH;
use crate::tenant::store::Counts;
use crate::tenant::{Tenant, TenantPath, TenantRef, TenantStatus};
use crate::wire::{PageRequest, Total};

fn path(text: &str) -> TenantPath {
    text.parse().expect("a path")
}

async fn paths_below(h: &Harness, tenant: &TenantRef) -> Vec<String> {
    let below = h.tenants(tenant).get_descendants(tenant.id, 100).await.unwrap();
    below.into_iter().map(|tenant| tenant.path.into()).collect()
}

pub async fn the_root_is_made_once(h: &Harness) {
    let root = h.backend.ensure_root("The root").await.unwrap();
    let again = h.backend.ensure_root("Another").await.unwrap();
    assert_eq!(root, again);
    assert_eq!((root.path.as_str(), root.display_name.as_str(), root.suspended), ("root", "The root", false));
    assert_eq!(root.account_id.len(), 12);
    let stored = h.tenants(&root).get_tenant(root.id).await.unwrap().unwrap();
    assert_eq!((stored.parent_id, stored.version, stored.status), (None, 1, TenantStatus::Active));
    assert!(stored.allow_all_guardrail);
    assert_eq!(h.tenants(&root).counts(&[root.id]).await.unwrap(), [Counts::default()], "and nothing else");
}

pub async fn a_new_tenant_is_read_as_it_was_made(h: &Harness) {
    let root = h.root().await;
    let made = h.tenants(&root).create_tenant(root.id, "acme", "Acme Ltd. 🦀", "123456789012").await.unwrap();
    let expected = Tenant {
        id: made.id,
        parent_id: Some(root.id),
        path: path("acme"),
        display_name: "Acme Ltd. 🦀".into(),
        account_id: "123456789012".into(),
        status: TenantStatus::Active,
        allow_all_guardrail: true,
        created_at: h.now(),
        updated_at: h.now(),
        version: 1,
    };
    assert_eq!(made, expected);
    assert_eq!(h.tenants(&root).get_tenant(made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(h.tenants(&root).find_tenant(&path("acme")).await.unwrap(), Some(made.clone()));
    let below =
        h.tenants(&h.reference(made.id).await).create_tenant(made.id, "eng", "Eng", "123456789013").await.unwrap();
    assert_eq!((below.path.as_str(), below.parent_id), ("acme.eng", Some(made.id)));
}

pub async fn a_slug_is_held_among_siblings_alone(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let account = h.account();
    expect::exists(h.tenants(&root).create_tenant(root.id, "acme", "Another", &account).await, "slug");
    h.tenants(&acme).create_tenant(acme.id, "eng", "Eng", &account).await.unwrap();
    h.tenants(&globex).create_tenant(globex.id, "eng", "Eng", &h.account()).await.unwrap();
    h.tenants(&acme).create_tenant(acme.id, "acme", "Acme", &h.account()).await.unwrap();
}

pub async fn an_account_is_held_by_one_tenant(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    expect::exists(h.tenants(&root).create_tenant(root.id, "other", "Other", &acme.account_id).await, "account_id");
    assert!(h.tenants(&root).find_tenant(&path("other")).await.unwrap().is_none());
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let root = h.root().await;
    let mut tenants = h.tenants(&root);
    let account = h.account();
    for bad in ["", "A", "a.b", "a/b", "-a", "a-", "root", "ä", "a b", "a\0", &"x".repeat(64)] {
        expect::invalid(tenants.create_tenant(root.id, bad, "Name", &account).await, "slug");
    }
    for bad in ["", "a\0b", &"ä".repeat(129)] {
        expect::invalid(tenants.create_tenant(root.id, "acme", bad, &account).await, "display_name");
    }
    for bad in ["", "12345678901", "1234567890123", "12345678901a"] {
        expect::invalid(tenants.create_tenant(root.id, "acme", "Acme", bad).await, "account_id");
    }
    let mut acme = tenants.create_tenant(root.id, &"x".repeat(63), "Acme", &account).await.unwrap();
    acme.display_name = String::new();
    expect::invalid(tenants.update_tenant(&acme).await, "display_name");
}

pub async fn a_parent_must_be_there(h: &Harness) {
    let root = h.root().await;
    expect::absent(h.tenants(&root).create_tenant(h.id(), "acme", "Acme", &h.account()).await);
    let acme = h.tenant("acme").await;
    expect::absent(h.tenants(&acme).create_tenant(root.id, "other", "Above", &h.account()).await);
}

pub async fn tenants_lie_ten_levels_deep_at_most(h: &Harness) {
    let mut tenant = h.root().await;
    for depth in 1..=MAX_DEPTH {
        tenant = h.tenant_below(&tenant, &format!("t{depth}")).await;
    }
    assert_eq!(tenant.path.depth(), MAX_DEPTH);
    expect::invalid(h.tenants(&tenant).create_tenant(tenant.id, "deeper", "Deeper", &h.account()).await, "slug");
}

pub async fn what_is_absent_is_none(h: &Harness) {
    let root = h.root().await;
    let tenants = h.tenants(&root);
    assert!(tenants.get_tenant(h.id()).await.unwrap().is_none());
    assert!(tenants.find_tenant(&path("none")).await.unwrap().is_none());
    assert!(tenants.get_descendants(h.id(), 10).await.unwrap().is_empty());
    expect::absent(tenants.get_ancestors(h.id()).await);
    assert_eq!(tenants.counts(&[h.id()]).await.unwrap(), [Counts::default()]);
    let children = tenants.list_child_tenants(h.id(), &PageRequest::default()).await.unwrap();
    assert_eq!((children.items.len(), children.total), (0, Total::Exact(0)));
}

pub async fn an_update_changes_name_and_status(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&root);
    let read = tenants.get_tenant(acme.id).await.unwrap().unwrap();
    h.tick();
    let expected = Tenant {
        display_name: "Acme".into(),
        status: TenantStatus::Suspended,
        updated_at: h.now(),
        version: 2,
        ..read.clone()
    };
    let wanted = Tenant {
        path: path("other"),
        account_id: "999999999999".into(),
        allow_all_guardrail: false,
        created_at: day(1),
        version: 1,
        ..expected.clone()
    };
    assert_eq!(tenants.update_tenant(&wanted).await.unwrap(), expected, "and nothing else");
    assert_eq!(tenants.get_tenant(acme.id).await.unwrap(), Some(expected));
    expect::stale(tenants.update_tenant(&read).await);
    expect::absent(tenants.update_tenant(&Tenant { id: h.id(), ..read }).await);
}

pub async fn a_suspended_ancestor_suspends(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let globex = h.tenant("globex").await;
    let mut tenants = h.tenants(&root);
    let suspended = tenants.set_status(acme.id, TenantStatus::Suspended).await.unwrap();
    assert_eq!(suspended.status, TenantStatus::Suspended);
    assert!(h.reference(acme.id).await.suspended);
    assert!(h.reference(eng.id).await.suspended);
    assert!(!h.reference(globex.id).await.suspended);
    let own = tenants.get_tenant(eng.id).await.unwrap().unwrap();
    assert_eq!(own.status, TenantStatus::Active, "its own status is its own");
    tenants.set_status(acme.id, TenantStatus::Active).await.unwrap();
    assert!(!h.reference(eng.id).await.suspended);
    expect::absent(tenants.set_status(h.id(), TenantStatus::Active).await);
}

pub async fn a_move_takes_everything_below_along(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    let core = h.tenant_below(&eng, "core").await;
    let lookalike = h.tenant_below(&acme, "eng-2").await;
    h.add_user(&core, "ada").await;
    let before = h.tenants(&root).get_tenant(core.id).await.unwrap().unwrap();
    h.tick();

    let moved = h.tenants(&root).move_tenant(eng.id, globex.id, "dev").await.unwrap();

    assert_eq!((moved.id, moved.path.as_str(), moved.parent_id), (eng.id, "globex.dev", Some(globex.id)));
    assert_eq!((moved.version, moved.updated_at, &moved.account_id), (2, h.now(), &eng.account_id));
    let below = h.tenants(&root).get_tenant(core.id).await.unwrap().unwrap();
    assert_eq!(below, Tenant { path: path("globex.dev.core"), version: 2, updated_at: h.now(), ..before });
    assert_eq!(paths_below(h, &h.reference(acme.id).await).await, ["acme.eng-2"]);
    assert_eq!(paths_below(h, &h.reference(globex.id).await).await, ["globex.dev", "globex.dev.core"]);
    assert_eq!(h.reference(lookalike.id).await.path.as_str(), "acme.eng-2");
    assert_eq!(h.user_names(&h.reference(core.id).await).await, ["ada"], "what it holds stays");
    let counts = h.tenants(&root).counts(&[acme.id, globex.id]).await.unwrap();
    assert_eq!((counts[0].children, counts[1].children), (1, 1));
}

pub async fn a_move_may_change_the_slug_alone(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    h.tenant_below(&acme, "eng").await;
    let moved = h.tenants(&root).move_tenant(acme.id, root.id, "acme-ltd").await.unwrap();
    assert_eq!(moved.path.as_str(), "acme-ltd");
    assert_eq!(paths_below(h, &root).await, ["acme-ltd", "acme-ltd.eng"]);
    let again = h.tenants(&root).move_tenant(acme.id, root.id, "acme-ltd").await.unwrap();
    assert_eq!(again.path.as_str(), "acme-ltd", "a move to where it is moves nothing");
}

pub async fn former_paths_lead_to_a_tenant_until_another_takes_them(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    h.tenants(&root).move_tenant(acme.id, root.id, "b").await.unwrap();
    h.tenants(&root).move_tenant(acme.id, root.id, "c").await.unwrap();
    let resolved = |text: &str| {
        let path = path(text);
        async move { h.directory().resolve(&path).await.unwrap().map(|tenant| tenant.path.to_string()) }
    };
    for (asked, found) in [("acme", "c"), ("b", "c"), ("c", "c"), ("acme.eng", "c.eng"), ("b.eng", "c.eng")] {
        assert_eq!(resolved(asked).await.as_deref(), Some(found), "{asked}");
    }
    assert!(h.tenants(&root).find_tenant(&path("acme")).await.unwrap().is_none(), "the tree has present paths alone");
    let other = h.tenant("acme").await;
    assert_eq!(resolved("acme").await.as_deref(), Some("acme"));
    h.tenant_below(&other, "eng").await;
    assert_eq!(resolved("acme.eng").await.as_deref(), Some("acme.eng"));
    // It comes back to a path that led to it.
    h.tenants(&root).move_tenant(eng.id, root.id, "b").await.unwrap();
    assert_eq!(resolved("b").await.as_deref(), Some("b"));
    assert_eq!(resolved("b.eng").await.as_deref(), Some("b"));
}

pub async fn two_tenants_may_change_places(h: &Harness) {
    let root = h.root().await;
    let (a, b) = (h.tenant("a").await, h.tenant("b").await);
    let mut tenants = h.tenants(&root);
    tenants.move_tenant(a.id, root.id, "tmp").await.unwrap();
    tenants.move_tenant(b.id, root.id, "a").await.unwrap();
    tenants.move_tenant(a.id, root.id, "b").await.unwrap();
    assert_eq!(h.directory().resolve(&path("a")).await.unwrap().unwrap().id, b.id);
    assert_eq!(h.directory().resolve(&path("b")).await.unwrap().unwrap().id, a.id);
}

pub async fn a_move_that_cannot_be_changes_nothing(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    h.tenant_below(&globex, "eng").await;
    let before = paths_below(h, &root).await;
    let mut tenants = h.tenants(&root);
    expect::invalid(tenants.move_tenant(acme.id, eng.id, "x").await, "parent");
    expect::invalid(tenants.move_tenant(acme.id, acme.id, "x").await, "parent");
    expect::invalid(tenants.move_tenant(eng.id, globex.id, "Bad Slug").await, "slug");
    expect::exists(tenants.move_tenant(eng.id, globex.id, "eng").await, "slug");
    expect::exists(tenants.move_tenant(acme.id, root.id, "globex").await, "slug");
    expect::absent(tenants.move_tenant(h.id(), globex.id, "x").await);
    expect::absent(tenants.move_tenant(eng.id, h.id(), "x").await);
    expect::unmodifiable(tenants.move_tenant(root.id, acme.id, "x").await);
    expect::unmodifiable(h.tenants(&acme).move_tenant(acme.id, eng.id, "x").await);
    expect::absent(h.tenants(&acme).move_tenant(eng.id, globex.id, "x").await);
    expect::absent(h.tenants(&acme).move_tenant(globex.id, acme.id, "x").await);
    assert_eq!(paths_below(h, &root).await, before);
}

pub async fn a_move_does_not_push_anything_too_deep(h: &Harness) {
    let root = h.root().await;
    let mut deep = h.tenant("deep").await;
    for depth in 2..MAX_DEPTH {
        deep = h.tenant_below(&deep, &format!("t{depth}")).await;
    }
    let acme = h.tenant("acme").await;
    h.tenant_below(&acme, "eng").await;
    let flat = h.tenant("flat").await;
    expect::invalid(h.tenants(&root).move_tenant(acme.id, deep.id, "acme").await, "parent");
    let moved = h.tenants(&root).move_tenant(flat.id, deep.id, "flat").await.unwrap();
    assert_eq!(moved.path.depth(), MAX_DEPTH);
}

pub async fn an_empty_tenant_is_deleted(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    // What is no resource of its own does not keep it.
    h.tenants(&acme).put_guardrail(&a_guardrail("none")).await.unwrap();
    h.records(&acme).record(&an_event(h.id(), h.now())).await.unwrap();
    h.records(&acme).put_bin_item(&a_bin_item(h.id(), h.ids.uuid(h.now()), "ada")).await.unwrap();
    h.add_user(&acme, "ada").await;
    h.iam(&acme).delete_user("ada").await.unwrap();
    h.tenants(&root).move_tenant(acme.id, root.id, "acme2").await.unwrap();

    h.tenants(&root).delete_tenant(acme.id).await.unwrap();

    assert!(h.tenants(&root).get_tenant(acme.id).await.unwrap().is_none());
    assert!(h.directory().resolve(&path("acme2")).await.unwrap().is_none());
    assert!(h.directory().resolve(&path("acme")).await.unwrap().is_none(), "former paths go with it");
    assert!(h.directory().tenant(acme.id).await.unwrap().is_none());
    expect::absent(h.tenants(&root).delete_tenant(acme.id).await);
    expect::denied(h.iam(&acme).find_user("ada").await);
}

pub async fn a_deleted_tenant_hands_nothing_on(h: &Harness) {
    let root = h.root().await;
    let first = h.tenant("acme").await;
    h.tenants(&first).put_guardrail(&a_guardrail("none")).await.unwrap();
    h.records(&first).record(&an_event(h.id(), h.now())).await.unwrap();
    h.records(&first).put_bin_item(&a_bin_item(h.id(), h.ids.uuid(h.now()), "ada")).await.unwrap();
    h.tenants(&root).delete_tenant(first.id).await.unwrap();
    let mut tenants = h.tenants(&root);
    let second = tenants.create_tenant(root.id, "acme", "Acme", &first.account_id).await.unwrap();
    assert_ne!(first.id, second.id);
    let second = h.reference(second.id).await;
    assert!(h.tenants(&second).list_guardrails().await.unwrap().is_empty());
    let (filter, page) = Default::default();
    assert!(h.records(&second).list_events(&filter, &page).await.unwrap().items.is_empty());
    assert!(h.records(&second).list_bin_items(&filter, &page).await.unwrap().items.is_empty());
}

pub async fn what_a_tenant_holds_blocks_its_deletion(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let mut tenants = h.tenants(&root);
    let child = h.tenant_below(&acme, "eng").await;
    expect::blocked(tenants.delete_tenant(acme.id).await, &[("children", "1")]);
    tenants.delete_tenant(child.id).await.unwrap();

    let user = h.add_user(&acme, "ada").await;
    h.add_group(&acme, "staff").await;
    h.add_role(&acme, "builder").await;
    let policy = h.add_policy(&acme, "read").await;
    h.sso(&acme).insert_permission_set(a_set("Reader")).await.unwrap();
    h.sso(&acme).insert_permission_set(a_set("Writer")).await.unwrap();
    let set = h.sso(&acme).find_permission_set("Reader").await.unwrap().unwrap();
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    let new = an_assignment(&acme, set.id, actor).new;
    h.sso(&acme).create_account_assignment(new).await.unwrap();
    let all = [
        ("users", "1"),
        ("groups", "1"),
        ("roles", "1"),
        ("policies", "1"),
        ("permission sets", "2"),
        ("assignments", "1"),
    ];
    expect::blocked(tenants.delete_tenant(acme.id).await, &all);

    h.iam(&acme).delete_user("ada").await.unwrap();
    h.iam(&acme).delete_group("staff").await.unwrap();
    h.iam(&acme).delete_role("builder").await.unwrap();
    h.iam(&acme).delete_policy(&policy.arn).await.unwrap();
    h.sso(&acme).delete_permission_set("Reader").await.unwrap();
    expect::blocked(tenants.delete_tenant(acme.id).await, &[("permission sets", "1")]);
    h.sso(&acme).delete_permission_set("Writer").await.unwrap();
    tenants.delete_tenant(acme.id).await.unwrap();
}

pub async fn neither_the_root_nor_ones_own_tenant_is_deleted(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    expect::unmodifiable(h.tenants(&root).delete_tenant(root.id).await);
    expect::unmodifiable(h.tenants(&acme).delete_tenant(acme.id).await);
    expect::absent(h.tenants(&acme).delete_tenant(root.id).await);
    assert!(h.tenants(&acme).get_tenant(acme.id).await.unwrap().is_some());
}

pub async fn ancestors_come_root_first_whatever_the_scope(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let core = h.tenant_below(&eng, "core").await;
    let lineage = h.tenants(&core).get_ancestors(core.id).await.unwrap();
    assert_eq!(lineage, [root.clone(), acme, eng, core]);
    assert_eq!(h.tenants(&root).get_ancestors(root.id).await.unwrap(), [root]);
}

pub async fn descendants_come_by_path_up_to_a_limit(h: &Harness) {
    let root = h.root().await;
    let b = h.tenant("b").await;
    h.tenant_below(&b, "b").await;
    h.tenant("b-2").await;
    let a = h.tenant("a").await;
    let aa = h.tenant_below(&a, "a").await;
    h.tenant_below(&aa, "a").await;
    h.tenant_below(&a, "a-1").await;
    assert_eq!(paths_below(h, &root).await, ["a", "a.a", "a.a-1", "a.a.a", "b", "b-2", "b.b"]);
    assert_eq!(paths_below(h, &a).await, ["a.a", "a.a-1", "a.a.a"]);
    assert_eq!(paths_below(h, &b).await, ["b.b"]);
    let two = h.tenants(&root).get_descendants(root.id, 2).await.unwrap();
    assert_eq!(two.iter().map(|tenant| tenant.path.as_str()).collect::<Vec<_>>(), ["a", "a.a"]);
    let of_another = h.tenants(&root).get_descendants(aa.id, 10).await.unwrap();
    assert_eq!(of_another.len(), 1);
    assert_eq!(of_another[0], h.reference(of_another[0].id).await);
}

pub async fn first_children_come_by_slug_up_to_a_limit_each(h: &Harness) {
    let root = h.root().await;
    let (b, a) = (h.tenant("b").await, h.tenant("a").await);
    for slug in ["z", "b-2", "b", "a"] {
        h.tenant_below(&b, slug).await;
    }
    let az = h.tenant_below(&a, "z").await;
    h.tenant_below(&az, "deep").await;
    let first = async |tenant: &TenantRef, parents: &[&str], each: u32| -> Vec<String> {
        let parents: Vec<TenantPath> = parents.iter().map(|text| path(text)).collect();
        let children = h.tenants(tenant).list_first_children(&parents, each).await.unwrap();
        children.into_iter().map(|tenant| tenant.path.to_string()).collect()
    };
    assert_eq!(first(&root, &["b", "none", "a", "b"], 3).await, ["a.z", "b.a", "b.b", "b.b-2"]);
    assert_eq!(first(&root, &["a", "a.z"], 9).await, ["a.z", "a.z.deep"]);
    assert_eq!(first(&root, &["root"], 1).await, ["a"]);
    assert!(first(&root, &["a"], 0).await.is_empty() && first(&root, &[], 9).await.is_empty());
    // Outside of its own subtree a tenant sees nothing.
    assert_eq!(first(&a, &["root", "b", "a"], 9).await, ["a.z"]);
    let whole = h.tenants(&root).list_first_children(&[path("a")], 9).await.unwrap();
    assert_eq!(whole, [h.tenants(&root).get_tenant(az.id).await.unwrap().unwrap()]);
}

pub async fn counts_are_exact_in_the_order_asked(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    h.tenant_below(&acme, "eng").await;
    for name in ["a", "b", "c"] {
        h.add_user(&acme, name).await;
    }
    h.iam(&acme).delete_user("c").await.unwrap();
    h.add_group(&acme, "staff").await;
    h.add_role(&globex, "builder").await;
    h.add_policy(&globex, "read").await;
    let set = h.add_set(&globex, "Reader").await;
    let bob = h.add_user(&globex, "bob").await;
    let actor = ActorKey { tenant_id: globex.id, user_id: bob.id };
    let new = an_assignment(&globex, set.id, actor).with_reach(Reach::Subtree).new;
    let assignment = h.sso(&globex).create_account_assignment(new).await.unwrap();
    let counts = h.tenants(&root).counts(&[globex.id, h.id(), acme.id]).await.unwrap();
    let expected = [
        Counts { users: 1, roles: 1, policies: 1, permission_sets: 1, assignments: 1, ..Counts::default() },
        Counts::default(),
        Counts { users: 2, groups: 1, children: 1, ..Counts::default() },
    ];
    assert_eq!(counts, expected);
    h.sso(&globex).delete_account_assignment(assignment.id).await.unwrap();
    assert_eq!(h.tenants(&globex).counts(&[globex.id]).await.unwrap()[0].assignments, 0);
    assert!(h.tenants(&root).counts(&[]).await.unwrap().is_empty());
}

pub async fn a_tenant_sees_itself_and_what_is_below(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    h.tenant("acme-2").await;
    let seen = h.tenants(&acme);
    for tenant in [&acme, &eng] {
        assert_eq!(seen.get_tenant(tenant.id).await.unwrap().unwrap().path, tenant.path);
        assert_eq!(seen.find_tenant(&tenant.path).await.unwrap().unwrap().id, tenant.id);
    }
    for tenant in [&root, &globex] {
        assert!(seen.get_tenant(tenant.id).await.unwrap().is_none(), "{}", tenant.path);
        assert!(seen.find_tenant(&tenant.path).await.unwrap().is_none());
        expect::absent(seen.get_ancestors(tenant.id).await);
        assert!(seen.get_descendants(tenant.id, 10).await.unwrap().is_empty());
    }
    assert_eq!(seen.counts(&[root.id, globex.id]).await.unwrap(), [Counts::default(); 2]);
    let children = seen.list_child_tenants(globex.id, &PageRequest::default()).await.unwrap();
    assert!(children.items.is_empty());
    assert!(seen.find_tenant(&path("acme-2")).await.unwrap().is_none());
}
