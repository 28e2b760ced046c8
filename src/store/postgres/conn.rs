//! How a part reaches the database: a transaction of its own for each call, or the one of a unit of work.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::error;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::store::{AmiError, Behalf, Result, Scope};

/// What all parts of a backend share.
pub struct Shared {
    /// Connections of the role that is bound by row-level security.
    pub app: PgPool,
    /// Connections of the owner, for the system itself.
    pub owner: PgPool,
    /// Connections of the role that has rights on sessions and nothing else.
    pub session: PgPool,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Ids,
}

impl Shared {
    /// Begins a transaction and opens its scope, in one round trip.
    pub async fn begin(&self, scope: &Scope) -> Result<Transaction<'static, Postgres>> {
        let tenant = scope.tenant_id().uuid();
        // The texts hold nothing but UUIDs.
        let (pool, enter) = match scope.behalf {
            Behalf::Actor(actor) => {
                let (home, user) = (actor.tenant_id.uuid(), actor.user_id.uuid());
                (&self.app, format!("select wami_enter('{home}', '{user}', '{tenant}')"))
            }
            Behalf::System => (&self.owner, format!("select wami_enter_system('{tenant}')")),
        };
        // Entering never raises: the driver would put a connection with a failed `begin` back among the good ones.
        pool.begin_with(AssertSqlSafe(format!("begin; {enter}"))).await.map_err(about(""))
    }
}

/// A part's way to the database.
#[derive(Clone)]
pub struct Conn {
    /// Shared by all parts.
    pub shared: Arc<Shared>,
    /// The tenant and on whose behalf.
    pub scope: Scope,
    unit: Option<Arc<Mutex<Unit>>>,
}

/// The transaction of a unit of work.
pub struct Unit {
    transaction: Transaction<'static, Postgres>,
    /// A write began and did not end: what it did is rolled back before anything else happens.
    is_torn: bool,
}

impl Unit {
    async fn mend(&mut self) -> Result<(), sqlx::Error> {
        if self.is_torn {
            sqlx::query("rollback to savepoint op").execute(&mut *self.transaction).await?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Commits what was done whole.
    pub async fn commit(mut self) -> Result<()> {
        self.mend().await?;
        self.transaction.commit().await.map_err(|failed| error::of(failed, ""))
    }
}

impl Conn {
    /// Each call a transaction of its own.
    pub fn auto(shared: Arc<Shared>, scope: Scope) -> Self {
        Self { shared, scope, unit: None }
    }

    /// All calls in one transaction, which is given as well.
    pub async fn unit(shared: Arc<Shared>, scope: Scope) -> Result<(Self, Arc<Mutex<Unit>>)> {
        let transaction = shared.begin(&scope).await?;
        let unit = Arc::new(Mutex::new(Unit { transaction, is_torn: false }));
        Ok((Self { shared, scope, unit: Some(Arc::clone(&unit)) }, unit))
    }

    /// The tenant.
    pub fn tenant(&self) -> Uuid {
        self.scope.tenant_id().uuid()
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Guard> {
        match &self.unit {
            None => Ok(Guard::Own(self.shared.begin(&self.scope).await?)),
            Some(unit) => {
                let mut unit = Arc::clone(unit).lock_owned().await;
                unit.mend().await?;
                Ok(Guard::Unit(unit))
            }
        }
    }

    /// A connection to write with: what is written counts only after [`Guard::done`].
    pub async fn write(&self) -> Result<Guard> {
        let mut guard = self.read().await?;
        if let Guard::Unit(unit) = &mut guard {
            sqlx::query("savepoint op").execute(&mut *unit.transaction).await.map_err(|failed| error::of(failed, ""))?;
            unit.is_torn = true;
        }
        Ok(guard)
    }
}

/// A connection inside a transaction.
pub enum Guard {
    /// Of this call alone.
    Own(Transaction<'static, Postgres>),
    /// Of a unit of work.
    Unit(OwnedMutexGuard<Unit>),
}

impl Guard {
    /// Ends the call: commits its own transaction, or keeps what it wrote in the unit.
    pub async fn done(self) -> Result<()> {
        match self {
            Self::Own(transaction) => transaction.commit().await.map_err(|failed| error::of(failed, "")),
            Self::Unit(mut unit) => {
                unit.is_torn = false;
                Ok(())
            }
        }
    }
}

impl Deref for Guard {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(transaction) => transaction,
            Self::Unit(unit) => &unit.transaction,
        }
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(transaction) => transaction,
            Self::Unit(unit) => &mut unit.transaction,
        }
    }
}

/// The error of a statement about `name`.
pub fn about(name: &str) -> impl Fn(sqlx::Error) -> AmiError {
    move |failed| error::of(failed, name)
}
