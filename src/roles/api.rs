//! Server functions on roles.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::model::RoleDraft;
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Creates a role.
#[server(endpoint = "roles/create", input = PostUrl)]
pub async fn create_role(tenant: TenantPath, draft: RoleDraft, trust: String) -> Result<(), ApiError> {
    let role = service::create(&*current()?, &tenant, draft, &trust).await?;
    reply().notice(format!("The role {} is created.", role.role_name));
    reply().go_to(paths::object(&tenant, "roles", &role.role_name));
    Ok(())
}

/// Changes name, path, description and session length.
#[server(endpoint = "roles/update", input = PostUrl)]
pub async fn update_role(tenant: TenantPath, name: String, version: i64, draft: RoleDraft) -> Result<(), ApiError> {
    let role = service::update(&*current()?, &tenant, &name, version, draft).await?;
    reply().notice("The changes are saved.");
    reply().go_to(paths::object(&tenant, "roles", &role.role_name));
    Ok(())
}

/// Replaces the trust policy.
#[server(endpoint = "roles/update-trust", input = PostUrl)]
pub async fn update_trust(tenant: TenantPath, name: String, version: i64, trust: String) -> Result<(), ApiError> {
    service::update_trust(&*current()?, &tenant, &name, version, &trust).await?;
    reply().notice("The trust policy is saved.");
    reply().go_to(paths::tab(&tenant, "roles", &name, "trust"));
    Ok(())
}

/// Deletes a role into the bin.
#[server(endpoint = "roles/delete", input = PostUrl)]
pub async fn delete_role(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The role {name} is in the recycle bin."));
    reply().go_to(paths::tenant(&tenant, "/roles"));
    Ok(())
}
