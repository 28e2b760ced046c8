//! Server functions on users.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::model::UserDraft;
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Creates a user.
#[server(endpoint = "users/create", input = PostUrl)]
pub async fn create_user(tenant: TenantPath, draft: UserDraft) -> Result<(), ApiError> {
    let user = service::create(&*current()?, &tenant, draft).await?;
    reply().notice(format!("The user {} is created.", user.user_name));
    reply().go_to(paths::object(&tenant, "users", &user.user_name));
    Ok(())
}

/// Changes name, path and person.
#[server(endpoint = "users/update", input = PostUrl)]
pub async fn update_user(tenant: TenantPath, name: String, version: i64, draft: UserDraft) -> Result<(), ApiError> {
    let user = service::update(&*current()?, &tenant, &name, version, draft).await?;
    reply().notice("The changes are saved.");
    reply().go_to(paths::object(&tenant, "users", &user.user_name));
    Ok(())
}

/// Disables or enables a user.
#[server(endpoint = "users/set-enabled", input = PostUrl)]
pub async fn set_user_enabled(tenant: TenantPath, name: String, version: i64, enabled: bool) -> Result<(), ApiError> {
    service::set_enabled(&*current()?, &tenant, &name, version, enabled).await?;
    reply().notice(if enabled { "The user is enabled." } else { "The user is disabled and signed out everywhere." });
    reply().go_to(paths::object(&tenant, "users", &name));
    Ok(())
}

/// Makes an invitation or reset link, shown once on the next page.
#[server(endpoint = "users/create-link", input = PostUrl)]
pub async fn create_user_link(tenant: TenantPath, name: String) -> Result<(), ApiError> {
    let link = service::create_link(&*current()?, &tenant, &name).await?;
    reply().once("link", link.expose().clone());
    reply().go_to(paths::tab(&tenant, "users", &name, "credentials"));
    Ok(())
}

/// Signs a user out everywhere.
#[server(endpoint = "users/revoke-sessions", input = PostUrl)]
pub async fn revoke_user_sessions(tenant: TenantPath, name: String) -> Result<(), ApiError> {
    let ended = service::revoke_sessions(&*current()?, &tenant, &name).await?;
    reply().notice(match ended {
        0 => "The user had no session.".to_owned(),
        1 => "One session is signed out.".to_owned(),
        n => format!("{n} sessions are signed out."),
    });
    reply().go_to(paths::tab(&tenant, "users", &name, "sessions"));
    Ok(())
}

/// Deletes a user into the bin.
#[server(endpoint = "users/delete", input = PostUrl)]
pub async fn delete_user(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The user {name} is in the recycle bin."));
    reply().go_to(paths::tenant(&tenant, "/users"));
    Ok(())
}
