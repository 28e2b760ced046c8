//! Randomness as an argument: ids, tokens and secrets, all drawn from one injected source.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use uuid::Uuid;

use crate::wire::{Id, Secret};

/// Draws ids and secrets.
#[derive(Clone)]
pub struct Ids(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Ids {
    /// Draws from the operating system.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Draws a repeatable sequence. For tests and synthetic data only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done then.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes"),
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A fresh internal id (UUID version 7): ids drawn later order later.
    pub fn id<T>(&self, now: DateTime<Utc>) -> Id<T> {
        Id::new(self.uuid(now))
    }

    /// A fresh UUID version 7.
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A stable id: the prefix and 17 characters of `A-Z2-7` (AWS IAM User Guide, *Unique identifiers*).
    pub fn stable_id(&self, prefix: &str) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bytes: [u8; 17] = self.bytes();
        let mut id = String::with_capacity(prefix.len() + bytes.len());
        id.push_str(prefix);
        id.extend(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])));
        id
    }

    /// A 12-digit account id that does not begin with 0.
    pub fn account_id(&self) -> String {
        let number = u64::from_le_bytes(self.bytes()) % 900_000_000_000 + 100_000_000_000;
        number.to_string()
    }

    /// Lower-case hexadecimal of `N` random bytes.
    pub fn hex<const N: usize>(&self) -> String {
        self.bytes::<N>().iter().fold(String::with_capacity(N * 2), |mut text, byte| {
            use std::fmt::Write;
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// A secret for a link or a cookie: 256 random bits as 64 hexadecimal characters.
    pub fn token(&self) -> Secret<String> {
        Secret::new(self.hex::<32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_forms() {
        let ids = Ids::seeded(1);
        let id = ids.stable_id("AIDA");
        assert_eq!(id.len(), 21);
        assert!(id[4..].bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)));
        assert_eq!(ids.account_id().len(), 12);
        assert_eq!(ids.token().expose().len(), 64);
    }

    #[test]
    fn later_ids_order_later() {
        let (ids, now) = (Ids::seeded(2), DateTime::<Utc>::UNIX_EPOCH);
        let later = now + chrono::TimeDelta::milliseconds(1);
        assert!(ids.uuid(now) < ids.uuid(later));
    }
}
