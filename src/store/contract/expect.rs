//! What a case expects of a refusal: the variant, and the field or number that belongs to it.

use std::fmt::Debug;

use crate::store::{AmiError, Result};
use crate::wire::error::Blocker;

/// `InvalidParameter` on a field.
#[track_caller]
pub fn invalid<T: Debug>(result: Result<T>, field: &str) {
    match result {
        Err(AmiError::InvalidParameter { field: actual, message }) if actual == field => {
            assert!(message.ends_with(['.', '…', '?']), "not a whole sentence: {message}");
        }
        other => panic!("expected `{field}` to be invalid, got {other:?}"),
    }
}

/// `ResourceNotFound`.
#[track_caller]
pub fn absent<T: Debug>(result: Result<T>) {
    assert!(matches!(result, Err(AmiError::ResourceNotFound { .. })), "expected not found, got {result:?}");
}

/// `ResourceExists` on a field.
#[track_caller]
pub fn exists<T: Debug>(result: Result<T>, field: &str) {
    let is_so = matches!(&result, Err(AmiError::ResourceExists { field: actual, .. }) if *actual == field);
    assert!(is_so, "expected `{field}` to be held, got {result:?}");
}

/// `PreconditionFailed`.
#[track_caller]
pub fn stale<T: Debug>(result: Result<T>) {
    assert!(matches!(result, Err(AmiError::PreconditionFailed { .. })), "expected stale, got {result:?}");
}

/// `ResourceLimitExceeded` with this limit.
#[track_caller]
pub fn limited<T: Debug>(result: Result<T>, limit: u64) {
    let is_so = matches!(&result, Err(AmiError::ResourceLimitExceeded { limit: actual, .. }) if *actual == limit);
    assert!(is_so, "expected the limit {limit}, got {result:?}");
}

/// `UnmodifiableEntity`.
#[track_caller]
pub fn unmodifiable<T: Debug>(result: Result<T>) {
    assert!(matches!(result, Err(AmiError::UnmodifiableEntity { .. })), "expected unmodifiable, got {result:?}");
}

/// `AccessDenied`.
#[track_caller]
pub fn denied<T: Debug>(result: Result<T>) {
    assert!(matches!(result, Err(AmiError::AccessDenied { .. })), "expected denied, got {result:?}");
}

/// `DeleteConflict` with these blockers (kind and name), in any order.
#[track_caller]
pub fn blocked<T: Debug>(result: Result<T>, blockers: &[(&str, &str)]) {
    let Err(AmiError::DeleteConflict { blockers: actual, .. }) = result else {
        panic!("expected a conflict, got {result:?}");
    };
    let mut actual: Vec<(&str, &str)> =
        actual.iter().map(|Blocker { kind, name }| (kind.as_str(), name.as_str())).collect();
    let mut expected = blockers.to_vec();
    actual.sort_unstable();
    expected.sort_unstable();
    assert_eq!(actual, expected);
}
