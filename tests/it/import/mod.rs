//! Imports of AWS accounts: what they leave in the tenant, and what they say.

mod cli;
mod climbing;
mod console;
mod killed;
mod merge;
mod powers;
mod real;

use std::io::Cursor;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use wami::app_state::App;
use wami::import::Report;
use wami::import::aws_account::{Dump, Options, Rejection};
use wami::import::check_policy;
use wami::import::report::Tally;
use wami::import::run::How;
use wami::import::service::{Refused, import_as_operator};
use wami::store::{Parts, Scope};

use crate::support::{TestApp, TestDatabase};

const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/gaad/example.json");
const ACCOUNT: &str = "111122223333";

const APPLY: How = How { apply: true, overwrite: false };
const OVERWRITE: How = How { apply: true, overwrite: true };
const DRY: How = How { apply: false, overwrite: false };

fn open(text: Vec<u8>, account: Option<&str>) -> Result<Dump<Cursor<Vec<u8>>>, Rejection> {
    Dump::open(Cursor::new(text), &Options { account, check_policy: &check_policy })
}

/// Imports a dump that must be good by itself.
async fn import(app: &App, tenant: &str, dump: &Value, how: How) -> Result<Report, Refused> {
    let mut dump = open(dump.to_string().into_bytes(), None).expect("a valid dump");
    import_as_operator(app, &tenant.parse().unwrap(), &mut dump, how, "test").await
}

/// As [`import`], and it must succeed.
async fn imported(app: &App, tenant: &str, dump: &Value) -> Report {
    import(app, tenant, dump, APPLY).await.expect("an import without fault")
}

/// The pointers and codes of an import that must be refused.
fn faults(result: Result<Report, Refused>) -> Vec<(String, String)> {
    match result.expect_err("an import with faults") {
        Refused::Dump(rejection) => {
            rejection.errors.into_iter().map(|error| (error.pointer, error.code.to_string())).collect()
        }
        Refused::Api(error) => panic!("{error:?}"),
    }
}

async fn parts(app: &App, tenant: &str) -> Parts {
    let tenant = app.backend.directory().resolve(&tenant.parse().unwrap()).await.unwrap().unwrap();
    app.backend.parts(&Scope::of_system(tenant))
}

const fn tally(created: u64, updated: u64, unchanged: u64) -> Tally {
    Tally { created, updated, unchanged, failed: 0 }
}

/// A digest of every row of every table that imports may write.
async fn rows(database: &Option<TestDatabase>) -> Vec<(String, String)> {
    let mut connection = database.as_ref().unwrap().owner.connect().await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
         and table_name not in ('audit_events', '_sqlx_migrations') order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut digests = vec![];
    for table in tables {
        let sql = format!(
            "select coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as digest from {table} t"
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        digests.push((table, row.get("digest")));
    }
    digests
}

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"
    }]})
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn user(name: &str) -> Value {
    json!({
        "Path": "/", "UserName": name, "UserId": format!("AIDA{name}"), "Arn": arn("user", name),
        "CreateDate": "2023-03-09T10:41:45Z", "UserPolicyList": [], "GroupList": [],
        "AttachedManagedPolicies": [], "Tags": []
    })
}

fn group(name: &str) -> Value {
    json!({
        "Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": arn("group", name),
        "CreateDate": "2023-03-09T10:41:45Z", "GroupPolicyList": [], "AttachedManagedPolicies": []
    })
}

fn role(name: &str) -> Value {
    json!({
        "Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": arn("role", name),
        "CreateDate": "2023-03-09T10:41:45Z", "AssumeRolePolicyDocument": trust(),
        "InstanceProfileList": [], "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": []
    })
}

fn policy(name: &str, versions: &[(u32, Value)], default: u32) -> Value {
    let listed: Vec<Value> = versions
        .iter()
        .map(|(number, document)| {
            json!({"VersionId": format!("v{number}"), "IsDefaultVersion": *number == default,
                "CreateDate": "2023-03-09T10:41:45Z", "Document": document})
        })
        .collect();
    json!({
        "PolicyName": name, "PolicyId": format!("ANPA{name}"), "Arn": arn("policy", name), "Path": "/",
        "DefaultVersionId": format!("v{default}"), "IsAttachable": true, "AttachmentCount": 0,
        "CreateDate": "2023-03-09T10:41:45Z", "UpdateDate": "2023-03-10T10:41:45Z", "PolicyVersionList": listed
    })
}

fn attached(arn: &str) -> Value {
    json!({"PolicyName": arn.rsplit('/').next().unwrap(), "PolicyArn": arn})
}

/// Ada in the group staff, with a policy of every kind; the role pilot; the policy buckets with two versions.
fn small() -> Value {
    let mut ada = user("ada");
    ada["GroupList"] = json!(["staff"]);
    ada["UserPolicyList"] = json!([{"PolicyName": "own", "PolicyDocument": allow("s3:ListBucket")}]);
    ada["AttachedManagedPolicies"] = json!([attached(&arn("policy", "buckets"))]);
    ada["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", "buckets")});
    ada["Tags"] = json!([{"Key": "team", "Value": "search"}]);
    let mut pilot = role("pilot");
    pilot["Description"] = json!("Flies.");
    pilot["InstanceProfileList"] = json!([{"InstanceProfileName": "pilot-profile"}]);
    let buckets = policy("buckets", &[(1, allow("s3:Get*")), (2, allow("s3:*"))], 2);
    json!({
        "UserDetailList": [ada], "GroupDetailList": [group("staff")], "RoleDetailList": [pilot],
        "Policies": [buckets], "IsTruncated": false
    })
}
