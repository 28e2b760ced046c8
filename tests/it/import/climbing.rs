//! Nobody climbs by an import (security S21): what a file would give, or free somebody from, its importer must hold.

use wami::iam::{InlinePolicy, Owner, OwnerKind};
use wami::wire::Code;

use super::console::{hidden, send, settled};
use super::*;
use crate::support::Browser;

fn leash() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:DeleteRole", "Resource": "*"}]})
}

/// Acme with its administrator `amy` and `ian`, who may administer identities and import.
async fn acme() -> (TestApp, Browser) {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("acme", "amy").await;
    test.person("acme", "ian").await;
    test.assign("acme", "ian", "IAM administrator", "tenant").await;
    let ian = test.signed_in("ian@acme").await;
    (test, ian)
}

/// The user of a tenant as a dump of its own account has it.
async fn as_dumped(test: &TestApp, name: &str) -> Value {
    let found = parts(&test.app, "acme").await.iam.find_user(name).await.unwrap().unwrap();
    let mut user = user(name);
    user["UserId"] = json!(found.user_id);
    user["Arn"] = json!(found.arn);
    user["Path"] = json!(found.path);
    user
}

fn of(users: &[Value]) -> Value {
    json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false})
}

/// The import is planned and refused, with the place in the file; nothing changes, and the attempt is recorded.
async fn refused(test: &TestApp, browser: &mut Browser, dump: &Value, place: &str) {
    refused_with(test, browser, dump, place, true).await;
}

/// The same, the file being to win or not.
async fn refused_with(test: &TestApp, browser: &mut Browser, dump: &Value, place: &str, overwrite: bool) {
    let before = rows(&test.database).await;
    let at = send(browser, "acme", &[("overwrite", &overwrite.to_string())], &dump.to_string()).await.location.unwrap();
    let plan = settled(browser, &at).await;
    assert!(plan.contains("You may not import this file."), "{plan}");
    assert!(plan.contains(place), "{place} is not in {plan}");
    let upload = at.rsplit('/').next().unwrap();
    let confirm = [("tenant", "acme"), ("upload", upload), ("sha256", "")];
    assert_eq!(browser.call("/api/import/confirm", &confirm).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(rows(&test.database).await, before);
    let owner = sqlx::PgPool::connect_with(test.database().owner.clone()).await.unwrap();
    let told: i64 = sqlx::query_scalar(
        "select count(*) from audit_events where action = 'console:ImportAccount' and outcome = 'refused'
         and reason like '%' || $1 || '%'",
    )
    .bind(place)
    .fetch_one(&owner)
    .await
    .unwrap();
    assert!(told > 0, "the attempt on {place} is recorded");
}

/// The import is done.
async fn done(browser: &mut Browser, dump: &Value) {
    let at = send(browser, "acme", &[("overwrite", "true")], &dump.to_string()).await.location.unwrap();
    let plan = settled(browser, &at).await;
    assert!(plan.contains("/api/import/confirm"), "{plan}");
    let (upload, sha256) = (hidden(&plan, "upload"), hidden(&plan, "sha256"));
    browser.call("/api/import/confirm", &[("tenant", "acme"), ("upload", &upload), ("sha256", &sha256)]).await.unwrap();
    let page = settled(browser, &at).await;
    assert!(page.contains("The account is imported."), "{page}");
}

fn inline(name: &str, document: &Value) -> InlinePolicy {
    InlinePolicy { policy_name: name.into(), policy_document: document.to_string() }
}

async fn a_policy(test: &TestApp, name: &str, document: &Value) -> String {
    let mut ada = test.signed_in("ada").await;
    let fields = [("tenant", "acme"), ("draft[policy_name]", name), ("document", &document.to_string())];
    ada.call("/api/policies/create", &fields).await.unwrap();
    let page = ada.get(&format!("/t/acme/policies/{name}")).await.text;
    page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_file_gives_is_told_with_its_place() {
    let (test, mut ian) = acme().await;
    let mut eve = user("eve");
    eve["UserPolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    refused(&test, &mut ian, &of(&[user("bob"), eve]), "/UserDetailList/1").await;
    let mut dump = of(&[]);
    let mut all = role("captain");
    all["RolePolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("sso:*")}]);
    dump["RoleDetailList"] = json!([role("sailor"), role("cook"), all]);
    refused(&test, &mut ian, &dump, "/RoleDetailList/2").await;
    let mut own = as_dumped(&test, "ian").await;
    own["UserPolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    refused(&test, &mut ian, &of(&[own.clone()]), "/UserDetailList/0").await;
    own["UserPolicyList"] = json!([{"PolicyName": "iam", "PolicyDocument": allow("iam:*")}]);
    done(&mut ian, &of(&[own])).await;
}

#[tokio::test]
async fn no_import_takes_off_what_denies_something() {
    let (test, mut ian) = acme().await;
    let arn_of_leash = a_policy(&test, "Leash", &leash()).await;
    let mut unit = parts(&test.app, "acme").await;
    let owner = Owner::user("ian");
    unit.iam.put_inline_policy(&owner, &inline("leash", &leash())).await.unwrap();
    // Removed, for the file does not have it; or written anew.
    refused(&test, &mut ian, &of(&[as_dumped(&test, "ian").await]), "/UserDetailList/0").await;
    let mut own = as_dumped(&test, "ian").await;
    own["UserPolicyList"] = json!([{"PolicyName": "leash", "PolicyDocument": allow("iam:GetUser")}]);
    refused(&test, &mut ian, &of(&[own.clone()]), "/UserDetailList/0").await;
    own["UserPolicyList"] = json!([{"PolicyName": "leash", "PolicyDocument": leash()}]);
    done(&mut ian, &of(&[own])).await;
    unit.iam.delete_inline_policy(&owner, "leash").await.unwrap();

    unit.iam.attach_policy(&owner, &arn_of_leash).await.unwrap();
    refused(&test, &mut ian, &of(&[as_dumped(&test, "ian").await]), "/UserDetailList/0").await;
    // The policy itself.
    let found = unit.iam.find_policy(&arn_of_leash).await.unwrap().unwrap();
    let mut changed = policy("Leash", &[(1, allow("iam:GetUser"))], 1);
    changed["PolicyId"] = json!(found.policy_id);
    changed["Arn"] = json!(found.arn);
    let mut dump = of(&[]);
    dump["Policies"] = json!([changed]);
    refused(&test, &mut ian, &dump, "/Policies/0").await;
    unit.iam.detach_policy(&owner, &arn_of_leash).await.unwrap();

    // A boundary denies as well.
    let mut stored = unit.iam.find_user("ian").await.unwrap().unwrap();
    stored.permissions_boundary = Some(arn_of_leash);
    unit.iam.update_user(&stored).await.unwrap();
    refused(&test, &mut ian, &of(&[as_dumped(&test, "ian").await]), "/UserDetailList/0").await;
    let mut stored = unit.iam.find_user("ian").await.unwrap().unwrap();
    stored.permissions_boundary = None;
    unit.iam.update_user(&stored).await.unwrap();

    // A group that is left.
    let mut ada = test.signed_in("ada").await;
    ada.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", "leashed")]).await.unwrap();
    unit.iam.put_inline_policy(&Owner::group("leashed"), &inline("leash", &leash())).await.unwrap();
    unit.iam.add_user_to_group("leashed", "ian").await.unwrap();
    refused(&test, &mut ian, &of(&[as_dumped(&test, "ian").await]), "/UserDetailList/0").await;
}

#[tokio::test]
async fn what_was_here_before_counts_with_what_a_file_brings() {
    let (test, mut ian) = acme().await;
    let everything = a_policy(&test, "Everything", &allow("*")).await;
    let mut unit = parts(&test.app, "acme").await;
    // What was attached here is bounded by what the file says; another file says otherwise.
    let bounded = |by: &str, document: Value| {
        let mut bob = user("robert");
        bob["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", by)});
        let mut dump = of(&[bob]);
        dump["Policies"] = json!([policy(by, &[(1, document)], 1)]);
        dump
    };
    done(&mut ian, &bounded("little", allow("iam:GetUser"))).await;
    unit.iam.attach_policy(&Owner::user("robert"), &everything).await.unwrap();
    refused_with(&test, &mut ian, &bounded("wide", allow("*")), "/UserDetailList/0", false).await;

    // A boundary that was set here and is kept, for the file was imported without one: it bounds nothing.
    let mut eve = user("eve");
    done(&mut ian, &of(&[eve.clone()])).await;
    let wide = a_policy(&test, "Wide", &allow("*")).await;
    let mut stored = unit.iam.find_user("eve").await.unwrap().unwrap();
    stored.permissions_boundary = Some(wide);
    unit.iam.update_user(&stored).await.unwrap();
    eve["UserPolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    refused_with(&test, &mut ian, &of(&[eve]), "/UserDetailList/0", false).await;

    // A policy that was attached here, to a role whose trust the file changes.
    let mut captain = role("captain");
    let mut dump = of(&[]);
    dump["RoleDetailList"] = json!([captain]);
    done(&mut ian, &dump).await;
    unit.iam.attach_policy(&Owner { kind: OwnerKind::Role, name: "captain".into() }, &everything).await.unwrap();
    captain["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"
    }]});
    dump["RoleDetailList"] = json!([captain]);
    refused_with(&test, &mut ian, &dump, "/RoleDetailList/0", false).await;
}

#[tokio::test]
async fn no_import_gives_what_assignments_and_sets_give() {
    let (test, mut ian) = acme().await;
    test.tenant("acme", "eng").await;
    let mut ada = test.signed_in("ada").await;
    // A group that is assigned more, below.
    ada.call("/api/groups/create", &[("tenant", "acme"), ("draft[group_name]", "chiefs")]).await.unwrap();
    let set = test.set_id("Administrator").await;
    let assign = [
        ("tenant", "acme.eng"),
        ("kind", "group"),
        ("principal", "chiefs@acme"),
        ("set", set.as_str()),
        ("reach", "tenant"),
    ];
    ada.call("/api/sso/assign", &assign).await.unwrap();
    let chiefs = parts(&test.app, "acme").await.iam.find_group("chiefs").await.unwrap().unwrap();
    let mut dumped = group("chiefs");
    dumped["GroupId"] = json!(chiefs.group_id);
    dumped["Arn"] = json!(chiefs.arn);
    let mut own = as_dumped(&test, "ian").await;
    own["GroupList"] = json!(["chiefs"]);
    let mut dump = of(&[own]);
    dump["GroupDetailList"] = json!([dumped]);
    refused(&test, &mut ian, &dump, "/UserDetailList/0").await;

    // A policy of a set, which may be assigned below, where ian holds nothing.
    let used = a_policy(&test, "Used", &allow("iam:GetUser")).await;
    ada.call("/api/sso/create-set", &[("tenant", "acme"), ("name", "Crew"), ("session_hours", "1")]).await.unwrap();
    let crew = [("tenant", "acme"), ("kind", "permission-set"), ("name", "Crew"), ("policy_arn", used.as_str())];
    ada.call("/api/owners/attach", &crew).await.unwrap();
    let found = parts(&test.app, "acme").await.iam.find_policy(&used).await.unwrap().unwrap();
    let mut changed = policy("Used", &[(1, allow("iam:*"))], 1);
    changed["PolicyId"] = json!(found.policy_id);
    changed["Arn"] = json!(used);
    let mut dump = of(&[]);
    dump["Policies"] = json!([changed]);
    refused(&test, &mut ian, &dump, "/Policies/0").await;

    // Who can do more is not renamed.
    let mut amy = as_dumped(&test, "amy").await;
    amy["UserName"] = json!("eve");
    amy["Arn"] = json!(amy["Arn"].as_str().unwrap().replace("user/amy", "user/eve"));
    refused(&test, &mut ian, &of(&[amy]), "/UserDetailList/0").await;
}
