//! AWS IAM User Guide, *IAM JSON policy elements: Action*, *NotAction*, *Resource*, *NotResource* and *Version*; and the two names
//! of a thing.

use super::{ADA, ask};
use crate::policy::{Outcome, Principal, Resource};

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow",{action},{resource}}}"#)
}

#[track_caller]
fn check(element: &str, action: &str, expected: bool) {
    let question = ask().identity(&allow(element, r#""Resource":"*""#)).to(action);
    assert_eq!(question.result().map(Outcome::is_allow), Ok(expected), "{element} on {action}");
}

#[test]
fn actions_match_without_case() {
    check(r#""Action":"s3:GetObject""#, "S3:getobject", true);
    check(r#""Action":"S3:GETOBJECT""#, "s3:GetObject", true);
    check(r#""Action":"s3:Get*""#, "s3:GetObject", true);
    check(r#""Action":"s3:*Object""#, "s3:GetObject", true);
    check(r#""Action":"s3:Get?bject""#, "s3:GetObject", true);
    check(r#""Action":"s3:Get""#, "s3:GetObject", false);
    check(r#""Action":["ec2:*","s3:*"]"#, "s3:GetObject", true);
    check(r#""Action":"s3:*""#, "s3-object-lambda:GetObject", false);
    check(r#""Action":"*""#, "anything:AtAll", true);
    check(r#""NotAction":"iam:*""#, "s3:GetObject", true);
    check(r#""NotAction":["iam:*","s3:Get*"]"#, "s3:GetObject", false);
    check(r#""NotAction":"*""#, "s3:GetObject", false);
}

#[track_caller]
fn on(element: &str, resource: &str, expected: bool) {
    let question = ask().identity(&allow(r#""Action":"*""#, element)).on(resource).with("aws:username", &["ada"]);
    assert_eq!(question.result().map(Outcome::is_allow), Ok(expected), "{element} on {resource}");
}

#[test]
fn resources_match_with_case() {
    on(r#""Resource":"arn:aws:s3:::b""#, "arn:aws:s3:::b", true);
    on(r#""Resource":"arn:aws:s3:::b""#, "arn:aws:s3:::B", false);
    on(r#""Resource":"arn:aws:s3:::b/*""#, "arn:aws:s3:::b", false);
    on(r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#, "arn:aws:s3:::b/x/y", true);
    on(r#""Resource":"arn:aws:iam::*:user/${aws:username}""#, "arn:aws:iam::111111111111:user/ada", true);
    on(r#""Resource":"arn:aws:iam::*:user/${aws:username}""#, "arn:aws:iam::111111111111:user/bob", false);
    on(r#""Resource":"arn:aws:iam::*:user/${aws:userid}""#, "arn:aws:iam::111111111111:user/ada", false);
    on(r#""Resource":"arn:aws:s3:::b""#, "*", false);
    on(r#""Resource":"*""#, "*", true);
    on(r#""NotResource":"arn:aws:s3:::b/*""#, "arn:aws:s3:::b/x", false);
    on(r#""NotResource":"arn:aws:s3:::b/*""#, "arn:aws:s3:::c/x", true);
}

/// A dropped value of `NotResource` must not widen an Allow, and may widen a Deny.
#[test]
fn an_unresolved_variable_in_not_resource_fails_closed() {
    let not_mine = |effect: &str| {
        format!(r#"{{"Effect":"{effect}","Action":"*","NotResource":"arn:aws:s3:::home/${{aws:username}}/*"}}"#)
    };
    ask().identity(&not_mine("Allow")).gets(Outcome::ImplicitDeny);
    ask().identity(&not_mine("Deny")).gets(Outcome::ExplicitDeny);
    ask().identity(&not_mine("Allow")).with("aws:username", &["ada"]).gets(Outcome::Allow);
}

/// *Version*: without 2012-10-17 a variable is text.
#[test]
fn the_version_decides_about_variables() {
    for (version, expected) in
        [(r#""Version":"2012-10-17","#, true), (r#""Version":"2008-10-17","#, false), ("", false)]
    {
        let text = format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::home/${{aws:username}}"}}}}"#
        );
        let question = |resource: &str| ask().identity(&text).on(resource).with("aws:username", &["ada"]);
        assert_eq!(question("arn:aws:s3:::home/ada").result().map(Outcome::is_allow), Ok(expected), "{version}");
        assert_eq!(
            question("arn:aws:s3:::home/${aws:username}").result().map(Outcome::is_allow),
            Ok(!expected),
            "{version}"
        );
    }
}

#[test]
fn a_thing_is_known_by_both_its_names() {
    let (native, wami) = ("arn:aws:iam::1:user/ada", "arn:wami:iam::9:user/ada");
    for name in [native, wami] {
        let mut question = ask().identity(&allow(r#""Action":"*""#, &format!(r#""Resource":"{name}""#)));
        question.resource = Resource::new(native).also_named(wami).in_account("111111111111");
        question.gets(Outcome::Allow);
        let mut question = ask().identity(&allow(r#""Action":"*""#, &format!(r#""NotResource":"{name}""#)));
        question.resource = Resource::new(native).also_named(wami).in_account("111111111111");
        question.gets(Outcome::ImplicitDeny);
    }
    let second = "arn:wami:iam::999999999999:user/ada";
    for (principal, expected) in [
        (ADA, Outcome::Allow),
        (second, Outcome::Allow),
        ("arn:wami:iam::999999999999:user/bob", Outcome::ImplicitDeny),
    ] {
        let policy = format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*"}}"#);
        let mut question = ask().resource_policy(&policy);
        question.principal = Principal::parse(ADA).unwrap().also_named(second);
        question.gets(expected);
    }
}
