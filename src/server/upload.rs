//! The upload of a dump: read as it comes, into a file without a name, never into memory.

use std::sync::Arc;

use axum::extract::{Extension, Multipart, Path, Request};
use axum::extract::{FromRequest, multipart::Field};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::forms::{self, MAX_UPLOAD, Reply};
use crate::app::paths;
use crate::import::uploads::{Sent, append};
use crate::import::{jobs, service};
use crate::op::OpContext;
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code};

/// The route, by tenant.
pub const ROUTE: &str = "/api/import/{tenant}/upload";

/// `POST /api/import/{tenant}/upload`, a form with a file: the other fields come before it.
pub async fn upload(
    Path(tenant): Path<String>,
    Extension(op): Extension<Arc<OpContext>>,
    Extension(reply): Extension<Reply>,
    request: Request,
) -> Response {
    match receive(&tenant, &op, &reply, request).await {
        Ok(location) => {
            reply.go_to(location);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => forms::json(&error),
    }
}

async fn receive(tenant: &str, op: &Arc<OpContext>, reply: &Reply, request: Request) -> Result<String, ApiError> {
    let path: TenantPath = tenant.parse().map_err(|_| ApiError::not_found())?;
    // Before anything is read of what may be half a gigabyte.
    let access = service::enter(op, &path).await?;
    let unreadable = || ApiError::new(Code::Invalid, "The upload did not come whole. Try again.");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let mut sent = Sent::default();
    let (mut file, mut place) = (None, None);
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        match field.name().unwrap_or_default() {
            "account" => {
                sent.account = text("account", &mut field).await?;
                reply.keep("account", sent.account.as_str());
            }
            "overwrite" => {
                sent.overwrite = text("overwrite", &mut field).await? == "true";
                if sent.overwrite {
                    reply.keep("overwrite", "true");
                }
            }
            "file" => {
                sent.file_name = field.file_name().unwrap_or_default().chars().take(120).collect();
                // One file at a time: an earlier one of the form gives its place up.
                place.take();
                let (mut into, taken) = op.app().uploads.file(op)?;
                place = Some(taken);
                let mut size = 0;
                while let Some(bytes) = field.chunk().await.map_err(|_| unreadable())? {
                    size += bytes.len();
                    if size > MAX_UPLOAD {
                        return Err(ApiError::field("file", "The file is larger than 512 MB. Use the command line."));
                    }
                    into = append(into, bytes.to_vec()).await.map_err(|error| {
                        tracing::error!(
                            request.id = op.request_id,
                            error = &error as &dyn std::error::Error,
                            "an upload cannot be kept"
                        );
                        ApiError::internal()
                    })?;
                }
                file = (size > 0).then_some(into);
            }
            _ => {}
        }
    }
    let file = file.ok_or_else(|| ApiError::field("file", "Choose the file to import."))?;
    let upload = jobs::check(op, access, file, sent)?;
    drop(place);
    Ok(paths::object(&path, "import", &upload.id.to_string()))
}

/// A short field.
async fn text(name: &str, field: &mut Field<'_>) -> Result<String, ApiError> {
    let mut text = Vec::new();
    while let Ok(Some(bytes)) = field.chunk().await {
        text.extend_from_slice(&bytes);
        if text.len() > 200 {
            return Err(ApiError::field(name, "At most 200 characters fit here."));
        }
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}
