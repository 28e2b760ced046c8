//! Server functions on what hangs on an owner.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::iam::OwnerKind;
use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::{boundary, service},
    crate::app::paths,
    crate::iam::{InlinePolicy, Owner, Tag},
    crate::op::current::{current, reply},
};

#[cfg(feature = "ssr")]
fn show(tenant: &TenantPath, owner: &Owner, tab: &str, notice: &str) {
    reply().notice(notice);
    reply().go_to(paths::tab(tenant, section(owner.kind), &owner.name, tab));
}

/// The section of the console in which owners of a kind live.
pub const fn section(kind: OwnerKind) -> &'static str {
    match kind {
        OwnerKind::User => "users",
        OwnerKind::Group => "groups",
        OwnerKind::Role => "roles",
        OwnerKind::PermissionSet => "permission-sets",
    }
}

/// Attaches a managed policy.
#[server(endpoint = "owners/attach", input = PostUrl)]
pub async fn attach_policy(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    policy_arn: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    service::attach(&*current()?, &tenant, &owner, &policy_arn).await?;
    show(&tenant, &owner, "permissions", "The policy is attached.");
    Ok(())
}

/// Detaches a managed policy.
#[server(endpoint = "owners/detach", input = PostUrl)]
pub async fn detach_policy(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    policy_arn: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    service::detach(&*current()?, &tenant, &owner, &policy_arn).await?;
    show(&tenant, &owner, "permissions", "The policy is detached.");
    Ok(())
}

/// Adds or replaces an inline policy.
#[server(endpoint = "owners/put-inline", input = PostUrl)]
pub async fn put_inline_policy(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    policy_name: String,
    document: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    let policy = InlinePolicy { policy_name, policy_document: document };
    service::put_inline(&*current()?, &tenant, &owner, policy).await?;
    show(&tenant, &owner, "permissions", "The inline policy is saved.");
    Ok(())
}

/// Removes an inline policy.
#[server(endpoint = "owners/delete-inline", input = PostUrl)]
pub async fn delete_inline_policy(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    policy_name: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    service::delete_inline(&*current()?, &tenant, &owner, &policy_name).await?;
    show(&tenant, &owner, "permissions", "The inline policy is removed.");
    Ok(())
}

/// Sets the permissions boundary of a user or role.
#[server(endpoint = "owners/put-boundary", input = PostUrl)]
pub async fn put_boundary(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    boundary_arn: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    boundary::put(&*current()?, &tenant, &owner, &boundary_arn).await?;
    show(&tenant, &owner, "permissions", "The permissions boundary is set.");
    Ok(())
}

/// Takes the permissions boundary off a user or role.
#[server(endpoint = "owners/remove-boundary", input = PostUrl)]
pub async fn remove_boundary(tenant: TenantPath, kind: OwnerKind, name: String) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    boundary::remove(&*current()?, &tenant, &owner).await?;
    show(&tenant, &owner, "permissions", "The permissions boundary is removed.");
    Ok(())
}

/// Adds or replaces a tag.
#[server(endpoint = "owners/put-tag", input = PostUrl)]
pub async fn put_tag(
    tenant: TenantPath,
    kind: OwnerKind,
    name: String,
    key: String,
    value: String,
) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    service::put_tag(&*current()?, &tenant, &owner, Tag { key, value }).await?;
    show(&tenant, &owner, "tags", "The tag is saved.");
    Ok(())
}

/// Removes a tag.
#[server(endpoint = "owners/remove-tag", input = PostUrl)]
pub async fn remove_tag(tenant: TenantPath, kind: OwnerKind, name: String, key: String) -> Result<(), ApiError> {
    let owner = Owner { kind, name };
    service::remove_tag(&*current()?, &tenant, &owner, &key).await?;
    show(&tenant, &owner, "tags", "The tag is removed.");
    Ok(())
}
