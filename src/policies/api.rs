//! Server functions on managed policies.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::model::PolicyDraft;
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Creates a policy.
#[server(endpoint = "policies/create", input = PostUrl)]
pub async fn create_policy(tenant: TenantPath, draft: PolicyDraft, document: String) -> Result<(), ApiError> {
    let policy = service::create(&*current()?, &tenant, draft, &document).await?;
    reply().notice(format!("The policy {} is created.", policy.policy_name));
    reply().go_to(paths::object(&tenant, "policies", &policy.policy_name));
    Ok(())
}

/// Changes name, path and description.
#[server(endpoint = "policies/update", input = PostUrl)]
pub async fn update_policy(tenant: TenantPath, name: String, version: i64, draft: PolicyDraft) -> Result<(), ApiError> {
    let policy = service::update(&*current()?, &tenant, &name, version, draft).await?;
    reply().notice("The changes are saved.");
    reply().go_to(paths::object(&tenant, "policies", &policy.policy_name));
    Ok(())
}

/// Saves another version and puts it in force.
#[server(endpoint = "policies/save-version", input = PostUrl)]
pub async fn save_policy_version(
    tenant: TenantPath,
    name: String,
    version: i64,
    document: String,
) -> Result<(), ApiError> {
    let made = service::save_version(&*current()?, &tenant, &name, version, &document).await?;
    reply().notice(format!("Version {} is saved and in force.", made.version_id));
    reply().go_to(paths::tab(&tenant, "policies", &name, "versions"));
    Ok(())
}

/// Puts a saved version in force.
#[server(endpoint = "policies/set-default", input = PostUrl)]
pub async fn set_default_policy_version(tenant: TenantPath, name: String, version_id: String) -> Result<(), ApiError> {
    service::set_default(&*current()?, &tenant, &name, &version_id).await?;
    reply().notice(format!("Version {version_id} is in force."));
    reply().go_to(paths::tab(&tenant, "policies", &name, "versions"));
    Ok(())
}

/// Removes a saved version.
#[server(endpoint = "policies/delete-version", input = PostUrl)]
pub async fn delete_policy_version(tenant: TenantPath, name: String, version_id: String) -> Result<(), ApiError> {
    service::delete_version(&*current()?, &tenant, &name, &version_id).await?;
    reply().notice(format!("Version {version_id} is removed."));
    reply().go_to(paths::tab(&tenant, "policies", &name, "versions"));
    Ok(())
}

/// Deletes a policy into the bin.
#[server(endpoint = "policies/delete", input = PostUrl)]
pub async fn delete_policy(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The policy {name} is in the recycle bin."));
    reply().go_to(paths::tenant(&tenant, "/policies"));
    Ok(())
}
