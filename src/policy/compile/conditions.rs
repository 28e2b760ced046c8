//! `Condition`.

use super::{Compiler, Place};
use crate::policy::condition::{BoolValue, Condition, Test};
use crate::policy::context::ContextKey;
use crate::policy::json::{Member, Node, Value};
use crate::policy::operator::{Family, Operator, SetMode};
use crate::policy::pattern::{ArnPattern, Wildcards};
use crate::policy::scalar::{Base64, Decimal, Moment, Network, parse_bool};
use crate::policy::statement::{Entry, FlawId};

impl Compiler<'_> {
    pub(super) fn conditions(&mut self, place: &Place, node: &Node) -> Box<[Condition]> {
        let Some(member) = node.get("Condition") else { return Box::default() };
        let condition = Place::member(&place.pointer, member);
        let Some(operators) = member.node.as_object() else {
            let flaw = self.flaw("wrong_type", &condition, "Condition is an object of operators.");
            return [flawed_condition(condition, flaw, 0)].into();
        };
        let mut conditions = Vec::new();
        for (index, operator) in operators.iter().enumerate() {
            let at = Place::member(&condition.pointer, operator);
            let parsed = Operator::parse(&operator.name);
            let keys = operator.node.as_object();
            let flaw = if operator.repeated {
                Some(self.repeated(&condition.pointer, operator))
            } else if parsed.is_none() {
                let message = format!("There is no condition operator {:?}.", operator.name);
                Some(self.flaw("unknown_operator", &Place::name(&condition.pointer, operator), message))
            } else if keys.is_none() {
                Some(self.flaw("wrong_type", &at, "An operator holds an object of keys and values."))
            } else {
                None
            };
            match (flaw, parsed, keys) {
                (None, Some(operator), Some(keys)) => {
                    for (number, key) in keys.iter().enumerate() {
                        conditions.push(self.condition(&at.pointer, operator, key, (index, Some(number))));
                    }
                }
                (Some(flaw), ..) => conditions.push(flawed_condition(at, flaw, index)),
                _ => {}
            }
        }
        conditions.into()
    }

    fn condition(
        &mut self,
        parent: &str,
        operator: Operator,
        member: &Member,
        index: (usize, Option<usize>),
    ) -> Condition {
        let at = Place::member(parent, member);
        let test = if member.repeated {
            Test::Flawed(self.repeated(parent, member))
        } else if member.name.trim().is_empty() {
            Test::Flawed(self.flaw("empty_key", &Place::name(parent, member), "A condition key must have a name."))
        } else {
            match self.condition_values(&at, &member.node) {
                Err(flaw) => Test::Flawed(flaw),
                Ok(values) => self.test(operator, &values),
            }
        };
        Condition {
            operator,
            key: ContextKey::new(&member.name),
            test,
            pointer: at.pointer.into(),
            span: at.span,
            index,
        }
    }

    /// The values of a condition as texts, with their pointers.
    fn condition_values(&mut self, at: &Place, node: &Node) -> Result<Vec<(Place, Box<str>)>, FlawId> {
        let scalars: Vec<(Place, &Node)> = match &node.value {
            Value::Array(items) if items.is_empty() => {
                return Err(self.lesser_flaw("empty_list", at, "A condition needs at least one value."));
            }
            Value::Array(items) => items.iter().enumerate().map(|(index, item)| (at.item(index, item), item)).collect(),
            _ => vec![(at.clone(), node)],
        };
        let mut values = Vec::with_capacity(scalars.len());
        for (at, scalar) in scalars {
            match &scalar.value {
                Value::String(text) | Value::Number(text) => values.push((at, text.clone())),
                Value::Bool(value) => values.push((at, value.to_string().into())),
                _ => return Err(self.flaw("wrong_type", &at, "A condition value is a string, a number or a Boolean.")),
            }
        }
        Ok(values)
    }

    fn test(&mut self, operator: Operator, values: &[(Place, Box<str>)]) -> Test {
        match operator.family {
            Family::StringEquals => {
                Test::Text(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Literal)))
            }
            Family::StringLike => {
                Test::Text(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Everywhere)))
            }
            Family::StringEqualsIgnoreCase => {
                Test::TextIgnoreCase(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Literal)))
            }
            Family::Numeric(comparison) => Test::Number(
                comparison,
                self.scalars(values, "a number", |text| Decimal::parse(text).map(|_| text.into())),
            ),
            Family::Date(comparison) => Test::Date(
                comparison,
                self.scalars(values, "a date such as 2024-05-01T12:00:00Z, or seconds since 1970", Moment::parse),
            ),
            Family::Binary => {
                Test::Bytes(self.scalars(values, "Base64", |text| Base64::parse(text).map(|bytes| bytes.collect())))
            }
            Family::Address => {
                Test::Address(self.scalars(values, "an IP address or a range in CIDR form", Network::parse))
            }
            Family::Null => Test::Null(self.scalars(values, "true or false", parse_bool)),
            Family::Bool => Test::Bool(self.entries(values, |c, at, text| match parse_bool(text) {
                Some(value) => Entry::Good(BoolValue::Fixed(value)),
                None if c.variables && text.contains("${") => match c.pattern(at, text, Wildcards::Literal) {
                    Entry::Good(pattern) => Entry::Good(BoolValue::Variable(pattern)),
                    Entry::Flawed(flaw) => Entry::Flawed(flaw),
                },
                None => Entry::Flawed(c.lesser_flaw("malformed_value", at, "The value must be true or false.")),
            })),
            Family::Arn => Test::Arn(self.entries(values, |c, at, text| match ArnPattern::new(text, c.variables) {
                Ok(Some(pattern)) => Entry::Good(pattern),
                Ok(None) => Entry::Flawed(c.lesser_flaw(
                    "malformed_value",
                    at,
                    "An ARN pattern has six parts between colons, such as arn:aws:s3:::*.",
                )),
                Err(problem) => Entry::Flawed(c.pattern_flaw(at, problem)),
            })),
        }
    }

    fn entries<T>(
        &mut self,
        values: &[(Place, Box<str>)],
        mut compile: impl FnMut(&mut Self, &Place, &str) -> Entry<T>,
    ) -> Box<[Entry<T>]> {
        values.iter().map(|(at, text)| compile(self, at, text)).collect()
    }

    fn scalars<T>(
        &mut self,
        values: &[(Place, Box<str>)],
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Box<[Entry<T>]> {
        self.entries(values, |compiler, at, text| match parse(text) {
            Some(value) => Entry::Good(value),
            None => Entry::Flawed(compiler.lesser_flaw("malformed_value", at, format!("The value must be {what}."))),
        })
    }
}

fn flawed_condition(at: Place, flaw: FlawId, index: usize) -> Condition {
    let operator = Operator { family: Family::StringEquals, negated: false, set: SetMode::Single, if_exists: false };
    Condition {
        operator,
        key: ContextKey::new(""),
        test: Test::Flawed(flaw),
        pointer: at.pointer.into(),
        span: at.span,
        index: (index, None),
    }
}
