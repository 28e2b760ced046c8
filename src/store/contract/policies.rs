//! Managed policies.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_policy, a_provider, a_role, a_set, a_user, an_aws_policy, arn, day, document_of};
use super::{Harness, expect};
use crate::iam::{Owner, Person, Policy, PolicyEntity, ProviderConfig, Role, Stored, Tag, User};
use crate::sso_admin::PermissionSet;
use crate::store::traits::PolicyScope;
use crate::wire::{Filter, PageRequest};

pub async fn a_new_policy_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let policy = Policy {
        path: "/eng/".into(),
        description: Some("Reads what is read.".into()),
        is_attachable: false,
        create_date: day(7),
        update_date: day(8),
        tags: vec![Tag::new("team", "core")],
        providers: vec![a_provider("111111111111")],
        attachment_count: 7,
        permissions_boundary_usage_count: 7,
        ..a_policy("Read")
    };
    let made = iam.insert_policy(policy.clone()).await.unwrap();
    let expected = Policy {
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        tenant_id: Some(acme.id),
        ..policy
    };
    assert_eq!(made.value, expected, "the counts are counted, not taken");
    assert_eq!((made.version, made.updated_at), (1, h.now()));
    assert_eq!(iam.find_policy(&expected.arn).await.unwrap(), Some(made.clone()));
    assert_eq!(iam.find_policy_by_name("rEAD").await.unwrap(), Some(made));
}

pub async fn a_policy_is_found_by_its_whole_arn(h: &Harness) {
    let acme = h.tenant("acme").await;
    let made = h.add_policy(&acme, "read").await;
    let iam = h.iam(&acme);
    assert_eq!(iam.find_policy(&made.arn).await.unwrap(), Some(made.clone()));
    for other in [made.arn.to_uppercase(), format!("{} ", made.arn), made.wami_arn.clone(), "\0".into(), String::new()]
    {
        assert_eq!(iam.find_policy(&other).await.unwrap(), None, "{other:?}");
    }
}

pub async fn names_and_identifiers_are_held_by_one_policy(h: &Harness) {
    let acme = h.tenant("acme").await;
    let held = h.add_policy(&acme, "read").await.into_value();
    let mut iam = h.iam(&acme);
    expect::exists(iam.insert_policy(a_policy("READ")).await, "policy_name");
    expect::exists(iam.insert_policy(Policy { arn: held.arn.clone(), ..a_policy("other") }).await, "arn");
    expect::exists(
        iam.insert_policy(Policy { wami_arn: held.wami_arn.clone(), ..a_policy("other") }).await,
        "wami_arn",
    );
    expect::exists(
        iam.insert_policy(Policy { policy_id: held.policy_id.clone(), ..a_policy("other") }).await,
        "policy_id",
    );
    assert!(iam.find_policy_by_name("other").await.unwrap().is_none());
}

pub async fn a_policy_of_aws_may_share_the_name_of_one_of_the_tenants(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let aws = iam.insert_policy(an_aws_policy("Read")).await.unwrap();
    assert!(aws.is_aws_managed());
    assert_eq!(iam.find_policy_by_name("read").await.unwrap(), None, "AWS's are found by ARN");
    let own = h.add_policy(&acme, "read").await;
    assert_eq!(iam.find_policy_by_name("READ").await.unwrap(), Some(own));
    assert_eq!(iam.find_policy(&aws.arn).await.unwrap(), Some(aws.clone()));
    expect::exists(iam.insert_policy(Policy { policy_id: "ANPA-X".into(), ..an_aws_policy("Read") }).await, "arn");
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for bad in ["", "a b", &"x".repeat(129)] {
        expect::invalid(iam.insert_policy(Policy { policy_name: bad.into(), ..a_policy("a") }).await, "policy_name");
    }
    for bad in ["1", "v0", "v01", "vx", "v-1", "v99999999999"] {
        let policy = Policy { default_version_id: bad.into(), ..a_policy("a") };
        expect::invalid(iam.insert_policy(policy).await, "default_version_id");
    }
    expect::invalid(
        iam.insert_policy(Policy { description: Some("ä".repeat(1001)), ..a_policy("a") }).await,
        "description",
    );
    expect::invalid(
        iam.insert_policy(Policy { policy_document: "\0".into(), ..a_policy("a") }).await,
        "policy_document",
    );
    expect::invalid(iam.insert_policy(Policy { path: "a".into(), ..a_policy("a") }).await, "path");
    expect::invalid(iam.insert_policy(Policy { tags: vec![Tag::new("", "")], ..a_policy("a") }).await, "tags");
    assert!(iam.find_policy_by_name("a").await.unwrap().is_none());
}

pub async fn a_document_is_kept_byte_for_byte(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let text = format!("{{\n\t\"a\": \"ä🦀\u{202e}</textarea>\", \"b\": \"{}\" }}  ", "x".repeat(81_000));
    iam.insert_policy(Policy { policy_document: text.clone(), ..a_policy("read") }).await.unwrap();
    assert_eq!(iam.find_policy_by_name("read").await.unwrap().unwrap().policy_document, text);
    let page = iam.list_policies(PolicyScope::All, &Filter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(page.items[0].policy_document, text);
    assert_eq!(iam.get_policy_version(&arn("policy", "read"), "v1").await.unwrap().unwrap().document, text);
}

pub async fn a_document_may_be_unknown(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let unknown = Policy { default_version_id: String::new(), ..an_aws_policy("ReadOnly") };
    let made = iam.insert_policy(unknown).await.unwrap();
    assert!(made.is_document_unknown());
    assert_eq!(made.policy_document, "", "what was given with it is not kept");
    assert!(iam.list_policy_versions(&made.arn).await.unwrap().is_empty());
    assert_eq!(iam.find_policy(&made.arn).await.unwrap(), Some(made.clone()));
    // The first document that becomes known is in force at once.
    let version = iam.create_policy_version(&made.arn, &document_of("x"), false, None).await.unwrap();
    assert_eq!((version.version_id.as_str(), version.is_default_version), ("v1", true));
    let known = iam.find_policy(&made.arn).await.unwrap().unwrap();
    assert_eq!((known.default_version_id.as_str(), known.policy_document.clone()), ("v1", document_of("x")));
}

pub async fn an_imported_policy_begins_at_any_version(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam.insert_policy(Policy { default_version_id: "v7".into(), ..a_policy("read") }).await.unwrap();
    assert_eq!(made.default_version_id, "v7");
    let next = iam.create_policy_version(&made.arn, "{}", false, None).await.unwrap();
    assert_eq!(next.version_id, "v8");
}

pub async fn an_update_changes_what_it_names_but_no_document(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam.insert_policy(Policy { tags: vec![Tag::new("a", "b")], ..a_policy("read") }).await.unwrap();
    h.tick();
    let mut wanted = made.clone();
    wanted.value.policy_name = "Look".into();
    wanted.value.path = "/eng/".into();
    wanted.value.arn = arn("policy", "Look");
    wanted.value.wami_arn = format!("{}2", made.wami_arn);
    wanted.value.description = Some("Looks.".into());
    let expected = Stored { version: 2, updated_at: h.now(), ..wanted.clone() };
    wanted.value.policy_document = "{}".into();
    wanted.value.default_version_id = "v3".into();
    wanted.value.policy_id = "ANPAOTHER".into();
    wanted.value.create_date = day(30);
    wanted.value.update_date = day(30);
    wanted.value.tags = vec![];
    let changed = iam.update_policy(&wanted).await.unwrap();
    assert_eq!(changed, expected);
    assert_eq!(iam.find_policy(&arn("policy", "Look")).await.unwrap(), Some(changed));
    assert_eq!(iam.find_policy(&made.arn).await.unwrap(), None);
    assert_eq!(iam.find_policy_by_name("read").await.unwrap(), None);
}

pub async fn a_stale_absent_or_clashing_update_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    h.add_policy(&acme, "others").await;
    let read = h.add_policy(&acme, "read").await;
    let current = iam.update_policy(&read).await.unwrap();
    expect::stale(iam.update_policy(&read).await);
    let mut onto = current.clone();
    onto.value.policy_name = "OTHERS".into();
    expect::exists(iam.update_policy(&onto).await, "policy_name");
    assert_eq!(iam.find_policy(&read.arn).await.unwrap(), Some(current));
    iam.delete_policy(&read.arn).await.unwrap();
    expect::absent(iam.update_policy(&read).await);
}

pub async fn a_boundary_follows_the_arn_of_its_policy(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let mut policy = h.add_policy(&acme, "ceiling").await;
    let bounded = User { permissions_boundary: Some(policy.arn.clone()), ..a_user("ada") };
    iam.insert_user(bounded, Person::default()).await.unwrap();
    policy.value.arn = arn("policy", "roof");
    iam.update_policy(&policy).await.unwrap();
    let user = iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!(user.permissions_boundary, Some(arn("policy", "roof")));
}

pub async fn uses_are_counted_as_they_come_and_go(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let policy = h.add_policy(&acme, "read").await;
    h.add_user(&acme, "ada").await;
    h.add_group(&acme, "staff").await;
    h.add_set(&acme, "Reader").await;
    let bounded = Role { permissions_boundary: Some(policy.arn.clone()), ..a_role("builder") };
    iam.insert_role(bounded).await.unwrap();
    let owners = [Owner::user("ada"), Owner::group("staff"), Owner::role("builder"), Owner::permission_set("Reader")];
    for owner in &owners {
        iam.attach_policy(owner, &policy.arn).await.unwrap();
    }
    let found = iam.find_policy(&policy.arn).await.unwrap().unwrap();
    assert_eq!((found.attachment_count, found.permissions_boundary_usage_count, found.version), (4, 1, 1));
    iam.detach_policy(&owners[0], &policy.arn).await.unwrap();
    let mut role = iam.find_role("builder").await.unwrap().unwrap();
    role.value.permissions_boundary = None;
    iam.update_role(&role).await.unwrap();
    let page = iam.list_policies(PolicyScope::All, &Filter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!((page.items[0].attachment_count, page.items[0].permissions_boundary_usage_count), (3, 0));
}

pub async fn who_uses_a_policy_comes_by_kind_and_name_boundaries_last(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let policy = h.add_policy(&acme, "read").await;
    let boundary = Some(policy.arn.clone());
    for name in ["bob", "Ada"] {
        iam.insert_user(User { permissions_boundary: boundary.clone(), ..a_user(name) }, Person::default())
            .await
            .unwrap();
    }
    iam.insert_role(Role { permissions_boundary: boundary.clone(), ..a_role("builder") }).await.unwrap();
    let set = PermissionSet { permissions_boundary: boundary, ..a_set("Reader") };
    h.sso(&acme).insert_permission_set(set).await.unwrap();
    h.add_group(&acme, "staff").await;
    let owners = [
        Owner::user("Ada"),
        Owner::user("bob"),
        Owner::group("staff"),
        Owner::role("builder"),
        Owner::permission_set("Reader"),
    ];
    for owner in owners.iter().rev() {
        iam.attach_policy(owner, &policy.arn).await.unwrap();
    }
    let attached = owners.iter().map(|owner| PolicyEntity { owner: owner.clone(), as_boundary: false });
    let bounding = [&owners[0], &owners[1], &owners[3], &owners[4]]
        .map(|owner| PolicyEntity { owner: owner.clone(), as_boundary: true });
    let all: Vec<PolicyEntity> = attached.chain(bounding).collect();
    assert_eq!(iam.list_entities_for_policy(&policy.arn, 100).await.unwrap(), all);
    assert_eq!(iam.list_entities_for_policy(&policy.arn, 6).await.unwrap(), all[..6]);
    expect::absent(iam.list_entities_for_policy("arn:none", 6).await);
}

pub async fn what_uses_a_policy_blocks_its_deletion(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let policy = h.add_policy(&acme, "read").await;
    let bounded = User { permissions_boundary: Some(policy.arn.clone()), ..a_user("ada") };
    let mut user = iam.insert_user(bounded, Person::default()).await.unwrap();
    h.add_group(&acme, "staff").await;
    iam.attach_policy(&Owner::group("staff"), &policy.arn).await.unwrap();
    iam.create_policy_version(&policy.arn, "{}", true, None).await.unwrap();
    let all = [("attached to group", "staff"), ("boundary of user", "ada"), ("version", "v1")];
    expect::blocked(iam.delete_policy(&policy.arn).await, &all);
    iam.detach_policy(&Owner::group("staff"), &policy.arn).await.unwrap();
    user.value.permissions_boundary = None;
    iam.update_user(&user).await.unwrap();
    expect::blocked(iam.delete_policy(&policy.arn).await, &all[2..]);
    iam.delete_policy_version(&policy.arn, "v1").await.unwrap();
    iam.delete_policy(&policy.arn).await.unwrap();
    assert!(iam.find_policy(&policy.arn).await.unwrap().is_none());
    expect::absent(iam.delete_policy(&policy.arn).await);
}

pub async fn a_deleted_name_hands_nothing_on(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let first = iam.insert_policy(Policy { tags: vec![Tag::new("a", "b")], ..a_policy("read") }).await.unwrap();
    iam.delete_policy(&first.arn).await.unwrap();
    let second = iam.insert_policy(Policy { policy_document: "{}".into(), ..a_policy("read") }).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!((second.version, &second.tags), (1, &vec![]));
    let versions = iam.list_policy_versions(&second.arn).await.unwrap();
    assert_eq!((versions.len(), versions[0].document.as_str()), (1, "{}"));
}

pub async fn a_scope_shows_its_policies_alone(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(an_aws_policy("Administrator")).await.unwrap();
    h.add_policy(&acme, "own").await;
    for (scope, expected) in [
        (PolicyScope::All, vec!["Administrator", "own"]),
        (PolicyScope::Aws, vec!["Administrator"]),
        (PolicyScope::Local, vec!["own"]),
    ] {
        let page = iam.list_policies(scope, &Filter::default(), &PageRequest::default()).await.unwrap();
        let names: Vec<&str> = page.items.iter().map(|policy| policy.policy_name.as_str()).collect();
        assert_eq!(names, expected, "{scope:?}");
        assert_eq!(page.total, crate::wire::Total::Exact(expected.len() as u64));
    }
}
