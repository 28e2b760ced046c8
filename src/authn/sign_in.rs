//! Signing in and out. Every failure has the same answer and takes the same time (security S5).

use tokio::sync::OwnedMutexGuard;
use tower_sessions::Session;

use super::password::Verified;
use super::throttle::{self, Keys};
use crate::audit::{Event, EventActor, EventTarget, Outcome};
use crate::iam::LoginProfile;
use crate::op::OpContext;
use crate::store::console::sessions::{SIGNED_IN, SignedIn};
use crate::store::traits::SignInEntry;
use crate::store::{ActorKey, AmiError, Scope};
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code, Secret};

/// Splits a sign-in name at its last `@`; a bare name is one of the root tenant.
pub fn split_name(name: &str) -> Option<(&str, TenantPath)> {
    match name.trim().rsplit_once('@') {
        Some((user, path)) => Some((user, path.parse().ok()?)),
        None => Some((name.trim(), TenantPath::root())),
    }
}

/// Signs in, giving the session a new id.
///
/// # Errors
/// `TooManyRequests` with the seconds to wait; `Unauthenticated`, alike for unknown users, wrong passwords, disabled
/// users and suspended tenants.
pub async fn sign_in(
    op: &OpContext,
    session: &Session,
    name: &str,
    password: Secret<String>,
) -> Result<SignedIn, ApiError> {
    let app = op.app();
    let now = op.now();
    let keys = Keys::new(name, op.source_ip);
    let fail = |error| op.fail(error);
    let _turn = may_try(op, &keys).await?;
    let entry = match split_name(name).filter(|_| name.len() <= 400) {
        Some((user, path)) => app.backend.directory().sign_in_entry(&path, user).await.map_err(fail)?,
        None => None,
    };
    let profile = profile(op, entry.as_ref()).await.map_err(fail)?;
    let hash = profile.as_ref().map(|profile| profile.password_hash.clone());
    let verified = app.passwords.verify(password, hash).await;
    let (entry, profile) = match (verified, entry, profile) {
        (Verified::Right, Some(entry), Some(profile)) if entry.enabled && !entry.tenant.suspended => (entry, profile),
        (Verified::RightButOld(hash), Some(entry), Some(profile)) if entry.enabled && !entry.tenant.suspended => {
            let profile = LoginProfile { password_hash: Secret::new(hash), ..profile };
            let mut parts = app.backend.parts(&scope_of(&entry));
            parts.iam.update_login_profile(profile.clone()).await.map_err(fail)?;
            (entry, profile)
        }
        (_, entry, _) => {
            throttle::failed(app.console.as_ref(), &keys, now).await.map_err(fail)?;
            match entry {
                Some(entry) => {
                    let reason = "The name or the password was wrong.";
                    record(op, &entry, "console:SignIn", Outcome::Refused, Some(reason)).await;
                }
                // Nobody to record it for; what is written instead takes as long.
                None => app.console.count_failure(&keys.nobody(), now).await.map_err(fail)?,
            }
            return Err(ApiError::new(Code::Unauthenticated, "The name or the password is wrong."));
        }
    };
    throttle::succeeded(app.console.as_ref(), &keys).await.map_err(fail)?;
    let mut parts = app.backend.parts(&scope_of(&entry));
    parts.iam.record_password_use(&entry.user_name, now).await.map_err(fail)?;
    let signed_in = SignedIn {
        tenant_id: entry.tenant.id.uuid(),
        user_id: entry.user_id.uuid(),
        public_id: app.ids.uuid(now),
        at: now,
        seen_at: now,
        source_ip: op.source_ip.map(|ip| ip.to_canonical().to_string()),
        user_agent: op.user_agent.clone(),
        must_change_password: profile.password_reset_required,
    };
    begin_session(op, session, &signed_in).await?;
    record(op, &entry, "console:SignIn", Outcome::Success, None).await;
    Ok(signed_in)
}

/// Waits for the turn of an attempt, and refuses one that comes too early after failures.
///
/// # Errors
/// `TooManyRequests` with the seconds to wait.
pub async fn may_try(op: &OpContext, keys: &Keys) -> Result<OwnedMutexGuard<()>, ApiError> {
    let app = op.app();
    let turn = app.passwords.turn(keys.pair()).await;
    let wait = throttle::wait(app.console.as_ref(), keys, op.now()).await.map_err(|error| op.fail(error))?;
    let Some(wait) = wait else { return Ok(turn) };
    let seconds = u64::try_from(wait.num_seconds()).unwrap_or(0) + 1;
    Err(ApiError {
        retry_after: Some(seconds),
        ..ApiError::new(Code::TooManyRequests, format!("Too many attempts. Wait {seconds} seconds and try again."))
    })
}

/// Gives the session a new id and says who is signed in (security S9).
///
/// # Errors
/// `Unavailable`.
pub async fn begin_session(op: &OpContext, session: &Session, signed_in: &SignedIn) -> Result<(), ApiError> {
    let unavailable = |error: tower_sessions::session::Error| {
        tracing::error!(
            request.id = op.request_id,
            error = &error as &dyn std::error::Error,
            "the session could not be kept"
        );
        ApiError::new(Code::Unavailable, "The database does not answer right now. Try again in a moment.")
    };
    session.cycle_id().await.map_err(unavailable)?;
    session.insert(SIGNED_IN, signed_in).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)
}

/// Ends the session.
///
/// # Errors
/// `Unavailable`.
pub async fn sign_out(op: &OpContext, session: &Session) -> Result<(), ApiError> {
    if let Some(actor) = op.maybe_actor() {
        let entry = SignInEntry {
            tenant: actor.tenant.clone(),
            user_id: actor.key.user_id,
            user_name: actor.user_name.clone(),
            enabled: true,
        };
        record(op, &entry, "console:SignOut", Outcome::Success, None).await;
    }
    session.flush().await.map_err(|error| {
        tracing::error!(
            request.id = op.request_id,
            error = &error as &dyn std::error::Error,
            "the session could not be ended"
        );
        ApiError::new(Code::Unavailable, "You could not be signed out because the database does not answer. Try again.")
    })
}

fn scope_of(entry: &SignInEntry) -> Scope {
    Scope::of_actor(entry.tenant.clone(), ActorKey { tenant_id: entry.tenant.id, user_id: entry.user_id })
}

/// The password of the user; for nobody, as many round trips.
async fn profile(op: &OpContext, entry: Option<&SignInEntry>) -> Result<Option<LoginProfile>, AmiError> {
    let backend = &op.app().backend;
    match entry.filter(|entry| entry.enabled) {
        Some(entry) => backend.parts(&scope_of(entry)).iam.get_login_profile(&entry.user_name).await,
        None => backend.ping().await.map(|()| None),
    }
}

/// Records what a user did for itself. Failing to record is logged and stops nothing: the sign-in itself changed nothing
/// that the record would have to commit with.
async fn record(op: &OpContext, entry: &SignInEntry, action: &str, outcome: Outcome, reason: Option<&str>) {
    let target = EventTarget {
        kind: "user".into(),
        id: Some(entry.user_id.uuid()),
        name: entry.user_name.clone(),
        arn: format!("arn:wami:iam::{}:user/{}", entry.tenant.account_id, entry.user_name),
    };
    let actor = (outcome == Outcome::Success).then(|| EventActor {
        tenant_id: entry.tenant.id,
        tenant_path: entry.tenant.path.clone(),
        user_id: entry.user_id,
        name: entry.user_name.clone(),
    });
    let event = Event { outcome, actor, reason: reason.map(str::to_owned), ..op.event(&[], action, target) };
    let scope = if entry.enabled { scope_of(entry) } else { Scope::of_system(entry.tenant.clone()) };
    if let Err(error) = op.app().backend.parts(&scope).records.record(&event).await {
        tracing::error!(
            request.id = op.request_id,
            error = &error as &dyn std::error::Error,
            "a sign-in could not be recorded"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_at_sign_splits_a_name() {
        let split = |name| split_name(name).map(|(user, path)| (user.to_owned(), path.to_string()));
        assert_eq!(split("ann@acme.eng"), Some(("ann".into(), "acme.eng".into())));
        assert_eq!(split("ann@mail.test@acme"), Some(("ann@mail.test".into(), "acme".into())));
        assert_eq!(split("ann"), Some(("ann".into(), "root".into())));
        assert_eq!(split("ann@mail.test@root"), Some(("ann@mail.test".into(), "root".into())));
        assert_eq!(split("ann@NOT A PATH"), None);
    }
}
