//! The engine's laws, on random policies over a small vocabulary, so that matches are common.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{ADA, ROLE, SESSION, attached};
use crate::policy::{
    Action, Attached, CompiledPolicy, Context, Direction, Document, DocumentKind, Effect, GrantPath, Match, Outcome,
    PolicySet, Principal, Request, Resource, Source, check, covers, decide, decide_optimistically, diff, evaluate,
    explain,
};

const ACTIONS: &[&str] = &["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:?etObject", "iam:GetUser", "iam:*User"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::b/${aws:PrincipalTag/t, 'k'}",
    "arn:aws:s3:*",
    "arn:wami:s3::1:b/*",
];
const REQUESTS: &[&str] = &["s3:GetObject", "s3:PutObject", "iam:GetUser"];
const NAMES: &[&str] =
    &["arn:aws:s3:::b/k", "arn:aws:s3:::b/ada", "arn:aws:s3:::c", "arn:aws:iam::111111111111:user/ada"];
const CONDITIONS: &[&str] = &[
    r#""StringEquals":{"s3:k":"a"}"#,
    r#""StringNotEquals":{"s3:k":["a","b"]}"#,
    r#""StringLikeIfExists":{"s3:k":"a*"}"#,
    r#""StringEquals":{"s3:k":"${aws:username}"}"#,
    r#""ForAllValues:StringEquals":{"s3:m":["a","b"]}"#,
    r#""ForAnyValue:StringNotLike":{"s3:m":"a*"}"#,
    r#""Null":{"s3:k":"true"}"#,
    r#""Bool":{"aws:SecureTransport":"true"}"#,
    r#""BoolIfExists":{"aws:SecureTransport":"false"}"#,
    r#""NumericLessThan":{"s3:n":5}"#,
    r#""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
    r#""DateGreaterThan":{"aws:CurrentTime":"2024-01-01T00:00:00Z"}"#,
];
const KEYS: &[(&str, &[&str])] = &[
    ("s3:k", &["a", "b", "ada"]),
    ("aws:SecureTransport", &["true", "false"]),
    ("s3:n", &["3", "7"]),
    ("aws:SourceIp", &["10.1.1.1", "11.1.1.1"]),
    ("aws:CurrentTime", &["2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
    ("aws:username", &["ada", "k"]),
    ("aws:PrincipalTag/t", &["ada"]),
];

fn list(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    subsequence(values, 1..=2).prop_map(|values| format!("{values:?}"))
}

fn element(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
    let negated = prop_oneof![4 => Just(""), 1 => Just("Not")];
    (negated, list(values)).prop_map(move |(not, values)| format!(r#""{not}{name}":{values}"#))
}

fn conditions() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        3 => subsequence(CONDITIONS, 1..=2).prop_filter("operators differ", |chosen| {
            chosen.len() < 2 || chosen[0].split(':').next() != chosen[1].split(':').next()
        }).prop_map(|chosen| format!(r#","Condition":{{{}}}"#, chosen.join(","))),
    ]
}

fn statement_of(effect: &'static str) -> impl Strategy<Value = String> {
    (element("Action", ACTIONS), element("Resource", RESOURCES), conditions()).prop_map(
        move |(action, resource, condition)| format!(r#"{{"Effect":"{effect}",{action},{resource}{condition}}}"#),
    )
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![4 => statement_of("Allow"), 1 => statement_of("Deny")]
}

fn malformed() -> impl Strategy<Value = String> {
    select(vec![
        r#"{"Effect":"Permit","Action":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":["bad","iam:*"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringIs":{"s3:k":"a"}}}"#,
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"s3:n":"x"}}}"#,
    ])
    .prop_map(str::to_string)
}

fn statements() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![12 => statement(), 1 => malformed()], 1..4)
}

fn named_statement() -> impl Strategy<Value = String> {
    let names = prop_oneof![
        Just(format!(r#""Principal":{{"AWS":"{ADA}"}}"#)),
        Just(format!(r#""Principal":{{"AWS":["{ROLE}","{SESSION}"]}}"#)),
        Just(r#""Principal":{"AWS":"111111111111"}"#.to_string()),
        Just(r#""Principal":"*""#.to_string()),
        Just(format!(r#""NotPrincipal":{{"AWS":["{ADA}","111111111111"]}}"#)),
    ];
    (statement(), names)
        .prop_map(|(statement, names)| statement.replacen("\"Effect\"", &format!("{names},\"Effect\""), 1))
}

/// Identity, boundary and session statements.
type PathTexts = (Vec<String>, Option<Vec<String>>, Option<Vec<String>>);

#[derive(Debug, Clone)]
struct World {
    guardrails: Vec<Vec<String>>,
    resource: Option<Vec<String>>,
    paths: Vec<PathTexts>,
}

fn world() -> impl Strategy<Value = World> {
    let path = (statements(), prop::option::weighted(0.3, statements()), prop::option::weighted(0.3, statements()));
    (
        prop::collection::vec(statements(), 0..3),
        prop::option::weighted(0.4, prop::collection::vec(named_statement(), 1..3)),
        prop::collection::vec(path, 1..3),
    )
        .prop_map(|(guardrails, resource, paths)| World { guardrails, resource, paths })
}

impl World {
    fn set(&self) -> PolicySet {
        let policy = |source: Source, texts: &[String]| attached(source, "policy", &texts.join(","));
        let tenant = || Source::Guardrail { tenant: "t".into() };
        PolicySet {
            guardrails: self.guardrails.iter().map(|texts| vec![policy(tenant(), texts)]).collect(),
            resource: self.resource.as_ref().map(|texts| policy(Source::Resource, texts)),
            paths: self
                .paths
                .iter()
                .map(|(identity, boundary, session)| GrantPath {
                    identity: vec![policy(Source::Identity, identity)],
                    boundary: boundary.as_ref().map(|texts| vec![policy(Source::Boundary, texts)]),
                    session: session.as_ref().map(|texts| vec![policy(Source::Session, texts)]),
                })
                .collect(),
        }
    }
}

/// What is said of one key: nothing, that it is unknown, or one of its values.
type Said = Option<Option<&'static str>>;

#[derive(Debug, Clone)]
struct Question {
    principal: &'static str,
    action: &'static str,
    resource: &'static str,
    second: bool,
    foreign: bool,
    keys: Vec<Said>,
    many: Vec<&'static str>,
}

fn question(unknown: u32) -> impl Strategy<Value = Question> {
    let keys: Vec<_> = KEYS
        .iter()
        .map(|(_, values)| {
            prop_oneof![2 => Just(None), 4 => select(*values).prop_map(|value| Some(Some(value))), unknown => Just(Some(None))]
        })
        .collect();
    (
        select(vec![ADA, SESSION, ROLE]),
        select(REQUESTS),
        select(NAMES),
        any::<bool>(),
        prop::bool::weighted(0.2),
        keys,
        subsequence(vec!["a", "b", "c"], 0..=3),
    )
        .prop_map(|(principal, action, resource, second, foreign, keys, many)| Question {
            principal,
            action,
            resource,
            second,
            foreign,
            keys,
            many,
        })
}

struct Parts {
    principal: Principal,
    action: Action,
    resource: Resource,
    context: Context,
}

impl Question {
    fn parts(&self) -> Parts {
        let mut context = Context::new();
        for ((key, _), said) in KEYS.iter().zip(&self.keys) {
            match said {
                None => {}
                Some(None) => drop(context.set_unknown(key)),
                Some(Some(value)) => drop(context.set(key, *value)),
            }
        }
        context.set_all("s3:m", self.many.iter().copied());
        let mut resource =
            Resource::new(self.resource).in_account(if self.foreign { "222222222222" } else { "111111111111" });
        if self.second {
            resource = resource.also_named("arn:wami:s3::1:b/second");
        }
        Parts {
            principal: Principal::parse(self.principal).unwrap(),
            action: Action::new(self.action).unwrap(),
            resource,
            context,
        }
    }
}

impl Parts {
    fn request(&self) -> Request<'_> {
        Request { principal: &self.principal, action: &self.action, resource: &self.resource, context: &self.context }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_explicit_deny_wins_and_nothing_is_allowed_without_an_allow(world in world(), question in question(1)) {
        let (set, parts) = (world.set(), question.parts());
        if let Ok(decision) = evaluate(&parts.request(), &set) {
            let has = |effect| decision.matched.iter().any(|matched| matched.effect == effect);
            prop_assert_eq!(has(Effect::Deny), decision.outcome == Outcome::ExplicitDeny);
            prop_assert!(decision.outcome != Outcome::Allow || has(Effect::Allow));
        }
    }

    #[test]
    fn the_three_ways_to_ask_agree(world in world(), question in question(1)) {
        let (set, parts) = (world.set(), question.parts());
        let request = parts.request();
        let (decision, quick, explanation) = (evaluate(&request, &set), decide(&request, &set), explain(&request, &set));
        prop_assert_eq!(decision.as_ref().map(|decision| decision.outcome).map_err(Clone::clone), quick);
        match decision {
            Ok(decision) => {
                prop_assert_eq!((explanation.outcome, explanation.layer), (Some(decision.outcome), decision.layer));
                let applying = explanation.layers.iter().flat_map(|layer| &layer.policies).flat_map(|policy| &policy.statements);
                let applying = applying.filter(|statement| statement.applies == Match::Yes && statement.effect.is_some()).count();
                prop_assert_eq!(applying, decision.matched.len());
            }
            Err(undecidable) => prop_assert_eq!(explanation.undecidable, Some(undecidable)),
        }
    }

    #[test]
    fn adding_an_allow_removes_none(world in world(), question in question(0), added in statement_of("Allow"), to_resource in any::<bool>()) {
        let parts = question.parts();
        let before = decide(&parts.request(), &world.set());
        let mut world = world;
        match (&mut world.resource, to_resource) {
            (Some(texts), true) => texts.push(added.replacen("\"Effect\"", "\"Principal\":\"*\",\"Effect\"", 1)),
            _ => world.paths[0].0.push(added),
        }
        if before == Ok(Outcome::Allow) {
            prop_assert_eq!(decide(&parts.request(), &world.set()), Ok(Outcome::Allow));
        }
    }

    #[test]
    fn adding_a_deny_adds_no_allow(world in world(), question in question(0), added in statement_of("Deny"), place in 0..5usize) {
        let parts = question.parts();
        let before = decide(&parts.request(), &world.set());
        let mut world = world;
        let named = added.replacen("\"Effect\"", "\"Principal\":\"*\",\"Effect\"", 1);
        match place {
            0 => if let Some(texts) = world.guardrails.first_mut() { texts.push(added) },
            1 => if let Some(texts) = &mut world.resource { texts.push(named) },
            2 => if let Some(texts) = &mut world.paths[0].1 { texts.push(added) },
            3 => if let Some(texts) = &mut world.paths[0].2 { texts.push(added) },
            _ => world.paths[0].0.push(added),
        }
        if decide(&parts.request(), &world.set()) == Ok(Outcome::Allow) {
            prop_assert_eq!(before, Ok(Outcome::Allow));
        }
    }

    #[test]
    fn the_order_of_statements_does_not_matter(world in world(), question in question(1)) {
        let parts = question.parts();
        let before = decide(&parts.request(), &world.set());
        let mut turned = world.clone();
        turned.paths.iter_mut().for_each(|(identity, boundary, session)| {
            identity.reverse();
            boundary.iter_mut().chain(session).for_each(|texts| texts.reverse());
        });
        turned.guardrails.iter_mut().chain(&mut turned.resource).for_each(|texts| texts.reverse());
        let after = decide(&parts.request(), &turned.set());
        prop_assert_eq!(before.is_err(), after.is_err());
        prop_assert_eq!(before.ok(), after.ok());
    }

    /// What is decided although keys are unknown stays so whatever they turn out to be; and whoever may be allowed is found.
    #[test]
    fn unknown_keys_decide_nothing_by_themselves(world in world(), question in question(3), picks in prop::collection::vec(0..4usize, KEYS.len())) {
        let (set, open) = (world.set(), question.parts());
        let mut closed = question.clone();
        for (((_, values), said), pick) in KEYS.iter().zip(&mut closed.keys).zip(picks) {
            if *said == Some(None) {
                *said = values.get(pick).map(|value| Some(*value));
            }
        }
        let closed = closed.parts();
        let settled = decide(&closed.request(), &set);
        if let Ok(outcome) = decide(&open.request(), &set) {
            prop_assert_eq!(settled, Ok(outcome));
        } else if settled == Ok(Outcome::Allow) {
            prop_assert!(!matches!(decide_optimistically(&open.request(), &set), Ok(outcome) if outcome != Outcome::Allow));
        }
    }

    /// S21: whatever covered policies allow, the holder may do.
    #[test]
    fn covering_is_sound(
        holder in world(), granted in statements(), boundary in prop::option::weighted(0.3, statements()),
        questions in prop::collection::vec(question(0), 40), twin in any::<bool>(),
    ) {
        let mut holder = holder;
        (holder.guardrails, holder.resource) = (Vec::new(), None);
        if twin {
            // Unrelated policies seldom cover each other.
            holder.paths[0] = (granted.clone(), None, None);
        }
        let holder = holder.set();
        let path = GrantPath {
            identity: vec![attached(Source::Identity, "granted", &granted.join(","))],
            boundary: boundary.map(|texts| vec![attached(Source::Boundary, "bound", &texts.join(","))]),
            session: None,
        };
        if covers(&holder, &path) {
            let granted = PolicySet { paths: vec![path], ..PolicySet::default() };
            for mut question in questions {
                question.foreign = false;
                let parts = question.parts();
                if decide(&parts.request(), &granted) == Ok(Outcome::Allow) {
                    prop_assert_eq!(decide(&parts.request(), &holder), Ok(Outcome::Allow), "{:?}", question);
                }
            }
        }
    }

    #[test]
    fn a_policy_without_variables_covers_itself(texts in prop::collection::vec(statement(), 1..4)) {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.contains("${")).collect();
        if texts.is_empty() {
            return Ok(());
        }
        let path = GrantPath { identity: vec![attached(Source::Identity, "p", &texts.join(","))], ..GrantPath::default() };
        let holder = PolicySet { paths: vec![path.clone()], ..PolicySet::default() };
        prop_assert!(covers(&holder, &path), "{:#?}", crate::policy::excess(&holder, &path));
    }

    /// Whatever two documents decide differently is in their difference.
    #[test]
    fn differences_are_complete(
        old in prop::collection::vec(statement(), 1..4), new in prop::collection::vec(statement(), 1..4), kept in any::<bool>(),
        questions in prop::collection::vec(question(0), 30),
    ) {
        let new = if kept { old.iter().cloned().chain(new.into_iter().take(1)).collect() } else { new };
        let set = |texts: &[String]| PolicySet::of_identity(vec![attached(Source::Identity, "p", &texts.join(","))]);
        let compiled = |texts: &[String]| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, texts.join(","));
            CompiledPolicy::read(&text, DocumentKind::Identity).unwrap()
        };
        let differences = diff(&compiled(&old), &compiled(&new)).unwrap();
        prop_assert_eq!(diff(&compiled(&old), &compiled(&old)).unwrap(), []);
        let (old, new) = (set(&old), set(&new));
        for mut question in questions {
            question.foreign = false;
            let parts = question.parts();
            let (Ok(before), Ok(after)) = (decide(&parts.request(), &old), decide(&parts.request(), &new)) else { continue };
            let expected = match (before.is_allow(), after.is_allow()) {
                (false, true) => Direction::Gained,
                (true, false) => Direction::Lost,
                _ => continue,
            };
            prop_assert!(differences.iter().any(|difference| difference.direction == expected), "{question:?} {differences:#?}");
        }
    }

    #[test]
    fn no_text_makes_anything_panic(text in prop_oneof![".{0,80}", r#"[{}\[\]",:a*$\\ 01]{0,60}"#]) {
        no_panic(&text);
    }

    #[test]
    fn no_mutilated_policy_makes_anything_panic(texts in statements(), cut in any::<prop::sample::Index>(), junk in r#"[{}\[\]",:$*é\\]{0,3}"#) {
        let whole = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, texts.join(","));
        let mut at = cut.index(whole.len());
        while !whole.is_char_boundary(at) { at -= 1; }
        let rest = whole[at..].chars().skip(junk.chars().count() % 2).collect::<String>();
        no_panic(&format!("{}{junk}{rest}", &whole[..at]));
    }

    /// Every element of a read document is the text at its place, and reads as the same element again.
    #[test]
    fn reading_loses_nothing(texts in statements(), spaces in "[ \n\t]{0,3}") {
        let whole = format!(r#"{spaces}{{"Version" :"2012-10-17",{spaces}"Statement":[{}],"Id":"é"{spaces}}}"#, texts.join(&format!(",{spaces}")));
        let document = Document::read(&whole, DocumentKind::Identity).unwrap();
        prop_assert_eq!(&**document.text(), &whole);
        let mut open = vec![document.root()];
        while let Some(node) = open.pop() {
            let text = &whole[node.span.start..node.span.end];
            let again = crate::policy::json::parse(text).unwrap();
            prop_assert_eq!(again.kind(), node.kind());
            prop_assert_eq!(again.as_str(), node.as_str());
            open.extend(node.as_array().unwrap_or_default());
            open.extend(node.as_object().unwrap_or_default().iter().map(|member| &member.node));
        }
    }
}

fn no_panic(text: &str) {
    let parts = Parts {
        principal: Principal::parse(ADA).unwrap(),
        action: Action::new("s3:GetObject").unwrap(),
        resource: Resource::new("arn:aws:s3:::b/k"),
        context: Context::open(),
    };
    for source in [Source::Identity, Source::Resource, Source::Trust] {
        if let Ok(policy) = CompiledPolicy::read(text, source.document_kind()) {
            for finding in check(&policy, None) {
                if let Some(fix) = finding.fix {
                    assert!(fix.apply(text).is_some());
                }
            }
        }
        let policy = Attached::read(source.clone(), "p", text);
        let mut set = PolicySet::of_identity(vec![policy.clone()]);
        if source != Source::Identity {
            set = PolicySet { resource: Some(policy), ..PolicySet::default() };
        }
        let _ = explain(&parts.request(), &set);
        let _ = covers(
            &set,
            &GrantPath {
                identity: set.layer(crate::policy::Layer::Identity { path: 0 }).to_vec(),
                ..GrantPath::default()
            },
        );
    }
}
