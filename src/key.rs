//! The installation's key: encrypts secrets at rest and derives the passwords of the database roles.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::ids::Ids;
use crate::wire::Secret;

/// 256 bits.
pub type Key = Secret<[u8; 32]>;

/// The key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// What was given is not a key.
    #[error("the key must be 64 hexadecimal digits (WAMI_KEY, or the file {file})")]
    Malformed {
        /// The file looked at.
        file: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the key file {file} cannot be used")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The key given, or the one in `<data_dir>/key`, made (mode 600) when there is none.
///
/// # Errors
/// When what is there is no key, or the file cannot be used.
pub fn load(given: Option<&Secret<String>>, data_dir: &Path, ids: &Ids) -> Result<Key, KeyError> {
    let file = data_dir.join("key");
    let malformed = || KeyError::Malformed { file: file.clone() };
    if let Some(given) = given {
        return parse(given.expose()).ok_or_else(malformed);
    }
    let failed = |source| KeyError::File { file: file.clone(), source };
    match std::fs::read_to_string(&file) {
        Ok(text) => return parse(text.trim()).ok_or_else(malformed),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    std::fs::create_dir_all(data_dir).map_err(failed)?;
    let text = ids.hex::<32>();
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
        Ok(mut out) => {
            writeln!(out, "{text}").and_then(|()| out.sync_all()).map_err(failed)?;
            parse(&text).ok_or_else(malformed)
        }
        // Another process made it at the same moment.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = std::fs::read_to_string(&file).map_err(failed)?;
            parse(text.trim()).ok_or_else(malformed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn parse(text: &str) -> Option<Key> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(Secret::new(key))
}
