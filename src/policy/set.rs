//! The policies that take part in a decision.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::policy::compile::CompiledPolicy;
use crate::policy::document::DocumentKind;
use crate::policy::finding::Finding;

/// Everything that takes part in decisions about one principal's requests.
///
/// The parts are those of *Policy evaluation logic* (AWS IAM User Guide), with tenants in place of organizational units and one
/// extension: a principal may hold several [grant paths](GrantPath) at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicySet {
    /// Guardrails, one list for each level, the root first. Every level must allow, and a level with an empty list allows
    /// nothing. No level at all means that no guardrail is in force.
    pub guardrails: Vec<Vec<Attached>>,
    /// What the principal holds. A request is allowed if one path allows it within its own boundary; a Deny in any denies it.
    pub paths: Vec<GrantPath>,
    /// The policy of the resource, for a role its trust policy.
    pub resource: Option<Attached>,
}

/// Policies that grant together and are bounded together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GrantPath {
    /// Policies that grant.
    pub identity: Vec<Attached>,
    /// The permissions boundary, if one is set; an empty list bounds everything away.
    pub boundary: Option<Vec<Attached>>,
    /// The session policies, if any were passed.
    pub session: Option<Vec<Attached>>,
}

/// A policy in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Attached {
    /// How it comes to be here.
    pub source: Source,
    /// Its name, as people know it.
    pub name: Arc<str>,
    /// Which version of it, such as `v3`; `None` for inline policies.
    pub version: Option<Arc<str>>,
    /// Its content.
    pub body: Body,
}

/// The content of an attached policy.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Compiled.
    Compiled(Arc<CompiledPolicy>),
    /// The stored text cannot be read; why. No decision can be made with it.
    Unreadable(Arc<[Finding]>),
    /// The document is not known here, as that of an AWS-managed policy missing in an imported account. No decision can be
    /// made with it.
    Unknown,
}

/// How a policy comes to take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// Written into the user.
    UserInline,
    /// Attached to the user.
    UserManaged,
    /// Written into a group of the user.
    GroupInline {
        /// The group's name.
        group: Arc<str>,
    },
    /// Attached to a group of the user.
    GroupManaged {
        /// The group's name.
        group: Arc<str>,
    },
    /// Written into the role.
    RoleInline,
    /// Attached to the role.
    RoleManaged,
    /// Part of an assigned permission set.
    PermissionSet {
        /// The set's name.
        set: Arc<str>,
    },
    /// Bounds a tenant.
    Guardrail {
        /// The tenant's path.
        tenant: Arc<str>,
    },
    /// The permissions boundary.
    Boundary,
    /// Passed when the session was opened.
    Session,
    /// Attached to the resource.
    Resource,
    /// Says who may assume the role.
    Trust,
    /// An identity policy of which nothing else is said.
    Identity,
}

impl Source {
    /// What a document must be to take part in this way.
    pub fn document_kind(&self) -> DocumentKind {
        match self {
            Source::Guardrail { .. } => DocumentKind::Guardrail,
            Source::Boundary => DocumentKind::Boundary,
            Source::Session => DocumentKind::Session,
            Source::Resource => DocumentKind::Resource,
            Source::Trust => DocumentKind::Trust,
            _ => DocumentKind::Identity,
        }
    }
}

impl Attached {
    /// A compiled policy in its place.
    pub fn new(source: Source, name: impl Into<Arc<str>>, policy: Arc<CompiledPolicy>) -> Attached {
        Attached { source, name: name.into(), version: None, body: Body::Compiled(policy) }
    }

    /// Reads a stored text for its place. An unreadable text is kept as such: whoever decides with it is refused.
    pub fn read(source: Source, name: impl Into<Arc<str>>, text: &str) -> Attached {
        let body = match CompiledPolicy::read(text, source.document_kind()) {
            Ok(policy) => Body::Compiled(Arc::new(policy)),
            Err(findings) => Body::Unreadable(findings.into()),
        };
        Attached { source, name: name.into(), version: None, body }
    }

    /// A policy whose document is not known here.
    pub fn unknown(source: Source, name: impl Into<Arc<str>>) -> Attached {
        Attached { source, name: name.into(), version: None, body: Body::Unknown }
    }

    /// The same policy, with its version.
    #[must_use]
    pub fn at_version(mut self, version: impl Into<Arc<str>>) -> Attached {
        self.version = Some(version.into());
        self
    }

    /// The compiled policy, if decisions can be made with it.
    pub(crate) fn compiled(&self) -> Option<&CompiledPolicy> {
        match &self.body {
            Body::Compiled(policy) if policy.wide_flaw.is_none() => Some(policy),
            _ => None,
        }
    }
}

/// A layer of a policy set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "layer")]
pub enum Layer {
    /// The guardrails of one level, the root being 0.
    Guardrail {
        /// Which level.
        level: usize,
    },
    /// The resource's policy.
    Resource,
    /// The identity policies of one grant path.
    Identity {
        /// Which path.
        path: usize,
    },
    /// The boundary of one grant path.
    Boundary {
        /// Which path.
        path: usize,
    },
    /// The session policies of one grant path.
    Session {
        /// Which path.
        path: usize,
    },
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::Guardrail { .. } => "guardrail",
            Layer::Resource => "resource policy",
            Layer::Identity { .. } => "identity policies",
            Layer::Boundary { .. } => "permissions boundary",
            Layer::Session { .. } => "session policies",
        })
    }
}

impl PolicySet {
    /// A set of identity policies and nothing else.
    pub fn of_identity(policies: Vec<Attached>) -> PolicySet {
        PolicySet { paths: vec![GrantPath { identity: policies, ..GrantPath::default() }], ..PolicySet::default() }
    }

    /// The policies of a layer.
    pub fn layer(&self, layer: Layer) -> &[Attached] {
        let path = |path: usize| self.paths.get(path);
        match layer {
            Layer::Guardrail { level } => self.guardrails.get(level).map_or(&[], Vec::as_slice),
            Layer::Resource => self.resource.as_slice(),
            Layer::Identity { path: index } => path(index).map_or(&[], |path| &path.identity),
            Layer::Boundary { path: index } => path(index).and_then(|path| path.boundary.as_deref()).unwrap_or(&[]),
            Layer::Session { path: index } => path(index).and_then(|path| path.session.as_deref()).unwrap_or(&[]),
        }
    }

    /// The layers that are in force, in the order of evaluation.
    pub fn layers(&self) -> impl Iterator<Item = Layer> {
        let guardrails = (0..self.guardrails.len()).map(|level| Layer::Guardrail { level });
        let resource = self.resource.iter().map(|_| Layer::Resource);
        let paths = self.paths.iter().enumerate().flat_map(|(path, parts)| {
            let boundary = parts.boundary.is_some().then_some(Layer::Boundary { path });
            let session = parts.session.is_some().then_some(Layer::Session { path });
            [Some(Layer::Identity { path }), boundary, session].into_iter().flatten()
        });
        guardrails.chain(resource).chain(paths)
    }
}
