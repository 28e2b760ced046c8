//! What entities have in common: names as keys, documents by content address, tags, providers, boundaries.

use sha2::{Digest, Sha256};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row, query, query_scalar};
use uuid::Uuid;

use super::conn::{Guard, about};
use crate::iam::{ProviderConfig, Tag};
pub use crate::store::rules::{micros, refuse_blocked};
use crate::store::traits::directory::DocumentHash;
use crate::store::{AmiError, Result, rules};
use crate::wire::Id;

/// A name as its key; what could be no name matches nothing.
pub fn name_key(name: &str) -> String {
    exact_key(name).to_ascii_lowercase()
}

/// A text that is looked up as it is, such as an ARN; what cannot be stored matches nothing.
pub fn exact_key(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The internal id of the row of a table that has that name, locked by the clause given; not found as what `noun` says.
pub async fn id_of(
    guard: &mut Guard,
    (table, noun): (&'static str, &str),
    tenant: Uuid,
    name: &str,
    lock: &'static str,
) -> Result<Uuid> {
    let id =
        query_scalar(AssertSqlSafe(format!("select id from {table} where tenant_id = $1 and name_key = $2{lock}")))
            .bind(tenant)
            .bind(name_key(name))
            .fetch_optional(&mut **guard)
            .await
            .map_err(about(name))?;
    id.ok_or_else(|| AmiError::not_found(noun, name))
}

/// The rows of what hangs on an owner, from a statement that gives the owner's own row, marked `is_alone`, when nothing
/// does, and no row when there is no owner.
pub fn hanging_on(mut rows: Vec<PgRow>, kind: &str, name: &str) -> Result<Vec<PgRow>> {
    let owner = rows.first().ok_or_else(|| AmiError::not_found(kind, name))?;
    if owner.try_get("is_alone")? {
        rows.clear();
    }
    Ok(rows)
}

/// The content address of a text.
pub fn hash(text: &str) -> DocumentHash {
    Sha256::digest(text.as_bytes()).into()
}

/// Keeps a text, and gives its address.
pub async fn put_document(guard: &mut Guard, text: &str) -> Result<DocumentHash> {
    query("select wami_put_documents($1)").bind([text]).execute(&mut **guard).await.map_err(about("document"))?;
    Ok(hash(text))
}

/// The internal id of the policy of an ARN.
pub async fn policy_id(guard: &mut Guard, tenant: Uuid, arn: &str) -> Result<Uuid> {
    let found = query_scalar("select id from policies where tenant_id = $1 and arn = $2")
        .bind(tenant)
        .bind(exact_key(arn))
        .fetch_optional(&mut **guard)
        .await
        .map_err(about(arn))?;
    found.ok_or_else(|| AmiError::not_found("policy", arn))
}

/// The internal id of the policy of an ARN, for a boundary.
pub async fn boundary_id(guard: &mut Guard, tenant: Uuid, arn: Option<&str>) -> Result<Option<Uuid>> {
    match arn {
        Some(arn) => policy_id(guard, tenant, arn).await.map(Some),
        None => Ok(None),
    }
}

/// Writes tags over those that are there; they are valid and no two have one key.
pub async fn put_tags(guard: &mut Guard, table: &'static str, tenant: Uuid, owner: Uuid, tags: &[Tag]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let column = |text: fn(&Tag) -> String| tags.iter().map(text).collect::<Vec<_>>();
    query(AssertSqlSafe(format!(
        "insert into {table} (tenant_id, owner_id, key_key, key, value)
         select $1, $2, k, key, value from unnest($3::text[], $4::text[], $5::text[]) as given (k, key, value)
         on conflict (tenant_id, owner_id, key_key) do update set key = excluded.key, value = excluded.value"
    )))
    .bind(tenant)
    .bind(owner)
    .bind(column(|tag| tag.key.to_lowercase()))
    .bind(column(|tag| tag.key.clone()))
    .bind(column(|tag| tag.value.clone()))
    .execute(&mut **guard)
    .await
    .map_err(about("tag"))?;
    Ok(())
}

/// Writes where something is known besides: these providers and no others.
pub async fn put_providers(guard: &mut Guard, tenant: Uuid, owner: Uuid, providers: &[ProviderConfig]) -> Result<()> {
    let providers = known_providers(providers, tenant);
    let column = |text: fn(&ProviderConfig) -> String| providers.iter().map(text).collect::<Vec<_>>();
    query(
        "with given as (
             select * from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[])
                 as given (provider_name, account_id, native_arn, synced_at)),
         gone as (
             delete from resource_providers r where r.tenant_id = $1 and r.owner_id = $2
                 and not exists (select from given g where g.provider_name = r.provider_name and g.account_id = r.account_id))
         insert into resource_providers (tenant_id, owner_id, provider_name, account_id, native_arn, synced_at)
         select $1, $2, provider_name, account_id, native_arn, synced_at from given
         on conflict (tenant_id, owner_id, provider_name, account_id)
             do update set native_arn = excluded.native_arn, synced_at = excluded.synced_at",
    )
    .bind(tenant)
    .bind(owner)
    .bind(column(|provider| provider.provider_name.clone()))
    .bind(column(|provider| provider.account_id.clone()))
    .bind(column(|provider| provider.native_arn.clone()))
    .bind(providers.iter().map(|provider| provider.synced_at).collect::<Vec<_>>())
    .execute(&mut **guard)
    .await
    .map_err(about("provider"))?;
    Ok(())
}

/// Providers as they are read: one for each account, in order.
pub fn known_providers(providers: &[ProviderConfig], tenant: Uuid) -> Vec<ProviderConfig> {
    rules::known_providers(providers, Id::new(tenant))
}
