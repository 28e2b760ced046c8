//! The smallest change that turns a decision round.
//!
//! What is proposed is where to look first, not an edit to be applied blindly: which statement stands in the way, or which one comes
//! closest to applying and what it lacks.

use serde::{Deserialize, Serialize};

use crate::policy::decision::Outcome;
use crate::policy::evaluate::resource_policy_must_allow;
use crate::policy::explain::{LayerNode, Match, StatementNode};
use crate::policy::request::{PrincipalKind, Request};
use crate::policy::set::Layer;
use crate::policy::statement::Effect;

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    #[serde(flatten)]
    pub layer: Layer,
    /// The policy's name; `None` if the layer has no policy that comes close.
    pub policy: Option<String>,
    /// JSON Pointer of the statement or of the part of it to change; empty for a new statement.
    pub pointer: String,
    /// What to do.
    pub kind: ChangeKind,
    /// What to do, in a sentence.
    pub sentence: String,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Remove a statement that applies, or make it apply no longer.
    RemoveStatement,
    /// Change an element or condition so that it matches.
    ChangePart,
    /// Supply a context key that a condition needs.
    SupplyKey,
    /// Add a statement that allows.
    AddStatement,
}

/// The changes that together turn the outcome round.
pub(crate) fn nearest_changes(
    outcome: Outcome,
    layer: Option<Layer>,
    request: &Request,
    layers: &[LayerNode],
) -> Vec<Change> {
    if outcome == Outcome::Allow {
        let Some(layer) = layer.and_then(|layer| layers.iter().find(|node| node.layer == layer)) else {
            return Vec::new();
        };
        return removals(layer, Effect::Allow);
    }
    let mut changes: Vec<Change> =
        layers.iter().filter(|node| !node.skipped).flat_map(|node| removals(node, Effect::Deny)).collect();
    for node in layers.iter().filter(|node| matches!(node.layer, Layer::Guardrail { .. }) && !node.skipped) {
        if node.allows != Match::Yes {
            changes.push(closest(node));
        }
    }
    let own_policies = !matches!(
        request.principal.kind,
        PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Anonymous | PrincipalKind::CanonicalUser
    );
    let resource = layers.iter().find(|node| node.layer == Layer::Resource);
    let resource_needed = !own_policies || request.crosses_accounts() || resource_policy_must_allow(request);
    if resource_needed && resource.is_none_or(|node| node.allows != Match::Yes) {
        changes.push(resource.map_or_else(|| add(Layer::Resource, None), closest));
    }
    // In its own account a resource policy that names the principal directly would do alone; the identity side is the usual place.
    if own_policies {
        let paths = layers.iter().filter_map(|node| match node.layer {
            Layer::Identity { path } => Some(path),
            _ => None,
        });
        let best = paths
            .map(|path| {
                let of_path = |node: &&LayerNode| {
                    [Layer::Identity { path }, Layer::Boundary { path }, Layer::Session { path }].contains(&node.layer)
                };
                layers.iter().filter(of_path).filter(|node| node.allows != Match::Yes).map(closest).collect::<Vec<_>>()
            })
            .min_by_key(Vec::len);
        changes.extend(best.unwrap_or_else(|| vec![add(Layer::Identity { path: 0 }, None)]));
    }
    changes
}

fn removals(node: &LayerNode, effect: Effect) -> Vec<Change> {
    let mut changes = Vec::new();
    for policy in &node.policies {
        for statement in &policy.statements {
            if statement.effect == Some(effect) && statement.applies == Match::Yes {
                changes.push(Change {
                    layer: node.layer,
                    policy: Some(policy.name.clone()),
                    pointer: statement.pointer.clone(),
                    kind: ChangeKind::RemoveStatement,
                    sentence: format!("Remove or narrow {} of {}.", statement_name(statement), policy.name),
                });
            }
        }
    }
    changes
}

/// What the Allow that comes closest to applying lacks.
fn closest(node: &LayerNode) -> Change {
    let candidates =
        node.policies.iter().flat_map(|policy| policy.statements.iter().map(move |statement| (policy, statement)));
    let lacks = |statement: &StatementNode| statement.parts.iter().filter(|part| part.matches != Match::Yes).count();
    let best = candidates
        .filter(|(_, statement)| statement.effect == Some(Effect::Allow) && statement.applies != Match::Yes)
        // With more than one thing missing, a statement of its own is the smaller change.
        .filter(|(_, statement)| lacks(statement) == 1)
        .min_by_key(|(_, statement)| {
            statement.parts.iter().position(|part| part.matches != Match::Yes && part.key.is_none()).is_some()
        });
    let Some((policy, statement)) = best else {
        return add(node.layer, node.policies.first().map(|policy| policy.name.clone()));
    };
    let Some(part) = statement.parts.iter().find(|part| part.matches != Match::Yes) else {
        return add(node.layer, Some(policy.name.clone()));
    };
    let (kind, sentence) = match &part.key {
        Some(key) if part.actual.as_ref().is_some_and(Vec::is_empty) => (
            ChangeKind::SupplyKey,
            format!(
                "{} of {} would allow it if the request had {key}.",
                capital(&statement_name(statement)),
                policy.name
            ),
        ),
        Some(key) => (
            ChangeKind::ChangePart,
            format!(
                "{} of {} would allow it if {key} satisfied {}.",
                capital(&statement_name(statement)),
                policy.name,
                part.name
            ),
        ),
        None => (
            ChangeKind::ChangePart,
            format!(
                "{} of {} would allow it if {} matched.",
                capital(&statement_name(statement)),
                policy.name,
                part.name
            ),
        ),
    };
    Change { layer: node.layer, policy: Some(policy.name.clone()), pointer: part.pointer.clone(), kind, sentence }
}

fn add(layer: Layer, policy: Option<String>) -> Change {
    let sentence = format!("Add a statement to the {layer} that allows it.");
    Change { layer, policy, pointer: String::new(), kind: ChangeKind::AddStatement, sentence }
}

fn statement_name(statement: &StatementNode) -> String {
    match &statement.sid {
        Some(sid) if !sid.is_empty() => format!("statement {sid}"),
        _ => format!("the statement on line {}", statement.location.line),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
