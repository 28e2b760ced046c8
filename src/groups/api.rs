//! Server functions on groups.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::model::GroupDraft;
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Creates a group.
#[server(endpoint = "groups/create", input = PostUrl)]
pub async fn create_group(tenant: TenantPath, draft: GroupDraft) -> Result<(), ApiError> {
    let group = service::create(&*current()?, &tenant, draft).await?;
    reply().notice(format!("The group {} is created.", group.group_name));
    reply().go_to(paths::object(&tenant, "groups", &group.group_name));
    Ok(())
}

/// Changes name and path.
#[server(endpoint = "groups/update", input = PostUrl)]
pub async fn update_group(tenant: TenantPath, name: String, version: i64, draft: GroupDraft) -> Result<(), ApiError> {
    let group = service::update(&*current()?, &tenant, &name, version, draft).await?;
    reply().notice("The changes are saved.");
    reply().go_to(paths::object(&tenant, "groups", &group.group_name));
    Ok(())
}

/// Makes a user a member.
#[server(endpoint = "groups/add-member", input = PostUrl)]
pub async fn add_member(tenant: TenantPath, name: String, user_name: String) -> Result<(), ApiError> {
    service::add_member(&*current()?, &tenant, &name, &user_name).await?;
    reply().notice(format!("{user_name} is a member."));
    reply().go_to(paths::object(&tenant, "groups", &name));
    Ok(())
}

/// Ends a membership.
#[server(endpoint = "groups/remove-member", input = PostUrl)]
pub async fn remove_member(tenant: TenantPath, name: String, user_name: String) -> Result<(), ApiError> {
    service::remove_member(&*current()?, &tenant, &name, &user_name).await?;
    reply().notice(format!("{user_name} is no member any more."));
    reply().go_to(paths::object(&tenant, "groups", &name));
    Ok(())
}

/// Deletes a group into the bin.
#[server(endpoint = "groups/delete", input = PostUrl)]
pub async fn delete_group(tenant: TenantPath, name: String, typed: String) -> Result<(), ApiError> {
    service::delete(&*current()?, &tenant, &name, &typed).await?;
    reply().notice(format!("The group {name} is in the recycle bin."));
    reply().go_to(paths::tenant(&tenant, "/groups"));
    Ok(())
}
