//! From a document to a policy that decides: everything that can be prepared is prepared here, once.

use std::sync::Arc;

use crate::policy::document::{Document, DocumentKind, step};
use crate::policy::finding::{Finding, Fix, Severity};
use crate::policy::json::{Member, Node, Span, Value};
use crate::policy::statement::{Effect, FlawId, Statement};

mod conditions;
mod elements;

pub(crate) use elements::action_glob;

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

    /// Reads and compiles a text and accepts no flaw that AWS would have refused to store: for imports. Flaws that AWS may have
    /// let pass, such as an address that cannot be read, remain.
    ///
    /// # Errors
    /// All that AWS would have refused; never empty.
    pub fn read_sound(text: &str, kind: DocumentKind) -> Result<CompiledPolicy, Vec<Finding>> {
        let policy = CompiledPolicy::read(text, kind)?;
        let errors: Vec<Finding> =
            policy.flaws.iter().filter(|flaw| flaw.severity == Severity::Error).cloned().collect();
        if errors.is_empty() { Ok(policy) } else { Err(errors) }
    }

    /// Compiles a document.
    pub fn new(document: Arc<Document>) -> CompiledPolicy {
        let mut compiler = Compiler { document: &document, variables: document.has_variables(), flaws: Vec::new() };
        let wide_flaw = compiler.document_flaw();
        let statements = document.statements().map(|(pointer, node)| compiler.statement(pointer, node)).collect();
        let flaws = compiler.flaws;
        CompiledPolicy { document, statements, flaws, wide_flaw }
    }

    /// The document that it was compiled from.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// What is malformed in it, with place and reason: an error if AWS would refuse to store it, else a warning. Either way a
    /// decision that depends on it is refused.
    pub fn flaws(&self) -> &[Finding] {
        &self.flaws
    }

    pub(crate) fn flaw(&self, id: FlawId) -> Option<&Finding> {
        self.flaws.get(id.0 as usize)
    }
}

/// An element's place in the document: looked up once, since finding it again by its pointer would take time for each.
#[derive(Debug, Clone)]
struct Place {
    pointer: String,
    span: Span,
}

impl Place {
    fn member(parent: &str, member: &Member) -> Place {
        Place { pointer: step(parent, &member.name), span: member.node.span }
    }

    /// The place of the member's name.
    fn name(parent: &str, member: &Member) -> Place {
        Place { pointer: step(parent, &member.name), span: member.name_span }
    }

    fn item(&self, index: usize, node: &Node) -> Place {
        Place { pointer: format!("{}/{index}", self.pointer), span: node.span }
    }
}

struct Compiler<'a> {
    document: &'a Document,
    variables: bool,
    flaws: Vec<Finding>,
}

impl Compiler<'_> {
    fn flaw(&mut self, code: &'static str, place: &Place, message: impl Into<String>) -> FlawId {
        self.push_flaw(Severity::Error, code, place, message.into())
    }

    /// A flaw that AWS may have stored all the same.
    fn lesser_flaw(&mut self, code: &'static str, place: &Place, message: impl Into<String>) -> FlawId {
        self.push_flaw(Severity::Warning, code, place, message.into())
    }

    fn push_flaw(&mut self, severity: Severity, code: &'static str, place: &Place, message: String) -> FlawId {
        let id = FlawId(self.flaws.len() as u32);
        let location = self.document.locate_span(place.span);
        self.flaws.push(Finding {
            severity,
            code: code.into(),
            message,
            pointer: place.pointer.clone(),
            location,
            fix: None,
        });
        id
    }

    fn repeated(&mut self, parent: &str, member: &Member) -> FlawId {
        let message = format!("{:?} occurs twice in the same object.", member.name);
        self.flaw("repeated_element", &Place::name(parent, member), message)
    }

    fn document_flaw(&mut self) -> Option<FlawId> {
        let document = self.document;
        let mut flaw = None;
        for member in document.root().as_object().unwrap_or_default() {
            let found = match &*member.name {
                _ if member.repeated => Some(self.repeated("", member)),
                "Version" => match member.node.as_str() {
                    Some("2012-10-17" | "2008-10-17") => None,
                    _ => {
                        let message = "Version is \"2012-10-17\" or \"2008-10-17\".";
                        Some(self.flaw("unknown_version", &Place::member("", member), message))
                    }
                },
                "Id" | "Statement" => None,
                name => {
                    let message = format!("A policy has no element {name:?}; it has Version, Id and Statement.");
                    Some(self.flaw("unknown_element", &Place::name("", member), message))
                }
            };
            flaw = flaw.or(found);
        }
        flaw
    }

    fn statement(&mut self, pointer: String, node: &Node) -> Statement {
        let place = Place { pointer, span: node.span };
        let mut flaw = None;
        for member in node.as_object().unwrap_or_default() {
            let known = matches!(
                &*member.name,
                "Sid"
                    | "Effect"
                    | "Principal"
                    | "NotPrincipal"
                    | "Action"
                    | "NotAction"
                    | "Resource"
                    | "NotResource"
                    | "Condition"
            );
            let found = if member.repeated {
                Some(self.repeated(&place.pointer, member))
            } else if !known {
                let message = format!("A statement has no element {:?}.", member.name);
                Some(self.flaw("unknown_element", &Place::name(&place.pointer, member), message))
            } else if &*member.name == "Sid" && member.node.as_str().is_none() {
                Some(self.flaw("wrong_type", &Place::member(&place.pointer, member), "Sid is a string."))
            } else {
                None
            };
            flaw = flaw.or(found);
        }
        Statement {
            line: u32::try_from(self.document.locate_span(node.span).line).unwrap_or(u32::MAX),
            sid: node.get("Sid").and_then(|member| member.node.as_str()).map(Into::into),
            flaw,
            effect: self.effect(&place, node),
            principals: self.principals(&place, node),
            actions: self.actions(&place, node),
            resources: self.resources(&place, node),
            conditions: self.conditions(&place, node),
            pointer: place.pointer.into(),
        }
    }

    fn effect(&mut self, place: &Place, node: &Node) -> Result<Effect, FlawId> {
        let Some(member) = node.get("Effect") else {
            return Err(self.flaw("missing_effect", place, "The statement has no Effect."));
        };
        match member.node.as_str() {
            Some("Allow") => Ok(Effect::Allow),
            Some("Deny") => Ok(Effect::Deny),
            other => {
                let at = Place::member(&place.pointer, member);
                let flaw = self.flaw("unknown_effect", &at, "Effect is \"Allow\" or \"Deny\".");
                let meant = ["Allow", "Deny"]
                    .into_iter()
                    .find(|word| other.is_some_and(|other| word.eq_ignore_ascii_case(other)));
                if let (Some(word), Some(finding)) = (meant, self.flaws.last_mut()) {
                    let (offset, length) = (at.span.start, at.span.end - at.span.start);
                    finding.fix =
                        Some(Fix { title: format!("Write {word}"), offset, length, text: format!("\"{word}\"") });
                }
                Err(flaw)
            }
        }
    }

    /// The one of an element and its `Not` form that is there: `Ok(None)` if neither is.
    fn one_of<'n>(
        &mut self,
        place: &Place,
        node: &'n Node,
        name: &str,
        not: &str,
    ) -> Result<Option<(&'n Member, bool)>, FlawId> {
        match (node.get(name), node.get(not)) {
            (Some(_), Some(negated)) => {
                let at = Place::member(&place.pointer, negated);
                Err(self.flaw("both_forms", &at, format!("A statement has {name} or {not}, not both.")))
            }
            (Some(member), None) => Ok(Some((member, false))),
            (None, Some(member)) => Ok(Some((member, true))),
            (None, None) => Ok(None),
        }
    }

    /// The items of a string or a list of strings with their places; a flaw if it is neither or empty.
    fn items<'n>(&mut self, place: &Place, node: &'n Node, what: &str) -> Result<Vec<(Place, &'n Node)>, FlawId> {
        match &node.value {
            Value::String(_) => Ok(vec![(place.clone(), node)]),
            Value::Array(items) if items.is_empty() => {
                Err(self.flaw("empty_list", place, format!("{what} must not be an empty list.")))
            }
            Value::Array(items) => {
                Ok(items.iter().enumerate().map(|(index, item)| (place.item(index, item), item)).collect())
            }
            _ => Err(self.flaw("wrong_type", place, format!("{what} is a string or a list of strings."))),
        }
    }
}
