//! One line of a `Condition`: an operator, a key and its values.

use crate::policy::context::{Context, ContextKey, Presence};
use crate::policy::json::{Node, Span};
use crate::policy::operator::{Comparison, Family, Operator, SetMode};
use crate::policy::pattern::{ArnPattern, Pattern};
use crate::policy::scalar::{Base64, Decimal, Moment, Network, parse_bool};
use crate::policy::statement::{Entry, FlawId};
use crate::policy::truth::Truth;

/// A prepared condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: ContextKey,
    pub(crate) test: Test,
    /// JSON Pointer of the values.
    pub(crate) pointer: Box<str>,
    /// The bytes of the values.
    pub(crate) span: Span,
    /// Which operator of the `Condition`, and which key of the operator; `None` if the operator as a whole is malformed.
    pub(crate) index: (usize, Option<usize>),
}

/// The values of a condition, prepared for its operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Text(Box<[Entry<Pattern>]>),
    TextIgnoreCase(Box<[Entry<Pattern>]>),
    Number(Comparison, Box<[Entry<Box<str>>]>),
    Date(Comparison, Box<[Entry<Moment>]>),
    Bool(Box<[Entry<BoolValue>]>),
    Bytes(Box<[Entry<Box<[u8]>>]>),
    Address(Box<[Entry<Network>]>),
    Arn(Box<[Entry<ArnPattern>]>),
    Null(Box<[Entry<bool>]>),
    /// The whole line is malformed.
    Flawed(FlawId),
}

/// A Boolean in a policy, perhaps by way of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BoolValue {
    Fixed(bool),
    Variable(Pattern),
}

impl Condition {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, context: &Context) -> Truth {
        let presence = context.look_up(&self.key);
        match &self.test {
            Test::Flawed(_) => return Truth::Broken,
            Test::Null(wanted) => return null_holds(wanted, presence),
            _ => {}
        }
        let Operator { negated, set, if_exists, .. } = self.operator;
        let values = match presence {
            Presence::Unknown => return Truth::Unknown,
            Presence::Absent if if_exists => return Truth::Yes,
            Presence::Absent => {
                return Truth::from(match set {
                    SetMode::Single => negated,
                    SetMode::All => true,
                    SetMode::Any => false,
                });
            }
            Presence::Known(values) => values,
        };
        let matches = |value: &str| self.test.matches(value, context);
        let holds = |value: &str| if negated { matches(value).not() } else { matches(value) };
        let values = values.iter().map(|value| &**value);
        match set {
            // A key with several values needs a set operator; AWS does not say what happens without one.
            SetMode::Single if values.len() > 1 => Truth::Broken,
            SetMode::Single => Truth::all(values.map(holds)),
            // A set of nothing but empty strings counts as empty (*Single-valued vs. multivalued context keys*).
            SetMode::All if values.clone().all(str::is_empty) => Truth::Yes,
            SetMode::Any if values.clone().all(str::is_empty) => Truth::No,
            SetMode::All => Truth::all(values.map(holds)),
            SetMode::Any => Truth::any(values.map(holds)),
        }
    }

    /// The values as they are written, given the statement that holds the condition.
    pub(crate) fn node<'a>(&self, statement: &'a Node) -> Option<&'a Node> {
        let operator = statement.get("Condition")?.node.as_object()?.get(self.index.0)?;
        Some(&operator.node.as_object()?.get(self.index.1?)?.node)
    }

    /// What is wrong with the request's values for this operator, as a sentence.
    pub(crate) fn value_problem(&self, values: &[Box<str>]) -> Option<String> {
        let key = &self.key.name;
        if let Some(bad) = values.iter().find(|value| self.is_unreadable(value)) {
            return Some(format!(
                "The value {bad:?} of {key} in the request cannot be read as this operator needs it."
            ));
        }
        let single = self.operator.set == SetMode::Single && self.operator.family != Family::Null;
        (single && values.len() > 1).then(|| {
            format!(
                "{key} has {} values in the request, which only an operator with ForAllValues or ForAnyValue can compare.",
                values.len()
            )
        })
    }

    fn is_unreadable(&self, value: &str) -> bool {
        match self.operator.family {
            Family::Numeric(_) => Decimal::parse(value).is_none(),
            Family::Date(_) => Moment::parse(value).is_none(),
            Family::Bool => parse_bool(value).is_none(),
            Family::Binary => Base64::parse(value).is_none(),
            Family::Address => Network::parse(value).is_none(),
            _ => false,
        }
    }
}

impl Test {
    /// For each value of the policy, whether it matches one of the request's values by itself; for explanations.
    pub(crate) fn truths(&self, values: &[Box<str>], context: &Context) -> Vec<Truth> {
        fn each<T: Clone>(
            entries: &[Entry<T>],
            wrap: impl Fn(Box<[Entry<T>]>) -> Test,
            values: &[Box<str>],
            context: &Context,
        ) -> Vec<Truth> {
            entries
                .iter()
                .map(|entry| {
                    let alone = wrap([entry.clone()].into());
                    Truth::any(values.iter().map(|value| alone.matches(value, context)))
                })
                .collect()
        }
        match self {
            Test::Text(entries) => each(entries, Test::Text, values, context),
            Test::TextIgnoreCase(entries) => each(entries, Test::TextIgnoreCase, values, context),
            Test::Number(comparison, entries) => {
                each(entries, |entries| Test::Number(*comparison, entries), values, context)
            }
            Test::Date(comparison, entries) => {
                each(entries, |entries| Test::Date(*comparison, entries), values, context)
            }
            Test::Bool(entries) => each(entries, Test::Bool, values, context),
            Test::Bytes(entries) => each(entries, Test::Bytes, values, context),
            Test::Address(entries) => each(entries, Test::Address, values, context),
            Test::Arn(entries) => each(entries, Test::Arn, values, context),
            Test::Null(entries) => entries.iter().map(|entry| Truth::from(*entry == Entry::Good(false))).collect(),
            Test::Flawed(_) => Vec::new(),
        }
    }
}

fn null_holds(wanted: &[Entry<bool>], presence: Presence) -> Truth {
    Truth::any(wanted.iter().map(|entry| match (entry, presence) {
        (Entry::Flawed(_), _) => Truth::Broken,
        (Entry::Good(_), Presence::Unknown) => Truth::Unknown,
        (Entry::Good(absent), Presence::Absent) => Truth::from(*absent),
        (Entry::Good(absent), Presence::Known(_)) => Truth::from(!*absent),
    }))
}

/// Whether any of the entries satisfies the comparison.
fn any<T>(entries: &[Entry<T>], compare: impl Fn(&T) -> Truth) -> Truth {
    Truth::any(entries.iter().map(|entry| match entry {
        Entry::Good(value) => compare(value),
        Entry::Flawed(_) => Truth::Broken,
    }))
}

impl Test {
    /// Whether one value of the request matches at least one of the policy's. A value with an unresolved variable is dropped.
    fn matches(&self, value: &str, context: &Context) -> Truth {
        match self {
            Test::Text(patterns) => any(patterns, |pattern| pattern.matches(value, context, Truth::No)),
            Test::TextIgnoreCase(patterns) => {
                any(patterns, |pattern| pattern.with_text(context, |text| equal_ignoring_case(text, value)))
            }
            Test::Number(comparison, numbers) => match Decimal::parse(value) {
                Some(value) => any(numbers, |number| match Decimal::parse(number) {
                    Some(number) => comparison.holds(value.compare(&number)).into(),
                    None => Truth::Broken,
                }),
                None => Truth::Broken,
            },
            Test::Date(comparison, moments) => match Moment::parse(value) {
                Some(value) => any(moments, |moment| comparison.holds(value.cmp(moment)).into()),
                None => Truth::Broken,
            },
            Test::Bool(wanted) => match parse_bool(value) {
                Some(value) => any(wanted, |wanted| match wanted {
                    BoolValue::Fixed(wanted) => Truth::from(*wanted == value),
                    BoolValue::Variable(pattern) => pattern.with_text(context, |text| parse_bool(text) == Some(value)),
                }),
                None => Truth::Broken,
            },
            Test::Bytes(wanted) => any(wanted, |wanted| match Base64::parse(value) {
                Some(bytes) => bytes.eq(wanted.iter().copied()).into(),
                None => Truth::Broken,
            }),
            Test::Address(networks) => match Network::parse(value) {
                Some(address) => any(networks, |network| network.contains(&address).into()),
                None => Truth::Broken,
            },
            Test::Arn(patterns) => any(patterns, |pattern| pattern.matches(value, context)),
            Test::Null(_) | Test::Flawed(_) => Truth::Broken,
        }
    }
}

fn equal_ignoring_case(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}
