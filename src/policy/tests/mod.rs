//! Whole decisions: a table of cases for each rule, with the AWS document that it comes from, and the engine's laws.

mod covering;
mod explanations;
mod layers;
mod matching;
mod operators;
mod properties;
mod undecidable;

use std::sync::Arc;

use crate::policy::{
    Action, Attached, Context, GrantPath, Outcome, PolicySet, Principal, Request, Resource, Source, Undecidable,
    decide, evaluate,
};

pub(super) const ADA: &str = "arn:aws:iam::111111111111:user/ada";
pub(super) const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
pub(super) const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/s1";
pub(super) const OBJECT: &str = "arn:aws:s3:::bucket/key";

/// A question with dull defaults: Ada of account 1 gets an object of her own account.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) principal: Principal,
    pub(super) action: Action,
    pub(super) resource: Resource,
    pub(super) context: Context,
    pub(super) set: PolicySet,
}

pub(super) fn ask() -> Ask {
    Ask {
        principal: Principal::parse(ADA).unwrap(),
        action: Action::new("s3:GetObject").unwrap(),
        resource: Resource::new(OBJECT),
        context: Context::new(),
        set: PolicySet { paths: vec![GrantPath::default()], ..PolicySet::default() },
    }
}

impl Ask {
    pub(super) fn by(mut self, principal: &str) -> Ask {
        self.principal = Principal::parse(principal).unwrap();
        self
    }

    pub(super) fn to(mut self, action: &str) -> Ask {
        self.action = Action::new(action).unwrap();
        self
    }

    pub(super) fn on(mut self, resource: &str) -> Ask {
        self.resource = Resource::new(resource);
        self
    }

    pub(super) fn of_account(mut self, account: &str) -> Ask {
        self.resource = self.resource.in_account(account);
        self
    }

    pub(super) fn with(mut self, key: &str, values: &[&str]) -> Ask {
        self.context.set_all(key, values.iter().copied());
        self
    }

    pub(super) fn unknown(mut self, key: &str) -> Ask {
        self.context.set_unknown(key);
        self
    }

    pub(super) fn identity(mut self, statements: &str) -> Ask {
        let count = self.set.paths[0].identity.len();
        self.set.paths[0].identity.push(attached(Source::UserInline, &format!("identity-{count}"), statements));
        self
    }

    pub(super) fn boundary(mut self, statements: &str) -> Ask {
        self.set.paths[0].boundary = Some(vec![attached(Source::Boundary, "boundary", statements)]);
        self
    }

    pub(super) fn session(mut self, statements: &str) -> Ask {
        self.set.paths[0].session = Some(vec![attached(Source::Session, "session", statements)]);
        self
    }

    pub(super) fn resource_policy(mut self, statements: &str) -> Ask {
        self.set.resource = Some(attached(Source::Resource, "resource", statements));
        self
    }

    pub(super) fn trust(mut self, statements: &str) -> Ask {
        self.set.resource = Some(attached(Source::Trust, "trust", statements));
        self
    }

    pub(super) fn guardrail(mut self, statements: &str) -> Ask {
        let tenant: Arc<str> = format!("level-{}", self.set.guardrails.len()).into();
        self.set.guardrails.push(vec![attached(Source::Guardrail { tenant: tenant.clone() }, &tenant, statements)]);
        self
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request { principal: &self.principal, action: &self.action, resource: &self.resource, context: &self.context }
    }

    pub(super) fn result(&self) -> Result<Outcome, Undecidable> {
        let decision = evaluate(&self.request(), &self.set);
        assert_eq!(
            decide(&self.request(), &self.set),
            decision.as_ref().map(|decision| decision.outcome).map_err(Clone::clone)
        );
        decision.map(|decision| decision.outcome)
    }

    #[track_caller]
    pub(super) fn gets(&self, expected: Outcome) {
        assert_eq!(self.result(), Ok(expected));
    }
}

/// A policy in its place; the text is a whole document or the statements of one of version 2012-10-17.
pub(super) fn attached(source: Source, name: &str, text: &str) -> Attached {
    let whole = text.trim_start().starts_with("{\"Version\"") || text.contains("\"Statement\"");
    let text = if whole { text.to_string() } else { format!(r#"{{"Version":"2012-10-17","Statement":[{text}]}}"#) };
    Attached::read(source, name, &text)
}

pub(super) const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
pub(super) const ALLOW_READ: &str = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#;
pub(super) const ALLOW_OTHER: &str = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
pub(super) const DENY_READ: &str = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#;
