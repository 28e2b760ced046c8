//! Condition operators (AWS IAM User Guide, *IAM JSON policy elements: Condition operators*).

use std::cmp::Ordering;
use std::fmt;

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) family: Family,
    /// Whether it holds when the values do *not* match.
    pub(crate) negated: bool,
    pub(crate) set: SetMode,
    pub(crate) if_exists: bool,
}

/// How an operator compares one value with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// How two ordered values compare, the request's on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Comparison {
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equals => ordering.is_eq(),
            Comparison::LessThan => ordering.is_lt(),
            Comparison::LessThanEquals => ordering.is_le(),
            Comparison::GreaterThan => ordering.is_gt(),
            Comparison::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

/// How the values of a key count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetMode {
    /// No prefix: for keys with one value.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// Every operator without prefix and suffix.
pub(crate) const OPERATORS: &[(&str, Family, bool)] = &[
    ("StringEquals", Family::StringEquals, false),
    ("StringNotEquals", Family::StringEquals, true),
    ("StringEqualsIgnoreCase", Family::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Family::StringEqualsIgnoreCase, true),
    ("StringLike", Family::StringLike, false),
    ("StringNotLike", Family::StringLike, true),
    ("NumericEquals", Family::Numeric(Comparison::Equals), false),
    ("NumericNotEquals", Family::Numeric(Comparison::Equals), true),
    ("NumericLessThan", Family::Numeric(Comparison::LessThan), false),
    ("NumericLessThanEquals", Family::Numeric(Comparison::LessThanEquals), false),
    ("NumericGreaterThan", Family::Numeric(Comparison::GreaterThan), false),
    ("NumericGreaterThanEquals", Family::Numeric(Comparison::GreaterThanEquals), false),
    ("DateEquals", Family::Date(Comparison::Equals), false),
    ("DateNotEquals", Family::Date(Comparison::Equals), true),
    ("DateLessThan", Family::Date(Comparison::LessThan), false),
    ("DateLessThanEquals", Family::Date(Comparison::LessThanEquals), false),
    ("DateGreaterThan", Family::Date(Comparison::GreaterThan), false),
    ("DateGreaterThanEquals", Family::Date(Comparison::GreaterThanEquals), false),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Address, false),
    ("NotIpAddress", Family::Address, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

impl Operator {
    /// Reads an operator's name. Names are exact. `None` if there is no such operator; `Null` takes neither prefix nor suffix.
    pub(crate) fn parse(name: &str) -> Option<Operator> {
        let (set, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (SetMode::All, rest),
            Some(("ForAnyValue", rest)) => (SetMode::Any, rest),
            Some(_) => return None,
            None => (SetMode::Single, name),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let &(_, family, negated) = OPERATORS.iter().find(|(operator, ..)| *operator == base)?;
        let bare = set == SetMode::Single && !if_exists;
        (family != Family::Null || bare).then_some(Operator { family, negated, set, if_exists })
    }
}

impl fmt::Display for Operator {
    /// Writes the operator's name; of two names for the same, the first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.set {
            SetMode::Single => "",
            SetMode::All => "ForAllValues:",
            SetMode::Any => "ForAnyValue:",
        };
        let named = OPERATORS.iter().find(|(_, family, negated)| (*family, *negated) == (self.family, self.negated));
        let name = named.map_or("", |(name, ..)| name);
        write!(f, "{prefix}{name}{}", if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_null_stands_alone() {
        let operator = Operator::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert_eq!((operator.family, operator.negated), (Family::StringLike, true));
        assert_eq!((operator.set, operator.if_exists), (SetMode::Any, true));
        for (name, ..) in OPERATORS {
            let operator = Operator::parse(name).unwrap();
            assert_eq!(Operator::parse(&operator.to_string()), Some(operator), "{name}");
        }
        for name in [
            "stringequals",
            "StringEqual",
            "NullIfExists",
            "ForAllValues:Null",
            "ForSome:StringLike",
            "IfExists",
            "",
            "ForAllValues:ForAnyValue:Bool",
        ] {
            assert!(Operator::parse(name).is_none(), "{name}");
        }
    }
}
