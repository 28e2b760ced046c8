//! Many at once: names are held once, limits hold, nothing is lost.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use std::fmt::Debug;

use super::builders::{a_group, a_guardrail, a_login_profile, a_policy, a_role, a_set, a_user, an_assignment, arn};
use super::{Harness, expect};
use crate::AmiError;
use crate::iam::{Owner, Person, Tag, User};
use crate::store::traits::Taggable;
use crate::store::{ActorKey, Parts, Result};
use crate::tenant::{Tenant, TenantRef};
use crate::wire::PageRequest;

/// How many try at once.
const MANY: usize = 8;

/// Runs many at once, each with parts of its own, and gives what came of each.
async fn at_once<T, F>(h: &Harness, tenant: &TenantRef, each: impl Fn(usize, Parts) -> F) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let tasks: Vec<_> = (0..MANY).map(|number| tokio::spawn(each(number, h.parts(tenant)))).collect();
    let mut all = Vec::with_capacity(MANY);
    for task in tasks {
        all.push(task.await.expect("no task panics"));
    }
    all
}

/// Exactly one of them was first; `refused` judges the others.
#[track_caller]
fn one_wins<T: Debug>(results: Vec<Result<T>>, refused: impl Fn(&AmiError) -> bool) {
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1, "{results:?}");
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(refused), "{results:?}");
}

fn is_held(error: &AmiError) -> bool {
    matches!(error, AmiError::ResourceExists { .. })
}

fn is_stale(error: &AmiError) -> bool {
    matches!(error, AmiError::PreconditionFailed { .. })
}

fn is_limit(error: &AmiError) -> bool {
    matches!(error, AmiError::ResourceLimitExceeded { .. })
}

pub async fn one_user_gets_a_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    let results = at_once(h, &acme, |number, mut parts| async move {
        let name = if number % 2 == 0 { "ada" } else { "ADA" };
        let user = User {
            arn: format!("arn:{number}"),
            wami_arn: format!("wami:{number}"),
            user_id: format!("AIDA{number}"),
            ..a_user(name)
        };
        parts.iam.insert_user(user, Person::default()).await
    })
    .await;
    one_wins(results, is_held);
    assert_eq!(h.user_names(&acme).await.len(), 1);
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].users, 1);
}

pub async fn one_of_each_kind_gets_a_name(h: &Harness) {
    let acme = h.tenant("acme").await;
    one_wins(
        at_once(h, &acme, |_, mut parts| async move { parts.iam.insert_group(a_group("x")).await }).await,
        is_held,
    );
    one_wins(at_once(h, &acme, |_, mut parts| async move { parts.iam.insert_role(a_role("x")).await }).await, is_held);
    one_wins(
        at_once(h, &acme, |_, mut parts| async move { parts.iam.insert_policy(a_policy("x")).await }).await,
        is_held,
    );
    let sets = at_once(h, &acme, |_, mut parts| async move { parts.sso.insert_permission_set(a_set("x")).await }).await;
    one_wins(sets, is_held);
}

pub async fn one_tenant_gets_a_slug(h: &Harness) {
    let root = h.root().await;
    let root_id = root.id;
    let results = at_once(h, &root, |number, mut parts| async move {
        parts.tenants.create_tenant(root_id, "acme", "Acme", &format!("60000000000{number}")).await
    })
    .await;
    one_wins(results, is_held);
    assert_eq!(h.tenants(&root).get_descendants(root.id, 10).await.unwrap().len(), 1);
}

pub async fn one_tenant_gets_an_account(h: &Harness) {
    let root = h.root().await;
    let root_id = root.id;
    let results = at_once(h, &root, |number, mut parts| async move {
        parts.tenants.create_tenant(root_id, &format!("t{number}"), "Tenant", "600000000000").await
    })
    .await;
    one_wins(results, is_held);
}

pub async fn the_root_is_made_once_by_many(h: &Harness) {
    let tasks: Vec<_> = (0..MANY)
        .map(|_| {
            let backend = h.backend.clone();
            tokio::spawn(async move { backend.ensure_root("Root").await })
        })
        .collect();
    let mut roots = Vec::new();
    for task in tasks {
        roots.push(task.await.unwrap().unwrap());
    }
    assert!(roots.iter().all(|root| *root == roots[0]), "{roots:?}");
}

pub async fn one_password_is_set(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let results =
        at_once(h, &acme, |_, mut parts| async move { parts.iam.create_login_profile(a_login_profile("ada")).await })
            .await;
    one_wins(results, is_held);
}

pub async fn one_assignment_is_made(h: &Harness) {
    let acme = h.tenant("acme").await;
    let set = h.add_set(&acme, "Reader").await;
    let actor = ActorKey { tenant_id: acme.id, user_id: h.add_user(&acme, "ada").await.id };
    let new = an_assignment(&acme, set.id, actor).new;
    let results = at_once(h, &acme, |_, mut parts| {
        let new = new.clone();
        async move { parts.sso.create_account_assignment(new).await }
    })
    .await;
    one_wins(results, is_held);
}

pub async fn one_update_of_a_version_wins(h: &Harness) {
    let acme = h.tenant("acme").await;
    let read = h.add_user(&acme, "ada").await;
    let results = at_once(h, &acme, |number, mut parts| {
        let mut user = read.clone();
        user.value.path = format!("/{number}/");
        async move { parts.iam.update_user(&user).await }
    })
    .await;
    let won = results.iter().find_map(|result| result.as_ref().ok().cloned());
    one_wins(results, is_stale);
    assert_eq!(h.iam(&acme).find_user("ada").await.unwrap(), won);
}

pub async fn no_change_is_lost_by_those_who_try_again(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_role(&acme, "counter").await;
    let results = at_once(h, &acme, |_, mut parts| async move {
        loop {
            let mut role = parts.iam.find_role("counter").await?.expect("nobody deletes it");
            let count: u32 = role.description.as_deref().map_or(0, |text| text.parse().expect("a number"));
            role.value.description = Some((count + 1).to_string());
            match parts.iam.update_role(&role).await {
                Err(AmiError::PreconditionFailed { .. }) => {}
                done => return done.map(|_| ()),
            }
        }
    })
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let role = h.iam(&acme).find_role("counter").await.unwrap().unwrap();
    assert_eq!((role.description.as_deref(), role.version), (Some("8"), 9));
}

pub async fn nobody_gets_past_the_limit_of_groups(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    for n in 0..9 + MANY {
        h.add_group(&acme, &format!("g{n}")).await;
    }
    for n in 0..9 {
        h.iam(&acme).add_user_to_group(&format!("g{n}"), "ada").await.unwrap();
    }
    let results = at_once(h, &acme, |number, mut parts| async move {
        parts.iam.add_user_to_group(&format!("g{}", 9 + number), "ada").await
    })
    .await;
    one_wins(results, is_limit);
    assert_eq!(h.iam(&acme).list_groups_for_user("ada").await.unwrap().len(), 10);
}

pub async fn nobody_gets_past_the_limit_of_attachments(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_group(&acme, "staff").await;
    for n in 0..19 + MANY {
        h.add_policy(&acme, &format!("p{n}")).await;
    }
    for n in 0..19 {
        h.iam(&acme).attach_policy(&Owner::group("staff"), &arn("policy", &format!("p{n}"))).await.unwrap();
    }
    let results = at_once(h, &acme, |number, mut parts| async move {
        parts.iam.attach_policy(&Owner::group("staff"), &arn("policy", &format!("p{}", 19 + number))).await
    })
    .await;
    one_wins(results, is_limit);
    assert_eq!(h.iam(&acme).list_attached_policies(&Owner::group("staff")).await.unwrap().len(), 20);
}

pub async fn nobody_gets_past_the_limit_of_versions(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    for _ in 0..3 {
        h.iam(&acme).create_policy_version(&policy.arn, "{}", false, None).await.unwrap();
    }
    let results = at_once(h, &acme, |number, mut parts| {
        let arn = policy.arn.clone();
        async move { parts.iam.create_policy_version(&arn, &format!("{number}"), true, None).await }
    })
    .await;
    one_wins(results, is_limit);
    let versions = h.iam(&acme).list_policy_versions(&policy.arn).await.unwrap();
    assert_eq!(versions.len(), 5);
    assert_eq!(versions.iter().filter(|version| version.is_default_version).count(), 1);
}

pub async fn nobody_gets_past_the_limit_of_tags(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let target = Taggable::Owner(Owner::user("ada"));
    let many: Vec<Tag> = (0..49).map(|n| Tag::new(format!("k{n}"), "")).collect();
    h.iam(&acme).tag(&target, &many).await.unwrap();
    let results = at_once(h, &acme, |number, mut parts| {
        let target = target.clone();
        async move { parts.iam.tag(&target, &[Tag::new(format!("x{number}"), "")]).await }
    })
    .await;
    one_wins(results, |error| matches!(error, AmiError::InvalidParameter { .. }));
    assert_eq!(h.iam(&acme).find_user("ada").await.unwrap().unwrap().tags.len(), 50);
}

pub async fn each_version_gets_a_number_of_its_own(h: &Harness) {
    let acme = h.tenant("acme").await;
    let policy = h.add_policy(&acme, "read").await;
    let results = at_once(h, &acme, |_, mut parts| {
        let arn = policy.arn.clone();
        async move {
            let made = parts.iam.create_policy_version(&arn, "{}", false, None).await?;
            parts.iam.delete_policy_version(&arn, &made.version_id).await?;
            Ok(made.version_id)
        }
    })
    .await;
    let mut numbers: Vec<String> = results.into_iter().filter_map(Result::ok).collect();
    let count = numbers.len();
    assert!(count >= 4, "at most five are there at a time");
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "{numbers:?}");
}

pub async fn tags_set_by_many_are_all_there(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_user(&acme, "ada").await;
    let results = at_once(h, &acme, |number, mut parts| async move {
        parts
            .iam
            .tag(&Taggable::Owner(Owner::user("ada")), &[Tag::new(format!("k{number}"), "v"), Tag::new("same", "v")])
            .await
    })
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(h.iam(&acme).find_user("ada").await.unwrap().unwrap().tags.len(), MANY + 1);
}

pub async fn counts_are_exact_after_many(h: &Harness) {
    let acme = h.tenant("acme").await;
    let results = at_once(h, &acme, |number, mut parts| async move {
        for n in 0..5 {
            parts.iam.insert_user(a_user(&format!("u{number}-{n}")), Person::default()).await?;
        }
        parts.iam.delete_user(&format!("u{number}-0")).await
    })
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].users, 4 * MANY as u64);
    assert_eq!(h.user_names(&acme).await.len(), 4 * MANY);
}

pub async fn what_is_deleted_and_what_is_hung_on_it_agree(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "read").await;
    h.add_user(&acme, "ada").await;
    let results = at_once(h, &acme, |number, mut parts| async move {
        if number % 2 == 0 {
            parts.iam.delete_user("ada").await.map(|()| true)
        } else {
            parts.iam.attach_policy(&Owner::user("ada"), &arn("policy", "read")).await
        }
    })
    .await;
    let is_expected =
        |error: &AmiError| matches!(error, AmiError::ResourceNotFound { .. } | AmiError::DeleteConflict { .. });
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(is_expected), "{results:?}");
    let iam = h.iam(&acme);
    let attached = iam.find_policy(&arn("policy", "read")).await.unwrap().unwrap().attachment_count;
    match iam.find_user("ada").await.unwrap() {
        Some(_) => assert_eq!(attached, 1),
        None => assert_eq!(attached, 0),
    }
}

pub async fn a_policy_in_use_is_not_deleted_under_its_user(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "read").await;
    h.add_user(&acme, "ada").await;
    let results = at_once(h, &acme, |number, mut parts| async move {
        if number % 2 == 0 {
            parts.iam.delete_policy(&arn("policy", "read")).await.map(|()| true)
        } else {
            parts.iam.attach_policy(&Owner::user("ada"), &arn("policy", "read")).await
        }
    })
    .await;
    let is_expected =
        |error: &AmiError| matches!(error, AmiError::ResourceNotFound { .. } | AmiError::DeleteConflict { .. });
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(is_expected), "{results:?}");
    let is_there = h.iam(&acme).find_policy(&arn("policy", "read")).await.unwrap().is_some();
    let attached = h.iam(&acme).list_attached_policies(&Owner::user("ada")).await.unwrap();
    assert_eq!(attached.len(), usize::from(is_there));
}

pub async fn the_last_guardrail_stays_among_many(h: &Harness) {
    let acme = h.tenant("acme").await;
    for n in 0..MANY {
        h.tenants(&acme).put_guardrail(&a_guardrail(&format!("g{n}"))).await.unwrap();
    }
    h.tenants(&acme).set_allow_all_guardrail(false).await.unwrap();
    let results =
        at_once(
            h,
            &acme,
            |number, mut parts| async move { parts.tenants.delete_guardrail(&format!("g{number}")).await },
        )
        .await;
    let refused: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [AmiError::UnmodifiableEntity { .. }]), "{refused:?}");
    assert_eq!(h.tenants(&acme).list_guardrails().await.unwrap().len(), 1);
}

pub async fn a_move_and_what_is_made_below_agree(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let (acme_id, globex_id) = (acme.id, globex.id);
    let results = at_once(h, &root, |number, mut parts| async move {
        if number == 0 {
            parts.tenants.move_tenant(acme_id, globex_id, "acme").await
        } else {
            parts.tenants.create_tenant(acme_id, &format!("t{number}"), "T", &format!("60000000000{number}")).await
        }
    })
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let below = h.tenants(&root).get_descendants(acme.id, 100).await.unwrap();
    assert_eq!(below.len(), MANY - 1);
    assert!(below.iter().all(|tenant| tenant.path.as_str().starts_with("globex.acme.")), "{below:?}");
}

pub async fn moves_that_would_make_a_ring_do_not_both_happen(h: &Harness) {
    let root = h.root().await;
    let (a, b) = (h.tenant("a").await.id, h.tenant("b").await.id);
    let results = at_once(h, &root, |number, mut parts| async move {
        let (id, parent) = if number % 2 == 0 { (a, b) } else { (b, a) };
        parts.tenants.move_tenant(id, parent, "x").await
    })
    .await;
    assert!(results.iter().any(Result::is_ok));
    let below: Vec<String> = h
        .tenants(&root)
        .get_descendants(root.id, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|tenant| tenant.path.into())
        .collect();
    assert!(below == ["a", "a.x"] || below == ["b", "b.x"], "{below:?}");
    let refused = |error: &AmiError| matches!(error, AmiError::InvalidParameter { .. });
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(refused), "{results:?}");
}

pub async fn units_of_many_do_not_mix(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_role(&acme, "counter").await;
    let tasks: Vec<_> = (0..MANY)
        .map(|number| {
            let (backend, tenant) = (h.backend.clone(), acme.clone());
            tokio::spawn(async move {
                let scope = crate::store::Scope::of_system(tenant);
                loop {
                    let mut unit = backend.begin(&scope).await?;
                    let mut role = unit.iam.find_role("counter").await?.expect("nobody deletes it");
                    let count: u32 = role.description.as_deref().map_or(0, |text| text.parse().expect("a number"));
                    role.value.description = Some((count + 1).to_string());
                    unit.iam.insert_user(a_user(&format!("u{number}")), Person::default()).await?;
                    match unit.iam.update_role(&role).await {
                        Err(AmiError::PreconditionFailed { .. }) => drop(unit),
                        Ok(_) => return unit.commit().await,
                        Err(other) => return Err(other),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let role = h.iam(&acme).find_role("counter").await.unwrap().unwrap();
    assert_eq!((role.description.as_deref(), role.version), (Some("8"), 9));
    assert_eq!(h.user_names(&acme).await.len(), MANY);
}

pub async fn a_reader_sees_a_unit_whole_or_not_at_all(h: &Harness) {
    let acme = h.tenant("acme").await;
    let (backend, tenant) = (h.backend.clone(), acme.clone());
    let writer = tokio::spawn(async move {
        let scope = crate::store::Scope::of_system(tenant);
        for round in 0..10 {
            let mut unit = backend.begin(&scope).await?;
            for n in 0..5 {
                unit.iam.insert_user(a_user(&format!("u{round}-{n}")), Person::default()).await?;
            }
            unit.commit().await?;
        }
        Ok::<(), AmiError>(())
    });
    let iam = h.iam(&acme);
    while !writer.is_finished() {
        let page = iam.list_users(&Default::default(), &PageRequest::first(1000)).await.unwrap();
        assert_eq!(page.items.len() % 5, 0, "a part of a unit was seen");
        tokio::task::yield_now().await;
    }
    writer.await.unwrap().unwrap();
    assert_eq!(h.user_names(&acme).await.len(), 50);
}

pub async fn a_tenant_is_not_deleted_under_what_comes_in(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let acme_id = acme.id;
    let tenant = acme.clone();
    let backend = h.backend.clone();
    let results = at_once(h, &root, |number, mut parts| {
        let (backend, tenant) = (backend.clone(), tenant.clone());
        async move {
            if number % 2 == 0 {
                parts.tenants.delete_tenant(acme_id).await
            } else {
                let scope = crate::store::Scope::of_system(tenant);
                let made =
                    backend.parts(&scope).iam.insert_user(a_user(&format!("u{number}")), Person::default()).await;
                made.map(|_| ())
            }
        }
    })
    .await;
    let is_expected = |error: &AmiError| {
        matches!(
            error,
            AmiError::ResourceNotFound { .. } | AmiError::DeleteConflict { .. } | AmiError::AccessDenied { .. }
        )
    };
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(is_expected), "{results:?}");
    let left: Option<Tenant> = h.tenants(&root).get_tenant(acme.id).await.unwrap();
    let deleted = results.iter().step_by(2).any(Result::is_ok);
    assert_eq!(left.is_none(), deleted);
    if deleted {
        expect::denied(h.iam(&acme).find_user("u1").await);
    } else {
        assert_eq!(h.user_names(&acme).await.len(), MANY / 2);
    }
}
