//! What a store handle is bound to: one tenant, and on whose behalf.

use crate::iam::User;
use crate::tenant::{TenantId, TenantRef};
use crate::wire::Id;

/// A signed-in user by its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActorKey {
    /// The tenant it lives in.
    pub tenant_id: TenantId,
    /// The user.
    pub user_id: Id<User>,
}

/// On whose behalf a scope is opened. The database checks an actor's entitlement itself (the second wall).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behalf {
    /// A user that lives in the tenant or has an unexpired assignment that covers it.
    Actor(ActorKey),
    /// The operator at the command line, set-up, background work, and users of the library.
    System,
}

/// One tenant and on whose behalf it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tenant.
    pub tenant: TenantRef,
    /// On whose behalf.
    pub behalf: Behalf,
}

impl Scope {
    /// The scope of an actor. In the console only `authz` calls this.
    pub fn of_actor(tenant: TenantRef, actor: ActorKey) -> Self {
        Self { tenant, behalf: Behalf::Actor(actor) }
    }

    /// The scope of the system itself.
    pub fn of_system(tenant: TenantRef) -> Self {
        Self { tenant, behalf: Behalf::System }
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant.id
    }
}
