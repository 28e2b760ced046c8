//! Sealing the audit and verifying the seals, as the owner: the role of requests has no right on them.

use sqlx::{PgPool, Row};
use uuid::Uuid;

use super::conn::about;
use crate::audit::chain::{Chain, Chains, Fault, FaultKind};
use crate::store::{AmiError, Result};
use crate::wire::Id;

/// Seals what is committed and gives how many records; 0 also when another process is at it.
pub async fn seal(owner: &PgPool) -> Result<u64> {
    let sealed: i64 = sqlx::query_scalar("select wami_seal()").fetch_one(owner).await.map_err(about("audit"))?;
    Ok(u64::try_from(sealed).unwrap_or(0))
}

/// Recomputes every chain.
pub async fn verify(owner: &PgPool) -> Result<Chains> {
    // One statement sees one state of the database, three see it in one transaction.
    let mut transaction =
        owner.begin_with("begin isolation level repeatable read read only").await.map_err(about("audit"))?;
    let chains = sqlx::query(
        "select coalesce(t.path, s.tenant_id::text) as tenant, s.records, encode(l.hash, 'hex') as head
         from (select tenant_id, count(*) as records, max(seq) as seq from audit_seals group by tenant_id) s
         join audit_seals l on l.tenant_id = s.tenant_id and l.seq = s.seq
         left join tenants t on t.id = s.tenant_id order by 1",
    )
    .fetch_all(&mut *transaction)
    .await
    .map_err(about("audit"))?;
    let faults = sqlx::query(
        "select coalesce(t.path, f.tenant_id::text) as tenant, f.seq, f.event_id, f.kind
         from wami_verify_audit() f left join tenants t on t.id = f.tenant_id order by 1, 2, 3",
    )
    .fetch_all(&mut *transaction)
    .await
    .map_err(about("audit"))?;
    let unsealed: i64 = sqlx::query_scalar(
        "select count(*) from audit_events e, audit_sealer s where e.committed_by >= s.sealed_below
           and not exists (select from audit_seals k where k.tenant_id = e.tenant_id and k.event_id = e.id)",
    )
    .fetch_one(&mut *transaction)
    .await
    .map_err(about("audit"))?;
    let chains = chains.iter().map(|row| {
        let records: i64 = row.try_get("records")?;
        Ok(Chain {
            tenant: row.try_get("tenant")?,
            records: u64::try_from(records).unwrap_or(0),
            head: row.try_get("head")?,
        })
    });
    let faults = faults.iter().map(|row| {
        let kind = match row.try_get("kind")? {
            "changed" => FaultKind::Changed,
            "removed" => FaultKind::Removed,
            "broken" => FaultKind::Broken,
            _ => FaultKind::Unsealed,
        };
        let event: Uuid = row.try_get("event_id")?;
        Ok(Fault { tenant: row.try_get("tenant")?, place: row.try_get("seq")?, event: Id::new(event), kind })
    });
    let read = |failed: sqlx::Error| AmiError::Backend { source: Box::new(failed) };
    Ok(Chains {
        chains: chains.collect::<Result<_, sqlx::Error>>().map_err(read)?,
        faults: faults.collect::<Result<_, sqlx::Error>>().map_err(read)?,
        unsealed: u64::try_from(unsealed).unwrap_or(0),
    })
}
