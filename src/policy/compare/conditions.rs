//! Whether the conditions of one statement hold whenever those of another do, whoever asks.

use std::collections::BTreeSet;

use crate::policy::condition::{Condition, Test};
use crate::policy::json::{Node, Value};
use crate::policy::statement::Statement;

/// A condition as its operator, key and values, for telling whether two are the same.
type Signature = (String, Box<str>, BTreeSet<String>);

/// The conditions of a statement: what they are, and whether any is about who asks.
pub(super) struct Conditions {
    signatures: Vec<Signature>,
    pub(super) about_principal: bool,
}

impl Conditions {
    pub(super) fn new(statement: &Statement, node: Option<&Node>) -> Conditions {
        let mut conditions = Conditions { signatures: Vec::new(), about_principal: false };
        for condition in &statement.conditions {
            let values = node.and_then(|node| condition.node(node)).map(value_texts).unwrap_or_default();
            conditions.about_principal |= is_about_principal(condition, &values);
            conditions.signatures.push((condition.operator.to_string(), condition.key.name.clone(), values));
        }
        conditions
    }

    /// Whether these hold whenever the others do for the same principal.
    pub(super) fn are_among(&self, others: &Conditions) -> bool {
        self.signatures.iter().all(|own| others.signatures.contains(own))
    }

    /// The conditions as they might be written.
    pub(super) fn texts(&self) -> Vec<String> {
        let join = |values: &BTreeSet<String>| values.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.signatures.iter().map(|(operator, key, values)| format!("{operator} {key}: {}", join(values))).collect()
    }

    /// Whether these hold whenever the others do, whoever asks.
    pub(super) fn follow_from(&self, others: &Conditions) -> bool {
        !self.about_principal && self.signatures.iter().all(|own| others.signatures.contains(own))
    }
}

fn value_texts(node: &Node) -> BTreeSet<String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => BTreeSet::from([text.to_string()]),
        Value::Bool(value) => BTreeSet::from([value.to_string()]),
        Value::Array(items) => items.iter().flat_map(value_texts).collect(),
        Value::Null | Value::Object(_) => BTreeSet::new(),
    }
}

/// Whether a condition may come out differently for different principals making the same request. Variables count, and so does
/// whatever is not known to be about the request.
fn is_about_principal(condition: &Condition, values: &BTreeSet<String>) -> bool {
    let key = &*condition.key.name;
    let about_request = match key.split_once(':') {
        Some(("aws", _)) => {
            REQUEST_KEYS.iter().any(|known| if known.ends_with('/') { key.starts_with(known) } else { key == *known })
        }
        Some(("wami", name)) => matches!(name, "tenantid" | "resourcetenantid" | "tenantstatus"),
        Some((prefix, _)) => !matches!(prefix, "sts" | "saml") && !prefix.contains('.'),
        None => false,
    };
    !about_request || matches!(condition.test, Test::Flawed(_)) || values.iter().any(|value| value.contains("${"))
}

/// The global keys that are about the request or its surroundings and not about who makes it.
const REQUEST_KEYS: &[&str] = &[
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:referer",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:resourcetag/",
    "aws:securetransport",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:tagkeys",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:vpcsourceip",
];
