//! Compiled policies by content address: parsed once, kept in a bounded cache, never stale (a content does not change).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::policy::{Body, CompiledPolicy, DocumentKind};
use crate::store::traits::directory::DocumentHash;
use crate::store::{Directory, Result};

/// How many compiled documents are kept; the oldest half goes when it is full.
const CAPACITY: usize = 4096;

type Key = (DocumentHash, DocumentKind);

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
        let mut bodies: Vec<Option<Body>> = {
            let mut cache = self.lock();
            keys.iter().map(|key| cache.get(key)).collect()
        };
        let missing: Vec<usize> = (0..keys.len()).filter(|at| bodies[*at].is_none()).collect();
        if !missing.is_empty() {
            let hashes: Vec<DocumentHash> = missing.iter().map(|at| keys[*at].0).collect();
            let texts = directory.documents(&hashes).await?;
            for (at, text) in missing.into_iter().zip(texts) {
                let body = text.map_or(Body::Unknown, |text| match CompiledPolicy::read(&text, keys[at].1) {
                    Ok(policy) => Body::Compiled(Arc::new(policy)),
                    Err(findings) => Body::Unreadable(findings.into()),
                });
                if !matches!(body, Body::Unknown) {
                    self.lock().put(keys[at], body.clone());
                }
                bodies[at] = Some(body);
            }
        }
        Ok(bodies.into_iter().map(|body| body.unwrap_or(Body::Unknown)).collect())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
