//! The dump of a real account.

use super::*;

fn real() -> Vec<u8> {
    std::fs::read(REAL).unwrap()
}

async fn import_text(app: &App, tenant: &str, text: Vec<u8>, how: How) -> Report {
    let mut dump = open(text, None).unwrap();
    import_as_operator(app, &tenant.parse().unwrap(), &mut dump, how, "test").await.unwrap()
}

#[tokio::test]
async fn a_real_account_comes_in_whole_and_a_second_time_nothing_changes() {
    let test = TestApp::empty().await;
    let before = rows(&test.database).await;
    let plan = import_text(&test.app, "acme", real(), DRY).await;
    assert_eq!(rows(&test.database).await, before, "a dry run changes nothing, the tenant is not made");

    let report = import_text(&test.app, "acme", real(), APPLY).await;
    assert_eq!(report.tallies, plan.tallies);
    let of = report.tallies;
    assert_eq!((of.users, of.groups), (tally(44, 0, 0), tally(5, 0, 0)));
    assert_eq!((of.roles, of.policies), (tally(78, 0, 0), tally(84, 0, 0)));
    assert_eq!((of.policy_versions, of.memberships), (tally(85, 0, 0), tally(6, 0, 0)));
    assert_eq!((of.attachments, of.inline_policies), (tally(106, 0, 0), tally(39, 0, 0)));
    assert_eq!((report.conflicts.total, report.absent.total, report.differences.total), (0, 0, 0));

    let whole = rows(&test.database).await;
    let plan = import_text(&test.app, "acme", real(), DRY).await;
    assert!(!plan.tallies.has_changes(), "{:?}", plan.tallies);
    let again = import_text(&test.app, "acme", real(), OVERWRITE).await;
    assert_eq!((again.tallies.users, again.tallies.policies), (tally(0, 0, 44), tally(0, 0, 84)));
    assert!(!again.tallies.has_changes(), "{:?} {:?}", again.tallies, again.differences);
    assert_eq!(rows(&test.database).await, whole, "a second import writes no row but its record");
}

#[tokio::test]
async fn names_ids_and_documents_are_kept_byte_for_byte() {
    let test = TestApp::empty().await;
    import_text(&test.app, "acme", real(), APPLY).await;
    let file: Value = serde_json::from_slice(&real()).unwrap();
    let text = String::from_utf8(real()).unwrap();
    let parts = parts(&test.app, "acme").await;
    for given in file["UserDetailList"].as_array().unwrap() {
        let name = given["UserName"].as_str().unwrap();
        let user = parts.iam.find_user(name).await.unwrap().unwrap();
        assert_eq!((&json!(user.user_id), &json!(user.arn)), (&given["UserId"], &given["Arn"]));
        assert_eq!(json!(user.path), given["Path"]);
        assert!(user.wami_arn.starts_with("arn:wami:iam::") && user.wami_arn != user.arn);
        assert_eq!(user.providers.len(), 1);
    }
    for given in file["RoleDetailList"].as_array().unwrap() {
        let role = parts.iam.find_role(given["RoleName"].as_str().unwrap()).await.unwrap().unwrap();
        assert!(text.contains(&role.assume_role_policy_document), "{}", role.role_name);
        let profiles = given["InstanceProfileList"].as_array().map_or(0, Vec::len);
        assert_eq!(role.instance_profiles.len(), profiles, "{}", role.role_name);
    }
    for given in file["Policies"].as_array().unwrap() {
        let policy = parts.iam.find_policy(given["Arn"].as_str().unwrap()).await.unwrap().unwrap();
        assert!(text.contains(&policy.policy_document), "{}", policy.arn);
        assert_eq!(json!(policy.default_version_id), given["DefaultVersionId"]);
        let date = given["CreateDate"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!(policy.create_date, date, "{}", policy.arn);
    }
    let accounts = parts.imports.list_provider_accounts().await.unwrap();
    assert_eq!(accounts, [("aws".into(), "012345678901".into()), ("aws".into(), "200611803367".into())]);
}

#[tokio::test]
async fn the_same_account_lives_in_several_tenants_apart() {
    let test = TestApp::empty().await;
    import_text(&test.app, "acme", real(), APPLY).await;
    let report = import_text(&test.app, "globex.eng", real(), APPLY).await;
    assert_eq!(report.tallies.users, tally(44, 0, 0));
    let (acme, eng) = (parts(&test.app, "acme").await, parts(&test.app, "globex.eng").await);
    assert_ne!(acme.iam.account_id(), eng.iam.account_id());
    let any = acme.iam.list_users(&Default::default(), &wami::wire::PageRequest::first(1)).await.unwrap();
    let first = &any.items[0];
    let there = eng.iam.find_user(&first.user_name).await.unwrap().unwrap();
    assert_eq!(there.arn, first.arn);
    assert_ne!((there.id, &there.wami_arn), (first.id, &first.wami_arn));
}

#[tokio::test]
async fn a_file_cut_in_half_is_refused() {
    let half = real()[..real().len() / 2].to_vec();
    let error = open(half, None).expect_err("half a file");
    assert_eq!(error.errors[0].code.as_str(), "malformed_json");
}

#[tokio::test]
async fn one_account_of_several_can_be_chosen() {
    let test = TestApp::empty().await;
    let mut dump = open(real(), Some("012345678901")).unwrap();
    let expected = dump.summary().counts;
    let report = import_as_operator(&test.app, &"acme".parse().unwrap(), &mut dump, APPLY, "test").await.unwrap();
    assert_eq!(report.tallies.users.created, expected.users);
    let accounts = parts(&test.app, "acme").await.imports.list_provider_accounts().await.unwrap();
    assert_eq!(accounts.len(), 1);
}

#[tokio::test]
async fn the_record_of_an_import_says_what_came() {
    let test = TestApp::empty().await;
    let report = import_text(&test.app, "acme", real(), APPLY).await;
    let parts = parts(&test.app, "acme").await;
    let page = wami::wire::PageRequest::first(10);
    let events = parts.records.list_events(&Default::default(), &page).await.unwrap();
    let event = events.items.iter().find(|event| event.action == "console:ImportAccount").unwrap();
    let after = event.after.as_ref().unwrap();
    assert_eq!(after["sha256"], json!(report.sha256));
    assert_eq!(after["changes"]["users"]["created"], 44);
    assert!(event.actor.is_none());
}
