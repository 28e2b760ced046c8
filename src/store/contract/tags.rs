//! Tags, on everything that carries them.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::arn;
use super::inline::an_owner_of_each_kind;
use super::{Harness, expect};
use crate::iam::{Owner, OwnerKind, Tag};
use crate::store::traits::Taggable;
use crate::tenant::TenantRef;

async fn all(h: &Harness, tenant: &TenantRef) -> Vec<Taggable> {
    let owners = an_owner_of_each_kind(h, tenant).await;
    let policy = h.add_policy(tenant, "one").await;
    owners.into_iter().map(Taggable::Owner).chain([Taggable::Policy(policy.value.arn)]).collect()
}

async fn tags_of(h: &Harness, tenant: &TenantRef, target: &Taggable) -> Vec<Tag> {
    let iam = h.iam(tenant);
    match target {
        Taggable::Policy(arn) => iam.find_policy(arn).await.unwrap().unwrap().value.tags,
        Taggable::Owner(Owner { kind, name }) => match kind {
            OwnerKind::User => iam.find_user(name).await.unwrap().unwrap().value.tags,
            OwnerKind::Group => iam.find_group(name).await.unwrap().unwrap().value.tags,
            OwnerKind::Role => iam.find_role(name).await.unwrap().unwrap().value.tags,
            OwnerKind::PermissionSet => h.sso(tenant).find_permission_set(name).await.unwrap().unwrap().value.tags,
        },
    }
}

pub async fn tags_are_merged_by_key_without_case(h: &Harness) {
    let acme = h.tenant("acme").await;
    for target in all(h, &acme).await {
        let mut iam = h.iam(&acme);
        iam.tag(&target, &[Tag::new("team", "core"), Tag::new("Floor", "2")]).await.unwrap();
        assert_eq!(tags_of(h, &acme, &target).await, [Tag::new("Floor", "2"), Tag::new("team", "core")], "by key");
        iam.tag(&target, &[Tag::new("TEAM", "other"), Tag::new("new", "")]).await.unwrap();
        let expected = [Tag::new("Floor", "2"), Tag::new("new", ""), Tag::new("TEAM", "other")];
        assert_eq!(tags_of(h, &acme, &target).await, expected, "{target:?}");
    }
}

pub async fn untagging_ignores_case_and_unknown_keys(h: &Harness) {
    let acme = h.tenant("acme").await;
    for target in all(h, &acme).await {
        let mut iam = h.iam(&acme);
        iam.tag(&target, &[Tag::new("team", "core"), Tag::new("Floor", "2")]).await.unwrap();
        iam.untag(&target, &["none".into(), "a\0".into(), "FLOOR".into()]).await.unwrap();
        assert_eq!(tags_of(h, &acme, &target).await, [Tag::new("team", "core")]);
        iam.untag(&target, &[]).await.unwrap();
        iam.untag(&target, &["team".into(), "team".into()]).await.unwrap();
        assert!(tags_of(h, &acme, &target).await.is_empty());
    }
}

pub async fn fifty_are_the_most_after_merging(h: &Harness) {
    let acme = h.tenant("acme").await;
    for target in all(h, &acme).await {
        let mut iam = h.iam(&acme);
        let many: Vec<Tag> = (0..49).map(|n| Tag::new(format!("k{n:02}"), "v")).collect();
        iam.tag(&target, &many).await.unwrap();
        let two = [Tag::new("x", ""), Tag::new("y", "")];
        expect::invalid(iam.tag(&target, &two).await, "tags");
        assert_eq!(tags_of(h, &acme, &target).await.len(), 49, "all or nothing");
        iam.tag(&target, &[Tag::new("x", ""), Tag::new("K00", "changed")]).await.unwrap();
        assert_eq!(tags_of(h, &acme, &target).await.len(), 50);
        expect::invalid(iam.tag(&target, &two[1..]).await, "tags");
    }
}

pub async fn wrong_tags_are_refused_whole(h: &Harness) {
    let acme = h.tenant("acme").await;
    let long = "ä".repeat(129);
    for target in all(h, &acme).await {
        let mut iam = h.iam(&acme);
        for bad in [
            Tag::new("", "v"),
            Tag::new(&long, "v"),
            Tag::new("aws:x", "v"),
            Tag::new("AWS:x", "v"),
            Tag::new("a<b", "v"),
            Tag::new("a\0b", "v"),
            Tag::new("k", "ä".repeat(257)),
            Tag::new("k", "a\nb"),
        ] {
            expect::invalid(iam.tag(&target, &[Tag::new("good", ""), bad]).await, "tags");
        }
        let twice = [Tag::new("Team", "a"), Tag::new("team", "b")];
        expect::invalid(iam.tag(&target, &twice).await, "tags");
        assert!(tags_of(h, &acme, &target).await.is_empty());
    }
}

pub async fn the_longest_tags_of_any_script_are_kept(h: &Harness) {
    let acme = h.tenant("acme").await;
    let tag = Tag::new("Ä".repeat(128), "ü é_.:/=+-@".repeat(23));
    for target in all(h, &acme).await {
        let mut iam = h.iam(&acme);
        iam.tag(&target, std::slice::from_ref(&tag)).await.unwrap();
        assert_eq!(tags_of(h, &acme, &target).await, std::slice::from_ref(&tag));
        iam.untag(&target, &["ä".repeat(128)]).await.unwrap();
        assert!(tags_of(h, &acme, &target).await.is_empty(), "keys of any script compare without case");
    }
}

pub async fn what_is_absent_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let owners = OwnerKind::ALL.map(|kind| Taggable::Owner(Owner { kind, name: "nobody".into() }));
    for target in owners.into_iter().chain([Taggable::Policy(arn("policy", "none"))]) {
        expect::absent(iam.tag(&target, &[Tag::new("a", "b")]).await);
        expect::absent(iam.untag(&target, &["a".into()]).await);
    }
}

pub async fn tags_of_namesakes_are_apart(h: &Harness) {
    let acme = h.tenant("acme").await;
    let targets = all(h, &acme).await;
    let mut iam = h.iam(&acme);
    for (at, target) in targets.iter().enumerate() {
        iam.tag(target, &[Tag::new("n", at.to_string())]).await.unwrap();
    }
    iam.untag(&targets[0], &["n".into()]).await.unwrap();
    assert!(tags_of(h, &acme, &targets[0]).await.is_empty());
    for (at, target) in targets.iter().enumerate().skip(1) {
        assert_eq!(tags_of(h, &acme, target).await, [Tag::new("n", at.to_string())]);
    }
}

pub async fn a_tag_is_no_change_of_the_version(h: &Harness) {
    let acme = h.tenant("acme").await;
    let read = h.add_user(&acme, "one").await;
    let mut iam = h.iam(&acme);
    iam.tag(&Taggable::Owner(Owner::user("one")), &[Tag::new("a", "b")]).await.unwrap();
    let updated = iam.update_user(&read).await.unwrap();
    assert_eq!((updated.version, &updated.tags), (2, &vec![Tag::new("a", "b")]), "an update keeps tags set meanwhile");
}
