//! Groups and memberships.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_group, a_provider, an_assignment, an_inline_policy, arn, day};
use super::{Harness, expect};
use crate::iam::{Group, Owner, ProviderConfig, Stored, Tag};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::wire::PageRequest;

pub async fn a_new_group_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let group = Group {
        path: "/eng/".into(),
        create_date: day(7),
        tags: vec![Tag::new("team", "core"), Tag::new("Floor", "2")],
        providers: vec![a_provider("111111111111")],
        ..a_group("Staff")
    };
    let made = iam.insert_group(group.clone()).await.unwrap();
    let expected = Group {
        tags: vec![Tag::new("Floor", "2"), Tag::new("team", "core")],
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        tenant_id: Some(acme.id),
        ..group
    };
    assert_eq!((made.version, made.updated_at, &made.value), (1, h.now(), &expected));
    assert_eq!(iam.find_group("sTAFF").await.unwrap(), Some(made));
    assert_eq!(iam.find_group("others").await.unwrap(), None);
}

pub async fn names_and_identifiers_are_held_by_one_group(h: &Harness) {
    let acme = h.tenant("acme").await;
    let held = h.add_group(&acme, "staff").await.into_value();
    let mut iam = h.iam(&acme);
    expect::exists(iam.insert_group(a_group("STAFF")).await, "group_name");
    let other = || a_group("other");
    expect::exists(iam.insert_group(Group { arn: held.arn.clone(), ..other() }).await, "arn");
    expect::exists(iam.insert_group(Group { wami_arn: held.wami_arn.clone(), ..other() }).await, "wami_arn");
    expect::exists(iam.insert_group(Group { group_id: held.group_id.clone(), ..other() }).await, "group_id");
    assert!(iam.find_group("other").await.unwrap().is_none());
}

pub async fn a_user_and_a_group_may_share_a_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ops").await;
    h.add_group(&acme, "ops").await;
    h.add_role(&acme, "ops").await;
    h.add_policy(&acme, "ops").await;
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for bad in ["", "a b", "root", &"x".repeat(129)] {
        expect::invalid(iam.insert_group(Group { group_name: bad.into(), ..a_group("a") }).await, "group_name");
    }
    expect::invalid(iam.insert_group(Group { path: "/a".into(), ..a_group("a") }).await, "path");
    expect::invalid(iam.insert_group(Group { group_id: String::new(), ..a_group("a") }).await, "group_id");
    expect::invalid(iam.insert_group(Group { tags: vec![Tag::new("aws:x", "")], ..a_group("a") }).await, "tags");
    iam.insert_group(a_group(&"x".repeat(128))).await.unwrap();
}

pub async fn an_update_changes_name_path_and_arns(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam.insert_group(Group { tags: vec![Tag::new("a", "b")], ..a_group("staff") }).await.unwrap();
    h.tick();
    let mut wanted = made.clone();
    wanted.value.group_name = "Team".into();
    wanted.value.path = "/eng/".into();
    wanted.value.arn = arn("group", "Team");
    wanted.value.wami_arn = format!("{}2", made.wami_arn);
    let changed = iam.update_group(&wanted).await.unwrap();
    assert_eq!(changed, Stored { version: 2, updated_at: h.now(), ..wanted });
    assert_eq!(iam.find_group("team").await.unwrap(), Some(changed));
    assert_eq!(iam.find_group("staff").await.unwrap(), None);
}

pub async fn a_stale_or_absent_group_is_not_updated(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let read = h.add_group(&acme, "staff").await;
    iam.update_group(&read).await.unwrap();
    expect::stale(iam.update_group(&read).await);
    iam.delete_group("staff").await.unwrap();
    expect::absent(iam.update_group(&read).await);
}

pub async fn a_rename_onto_a_held_name_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "others").await;
    let mut group = h.add_group(&acme, "staff").await;
    group.value.group_name = "OTHERS".into();
    expect::exists(h.iam(&acme).update_group(&group).await, "group_name");
    group.value.group_name = "STAFF".into();
    h.iam(&acme).update_group(&group).await.unwrap();
}

pub async fn a_second_membership_changes_nothing(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    h.add_group(&acme, "staff").await;
    let mut iam = h.iam(&acme);
    assert!(iam.add_user_to_group("staff", "ada").await.unwrap());
    assert!(!iam.add_user_to_group("STAFF", "ADA").await.unwrap());
    assert_eq!(iam.list_group_members("staff", &PageRequest::default()).await.unwrap().items.len(), 1);
    iam.remove_user_from_group("staff", "ada").await.unwrap();
    assert!(iam.list_groups_for_user("ada").await.unwrap().is_empty());
}

pub async fn a_membership_needs_both(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    h.add_group(&acme, "staff").await;
    let mut iam = h.iam(&acme);
    expect::absent(iam.add_user_to_group("nobody", "ada").await);
    expect::absent(iam.add_user_to_group("staff", "nobody").await);
    expect::absent(iam.remove_user_from_group("nobody", "ada").await);
    expect::absent(iam.remove_user_from_group("staff", "nobody").await);
    expect::absent(iam.remove_user_from_group("staff", "ada").await);
    expect::absent(iam.list_groups_for_user("nobody").await);
    expect::absent(iam.list_group_members("nobody", &PageRequest::default()).await);
}

pub async fn a_user_is_in_ten_groups_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    for n in 0..11 {
        iam.insert_group(a_group(&format!("g{n:02}"))).await.unwrap();
    }
    for n in 0..10 {
        assert!(iam.add_user_to_group(&format!("g{n:02}"), "ada").await.unwrap());
    }
    expect::limited(iam.add_user_to_group("g10", "ada").await, 10);
    assert!(!iam.add_user_to_group("g09", "ada").await.unwrap(), "one it is in is no further one");
    iam.remove_user_from_group("g00", "ada").await.unwrap();
    assert!(iam.add_user_to_group("g10", "ada").await.unwrap());
}

pub async fn the_groups_of_a_user_come_by_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    for name in ["beta", "Alpha", "gamma", "Delta"] {
        iam.insert_group(a_group(name)).await.unwrap();
        iam.add_user_to_group(name, "ada").await.unwrap();
    }
    let groups = iam.list_groups_for_user("Ada").await.unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.group_name.as_str()).collect();
    assert_eq!(names, ["Alpha", "beta", "Delta", "gamma"]);
    assert_eq!(Some(groups[0].clone()), iam.find_group("alpha").await.unwrap());
}

pub async fn what_hangs_on_a_group_blocks_its_deletion(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "staff").await;
    h.add_user(&acme, "ada").await;
    h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    let owner = Owner::group("staff");
    iam.add_user_to_group("staff", "ada").await.unwrap();
    iam.attach_policy(&owner, &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
    let all = [("member", "ada"), ("attached policy", "read"), ("inline policy", "own")];
    expect::blocked(iam.delete_group("Staff").await, &all);
    iam.remove_user_from_group("staff", "ada").await.unwrap();
    expect::blocked(iam.delete_group("staff").await, &all[1..]);
    iam.detach_policy(&owner, &arn("policy", "read")).await.unwrap();
    iam.delete_inline_policy(&owner, "own").await.unwrap();
    iam.delete_group("staff").await.unwrap();
    assert!(iam.find_group("staff").await.unwrap().is_none());
    expect::absent(iam.delete_group("staff").await);
}

pub async fn a_conflict_lists_a_hundred_at_most(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "staff").await;
    let mut unit = h.unit(&acme).await;
    for n in 0..101 {
        let user = super::builders::a_user(&format!("u{n:03}"));
        unit.iam.insert_user(user, Default::default()).await.unwrap();
        unit.iam.add_user_to_group("staff", &format!("u{n:03}")).await.unwrap();
    }
    unit.commit().await.unwrap();
    match h.iam(&acme).delete_group("staff").await {
        Err(crate::AmiError::DeleteConflict { blockers, .. }) => assert_eq!(blockers.len(), 100),
        other => panic!("{other:?}"),
    }
}

pub async fn a_rename_carries_members_and_policies(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut group = h.add_group(&acme, "staff").await;
    h.add_user(&acme, "ada").await;
    h.add_policy(&acme, "read").await;
    let mut iam = h.iam(&acme);
    iam.add_user_to_group("staff", "ada").await.unwrap();
    iam.attach_policy(&Owner::group("staff"), &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&Owner::group("staff"), &an_inline_policy("own")).await.unwrap();
    group.value.group_name = "team".into();
    iam.update_group(&group).await.unwrap();
    assert_eq!(iam.list_group_members("team", &PageRequest::default()).await.unwrap().items.len(), 1);
    assert_eq!(iam.list_groups_for_user("ada").await.unwrap()[0].group_name, "team");
    assert_eq!(iam.list_attached_policies(&Owner::group("team")).await.unwrap().len(), 1);
    assert_eq!(iam.list_inline_policies(&Owner::group("team")).await.unwrap().len(), 1);
    expect::absent(iam.list_attached_policies(&Owner::group("staff")).await);
}

pub async fn a_deleted_name_hands_nothing_on(h: &Harness) {
    let acme = h.tenant("acme").await;
    let root = h.root().await;
    let shop = h.tenant_below(&acme, "shop").await;
    let first = h.add_group(&acme, "staff").await;
    let user = h.add_user(&acme, "ada").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    let set = h.add_set(&root, "Reader").await;
    let new = an_assignment(&root, set.id, actor).of_group(&acme, first.id).with_reach(Reach::Tenant).new;
    let assignment = h.sso(&shop).create_account_assignment(new).await.unwrap();
    let mut iam = h.iam(&acme);
    iam.delete_group("staff").await.unwrap();
    assert!(h.sso(&shop).get_account_assignment(assignment.id).await.unwrap().is_none(), "its assignments go with it");

    let second = h.add_group(&acme, "staff").await;
    iam.add_user_to_group("staff", "ada").await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(h.directory().my_access(actor, h.now()).await.unwrap().len(), 1, "home alone");
}

pub async fn members_follow_the_names_of_users(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "staff").await;
    let mut iam = h.iam(&acme);
    for name in ["bob", "Ada", "carl"] {
        h.add_user(&acme, name).await;
        iam.add_user_to_group("staff", name).await.unwrap();
    }
    let mut bob = iam.find_user("bob").await.unwrap().unwrap();
    bob.value.user_name = "Zoe".into();
    iam.update_user(&bob).await.unwrap();
    let members = iam.list_group_members("staff", &PageRequest::default()).await.unwrap();
    let names: Vec<&str> = members.items.iter().map(|user| user.user_name.as_str()).collect();
    assert_eq!(names, ["Ada", "carl", "Zoe"]);
}
