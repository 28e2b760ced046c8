//! What a change of a document changes: which actions on which resources, under which conditions, it allows or no longer allows.
//!
//! The difference is symbolic and *complete*: every request on which the two documents differ falls under one of the entries, and
//! documents without entries decide alike. An entry may be wider than the true difference where several statements together cover a
//! pattern, or where conditions overlap without being the same.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::inclusion::{Budget, VARIABLES};
use super::texts::{Names, Texts, Unit, action_tokens, apart, resource_tokens, unit_text, within};
use crate::policy::compile::CompiledPolicy;
use crate::policy::finding::Finding;
use crate::policy::statement::{Effect, Statement};

/// A part of the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Whether it is gained or lost.
    pub direction: Direction,
    /// Which kind of statement makes the difference.
    pub because: Cause,
    /// Action patterns, in lower case.
    pub actions: Vec<String>,
    /// Resource patterns.
    pub resources: Vec<String>,
    /// The conditions of the statement, as text.
    pub conditions: Vec<String>,
    /// The statement's `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// JSON Pointer of the statement, in the new document if it was added, else in the old one.
    pub pointer: String,
    /// Its line there, from 1.
    pub line: usize,
}

/// Which way something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Allowed by the new document and not by the old one.
    Gained,
    /// Allowed by the old document and not by the new one.
    Lost,
}

/// Which statement makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An Allow that the old document does not have.
    AllowAdded,
    /// An Allow that the new document does not have.
    AllowRemoved,
    /// A Deny that the old document does not have.
    DenyAdded,
    /// A Deny that the new document does not have.
    DenyRemoved,
}

/// The difference between two documents, gains first.
///
/// # Errors
/// The flaws of the documents, if they have any: what is malformed cannot be compared.
pub fn diff(old: &CompiledPolicy, new: &CompiledPolicy) -> Result<Vec<Difference>, Vec<Finding>> {
    let flaws: Vec<Finding> = old.flaws().iter().chain(new.flaws()).cloned().collect();
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let mut symbols = Symbols { taken: HashMap::new(), used: used_symbols(old, new) };
    let (old, new) = (parts(old, &mut symbols), parts(new, &mut symbols));
    let mut comparison = Comparison { budget: Budget::new(STEPS), symbols: &symbols };
    let mut differences = comparison.allowed_only_by(&new, &old, Direction::Gained);
    differences.extend(comparison.allowed_only_by(&old, &new, Direction::Lost));
    Ok(differences)
}

const STEPS: usize = 20_000_000;

/// The characters that stand for variables: one for each name and default.
struct Symbols {
    taken: HashMap<String, char>,
    /// Characters of the documents' own, which stand for themselves.
    used: Vec<char>,
}

fn used_symbols(old: &CompiledPolicy, new: &CompiledPolicy) -> Vec<char> {
    let texts = [old.document().text(), new.document().text()];
    let mut used: Vec<char> = texts.iter().flat_map(|text| text.chars()).filter(|c| VARIABLES.contains(c)).collect();
    used.sort_unstable();
    used.dedup();
    used
}

impl Symbols {
    fn of(&mut self, name: &str, default: Option<&str>) -> char {
        let variable = default.map_or_else(|| format!("${{{name}}}"), |default| format!("${{{name}, '{default}'}}"));
        let next = VARIABLES.filter(|c| self.used.binary_search(c).is_err()).nth(self.taken.len());
        *self.taken.entry(variable).or_insert(next.unwrap_or(*VARIABLES.end()))
    }

    /// Puts the variables back into a text.
    fn restore(&self, text: &str) -> String {
        let name = |c: char| self.taken.iter().find(|(_, symbol)| **symbol == c).map(|(name, _)| name.clone());
        text.chars().map(|c| name(c).unwrap_or_else(|| c.to_string())).collect()
    }
}

struct Part<'a> {
    statement: &'a Statement,
    allows: bool,
    actions: Texts,
    resources: Texts,
    /// The widest reading of the resources, for telling what surely does not meet.
    widest: Texts,
    conditions: Conditions,
    /// What is compared only for being the same: whom the statement names, and whether variables count in its conditions.
    rest: String,
}

fn parts<'a>(policy: &'a CompiledPolicy, symbols: &mut Symbols) -> Vec<Part<'a>> {
    let nodes = policy.document().statement_nodes();
    let part = |(statement, node): (&'a Statement, &'a crate::policy::json::Node)| {
        Some(Part {
            statement,
            allows: statement.effect == Ok(Effect::Allow),
            actions: Texts::exact(&statement.actions, |glob| action_tokens(glob).0)?,
            resources: Texts::exact(&statement.resources, |pattern| {
                pattern.tokens_with(|name, default| symbols.of(name, default))
            })?,
            widest: Texts::widest(&statement.resources, resource_tokens),
            conditions: Conditions::new(statement, Some(node)),
            rest: format!("{:?} {}", statement.principals, policy.document().has_variables()),
        })
    };
    policy.statements.iter().zip(nodes).filter_map(part).collect()
}

struct Comparison<'a> {
    budget: Budget,
    symbols: &'a Symbols,
}

impl Comparison<'_> {
    /// What `a` allows and `b` does not.
    fn allowed_only_by(&mut self, a: &[Part], b: &[Part], direction: Direction) -> Vec<Difference> {
        let mut differences = Vec::new();
        // Allows of `a` that `b` does not have, unless `a` denies them itself.
        let (allow, deny) = match direction {
            Direction::Gained => (Cause::AllowAdded, Cause::DenyRemoved),
            Direction::Lost => (Cause::AllowRemoved, Cause::DenyAdded),
        };
        for part in a.iter().filter(|part| part.allows) {
            let covering: Vec<&Part> =
                b.iter().filter(|other| other.allows).chain(a.iter().filter(|other| !other.allows)).collect();
            let pairs = self.uncovered(part, &covering);
            self.report(part, pairs, direction, allow, &mut differences);
        }
        // Denies of `b` that `a` does not have, where they meet an Allow of `a`.
        for part in b.iter().filter(|part| !part.allows) {
            let covering: Vec<&Part> = a.iter().filter(|other| !other.allows).collect();
            let mut pairs = self.uncovered(part, &covering);
            pairs.retain(|&(action, resource)| {
                a.iter().filter(|other| other.allows).any(|other| self.meets(part, action, resource, other))
            });
            self.report(part, pairs, direction, deny, &mut differences);
        }
        differences
    }

    /// The units of a statement that no single one of the others covers, as indices of action and resource.
    fn uncovered(&mut self, part: &Part, others: &[&Part]) -> Vec<(usize, usize)> {
        let (actions, resources) = (part.actions.units(), part.resources.units());
        let budget = &mut self.budget;
        let fitting =
            others.iter().filter(|other| other.conditions.are_among(&part.conditions) && other.rest == part.rest);
        let grids: Vec<(Vec<bool>, Vec<bool>)> = fitting
            .map(|other| {
                let in_actions = actions.iter().map(|&unit| within(unit, &other.actions, Names::One, budget)).collect();
                let in_resources = resources.iter().map(|&unit| {
                    if other.resources.is_all_but_variables() || part.resources.is_all_but_variables() {
                        other.resources.same_as(&part.resources)
                    } else {
                        within(unit, &other.resources, Names::OnePerPartition, budget)
                    }
                });
                (in_actions, in_resources.collect())
            })
            .collect();
        let pairs = (0..actions.len()).flat_map(|action| (0..resources.len()).map(move |resource| (action, resource)));
        pairs
            .filter(|&(action, resource)| {
                !grids.iter().any(|(actions, resources)| actions[action] && resources[resource])
            })
            .collect()
    }

    fn meets(&mut self, part: &Part, action: usize, resource: usize, other: &Part) -> bool {
        let (actions, resources) = (part.actions.units(), part.widest.units());
        let action_apart =
            actions.get(action).is_some_and(|&unit| apart(unit, &other.actions, Names::One, &mut self.budget));
        let resource_apart = resources.get(resource).is_some_and(|&unit| {
            resources.len() == part.resources.units().len()
                && apart(unit, &other.widest, Names::OnePerPartition, &mut self.budget)
        });
        !action_apart && !resource_apart
    }

    /// Adds the uncovered units of a statement, those actions together that have the same resources.
    fn report(
        &self,
        part: &Part,
        pairs: Vec<(usize, usize)>,
        direction: Direction,
        because: Cause,
        differences: &mut Vec<Difference>,
    ) {
        let mut rows: Vec<(usize, Vec<usize>)> = Vec::new();
        for (action, resource) in pairs {
            match rows.last_mut().filter(|(last, _)| *last == action) {
                Some((_, resources)) => resources.push(resource),
                None => rows.push((action, vec![resource])),
            }
        }
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for (action, resources) in rows {
            match groups.iter_mut().find(|(_, known)| *known == resources) {
                Some((actions, _)) => actions.push(action),
                None => groups.push((vec![action], resources)),
            }
        }
        let text = |unit: Option<&Unit>| unit.map_or_else(String::new, |&unit| self.symbols.restore(&unit_text(unit)));
        let (action_units, resource_units) = (part.actions.units(), part.resources.units());
        for (actions, resources) in groups {
            differences.push(Difference {
                direction,
                because,
                actions: actions.into_iter().map(|index| text(action_units.get(index))).collect(),
                resources: resources.into_iter().map(|index| text(resource_units.get(index))).collect(),
                conditions: part.conditions.texts(),
                sid: part.statement.sid.as_deref().map(str::to_string),
                pointer: part.statement.pointer.to_string(),
                line: part.statement.line as usize,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::DocumentKind;

    fn policy(statements: &str) -> CompiledPolicy {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        CompiledPolicy::read(&text, DocumentKind::Identity).unwrap()
    }

    fn changes(old: &str, new: &str) -> Vec<(Direction, Cause, String, String)> {
        let differences = diff(&policy(old), &policy(new)).unwrap();
        let entry = |difference: Difference| {
            (difference.direction, difference.because, difference.actions.join(" "), difference.resources.join(" "))
        };
        differences.into_iter().map(entry).collect()
    }

    fn allow(action: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}"}}"#)
    }

    fn deny(action: &str, resource: &str) -> String {
        allow(action, resource).replace("Allow", "Deny")
    }

    #[test]
    fn the_same_in_other_words_is_no_difference() {
        let together = allow(r#"["s3:Get*","s3:List*"]"#, "*");
        let apart = format!("{},{}", allow(r#""s3:List*""#, "*"), allow(r#""S3:get*""#, "*"));
        assert_eq!(changes(&together, &apart), []);
        assert_eq!(changes(&together, &format!("{together},{}", allow(r#""s3:GetObject""#, "arn:aws:s3:::b/*"))), []);
        let home = allow(r#""s3:*""#, "arn:aws:s3:::home/${aws:username}/*");
        assert_eq!(changes(&home, &home.replace("aws:username", "AWS:UserName")), []);
        assert_eq!(changes(&home, &home), []);
    }

    #[test]
    fn added_and_removed_allows_are_gains_and_losses() {
        let (get, all) = (allow(r#""s3:Get*""#, "*"), allow(r#""s3:*""#, "*"));
        assert_eq!(changes(&get, &all), [(Direction::Gained, Cause::AllowAdded, "s3:*".into(), "*".into())]);
        assert_eq!(changes(&all, &get), [(Direction::Lost, Cause::AllowRemoved, "s3:*".into(), "*".into())]);
        let home = allow(r#""s3:*""#, "arn:aws:s3:::home/${aws:username}/*");
        assert_eq!(
            changes(&home, &allow(r#""s3:*""#, "arn:aws:s3:::home/*")),
            [(Direction::Gained, Cause::AllowAdded, "s3:*".into(), "arn:aws:s3:::home/*".into())]
        );
        assert_eq!(
            changes(&allow(r#""ec2:*""#, "*"), &home).first().map(|change| change.3.clone()),
            Some("arn:aws:s3:::home/${aws:username}/*".into())
        );
    }

    #[test]
    fn denies_count_where_they_meet_an_allow() {
        let all = allow(r#""s3:*""#, "*");
        let no_delete = format!("{all},{}", deny(r#""s3:Delete*""#, "*"));
        assert_eq!(changes(&all, &no_delete), [(Direction::Lost, Cause::DenyAdded, "s3:delete*".into(), "*".into())]);
        assert_eq!(
            changes(&no_delete, &all),
            [(Direction::Gained, Cause::DenyRemoved, "s3:delete*".into(), "*".into())]
        );
        assert_eq!(changes(&all, &format!("{all},{}", deny(r#""iam:*""#, "*"))), []);
        // An Allow that the same document denies gives nothing.
        let hollow = format!("{},{}", allow(r#""iam:*""#, "*"), deny(r#""iam:*""#, "*"));
        assert_eq!(changes(&all, &format!("{all},{hollow}")), []);
    }

    #[test]
    fn a_condition_is_a_difference() {
        let conditional =
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
        let all = allow(r#""s3:*""#, "*");
        assert_eq!(changes(&all, conditional), [(Direction::Lost, Cause::AllowRemoved, "s3:*".into(), "*".into())]);
        let gained = diff(&policy(conditional), &policy(&all)).unwrap();
        assert_eq!((gained[0].direction, gained[0].conditions.len()), (Direction::Gained, 0));
        let added = diff(&policy(&allow(r#""ec2:*""#, "*")), &policy(conditional)).unwrap();
        assert_eq!(added[0].conditions, ["Bool aws:securetransport: true"]);
    }

    #[test]
    fn what_is_malformed_cannot_be_compared() {
        let flawed = policy(r#"{"Effect":"Permit","Action":"*","Resource":"*"}"#);
        assert_eq!(diff(&flawed, &flawed).unwrap_err()[0].code, "unknown_effect");
    }
}
