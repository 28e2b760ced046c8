//! Attached managed policies, on every kind of owner.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_policy, an_aws_policy, an_inline_policy, arn};
use super::inline::an_owner_of_each_kind;
use super::{Harness, expect};
use crate::iam::{AttachedPolicy, OwnPolicies, Owner};

pub async fn each_owner_has_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        assert!(iam.list_attached_policies(owner).await.unwrap().is_empty());
        let name = format!("of-{}", owner.kind.noun().replace(' ', "-"));
        let policy = h.add_policy(&acme, &name).await;
        assert!(iam.attach_policy(owner, &policy.arn).await.unwrap());
        let expected = AttachedPolicy { policy_name: name, policy_arn: policy.value.arn, is_document_unknown: false };
        assert_eq!(iam.list_attached_policies(owner).await.unwrap(), [expected]);
    }
}

pub async fn attaching_again_changes_nothing(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        assert!(iam.attach_policy(owner, &policy.arn).await.unwrap());
        assert!(!iam.attach_policy(owner, &policy.arn).await.unwrap());
        assert_eq!(iam.list_attached_policies(owner).await.unwrap().len(), 1);
    }
    assert_eq!(iam.find_policy(&policy.arn).await.unwrap().unwrap().attachment_count, 4);
}

pub async fn detaching_ends_it_for_one_owner(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        iam.attach_policy(owner, &policy.arn).await.unwrap();
    }
    for (at, owner) in owners.iter().enumerate() {
        iam.detach_policy(owner, &policy.arn).await.unwrap();
        expect::absent(iam.detach_policy(owner, &policy.arn).await);
        assert!(iam.list_attached_policies(owner).await.unwrap().is_empty());
        let left = iam.find_policy(&policy.arn).await.unwrap().unwrap().attachment_count;
        assert_eq!(left, 3 - i64::try_from(at).unwrap());
    }
}

pub async fn an_owner_has_twenty_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let mut iam = h.iam(&acme);
    for n in 0..21 {
        iam.insert_policy(a_policy(&format!("p{n:02}"))).await.unwrap();
    }
    for owner in &owners {
        for n in 0..20 {
            assert!(iam.attach_policy(owner, &arn("policy", &format!("p{n:02}"))).await.unwrap());
        }
        expect::limited(iam.attach_policy(owner, &arn("policy", "p20")).await, 20);
        assert!(!iam.attach_policy(owner, &arn("policy", "p19")).await.unwrap(), "one it has is no further one");
        assert_eq!(iam.list_attached_policies(owner).await.unwrap().len(), 20);
        iam.detach_policy(owner, &arn("policy", "p00")).await.unwrap();
        assert!(iam.attach_policy(owner, &arn("policy", "p20")).await.unwrap());
    }
}

pub async fn they_come_by_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "one").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::user("one");
    for policy in [a_policy("beta"), a_policy("Alpha"), an_aws_policy("alpha"), a_policy("Gamma")] {
        iam.insert_policy(policy.clone()).await.unwrap();
        iam.attach_policy(&owner, &policy.arn).await.unwrap();
    }
    let found = iam.list_attached_policies(&owner).await.unwrap();
    let arns: Vec<&str> = found.iter().map(|policy| policy.policy_arn.as_str()).collect();
    assert_eq!(
        arns,
        [&arn("policy", "Alpha"), "arn:aws:iam::aws:policy/alpha", &arn("policy", "beta"), &arn("policy", "Gamma")]
    );
}

pub async fn those_of_several_owners_come_in_the_order_asked(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    h.add_policy(&acme, "read").await;
    h.add_policy(&acme, "Alpha").await;
    let mut iam = h.iam(&acme);
    for owner in &owners {
        iam.attach_policy(owner, &arn("policy", "read")).await.unwrap();
        iam.attach_policy(owner, &arn("policy", "Alpha")).await.unwrap();
        iam.put_inline_policy(owner, &an_inline_policy("own")).await.unwrap();
    }
    h.add_user(&acme, "two").await;
    h.add_user(&acme, "three").await;
    iam.put_inline_policy(&Owner::user("three"), &an_inline_policy("b")).await.unwrap();
    iam.put_inline_policy(&Owner::user("three"), &an_inline_policy("B")).await.unwrap();
    let all = iam.list_policies_of(&["three", "nobody", "ONE", "two"].map(Owner::user)).await;
    let three = OwnPolicies { attached: vec![], inline: vec![an_inline_policy("B"), an_inline_policy("b")] };
    let attached = ["Alpha", "read"]
        .map(|name| AttachedPolicy {
            policy_name: name.into(),
            policy_arn: arn("policy", name),
            is_document_unknown: false,
        })
        .to_vec();
    let one = OwnPolicies { attached, inline: vec![an_inline_policy("own")] };
    assert_eq!(all.unwrap(), [three, OwnPolicies::default(), one.clone(), OwnPolicies::default()]);
    assert_eq!(iam.list_policies_of(&owners).await.unwrap(), [&one, &one, &one, &one].map(Clone::clone));
    assert!(iam.list_policies_of(&[]).await.unwrap().is_empty());
}

pub async fn what_is_absent_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    let owners = an_owner_of_each_kind(h, &acme).await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    for owner in owners {
        expect::absent(iam.attach_policy(&owner, &arn("policy", "none")).await);
        expect::absent(iam.attach_policy(&owner, "read").await);
        expect::absent(iam.detach_policy(&owner, &arn("policy", "none")).await);
        expect::absent(iam.detach_policy(&owner, &policy.arn).await);
        let nobody = Owner { name: "nobody".into(), ..owner };
        expect::absent(iam.attach_policy(&nobody, &policy.arn).await);
        expect::absent(iam.detach_policy(&nobody, &policy.arn).await);
        expect::absent(iam.list_attached_policies(&nobody).await);
    }
    assert_eq!(iam.find_policy(&policy.arn).await.unwrap().unwrap().attachment_count, 0);
}

pub async fn an_attachment_follows_names(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_role(&acme, "one").await;
    let mut policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    iam.attach_policy(&Owner::role("one"), &policy.arn).await.unwrap();
    policy.value.policy_name = "look".into();
    policy.value.arn = arn("policy", "look");
    iam.update_policy(&policy).await.unwrap();
    let expected =
        AttachedPolicy { policy_name: "look".into(), policy_arn: arn("policy", "look"), is_document_unknown: false };
    assert_eq!(iam.list_attached_policies(&Owner::role("one")).await.unwrap(), [expected]);
}

pub async fn an_attachment_is_no_change_of_its_owner(h: &Harness) {
    let acme = h.tenant("acme").await;
    let user = h.add_user(&acme, "one").await;
    let policy = h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    iam.attach_policy(&Owner::user("one"), &policy.arn).await.unwrap();
    assert_eq!(iam.find_user("one").await.unwrap(), Some(user));
}
