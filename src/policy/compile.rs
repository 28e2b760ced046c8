//! From a document to a policy that decides: everything that can be prepared is prepared here, once.

use std::sync::Arc;

use crate::policy::condition::{BoolValue, Condition, Test};
use crate::policy::context::ContextKey;
use crate::policy::document::{Document, DocumentKind, step};
use crate::policy::finding::{Finding, Severity};
use crate::policy::glob::{Glob, Token, plain_token};
use crate::policy::json::{Member, Node, Value};
use crate::policy::operator::{Family, Operator};
use crate::policy::pattern::{ArnPattern, Pattern, PatternProblem, Wildcards};
use crate::policy::principal::PrincipalPattern;
use crate::policy::scalar::{Base64, Decimal, Moment, Network, parse_bool};
use crate::policy::statement::{Effect, Entry, FlawId, Listed, Statement};

/// A policy ready to decide. Immutable; share it in an [`Arc`].
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledPolicy {
    document: Arc<Document>,
    pub(crate) statements: Box<[Statement]>,
    flaws: Vec<Finding>,
    /// A flaw of the document as a whole, such as an unknown version: no decision can be made with the policy.
    pub(crate) wide_flaw: Option<FlawId>,
}

impl CompiledPolicy {
    /// Reads and compiles a text, leniently: what is malformed inside becomes a [flaw](CompiledPolicy::flaws), and decisions that
    /// depend on it are refused.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read(text: &str, kind: DocumentKind) -> Result<CompiledPolicy, Vec<Finding>> {
        Ok(CompiledPolicy::new(Arc::new(Document::read(text, kind)?)))
    }

    /// Reads and compiles a text and accepts no flaw: for imports, where whatever AWS would have refused is an error.
    ///
    /// # Errors
    /// All that is wrong with it; never empty.
    pub fn read_sound(text: &str, kind: DocumentKind) -> Result<CompiledPolicy, Vec<Finding>> {
        let policy = CompiledPolicy::read(text, kind)?;
        if policy.flaws.is_empty() { Ok(policy) } else { Err(policy.flaws) }
    }

    /// Compiles a document.
    pub fn new(document: Arc<Document>) -> CompiledPolicy {
        let mut compiler = Compiler { document: &document, variables: false, flaws: Vec::new() };
        let wide_flaw = compiler.document_flaw();
        let statements = document.statements().map(|(pointer, node)| compiler.statement(pointer, node)).collect();
        let flaws = compiler.flaws;
        CompiledPolicy { document, statements, flaws, wide_flaw }
    }

    /// The document that it was compiled from.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// What is malformed in it, in the order of the text; each is an error with the place and the reason.
    pub fn flaws(&self) -> &[Finding] {
        &self.flaws
    }

    pub(crate) fn flaw(&self, id: FlawId) -> Option<&Finding> {
        self.flaws.get(id.0 as usize)
    }
}

struct Compiler<'a> {
    document: &'a Document,
    variables: bool,
    flaws: Vec<Finding>,
}

impl Compiler<'_> {
    fn flaw(&mut self, code: &'static str, pointer: &str, message: impl Into<String>) -> FlawId {
        let id = FlawId(self.flaws.len() as u32);
        self.flaws.push(self.document.finding(Severity::Error, code, pointer.to_string(), message));
        id
    }

    /// A flaw at a name rather than at a value.
    fn name_flaw(&mut self, code: &'static str, pointer: &str, member: &Member, message: String) -> FlawId {
        let id = FlawId(self.flaws.len() as u32);
        let location = self.document.locate_span(member.name_span);
        self.flaws.push(Finding { severity: Severity::Error, code: code.into(), message, pointer: pointer.to_string(), location });
        id
    }

    fn document_flaw(&mut self) -> Option<FlawId> {
        let document = self.document;
        let mut flaw = None;
        for member in document.root().as_object().unwrap_or_default() {
            let pointer = step("", &member.name);
            let found = match &*member.name {
                _ if member.repeated => Some(self.repeated(&pointer, member)),
                "Version" => match member.node.as_str() {
                    Some("2012-10-17") => {
                        self.variables = true;
                        None
                    }
                    Some("2008-10-17") => None,
                    _ => Some(self.flaw("unknown_version", &pointer, "Version is \"2012-10-17\" or \"2008-10-17\".")),
                },
                "Id" | "Statement" => None,
                name => {
                    let message = format!("A policy has no element {name:?}; it has Version, Id and Statement.");
                    Some(self.name_flaw("unknown_element", &pointer, member, message))
                }
            };
            flaw = flaw.or(found);
        }
        flaw
    }

    fn repeated(&mut self, pointer: &str, member: &Member) -> FlawId {
        self.name_flaw("repeated_element", pointer, member, format!("{:?} occurs twice in the same object.", member.name))
    }

    fn statement(&mut self, pointer: String, node: &Node) -> Statement {
        let mut flaw = None;
        for member in node.as_object().unwrap_or_default() {
            let at = step(&pointer, &member.name);
            let known = matches!(
                &*member.name,
                "Sid" | "Effect" | "Principal" | "NotPrincipal" | "Action" | "NotAction" | "Resource" | "NotResource" | "Condition"
            );
            let found = if member.repeated {
                Some(self.repeated(&at, member))
            } else if !known {
                let message = format!("A statement has no element {:?}.", member.name);
                Some(self.name_flaw("unknown_element", &at, member, message))
            } else if &*member.name == "Sid" && member.node.as_str().is_none() {
                Some(self.flaw("wrong_type", &at, "Sid is a string."))
            } else {
                None
            };
            flaw = flaw.or(found);
        }
        let effect = self.effect(&pointer, node);
        let principals = self.principals(&pointer, node);
        let actions = self.actions(&pointer, node);
        let resources = self.resources(&pointer, node);
        let conditions = self.conditions(&pointer, node);
        Statement {
            line: u32::try_from(self.document.locate_span(node.span).line).unwrap_or(u32::MAX),
            sid: node.get("Sid").and_then(|member| member.node.as_str()).map(Into::into),
            pointer: pointer.into(),
            flaw,
            effect,
            principals,
            actions,
            resources,
            conditions,
        }
    }

    fn effect(&mut self, pointer: &str, node: &Node) -> Result<Effect, FlawId> {
        match node.get("Effect").map(|member| member.node.as_str()) {
            Some(Some("Allow")) => Ok(Effect::Allow),
            Some(Some("Deny")) => Ok(Effect::Deny),
            Some(_) => Err(self.flaw("unknown_effect", &step(pointer, "Effect"), "Effect is \"Allow\" or \"Deny\".")),
            None => Err(self.flaw("missing_effect", pointer, "The statement has no Effect.")),
        }
    }

    /// The one of an element and its `Not` form that is there: `Ok(None)` if neither is.
    fn one_of<'n>(&mut self, pointer: &str, node: &'n Node, name: &str, not: &str) -> Result<Option<(&'n Member, bool)>, FlawId> {
        match (node.get(name), node.get(not)) {
            (Some(_), Some(_)) => {
                Err(self.flaw("both_forms", &step(pointer, not), format!("A statement has {name} or {not}, not both.")))
            }
            (Some(member), None) => Ok(Some((member, false))),
            (None, Some(member)) => Ok(Some((member, true))),
            (None, None) => Ok(None),
        }
    }

    /// The items of a string or a list of strings with their pointers; a flaw if it is neither or empty.
    fn items<'n>(&mut self, pointer: &str, node: &'n Node, what: &str) -> Result<Vec<(String, &'n Node)>, FlawId> {
        match &node.value {
            Value::String(_) => Ok(vec![(pointer.to_string(), node)]),
            Value::Array(items) if items.is_empty() => {
                Err(self.flaw("empty_list", pointer, format!("{what} must not be an empty list.")))
            }
            Value::Array(items) => {
                Ok(items.iter().enumerate().map(|(index, item)| (step(pointer, &index.to_string()), item)).collect())
            }
            _ => Err(self.flaw("wrong_type", pointer, format!("{what} is a string or a list of strings."))),
        }
    }

    fn list<T>(
        &mut self,
        pointer: &str,
        found: (&Member, bool),
        mut compile: impl FnMut(&mut Self, &str, &str) -> Entry<T>,
    ) -> Listed<T> {
        let (member, negated) = found;
        let at = step(pointer, &member.name);
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

    fn actions(&mut self, pointer: &str, node: &Node) -> Listed<Glob> {
        match self.one_of(pointer, node, "Action", "NotAction") {
            Err(flaw) => Listed::Flawed(flaw),
            Ok(None) => Listed::Flawed(self.flaw("missing_action", pointer, "The statement has neither Action nor NotAction.")),
            Ok(Some(found)) => self.list(pointer, found, |compiler, at, text| match action_glob(text) {
                Some(glob) => Entry::Good(glob),
                None => Entry::Flawed(compiler.flaw(
                    "malformed_action",
                    at,
                    "An action is \"*\", or a service without wildcards, a colon and a name, such as \"s3:Get*\".",
                )),
            }),
        }
    }

    fn resources(&mut self, pointer: &str, node: &Node) -> Listed<Pattern> {
        let kind = self.document.kind();
        match self.one_of(pointer, node, "Resource", "NotResource") {
            Err(flaw) => Listed::Flawed(flaw),
            Ok(None) if kind.names_principals() => Listed::Absent,
            Ok(None) => {
                Listed::Flawed(self.flaw("missing_resource", pointer, "The statement has neither Resource nor NotResource."))
            }
            Ok(Some((member, _))) if kind == DocumentKind::Trust => {
                let at = step(pointer, &member.name);
                Listed::Flawed(self.flaw("resource_in_trust_policy", &at, "A trust policy is about its own role and names no resource."))
            }
            Ok(Some(found)) => self.list(pointer, found, |compiler, at, text| {
                if !kind.names_principals() && !text.starts_with("arn:") && !text.starts_with('*') {
                    return Entry::Flawed(compiler.flaw("malformed_resource", at, "A resource is \"*\" or an ARN."));
                }
                compiler.pattern(at, text, Wildcards::Segments)
            }),
        }
    }

    fn pattern(&mut self, at: &str, text: &str, wildcards: Wildcards) -> Entry<Pattern> {
        match Pattern::new(text, wildcards, self.variables) {
            Ok(pattern) => Entry::Good(pattern),
            Err(problem) => Entry::Flawed(self.pattern_flaw(at, problem)),
        }
    }

    fn pattern_flaw(&mut self, at: &str, problem: PatternProblem) -> FlawId {
        let message = match problem {
            PatternProblem::Unclosed => "The variable that begins with \"${\" is not closed with \"}\".",
            PatternProblem::BadVariable => "A variable is \"${key}\" or \"${key, 'default'}\".",
            PatternProblem::VariableInArnHead => "A variable may stand only in the last part of an ARN, after the fifth colon.",
        };
        self.flaw("malformed_variable", at, message)
    }

    fn principals(&mut self, pointer: &str, node: &Node) -> Listed<PrincipalPattern> {
        let found = match self.one_of(pointer, node, "Principal", "NotPrincipal") {
            Err(flaw) => return Listed::Flawed(flaw),
            Ok(found) => found,
        };
        let Some((member, negated)) = found else {
            if self.document.kind().names_principals() {
                return Listed::Flawed(self.flaw("missing_principal", pointer, "The statement has neither Principal nor NotPrincipal."));
            }
            return Listed::Absent;
        };
        let at = step(pointer, &member.name);
        if !self.document.kind().names_principals() {
            let message = format!("{} does not belong in a policy of this kind.", member.name);
            return Listed::Flawed(self.name_flaw("principal_not_allowed", &at, member, message));
        }
        let mut entries = Vec::new();
        match &member.node.value {
            Value::String(text) if &**text == "*" => entries.push(Entry::Good(PrincipalPattern::Everyone)),
            Value::Object(types) if !types.is_empty() => {
                for kind in types {
                    let at = step(&at, &kind.name);
                    if kind.repeated {
                        entries.push(Entry::Flawed(self.repeated(&at, kind)));
                        continue;
                    }
                    match self.items(&at, &kind.node, &kind.name) {
                        Err(flaw) => entries.push(Entry::Flawed(flaw)),
                        Ok(items) => {
                            for (at, item) in items {
                                let pattern = item.as_str().and_then(|text| PrincipalPattern::parse(&kind.name, text));
                                entries.push(match pattern {
                                    Some(pattern) => Entry::Good(pattern),
                                    None => Entry::Flawed(self.flaw("malformed_principal", &at, "This does not name a principal.")),
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

    fn conditions(&mut self, pointer: &str, node: &Node) -> Box<[Condition]> {
        let Some(member) = node.get("Condition") else { return Box::default() };
        let at = step(pointer, "Condition");
        let Some(operators) = member.node.as_object() else {
            let flaw = self.flaw("wrong_type", &at, "Condition is an object of operators.");
            return [flawed_condition(&at, flaw)].into();
        };
        let mut conditions = Vec::new();
        for operator in operators {
            let at = step(&at, &operator.name);
            let parsed = Operator::parse(&operator.name);
            let keys = operator.node.as_object();
            let flaw = if operator.repeated {
                Some(self.repeated(&at, operator))
            } else if parsed.is_none() {
                let message = format!("There is no condition operator {:?}.", operator.name);
                Some(self.name_flaw("unknown_operator", &at, operator, message))
            } else if keys.is_none() {
                Some(self.flaw("wrong_type", &at, "An operator holds an object of keys and values."))
            } else {
                None
            };
            match (flaw, parsed, keys) {
                (None, Some(operator), Some(keys)) => {
                    for key in keys {
                        conditions.push(self.condition(&step(&at, &key.name), operator, key));
                    }
                }
                (Some(flaw), ..) => conditions.push(flawed_condition(&at, flaw)),
                _ => {}
            }
        }
        conditions.into()
    }

    fn condition(&mut self, at: &str, operator: Operator, member: &Member) -> Condition {
        let test = if member.repeated {
            Test::Flawed(self.repeated(at, member))
        } else if member.name.trim().is_empty() {
            Test::Flawed(self.name_flaw("empty_key", at, member, "A condition key must have a name.".into()))
        } else {
            match self.condition_values(at, &member.node) {
                Err(flaw) => Test::Flawed(flaw),
                Ok(values) => self.test(operator, &values),
            }
        };
        Condition { operator, key: ContextKey::new(&member.name), test, pointer: at.into() }
    }

    /// The values of a condition as texts, with their pointers.
    fn condition_values(&mut self, at: &str, node: &Node) -> Result<Vec<(String, Box<str>)>, FlawId> {
        let scalars: Vec<(String, &Node)> = match &node.value {
            Value::Array(items) if items.is_empty() => {
                return Err(self.flaw("empty_list", at, "A condition needs at least one value."));
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, item)| (step(at, &index.to_string()), item)).collect()
            }
            _ => vec![(at.to_string(), node)],
        };
        let mut values = Vec::with_capacity(scalars.len());
        for (at, scalar) in scalars {
            match &scalar.value {
                Value::String(text) | Value::Number(text) => values.push((at, text.clone())),
                Value::Bool(value) => values.push((at, value.to_string().into())),
                _ => return Err(self.flaw("wrong_type", &at, "A condition value is a string, a number or a Boolean.")),
            }
        }
        Ok(values)
    }

    fn test(&mut self, operator: Operator, values: &[(String, Box<str>)]) -> Test {
        match operator.family {
            Family::StringEquals => Test::Text(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Literal))),
            Family::StringLike => Test::Text(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Everywhere))),
            Family::StringEqualsIgnoreCase => {
                Test::TextIgnoreCase(self.entries(values, |c, at, text| c.pattern(at, text, Wildcards::Literal)))
            }
            Family::Numeric(comparison) => {
                Test::Number(comparison, self.scalars(values, "a number", |text| Decimal::parse(text).map(|_| text.into())))
            }
            Family::Date(comparison) => Test::Date(
                comparison,
                self.scalars(values, "a date such as 2024-05-01T12:00:00Z, or seconds since 1970", Moment::parse),
            ),
            Family::Binary => {
                Test::Bytes(self.scalars(values, "Base64", |text| Base64::parse(text).map(|bytes| bytes.collect())))
            }
            Family::Address => Test::Address(self.scalars(values, "an IP address or a range in CIDR form", Network::parse)),
            Family::Null => Test::Null(self.scalars(values, "true or false", parse_bool)),
            Family::Bool => Test::Bool(self.entries(values, |c, at, text| match parse_bool(text) {
                Some(value) => Entry::Good(BoolValue::Fixed(value)),
                None if c.variables && text.contains("${") => match c.pattern(at, text, Wildcards::Literal) {
                    Entry::Good(pattern) => Entry::Good(BoolValue::Variable(pattern)),
                    Entry::Flawed(flaw) => Entry::Flawed(flaw),
                },
                None => Entry::Flawed(c.flaw("malformed_value", at, "The value must be true or false.")),
            })),
            Family::Arn => Test::Arn(self.entries(values, |c, at, text| match ArnPattern::new(text, c.variables) {
                Ok(pattern) => Entry::Good(pattern),
                Err(problem) => Entry::Flawed(c.pattern_flaw(at, problem)),
            })),
        }
    }

    fn entries<T>(
        &mut self,
        values: &[(String, Box<str>)],
        mut compile: impl FnMut(&mut Self, &str, &str) -> Entry<T>,
    ) -> Box<[Entry<T>]> {
        values.iter().map(|(at, text)| compile(self, at, text)).collect()
    }

    fn scalars<T>(&mut self, values: &[(String, Box<str>)], what: &str, parse: impl Fn(&str) -> Option<T>) -> Box<[Entry<T>]> {
        self.entries(values, |compiler, at, text| match parse(text) {
            Some(value) => Entry::Good(value),
            None => Entry::Flawed(compiler.flaw("malformed_value", at, format!("The value must be {what}."))),
        })
    }
}

fn flawed_condition(at: &str, flaw: FlawId) -> Condition {
    let operator = Operator { family: Family::StringEquals, negated: false, set: crate::policy::operator::SetMode::Single, if_exists: false };
    Condition { operator, key: ContextKey::new(""), test: Test::Flawed(flaw), pointer: at.into() }
}

/// The pattern of an action, in lower case; `None` if it is malformed. A wildcard does not stand for a service, except that
/// `*` and `*:*` stand for everything (AWS IAM User Guide, *IAM JSON policy elements: Action*).
pub(crate) fn action_glob(text: &str) -> Option<Glob> {
    if text == "*" || text == "*:*" {
        return Some(Glob::Any);
    }
    let (service, name) = text.split_once(':')?;
    let service_is_plain = !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !service_is_plain || name.is_empty() || name.contains(':') || name.contains(char::is_whitespace) {
        return None;
    }
    let tokens: Vec<Token> = text.chars().map(|c| plain_token(c.to_ascii_lowercase())).collect();
    Some(Glob::from_tokens(&tokens))
}
