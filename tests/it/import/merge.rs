//! Later imports: what changed in the account, what was edited here, what is not there any more.

use wami::iam::{InlinePolicy, Owner, Tag};
use wami::import::Aspect;
use wami::import::report::{About, Edit};
use wami::store::traits::Taggable;

use super::*;

fn told(about: &About) -> (String, Option<Aspect>, String) {
    (about.entity.name.clone(), about.part, about.which.clone())
}

/// The differences of a report, as name, part, which.
fn differences(report: &Report) -> Vec<(String, Option<Aspect>, String)> {
    report.differences.listed.iter().map(|item| told(&item.about)).collect()
}

fn conflicts(report: &Report) -> Vec<(String, Option<Aspect>, Edit, bool)> {
    let item = |item: &wami::import::report::Conflict| {
        (item.about.entity.name.clone(), item.about.part, item.edit, item.overwritten)
    };
    report.conflicts.listed.iter().map(item).collect()
}

#[tokio::test]
async fn what_changed_in_the_account_is_taken_over_and_shown() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let mut dump = small();
    dump["RoleDetailList"][0]["Description"] = json!("Flies far.");
    dump["UserDetailList"][0]["Tags"][0]["Value"] = json!("ads");
    dump["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = allow("s3:GetObject");
    dump["Policies"][0] = policy("buckets", &[(1, allow("s3:Get*")), (2, allow("s3:*")), (3, allow("s3:List*"))], 3);
    dump["UserDetailList"].as_array_mut().unwrap().push(user("bob"));
    let plan = import(&test.app, "acme", &dump, DRY).await.unwrap();
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!(report.tallies, plan.tallies);
    assert_eq!(report.tallies.users, tally(1, 1, 0));
    assert_eq!(report.tallies.roles, tally(0, 1, 0));
    assert_eq!(report.tallies.policies, tally(0, 1, 0));
    assert_eq!(report.tallies.policy_versions, tally(1, 0, 2));
    assert_eq!(report.tallies.inline_policies, tally(0, 1, 0));
    assert_eq!(report.tallies.attachments, tally(0, 0, 1));
    assert_eq!(report.conflicts.total, 0);
    let shown = differences(&report);
    for expected in [
        ("pilot", Aspect::Description, ""),
        ("ada", Aspect::Tag, "team"),
        ("ada", Aspect::InlinePolicy, "own"),
        ("buckets", Aspect::Version, "v3"),
        ("buckets", Aspect::DefaultVersion, ""),
    ] {
        let expected = (expected.0.to_owned(), Some(expected.1), expected.2.to_owned());
        assert!(shown.contains(&expected), "{expected:?} in {shown:?}");
    }
    assert_eq!(shown.len(), 5);
    let parts = parts(&test.app, "acme").await;
    let held = parts.iam.find_policy(&arn("policy", "buckets")).await.unwrap().unwrap();
    assert_eq!((held.default_version_id.as_str(), held.policy_document.clone()), ("v3", allow("s3:List*").to_string()));
    assert_eq!(parts.iam.find_role("pilot").await.unwrap().unwrap().description.as_deref(), Some("Flies far."));
    let again = imported(&test.app, "acme", &dump).await;
    assert!(!again.tallies.has_changes());
}

#[tokio::test]
async fn another_layout_of_a_document_is_no_change() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let before = rows(&test.database).await;
    let mut dump = small();
    let encoded: String = allow("s3:ListBucket").to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    dump["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = json!(encoded);
    dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = json!(serde_json::to_string_pretty(&trust()).unwrap());
    dump["RoleDetailList"][0].as_object_mut().unwrap().remove("Description");
    let report = imported(&test.app, "acme", &dump).await;
    assert!(!report.tallies.has_changes(), "{:?}", report.differences);
    assert_eq!((report.conflicts.total, report.absent.total), (0, 0), "a description not told is kept");
    assert_eq!(rows(&test.database).await, before);
}

/// Edits what [`small`] has brought: a tag, the inline policy, the membership, the role's description.
async fn edit(app: &App) {
    let mut parts = parts(app, "acme").await;
    let ada = Owner::user("ada");
    parts.iam.tag(&Taggable::Owner(ada.clone()), &[Tag::new("team", "mine")]).await.unwrap();
    let policy = InlinePolicy { policy_name: "own".into(), policy_document: allow("s3:PutObject").to_string() };
    parts.iam.put_inline_policy(&ada, &policy).await.unwrap();
    parts.iam.remove_user_from_group("staff", "ada").await.unwrap();
    let mut role = parts.iam.find_role("pilot").await.unwrap().unwrap();
    role.description = Some("Mine.".into());
    parts.iam.update_role(&role).await.unwrap();
}

#[tokio::test]
async fn what_was_edited_here_is_a_conflict_and_kept() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    edit(&test.app).await;
    let edited = rows(&test.database).await;
    for _ in 0..2 {
        let report = imported(&test.app, "acme", &small()).await;
        let mut found = conflicts(&report);
        found.sort_by_key(|(name, part, ..)| (name.clone(), *part));
        assert_eq!(
            found,
            [
                ("ada".to_owned(), Some(Aspect::Tag), Edit::EditedHere, false),
                ("ada".to_owned(), Some(Aspect::Group), Edit::RemovedHere, false),
                ("ada".to_owned(), Some(Aspect::InlinePolicy), Edit::EditedHere, false),
                ("pilot".to_owned(), Some(Aspect::Description), Edit::EditedHere, false),
            ]
        );
        assert!(!report.tallies.has_changes());
        assert_eq!(rows(&test.database).await, edited, "it is kept as it is");
    }
    // Something else of the same user still follows the account.
    let mut dump = small();
    dump["UserDetailList"][0]["Path"] = json!("/people/");
    dump["UserDetailList"][0]["Arn"] = json!("arn:aws:iam::111122223333:user/people/ada");
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!(report.conflicts.total, 4);
    let ada = parts(&test.app, "acme").await.iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!((ada.path.as_str(), ada.arn.as_str()), ("/people/", "arn:aws:iam::111122223333:user/people/ada"));
    assert_eq!(ada.tags, [Tag::new("team", "mine")]);
}

#[tokio::test]
async fn the_dump_wins_where_that_is_asked_for() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    edit(&test.app).await;
    parts(&test.app, "acme")
        .await
        .iam
        .tag(&Taggable::Owner(Owner::user("ada")), &[Tag::new("own", "1")])
        .await
        .unwrap();
    let report = import(&test.app, "acme", &small(), OVERWRITE).await.unwrap();
    assert_eq!(report.conflicts.total, 5);
    assert!(conflicts(&report).iter().all(|(.., overwritten)| *overwritten));
    let parts = parts(&test.app, "acme").await;
    let ada = parts.iam.find_user("ada").await.unwrap().unwrap();
    assert_eq!(ada.tags, [Tag::new("team", "search")]);
    assert_eq!(parts.iam.list_groups_for_user("ada").await.unwrap().len(), 1);
    let inline = parts.iam.list_inline_policies(&Owner::user("ada")).await.unwrap();
    assert_eq!(inline[0].policy_document, allow("s3:ListBucket").to_string());
    assert_eq!(parts.iam.find_role("pilot").await.unwrap().unwrap().description.as_deref(), Some("Flies."));
    let again = imported(&test.app, "acme", &small()).await;
    assert_eq!((again.conflicts.total, again.tallies.has_changes()), (0, false));
}

#[tokio::test]
async fn what_the_dump_does_not_have_any_more_stays_and_is_told() {
    let test = TestApp::empty().await;
    let mut dump = small();
    dump["UserDetailList"].as_array_mut().unwrap().push(user("bob"));
    imported(&test.app, "acme", &dump).await;
    let mut later = small();
    later["UserDetailList"][0]["GroupList"] = json!([]);
    later["UserDetailList"][0]["AttachedManagedPolicies"] = json!([]);
    for how in [APPLY, OVERWRITE] {
        let report = import(&test.app, "acme", &later, how).await.unwrap();
        let absent: Vec<_> = report.absent.listed.iter().map(told).collect();
        assert_eq!(absent.len(), 3, "{absent:?}");
        assert!(absent.contains(&("bob".into(), None, String::new())));
        assert!(absent.contains(&("ada".into(), Some(Aspect::Group), "staff".into())));
        assert!(absent.contains(&("ada".into(), Some(Aspect::AttachedPolicy), arn("policy", "buckets"))));
        assert_eq!((report.conflicts.total, report.tallies.has_changes()), (0, false));
    }
    let parts = parts(&test.app, "acme").await;
    assert!(parts.iam.find_user("bob").await.unwrap().is_some());
    assert_eq!(parts.iam.list_groups_for_user("ada").await.unwrap().len(), 1);
    assert_eq!(parts.iam.list_attached_policies(&Owner::user("ada")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_deleted_here_comes_back_only_where_the_dump_wins() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let mut parts = parts(&test.app, "acme").await;
    parts.iam.remove_user_from_group("staff", "ada").await.unwrap();
    parts.iam.delete_group("staff").await.unwrap();
    let mut dump = small();
    let mut bob = user("bob");
    bob["GroupList"] = json!(["staff"]);
    dump["UserDetailList"].as_array_mut().unwrap().push(bob);
    let report = imported(&test.app, "acme", &dump).await;
    let found = conflicts(&report);
    assert!(found.contains(&("staff".into(), None, Edit::RemovedHere, false)), "{found:?}");
    assert!(found.contains(&("bob".into(), Some(Aspect::Group), Edit::TargetDeletedHere, false)), "{found:?}");
    assert!(parts.iam.find_group("staff").await.unwrap().is_none());
    assert!(parts.iam.list_groups_for_user("bob").await.unwrap().is_empty());
    let report = import(&test.app, "acme", &dump, OVERWRITE).await.unwrap();
    assert_eq!(report.tallies.groups, tally(1, 0, 0));
    for user in ["ada", "bob"] {
        assert_eq!(parts.iam.list_groups_for_user(user).await.unwrap().len(), 1, "{user}");
    }
}

#[tokio::test]
async fn a_policy_saved_here_and_in_the_account_keeps_the_version_of_here() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let mut parts = parts(&test.app, "acme").await;
    let buckets = arn("policy", "buckets");
    parts.iam.create_policy_version(&buckets, &allow("s3:Mine").to_string(), true, None).await.unwrap();
    let mut dump = small();
    dump["Policies"][0] = policy("buckets", &[(2, allow("s3:*")), (3, allow("s3:Theirs"))], 3);
    let report = imported(&test.app, "acme", &dump).await;
    let found = conflicts(&report);
    assert!(found.contains(&("buckets".into(), Some(Aspect::Version), Edit::EditedHere, false)), "{found:?}");
    assert!(found.contains(&("buckets".into(), Some(Aspect::DefaultVersion), Edit::EditedHere, false)), "{found:?}");
    let held = parts.iam.find_policy(&buckets).await.unwrap().unwrap();
    assert_eq!((held.default_version_id.as_str(), held.policy_document.clone()), ("v3", allow("s3:Mine").to_string()));
    import(&test.app, "acme", &dump, OVERWRITE).await.unwrap();
    let held = parts.iam.find_policy(&buckets).await.unwrap().unwrap();
    assert_eq!(
        (held.default_version_id.as_str(), held.policy_document.clone()),
        ("v3", allow("s3:Theirs").to_string())
    );
}

#[tokio::test]
async fn five_versions_move_on_with_the_account() {
    let test = TestApp::empty().await;
    let five = |first: u32| -> Vec<(u32, Value)> {
        (first..first + 5).map(|number| (number, allow(&format!("s3:Get{number}")))).collect()
    };
    let mut dump = small();
    dump["Policies"][0] = policy("buckets", &five(1), 5);
    imported(&test.app, "acme", &dump).await;
    dump["Policies"][0] = policy("buckets", &five(3), 7);
    imported(&test.app, "acme", &dump).await;
    let versions = parts(&test.app, "acme").await.iam.list_policy_versions(&arn("policy", "buckets")).await.unwrap();
    let ids: Vec<_> = versions.iter().map(|version| version.version_id.as_str()).collect();
    assert_eq!(ids, ["v7", "v6", "v5", "v4", "v3"]);
}

#[tokio::test]
async fn a_name_that_something_else_has_here_is_refused_and_nothing_changes() {
    let test = TestApp::empty().await;
    test.administrator("root", "ada").await;
    let before = rows(&test.database).await;
    let mut dump = small();
    dump["UserDetailList"].as_array_mut().unwrap().push(user("bob"));
    let found = faults(import(&test.app, "root", &dump, OVERWRITE).await);
    assert_eq!(found, [("/UserDetailList/0".to_owned(), "name_taken".to_owned())]);
    assert_eq!(rows(&test.database).await, before);
}

#[tokio::test]
async fn a_name_of_another_account_is_refused() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let other = small().to_string().replace(ACCOUNT, "999999999999").replace("\"AIDA", "\"AIDX");
    let other = other.replace("\"AGPA", "\"AGPX").replace("\"AROA", "\"AROX").replace("\"ANPA", "\"ANPX");
    let before = rows(&test.database).await;
    let found = faults(import(&test.app, "acme", &serde_json::from_str(&other).unwrap(), APPLY).await);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|(_, code)| code == "name_taken"));
    assert_eq!(rows(&test.database).await, before);
}

#[tokio::test]
async fn a_user_renamed_in_the_account_stays_the_same_user() {
    let test = TestApp::empty().await;
    imported(&test.app, "acme", &small()).await;
    let before = parts(&test.app, "acme").await.iam.find_user("ada").await.unwrap().unwrap();
    let mut dump = small();
    dump["UserDetailList"][0]["UserName"] = json!("ada.l");
    dump["UserDetailList"][0]["Arn"] = json!(arn("user", "ada.l"));
    let report = imported(&test.app, "acme", &dump).await;
    assert_eq!((report.tallies.users, report.absent.total), (tally(0, 1, 0), 0));
    let after = parts(&test.app, "acme").await.iam.find_user("ada.l").await.unwrap().unwrap();
    assert_eq!((after.id, after.arn.as_str()), (before.id, arn("user", "ada.l").as_str()));
    assert!(!imported(&test.app, "acme", &dump).await.tallies.has_changes());
}

#[tokio::test]
async fn what_aws_accepts_and_this_console_reserves_comes_in() {
    let test = TestApp::empty().await;
    let mut dump = small();
    let mut root = user("root");
    root["Tags"] = json!([{"Key": "aws:cloudformation:stack-name", "Value": "x"}]);
    dump["UserDetailList"].as_array_mut().unwrap().push(root);
    imported(&test.app, "acme", &dump).await;
    let mut parts = parts(&test.app, "acme").await;
    assert_eq!(parts.iam.find_user("root").await.unwrap().unwrap().tags.len(), 1);
    parts.iam.tag(&Taggable::Owner(Owner::user("root")), &[Tag::new("mine", "1")]).await.unwrap();
}
