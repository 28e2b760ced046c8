//! What cannot be told is refused and says why; what can be told without it is told.

use super::{ADA, ALLOW_ALL, ALLOW_OTHER, Ask, DENY_READ, ask};
use crate::policy::{Attached, CompiledPolicy, DocumentKind, Outcome, Reason, Source, decide_optimistically};

#[track_caller]
fn blames(question: &Ask, reason: Reason, policy: &str, pointer: &str) {
    let error = question.result().unwrap_err();
    assert_eq!((error.reason, &*error.policy, &*error.pointer), (reason, policy, pointer), "{error}");
    assert!(!error.message.is_empty());
}

#[test]
fn a_malformed_element_refuses_the_decisions_that_need_it() {
    for (statement, pointer) in [
        (r#"{"Effect":"Permit","Action":"*","Resource":"*"}"#, "/Statement/0/Effect"),
        (r#"{"Effect":"allow","Action":"*","Resource":"*"}"#, "/Statement/0/Effect"),
        (r#"{"Action":"*","Resource":"*"}"#, "/Statement/0"),
        (r#"{"Effect":"Deny","Resource":"*"}"#, "/Statement/0"),
        (r#"{"Effect":"Deny","Action":"*"}"#, "/Statement/0"),
        (r#"{"Effect":"Deny","Action":[],"Resource":"*"}"#, "/Statement/0/Action"),
        (r#"{"Effect":"Deny","Action":["ec2:*","s3"],"Resource":"*"}"#, "/Statement/0/Action/1"),
        (r#"{"Effect":"Deny","Action":"s*:Get*","Resource":"*"}"#, "/Statement/0/Action"),
        (r#"{"Effect":"Deny","Action":7,"Resource":"*"}"#, "/Statement/0/Action"),
        (r#"{"Effect":"Deny","Action":"*","NotAction":"x:Y","Resource":"*"}"#, "/Statement/0/NotAction"),
        (r#"{"Effect":"Deny","Action":"*","Resource":"bucket"}"#, "/Statement/0/Resource"),
        (r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::${x"}"#, "/Statement/0/Resource"),
        (r#"{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}"#, "/Statement/0/Principal"),
        (r#"{"Effect":"Deny","Action":"x:Y","Resource":"*","Comment":"?"}"#, "/Statement/0/Comment"),
        (r#"{"Effect":"Deny","Action":"x:Y","Action":"x:Z","Resource":"*"}"#, "/Statement/0/Action"),
        (r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":"x"}"#, "/Statement/0/Condition"),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}"#,
            "/Statement/0/Condition/StringIs",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":true}}}"#,
            "/Statement/0/Condition/NullIfExists",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":[]}}}"#,
            "/Statement/0/Condition/StringEquals/a",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":null}}}"#,
            "/Statement/0/Condition/StringEquals/a",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"a":["10.0.0.0/33"]}}}"#,
            "/Statement/0/Condition/IpAddress/a/0",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":"x"}}}"#,
            "/Statement/0/Condition/NumericEquals/a",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnLike":{"a":"*"}}}"#,
            "/Statement/0/Condition/ArnLike/a",
        ),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:user/x"}"#,
            "/Statement/0/Resource",
        ),
    ] {
        let question = ask().identity(ALLOW_ALL).identity(statement).with("a", &["1"]);
        let question = if statement.contains("IpAddress") { question.with("a", &["1.1.1.1"]) } else { question };
        blames(&question, Reason::Malformed, "identity-1", pointer);
    }
}

#[test]
fn a_malformed_element_is_no_matter_where_it_is_not_needed() {
    // The statement is about another action; or an explicit deny stands anyway; or another value matches.
    ask().identity(ALLOW_ALL).identity(r#"{"Effect":"Permit","Action":"ec2:*","Resource":"*"}"#).gets(Outcome::Allow);
    ask()
        .identity(DENY_READ)
        .identity(r#"{"Effect":"Permit","Action":"*","Resource":"*"}"#)
        .gets(Outcome::ExplicitDeny);
    ask().identity(r#"{"Effect":"Allow","Action":["bad","s3:*"],"Resource":"*"}"#).gets(Outcome::Allow);
    let condition =
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"b":"1"},"StringIs":{"a":"b"}}}"#;
    ask().identity(ALLOW_ALL).identity(condition).gets(Outcome::Allow);
}

#[test]
fn a_flawed_document_as_a_whole_refuses_everything() {
    for (text, pointer) in [
        (r#"{"Version":"2012-10-18","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#, "/Version"),
        (r#"{"Statements":[],"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#, "/Statements"),
        (r#"{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"},"Statement":[{}]}"#, "/Statement"),
    ] {
        blames(&ask().identity(text).identity(ALLOW_ALL), Reason::Malformed, "identity-0", pointer);
    }
}

/// Acceptance flow 28: a stored policy corrupted by hand.
#[test]
fn an_unreadable_or_unknown_document_refuses_everything_and_is_named() {
    let mut question = ask().identity(ALLOW_ALL).identity(DENY_READ);
    question.set.paths[0].identity.push(Attached::read(Source::UserManaged, "corrupt", r#"{"Statement": ["#));
    blames(&question, Reason::Unreadable, "corrupt", "/Statement/0");
    let mut question = ask().identity(ALLOW_ALL);
    question.set.paths[0].identity.push(Attached::unknown(Source::UserManaged, "arn:aws:iam::aws:policy/X"));
    blames(&question, Reason::DocumentUnknown, "arn:aws:iam::aws:policy/X", "");
    let mut question = ask().identity(ALLOW_ALL).guardrail(ALLOW_ALL);
    question.set.guardrails[0].push(Attached::unknown(Source::Guardrail { tenant: "acme".into() }, "g"));
    blames(&question, Reason::DocumentUnknown, "g", "");
}

/// Acceptance flow 14: an address that cannot be read is an error, not an allow.
#[test]
fn a_context_value_that_cannot_be_read_is_an_error() {
    for (operator, wanted, actual) in [
        ("IpAddress", r#""10.0.0.0/8""#, "nowhere"),
        ("NotIpAddress", r#""10.0.0.0/8""#, "10.0.0"),
        ("NumericLessThan", "1", "many"),
        ("NumericNotEquals", "1", ""),
        ("DateLessThan", r#""2024""#, "later"),
        ("Bool", "true", "yes"),
        ("BinaryEquals", r#""AAAA""#, "!"),
    ] {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"k":{wanted}}}}}}}"#
        );
        let question = ask().identity(&statement).with("k", &[actual]);
        blames(&question, Reason::ContextValue, "identity-0", &format!("/Statement/0/Condition/{operator}/k"));
    }
}

/// *Single-valued vs. multivalued context keys*: multivalued keys require a set operator.
#[test]
fn several_values_need_a_set_operator() {
    for operator in ["StringEquals", "StringNotEquals", "StringLikeIfExists"] {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"k":"a"}}}}}}"#);
        let pointer = format!("/Statement/0/Condition/{operator}/k");
        blames(&ask().identity(&statement).with("k", &["a", "b"]), Reason::ContextValue, "identity-0", &pointer);
    }
    let null = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"k":"false"}}}"#;
    ask().identity(null).with("k", &["a", "b"]).gets(Outcome::Allow);
}

#[test]
fn an_unknown_key_leaves_the_answer_open_only_if_it_depends_on_it() {
    let allow_if =
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let deny_if = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let unknown = || ask().unknown("aws:MultiFactorAuthPresent");
    let pointer = "/Statement/0/Condition/Bool/aws:MultiFactorAuthPresent";
    blames(&unknown().identity(allow_if), Reason::UnknownKey, "identity-0", pointer);
    unknown().identity(allow_if).identity(ALLOW_ALL).gets(Outcome::Allow);
    unknown().identity(allow_if).identity(DENY_READ).gets(Outcome::ExplicitDeny);
    unknown().identity(allow_if).boundary(ALLOW_OTHER).gets(Outcome::ImplicitDeny);
    assert!(unknown().identity(ALLOW_ALL).identity(deny_if).result().is_err());
    let optimistic = |question: &Ask| decide_optimistically(&question.request(), &question.set);
    assert_eq!(optimistic(&unknown().identity(allow_if)), Ok(Outcome::Allow));
    assert_eq!(optimistic(&unknown().identity(ALLOW_ALL).identity(deny_if)), Ok(Outcome::Allow));
    assert!(optimistic(&ask().identity(r#"{"Effect":"Permit","Action":"*","Resource":"*"}"#)).is_err());
}

/// What AWS would not have stored is an error in an import; what it may have stored is imported and undecidable.
#[test]
fn only_what_aws_refuses_keeps_a_document_out() {
    let sound = |text: &str| CompiledPolicy::read_sound(text, DocumentKind::Identity);
    let whole = |condition: &str| {
        format!(r#"{{"Statement":{{"Sid":"","Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#)
    };
    assert_eq!(sound(&whole(r#"{"IpAddress":{"a":"10.0.0.0/33"}}"#)).unwrap().flaws().len(), 1);
    assert_eq!(sound(&whole(r#"{"StringIs":{"a":"b"}}"#)).unwrap_err()[0].code, "unknown_operator");
    assert_eq!(
        sound(r#"{"Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}"#).unwrap_err()[0].pointer,
        "/Statement/Effect"
    );
}

/// Found by the property that unknown keys decide nothing by themselves: the variable may turn out to have no value.
#[test]
fn an_unknown_variable_in_not_resource_may_yet_be_dropped() {
    let not_mine = r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::home/${aws:username}"}"#;
    assert!(ask().identity(not_mine).unknown("aws:username").result().is_err());
}

#[test]
fn malformed_principals_and_trust_policies() {
    for (policy, pointer) in [
        (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, "/Statement/0"),
        (r#"{"Effect":"Allow","Principal":"ada","Action":"*","Resource":"*"}"#, "/Statement/0/Principal"),
        (r#"{"Effect":"Allow","Principal":{},"Action":"*","Resource":"*"}"#, "/Statement/0/Principal"),
        (r#"{"Effect":"Allow","Principal":{"AWS":[]},"Action":"*","Resource":"*"}"#, "/Statement/0/Principal/AWS"),
        (r#"{"Effect":"Allow","Principal":{"Group":"x"},"Action":"*","Resource":"*"}"#, "/Statement/0/Principal/Group"),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/*"},"Action":"*","Resource":"*"}"#,
            "/Statement/0/Principal/AWS",
        ),
    ] {
        blames(&ask().resource_policy(policy), Reason::Malformed, "resource", pointer);
    }
    let with_resource =
        format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{ADA}"}},"Action":"sts:AssumeRole","Resource":"*"}}"#);
    let question = ask().to("sts:AssumeRole").on("arn:aws:iam::111111111111:role/r").trust(&with_resource);
    blames(&question, Reason::Malformed, "trust", "/Statement/0/Resource");
    // Without a Resource a resource policy is about what carries it.
    let bare = format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{ADA}"}},"Action":"*"}}"#);
    ask().resource_policy(&bare).gets(Outcome::Allow);
}
