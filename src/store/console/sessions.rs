//! The console's state as a session store for tower-sessions: the cookie's id is hashed before anything is looked up.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::session::{Id, Record};
use tower_sessions::{SessionStore, session_store};
use uuid::Uuid;

use super::{ConsoleStore, SecretHash, SessionRow, hash_of};
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::store::scope::ActorKey;

/// The key under which a session keeps who is signed in.
pub const SIGNED_IN: &str = "signed_in";

/// Who is signed in, and since when. Kept in the session's own data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The tenant the user lives in.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// Names the session to people.
    pub public_id: Uuid,
    /// When the session began (the absolute limit counts from here).
    pub at: DateTime<Utc>,
    /// When it was last seen, to the minute.
    pub seen_at: DateTime<Utc>,
    /// From where.
    pub source_ip: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
}

impl SignedIn {
    /// The keys of the user.
    pub fn actor(&self) -> ActorKey {
        ActorKey { tenant_id: self.tenant_id.into(), user_id: self.user_id.into() }
    }
}

/// See the [module](self).
#[derive(Clone)]
pub struct TowerStore {
    console: Arc<dyn ConsoleStore>,
    clock: SharedClock,
    ids: Ids,
    idle: TimeDelta,
}

impl TowerStore {
    /// On the console's state; a session that is not used for `idle` ends.
    pub fn new(console: Arc<dyn ConsoleStore>, clock: SharedClock, ids: Ids, idle: TimeDelta) -> Self {
        Self { console, clock, ids, idle }
    }

    fn row(&self, record: &Record) -> session_store::Result<SessionRow> {
        let now = self.clock.now();
        let signed_in: Option<SignedIn> = record
            .data
            .get(SIGNED_IN)
            .map(|value| serde_json::from_value(value.clone()))
            .transpose()
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let data =
            serde_json::to_value(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        Ok(SessionRow {
            id_hash: hash_of_id(&record.id),
            public_id: signed_in.as_ref().map_or_else(|| self.ids.uuid(now), |signed_in| signed_in.public_id),
            data,
            actor: signed_in.as_ref().map(SignedIn::actor),
            source_ip: signed_in.as_ref().and_then(|signed_in| signed_in.source_ip.clone()),
            user_agent: signed_in.as_ref().and_then(|signed_in| signed_in.user_agent.clone()),
            created_at: signed_in.as_ref().map_or(now, |signed_in| signed_in.at),
            seen_at: signed_in.as_ref().map_or(now, |signed_in| signed_in.seen_at),
            // By the same clock that it is compared with, whatever the layer made of it.
            expires_at: now + self.idle,
        })
    }
}

impl fmt::Debug for TowerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TowerStore")
    }
}

fn hash_of_id(id: &Id) -> SecretHash {
    hash_of(&id.0.to_le_bytes())
}

fn failed(error: crate::AmiError) -> session_store::Error {
    tracing::error!(error = &error as &dyn std::error::Error, "the session store failed");
    session_store::Error::Backend("the session store failed".into())
}

#[async_trait]
impl SessionStore for TowerStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while !self.console.insert_session(&self.row(record)?).await.map_err(failed)? {
            record.id = Id(i128::from_le_bytes(self.ids.bytes()));
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.console.update_session(&self.row(record)?).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(row) = self.console.find_session(&hash_of_id(id), self.clock.now()).await.map_err(failed)? else {
            return Ok(None);
        };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_value(row.data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.console.delete_session(&hash_of_id(id)).await.map_err(failed)
    }
}
