//! The dotted path of a tenant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The deepest a tenant may lie; the root counts as 0.
pub const MAX_DEPTH: usize = 10;

/// A valid tenant path: `root`, or slugs of `[a-z0-9-]{1,63}` joined by dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantPath(String);

/// The text is no tenant path; the message is a whole sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PathError(pub String);

impl TenantPath {
    /// The path of the one root tenant.
    pub fn root() -> Self {
        Self("root".into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0 == "root"
    }

    /// How deep it lies; 0 is the root.
    pub fn depth(&self) -> usize {
        if self.is_root() { 0 } else { self.0.matches('.').count() + 1 }
    }

    /// The last slug; `root` for the root.
    pub fn slug(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// The path above; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(self.0.rsplit_once('.').map_or_else(Self::root, |(parent, _)| Self(parent.to_owned())))
    }

    /// The root, every tenant on the way, and the tenant itself, in this order.
    pub fn lineage(&self) -> Vec<Self> {
        let mut paths: Vec<Self> = std::iter::successors(Some(self.clone()), Self::parent).collect();
        paths.reverse();
        paths
    }

    /// The path of a child.
    ///
    /// # Errors
    /// When the slug breaks the grammar or the child would lie too deep.
    pub fn child(&self, slug: &str) -> Result<Self, PathError> {
        check_slug(slug)?;
        if self.depth() >= MAX_DEPTH {
            return Err(PathError(format!("Tenants may lie {MAX_DEPTH} levels deep at most.")));
        }
        Ok(if self.is_root() { Self(slug.to_owned()) } else { Self(format!("{}.{slug}", self.0)) })
    }

    /// Whether `other` is this tenant or lies below it.
    pub fn covers(&self, other: &Self) -> bool {
        self.is_root() || other.0 == self.0 || other.tree().starts_with(&self.tree())
    }

    /// The key by which a subtree is one range: empty for the root, else the path and a dot.
    pub fn tree(&self) -> String {
        if self.is_root() { String::new() } else { format!("{}.", self.0) }
    }
}

/// Checks one part of a path.
///
/// # Errors
/// A sentence that can stand under the field.
pub fn check_slug(slug: &str) -> Result<(), PathError> {
    let fits = (1..=63).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if !fits {
        return Err(PathError(
            "Use 1 to 63 lower-case letters, digits and dashes; a dash neither first nor last.".into(),
        ));
    }
    if slug == "root" {
        return Err(PathError("The name “root” is reserved.".into()));
    }
    Ok(())
}

impl FromStr for TenantPath {
    type Err = PathError;

    /// Takes `acme.eng`, and `acme/eng` as typed on a command line.
    fn from_str(text: &str) -> Result<Self, PathError> {
        if text == "root" {
            return Ok(Self::root());
        }
        text.split(['.', '/']).try_fold(Self::root(), |path, slug| path.child(slug))
    }
}

impl TryFrom<String> for TenantPath {
    type Error = PathError;
    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<TenantPath> for String {
    fn from(path: TenantPath) -> Self {
        path.0
    }
}

impl fmt::Display for TenantPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TenantPath {
        text.parse().expect(text)
    }

    #[test]
    fn the_root_is_above_all_and_not_part_of_other_paths() {
        assert_eq!(path("acme").parent(), Some(TenantPath::root()));
        assert_eq!(path("acme/eng").as_str(), "acme.eng");
        assert_eq!(
            path("a.b.c").lineage().iter().map(TenantPath::as_str).collect::<Vec<_>>(),
            ["root", "a", "a.b", "a.b.c"]
        );
        assert_eq!((TenantPath::root().depth(), path("a.b").depth()), (0, 2));
    }

    #[test]
    fn covering_goes_by_whole_parts() {
        assert!(path("acme").covers(&path("acme.eng")));
        assert!(path("acme").covers(&path("acme")));
        assert!(!path("acme").covers(&path("acme-corp")));
        assert!(!path("acme").covers(&path("acme2.eng")));
        assert!(TenantPath::root().covers(&path("acme")));
        assert!(!path("acme").covers(&TenantPath::root()));
    }

    #[test]
    fn bad_paths_are_refused() {
        for bad in
            ["", "A", "a..b", ".a", "a.", "-a", "a-", "a.root", "ä", "a b", &"x".repeat(64), "a.b.c.d.e.f.g.h.i.j.k"]
        {
            assert!(bad.parse::<TenantPath>().is_err(), "{bad}");
        }
    }
}
