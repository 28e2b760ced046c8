//! The explanation says what the decision saw.

use super::{ALLOW_ALL, ALLOW_OTHER, ALLOW_READ, Ask, DENY_READ, ask};
use crate::policy::{ChangeKind, Explanation, Layer, Match, Outcome, explain};

fn of(question: &Ask) -> Explanation {
    explain(&question.request(), &question.set)
}

#[test]
fn every_element_shows_what_it_wants_and_what_is_there() {
    let statement = "{\"Sid\":\"Home\",\"Effect\":\"Allow\",\n\"Action\":[\"s3:Put*\",\"s3:Get*\"],\n\"Resource\":\"arn:aws:s3:::bucket/*\",\n\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\",\"192.168.0.0/16\"]}}}";
    let explanation = of(&ask().identity(statement).with("aws:sourceip", &["192.168.1.1"]));
    assert_eq!((explanation.outcome, explanation.layer), (Some(Outcome::Allow), Some(Layer::Identity { path: 0 })));
    assert_eq!(explanation.summary, "Allowed by identity-0 (identity policies).");
    let statement = &explanation.layers[0].policies[0].statements[0];
    assert_eq!((statement.sid.as_deref(), statement.applies), (Some("Home"), Match::Yes));
    let parts: Vec<_> = statement.parts.iter().map(|part| (&*part.name, part.location.line, part.matches)).collect();
    assert_eq!(parts, [("Action", 2, Match::Yes), ("Resource", 3, Match::Yes), ("IpAddress", 4, Match::Yes)]);
    let values = |part: usize| {
        statement.parts[part].wanted.iter().map(|value| (&*value.text, value.matches)).collect::<Vec<_>>()
    };
    assert_eq!(values(0), [("s3:Put*", Match::No), ("s3:Get*", Match::Yes)]);
    assert_eq!(values(2), [("10.0.0.0/8", Match::No), ("192.168.0.0/16", Match::Yes)]);
    assert_eq!(statement.parts[2].actual.as_deref(), Some(&["192.168.1.1".to_string()][..]));
    assert_eq!(statement.parts[2].why, "aws:sourceip satisfies IpAddress.");
}

#[test]
fn a_missing_key_and_an_unknown_key_read_differently() {
    let statement =
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let part = |question: Ask| of(&question).layers[0].policies[0].statements[0].parts[2].clone();
    let absent = part(ask().identity(statement));
    assert_eq!((absent.matches, absent.actual), (Match::No, Some(Vec::new())));
    assert_eq!(absent.why, "aws:multifactorauthpresent is not in the request, which Bool needs.");
    let unknown = part(ask().identity(statement).unknown("aws:MultiFactorAuthPresent"));
    assert_eq!((unknown.matches, unknown.actual), (Match::Unknown, None));
}

#[test]
fn layers_come_in_the_order_of_evaluation() {
    let explanation = of(&ask().identity(ALLOW_ALL).boundary(ALLOW_OTHER).guardrail(ALLOW_ALL).resource_policy(
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111111111111:user/ada","111111111111"]},"Action":"*","Resource":"*"}"#,
    ));
    let layers: Vec<_> = explanation.layers.iter().map(|node| (node.layer, node.allows, node.denies)).collect();
    assert_eq!(
        layers,
        [
            (Layer::Guardrail { level: 0 }, Match::Yes, Match::No),
            (Layer::Resource, Match::No, Match::No),
            (Layer::Identity { path: 0 }, Match::Yes, Match::No),
            (Layer::Boundary { path: 0 }, Match::No, Match::No),
        ]
    );
    assert_eq!(explanation.summary, "Not allowed: nothing in the permissions boundary allows it.");
}

#[test]
fn an_undecidable_request_is_explained_too() {
    let explanation = of(&ask().identity(r#"{"Effect":"Permit","Action":"*","Resource":"*"}"#));
    assert_eq!(explanation.outcome, None);
    assert_eq!(&*explanation.undecidable.unwrap().pointer, "/Statement/0/Effect");
    assert_eq!((explanation.layers[0].allows, explanation.layers[0].denies), (Match::Malformed, Match::Malformed));
    assert_eq!(explanation.nearest, []);
}

#[test]
fn the_nearest_change_is_the_smallest() {
    let changes = |question: Ask| {
        let explanation = of(&question);
        explanation.nearest.into_iter().map(|change| (change.layer, change.kind, change.pointer)).collect::<Vec<_>>()
    };
    let identity = Layer::Identity { path: 0 };
    assert_eq!(
        changes(ask().identity(ALLOW_ALL).identity(DENY_READ)),
        [(identity, ChangeKind::RemoveStatement, "/Statement/0".into())]
    );
    assert_eq!(changes(ask()), [(identity, ChangeKind::AddStatement, String::new())]);
    let elsewhere = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::other/*"}"#;
    assert_eq!(
        changes(ask().identity(elsewhere)),
        [(identity, ChangeKind::ChangePart, "/Statement/0/Resource".into())]
    );
    let with_mfa =
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    assert_eq!(
        changes(ask().identity(elsewhere).identity(with_mfa)),
        [(identity, ChangeKind::SupplyKey, "/Statement/0/Condition/Bool/aws:MultiFactorAuthPresent".into())]
    );
    assert_eq!(
        changes(ask().identity(ALLOW_READ).boundary(ALLOW_OTHER).guardrail(ALLOW_ALL)),
        [(Layer::Boundary { path: 0 }, ChangeKind::ChangePart, "/Statement/0/Action".into())]
    );
    assert_eq!(changes(ask().identity(ALLOW_READ)), [(identity, ChangeKind::RemoveStatement, "/Statement/0".into())]);
}

#[test]
fn an_explanation_survives_the_wire() {
    let explanation = of(&ask().identity(ALLOW_ALL).guardrail(ALLOW_OTHER).boundary(ALLOW_READ));
    let text = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation);
}
