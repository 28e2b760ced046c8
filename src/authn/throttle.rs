//! Growing delays after failed sign-ins, without ever locking an account for its owner (security S4).
//!
//! Three keys are counted, for all replicas alike: the address, the account from this address, and the account from
//! anywhere. The first two may grow to minutes. The last stays at seconds, so that strangers can slow guessing down
//! but never shut the owner out.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::Result;
use crate::store::console::{ConsoleStore, Failures, SecretHash, hash_of, network_of};

/// The keys of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    address: SecretHash,
    pair: SecretHash,
    account: SecretHash,
}

impl Keys {
    /// The keys of an attempt at `account` (any spelling of a sign-in name) from `ip`.
    pub fn new(account: &str, ip: Option<IpAddr>) -> Self {
        let address = ip.map_or_else(|| "unknown".to_owned(), network_of);
        let account = account.trim().to_lowercase();
        let key = |kind: &str, text: &str| hash_of(format!("{kind}\0{text}").as_bytes());
        Self {
            address: key("address", &address),
            pair: key("pair", &format!("{account}\0{address}")),
            account: key("account", &account),
        }
    }
}

impl Keys {
    /// The account from this address: its attempts take turns.
    pub fn pair(&self) -> SecretHash {
        self.pair
    }

    /// A key that nothing asks for.
    pub fn nobody(&self) -> SecretHash {
        hash_of(&self.pair)
    }
}

/// How long to wait still before another attempt is looked at; `None` when it may go on.
pub async fn wait(console: &dyn ConsoleStore, keys: &Keys, now: DateTime<Utc>) -> Result<Option<TimeDelta>> {
    let mut longest = None;
    for (key, rule) in [(&keys.address, ADDRESS), (&keys.pair, PAIR), (&keys.account, ACCOUNT)] {
        longest = longest.max(rule.remaining(console.failures(key, now).await?, now));
    }
    Ok(longest)
}

/// Counts a failed attempt.
pub async fn failed(console: &dyn ConsoleStore, keys: &Keys, now: DateTime<Utc>) -> Result<()> {
    for key in [&keys.address, &keys.pair, &keys.account] {
        console.count_failure(key, now).await?;
    }
    Ok(())
}

/// Forgets the failures of this account from this address. The address and the account itself keep theirs: a valid
/// account of one's own must not buy guesses at others.
pub async fn succeeded(console: &dyn ConsoleStore, keys: &Keys) -> Result<()> {
    console.clear_failures(&keys.pair).await
}

/// After `free` failures the delay begins at one second and doubles up to `longest` seconds.
struct Rule {
    free: u32,
    longest: i64,
}

const ADDRESS: Rule = Rule { free: 30, longest: 900 };
const PAIR: Rule = Rule { free: 5, longest: 900 };
const ACCOUNT: Rule = Rule { free: 50, longest: 5 };

impl Rule {
    fn remaining(&self, failures: Failures, now: DateTime<Utc>) -> Option<TimeDelta> {
        let over = failures.count.checked_sub(self.free)?;
        let delay = TimeDelta::seconds(self.longest.min(1_i64 << over.min(20)));
        let left = failures.last_at? + delay - now;
        (left > TimeDelta::zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::console::memory::MemoryConsoleStore;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[tokio::test]
    async fn delays_grow_and_pass() {
        let console = MemoryConsoleStore::default();
        let keys = Keys::new("ann@acme", ip("192.0.2.1"));
        let mut now = DateTime::<Utc>::UNIX_EPOCH;
        for _ in 0..5 {
            assert_eq!(wait(&console, &keys, now).await.expect("memory"), None);
            failed(&console, &keys, now).await.expect("memory");
        }
        assert_eq!(wait(&console, &keys, now).await.expect("memory"), Some(TimeDelta::seconds(1)));
        failed(&console, &keys, now).await.expect("memory");
        assert_eq!(wait(&console, &keys, now).await.expect("memory"), Some(TimeDelta::seconds(2)));
        now += TimeDelta::seconds(2);
        assert_eq!(wait(&console, &keys, now).await.expect("memory"), None);
        succeeded(&console, &keys).await.expect("memory");
        failed(&console, &keys, now).await.expect("memory");
        assert_eq!(wait(&console, &keys, now).await.expect("memory"), None);
    }

    #[tokio::test]
    async fn strangers_cannot_shut_the_owner_out() {
        let console = MemoryConsoleStore::default();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for n in 0..200 {
            failed(&console, &Keys::new("ann@acme", ip(&format!("198.51.100.{n}"))), now).await.expect("memory");
        }
        let owner = wait(&console, &Keys::new("Ann@acme", ip("192.0.2.1")), now).await.expect("memory");
        assert_eq!(owner, Some(TimeDelta::seconds(5)));
    }
}
