//! Server functions on the bin.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::tenant::TenantPath;
use crate::wire::ApiError;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::app::paths,
    crate::op::current::{current, reply},
};

/// Brings an object back, under its old name or another.
#[server(endpoint = "bin/restore", input = PostUrl)]
pub async fn restore(tenant: TenantPath, item: Uuid, #[server(default)] name: String) -> Result<(), ApiError> {
    let restored = service::restore(&*current()?, &tenant, item.into(), &name).await?;
    let lost = match restored.lost.as_slice() {
        [] => String::new(),
        lost => format!(" These could not be recreated: {}.", lost.join(", ")),
    };
    reply().notice(format!("{} is restored.{lost}", restored.name));
    reply().go_to(paths::object(&tenant, restored.section, &restored.name));
    Ok(())
}
