//! The operations of people about themselves. They need no permission but to be signed in.

use tower_sessions::Session;
use uuid::Uuid;

use crate::app::paths;
use crate::audit::{Event, EventTarget};
use crate::authn::password::Verified;
use crate::authn::throttle::{self, Keys};
use crate::authn::{links, sign_in};
use crate::op::{Actor, OpContext};
use crate::store::Scope;
use crate::store::console::SessionView;
use crate::store::console::sessions::SignedIn;
use crate::store::traits::{AccessEntry, SignInEntry};
use crate::wire::{ApiError, Secret};

/// Where to go after signing in: where the person wanted to go, if that is a page of ours, else its first tenant.
///
/// # Errors
/// `Unavailable`.
pub async fn landing(op: &OpContext, signed_in: &SignedIn, next: &str) -> Result<String, ApiError> {
    if next.starts_with("/t/") && next.len() < 2048 && !next.contains(['\\', '\n', '\r']) {
        return Ok(next.to_owned());
    }
    let access =
        op.app().backend.directory().my_access(signed_in.actor(), op.now()).await.map_err(|error| op.fail(error))?;
    // Assigned access says more of what a person came for than the tenant it happens to live in.
    let first = access.iter().find(|entry| entry.set.is_some());
    Ok(first.map_or_else(|| paths::ACCOUNT.to_owned(), |entry| paths::tenant(&entry.tenant.path, "")))
}

/// Changes the password after checking the present one; the session gets a new id and all others end. Gives how many.
///
/// # Errors
/// Field errors on `current_password`, `password`, `repeated`.
pub async fn change_password(
    op: &OpContext,
    session: &Session,
    old: Secret<String>,
    new: Secret<String>,
    repeated: Secret<String>,
) -> Result<u64, ApiError> {
    let actor = op.maybe_actor().ok_or_else(ApiError::unauthenticated)?;
    // Whoever took a session over must not find the password out with it.
    let keys = Keys::new(&actor.sign_in_name(), op.source_ip);
    let _turn = sign_in::may_try(op, &keys).await?;
    let scope = Scope::of_actor(actor.tenant.clone(), actor.key);
    let profile = op.app().backend.parts(&scope).iam.get_login_profile(&actor.user_name).await;
    let hash = profile.map_err(|error| op.fail(error))?.map(|profile| profile.password_hash);
    if op.app().passwords.verify(old.clone(), hash).await == Verified::Wrong {
        throttle::failed(op.app().console.as_ref(), &keys, op.now()).await.map_err(|error| op.fail(error))?;
        return Err(ApiError::field("current_password", "This is not your present password."));
    }
    links::check_pair(&new, &repeated, &links::own_names(op, &entry_of(actor)).await?)?;
    if new == old {
        return Err(ApiError::field("password", "The new password is the present one. Choose another."));
    }
    let hash = op.app().passwords.hash(new).await;
    links::store_password(op, &entry_of(actor), hash, "iam:ChangePassword").await?;
    let signed_in = SignedIn { must_change_password: false, ..actor.session.clone() };
    sign_in::begin_session(op, session, &signed_in).await?;
    let console = &op.app().console;
    console.revoke_sessions(actor.key, Some(signed_in.public_id)).await.map_err(|error| op.fail(error))
}

/// One's own sessions, the last used first.
///
/// # Errors
/// `Unauthenticated`; `Unavailable`.
pub async fn sessions(op: &OpContext) -> Result<Vec<SessionView>, ApiError> {
    let actor = op.maybe_actor().ok_or_else(ApiError::unauthenticated)?;
    op.app().console.list_sessions(actor.key, op.now()).await.map_err(|error| op.fail(error))
}

/// Ends one of one's own sessions.
///
/// # Errors
/// `NotFound`.
pub async fn revoke_session(op: &OpContext, public_id: Uuid) -> Result<(), ApiError> {
    let actor = op.maybe_actor().ok_or_else(ApiError::unauthenticated)?;
    let found = op.app().console.revoke_session(actor.key, public_id).await.map_err(|error| op.fail(error))?;
    if !found {
        return Err(ApiError::not_found());
    }
    record(op, actor, "console:RevokeOwnSession").await
}

/// Ends all of one's own sessions but this one, and gives how many.
///
/// # Errors
/// `Unauthenticated`; `Unavailable`.
pub async fn revoke_other_sessions(op: &OpContext) -> Result<u64, ApiError> {
    let actor = op.maybe_actor().ok_or_else(ApiError::unauthenticated)?;
    let kept = Some(actor.session.public_id);
    let ended = op.app().console.revoke_sessions(actor.key, kept).await.map_err(|error| op.fail(error))?;
    record(op, actor, "console:RevokeOwnSession").await?;
    Ok(ended)
}

/// Where one has access.
///
/// # Errors
/// `Unauthenticated`; `Unavailable`.
pub async fn my_access(op: &OpContext) -> Result<Vec<AccessEntry>, ApiError> {
    let actor = op.maybe_actor().ok_or_else(ApiError::unauthenticated)?;
    op.app().backend.directory().my_access(actor.key, op.now()).await.map_err(|error| op.fail(error))
}

fn entry_of(actor: &Actor) -> SignInEntry {
    SignInEntry {
        tenant: actor.tenant.clone(),
        user_id: actor.key.user_id,
        user_name: actor.user_name.clone(),
        enabled: true,
    }
}

async fn record(op: &OpContext, actor: &Actor, action: &str) -> Result<(), ApiError> {
    let target = EventTarget {
        kind: "user".into(),
        id: Some(actor.key.user_id.uuid()),
        name: actor.user_name.clone(),
        arn: format!("arn:wami:iam::{}:user/{}", actor.tenant.account_id, actor.user_name),
    };
    let event: Event = op.event(&[], action, target);
    let scope = Scope::of_actor(actor.tenant.clone(), actor.key);
    op.app().backend.parts(&scope).records.record(&event).await.map_err(|error| op.fail(error))
}
