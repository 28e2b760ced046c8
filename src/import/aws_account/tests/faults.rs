//! Everything that is refused: each fault is one error, with its place and its code.

use proptest::prelude::*;

use super::*;

/// One way to spoil the small dump, and the one error that must come of it.
type Case = (&'static str, ErrorCode, fn(&mut Value));

#[test]
fn each_fault_is_one_error_at_its_place() {
    let cases: &[Case] = &[
        // Wrong shapes.
        ("/UserDetailList", ErrorCode::WrongType, |dump| dump["UserDetailList"] = json!({"0": 1})),
        ("/UserDetailList/0", ErrorCode::WrongType, |dump| dump["UserDetailList"][0] = json!(["ada"])),
        ("/UserDetailList/1", ErrorCode::WrongType, |dump| list(dump, Kind::User).push(Value::Null)),
        ("/UserDetailList/0/UserName", ErrorCode::WrongType, |dump| dump["UserDetailList"][0]["UserName"] = 5.into()),
        ("/UserDetailList/0/UserName", ErrorCode::MissingField, |dump| remove(dump, "/UserDetailList/0", "UserName")),
        ("/UserDetailList/0/Arn", ErrorCode::MissingField, |dump| remove(dump, "/UserDetailList/0", "Arn")),
        ("/UserDetailList/0/UserId", ErrorCode::MissingField, |dump| remove(dump, "/UserDetailList/0", "UserId")),
        ("/UserDetailList/0/CreateDate", ErrorCode::MissingField, |dump| {
            dump["UserDetailList"][0]["CreateDate"] = Value::Null;
        }),
        ("/UserDetailList/0/GroupList", ErrorCode::WrongType, |dump| {
            dump["UserDetailList"][0]["GroupList"] = "staff".into()
        }),
        ("/UserDetailList/0/GroupList/1", ErrorCode::WrongType, |dump| {
            dump["UserDetailList"][0]["GroupList"] = json!(["staff", {}]);
        }),
        ("/UserDetailList/0/Tags/0", ErrorCode::WrongType, |dump| dump["UserDetailList"][0]["Tags"] = json!(["team"])),
        ("/UserDetailList/0/Tags/0/Value", ErrorCode::MissingField, |dump| {
            remove(dump, "/UserDetailList/0/Tags/0", "Value")
        }),
        ("/UserDetailList/0/UserPolicyList/0/PolicyDocument", ErrorCode::MissingField, |dump| {
            remove(dump, "/UserDetailList/0/UserPolicyList/0", "PolicyDocument");
        }),
        ("/UserDetailList/0/AttachedManagedPolicies/0/PolicyArn", ErrorCode::MissingField, |dump| {
            remove(dump, "/UserDetailList/0/AttachedManagedPolicies/0", "PolicyArn");
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::MissingField, |dump| {
            remove(dump, "/RoleDetailList/0", "AssumeRolePolicyDocument");
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::WrongType, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = json!([document()]);
        }),
        ("/RoleDetailList/0/RoleLastUsed", ErrorCode::WrongType, |dump| {
            dump["RoleDetailList"][0]["RoleLastUsed"] = true.into()
        }),
        ("/Policies/0/IsAttachable", ErrorCode::WrongType, |dump| dump["Policies"][0]["IsAttachable"] = "yes".into()),
        // Names.
        ("/UserDetailList/0/UserName", ErrorCode::InvalidName, |dump| {
            dump["UserDetailList"][0]["UserName"] = "a da".into()
        }),
        ("/UserDetailList/0/UserName", ErrorCode::InvalidName, |dump| {
            dump["UserDetailList"][0]["UserName"] = "".into()
        }),
        ("/RoleDetailList/0/RoleName", ErrorCode::InvalidName, |dump| {
            dump["RoleDetailList"][0]["RoleName"] = "r".repeat(65).into();
        }),
        ("/UserDetailList/0/GroupList/0", ErrorCode::InvalidName, |dump| {
            dump["UserDetailList"][0]["GroupList"] = json!(["<script>"]);
        }),
        ("/UserDetailList/0/UserPolicyList/0/PolicyName", ErrorCode::InvalidName, |dump| {
            dump["UserDetailList"][0]["UserPolicyList"][0]["PolicyName"] = "n".repeat(129).into();
        }),
        ("/RoleDetailList/0/InstanceProfileList/0/InstanceProfileName", ErrorCode::InvalidName, |dump| {
            dump["RoleDetailList"][0]["InstanceProfileList"][0]["InstanceProfileName"] = "a/b".into();
        }),
        ("/UserDetailList/0/UserName", ErrorCode::NulCharacter, |dump| {
            dump["UserDetailList"][0]["UserName"] = "a\0".into()
        }),
        ("/UserDetailList/0/Tags/0/Value", ErrorCode::NulCharacter, |dump| {
            dump["UserDetailList"][0]["Tags"][0]["Value"] = "\0".into();
        }),
        ("/UserDetailList/0/Path", ErrorCode::InvalidPath, |dump| dump["UserDetailList"][0]["Path"] = "people".into()),
        ("/UserDetailList/0/UserId", ErrorCode::InvalidId, |dump| dump["UserDetailList"][0]["UserId"] = "".into()),
        ("/UserDetailList/0/UserId", ErrorCode::InvalidId, |dump| {
            dump["UserDetailList"][0]["UserId"] = "a\u{202e}b".into()
        }),
        // ARNs.
        ("/UserDetailList/0/Arn", ErrorCode::InvalidArn, |dump| dump["UserDetailList"][0]["Arn"] = "ada".into()),
        ("/UserDetailList/0/Arn", ErrorCode::InvalidArn, |dump| {
            dump["UserDetailList"][0]["Arn"] = "arn:aws:iam::111122223333:user/people/bob".into();
        }),
        ("/GroupDetailList/0/Arn", ErrorCode::InvalidArn, |dump| {
            dump["GroupDetailList"][0]["Arn"] = "arn:aws:iam::111122223333:user/staff".into();
        }),
        ("/Policies/0/Arn", ErrorCode::InvalidArn, |dump| {
            dump["Policies"][0]["Arn"] = "arn:aws:iam::1:policy/buckets".into()
        }),
        ("/UserDetailList/0/PermissionsBoundary/PermissionsBoundaryArn", ErrorCode::InvalidArn, |dump| {
            dump["UserDetailList"][0]["PermissionsBoundary"]["PermissionsBoundaryArn"] = "buckets".into();
        }),
        // Values.
        ("/UserDetailList/0/CreateDate", ErrorCode::InvalidTimestamp, |dump| {
            dump["UserDetailList"][0]["CreateDate"] = "yesterday".into();
        }),
        ("/RoleDetailList/0/RoleLastUsed/LastUsedDate", ErrorCode::InvalidTimestamp, |dump| {
            dump["RoleDetailList"][0]["RoleLastUsed"]["LastUsedDate"] = "2023-13-01T00:00:00Z".into();
        }),
        ("/RoleDetailList/0/MaxSessionDuration", ErrorCode::InvalidValue, |dump| {
            dump["RoleDetailList"][0]["MaxSessionDuration"] = 60.into();
        }),
        ("/RoleDetailList/0/Description", ErrorCode::LimitExceeded, |dump| {
            dump["RoleDetailList"][0]["Description"] = "é".repeat(1001).into();
        }),
        ("/UserDetailList/0/Tags/0/Key", ErrorCode::InvalidValue, |dump| {
            dump["UserDetailList"][0]["Tags"][0]["Key"] = "".into()
        }),
        ("/UserDetailList/0/Tags/0/Key", ErrorCode::LimitExceeded, |dump| {
            dump["UserDetailList"][0]["Tags"][0]["Key"] = "k".repeat(129).into();
        }),
        ("/UserDetailList/0/Tags", ErrorCode::LimitExceeded, |dump| {
            let tag = |number: u32| json!({"Key": number.to_string(), "Value": ""});
            dump["UserDetailList"][0]["Tags"] = (0..51).map(tag).collect();
        }),
        // Twice the same.
        ("/UserDetailList/1", ErrorCode::Duplicate, |dump| {
            let same = dump["UserDetailList"][0].clone();
            list(dump, Kind::User).push(same);
        }),
        ("/UserDetailList/1", ErrorCode::Duplicate, |dump| {
            let mut other = bob("111122223333");
            other["UserName"] = "ADA".into();
            other["Arn"] = "arn:aws:iam::111122223333:user/ADA".into();
            list(dump, Kind::User).push(other);
        }),
        ("/UserDetailList/1", ErrorCode::Duplicate, |dump| {
            let mut other = bob("111122223333");
            other["UserId"] = dump["UserDetailList"][0]["UserId"].clone();
            list(dump, Kind::User).push(other);
        }),
        ("/UserDetailList/1", ErrorCode::Duplicate, |dump| {
            let mut other = bob("444455556666");
            other["UserName"] = "ada".into();
            other["Arn"] = "arn:aws:iam::444455556666:user/ada".into();
            list(dump, Kind::User).push(other);
        }),
        ("/UserDetailList/0/GroupList/1", ErrorCode::Duplicate, |dump| {
            dump["UserDetailList"][0]["GroupList"] = json!(["staff", "Staff"]);
        }),
        ("/UserDetailList/0/AttachedManagedPolicies/1/PolicyArn", ErrorCode::Duplicate, |dump| {
            let same = dump["UserDetailList"][0]["AttachedManagedPolicies"][0].clone();
            dump["UserDetailList"][0]["AttachedManagedPolicies"].as_array_mut().unwrap().push(same);
        }),
        ("/UserDetailList/0/UserPolicyList/1/PolicyName", ErrorCode::Duplicate, |dump| {
            let same = dump["UserDetailList"][0]["UserPolicyList"][0].clone();
            dump["UserDetailList"][0]["UserPolicyList"].as_array_mut().unwrap().push(same);
        }),
        ("/UserDetailList/0/Tags/1/Key", ErrorCode::Duplicate, |dump| {
            dump["UserDetailList"][0]["Tags"].as_array_mut().unwrap().push(json!({"Key": "TEAM", "Value": ""}));
        }),
        // References that lead nowhere.
        ("/UserDetailList/0/GroupList/0", ErrorCode::UnknownGroup, |dump| {
            dump["UserDetailList"][0]["GroupList"] = json!(["nobody"]);
        }),
        ("/UserDetailList/0/AttachedManagedPolicies/1/PolicyArn", ErrorCode::UnknownPolicy, |dump| {
            let gone = json!({"PolicyName": "gone", "PolicyArn": "arn:aws:iam::111122223333:policy/gone"});
            dump["UserDetailList"][0]["AttachedManagedPolicies"].as_array_mut().unwrap().push(gone);
        }),
        ("/UserDetailList/0/PermissionsBoundary/PermissionsBoundaryArn", ErrorCode::UnknownPolicy, |dump| {
            dump["UserDetailList"][0]["PermissionsBoundary"]["PermissionsBoundaryArn"] =
                "arn:aws:iam::111122223333:policy/Buckets".into();
        }),
        // Versions.
        ("/Policies/0/DefaultVersionId", ErrorCode::DefaultVersion, |dump| {
            dump["Policies"][0]["DefaultVersionId"] = "v9".into()
        }),
        ("/Policies/0/DefaultVersionId", ErrorCode::DefaultVersion, |dump| {
            dump["Policies"][0]["PolicyVersionList"] = json!([]);
        }),
        ("/Policies/0/DefaultVersionId", ErrorCode::DefaultVersion, |dump| {
            dump["Policies"][0]["PolicyVersionList"][0]["IsDefaultVersion"] = false.into();
        }),
        ("/Policies/0/DefaultVersionId", ErrorCode::DefaultVersion, |dump| {
            dump["Policies"][0]["PolicyVersionList"][1]["IsDefaultVersion"] = true.into();
        }),
        ("/Policies/0/PolicyVersionList/1/VersionId", ErrorCode::Duplicate, |dump| {
            dump["Policies"][0]["PolicyVersionList"][1]["VersionId"] = "v10".into();
        }),
        ("/Policies/0/PolicyVersionList/1/VersionId", ErrorCode::InvalidValue, |dump| {
            dump["Policies"][0]["PolicyVersionList"][1]["VersionId"] = "nine".into();
        }),
        // Documents.
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::InvalidPolicy, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = "{\"Statement\": [".into();
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::InvalidPolicy, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = "%7B%zz".into();
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::InvalidPolicy, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = "%5B%5D".into();
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::NulCharacter, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] = "%7B%00%7D".into();
        }),
        ("/RoleDetailList/0/AssumeRolePolicyDocument", ErrorCode::Oversized, |dump| {
            dump["RoleDetailList"][0]["AssumeRolePolicyDocument"] =
                json!({"Statement": "x".repeat(MAX_DOCUMENT_BYTES)});
        }),
        ("/UserDetailList/0", ErrorCode::Oversized, |dump| {
            dump["UserDetailList"][0]["Padding"] = "x".repeat(MAX_ENTRY_BYTES).into();
        }),
        ("/UserDetailList/0", ErrorCode::TooDeep, |dump| {
            dump["UserDetailList"][0]["Nest"] = (0..MAX_DEPTH).fold(Value::Null, |inner, _| json!([inner]));
        }),
        ("/UserDetailList/0", ErrorCode::LimitExceeded, |dump| {
            for number in 0..200 {
                dump["UserDetailList"][0][format!("Field{number}")] = 1.into();
            }
        }),
    ];
    for (pointer, code, spoil) in cases {
        let mut dump = small();
        spoil(&mut dump);
        assert_eq!(faults(open(&dump)), [((*pointer).to_owned(), *code)], "{pointer} {code}");
    }
}

fn remove(dump: &mut Value, pointer: &str, key: &str) {
    let object = dump.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
    object.remove(key).expect("a field of the small dump");
}

#[test]
fn what_is_not_json_is_one_error_with_line_and_column() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"", "", "line 1, column 1: the file is empty"),
        (b"  \n ", "", "line 2, column 2"),
        (b"{", "", "line 1, column 2"),
        (b"{]", "", "line 1, column 2: expected a key or `}`"),
        (b"{\"UserDetailList\": [\n  {\"a\": 1,}\n]}", "/UserDetailList/0", "line 2, column 11"),
        (b"{\"UserDetailList\": [\n  {\"a\": tru}\n]}", "/UserDetailList/0", "line 2, column 12"),
        (b"{\"UserDetailList\": [{\n\"a\": \"\x01\"}]}", "/UserDetailList/0", "line 2, column 6"),
        (b"{\"UserDetailList\": [{\"a\": \"\xff\"}]}", "/UserDetailList/0", "line 1, column 2"),
        (
            b"{\"UserDetailList\": [{\"a\": 1] ]}",
            "/UserDetailList/0",
            "line 1, column 28: expected another closing bracket",
        ),
        (b"{\"UserDetailList\": [,]}", "/UserDetailList/0", "expected a value"),
        (b"{\"UserDetailList\": []} {}", "", "line 1, column 24: expected the end of the file"),
        (b"{\"UserDetailList\": [],}", "", "expected a key"),
        (b"{\"UserDetailList\" []}", "", "expected `:`"),
        (b"{\"UserDetailList\": [] \"b\": 1}", "", "expected `,` or `}`"),
        (b"{\"Marker\": nul}", "/Marker", "line 1"),
        (b"not json", "", "line 1, column "),
        (b"\xff\xfe{\x00}\x00", "", "UTF-16"),
    ];
    for (file, pointer, message) in cases {
        let rejection = open_with(*file, None).expect_err("no JSON");
        let [error] = rejection.errors.as_slice() else { panic!("{rejection:?}") };
        assert_eq!((error.code, error.pointer.as_str()), (ErrorCode::MalformedJson, *pointer), "{error}");
        assert!(error.message.contains(message), "{error}, expected {message}");
    }
}

#[test]
fn json_that_is_no_dump_is_one_error_at_the_file() {
    for (file, code) in [
        ("[]", ErrorCode::WrongType),
        ("17", ErrorCode::WrongType),
        ("\"{}\"", ErrorCode::WrongType),
        ("null", ErrorCode::WrongType),
        ("{}", ErrorCode::MissingField),
        (r#"{"Users": []}"#, ErrorCode::MissingField),
    ] {
        assert_eq!(faults(open_with(file, None)), [(String::new(), code)], "{file}");
    }
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let file = small().to_string();
    let twice = file.replacen("\"UserName\":", "\"UserName\":\"eve\",\"UserName\":", 1);
    let expected = [("/UserDetailList/0/UserName".to_owned(), ErrorCode::DuplicateKey)];
    assert_eq!(faults(open_with(twice, None)), expected);

    let twice = file.replacen('{', "{\"UserDetailList\":[],", 1);
    assert_eq!(faults(open_with(twice, None)), [("/UserDetailList".to_owned(), ErrorCode::DuplicateKey)]);
}

#[test]
fn an_unpaired_surrogate_is_refused_where_it_stands() {
    let file = small().to_string().replace("\"search\"", r#""\ud800""#);
    assert_eq!(
        faults(open_with(file, None)),
        [("/UserDetailList/0/Tags/0/Value".to_owned(), ErrorCode::MalformedJson)]
    );
}

#[test]
fn every_fault_of_a_dump_is_told_at_once() {
    let mut dump = small();
    dump["UserDetailList"][0]["CreateDate"] = "never".into();
    dump["UserDetailList"][0]["GroupList"] = json!(["staff", "nobody"]);
    dump["RoleDetailList"][0]["RoleName"] = "".into();
    let mut found = faults(open(&dump));
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("/RoleDetailList/0/RoleName", ErrorCode::InvalidName),
        ("/UserDetailList/0/CreateDate", ErrorCode::InvalidTimestamp),
        ("/UserDetailList/0/GroupList/1", ErrorCode::UnknownGroup),
    ];
    assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn a_fault_in_a_target_is_not_told_again_by_what_refers_to_it() {
    let mut dump = small();
    dump["GroupDetailList"][0]["CreateDate"] = "never".into();
    dump["Policies"][0]["Arn"] = "nonsense".into();
    let expected =
        [("/GroupDetailList/0/CreateDate", ErrorCode::InvalidTimestamp), ("/Policies/0/Arn", ErrorCode::InvalidArn)];
    assert_eq!(faults(open(&dump)), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn every_use_of_something_absent_has_its_place() {
    let mut dump = small();
    list(&mut dump, Kind::Policy).clear();
    let expected = [
        "/UserDetailList/0/AttachedManagedPolicies/0/PolicyArn",
        "/UserDetailList/0/PermissionsBoundary/PermissionsBoundaryArn",
    ];
    assert_eq!(faults(open(&dump)), expected.map(|pointer| (pointer.to_owned(), ErrorCode::UnknownPolicy)));
}

#[test]
fn a_group_of_another_account_is_no_group_of_the_user() {
    let mut dump = small();
    let mut other = bob("444455556666");
    other["GroupList"] = json!(["staff"]);
    list(&mut dump, Kind::User).push(other);
    assert_eq!(faults(open(&dump)), [("/UserDetailList/1/GroupList/0".to_owned(), ErrorCode::UnknownGroup)]);
}

#[test]
fn a_name_in_two_accounts_is_refused_until_one_is_chosen() {
    let mut dump = small();
    let mut other = bob("444455556666");
    other["UserName"] = "ada".into();
    other["Arn"] = "arn:aws:iam::444455556666:user/ada".into();
    list(&mut dump, Kind::User).push(other);

    let rejection = open(&dump).expect_err("two of a name");
    let message = &rejection.errors[0].message;
    assert!(message.contains("111122223333") && message.contains("444455556666"), "{message}");
    assert!(message.contains("/UserDetailList/0"), "{message}");

    for (account, users) in [("111122223333", 1), ("444455556666", 1)] {
        let dump = open_with(dump.to_string(), Some(account)).expect("one account is valid");
        assert_eq!(
            (dump.summary().counts.users, dump.summary().accounts.as_slice()),
            (users, [account.to_owned()].as_slice())
        );
    }
    assert_eq!(faults(open_with(dump.to_string(), Some("777788889999"))), [(String::new(), ErrorCode::UnknownAccount)]);
}

#[test]
fn the_policy_engine_has_the_last_word_on_documents() {
    let check = |text: &str, usage: PolicyUse| match usage {
        PolicyUse::Managed if text.contains("s3:*") => {
            Err(PolicyFault { pointer: "/Statement/0/Action".into(), message: "No.".into() })
        }
        _ => Ok(()),
    };
    let options = Options { account: None, check_policy: &check };
    let mut dump = small();
    dump["Policies"][0]["PolicyVersionList"][1]["Document"] = document().to_string().into();
    let rejection = Dump::open(Cursor::new(dump.to_string()), &options).expect_err("unreadable documents");
    let found: Vec<_> =
        rejection.errors.iter().map(|error| (error.pointer.as_str(), error.code, error.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("/Policies/0/PolicyVersionList/0/Document/Statement/0/Action", ErrorCode::InvalidPolicy, "No."),
            (
                "/Policies/0/PolicyVersionList/1/Document",
                ErrorCode::InvalidPolicy,
                "At /Statement/0/Action in the document: No."
            ),
        ]
    );
}

#[test]
fn errors_are_listed_up_to_a_limit() {
    let mut dump = small();
    for number in 0..500 {
        let mut user = bob("111122223333");
        user["UserName"] = format!("not a name {number}").into();
        list(&mut dump, Kind::User).push(user);
    }
    let rejection = open(&dump).expect_err("an invalid dump");
    assert_eq!((rejection.errors.len(), rejection.more), (MAX_LISTED, true));
}

#[test]
fn errors_are_written_as_pointer_code_and_message() {
    let rejection = open_with("{}", None).expect_err("no dump");
    let json = serde_json::to_value(&rejection).unwrap();
    assert_eq!(json["errors"][0]["code"], "missing_field");
    let keys: Vec<&str> = json["errors"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, json.as_object().unwrap().len()), (vec!["code", "message", "pointer"], 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever happens to a byte or a stretch of the file, reading ends with entries or with errors.
    #[test]
    fn no_damage_makes_it_panic(
        at in 0.0..1.0_f64,
        length in 0_usize..40,
        with in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut file = small().to_string().into_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let start = (at * file.len() as f64) as usize;
        let end = (start + length).min(file.len());
        file.splice(start..end, with);
        match open_with(file, None) {
            Ok(mut dump) => prop_assert!(dump.entries(&Kind::ALL).unwrap().all(|found| found.is_ok())),
            Err(rejection) => prop_assert!(!rejection.errors.is_empty()),
        }
    }
}
