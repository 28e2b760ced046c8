//! Passwords: argon2id, off the async threads, with bounded concurrency (security S1, S5, S6).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use crate::ids::Ids;
use crate::store::console::SecretHash;
use crate::wire::Secret;

/// The shortest password.
pub const MIN_LENGTH: usize = 12;
/// The longest password.
pub const MAX_LENGTH: usize = 128;

/// The most used passwords of 12 and more characters, as lower-case letters: one per line.
const COMMON: &str = include_str!("common_passwords.txt");

/// Who is at a key just now; those that nobody holds are removed when there are many.
type Turns = Arc<Mutex<HashMap<SecretHash, Weak<tokio::sync::Mutex<()>>>>>;
const MANY_TURNS: usize = 1024;

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    ids: Ids,
    permits: Arc<Semaphore>,
    turns: Turns,
    /// The hash of a random password: verified for users that do not exist, so that they take as long.
    decoy: Arc<str>,
}

/// How a verification ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Not the password.
    Wrong,
    /// The password.
    Right,
    /// The password, and its hash should be replaced by this one, since the parameters have risen.
    RightButOld(String),
}

impl Passwords {
    /// argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet); at most `concurrency` at once.
    pub fn new(ids: Ids, concurrency: usize) -> Self {
        let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within argon2's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon2, &ids, &ids.hex::<16>()).into();
        Self { argon2, ids, permits: Arc::new(Semaphore::new(concurrency)), turns: Turns::default(), decoy }
    }

    /// Waits for the turn of an attempt under a key: many at once are judged and counted one after the other, so that
    /// none slips in before the failure of another is known.
    pub async fn turn(&self, key: SecretHash) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= MANY_TURNS {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let kept = turns.get(&key).and_then(Weak::upgrade);
            kept.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(key, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }

    /// The PHC string of a password's hash.
    pub async fn hash(&self, password: Secret<String>) -> String {
        let this = self.clone();
        self.run(move || hash_now(&this.argon2, &this.ids, password.expose())).await
    }

    /// Compares a password with a stored hash; `None` (no such user, no password) takes as long and is wrong.
    pub async fn verify(&self, password: Secret<String>, hash: Option<Secret<String>>) -> Verified {
        let this = self.clone();
        self.run(move || {
            let stored = hash.as_ref().map_or(&*this.decoy, |hash| hash.expose().as_str());
            let Ok(parsed) = PasswordHash::new(stored) else { return Verified::Wrong };
            let matches = this.argon2.verify_password(password.expose().as_bytes(), &parsed).is_ok();
            if !matches || hash.is_none() {
                return Verified::Wrong;
            }
            let is_current = Params::try_from(&parsed).is_ok_and(|params| {
                params.m_cost() >= this.argon2.params().m_cost() && params.t_cost() >= this.argon2.params().t_cost()
            });
            if is_current {
                Verified::Right
            } else {
                Verified::RightButOld(hash_now(&this.argon2, &this.ids, password.expose()))
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
    }
}

fn hash_now(argon2: &Argon2<'_>, ids: &Ids, password: &str) -> String {
    argon2
        .hash_password_with_salt(password.as_bytes(), &ids.bytes::<16>())
        .expect("a password of bounded length with a 16-byte salt can be hashed")
        .to_string()
}

/// Checks a new password against the rules; `names` are the user's own.
///
/// # Errors
/// A sentence that can stand under the field.
pub fn check_new(password: &str, names: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(format!("Use at least {MIN_LENGTH} characters; a few words in a row are fine."));
    }
    if length > MAX_LENGTH {
        return Err(format!("A password may have {MAX_LENGTH} characters at most."));
    }
    let lower = password.to_lowercase();
    if COMMON.lines().any(|common| common == lower) || is_monotonous(&lower) {
        return Err("This password is among the first that are tried. Choose another.".into());
    }
    if names.iter().any(|name| name.chars().count() >= 4 && lower.contains(&name.to_lowercase())) {
        return Err("The password must not contain your name or e-mail address.".into());
    }
    Ok(())
}

/// One character over and over, or a run up or down the alphabet or the digits.
fn is_monotonous(text: &str) -> bool {
    let chars: Vec<u32> = text.chars().map(u32::from).collect();
    [0_i64, 1, -1].iter().any(|step| chars.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == *step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(Ids::seeded(1), 2)
    }

    #[tokio::test]
    async fn only_the_password_itself_verifies() {
        let passwords = passwords();
        let hash = Secret::new(passwords.hash(Secret::new("correct horse battery".into())).await);
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = |text: &str| passwords.verify(Secret::new(text.to_owned()), Some(hash.clone()));
        assert_eq!(verify("correct horse battery").await, Verified::Right);
        assert_eq!(verify("correct horse batterx").await, Verified::Wrong);
        assert_eq!(passwords.verify(Secret::new("x".into()), None).await, Verified::Wrong);
        assert_eq!(passwords.verify(Secret::new("x".into()), Some(Secret::new("junk".into()))).await, Verified::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_lower_parameters_is_replaced() {
        let passwords = passwords();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).expect("valid"));
        let old = Secret::new(hash_now(&weak, &Ids::seeded(2), "correct horse battery"));
        let verified = passwords.verify(Secret::new("correct horse battery".into()), Some(old)).await;
        assert!(matches!(verified, Verified::RightButOld(hash) if hash.contains("m=19456")));
    }

    #[test]
    fn weak_passwords_are_named() {
        assert!(check_new("correct horse battery", &["ann"]).is_ok());
        for (weak, names) in [
            ("short", &[][..]),
            (&"x".repeat(129), &[]),
            ("aaaaaaaaaaaaaaa", &[]),
            ("abcdefghijklmnop", &[]),
            ("password1234", &[]),
            ("i-am-ann.miller!", &["Ann.Miller"]),
        ] {
            assert!(check_new(weak, names).is_err(), "{weak}");
        }
    }
}
