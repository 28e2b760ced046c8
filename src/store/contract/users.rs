//! Users.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{
    a_group, a_login_profile, a_policy, a_provider, a_user, an_assignment, an_inline_policy, arn, day,
};
use super::{Harness, expect};
use crate::iam::{Owner, Person, ProviderConfig, Stored, Tag, User};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::store::traits::Taggable;

fn a_person(name: &str, email: &str) -> Person {
    Person { display_name: Some(name.into()), email: Some(email.into()) }
}

pub async fn a_new_user_is_read_as_it_was_given(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    iam.insert_policy(a_policy("ceiling")).await.unwrap();
    let person = a_person("Ada Lovelace", "ada@example.org");
    let user = User {
        path: "/eng/core/".into(),
        password_last_used: Some(day(3)),
        permissions_boundary: Some(arn("policy", "ceiling")),
        tags: vec![Tag::new("team", "core"), Tag::new("Floor", "2")],
        providers: vec![a_provider("222222222222"), a_provider("111111111111")],
        ..a_user("Ada")
    };

    let made = iam.insert_user(user.clone(), person.clone()).await.unwrap();

    let provider = |account: &str| ProviderConfig { tenant_id: Some(acme.id), ..a_provider(account) };
    let expected = User {
        tags: vec![Tag::new("Floor", "2"), Tag::new("team", "core")],
        providers: vec![provider("111111111111"), provider("222222222222")],
        tenant_id: Some(acme.id),
        ..user
    };
    assert_eq!(made.value, expected, "tags by key and providers by account, the tenant filled in");
    assert_eq!((made.version, made.enabled, made.updated_at), (1, true, h.now()));
    assert_eq!(made.person, person);
    assert_eq!(iam.find_user("Ada").await.unwrap(), Some(made));
}

pub async fn the_guides_calls_take_and_give_the_bare_user(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam.create_user(a_user("ada")).await.unwrap();
    assert_eq!(made, User { tenant_id: Some(acme.id), ..a_user("ada") });
    assert_eq!(iam.get_user("ada").await.unwrap(), Some(made));
    assert_eq!(iam.get_user("bob").await.unwrap(), None);
}

pub async fn a_part_names_its_account(h: &Harness) {
    let acme = h.tenant("acme").await;
    let parts = h.parts(&acme);
    assert_eq!(parts.iam.account_id(), acme.account_id);
    assert_eq!(parts.sts.account_id(), acme.account_id);
    assert_eq!(parts.tenants.tenant_id(), acme.id);
}

pub async fn names_clash_regardless_of_case(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let twice = h.iam(&acme).insert_user(a_user("ADA"), Person::default()).await;
    expect::exists(twice, "user_name");
    assert_eq!(h.user_names(&acme).await, ["ada"], "the first is unchanged");
}

pub async fn a_name_is_found_in_any_case_and_kept_in_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let made = h.add_user(&acme, "Ada.Lovelace").await;
    let found = h.iam(&acme).find_user("aDA.lOVELACE").await.unwrap().unwrap();
    assert_eq!(found, made);
    assert_eq!(found.user_name, "Ada.Lovelace");
}

pub async fn every_identifier_is_held_by_one_user(h: &Harness) {
    let acme = h.tenant("acme").await;
    let held = h.add_user(&acme, "ada").await.into_value();
    let mut iam = h.iam(&acme);
    let bob = || a_user("bob");
    expect::exists(iam.insert_user(User { arn: held.arn.clone(), ..bob() }, Person::default()).await, "arn");
    expect::exists(
        iam.insert_user(User { wami_arn: held.wami_arn.clone(), ..bob() }, Person::default()).await,
        "wami_arn",
    );
    expect::exists(
        iam.insert_user(User { user_id: held.user_id.clone(), ..bob() }, Person::default()).await,
        "user_id",
    );
    assert!(iam.find_user("bob").await.unwrap().is_none());
}

pub async fn a_boundary_must_be_a_policy_of_the_tenant(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    h.add_policy(&globex, "ceiling").await;
    let bounded = User { permissions_boundary: Some(arn("policy", "ceiling")), ..a_user("ada") };
    expect::absent(h.iam(&acme).insert_user(bounded, Person::default()).await);
    assert!(h.user_names(&acme).await.is_empty());

    let mut user = h.add_user(&acme, "ada").await;
    user.value.permissions_boundary = Some(arn("policy", "ceiling"));
    expect::absent(h.iam(&acme).update_user(&user).await);
}

pub async fn names_outside_the_grammar_are_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for bad in ["", "a b", "a/b", "ä", "a\0b", "a\nb", "<script>", &"x".repeat(65)] {
        let user = User { user_name: bad.into(), ..a_user("ada") };
        expect::invalid(iam.insert_user(user, Person::default()).await, "user_name");
    }
    iam.insert_user(a_user("a.b+c=d,e@f_g-h"), Person::default()).await.unwrap();
    iam.insert_user(a_user(&"x".repeat(64)), Person::default()).await.unwrap();
}

pub async fn the_name_root_is_reserved(h: &Harness) {
    let acme = h.tenant("acme").await;
    for name in ["root", "Root"] {
        expect::invalid(h.iam(&acme).insert_user(a_user(name), Person::default()).await, "user_name");
    }
    let mut user = h.add_user(&acme, "ada").await;
    user.value.user_name = "ROOT".into();
    expect::invalid(h.iam(&acme).update_user(&user).await, "user_name");
}

pub async fn wrong_fields_are_named(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    for bad in ["", "eng/", "/eng", "//", "/a b/", "/ä/", &format!("/{}/", "x".repeat(512))] {
        let user = User { path: bad.into(), ..a_user("ada") };
        expect::invalid(iam.insert_user(user, Person::default()).await, "path");
    }
    for bad in ["", "nobody", "a@b@c", "a b@c"] {
        let person = Person { email: Some(bad.into()), ..Person::default() };
        expect::invalid(iam.insert_user(a_user("ada"), person).await, "email");
    }
    for bad in ["", "a\0b", &"ä".repeat(129)] {
        let person = Person { display_name: Some(bad.into()), ..Person::default() };
        expect::invalid(iam.insert_user(a_user("ada"), person).await, "display_name");
    }
    let twice = User { tags: vec![Tag::new("Team", "a"), Tag::new("team", "b")], ..a_user("ada") };
    expect::invalid(iam.insert_user(twice, Person::default()).await, "tags");
    let many = (0..51).map(|n| Tag::new(format!("k{n}"), "")).collect();
    expect::invalid(iam.insert_user(User { tags: many, ..a_user("ada") }, Person::default()).await, "tags");
    for (field, user) in [
        ("arn", User { arn: String::new(), ..a_user("ada") }),
        ("wami_arn", User { wami_arn: "a\0b".into(), ..a_user("ada") }),
        ("user_id", User { user_id: "a\nb".into(), ..a_user("ada") }),
    ] {
        expect::invalid(iam.insert_user(user, Person::default()).await, field);
    }
    assert!(h.user_names(&acme).await.is_empty());
}

pub async fn text_of_any_script_is_kept_as_it_is(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let name = "<script>alert('x')</script> \"\\ %_ \u{202e}אדה 🦀";
    let person = Person { display_name: Some(name.into()), ..Person::default() };
    iam.insert_user(a_user("ada"), person.clone()).await.unwrap();
    assert_eq!(iam.find_user("ada").await.unwrap().unwrap().person, person);
}

pub async fn what_can_be_no_name_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    for odd in ["", "%", "_da", "ad", "ada ", "ada\0", "' or 1=1 --", "ａｄａ", &"x".repeat(10_000)] {
        assert_eq!(iam.find_user(odd).await.unwrap(), None, "{odd:?}");
        expect::absent(iam.delete_user(odd).await);
    }
    assert_eq!(h.user_names(&acme).await, ["ada"]);
}

pub async fn a_value_of_another_tenant_is_refused(h: &Harness) {
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let mut iam = h.iam(&acme);
    let strange = User { tenant_id: Some(globex.id), ..a_user("ada") };
    expect::invalid(iam.insert_user(strange, Person::default()).await, "tenant_id");
    let own = User { tenant_id: Some(acme.id), ..a_user("ada") };
    let mut made = iam.insert_user(own, Person::default()).await.unwrap();
    made.value.tenant_id = Some(globex.id);
    expect::invalid(iam.update_user(&made).await, "tenant_id");
}

pub async fn an_update_changes_what_it_names(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "ceiling").await;
    let made = h.add_user(&acme, "ada").await;
    h.tick();
    let mut wanted = made.clone();
    wanted.enabled = false;
    wanted.person = a_person("Ada L.", "ada@example.org");
    wanted.value = User {
        user_name: "lovelace".into(),
        arn: arn("user", "lovelace"),
        wami_arn: format!("{}2", made.wami_arn),
        path: "/eng/".into(),
        password_last_used: Some(day(5)),
        permissions_boundary: Some(arn("policy", "ceiling")),
        providers: vec![ProviderConfig { tenant_id: Some(acme.id), ..a_provider("111111111111") }],
        ..made.value
    };

    let changed = h.iam(&acme).update_user(&wanted).await.unwrap();

    assert_eq!(changed, Stored { version: 2, updated_at: h.now(), ..wanted });
    assert_eq!(h.iam(&acme).find_user("lovelace").await.unwrap(), Some(changed));
    assert_eq!(h.iam(&acme).find_user("ada").await.unwrap(), None);
}

pub async fn an_update_takes_boundary_and_person_away(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "ceiling").await;
    let mut iam = h.iam(&acme);
    let bounded = User { permissions_boundary: Some(arn("policy", "ceiling")), ..a_user("ada") };
    let mut user = iam.insert_user(bounded, a_person("Ada", "a@b")).await.unwrap();
    user.person = Person::default();
    user.value.permissions_boundary = None;
    let changed = iam.update_user(&user).await.unwrap();
    assert_eq!((changed.person.clone(), changed.permissions_boundary.clone()), (Person::default(), None));
    iam.delete_policy(&arn("policy", "ceiling")).await.unwrap();
}

pub async fn an_update_leaves_tags_and_what_never_changes(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let made = iam
        .insert_user(User { tags: vec![Tag::new("team", "core")], ..a_user("ada") }, Person::default())
        .await
        .unwrap();
    let mut wanted = made.clone();
    wanted.value.tags = vec![Tag::new("team", "other"), Tag::new("more", "")];
    wanted.value.user_id = "AIDAOTHER".into();
    wanted.value.create_date = day(9);
    let changed = iam.update_user(&wanted).await.unwrap();
    assert_eq!(changed.value, made.value);
    assert_eq!(iam.find_user("ada").await.unwrap().unwrap().value, made.value);
}

pub async fn a_stale_update_is_refused_and_changes_nothing(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let read = h.add_user(&acme, "ada").await;
    let mut first = read.clone();
    first.value.path = "/first/".into();
    let first = iam.update_user(&first).await.unwrap();
    let mut second = read;
    second.value.path = "/second/".into();
    expect::stale(iam.update_user(&second).await);
    assert_eq!(iam.find_user("ada").await.unwrap(), Some(first));
}

pub async fn an_update_of_an_absent_user_is_not_found(h: &Harness) {
    let acme = h.tenant("acme").await;
    let user = h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    iam.delete_user("ada").await.unwrap();
    expect::absent(iam.update_user(&user).await);
    // Another of that name is another.
    h.add_user(&acme, "ada").await;
    expect::absent(iam.update_user(&user).await);
}

pub async fn a_rename_onto_a_held_name_is_refused(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "bob").await;
    let mut user = h.add_user(&acme, "ada").await;
    user.value.user_name = "BOB".into();
    expect::exists(h.iam(&acme).update_user(&user).await, "user_name");
    assert_eq!(h.user_names(&acme).await, ["ada", "bob"]);
}

pub async fn a_rename_may_change_the_case_alone(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut user = h.add_user(&acme, "ada").await;
    user.value.user_name = "ADA".into();
    h.iam(&acme).update_user(&user).await.unwrap();
    assert_eq!(h.user_names(&acme).await, ["ADA"]);
}

/// Gives a user one of everything that can hang on it.
async fn hang_everything_on(h: &Harness, tenant: &crate::tenant::TenantRef, name: &str) {
    let mut iam = h.iam(tenant);
    let owner = Owner::user(name);
    iam.create_login_profile(a_login_profile(name)).await.unwrap();
    iam.insert_group(a_group("staff")).await.unwrap();
    iam.add_user_to_group("staff", name).await.unwrap();
    iam.insert_policy(a_policy("read")).await.unwrap();
    iam.attach_policy(&owner, &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&owner, &an_inline_policy("own")).await.unwrap();
    iam.tag(&Taggable::Owner(owner), &[Tag::new("team", "core")]).await.unwrap();
}

pub async fn a_rename_carries_everything(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut user = h.add_user(&acme, "ada").await;
    hang_everything_on(h, &acme, "ada").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: user.id };
    let assignment = h.assign(&acme, actor, "Reader", Reach::Tenant).await;
    let mut iam = h.iam(&acme);

    user.value.user_name = "Lovelace".into();
    iam.update_user(&user).await.unwrap();

    let owner = Owner::user("lovelace");
    let login = iam.get_login_profile("lovelace").await.unwrap().unwrap();
    assert_eq!((login.user_name.as_str(), login.password_hash.expose().as_str()), ("Lovelace", "$argon2id$of-ada"));
    assert_eq!(iam.list_groups_for_user("lovelace").await.unwrap().len(), 1);
    let members = iam.list_group_members("staff", &Default::default()).await.unwrap();
    assert_eq!(members.items[0].user_name, "Lovelace");
    assert_eq!(iam.list_attached_policies(&owner).await.unwrap().len(), 1);
    assert_eq!(iam.list_inline_policies(&owner).await.unwrap(), [an_inline_policy("own")]);
    assert_eq!(iam.find_user("lovelace").await.unwrap().unwrap().tags, [Tag::new("team", "core")]);
    let users = iam.list_entities_for_policy(&arn("policy", "read"), 10).await.unwrap();
    assert_eq!(users[0].owner, Owner::user("Lovelace"));
    let assignment = h.sso(&acme).get_account_assignment(assignment.id).await.unwrap().unwrap();
    assert_eq!(assignment.principal.name, "Lovelace");
    assert!(iam.get_login_profile("ada").await.unwrap().is_none());
    expect::absent(iam.list_groups_for_user("ada").await);
}

pub async fn what_hangs_on_a_user_blocks_its_deletion(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    hang_everything_on(h, &acme, "ada").await;
    let mut iam = h.iam(&acme);
    let all =
        [("login profile", "ada"), ("membership", "staff"), ("attached policy", "read"), ("inline policy", "own")];
    expect::blocked(iam.delete_user("ADA").await, &all);

    iam.delete_login_profile("ada").await.unwrap();
    iam.remove_user_from_group("staff", "ada").await.unwrap();
    iam.detach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
    expect::blocked(iam.delete_user("ada").await, &all[3..]);
    iam.delete_inline_policy(&Owner::user("ada"), "own").await.unwrap();
    iam.delete_user("ada").await.unwrap();
    assert!(iam.find_user("ada").await.unwrap().is_none());
    expect::absent(iam.delete_user("ada").await);
}

pub async fn a_deleted_name_hands_nothing_on(h: &Harness) {
    let acme = h.tenant("acme").await;
    let first = h.add_user(&acme, "ada").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: first.id };
    h.assign(&acme, actor, "Reader", Reach::Tenant).await;
    let mut iam = h.iam(&acme);
    iam.tag(&Taggable::Owner(Owner::user("ada")), &[Tag::new("team", "core")]).await.unwrap();
    iam.record_password_use("ada", day(5)).await.unwrap();
    iam.delete_user("ada").await.unwrap();

    let second = h.add_user(&acme, "ada").await;

    assert_ne!(first.id, second.id);
    assert_eq!((second.version, &second.tags, second.password_last_used), (1, &vec![], None));
    let actor = ActorKey { tenant_id: acme.id, user_id: second.id };
    assert_eq!(h.directory().my_access(actor, h.now()).await.unwrap().len(), 1, "home alone");
    let assigned = h.sso(&acme).list_account_assignments(&Default::default(), &Default::default()).await.unwrap();
    assert!(assigned.items.is_empty());
}

pub async fn the_assignments_of_a_deleted_user_go_in_every_tenant(h: &Harness) {
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let (ada, bob) = (h.add_user(&acme, "ada").await, h.add_user(&acme, "bob").await);
    let key = |user: &Stored<User>| ActorKey { tenant_id: acme.id, user_id: user.id };
    let here = h.assign(&acme, key(&ada), "Reader", Reach::Subtree).await;
    let below = h.assign(&shop, key(&ada), "Reader", Reach::Tenant).await;
    let others = h.assign(&shop, key(&bob), "Reader", Reach::Tenant).await;

    h.iam(&acme).delete_user("ada").await.unwrap();

    assert!(h.sso(&acme).get_account_assignment(here.id).await.unwrap().is_none());
    assert!(h.sso(&shop).get_account_assignment(below.id).await.unwrap().is_none());
    assert!(h.sso(&shop).get_account_assignment(others.id).await.unwrap().is_some());
    let counts = h.tenants(&acme).counts(&[acme.id, shop.id]).await.unwrap();
    assert_eq!((counts[0].assignments, counts[1].assignments), (0, 1));
    // The set is free of them.
    let root = h.root().await;
    let set = h.sso(&root).find_permission_set("Reader").await.unwrap().unwrap();
    h.sso(&shop).delete_account_assignment(others.id).await.unwrap();
    let new = an_assignment(&root, set.id, key(&bob)).new;
    assert!(h.sso(&acme).create_account_assignment(new).await.is_ok());
}

pub async fn the_use_of_a_password_is_no_change(h: &Harness) {
    let acme = h.tenant("acme").await;
    let read = h.add_user(&acme, "ada").await;
    let mut iam = h.iam(&acme);
    h.tick();
    iam.record_password_use("ADA", day(8)).await.unwrap();
    let found = iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!((found.password_last_used, found.version, found.updated_at), (Some(day(8)), 1, read.updated_at));
    assert!(iam.update_user(&read).await.is_ok(), "what was read before is not stale");
    expect::absent(iam.record_password_use("bob", day(8)).await);
}

pub async fn times_are_kept_to_the_microsecond(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut iam = h.iam(&acme);
    let exact = day(1) + chrono::TimeDelta::nanoseconds(123_456_789);
    let kept = day(1) + chrono::TimeDelta::microseconds(123_456);
    let user = User { create_date: exact, password_last_used: Some(exact), ..a_user("ada") };
    let made = iam.insert_user(user, Person::default()).await.unwrap();
    assert_eq!((made.create_date, made.password_last_used), (kept, Some(kept)));
    assert_eq!(iam.find_user("ada").await.unwrap(), Some(made));
}
