//! The cross-tenant questions.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use std::sync::Arc;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Harness;
use super::builders::{
    a_guardrail, a_set, a_user, an_assignment, an_aws_policy, an_inline_policy, arn, day, document_of,
};
use crate::iam::{InlinePolicy, Owner, Person, Policy, User};
use crate::sso_admin::{PermissionSet, Reach};
use crate::store::ActorKey;
use crate::store::traits::directory::DocumentHash;
use crate::store::traits::{AccessEntry, AuthorityRow, AuthoritySource, SignInEntry, TenantHit};
use crate::tenant::{TenantPath, TenantRef, TenantStatus};

fn path(text: &str) -> TenantPath {
    text.parse().expect("a path")
}

fn hash(text: &str) -> DocumentHash {
    Sha256::digest(text.as_bytes()).into()
}

/// The document that builders give to a policy of that name.
fn document(name: &str) -> Option<DocumentHash> {
    Some(hash(&document_of(name)))
}

async fn a_user_of(h: &Harness, tenant: &TenantRef, name: &str) -> ActorKey {
    ActorKey { tenant_id: tenant.id, user_id: h.add_user(tenant, name).await.id }
}

/// What bears on an actor, the guardrails of the built-in kind aside, in an order of its own.
async fn authority(h: &Harness, actor: ActorKey, tenant: &TenantRef) -> Vec<AuthorityRow> {
    let mut rows = h.directory().authority(actor, tenant.id, h.now()).await.unwrap();
    rows.retain(|row| row.policy != "AllowAll");
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

fn row(source: AuthoritySource, policy: &str) -> AuthorityRow {
    AuthorityRow { source, policy: policy.into(), document: document(policy) }
}

fn of_set(assignment: Uuid, set: &str, reach: Reach) -> AuthoritySource {
    AuthoritySource::Set {
        assignment,
        set: set.into(),
        reach,
        expires_at: None,
        requires_elevation: false,
        session_seconds: 3600,
    }
}

pub async fn a_path_leads_to_its_tenant(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    for tenant in [&root, &acme, &eng] {
        assert_eq!(h.directory().resolve(&tenant.path).await.unwrap().as_ref(), Some(tenant));
        assert_eq!(h.directory().tenant(tenant.id).await.unwrap().as_ref(), Some(tenant));
    }
    assert_eq!(h.directory().resolve(&path("acme.none")).await.unwrap(), None);
    assert_eq!(h.directory().tenant(h.id()).await.unwrap(), None);
}

pub async fn who_signs_in_is_found_by_path_and_name(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let (ada, other) = (h.add_user(&acme, "Ada").await, h.add_user(&globex, "ada").await);
    let entry =
        |path: TenantPath, name: &'static str| async move { h.directory().sign_in_entry(&path, name).await.unwrap() };
    let expected = SignInEntry { tenant: acme.clone(), user_id: ada.id, user_name: "Ada".into(), enabled: true };
    assert_eq!(entry(acme.path.clone(), "aDA").await, Some(expected));
    assert_eq!(entry(globex.path.clone(), "ADA").await.unwrap().user_id, other.id);
    for (path, name) in [(&root.path, "ada"), (&acme.path, "nobody"), (&acme.path, "ada\0"), (&path("none"), "ada")] {
        assert_eq!(entry(path.clone(), name).await, None, "{name} at {path}");
    }
    h.tenants(&root).move_tenant(acme.id, root.id, "acme2").await.unwrap();
    assert_eq!(entry(acme.path, "ada").await.unwrap().tenant.path.as_str(), "acme2", "a former path will do");
}

pub async fn the_entry_of_a_session_tells_how_the_user_is_now(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut user = h.add_user(&acme, "ada").await;
    let key = ActorKey { tenant_id: acme.id, user_id: user.id };
    assert!(h.directory().user_entry(key).await.unwrap().unwrap().enabled);
    user.enabled = false;
    user.value.user_name = "Lovelace".into();
    h.iam(&acme).update_user(&user).await.unwrap();
    h.tenants(&h.root().await).set_status(acme.id, TenantStatus::Suspended).await.unwrap();
    let entry = h.directory().user_entry(key).await.unwrap().unwrap();
    assert_eq!((entry.enabled, entry.user_name.as_str(), entry.tenant.suspended), (false, "Lovelace", true));
    h.iam(&acme).delete_user("lovelace").await.unwrap();
    h.add_user(&acme, "ada").await;
    assert_eq!(h.directory().user_entry(key).await.unwrap(), None, "a namesake is another");
    let elsewhere = ActorKey { tenant_id: h.root().await.id, ..key };
    assert_eq!(h.directory().user_entry(elsewhere).await.unwrap(), None);
}

pub async fn documents_come_in_the_order_asked(h: &Harness) {
    let acme = h.tenant("acme").await;
    h.add_policy(&acme, "read").await;
    h.add_user(&acme, "ada").await;
    let owner = Owner::user("ada");
    let own = InlinePolicy { policy_name: "own".into(), policy_document: " {\n} ".into() };
    h.iam(&acme).put_inline_policy(&owner, &own).await.unwrap();
    h.tenants(&acme).put_guardrail(&a_guardrail("guard")).await.unwrap();
    let trust = h.add_role(&acme, "builder").await.value.assume_role_policy_document;
    let asked = [
        hash("none"),
        hash(" {\n} "),
        hash(&document_of("read")),
        hash(&trust),
        hash(&document_of("guard")),
        hash(" {\n} "),
    ];
    let found = h.directory().documents(&asked).await.unwrap();
    let text = |text: &str| Some(Arc::from(text));
    let expected =
        [None, text(" {\n} "), text(&document_of("read")), text(&trust), text(&document_of("guard")), text(" {\n} ")];
    assert_eq!(found, expected);
    assert!(h.directory().documents(&[]).await.unwrap().is_empty());
}

pub async fn guardrails_bear_from_the_root_down(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let globex = h.tenant("globex").await;
    for (tenant, name) in [(&root, "of-root"), (&acme, "of-acme"), (&eng, "of-eng"), (&globex, "of-globex")] {
        h.tenants(tenant).put_guardrail(&a_guardrail(name)).await.unwrap();
    }
    h.tenants(&acme).set_allow_all_guardrail(false).await.unwrap();
    let ada = a_user_of(h, &eng, "ada").await;
    let guardrail = |depth: usize, name: &str| row(AuthoritySource::Guardrail { depth }, name);
    assert_eq!(
        authority(h, ada, &eng).await,
        [guardrail(0, "of-root"), guardrail(1, "of-acme"), guardrail(2, "of-eng")]
    );
    let built_in = h.directory().authority(ada, eng.id, h.now()).await.unwrap();
    let mut built_in: Vec<_> = built_in.into_iter().filter(|row| row.policy == "AllowAll").collect();
    built_in.sort_by_key(|row| format!("{row:?}"));
    let allow_all = |depth| AuthorityRow {
        source: AuthoritySource::Guardrail { depth },
        policy: "AllowAll".into(),
        document: None,
    };
    assert_eq!(built_in, [allow_all(0), allow_all(2)]);
    assert_eq!(authority(h, ada, &globex).await, [guardrail(0, "of-root"), guardrail(1, "of-globex")]);
}

pub async fn authority_is_told_with_the_tenant_of_a_path(h: &Harness) {
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let ada = a_user_of(h, &acme, "ada").await;
    h.add_policy(&acme, "read").await;
    h.iam(&acme).attach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
    for tenant in [&acme, &eng] {
        let (found, mut rows) = h.directory().authority_at(ada, &tenant.path, h.now()).await.unwrap().unwrap();
        assert_eq!(&found, tenant);
        let mut expected = h.directory().authority(ada, tenant.id, h.now()).await.unwrap();
        rows.sort_by_key(|row| format!("{row:?}"));
        expected.sort_by_key(|row| format!("{row:?}"));
        assert!(!rows.is_empty());
        assert_eq!(rows, expected);
    }
    assert_eq!(h.directory().authority_at(ada, &path("nowhere"), h.now()).await.unwrap(), None);
    // A tenant in which nothing at all bears on the actor is there nevertheless.
    let root = h.root().await;
    for tenant in [&root, &acme, &eng] {
        h.tenants(tenant).put_guardrail(&a_guardrail("of-tenant")).await.unwrap();
        h.tenants(tenant).set_allow_all_guardrail(false).await.unwrap();
    }
    let (found, rows) = h.directory().authority_at(ada, &eng.path, h.now()).await.unwrap().unwrap();
    assert_eq!((found, rows.len()), (eng, 3));
}

pub async fn own_and_group_policies_bear_where_the_user_lives(h: &Harness) {
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    for name in ["read", "write", "ceiling"] {
        h.add_policy(&acme, name).await;
    }
    let mut iam = h.iam(&acme);
    let bounded = User { permissions_boundary: Some(arn("policy", "ceiling")), ..a_user("ada") };
    let ada = iam.insert_user(bounded, Person::default()).await.unwrap();
    let ada = ActorKey { tenant_id: acme.id, user_id: ada.id };
    let bob = a_user_of(h, &acme, "bob").await;
    h.add_group(&acme, "Staff").await;
    iam.add_user_to_group("Staff", "ada").await.unwrap();
    iam.attach_policy(&Owner::user("ada"), &arn("policy", "read")).await.unwrap();
    iam.put_inline_policy(&Owner::user("ada"), &an_inline_policy("own")).await.unwrap();
    iam.attach_policy(&Owner::group("staff"), &arn("policy", "write")).await.unwrap();
    iam.put_inline_policy(&Owner::group("staff"), &an_inline_policy("shared")).await.unwrap();
    let group = || AuthoritySource::Group { group: "Staff".into() };
    let expected = [
        row(group(), "shared"),
        row(group(), "write"),
        row(AuthoritySource::Own, "own"),
        row(AuthoritySource::Own, "read"),
        row(AuthoritySource::OwnBoundary, "ceiling"),
    ];
    assert_eq!(authority(h, ada, &acme).await, expected);
    assert!(authority(h, bob, &acme).await.is_empty());
    assert!(authority(h, ada, &eng).await.is_empty(), "not below");
    // A change of the default version bears at once.
    iam.create_policy_version(&arn("policy", "read"), "{}", true, None).await.unwrap();
    let read = authority(h, ada, &acme).await.into_iter().find(|row| row.policy == "read").unwrap();
    assert_eq!(read.document, Some(hash("{}")));
    iam.remove_user_from_group("staff", "ada").await.unwrap();
    assert_eq!(authority(h, ada, &acme).await.len(), 3);
}

pub async fn an_unknown_document_is_told_as_such(h: &Harness) {
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let mut iam = h.iam(&acme);
    let unknown = Policy { default_version_id: String::new(), ..an_aws_policy("View") };
    iam.insert_policy(unknown).await.unwrap();
    iam.attach_policy(&Owner::user("ada"), &an_aws_policy("View").arn).await.unwrap();
    let expected = AuthorityRow { source: AuthoritySource::Own, policy: "View".into(), document: None };
    assert_eq!(authority(h, ada, &acme).await, [expected]);
}

pub async fn an_assigned_set_bears_with_all_its_policies(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    h.add_policy(&root, "read").await;
    h.add_policy(&root, "ceiling").await;
    let set = PermissionSet {
        permissions_boundary: Some(arn("policy", "ceiling")),
        requires_elevation: true,
        session_seconds: 7200,
        ..a_set("Reader")
    };
    let set = h.sso(&root).insert_permission_set(set).await.unwrap();
    h.iam(&root).attach_policy(&Owner::permission_set("Reader"), &arn("policy", "read")).await.unwrap();
    h.iam(&root).put_inline_policy(&Owner::permission_set("Reader"), &an_inline_policy("own")).await.unwrap();
    let ada = a_user_of(h, &root, "ada").await;
    let new = an_assignment(&root, set.id, ada).with_reach(Reach::Subtree).until(day(90)).new;
    let assignment = h.sso(&acme).create_account_assignment(new).await.unwrap().id.uuid();
    let source = AuthoritySource::Set {
        assignment,
        set: "Reader".into(),
        reach: Reach::Subtree,
        expires_at: Some(day(90)),
        requires_elevation: true,
        session_seconds: 7200,
    };
    let expected =
        [row(source.clone(), "own"), row(source, "read"), row(AuthoritySource::SetBoundary { assignment }, "ceiling")];
    assert_eq!(authority(h, ada, &acme).await, expected);
    assert_eq!(authority(h, ada, &eng).await, expected, "and below");
    assert!(authority(h, ada, &root).await.is_empty(), "and not above");
}

pub async fn a_set_without_policies_is_told_of(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &root, "ada").await;
    let assignment = h.assign(&acme, ada, "Empty", Reach::Tenant).await.id.uuid();
    let expected =
        AuthorityRow { source: of_set(assignment, "Empty", Reach::Tenant), policy: String::new(), document: None };
    assert_eq!(authority(h, ada, &acme).await, [expected]);
}

pub async fn an_assignment_of_a_group_bears_on_its_members(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let staff = h.add_group(&acme, "staff").await;
    let set = h.add_set(&root, "Reader").await;
    h.iam(&root).put_inline_policy(&Owner::permission_set("Reader"), &an_inline_policy("own")).await.unwrap();
    let new = an_assignment(&root, set.id, ada).of_group(&acme, staff.id).new;
    let shop = h.tenant_below(&acme, "shop").await;
    let assignment = h.sso(&shop).create_account_assignment(new).await.unwrap().id.uuid();
    assert!(authority(h, ada, &shop).await.is_empty());
    h.iam(&acme).add_user_to_group("staff", "ada").await.unwrap();
    assert_eq!(authority(h, ada, &shop).await, [row(of_set(assignment, "Reader", Reach::Tenant), "own")]);
}

pub async fn reach_tenant_does_not_bear_below(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&acme, ada, "Reader", Reach::Tenant).await;
    assert_eq!(authority(h, ada, &acme).await.len(), 1);
    assert!(authority(h, ada, &eng).await.is_empty());
}

pub async fn an_assignment_bears_until_it_expires(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let ada = a_user_of(h, &root, "ada").await;
    let set = h.add_set(&root, "Reader").await;
    let new = an_assignment(&root, set.id, ada).until(h.now() + TimeDelta::hours(1)).new;
    h.sso(&acme).create_account_assignment(new).await.unwrap();
    h.clock.advance(TimeDelta::minutes(59));
    assert_eq!(authority(h, ada, &acme).await.len(), 1);
    assert_eq!(h.directory().my_access(ada, h.now()).await.unwrap().len(), 2);
    h.clock.advance(TimeDelta::minutes(1));
    assert!(authority(h, ada, &acme).await.is_empty());
    assert_eq!(h.directory().my_access(ada, h.now()).await.unwrap().len(), 1);
    assert!(h.directory().search_tenants(ada, "acme", 10, h.now()).await.unwrap().is_empty());
}

pub async fn what_a_group_is_given_is_told_for_every_tenant(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let shop = h.tenant_below(&acme, "shop").await;
    let staff = h.add_group(&acme, "staff").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let (reader, empty) = (h.add_set(&root, "Reader").await, h.add_set(&root, "Empty").await);
    h.iam(&root).put_inline_policy(&Owner::permission_set("Reader"), &an_inline_policy("own")).await.unwrap();
    let of_group = |set| an_assignment(&root, set, ada).of_group(&acme, staff.id);
    h.sso(&acme).create_account_assignment(of_group(reader.id).new).await.unwrap();
    h.sso(&acme).create_account_assignment(of_group(empty.id).new).await.unwrap();
    let until = of_group(reader.id).with_reach(Reach::Subtree).until(h.now() + TimeDelta::hours(1)).new;
    h.sso(&shop).create_account_assignment(until).await.unwrap();
    let grants = || async {
        let grants = h.directory().group_grants(acme.id, staff.id, h.now()).await.unwrap();
        let mut told: Vec<_> = grants
            .into_iter()
            .map(|grant| (grant.tenant.path.to_string(), grant.reach == Reach::Subtree, grant.policy, grant.document))
            .collect();
        told.sort();
        told
    };
    let own = |path: &str, below| (path.to_owned(), below, "own".to_owned(), document("own"));
    assert_eq!(grants().await, [own("acme", false), own("acme.shop", true)]);
    h.clock.advance(TimeDelta::hours(1));
    assert_eq!(grants().await, [own("acme", false)]);
    assert!(h.directory().group_grants(root.id, staff.id, h.now()).await.unwrap().is_empty());
}

pub async fn every_way_in_is_told_by_path(h: &Harness) {
    let root = h.root().await;
    let (b, a) = (h.tenant("b").await, h.tenant("a").await);
    let home = h.tenant("home").await;
    let lives_elsewhere = a_user_of(h, &home, "ada").await;
    let ada = a_user_of(h, &root, "ada").await;
    let staff = h.add_group(&root, "staff").await;
    h.iam(&root).add_user_to_group("staff", "ada").await.unwrap();
    h.assign(&b, ada, "Reader", Reach::Subtree).await;
    h.assign(&a, ada, "Writer", Reach::Tenant).await;
    let set = h.sso(&root).find_permission_set("Reader").await.unwrap().unwrap();
    let of_group = an_assignment(&root, set.id, ada).of_group(&root, staff.id).until(day(90)).new;
    h.sso(&a).create_account_assignment(of_group).await.unwrap();
    let found = h.directory().my_access(ada, h.now()).await.unwrap();
    let way = |tenant: &TenantRef, set: &str, reach| AccessEntry {
        tenant: tenant.clone(),
        set: Some(set.into()),
        group: None,
        reach,
        expires_at: None,
    };
    let home_way = |tenant: &TenantRef| AccessEntry { set: None, ..way(tenant, "", Reach::Tenant) };
    let expected = [
        AccessEntry { group: Some("staff".into()), expires_at: Some(day(90)), ..way(&a, "Reader", Reach::Tenant) },
        way(&a, "Writer", Reach::Tenant),
        way(&b, "Reader", Reach::Subtree),
        home_way(&root),
    ];
    assert_eq!(found, expected);
    assert_eq!(h.directory().my_access(lives_elsewhere, h.now()).await.unwrap(), [home_way(&home)]);
}

pub async fn tenants_are_found_where_there_is_a_way_in(h: &Harness) {
    let root = h.root().await;
    let acme = h.tenant("acme").await;
    let eng = h.tenant_below(&acme, "eng").await;
    let globex = h.tenant("globex").await;
    h.tenant("initech").await;
    let mut named = h.tenants(&root).get_tenant(globex.id).await.unwrap().unwrap();
    named.display_name = "Öl & 100%_Söhne".into();
    h.tenants(&root).update_tenant(&named).await.unwrap();
    let ada = a_user_of(h, &root, "ada").await;
    h.assign(&acme, ada, "Reader", Reach::Subtree).await;
    h.assign(&globex, ada, "Reader", Reach::Tenant).await;
    h.tenant_below(&globex, "below").await;
    let search = |text: &'static str, limit| async move {
        let hits = h.directory().search_tenants(ada, text, limit, h.now()).await.unwrap();
        hits.into_iter().map(|hit| hit.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(search("", 10).await, ["acme", "acme.eng", "globex", "root"]);
    assert_eq!(search("", 2).await, ["acme", "acme.eng"]);
    assert_eq!(search("E", 10).await, ["acme", "acme.eng", "globex"]);
    assert_eq!(search("öL", 10).await, ["globex"]);
    assert_eq!(search("0%_s", 10).await, ["globex"]);
    assert_eq!(search("a_me", 10).await, Vec::<String>::new());
    assert_eq!(search("a\0", 10).await, Vec::<String>::new());
    assert_eq!(search("initech", 10).await, Vec::<String>::new());
    let hits = h.directory().search_tenants(ada, "eng", 10, h.now()).await.unwrap();
    assert_eq!(hits, [TenantHit { path: eng.path.clone(), display_name: eng.display_name.clone() }]);
}

pub async fn an_assignment_that_a_move_cut_off_counts_for_nothing(h: &Harness) {
    let root = h.root().await;
    let (acme, globex) = (h.tenant("acme").await, h.tenant("globex").await);
    let shop = h.tenant_below(&acme, "shop").await;
    let ada = a_user_of(h, &acme, "ada").await;
    let assignment = h.assign(&shop, ada, "Reader", Reach::Tenant).await;
    assert_eq!(authority(h, ada, &shop).await.len(), 1);
    h.tenants(&root).move_tenant(shop.id, globex.id, "shop").await.unwrap();
    let shop = h.reference(shop.id).await;
    assert!(authority(h, ada, &shop).await.is_empty());
    assert_eq!(h.directory().my_access(ada, h.now()).await.unwrap().len(), 1);
    assert!(
        h.sso(&shop).get_account_assignment(assignment.id).await.unwrap().is_some(),
        "it is still there to be seen"
    );
    h.tenants(&root).move_tenant(shop.id, acme.id, "shop").await.unwrap();
    assert_eq!(authority(h, ada, &shop).await.len(), 1);
}
