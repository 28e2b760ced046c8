//! Puts the sample into a store: one unit of work over all its tenants, with an audit record in each.

use std::collections::HashMap;

use serde_json::json;

use super::TOP;
use super::data::{self, SampleTenant};
use super::fill::Fill;
use crate::app_state::App;
use crate::audit::{Event, EventTarget, Outcome};
use crate::authn::setup;
use crate::store::{AmiError, Scope, UnitOfWork};
use crate::tenant::store::Counts;
use crate::tenant::{TenantId, TenantPath, TenantRef};
use crate::wire::{Filter, PageRequest, Term};

/// The action of its audit records.
pub const ACTION: &str = "console:LoadSample";

/// What came of loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// It is there now.
    Created {
        /// How many tenants.
        tenants: usize,
        /// How many users in all of them.
        users: usize,
    },
    /// It was there before; nothing is changed.
    Already,
}

/// Why it was not loaded. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Something is there that it could get mixed up with.
    #[error("The sample organisation goes into an installation that holds nothing yet, but the root tenant has {0}.")]
    NotEmpty(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] AmiError),
}

/// Loads the sample below the root tenant: all of it or nothing. Where it is already, nothing happens.
///
/// # Errors
/// [`SampleError::NotEmpty`] when the root tenant has tenants, groups, roles or policies that are not the sample's
/// (people do no harm: the first administrator may be there); as the store.
pub async fn load(app: &App, request_id: &str) -> Result<Loaded, SampleError> {
    match try_to_load(app, request_id).await {
        // Another replica did so at the same moment, as the second look will find.
        Err(SampleError::Store(AmiError::ResourceExists { .. } | AmiError::ConcurrentModification { .. })) => {
            try_to_load(app, request_id).await
        }
        done => done,
    }
}

async fn try_to_load(app: &App, request_id: &str) -> Result<Loaded, SampleError> {
    let root = setup::ensure_foundation(app).await?;
    let mut unit = app.backend.begin(&Scope::of_system(root.clone())).await?;
    if is_loaded(&unit).await? {
        return Ok(Loaded::Already);
    }
    refuse_unless_empty(&unit, root.id).await?;

    let sample = data::read();
    let tenants = create_tenants(app, &mut unit, &root, &sample).await?;
    let accounts: HashMap<&str, &str> =
        tenants.iter().map(|tenant| (tenant.path.as_str(), tenant.account_id.as_str())).collect();
    let users = sample.iter().map(|tenant| tenant.users.len()).sum();
    let whole = json!({ "tenants": sample.len(), "users": users });
    unit.records.record(&event(app, request_id, &tenants[0], whole, vec![])).await?;
    for (tenant, reference) in sample.iter().zip(&tenants) {
        unit.enter(reference).await?;
        let parts = Fill { app, unit: &mut unit, tenant: reference, accounts: &accounts }.with(tenant).await?;
        let counts = unit.tenants.counts(&[reference.id]).await?;
        let after = serde_json::to_value(counts.first()).unwrap_or_default();
        unit.records.record(&event(app, request_id, reference, after, parts)).await?;
    }
    unit.commit().await?;
    Ok(Loaded::Created { tenants: sample.len(), users })
}

/// Whether it was loaded, and is there still.
async fn is_loaded(unit: &UnitOfWork) -> Result<bool, AmiError> {
    let top = TOP.parse().expect("the top of the sample is a path");
    let action = Term { negated: false, key: Some("action".into()), value: ACTION.into() };
    let told = unit.records.list_events(&Filter { terms: vec![action] }, &PageRequest::first(1)).await?;
    Ok(!told.items.is_empty() && unit.tenants.find_tenant(&top).await?.is_some())
}

async fn refuse_unless_empty(unit: &UnitOfWork, root: TenantId) -> Result<(), SampleError> {
    let counts = unit.tenants.counts(&[root]).await?;
    let Counts { children, groups, roles, policies, .. } = counts.into_iter().next().unwrap_or_default();
    let found: Vec<String> =
        [("tenants below it", children), ("groups", groups), ("roles", roles), ("policies", policies)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(noun, count)| format!("{noun} ({count})"))
            .collect();
    if found.is_empty() { Ok(()) } else { Err(SampleError::NotEmpty(found.join(", "))) }
}

/// Creates all tenants, in the order of the sample.
async fn create_tenants(
    app: &App,
    unit: &mut UnitOfWork,
    root: &TenantRef,
    sample: &[SampleTenant],
) -> Result<Vec<TenantRef>, AmiError> {
    let mut made: Vec<TenantRef> = Vec::with_capacity(sample.len());
    for tenant in sample {
        let path: TenantPath = tenant.path.parse().expect("the paths of the sample are read by a test");
        let parent = path.parent().filter(|parent| !parent.is_root());
        let parent = match parent {
            Some(parent) => made.iter().find(|earlier| earlier.path == parent).map_or(root.id, |earlier| earlier.id),
            None => root.id,
        };
        let new = unit.tenants.create_tenant(parent, path.slug(), &tenant.name, &app.ids.account_id()).await?;
        made.push(TenantRef {
            id: new.id,
            path: new.path,
            account_id: new.account_id,
            display_name: new.display_name,
            suspended: false,
        });
    }
    Ok(made)
}

/// The record in a tenant: what it holds now, and each object as a part.
fn event(
    app: &App,
    request_id: &str,
    tenant: &TenantRef,
    after: serde_json::Value,
    parts: Vec<serde_json::Value>,
) -> Event {
    let now = app.clock.now();
    Event {
        id: app.ids.id(now),
        at: now,
        actor: None,
        acting_as: vec![],
        source_ip: None,
        request_id: request_id.to_owned(),
        action: ACTION.into(),
        target: EventTarget {
            kind: "tenant".into(),
            id: Some(tenant.id.uuid()),
            name: tenant.path.to_string(),
            arn: format!("arn:wami:tenant::{}:tenant/{}", tenant.account_id, tenant.path),
        },
        outcome: Outcome::Success,
        reason: None,
        before: None,
        after: Some(after),
        parts,
    }
}
