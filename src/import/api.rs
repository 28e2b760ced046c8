//! Server functions on imports. The upload itself is a route of the server's own: it is read as it comes.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::jobs;
use crate::app::paths;
use crate::op::current::{current, reply};
use crate::tenant::TenantPath;
use crate::wire::ApiError;

/// Imports what was shown; `sha256` is the hash of the file that was shown.
#[server(endpoint = "import/confirm", input = PostUrl)]
pub async fn confirm_import(tenant: TenantPath, upload: String, sha256: String) -> Result<(), ApiError> {
    jobs::confirm(&current()?, &tenant, &upload, &sha256).await?;
    reply().go_to(paths::object(&tenant, "import", &upload));
    Ok(())
}

/// Lets an upload go.
#[server(endpoint = "import/discard", input = PostUrl)]
pub async fn discard_import(tenant: TenantPath, upload: String) -> Result<(), ApiError> {
    jobs::discard(&*current()?, &tenant, &upload).await?;
    reply().notice("The file is discarded; nothing was imported.");
    reply().go_to(paths::tenant(&tenant, "/import"));
    Ok(())
}
