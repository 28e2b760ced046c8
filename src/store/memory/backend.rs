//! What makes stores in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::handle::{Handle, Shared, Unit};
use super::iam::MemoryIamStore;
use super::imports::MemoryImportStore;
use super::records::MemoryRecordStore;
use super::sso::MemorySsoAdminStore;
use super::state::State;
use super::store::MemoryStsStore;
use super::tenants::MemoryTenantStore;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::store::{Backend, Commit, Directory, Parts, Result, Scope, UnitOfWork, rules};
use crate::tenant::{Tenant, TenantPath, TenantRef, TenantStatus};
use crate::wire::Id;

/// Makes stores and units of work on one content in memory. Clones share it.
///
/// A unit of work keeps every other writer waiting until it ends, for five seconds at most: then they fail as
/// `Unavailable`. Readers never wait.
#[derive(Clone)]
pub struct MemoryBackend {
    shared: Arc<Shared>,
}

impl MemoryBackend {
    /// An empty one: [`Backend::ensure_root`] comes first.
    pub fn new(clock: SharedClock, ids: Ids) -> Self {
        Self { shared: Arc::new(Shared::new(clock, ids)) }
    }

    /// One with a root tenant.
    pub(super) fn with_root(clock: SharedClock, ids: Ids, display_name: &str) -> (Self, TenantRef) {
        let mut state = State::default();
        let root = add_root(&mut state, &clock, &ids, display_name);
        (Self { shared: Arc::new(Shared::holding(state, clock, ids)) }, root)
    }

    /// A part's way to the content, each call by itself.
    pub(super) fn handle(&self, scope: &Scope) -> Handle {
        Handle::auto(Arc::clone(&self.shared), scope.clone())
    }

    /// The present content.
    pub(super) fn present(&self) -> Arc<State> {
        self.shared.present()
    }

    fn parts_on(handle: &Handle) -> Parts {
        Parts {
            iam: Box::new(MemoryIamStore(handle.clone())),
            sts: Box::new(MemoryStsStore::new(handle)),
            sso: Box::new(MemorySsoAdminStore(handle.clone())),
            tenants: Box::new(MemoryTenantStore(handle.clone())),
            records: Box::new(MemoryRecordStore(handle.clone())),
            imports: Box::new(MemoryImportStore(handle.clone())),
        }
    }
}

fn add_root(state: &mut State, clock: &SharedClock, ids: &Ids, display_name: &str) -> TenantRef {
    let now = clock.now();
    let root = Tenant {
        id: Id::new(ids.uuid(now)),
        parent_id: None,
        path: TenantPath::root(),
        display_name: display_name.to_owned(),
        account_id: ids.account_id(),
        status: TenantStatus::Active,
        allow_all_guardrail: true,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let made = state.tree.reference(&root);
    state.open_room(root.id);
    state.tree.put(root).expect("nothing else is there");
    made
}

#[async_trait]
impl Backend for MemoryBackend {
    fn parts(&self, scope: &Scope) -> Parts {
        Self::parts_on(&self.handle(scope))
    }

    async fn begin(&self, scope: &Scope) -> Result<UnitOfWork> {
        let (handle, unit) = Handle::unit(Arc::clone(&self.shared), scope.clone()).await?;
        let commit = CommitUnit { handle: handle.clone(), unit };
        Ok(UnitOfWork::new(Self::parts_on(&handle), Box::new(commit)))
    }

    async fn ensure_root(&self, display_name: &str) -> Result<TenantRef> {
        rules::tenant_name(display_name)?;
        let writer = self.shared.writer().await?;
        let mut state = State::clone(&self.present());
        if let Some(root) = state.tree.at(&TenantPath::root()) {
            return Ok(state.tree.reference(root));
        }
        let root = add_root(&mut state, &self.shared.clock, &self.shared.ids, display_name);
        self.shared.put(&writer, state);
        Ok(root)
    }

    fn directory(&self) -> &dyn Directory {
        self
    }

    fn name(&self) -> &'static str {
        "memory"
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

struct CommitUnit {
    handle: Handle,
    unit: Arc<Unit>,
}

#[async_trait]
impl Commit for CommitUnit {
    async fn commit(self: Box<Self>) -> Result<()> {
        self.unit.commit(&self.handle.shared)
    }

    async fn enter(&self, tenant: &TenantRef) -> Result<Parts> {
        Ok(MemoryBackend::parts_on(&self.handle.enter(tenant)?))
    }
}
