//! The operation context: the first argument of every service function.
//!
//! It says who asks, from where, in which request, and holds the clock, the source of ids and the backend. It knows no
//! web framework: `server` makes it from a request, pages and server functions take it from their context.

pub mod current;
pub mod errors;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::app_state::App;
use crate::audit::{Event, EventActor, EventTarget, Outcome};
use crate::authz::access::{RequestFacts, SharedAccess};
use crate::authz::administrators::{self, Counting};
use crate::authz::{Access, Action, Target};
use crate::store::console::sessions::SignedIn;
use crate::store::traits::SignInEntry;
use crate::store::{ActorKey, AmiError, Reads, Scope, UnitOfWork};
use crate::tenant::{TenantId, TenantPath, TenantRef};
use crate::wire::{ApiError, Code};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its keys.
    pub key: ActorKey,
    /// The tenant it lives in.
    pub tenant: TenantRef,
    /// Its name.
    pub user_name: String,
    /// Its session.
    pub session: SignedIn,
}

impl Actor {
    /// Somebody who is not here, to ask what it may do.
    pub fn absent(entry: SignInEntry, now: DateTime<Utc>) -> Self {
        let key = ActorKey { tenant_id: entry.tenant.id, user_id: entry.user_id };
        let session = SignedIn {
            tenant_id: key.tenant_id.uuid(),
            user_id: key.user_id.uuid(),
            public_id: uuid::Uuid::nil(),
            at: now,
            seen_at: now,
            source_ip: None,
            user_agent: None,
            must_change_password: false,
        };
        Self { key, tenant: entry.tenant, user_name: entry.user_name, session }
    }

    /// The name with which it signs in.
    pub fn sign_in_name(&self) -> String {
        sign_in_name(&self.user_name, &self.tenant.path)
    }
}

/// `name@tenant.path`; a bare name in the root tenant, unless it holds an `@` itself.
pub fn sign_in_name(user_name: &str, path: &TenantPath) -> String {
    if path.is_root() && !user_name.contains('@') { user_name.to_owned() } else { format!("{user_name}@{path}") }
}

/// See the [module](self).
pub struct OpContext {
    app: Arc<App>,
    /// Names the request in logs, answers and events.
    pub request_id: String,
    /// Where it came from.
    pub source_ip: Option<IpAddr>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// It came over TLS.
    pub is_secure: bool,
    actor: Option<Actor>,
    accesses: Mutex<HashMap<TenantPath, SharedAccess>>,
    reads: tokio::sync::Mutex<Option<(TenantId, Arc<Reads>)>>,
}

impl OpContext {
    /// A context of one request.
    pub fn new(app: Arc<App>, request_id: String, actor: Option<Actor>) -> Self {
        Self {
            app,
            request_id,
            source_ip: None,
            user_agent: None,
            is_secure: false,
            actor,
            accesses: Mutex::default(),
            reads: tokio::sync::Mutex::default(),
        }
    }

    /// The application.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Who asks, if somebody is signed in.
    pub fn maybe_actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// Who asks.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub fn actor(&self) -> Result<&Actor, ApiError> {
        let actor = self.actor.as_ref().ok_or_else(ApiError::unauthenticated)?;
        if actor.session.must_change_password {
            return Err(ApiError::new(Code::Unauthenticated, "Choose another password first, on your account page."));
        }
        Ok(actor)
    }

    /// What the request says to decisions.
    pub fn facts(&self) -> RequestFacts {
        RequestFacts {
            source_ip: self.source_ip,
            now: self.now(),
            is_secure: self.is_secure,
            user_agent: self.user_agent.clone(),
        }
    }

    /// What the actor may do in a tenant. Nothing is decided yet: every use asks [`OpContext::authorize`].
    ///
    /// # Errors
    /// `Unauthenticated`; `NotFound` when no tenant has this path.
    pub async fn enter(&self, path: &TenantPath) -> Result<SharedAccess, ApiError> {
        let actor = self.actor()?;
        if let Some(access) = self.accesses.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(Arc::clone(access));
        }
        let directory = self.app.backend.directory();
        let facts = self.facts();
        let access = Access::load(directory, &self.app.documents, actor, path, &facts)
            .await
            .map_err(|error| self.fail(error))?;
        let access = access.ok_or_else(ApiError::not_found)?.judged_by(self.app.settings.judge);
        let access = Arc::new(access);
        self.accesses.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), Arc::clone(&access));
        Ok(access)
    }

    /// Decides, and records a refused change.
    ///
    /// # Errors
    /// As [`Access::check`].
    pub async fn authorize(&self, access: &Access, action: Action, target: &Target) -> Result<(), ApiError> {
        let Err(error) = access.check(action, target) else { return Ok(()) };
        if !action.is_read() {
            self.record_refusal(access, action, target, &error).await;
        }
        Err(error)
    }

    /// Records that something was refused: in the tenant itself where the actor may know of it, else in the actor's.
    pub async fn record_refusal(&self, access: &Access, action: Action, target: &Target, error: &ApiError) {
        let Some(actor) = self.actor.as_ref() else { return };
        let event = Event {
            outcome: Outcome::Refused,
            reason: Some(error.message.clone()),
            ..self.event(&access.acting_as, action.as_str(), event_target(target))
        };
        let scope =
            if access.is_visible() { access.scope.clone() } else { Scope::of_actor(actor.tenant.clone(), actor.key) };
        self.release().await;
        let done = self.app.backend.parts(&scope).records.record(&event).await;
        if let Err(error) = done {
            tracing::error!(
                request.id = self.request_id,
                error = &error as &dyn std::error::Error,
                "a refusal could not be recorded"
            );
        }
    }

    /// The stores of the tenant of an access, to read from: all reads of an operation in one tenant share a transaction
    /// (and so one look at the database and the round trip that opens it), until [`OpContext::release`], which a unit
    /// of work does by itself. An operation never holds two connections.
    pub async fn reads(&self, access: &Access) -> Arc<Reads> {
        let mut held = self.reads.lock().await;
        if let Some((tenant, reads)) = held.as_ref() {
            if *tenant == access.tenant.id {
                return Arc::clone(reads);
            }
            reads.release().await;
        }
        let reads = Arc::new(self.app.backend.reads(&access.scope));
        *held = Some((access.tenant.id, Arc::clone(&reads)));
        reads
    }

    /// Gives back the connection that reads hold.
    pub async fn release(&self) {
        if let Some((_, reads)) = self.reads.lock().await.take() {
            reads.release().await;
        }
    }

    /// What was looked for. Nothing, when the database itself finds the actor not entitled to the tenant: what follows
    /// then answers and records as if there were nothing.
    ///
    /// # Errors
    /// As the store.
    pub fn found<T>(&self, found: Result<Option<T>, AmiError>) -> Result<Option<T>, ApiError> {
        match found {
            Err(AmiError::AccessDenied { .. }) => Ok(None),
            found => found.map_err(|error| self.fail(error)),
        }
    }

    /// Begins a unit of work in the tenant of an access.
    ///
    /// # Errors
    /// `Unavailable`; `NotFound` when the database itself finds the actor not entitled.
    pub async fn begin(&self, access: &Access) -> Result<UnitOfWork, ApiError> {
        self.release().await;
        self.app.backend.begin(&access.scope).await.map_err(|error| self.fail(error))
    }

    /// Records the event and commits: the change and its record together, or neither.
    ///
    /// # Errors
    /// As the store; then nothing was changed.
    pub async fn commit(&self, mut unit: UnitOfWork, event: Event) -> Result<(), ApiError> {
        unit.records.record(&event).await.map_err(|error| self.fail(error))?;
        unit.commit().await.map_err(|error| self.fail(error))
    }

    /// The change so far must leave the tenant somebody who administers it (security S22). Asked last before the commit:
    /// until then all others who ask wait.
    ///
    /// # Errors
    /// `Unmodifiable`, when nobody would be left.
    pub async fn keep_an_administrator(&self, access: &Access, unit: &UnitOfWork) -> Result<(), ApiError> {
        if self.has_an_administrator(access, unit, Counting::Policies).await? {
            return Ok(());
        }
        Err(ApiError::new(
            Code::Unmodifiable,
            "This would leave the tenant without any administrator: nobody could sign in for good and make another one. \
             Assign or free another one first.",
        ))
    }

    /// Whether somebody administers the tenant of a unit of work, as it stands.
    ///
    /// # Errors
    /// As the store.
    pub async fn has_an_administrator(
        &self,
        access: &Access,
        unit: &UnitOfWork,
        counting: Counting,
    ) -> Result<bool, ApiError> {
        let (documents, facts) = (&self.app.documents, self.facts());
        administrators::is_there_one(unit, documents, &access.tenant, &facts, counting)
            .await
            .map_err(|error| self.fail(error))
    }

    /// The event of a change that succeeds with the unit of work it is recorded in.
    pub fn change(
        &self,
        access: &Access,
        action: Action,
        target: &Target,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Event {
        Event { before, after, ..self.event(&access.acting_as, action.as_str(), event_target(target)) }
    }

    /// A successful event without before and after.
    pub fn event(&self, acting_as: &[String], action: &str, target: EventTarget) -> Event {
        let now = self.now();
        Event {
            id: self.app.ids.id(now),
            at: now,
            actor: self.actor.as_ref().map(|actor| EventActor {
                tenant_id: actor.key.tenant_id,
                tenant_path: actor.tenant.path.clone(),
                user_id: actor.key.user_id,
                name: actor.user_name.clone(),
            }),
            acting_as: acting_as.to_vec(),
            source_ip: self.source_ip.map(|ip| ip.to_canonical().to_string()),
            request_id: self.request_id.clone(),
            action: action.to_owned(),
            target,
            outcome: Outcome::Success,
            reason: None,
            before: None,
            after: None,
            parts: vec![],
        }
    }

    /// Turns a store's failure into an answer; what is our own defect is logged here, once, under the request id.
    pub fn fail(&self, error: AmiError) -> ApiError {
        errors::to_api(error, &self.request_id)
    }
}

/// An object as it stands in an event's before and after.
pub fn to_json(object: &impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(object).ok()
}

fn event_target(target: &Target) -> EventTarget {
    EventTarget { kind: target.kind.to_owned(), id: target.id, name: target.name.clone(), arn: target.wami_arn.clone() }
}
