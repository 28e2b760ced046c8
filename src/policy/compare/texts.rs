//! What a list of patterns stands for, and how two such sets lie to each other.

use super::inclusion::{Budget, VARIABLES, are_disjoint, includes};
use crate::policy::glob::{Glob, Token};
use crate::policy::pattern::Pattern;
use crate::policy::statement::{Entry, Listed};

/// A set of texts: patterns, or everything but patterns.
pub(super) struct Texts {
    negated: bool,
    patterns: Vec<Vec<Token>>,
    /// Whether there are patterns with variables or malformed ones; `narrowest` leaves them out.
    uncertain: bool,
}

impl Texts {
    pub(super) fn everything() -> Texts {
        Texts { negated: false, patterns: vec![vec![Token::Star]], uncertain: false }
    }

    /// The widest reading: what is uncertain matches as much as it can.
    pub(super) fn widest<T>(list: &Listed<T>, tokens: impl Fn(&T) -> (Vec<Token>, bool)) -> Texts {
        let (entries, negated) = match list {
            Listed::Is(entries) => (entries, false),
            Listed::Not(entries) => (entries, true),
            Listed::Absent | Listed::Flawed(_) => return Texts::everything(),
        };
        let mut texts = Texts { negated, patterns: Vec::new(), uncertain: false };
        for entry in entries {
            match entry {
                Entry::Good(value) => {
                    let (pattern, variable) = tokens(value);
                    // What a variable keeps out may be nothing.
                    if !(negated && variable) {
                        texts.patterns.push(pattern);
                    }
                }
                Entry::Flawed(_) if negated => {}
                Entry::Flawed(_) => texts.patterns.push(vec![Token::Star]),
            }
        }
        texts
    }

    /// The narrowest reading: what is uncertain matches nothing.
    pub(super) fn narrowest<T>(list: &Listed<T>, tokens: impl Fn(&T) -> (Vec<Token>, bool)) -> Option<Texts> {
        let (entries, negated) = match list {
            Listed::Is(entries) => (entries, false),
            Listed::Not(entries) => (entries, true),
            Listed::Absent | Listed::Flawed(_) => return None,
        };
        let mut texts = Texts { negated, patterns: Vec::new(), uncertain: false };
        for entry in entries {
            match entry {
                Entry::Good(value) => match tokens(value) {
                    (pattern, false) => texts.patterns.push(pattern),
                    (_, true) => texts.uncertain = true,
                },
                Entry::Flawed(_) => texts.uncertain = true,
            }
        }
        // Everything but something uncertain may be nothing.
        (!(negated && texts.uncertain)).then_some(texts)
    }

    /// As it is written, each variable as the character that stands for it. `None` if it is malformed.
    pub(super) fn exact<T>(list: &Listed<T>, mut tokens: impl FnMut(&T) -> Vec<Token>) -> Option<Texts> {
        let (entries, negated) = match list {
            Listed::Is(entries) => (entries, false),
            Listed::Not(entries) => (entries, true),
            Listed::Absent => return Some(Texts::everything()),
            Listed::Flawed(_) => return None,
        };
        let mut texts = Texts { negated, patterns: Vec::new(), uncertain: false };
        for entry in entries {
            let Entry::Good(value) = entry else { return None };
            let pattern = tokens(value);
            texts.uncertain |= pattern.iter().any(|token| matches!(token, Token::Char(c) if VARIABLES.contains(c)));
            texts.patterns.push(pattern);
        }
        Some(texts)
    }

    /// Whether these are everything but patterns with variables, of which nothing can be said but that they equal themselves.
    pub(super) fn is_all_but_variables(&self) -> bool {
        self.negated && self.uncertain
    }

    /// Whether both are written in the same way.
    pub(super) fn same_as(&self, other: &Texts) -> bool {
        self.negated == other.negated && self.patterns == other.patterns
    }

    /// The units to be covered one by one: each pattern, or the complement as one.
    pub(super) fn units(&self) -> Vec<Unit<'_>> {
        match self.negated {
            true => vec![Unit::AllBut(&self.patterns)],
            false => self.patterns.iter().map(|pattern| Unit::Pattern(pattern)).collect(),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Unit<'a> {
    Pattern(&'a [Token]),
    AllBut(&'a [Vec<Token>]),
}

/// Whether disjoint patterns are about different things. Actions have one name; resources may have one in each partition.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Names {
    One,
    OnePerPartition,
}

impl Names {
    fn never_meet(self, left: &[Token], right: &[Token], budget: &mut Budget) -> bool {
        let comparable = match self {
            Names::One => true,
            Names::OnePerPartition => {
                let partition = partition(left);
                partition.is_some() && partition == self::partition(right)
            }
        };
        comparable && are_disjoint(left, right, budget)
    }
}

/// The partition of an ARN pattern, if it is written out.
fn partition(tokens: &[Token]) -> Option<String> {
    let head: Vec<char> =
        tokens.iter().map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
    let head: String = head.into_iter().collect();
    let mut parts = head.split(':');
    let (scheme, partition, rest) = (parts.next()?, parts.next()?, parts.next());
    (scheme == "arn" && rest.is_some()).then(|| partition.to_string())
}

/// Whether the unit lies within the texts.
pub(super) fn within(unit: Unit, texts: &Texts, names: Names, budget: &mut Budget) -> bool {
    match (unit, texts.negated) {
        (Unit::Pattern(pattern), false) => texts.patterns.iter().any(|outer| includes(outer, pattern, budget)),
        (Unit::Pattern(pattern), true) => texts.patterns.iter().all(|out| names.never_meet(pattern, out, budget)),
        (Unit::AllBut(_), false) => texts.patterns.iter().any(|outer| includes(outer, &[Token::Star], budget)),
        (Unit::AllBut(kept_out), true) => {
            texts.patterns.iter().all(|out| kept_out.iter().any(|kept| includes(kept, out, budget)))
        }
    }
}

/// Whether nothing of the unit is among the texts.
pub(super) fn apart(unit: Unit, texts: &Texts, names: Names, budget: &mut Budget) -> bool {
    match (unit, texts.negated) {
        (Unit::Pattern(pattern), false) => texts.patterns.iter().all(|other| names.never_meet(pattern, other, budget)),
        // A thing is apart from everything-but if one of its names is kept out.
        (Unit::Pattern(pattern), true) => texts.patterns.iter().any(|kept_out| includes(kept_out, pattern, budget)),
        (Unit::AllBut(kept_out), false) => {
            texts.patterns.iter().all(|other| kept_out.iter().any(|kept| includes(kept, other, budget)))
        }
        (Unit::AllBut(_), true) => false,
    }
}

pub(super) fn action_tokens(glob: &Glob) -> (Vec<Token>, bool) {
    (glob.tokens(), false)
}

pub(super) fn resource_tokens(pattern: &Pattern) -> (Vec<Token>, bool) {
    pattern.widest_tokens()
}

/// The unit as it would be written.
pub(super) fn unit_text(unit: Unit) -> String {
    let text = |tokens: &[Token]| -> String {
        tokens
            .iter()
            .map(|token| match token {
                Token::Char(c) => *c,
                Token::Star | Token::StarInSegment => '*',
                Token::One | Token::OneInSegment => '?',
            })
            .collect()
    };
    match unit {
        Unit::Pattern(tokens) => text(tokens),
        Unit::AllBut(patterns) => {
            let patterns: Vec<String> = patterns.iter().map(|pattern| text(pattern)).collect();
            format!("everything but {}", patterns.join(", "))
        }
    }
}
