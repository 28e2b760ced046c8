//! The console's state in memory, for a demo and for tests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{ConsoleStore, Failures, Link, LinkPurpose, SecretHash, SessionRow, SessionView};
use crate::store::Result;
use crate::store::scope::ActorKey;

/// See the [module](self).
#[derive(Default)]
pub struct MemoryConsoleStore(Mutex<State>);

#[derive(Default)]
struct State {
    sessions: HashMap<SecretHash, SessionRow>,
    flashes: HashMap<SecretHash, (String, Value, DateTime<Utc>)>,
    links: HashMap<SecretHash, Link>,
    failures: HashMap<SecretHash, Failures>,
}

impl MemoryConsoleStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(failures: &Failures, now: DateTime<Utc>) -> bool {
    failures.last_at.is_some_and(|last| now - last < TimeDelta::hours(1))
}

#[async_trait]
impl ConsoleStore for MemoryConsoleStore {
    async fn insert_session(&self, row: &SessionRow) -> Result<bool> {
        let mut state = self.state();
        let is_free = !state.sessions.contains_key(&row.id_hash);
        if is_free {
            state.sessions.insert(row.id_hash, row.clone());
        }
        Ok(is_free)
    }

    async fn find_session(&self, id_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<SessionRow>> {
        Ok(self.state().sessions.get(id_hash).filter(|row| row.expires_at > now).cloned())
    }

    async fn update_session(&self, row: &SessionRow) -> Result<()> {
        if let Some(kept) = self.state().sessions.get_mut(&row.id_hash) {
            let (public_id, created_at) = (kept.public_id, kept.created_at);
            *kept = SessionRow { public_id, created_at, ..row.clone() };
        }
        Ok(())
    }

    async fn delete_session(&self, id_hash: &SecretHash) -> Result<()> {
        self.state().sessions.remove(id_hash);
        Ok(())
    }

    async fn list_sessions(&self, actor: ActorKey, now: DateTime<Utc>) -> Result<Vec<SessionView>> {
        let mut views: Vec<SessionView> = self
            .state()
            .sessions
            .values()
            .filter(|row| row.actor == Some(actor) && row.expires_at > now)
            .map(|row| SessionView {
                public_id: row.public_id,
                source_ip: row.source_ip.clone(),
                user_agent: row.user_agent.clone(),
                created_at: row.created_at,
                seen_at: row.seen_at,
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse((view.seen_at, view.public_id)));
        Ok(views)
    }

    async fn revoke_session(&self, actor: ActorKey, public_id: Uuid) -> Result<bool> {
        let mut state = self.state();
        let before = state.sessions.len();
        state.sessions.retain(|_, row| row.actor != Some(actor) || row.public_id != public_id);
        Ok(state.sessions.len() < before)
    }

    async fn revoke_sessions(&self, actor: ActorKey, except: Option<Uuid>) -> Result<u64> {
        let mut state = self.state();
        let before = state.sessions.len();
        state.sessions.retain(|_, row| row.actor != Some(actor) || Some(row.public_id) == except);
        Ok((before - state.sessions.len()) as u64)
    }

    async fn put_flash(&self, id_hash: &SecretHash, path: &str, data: &Value, expires_at: DateTime<Utc>) -> Result<()> {
        self.state().flashes.insert(*id_hash, (path.to_owned(), data.clone(), expires_at));
        Ok(())
    }

    async fn take_flash(&self, id_hash: &SecretHash, path: &str, now: DateTime<Utc>) -> Result<Option<Value>> {
        let mut state = self.state();
        if !state.flashes.get(id_hash).is_some_and(|(kept, _, expires)| kept == path && *expires > now) {
            return Ok(None);
        }
        Ok(state.flashes.remove(id_hash).map(|(_, data, _)| data))
    }

    async fn put_link(&self, link: &Link) -> Result<()> {
        let mut state = self.state();
        state.links.retain(|_, kept| kept.purpose != link.purpose || kept.user != link.user);
        state.links.insert(link.token_hash, link.clone());
        Ok(())
    }

    async fn find_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>> {
        Ok(self.state().links.get(token_hash).filter(|link| link.expires_at > now).cloned())
    }

    async fn take_link(&self, token_hash: &SecretHash, now: DateTime<Utc>) -> Result<Option<Link>> {
        Ok(self.state().links.remove(token_hash).filter(|link| link.expires_at > now))
    }

    async fn delete_links(&self, user: ActorKey) -> Result<()> {
        self.state().links.retain(|_, link| link.user != Some(user));
        Ok(())
    }

    async fn delete_setup_links(&self) -> Result<()> {
        self.state().links.retain(|_, link| link.purpose != LinkPurpose::Setup);
        Ok(())
    }

    async fn failures(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<Failures> {
        Ok(self.state().failures.get(key).copied().filter(|failures| is_recent(failures, now)).unwrap_or_default())
    }

    async fn count_failure(&self, key: &SecretHash, now: DateTime<Utc>) -> Result<()> {
        let mut state = self.state();
        let failures = state.failures.entry(*key).or_default();
        let count = if is_recent(failures, now) { failures.count.saturating_add(1) } else { 1 };
        *failures = Failures { count, last_at: Some(now) };
        Ok(())
    }

    async fn clear_failures(&self, key: &SecretHash) -> Result<()> {
        self.state().failures.remove(key);
        Ok(())
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64> {
        let mut state = self.state();
        let size =
            |state: &State| state.sessions.len() + state.flashes.len() + state.links.len() + state.failures.len();
        let before = size(&state);
        state.sessions.retain(|_, row| row.expires_at > now);
        state.flashes.retain(|_, (_, _, expires)| *expires > now);
        state.links.retain(|_, link| link.expires_at > now);
        state.failures.retain(|_, failures| is_recent(failures, now));
        Ok((before - size(&state)) as u64)
    }
}
