//! A request: who wants to do what, on what.

use thiserror::Error;

use crate::policy::context::Context;

/// One question for the engine. It borrows its parts, so that asking about many actions or principals copies nothing.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What it wants to do.
    pub action: &'a Action,
    /// On what.
    pub resource: &'a Resource,
    /// What else is known.
    pub context: &'a Context,
}

impl Request<'_> {
    /// Whether principal and resource belong to different accounts. A resource whose account is not said belongs to the
    /// principal's.
    pub fn crosses_accounts(&self) -> bool {
        let mut owners = self.resource.accounts().peekable();
        owners.peek().is_some()
            && !owners.any(|owner| self.principal.accounts.iter().any(|account| **account == *owner))
    }
}

/// Why a part of a request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// An action is `service:Name`, without wildcards.
    #[error("an action is a service, a colon and a name, without wildcards: {0:?}")]
    Action(String),
    /// No principal looks like this.
    #[error("a principal is the ARN of a user, role, session or identity provider, an account, or a service: {0:?}")]
    Principal(String),
}

/// The name of an operation, such as `iam:CreateUser`. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Action {
    lower: Box<str>,
}

impl Action {
    /// Reads `service:Name`.
    ///
    /// # Errors
    /// [`RequestError::Action`] if it is not of that form.
    pub fn new(text: &str) -> Result<Action, RequestError> {
        match text.split_once(':') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() && !text.contains(['*', '?']) => {
                Ok(Action { lower: text.to_ascii_lowercase().into() })
            }
            _ => Err(RequestError::Action(text.to_string())),
        }
    }

    /// The action in lower case.
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// The service, in lower case.
    pub fn service(&self) -> &str {
        self.lower.split(':').next().unwrap_or_default()
    }
}

/// What is acted upon, by one name or two: a thing of this system has its native ARN and its WAMI ARN.
///
/// A pattern matches if it matches either name; `NotResource` applies if its patterns match neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    names: Vec<Box<str>>,
    account: Option<Box<str>>,
}

impl Resource {
    /// A resource with this ARN; `*` for actions that have no resource.
    pub fn new(arn: impl Into<Box<str>>) -> Resource {
        Resource { names: vec![arn.into()], account: None }
    }

    /// The same resource, having a second name.
    #[must_use]
    pub fn also_named(mut self, arn: impl Into<Box<str>>) -> Resource {
        let arn = arn.into();
        if !self.names.contains(&arn) {
            self.names.push(arn);
        }
        self
    }

    /// The same resource, owned by this account whatever its ARN says (bucket ARNs name no account).
    #[must_use]
    pub fn in_account(mut self, account: impl Into<Box<str>>) -> Resource {
        self.account = Some(account.into());
        self
    }

    /// Its names, the first one given first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    fn accounts(&self) -> impl Iterator<Item = &str> {
        let from_names =
            self.names.iter().filter_map(|name| name.split(':').nth(4)).filter(|account| !account.is_empty());
        let (said, derived) = match &self.account {
            Some(account) => (Some(&**account), None),
            None => (None, Some(from_names)),
        };
        said.into_iter().chain(derived.into_iter().flatten())
    }
}

/// What kind of principal asks. It decides which naming in a resource policy grants directly (AWS IAM User Guide, *Policy
/// evaluation logic*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An IAM user, with long-term keys or a session token of its own.
    User,
    /// A role without a session: for analyses of what its sessions may do.
    Role,
    /// A session of a role.
    RoleSession,
    /// A session that a user opened with `GetFederationToken`.
    FederatedUser,
    /// An account's root user.
    Root,
    /// A service, such as `ec2.amazonaws.com`.
    Service,
    /// Someone whom an identity provider vouches for and who has no session yet.
    Federated,
    /// An S3 canonical user.
    CanonicalUser,
    /// Nobody known.
    Anonymous,
}

/// Who asks: one principal under its one or two names, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(crate) kind: PrincipalKind,
    /// Its own names.
    pub(crate) names: Vec<Box<str>>,
    /// The role of a role session, or the user of a federated session.
    pub(crate) base: Vec<Base>,
    pub(crate) accounts: Vec<Box<str>>,
    pub(crate) unique_id: Option<Box<str>>,
    pub(crate) service_linked: bool,
}

/// The identity behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    /// Its ARN is known.
    Arn(Box<str>),
    /// Only account and role name are known: a session's ARN leaves out the role's path. Role names are unique in an account
    /// whatever their paths, so the name is enough.
    RoleName { account: Box<str>, name: Box<str> },
}

impl Principal {
    /// Reads a principal from its usual name: the ARN of a user, role, assumed role, federated user, root user or identity
    /// provider, an account id (its root user), a service's name, a web identity provider's name, or `*` for an anonymous caller.
    ///
    /// # Errors
    /// [`RequestError::Principal`] for anything else; a group is not a principal.
    pub fn parse(text: &str) -> Result<Principal, RequestError> {
        let refuse = || RequestError::Principal(text.to_string());
        if text == "*" {
            return Ok(Principal::anonymous());
        }
        if is_account_id(text) {
            return Ok(Principal::root(text));
        }
        if let Some(arn) = ArnParts::split(text) {
            let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
            let kind = match (arn.service, kind) {
                ("iam", "root") if rest.is_empty() => PrincipalKind::Root,
                ("iam", "user") => PrincipalKind::User,
                ("iam", "role") => PrincipalKind::Role,
                ("iam", "saml-provider" | "oidc-provider") => PrincipalKind::Federated,
                ("sts", "assumed-role") => PrincipalKind::RoleSession,
                ("sts", "federated-user") => PrincipalKind::FederatedUser,
                _ => return Err(refuse()),
            };
            if rest.is_empty() && kind != PrincipalKind::Root {
                return Err(refuse());
            }
            let mut principal = Principal::named(kind, text);
            principal.accounts = vec![arn.account.into()];
            principal.service_linked = kind == PrincipalKind::Role && rest.starts_with("aws-service-role/");
            if kind == PrincipalKind::RoleSession {
                let (role, session) = rest.split_once('/').ok_or_else(refuse)?;
                if session.is_empty() {
                    return Err(refuse());
                }
                principal.base = vec![Base::RoleName { account: arn.account.into(), name: role.into() }];
            }
            return Ok(principal);
        }
        let host = text.contains('.')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if !host {
            return Err(refuse());
        }
        let web_identity = !text.contains("amazonaws") || text == "cognito-identity.amazonaws.com";
        Ok(Principal::named(if web_identity { PrincipalKind::Federated } else { PrincipalKind::Service }, text))
    }

    /// A caller about whom nothing is known.
    pub fn anonymous() -> Principal {
        Principal {
            kind: PrincipalKind::Anonymous,
            names: Vec::new(),
            base: Vec::new(),
            accounts: Vec::new(),
            unique_id: None,
            service_linked: false,
        }
    }

    /// The root user of an account.
    pub fn root(account: &str) -> Principal {
        let mut principal = Principal::named(PrincipalKind::Root, &format!("arn:aws:iam::{account}:root"));
        principal.accounts = vec![account.into()];
        principal
    }

    /// A principal of this kind and name, in no account yet.
    pub fn named(kind: PrincipalKind, name: &str) -> Principal {
        Principal { kind, names: vec![name.into()], ..Principal::anonymous() }
    }

    /// The same principal, having a second ARN; it belongs to that ARN's account too.
    #[must_use]
    pub fn also_named(mut self, arn: &str) -> Principal {
        if !self.names.iter().any(|name| **name == *arn) {
            self.names.push(arn.into());
        }
        let account = ArnParts::split(arn).map(|arn| arn.account).unwrap_or_default();
        if account.is_empty() { self } else { self.in_account(account) }
    }

    /// The same principal, belonging to this account (too).
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Principal {
        if !self.accounts.iter().any(|other| **other == *account) {
            self.accounts.push(account.into());
        }
        self
    }

    /// The same session, of the role (or for a federated user, of the user) with this ARN. Call it once for each name.
    #[must_use]
    pub fn on_behalf_of(mut self, arn: &str) -> Principal {
        self.base.retain(|base| matches!(base, Base::Arn(_)));
        self.base.push(Base::Arn(arn.into()));
        self
    }

    /// The same principal with its stable id (`AIDA…`), or for a session that of its role (`AROA…`).
    #[must_use]
    pub fn with_unique_id(mut self, id: &str) -> Principal {
        self.unique_id = Some(id.into());
        self
    }

    /// The same role or session, being service-linked: guardrails do not bind it (AWS Organizations User Guide, *Service
    /// control policies*).
    #[must_use]
    pub fn service_linked(mut self) -> Principal {
        self.service_linked = true;
        self
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// Its names, the first one given first; none if anonymous.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Whether guardrails bind it: they bind the users and roles of their tenants, and nobody else.
    pub(crate) fn is_bound_by_guardrails(&self) -> bool {
        !self.service_linked
            && matches!(
                self.kind,
                PrincipalKind::User
                    | PrincipalKind::Role
                    | PrincipalKind::RoleSession
                    | PrincipalKind::FederatedUser
                    | PrincipalKind::Root
            )
    }
}

/// The parts of an ARN that a principal needs.
pub(crate) struct ArnParts<'a> {
    pub(crate) service: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> ArnParts<'a> {
    pub(crate) fn split(text: &'a str) -> Option<ArnParts<'a>> {
        let mut parts = text.splitn(6, ':');
        let (scheme, _, service, _, account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        (scheme == "arn").then_some(ArnParts { service, account, resource })
    }
}

/// Whether a text is an account's id: twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_told_apart_by_their_names() {
        for (text, kind) in [
            ("*", PrincipalKind::Anonymous),
            ("123456789012", PrincipalKind::Root),
            ("arn:aws:iam::123456789012:root", PrincipalKind::Root),
            ("arn:aws-cn:iam::123456789012:user/a/b", PrincipalKind::User),
            ("arn:wami:iam::123456789012:role/x", PrincipalKind::Role),
            ("arn:aws:sts::123456789012:assumed-role/r/s", PrincipalKind::RoleSession),
            ("arn:aws:sts::123456789012:federated-user/f", PrincipalKind::FederatedUser),
            ("arn:aws:iam::123456789012:saml-provider/p", PrincipalKind::Federated),
            ("ec2.amazonaws.com", PrincipalKind::Service),
            ("cognito-identity.amazonaws.com", PrincipalKind::Federated),
            ("accounts.google.com", PrincipalKind::Federated),
        ] {
            assert_eq!(Principal::parse(text).unwrap().kind(), kind, "{text}");
        }
        for text in [
            "",
            "arn:aws:iam::1:group/g",
            "arn:aws:iam::1:user/",
            "arn:aws:sts::1:assumed-role/r",
            "nobody",
            "arn:aws:s3:::b",
        ] {
            assert!(Principal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_are_compared_by_any_name() {
        let user = Principal::parse("arn:aws:iam::111111111111:user/a")
            .unwrap()
            .also_named("arn:wami:iam::999999999999:user/a");
        let action = Action::new("s3:GetObject").unwrap();
        let context = Context::new();
        let crosses = |resource: Resource| {
            Request { principal: &user, action: &action, resource: &resource, context: &context }.crosses_accounts()
        };
        assert!(!crosses(Resource::new("arn:aws:s3:::b")));
        assert!(crosses(Resource::new("arn:aws:s3:::b").in_account("222222222222")));
        assert!(!crosses(Resource::new("arn:aws:iam::111111111111:user/b")));
        assert!(!crosses(Resource::new("arn:wami:iam::999999999999:user/b")));
        assert!(crosses(Resource::new("arn:aws:iam::333333333333:user/b")));
    }

    #[test]
    fn actions_have_no_wildcards_and_no_case() {
        assert_eq!(Action::new("IAM:CreateUser").unwrap(), Action::new("iam:createuser").unwrap());
        assert_eq!(Action::new("iam:CreateUser").unwrap().service(), "iam");
        for text in ["", "*", "iam", "iam:", ":x", "iam:Get*"] {
            assert!(Action::new(text).is_err(), "{text}");
        }
    }
}
