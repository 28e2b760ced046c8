//! Nobody grants more than they hold (security S21): whoever attaches, assigns, edits, resets or adds to a group must
//! already hold, in that tenant, what the target would gain or can do.

use super::{Access, Action, Target};
use crate::authz::access::RequestFacts;
use crate::iam::Group;
use crate::op::{Actor, OpContext};
use crate::policy::{self, Attached, Body, DocumentKind, GrantPath, PolicySet, Source};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::wire::{ApiError, Id};

/// Documents that would start to grant something together, by name.
pub fn granted<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> GrantPath {
    let identity = texts.into_iter().map(|(name, text)| Attached::read(Source::Identity, name, text)).collect();
    GrantPath { identity, ..GrantPath::default() }
}

/// The actor must hold, in the tenant, everything that `granted` could allow.
///
/// # Errors
/// `Forbidden`, naming the policy that goes beyond; recorded as a refusal of `action`.
pub async fn all_of(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    granted: &GrantPath,
) -> Result<(), ApiError> {
    within(op, access, access.policies(), action, target, granted).await
}

/// As [`all_of`], for something given in the tenant and in everything below it: only what the actor holds there as well
/// counts.
///
/// # Errors
/// As [`all_of`].
pub async fn all_of_below(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    granted: &GrantPath,
) -> Result<(), ApiError> {
    within(op, access, access.policies_below(), action, target, granted).await
}

async fn within(
    op: &OpContext,
    access: &Access,
    held: &PolicySet,
    action: Action,
    target: &Target,
    granted: &GrantPath,
) -> Result<(), ApiError> {
    let Some(beyond) = first_beyond(held, granted) else { return Ok(()) };
    let error = ApiError::forbidden(format!("This would give more than you hold in {}: {beyond}.", access.tenant.path));
    op.record_refusal(access, action, target, &error).await;
    Err(error)
}

/// The actor must hold everything that the assignments of a group give to its members, wherever that is.
///
/// # Errors
/// `Forbidden`; recorded as a refusal of `action`.
pub async fn group_grants(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    group: Id<Group>,
) -> Result<(), ApiError> {
    let fail = |error| op.fail(error);
    let directory = op.app().backend.directory();
    for grant in directory.group_grants(access.tenant.id, group, op.now()).await.map_err(fail)? {
        let mine = op.enter(&grant.tenant.path).await?;
        let keys: Vec<_> = grant.document.iter().map(|hash| (*hash, DocumentKind::Identity)).collect();
        let body = op.app().documents.compiled(directory, &keys).await.map_err(fail)?.pop().unwrap_or(Body::Unknown);
        let attached = Attached { source: Source::Identity, name: grant.policy.as_str().into(), version: None, body };
        let path = GrantPath { identity: vec![attached], ..GrantPath::default() };
        let held = if grant.reach == Reach::Subtree { mine.policies_below() } else { mine.policies() };
        if let Some(beyond) = first_beyond(held, &path) {
            let error = ApiError::forbidden(format!(
                "The group gives more than you hold in {}: {beyond}. Ask an administrator who holds as much.",
                grant.tenant.path
            ));
            op.record_refusal(access, action, target, &error).await;
            return Err(error);
        }
    }
    Ok(())
}

/// The actor must hold everything that the user `key` can do, wherever it has access: taking its password or factor
/// over means taking that over.
///
/// # Errors
/// `Forbidden`; recorded as a refusal of `action`.
pub async fn over_target(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    key: ActorKey,
) -> Result<(), ApiError> {
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
        let theirs =
            Access::load(directory, &op.app().documents, &as_target, &tenant.path, &facts).await.map_err(fail)?;
        // The tenant was moved meanwhile: who asks again meets it under its new path.
        let theirs = theirs.ok_or_else(ApiError::not_found)?;
        let mine = op.enter(&tenant.path).await?;
        if let Some(beyond) = theirs.policies().paths.iter().find_map(|path| first_beyond(mine.policies(), path)) {
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

/// The first thing that is granted and that the actor does not surely hold, in words.
fn first_beyond(held: &PolicySet, granted: &GrantPath) -> Option<String> {
    let beyond = policy::excess(held, granted).into_iter().next()?;
    Some(format!("{} on {} (from the policy {})", beyond.action, beyond.resource, beyond.policy))
}
