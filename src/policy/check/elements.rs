//! Elements: `Version`, `Id`, `Sid`, and which element stands with which (AWS IAM User Guide, *Grammar of the IAM JSON policy language*
//! and the page of each element).

use std::collections::HashSet;

use super::{Checker, Place, StatementView};
use crate::policy::document::{DocumentKind, step};
use crate::policy::finding::{Fix, Severity};
use crate::policy::principal::PrincipalPattern;
use crate::policy::statement::{Effect, Entry, Listed};

impl Checker<'_> {
    pub(super) fn document_elements(&mut self) {
        let root = self.document.root();
        let text = self.document.text().clone();
        match root.get("Version").map(|member| member.node.as_str()) {
            None => {
                let message =
                    "The document has no Version and so counts as 2008-10-17, where variables are plain text.";
                let insert = root.span.start + 1;
                let fix = Fix {
                    title: "Add the current version".into(),
                    offset: insert,
                    length: 0,
                    text: "\"Version\": \"2012-10-17\", ".into(),
                };
                self.say(Severity::Warning, "missing_version", self.whole(), message).fix = Some(fix);
            }
            Some(Some("2008-10-17")) => {
                let severity = if text.contains("${") { Severity::Warning } else { Severity::Suggestion };
                let message = "Version 2008-10-17 is outdated; variables are plain text in it.";
                let finding = self.say(severity, "old_version", self.top("Version"), message);
                let (offset, length) = (finding.location.offset, finding.location.length);
                finding.fix =
                    Some(Fix { title: "Use 2012-10-17".into(), offset, length, text: "\"2012-10-17\"".into() });
            }
            _ => {}
        }
        if let Some(member) = root.get("Id") {
            if member.node.as_str().is_none() {
                self.say(Severity::Error, "wrong_type", self.top("Id"), "Id is a string.");
            } else if !self.document.kind().names_principals() {
                self.say(
                    Severity::Warning,
                    "id_not_used",
                    self.top("Id"),
                    "Id has no meaning in a policy of this kind.",
                );
            }
        }
        let mut sids = HashSet::new();
        let document = self.document;
        for (pointer, node) in document.statements() {
            let Some(member) = node.get("Sid") else { continue };
            let Some(sid) = member.node.as_str() else { continue };
            let at = Place { pointer: step(&pointer, "Sid"), span: member.node.span };
            let plain = !sid.is_empty() && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !plain && document.kind() != DocumentKind::Resource {
                self.say(Severity::Error, "malformed_sid", at.clone(), "A Sid consists of letters and digits only.");
            }
            if !sids.insert(sid) && !sid.is_empty() {
                self.say(Severity::Error, "repeated_sid", at, format!("Another statement has the Sid {sid:?}."));
            }
        }
    }

    pub(super) fn statement_elements(&mut self, statement: &StatementView) {
        let Some(compiled) = statement.compiled else { return };
        let unconditional = compiled.conditions.is_empty();
        let everything = |name: &str| statement.strings(name).iter().any(|(_, text)| *text == "*");
        if statement.allows() && statement.element("NotAction").is_some() && everything("Resource") {
            let message =
                "An Allow with NotAction grants every action that is not listed, those of services to come among them.";
            self.say(Severity::SecurityWarning, "allow_with_not_action", statement.at("NotAction"), message);
        }
        if statement.allows() && statement.element("NotResource").is_some() {
            let message = "An Allow with NotResource grants access to everything that is not listed.";
            self.say(Severity::SecurityWarning, "allow_with_not_resource", statement.at("NotResource"), message);
        }
        if statement.allows() && self.grants_pass_role_on_everything(statement, everything("Resource")) && unconditional
        {
            let message = "iam:PassRole on every role lets its holder hand any role to a service. List the roles, or add a condition on iam:PassedToService.";
            self.say(Severity::SecurityWarning, "pass_role_on_everything", statement.at("Resource"), message);
        }
        self.principals(statement, unconditional);
        if self.document.kind() == DocumentKind::Trust {
            self.trust(statement);
        }
    }

    fn grants_pass_role_on_everything(&self, statement: &StatementView, on_everything: bool) -> bool {
        // The bare star is a choice that nobody makes by accident.
        let names_it = |text: &str| {
            text != "*" && crate::policy::compile::action_glob(text).is_some_and(|glob| glob.matches("iam:passrole"))
        };
        on_everything && statement.strings("Action").iter().any(|(_, text)| names_it(text))
    }

    fn principals(&mut self, statement: &StatementView, unconditional: bool) {
        let Some(compiled) = statement.compiled else { return };
        match (&compiled.principals, compiled.effect) {
            (Listed::Not(_), Ok(Effect::Allow)) => {
                let message = "An Allow with NotPrincipal grants to everyone who is not listed, the anonymous among them. List the principals instead.";
                self.say(Severity::Error, "allow_with_not_principal", statement.at("NotPrincipal"), message);
            }
            (Listed::Not(entries), Ok(Effect::Deny)) => {
                let names_account =
                    entries.iter().any(|entry| matches!(entry, Entry::Good(PrincipalPattern::Account(_))));
                let names_arn = entries.iter().any(|entry| matches!(entry, Entry::Good(PrincipalPattern::Arn(_))));
                if names_arn && !names_account {
                    let message = "A Deny with NotPrincipal must list the account of each principal as well (for a session its role too), else it denies them all.";
                    self.say(Severity::Warning, "not_principal_without_account", statement.at("NotPrincipal"), message);
                }
            }
            (Listed::Is(entries), Ok(Effect::Allow))
                if unconditional && entries.contains(&Entry::Good(PrincipalPattern::Everyone)) =>
            {
                let message =
                    "This grants to everyone, the anonymous among them. Name the principals or add a condition.";
                self.say(Severity::SecurityWarning, "allow_everyone", statement.at("Principal"), message);
            }
            _ => {}
        }
    }

    /// What AWS asks of trust policies, and that nobody trusts a whole public identity provider.
    fn trust(&mut self, statement: &StatementView) {
        for name in ["Action", "NotAction"] {
            for (at, action) in statement.strings(name) {
                let action = action.to_ascii_lowercase();
                let fits = action.starts_with("sts:assumerole")
                    || matches!(&*action, "sts:tagsession" | "sts:setsourceidentity" | "sts:*");
                if !fits && crate::policy::compile::action_glob(&action).is_some() {
                    let message = "A trust policy is about sts:AssumeRole and its like, sts:TagSession and sts:SetSourceIdentity only.";
                    self.say(Severity::Error, "not_a_trust_action", at, message);
                }
            }
        }
        let Some(compiled) = statement.compiled else { return };
        let Listed::Is(principals) = &compiled.principals else { return };
        for principal in principals {
            let Entry::Good(PrincipalPattern::Federated(provider)) = principal else { continue };
            let open_id = !provider.contains(":saml-provider/");
            let checks_claim = compiled.conditions.iter().any(|condition| {
                ["aud", "sub", "app_id", "amr"].iter().any(|claim| condition.key.name.ends_with(&format!(":{claim}")))
            });
            if statement.allows() && open_id && !checks_claim {
                let public = PUBLIC_ISSUERS.iter().any(|issuer| provider.ends_with(issuer));
                let severity = if public { Severity::Error } else { Severity::SecurityWarning };
                let message = "Everyone whom this provider knows may assume the role. Add a condition on the token's audience and subject.";
                self.say(severity, "open_federation", statement.at("Principal"), message);
            }
        }
    }
}

/// Identity providers that give a token to anybody.
const PUBLIC_ISSUERS: &[&str] = &[
    "accounts.google.com",
    "app.terraform.io",
    "cognito-identity.amazonaws.com",
    "gitlab.com",
    "graph.facebook.com",
    "token.actions.githubusercontent.com",
    "www.amazon.com",
];
