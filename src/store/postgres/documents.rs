//! Policy documents by content address, and what else entities have in common.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::conn::{Guard, about};
use crate::iam::{ProviderConfig, Tag};
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result};
use crate::tenant::TenantId;

/// The content address of a text.
pub fn hash(text: &str) -> DocumentHash {
    Sha256::digest(text.as_bytes()).into()
}

/// Keeps a text, and gives its address.
pub async fn put(guard: &mut Guard, text: &str) -> Result<Vec<u8>> {
    if text.contains('\0') {
        return Err(AmiError::invalid("document", "The character NUL cannot be stored."));
    }
    sqlx::query("select wami_put_documents($1)").bind(vec![text]).execute(&mut **guard).await.map_err(about("document"))?;
    Ok(hash(text).to_vec())
}

/// Writes the tags of something new.
pub async fn put_tags(guard: &mut Guard, table: &'static str, tenant: Uuid, owner: Uuid, tags: &[Tag]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    crate::iam::validate::tags(tags).map_err(|message| AmiError::invalid("tags", message))?;
    let (keys, values): (Vec<&str>, Vec<&str>) = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).unzip();
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("insert into {table} (tenant_id, owner_id, key, value) select "));
    query.push_bind(tenant).push(", ").push_bind(owner).push(", k, v from unnest(").push_bind(keys).push(", ").push_bind(values);
    query.push(") as given (k, v) on conflict (tenant_id, owner_id, key_key) do update set key = excluded.key, value = excluded.value");
    query.build().execute(&mut **guard).await.map_err(about("tag"))?;
    Ok(())
}

/// Writes where something is known besides.
pub async fn put_providers(guard: &mut Guard, tenant: Uuid, owner: Uuid, providers: &[ProviderConfig]) -> Result<()> {
    sqlx::query("delete from resource_providers where tenant_id = $1 and owner_id = $2")
        .bind(tenant)
        .bind(owner)
        .execute(&mut **guard)
        .await
        .map_err(about("provider"))?;
    for provider in providers {
        sqlx::query(
            "insert into resource_providers (tenant_id, owner_id, provider_name, account_id, native_arn, synced_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant)
        .bind(owner)
        .bind(&provider.provider_name)
        .bind(&provider.account_id)
        .bind(&provider.native_arn)
        .bind(provider.synced_at)
        .execute(&mut **guard)
        .await
        .map_err(about("provider"))?;
    }
    Ok(())
}

/// The internal id of the policy of an ARN, for a boundary.
pub async fn boundary(guard: &mut Guard, tenant: Uuid, arn: Option<&str>) -> Result<Option<Uuid>> {
    let Some(arn) = arn else { return Ok(None) };
    let found = sqlx::query_scalar("select id from policies where tenant_id = $1 and arn = $2")
        .bind(tenant)
        .bind(arn)
        .fetch_optional(&mut **guard)
        .await
        .map_err(about(arn))?;
    found.map(Some).ok_or_else(|| AmiError::not_found("policy", arn))
}

/// What a value says of its tenant must be the tenant of the handle.
pub fn same_tenant(given: Option<TenantId>, tenant: Uuid) -> Result<()> {
    match given {
        Some(other) if other.uuid() != tenant => Err(AmiError::invalid("tenant_id", "The store handle is bound to another tenant.")),
        _ => Ok(()),
    }
}
