//! What the terms of a filter mean for each kind of thing, decided once for every store.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::{AmiError, Result, rules};
use crate::wire::{Filter, Term};

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The search text holds this (lower-cased).
    Text(String),
    /// The path begins so.
    PathPrefix(String),
    /// There is a tag of this key (lower-cased) and, if given, this value.
    Tag(String, Option<String>),
    /// Enabled or disabled.
    Enabled(bool),
    /// A member of the group of this name (lower-cased).
    InGroup(String),
    /// Created before.
    CreatedBefore(DateTime<Utc>),
    /// Created at or after.
    CreatedAfter(DateTime<Utc>),
    /// Attached to something, or to nothing.
    Attached(bool),
    /// Kept by AWS, or the tenant's own.
    AwsManaged(bool),
    /// A column of this name equals.
    Equals(&'static str, String),
    /// A column of this name begins so.
    StartsWith(&'static str, String),
}

/// A condition, and whether it must hold or must not.
pub type Signed = (bool, Condition);

/// A key that a list knows.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    name: &'static str,
    /// The only values it takes; none means that any will do.
    words: &'static [&'static str],
}

impl Key {
    const fn any(name: &'static str) -> Self {
        Self { name, words: &[] }
    }
    const fn one_of(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, words }
    }
}

const PATH: Key = Key::any("path");
const TAG: Key = Key::any("tag");
const CREATED: Key = Key::any("created");

/// The keys of users.
pub const USERS: &[Key] = &[PATH, TAG, Key::one_of("status", &["enabled", "disabled"]), Key::any("group"), CREATED];
/// The keys of groups.
pub const GROUPS: &[Key] = &[PATH, TAG, CREATED];
/// The keys of roles.
pub const ROLES: &[Key] = &[PATH, TAG, CREATED];
/// The keys of managed policies.
pub const POLICIES: &[Key] =
    &[PATH, TAG, CREATED, Key::one_of("attached", &["yes", "no"]), Key::one_of("source", &["aws", "local"])];
/// The keys of permission sets.
pub const PERMISSION_SETS: &[Key] = &[TAG, CREATED];
/// The keys of assignments.
pub const ASSIGNMENTS: &[Key] = &[
    Key::any("set"),
    Key::any("principal"),
    Key::one_of("kind", &["user", "group"]),
    Key::one_of("reach", &["tenant", "subtree"]),
];
/// The keys of audit events.
pub const EVENTS: &[Key] = &[
    Key::any("action"),
    Key::any("actor"),
    Key::any("target"),
    Key::any("kind"),
    Key::one_of("outcome", &["success", "refused", "failed"]),
    Key::any("request"),
    CREATED,
];
/// The keys of the bin.
pub const BIN: &[Key] = &[Key::one_of("kind", &["user", "group", "role", "policy", "permission-set"])];

/// Reads a filter; `keys` are those the list knows.
///
/// # Errors
/// `InvalidParameter` on `filter`: a key or value that the list does not know, so that nothing is silently ignored.
pub fn interpret(filter: &Filter, keys: &[Key]) -> Result<Vec<Signed>> {
    filter.terms.iter().map(|term| Ok((!term.negated, condition(term, keys)?))).collect()
}

fn condition(term: &Term, keys: &[Key]) -> Result<Condition> {
    // What cannot be stored is found nowhere.
    let value = rules::storable(&term.value);
    let Some(key) = term.key.as_deref() else { return Ok(Condition::Text(value.to_lowercase())) };
    let bad = |message: String| AmiError::invalid("filter", message);
    let known = keys.iter().find(|known| known.name == key);
    let known = known.ok_or_else(|| bad(format!("“{key}” is no filter of this list.")))?;
    let value = value.as_str();
    if !(known.words.is_empty() || known.words.contains(&value)) {
        return Err(bad(format!("“{key}:” takes {}.", known.words.join(" or "))));
    }
    Ok(match key {
        "path" if value.starts_with('/') => Condition::PathPrefix(value.to_owned()),
        "path" => return Err(bad("A path begins with “/”.".into())),
        "tag" => match value.split_once('=') {
            Some((key, value)) => Condition::Tag(key.to_lowercase(), Some(value.to_owned())),
            None => Condition::Tag(value.to_lowercase(), None),
        },
        "status" => Condition::Enabled(value == "enabled"),
        "group" => Condition::InGroup(value.to_lowercase()),
        "created" => created(value)
            .ok_or_else(|| bad("“created:” takes < or > and a date, as in created:<2026-01-31.".into()))?,
        "attached" => Condition::Attached(value == "yes"),
        "source" => Condition::AwsManaged(value == "aws"),
        "action" => match value.strip_suffix('*') {
            Some(prefix) => Condition::StartsWith("action", prefix.to_owned()),
            None => Condition::Equals("action", value.to_owned()),
        },
        "actor" => Condition::Equals("actor_name", value.to_owned()),
        "target" => Condition::Equals("target_name", value.to_owned()),
        "kind" => Condition::Equals("kind", value.to_owned()),
        "outcome" => Condition::Equals("outcome", value.to_owned()),
        "request" => Condition::Equals("request_id", value.to_owned()),
        "set" => Condition::Equals("set_name", value.to_lowercase()),
        "principal" => Condition::Equals("principal_name", value.to_lowercase()),
        "reach" => Condition::Equals("reach", value.to_owned()),
        _ => return Err(bad(format!("“{key}” is no filter."))),
    })
}

fn created(value: &str) -> Option<Condition> {
    let midnight = |date: &str| {
        let date: NaiveDate = date.parse().ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    match value.split_at_checked(1)? {
        ("<", date) => Some(Condition::CreatedBefore(midnight(date)?)),
        (">", date) => Some(Condition::CreatedAfter(midnight(date)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Signed>> {
        let names: Vec<&str> = USERS.iter().map(|key| key.name).collect();
        interpret(&Filter::parse(text, &names).expect("grammar"), USERS)
    }

    #[test]
    fn terms_mean_what_the_box_says() {
        let date = "2026-01-31T00:00:00Z".parse().expect("a time");
        assert_eq!(
            read("Ann -tag:Team=Core path:/eng/ created:<2026-01-31").ok(),
            Some(vec![
                (true, Condition::Text("ann".into())),
                (false, Condition::Tag("team".into(), Some("Core".into()))),
                (true, Condition::PathPrefix("/eng/".into())),
                (true, Condition::CreatedBefore(date)),
            ])
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in ["path:eng", "status:maybe", "created:2026-01-31", "created:<soon", "created:ä"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let unknown = Filter { terms: vec![Term { negated: false, key: Some("set".into()), value: "x".into() }] };
        assert!(interpret(&unknown, USERS).is_err() && interpret(&unknown, ASSIGNMENTS).is_ok());
    }
}
