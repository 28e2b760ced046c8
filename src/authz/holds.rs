//! Nobody grants more than they hold (security S21): whoever attaches, assigns, edits, resets or adds to a group must
//! already hold, in that tenant, what the target would gain or can do.

use super::{Access, Action, Target};
use crate::authz::access::RequestFacts;
use crate::op::{Actor, OpContext};
use crate::policy::{Attached, Body, CompiledPolicy, DocumentKind, PolicySet, Source};
use crate::store::ActorKey;
use crate::wire::ApiError;

/// Documents that would start to grant something, by name.
pub struct Granted {
    policies: Vec<Attached>,
}

impl Granted {
    /// Documents as texts.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let read = |(name, text): (&str, &str)| {
            let body = match CompiledPolicy::read(text, DocumentKind::Identity) {
                Ok(policy) => Body::Compiled(policy.into()),
                Err(findings) => Body::Unreadable(findings.into()),
            };
            Attached { source: Source::Identity, name: name.into(), version: None, body }
        };
        Self { policies: texts.into_iter().map(read).collect() }
    }
}

/// The actor must hold, in the tenant, everything that `granted` could allow.
///
/// # Errors
/// `Forbidden`, naming the policy that goes beyond; recorded as a refusal of `action`.
pub async fn all_of(op: &OpContext, access: &Access, action: Action, target: &Target, granted: &Granted) -> Result<(), ApiError> {
    let Some(beyond) = first_beyond(access, &granted.policies) else { return Ok(()) };
    let error = ApiError::forbidden(format!(
        "This would give more than you hold in {}: the policy {beyond} allows something that none of your permissions does.",
        access.tenant.path
    ));
    op.record_refusal(access, action, target, &error).await;
    Err(error)
}

/// The actor must hold everything that the user `key` can do, wherever it has access: taking its password or factor
/// over means taking that over.
///
/// # Errors
/// `Forbidden`; recorded as a refusal of `action`.
pub async fn over_target(op: &OpContext, access: &Access, action: Action, target: &Target, key: ActorKey) -> Result<(), ApiError> {
    let actor = op.actor()?;
    if actor.key == key {
        return Ok(());
    }
    let fail = |error| op.fail(error);
    let directory = op.app().backend.directory();
    let entry = directory.user_entry(key).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let reached = directory.my_access(key, op.now()).await.map_err(fail)?;
    let facts = RequestFacts { source_ip: op.source_ip, now: op.now(), is_secure: op.is_secure, user_agent: None };
    let as_target = Actor { key, tenant: entry.tenant, user_name: entry.user_name, session: actor.session.clone() };
    for tenant in reached.into_iter().map(|entry| entry.tenant) {
        let theirs = Access::load(directory, &op.app().documents, &as_target, tenant.clone(), &facts).await.map_err(fail)?;
        let mine = op.enter(&tenant.path).await?;
        let granted: Vec<Attached> =
            theirs.policies().paths.iter().flat_map(|path| path.identity.iter().cloned()).collect();
        if let Some(beyond) = first_beyond(&mine, &granted) {
            let error = ApiError::forbidden(format!(
                "{} can do more than you ({beyond}), so you may not take it over. Ask an administrator who holds as much.",
                target.name
            ));
            op.record_refusal(access, action, target, &error).await;
            return Err(error);
        }
    }
    Ok(())
}

/// The name of the first policy that allows something the actor does not hold.
fn first_beyond(access: &Access, granted: &[Attached]) -> Option<String> {
    granted.iter().find(|policy| !covers(access.policies(), policy)).map(|policy| policy.name.to_string())
}

/// Whether the holder has, on an unbounded path, the very same document or one that allows everything. Sound, and
/// conservative: who holds the parts of a policy in other words is refused.
fn covers(holder: &PolicySet, granted: &Attached) -> bool {
    let text = |policy: &Attached| match &policy.body {
        Body::Compiled(compiled) => Some(compiled.document().text().clone()),
        _ => None,
    };
    let Some(wanted) = text(granted) else { return false };
    holder.paths.iter().filter(|path| path.boundary.is_none()).flat_map(|path| &path.identity).any(|held| {
        text(held).is_some_and(|held| held == wanted || allows_everything(&held))
    })
}

fn allows_everything(document: &str) -> bool {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(document) else { return false };
    let is_all = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text == "*",
        serde_json::Value::Array(items) => items.iter().any(|item| item == "*"),
        _ => false,
    };
    let statements = match &document["Statement"] {
        serde_json::Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    statements.iter().any(|statement| {
        statement["Effect"] == "Allow"
            && is_all(&statement["Action"])
            && is_all(&statement["Resource"])
            && statement.get("Condition").is_none()
    })
}
