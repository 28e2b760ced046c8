use super::*;
use crate::policy::finding::Severity::{self, Error, SecurityWarning, Suggestion, Warning};

fn found(text: &str, kind: DocumentKind) -> Vec<(Severity, String, String)> {
    let policy = CompiledPolicy::read(text, kind).unwrap();
    let findings = check(&policy, None);
    findings.into_iter().map(|finding| (finding.severity, finding.code.into_owned(), finding.pointer)).collect()
}

#[track_caller]
fn says(kind: DocumentKind, statement: &str, expected: &[(Severity, &str, &str)]) {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let expected: Vec<_> = expected
        .iter()
        .map(|(severity, code, at)| (*severity, code.to_string(), format!("/Statement/0{at}")))
        .collect();
    assert_eq!(found(&text, kind), expected, "{statement}");
}

fn identity(statement: &str, expected: &[(Severity, &str, &str)]) {
    says(DocumentKind::Identity, statement, expected);
}

#[test]
fn a_plain_policy_has_no_findings() {
    identity(r#"{"Sid":"Read","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::b/*"}"#, &[]);
}

#[test]
fn the_version_is_asked_for_and_can_be_fixed() {
    let bare = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
    let policy = CompiledPolicy::read(bare, DocumentKind::Identity).unwrap();
    let findings = check(&policy, None);
    assert_eq!((findings.len(), &*findings[0].code), (1, "missing_version"));
    let fixed = findings[0].fix.as_ref().unwrap().apply(bare).unwrap();
    assert_eq!(found(&fixed, DocumentKind::Identity), []);
    let old = bare.replace("{\"Statement\"", "{\"Version\":\"2008-10-17\",\"Statement\"");
    assert_eq!(found(&old, DocumentKind::Identity), [(Suggestion, "old_version".into(), "/Version".into())]);
}

#[test]
fn a_misspelt_effect_can_be_fixed() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"s3:Get*","Resource":"*"}]}"#;
    let policy = CompiledPolicy::read(text, DocumentKind::Identity).unwrap();
    let findings = check(&policy, None);
    assert_eq!((findings.len(), findings[0].severity), (1, Error));
    let fixed = findings[0].fix.as_ref().unwrap().apply(text).unwrap();
    assert_eq!(found(&fixed, DocumentKind::Identity), []);
}

#[test]
fn sids_are_plain_and_unique() {
    identity(
        r#"{"Sid":"a b","Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#,
        &[(Error, "malformed_sid", "/Sid")],
    );
    identity(r#"{"Sid":"","Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#, &[(Error, "malformed_sid", "/Sid")]);
    let two = r#"{"Sid":"a","Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#;
    let text = format!(r#"{{"Version":"2012-10-17","Id":"x","Statement":[{two},{two}]}}"#);
    assert_eq!(
        found(&text, DocumentKind::Identity),
        [(Warning, "id_not_used".into(), "/Id".into()), (Error, "repeated_sid".into(), "/Statement/1/Sid".into())]
    );
}

#[test]
fn flaws_are_errors_whatever_aws_lets_pass() {
    identity(
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}}"#,
        &[(Error, "malformed_value", "/Condition/IpAddress/aws:SourceIp")],
    );
    identity(r#"{"Effect":"Allow","Action":"Get","Resource":"*"}"#, &[(Error, "malformed_action", "/Action")]);
}

#[test]
fn the_size_limit_counts_no_white_space() {
    let text = "{ \"Version\": \"2012-10-17\",\n  \"Statement\": { \"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"*\" } }";
    let size = Document::read(text, DocumentKind::Identity).unwrap().size();
    let limit = |characters| Some(SizeLimit { characters, ..SizeLimit::MANAGED });
    assert!(accept(text, DocumentKind::Identity, limit(size)).is_ok());
    let findings = accept(text, DocumentKind::Identity, limit(size - 1)).unwrap_err();
    assert_eq!(&*findings[0].code, "too_long");
    assert!(accept(text, DocumentKind::Identity, Some(SizeLimit::USER_INLINE.less(2000))).is_err());
}

#[test]
fn wide_grants_are_pointed_out() {
    identity(
        r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
        &[(SecurityWarning, "allow_with_not_action", "/NotAction")],
    );
    identity(r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}"#, &[]);
    identity(
        r#"{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b"}"#,
        &[(SecurityWarning, "allow_with_not_resource", "/NotResource")],
    );
    identity(
        r#"{"Effect":"Allow","Action":"iam:Pass*","Resource":"*"}"#,
        &[(SecurityWarning, "pass_role_on_everything", "/Resource")],
    );
    identity(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, &[]);
}

#[test]
fn principals_are_checked() {
    let resource =
        |statement: &str, expected: &[(Severity, &str, &str)]| says(DocumentKind::Resource, statement, expected);
    resource(
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#,
        &[(Error, "allow_with_not_principal", "/NotPrincipal")],
    );
    resource(
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111111111111:user/a"},"Action":"s3:*","Resource":"*"}"#,
        &[(Warning, "not_principal_without_account", "/NotPrincipal")],
    );
    resource(
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#,
        &[(SecurityWarning, "allow_everyone", "/Principal")],
    );
    resource(
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}"#,
        &[],
    );
}

#[test]
fn trust_policies_are_about_assuming_roles() {
    let trust = |statement: &str, expected: &[(Severity, &str, &str)]| says(DocumentKind::Trust, statement, expected);
    trust(
        r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}"#,
        &[],
    );
    trust(
        r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"s3:GetObject"}"#,
        &[(Error, "not_a_trust_action", "/Action")],
    );
    let hub = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let federated = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"{hub}"}},"Action":"sts:AssumeRoleWithWebIdentity"{condition}}}"#
        )
    };
    trust(&federated(""), &[(Error, "open_federation", "/Principal")]);
    trust(&federated(r#","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:o/r:*"}}"#), &[]);
}

#[test]
fn operators_must_fit_their_keys() {
    let condition =
        |condition: &str| format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{condition}}}"#);
    for (text, expected) in [
        (r#"{"StringEquals":{"aws:SourceIp":"10.0.0.1"}}"#, Some((Error, "unfit_operator"))),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, None),
        (r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::1:role/*"}}"#, None),
        (r#"{"NumericLessThan":{"aws:EpochTime":"1"}}"#, None),
        (r#"{"StringEquals":{"aws:TagKeys":"a"}}"#, Some((Error, "set_operator_needed"))),
        (r#"{"Null":{"aws:TagKeys":"false"}}"#, None),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#, None),
        (r#"{"ForAnyValue:StringEquals":{"aws:username":"a"}}"#, Some((SecurityWarning, "set_operator_not_needed"))),
        (r#"{"StringEquals":{"aws:UserNam":"a"}}"#, Some((Warning, "unknown_key"))),
        (r#"{"StringEquals":{"UserName":"a"}}"#, Some((Warning, "key_without_prefix"))),
        (r#"{"StringEquals":{"ec2:InstanceType":"a"}}"#, None),
    ] {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, condition(text));
        let codes: Vec<_> =
            found(&text, DocumentKind::Identity).into_iter().map(|(severity, code, _)| (severity, code)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(severity, code)| (severity, code.to_string())).collect();
        assert_eq!(codes, expected, "{text}");
    }
    identity(
        r#"{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}}"#,
        &[(SecurityWarning, "for_all_values_without_null", "/Condition/ForAllValues:StringEquals/aws:TagKeys")],
    );
    identity(
        r#"{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*",
            "Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}}}"#,
        &[],
    );
}

#[test]
fn redundant_and_hollow_values_are_pointed_out() {
    identity(
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:Get*"],"Resource":["*","arn:aws:s3:::b"]}"#,
        &[(Suggestion, "redundant_action", "/Action/0"), (Suggestion, "redundant_resource", "/Resource/1")],
    );
    identity(
        r#"{"Effect":"Allow","Action":["s3:Get*","S3:get*"],"Resource":"*"}"#,
        &[(Suggestion, "redundant_action", "/Action/1")],
    );
    identity(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::"}"#,
        &[(Error, "empty_resource", "/Resource")],
    );
    identity(r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3"}"#, &[(Error, "short_arn", "/Resource")]);
    identity(r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:*"}"#, &[(Warning, "short_arn", "/Resource")]);
    identity(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:*:::b"}"#,
        &[(Warning, "wildcard_service", "/Resource")],
    );
}
