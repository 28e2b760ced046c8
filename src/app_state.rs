//! The application: what every operation shares.

use std::sync::Arc;

use crate::authn::password::Passwords;
use crate::authz::Judge;
use crate::authz::documents::Documents;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::import::uploads::Uploads;
use crate::server::router::Deadlines;
use crate::store::Backend;
use crate::store::console::ConsoleStore;

/// One per process; handed to operations inside their [`OpContext`](crate::op::OpContext).
pub struct App {
    /// Where tenants and identities are kept.
    pub backend: Arc<dyn Backend>,
    /// Where sessions, links and counters are kept.
    pub console: Arc<dyn ConsoleStore>,
    /// Compiled policies.
    pub documents: Documents,
    /// Dumps that people have sent and not imported yet.
    pub uploads: Uploads,
    /// Hashing.
    pub passwords: Passwords,
    /// Time.
    pub clock: SharedClock,
    /// Randomness.
    pub ids: Ids,
    /// What the operator has set.
    pub settings: Settings,
}

/// The settings that operations look at.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address people reach the console at, without a trailing slash, as in `https://wami.example.org`.
    pub public_url: String,
    /// A session that is not used for so long ends.
    pub session_idle: chrono::TimeDelta,
    /// A session ends after so long, used or not.
    pub session_absolute: chrono::TimeDelta,
    /// Where uploads are kept while they are looked at.
    pub upload_dir: std::path::PathBuf,
    /// How long requests may take.
    pub deadlines: Deadlines,
    /// Shows what only developers need (`/styleguide`).
    pub is_development: bool,
    /// Who decides what people may do.
    pub judge: Judge,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".into(),
            session_idle: chrono::TimeDelta::minutes(30),
            session_absolute: chrono::TimeDelta::hours(12),
            upload_dir: std::env::temp_dir(),
            deadlines: Deadlines::default(),
            is_development: false,
            judge: Judge::Engine,
        }
    }
}
