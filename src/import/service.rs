//! Imports by somebody who may: authorize, one unit of work, record.
//!
//! Who imports must be allowed `console:ImportAccount`, and must hold every console action that the dump would give to
//! anybody: see the decision record on what an importing administrator must hold.

use std::io::{Read, Seek};

use serde_json::json;

use super::Report;
use super::aws_account::{Dump, Rejection};
use super::run::{How, ImportError, Into, Outcome, Progress, run};
use crate::app_state::App;
use crate::audit::{Event, EventTarget};
use crate::authz::access::{RequestFacts, SharedAccess};
use crate::authz::administrators::{self, Counting};
use crate::authz::{Access, Action, Target};
use crate::op::{OpContext, errors};
use crate::store::{Parts, Result as StoreResult, Scope, UnitOfWork};
use crate::tenant::{Tenant, TenantPath, TenantRef};
use crate::wire::{ApiError, Code};

/// Why an import did not happen; then nothing was changed.
#[derive(Debug)]
pub enum Refused {
    /// The dump cannot be imported, or not into this tenant.
    Dump(Rejection),
    /// It may not be, or the store failed.
    Api(ApiError),
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

fn refused(error: ImportError, request_id: &str) -> Refused {
    match error {
        ImportError::Rejected(rejection) => Refused::Dump(rejection),
        ImportError::Store(error) => Refused::Api(errors::to_api(error, request_id)),
    }
}

/// Imports, as the target of actions.
pub fn target(access: &Access) -> Target {
    Target::console("console", &access.tenant.account_id, "import/")
}

/// The actor's access to a tenant, if it may import there.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn enter(op: &OpContext, path: &TenantPath) -> Result<SharedAccess, ApiError> {
    let access = op.enter(path).await?;
    op.authorize(&access, Action::ImportAccount, &target(&access)).await?;
    Ok(access)
}

/// What an import would do, and what keeps the actor from it, if anything does.
///
/// # Errors
/// As [`import`], but for the powers that the actor lacks.
pub async fn plan<R: Read + Seek + Send>(
    op: &OpContext,
    access: &Access,
    dump: &mut Dump<R>,
    overwrite: bool,
    progress: &Progress,
) -> Result<(Report, Option<ApiError>), Refused> {
    let mut unit = op.begin(access).await?;
    let outcome = merged(op, access, &mut unit, dump, How { apply: false, overwrite }, progress).await?;
    drop(unit);
    let lacking = outcome.gains.beyond(op, access, &op.app().backend.parts(&access.scope)).await?;
    Ok((outcome.report, lacking))
}

/// Imports a dump: all of it with its record, or nothing. `shown` is what the actor was shown and has confirmed.
///
/// # Errors
/// What is wrong with the dump; `Forbidden` when it would give more than the actor holds; `Unmodifiable` when it would
/// leave the tenant without an administrator; `Stale` when something else than what was shown would come of it, since
/// the tenant changed meanwhile; failures of the store.
pub async fn import<R: Read + Seek + Send>(
    op: &OpContext,
    access: &Access,
    dump: &mut Dump<R>,
    overwrite: bool,
    shown: Option<&Report>,
    progress: &Progress,
) -> Result<Report, Refused> {
    let mut unit = op.begin(access).await?;
    let outcome = merged(op, access, &mut unit, dump, How { apply: true, overwrite }, progress).await?;
    if shown.is_some_and(|shown| *shown != outcome.report) {
        let message = "The tenant was changed since you looked at what the import would do. Nothing was imported: send \
                       the file again and look once more.";
        return Err(ApiError::new(Code::Stale, message).into());
    }
    if let Some(error) = outcome.gains.beyond(op, access, &unit).await? {
        drop(unit);
        refuse(op, access, &error).await;
        return Err(error.into());
    }
    if changes(&outcome.report) {
        op.keep_an_administrator(access, &unit).await?;
    }
    let event = op.change(access, Action::ImportAccount, &target(access), None, None);
    op.commit(unit, recorded(event, &outcome.report, overwrite)).await?;
    Ok(outcome.report)
}

/// Whether anything is otherwise than before; what only goes is told, not counted.
fn changes(report: &Report) -> bool {
    report.tallies.has_changes() || report.differences.total > 0
}

/// Records that somebody was not let import something.
pub async fn refuse(op: &OpContext, access: &Access, error: &ApiError) {
    op.record_refusal(access, Action::ImportAccount, &target(access), error).await;
}

async fn merged<R: Read + Seek + Send>(
    op: &OpContext,
    access: &Access,
    unit: &mut UnitOfWork,
    dump: &mut Dump<R>,
    how: How,
    progress: &Progress,
) -> Result<Outcome, Refused> {
    let into = Into { account_id: &access.tenant.account_id, now: op.now(), ids: &op.app().ids };
    run(dump, Some(unit), into, how, progress).await.map_err(|error| refused(error, &op.request_id))
}

/// The record: what was imported in numbers, what changed of what was there, and who got a say in the console.
fn recorded(mut event: Event, report: &Report, overwrite: bool) -> Event {
    event.target.name = report.accounts.join(", ");
    event.after = Some(json!({
        "accounts": report.accounts,
        "sha256": report.sha256,
        "size_bytes": report.size_bytes,
        "overwrite": overwrite,
        "changes": report.tallies,
        "differences": report.differences.total,
        "conflicts": report.conflicts.total,
        "absent": report.absent.total,
        "console_grants": report.console_grants.total,
    }));
    let part = |key: &str, value: serde_json::Value| json!({ key: value });
    event.parts = [
        report.differences.listed.iter().map(|item| part("difference", json!(item))).collect::<Vec<_>>(),
        report.conflicts.listed.iter().map(|item| part("conflict", json!(item))).collect(),
        report
            .console_grants
            .listed
            .iter()
            .filter(|grant| grant.is_new)
            .map(|item| part("grant", json!(item)))
            .collect(),
    ]
    .concat();
    event
}

/// Imports a dump for the operator at the command line, who is bound by nothing but the dump. The tenant is made if it
/// is absent, with those above it; without `how.apply` nothing is.
///
/// # Errors
/// What is wrong with the dump; failures of the store.
pub async fn import_as_operator<R: Read + Seek + Send>(
    app: &App,
    path: &TenantPath,
    dump: &mut Dump<R>,
    how: How,
    request_id: &str,
) -> Result<Report, Refused> {
    let fail = |error| Refused::Api(errors::to_api(error, request_id));
    let progress = Progress::default();
    let had_one = how.apply && has_an_administrator(app, path).await.map_err(fail)?;
    let (unit, tenant) = open(app, path, how.apply, request_id).await.map_err(fail)?;
    // The account of a tenant that does not exist yet is drawn when it is made.
    let account_id = tenant.as_ref().map_or_else(|| app.ids.account_id(), |tenant| tenant.account_id.clone());
    let into = Into { account_id: &account_id, now: app.clock.now(), ids: &app.ids };
    let Some(mut unit) = unit else {
        let outcome = run(dump, None, into, how, &progress).await.map_err(|error| refused(error, request_id))?;
        return Ok(outcome.report);
    };
    let outcome = run(dump, Some(&mut unit), into, how, &progress).await.map_err(|error| refused(error, request_id))?;
    if how.apply {
        if let Some(tenant) = tenant.filter(|_| had_one && changes(&outcome.report))
            && !is_there_one(app, &unit, &tenant).await.map_err(fail)?
        {
            return Err(Refused::Api(ApiError::new(Code::Unmodifiable, NOBODY_LEFT)));
        }
        let target = EventTarget {
            kind: "import".into(),
            id: None,
            name: String::new(),
            arn: format!("arn:wami:console::{account_id}:import/"),
        };
        let event = operators(app, request_id, Action::ImportAccount, target);
        unit.records.record(&recorded(event, &outcome.report, how.overwrite)).await.map_err(fail)?;
        unit.commit().await.map_err(fail)?;
    }
    Ok(outcome.report)
}

/// What somebody is told who would leave a tenant to nobody.
const NOBODY_LEFT: &str = "This would leave the tenant without any administrator who can sign in for good and make \
    another one. Make another one first.";

/// Whether somebody administers the tenant, if it is there.
async fn has_an_administrator(app: &App, path: &TenantPath) -> StoreResult<bool> {
    let Some(tenant) = app.backend.directory().resolve(path).await? else { return Ok(false) };
    let parts = app.backend.parts(&Scope::of_system(tenant.clone()));
    is_there_one(app, &parts, &tenant).await
}

/// The same, as a unit of work leaves it. Nothing is known of where people come from.
async fn is_there_one(app: &App, parts: &Parts, tenant: &TenantRef) -> StoreResult<bool> {
    let facts = RequestFacts { source_ip: None, now: app.clock.now(), is_secure: true, user_agent: None };
    administrators::is_there_one(parts, &app.documents, tenant, &facts, Counting::Policies).await
}

/// A unit of work in the tenant; none when it is absent and not to be made.
async fn open(
    app: &App,
    path: &TenantPath,
    create: bool,
    request_id: &str,
) -> StoreResult<(Option<UnitOfWork>, Option<TenantRef>)> {
    let directory = app.backend.directory();
    let mut missing = vec![];
    let mut nearest = None;
    for step in path.lineage().into_iter().rev() {
        match directory.resolve(&step).await? {
            Some(tenant) => {
                nearest = Some(tenant);
                break;
            }
            None => missing.push(step),
        }
    }
    let mut tenant = match nearest {
        Some(tenant) => tenant,
        None => app.backend.ensure_root("Root").await?,
    };
    if !missing.is_empty() && !create {
        return Ok((None, None));
    }
    let mut unit = app.backend.begin(&Scope::of_system(tenant.clone())).await?;
    for step in missing.into_iter().rev().filter(|step| !step.is_root()) {
        let slug = step.as_str().rsplit('.').next().unwrap_or_default();
        let made = unit.tenants.create_tenant(tenant.id, slug, slug, &app.ids.account_id()).await?;
        unit.records.record(&made_by_operator(app, &made, request_id)).await?;
        tenant = TenantRef {
            id: made.id,
            path: made.path,
            account_id: made.account_id,
            display_name: made.display_name,
            suspended: tenant.suspended,
        };
        unit.enter(&tenant).await?;
    }
    Ok((Some(unit), Some(tenant)))
}

fn made_by_operator(app: &App, made: &Tenant, request_id: &str) -> Event {
    let target = EventTarget {
        kind: "tenant".into(),
        id: Some(made.id.uuid()),
        name: made.path.to_string(),
        arn: format!("arn:wami:tenant::{}:tenant/{}", made.account_id, made.path),
    };
    let event = operators(app, request_id, Action::CreateTenant, target);
    Event { after: serde_json::to_value(made).ok(), ..event }
}

/// An event of the operator, who is nobody in the tenants.
fn operators(app: &App, request_id: &str, action: Action, target: EventTarget) -> Event {
    let now = app.clock.now();
    Event {
        id: app.ids.id(now),
        at: now,
        actor: None,
        acting_as: vec![],
        source_ip: None,
        request_id: request_id.to_owned(),
        action: action.as_str().to_owned(),
        target,
        outcome: crate::audit::Outcome::Success,
        reason: None,
        before: None,
        after: None,
        parts: vec![],
    }
}
