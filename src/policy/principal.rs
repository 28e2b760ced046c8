//! Principals as policies name them (AWS IAM User Guide, *AWS JSON policy elements: Principal* and *NotPrincipal*).

use crate::policy::request::{ArnParts, Base, Principal, PrincipalKind, is_account_id};
use crate::policy::truth::Truth;

/// One principal in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalPattern {
    /// `*`
    Everyone,
    /// The account of this id: whoever in it is allowed by its own policies.
    Account(Box<str>),
    /// A user, role, session or federated user.
    Arn(Box<str>),
    /// The stable id that AWS leaves when the named user or role is deleted.
    UniqueId(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    CanonicalUser(Box<str>),
}

/// How closely a statement names a principal; the closer, the less else is needed (*Policy evaluation logic*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// Its account: its own identity policies must allow too.
    Account,
    /// The role behind its session, or the user behind its federated session: boundary and session policies still bind.
    Base,
    /// Itself, or everyone: nothing else is needed in the same account.
    Direct,
}

impl PrincipalPattern {
    /// Reads one value under a type of principal. `None` if it does not name a principal: a name cannot hold wildcards.
    pub(crate) fn parse(kind: &str, text: &str) -> Option<PrincipalPattern> {
        if text.is_empty() {
            return None;
        }
        match kind {
            "AWS" if text == "*" => Some(PrincipalPattern::Everyone),
            _ if text.contains('*') || text.contains('?') => None,
            "AWS" if is_account_id(text) => Some(PrincipalPattern::Account(text.into())),
            "AWS" => match ArnParts::split(text) {
                Some(arn) if arn.service == "iam" && arn.resource == "root" => {
                    Some(PrincipalPattern::Account(arn.account.into()))
                }
                Some(_) => Some(PrincipalPattern::Arn(text.into())),
                None if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                    Some(PrincipalPattern::UniqueId(text.into()))
                }
                None => None,
            },
            "Service" => Some(PrincipalPattern::Service(text.into())),
            "Federated" => Some(PrincipalPattern::Federated(text.into())),
            "CanonicalUser" => Some(PrincipalPattern::CanonicalUser(text.into())),
            _ => None,
        }
    }

    /// How closely this names a principal; `None` if not at all.
    pub(crate) fn names(&self, principal: &Principal) -> Option<Naming> {
        let is_self = |text: &str| principal.names.iter().any(|name| **name == *text);
        let itself =
            |kind: PrincipalKind, text: &str| (principal.kind == kind && is_self(text)).then_some(Naming::Direct);
        match self {
            PrincipalPattern::Everyone => Some(Naming::Direct),
            PrincipalPattern::Account(account) => {
                principal.accounts.iter().any(|own| own == account).then_some(Naming::Account)
            }
            PrincipalPattern::Arn(arn) => match principal.kind {
                PrincipalKind::Service
                | PrincipalKind::Federated
                | PrincipalKind::CanonicalUser
                | PrincipalKind::Anonymous => None,
                // A role that is asked about without a session stands for its sessions, which its ARN names as their base.
                PrincipalKind::Role => is_self(arn).then_some(Naming::Base),
                _ if is_self(arn) => Some(Naming::Direct),
                _ => principal.base.iter().any(|base| base.is(arn)).then_some(Naming::Base),
            },
            PrincipalPattern::UniqueId(id) => {
                (principal.unique_id.as_ref() == Some(id)).then_some(match principal.kind {
                    PrincipalKind::Role | PrincipalKind::RoleSession => Naming::Base,
                    _ => Naming::Direct,
                })
            }
            PrincipalPattern::Service(name) => itself(PrincipalKind::Service, name),
            PrincipalPattern::Federated(name) => itself(PrincipalKind::Federated, name),
            PrincipalPattern::CanonicalUser(id) => itself(PrincipalKind::CanonicalUser, id),
        }
    }
}

impl Base {
    fn is(&self, arn: &str) -> bool {
        match self {
            Base::Arn(own) => **own == *arn,
            Base::RoleName { account, name } => ArnParts::split(arn).is_some_and(|arn| {
                let role = arn.resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
                arn.service == "iam" && *arn.account == **account && role == Some(name)
            }),
        }
    }
}

/// Which levels of a principal a `NotPrincipal` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exemption {
    account: Truth,
    base: Truth,
    direct: Truth,
}

impl Exemption {
    pub(crate) const NONE: Exemption = Exemption { account: Truth::No, base: Truth::No, direct: Truth::No };

    /// Counts one listed principal; `Err(())` is a malformed one, which might name any level.
    pub(crate) fn count(&mut self, naming: Result<Option<Naming>, ()>) {
        match naming {
            Ok(None) => {}
            Ok(Some(Naming::Account)) => self.account = Truth::Yes,
            Ok(Some(Naming::Base)) => self.base = Truth::Yes,
            Ok(Some(Naming::Direct)) => self.direct = Truth::Yes,
            Err(()) => {
                self.account = self.account.or(Truth::Broken);
                self.base = self.base.or(Truth::Broken);
                self.direct = self.direct.or(Truth::Broken);
            }
        }
    }

    /// Whether a `Deny` leaves the principal alone. AWS may check the account, the role and the session one after the other, so
    /// each level that the principal has must be listed (*NotPrincipal with Deny*).
    pub(crate) fn leaves_out_of_deny(&self, principal: &Principal, everyone: bool) -> Truth {
        if everyone {
            return Truth::Yes;
        }
        let account = if principal.accounts.is_empty() { Truth::Yes } else { self.account };
        match principal.kind {
            PrincipalKind::Root => account,
            PrincipalKind::Role => account.and(self.base),
            PrincipalKind::RoleSession => account.and(self.base).and(self.direct),
            PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => self.direct,
            _ => account.and(self.direct),
        }
    }

    /// Whether an `Allow` leaves the principal out: if any of its levels is listed.
    pub(crate) fn leaves_out_of_allow(&self) -> Truth {
        self.account.or(self.base).or(self.direct)
    }
}
