//! What is done with an upload while its person watches: checking, planning, importing.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use super::aws_account::{Dump, Options};
use super::service::{self, Refused};
use super::uploads::{Sent, Stage, Upload};
use super::{Report, check_policy};
use crate::authz::access::SharedAccess;
use crate::op::OpContext;
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code};

/// Takes a file that came whole, and begins to check it. Gives its id.
///
/// # Errors
/// On `account`.
pub fn check(op: &Arc<OpContext>, access: SharedAccess, file: File, sent: Sent) -> Result<Arc<Upload>, ApiError> {
    let is_account = sent.account.len() == 12 && sent.account.bytes().all(|byte| byte.is_ascii_digit());
    if !sent.account.is_empty() && !is_account {
        return Err(ApiError::field("account", "An account id has twelve digits."));
    }
    let upload = op.app().uploads.add(op, op.actor()?.key, access.tenant.id, sent);
    let (op, of) = (Arc::clone(op), Arc::clone(&upload));
    follow(Arc::clone(&upload), async move {
        let account = of.account.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let options = Options { account: account.as_deref(), check_policy: &check_policy };
            Dump::open(BufReader::with_capacity(256 << 10, file), &options)
        });
        let mut dump = match opened.await {
            Ok(Ok(dump)) => dump,
            Ok(Err(rejection)) => return of.set(Stage::Refused(Arc::new(rejection)), None),
            Err(_) => return of.set(Stage::Failed(ApiError::internal()), None),
        };
        match service::plan(&op, &access, &mut dump, of.overwrite, &of.progress).await {
            Ok((report, lacking)) => of.set(Stage::Planned { report: Arc::new(report), lacking }, Some(dump)),
            Err(refused) => of.set(stage_of(refused), None),
        }
    });
    Ok(upload)
}

/// The upload of that id, of the person who asks.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn find(op: &OpContext, path: &TenantPath, id: &str) -> Result<(SharedAccess, Arc<Upload>), ApiError> {
    let access = service::enter(op, path).await?;
    let upload = op.app().uploads.find(id, op.actor()?.key, access.tenant.id, op.now())?;
    Ok((access, upload))
}

/// Begins the import of what was shown. `sha256` is the hash of the file that was shown.
///
/// # Errors
/// `NotFound`; refusals; `Stale` when it was begun already or another file was shown.
pub async fn confirm(op: &Arc<OpContext>, path: &TenantPath, id: &str, sha256: &str) -> Result<(), ApiError> {
    let (access, upload) = find(op, path, id).await?;
    let (mut dump, shown) = match upload.begin_import(sha256) {
        Ok(begun) => begun,
        Err(error) => {
            if error.code == Code::Forbidden {
                service::refuse(op, &access, &error).await;
            }
            return Err(error);
        }
    };
    upload.progress.done.store(0, std::sync::atomic::Ordering::Relaxed);
    let (op, of) = (Arc::clone(op), Arc::clone(&upload));
    follow(upload, async move {
        let done = service::import(&op, &access, &mut dump, of.overwrite, Some(&shown), &of.progress).await;
        let stage = match done {
            Ok(report) => Stage::Done(Arc::<Report>::new(report)),
            Err(refused) => stage_of(refused),
        };
        of.set(stage, None);
    });
    Ok(())
}

/// Lets an upload go.
///
/// # Errors
/// `NotFound`; refusals.
pub async fn discard(op: &OpContext, path: &TenantPath, id: &str) -> Result<(), ApiError> {
    let (_, upload) = find(op, path, id).await?;
    if !upload.stage().is_running() {
        op.app().uploads.forget(upload.id);
    }
    Ok(())
}

fn stage_of(refused: Refused) -> Stage {
    match refused {
        Refused::Dump(rejection) => Stage::Refused(Arc::new(rejection)),
        Refused::Api(error) => Stage::Failed(error),
    }
}

/// Does a piece of work beside the request. If it comes to a bad end, its upload says so.
fn follow(upload: Arc<Upload>, work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        if tokio::spawn(work).await.is_err() {
            upload.set(Stage::Failed(ApiError::internal()), None);
        }
    });
}
