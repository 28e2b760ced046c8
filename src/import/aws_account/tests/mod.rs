//! The reader as its users see it: whole dumps in, entries or errors out.

mod faults;
mod forms;
mod real;
mod size;

use std::io::Cursor;

use serde_json::{Value, json};

use super::*;

/// Accepts every document.
fn anything(_: &str, _: PolicyUse) -> Result<(), PolicyFault> {
    Ok(())
}

fn open_with(text: impl Into<Vec<u8>>, account: Option<&str>) -> Result<Dump<Cursor<Vec<u8>>>, Rejection> {
    Dump::open(Cursor::new(text.into()), &Options { account, check_policy: &anything })
}

fn open(dump: &Value) -> Result<Dump<Cursor<Vec<u8>>>, Rejection> {
    open_with(dump.to_string(), None)
}

/// All entries of a dump that must be valid.
fn entries(dump: &Value) -> Vec<Entry> {
    let mut dump = open(dump).expect("a valid dump");
    let entries = dump.entries(&Kind::ALL).unwrap();
    entries.map(|found| found.expect("what was checked can be read").1).collect()
}

/// The errors of a dump that must not be valid, as pointers and codes.
fn faults(result: Result<Dump<Cursor<Vec<u8>>>, Rejection>) -> Vec<(String, ErrorCode)> {
    let rejection = result.expect_err("an invalid dump");
    rejection.errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

fn document() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
}

/// A small valid dump of the account 111122223333: ada in the group staff, a role, a policy with two versions.
fn small() -> Value {
    json!({
        "UserDetailList": [{
            "Path": "/people/",
            "UserName": "ada",
            "UserId": "AIDAAAAAAAAAAAAAAAAAA",
            "Arn": "arn:aws:iam::111122223333:user/people/ada",
            "CreateDate": "2023-03-09T10:41:45Z",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document()}],
            "GroupList": ["staff"],
            "AttachedManagedPolicies": [
                {"PolicyName": "buckets", "PolicyArn": "arn:aws:iam::111122223333:policy/buckets"}
            ],
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/buckets"
            },
            "Tags": [{"Key": "team", "Value": "search"}]
        }],
        "GroupDetailList": [{
            "Path": "/",
            "GroupName": "staff",
            "GroupId": "AGPAAAAAAAAAAAAAAAAAA",
            "Arn": "arn:aws:iam::111122223333:group/staff",
            "CreateDate": "2023-03-09T10:41:45Z",
            "GroupPolicyList": [],
            "AttachedManagedPolicies": []
        }],
        "RoleDetailList": [{
            "Path": "/",
            "RoleName": "reader",
            "RoleId": "AROAAAAAAAAAAAAAAAAAA",
            "Arn": "arn:aws:iam::111122223333:role/reader",
            "CreateDate": "2023-03-09T10:41:45Z",
            "AssumeRolePolicyDocument": {"Statement": []},
            "InstanceProfileList": [{"InstanceProfileName": "reader-profile", "Roles": [{"anything": 1}]}],
            "RolePolicyList": [],
            "AttachedManagedPolicies": [],
            "Tags": [],
            "RoleLastUsed": {"LastUsedDate": "2023-05-01T00:00:00Z", "Region": "us-east-1"}
        }],
        "Policies": [{
            "PolicyName": "buckets",
            "PolicyId": "ANPAAAAAAAAAAAAAAAAAA",
            "Arn": "arn:aws:iam::111122223333:policy/buckets",
            "Path": "/",
            "DefaultVersionId": "v10",
            "AttachmentCount": 1,
            "PermissionsBoundaryUsageCount": null,
            "IsAttachable": true,
            "CreateDate": "2023-03-09T10:41:45Z",
            "UpdateDate": "2023-03-10T10:41:45Z",
            "PolicyVersionList": [
                {"VersionId": "v10", "IsDefaultVersion": true,
                 "CreateDate": "2023-03-10T10:41:45Z", "Document": document()},
                {"VersionId": "v9", "IsDefaultVersion": false,
                 "CreateDate": "2023-03-09T10:41:45Z", "Document": document()}
            ]
        }],
        "IsTruncated": false
    })
}

/// A second user, `bob`, of an account, with nothing but names.
fn bob(account: &str) -> Value {
    json!({
        "Path": "/",
        "UserName": "bob",
        "UserId": "AIDABBBBBBBBBBBBBBBBB",
        "Arn": format!("arn:aws:iam::{account}:user/bob"),
        "CreateDate": "2023-03-09T10:41:45Z"
    })
}

/// The list of one kind in a dump.
fn list(dump: &mut Value, kind: Kind) -> &mut Vec<Value> {
    dump[kind.list()].as_array_mut().expect("a list")
}
