//! What comes out of a decision.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::policy::condition::{Condition, Test};
use crate::policy::context::Presence;
use crate::policy::finding::Location;
use crate::policy::request::Request;
use crate::policy::set::{Attached, Body, Layer, PolicySet};
use crate::policy::statement::{Effect, Entry, FlawId, Listed, Statement};
use crate::policy::truth::Truth;

/// The three answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Some policy allows, and nothing stands against it.
    Allow,
    /// A statement denies. Nothing overrides it.
    ExplicitDeny,
    /// Nothing allows, or some layer does not let the permission through.
    ImplicitDeny,
}

impl Outcome {
    /// Whether the request may go on.
    pub fn is_allow(self) -> bool {
        self == Outcome::Allow
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Allow => "allow",
            Outcome::ExplicitDeny => "explicit_deny",
            Outcome::ImplicitDeny => "implicit_deny",
        })
    }
}

/// An answer with its grounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// The layer that decided: the one that allows, the first that denies, or the first that does not let through.
    pub layer: Option<Layer>,
    /// Every statement that applies, in the order of evaluation.
    pub matched: Vec<Matched>,
    /// Context keys, in lower case, that are absent and without which an Allow did not apply that otherwise fits; at most 32. Empty
    /// if the request is allowed.
    pub missing_keys: Vec<Box<str>>,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allow(&self) -> bool {
        self.outcome.is_allow()
    }
}

/// A statement that applies to the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The layer of its policy.
    pub layer: Layer,
    /// Which policy of that layer, from 0; see [`PolicySet::layer`].
    pub policy: usize,
    /// Which statement of that policy, from 0.
    pub statement: usize,
    /// What it does.
    pub effect: Effect,
    /// Its `Sid`, if it has one.
    pub sid: Option<Box<str>>,
    /// Its line in the document, from 1.
    pub line: usize,
}

/// Why a request cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The document of a policy is not known here.
    DocumentUnknown,
    /// The stored text of a policy cannot be read.
    Unreadable,
    /// An element on which the answer depends is malformed.
    Malformed,
    /// A value in the request context cannot be read as its operator needs it.
    ContextValue,
    /// The answer depends on a context key whose value is not known.
    UnknownKey,
}

/// A request that cannot be decided. It is a refusal everywhere; the policy named must be repaired, or the value supplied.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("the request cannot be decided because of {policy}: {message}")]
pub struct Undecidable {
    /// Why.
    pub reason: Reason,
    /// The name of the policy.
    pub policy: Box<str>,
    /// The layer of the policy.
    pub layer: Option<Layer>,
    /// JSON Pointer of the element on which the answer depends.
    pub pointer: Box<str>,
    /// Where that element stands, if the document can be read.
    pub location: Option<Location>,
    /// A sentence for people.
    pub message: Box<str>,
}

/// Finds out why a request could not be decided. Runs only after that is known.
#[cold]
pub(crate) fn undecidable(request: &Request, set: &PolicySet) -> Undecidable {
    let bound = request.principal.is_bound_by_guardrails();
    let layers = || set.layers().filter(|layer| bound || !matches!(layer, Layer::Guardrail { .. }));
    let attached = || layers().flat_map(|layer| set.layer(layer).iter().map(move |attached| (layer, attached)));
    if let Some(found) = attached().find_map(|(layer, attached)| whole_document(layer, attached)) {
        return found;
    }
    // A malformed element is named before an unknown key: it is what must be repaired.
    for wanted in [Truth::Broken, Truth::Unknown] {
        for (layer, attached) in attached() {
            let statements = attached.compiled().map(|policy| &*policy.statements).unwrap_or_default();
            for statement in statements {
                let unknown_effect = statement.effect.is_err() && statement.applies(request).truth() != Truth::No;
                if statement.applies(request).truth() == wanted || (wanted == Truth::Broken && unknown_effect) {
                    return in_statement(layer, attached, statement, request);
                }
            }
        }
    }
    Undecidable {
        reason: Reason::Malformed,
        policy: Box::default(),
        layer: None,
        pointer: Box::default(),
        location: None,
        message: "The policies cannot be evaluated.".into(),
    }
}

fn whole_document(layer: Layer, attached: &Attached) -> Option<Undecidable> {
    let (reason, finding) = match &attached.body {
        Body::Unknown => (Reason::DocumentUnknown, None),
        Body::Unreadable(findings) => (Reason::Unreadable, findings.first()),
        Body::Compiled(policy) => (Reason::Malformed, Some(policy.flaw(policy.wide_flaw?)?)),
    };
    Some(Undecidable {
        reason,
        policy: attached.name.as_ref().into(),
        layer: Some(layer),
        pointer: finding.map(|finding| finding.pointer.as_str().into()).unwrap_or_default(),
        location: finding.map(|finding| finding.location),
        message: finding.map_or("The document of this policy is not known.", |finding| &finding.message).into(),
    })
}

fn in_statement(layer: Layer, attached: &Attached, statement: &Statement, request: &Request) -> Undecidable {
    let describe = |reason, pointer: &str, location, message: &str| Undecidable {
        reason,
        policy: attached.name.as_ref().into(),
        layer: Some(layer),
        pointer: pointer.into(),
        location,
        message: message.into(),
    };
    let policy = attached.compiled();
    if let Some(finding) = first_flaw(statement, request).and_then(|flaw| policy?.flaw(flaw)) {
        return describe(Reason::Malformed, &finding.pointer, Some(finding.location), &finding.message);
    }
    for condition in &statement.conditions {
        let pointer = &*condition.pointer;
        let location = policy.map(|policy| policy.document().locate_span(condition.span));
        let key = &condition.key.name;
        match condition.holds(request.context) {
            Truth::Broken => {
                let values = match request.context.look_up(&condition.key) {
                    Presence::Known(values) => values,
                    _ => &[],
                };
                let message = condition.value_problem(values).unwrap_or_else(|| format!("{key} cannot be compared."));
                return describe(Reason::ContextValue, pointer, location, &message);
            }
            Truth::Unknown => {
                return describe(Reason::UnknownKey, pointer, location, &format!("The value of {key} is not known."));
            }
            _ => {}
        }
    }
    let pointer = &*statement.pointer;
    let location = policy.map(|policy| policy.document().locate(pointer));
    describe(Reason::UnknownKey, pointer, location, "A variable in this statement has no known value.")
}

/// The first flaw on which the statement's meaning for this request depends.
fn first_flaw(statement: &Statement, request: &Request) -> Option<FlawId> {
    fn in_list<T>(list: &Listed<T>) -> Option<FlawId> {
        match list {
            Listed::Flawed(flaw) => Some(*flaw),
            Listed::Is(entries) | Listed::Not(entries) => in_entries(entries),
            Listed::Absent => None,
        }
    }
    let broken = |truth: Truth| truth == Truth::Broken;
    statement
        .flaw
        .or(statement.effect.err())
        .or_else(|| broken(statement.action_matches(request)).then(|| in_list(&statement.actions))?)
        .or_else(|| broken(statement.resource_matches(request)).then(|| in_list(&statement.resources))?)
        .or_else(|| {
            broken(statement.principal_matches(request.principal).truth()).then(|| in_list(&statement.principals))?
        })
        .or_else(|| {
            let conditions = statement.conditions.iter().filter(|condition| broken(condition.holds(request.context)));
            conditions.filter_map(Condition::first_flaw).next()
        })
}

fn in_entries<T>(entries: &[Entry<T>]) -> Option<FlawId> {
    entries.iter().find_map(|entry| match entry {
        Entry::Flawed(flaw) => Some(*flaw),
        Entry::Good(_) => None,
    })
}

impl Condition {
    fn first_flaw(&self) -> Option<FlawId> {
        match &self.test {
            Test::Flawed(flaw) => Some(*flaw),
            Test::Text(entries) | Test::TextIgnoreCase(entries) => in_entries(entries),
            Test::Number(_, entries) => in_entries(entries),
            Test::Date(_, entries) => in_entries(entries),
            Test::Bool(entries) => in_entries(entries),
            Test::Bytes(entries) => in_entries(entries),
            Test::Address(entries) => in_entries(entries),
            Test::Arn(entries) => in_entries(entries),
            Test::Null(entries) => in_entries(entries),
        }
    }
}

/// Nobody reads more, and a hostile policy could name any number.
const MOST_MISSING_KEYS: usize = 32;

impl Statement {
    /// Adds the absent keys without which an otherwise fitting statement did not apply.
    pub(crate) fn missing_keys(&self, request: &Request, missing: &mut Vec<Box<str>>) {
        if self.conditions.is_empty() || self.flaw.is_some() {
            return;
        }
        let fits = self
            .action_matches(request)
            .and(self.resource_matches(request))
            .and(self.principal_matches(request.principal).truth());
        if fits == Truth::No {
            return;
        }
        for condition in &self.conditions {
            let absent = request.context.look_up(&condition.key) == Presence::Absent;
            if missing.len() >= MOST_MISSING_KEYS {
                return;
            }
            if absent && condition.holds(request.context) == Truth::No && !missing.contains(&condition.key.name) {
                missing.push(condition.key.name.clone());
            }
        }
    }
}
