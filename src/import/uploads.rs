//! Dumps that people have sent to the console: from the upload to the report.
//!
//! An upload belongs to the person who sent it and to one tenant, and is known to this process only (a replica of its
//! own behind a balancer must get the following requests too). Its file has no name: it is gone when it is let go,
//! however the process ends.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Write};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Report;
use super::aws_account::{Dump, Rejection};
use super::run::Progress;
use crate::op::OpContext;
use crate::store::ActorKey;
use crate::tenant::TenantId;
use crate::wire::{ApiError, Code};

/// How long an upload waits for its person.
pub const LASTS: TimeDelta = TimeDelta::hours(1);
/// The most uploads of one person at a time.
const MOST_OF_ONE: usize = 10;
/// The most uploads at a time.
const MOST: usize = 50;

/// A dump in a file of its own.
pub type FileDump = Dump<BufReader<File>>;

/// Where an upload stands.
#[derive(Clone)]
pub enum Stage {
    /// It is being read.
    Checking,
    /// It can be imported, or be let go. `lacking` is what keeps the person from importing it.
    Planned {
        /// What would be done.
        report: Arc<Report>,
        /// Why this person may not do it.
        lacking: Option<ApiError>,
    },
    /// It is being imported.
    Importing,
    /// It was imported.
    Done(Arc<Report>),
    /// It cannot be imported.
    Refused(Arc<Rejection>),
    /// The import did not happen for another reason.
    Failed(ApiError),
}

impl Stage {
    /// Whether it will change by itself.
    pub const fn is_running(&self) -> bool {
        matches!(self, Self::Checking | Self::Importing)
    }
}

/// A dump that somebody has sent.
pub struct Upload {
    /// Names it in addresses.
    pub id: Uuid,
    /// Who sent it.
    pub owner: ActorKey,
    /// Where to.
    pub tenant: TenantId,
    /// What the file was called.
    pub file_name: String,
    /// The one account to import.
    pub account: Option<String>,
    /// The dump wins over local edits.
    pub overwrite: bool,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// How far it is.
    pub progress: Progress,
    state: Mutex<State>,
}

struct State {
    stage: Stage,
    /// Once it was checked, until it is imported.
    dump: Option<FileDump>,
}

impl Upload {
    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.state().stage.clone()
    }

    /// Puts it elsewhere; `dump` is kept for what follows.
    pub(super) fn set(&self, stage: Stage, dump: Option<FileDump>) {
        *self.state() = State { stage, dump };
    }

    /// Takes the dump to import what was shown: exactly one caller gets it, and only for the file whose hash it knows.
    ///
    /// # Errors
    /// When it is not waiting for this, or another file was meant.
    pub(super) fn begin_import(&self, sha256: &str) -> Result<(FileDump, Arc<Report>), ApiError> {
        let mut state = self.state();
        let Stage::Planned { report, lacking } = state.stage.clone() else {
            return Err(ApiError::new(Code::Stale, "This import has gone on already. Look at what became of it."));
        };
        if let Some(lacking) = lacking {
            return Err(lacking);
        }
        if report.sha256 != sha256 {
            return Err(ApiError::new(Code::Stale, "What was confirmed is another file. Look at this one again."));
        }
        let dump = state.dump.take().ok_or_else(ApiError::internal)?;
        state.stage = Stage::Importing;
        Ok((dump, report))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes with a file.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// What the file was called.
    pub file_name: String,
    /// The one account to import; empty for all.
    pub account: String,
    /// The dump wins over local edits.
    pub overwrite: bool,
}

/// All uploads of this process.
#[derive(Default)]
pub struct Uploads {
    waiting: Mutex<HashMap<Uuid, Arc<Upload>>>,
    arriving: Arrivals,
}

/// How many files each person is sending.
type Arrivals = Arc<Mutex<HashMap<ActorKey, usize>>>;

/// The place of a file that is still coming: it counts until it is let go.
pub struct Place {
    of: ActorKey,
    arrivals: Arrivals,
}

impl Place {
    fn take(arrivals: &Arrivals, of: ActorKey) -> Self {
        *arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(of).or_default() += 1;
        Self { of, arrivals: Arc::clone(arrivals) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = arrivals.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                arrivals.remove(&self.of);
            }
        }
    }
}

impl Uploads {
    /// A file for a new upload, and its place while it comes.
    ///
    /// # Errors
    /// When there are too many, or the folder cannot be written.
    pub fn file(&self, op: &OpContext) -> Result<(File, Place), ApiError> {
        let actor = op.actor()?.key;
        self.sweep(op.now());
        let uploads = self.uploads();
        let own = uploads.values().filter(|upload| upload.owner == actor && upload.stage().is_waiting()).count();
        let (own_coming, coming) = {
            let arrivals = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
            (arrivals.get(&actor).copied().unwrap_or(0), arrivals.values().sum::<usize>())
        };
        if own + own_coming >= MOST_OF_ONE || uploads.len() + coming >= MOST {
            return Err(ApiError::new(
                Code::LimitExceeded,
                "Too many uploads are waiting. Import or discard one first, or try again later.",
            ));
        }
        let place = Place::take(&self.arriving, actor);
        drop(uploads);
        let file = nameless(op).map_err(|error| {
            tracing::error!(
                request.id = op.request_id,
                error = &error as &dyn std::error::Error,
                "an upload cannot be kept"
            );
            ApiError::internal()
        })?;
        Ok((file, place))
    }

    /// Adds an upload that is being checked.
    pub fn add(&self, op: &OpContext, owner: ActorKey, tenant: TenantId, sent: Sent) -> Arc<Upload> {
        let now = op.now();
        let upload = Arc::new(Upload {
            id: op.app().ids.uuid(now),
            owner,
            tenant,
            file_name: sent.file_name,
            account: (!sent.account.is_empty()).then_some(sent.account),
            overwrite: sent.overwrite,
            created_at: now,
            progress: Progress::default(),
            state: Mutex::new(State { stage: Stage::Checking, dump: None }),
        });
        self.uploads().insert(upload.id, Arc::clone(&upload));
        upload
    }

    /// An upload of a person to a tenant. Somebody else's is as absent as one that never was.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(
        &self,
        id: &str,
        owner: ActorKey,
        tenant: TenantId,
        now: DateTime<Utc>,
    ) -> Result<Arc<Upload>, ApiError> {
        self.sweep(now);
        let id: Uuid = id.parse().map_err(|_| ApiError::not_found())?;
        let found = self.uploads().get(&id).cloned();
        found.filter(|upload| upload.owner == owner && upload.tenant == tenant).ok_or_else(ApiError::not_found)
    }

    /// Forgets an upload; its file goes with it.
    pub fn forget(&self, id: Uuid) {
        self.uploads().remove(&id);
    }

    /// Forgets those that have waited too long.
    pub fn sweep(&self, now: DateTime<Utc>) {
        self.uploads().retain(|_, upload| upload.stage().is_running() || now - upload.created_at < LASTS);
    }

    fn uploads(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Whether it holds a file.
    const fn is_waiting(&self) -> bool {
        matches!(self, Self::Checking | Self::Planned { .. } | Self::Importing)
    }
}

/// A file that has no name any more when it is written to.
fn nameless(op: &OpContext) -> std::io::Result<File> {
    let folder = &op.app().settings.upload_dir;
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("upload-{}", op.app().ids.hex::<16>()));
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Writes what has come of a file.
///
/// # Errors
/// When the disk is full, say.
pub async fn append(mut file: File, bytes: Vec<u8>) -> std::io::Result<File> {
    let written = tokio::task::spawn_blocking(move || file.write_all(&bytes).map(|()| file)).await;
    written.map_err(std::io::Error::other)?
}
