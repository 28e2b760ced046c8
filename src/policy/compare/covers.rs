//! Nobody grants more than they hold: whether everything that a set of policies could allow is already held.
//!
//! The comparison is symbolic, over action × resource patterns, and *sound*: if nothing is in excess, then no request exists that
//! the granted policies allow and the holder's do not. It errs on the side of refusing:
//!
//! - the granted side is taken at its widest: its conditions count as satisfied, its variables as anything;
//! - the holder's side is taken at its narrowest: an Allow with variables covers nothing, and one with conditions covers only what is
//!   granted under the same conditions, if they are about the request and not about who makes it;
//! - a Deny of the holder that might meet what is granted must be granted along with it;
//! - each granted pattern must be covered by one statement of the holder, not by several together.
//!
//! Guardrails bind the receiver as they bind the holder, so they are left out, except where they make exceptions for some principals.
//! A thing has at most one name in each ARN partition.

use serde::{Deserialize, Serialize};

use crate::policy::json::Node;
use crate::policy::pattern::Pattern;
use crate::policy::set::{Attached, GrantPath, Layer, PolicySet};
use crate::policy::statement::{Effect, Entry, Listed, Statement};

use super::conditions::Conditions;
use super::inclusion::Budget;
use super::texts::{Names, Texts, Unit, action_tokens, apart, resource_tokens, unit_text, within};

/// Something granted that the holder does not hold, or not surely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// The granted policy.
    pub policy: String,
    /// JSON Pointer of the granting statement; empty if it is about the whole policy.
    pub pointer: String,
    /// The action pattern, in lower case.
    pub action: String,
    /// The resource pattern.
    pub resource: String,
    /// Why it is in excess, in a sentence.
    pub reason: String,
}

/// Whether the holder holds everything that a grant path could allow.
pub fn covers(holder: &PolicySet, granted: &GrantPath) -> bool {
    excess(holder, granted).is_empty()
}

/// What a grant path could allow and the holder does not surely hold; at most 50 entries. Empty means that all is held.
///
/// What is granted lies within its boundary and its session policies, so it is enough if one of the three is covered.
pub fn excess(holder: &PolicySet, granted: &GrantPath) -> Vec<Excess> {
    let mut comparison = Comparison { budget: Budget::new(STEPS), holder: Holder::new(holder) };
    let mut first = None;
    for bound in [Some(&granted.identity), granted.boundary.as_ref(), granted.session.as_ref()].into_iter().flatten() {
        let found = comparison.excess(bound);
        if found.is_empty() {
            return found;
        }
        first.get_or_insert(found);
    }
    first.unwrap_or_default()
}

/// Enough for two policies of the largest size with the usual patterns, and over in a moment.
const STEPS: usize = 20_000_000;
const MOST_EXCESS: usize = 50;

/// A statement of the holder's, prepared for comparing.
struct Held<'a> {
    policy: &'a str,
    pointer: &'a str,
    actions: Texts,
    resources: Texts,
    conditions: Conditions,
}

/// What the holder holds: layers that must all allow, by grant path, and every Deny.
#[derive(Default)]
struct Holder<'a> {
    /// For each path, its layers; for each layer, its Allows.
    paths: Vec<Vec<Vec<Held<'a>>>>,
    /// Guardrail levels that make exceptions for principals.
    guardrails: Vec<Vec<Held<'a>>>,
    denies: Vec<Held<'a>>,
    /// A policy that cannot be read.
    blind: Option<&'a str>,
}

fn parts(attached: &Attached) -> impl Iterator<Item = (&Statement, Option<&Node>)> {
    let policy = attached.compiled();
    let statements = policy.map(|policy| &*policy.statements).unwrap_or_default();
    statements.iter().enumerate().map(move |(index, statement)| {
        (statement, policy.and_then(|policy| policy.document().statement_nodes().get(index)))
    })
}

impl<'a> Holder<'a> {
    fn new(set: &'a PolicySet) -> Holder<'a> {
        let mut holder = Holder::default();
        for layer in set.layers() {
            let policies = set.layer(layer);
            match layer {
                Layer::Guardrail { .. } => {
                    let conditional = policies.iter().flat_map(parts).any(|(statement, node)| {
                        Conditions::new(statement, node).about_principal
                            || statement.flaw.is_some()
                            || has_variables(statement)
                    });
                    if conditional || policies.iter().any(|attached| attached.compiled().is_none()) {
                        let allows = holder.read(policies);
                        holder.guardrails.push(allows);
                    }
                }
                Layer::Resource => {}
                Layer::Identity { .. } => {
                    let allows = holder.read(policies);
                    holder.paths.push(vec![allows]);
                }
                Layer::Boundary { .. } | Layer::Session { .. } => {
                    let allows = holder.read(policies);
                    if let Some(path) = holder.paths.last_mut() {
                        path.push(allows);
                    }
                }
            }
        }
        holder
    }

    /// The Allows at their narrowest; the Denies go to the holder at their widest.
    fn read(&mut self, policies: &'a [Attached]) -> Vec<Held<'a>> {
        let mut allows = Vec::new();
        for attached in policies {
            if attached.compiled().is_none() {
                self.blind = self.blind.or(Some(&attached.name));
            }
            for (statement, node) in parts(attached) {
                let (policy, pointer) = (&*attached.name, &*statement.pointer);
                let conditions = Conditions::new(statement, node);
                let sound = statement.flaw.is_none() && statement.principals == Listed::Absent;
                if statement.effect == Ok(Effect::Allow) && sound {
                    let actions = Texts::narrowest(&statement.actions, action_tokens);
                    let resources = Texts::narrowest(&statement.resources, resource_tokens);
                    if let (Some(actions), Some(resources)) = (actions, resources) {
                        allows.push(Held { policy, pointer, actions, resources, conditions });
                    }
                } else if statement.effect != Ok(Effect::Allow) || statement.flaw.is_some() {
                    let (actions, resources) = widest(statement);
                    self.denies.push(Held { policy, pointer, actions, resources, conditions });
                }
            }
        }
        allows
    }
}

fn widest(statement: &Statement) -> (Texts, Texts) {
    if statement.flaw.is_some() {
        return (Texts::everything(), Texts::everything());
    }
    (Texts::widest(&statement.actions, action_tokens), Texts::widest(&statement.resources, resource_tokens))
}

fn has_variables(statement: &Statement) -> bool {
    match &statement.resources {
        Listed::Is(entries) | Listed::Not(entries) => {
            entries.iter().any(|entry| matches!(entry, Entry::Good(Pattern::Template(_)) | Entry::Flawed(_)))
        }
        _ => false,
    }
}

/// How the units of a granted statement lie to one statement of the holder.
struct Grid {
    actions: Vec<bool>,
    resources: Vec<bool>,
}

#[derive(Clone, Copy)]
enum Side {
    Within,
    Apart,
}

impl Side {
    fn compare(self, unit: Unit, texts: &Texts, names: Names, budget: &mut Budget) -> bool {
        match self {
            Side::Within => within(unit, texts, names, budget),
            Side::Apart => apart(unit, texts, names, budget),
        }
    }
}

struct Comparison<'a> {
    budget: Budget,
    holder: Holder<'a>,
}

impl Comparison<'_> {
    fn excess(&mut self, granted: &[Attached]) -> Vec<Excess> {
        let mut found = Vec::new();
        let whole = |attached: &Attached, reason: &str| Excess {
            policy: attached.name.to_string(),
            pointer: String::new(),
            action: "*".into(),
            resource: "*".into(),
            reason: reason.to_string(),
        };
        let granted_denies: Vec<Held> = granted
            .iter()
            .flat_map(|attached| {
                parts(attached)
                    .filter(|(statement, _)| statement.effect == Ok(Effect::Deny) && statement.flaw.is_none())
                    .filter_map(|(statement, node)| {
                        Some(Held {
                            policy: &attached.name,
                            pointer: &statement.pointer,
                            actions: Texts::narrowest(&statement.actions, action_tokens)?,
                            resources: Texts::narrowest(&statement.resources, resource_tokens)?,
                            conditions: Conditions::new(statement, node),
                        })
                    })
            })
            .collect();
        let open_denies = self.open_denies(&granted_denies);
        for attached in granted {
            if attached.compiled().is_none() {
                found.push(whole(attached, "The document cannot be read, so what it grants is not known."));
                continue;
            }
            for (statement, node) in parts(attached) {
                if statement.effect == Ok(Effect::Deny) && statement.flaw.is_none() {
                    continue;
                }
                if let Some(blind) = self.holder.blind {
                    found.push(whole(attached, &format!("The policy {blind} of the grantor cannot be read.")));
                    break;
                }
                self.statement_excess(&attached.name, statement, node, &open_denies, &mut found);
                if found.len() >= MOST_EXCESS {
                    found.truncate(MOST_EXCESS);
                    return found;
                }
            }
        }
        found
    }

    /// The holder's Denies that what is granted does not bring along.
    fn open_denies(&mut self, granted: &[Held]) -> Vec<usize> {
        let budget = &mut self.budget;
        let all_within = |inner: &Texts, outer: &Texts, names, budget: &mut Budget| {
            inner.units().into_iter().all(|unit| within(unit, outer, names, budget))
        };
        let mut open = Vec::new();
        for (index, deny) in self.holder.denies.iter().enumerate() {
            let brought_along = granted.iter().any(|other| {
                other.conditions.follow_from(&deny.conditions)
                    && all_within(&deny.actions, &other.actions, Names::One, budget)
                    && all_within(&deny.resources, &other.resources, Names::OnePerPartition, budget)
            });
            if !brought_along {
                open.push(index);
            }
        }
        open
    }

    fn statement_excess(
        &mut self,
        policy: &str,
        statement: &Statement,
        node: Option<&Node>,
        denies: &[usize],
        found: &mut Vec<Excess>,
    ) {
        let (actions, resources) = widest(statement);
        let conditions = Conditions::new(statement, node);
        let (actions, resources) = (actions.units(), resources.units());
        let budget = &mut self.budget;
        let mut compare = |held: &Held, side: Side| Grid {
            actions: actions.iter().map(|&unit| side.compare(unit, &held.actions, Names::One, budget)).collect(),
            resources: resources
                .iter()
                .map(|&unit| side.compare(unit, &held.resources, Names::OnePerPartition, budget))
                .collect(),
        };
        let mut grids = |layer: &[Held]| -> Vec<Grid> {
            let fitting = layer.iter().filter(|held| held.conditions.follow_from(&conditions));
            fitting.map(|held| compare(held, Side::Within)).collect()
        };
        let paths: Vec<Vec<Vec<Grid>>> =
            self.holder.paths.iter().map(|path| path.iter().map(|layer| grids(layer)).collect()).collect();
        let guardrails: Vec<Vec<Grid>> = self.holder.guardrails.iter().map(|level| grids(level)).collect();
        let denies: Vec<(&Held, Grid)> = denies
            .iter()
            .map(|&index| &self.holder.denies[index])
            .map(|deny| (deny, compare(deny, Side::Apart)))
            .collect();
        for (i, &action) in actions.iter().enumerate() {
            for (j, &resource) in resources.iter().enumerate() {
                let covered = |layer: &Vec<Grid>| layer.iter().any(|grid| grid.actions[i] && grid.resources[j]);
                let held = paths.iter().any(|path| path.iter().all(covered));
                let let_through = guardrails.iter().all(covered);
                let denied =
                    denies.iter().find(|(_, grid)| !grid.actions[i] && !grid.resources[j]).map(|(deny, _)| deny);
                let work = paths.len() + guardrails.len() + denies.len() + 1;
                self.budget.spend(work);
                let reason = match (held, let_through, denied) {
                    _ if self.budget.is_used_up() => "The policies are too large to be compared.".to_string(),
                    (true, true, None) => continue,
                    (_, _, Some(deny)) => format!("{} of {} may deny it to the grantor.", deny.pointer, deny.policy),
                    (true, false, None) => "A guardrail lets it through for some principals only.".to_string(),
                    (false, ..) => "The grantor is not surely allowed to do it.".to_string(),
                };
                found.push(Excess {
                    policy: policy.to_string(),
                    pointer: statement.pointer.to_string(),
                    action: unit_text(action),
                    resource: unit_text(resource),
                    reason,
                });
                if found.len() >= MOST_EXCESS {
                    return;
                }
            }
        }
    }
}
