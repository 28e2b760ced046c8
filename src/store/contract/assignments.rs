//! Assignments.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::builders::{an_assignment, day};
use super::lists::{but, only};
use super::{Harness, expect};
use crate::iam::{InlinePolicy, Owner, Stored};
use crate::sso_admin::{AccountAssignment, PermissionSet, PermissionSetRef, PrincipalKind, PrincipalRef, Reach};
use crate::store::ActorKey;
use crate::store::traits::sso_admin::MOST_ADMINISTRATORS;
use crate::store::traits::{AuthorityRow, NewAssignment};
use crate::tenant::TenantRef;
use crate::wire::{Filter, PageRequest};

async fn a_user_of(h: &Harness, tenant: &TenantRef, name: &str) -> ActorKey {
    ActorKey { tenant_id: tenant.id, user_id: h.add_user(tenant, name).await.id }
}

pub async fn a_new_assignment_is_read_as_it_was_given(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let set = h.add_set(&root, "Reader").await;
    let ada = a_user_of(h, &acme, "Ada").await;
    let by = a_user_of(h, &root, "boss").await;
    let mut new = an_assignment(&root, set.id, ada).with_reach(Reach::Subtree).until(day(90)).new;
    new.created_by = Some(by.user_id);

    let made = h.sso(&shop).create_account_assignment(new).await.unwrap();

    let expected = AccountAssignment {
        id: made.id,
        tenant_id: shop.id,
        permission_set: PermissionSetRef {
            tenant_id: root.id,
            tenant_path: root.path.clone(),
            id: set.id,
            name: "Reader".into(),
            description: None,
        },
        principal: PrincipalRef {
            kind: PrincipalKind::User,
            tenant_id: acme.id,
            tenant_path: acme.path.clone(),
            id: ada.user_id.uuid(),
            name: "Ada".into(),
        },
        reach: Reach::Subtree,
        expires_at: Some(day(90)),
        created_date: h.now(),
        created_by: Some(by.user_id),
    };
    assert_eq!(made, expected);
    assert_eq!(h.sso(&shop).get_account_assignment(made.id).await.unwrap(), Some(made.clone()));
    let listed = h.sso(&shop).list_account_assignments(&Filter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, [made]);
}

pub async fn a_principal_has_a_set_once(h: &Harness) {
    let acme = h.tenant("acme").await;
    let (reader, writer) = (h.add_set(&acme, "Reader").await, h.add_set(&acme, "Writer").await);
    let (ada, bob) = (a_user_of(h, &acme, "ada").await, a_user_of(h, &acme, "bob").await);
    let mut sso = h.sso(&acme);
    let first = sso.create_account_assignment(an_assignment(&acme, reader.id, ada).new).await.unwrap();
    let again = an_assignment(&acme, reader.id, ada).with_reach(Reach::Subtree).until(day(90)).new;
    expect::exists(sso.create_account_assignment(again).await, "principal");
    sso.create_account_assignment(an_assignment(&acme, writer.id, ada).new).await.unwrap();
    sso.create_account_assignment(an_assignment(&acme, reader.id, bob).new).await.unwrap();
    let shop = h.tenant_below(&acme, "shop").await;
    h.sso(&shop).create_account_assignment(an_assignment(&acme, reader.id, ada).new).await.unwrap();
    assert_eq!(sso.get_account_assignment(first.id).await.unwrap(), Some(first.clone()), "the first is unchanged");
    sso.delete_account_assignment(first.id).await.unwrap();
    sso.create_account_assignment(an_assignment(&acme, reader.id, ada).new).await.unwrap();
}

pub async fn a_user_and_a_group_of_one_name_are_two_principals(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let user = a_user_of(h, &acme, "ops").await;
    let group = h.add_group(&acme, "ops").await;
    let mut sso = h.sso(&acme);
    sso.create_account_assignment(an_assignment(&acme, set.id, user).new).await.unwrap();
    let of_group = an_assignment(&acme, set.id, user).of_group(&acme, group.id).new;
    let made = sso.create_account_assignment(of_group.clone()).await.unwrap();
    assert_eq!((made.principal.kind, made.principal.name.as_str()), (PrincipalKind::Group, "ops"));
    expect::exists(sso.create_account_assignment(of_group).await, "principal");
}

pub async fn set_and_principal_must_be_there(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let group = h.add_group(&acme, "staff").await;
    let mut sso = h.sso(&acme);
    expect::absent(sso.create_account_assignment(an_assignment(&acme, h.id(), ada).new).await);
    let nobody = ActorKey { user_id: h.id(), ..ada };
    expect::absent(sso.create_account_assignment(an_assignment(&acme, set.id, nobody).new).await);
    let no_group = an_assignment(&acme, set.id, ada).of_group(&acme, h.id()).new;
    expect::absent(sso.create_account_assignment(no_group).await);
    // The id of a group is none of a user.
    let mixed = ActorKey { user_id: group.id.uuid().into(), ..ada };
    expect::absent(sso.create_account_assignment(an_assignment(&acme, set.id, mixed).new).await);
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].assignments, 0);
}

pub async fn set_and_principal_come_from_here_or_above(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let globex = h.tenant("globex").await;
    let own = |set: &Stored<PermissionSet>, tenant: &TenantRef, actor| an_assignment(tenant, set.id, actor).new;
    let above = h.add_set(&acme, "Above").await;
    let below = h.add_set(&shop, "Below").await;
    let beside = h.add_set(&globex, "Beside").await;
    let (ada, sam, gus) =
        (a_user_of(h, &acme, "ada").await, a_user_of(h, &shop, "sam").await, a_user_of(h, &globex, "gus").await);
    let mut sso = h.sso(&acme);
    expect::absent(sso.create_account_assignment(own(&below, &shop, ada)).await);
    expect::absent(sso.create_account_assignment(own(&beside, &globex, ada)).await);
    expect::absent(sso.create_account_assignment(own(&above, &acme, sam)).await);
    expect::absent(sso.create_account_assignment(own(&above, &acme, gus)).await);
    // Not by naming the wrong tenant either.
    expect::absent(sso.create_account_assignment(own(&beside, &acme, ada)).await);
    let smuggled = ActorKey { tenant_id: acme.id, user_id: gus.user_id };
    expect::absent(sso.create_account_assignment(own(&above, &acme, smuggled)).await);
    h.sso(&shop).create_account_assignment(own(&above, &acme, ada)).await.unwrap();
    h.sso(&shop).create_account_assignment(own(&below, &shop, sam)).await.unwrap();
}

pub async fn an_ended_assignment_is_gone(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let set = h.add_set(&acme, "Reader").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let made = h.sso(&acme).create_account_assignment(an_assignment(&acme, set.id, ada).new).await.unwrap();
    expect::absent(h.sso(&shop).delete_account_assignment(made.id).await);
    assert!(h.sso(&shop).get_account_assignment(made.id).await.unwrap().is_none());
    h.sso(&acme).delete_account_assignment(made.id).await.unwrap();
    assert!(h.sso(&acme).get_account_assignment(made.id).await.unwrap().is_none());
    expect::absent(h.sso(&acme).delete_account_assignment(made.id).await);
}

pub async fn an_expired_assignment_is_still_listed(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let new = an_assignment(&acme, set.id, ada).until(h.now() + TimeDelta::hours(1)).new;
    let made = h.sso(&acme).create_account_assignment(new.clone()).await.unwrap();
    h.clock.advance(TimeDelta::hours(2));
    let listed = h.sso(&acme).list_account_assignments(&Filter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, [made]);
    expect::exists(h.sso(&acme).create_account_assignment(new).await, "principal");
}

pub async fn they_are_narrowed_by_name_kind_and_reach(h: &Harness) {
    let acme = h.tenant("acme").await;
    let (reader, writer) = (h.add_set(&acme, "Reader").await, h.add_set(&acme, "Big Writer").await);
    let ada = a_user_of(h, &acme, "Ada").await;
    let staff = h.add_group(&acme, "staff").await;
    let mut sso = h.sso(&acme);
    let all = [
        an_assignment(&acme, reader.id, ada),
        an_assignment(&acme, writer.id, ada).with_reach(Reach::Subtree),
        an_assignment(&acme, writer.id, ada).of_group(&acme, staff.id),
    ];
    let mut ids = Vec::new();
    for assignment in all {
        h.tick();
        ids.push(sso.create_account_assignment(assignment.new).await.unwrap().id);
    }
    for (filter, expected) in [
        (Filter::default(), vec![2, 1, 0]),
        (only("", "rea"), vec![0]),
        (only("", "WRIT"), vec![2, 1]),
        (but("", "staff"), vec![1, 0]),
        (only("set", "big writer"), vec![2, 1]),
        (but("set", "Big Writer"), vec![0]),
        (only("set", "big"), vec![]),
        (only("principal", "ADA"), vec![1, 0]),
        (only("kind", "group"), vec![2]),
        (but("kind", "group"), vec![1, 0]),
        (only("reach", "subtree"), vec![1]),
    ] {
        let found = sso.list_account_assignments(&filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> = found.items.iter().map(|assignment| assignment.id).collect();
        let expected: Vec<_> = expected.into_iter().map(|at: usize| ids[at]).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub async fn a_principal_is_found_here_or_above(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let globex = h.tenant("globex").await;
    let ada = a_user_of(h, &acme, "Ada").await;
    let staff = h.add_group(&acme, "Staff").await;
    let expected = PrincipalRef {
        kind: PrincipalKind::User,
        tenant_id: acme.id,
        tenant_path: acme.path.clone(),
        id: ada.user_id.uuid(),
        name: "Ada".into(),
    };
    for tenant in [&acme, &shop] {
        let found = h.sso(tenant).find_principal(&acme.path, PrincipalKind::User, "ADA").await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
    }
    let group = h.sso(&shop).find_principal(&acme.path, PrincipalKind::Group, "staff").await.unwrap().unwrap();
    assert_eq!((group.kind, group.id), (PrincipalKind::Group, staff.id.uuid()));
    for (from, at, kind, name) in [
        (&shop, &acme, PrincipalKind::Group, "ada"),
        (&shop, &acme, PrincipalKind::User, "nobody"),
        (&shop, &acme, PrincipalKind::User, "a\0"),
        (&shop, &shop, PrincipalKind::User, "ada"),
        (&globex, &acme, PrincipalKind::User, "ada"),
        (&h.root().await, &acme, PrincipalKind::User, "ada"),
    ] {
        assert_eq!(h.sso(from).find_principal(&at.path, kind, name).await.unwrap(), None, "{name} of {}", at.path);
    }
    let absent = "none".parse().unwrap();
    assert_eq!(h.sso(&shop).find_principal(&absent, PrincipalKind::User, "ada").await.unwrap(), None);
}

/// A built-in administrator set of root.
async fn the_administrator(h: &Harness) -> Stored<PermissionSet> {
    let set = PermissionSet { is_builtin: true, ..super::builders::a_set("Administrator") };
    h.sso(&h.root().await).insert_permission_set(set).await.unwrap()
}

async fn administrators(h: &Harness, tenant: &TenantRef) -> u64 {
    let here = h.sso(tenant).list_administrators(None).await.unwrap();
    let everywhere = h.directory().count_administrators(tenant.id, h.now()).await.unwrap();
    assert_eq!(here.len() as u64, everywhere, "the part lists those whom the directory counts");
    for administrator in here {
        let key = ActorKey { tenant_id: administrator.entry.tenant.id, user_id: administrator.entry.user_id };
        let rows = h.directory().authority(key, tenant.id, h.now()).await.unwrap();
        let sorted = |mut rows: Vec<AuthorityRow>| {
            rows.sort_by_cached_key(|row| format!("{row:?}"));
            rows
        };
        assert_eq!(sorted(administrator.rows), sorted(rows));
    }
    everywhere
}

pub async fn administrators_are_those_who_could_sign_in(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let set = the_administrator(h).await;
    let mut sso = h.sso(&acme);
    assert_eq!(administrators(h, &acme).await, 0);
    let ada = h.add_person(&acme, "ada").await;
    sso.create_account_assignment(an_assignment(&root, set.id, ada).new).await.unwrap();
    assert_eq!(administrators(h, &acme).await, 1);

    let without_password = a_user_of(h, &acme, "bob").await;
    sso.create_account_assignment(an_assignment(&root, set.id, without_password).new).await.unwrap();
    let disabled = h.add_person(&acme, "carl").await;
    sso.create_account_assignment(an_assignment(&root, set.id, disabled).new).await.unwrap();
    let mut carl = h.iam(&acme).find_user("carl").await.unwrap().unwrap();
    carl.enabled = false;
    h.iam(&acme).update_user(&carl).await.unwrap();
    let other_set = h.add_set(&root, "Other").await;
    let dora = h.add_person(&acme, "dora").await;
    sso.create_account_assignment(an_assignment(&root, other_set.id, dora).new).await.unwrap();
    assert_eq!(administrators(h, &acme).await, 1);

    h.iam(&acme).delete_login_profile("ada").await.unwrap();
    assert_eq!(administrators(h, &acme).await, 0);
}

pub async fn a_namesake_of_the_built_in_set_makes_no_administrator(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Administrator").await;
    let ada = h.add_person(&acme, "ada").await;
    h.sso(&acme).create_account_assignment(an_assignment(&acme, set.id, ada).new).await.unwrap();
    assert_eq!(administrators(h, &acme).await, 0);
}

pub async fn administrators_come_by_groups_and_from_above(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let set = the_administrator(h).await;
    let (ada, bob) = (h.add_person(&acme, "ada").await, h.add_person(&acme, "bob").await);
    let staff = h.add_group(&acme, "staff").await;
    h.iam(&acme).add_user_to_group("staff", "ada").await.unwrap();
    h.iam(&acme).add_user_to_group("staff", "bob").await.unwrap();
    let of_group = an_assignment(&root, set.id, ada).of_group(&acme, staff.id).with_reach(Reach::Subtree).new;
    h.sso(&acme).create_account_assignment(of_group).await.unwrap();
    assert_eq!((administrators(h, &acme).await, administrators(h, &shop).await), (2, 2));
    let alone = an_assignment(&root, set.id, bob).new;
    h.sso(&acme).create_account_assignment(alone).await.unwrap();
    assert_eq!((administrators(h, &acme).await, administrators(h, &shop).await), (2, 2), "each counts once");
    h.iam(&acme).remove_user_from_group("staff", "bob").await.unwrap();
    assert_eq!((administrators(h, &acme).await, administrators(h, &shop).await), (2, 1));
    assert_eq!(administrators(h, &root).await, 0);
}

pub async fn an_administrator_is_one_until_the_assignment_expires(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let set = the_administrator(h).await;
    let ada = h.add_person(&acme, "ada").await;
    let end = h.now() + TimeDelta::hours(1);
    let new: NewAssignment = an_assignment(&root, set.id, ada).until(end).new;
    h.sso(&acme).create_account_assignment(new).await.unwrap();
    let count = async || h.directory().count_administrators(acme.id, h.now()).await.unwrap();
    assert_eq!(count().await, 1);
    assert_eq!(h.sso(&acme).list_administrators(None).await.unwrap(), [], "but not for good");
    h.clock.advance(TimeDelta::minutes(59));
    assert_eq!(count().await, 1);
    h.clock.advance(TimeDelta::minutes(1));
    assert_eq!(count().await, 0, "the moment it ends it is over");
}

pub async fn administrators_are_listed_in_parts(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let set = the_administrator(h).await;
    let mut sso = h.sso(&acme);
    for n in 0..MOST_ADMINISTRATORS + 3 {
        let user = h.add_person(&acme, &format!("u{n}")).await;
        sso.create_account_assignment(an_assignment(&root, set.id, user).new).await.unwrap();
    }
    let mut first = sso.list_administrators(None).await.unwrap();
    assert_eq!(first.len(), MOST_ADMINISTRATORS);
    let rest = sso.list_administrators(Some(first[MOST_ADMINISTRATORS - 1].entry.user_id)).await.unwrap();
    assert_eq!(rest.len(), 3);
    first.extend(rest);
    assert!(first.is_sorted_by(|a, b| a.entry.user_id.uuid() < b.entry.user_id.uuid()));
}

pub async fn a_unit_counts_administrators_as_it_leaves_them(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let set = the_administrator(h).await;
    let ada = h.add_person(&acme, "ada").await;
    let made = h.sso(&acme).create_account_assignment(an_assignment(&root, set.id, ada).new).await.unwrap();
    let mut unit = h.unit(&acme).await;
    unit.sso.delete_account_assignment(made.id).await.unwrap();
    assert_eq!(unit.sso.list_administrators(None).await.unwrap(), []);
    let text = r#"{"Statement": []}"#;
    let policy = InlinePolicy { policy_name: "new".into(), policy_document: text.into() };
    unit.iam.put_inline_policy(&Owner::user("ada"), &policy).await.unwrap();
    let hashes = [Sha256::digest(text).into(), [0; 32]];
    assert_eq!(unit.sso.documents(&hashes).await.unwrap(), [Some(text.into()), None], "what the unit brought");
    drop(unit);
    assert_eq!(administrators(h, &acme).await, 1);
}
