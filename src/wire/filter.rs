//! The small language of the filter box (`path:/eng/ -status:disabled ann`), parsed once for every list.
//!
//! A filter is a row of terms that must all hold; `-` in front negates a term, double quotes keep blanks together.
//! Which keys a list knows is the list's business: see [`Filter::parse`].

use serde::{Deserialize, Serialize};

/// The longest filter accepted, in bytes (security S15).
pub const MAX_LENGTH: usize = 512;
/// The most terms in one filter.
pub const MAX_TERMS: usize = 16;

/// One condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The rows must *not* satisfy it.
    pub negated: bool,
    /// What is compared; `None` is free text.
    pub key: Option<String>,
    /// With what.
    pub value: String,
}

/// A parsed filter. Empty means everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// The terms, all of which must hold.
    pub terms: Vec<Term>,
}

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {position})")]
pub struct FilterError {
    /// The 1-based position, in characters.
    pub position: usize,
    /// A whole sentence.
    pub message: String,
}

impl Filter {
    /// Parses `text`; a key that is not among `keys` is an error, so that a typing mistake never shows everything.
    ///
    /// # Errors
    /// [`FilterError`] with the position: unknown key, missing value, open quote, NUL, too long, too many terms.
    pub fn parse(text: &str, keys: &[&str]) -> Result<Self, FilterError> {
        let error = |position: usize, message: String| FilterError { position: position + 1, message };
        if text.len() > MAX_LENGTH {
            return Err(error(MAX_LENGTH, format!("A filter may have {MAX_LENGTH} characters at most.")));
        }
        let chars: Vec<char> = text.chars().collect();
        let mut terms = Vec::new();
        let mut at = 0;
        loop {
            while chars.get(at).is_some_and(|c| c.is_whitespace()) {
                at += 1;
            }
            let start = at;
            if at == chars.len() {
                return Ok(Self { terms });
            }
            if terms.len() == MAX_TERMS {
                return Err(error(start, format!("A filter may have {MAX_TERMS} terms at most.")));
            }
            let negated = chars[at] == '-' && chars.get(at + 1).is_some_and(|c| !c.is_whitespace());
            at += usize::from(negated);
            let mut key = None;
            let mut value = String::new();
            let mut quoted = false;
            while let Some(&c) = chars.get(at) {
                match c {
                    '\0' => return Err(error(at, "A filter cannot hold the character NUL.".into())),
                    '"' => {
                        let open = at;
                        quoted = true;
                        at += 1;
                        while chars.get(at).is_some_and(|&c| c != '"') {
                            value.push(chars[at]);
                            at += 1;
                        }
                        if at == chars.len() {
                            return Err(error(open, "This quotation mark is not closed.".into()));
                        }
                    }
                    ':' if key.is_none() && !quoted && !value.is_empty() => {
                        if !keys.contains(&value.as_str()) {
                            return Err(error(
                                start + usize::from(negated),
                                format!("“{value}” is no filter here. Known: {}.", keys.join(", ")),
                            ));
                        }
                        key = Some(std::mem::take(&mut value));
                    }
                    c if c.is_whitespace() => break,
                    c => value.push(c),
                }
                at += 1;
            }
            if value.is_empty() {
                let what = key.map_or_else(|| "A word".to_owned(), |key| format!("“{key}:”"));
                return Err(error(start, format!("{what} needs a value.")));
            }
            terms.push(Term { negated, key, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &["path", "tag", "status"];

    fn term(negated: bool, key: Option<&str>, value: &str) -> Term {
        Term { negated, key: key.map(str::to_owned), value: value.to_owned() }
    }

    #[test]
    fn words_keys_negation_and_quotes() {
        let filter = Filter::parse(r#"  ann -path:/eng/ tag:"team=core one" "a:b" "#, KEYS);
        assert_eq!(
            filter.map(|filter| filter.terms),
            Ok(vec![
                term(false, None, "ann"),
                term(true, Some("path"), "/eng/"),
                term(false, Some("tag"), "team=core one"),
                term(false, None, "a:b"),
            ])
        );
    }

    #[test]
    fn errors_say_where() {
        let position = |text: &str| Filter::parse(text, KEYS).expect_err(text).position;
        assert_eq!(position("ann foo:bar"), 5);
        assert_eq!(position("-foo:bar"), 2);
        assert_eq!(position("path:"), 1);
        assert_eq!(position("x \"open"), 3);
        assert_eq!(position("a\0"), 2);
        assert_eq!(position(&"x".repeat(600)), MAX_LENGTH + 1);
    }

    #[test]
    fn a_lone_dash_is_text() {
        assert_eq!(Filter::parse("-", KEYS).map(|f| f.terms), Ok(vec![term(false, None, "-")]));
    }
}
