//! From a store's failure to what a person reads.

use std::error::Error;

use crate::AmiError;
use crate::wire::{ApiError, Code};

/// The answer for a store's failure. Defects are logged here, once, with the whole chain, under the request id.
pub fn to_api(error: AmiError, request_id: &str) -> ApiError {
    let mut answer = match error {
        AmiError::InvalidParameter { field, message } => ApiError::field(field, message),
        AmiError::ResourceNotFound { .. } => ApiError::not_found(),
        AmiError::ResourceExists { field, .. } => ApiError {
            code: Code::Exists,
            ..ApiError::field(field, "This is taken already in this tenant. Choose another.")
        },
        AmiError::ResourceLimitExceeded { resource_type, limit } => ApiError::new(
            Code::LimitExceeded,
            format!("The limit of {limit} {resource_type} would be passed. Remove one first."),
        ),
        AmiError::DeleteConflict { resource, blockers } => ApiError {
            blockers,
            ..ApiError::new(Code::InUse, format!("The {resource} is still in use. Remove what is listed first."))
        },
        AmiError::PreconditionFailed { resource } => ApiError::new(
            Code::Stale,
            format!("Somebody else changed the {resource} while you were editing it. Nothing of yours was saved yet."),
        ),
        AmiError::UnmodifiableEntity { reason, .. } => ApiError::new(Code::Unmodifiable, reason),
        // The database itself found the actor not entitled to the tenant: it must not learn that it exists.
        AmiError::AccessDenied { .. } => ApiError::not_found(),
        AmiError::Unavailable { ref source } => {
            tracing::error!(request.id = request_id, error = source.as_ref() as &dyn Error, "the store is unavailable");
            ApiError {
                retry_after: Some(5),
                ..ApiError::new(
                    Code::Unavailable,
                    "The database does not answer right now. Nothing was changed; try again in a moment.",
                )
            }
        }
        AmiError::ConcurrentModification { .. } => ApiError::new(
            Code::Stale,
            "Somebody else changed the same thing at the same moment. Nothing was changed; try again.",
        ),
        error => {
            tracing::error!(request.id = request_id, error = &error as &dyn Error, "a store operation failed");
            ApiError::internal()
        }
    };
    answer.request_id = Some(request_id.to_owned());
    answer
}
