//! How a part reaches the content: the present state, or the one of a unit of work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::room::Room;
use super::state::State;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::sso_admin::Reach;
use crate::store::{AmiError, Behalf, Result, Scope};
use crate::tenant::{TenantId, TenantPath, TenantRef};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all parts of a backend share.
pub struct Shared {
    present: RwLock<Arc<State>>,
    writer: Arc<tokio::sync::Mutex<()>>,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Ids,
}

impl Shared {
    /// An empty store.
    pub fn new(clock: SharedClock, ids: Ids) -> Self {
        Self::holding(State::default(), clock, ids)
    }

    /// A store with a content.
    pub fn holding(state: State, clock: SharedClock, ids: Ids) -> Self {
        Self { present: RwLock::new(Arc::new(state)), writer: Arc::default(), clock, ids }
    }

    /// The present state.
    pub fn present(&self) -> Arc<State> {
        Arc::clone(&self.present.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a state in the place of the present one. Only the holder of the lock of writers may.
    pub fn put(&self, _: &OwnedMutexGuard<()>, state: State) {
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// The lock of writers.
    ///
    /// # Errors
    /// `Unavailable` when another writer holds it for too long.
    pub async fn writer(&self) -> Result<OwnedMutexGuard<()>> {
        tokio::time::timeout(PATIENCE, Arc::clone(&self.writer).lock_owned())
            .await
            .map_err(|elapsed| AmiError::Unavailable { source: Box::new(elapsed) })
    }
}

/// What a scope has opened.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// The tenant.
    pub tenant: TenantId,
    /// Whether everything below it is seen as well.
    below: bool,
}

impl Opened {
    /// Opens a scope for the system, or for a user that lives in the tenant or has an unexpired assignment that covers
    /// it (the second wall).
    pub fn new(state: &State, scope: &Scope, now: DateTime<Utc>) -> Result<Self> {
        let tenant = scope.tenant_id();
        let refused = || AmiError::AccessDenied { message: "The tenant is not open to this actor.".into() };
        state.tree.get(tenant).ok_or_else(refused)?;
        let Behalf::Actor(actor) = scope.behalf else { return Ok(Self { tenant, below: true }) };
        state.enabled_user(actor).ok_or_else(refused)?;
        let covering = state.covering(actor, tenant, now);
        if covering.is_empty() && actor.tenant_id != tenant {
            return Err(refused());
        }
        Ok(Self { tenant, below: covering.iter().any(|(_, row)| row.reach == Reach::Subtree) })
    }
}

/// A state to read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The state.
    pub state: &'a State,
    /// What is seen of it.
    pub opened: Opened,
    /// The present moment.
    pub now: DateTime<Utc>,
}

impl<'a> Reading<'a> {
    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.opened.tenant
    }

    /// What it holds.
    pub fn room(&self) -> &'a Room {
        self.state.room(self.opened.tenant)
    }

    /// Whether everything below the tenant at a path is seen.
    pub fn reaches_below(&self, path: &TenantPath) -> bool {
        self.opened.below && self.reaches(path)
    }

    /// Whether the tenant at a path is seen.
    pub fn reaches(&self, path: &TenantPath) -> bool {
        let own = self.state.tree.get(self.opened.tenant).map(|tenant| &tenant.path);
        own.is_some_and(|own| if self.opened.below { own.covers(path) } else { own == path })
    }
}

/// A state to change.
pub struct Writing<'a> {
    /// The state: dropped when the change fails.
    pub state: &'a mut State,
    /// What is seen of it.
    pub opened: Opened,
    /// The present moment.
    pub now: DateTime<Utc>,
    /// Draws ids.
    pub ids: &'a Ids,
}

impl Writing<'_> {
    /// The same state to read.
    pub fn reading(&self) -> Reading<'_> {
        Reading { state: self.state, opened: self.opened, now: self.now }
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.opened.tenant
    }

    /// What it holds.
    pub fn room(&self) -> &Room {
        self.state.room(self.opened.tenant)
    }

    /// What it holds, to change it.
    pub fn room_mut(&mut self) -> &mut Room {
        self.state.room_mut(self.opened.tenant)
    }

    /// A fresh internal id.
    pub fn id(&self) -> Uuid {
        self.ids.uuid(self.now)
    }
}

/// A unit of work: a state of its own, and the lock of writers as long as it is open.
pub struct Unit(Mutex<Option<OpenUnit>>);

struct OpenUnit {
    state: State,
    opened: Opened,
    writer: OwnedMutexGuard<()>,
}

impl Unit {
    fn lock(&self) -> MutexGuard<'_, Option<OpenUnit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts its state in the place of the present one.
    pub fn commit(&self, shared: &Shared) -> Result<()> {
        let OpenUnit { state, writer, .. } = self.lock().take().ok_or_else(ended)?;
        shared.put(&writer, state);
        Ok(())
    }
}

fn ended() -> AmiError {
    AmiError::InternalError { message: "the unit of work has ended".into() }
}

/// A part's way to the content.
#[derive(Clone)]
pub struct Handle {
    /// Shared by all parts.
    pub shared: Arc<Shared>,
    /// The tenant and on whose behalf.
    pub scope: Scope,
    unit: Option<Arc<Unit>>,
}

impl Handle {
    /// Each call by itself.
    pub fn auto(shared: Arc<Shared>, scope: Scope) -> Self {
        Self { shared, scope, unit: None }
    }

    /// All calls in one unit, which is given as well.
    pub async fn unit(shared: Arc<Shared>, scope: Scope) -> Result<(Self, Arc<Unit>)> {
        let writer = shared.writer().await?;
        let state = State::clone(&shared.present());
        let opened = Opened::new(&state, &scope, shared.clock.now())?;
        let unit = Arc::new(Unit(Mutex::new(Some(OpenUnit { state, opened, writer }))));
        Ok((Self { shared, scope, unit: Some(Arc::clone(&unit)) }, unit))
    }

    /// Opens another tenant in the unit, and gives the way to it.
    pub fn enter(&self, tenant: &TenantRef) -> Result<Self> {
        let unit = self.unit.as_ref().ok_or_else(ended)?;
        let scope = Scope { tenant: tenant.clone(), behalf: self.scope.behalf };
        let mut open = unit.lock();
        let open = open.as_mut().ok_or_else(ended)?;
        open.opened = Opened::new(&open.state, &scope, self.shared.clock.now())?;
        Ok(Self { scope, ..self.clone() })
    }

    /// Reads.
    pub fn read<T>(&self, each: impl FnOnce(Reading<'_>) -> Result<T>) -> Result<T> {
        let now = self.shared.clock.now();
        match &self.unit {
            None => {
                let state = self.shared.present();
                let opened = Opened::new(&state, &self.scope, now)?;
                each(Reading { state: &state, opened, now })
            }
            Some(unit) => {
                let open = unit.lock();
                let open = open.as_ref().ok_or_else(ended)?;
                each(Reading { state: &open.state, opened: open.opened, now })
            }
        }
    }

    /// Changes: all that `each` does counts, or nothing when it fails.
    pub async fn write<T>(&self, each: impl FnOnce(&mut Writing<'_>) -> Result<T>) -> Result<T> {
        let ids = &self.shared.ids;
        match &self.unit {
            None => {
                let writer = self.shared.writer().await?;
                let mut state = State::clone(&self.shared.present());
                let now = self.shared.clock.now();
                let opened = Opened::new(&state, &self.scope, now)?;
                let done = each(&mut Writing { state: &mut state, opened, now, ids })?;
                self.shared.put(&writer, state);
                Ok(done)
            }
            Some(unit) => {
                let mut open = unit.lock();
                let open = open.as_mut().ok_or_else(ended)?;
                let mut state = open.state.clone();
                let now = self.shared.clock.now();
                let done = each(&mut Writing { state: &mut state, opened: open.opened, now, ids })?;
                open.state = state;
                Ok(done)
            }
        }
    }
}
