//! Truth with reasons to hesitate.
//!
//! A part of a policy matches, does not match, or cannot be told: because the context does not know a key's value, or because
//! the part is malformed. The two hesitations stay apart, since an analysis may take an unknown value as it likes, but
//! nobody may take a malformed policy as they like. *And* and *or* are Kleene's: a hesitation disappears when the other side
//! decides alone.

/// The result of matching a part of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Truth {
    /// It does not match, whatever is unknown.
    No,
    /// It depends on a context key whose value is not known.
    Unknown,
    /// It depends on something malformed.
    Broken,
    /// It matches, whatever is unknown.
    Yes,
}

impl Truth {
    pub(crate) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Broken, _) | (_, Truth::Broken) => Truth::Broken,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            _ => Truth::Yes,
        }
    }

    pub(crate) fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            (Truth::Broken, _) | (_, Truth::Broken) => Truth::Broken,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            _ => Truth::No,
        }
    }

    pub(crate) fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Yes => Truth::No,
            hesitation => hesitation,
        }
    }

    /// Whether at least one of the items holds; stops at the first that surely does.
    pub(crate) fn any(items: impl Iterator<Item = Truth>) -> Truth {
        let mut result = Truth::No;
        for item in items {
            result = result.or(item);
            if result == Truth::Yes {
                break;
            }
        }
        result
    }

    /// Whether all of the items hold; stops at the first that surely does not.
    pub(crate) fn all(items: impl Iterator<Item = Truth>) -> Truth {
        let mut result = Truth::Yes;
        for item in items {
            result = result.and(item);
            if result == Truth::No {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::Yes } else { Truth::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, *};

    #[test]
    fn the_laws_of_kleene_hold() {
        let all = [No, Unknown, Broken, Yes];
        for a in all {
            assert_eq!(a.not().not(), a);
            assert_eq!(a.and(Yes), a);
            assert_eq!(a.and(No), No);
            assert_eq!(a.or(No), a);
            assert_eq!(a.or(Yes), Yes);
            for b in all {
                assert_eq!(a.and(b), b.and(a));
                assert_eq!(a.or(b), b.or(a));
                assert_eq!(a.and(b).not(), a.not().or(b.not()));
                for c in all {
                    assert_eq!(a.and(b.and(c)), a.and(b).and(c));
                    assert_eq!(a.or(b.or(c)), a.or(b).or(c));
                }
            }
        }
        assert_eq!(Truth::any([No, Broken, Yes].into_iter()), Yes);
        assert_eq!(Truth::all([Yes, Unknown, No].into_iter()), No);
    }
}
