//! Nobody grants more than they hold (S21).

use super::attached;
use crate::policy::{Attached, GrantPath, PolicySet, Source, covers, excess};

fn path(statements: &[&str]) -> GrantPath {
    let policies = statements.iter().enumerate();
    GrantPath {
        identity: policies.map(|(index, text)| attached(Source::Identity, &format!("p{index}"), text)).collect(),
        ..GrantPath::default()
    }
}

fn holding(statements: &[&str]) -> PolicySet {
    PolicySet { paths: vec![path(statements)], ..PolicySet::default() }
}

#[track_caller]
fn check(holder: &[&str], granted: &[&str], expected: bool) {
    let (holder, granted) = (holding(holder), path(granted));
    assert_eq!(covers(&holder, &granted), expected, "{:#?}", excess(&holder, &granted));
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn deny(action: &str, resource: &str) -> String {
    allow(action, resource).replace("Allow", "Deny")
}

fn allow_if(condition: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{condition}}}"#)
}

#[test]
fn an_administrator_covers_everything() {
    let everything = allow("*", "*");
    check(&[&everything], &[&everything], true);
    check(&[&everything], &[&allow("iam:Get*", "arn:aws:iam::1:user/*"), &deny("iam:GetUser", "*")], true);
    check(&[&everything], &[r#"{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::b"}"#], true);
    check(&[&everything], &[&allow_if(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#)], true);
    check(&[&everything], &[&allow("iam:*", "arn:aws:iam::1:user/${aws:username}")], true);
    check(&[&everything], &[], true);
    check(&[], &[&allow("iam:GetUser", "*")], false);
    check(&[], &[&deny("*", "*")], true);
}

#[test]
fn narrower_patterns_are_covered_and_wider_ones_are_not() {
    check(&[&allow("iam:*", "*")], &[&allow("iam:Get*", "*")], true);
    check(&[&allow("iam:Get*", "*")], &[&allow("iam:*", "*")], false);
    check(&[&allow("IAM:get*", "*")], &[&allow("iam:GetUser", "*")], true);
    check(&[&allow("iam:*", "arn:aws:iam::1:user/*")], &[&allow("iam:*", "arn:aws:iam::1:user/team/*")], true);
    check(&[&allow("iam:*", "arn:aws:iam::1:user/team/*")], &[&allow("iam:*", "arn:aws:iam::1:user/*")], false);
    check(
        &[&allow("iam:Get*", "*"), &allow("s3:*", "*")],
        &[r#"{"Effect":"Allow","Action":["iam:GetUser","s3:*"],"Resource":"*"}"#],
        true,
    );
    check(&[r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#], &[&allow("s3:*", "*")], true);
    check(&[r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#], &[&allow("*", "*")], false);
    check(
        &[r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#],
        &[r#"{"Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"}"#],
        true,
    );
    check(
        &[r#"{"Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"}"#],
        &[r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#],
        false,
    );
}

#[test]
fn a_policy_covers_itself() {
    let self_contained = [
        allow("iam:*", "*"),
        deny("iam:DeleteUser", "*"),
        allow_if(r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","11.0.0.0/8"]}}"#),
        r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#.to_string(),
    ];
    let texts: Vec<&str> = self_contained.iter().map(String::as_str).collect();
    check(&texts, &texts, true);
}

#[test]
fn conditions_of_the_holder_must_come_along() {
    let with_mfa = allow_if(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#);
    let both = allow_if(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#);
    check(&[&with_mfa], &[&allow("iam:*", "*")], false);
    check(&[&with_mfa], &[&both], true);
    check(&[&both], &[&with_mfa], false);
    // What depends on who asks is not the same for the receiver.
    let tagged = allow_if(r#"{"StringEquals":{"aws:PrincipalTag/team":"admins"}}"#);
    check(&[&tagged], &[&tagged], false);
    let own = allow_if(r#"{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}"#);
    check(&[&own], &[&own], false);
    let own_path = allow("iam:*", "arn:aws:iam::1:user/${aws:username}");
    check(&[&own_path], &[&own_path], false);
}

#[test]
fn denies_of_the_holder_must_come_along() {
    let (all, no_delete) = (allow("iam:*", "*"), deny("iam:Delete*", "*"));
    check(&[&all, &no_delete], &[&all], false);
    check(&[&all, &no_delete], &[&all, &no_delete], true);
    check(&[&all, &no_delete], &[&all, &deny("iam:*", "*")], true);
    check(&[&all, &no_delete], &[&all, &deny("iam:DeleteUser", "*")], false);
    check(&[&all, &no_delete], &[&allow("iam:Get*", "*")], true);
    let elsewhere = deny("iam:*", "arn:aws:iam::1:user/root/*");
    check(&[&all, &elsewhere], &[&allow("iam:*", "arn:aws:iam::1:user/team/*")], true);
    // The same thing may have another name in another partition.
    check(&[&all, &elsewhere], &[&allow("iam:*", "arn:wami:iam::1:user/team/*")], false);
    check(&[&all, &elsewhere], &[&allow("iam:*", "arn:*:iam::1:user/team/*")], false);
}

#[test]
fn boundaries_count_on_both_sides() {
    let mut holder = holding(&[&allow("*", "*")]);
    holder.paths[0].boundary = Some(vec![attached(Source::Boundary, "b", &allow("iam:*", "*"))]);
    assert!(covers(&holder, &path(&[&allow("iam:Get*", "*")])));
    assert!(!covers(&holder, &path(&[&allow("s3:Get*", "*")])));
    let mut granted = path(&[&allow("*", "*")]);
    granted.boundary = Some(vec![attached(Source::Boundary, "b", &allow("iam:List*", "*"))]);
    assert!(covers(&holder, &granted));
}

#[test]
fn paths_cover_each_for_itself_and_deny_together() {
    let mut holder = holding(&[&allow("iam:*", "*")]);
    holder.paths.push(path(&[&allow("s3:*", "*"), &deny("iam:CreateUser", "*")]));
    assert!(covers(&holder, &path(&[&allow("iam:Get*", "*"), &allow("s3:Get*", "*")])));
    assert!(!covers(&holder, &path(&[&allow("iam:Create*", "*")])));
}

#[test]
fn guardrails_count_only_where_they_make_exceptions() {
    let with_guardrail = |text: &str| {
        let mut holder = holding(&[&allow("*", "*")]);
        holder.guardrails = vec![vec![attached(Source::Guardrail { tenant: "t".into() }, "g", text)]];
        holder
    };
    let everything = path(&[&allow("*", "*")]);
    let plain = format!("{},{}", allow("*", "*"), deny("iam:*", "*"));
    assert!(covers(&with_guardrail(&plain), &everything));
    let exception = format!(
        r#"{},{{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}}}}}"#,
        allow("*", "*")
    );
    assert!(!covers(&with_guardrail(&exception), &everything));
    assert!(covers(&with_guardrail(&exception), &path(&[&allow("s3:*", "*")])));
}

#[test]
fn what_cannot_be_read_is_not_covered_and_covers_nothing() {
    let everything = allow("*", "*");
    let mut granted = path(&[&everything]);
    granted.identity.push(Attached::unknown(Source::Identity, "unknown"));
    let found = excess(&holding(&[&everything]), &granted);
    assert_eq!((found.len(), found[0].policy.as_str()), (1, "unknown"));
    let mut holder = holding(&[&everything]);
    holder.paths[0].identity.push(Attached::unknown(Source::Identity, "unknown"));
    assert!(!covers(&holder, &path(&[&everything])));
    check(&[r#"{"Effect":"Permit","Action":"iam:*","Resource":"*"}"#, &everything], &[&allow("iam:*", "*")], false);
    check(&[&everything], &[r#"{"Effect":"Permit","Action":"iam:*","Resource":"*"}"#], true);
    check(&[&allow("iam:*", "*")], &[r#"{"Effect":"Allow","Action":"bad","Resource":"*"}"#], false);
}

#[test]
fn excess_names_the_statement_and_the_patterns() {
    let found = excess(
        &holding(&[&allow("iam:Get*", "*")]),
        &path(&[&allow("iam:GetUser", "*"), &allow("S3:Put*", "arn:aws:s3:::b/*")]),
    );
    assert_eq!(found.len(), 1);
    let only = &found[0];
    assert_eq!((only.policy.as_str(), only.pointer.as_str()), ("p1", "/Statement/0"));
    assert_eq!((only.action.as_str(), only.resource.as_str()), ("s3:put*", "arn:aws:s3:::b/*"));
}
