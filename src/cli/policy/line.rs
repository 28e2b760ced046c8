//! One line of `policy evaluate`: reading the question, and saying what is wrong with it and where.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::policy::json::{self, Member, Node, Value};
use crate::policy::{
    Action, Attached, Body, CompiledPolicy, Context, DocumentKind, Explanation, Finding, GrantPath, Layer, Outcome,
    PolicySet, Principal, Request, Resource, Source, Undecidable, decide, explain,
};

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable name for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// JSON Pointer of the element, in the line or in the file.
    pub pointer: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(code: &str, message: impl Into<String>, pointer: impl Into<String>) -> Problem {
        Problem { code: code.to_string(), message: message.into(), pointer: pointer.into() }
    }

    /// A finding of a document, its place in the message since nobody else says it.
    pub fn from_finding(finding: &Finding) -> Problem {
        Problem::new(&finding.code, finding.to_string(), &finding.pointer)
    }

    /// Why a question cannot be decided, its pointer that of the element in the line.
    pub fn from_undecidable(undecidable: &Undecidable) -> Problem {
        let code = serde_json::to_value(undecidable.reason).ok().and_then(|code| code.as_str().map(str::to_string));
        let code = code.unwrap_or_else(|| "undecidable".into());
        Problem::new(&code, undecidable.to_string(), &*undecidable.pointer)
    }
}

/// Compiled documents by their text: lines of one run mostly repeat them.
#[derive(Default)]
pub struct Cache {
    policies: HashMap<(DocumentKind, String), Body>,
}

/// When there are more, the cache starts anew.
const MOST_CACHED: usize = 4096;

impl Cache {
    fn compile(&mut self, kind: DocumentKind, text: &str) -> Body {
        let key = (kind, text.to_string());
        if let Some(body) = self.policies.get(&key) {
            return body.clone();
        }
        let body = match CompiledPolicy::read(text, kind) {
            Ok(policy) => Body::Compiled(Arc::new(policy)),
            Err(findings) => Body::Unreadable(findings.into()),
        };
        if self.policies.len() >= MOST_CACHED {
            self.policies.clear();
        }
        self.policies.insert(key, body.clone());
        body
    }
}

/// A question as read.
pub struct Question {
    principal: Principal,
    action: Action,
    resource: Resource,
    context: Context,
    set: PolicySet,
    /// Where each policy's document stands in the line, in the order of the layers.
    documents: Vec<(Layer, String, String)>,
}

impl Question {
    fn request(&self) -> Request<'_> {
        Request { principal: &self.principal, action: &self.action, resource: &self.resource, context: &self.context }
    }

    /// Decides it.
    pub fn decide(&self) -> Result<Outcome, Problem> {
        decide(&self.request(), &self.set).map_err(|undecidable| Problem::from_undecidable(&self.in_line(undecidable)))
    }

    /// Explains it.
    pub fn explain(&self) -> Explanation {
        let mut tree = explain(&self.request(), &self.set);
        tree.undecidable = tree.undecidable.map(|undecidable| self.in_line(undecidable));
        tree
    }

    /// The same with the pointer counted from the line's root.
    fn in_line(&self, mut undecidable: Undecidable) -> Undecidable {
        let fits = |(layer, name, _): &&(Layer, String, String)| {
            Some(*layer) == undecidable.layer && **name == *undecidable.policy
        };
        if let Some((_, _, pointer)) = self.documents.iter().find(fits) {
            undecidable.pointer = format!("{pointer}{}", undecidable.pointer).into();
        }
        undecidable
    }
}

/// Reads a line: its `id`, null if it has none, and the question or what is wrong with it.
pub fn read(text: &str, cache: &mut Cache) -> (serde_json::Value, Result<Question, Problem>) {
    let root = match json::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let message = format!("column {}: {}", error.offset + 1, error.problem);
            return (serde_json::Value::Null, Err(Problem::new("syntax", message, error.pointer)));
        }
    };
    let id = root
        .get("id")
        .and_then(|member| serde_json::from_str(slice(text, &member.node)).ok())
        .unwrap_or(serde_json::Value::Null);
    (id, Reader { text, cache, documents: Vec::new() }.question(&root))
}

fn slice<'a>(text: &'a str, node: &Node) -> &'a str {
    text.get(node.span.start..node.span.end).unwrap_or_default()
}

struct Reader<'a> {
    text: &'a str,
    cache: &'a mut Cache,
    documents: Vec<(Layer, String, String)>,
}

impl Reader<'_> {
    fn question(mut self, root: &Node) -> Result<Question, Problem> {
        members(root, "", &["id", "request", "policies"])?;
        let request = need(root, "", "request")?;
        members(request, "/request", &["principal", "action", "resource", "resource_account", "context"])?;
        let bad = |pointer: &'static str| {
            move |error: crate::policy::RequestError| Problem::new("bad_request", error.to_string(), pointer)
        };
        let principal =
            Principal::parse(text_of(request, "/request", "principal")?).map_err(bad("/request/principal"))?;
        let action = Action::new(text_of(request, "/request", "action")?).map_err(bad("/request/action"))?;
        let mut resource = Resource::new(text_of(request, "/request", "resource")?);
        if request.get("resource_account").is_some() {
            resource = resource.in_account(text_of(request, "/request", "resource_account")?);
        }
        let context = context(request)?;
        let set = match root.get("policies") {
            Some(member) => self.policies(&member.node)?,
            None => PolicySet { paths: vec![GrantPath::default()], ..PolicySet::default() },
        };
        Ok(Question { principal, action, resource, context, set, documents: self.documents })
    }

    fn policies(&mut self, node: &Node) -> Result<PolicySet, Problem> {
        let at = "/policies";
        members(node, at, &["identity", "boundary", "session", "guardrails", "resource"])?;
        let mut path = GrantPath::default();
        path.identity =
            self.list(node, "identity", Layer::Identity { path: 0 }, &Source::Identity)?.unwrap_or_default();
        path.boundary = self.list(node, "boundary", Layer::Boundary { path: 0 }, &Source::Boundary)?;
        path.session = self.list(node, "session", Layer::Session { path: 0 }, &Source::Session)?;
        let mut guardrails = Vec::new();
        if let Some(member) = node.get("guardrails") {
            let at = "/policies/guardrails";
            let levels = member.node.as_array().ok_or_else(|| wrong_type(at, "a list of lists"))?;
            for (level, policies) in levels.iter().enumerate() {
                let source = Source::Guardrail { tenant: format!("level {level}").into() };
                guardrails.push(self.items(policies, &format!("{at}/{level}"), Layer::Guardrail { level }, &source)?);
            }
        }
        let resource = match node.get("resource") {
            Some(member) => {
                Some(self.policy(&member.node, "/policies/resource", Layer::Resource, &Source::Resource, 0)?)
            }
            None => None,
        };
        Ok(PolicySet { guardrails, paths: vec![path], resource })
    }

    fn list(
        &mut self,
        node: &Node,
        name: &str,
        layer: Layer,
        source: &Source,
    ) -> Result<Option<Vec<Attached>>, Problem> {
        let Some(member) = node.get(name) else { return Ok(None) };
        self.items(&member.node, &format!("/policies/{name}"), layer, source).map(Some)
    }

    fn items(&mut self, node: &Node, at: &str, layer: Layer, source: &Source) -> Result<Vec<Attached>, Problem> {
        let items = node.as_array().ok_or_else(|| wrong_type(at, "a list of policies"))?;
        items
            .iter()
            .enumerate()
            .map(|(index, item)| self.policy(item, &format!("{at}/{index}"), layer, source, index))
            .collect()
    }

    /// A policy: its name and document, or the document alone. The document is an object, or its text as a string.
    fn policy(
        &mut self,
        node: &Node,
        at: &str,
        layer: Layer,
        source: &Source,
        index: usize,
    ) -> Result<Attached, Problem> {
        let (document, pointer, name) = match node.get("document") {
            Some(member) => {
                members(node, at, &["name", "version", "document"])?;
                let name = node.get("name").and_then(|member| member.node.as_str());
                (&member.node, format!("{at}/document"), name)
            }
            None if node.as_object().is_some() => (node, at.to_string(), None),
            None => return Err(wrong_type(at, "an object with a name and a document")),
        };
        let text = match &document.value {
            Value::String(text) => text,
            Value::Object(_) => slice(self.text, document),
            _ => return Err(wrong_type(&pointer, "a policy document")),
        };
        let name = name.map_or_else(|| format!("{layer} {index}"), str::to_string);
        let body = self.cache.compile(source.document_kind(), text);
        self.documents.push((layer, name.clone(), pointer));
        Ok(Attached { source: source.clone(), name: name.into(), version: None, body })
    }
}

/// The context: a list of values for each key, or one value.
fn context(request: &Node) -> Result<Context, Problem> {
    let mut context = Context::new();
    let Some(member) = request.get("context") else { return Ok(context) };
    let entries =
        member.node.as_object().ok_or_else(|| wrong_type("/request/context", "an object of keys and values"))?;
    for entry in entries {
        let mut at = "/request/context".to_string();
        json::push_step(&mut at, &entry.name);
        if entry.repeated {
            return Err(Problem::new("repeated_element", format!("{:?} occurs twice.", entry.name), at));
        }
        let scalar = |node: &Node| match &node.value {
            Value::String(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string().into()),
            _ => None,
        };
        let nodes = entry.node.as_array().unwrap_or(std::slice::from_ref(&entry.node));
        let values: Option<Vec<Box<str>>> = nodes.iter().map(scalar).collect();
        let values = values.ok_or_else(|| wrong_type(&at, "a list of strings"))?;
        context.set_all(&entry.name, values);
    }
    Ok(context)
}

/// Refuses members that are not known: what is misspelt must not be ignored.
fn members<'a>(node: &'a Node, at: &str, known: &[&str]) -> Result<&'a [Member], Problem> {
    let members = node.as_object().ok_or_else(|| wrong_type(at, "an object"))?;
    for member in members {
        let mut pointer = at.to_string();
        json::push_step(&mut pointer, &member.name);
        if member.repeated {
            return Err(Problem::new("repeated_element", format!("{:?} occurs twice.", member.name), pointer));
        }
        if !known.contains(&&*member.name) {
            return Err(Problem::new(
                "unknown_element",
                format!("{:?} is not known here; known are {}.", member.name, known.join(", ")),
                pointer,
            ));
        }
    }
    Ok(members)
}

fn need<'a>(node: &'a Node, at: &str, name: &str) -> Result<&'a Node, Problem> {
    match node.get(name) {
        Some(member) => Ok(&member.node),
        None => Err(Problem::new("missing_element", format!("{name:?} is missing."), at)),
    }
}

fn text_of<'a>(node: &'a Node, at: &str, name: &str) -> Result<&'a str, Problem> {
    need(node, at, name)?.as_str().ok_or_else(|| wrong_type(&format!("{at}/{name}"), "a string"))
}

fn wrong_type(at: &str, wanted: &str) -> Problem {
    Problem::new("wrong_type", format!("This must be {wanted}."), at)
}
