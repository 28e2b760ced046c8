//! Condition keys: which operators fit the global keys, and which need a set operator (AWS IAM User Guide, *AWS global condition
//! context keys* and *Single-valued vs. multivalued context keys*).

use std::collections::HashSet;

use super::{Checker, Place, StatementView};
use crate::policy::condition::{Condition, Test};
use crate::policy::finding::Severity;
use crate::policy::operator::{Family, SetMode};
use crate::policy::statement::Entry;

/// What kind of values a key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Text,
    Arn,
    Date,
    /// Seconds since 1970, which date and numeric operators both read.
    Epoch,
    Number,
    Bool,
    Address,
}

impl KeyType {
    fn fits(self, family: Family) -> bool {
        match family {
            Family::Null => true,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike => {
                matches!(self, KeyType::Text | KeyType::Arn)
            }
            Family::Arn => self == KeyType::Arn,
            Family::Date(_) => matches!(self, KeyType::Date | KeyType::Epoch),
            Family::Numeric(_) => matches!(self, KeyType::Number | KeyType::Epoch),
            Family::Bool => self == KeyType::Bool,
            Family::Address => self == KeyType::Address,
            Family::Binary => false,
        }
    }

    fn operators(self) -> &'static str {
        match self {
            KeyType::Text => "string",
            KeyType::Arn => "ARN or string",
            KeyType::Date => "date",
            KeyType::Epoch => "date or numeric",
            KeyType::Number => "numeric",
            KeyType::Bool => "Bool",
            KeyType::Address => "IP address",
        }
    }
}

/// The keys that every request may have, in lower case; a name that ends with `/` has a tag key behind it. The flag says that the key
/// has many values.
const GLOBAL_KEYS: &[(&str, KeyType, bool)] = &[
    ("aws:assumedroot", KeyType::Text, false),
    ("aws:calledvia", KeyType::Text, true),
    ("aws:calledviafirst", KeyType::Text, false),
    ("aws:calledvialast", KeyType::Text, false),
    ("aws:chatbotsourcearn", KeyType::Arn, false),
    ("aws:currenttime", KeyType::Date, false),
    ("aws:ec2instancesourceprivateipv4", KeyType::Address, false),
    ("aws:ec2instancesourcevpc", KeyType::Text, false),
    ("aws:epochtime", KeyType::Epoch, false),
    ("aws:federatedprovider", KeyType::Text, false),
    ("aws:multifactorauthage", KeyType::Number, false),
    ("aws:multifactorauthpresent", KeyType::Bool, false),
    ("aws:principalaccount", KeyType::Text, false),
    ("aws:principalarn", KeyType::Arn, false),
    ("aws:principalisawsservice", KeyType::Bool, false),
    ("aws:principalorgid", KeyType::Text, false),
    ("aws:principalorgpaths", KeyType::Text, true),
    ("aws:principalservicename", KeyType::Text, false),
    ("aws:principalservicenameslist", KeyType::Text, true),
    ("aws:principaltag/", KeyType::Text, false),
    ("aws:principaltype", KeyType::Text, false),
    ("aws:referer", KeyType::Text, false),
    ("aws:requestedregion", KeyType::Text, false),
    ("aws:requesttag/", KeyType::Text, false),
    ("aws:resourceaccount", KeyType::Text, false),
    ("aws:resourceorgid", KeyType::Text, false),
    ("aws:resourceorgpaths", KeyType::Text, true),
    ("aws:resourcetag/", KeyType::Text, false),
    ("aws:securetransport", KeyType::Bool, false),
    ("aws:sourceaccount", KeyType::Text, false),
    ("aws:sourcearn", KeyType::Arn, false),
    ("aws:sourceidentity", KeyType::Text, false),
    ("aws:sourceip", KeyType::Address, false),
    ("aws:sourceorgid", KeyType::Text, false),
    ("aws:sourceorgpaths", KeyType::Text, true),
    ("aws:sourcevpc", KeyType::Text, false),
    ("aws:sourcevpcarn", KeyType::Arn, false),
    ("aws:sourcevpce", KeyType::Text, false),
    ("aws:tagkeys", KeyType::Text, true),
    ("aws:tokenissuetime", KeyType::Date, false),
    ("aws:useragent", KeyType::Text, false),
    ("aws:userid", KeyType::Text, false),
    ("aws:username", KeyType::Text, false),
    ("aws:viaawsservice", KeyType::Bool, false),
    ("aws:vpceaccount", KeyType::Text, false),
    ("aws:vpceorgid", KeyType::Text, false),
    ("aws:vpceorgpaths", KeyType::Text, true),
    ("aws:vpcsourceip", KeyType::Address, false),
    ("iam:passedtoservice", KeyType::Text, false),
    ("iam:permissionsboundary", KeyType::Arn, false),
    ("iam:policyarn", KeyType::Arn, false),
    ("iam:resourcetag/", KeyType::Text, false),
    ("sts:externalid", KeyType::Text, false),
    ("sts:rolesessionname", KeyType::Text, false),
    ("sts:sourceidentity", KeyType::Text, false),
    ("sts:transitivetagkeys", KeyType::Text, true),
    ("wami:crosstenantrequest", KeyType::Bool, false),
    ("wami:principaltenantid", KeyType::Text, false),
    ("wami:resourcetenantid", KeyType::Text, false),
    ("wami:tenantid", KeyType::Text, false),
    ("wami:tenantstatus", KeyType::Text, false),
];

fn look_up(key: &str) -> Option<(KeyType, bool)> {
    GLOBAL_KEYS
        .iter()
        .find(
            |(name, ..)| {
                if name.ends_with('/') { key.starts_with(name) && key.len() > name.len() } else { *name == key }
            },
        )
        .map(|&(_, kind, many)| (kind, many))
}

impl Checker<'_> {
    pub(super) fn statement_conditions(&mut self, statement: &StatementView) {
        let conditions = statement.compiled.map(|statement| &*statement.conditions).unwrap_or_default();
        let checked: HashSet<&str> = conditions
            .iter()
            .filter(|condition| asks_for_presence(condition))
            .map(|condition| &*condition.key.name)
            .collect();
        for condition in conditions.iter().filter(|condition| !matches!(condition.test, Test::Flawed(_))) {
            let at = Place { pointer: condition.pointer.to_string(), span: condition.span };
            let key = &*condition.key.name;
            match look_up(key) {
                Some((kind, many)) => self.fit(condition, at.clone(), kind, many),
                None if key.starts_with("aws:") => {
                    self.say(
                        Severity::Warning,
                        "unknown_key",
                        at.clone(),
                        format!("There is no global condition key {key}."),
                    );
                }
                None if !key.contains(':') => {
                    let message =
                        format!("The condition key {key:?} has no prefix such as \"aws:\"; requests never carry it.");
                    self.say(Severity::Warning, "key_without_prefix", at.clone(), message);
                }
                None => {}
            }
            if statement.allows() && condition.operator.set == SetMode::All && !checked.contains(key) {
                let message = format!(
                    "ForAllValues also holds when {key} is absent. Add \"Null\": {{\"{key}\": \"false\"}} to allow only requests that have it."
                );
                self.say(Severity::SecurityWarning, "for_all_values_without_null", at, message);
            }
        }
    }

    fn fit(&mut self, condition: &Condition, at: Place, kind: KeyType, many: bool) {
        let operator = condition.operator;
        let key = &condition.key.name;
        if !kind.fits(operator.family) {
            let message = format!("{key} is compared with {} operators.", kind.operators());
            self.say(Severity::Error, "unfit_operator", at, message);
        } else if many && operator.set == SetMode::Single && operator.family != Family::Null {
            let message = format!("{key} has several values; use ForAnyValue or ForAllValues.");
            self.say(Severity::Error, "set_operator_needed", at, message);
        } else if !many && operator.set != SetMode::Single {
            let message =
                format!("{key} has one value at most; a set operator makes the condition wider than it seems.");
            self.say(Severity::SecurityWarning, "set_operator_not_needed", at, message);
        }
    }
}

/// Whether a condition asks that its key be there.
fn asks_for_presence(condition: &Condition) -> bool {
    matches!(&condition.test, Test::Null(values) if values.iter().all(|value| *value == Entry::Good(false)))
}
