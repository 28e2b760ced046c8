//! Single-use links: the set-up of the first administrator, invitations, resets. Only the hash of a token is kept; the
//! link is shown once to whoever made it, since no mail server is assumed.

use chrono::TimeDelta;

use super::password;
use crate::audit::{Event, EventActor, EventTarget};
use crate::authz::holds;
use crate::iam::LoginProfile;
use crate::op::OpContext;
use crate::store::console::{Link, LinkPurpose, hash_of};
use crate::store::traits::SignInEntry;
use crate::store::{ActorKey, Scope};
use crate::wire::{ApiError, Code, Secret};

/// How long an invitation can be used.
pub const INVITATION_LASTS: TimeDelta = TimeDelta::days(7);
/// How long a reset can be used.
pub const RESET_LASTS: TimeDelta = TimeDelta::hours(24);
/// How long a set-up link can be used; a new one is printed at each start until an administrator exists.
pub const SETUP_LASTS: TimeDelta = TimeDelta::hours(24);

/// Makes a link and gives its full address. Whoever calls has authorized it.
///
/// # Errors
/// `Unavailable`.
pub async fn create(op: &OpContext, purpose: LinkPurpose, user: ActorKey) -> Result<Secret<String>, ApiError> {
    let app = op.app();
    let now = op.now();
    let token = app.ids.token();
    let lasts = if purpose == LinkPurpose::Invitation { INVITATION_LASTS } else { RESET_LASTS };
    let link = Link {
        token_hash: hash_of(token.expose().as_bytes()),
        purpose,
        user: Some(user),
        maker: op.maybe_actor().map(|maker| maker.key),
        created_at: now,
        expires_at: now + lasts,
    };
    app.console.put_link(&link).await.map_err(|error| op.fail(error))?;
    // A token behind a `#` would not work without JavaScript. In the path it reaches no other site (`Referrer-Policy`),
    // and the request log leaves the segment out.
    Ok(Secret::new(format!("{}/welcome/{}", app.settings.public_url, token.expose())))
}

/// Whose password a link sets, without using it up.
///
/// # Errors
/// `NotFound` for anything that is not a link that works.
pub async fn peek(op: &OpContext, token: &str) -> Result<SignInEntry, ApiError> {
    let found = op.app().console.find_link(&hash_of(token.as_bytes()), op.now()).await;
    entry(op, found.map_err(|error| op.fail(error))?).await
}

/// Uses a link up and sets the password; every session of the user ends.
///
/// # Errors
/// `NotFound`; field errors on `password` and `repeated`, with the link still good.
pub async fn set_password(
    op: &OpContext,
    token: &str,
    new: Secret<String>,
    repeated: &Secret<String>,
) -> Result<SignInEntry, ApiError> {
    let user = peek(op, token).await?;
    check_pair(&new, repeated, &own_names(op, &user).await?)?;
    let hash = op.app().passwords.hash(new).await;
    let taken =
        op.app().console.take_link(&hash_of(token.as_bytes()), op.now()).await.map_err(|error| op.fail(error))?;
    let user = entry(op, taken).await?;
    let key = ActorKey { tenant_id: user.tenant.id, user_id: user.user_id };
    store_password(op, &user, hash, "console:AcceptLink").await?;
    let console = &op.app().console;
    console.revoke_sessions(key, None).await.map_err(|error| op.fail(error))?;
    console.delete_links(key).await.map_err(|error| op.fail(error))?;
    Ok(user)
}

/// Checks a new password and its repetition.
///
/// # Errors
/// Field errors on `password` and `repeated`.
pub fn check_pair(new: &Secret<String>, repeated: &Secret<String>, names: &[String]) -> Result<(), ApiError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    password::check_new(new.expose(), &names).map_err(|message| ApiError::field("password", message))?;
    if new != repeated {
        return Err(ApiError::field("repeated", "The two passwords are not the same."));
    }
    Ok(())
}

/// What a password of this user must not contain.
///
/// # Errors
/// As the store.
pub async fn own_names(op: &OpContext, user: &SignInEntry) -> Result<Vec<String>, ApiError> {
    let key = ActorKey { tenant_id: user.tenant.id, user_id: user.user_id };
    let parts = op.app().backend.parts(&Scope::of_actor(user.tenant.clone(), key));
    let person = parts.iam.find_user(&user.user_name).await.map_err(|error| op.fail(error))?;
    let mut names = vec![user.user_name.clone()];
    if let Some(person) = person.map(|user| user.person) {
        names.extend(person.display_name.iter().flat_map(|name| name.split_whitespace()).map(str::to_owned));
        names.extend(person.display_name);
        names.extend(person.email.iter().filter_map(|email| email.split('@').next()).map(str::to_owned));
    }
    Ok(names)
}

/// Writes a password hash for a user, on its own behalf, with the event.
///
/// # Errors
/// As the store.
pub async fn store_password(op: &OpContext, user: &SignInEntry, hash: String, action: &str) -> Result<(), ApiError> {
    let key = ActorKey { tenant_id: user.tenant.id, user_id: user.user_id };
    let scope = Scope::of_actor(user.tenant.clone(), key);
    let fail = |error| op.fail(error);
    let now = op.now();
    let mut unit = op.app().backend.begin(&scope).await.map_err(fail)?;
    let existing = unit.iam.get_login_profile(&user.user_name).await.map_err(fail)?;
    let profile = LoginProfile {
        user_name: user.user_name.clone(),
        create_date: existing.as_ref().map_or(now, |profile| profile.create_date),
        password_reset_required: false,
        changed_at: now,
        password_hash: Secret::new(hash),
    };
    match existing {
        Some(_) => unit.iam.update_login_profile(profile).await.map_err(fail)?,
        None => unit.iam.create_login_profile(profile).await.map_err(fail)?,
    }
    let event = Event {
        actor: Some(EventActor {
            tenant_id: user.tenant.id,
            tenant_path: user.tenant.path.clone(),
            user_id: user.user_id,
            name: user.user_name.clone(),
        }),
        ..op.event(
            &[],
            action,
            EventTarget {
                kind: "user".into(),
                id: Some(user.user_id.uuid()),
                name: user.user_name.clone(),
                arn: format!("arn:wami:iam::{}:user/{}", user.tenant.account_id, user.user_name),
            },
        )
    };
    unit.records.record(&event).await.map_err(fail)?;
    unit.commit().await.map_err(fail)
}

async fn entry(op: &OpContext, link: Option<Link>) -> Result<SignInEntry, ApiError> {
    let gone = || ApiError::new(Code::NotFound, "This link does not work any more. Ask for a new one.");
    let (user, maker) = link.and_then(|link| Some((link.user?, link.maker))).ok_or_else(gone)?;
    // A link must not become more than it was when it was made: its maker may have kept it.
    if let Some(maker) = maker
        && maker != user
        && !holds::still_over(op, maker, user).await?
    {
        return Err(gone());
    }
    let entry = op.app().backend.directory().user_entry(user).await.map_err(|error| op.fail(error))?;
    entry.filter(|entry| entry.enabled && !entry.tenant.suspended).ok_or_else(gone)
}
