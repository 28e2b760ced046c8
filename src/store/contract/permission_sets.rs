//! Permission sets.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_provider, a_set, an_assignment, an_aws_policy, an_inline_policy, arn, day, document_of};
use super::{Harness, expect};
use crate::iam::{Owner, Policy, ProviderConfig, Stored, Tag};
use crate::sso_admin::{PermissionSet, PermissionSetRef};
use crate::store::ActorKey;
use crate::wire::PageRequest;

fn a_full_set(name: &str) -> PermissionSet {
    PermissionSet {
        description: Some("Looks and\ndoes not touch.".into()),
        session_seconds: 43200,
        relay_state: Some("https://example.org/?a=b".into()),
        requires_elevation: true,
        is_builtin: true,
        permissions_boundary: Some(arn("policy", "ceiling")),
        created_date: day(7),
        tags: vec![Tag::new("team", "core")],
        providers: vec![a_provider("111111111111")],
        ..a_set(name)
    }
}

pub async fn a_new_set_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "ceiling").await;
    let mut sso = h.sso(&acme);
    let made = sso.insert_permission_set(a_full_set("Security auditor")).await.unwrap();
    let expected = PermissionSet {
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        tenant_id: Some(acme.id),
        ..a_full_set("Security auditor")
    };
    assert_eq!((made.version, made.enabled, made.updated_at, &made.value), (1, true, h.now(), &expected));
    assert_eq!(sso.find_permission_set("SECURITY AUDITOR").await.unwrap(), Some(made));
    assert_eq!(sso.find_permission_set("others").await.unwrap(), None);
}

pub async fn names_and_arns_are_held_by_one_set(h: &Harness) {
    let acme = h.tenant("acme").await;
    let held = h.add_set(&acme, "Reader").await.into_value();
    let mut sso = h.sso(&acme);
    let clash = PermissionSet { permission_set_arn: "arn:other".into(), ..a_set("READER") };
    expect::exists(sso.insert_permission_set(clash).await, "name");
    let clash = PermissionSet { permission_set_arn: held.permission_set_arn, ..a_set("other") };
    expect::exists(sso.insert_permission_set(clash).await, "permission_set_arn");
    assert!(sso.find_permission_set("other").await.unwrap().is_none());
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut sso = h.sso(&acme);
    for bad in ["", " a", "a ", "ä", "a/b", "a\0", &"x".repeat(33)] {
        expect::invalid(sso.insert_permission_set(PermissionSet { name: bad.into(), ..a_set("a") }).await, "name");
    }
    for bad in [3599, 43201] {
        let set = PermissionSet { session_seconds: bad, ..a_set("a") };
        expect::invalid(sso.insert_permission_set(set).await, "session_seconds");
    }
    let long = PermissionSet { description: Some("ä".repeat(701)), ..a_set("a") };
    expect::invalid(sso.insert_permission_set(long).await, "description");
    let long = PermissionSet { relay_state: Some("x".repeat(241)), ..a_set("a") };
    expect::invalid(sso.insert_permission_set(long).await, "relay_state");
    let tags = PermissionSet { tags: vec![Tag::new("aws:x", "")], ..a_set("a") };
    expect::invalid(sso.insert_permission_set(tags).await, "tags");
    let bounded = PermissionSet { permissions_boundary: Some("arn:none".into()), ..a_set("a") };
    expect::absent(sso.insert_permission_set(bounded).await);
    assert!(sso.find_permission_set("a").await.unwrap().is_none());
    sso.insert_permission_set(a_set(&"x".repeat(32))).await.unwrap();
}

pub async fn an_update_changes_what_it_names(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "ceiling").await;
    let made = h.add_set(&acme, "Reader").await;
    h.tick();
    let given = Stored { value: PermissionSet { tenant_id: None, ..a_full_set("Looker") }, ..made.clone() };
    let changed = h.sso(&acme).update_permission_set(&given).await.unwrap();
    let expected = PermissionSet {
        // What never changes.
        permission_set_arn: made.permission_set_arn.clone(),
        created_date: made.created_date,
        is_builtin: false,
        tags: vec![],
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        tenant_id: Some(acme.id),
        ..a_full_set("Looker")
    };
    assert_eq!((changed.version, changed.updated_at, &changed.value), (2, h.now(), &expected));
    assert_eq!(h.sso(&acme).find_permission_set("looker").await.unwrap(), Some(changed));
    assert_eq!(h.sso(&acme).find_permission_set("Reader").await.unwrap(), None);
}

pub async fn a_stale_absent_or_clashing_update_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut sso = h.sso(&acme);
    h.add_set(&acme, "others").await;
    let read = h.add_set(&acme, "Reader").await;
    let current = sso.update_permission_set(&read).await.unwrap();
    expect::stale(sso.update_permission_set(&read).await);
    let mut onto = current.clone();
    onto.value.name = "OTHERS".into();
    expect::exists(sso.update_permission_set(&onto).await, "name");
    assert_eq!(sso.find_permission_set("Reader").await.unwrap(), Some(current));
    sso.delete_permission_set("reader").await.unwrap();
    expect::absent(sso.update_permission_set(&read).await);
}

pub async fn a_set_goes_with_its_policies(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    let bounded = PermissionSet { permissions_boundary: Some(policy.arn.clone()), ..a_set("Reader") };
    h.sso(&acme).insert_permission_set(bounded).await.unwrap();
    let owner = Owner::permission_set("Reader");
    iam.attach_policy(&owner, &policy.arn).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
    h.sso(&acme).delete_permission_set("READER").await.unwrap();
    expect::absent(h.sso(&acme).delete_permission_set("Reader").await);
    let free = iam.find_policy(&policy.arn).await.unwrap().unwrap();
    assert_eq!(free.attachment_count, 0);
    iam.delete_policy(&policy.arn).await.unwrap();
    // Another of that name has nothing of it.
    h.add_set(&acme, "Reader").await;
    assert!(iam.list_attached_policies(&owner).await.unwrap().is_empty());
    assert!(iam.list_inline_policies(&owner).await.unwrap().is_empty());
}

pub async fn an_assigned_set_is_not_deleted(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let user = h.add_user(&acme, "ada").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    let mut sso = h.sso(&acme);
    let made = sso.create_account_assignment(an_assignment(&acme, set.id, actor).new).await.unwrap();
    expect::blocked(sso.delete_permission_set("Reader").await, &[("assignment", "ada")]);
    sso.delete_account_assignment(made.id).await.unwrap();
    sso.delete_permission_set("Reader").await.unwrap();
}

pub async fn a_set_assigned_below_is_not_deleted(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let set = h.add_set(&acme, "Reader").await;
    let user = h.add_user(&shop, "ada").await;
    let actor = ActorKey { tenant_id: shop.id, user_id: user.id };
    h.sso(&shop).create_account_assignment(an_assignment(&acme, set.id, actor).new).await.unwrap();
    expect::blocked(h.sso(&acme).delete_permission_set("Reader").await, &[("assignment", "in a tenant below")]);
    assert!(h.sso(&acme).find_permission_set("Reader").await.unwrap().is_some());
    h.iam(&shop).delete_user("ada").await.unwrap();
    h.sso(&acme).delete_permission_set("Reader").await.unwrap();
}

pub async fn usable_are_the_own_and_those_above_nearest_first(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    for (tenant, names) in [(&root, ["b", "A"]), (&acme, ["d", "C"]), (&shop, ["f", "E"])] {
        for name in names {
            let set = PermissionSet { description: Some(format!("of {}", tenant.path)), ..a_set(name) };
            h.sso(tenant).insert_permission_set(set).await.unwrap();
        }
    }
    h.add_set(&h.tenant("globex").await, "g").await;
    let names = |sets: Vec<PermissionSetRef>| sets.into_iter().map(|set| set.name).collect::<Vec<_>>();
    assert_eq!(names(h.sso(&shop).list_usable_permission_sets().await.unwrap()), ["E", "f", "C", "d", "A", "b"]);
    assert_eq!(names(h.sso(&root).list_usable_permission_sets().await.unwrap()), ["A", "b"]);
    let found = &h.sso(&shop).list_usable_permission_sets().await.unwrap()[2];
    let expected = PermissionSetRef {
        tenant_id: acme.id,
        tenant_path: acme.path.clone(),
        id: h.sso(&acme).find_permission_set("c").await.unwrap().unwrap().id,
        name: "C".into(),
        description: Some("of acme".into()),
    };
    assert_eq!(*found, expected);
}

pub async fn the_documents_of_a_usable_set_can_be_read(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let globex = h.tenant("globex").await;
    let set = h.add_set(&acme, "Reader").await;
    for tenant in [&acme, &shop] {
        let none = h.sso(tenant).list_permission_set_documents(acme.id, set.id).await.unwrap();
        assert!(none.is_empty(), "a set without policies");
    }
    let mut iam = h.iam(&acme);
    let owner = Owner::permission_set("Reader");
    let policy = h.add_policy(&acme, "read").await;
    let unknown =
        iam.insert_policy(Policy { default_version_id: String::new(), ..an_aws_policy("View") }).await.unwrap();
    iam.attach_policy(&owner, &policy.arn).await.unwrap();
    iam.attach_policy(&owner, &unknown.arn).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
    let mut found = h.sso(&shop).list_permission_set_documents(acme.id, set.id).await.unwrap();
    found.sort();
    let expected = [("View", String::new()), ("own", document_of("own")), ("read", document_of("read"))];
    assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text)));
    expect::absent(h.sso(&globex).list_permission_set_documents(acme.id, set.id).await);
    expect::absent(h.sso(&shop).list_permission_set_documents(shop.id, set.id).await);
    expect::absent(h.sso(&shop).list_permission_set_documents(acme.id, h.id()).await);
    let below = h.add_set(&shop, "Below").await;
    expect::absent(h.sso(&acme).list_permission_set_documents(shop.id, below.id).await);
}

pub async fn a_rename_carries_policies_and_assignments(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut set = h.add_set(&acme, "Reader").await;
    let user = h.add_user(&acme, "ada").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    h.sso(&acme).create_account_assignment(an_assignment(&acme, set.id, actor).new).await.unwrap();
    h.iam(&acme).put_inline_policy(&Owner::permission_set("Reader"), &an_inline_policy("own")).await.unwrap();
    set.value.name = "Looker".into();
    h.sso(&acme).update_permission_set(&set).await.unwrap();
    assert_eq!(h.iam(&acme).list_inline_policies(&Owner::permission_set("Looker")).await.unwrap().len(), 1);
    let assigned = h.sso(&acme).list_account_assignments(&Default::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(assigned.items[0].permission_set.name, "Looker");
}
