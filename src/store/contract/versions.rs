//! Versions of managed policies.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{arn, day, document_of};
use super::{Harness, expect};
use crate::iam::PolicyVersion;

fn ids(versions: &[PolicyVersion]) -> Vec<&str> {
    versions.iter().map(|version| version.version_id.as_str()).collect()
}

pub async fn a_new_policy_has_one_version(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let versions = h.iam(&acme).list_policy_versions(&policy.arn).await.unwrap();
    let expected = PolicyVersion {
        version_id: "v1".into(),
        document: document_of("read"),
        is_default_version: true,
        create_date: policy.update_date,
    };
    assert_eq!(versions, [expected]);
}

pub async fn another_version_is_not_in_force_until_it_is_put_there(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    h.tick();
    let saved = iam.create_policy_version(&policy.arn, "{\"n\":2}", false, None).await.unwrap();
    let expected = PolicyVersion {
        version_id: "v2".into(),
        document: "{\"n\":2}".into(),
        is_default_version: false,
        create_date: h.now(),
    };
    assert_eq!(saved, expected);
    assert_eq!(iam.get_policy_version(&policy.arn, "v2").await.unwrap(), Some(saved));
    let found = iam.find_policy(&policy.arn).await.unwrap().unwrap();
    assert_eq!((found.default_version_id.as_str(), found.update_date), ("v1", policy.update_date));
    assert_eq!((found.version, found.updated_at), (2, h.now()), "it is a change of the policy");

    h.tick();
    iam.set_default_policy_version(&policy.arn, "v2").await.unwrap();
    let found = iam.find_policy(&policy.arn).await.unwrap().unwrap();
    assert_eq!((found.default_version_id.as_str(), found.policy_document.as_str()), ("v2", "{\"n\":2}"));
    assert_eq!((found.version, found.update_date, found.updated_at), (3, h.now(), h.now()));
    let versions = iam.list_policy_versions(&policy.arn).await.unwrap();
    assert_eq!(ids(&versions), ["v2", "v1"], "newest first");
    assert_eq!(versions.iter().map(|version| version.is_default_version).collect::<Vec<_>>(), [true, false]);
}

pub async fn a_version_may_be_in_force_at_once(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    let saved = iam.create_policy_version(&policy.arn, "{}", true, None).await.unwrap();
    assert!(saved.is_default_version);
    let found = iam.find_policy(&policy.arn).await.unwrap().unwrap();
    assert_eq!((found.policy_document.as_str(), found.update_date), ("{}", h.now()));
}

pub async fn a_policy_has_five_versions_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    for n in 2..=5 {
        iam.create_policy_version(&policy.arn, &format!("{n}"), false, None).await.unwrap();
    }
    expect::limited(iam.create_policy_version(&policy.arn, "6", false, None).await, 5);
    assert_eq!(iam.list_policy_versions(&policy.arn).await.unwrap().len(), 5);
    iam.delete_policy_version(&policy.arn, "v3").await.unwrap();
    let next = iam.create_policy_version(&policy.arn, "6", false, None).await.unwrap();
    assert_eq!(next.version_id, "v6");
    assert_eq!(ids(&iam.list_policy_versions(&policy.arn).await.unwrap()), ["v6", "v5", "v4", "v2", "v1"]);
}

pub async fn a_number_is_never_used_again(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    for expected in ["v2", "v3", "v4"] {
        let version = iam.create_policy_version(&policy.arn, "{}", false, None).await.unwrap();
        assert_eq!(version.version_id, expected);
        iam.delete_policy_version(&policy.arn, expected).await.unwrap();
    }
}

pub async fn an_import_names_the_number(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    let ninth = iam.create_policy_version(&policy.arn, "9", false, Some(9)).await.unwrap();
    assert_eq!(ninth.version_id, "v9");
    let fourth = iam.create_policy_version(&policy.arn, "4", false, Some(4)).await.unwrap();
    assert_eq!(fourth.version_id, "v4");
    expect::exists(iam.create_policy_version(&policy.arn, "x", false, Some(9)).await, "version_id");
    for bad in [0, -1, i32::MAX] {
        expect::invalid(iam.create_policy_version(&policy.arn, "x", false, Some(bad)).await, "version_id");
    }
    let next = iam.create_policy_version(&policy.arn, "10", false, None).await.unwrap();
    assert_eq!(next.version_id, "v10");
    let documents: Vec<String> =
        iam.list_policy_versions(&policy.arn).await.unwrap().into_iter().map(|version| version.document).collect();
    assert_eq!(documents, ["10", "9", "4", &document_of("read")]);
}

pub async fn the_default_version_is_not_deleted(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    expect::unmodifiable(iam.delete_policy_version(&policy.arn, "v1").await);
    iam.create_policy_version(&policy.arn, "{}", true, None).await.unwrap();
    iam.delete_policy_version(&policy.arn, "v1").await.unwrap();
    assert!(iam.get_policy_version(&policy.arn, "v1").await.unwrap().is_none());
    expect::unmodifiable(iam.delete_policy_version(&policy.arn, "v2").await);
}

pub async fn what_is_absent_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    let none = arn("policy", "none");
    expect::absent(iam.create_policy_version(&none, "{}", false, None).await);
    expect::absent(iam.list_policy_versions(&none).await);
    expect::absent(iam.delete_policy_version(&none, "v1").await);
    expect::absent(iam.set_default_policy_version(&none, "v1").await);
    assert!(iam.get_policy_version(&none, "v1").await.unwrap().is_none());
    for absent in ["v2", "1", "v01", "", "v1 ", "V1", "v99999999999"] {
        assert!(iam.get_policy_version(&policy.arn, absent).await.unwrap().is_none(), "{absent:?}");
        expect::absent(iam.delete_policy_version(&policy.arn, absent).await);
        expect::absent(iam.set_default_policy_version(&policy.arn, absent).await);
    }
    expect::invalid(iam.create_policy_version(&policy.arn, "\0", false, None).await, "policy_document");
    assert_eq!(iam.find_policy(&policy.arn).await.unwrap(), Some(policy));
}

pub async fn versions_of_two_policies_are_apart(h: &Harness) {
    let acme = h.tenant("acme").await;
    let (first, second) = (h.add_policy(&acme, "first").await, h.add_policy(&acme, "second").await);
    let mut iam = h.iam(&acme);
    iam.create_policy_version(&first.arn, "same", true, None).await.unwrap();
    iam.create_policy_version(&second.arn, "same", false, None).await.unwrap();
    iam.delete_policy_version(&first.arn, "v1").await.unwrap();
    assert_eq!(ids(&iam.list_policy_versions(&second.arn).await.unwrap()), ["v2", "v1"]);
    assert_eq!(iam.find_policy(&second.arn).await.unwrap().unwrap().policy_document, document_of("second"));
    assert_eq!(iam.find_policy(&first.arn).await.unwrap().unwrap().create_date, day(1));
}
