//! Nobody grants more than they hold (security S21): whoever attaches, assigns, edits, resets or adds to a group must
//! already hold, in that tenant, what the target would gain or can do. To take a denial away is to grant what it denied:
//! so nobody removes what bounds them.

use serde_json::{Value, json};

use super::{Access, Action, Target};
use crate::authz::access::RequestFacts;
use crate::iam::Group;
use crate::op::{Actor, OpContext};
use crate::policy::{self, Attached, GrantPath, PolicySet, Source};
use crate::sso_admin::Reach;
use crate::store::ActorKey;
use crate::wire::{ApiError, Id};

/// Documents that would start to grant something together, by name.
pub fn granted<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> GrantPath {
    let identity = texts.into_iter().map(|(name, text)| Attached::read(Source::Identity, name, text)).collect();
    GrantPath { identity, ..GrantPath::default() }
}

/// What would no longer be denied if these documents, by name, were taken away.
pub fn lifted<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> GrantPath {
    replaced(texts.into_iter().map(|(name, text)| (name, text, "")))
}

/// What would no longer be denied if each document (name, text, new text) were replaced.
pub fn replaced<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> GrantPath {
    let turned = texts.into_iter().filter_map(|(name, old, new)| Some((name, allowing_what_it_denied(old, new)?)));
    let turned: Vec<(&str, String)> = turned.collect();
    granted(turned.iter().map(|(name, text)| (*name, text.as_str())))
}

/// What the guardrails of a tenant, by name, let through that they did not before: denials that are gone, and what none
/// of them allowed.
pub fn loosened(before: &[(&str, &str)], after: &[(&str, &str)]) -> GrantPath {
    let all_of = |texts: &[(&str, &str)]| {
        let read = texts.iter().map(|(_, text)| statements(text));
        let all: Option<Vec<Vec<Value>>> = read.collect();
        all.map(|all| document(all.concat()))
    };
    // With one that cannot be read nothing was let through.
    let (Some(old), Some(new)) = (all_of(before), all_of(after)) else { return granted(after.iter().copied()) };
    let name = after.first().or(before.first()).map_or("guardrails", |(name, _)| name);
    let mut gained: Vec<(&str, String)> =
        allowing_what_it_denied(&old, &new).map(|text| (name, text)).into_iter().collect();
    let allows = |text: &str| {
        let of = statements(text).unwrap_or_default();
        of.into_iter().filter(|statement| statement["Effect"] == "Allow").collect::<Vec<_>>()
    };
    let known = PolicySet::of_identity(vec![Attached::read(Source::Identity, name, &document(allows(&old)))]);
    for (name, text) in after {
        let allowed = allows(text);
        if allowed.is_empty() {
            continue;
        }
        let allowed = document(allowed);
        if !policy::covers(&known, &granted([(*name, allowed.as_str())])) {
            gained.push((name, allowed));
        }
    }
    granted(gained.iter().map(|(name, text)| (*name, text.as_str())))
}

/// Whether a document may deny something, be it for nobody can read it.
pub fn may_deny(text: &str) -> bool {
    statements(text).is_none_or(|statements| statements.iter().any(|statement| statement["Effect"] != "Allow"))
}

fn document(statements: Vec<Value>) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The denials of a document that another does not make as well, as if they allowed. Nothing could be decided with one
/// that cannot be read, so whatever it hid may come to light.
pub fn allowing_what_it_denied(old: &str, new: &str) -> Option<String> {
    let Some(old) = statements(old) else {
        return Some(document(vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })]));
    };
    let turned = |statements: Vec<Value>| {
        let denials = statements.into_iter().filter(|statement| statement["Effect"] == "Deny");
        let turned = denials.map(|mut statement| {
            statement["Effect"] = "Allow".into();
            statement
        });
        turned.collect::<Vec<_>>()
    };
    let kept = turned(statements(new).unwrap_or_default());
    let mut lifted = turned(old);
    lifted.retain(|statement| !kept.contains(statement));
    if lifted.is_empty() {
        return None;
    }
    let lifted = document(lifted);
    if kept.is_empty() {
        return Some(lifted);
    }
    let kept = PolicySet::of_identity(vec![Attached::read(Source::Identity, "kept", &document(kept))]);
    (!policy::covers(&kept, &granted([("lifted", lifted.as_str())]))).then_some(lifted)
}

fn statements(text: &str) -> Option<Vec<Value>> {
    match serde_json::from_str::<Value>(text).ok()?.get_mut("Statement")?.take() {
        Value::Array(many) => Some(many),
        one => Some(vec![one]),
    }
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
    refused(op, access, action, target, beyond(access, granted)).await
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
    refused(op, access, action, target, beyond_below(access, granted)).await
}

async fn refused(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    error: Option<ApiError>,
) -> Result<(), ApiError> {
    let Some(error) = error else { return Ok(()) };
    op.record_refusal(access, action, target, &error).await;
    Err(error)
}

/// Why something that would be given in the tenant and in everything below it may not be, if it is more than the actor
/// holds there: [`all_of_below`] for those who cannot have it recorded yet.
pub fn beyond_below(access: &Access, granted: &GrantPath) -> Option<ApiError> {
    too_much(access, access.policies_below(), &format!("{} and everything below it", access.tenant.path), granted)
}

/// The same in the tenant alone.
pub fn beyond(access: &Access, granted: &GrantPath) -> Option<ApiError> {
    too_much(access, access.policies(), access.tenant.path.as_str(), granted)
}

fn too_much(access: &Access, held: &PolicySet, place: &str, granted: &GrantPath) -> Option<ApiError> {
    let beyond = first_beyond(access, held, granted)?;
    Some(ApiError::forbidden(format!("This would give more than you hold in {place}: {beyond}.")))
}

/// The actor must hold everything that the assignments of a group give to its members, wherever that is. Gives whether
/// they may deny something as well.
///
/// # Errors
/// `Forbidden`; recorded as a refusal of `action`.
pub async fn group_grants(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    group: Id<Group>,
) -> Result<bool, ApiError> {
    let (denies, error) = group_gives(op, access, group).await?;
    refused(op, access, action, target, error).await?;
    Ok(denies)
}

/// As [`group_grants`], for those who record what comes of it: whether they may deny something, and why they may not be
/// given.
///
/// # Errors
/// `Unavailable`.
pub async fn group_gives(
    op: &OpContext,
    access: &Access,
    group: Id<Group>,
) -> Result<(bool, Option<ApiError>), ApiError> {
    of_group(op, access, group, |name, text| granted([(name, text)])).await
}

/// The actor must hold everything that the assignments of a group deny to its members, wherever that is: for whoever is
/// to leave it.
///
/// # Errors
/// `Forbidden`; recorded as a refusal of `action`.
pub async fn group_lifts(
    op: &OpContext,
    access: &Access,
    action: Action,
    target: &Target,
    group: Id<Group>,
) -> Result<(), ApiError> {
    let error = group_frees(op, access, group).await?;
    refused(op, access, action, target, error).await
}

/// As [`group_lifts`], for those who record what comes of it: why nobody may leave.
///
/// # Errors
/// `Unavailable`.
pub async fn group_frees(op: &OpContext, access: &Access, group: Id<Group>) -> Result<Option<ApiError>, ApiError> {
    Ok(of_group(op, access, group, |name, text| lifted([(name, text)])).await?.1)
}

async fn of_group(
    op: &OpContext,
    access: &Access,
    group: Id<Group>,
    gained: impl Fn(&str, &str) -> GrantPath,
) -> Result<(bool, Option<ApiError>), ApiError> {
    op.release().await;
    let fail = |error| op.fail(error);
    let directory = op.app().backend.directory();
    let mut denies = false;
    for grant in directory.group_grants(access.tenant.id, group, op.now()).await.map_err(fail)? {
        let mine = op.enter(&grant.tenant.path).await?;
        let hashes: Vec<_> = grant.document.into_iter().collect();
        let text = directory.documents(&hashes).await.map_err(fail)?.pop().flatten();
        let text = text.as_deref().unwrap_or_default();
        denies |= may_deny(text);
        let path = gained(&grant.policy, text);
        let held = if grant.reach == Reach::Subtree { mine.policies_below() } else { mine.policies() };
        if let Some(beyond) = first_beyond(&mine, held, &path) {
            let error = ApiError::forbidden(format!(
                "The group's assignments bear on more than you hold in {}: {beyond}. Ask an administrator who holds as much.",
                grant.tenant.path
            ));
            return Ok((denies, Some(error)));
        }
    }
    Ok((denies, None))
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
    let error = out_of_reach(op, &target.name, key).await?;
    refused(op, access, action, target, error).await
}

/// As [`over_target`], for those who record what comes of it: why the user `key`, called `name`, may not be taken over.
///
/// # Errors
/// `Unavailable`.
pub async fn out_of_reach(op: &OpContext, name: &str, key: ActorKey) -> Result<Option<ApiError>, ApiError> {
    let actor = op.actor()?;
    if actor.key == key {
        return Ok(None);
    }
    let beyond = first_beyond_of(op, actor, key).await?;
    Ok(beyond.map(|beyond| {
        ApiError::forbidden(format!(
            "{name} can do more than you ({beyond}), so you may not take it over. Ask an administrator who holds as much."
        ))
    }))
}

/// Whether the user `maker` is there and holds everything that the user `key` can do now.
///
/// # Errors
/// `Unavailable`.
pub async fn still_over(op: &OpContext, maker: ActorKey, key: ActorKey) -> Result<bool, ApiError> {
    let entry = op.app().backend.directory().user_entry(maker).await.map_err(|error| op.fail(error))?;
    let Some(entry) = entry.filter(|entry| entry.enabled) else { return Ok(false) };
    Ok(first_beyond_of(op, &Actor::absent(entry, op.now()), key).await?.is_none())
}

/// The first thing that the user `key` can do and `holder` cannot, wherever that is, in words.
async fn first_beyond_of(op: &OpContext, holder: &Actor, key: ActorKey) -> Result<Option<String>, ApiError> {
    op.release().await;
    let fail = |error| op.fail(error);
    let (directory, documents) = (op.app().backend.directory(), &op.app().documents);
    let entry = directory.user_entry(key).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let target = Actor::absent(entry, op.now());
    let facts = RequestFacts { source_ip: op.source_ip, now: op.now(), is_secure: op.is_secure, user_agent: None };
    for entry in directory.my_access(key, op.now()).await.map_err(fail)? {
        let path = &entry.tenant.path;
        let theirs = Access::load_elevated(directory, documents, &target, path, &facts).await.map_err(fail)?;
        let mine = Access::load(directory, documents, holder, path, &facts).await.map_err(fail)?;
        // The tenant was moved meanwhile: who asks again meets it under its new path.
        let (Some(theirs), Some(mine)) = (theirs, mine) else { return Err(ApiError::not_found()) };
        let mine = mine.judged_by(op.app().settings.judge);
        let beyond = |theirs: &PolicySet, held| theirs.paths.iter().find_map(|path| first_beyond(&mine, held, path));
        let beyond = beyond(theirs.policies(), mine.policies())
            .or_else(|| beyond(theirs.policies_below(), mine.policies_below()));
        if beyond.is_some() {
            return Ok(beyond);
        }
    }
    Ok(None)
}

/// The first thing that is granted and that the actor does not surely hold, in words.
fn first_beyond(access: &Access, held: &PolicySet, granted: &GrantPath) -> Option<String> {
    if access.allows_everything() {
        return None;
    }
    let beyond = policy::excess(held, granted).into_iter().next()?;
    Some(format!("{} on {} (from the policy {})", beyond.action, beyond.resource, beyond.policy))
}
