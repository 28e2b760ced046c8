//! AWS IAM User Guide, *Policy evaluation logic*, *Cross-account policy evaluation logic*, *AWS JSON policy elements: Principal* and
//! *NotPrincipal*; AWS Organizations User Guide, *Service control policies*.

use super::{ADA, ALLOW_ALL, ALLOW_OTHER, ALLOW_READ, Ask, DENY_READ, ROLE, SESSION, ask, attached};
use crate::policy::Outcome::{self, Allow, ExplicitDeny, ImplicitDeny};
use crate::policy::{Effect, GrantPath, Layer, Principal, Source, evaluate};

const OTHER: &str = "222222222222";

fn naming(effect: &str, principal: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Principal":{principal},"Action":"*","Resource":"*"}}"#)
}

fn aws(name: &str) -> String {
    naming("Allow", &format!(r#"{{"AWS":"{name}"}}"#))
}

#[test]
fn nothing_allows_by_default() {
    ask().gets(ImplicitDeny);
    ask().identity(ALLOW_OTHER).gets(ImplicitDeny);
    ask().identity(ALLOW_READ).gets(Allow);
    ask().identity(ALLOW_OTHER).identity(ALLOW_READ).gets(Allow);
}

#[test]
fn an_explicit_deny_in_any_layer_wins() {
    let everything = || {
        ask().identity(ALLOW_ALL).boundary(ALLOW_ALL).session(ALLOW_ALL).guardrail(ALLOW_ALL).resource_policy(&aws(ADA))
    };
    everything().gets(Allow);
    everything().identity(DENY_READ).gets(ExplicitDeny);
    everything().boundary(&format!("{ALLOW_ALL},{DENY_READ}")).gets(ExplicitDeny);
    everything().session(&format!("{DENY_READ},{ALLOW_ALL}")).gets(ExplicitDeny);
    everything().guardrail(&format!("{ALLOW_ALL},{DENY_READ}")).gets(ExplicitDeny);
    everything().resource_policy(&format!("{},{}", aws(ADA), naming("Deny", "\"*\""))).gets(ExplicitDeny);
    everything().resource_policy(&naming("Deny", r#"{"AWS":"111111111111"}"#)).gets(ExplicitDeny);
}

/// *Service control policies*: every level must allow; a guardrail grants nothing; an empty level allows nothing.
#[test]
fn every_guardrail_level_must_allow() {
    ask().identity(ALLOW_ALL).guardrail(ALLOW_ALL).guardrail(ALLOW_READ).gets(Allow);
    ask().identity(ALLOW_ALL).guardrail(ALLOW_ALL).guardrail(ALLOW_OTHER).gets(ImplicitDeny);
    ask().identity(ALLOW_ALL).guardrail(ALLOW_OTHER).guardrail(ALLOW_ALL).gets(ImplicitDeny);
    ask().guardrail(ALLOW_ALL).gets(ImplicitDeny);
    let mut question = ask().identity(ALLOW_ALL).guardrail(ALLOW_ALL);
    question.set.guardrails.push(Vec::new());
    question.gets(ImplicitDeny);
    ask().identity(ALLOW_ALL).guardrail(ALLOW_OTHER).resource_policy(&aws(ADA)).gets(ImplicitDeny);
}

#[test]
fn guardrails_do_not_bind_services_and_service_linked_roles() {
    let linked = "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    ask().by(linked).identity(ALLOW_ALL).guardrail(DENY_READ).gets(Allow);
    let service = naming("Allow", r#"{"Service":"x.amazonaws.com"}"#);
    ask().by("x.amazonaws.com").guardrail(DENY_READ).resource_policy(&service).gets(Allow);
    ask().by("111111111111").guardrail(DENY_READ).gets(ExplicitDeny);
}

#[test]
fn a_boundary_limits_and_never_grants() {
    ask().identity(ALLOW_ALL).boundary(ALLOW_READ).gets(Allow);
    ask().identity(ALLOW_ALL).boundary(ALLOW_OTHER).gets(ImplicitDeny);
    ask().boundary(ALLOW_ALL).gets(ImplicitDeny);
    let mut question = ask().identity(ALLOW_ALL);
    question.set.paths[0].boundary = Some(Vec::new());
    question.gets(ImplicitDeny);
}

#[test]
fn a_session_policy_limits_and_never_grants() {
    ask().by(SESSION).identity(ALLOW_ALL).session(ALLOW_READ).gets(Allow);
    ask().by(SESSION).identity(ALLOW_ALL).session(ALLOW_OTHER).gets(ImplicitDeny);
    ask().by(SESSION).session(ALLOW_ALL).gets(ImplicitDeny);
    // A federated user has nothing but what was passed.
    let federated = "arn:aws:sts::111111111111:federated-user/f";
    ask().by(federated).identity(ALLOW_ALL).gets(ImplicitDeny);
    ask().by(federated).identity(ALLOW_ALL).session(ALLOW_READ).gets(Allow);
}

/// *Policy evaluation logic*: what a resource policy grants depends on whom it names.
#[test]
fn a_resource_policy_grants_by_how_closely_it_names() {
    let bounded = |question: Ask| question.boundary(ALLOW_OTHER).session(ALLOW_OTHER);
    // A user, a session or everyone: past everything.
    ask().resource_policy(&aws(ADA)).gets(Allow);
    bounded(ask()).resource_policy(&aws(ADA)).gets(Allow);
    bounded(ask().by(SESSION)).resource_policy(&aws(SESSION)).gets(Allow);
    bounded(ask()).resource_policy(&naming("Allow", "\"*\"")).gets(Allow);
    bounded(ask()).resource_policy(&aws("*")).gets(Allow);
    // A role: past identity policies only.
    ask().by(SESSION).resource_policy(&aws(ROLE)).gets(Allow);
    ask().by(SESSION).boundary(ALLOW_OTHER).resource_policy(&aws(ROLE)).gets(ImplicitDeny);
    ask().by(SESSION).session(ALLOW_OTHER).resource_policy(&aws(ROLE)).gets(ImplicitDeny);
    ask().by(ROLE).boundary(ALLOW_READ).resource_policy(&aws(ROLE)).gets(Allow);
    // The account only delegates.
    for account in ["111111111111", "arn:aws:iam::111111111111:root"] {
        ask().resource_policy(&aws(account)).gets(ImplicitDeny);
        ask().identity(ALLOW_READ).resource_policy(&aws(account)).gets(Allow);
    }
    // Somebody else.
    ask().resource_policy(&aws("arn:aws:iam::111111111111:user/bob")).gets(ImplicitDeny);
    ask().by(SESSION).resource_policy(&aws("arn:aws:sts::111111111111:assumed-role/app/s2")).gets(ImplicitDeny);
    ask().by(SESSION).resource_policy(&aws("arn:aws:iam::222222222222:role/team/app")).gets(ImplicitDeny);
}

#[test]
fn a_federated_session_of_a_named_user_stays_within_its_session_policy() {
    let mut question =
        ask().by("arn:aws:sts::111111111111:federated-user/f").resource_policy(&aws(ADA)).session(ALLOW_READ);
    question.principal = question.principal.on_behalf_of(ADA);
    question.gets(Allow);
    question.session(ALLOW_OTHER).gets(ImplicitDeny);
}

/// *Cross-account policy evaluation logic*: both sides must allow.
#[test]
fn across_accounts_both_sides_must_allow() {
    let across = || ask().of_account(OTHER);
    across().identity(ALLOW_ALL).gets(ImplicitDeny);
    across().resource_policy(&aws(ADA)).gets(ImplicitDeny);
    for named in [ADA, "111111111111", "*"] {
        across().identity(ALLOW_ALL).resource_policy(&aws(named)).gets(Allow);
        across().identity(ALLOW_ALL).boundary(ALLOW_OTHER).resource_policy(&aws(named)).gets(ImplicitDeny);
        across().identity(ALLOW_ALL).session(ALLOW_OTHER).resource_policy(&aws(named)).gets(ImplicitDeny);
        across().identity(ALLOW_ALL).guardrail(ALLOW_OTHER).resource_policy(&aws(named)).gets(ImplicitDeny);
    }
    across().identity(ALLOW_ALL).resource_policy(&aws(OTHER)).gets(ImplicitDeny);
}

/// *Policy evaluation logic*: role trust policies must allow explicitly. And *AssumeRole* (AWS STS API Reference).
#[test]
fn only_the_trust_policy_says_who_may_assume_a_role() {
    let role = "arn:aws:iam::111111111111:role/target";
    let trust = |principal: &str| format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#);
    let assume = || ask().to("sts:AssumeRole").on(role);
    assume().identity(ALLOW_ALL).gets(ImplicitDeny);
    assume().trust(&trust(&format!(r#"{{"AWS":"{ADA}"}}"#))).gets(Allow);
    assume().trust(&trust(r#"{"AWS":"111111111111"}"#)).gets(ImplicitDeny);
    assume().identity(ALLOW_ALL).trust(&trust(r#"{"AWS":"111111111111"}"#)).gets(Allow);
    assume().identity(ALLOW_ALL).trust(&trust(r#"{"AWS":"222222222222"}"#)).gets(ImplicitDeny);
    let foreign = || assume().on("arn:aws:iam::222222222222:role/target");
    foreign().trust(&trust(&format!(r#"{{"AWS":"{ADA}"}}"#))).gets(ImplicitDeny);
    foreign().identity(ALLOW_ALL).trust(&trust(&format!(r#"{{"AWS":"{ADA}"}}"#))).gets(Allow);
    foreign().identity(ALLOW_ALL).trust(&trust(r#"{"AWS":"111111111111"}"#)).gets(Allow);
    // A session assumes the next role; services and federated callers need only the trust policy.
    assume().by(SESSION).trust(&trust(&format!(r#"{{"AWS":"{ROLE}"}}"#))).gets(Allow);
    assume().by("ec2.amazonaws.com").trust(&trust(r#"{"Service":["ec2.amazonaws.com"]}"#)).gets(Allow);
    assume().by("ssm.amazonaws.com").trust(&trust(r#"{"Service":["ec2.amazonaws.com"]}"#)).gets(ImplicitDeny);
    let saml = "arn:aws:iam::111111111111:saml-provider/idp";
    let federated = format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"{saml}"}},"Action":"sts:AssumeRoleWithSAML",
            "Condition":{{"StringEquals":{{"SAML:aud":"https://signin"}}}}}}"#
    );
    let web = || assume().by(saml).to("sts:AssumeRoleWithSAML").trust(&federated);
    web().gets(ImplicitDeny);
    web().with("saml:aud", &["https://signin"]).gets(Allow);
}

/// Acceptance flow 17: the account with external id and MFA.
#[test]
fn trust_conditions_hold() {
    let trust = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"x"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let assume = || ask().to("sts:AssumeRole").on("arn:aws:iam::222222222222:role/r").identity(ALLOW_ALL).trust(trust);
    assume().with("sts:ExternalId", &["x"]).with("aws:MultiFactorAuthPresent", &["true"]).gets(Allow);
    assume().with("sts:ExternalId", &["y"]).with("aws:MultiFactorAuthPresent", &["true"]).gets(ImplicitDeny);
    assume().with("sts:ExternalId", &["x"]).gets(ImplicitDeny);
}

#[test]
fn a_kms_key_policy_must_allow_too() {
    let key = || ask().to("kms:Decrypt").on("arn:aws:kms:eu-west-1:111111111111:key/k");
    key().identity(ALLOW_ALL).gets(ImplicitDeny);
    key().identity(ALLOW_ALL).resource_policy(&aws("111111111111")).gets(Allow);
    key().resource_policy(&aws(ADA)).gets(Allow);
}

/// *NotPrincipal with Deny*: the account, the role and the session must all be listed.
#[test]
fn not_principal_exempts_whoever_is_listed_at_every_level() {
    let except = |effect: &str, names: &str| {
        format!(r#"{{"Effect":"{effect}","NotPrincipal":{{"AWS":[{names}]}},"Action":"*","Resource":"*"}}"#)
    };
    let root = r#""arn:aws:iam::111111111111:root""#;
    let user = || ask().identity(ALLOW_ALL);
    user().resource_policy(&except("Deny", &format!(r#""{ADA}",{root}"#))).gets(Allow);
    user().resource_policy(&except("Deny", &format!(r#""{ADA}""#))).gets(ExplicitDeny);
    user().resource_policy(&except("Deny", root)).gets(ExplicitDeny);
    let session = || ask().by(SESSION).identity(ALLOW_ALL);
    session().resource_policy(&except("Deny", &format!(r#""{SESSION}","{ROLE}",{root}"#))).gets(Allow);
    session().resource_policy(&except("Deny", &format!(r#""{SESSION}",{root}"#))).gets(ExplicitDeny);
    session().resource_policy(&except("Deny", &format!(r#""{ROLE}",{root}"#))).gets(ExplicitDeny);
    // With Allow, being listed at any level is being left out.
    ask().resource_policy(&except("Allow", root)).gets(ImplicitDeny);
    user().of_account(OTHER).resource_policy(&except("Allow", root)).gets(ImplicitDeny);
    user().of_account(OTHER).resource_policy(&except("Allow", r#""arn:aws:iam::333333333333:root""#)).gets(Allow);
    ask().resource_policy(&except("Allow", r#""arn:aws:iam::333333333333:root""#)).gets(Allow);
}

#[test]
fn everyone_includes_the_anonymous() {
    ask().by("*").of_account(OTHER).resource_policy(&naming("Allow", "\"*\"")).gets(Allow);
    ask().by("*").of_account(OTHER).resource_policy(&aws(ADA)).gets(ImplicitDeny);
    ask().by("*").identity(ALLOW_ALL).gets(ImplicitDeny);
}

#[test]
fn a_stable_id_names_whoever_has_it() {
    let policy = aws("AROAEXAMPLEEXAMPLE123");
    let mut question = ask().by(SESSION).resource_policy(&policy);
    question.gets(ImplicitDeny);
    question.principal = Principal::parse(SESSION).unwrap().with_unique_id("AROAEXAMPLEEXAMPLE123");
    question.gets(Allow);
    question.boundary(ALLOW_OTHER).gets(ImplicitDeny);
}

/// The extension to AWS: grant paths are in force together.
#[test]
fn one_grant_path_is_enough_but_only_within_its_own_boundary() {
    let path = |identity: &str, boundary: Option<&str>| GrantPath {
        identity: vec![attached(Source::PermissionSet { set: "s".into() }, "p", identity)],
        boundary: boundary.map(|text| vec![attached(Source::Boundary, "b", text)]),
        session: None,
    };
    let question = |paths: Vec<GrantPath>| {
        let mut question = ask();
        question.set.paths = paths;
        question
    };
    question(vec![path(ALLOW_OTHER, None), path(ALLOW_READ, None)]).gets(Allow);
    question(vec![path(ALLOW_READ, Some(ALLOW_OTHER)), path(ALLOW_OTHER, Some(ALLOW_READ))]).gets(ImplicitDeny);
    question(vec![path(ALLOW_READ, Some(ALLOW_OTHER)), path(ALLOW_READ, Some(ALLOW_READ))]).gets(Allow);
    question(vec![path(ALLOW_ALL, None), path(DENY_READ, None)]).gets(ExplicitDeny);
    question(Vec::new()).gets(ImplicitDeny);
}

#[test]
fn a_decision_says_what_took_part() {
    let sid = r#"{"Sid":"NoReads","Effect":"Deny","Action":"s3:Get*","Resource":"*"}"#;
    let question = ask().identity(&format!("{ALLOW_ALL},\n{sid}")).guardrail(ALLOW_ALL);
    let decision = evaluate(&question.request(), &question.set).unwrap();
    assert_eq!((decision.outcome, decision.layer), (ExplicitDeny, Some(Layer::Identity { path: 0 })));
    let deny = decision.matched.iter().find(|matched| matched.effect == Effect::Deny).unwrap();
    assert_eq!((deny.sid.as_deref(), deny.policy, deny.statement, deny.line), (Some("NoReads"), 0, 1, 2));
    assert_eq!(decision.matched.len(), 3);
}

#[test]
fn an_implicit_deny_names_the_layer_that_stopped_it() {
    let layer = |question: Ask| {
        let decision = evaluate(&question.request(), &question.set).unwrap();
        assert_eq!(decision.outcome, Outcome::ImplicitDeny);
        decision.layer.unwrap()
    };
    assert_eq!(layer(ask()), Layer::Identity { path: 0 });
    assert_eq!(layer(ask().identity(ALLOW_ALL).boundary(ALLOW_OTHER)), Layer::Boundary { path: 0 });
    assert_eq!(layer(ask().identity(ALLOW_ALL).session(ALLOW_OTHER)), Layer::Session { path: 0 });
    assert_eq!(
        layer(ask().identity(ALLOW_ALL).guardrail(ALLOW_ALL).guardrail(ALLOW_OTHER)),
        Layer::Guardrail { level: 1 }
    );
    assert_eq!(layer(ask().identity(ALLOW_ALL).of_account(OTHER)), Layer::Resource);
}

#[test]
fn missing_keys_are_reported() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*",
        "Condition":{"IpAddress":{"aws:SourceIp":"192.168.1.0/24"},"StringNotEquals":{"aws:username":"x"}}}"#;
    let question = ask().identity(statement);
    let decision = evaluate(&question.request(), &question.set).unwrap();
    assert_eq!((decision.outcome, decision.missing_keys), (ImplicitDeny, vec!["aws:sourceip".into()]));
}
