//! AWS IAM User Guide, *IAM JSON policy elements: Condition operators*, *Conditions with multiple context keys or values* and
//! *Single-valued vs. multivalued context keys*.

use super::ask;
use crate::policy::Outcome;

/// Whether an Allow with this condition applies when the key `k` has these values (`None`: it is absent).
#[track_caller]
fn check(operator: &str, wanted: &str, actual: Option<&[&str]>, expected: bool) {
    let statement =
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"k":{wanted}}}}}}}"#);
    let mut question = ask().identity(&statement);
    if let Some(values) = actual {
        question = question.with("K", values);
    }
    let outcome = if expected { Outcome::Allow } else { Outcome::ImplicitDeny };
    assert_eq!(question.result(), Ok(outcome), "{operator} {wanted} against {actual:?}");
}

#[test]
fn string_operators() {
    for (operator, wanted, actual, expected) in [
        ("StringEquals", r#""a""#, "a", true),
        ("StringEquals", r#""a""#, "A", false),
        ("StringEquals", r#"["x","a"]"#, "a", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringEquals", r#""a*""#, "a*", true),
        ("StringEquals", "7", "7", true),
        ("StringEquals", "true", "true", true),
        ("StringNotEquals", r#""a""#, "b", true),
        ("StringNotEquals", r#""a""#, "a", false),
        ("StringNotEquals", r#"["a","b"]"#, "b", false),
        ("StringNotEquals", r#"["a","b"]"#, "c", true),
        ("StringEqualsIgnoreCase", r#""ÀB""#, "àb", true),
        ("StringEqualsIgnoreCase", r#""ab""#, "AB", true),
        ("StringNotEqualsIgnoreCase", r#""ab""#, "AB", false),
        ("StringNotEqualsIgnoreCase", r#""ab""#, "AC", true),
        ("StringLike", r#""a*c?""#, "abbcd", true),
        ("StringLike", r#""a*""#, "A", false),
        ("StringLike", r#""*""#, "", true),
        ("StringLike", r#"["x*","a*"]"#, "abc", true),
        ("StringNotLike", r#""a*""#, "b", true),
        ("StringNotLike", r#"["a*","b*"]"#, "bc", false),
    ] {
        check(operator, wanted, Some(&[actual]), expected);
    }
}

#[test]
fn numeric_operators() {
    for (operator, wanted, actual, expected) in [
        ("NumericEquals", r#""10""#, "10.0", true),
        ("NumericEquals", "10", "11", false),
        ("NumericNotEquals", "10", "10.00", false),
        ("NumericNotEquals", "[10, 11]", "12", true),
        ("NumericNotEquals", "[10, 11]", "11", false),
        ("NumericLessThan", "10", "9.99", true),
        ("NumericLessThan", "10", "10", false),
        ("NumericLessThanEquals", "10", "10", true),
        ("NumericLessThanEquals", "10", "10.1", false),
        ("NumericGreaterThan", "-1", "0", true),
        ("NumericGreaterThan", "0", "0", false),
        ("NumericGreaterThanEquals", "0", "0", true),
        ("NumericGreaterThanEquals", "0", "-0.1", false),
        ("NumericGreaterThan", "[100, 1]", "50", true),
        ("NumericEquals", r#""9007199254740993""#, "9007199254740992", false),
    ] {
        check(operator, wanted, Some(&[actual]), expected);
    }
}

#[test]
fn date_operators() {
    for (operator, wanted, actual, expected) in [
        ("DateEquals", "2024-05-01T00:00:00Z", "1714521600", true),
        ("DateEquals", "2024-05-01", "2024-05-01T02:00:00+02:00", true),
        ("DateNotEquals", "2024-05-01", "2024-05-01T00:00:01Z", true),
        ("DateNotEquals", "2024-05-01", "2024-05-01T00:00:00Z", false),
        ("DateLessThan", "2024-05-01T00:00:00Z", "2024-04-30T23:59:59Z", true),
        ("DateLessThan", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", false),
        ("DateLessThanEquals", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", true),
        ("DateGreaterThan", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00.001Z", true),
        ("DateGreaterThan", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", false),
        ("DateGreaterThanEquals", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", true),
        ("DateGreaterThanEquals", "2024-05-01T00:00:00Z", "2024-04-30T00:00:00Z", false),
    ] {
        check(operator, &format!("{wanted:?}"), Some(&[actual]), expected);
    }
}

#[test]
fn boolean_and_binary_operators() {
    for (operator, wanted, actual, expected) in [
        ("Bool", r#""true""#, "true", true),
        ("Bool", "true", "true", true),
        ("Bool", "false", "true", false),
        ("Bool", r#""TRUE""#, "True", true),
        ("Bool", "[true, false]", "false", true),
        ("BinaryEquals", r#""QmluYXJ5VmFsdWVJbkJhc2U2NA==""#, "QmluYXJ5VmFsdWVJbkJhc2U2NA==", true),
        ("BinaryEquals", r#""QmluYXJ5VmFsdWVJbkJhc2U2NA==""#, "QmluYXJ5VmFsdWVJbkJhc2U2NA", true),
        ("BinaryEquals", r#""AAAA""#, "AAAB", false),
    ] {
        check(operator, wanted, Some(&[actual]), expected);
    }
}

#[test]
fn address_operators() {
    for (operator, wanted, actual, expected) in [
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.113.7", true),
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.114.7", false),
        ("IpAddress", r#""203.0.113.7""#, "203.0.113.7", true),
        ("IpAddress", r#"["10.0.0.0/8","2001:DB8:1234:5678::/64"]"#, "2001:db8:1234:5678::1", true),
        ("IpAddress", r#""0.0.0.0/0""#, "::1", false),
        ("NotIpAddress", r#""10.0.0.0/8""#, "10.1.1.1", false),
        ("NotIpAddress", r#""10.0.0.0/8""#, "11.1.1.1", true),
        ("NotIpAddress", r#""10.0.0.0/8""#, "::1", true),
        ("NotIpAddress", r#"["10.0.0.0/8","11.0.0.0/8"]"#, "11.1.1.1", false),
    ] {
        check(operator, wanted, Some(&[actual]), expected);
    }
}

#[test]
fn arn_operators() {
    let topic = "arn:aws:sns:eu-west-1:111111111111:topic";
    for operator in ["ArnEquals", "ArnLike"] {
        for (wanted, actual, expected) in [
            (topic, topic, true),
            ("arn:aws:sns:*:111111111111:t*", topic, true),
            ("arn:aws:sns:*::topic", topic, false),
            ("arn:aws:sns:eu-west-?:*:topic", topic, true),
            ("arn:aws:sns:eu-west-1:111111111111:TOPIC", topic, false),
            ("arn:aws:sns:*:*:*", "topic", false),
        ] {
            check(operator, &format!("{wanted:?}"), Some(&[actual]), expected);
            let negated = operator.replace("Arn", "ArnNot");
            check(&negated, &format!("{wanted:?}"), Some(&[actual]), !expected);
        }
    }
}

#[test]
fn null_asks_whether_the_key_is_there() {
    check("Null", r#""true""#, None, true);
    check("Null", "true", Some(&["x"]), false);
    check("Null", "false", Some(&["x"]), true);
    check("Null", "false", None, false);
    check("Null", r#"["true","false"]"#, None, true);
    check("Null", "false", Some(&[]), false);
}

#[test]
fn a_missing_key_fails_positive_operators_and_satisfies_negated_ones() {
    for (positive, value) in [
        ("StringEquals", r#""a""#),
        ("StringEqualsIgnoreCase", r#""a""#),
        ("StringLike", r#""*""#),
        ("NumericEquals", "1"),
        ("NumericLessThan", "1"),
        ("DateEquals", r#""2024""#),
        ("DateGreaterThan", r#""2024""#),
        ("Bool", "true"),
        ("BinaryEquals", r#""AAAA""#),
        ("IpAddress", r#""0.0.0.0/0""#),
        ("ArnLike", r#""arn:*:*:*:*:*""#),
    ] {
        check(positive, value, None, false);
        check(&format!("{positive}IfExists"), value, None, true);
        check(&format!("ForAllValues:{positive}"), value, None, true);
        check(&format!("ForAnyValue:{positive}"), value, None, false);
        check(&format!("ForAnyValue:{positive}IfExists"), value, None, true);
    }
    for (negated, value) in [
        ("StringNotEquals", r#""a""#),
        ("StringNotEqualsIgnoreCase", r#""a""#),
        ("StringNotLike", r#""*""#),
        ("NumericNotEquals", "1"),
        ("DateNotEquals", r#""2024""#),
        ("NotIpAddress", r#""0.0.0.0/0""#),
        ("ArnNotEquals", r#""arn:*:*:*:*:*""#),
        ("ArnNotLike", r#""arn:*:*:*:*:*""#),
    ] {
        check(negated, value, None, true);
        check(&format!("{negated}IfExists"), value, None, true);
        check(&format!("ForAllValues:{negated}"), value, None, true);
        check(&format!("ForAnyValue:{negated}"), value, None, false);
    }
}

#[test]
fn if_exists_changes_nothing_when_the_key_is_there() {
    check("StringEqualsIfExists", r#""a""#, Some(&["b"]), false);
    check("StringEqualsIfExists", r#""a""#, Some(&["a"]), true);
    check("StringNotEqualsIfExists", r#""a""#, Some(&["a"]), false);
    check("BoolIfExists", "true", Some(&["false"]), false);
}

/// The table of the page on set operators.
#[test]
fn set_operators() {
    let three = r#"["PostDateTime","Message","Tags"]"#;
    check("ForAllValues:StringEquals", three, Some(&["PostDateTime", "Message"]), true);
    check("ForAllValues:StringEquals", three, Some(&["PostDateTime", "UserName"]), false);
    check("ForAnyValue:StringEquals", three, Some(&["PostDateTime", "UserName"]), true);
    check("ForAnyValue:StringEquals", three, Some(&["ID", "UserName"]), false);
    check("ForAllValues:StringLike", r#""Created*""#, Some(&["CreatedBy", "CreatedAt"]), true);
    check("ForAllValues:StringNotEquals", r#"["a","b"]"#, Some(&["c", "d"]), true);
    check("ForAllValues:StringNotEquals", r#"["a","b"]"#, Some(&["c", "a"]), false);
    check("ForAnyValue:StringNotEquals", r#"["a","b"]"#, Some(&["c", "a"]), true);
    check("ForAnyValue:StringNotEquals", r#"["a","b"]"#, Some(&["a", "b"]), false);
    check("ForAllValues:NumericLessThan", "10", Some(&["1", "9"]), true);
    check("ForAnyValue:IpAddress", r#""10.0.0.0/8""#, Some(&["11.0.0.1", "10.0.0.1"]), true);
    // A set of empty strings is an empty set.
    check("ForAllValues:StringEquals", r#""a""#, Some(&[""]), true);
    check("ForAnyValue:StringNotEquals", r#""a""#, Some(&[""]), false);
}

#[test]
fn operators_and_keys_are_joined_by_and() {
    let both = r#"{"Effect":"Allow","Action":"*","Resource":"*",
        "Condition":{"StringEquals":{"a":"1","b":["2","3"]},"NumericLessThan":{"c":5}}}"#;
    let question = |a: &str, b: &str, c: &str| ask().identity(both).with("a", &[a]).with("B", &[b]).with("c", &[c]);
    question("1", "3", "4").gets(Outcome::Allow);
    question("1", "4", "4").gets(Outcome::ImplicitDeny);
    question("0", "3", "4").gets(Outcome::ImplicitDeny);
    question("1", "3", "5").gets(Outcome::ImplicitDeny);
}

/// *Variables and tags*: variables are filled in for string and ARN operators, and for Bool by the page on operators.
#[test]
fn variables_in_condition_values() {
    let home = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"s3:prefix":["home/${aws:username}/*"]}}}"#;
    ask().identity(home).with("aws:username", &["ada"]).with("s3:prefix", &["home/ada/x"]).gets(Outcome::Allow);
    ask().identity(home).with("aws:username", &["bob"]).with("s3:prefix", &["home/ada/x"]).gets(Outcome::ImplicitDeny);
    ask().identity(home).with("s3:prefix", &["home/ada/x"]).gets(Outcome::ImplicitDeny);
    let tags = r#"{"Effect":"Allow","Action":"*","Resource":"*",
        "Condition":{"StringEqualsIgnoreCase":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}"#;
    ask()
        .identity(tags)
        .with("aws:resourcetag/TEAM", &["X"])
        .with("aws:principaltag/Team", &["x"])
        .gets(Outcome::Allow);
    ask().identity(tags).with("aws:resourcetag/TEAM", &["X"]).gets(Outcome::ImplicitDeny);
    // A dropped value matches nothing, which satisfies a negated operator.
    let differ = r#"{"Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{"StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}"#;
    ask().identity(differ).with("aws:resourcetag/team", &["x"]).gets(Outcome::ExplicitDeny);
    let flag = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"${b}"}}}"#;
    ask().identity(flag).with("a", &["true"]).with("b", &["TRUE"]).gets(Outcome::Allow);
}
