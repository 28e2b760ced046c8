//! Into the bin: what hangs on an owner is taken off and remembered.

use chrono::TimeDelta;
use serde_json::Value;
use uuid::Uuid;

use crate::iam::Owner;
use crate::op::OpContext;
use crate::store::traits::{BinItem, BinRelations};
use crate::store::{Result, UnitOfWork};
use crate::wire::ApiError;

/// How long a deleted object can be brought back.
pub const KEPT: TimeDelta = TimeDelta::days(30);

/// Detaches every managed policy of an owner and removes its inline ones, and tells what they were.
///
/// # Errors
/// As the store.
pub async fn take_policies(unit: &mut UnitOfWork, owner: &Owner) -> Result<BinRelations> {
    let mut relations = BinRelations::default();
    for policy in unit.iam.list_attached_policies(owner).await? {
        unit.iam.detach_policy(owner, &policy.policy_arn).await?;
        relations.attached_policies.push(policy.policy_arn);
    }
    for policy in unit.iam.list_inline_policies(owner).await? {
        unit.iam.delete_inline_policy(owner, &policy.policy_name).await?;
        relations.inline_policies.push(policy);
    }
    Ok(relations)
}

/// The bin's record of a deleted object.
///
/// # Errors
/// `Unauthenticated`.
pub fn item(
    op: &OpContext,
    kind: &str,
    object_id: Uuid,
    name: &str,
    object: Option<Value>,
    relations: BinRelations,
) -> std::result::Result<BinItem, ApiError> {
    let now = op.now();
    Ok(BinItem {
        id: op.app().ids.id(now),
        kind: kind.to_owned(),
        object_id,
        name: name.to_owned(),
        deleted_at: now,
        deleted_by: op.actor()?.sign_in_name(),
        purge_at: now + KEPT,
        object: object.unwrap_or(Value::Null),
        relations,
    })
}
