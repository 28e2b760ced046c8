//! Imports: entities whole, marks, provider accounts.

#![allow(missing_docs, reason = "the name of a case is its claim")]

use super::builders::{ACCOUNT, ALLOW_ALL, a_group, a_policy, a_role, a_user, an_inline_policy, arn, day};
use super::{Harness, expect};
use crate::iam::{Owner, Person, PolicyVersion, ProviderConfig, Tag};
use crate::store::provider::NativeKind;
use crate::store::traits::{Body, Held, ImportMark, ImportStore, PutWhole, Whole, WholeKey};
use crate::tenant::TenantRef;
use crate::wire::{Filter, PageRequest};
use uuid::Uuid;

fn bare(body: Body) -> Whole {
    Whole { body, groups: vec![], attached: vec![], inline: vec![] }
}

fn new(whole: Whole) -> PutWhole {
    PutWhole { replaces: None, whole }
}

fn replacing(held: &Held, whole: Whole) -> PutWhole {
    PutWhole { replaces: Some((held.id, held.version)), whole }
}

fn by_name(name: &str) -> WholeKey {
    WholeKey { arn: String::new(), stable_id: String::new(), name: Some(name.into()) }
}

fn provider(kind: &str, name: &str) -> ProviderConfig {
    ProviderConfig {
        provider_name: "aws".into(),
        account_id: ACCOUNT.into(),
        native_arn: arn(kind, name),
        synced_at: day(2),
        tenant_id: None,
    }
}

fn version(number: i32, document: &str, is_default_version: bool) -> PolicyVersion {
    PolicyVersion {
        version_id: format!("v{number}"),
        document: document.into(),
        is_default_version,
        create_date: day(number.into()),
    }
}

fn a_whole_policy(name: &str) -> Whole {
    let mut policy = a_policy(name);
    policy.default_version_id = "v7".into();
    policy.policy_document = ALLOW_ALL.into();
    bare(Body::Policy(policy, vec![version(3, r#"{"Statement":[]}"#, false), version(7, ALLOW_ALL, true)]))
}

fn a_whole_user(name: &str) -> Whole {
    let mut user = a_user(name);
    user.tags = vec![Tag::new("aws:reserved", "here"), Tag::new("team", "search")];
    user.permissions_boundary = Some(arn("policy", "read"));
    user.providers = vec![provider("user", name)];
    Whole {
        body: Body::User(user),
        groups: vec!["crew".into(), "staff".into()],
        attached: vec![arn("policy", "read")],
        inline: vec![an_inline_policy("own")],
    }
}

/// A tenant with the policy and the groups that [`a_whole_user`] refers to.
async fn prepared(h: &Harness) -> (TenantRef, Box<dyn ImportStore>) {
    let acme = h.tenant("acme").await;
    let mut imports = h.parts(&acme).imports;
    imports.put_whole(&[new(a_whole_policy("read"))]).await.unwrap();
    let groups = [bare(Body::Group(a_group("staff"))), bare(Body::Group(a_group("crew")))];
    imports.put_whole(&groups.map(new)).await.unwrap();
    (acme, imports)
}

async fn one(imports: &dyn ImportStore, kind: NativeKind, name: &str) -> Held {
    let mut held = imports.find_whole(kind, &[by_name(name)], false).await.unwrap();
    assert_eq!(held.len(), 1, "{name}");
    held.remove(0)
}

/// What was given, as it is read: with the tenant it is in.
fn in_tenant(mut whole: Whole, tenant: &TenantRef) -> Whole {
    macro_rules! settle {
        ($entity:expr) => {{
            $entity.tenant_id = Some(tenant.id);
            for provider in &mut $entity.providers {
                provider.tenant_id = Some(tenant.id);
            }
        }};
    }
    match &mut whole.body {
        Body::User(user) => settle!(user),
        Body::Group(group) => settle!(group),
        Body::Role(role) => settle!(role),
        Body::Policy(policy, _) => settle!(policy),
    }
    whole
}

pub async fn what_is_put_whole_is_read_whole(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let user = a_whole_user("ada");
    imports.put_whole(&[new(user.clone())]).await.unwrap();
    assert_eq!(one(&*imports, NativeKind::User, "ADA").await.whole, in_tenant(user, &acme));
    let mut role = a_role("pilot");
    role.instance_profiles = vec!["one".into(), "two".into()];
    role.permissions_boundary = Some(arn("policy", "read"));
    let role = Whole { attached: vec![arn("policy", "read")], ..bare(Body::Role(role)) };
    imports.put_whole(&[new(role.clone())]).await.unwrap();
    assert_eq!(one(&*imports, NativeKind::Role, "pilot").await.whole, in_tenant(role, &acme));
    let held = one(&*imports, NativeKind::Policy, "read").await.whole;
    let Body::Policy(policy, versions) = held.body else { panic!("a policy") };
    assert_eq!((policy.default_version_id.as_str(), versions.len()), ("v7", 2));
    assert_eq!((policy.attachment_count, policy.permissions_boundary_usage_count), (2, 2));
    // It is the same thing through the identity part.
    let iam = h.iam(&acme);
    assert_eq!(iam.list_groups_for_user("ada").await.unwrap().len(), 2);
    assert_eq!(iam.list_inline_policies(&Owner::user("ada")).await.unwrap(), [an_inline_policy("own")]);
    let members = iam.list_group_members("staff", &PageRequest::first(10)).await.unwrap();
    assert_eq!(members.items.len(), 1);
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].users, 1);
    let found = Filter::parse("ada", &[]).unwrap();
    assert_eq!(iam.list_users(&found, &PageRequest::first(10)).await.unwrap().items.len(), 1);
}

pub async fn a_second_put_leaves_what_is_given_and_no_more(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    imports.put_whole(&[new(a_whole_user("ada"))]).await.unwrap();
    let mut stored = h.iam(&acme).find_user("ada").await.unwrap().unwrap();
    stored.enabled = false;
    stored.person = Person { display_name: Some("Ada L.".into()), email: Some("ada@example.org".into()) };
    h.iam(&acme).update_user(&stored).await.unwrap();
    let held = one(&*imports, NativeKind::User, "ada").await;
    let mut user = a_user("ada.l");
    user.tags = vec![Tag::new("team", "ads")];
    let whole = Whole { groups: vec!["crew".into()], ..bare(Body::User(user)) };
    imports.put_whole(&[replacing(&held, whole.clone())]).await.unwrap();
    let now = one(&*imports, NativeKind::User, "ada.l").await;
    assert_eq!((now.id, now.version), (held.id, held.version + 1));
    assert_eq!(now.whole, in_tenant(whole, &acme));
    let after = h.iam(&acme).find_user("ada.l").await.unwrap().unwrap();
    assert_eq!((after.enabled, &after.person), (false, &stored.person));
    let members = h.iam(&acme).list_group_members("crew", &PageRequest::first(10)).await.unwrap();
    assert_eq!(members.items[0].user_name, "ada.l");
    assert_eq!(h.tenants(&acme).counts(&[acme.id]).await.unwrap()[0].users, 1);
}

pub async fn versions_follow_what_is_given(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let held = one(&*imports, NativeKind::Policy, "read").await;
    let mut policy = a_policy("read");
    policy.default_version_id = "v9".into();
    let whole = bare(Body::Policy(policy, vec![version(7, "{}", false), version(9, ALLOW_ALL, true)]));
    imports.put_whole(&[replacing(&held, whole)]).await.unwrap();
    let versions = h.iam(&acme).list_policy_versions(&arn("policy", "read")).await.unwrap();
    let told: Vec<_> =
        versions.iter().map(|version| (version.version_id.as_str(), version.document.as_str())).collect();
    assert_eq!(told, [("v9", ALLOW_ALL), ("v7", "{}")]);
    // Numbers are never used again.
    let made = h.iam(&acme).create_policy_version(&arn("policy", "read"), "{}", false, None).await.unwrap();
    assert_eq!(made.version_id, "v10");
}

pub async fn a_policy_may_have_no_document(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut imports = h.parts(&acme).imports;
    let mut policy = a_policy("Known");
    policy.default_version_id = String::new();
    imports.put_whole(&[new(bare(Body::Policy(policy.clone(), vec![])))]).await.unwrap();
    assert!(h.iam(&acme).find_policy(&policy.arn).await.unwrap().unwrap().is_document_unknown());
    policy.default_version_id = "v1".into();
    expect::invalid(imports.put_whole(&[new(bare(Body::Policy(policy, vec![])))]).await, "default_version_id");
}

pub async fn an_entity_is_found_by_any_of_its_keys(h: &Harness) {
    let (_, mut imports) = prepared(h).await;
    imports.put_whole(&[new(a_whole_user("ada")), new(bare(Body::User(a_user("bob"))))]).await.unwrap();
    let nothing = || WholeKey { arn: "-".into(), stable_id: "-".into(), name: None };
    for key in [
        WholeKey { arn: arn("user", "ada"), ..nothing() },
        WholeKey { stable_id: "AIDAada".into(), ..nothing() },
        WholeKey { name: Some("Ada".into()), ..nothing() },
        WholeKey { arn: arn("user", "ada"), stable_id: "AIDAada".into(), name: Some("ada".into()) },
    ] {
        let found = imports.find_whole(NativeKind::User, std::slice::from_ref(&key), true).await.unwrap();
        assert_eq!(found.iter().map(|held| held.whole.body.name()).collect::<Vec<_>>(), ["ada"], "{key:?}");
    }
    assert!(imports.find_whole(NativeKind::User, &[nothing()], false).await.unwrap().is_empty());
    assert!(imports.find_whole(NativeKind::User, &[], false).await.unwrap().is_empty());
    // One key may meet two.
    let both = WholeKey { arn: arn("user", "ada"), stable_id: "AIDAbob".into(), name: None };
    assert_eq!(imports.find_whole(NativeKind::User, &[both], false).await.unwrap().len(), 2);
}

pub async fn a_policy_of_aws_is_not_found_by_its_name(h: &Harness) {
    let (_, mut imports) = prepared(h).await;
    let mut policy = a_policy("read");
    policy.arn = "arn:aws:iam::aws:policy/read".into();
    policy.policy_id = "ANPAAWS".into();
    policy.wami_arn = "arn:wami:iam::aws:policy/read".into();
    policy.default_version_id = String::new();
    imports.put_whole(&[new(bare(Body::Policy(policy.clone(), vec![])))]).await.unwrap();
    assert_eq!(one(&*imports, NativeKind::Policy, "read").await.whole.body.arn(), arn("policy", "read"));
    let key = WholeKey { arn: policy.arn.clone(), stable_id: "-".into(), name: None };
    assert_eq!(imports.find_whole(NativeKind::Policy, &[key], false).await.unwrap()[0].whole.body.arn(), policy.arn);
}

pub async fn a_put_is_all_or_nothing(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let mut clash = a_user("bob");
    clash.user_id = "AIDAada".into();
    let items = [new(bare(Body::User(a_user("ada")))), new(bare(Body::User(clash)))];
    expect::exists(imports.put_whole(&items).await, "user_id");
    let items = [new(bare(Body::User(a_user("ada")))), new(bare(Body::Group(a_group("more"))))];
    expect::invalid(imports.put_whole(&items).await, "kind");
    assert!(h.user_names(&acme).await.is_empty());
}

pub async fn a_stale_put_is_refused(h: &Harness) {
    let (_, mut imports) = prepared(h).await;
    imports.put_whole(&[new(bare(Body::User(a_user("ada"))))]).await.unwrap();
    let held = one(&*imports, NativeKind::User, "ada").await;
    imports.put_whole(&[replacing(&held, held.whole.clone())]).await.unwrap();
    expect::stale(imports.put_whole(&[replacing(&held, held.whole.clone())]).await);
    let absent = PutWhole { replaces: Some((h.id::<()>().uuid(), 1)), whole: held.whole };
    expect::absent(imports.put_whole(&[absent]).await);
}

pub async fn what_is_referred_to_must_be_there(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let (no_policy, mut no_boundary) = (arn("policy", "absent"), a_user("ada"));
    no_boundary.permissions_boundary = Some(no_policy.clone());
    for whole in [
        Whole { attached: vec![no_policy], ..bare(Body::User(a_user("ada"))) },
        Whole { groups: vec!["absent".into()], ..bare(Body::User(a_user("ada"))) },
        bare(Body::User(no_boundary)),
    ] {
        expect::absent(imports.put_whole(&[new(whole)]).await);
    }
    assert!(h.user_names(&acme).await.is_empty());
}

pub async fn the_reserved_name_may_be_a_providers(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let mut user = a_user("root");
    expect::invalid(imports.put_whole(&[new(bare(Body::User(user.clone())))]).await, "user_name");
    user.providers = vec![provider("user", "root")];
    imports.put_whole(&[new(bare(Body::User(user)))]).await.unwrap();
    let mut stored = h.iam(&acme).find_user("root").await.unwrap().unwrap();
    stored.enabled = false;
    assert!(!h.iam(&acme).update_user(&stored).await.unwrap().enabled);
}

fn mark(kind: NativeKind, name: &str, content: &[u8]) -> ImportMark {
    ImportMark {
        kind,
        arn: arn(kind.as_str(), name),
        account_id: ACCOUNT.into(),
        name: name.into(),
        content: content.iter().map(|byte| [*byte; 16]).collect(),
    }
}

pub async fn marks_are_kept_until_they_are_removed(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let marks = [mark(NativeKind::Group, "staff", &[1, 2]), mark(NativeKind::User, "gone", &[])];
    imports.put_marks(&marks).await.unwrap();
    let arns: Vec<String> = marks.iter().map(|mark| mark.arn.clone()).collect();
    let mut found = imports.find_marks(&arns).await.unwrap();
    found.sort_by(|a, b| a.arn.cmp(&b.arn));
    assert_eq!(found, marks);
    let changed = ImportMark { name: "Staff".into(), ..mark(NativeKind::Group, "staff", &[3]) };
    imports.put_marks(std::slice::from_ref(&changed)).await.unwrap();
    assert_eq!(imports.find_marks(&arns[..1]).await.unwrap(), [changed]);
    let globex = h.tenant("globex").await;
    assert!(h.parts(&globex).imports.find_marks(&arns).await.unwrap().is_empty());
    imports.remove_marks(&arns[1..]).await.unwrap();
    imports.remove_marks(&arns[1..]).await.unwrap();
    assert_eq!(h.parts(&acme).imports.find_marks(&arns).await.unwrap().len(), 1);
}

pub async fn marks_are_listed_while_their_entity_is_there(h: &Harness) {
    let (acme, mut imports) = prepared(h).await;
    let other = ImportMark { account_id: "999999999999".into(), ..mark(NativeKind::Policy, "read", &[]) };
    let marks = [mark(NativeKind::Group, "crew", &[]), mark(NativeKind::Group, "staff", &[]), other];
    imports.put_marks(&marks).await.unwrap();
    imports.put_marks(&[mark(NativeKind::Role, "gone", &[])]).await.unwrap();
    let crew = one(&*imports, NativeKind::Group, "crew").await.id;
    let staff = one(&*imports, NativeKind::Group, "staff").await.id;
    assert_eq!(marks_of(&*imports).await, [(marks[0].clone(), crew), (marks[1].clone(), staff)]);
    h.iam(&acme).delete_group("staff").await.unwrap();
    assert_eq!(marks_of(&*imports).await, [(marks[0].clone(), crew)]);
    assert_eq!(imports.find_marks(&[marks[1].arn.clone()]).await.unwrap().len(), 1, "it is known that it was here");
}

async fn marks_of(imports: &dyn ImportStore) -> Vec<(ImportMark, Uuid)> {
    let mut marks = vec![];
    imports.each_mark(ACCOUNT, &mut |mark, id| marks.push((mark, id))).await.unwrap();
    marks
}

pub async fn a_provider_account_is_there_once(h: &Harness) {
    let acme = h.tenant("acme").await;
    let mut imports = h.parts(&acme).imports;
    for account in [ACCOUNT, "000000000000", ACCOUNT] {
        imports.add_provider_account("aws", account).await.unwrap();
    }
    let accounts = imports.list_provider_accounts().await.unwrap();
    assert_eq!(accounts, [("aws".into(), "000000000000".into()), ("aws".into(), ACCOUNT.into())]);
    expect::invalid(imports.add_provider_account("aws", "").await, "account_id");
    let globex = h.tenant("globex").await;
    assert!(h.parts(&globex).imports.list_provider_accounts().await.unwrap().is_empty());
}
