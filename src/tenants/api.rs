//! Server functions on tenants.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
    crate::tenant::TenantStatus,
};

/// Creates a child of `tenant`.
#[server(endpoint = "tenants/create", input = PostUrl)]
pub async fn create_tenant(tenant: TenantPath, slug: String, display_name: String) -> Result<(), ApiError> {
    let made = service::create(&*current()?, &tenant, &slug, &display_name).await?;
    reply().notice(format!(
        "The tenant {} is created. Assign somebody to it, so that it has an administrator of its own.",
        made.path
    ));
    reply().go_to(paths::tenant(&made.path, ""));
    Ok(())
}

/// Gives a tenant another display name.
#[server(endpoint = "tenants/rename", input = PostUrl)]
pub async fn rename_tenant(tenant: TenantPath, version: i64, display_name: String) -> Result<(), ApiError> {
    service::rename(&*current()?, &tenant, version, &display_name).await?;
    reply().notice("The name is saved.");
    reply().go_to(paths::tenant(&tenant, "/settings"));
    Ok(())
}

/// Suspends a tenant and everything below it.
#[server(endpoint = "tenants/suspend", input = PostUrl)]
pub async fn suspend_tenant(tenant: TenantPath, version: i64) -> Result<(), ApiError> {
    service::set_status(&*current()?, &tenant, version, TenantStatus::Suspended).await?;
    reply().notice("The tenant is suspended: its people cannot sign in or act, and nothing in it can be changed.");
    reply().go_to(paths::tenant(&tenant, "/settings"));
    Ok(())
}

/// Resumes a tenant.
#[server(endpoint = "tenants/resume", input = PostUrl)]
pub async fn resume_tenant(tenant: TenantPath, version: i64) -> Result<(), ApiError> {
    service::set_status(&*current()?, &tenant, version, TenantStatus::Active).await?;
    reply().notice("The tenant is active again.");
    reply().go_to(paths::tenant(&tenant, "/settings"));
    Ok(())
}

/// Moves a tenant below another, or gives it another slug.
#[server(endpoint = "tenants/move", input = PostUrl)]
pub async fn move_tenant(tenant: TenantPath, parent: String, slug: String) -> Result<(), ApiError> {
    let parent =
        parent.trim().parse().map_err(|_| ApiError::field("parent", "Enter the path of a tenant, as in acme.eng."))?;
    let moved = service::move_to(&*current()?, &tenant, &parent, &slug).await?;
    reply().notice(format!("The tenant is now {}. Its former addresses lead there.", moved.path));
    reply().go_to(paths::tenant(&moved.path, "/settings"));
    Ok(())
}

/// Deletes an empty tenant.
#[server(endpoint = "tenants/delete", input = PostUrl)]
pub async fn delete_tenant(tenant: TenantPath, typed: String) -> Result<(), ApiError> {
    let above = service::delete(&*current()?, &tenant, &typed).await?;
    reply().notice(format!("The tenant {tenant} is deleted."));
    reply().go_to(paths::tenant(&above, "/tenants"));
    Ok(())
}
