//! Roles.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_policy, a_provider, a_role, an_inline_policy, arn, day, document_of};
use super::{Harness, expect};
use crate::iam::{Owner, ProviderConfig, Role, RoleLastUsed, Stored, Tag};

fn a_full_role(name: &str) -> Role {
    Role {
        path: "/eng/".into(),
        create_date: day(7),
        assume_role_policy_document: "{ \"Statement\" : [ ] }\n".into(),
        description: Some("Runs the\nbuild.".into()),
        max_session_duration: Some(43200),
        permissions_boundary: Some(arn("policy", "ceiling")),
        role_last_used: Some(RoleLastUsed { last_used_date: day(9), region: Some("eu-central-1".into()) }),
        instance_profiles: vec!["web".into(), "db".into()],
        tags: vec![Tag::new("team", "core")],
        providers: vec![a_provider("111111111111")],
        ..a_role(name)
    }
}

pub async fn a_new_role_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("ceiling")).await.unwrap();
    let made = iam.insert_role(a_full_role("Builder")).await.unwrap();
    let expected = Role {
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        tenant_id: Some(acme.id),
        ..a_full_role("Builder")
    };
    assert_eq!((made.version, made.enabled, made.updated_at, &made.value), (1, true, h.now(), &expected));
    assert_eq!(iam.find_role("bUILDER").await.unwrap(), Some(made));
    assert_eq!(iam.find_role("others").await.unwrap(), None);
}

pub async fn names_and_identifiers_are_held_by_one_role(h: &Harness) {
    let acme = h.tenant("acme").await;
    let held = h.add_role(&acme, "builder").await.into_value();
    let mut iam = h.iam(&acme);
    expect::exists(iam.insert_role(a_role("BUILDER")).await, "role_name");
    expect::exists(iam.insert_role(Role { arn: held.arn.clone(), ..a_role("other") }).await, "arn");
    expect::exists(iam.insert_role(Role { wami_arn: held.wami_arn.clone(), ..a_role("other") }).await, "wami_arn");
    expect::exists(iam.insert_role(Role { role_id: held.role_id.clone(), ..a_role("other") }).await, "role_id");
    assert!(iam.find_role("other").await.unwrap().is_none());
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for bad in ["", "a b", "root", &"x".repeat(65)] {
        expect::invalid(iam.insert_role(Role { role_name: bad.into(), ..a_role("a") }).await, "role_name");
    }
    for bad in [3599, 43201, 0, -1] {
        let role = Role { max_session_duration: Some(bad), ..a_role("a") };
        expect::invalid(iam.insert_role(role).await, "max_session_duration");
    }
    for bad in ["a\0b".to_owned(), "ä".repeat(1001)] {
        expect::invalid(iam.insert_role(Role { description: Some(bad), ..a_role("a") }).await, "description");
    }
    let nul = Role { assume_role_policy_document: "{\0}".into(), ..a_role("a") };
    expect::invalid(iam.insert_role(nul).await, "assume_role_policy_document");
    expect::invalid(iam.insert_role(Role { path: String::new(), ..a_role("a") }).await, "path");
    expect::absent(iam.insert_role(Role { permissions_boundary: Some("arn:x".into()), ..a_role("a") }).await);
    assert!(iam.find_role("a").await.unwrap().is_none());
    for good in [3600, 43200] {
        let role = Role { max_session_duration: Some(good), ..a_role(&format!("r{good}")) };
        iam.insert_role(role).await.unwrap();
    }
}

pub async fn an_update_changes_what_it_names(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("ceiling")).await.unwrap();
    let made = h.add_role(&acme, "builder").await;
    h.tick();
    let wanted = Stored {
        value: Role {
            role_name: "Maker".into(),
            arn: arn("role", "Maker"),
            create_date: made.create_date,
            role_id: made.role_id.clone(),
            wami_arn: format!("{}2", made.wami_arn),
            tags: vec![],
            providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("222222222222") }],
            tenant_id: Some(acme.id),
            ..a_full_role("Maker")
        },
        ..made
    };
    let changed = iam.update_role(&wanted).await.unwrap();
    assert_eq!(changed, Stored { version: 2, updated_at: h.now(), ..wanted });
    assert_eq!(iam.find_role("maker").await.unwrap(), Some(changed.clone()));
    assert_eq!(iam.find_role("builder").await.unwrap(), None);

    let bare = Stored {
        value: Role {
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            role_last_used: None,
            instance_profiles: vec![],
            providers: vec![],
            ..changed.value.clone()
        },
        ..changed
    };
    let bared = iam.update_role(&bare).await.unwrap();
    assert_eq!(bared.value, bare.value);
}

pub async fn an_update_leaves_tags_and_what_never_changes(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam.insert_role(Role { tags: vec![Tag::new("a", "b")], ..a_role("builder") }).await.unwrap();
    let mut wanted = made.clone();
    wanted.value.tags = vec![];
    wanted.value.role_id = "AROAOTHER".into();
    wanted.value.create_date = day(30);
    assert_eq!(iam.update_role(&wanted).await.unwrap().value, made.value);
}

pub async fn a_stale_absent_or_wrong_update_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    h.add_role(&acme, "others").await;
    let read = h.add_role(&acme, "builder").await;
    let read_again = iam.update_role(&read).await.unwrap();
    expect::stale(iam.update_role(&read).await);
    let mut onto = read_again.clone();
    onto.value.role_name = "OTHERS".into();
    expect::exists(iam.update_role(&onto).await, "role_name");
    let mut long = read_again.clone();
    long.value.max_session_duration = Some(60);
    expect::invalid(iam.update_role(&long).await, "max_session_duration");
    assert_eq!(iam.find_role("builder").await.unwrap(), Some(read_again));
    iam.delete_role("builder").await.unwrap();
    expect::absent(iam.update_role(&read).await);
}

pub async fn a_trust_policy_is_kept_byte_for_byte(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let text = format!("{{\n\t\"a\": \"ä🦀\u{202e}\", \"b\": \"{}\" }}  ", "x".repeat(70_000));
    iam.insert_role(Role { assume_role_policy_document: text.clone(), ..a_role("builder") }).await.unwrap();
    iam.insert_role(a_role("other")).await.unwrap();
    assert_eq!(iam.find_role("builder").await.unwrap().unwrap().assume_role_policy_document, text);
    let page = iam.list_roles(&Default::default(), &Default::default()).await.unwrap();
    assert_eq!(page.items[0].assume_role_policy_document, text);
    assert_eq!(page.items[1].assume_role_policy_document, a_role("other").assume_role_policy_document);
}

pub async fn one_trust_policy_of_two_roles_changes_for_one(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut first = h.add_role(&acme, "first").await;
    h.add_role(&acme, "second").await;
    first.value.assume_role_policy_document = document_of("other");
    h.iam(&acme).update_role(&first).await.unwrap();
    let second = h.iam(&acme).find_role("second").await.unwrap().unwrap();
    assert_eq!(second.assume_role_policy_document, a_role("x").assume_role_policy_document);
}

pub async fn what_hangs_on_a_role_blocks_its_deletion(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("read")).await.unwrap();
    iam.insert_role(Role { instance_profiles: vec!["web".into()], ..a_role("builder") }).await.unwrap();
    let owner = Owner::role("builder");
    iam.attach_policy(&owner, &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
    let all = [("instance profile", "web"), ("attached policy", "read"), ("inline policy", "own")];
    expect::blocked(iam.delete_role("Builder").await, &all);
    iam.detach_policy(&owner, &arn("policy", "read")).await.unwrap();
    iam.delete_inline_policy(&owner, "own").await.unwrap();
    expect::blocked(iam.delete_role("builder").await, &all[..1]);
    let mut role = iam.find_role("builder").await.unwrap().unwrap();
    role.value.instance_profiles.clear();
    iam.update_role(&role).await.unwrap();
    iam.delete_role("builder").await.unwrap();
    assert!(iam.find_role("builder").await.unwrap().is_none());
    expect::absent(iam.delete_role("builder").await);
}

pub async fn a_service_linked_role_is_not_deleted(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let linked = Role { path: "/aws-service-role/ec2.amazonaws.com/".into(), ..a_role("AWSServiceRoleForEc2") };
    iam.insert_role(linked).await.unwrap();
    expect::unmodifiable(iam.delete_role("AWSServiceRoleForEc2").await);
    assert!(iam.find_role("AWSServiceRoleForEc2").await.unwrap().is_some());
}

pub async fn a_deleted_name_hands_nothing_on(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("ceiling")).await.unwrap();
    let bounded = Role {
        permissions_boundary: Some(arn("policy", "ceiling")),
        tags: vec![Tag::new("a", "")],
        ..a_role("builder")
    };
    let first = iam.insert_role(bounded).await.unwrap();
    iam.delete_role("builder").await.unwrap();
    iam.delete_policy(&arn("policy", "ceiling")).await.unwrap();
    let second = h.add_role(&acme, "builder").await;
    assert_ne!(first.id, second.id);
    assert_eq!((second.version, &second.tags, &second.permissions_boundary), (1, &vec![], &None));
}

pub async fn a_rename_carries_policies(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("read")).await.unwrap();
    let mut role = h.add_role(&acme, "builder").await;
    iam.attach_policy(&Owner::role("builder"), &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&Owner::role("builder"), &an_inline_policy("own")).await.unwrap();
    role.value.role_name = "maker".into();
    iam.update_role(&role).await.unwrap();
    assert_eq!(iam.list_attached_policies(&Owner::role("maker")).await.unwrap().len(), 1);
    assert_eq!(iam.list_inline_policies(&Owner::role("maker")).await.unwrap().len(), 1);
    expect::absent(iam.list_inline_policies(&Owner::role("builder")).await);
}
