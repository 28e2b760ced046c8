//! What the palette asks.
#![allow(missing_docs, reason = "the macro makes a public struct of the parameters of each function")]

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use serde::{Deserialize, Serialize};

use crate::tenant::TenantPath;
use crate::wire::ApiError;

/// A tenant found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its path.
    pub path: TenantPath,
    /// Its name for people.
    pub display_name: String,
}

/// The tenants that the person may enter and whose path or name holds `text`; at most 20, by path.
#[server(endpoint = "palette/search", input = PostUrl)]
pub async fn search_tenants(text: String) -> Result<Vec<Hit>, ApiError> {
    let op = crate::op::current::current()?;
    let actor = op.actor()?;
    let text: String = text.chars().take(100).collect();
    let hits = op.app().backend.directory().search_tenants(actor.key, &text, 20, op.now()).await;
    let hits = hits.map_err(|error| op.fail(error))?;
    Ok(hits.into_iter().map(|hit| Hit { path: hit.path, display_name: hit.display_name }).collect())
}
