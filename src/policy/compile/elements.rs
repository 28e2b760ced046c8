//! `Action`, `Resource`, `Principal` and their `Not` forms.

use super::{Compiler, Place};
use crate::policy::document::DocumentKind;
use crate::policy::glob::{Glob, Token, plain_token};
use crate::policy::json::{Member, Node, Value};
use crate::policy::pattern::{Pattern, PatternProblem, Wildcards};
use crate::policy::principal::PrincipalPattern;
use crate::policy::statement::{Entry, FlawId, Listed};

impl Compiler<'_> {
    fn list<T>(
        &mut self,
        place: &Place,
        found: (&Member, bool),
        mut compile: impl FnMut(&mut Self, &Place, &str) -> Entry<T>,
    ) -> Listed<T> {
        let (member, negated) = found;
        let at = Place::member(&place.pointer, member);
        let items = match self.items(&at, &member.node, &member.name) {
            Ok(items) => items,
            Err(flaw) => return Listed::Flawed(flaw),
        };
        let entries = items
            .into_iter()
            .map(|(at, node)| match node.as_str() {
                Some(text) => compile(self, &at, text),
                None => Entry::Flawed(self.flaw("wrong_type", &at, format!("{} holds strings.", member.name))),
            })
            .collect();
        if negated { Listed::Not(entries) } else { Listed::Is(entries) }
    }

    pub(super) fn actions(&mut self, place: &Place, node: &Node) -> Listed<Glob> {
        match self.one_of(place, node, "Action", "NotAction") {
            Err(flaw) => Listed::Flawed(flaw),
            Ok(None) => {
                Listed::Flawed(self.flaw("missing_action", place, "The statement has neither Action nor NotAction."))
            }
            Ok(Some(found)) => self.list(place, found, |compiler, at, text| match action_glob(text) {
                Some(glob) => Entry::Good(glob),
                None => Entry::Flawed(compiler.flaw(
                    "malformed_action",
                    at,
                    "An action is \"*\", or a service without wildcards, a colon and a name, such as \"s3:Get*\".",
                )),
            }),
        }
    }

    pub(super) fn resources(&mut self, place: &Place, node: &Node) -> Listed<Pattern> {
        let kind = self.document.kind();
        match self.one_of(place, node, "Resource", "NotResource") {
            Err(flaw) => Listed::Flawed(flaw),
            Ok(None) if kind.names_principals() => Listed::Absent,
            Ok(None) => Listed::Flawed(self.flaw(
                "missing_resource",
                place,
                "The statement has neither Resource nor NotResource.",
            )),
            Ok(Some((member, _))) if kind == DocumentKind::Trust => {
                let at = Place::member(&place.pointer, member);
                Listed::Flawed(self.flaw(
                    "resource_in_trust_policy",
                    &at,
                    "A trust policy is about its own role and names no resource.",
                ))
            }
            Ok(Some(found)) => self.list(place, found, |compiler, at, text| {
                if !kind.names_principals() && !text.starts_with("arn:") && !text.starts_with('*') {
                    return Entry::Flawed(compiler.flaw("malformed_resource", at, "A resource is \"*\" or an ARN."));
                }
                compiler.pattern(at, text, Wildcards::Segments)
            }),
        }
    }

    pub(super) fn pattern(&mut self, at: &Place, text: &str, wildcards: Wildcards) -> Entry<Pattern> {
        match Pattern::new(text, wildcards, self.variables) {
            Ok(pattern) => Entry::Good(pattern),
            Err(problem) => Entry::Flawed(self.pattern_flaw(at, problem)),
        }
    }

    pub(super) fn pattern_flaw(&mut self, at: &Place, problem: PatternProblem) -> FlawId {
        let message = match problem {
            PatternProblem::Unclosed => "The variable that begins with \"${\" is not closed with \"}\".",
            PatternProblem::BadVariable => "A variable is \"${key}\" or \"${key, 'default'}\".",
            PatternProblem::VariableInArnHead => {
                "A variable may stand only in the last part of an ARN, after the fifth colon."
            }
        };
        match problem {
            PatternProblem::VariableInArnHead => self.lesser_flaw("variable_in_arn_head", at, message),
            _ => self.flaw("malformed_variable", at, message),
        }
    }

    pub(super) fn principals(&mut self, place: &Place, node: &Node) -> Listed<PrincipalPattern> {
        let found = match self.one_of(place, node, "Principal", "NotPrincipal") {
            Err(flaw) => return Listed::Flawed(flaw),
            Ok(found) => found,
        };
        let Some((member, negated)) = found else {
            if self.document.kind().names_principals() {
                return Listed::Flawed(self.flaw(
                    "missing_principal",
                    place,
                    "The statement has neither Principal nor NotPrincipal.",
                ));
            }
            return Listed::Absent;
        };
        let at = Place::member(&place.pointer, member);
        if !self.document.kind().names_principals() {
            let message = format!("{} does not belong in a policy of this kind.", member.name);
            return Listed::Flawed(self.flaw("principal_not_allowed", &Place::name(&place.pointer, member), message));
        }
        let mut entries = Vec::new();
        match &member.node.value {
            Value::String(text) if &**text == "*" => entries.push(Entry::Good(PrincipalPattern::Everyone)),
            Value::Object(types) if !types.is_empty() => {
                for kind in types {
                    if kind.repeated {
                        entries.push(Entry::Flawed(self.repeated(&at.pointer, kind)));
                        continue;
                    }
                    match self.items(&Place::member(&at.pointer, kind), &kind.node, &kind.name) {
                        Err(flaw) => entries.push(Entry::Flawed(flaw)),
                        Ok(items) => {
                            for (at, item) in items {
                                let pattern = item.as_str().and_then(|text| PrincipalPattern::parse(&kind.name, text));
                                entries.push(match pattern {
                                    Some(pattern) => Entry::Good(pattern),
                                    None => Entry::Flawed(self.flaw(
                                        "malformed_principal",
                                        &at,
                                        "This does not name a principal.",
                                    )),
                                });
                            }
                        }
                    }
                }
            }
            _ => {
                let message = "A principal is \"*\" or an object of AWS, Service, Federated or CanonicalUser.";
                return Listed::Flawed(self.flaw("malformed_principal", &at, message));
            }
        }
        if negated { Listed::Not(entries.into()) } else { Listed::Is(entries.into()) }
    }
}

/// The pattern of an action, in lower case; `None` if it is malformed. A wildcard does not stand for a service, except that
/// `*` and `*:*` stand for everything (AWS IAM User Guide, *IAM JSON policy elements: Action*).
pub(crate) fn action_glob(text: &str) -> Option<Glob> {
    if text == "*" || text == "*:*" {
        return Some(Glob::Any);
    }
    let (service, name) = text.split_once(':')?;
    let service_is_plain =
        !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !service_is_plain || name.is_empty() || name.contains(':') || name.contains(char::is_whitespace) {
        return None;
    }
    let tokens: Vec<Token> = text.chars().map(|c| plain_token(c.to_ascii_lowercase())).collect();
    Some(Glob::from_tokens(&tokens))
}
