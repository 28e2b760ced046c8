//! How a part reaches the database: a transaction of its own for each call, or the one of a unit of work.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::error;
use crate::clock::SharedClock;
use crate::ids::Ids;
use crate::store::{AmiError, Behalf, Result, Scope};

/// How often an operation of its own transaction is tried when the database had to break a tie.
const TRIES: u32 = 3;

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
    ///
    /// The scope comes first: when it is refused no transaction is left behind, and when it is granted `begin` turns
    /// the implicit transaction of the two statements into a lasting one (PostgreSQL, *Multiple Statements in a Simple
    /// Query*).
    async fn begin(&self, scope: &Scope, then: &str) -> Result<Transaction> {
        let pool = match scope.behalf {
            Behalf::Actor(_) => &self.app,
            Behalf::System => &self.owner,
        };
        let opening = format!("{}; begin{then}", opening_of(scope));
        Transaction::open(pool, opening).await.map_err(|failed| error::of(failed, "tenant"))
    }
}

/// The statement that opens a scope. It holds nothing but UUIDs and our own words.
fn opening_of(scope: &Scope) -> String {
    let tenant = scope.tenant_id().uuid();
    match scope.behalf {
        Behalf::Actor(actor) => {
            let (home, user) = (actor.tenant_id.uuid(), actor.user_id.uuid());
            format!("select wami_enter('{home}', '{user}', '{tenant}')")
        }
        Behalf::System => format!("select wami_enter_system('{tenant}')"),
    }
}

/// A transaction. Dropped without a commit it is rolled back, however far it came: sqlx's own forgets one whose opening
/// was cancelled, and its connection would carry an open scope into the next request.
struct Transaction(Option<PoolConnection<Postgres>>);

impl Transaction {
    async fn open(pool: &PgPool, opening: String) -> Result<Self, sqlx::Error> {
        let mut transaction = Self(Some(pool.acquire().await?));
        let opened = transaction.execute(AssertSqlSafe(opening)).await;
        if opened.as_ref().is_err_and(|failed| failed.as_database_error().is_some()) {
            // Refused: the server ended the implicit transaction itself.
            transaction.0 = None;
        }
        opened.map(|_| transaction)
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        let ended = self.execute("commit").await;
        if ended.as_ref().map_or_else(|failed| failed.as_database_error().is_some(), |_| true) {
            // Committed or refused, there is no transaction any more.
            self.0 = None;
        }
        ended.map(|_| ())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take() {
            tokio::spawn(async move {
                if connection.execute("rollback").await.is_err() {
                    connection.close_on_drop();
                }
            });
        }
    }
}

impl Deref for Transaction {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.0.as_deref().expect("a transaction has its connection until it ends")
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.as_deref_mut().expect("a transaction has its connection until it ends")
    }
}

/// A part's way to the database.
#[derive(Clone)]
pub struct Conn {
    /// Shared by all parts.
    pub shared: Arc<Shared>,
    /// The tenant and on whose behalf.
    pub scope: Scope,
    way: Way,
}

/// In which transaction a call runs.
#[derive(Clone)]
enum Way {
    /// In one of its own.
    Own,
    /// In that of a unit of work.
    Unit(Arc<Mutex<Unit>>),
    /// With other reads.
    Reads(Arc<Mutex<SharedReads>>),
}

/// The transaction that reads share: opened by the first of them, again after it was released or broke.
#[derive(Default)]
pub struct SharedReads {
    transaction: Option<Transaction>,
    /// An operation began and did not end: the transaction may be aborted, or its answer still be on the way.
    is_torn: bool,
}

impl SharedReads {
    /// Gives the connection back.
    pub fn release(&mut self) {
        self.transaction = None;
    }
}

/// The transaction of a unit of work.
pub struct Unit {
    transaction: Transaction,
    /// An operation began and did not end: what it did is undone before anything else happens.
    is_torn: bool,
}

impl Unit {
    async fn mend(&mut self) -> Result<()> {
        if self.is_torn {
            self.transaction.execute("rollback to savepoint op").await.map_err(|failed| error::of(failed, ""))?;
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
        Self { shared, scope, way: Way::Own }
    }

    /// All reads in one transaction, which is given as well; nothing can be written.
    pub fn reads(shared: Arc<Shared>, scope: Scope) -> (Self, Arc<Mutex<SharedReads>>) {
        let reads = Arc::new(Mutex::new(SharedReads::default()));
        (Self { shared, scope, way: Way::Reads(Arc::clone(&reads)) }, reads)
    }

    /// All calls in one transaction, which is given as well.
    pub async fn unit(shared: Arc<Shared>, scope: Scope) -> Result<(Self, Arc<Mutex<Unit>>)> {
        let transaction = shared.begin(&scope, "; savepoint op").await?;
        let unit = Arc::new(Mutex::new(Unit { transaction, is_torn: false }));
        Ok((Self { shared, scope, way: Way::Unit(Arc::clone(&unit)) }, unit))
    }

    /// Opens another tenant in the transaction of the unit, and gives the way to it. When it is refused, the scope that
    /// was open is open again: PostgreSQL undoes the settings of a savepoint with it.
    pub async fn enter(unit: &Arc<Mutex<Unit>>, shared: Arc<Shared>, scope: Scope) -> Result<Self> {
        let conn = Self { shared, scope, way: Way::Unit(Arc::clone(unit)) };
        let mut guard = conn.write().await?;
        guard.execute(AssertSqlSafe(opening_of(&conn.scope))).await.map_err(|failed| error::of(failed, "tenant"))?;
        guard.done().await?;
        Ok(conn)
    }

    /// The tenant.
    pub fn tenant(&self) -> Uuid {
        self.scope.tenant_id().uuid()
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Guard> {
        self.guard(false).await
    }

    /// A connection to write with: what is written counts only after [`Guard::done`].
    pub async fn write(&self) -> Result<Guard> {
        self.guard(true).await
    }

    async fn guard(&self, writes: bool) -> Result<Guard> {
        let hold = match &self.way {
            Way::Own => Hold::Own(self.shared.begin(&self.scope, "").await?),
            Way::Unit(unit) => {
                let mut unit = Arc::clone(unit).lock_owned().await;
                unit.mend().await?;
                unit.is_torn = true;
                Hold::Unit(unit)
            }
            Way::Reads(_) if writes => {
                return Err(AmiError::InternalError { message: "a part given for reading was asked to write".into() });
            }
            Way::Reads(reads) => {
                let mut reads = Arc::clone(reads).lock_owned().await;
                if reads.is_torn {
                    reads.release();
                }
                if reads.transaction.is_none() {
                    reads.transaction = Some(self.shared.begin(&self.scope, " read only").await?);
                }
                reads.is_torn = true;
                Hold::Reads(reads)
            }
        };
        Ok(Guard { hold, writes })
    }

    /// Runs an operation again, a few times, when it met another on the same rows and the database gave it up. Inside
    /// a unit of work there is one try: its earlier operations are lost as well, so the caller begins again.
    pub async fn retried<'a, T>(&'a self, each: impl Fn() -> BoxFuture<'a, Result<T>>) -> Result<T> {
        let mut tried = 1;
        loop {
            match each().await {
                Err(AmiError::ConcurrentModification { .. }) if matches!(self.way, Way::Own) && tried < TRIES => {
                    let [jitter] = self.shared.ids.bytes();
                    tokio::time::sleep(Duration::from_millis(u64::from(tried * 10 + u32::from(jitter) / 8))).await;
                    tried += 1;
                }
                result => return result,
            }
        }
    }
}

/// A connection inside a transaction, for one operation.
pub struct Guard {
    hold: Hold,
    writes: bool,
}

enum Hold {
    /// A transaction of this operation alone.
    Own(Transaction),
    /// That of a unit of work.
    Unit(OwnedMutexGuard<Unit>),
    /// That of all reads.
    Reads(OwnedMutexGuard<SharedReads>),
}

impl Guard {
    /// Ends the operation: commits its own transaction, or keeps what it wrote in the unit.
    pub async fn done(self) -> Result<()> {
        match self.hold {
            // Nothing to commit: the transaction ends after the answer has been given.
            Hold::Own(_) if !self.writes => Ok(()),
            Hold::Own(transaction) => transaction.commit().await.map_err(|failed| error::of(failed, "")),
            Hold::Unit(mut unit) => {
                if self.writes {
                    let moved = unit.transaction.execute("release savepoint op; savepoint op").await;
                    moved.map_err(|failed| error::of(failed, ""))?;
                }
                unit.is_torn = false;
                Ok(())
            }
            Hold::Reads(mut reads) => {
                reads.is_torn = false;
                Ok(())
            }
        }
    }
}

impl Deref for Guard {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match &self.hold {
            Hold::Own(transaction) => transaction,
            Hold::Unit(unit) => &unit.transaction,
            Hold::Reads(reads) => reads.transaction.as_ref().expect("a guard's transaction is open"),
        }
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.hold {
            Hold::Own(transaction) => transaction,
            Hold::Unit(unit) => &mut unit.transaction,
            Hold::Reads(reads) => reads.transaction.as_mut().expect("a guard's transaction is open"),
        }
    }
}

/// The error of a statement about `name`.
pub fn about(name: &str) -> impl Fn(sqlx::Error) -> AmiError {
    move |failed| error::of(failed, name)
}
