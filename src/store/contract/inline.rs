//! Inline policies, on every kind of owner.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{an_inline_policy, document_of};
use super::{Harness, expect};
use crate::iam::{InlinePolicy, Owner, OwnerKind};
use crate::tenant::TenantRef;

/// One owner of each kind, all of one name.
pub async fn an_owner_of_each_kind(h: &Harness, tenant: &TenantRef) -> [Owner; 4] {
    h.add_user(tenant, "one").await;
    h.add_group(tenant, "one").await;
    h.add_role(tenant, "one").await;
    h.add_set(tenant, "one").await;
    OwnerKind::ALL.map(|kind| Owner { kind, name: "ONE".into() })
}

pub async fn each_owner_has_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        assert!(iam.list_inline_policies(owner).await.unwrap().is_empty());
        let own = InlinePolicy { policy_name: "own".into(), policy_document: document_of(owner.kind.noun()) };
        iam.put_inline_policy(owner, &own).await.unwrap();
    }
    for owner in &owners {
        let found = iam.list_inline_policies(owner).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].policy_document, document_of(owner.kind.noun()));
    }
    iam.delete_inline_policy(&owners[0], "own").await.unwrap();
    assert!(iam.list_inline_policies(&owners[0]).await.unwrap().is_empty());
    assert_eq!(iam.list_inline_policies(&owners[1]).await.unwrap().len(), 1);
}

pub async fn a_second_of_one_name_replaces_the_first(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        iam.put_inline_policy(owner, &an_inline_policy("own")).await.unwrap();
        let other = InlinePolicy { policy_document: "{}".into(), ..an_inline_policy("own") };
        iam.put_inline_policy(owner, &other).await.unwrap();
        assert_eq!(iam.list_inline_policies(owner).await.unwrap(), [other]);
    }
}

pub async fn they_come_by_name_and_case_tells_them_apart(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::user("one");
    for name in ["b", "a", "B", "c"] {
        iam.put_inline_policy(&owner, &an_inline_policy(name)).await.unwrap();
    }
    let expected = ["B", "a", "b", "c"].map(an_inline_policy);
    assert_eq!(iam.list_inline_policies(&owner).await.unwrap(), expected);
    iam.delete_inline_policy(&owner, "b").await.unwrap();
    expect::absent(iam.delete_inline_policy(&owner, "A").await);
    assert_eq!(iam.list_inline_policies(&owner).await.unwrap().len(), 3);
}

pub async fn a_permission_set_has_one_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_set(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::permission_set("one");
    iam.put_inline_policy(&owner, &an_inline_policy("first")).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("second")).await.unwrap();
    assert_eq!(iam.list_inline_policies(&owner).await.unwrap(), [an_inline_policy("second")]);
}

pub async fn what_is_absent_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let mut iam = h.iam(&acme);
    for owner in owners {
        for odd in ["none", "", "\0"] {
            expect::absent(iam.delete_inline_policy(&owner, odd).await);
        }
        let nobody = Owner { name: "nobody".into(), ..owner };
        expect::absent(iam.put_inline_policy(&nobody, &an_inline_policy("own")).await);
        expect::absent(iam.list_inline_policies(&nobody).await);
        expect::absent(iam.delete_inline_policy(&nobody, "own").await);
    }
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::user("one");
    for bad in ["", "a b", &"x".repeat(129)] {
        expect::invalid(iam.put_inline_policy(&owner, &an_inline_policy(bad)).await, "policy_name");
    }
    let nul = InlinePolicy { policy_document: "\0".into(), ..an_inline_policy("own") };
    expect::invalid(iam.put_inline_policy(&owner, &nul).await, "policy_document");
    assert!(iam.list_inline_policies(&owner).await.unwrap().is_empty());
}

pub async fn a_document_is_kept_byte_for_byte(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let policy = InlinePolicy {
        policy_document: format!(" {{\r\n\t\"ä\": \"🦀\"}} {}", "x".repeat(64_000)),
        ..an_inline_policy("own")
    };
    iam.put_inline_policy(&Owner::group("one"), &policy).await.unwrap();
    assert_eq!(iam.list_inline_policies(&Owner::group("one")).await.unwrap(), [policy]);
}

pub async fn the_same_document_twice_is_two_policies(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::user("one");
    for name in ["a", "b"] {
        let policy = InlinePolicy { policy_name: name.into(), policy_document: "{}".into() };
        iam.put_inline_policy(&owner, &policy).await.unwrap();
    }
    iam.delete_inline_policy(&owner, "a").await.unwrap();
    assert_eq!(iam.list_inline_policies(&owner).await.unwrap()[0].policy_document, "{}");
}
