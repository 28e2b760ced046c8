//! Units of work: all or nothing.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{a_group, a_guardrail, a_policy, a_set, a_user, an_assignment, an_event, an_inline_policy, arn};
use super::{Harness, expect};
use crate::iam::{Owner, Person, Tag, User};
use crate::sso_admin::Reach;
use crate::store::traits::Taggable;
use crate::store::{ActorKey, Scope};
use crate::tenant::TenantRef;
use crate::wire::PageRequest;

pub async fn what_is_committed_counts(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    let user = unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    let event = an_event(h.id(), h.now());
    unit.records.record(&event).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(h.iam(&acme).find_user("ada").await.unwrap(), Some(user));
    assert_eq!(h.records(&acme).find_event(event.id).await.unwrap(), Some(event));
}

pub async fn what_is_dropped_never_was(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    h.add_policy(&acme, "read").await;
    let before = h.tenants(&root).counts(&[acme.id]).await.unwrap();
    for _ in 0..3 {
        let mut unit = h.unit(&acme).await;
        unit.iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
        unit.iam.insert_group(a_group("staff")).await.unwrap();
        unit.iam.add_user_to_group("staff", "ada").await.unwrap();
        unit.iam.attach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
        unit.iam.put_inline_policy(&Owner::user("ada"), &an_inline_policy("own")).await.unwrap();
        unit.iam.create_policy_version(&arn("policy", "read"), "{}", true, None).await.unwrap();
        unit.iam.tag(&Taggable::Owner(Owner::user("ada")), &[Tag::new("a", "b")]).await.unwrap();
        unit.sso.insert_permission_set(a_set("Reader")).await.unwrap();
        unit.tenants.create_tenant(acme.id, "eng", "Eng", &h.account()).await.unwrap();
        unit.tenants.put_guardrail(&a_guardrail("own")).await.unwrap();
        unit.tenants.set_allow_all_guardrail(false).await.unwrap();
        unit.records.record(&an_event(h.id(), h.now())).await.unwrap();
        drop(unit);
    }
    let iam = h.iam(&acme);
    let ada = iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!((h.user_names(&acme).await, &ada.tags), (vec!["ada".to_owned()], &vec![]));
    assert!(iam.find_group("staff").await.unwrap().is_none());
    assert!(iam.list_groups_for_user("ada").await.unwrap().is_empty());
    assert!(iam.list_attached_policies(&Owner::user("ada")).await.unwrap().is_empty());
    assert!(iam.list_inline_policies(&Owner::user("ada")).await.unwrap().is_empty());
    assert_eq!(iam.list_policy_versions(&arn("policy", "read")).await.unwrap().len(), 1);
    assert!(h.sso(&acme).find_permission_set("Reader").await.unwrap().is_none());
    assert!(h.tenants(&acme).list_guardrails().await.unwrap().is_empty());
    assert!(h.tenants(&acme).get_tenant(acme.id).await.unwrap().unwrap().allow_all_guardrail);
    let events = h.records(&acme).list_events(&Default::default(), &PageRequest::default()).await.unwrap();
    assert!(events.items.is_empty());
    assert_eq!(h.tenants(&root).counts(&[acme.id]).await.unwrap(), before);
}

pub async fn nobody_else_sees_it_before_the_commit(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    assert!(h.iam(&acme).find_user("ada").await.unwrap().is_none());
    assert!(h.directory().sign_in_entry(&acme.path, "ada").await.unwrap().is_none());
    unit.commit().await.unwrap();
    assert!(h.iam(&acme).find_user("ada").await.unwrap().is_some());
}

pub async fn it_sees_what_it_has_done_itself(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    let mut user = unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    assert_eq!(unit.iam.find_user("ada").await.unwrap(), Some(user.clone()));
    user.value.user_name = "bob".into();
    let renamed = unit.iam.update_user(&user).await.unwrap();
    assert_eq!(renamed.version, 2);
    let page = unit.iam.list_users(&Default::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(page.items, [renamed]);
    assert_eq!(page.total, crate::wire::Total::Exact(1));
    let set = unit.sso.insert_permission_set(a_set("Reader")).await.unwrap();
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    let made = unit.sso.create_account_assignment(an_assignment(&acme, set.id, actor).new).await.unwrap();
    assert_eq!(unit.sso.get_account_assignment(made.id).await.unwrap().unwrap().principal.name, "bob");
    assert_eq!(unit.tenants.counts(&[acme.id]).await.unwrap()[0].assignments, 1);
    unit.iam.delete_user("bob").await.unwrap();
    assert!(unit.sso.get_account_assignment(made.id).await.unwrap().is_none());
    unit.commit().await.unwrap();
    assert!(h.user_names(&acme).await.is_empty());
}

pub async fn a_failed_operation_leaves_the_rest(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    expect::exists(unit.iam.insert_user(a_user("ADA"), Person::default()).await, "user_name");
    expect::invalid(unit.iam.insert_user(a_user(""), Person::default()).await, "user_name");
    expect::absent(unit.iam.add_user_to_group("staff", "ada").await);
    expect::absent(unit.iam.delete_user("bob").await);
    unit.iam.insert_group(a_group("staff")).await.unwrap();
    unit.iam.add_user_to_group("staff", "ada").await.unwrap();
    expect::blocked(unit.iam.delete_group("staff").await, &[("member", "ada")]);
    expect::invalid(unit.iam.list_users(&Default::default(), &PageRequest::first(0)).await, "limit");
    unit.commit().await.unwrap();
    assert_eq!(h.user_names(&acme).await, ["ada"]);
    assert_eq!(h.iam(&acme).list_groups_for_user("ada").await.unwrap().len(), 1);
}

pub async fn a_failed_operation_leaves_nothing_of_itself(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    unit.iam.insert_policy(a_policy("read")).await.unwrap();
    unit.iam.insert_user(User { tags: vec![Tag::new("a", "b")], ..a_user("ada") }, Person::default()).await.unwrap();
    // Each of these fails late.
    let many: Vec<Tag> = (0..50).map(|n| Tag::new(format!("k{n}"), "")).collect();
    expect::invalid(unit.iam.tag(&Taggable::Owner(Owner::user("ada")), &many).await, "tags");
    let mut user = unit.iam.find_user("ada").await.unwrap().unwrap();
    unit.iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
    user.value.permissions_boundary = Some(arn("policy", "read"));
    user.value.user_name = "BOB".into();
    expect::exists(unit.iam.update_user(&user).await, "user_name");
    expect::unmodifiable(unit.tenants.set_allow_all_guardrail(false).await);
    unit.commit().await.unwrap();
    let ada = h.iam(&acme).find_user("ada").await.unwrap().unwrap();
    assert_eq!((ada.version, &ada.tags, &ada.permissions_boundary), (1, &vec![Tag::new("a", "b")], &None));
    assert!(h.tenants(&acme).get_tenant(acme.id).await.unwrap().unwrap().allow_all_guardrail);
    h.iam(&acme).delete_policy(&arn("policy", "read")).await.unwrap();
}

pub async fn units_come_one_after_another(h: &Harness) {
    let acme = h.tenant("acme").await;
    for name in ["a", "b", "c"] {
        let mut unit = h.unit(&acme).await;
        unit.iam.insert_user(a_user(name), Person::default()).await.unwrap();
        if name == "b" {
            drop(unit);
        } else {
            unit.commit().await.unwrap();
        }
        h.add_group(&acme, name).await;
    }
    assert_eq!(h.user_names(&acme).await, ["a", "c"]);
}

pub async fn a_unit_that_did_nothing_commits(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.unit(&acme).await.commit().await.unwrap();
    let unit = h.unit(&acme).await;
    assert!(unit.iam.find_user("ada").await.unwrap().is_none());
    unit.commit().await.unwrap();
}

pub async fn a_bulk_of_changes_is_one(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut unit = h.unit(&acme).await;
    for n in 0..200 {
        unit.iam.insert_user(a_user(&format!("u{n:03}")), Person::default()).await.unwrap();
    }
    unit.commit().await.unwrap();
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].users, 200);
    let mut unit = h.unit(&acme).await;
    for n in 0..200 {
        unit.iam.delete_user(&format!("u{n:03}")).await.unwrap();
    }
    drop(unit);
    assert_eq!(h.user_names(&acme).await.len(), 200);
}

pub async fn a_move_of_a_subtree_is_undone_whole(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let mut unit = h.unit(&root).await;
    unit.tenants.move_tenant(acme.id, root.id, "moved").await.unwrap();
    assert_eq!(unit.tenants.get_tenant(eng.id).await.unwrap().unwrap().path.as_str(), "moved.eng");
    drop(unit);
    assert_eq!(h.reference(eng.id).await.path.as_str(), "acme.eng");
    assert!(h.directory().resolve(&"moved".parse().unwrap()).await.unwrap().is_none());
}

pub async fn a_unit_goes_on_in_another_tenant(h: &Harness) {
    let root = h.root().await;
    let globex = h.tenant("globex").await;
    h.add_user(&globex, "gus").await;
    let mut unit = h.unit(&root).await;
    unit.iam.insert_user(a_user("top"), Person::default()).await.unwrap();
    let new = unit.tenants.create_tenant(root.id, "acme", "Acme", &h.account()).await.unwrap();
    let acme = TenantRef {
        id: new.id,
        path: new.path,
        account_id: new.account_id,
        display_name: new.display_name,
        suspended: false,
    };
    unit.enter(&acme).await.unwrap();
    assert_eq!((unit.iam.account_id(), unit.tenants.tenant_id()), (acme.account_id.as_str(), acme.id));
    assert!(unit.iam.find_user("top").await.unwrap().is_none(), "one tenant at a time");
    unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    unit.records.record(&an_event(h.id(), h.now())).await.unwrap();
    unit.enter(&globex).await.unwrap();
    assert!(unit.iam.find_user("gus").await.unwrap().is_some());
    expect::absent(unit.iam.delete_user("ada").await);
    unit.enter(&acme).await.unwrap();
    unit.iam.insert_user(a_user("bob"), Person::default()).await.unwrap();
    assert!(h.directory().resolve(&acme.path).await.unwrap().is_none(), "nobody else sees it yet");
    unit.commit().await.unwrap();
    assert_eq!(h.user_names(&root).await, ["top"]);
    assert_eq!(h.user_names(&acme).await, ["ada", "bob"]);
    assert_eq!(h.user_names(&globex).await, ["gus"]);
    assert_eq!(h.reference(acme.id).await, acme);
}

pub async fn a_unit_over_tenants_is_dropped_whole(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let mut unit = h.unit(&acme).await;
    for tenant in [&acme, &globex, &root] {
        unit.enter(tenant).await.unwrap();
        unit.iam.insert_user(a_user("ada"), Person::default()).await.unwrap();
    }
    drop(unit);
    for tenant in [&acme, &globex, &root] {
        assert!(h.user_names(tenant).await.is_empty(), "{tenant:?}");
    }
}

pub async fn a_unit_enters_what_is_open_to_its_actor_alone(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    let amy = h.add_person(&acme, "amy").await;
    h.assign(&eng, amy, "Reader", Reach::Tenant).await;
    let mut unit = h.backend.begin(&Scope::of_actor(acme.clone(), amy)).await.unwrap();
    unit.iam.insert_group(a_group("before")).await.unwrap();
    expect::denied(unit.enter(&globex).await);
    let absent = TenantRef { id: h.id(), ..globex.clone() };
    expect::denied(unit.enter(&absent).await);
    unit.iam.insert_group(a_group("after")).await.unwrap();
    assert_eq!(unit.tenants.tenant_id(), acme.id, "a refusal leaves the unit where it was");
    unit.enter(&eng).await.unwrap();
    unit.iam.insert_group(a_group("there")).await.unwrap();
    unit.commit().await.unwrap();
    let names = async |tenant: &TenantRef| {
        let page = h.iam(tenant).list_groups(&Default::default(), &PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|group| group.value.group_name).collect::<Vec<_>>()
    };
    assert_eq!(names(&acme).await, ["after", "before"]);
    assert_eq!(names(&eng).await, ["there"]);
    assert!(names(&globex).await.is_empty());
}

pub async fn reads_go_on_after_a_failure_and_a_release(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let reads = h.backend.reads(&Scope::of_system(acme.clone()));
    assert!(reads.iam.find_user("ada").await.unwrap().is_some());
    expect::absent(reads.iam.list_groups_for_user("nobody").await);
    assert!(reads.iam.list_groups_for_user("ada").await.unwrap().is_empty(), "a failure is of one read alone");
    reads.release().await;
    h.add_user(&acme, "bob").await;
    assert!(reads.iam.find_user("bob").await.unwrap().is_some(), "what came after a release is seen");
    reads.release().await;
}
