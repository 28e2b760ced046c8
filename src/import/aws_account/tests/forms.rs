//! What is the same dump written differently.

use super::*;

/// URL-encodes by RFC 3986: all but the unreserved characters.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// Replaces every document by `form` of its text.
fn with_documents(value: &mut Value, form: &dyn Fn(&str) -> Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if ["Document", "PolicyDocument", "AssumeRolePolicyDocument"].contains(&key.as_str()) {
                    *value = form(&value.to_string());
                } else {
                    with_documents(value, form);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| with_documents(element, form)),
        _ => {}
    }
}

#[test]
fn documents_are_read_from_objects_encoded_strings_and_plain_strings_alike() {
    let expected = entries(&small());
    for form in [|text: &str| Value::from(encoded(text)), |text: &str| Value::from(text)] {
        let mut dump = small();
        with_documents(&mut dump, &form);
        assert_eq!(entries(&dump), expected, "{dump}");
    }
}

#[test]
fn a_document_in_a_string_keeps_its_white_space_and_its_percent_signs() {
    let text = "\n{ \"Statement\" : [ \"100%25 é\" ] }\n";
    for form in [encoded(text), text.to_owned()] {
        let mut dump = small();
        list(&mut dump, Kind::Role)[0]["AssumeRolePolicyDocument"] = Value::from(form);
        let trust = entries(&dump).into_iter().find_map(|entry| match entry {
            Entry::Role(role) => Some(role.trust_policy),
            _ => None,
        });
        assert_eq!(trust.as_deref(), Some(text));
    }
}

#[test]
fn every_form_of_time_gives_the_same_entries() {
    let expected = entries(&small());
    let file = small().to_string();
    for (from, to) in [("T10:41:45Z", " 10:41:45+00:00"), ("T10:41:45Z", "T12:41:45.000+02:00")] {
        let changed: Value = serde_json::from_str(&file.replace(from, to)).unwrap();
        assert_eq!(entries(&changed), expected, "{to}");
    }
}

#[test]
fn order_does_not_matter() {
    let other = json!({"PolicyName": "Audit", "PolicyArn": "arn:aws:iam::aws:policy/Audit"});
    let mut dump = small();
    let mut second_group = list(&mut dump, Kind::Group)[0].clone();
    for (key, value) in [("GroupName", "all"), ("GroupId", "AGPAB"), ("Arn", "arn:aws:iam::111122223333:group/all")] {
        second_group[key] = value.into();
    }
    list(&mut dump, Kind::Group).push(second_group);
    let user = &mut list(&mut dump, Kind::User)[0];
    user["GroupList"] = json!(["staff", "all"]);
    user["AttachedManagedPolicies"].as_array_mut().unwrap().push(other);
    user["Tags"].as_array_mut().unwrap().push(json!({"Key": "a", "Value": ""}));
    let expected = entries(&dump);

    fn reverse(value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(reverse),
            Value::Array(elements) => {
                elements.reverse();
                elements.iter_mut().for_each(reverse);
            }
            _ => {}
        }
    }
    reverse(&mut dump);
    let mut reversed = entries(&dump);
    assert_ne!(reversed, expected, "the two groups changed places");
    let by_arn = |a: &Entry, b: &Entry| a.identity().arn.cmp(&b.identity().arn);
    let mut expected = expected;
    expected.sort_by(by_arn);
    reversed.sort_by(by_arn);
    assert_eq!(reversed, expected);
}

#[test]
fn versions_are_sorted_by_number_and_the_default_is_known() {
    let policy = entries(&small()).into_iter().find_map(|entry| match entry {
        Entry::Policy(policy) => Some(policy),
        _ => None,
    });
    let policy = policy.expect("a policy");
    let ids: Vec<&str> = policy.versions.iter().map(|version| version.version_id.as_str()).collect();
    assert_eq!((ids.as_slice(), policy.default_version_id.as_str()), (["v9", "v10"].as_slice(), "v10"));
}

#[test]
fn absent_and_null_lists_are_empty() {
    let mut dump = small();
    list(&mut dump, Kind::User)[0] = bob("111122223333");
    list(&mut dump, Kind::User)[0]["Tags"] = Value::Null;
    let Some(Entry::User(user)) = entries(&dump).into_iter().find(|entry| entry.kind() == Kind::User) else {
        panic!("no user")
    };
    assert_eq!((user.grants, user.groups, user.tags, user.boundary), (Grants::default(), vec![], vec![], None));
}

#[test]
fn a_path_that_is_not_told_is_read_from_the_arn() {
    let mut dump = small();
    list(&mut dump, Kind::User)[0].as_object_mut().unwrap().remove("Path");
    assert_eq!(entries(&dump), entries(&small()));
}

#[test]
fn what_aws_accepts_is_accepted() {
    let mut dump = small();
    let policy = &mut list(&mut dump, Kind::Policy)[0];
    // 80 KB of document, an old kind of id, a path with a colon and an empty step.
    let actions: Vec<String> = (0..4000).map(|number| format!("service:Action{number:04}")).collect();
    policy["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"] = json!(actions);
    policy["PolicyId"] = "NotYourPolicy".into();
    let user = &mut list(&mut dump, Kind::User)[0];
    user["Path"] = "/a:b//c/".into();
    user["Arn"] = "arn:aws:iam::111122223333:user/a:b//c/ada".into();
    user["UserId"] = "obama".into();
    user["Tags"] = json!([{"Key": "aws:cloudformation:stack-name", "Value": "ünïcödé <script>"}]);
    // An account may have a policy of the same name as one of AWS's.
    let mut aws = list(&mut dump, Kind::Policy)[0].clone();
    aws["Arn"] = "arn:aws:iam::aws:policy/buckets".into();
    aws["PolicyId"] = "ANPAIAWS".into();
    list(&mut dump, Kind::Policy).push(aws);
    assert_eq!(entries(&dump).len(), 5);
}

#[test]
fn a_byte_order_mark_and_unknown_keys_are_passed_over() {
    let mut dump = small();
    dump["Marker"] = json!({"deep": [1, {"er": "…]}"}]});
    list(&mut dump, Kind::User)[0]["NewField"] = json!([1, 2]);
    let file = format!("\u{feff}\r\n\t {dump}\r\n");
    assert_eq!(open_with(file, None).expect("a valid dump").summary().counts.users, 1);
}

#[test]
fn a_policy_of_aws_that_is_not_there_is_a_warning_at_its_first_use() {
    let mut dump = small();
    let audit = json!({"PolicyName": "Audit", "PolicyArn": "arn:aws:iam::aws:policy/job-function/Audit"});
    list(&mut dump, Kind::Group)[0]["AttachedManagedPolicies"] = json!([audit]);
    let user = &mut list(&mut dump, Kind::User)[0];
    user["PermissionsBoundary"]["PermissionsBoundaryArn"] = "arn:aws:iam::aws:policy/job-function/Audit".into();
    user["AttachedManagedPolicies"] = json!([audit]);

    let dump = open(&dump).expect("a valid dump");
    let Summary { unknown_policies, warnings, counts, .. } = dump.summary();
    // Lists are read in the order of the file, which here is the alphabet's.
    let pointer = "/GroupDetailList/0/AttachedManagedPolicies/0/PolicyArn";
    let arn = "arn:aws:iam::aws:policy/job-function/Audit";
    assert_eq!(unknown_policies, &[UnknownPolicy { arn: arn.into(), pointer: pointer.into(), uses: 3 }]);
    assert_eq!((warnings.len(), warnings[0].code), (1, WarningCode::DocumentUnknown));
    assert_eq!((warnings[0].pointer.as_str(), warnings[0].message.contains(arn)), (pointer, true));
    assert_eq!((counts.attachments, counts.boundaries), (2, 1), "what is unknown is kept");
}

#[test]
fn small_contradictions_are_warnings() {
    let mut dump = small();
    dump["IsTruncated"] = true.into();
    let user = &mut list(&mut dump, Kind::User)[0];
    user["Path"] = "/elsewhere/".into();
    user["AttachedManagedPolicies"][0]["PolicyName"] = "other".into();
    let dump = open(&dump).expect("a valid dump");
    let warnings: Vec<_> = dump.summary().warnings.iter().map(|found| (found.pointer.as_str(), found.code)).collect();
    assert_eq!(
        warnings,
        [
            ("/IsTruncated", WarningCode::IncompleteDump),
            ("/UserDetailList/0/Path", WarningCode::PathMismatch),
            ("/UserDetailList/0/AttachedManagedPolicies/0/PolicyName", WarningCode::NameMismatch),
        ]
    );
}

#[test]
fn entries_of_chosen_kinds_come_with_their_place() {
    let mut dump = open(&small()).unwrap();
    let places = |dump: &mut Dump<_>, kinds: &[Kind]| -> Vec<String> {
        dump.entries(kinds).unwrap().map(|found| found.unwrap().0.to_string()).collect()
    };
    assert_eq!(places(&mut dump, &[Kind::Policy, Kind::User]), ["/Policies/0", "/UserDetailList/0"]);
    assert_eq!(places(&mut dump, &[Kind::Group]), ["/GroupDetailList/0"]);
}

#[test]
fn entries_survive_being_stored_as_json() {
    for entry in entries(&small()) {
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry, "{text}");
    }
}
