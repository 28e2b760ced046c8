//! Server functions of the account room. Each parses, calls and says where to go; the rules are in the services.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::authn::{links, setup, sign_in as authn},
    crate::op::current::{current, reply, session},
    crate::wire::Secret,
};

/// Signs in with name and password.
#[server(endpoint = "account/sign-in", input = PostUrl)]
pub async fn sign_in(name: String, password: String, #[server(default)] next: String) -> Result<(), ApiError> {
    let (op, session) = (current()?, session()?);
    let signed_in = authn::sign_in(&op, &session, &name, Secret::new(password)).await?;
    reply().go_to(if signed_in.must_change_password {
        paths::ACCOUNT.to_owned()
    } else {
        service::landing(&op, &signed_in, &next).await?
    });
    Ok(())
}

/// Signs out.
#[server(endpoint = "account/sign-out", input = PostUrl)]
pub async fn sign_out() -> Result<(), ApiError> {
    let (op, session) = (current()?, session()?);
    authn::sign_out(&op, &session).await?;
    reply().go_to(paths::LOGIN);
    Ok(())
}

/// Makes the first administrator; `sample` loads the sample organisation as well.
#[server(endpoint = "account/setup", input = PostUrl)]
pub async fn complete_setup(
    token: String,
    user_name: String,
    display_name: String,
    email: String,
    password: String,
    repeated: String,
    #[server(default)] sample: bool,
) -> Result<(), ApiError> {
    let op = current()?;
    let (password, repeated) = (Secret::new(password), Secret::new(repeated));
    let new = setup::NewAdministrator { user_name, display_name, email, password, repeated };
    setup::complete(&op, &token, new, sample).await?;
    reply().go_to(paths::LOGIN);
    reply().notice(if sample {
        "The administrator is created and the sample organisation is loaded. Sign in with the password you have just chosen."
    } else {
        "The administrator is created. Sign in with the password you have just chosen."
    });
    Ok(())
}

/// Sets the password of an invitation or reset link.
#[server(endpoint = "account/accept-link", input = PostUrl)]
pub async fn accept_link(token: String, password: String, repeated: String) -> Result<(), ApiError> {
    let op = current()?;
    links::set_password(&op, &token, Secret::new(password), &Secret::new(repeated)).await?;
    reply().go_to(paths::LOGIN);
    reply().notice("Your password is set. Sign in with it.");
    Ok(())
}

/// Changes one's own password; all other sessions end.
#[server(endpoint = "account/change-password", input = PostUrl)]
pub async fn change_password(current_password: String, password: String, repeated: String) -> Result<(), ApiError> {
    let (op, session) = (current()?, session()?);
    let (old, new, repeated) = (Secret::new(current_password), Secret::new(password), Secret::new(repeated));
    let ended = service::change_password(&op, &session, old, new, repeated).await?;
    reply().notice(match ended {
        0 => "Your password is changed.".to_owned(),
        1 => "Your password is changed. One other session was signed out.".to_owned(),
        n => format!("Your password is changed. {n} other sessions were signed out."),
    });
    reply().go_to(paths::ACCOUNT);
    Ok(())
}

/// Ends one of one's own sessions.
#[server(endpoint = "account/revoke-session", input = PostUrl)]
pub async fn revoke_session(session: Uuid) -> Result<(), ApiError> {
    let op = current()?;
    service::revoke_session(&op, session).await?;
    reply().notice("The session is signed out.");
    reply().go_to(paths::ACCOUNT);
    Ok(())
}

/// Ends all of one's own sessions but this one.
#[server(endpoint = "account/revoke-other-sessions", input = PostUrl)]
pub async fn revoke_other_sessions() -> Result<(), ApiError> {
    let op = current()?;
    let ended = service::revoke_other_sessions(&op).await?;
    reply().notice(match ended {
        0 => "There was no other session.".to_owned(),
        1 => "One other session is signed out.".to_owned(),
        n => format!("{n} other sessions are signed out."),
    });
    reply().go_to(paths::ACCOUNT);
    Ok(())
}

/// Chooses theme and density, kept in cookies of this browser.
#[server(endpoint = "account/appearance", input = PostUrl)]
pub async fn set_appearance(theme: String, density: String) -> Result<(), ApiError> {
    let themes = ["auto", "light", "dark", "contrast"];
    let densities = ["comfortable", "compact"];
    if !themes.contains(&theme.as_str()) {
        return Err(ApiError::field("theme", "Choose one of the themes."));
    }
    if !densities.contains(&density.as_str()) {
        return Err(ApiError::field("density", "Choose one of the densities."));
    }
    reply().cookie(format!("wami-theme={theme}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax"));
    reply().cookie(format!("wami-density={density}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax"));
    Ok(())
}
