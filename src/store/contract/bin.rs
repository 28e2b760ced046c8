//! The recycle bin, and the return of what was in it.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use serde_json::json;

use super::builders::{
    a_bin_item, a_group, a_policy, a_provider, a_role, a_set, a_user, an_inline_policy, arn, day, document_of,
};
use super::lists::{but, only};
use super::{Harness, expect};
use crate::iam::{Owner, OwnerKind, Person, PolicyEntity, PolicyVersion, Tag, User};
use crate::store::traits::{BinItem, BinRelations, Taggable};
use crate::wire::{Filter, PageRequest};

pub async fn an_item_is_read_as_it_was_put(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let relations = BinRelations {
        groups: vec!["staff".into()],
        members: vec!["ada".into()],
        attached_policies: vec![arn("policy", "read")],
        inline_policies: vec![an_inline_policy("own")],
        entities: vec![PolicyEntity { owner: Owner::role("builder"), as_boundary: true }],
        versions: vec![PolicyVersion {
            version_id: "v3".into(),
            document: document_of("x"),
            is_default_version: true,
            create_date: day(3),
        }],
        assignments: vec![],
    };
    let item = BinItem {
        object: json!({"id": "x", "value": {"tags": [], "ä": "<script>"}}),
        relations,
        ..a_bin_item(h.id(), h.ids.uuid(h.now()), "Ada")
    };
    records.put_bin_item(&item).await.unwrap();
    assert_eq!(records.find_bin_item(item.id).await.unwrap(), Some(item));
    assert_eq!(records.find_bin_item(h.id()).await.unwrap(), None);
}

pub async fn an_item_is_taken_out_once(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let (first, second) =
        (a_bin_item(h.id(), h.ids.uuid(h.now()), "ada"), a_bin_item(h.id(), h.ids.uuid(h.now()), "ada"));
    records.put_bin_item(&first).await.unwrap();
    records.put_bin_item(&second).await.unwrap();
    expect::exists(records.put_bin_item(&first).await, "id");
    records.remove_bin_item(first.id).await.unwrap();
    expect::absent(records.remove_bin_item(first.id).await);
    let left = records.list_bin_items(&Filter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(left.items, [second]);
}

pub async fn items_come_latest_first_and_are_narrowed(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let mut ids = Vec::new();
    for (number, (name, kind)) in
        [("Ada", "user"), ("adapters", "group"), ("bob", "user"), ("Read_only", "policy")].into_iter().enumerate()
    {
        let deleted_at = day(20 - i64::try_from(number).unwrap());
        let item = BinItem { kind: kind.into(), deleted_at, ..a_bin_item(h.id(), h.ids.uuid(h.now()), name) };
        records.put_bin_item(&item).await.unwrap();
        ids.push(item.id);
    }
    for (filter, expected) in [
        (Filter::default(), vec![0, 1, 2, 3]),
        (only("", "ADA"), vec![0, 1]),
        (but("", "ada"), vec![2, 3]),
        (only("", "d_o"), vec![3]),
        (only("", "%"), vec![]),
        (only("kind", "user"), vec![0, 2]),
        (but("kind", "user"), vec![1, 3]),
    ] {
        let found = records.list_bin_items(&filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> = found.items.iter().map(|item| item.id).collect();
        let expected: Vec<_> = expected.into_iter().map(|at: usize| ids[at]).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub async fn what_cannot_be_stored_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut records = h.records(&acme);
    let item = |name: &str| a_bin_item(h.id(), h.ids.uuid(h.now()), name);
    expect::invalid(records.put_bin_item(&item("")).await, "name");
    expect::invalid(records.put_bin_item(&BinItem { object: json!(["\0"]), ..item("a") }).await, "object");
}

pub async fn a_restored_user_has_its_old_id_and_all_it_was_made_with(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "ceiling").await;
    let old = h.ids.uuid(h.now());
    let mut unit = h.unit(&acme).await;
    let user = User {
        permissions_boundary: Some(arn("policy", "ceiling")),
        tags: vec![Tag::new("team", "core")],
        providers: vec![a_provider("111111111111")],
        ..a_user("ada")
    };
    let drawn = unit.iam.insert_user(user, Person::default()).await.unwrap();
    unit.records.restore_object_id("user", drawn.id.uuid(), old).await.unwrap();
    unit.commit().await.unwrap();

    let mut iam = h.iam(&acme);
    let restored = iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!(restored.id.uuid(), old);
    assert_eq!(restored.value, drawn.value);
    // It is a user as any other.
    iam.tag(&Taggable::Owner(Owner::user("ada")), &[Tag::new("more", "")]).await.unwrap();
    iam.update_user(&restored).await.unwrap();
    expect::absent(iam.update_user(&drawn).await);
    let bounded = iam.list_entities_for_policy(&arn("policy", "ceiling"), 10).await.unwrap();
    assert_eq!(bounded, [PolicyEntity { owner: Owner::user("ada"), as_boundary: true }]);
    iam.delete_user("ada").await.unwrap();
    iam.delete_policy(&arn("policy", "ceiling")).await.unwrap();
}

pub async fn every_kind_can_have_its_old_id_again(h: &Harness) {
    let acme = h.tenant("acme").await;
    let old = h.ids.uuid(h.now());
    let mut unit = h.unit(&acme).await;
    let group = unit.iam.insert_group(a_group("x")).await.unwrap().id.uuid();
    let role = unit.iam.insert_role(a_role("x")).await.unwrap().id.uuid();
    let policy = unit.iam.insert_policy(a_policy("x")).await.unwrap().id.uuid();
    let set = unit.sso.insert_permission_set(a_set("x")).await.unwrap().id.uuid();
    for (kind, drawn) in [("group", group), ("role", role), ("policy", policy), ("permission-set", set)] {
        unit.records.restore_object_id(kind, drawn, old).await.unwrap();
        expect::absent(unit.records.restore_object_id(kind, drawn, old).await);
    }
    unit.commit().await.unwrap();
    let mut iam = h.iam(&acme);
    assert_eq!(iam.find_group("x").await.unwrap().unwrap().id.uuid(), old);
    assert_eq!(iam.find_role("x").await.unwrap().unwrap().id.uuid(), old);
    assert_eq!(h.sso(&acme).find_permission_set("x").await.unwrap().unwrap().id.uuid(), old);
    let policy = iam.find_policy(&arn("policy", "x")).await.unwrap().unwrap();
    assert_eq!((policy.id.uuid(), policy.policy_document.clone()), (old, document_of("x")));
    for kind in OwnerKind::ALL.into_iter().filter(|kind| *kind != OwnerKind::User) {
        iam.attach_policy(&Owner { kind, name: "x".into() }, &policy.arn).await.unwrap();
    }
    iam.create_policy_version(&policy.arn, "{}", true, None).await.unwrap();
}

pub async fn an_old_id_must_be_free_and_its_kind_known(h: &Harness) {
    let acme = h.tenant("acme").await;
    let (ada, bob) = (h.add_user(&acme, "ada").await, h.add_user(&acme, "bob").await);
    let mut records = h.records(&acme);
    expect::exists(records.restore_object_id("user", bob.id.uuid(), ada.id.uuid()).await, "id");
    expect::invalid(records.restore_object_id("tenant", bob.id.uuid(), h.ids.uuid(h.now())).await, "kind");
    expect::absent(records.restore_object_id("group", bob.id.uuid(), h.ids.uuid(h.now())).await);
    assert_eq!(h.iam(&acme).find_user("bob").await.unwrap(), Some(bob));
}
