//! Compiled policies by content address: parsed once, kept in a bounded cache, never stale (a content does not change).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::policy::{Body, CompiledPolicy, DocumentKind};
use crate::store::traits::SsoAdminStore;
use crate::store::traits::directory::DocumentHash;
use crate::store::{Directory, Result};

/// How many compiled documents are kept; the oldest half goes when it is full.
const CAPACITY: usize = 4096;

/// A document, and as what it is read.
pub(super) type Key = (DocumentHash, DocumentKind);

/// The cache.
#[derive(Default)]
pub struct Documents(Mutex<Generations>);

/// Two generations: what is used moves to the young one, and when that is full the old one is dropped.
#[derive(Default)]
struct Generations {
    young: HashMap<Key, Body>,
    old: HashMap<Key, Body>,
}

impl Documents {
    /// The compiled forms, in the order asked; an absent document is `Unknown`.
    ///
    /// # Errors
    /// As [`Directory::documents`].
    pub async fn compiled(&self, directory: &dyn Directory, keys: &[Key]) -> Result<Vec<Body>> {
        let mut known = self.known(keys);
        if !known.missing.is_empty() {
            let texts = directory.documents(&known.hashes(keys)).await?;
            self.learn(keys, &mut known, texts);
        }
        Ok(known.bodies)
    }

    /// The same, with the documents that a unit of work has brought.
    ///
    /// # Errors
    /// As [`SsoAdminStore::documents`].
    pub async fn compiled_in(&self, unit: &dyn SsoAdminStore, keys: &[Key]) -> Result<Vec<Body>> {
        let mut known = self.known(keys);
        if !known.missing.is_empty() {
            let texts = unit.documents(&known.hashes(keys)).await?;
            self.learn(keys, &mut known, texts);
        }
        Ok(known.bodies)
    }

    fn known(&self, keys: &[Key]) -> Known {
        let mut cache = self.lock();
        let bodies: Vec<Option<Body>> = keys.iter().map(|key| cache.get(key)).collect();
        let missing = (0..keys.len()).filter(|at| bodies[*at].is_none()).collect();
        Known { bodies: bodies.into_iter().map(|body| body.unwrap_or(Body::Unknown)).collect(), missing }
    }

    fn learn(&self, keys: &[Key], known: &mut Known, texts: Vec<Option<Arc<str>>>) {
        for (at, text) in known.missing.drain(..).zip(texts) {
            let Some(text) = text else { continue };
            let body = match CompiledPolicy::read(&text, keys[at].1) {
                Ok(policy) => Body::Compiled(Arc::new(policy)),
                Err(findings) => Body::Unreadable(findings.into()),
            };
            self.lock().put(keys[at], body.clone());
            known.bodies[at] = body;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the cache has of what is asked.
struct Known {
    /// In the order asked; `Unknown` what it has not.
    bodies: Vec<Body>,
    /// The places of those.
    missing: Vec<usize>,
}

impl Known {
    fn hashes(&self, keys: &[Key]) -> Vec<DocumentHash> {
        self.missing.iter().map(|at| keys[*at].0).collect()
    }
}

impl Generations {
    fn get(&mut self, key: &Key) -> Option<Body> {
        if let Some(body) = self.young.get(key) {
            return Some(body.clone());
        }
        let body = self.old.remove(key)?;
        self.put(*key, body.clone());
        Some(body)
    }

    fn put(&mut self, key: Key, body: Body) {
        if self.young.len() >= CAPACITY / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, body);
    }
}
