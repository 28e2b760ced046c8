//! Server functions on guardrails.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Attaches a new guardrail to a tenant.
#[server(endpoint = "guardrails/create", input = PostUrl)]
pub async fn create_guardrail(tenant: TenantPath, name: String, document: String) -> Result<(), ApiError> {
    service::create(&*current()?, &tenant, &name, &document).await?;
    reply().notice(format!("The guardrail {name} is in force."));
    reply().go_to(paths::tenant(&tenant, "/guardrails"));
    Ok(())
}

/// Replaces the document of a guardrail. `seen` is the mark of the one that was edited.
#[server(endpoint = "guardrails/update", input = PostUrl)]
pub async fn update_guardrail(
    tenant: TenantPath,
    name: String,
    seen: String,
    document: String,
) -> Result<(), ApiError> {
    service::update(&*current()?, &tenant, &name, &seen, &document).await?;
    reply().notice(format!("The new document of {name} is in force."));
    reply().go_to(paths::object(&tenant, "guardrails", &name));
    Ok(())
}

/// Takes a guardrail off a tenant.
#[server(endpoint = "guardrails/delete", input = PostUrl)]
pub async fn delete_guardrail(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The guardrail {name} is removed."));
    reply().go_to(paths::tenant(&tenant, "/guardrails"));
    Ok(())
}

/// Switches the built-in guardrail that allows everything.
#[server(endpoint = "guardrails/set-allow-all", input = PostUrl)]
pub async fn set_allow_all(tenant: TenantPath, on: bool) -> Result<(), ApiError> {
    service::set_allow_all(&*current()?, &tenant, on).await?;
    reply().notice(if on {
        "AllowAll is in force again."
    } else {
        "AllowAll is off: only what another guardrail of this tenant allows is possible here and below."
    });
    reply().go_to(paths::tenant(&tenant, "/guardrails"));
    Ok(())
}
