//! Who gets a say in the console itself: a dump's policies count in the tenant as any other, so a user who may
//! `iam:*` in the account may administer the tenant.
//!
//! This is about actions as wholes, at their widest: an Allow counts for an action if it could allow it on anything of
//! the tenant, whatever its conditions; a Deny only if it denies it on everything, unconditionally. What is told may
//! therefore be more than can be used, never less.

use std::collections::HashMap;

use serde_json::Value;

use super::items::Digest;
use crate::authz::Action;

/// A set of actions of the console.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Actions(u128);

const _: () = assert!(Action::ALL.len() <= 128, "one bit for each action");

impl Actions {
    const ALL: Self = Self(u128::MAX >> (128 - Action::ALL.len()));

    fn of(keep: impl Fn(Action) -> bool) -> Self {
        let bits = Action::ALL.iter().enumerate().filter(|(_, action)| keep(**action)).map(|(bit, _)| 1_u128 << bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn less(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let held = Action::ALL.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1);
        held.map(|(_, action)| action.as_str())
    }

    /// The same in few patterns: `*`, `iam:*`, else names.
    pub fn patterns(self) -> Vec<String> {
        if self == Self::ALL {
            return vec!["*".into()];
        }
        let mut patterns = Vec::new();
        let mut services: Vec<&str> = self.names().filter_map(|name| name.split(':').next()).collect();
        services.dedup();
        for service in services {
            let is_of = |name: &str| name.split(':').next() == Some(service);
            let whole = Self::of(|action| is_of(action.as_str()));
            if self.and(whole) == whole {
                patterns.push(format!("{service}:*"));
            } else {
                patterns.extend(self.names().filter(|name| is_of(name)).map(str::to_owned));
            }
        }
        patterns
    }
}

/// What a policy, or several, do to the actions of the console.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Power {
    allow: Actions,
    deny: Actions,
}

impl Power {
    pub fn with(self, other: Self) -> Self {
        Self { allow: self.allow.or(other.allow), deny: self.deny.or(other.deny) }
    }

    /// What is left of it within a boundary.
    pub fn within(self, boundary: Option<Self>) -> Actions {
        let own = self.allow.less(self.deny);
        boundary.map_or(own, |boundary| own.and(boundary.allow).less(boundary.deny))
    }

    /// Whether it allows anything in the console.
    pub fn grants(self) -> bool {
        !self.allow.is_empty()
    }
}

/// Reads policies for what they do in the console. Each content is read once.
pub(super) struct Powers {
    /// Native and own names of things of the tenant begin with one of these, up to the account's.
    accounts: Vec<String>,
    known: HashMap<Digest, Power>,
}

/// The most contents remembered: synthetic or hostile dumps may have as many as they have users.
const MOST_KNOWN: usize = 50_000;
/// With more accounts than these a resource counts as one of the tenant.
const MOST_ACCOUNTS: usize = 20;

impl Powers {
    /// For a tenant with things named after these accounts.
    pub fn new(accounts: Vec<String>) -> Self {
        Self { accounts, known: HashMap::new() }
    }

    /// What a document does.
    pub fn of(&mut self, document: &str) -> Power {
        use sha2::Digest as _;
        let hash: [u8; 32] = sha2::Sha256::digest(document.as_bytes()).into();
        let key = *hash.first_chunk().expect("32 bytes begin with 16");
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let power = self.read(document);
        if self.known.len() < MOST_KNOWN {
            self.known.insert(key, power);
        }
        power
    }

    fn read(&self, document: &str) -> Power {
        let Ok(document) = serde_json::from_str::<Value>(document) else { return Power::default() };
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.as_slice(),
            Some(statement) => std::slice::from_ref(statement),
            None => &[],
        };
        let mut power = Power::default();
        for statement in statements {
            let actions = actions(statement);
            if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
                let is_total = statement.get("Condition").is_none()
                    && texts(statement, "Resource").is_some_and(|resources| resources.contains(&"*"));
                if is_total {
                    power.deny = power.deny.or(actions);
                }
            } else {
                let reached = Actions::of(|action| self.reaches(statement, action));
                power.allow = power.allow.or(actions.and(reached));
            }
        }
        power
    }

    /// Whether a statement's resources could be one that the action is about.
    fn reaches(&self, statement: &Value, action: Action) -> bool {
        let Some(resources) = texts(statement, "Resource") else { return true };
        if self.accounts.len() > MOST_ACCOUNTS {
            return !resources.is_empty();
        }
        let service = action.as_str().split(':').next().unwrap_or_default();
        let kind = action.resource().split('<').next().unwrap_or_default();
        resources.iter().any(|pattern| {
            let literal = pattern.split(['*', '?', '$']).next().unwrap_or_default();
            ["wami", "aws"].iter().any(|partition| {
                self.accounts.iter().any(|account| {
                    let name = format!("arn:{partition}:{service}::{account}:{kind}");
                    if literal.len() == pattern.len() {
                        literal.starts_with(&name)
                    } else {
                        literal.starts_with(&name) || name.starts_with(literal)
                    }
                })
            })
        })
    }
}

/// The strings of an element; `None` when it is not there.
fn texts<'v>(statement: &'v Value, element: &str) -> Option<Vec<&'v str>> {
    match statement.get(element)? {
        Value::String(text) => Some(vec![text]),
        Value::Array(texts) => Some(texts.iter().filter_map(Value::as_str).collect()),
        _ => Some(vec![]),
    }
}

fn actions(statement: &Value) -> Actions {
    let any = |patterns: &[&str], action: Action| {
        let name = action.as_str().to_ascii_lowercase();
        patterns.iter().any(|pattern| matches(pattern.to_ascii_lowercase().as_bytes(), name.as_bytes()))
    };
    match (texts(statement, "Action"), texts(statement, "NotAction")) {
        (Some(patterns), _) => Actions::of(|action| any(&patterns, action)),
        (None, Some(patterns)) => Actions::of(|action| !any(&patterns, action)),
        (None, None) => Actions::default(),
    }
}

/// Whether a pattern of `*` and `?` matches a text. Goes back to the last star only, so it takes little time for any.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read, mut retry) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((after_star, from)) = retry else { return false };
                (at, read) = (after_star, from + 1);
                retry = Some((after_star, from + 1));
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(document: Value) -> Vec<String> {
        Powers::new(vec!["111122223333".into()]).of(&document.to_string()).within(None).patterns()
    }

    fn allow(action: &str, resource: &str) -> Value {
        serde_json::json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})
    }

    #[test]
    fn patterns_match_as_in_policies() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("iam:*user", "iam:createuser", true),
            ("iam:*user", "iam:createusers", false),
            ("i?m:*", "iam:x", true),
            ("*a*b", "aab", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_about_other_things_grants_nothing_in_the_console() {
        assert_eq!(granted(allow("s3:*", "*")), [""; 0]);
        assert_eq!(granted(allow("*", "arn:aws:s3:::bucket/*")), [""; 0]);
        assert_eq!(granted(allow("iam:*", "arn:aws:iam::999999999999:user/*")), [""; 0]);
    }

    #[test]
    fn what_reaches_the_tenant_is_told_in_few_words() {
        assert_eq!(granted(allow("*", "*")), ["*"]);
        assert_eq!(granted(allow("iam:*", "*")), ["iam:*"]);
        assert_eq!(granted(allow("IAM:createUSER", "arn:aws:iam::*:user/*")), ["iam:CreateUser"]);
        assert_eq!(granted(allow("iam:GetUser", "arn:aws:iam::111122223333:user/${aws:username}")), ["iam:GetUser"]);
    }

    #[test]
    fn only_a_total_deny_takes_away() {
        let with = |deny: Value| serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "audit:*", "Resource": "*"}, deny]});
        let total = serde_json::json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        assert_eq!(granted(with(total)), [""; 0]);
        let conditional = serde_json::json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}});
        assert_eq!(granted(with(conditional)), ["audit:*"]);
    }

    #[test]
    fn a_boundary_bounds() {
        let mut powers = Powers::new(vec!["1".into()]);
        let (all, some) = (powers.of(&allow("*", "*").to_string()), powers.of(&allow("iam:Get*", "*").to_string()));
        assert!(all.within(Some(some)).names().all(|name| name.starts_with("iam:Get")));
        assert!(all.within(Some(Power::default())).is_empty());
    }
}
