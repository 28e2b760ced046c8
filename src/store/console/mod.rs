//! What the console keeps for itself, outside every tenant: sessions, flashes, links, throttles.
//!
//! It holds hashes of everything that would let somebody in, and no tenant data. In Postgres it lives under a role of
//! its own. [`sessions::TowerStore`] makes it a session store for tower-sessions.

pub mod memory;
pub mod postgres;
pub mod sessions;

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Result;
use super::scope::ActorKey;

/// The SHA-256 of a secret that is never kept itself.
pub type SecretHash = [u8; 32];

/// Hashes a secret.
pub fn hash_of(secret: &[u8]) -> SecretHash {
    Sha256::digest(secret).into()
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    /// The hash of the id in the cookie.
    pub id_hash: SecretHash,
    /// Names it to people.
    pub public_id: Uuid,
    /// The values of tower-sessions.
    pub data: Value,
    /// Who is signed in; `None` before that.
    pub actor: Option<ActorKey>,
    /// From where it was last used.
    pub source_ip: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names it.
    pub public_id: Uuid,
    /// From where it was last used.
    pub source_ip: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub seen_at: DateTime<Utc>,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkPurpose {
    /// Create the first administrator.
    Setup,
    /// Set the first password of a user.
    Invitation,
    /// Set another password.
    Reset,
}

impl LinkPurpose {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

/// A single-use link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The hash of its token.
    pub token_hash: SecretHash,
    /// What for.
    pub purpose: LinkPurpose,
    /// Whose password it sets; `None` for set-up.
    pub user: Option<ActorKey>,
    /// Who made it; `None` for the system itself.
    pub maker: Option<ActorKey>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Failed attempts under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// The last one.
    pub last_at: Option<DateTime<Utc>>,
}

/// The first 64 bits of a v6 address or the whole v4 address: what one household or attacker controls.
pub fn network_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{:x?}/64", &v6.segments()[..4]),
        },
    }
}

/// The console's own state. Every operation is one statement; expired rows answer as absent.
#[async_trait]
pub trait ConsoleStore: Send + Sync {
    /// Adds a session; `false` when the id is taken.
    async fn insert_session(&self, row: &SessionRow) -> Result<bool>;
    /// The unexpired session with that id.
    async fn find_session(&self, id_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<SessionRow>>;
    /// Replaces data, actor, address, browser, `seen_at` and `expires_at`. Nothing happens when it was revoked
    /// meanwhile: a revoked session never comes back.
    async fn update_session(&self, row: &SessionRow) -> Result<()>;
    /// Ends one.
    async fn delete_session(&self, id_hash: &SecretHash) -> Result<()>;
    /// The unexpired sessions of a user, last used first.
    async fn list_sessions(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<SessionView>>;
    /// Ends one session of a user by its public id; `false` when there is none.
    async fn revoke_session(&self, actor: ActorKey, public_id: Uuid) -> Result<bool>;
    /// Ends all sessions of a user but one, and gives how many.
    async fn revoke_sessions(&self, actor: ActorKey, except: Option<Uuid>) -> Result<u64>;

    /// Keeps a flash for the page at `path`.
    async fn put_flash(&self, id_hash: &SecretHash, path: &str, data: &Value, expires_at: DateTime<Utc>) -> Result<()>;
    /// Takes the flash for the page at `path`: it is given once.
    async fn take_flash(&self, id_hash: &SecretHash, path: &str, now: DateTime<Utc>) -> Result<Option<Value>>;

    /// Keeps a link. Earlier ones of the same purpose and user stop working.
    async fn put_link(&self, link: &Link) -> Result<()>;
    /// The unexpired link with that token.
    async fn find_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>>;
    /// Uses a link up: exactly one caller gets it.
    async fn take_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>>;
    /// Ends every link of a user.
    async fn delete_links(&self, user: ActorKey) -> Result<()>;
    /// Ends every set-up link.
    async fn delete_setup_links(&self) -> Result<()>;

    /// Failures under a key, in the last hour.
    async fn failures(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<Failures>;
    /// Counts one more failure; older ones than an hour are forgotten.
    async fn count_failure(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<()>;
    /// Forgets a key.
    async fn clear_failures(&self, key: &SecretHash) -> Result<()>;

    /// Removes what has expired, and gives how many rows.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64>;
}
