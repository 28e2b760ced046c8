//! A compiled statement, and whether it applies to a request.

use crate::policy::condition::Condition;
use crate::policy::glob::Glob;
use crate::policy::pattern::Pattern;
use crate::policy::principal::{Exemption, Naming, PrincipalPattern};
use crate::policy::request::{Principal, Request, Resource};
use crate::policy::truth::Truth;

/// Which of a policy's flaws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlawId(pub(crate) u32);

/// A value of a list, or what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry<T> {
    Good(T),
    Flawed(FlawId),
}

/// An element that comes as itself or with `Not`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Listed<T> {
    /// The element is not there and need not be.
    Absent,
    /// `Action`, `Resource`, `Principal`
    Is(Box<[Entry<T>]>),
    /// `NotAction`, `NotResource`, `NotPrincipal`
    Not(Box<[Entry<T>]>),
    /// The element is malformed or missing.
    Flawed(FlawId),
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// A compiled statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) pointer: Box<str>,
    pub(crate) line: u32,
    pub(crate) sid: Option<Box<str>>,
    /// A flaw that makes the meaning of the whole statement uncertain, such as an unknown element.
    pub(crate) flaw: Option<FlawId>,
    pub(crate) effect: Result<Effect, FlawId>,
    pub(crate) principals: Listed<PrincipalPattern>,
    pub(crate) actions: Listed<Glob>,
    pub(crate) resources: Listed<Pattern>,
    pub(crate) conditions: Box<[Condition]>,
}

/// Whether a statement applies, by how closely it names the principal. A list may name it twice, so each level has a truth of its own;
/// where no principal is named, all is direct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applies {
    pub(crate) account: Truth,
    pub(crate) base: Truth,
    pub(crate) direct: Truth,
}

impl Applies {
    pub(crate) const NOT: Applies = Applies { account: Truth::No, base: Truth::No, direct: Truth::No };

    /// Applies to this degree, whomever it names.
    pub(crate) fn directly(truth: Truth) -> Applies {
        Applies { direct: truth, ..Applies::NOT }
    }

    /// Whether it applies at all.
    pub(crate) fn truth(self) -> Truth {
        self.account.or(self.base).or(self.direct)
    }

    pub(crate) fn map(self, change: impl Fn(Truth) -> Truth) -> Applies {
        Applies { account: change(self.account), base: change(self.base), direct: change(self.direct) }
    }

    pub(crate) fn or(self, other: Applies) -> Applies {
        Applies {
            account: self.account.or(other.account),
            base: self.base.or(other.base),
            direct: self.direct.or(other.direct),
        }
    }
}

impl Statement {
    /// Whether the statement applies to a request. The cheapest element comes first.
    pub(crate) fn applies(&self, request: &Request) -> Applies {
        if self.flaw.is_some() {
            return Applies::directly(Truth::Broken);
        }
        let mut truth = self.action_matches(request);
        if truth == Truth::No {
            return Applies::NOT;
        }
        truth = truth.and(self.resource_matches(request));
        if truth == Truth::No {
            return Applies::NOT;
        }
        let principal = self.principal_matches(request.principal);
        if principal.truth() == Truth::No {
            return Applies::NOT;
        }
        for condition in &self.conditions {
            truth = truth.and(condition.holds(request.context));
            if truth == Truth::No {
                return Applies::NOT;
            }
        }
        principal.map(|named| named.and(truth))
    }

    pub(crate) fn action_matches(&self, request: &Request) -> Truth {
        let any =
            |globs: &[Entry<Glob>]| Truth::any(globs.iter().map(|glob| glob_matches(glob, request.action.lower())));
        match &self.actions {
            Listed::Is(globs) => any(globs),
            Listed::Not(globs) => any(globs).not(),
            Listed::Absent | Listed::Flawed(_) => Truth::Broken,
        }
    }

    pub(crate) fn resource_matches(&self, request: &Request) -> Truth {
        match &self.resources {
            Listed::Absent => Truth::Yes,
            Listed::Is(patterns) => {
                Truth::any(patterns.iter().map(|pattern| self.matches_either_name(pattern, request, Truth::No)))
            }
            Listed::Not(patterns) => {
                // A dropped value must not widen an Allow, so there it counts as matching; in a Deny it is dropped.
                let dropped = if self.effect == Ok(Effect::Deny) { Truth::No } else { Truth::Yes };
                Truth::any(patterns.iter().map(|pattern| self.matches_either_name(pattern, request, dropped))).not()
            }
            Listed::Flawed(_) => Truth::Broken,
        }
    }

    fn matches_either_name(&self, pattern: &Entry<Pattern>, request: &Request, dropped: Truth) -> Truth {
        resource_matches(pattern, request.resource, request.context, dropped)
    }

    pub(crate) fn principal_matches(&self, principal: &Principal) -> Applies {
        match &self.principals {
            Listed::Absent => Applies::directly(Truth::Yes),
            Listed::Is(patterns) => {
                let mut result = Applies::NOT;
                for pattern in patterns {
                    match pattern {
                        Entry::Good(pattern) => match pattern.names(principal) {
                            Some(Naming::Account) => result.account = Truth::Yes,
                            Some(Naming::Base) => result.base = Truth::Yes,
                            Some(Naming::Direct) => result.direct = Truth::Yes,
                            None => {}
                        },
                        Entry::Flawed(_) => result.direct = result.direct.or(Truth::Broken),
                    }
                }
                result
            }
            Listed::Not(patterns) => {
                let mut exemption = Exemption::NONE;
                let mut everyone = false;
                for pattern in patterns {
                    match pattern {
                        Entry::Good(pattern) => {
                            everyone |= *pattern == PrincipalPattern::Everyone;
                            exemption.count(Ok(pattern.names(principal)));
                        }
                        Entry::Flawed(_) => exemption.count(Err(())),
                    }
                }
                // An Allow reaches everyone who is not listed, as `*` would (*NotPrincipal with Allow*).
                Applies::directly(match self.effect {
                    Ok(Effect::Allow) => exemption.leaves_out_of_allow().not(),
                    _ => exemption.leaves_out_of_deny(principal, everyone).not(),
                })
            }
            Listed::Flawed(_) => Applies::directly(Truth::Broken),
        }
    }
}

/// Whether an action pattern matches a lower-case action.
pub(crate) fn glob_matches(glob: &Entry<Glob>, action: &str) -> Truth {
    match glob {
        Entry::Good(glob) => glob.matches(action).into(),
        Entry::Flawed(_) => Truth::Broken,
    }
}

/// Whether a resource pattern matches one of the names of a resource; `dropped` if a variable in it has no value.
pub(crate) fn resource_matches(
    pattern: &Entry<Pattern>,
    resource: &Resource,
    context: &crate::policy::context::Context,
    dropped: Truth,
) -> Truth {
    match pattern {
        Entry::Good(pattern) => Truth::any(resource.names().map(|name| pattern.matches(name, context, dropped))),
        Entry::Flawed(_) => Truth::Broken,
    }
}
