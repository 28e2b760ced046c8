//! Policies of AWS, unknown documents, and who gets a say in the console.

use wami::iam::Owner;

use super::*;

const UNKNOWN: &str = "arn:aws:iam::aws:policy/service-role/Unheard";

#[tokio::test]
async fn an_attachment_of_an_unknown_policy_is_kept_and_told() {
    let test = TestApp::empty().await;
    let mut dump = small();
    dump["UserDetailList"][0]["AttachedManagedPolicies"] = json!([attached(UNKNOWN)]);
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!(report.tallies.policies, tally(1, 0, 0), "what the dump does not hold is not counted");
    assert_eq!(report.warnings.len(), 1);
    assert_eq!(report.warnings[0].pointer, "/UserDetailList/0/AttachedManagedPolicies/0/PolicyArn");
    let parts_of = parts(&test.app, "acme").await;
    let policy = parts_of.iam.find_policy(UNKNOWN).await.unwrap().unwrap();
    assert!(policy.is_document_unknown() && policy.is_aws_managed());
    assert_eq!((policy.policy_name.as_str(), policy.path.as_str()), ("Unheard", "/service-role/"));
    let again = imported(&test.app, "acme", &dump).await;
    assert_eq!((again.tallies.has_changes(), again.warnings.len()), (false, 1));

    // A later dump knows it.
    let mut known = policy_of_aws("service-role/Unheard", allow("s3:*"));
    known["Path"] = json!("/service-role/");
    dump["Policies"].as_array_mut().unwrap().push(known);
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!((report.tallies.policies, report.warnings.len()), (tally(0, 1, 1), 0));
    let policy = parts_of.iam.find_policy(UNKNOWN).await.unwrap().unwrap();
    assert_eq!(policy.policy_document, allow("s3:*").to_string());
    // And one after that does not: what is known stays known.
    dump["Policies"].as_array_mut().unwrap().pop();
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!((report.tallies.has_changes(), report.warnings.len()), (false, 0));
    assert_eq!(parts_of.iam.list_attached_policies(&Owner::user("ada")).await.unwrap().len(), 1);
}

fn policy_of_aws(name: &str, document: Value) -> Value {
    let mut of = policy(name.rsplit('/').next().unwrap(), &[(4, document)], 4);
    of["Arn"] = json!(format!("arn:aws:iam::aws:policy/{name}"));
    of["PolicyId"] = json!("ANPAOFAWS");
    of
}

#[tokio::test]
async fn a_policy_of_aws_and_one_of_the_account_may_share_a_name() {
    let test = TestApp::empty().await;
    let mut dump = small();
    dump["Policies"].as_array_mut().unwrap().push(policy_of_aws("buckets", allow("s3:*")));
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!(report.tallies.policies, tally(2, 0, 0));
    assert!(!imported(&test.app, "acme", &dump).await.tallies.has_changes());
    test.administrator("root", "eve").await;
    let mut eve = test.signed_in("eve").await;
    let page = eve.get("/t/acme/policies/aws:buckets").await;
    assert!(page.status.is_success());
    let save = [("tenant", "acme"), ("name", "aws:buckets"), ("version", "1"), ("document", "{}")];
    let error = eve.call("/api/policies/save-version", &save).await.unwrap_err();
    assert_eq!(error.code, wami::wire::Code::Unmodifiable);
}

#[tokio::test]
async fn a_report_lists_everybody_whom_policies_give_a_say() {
    let test = TestApp::empty().await;
    let mut dump = small();
    dump["GroupDetailList"][0]["GroupPolicyList"] = json!([{"PolicyName": "lead", "PolicyDocument": allow("iam:*")}]);
    dump["UserDetailList"].as_array_mut().unwrap().push({
        let mut bob = user("bob");
        bob["GroupList"] = json!(["staff"]);
        bob
    });
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": allow("*")}]);
    let report = import(&test.app, "acme", &dump, DRY).await.unwrap();
    let told: Vec<_> = report
        .console_grants
        .listed
        .iter()
        .map(|grant| (grant.principal.name.as_str(), grant.actions.join(" "), grant.is_new))
        .collect();
    // Ada is bounded by a policy that is about buckets only.
    assert_eq!(
        told,
        [("staff", "iam:*".to_owned(), true), ("pilot", "*".to_owned(), true), ("bob", "iam:*".to_owned(), true)]
    );
    imported(&test.app, "acme", &dump).await;
    let again = import(&test.app, "acme", &dump, DRY).await.unwrap();
    assert_eq!(again.console_grants.total, 3);
    assert!(again.console_grants.listed.iter().all(|grant| !grant.is_new));
}

#[tokio::test]
async fn it_is_said_of_an_attachment_that_its_document_is_unknown() {
    let test = TestApp::start().await;
    let mut dump = small();
    dump["UserDetailList"][0]["AttachedManagedPolicies"] =
        json!([attached(UNKNOWN), attached(&arn("policy", "buckets"))]);
    dump["GroupDetailList"][0]["AttachedManagedPolicies"] = json!([attached("arn:aws:iam::aws:policy/Unsaid")]);
    imported(&test.app, "acme", &dump).await;
    let parts = parts(&test.app, "acme").await;
    let owner = Owner::user("ada");
    let listed = parts.iam.list_attached_policies(&owner).await.unwrap();
    let told: Vec<_> = listed.iter().map(|policy| (policy.policy_name.as_str(), policy.is_document_unknown)).collect();
    assert_eq!(told, [("buckets", false), ("Unheard", true)]);
    assert_eq!(parts.iam.list_policies_of(&[owner]).await.unwrap()[0].attached, listed);
    let mut ada = test.signed_in("ada").await;
    let page = ada.get("/t/acme/users/ada/permissions").await.text;
    assert_eq!(page.matches(">document unknown<").count(), 1, "{page}");
    assert!(page.contains("policy of a group, document unknown"), "{page}");
    let page = ada.get("/t/acme/groups/staff/permissions").await.text;
    assert_eq!(page.matches(">document unknown<").count(), 1, "{page}");
}

#[tokio::test]
async fn tags_of_a_provider_stay_and_others_come_and_go() {
    let test = TestApp::start().await;
    let mut dump = small();
    dump["UserDetailList"][0]["Tags"] =
        json!([{"Key": "aws:stack", "Value": "net"}, {"Key": "team", "Value": "search"}]);
    imported(&test.app, "acme", &dump).await;
    let mut ada = test.signed_in("ada").await;
    let owner = [("tenant", "acme"), ("kind", "user"), ("name", "ada")];
    let with = |more: &[(&'static str, &'static str)]| [&owner, more].concat();
    ada.call("/api/owners/put-tag", &with(&[("key", "tier"), ("value", "one")])).await.unwrap();
    ada.call("/api/owners/put-tag", &with(&[("key", "team"), ("value", "find")])).await.unwrap();
    ada.call("/api/owners/remove-tag", &with(&[("key", "team")])).await.unwrap();
    for key in ["aws:stack", "AWS:Stack"] {
        let put = ada.call("/api/owners/put-tag", &with(&[("key", key), ("value", "x")])).await.unwrap_err();
        assert!(put.of_field("key").is_some(), "{put:?}");
        let remove = ada.call("/api/owners/remove-tag", &with(&[("key", key)])).await.unwrap_err();
        assert!(remove.of_field("key").is_some(), "{remove:?}");
    }
    let user = parts(&test.app, "acme").await.iam.find_user("ada").await.unwrap().unwrap();
    let tags: Vec<_> = user.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    assert_eq!(tags, [("aws:stack", "net"), ("tier", "one")]);
    let page = ada.get("/t/acme/users/ada/tags").await.text;
    assert!(page.contains("Remove the tag tier") && !page.contains("Remove the tag aws:stack"), "{page}");
}
