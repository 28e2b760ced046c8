//! The last administrator stays, by whatever way it might be lost (security S22).

use serde_json::json;
use wami::import::aws_account::{Dump, Options};
use wami::import::check_policy;
use wami::import::run::How;
use wami::import::service::{Refused, import_as_operator};
use wami::wire::{ApiError, Code};

use crate::support::{Browser, TestApp};

const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
/// Whoever has this administers, but makes no administrator.
const ALONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sso:Create*","Resource":"*"}]}"#;
const LITTLE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:DeleteRole","Resource":"*"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}"#;
const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

type Call<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// A call about something in root.
fn root<'a>(path: &'a str, fields: &[(&'a str, &'a str)]) -> Call<'a> {
    (path, [&[("tenant", "root")], fields].concat())
}

fn inline<'a>(kind: &'a str, name: &'a str, document: &'a str) -> Call<'a> {
    let fields = [("kind", kind), ("name", name), ("policy_name", "p"), ("document", document)];
    root("/api/owners/put-inline", &fields)
}

fn attach<'a>(kind: &'a str, name: &'a str, arn: &'a str) -> Call<'a> {
    root("/api/owners/attach", &[("kind", kind), ("name", name), ("policy_arn", arn)])
}

async fn done(browser: &mut Browser, (path, fields): &Call<'_>) {
    browser.call(path, fields).await.unwrap_or_else(|error| panic!("{path} {fields:?}: {error:?}"));
}

fn is_last(refused: &ApiError) -> bool {
    refused.code == Code::Unmodifiable && refused.message.contains("without any administrator")
}

async fn kept(browser: &mut Browser, (path, fields): &Call<'_>) {
    let refused = browser.call(path, fields).await.expect_err(&format!("{path} {fields:?}"));
    assert!(is_last(&refused), "{path} {fields:?}: {refused:?}");
}

async fn policy(browser: &mut Browser, name: &str, document: &str) -> String {
    done(browser, &root("/api/policies/create", &[("draft[policy_name]", name), ("document", document)])).await;
    let page = browser.get(&format!("/t/root/policies/{name}")).await.text;
    page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn no_denial_takes_the_last_administrator() {
    let test = TestApp::start().await;
    let mut ada = test.signed_in("ada").await;
    let nothing = policy(&mut ada, "Nothing", NOTHING).await;
    let harmless = policy(&mut ada, "Harmless", READ).await;
    // A boundary bounds what somebody has of its own; but what it denies is denied.
    let bound = policy(&mut ada, "Bound", READ).await;
    let versions = |version| [("name", "Harmless"), ("version", version), ("document", NOTHING)];
    let group = |name| root("/api/groups/create", &[("draft[group_name]", name)]);
    let member = |name| root("/api/groups/add-member", &[("name", name), ("user_name", "ada")]);
    let set = |name| root("/api/sso/create-set", &[("name", name), ("session_hours", "1")]);
    let boundary = |arn| root("/api/owners/put-boundary", &[("kind", "user"), ("name", "ada"), ("boundary_arn", arn)]);
    for call in [
        // Before anybody uses it it may say anything.
        root("/api/policies/save-version", &versions("1")),
        root("/api/policies/set-default", &[("name", "Harmless"), ("version_id", "v1")]),
        attach("user", "ada", &harmless),
        boundary(&bound),
        group("denied"),
        inline("group", "denied", ALONE),
        group("mine"),
        member("mine"),
        group("assigned"),
        set("Denied"),
        inline("permission-set", "Denied", NOTHING),
        set("Mine"),
        inline("permission-set", "Mine", READ),
        group("binned"),
        inline("group", "binned", NOTHING),
        root(
            "/api/owners/put-inline",
            &[("kind", "user"), ("name", "ada"), ("policy_name", "little"), ("document", LITTLE)],
        ),
    ] {
        done(&mut ada, &call).await;
    }
    let (denied, mine) = (test.set_id("Denied").await, test.set_id("Mine").await);
    let (denied, mine) = (denied.as_str(), mine.as_str());
    let assign = |kind, principal, set| {
        root("/api/sso/assign", &[("kind", kind), ("principal", principal), ("set", set), ("reach", "subtree")])
    };
    done(&mut ada, &assign("user", "ada", mine)).await;
    done(&mut ada, &assign("group", "assigned", denied)).await;
    for call in [
        inline("user", "ada", NOTHING),
        inline("user", "ada", ALONE),
        attach("user", "ada", &nothing),
        attach("group", "mine", &nothing),
        inline("group", "mine", NOTHING),
        attach("permission-set", "Mine", &nothing),
        inline("permission-set", "Mine", NOTHING),
        boundary(&nothing),
        root("/api/policies/save-version", &[("name", "Harmless"), ("version", "3"), ("document", NOTHING)]),
        root("/api/policies/set-default", &[("name", "Harmless"), ("version_id", "v2")]),
        root("/api/policies/save-version", &[("name", "Bound"), ("version", "1"), ("document", NOTHING)]),
        member("denied"),
        member("assigned"),
        assign("user", "ada", denied),
    ] {
        kept(&mut ada, &call).await;
    }
    assert_eq!(ada.get("/t/root/users").await.status, 200);

    // With another one it is no lock-out; but then that one is the last.
    test.administrator("root", "bea").await;
    let mut bea = test.signed_in("bea").await;
    done(&mut bea, &member("binned")).await;
    assert_eq!(ada.get("/t/root/users").await.status, 404);
    kept(&mut bea, &inline("user", "bea", NOTHING)).await;
    kept(&mut bea, &root("/api/groups/add-member", &[("name", "binned"), ("user_name", "bea")])).await;
    // What is in the bin comes back only if it does not lock out.
    done(&mut bea, &root("/api/groups/delete", &[("name", "binned"), ("typed", "binned")])).await;
    let item = bea.get("/t/root/recycle-bin?q=binned").await.text;
    let item = item.split("name=\"item\" value=\"").nth(1).unwrap()[..36].to_owned();
    done(&mut bea, &attach("user", "bea", &harmless)).await;
    let page = ada.get("/t/root/assignments?q=bea").await.text;
    let bea_is = page.split("name=\"assignment\" value=\"").nth(1).unwrap()[..36].to_owned();
    done(&mut ada, &root("/api/sso/unassign", &[("assignment", &bea_is)])).await;
    kept(&mut ada, &root("/api/bin/restore", &[("item", &item)])).await;
}

#[tokio::test]
async fn an_administrator_until_a_day_is_not_the_last_one() {
    let test = TestApp::start().await;
    test.person("root", "tim").await;
    let mut ada = test.signed_in("ada").await;
    let set = test.set_id("Administrator").await;
    let until = [("kind", "user"), ("principal", "tim"), ("set", &set), ("reach", "subtree"), ("until", "2999-01-01")];
    done(&mut ada, &root("/api/sso/assign", &until)).await;
    let mut tim = test.signed_in("tim").await;
    kept(&mut tim, &root("/api/users/delete", &[("name", "ada"), ("typed", "ada")])).await;
    kept(&mut tim, &inline("user", "ada", NOTHING)).await;
}

#[tokio::test]
async fn two_administrators_do_not_take_each_other_away_at_once() {
    let test = TestApp::start().await;
    test.administrator("root", "bea").await;
    for _ in 0..3 {
        let (mut ada, mut bea) = (test.signed_in("ada").await, test.signed_in("bea").await);
        let (one, other) = (inline("user", "bea", NOTHING), inline("user", "ada", NOTHING));
        let (one, other) = tokio::join!(ada.call(one.0, &one.1), bea.call(other.0, &other.1));
        assert!(one.is_err() || other.is_err(), "nobody is left");
        let (mut left, free) = if other.is_err() { (ada, "bea") } else { (bea, "ada") };
        let remove = root("/api/owners/delete-inline", &[("kind", "user"), ("name", free), ("policy_name", "p")]);
        // Neither may have come through.
        let _ = left.call(remove.0, &remove.1).await;
        assert_eq!(left.get("/t/root/users").await.status, 200);
    }
}

#[tokio::test]
async fn no_guardrail_takes_the_last_administrator() {
    let test = TestApp::start().await;
    test.tenant("root", "acme").await;
    test.administrator("acme", "amy").await;
    let mut ada = test.signed_in("ada").await;
    let acme = |path, fields: &[(&'static str, &'static str)]| (path, [&[("tenant", "acme")], fields].concat());
    let create = |name, document| acme("/api/guardrails/create", &[("name", name), ("document", document)]);
    kept(&mut ada, &create("nothing", NOTHING)).await;
    kept(&mut ada, &create("alone", ALONE)).await;
    done(&mut ada, &create("little", LITTLE)).await;
    done(&mut ada, &create("read", READ)).await;
    let mark = wami::guardrails::service::mark(LITTLE);
    let (path, mut update) = acme("/api/guardrails/update", &[("name", "little"), ("document", NOTHING)]);
    update.push(("seen", &mark));
    kept(&mut ada, &(path, update)).await;
    kept(&mut ada, &acme("/api/guardrails/set-allow-all", &[("on", "false")])).await;
    done(&mut ada, &create("all", ALL)).await;
    done(&mut ada, &acme("/api/guardrails/set-allow-all", &[("on", "false")])).await;
    kept(&mut ada, &acme("/api/guardrails/delete", &[("name", "all"), ("typed", "all")])).await;
    assert_eq!(test.signed_in("amy@acme").await.get("/t/acme/users").await.status, 200);
}

#[tokio::test]
async fn no_import_takes_the_last_administrator() {
    let test = TestApp::start().await;
    let root = test.app.backend.ensure_root("Root").await.unwrap();
    let arn = format!("arn:aws:iam::{}:user/ada", root.account_id);
    let dump = json!({
        "UserDetailList": [{
            "Path": "/", "UserName": "ada", "UserId": "AIDAADA", "Arn": arn, "CreateDate": "2023-03-09T10:41:45Z",
            "UserPolicyList": [{"PolicyName": "no", "PolicyDocument": serde_json::from_str::<serde_json::Value>(NOTHING).unwrap()}],
            "GroupList": [], "AttachedManagedPolicies": [], "Tags": []
        }],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false
    });
    // Nothing can be decided with what nobody knows.
    let mut unknown = dump.clone();
    unknown["UserDetailList"][0]["UserPolicyList"] = json!([]);
    unknown["UserDetailList"][0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "Unheard", "PolicyArn": "arn:aws:iam::aws:policy/Unheard"}]);
    let import = async |dump: &serde_json::Value, overwrite| {
        let options = Options { account: None, check_policy: &check_policy };
        let mut dump = Dump::open(std::io::Cursor::new(dump.to_string().into_bytes()), &options).unwrap();
        let how = How { apply: true, overwrite };
        import_as_operator(&test.app, &"root".parse().unwrap(), &mut dump, how, "test").await
    };
    for (dump, overwrite) in [(&dump, false), (&dump, true), (&unknown, true)] {
        match import(dump, overwrite).await {
            Err(Refused::Api(refused)) => assert!(is_last(&refused), "{refused:?}"),
            other => panic!("{other:?}"),
        }
    }
    test.administrator("root", "bea").await;
    import(&dump, true).await.unwrap();
    assert_eq!(test.signed_in("bea").await.get("/t/root/users").await.status, 200);
}
