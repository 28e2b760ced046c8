//! Guardrails of the tenant of a handle.

use super::handle::{Reading, Writing};
use super::rows::GuardrailRow;
use crate::store::{AmiError, Result, rules};
use crate::tenant::{Guardrail, Tenant};

pub fn list(tx: Reading<'_>) -> Vec<Guardrail> {
    let rows = tx.room().guardrails.values();
    let guardrail = |row: &GuardrailRow| Guardrail {
        name: row.name.clone(),
        document: tx.state.text(&row.document),
        created_at: row.created_at,
    };
    rows.map(guardrail).collect()
}

pub fn put(tx: &mut Writing<'_>, guardrail: &Guardrail) -> Result<()> {
    rules::guardrail(guardrail)?;
    let document = tx.state.put_document(&guardrail.document);
    let guardrails = &mut tx.room_mut().guardrails;
    let key = guardrail.name.to_lowercase();
    let created_at = guardrails.get(&key).map_or_else(|| rules::micros(guardrail.created_at), |row| row.created_at);
    guardrails.insert_mut(key, GuardrailRow { name: guardrail.name.clone(), document, created_at });
    Ok(())
}

pub fn delete(tx: &mut Writing<'_>, name: &str) -> Result<()> {
    if !tx.room_mut().guardrails.remove_mut(&name.to_lowercase()) {
        return Err(AmiError::not_found("guardrail", name));
    }
    keeps_one(tx.reading())
}

pub fn set_allow_all(tx: &mut Writing<'_>, on: bool) -> Result<()> {
    let tenant = tx.state.tree.get(tx.tenant()).expect("the scope is open").clone();
    if tenant.allow_all_guardrail != on {
        let changed = Tenant { allow_all_guardrail: on, updated_at: tx.now, version: tenant.version + 1, ..tenant };
        tx.state.tree.put(changed)?;
    }
    keeps_one(tx.reading())
}

fn keeps_one(tx: Reading<'_>) -> Result<()> {
    let allows_all = tx.state.tree.get(tx.tenant()).is_some_and(|tenant| tenant.allow_all_guardrail);
    if allows_all || !tx.room().guardrails.is_empty() {
        return Ok(());
    }
    Err(AmiError::UnmodifiableEntity {
        resource: "guardrail".into(),
        reason: "A tenant keeps at least one guardrail: without any, nothing would be allowed below it.".into(),
    })
}
