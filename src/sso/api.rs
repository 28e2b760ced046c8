//! Server functions on permission sets and assignments.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::sso_admin::{PrincipalKind, Reach};
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Creates a permission set.
#[server(endpoint = "sso/create-set", input = PostUrl)]
pub async fn create_permission_set(
    tenant: TenantPath,
    name: String,
    #[server(default)] description: String,
    session_hours: String,
) -> Result<(), ApiError> {
    let set = service::create_set(&*current()?, &tenant, &name, &description, &session_hours).await?;
    reply().notice(format!("The permission set {} is created. Give it policies next.", set.name));
    reply().go_to(paths::object(&tenant, "permission-sets", &set.name));
    Ok(())
}

/// Changes name, description and session length.
#[server(endpoint = "sso/update-set", input = PostUrl)]
pub async fn update_permission_set(
    tenant: TenantPath,
    old_name: String,
    version: i64,
    name: String,
    #[server(default)] description: String,
    session_hours: String,
) -> Result<(), ApiError> {
    let set =
        service::update_set(&*current()?, &tenant, &old_name, version, &name, &description, &session_hours).await?;
    reply().notice("The changes are saved.");
    reply().go_to(paths::object(&tenant, "permission-sets", &set.name));
    Ok(())
}

/// Deletes a permission set that is assigned nowhere.
#[server(endpoint = "sso/delete-set", input = PostUrl)]
pub async fn delete_permission_set(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete_set(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The permission set {name} is deleted."));
    reply().go_to(paths::tenant(&tenant, "/permission-sets"));
    Ok(())
}

/// Assigns a permission set to a user or group.
#[server(endpoint = "sso/assign", input = PostUrl)]
pub async fn assign(
    tenant: TenantPath,
    kind: PrincipalKind,
    principal: String,
    set: String,
    reach: Reach,
    #[server(default)] until: String,
) -> Result<(), ApiError> {
    let made = service::assign(&*current()?, &tenant, service::Wanted { kind, principal, set, reach, until }).await?;
    reply().notice(format!("{} acts here as {} from now on.", made.principal.name, made.permission_set.name));
    reply().go_to(paths::tenant(&tenant, "/assignments"));
    Ok(())
}

/// Ends an assignment.
#[server(endpoint = "sso/unassign", input = PostUrl)]
pub async fn unassign(tenant: TenantPath, assignment: Uuid) -> Result<(), ApiError> {
    service::unassign(&*current()?, &tenant, assignment.into()).await?;
    reply().notice("The assignment is ended.");
    reply().go_to(paths::tenant(&tenant, "/assignments"));
    Ok(())
}
