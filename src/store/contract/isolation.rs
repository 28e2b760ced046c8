//! Two tenants: what one holds, the other neither finds nor changes, by name or by id.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{
    a_bin_item, a_group, a_guardrail, a_login_profile, a_policy, a_role, a_set, a_user, an_assignment, an_event,
    an_inline_policy, arn, day,
};
use super::lists::only;
use super::{Harness, expect};
use crate::iam::{Owner, OwnerKind, Person, Role, Tag, User};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::store::traits::{PolicyScope, Taggable};
use crate::tenant::TenantRef;
use crate::wire::{Filter, PageRequest};

/// A tenant with one of everything, and another with nothing.
async fn full_and_empty(h: &Harness) -> (TenantRef, TenantRef) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    fill(h, &acme).await;
    (acme, globex)
}

/// Everything there is, each named `one`.
async fn fill(h: &Harness, tenant: &TenantRef) -> ActorKey {
    let actor = h.add_person(tenant, "one").await;
    h.add_group(tenant, "one").await;
    h.add_role(tenant, "one").await;
    let set = h.add_set(tenant, "one").await;
    let policy = h.add_policy(tenant, "one").await;
    let mut iam = h.iam(tenant);
    iam.add_user_to_group("one", "one").await.unwrap();
    iam.create_policy_version(&policy.arn, "{}", false, None).await.unwrap();
    for kind in OwnerKind::ALL {
        let owner = Owner { kind, name: "one".into() };
        iam.attach_policy(&owner, &policy.arn).await.unwrap();
        iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
        iam.tag(&Taggable::Owner(owner), &[Tag::new("of", tenant.path.as_str())]).await.unwrap();
    }
    iam.tag(&Taggable::Policy(policy.value.arn), &[Tag::new("of", tenant.path.as_str())]).await.unwrap();
    h.sso(tenant).create_account_assignment(an_assignment(tenant, set.id, actor).new).await.unwrap();
    h.tenants(tenant).put_guardrail(&a_guardrail("one")).await.unwrap();
    h.records(tenant).record(&an_event(h.id(), h.now())).await.unwrap();
    h.records(tenant).put_bin_item(&a_bin_item(h.id(), h.ids.uuid(h.now()), "one")).await.unwrap();
    actor
}

/// Everything that a tenant shows, as text.
async fn everything(h: &Harness, tenant: &TenantRef) -> String {
    let parts = h.parts(tenant);
    let (all, page) = (Filter::default(), PageRequest::default());
    let mut shown = vec![
        format!("{:?}", parts.iam.list_users(&all, &page).await.unwrap().items),
        format!("{:?}", parts.iam.list_groups(&all, &page).await.unwrap().items),
        format!("{:?}", parts.iam.list_roles(&all, &page).await.unwrap().items),
        format!("{:?}", parts.iam.list_policies(PolicyScope::All, &all, &page).await.unwrap().items),
        format!("{:?}", parts.sso.list_permission_sets(&all, &page).await.unwrap().items),
        format!("{:?}", parts.sso.list_account_assignments(&all, &page).await.unwrap().items),
        format!("{:?}", parts.tenants.list_guardrails().await.unwrap()),
        format!("{:?}", parts.tenants.get_tenant(tenant.id).await.unwrap()),
        format!("{:?}", parts.tenants.counts(&[tenant.id]).await.unwrap()),
        format!("{:?}", parts.records.list_events(&all, &page).await.unwrap().items),
        format!("{:?}", parts.records.list_bin_items(&all, &page).await.unwrap().items),
        format!("{:?}", parts.iam.get_login_profile("one").await.unwrap()),
    ];
    if parts.iam.find_group("one").await.unwrap().is_some() {
        shown.push(format!("{:?}", parts.iam.list_group_members("one", &page).await.unwrap().items));
        shown.push(format!("{:?}", parts.iam.list_policy_versions(&arn("policy", "one")).await.unwrap()));
        for kind in OwnerKind::ALL {
            let owner = Owner { kind, name: "one".into() };
            shown.push(format!("{:?}", parts.iam.list_attached_policies(&owner).await.unwrap()));
            shown.push(format!("{:?}", parts.iam.list_inline_policies(&owner).await.unwrap()));
        }
    }
    shown.join("\n")
}

pub async fn an_empty_tenant_shows_nothing_of_a_full_one(h: &Harness) {
    let (acme, globex) = full_and_empty(h).await;
    let parts = h.parts(&globex);
    let (all, page) = (Filter::default(), PageRequest::default());
    assert!(parts.iam.list_users(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.iam.list_groups(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.iam.list_roles(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.iam.list_policies(PolicyScope::All, &all, &page).await.unwrap().items.is_empty());
    assert!(parts.sso.list_permission_sets(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.sso.list_account_assignments(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.sso.list_usable_permission_sets().await.unwrap().is_empty());
    assert!(parts.tenants.list_guardrails().await.unwrap().is_empty());
    assert!(parts.records.list_events(&all, &page).await.unwrap().items.is_empty());
    assert!(parts.records.list_bin_items(&all, &page).await.unwrap().items.is_empty());
    for filter in [only("", "one"), only("tag", "of"), only("path", "/"), only("created", ">2000-01-01")] {
        assert!(parts.iam.list_users(&filter, &page).await.unwrap().items.is_empty(), "{filter:?}");
        assert!(parts.iam.list_groups(&filter, &page).await.unwrap().items.is_empty(), "{filter:?}");
        assert!(parts.iam.list_roles(&filter, &page).await.unwrap().items.is_empty(), "{filter:?}");
        let policies = parts.iam.list_policies(PolicyScope::All, &filter, &page).await.unwrap();
        assert!(policies.items.is_empty(), "{filter:?}");
    }
    assert!(parts.iam.list_users(&only("group", "one"), &page).await.unwrap().items.is_empty());
    assert!(h.iam(&acme).list_users(&only("group", "one"), &page).await.unwrap().items.len() == 1);
}

pub async fn names_of_another_tenant_are_not_found(h: &Harness) {
    let (acme, globex) = full_and_empty(h).await;
    let before = everything(h, &acme).await;
    let policy = arn("policy", "one");
    let mut iam = h.iam(&globex);
    assert!(iam.find_user("one").await.unwrap().is_none());
    assert!(iam.find_group("one").await.unwrap().is_none());
    assert!(iam.find_role("one").await.unwrap().is_none());
    assert!(iam.find_policy(&policy).await.unwrap().is_none());
    assert!(iam.find_policy_by_name("one").await.unwrap().is_none());
    assert!(iam.get_login_profile("one").await.unwrap().is_none());
    assert!(iam.get_policy_version(&policy, "v1").await.unwrap().is_none());
    assert!(h.sso(&globex).find_permission_set("one").await.unwrap().is_none());
    expect::absent(iam.list_groups_for_user("one").await);
    expect::absent(iam.list_group_members("one", &PageRequest::default()).await);
    expect::absent(iam.list_policy_versions(&policy).await);
    expect::absent(iam.list_entities_for_policy(&policy, 10).await);

    expect::absent(iam.delete_user("one").await);
    expect::absent(iam.delete_group("one").await);
    expect::absent(iam.delete_role("one").await);
    expect::absent(iam.delete_policy(&policy).await);
    expect::absent(h.sso(&globex).delete_permission_set("one").await);
    expect::absent(iam.create_login_profile(a_login_profile("one")).await);
    expect::absent(iam.update_login_profile(a_login_profile("one")).await);
    expect::absent(iam.delete_login_profile("one").await);
    expect::absent(iam.record_password_use("one", day(9)).await);
    expect::absent(iam.create_policy_version(&policy, "{}", true, None).await);
    expect::absent(iam.delete_policy_version(&policy, "v2").await);
    expect::absent(iam.set_default_policy_version(&policy, "v2").await);
    expect::absent(iam.add_user_to_group("one", "one").await);
    expect::absent(iam.remove_user_from_group("one", "one").await);
    expect::absent(h.tenants(&globex).delete_guardrail("one").await);
    for kind in OwnerKind::ALL {
        let owner = Owner { kind, name: "one".into() };
        expect::absent(iam.list_attached_policies(&owner).await);
        expect::absent(iam.list_inline_policies(&owner).await);
        expect::absent(iam.attach_policy(&owner, &policy).await);
        expect::absent(iam.detach_policy(&owner, &policy).await);
        expect::absent(iam.put_inline_policy(&owner, &an_inline_policy("own")).await);
        expect::absent(iam.delete_inline_policy(&owner, "own").await);
        expect::absent(iam.tag(&Taggable::Owner(owner.clone()), &[Tag::new("a", "")]).await);
        expect::absent(iam.untag(&Taggable::Owner(owner), &["of".into()]).await);
    }
    expect::absent(iam.tag(&Taggable::Policy(policy.clone()), &[Tag::new("a", "")]).await);
    expect::absent(iam.untag(&Taggable::Policy(policy), &["of".into()]).await);
    assert_eq!(everything(h, &acme).await, before);
}

pub async fn ids_of_another_tenant_are_not_found(h: &Harness) {
    let (acme, globex) = full_and_empty(h).await;
    let before = everything(h, &acme).await;
    let there = h.parts(&acme);
    let mut here = h.parts(&globex);
    macro_rules! elsewhere {
        ($stored:expr) => {{
            let mut stored = $stored.await.unwrap().unwrap();
            stored.value.tenant_id = None;
            stored
        }};
    }
    let user = elsewhere!(there.iam.find_user("one"));
    expect::absent(here.iam.update_user(&user).await);
    let group = elsewhere!(there.iam.find_group("one"));
    expect::absent(here.iam.update_group(&group).await);
    let role = elsewhere!(there.iam.find_role("one"));
    expect::absent(here.iam.update_role(&role).await);
    let policy = elsewhere!(there.iam.find_policy_by_name("one"));
    expect::absent(here.iam.update_policy(&policy).await);
    let set = elsewhere!(there.sso.find_permission_set("one"));
    expect::absent(here.sso.update_permission_set(&set).await);
    let (all, page) = (Filter::default(), PageRequest::default());
    let assignment = &there.sso.list_account_assignments(&all, &page).await.unwrap().items[0];
    assert!(here.sso.get_account_assignment(assignment.id).await.unwrap().is_none());
    expect::absent(here.sso.delete_account_assignment(assignment.id).await);
    let event = &there.records.list_events(&all, &page).await.unwrap().items[0];
    assert!(here.records.find_event(event.id).await.unwrap().is_none());
    let object = user.id.uuid();
    assert!(here.records.list_events_of("user", object, &page).await.unwrap().items.is_empty());
    let item = &there.records.list_bin_items(&all, &page).await.unwrap().items[0];
    assert!(here.records.find_bin_item(item.id).await.unwrap().is_none());
    expect::absent(here.records.remove_bin_item(item.id).await);
    for (kind, id) in [
        ("user", object),
        ("group", group.id.uuid()),
        ("role", role.id.uuid()),
        ("policy", policy.id.uuid()),
        ("permission-set", set.id.uuid()),
    ] {
        expect::absent(here.records.restore_object_id(kind, id, h.ids.uuid(h.now())).await);
    }
    assert_eq!(everything(h, &acme).await, before);
}

pub async fn another_tenant_is_neither_seen_nor_changed(h: &Harness) {
    let (acme, globex) = full_and_empty(h).await;
    let eng = h.tenant_below(&acme, "eng").await;
    let before = everything(h, &acme).await;
    let stored = h.tenants(&acme).get_tenant(acme.id).await.unwrap().unwrap();
    let mut tenants = h.tenants(&globex);
    for id in [acme.id, eng.id] {
        assert!(tenants.get_tenant(id).await.unwrap().is_none());
        expect::absent(tenants.create_tenant(id, "new", "New", &h.account()).await);
        expect::absent(tenants.move_tenant(id, globex.id, "moved").await);
        expect::absent(tenants.delete_tenant(id).await);
        expect::absent(tenants.get_ancestors(id).await);
        assert!(tenants.get_descendants(id, 10).await.unwrap().is_empty());
        assert_eq!(tenants.counts(&[id]).await.unwrap(), [Default::default()]);
    }
    assert!(tenants.find_tenant(&acme.path).await.unwrap().is_none());
    expect::absent(tenants.update_tenant(&stored).await);
    assert!(tenants.list_child_tenants(acme.id, &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(tenants.list_first_children(&[acme.path.clone(), eng.path.clone()], 9).await.unwrap().is_empty());
    assert_eq!(everything(h, &acme).await, before);
}

pub async fn namesakes_of_two_tenants_are_apart(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    fill(h, &acme).await;
    fill(h, &globex).await;
    let before = everything(h, &acme).await;
    let mut iam = h.iam(&globex);
    let policy = arn("policy", "one");
    let owner = Owner::user("one");
    let mut user = iam.find_user("one").await.unwrap().unwrap();
    user.value.path = "/changed/".into();
    user.enabled = false;
    iam.update_user(&user).await.unwrap();
    iam.record_password_use("one", day(30)).await.unwrap();
    iam.set_default_policy_version(&policy, "v2").await.unwrap();
    iam.delete_policy_version(&policy, "v1").await.unwrap();
    iam.remove_user_from_group("one", "one").await.unwrap();
    iam.delete_login_profile("one").await.unwrap();
    for kind in OwnerKind::ALL {
        let owner = Owner { kind, name: "one".into() };
        iam.detach_policy(&owner, &policy).await.unwrap();
        iam.delete_inline_policy(&owner, "own").await.unwrap();
        iam.untag(&Taggable::Owner(owner), &["of".into()]).await.unwrap();
    }
    iam.put_inline_policy(&owner, &an_inline_policy("other")).await.unwrap();
    iam.delete_inline_policy(&owner, "other").await.unwrap();
    iam.delete_user("one").await.unwrap();
    iam.delete_group("one").await.unwrap();
    iam.delete_role("one").await.unwrap();
    iam.delete_policy(&policy).await.unwrap();
    h.sso(&globex).delete_permission_set("one").await.unwrap();
    h.tenants(&globex).put_guardrail(&a_guardrail("two")).await.unwrap();
    h.tenants(&globex).set_allow_all_guardrail(false).await.unwrap();
    h.tenants(&globex).delete_guardrail("one").await.unwrap();
    assert_eq!(everything(h, &acme).await, before);
}

pub async fn names_and_identifiers_are_free_in_another_tenant(h: &Harness) {
    let (_, globex) = full_and_empty(h).await;
    let mut iam = h.iam(&globex);
    iam.insert_user(a_user("one"), Person::default()).await.unwrap();
    iam.insert_group(a_group("one")).await.unwrap();
    iam.insert_role(a_role("one")).await.unwrap();
    iam.insert_policy(a_policy("one")).await.unwrap();
    h.sso(&globex).insert_permission_set(a_set("one")).await.unwrap();
}

pub async fn a_policy_of_another_tenant_is_neither_attached_nor_a_boundary(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let eng = h.tenant_below(&acme, "eng").await;
    let policy = h.add_policy(&acme, "read").await;
    for tenant in [&globex, &eng] {
        h.add_user(tenant, "ada").await;
        let mut iam = h.iam(tenant);
        expect::absent(iam.attach_policy(&Owner::user("ada"), &policy.arn).await);
        let boundary = Some(policy.arn.clone());
        let bounded = User { permissions_boundary: boundary.clone(), ..a_user("bob") };
        expect::absent(iam.insert_user(bounded, Person::default()).await);
        let bounded = Role { permissions_boundary: boundary.clone(), ..a_role("builder") };
        expect::absent(iam.insert_role(bounded).await);
        let bounded = crate::sso_admin::PermissionSet { permissions_boundary: boundary, ..a_set("Reader") };
        expect::absent(h.sso(tenant).insert_permission_set(bounded).await);
    }
    assert_eq!(h.iam(&acme).find_policy(&policy.arn).await.unwrap().unwrap().attachment_count, 0);
}

pub async fn members_come_from_the_tenant_of_their_group(h: &Harness) {
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    h.add_group(&acme, "staff").await;
    h.add_user(&eng, "ada").await;
    expect::absent(h.iam(&acme).add_user_to_group("staff", "ada").await);
    expect::absent(h.iam(&eng).add_user_to_group("staff", "ada").await);
}

pub async fn policies_of_a_namesake_bear_on_nobody_else(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let (one, two) = (fill(h, &acme).await, h.add_person(&globex, "one").await);
    let rows = h.directory().authority(two, globex.id, h.now()).await.unwrap();
    assert!(rows.iter().all(|row| row.policy == "AllowAll"), "{rows:?}");
    for (actor, tenant) in [(one, &globex), (two, &acme)] {
        let rows = h.directory().authority(actor, tenant.id, h.now()).await.unwrap();
        let is_guardrail = |row: &crate::store::traits::AuthorityRow| {
            matches!(row.source, crate::store::traits::AuthoritySource::Guardrail { .. })
        };
        assert!(rows.iter().all(is_guardrail), "{rows:?}");
    }
    assert!(h.directory().sign_in_entry(&globex.path, "one").await.unwrap().unwrap().user_id == two.user_id);
}

pub async fn a_unit_of_one_tenant_does_not_see_another(h: &Harness) {
    let (acme, globex) = full_and_empty(h).await;
    let mut unit = h.unit(&globex).await;
    assert!(unit.iam.find_user("one").await.unwrap().is_none());
    expect::absent(unit.iam.delete_user("one").await);
    unit.iam.insert_user(a_user("one"), Person::default()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(h.user_names(&acme).await, ["one"]);
    assert_eq!(h.user_names(&globex).await, ["one"]);
}

pub async fn what_is_below_is_a_tenant_of_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    fill(h, &eng).await;
    let mut iam = h.iam(&acme);
    assert!(h.user_names(&acme).await.is_empty());
    expect::absent(iam.delete_user("one").await);
    let actor = ActorKey { tenant_id: acme.id, user_id: h.add_user(&acme, "ada").await.id };
    h.assign(&acme, actor, "Reader", Reach::Subtree).await;
    let own = h.parts_for(&acme, actor).iam;
    assert!(own.find_group("one").await.unwrap().is_none(), "reach does not mix what tenants hold");
    let below = h.parts_for(&eng, actor).iam;
    assert!(below.find_group("one").await.unwrap().is_some());
}
