//! A policy document as it was written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::policy::finding::{Finding, Location, Severity};
use crate::policy::json::{self, Node, Span, Value, push_step};

/// What a document is for. It decides which elements belong in it (AWS IAM User Guide, *Grammar of the IAM JSON policy
/// language*) and which limit its size has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Attached to a user, group, role or permission set, inline or managed: no principal.
    Identity,
    /// Attached to a resource: names principals; without a resource it is about the resource that carries it.
    Resource,
    /// Who may assume a role: names principals, never a resource.
    Trust,
    /// Bounds a tenant and all below it; grants nothing (AWS's service control policies).
    Guardrail,
    /// Bounds what identity policies grant to one user or role.
    Boundary,
    /// Bounds one session.
    Session,
}

impl DocumentKind {
    /// Whether statements of this kind name principals.
    pub fn names_principals(self) -> bool {
        matches!(self, DocumentKind::Resource | DocumentKind::Trust)
    }
}

/// A document that can be read: its exact text, and where each element stands in it.
///
/// Nothing of the text is lost: unknown elements, order and white space are all in [`text`](Document::text), and every element
/// can be found again by its JSON Pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    text: Arc<str>,
    kind: DocumentKind,
    root: Node,
    lines: Lines,
}

impl Document {
    /// Reads a document.
    ///
    /// Reading is as lenient as it can be without guessing: it asks for JSON whose root is an object with one or more statements.
    /// What is wrong inside a statement does not prevent reading; it is a flaw of the
    /// [compiled policy](crate::policy::CompiledPolicy), and decisions that depend on it are refused.
    ///
    /// # Errors
    /// What makes the text unreadable, a syntax error with its exact line and column; never empty.
    pub fn read(text: &str, kind: DocumentKind) -> Result<Document, Vec<Finding>> {
        let lines = Lines::new(text);
        let root = json::parse(text).map_err(|error| {
            vec![Finding {
                severity: Severity::Error,
                code: "syntax".into(),
                message: error.problem.to_string(),
                pointer: error.pointer,
                location: lines.locate(text, Span { start: error.offset, end: error.offset }),
                fix: None,
            }]
        })?;
        let document = Document { text: text.into(), kind, root, lines };
        match document.structure_problem() {
            Some((pointer, message)) => Err(vec![document.finding(Severity::Error, "not_a_policy", pointer, message)]),
            None => Ok(document),
        }
    }

    fn structure_problem(&self) -> Option<(String, &'static str)> {
        let Value::Object(_) = self.root.value else {
            return Some((String::new(), "A policy is a JSON object in braces."));
        };
        let Some(member) = self.root.get("Statement") else {
            return Some((String::new(), "The document has no Statement."));
        };
        match &member.node.value {
            Value::Object(_) => None,
            Value::Array(items) if items.is_empty() => Some(("/Statement".into(), "The document has no statement.")),
            Value::Array(items) => {
                let bad = items.iter().position(|item| item.as_object().is_none())?;
                Some((format!("/Statement/{bad}"), "A statement is a JSON object in braces."))
            }
            _ => Some(("/Statement".into(), "Statement is an object or a list of objects.")),
        }
    }

    /// The exact text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it is for.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The root element.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The statements, in order.
    pub fn statement_nodes(&self) -> &[Node] {
        match self.root.get("Statement").map(|member| &member.node) {
            Some(Node { value: Value::Array(items), .. }) => items,
            Some(node) => std::slice::from_ref(node),
            None => &[],
        }
    }

    /// The statements with their JSON Pointers, in order.
    pub fn statements(&self) -> impl Iterator<Item = (String, &Node)> {
        let nodes = self.statement_nodes();
        let listed = matches!(self.root.get("Statement"), Some(member) if member.node.as_array().is_some());
        nodes.iter().enumerate().map(move |(index, node)| {
            (if listed { format!("/Statement/{index}") } else { "/Statement".to_string() }, node)
        })
    }

    /// Whether `${…}` is a variable in it: from version 2012-10-17 on (*IAM JSON policy elements: Version*).
    pub fn has_variables(&self) -> bool {
        self.root.get("Version").and_then(|member| member.node.as_str()) == Some("2012-10-17")
    }

    /// Where the element of a JSON Pointer stands; the whole document if there is none.
    pub fn locate(&self, pointer: &str) -> Location {
        let span = self.root.pointed(pointer).map_or(self.root.span, |node| node.span);
        self.lines.locate(&self.text, span)
    }

    /// Where a range of bytes stands.
    pub fn locate_span(&self, span: Span) -> Location {
        self.lines.locate(&self.text, span)
    }

    /// How many characters the document has for AWS's size limits, which do not count white space (*IAM and AWS STS quotas*).
    /// White space inside strings counts.
    pub fn size(&self) -> usize {
        let mut in_string = false;
        let mut escaped = false;
        let mut size = 0;
        for c in self.text.chars() {
            if in_string || !matches!(c, ' ' | '\t' | '\r' | '\n') {
                size += 1;
            }
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = in_string;
            } else if c == '"' {
                in_string = !in_string;
            }
        }
        size
    }

    pub(crate) fn finding(
        &self,
        severity: Severity,
        code: &'static str,
        pointer: String,
        message: impl Into<String>,
    ) -> Finding {
        let location = self.locate(&pointer);
        Finding { severity, code: code.into(), message: message.into(), pointer, location, fix: None }
    }
}

/// A JSON Pointer one step further.
pub(crate) fn step(pointer: &str, name: &str) -> String {
    let mut pointer = pointer.to_string();
    push_step(&mut pointer, name);
    pointer
}

/// Where lines begin, and how many characters stand before every 256th byte: so that a place in a very long line is found as fast as
/// one in a short line.
#[derive(Debug, Clone, PartialEq)]
struct Lines {
    starts: Vec<usize>,
    characters: Vec<usize>,
}

const STRIDE: usize = 256;

impl Lines {
    fn new(text: &str) -> Lines {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STRIDE) {
            count += count_characters(chunk);
            characters.push(count);
        }
        Lines { starts, characters }
    }

    fn locate(&self, text: &str, span: Span) -> Location {
        let line = self.starts.partition_point(|&start| start <= span.start).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.characters_before(text, span.start) - self.characters_before(text, start) + 1;
        Location { offset: span.start, line, column, length: span.end - span.start }
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let block = offset / STRIDE;
        let rest = text.as_bytes().get(block * STRIDE..offset).map_or(0, count_characters);
        self.characters.get(block).copied().unwrap_or(0) + rest
    }
}

/// How many characters begin in these bytes of UTF-8.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Document, Vec<Finding>> {
        Document::read(text, DocumentKind::Identity)
    }

    #[test]
    fn a_syntax_error_points_at_its_line_and_column() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    { \"Sid\": \"é\" \"Effect\": \"Allow\" }\n  ]\n}";
        let findings = read(text).unwrap_err();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].location.line, findings[0].location.column), (4, 18));
        assert_eq!(findings[0].pointer, "/Statement/0");
        assert_eq!(findings[0].code, "syntax");
    }

    #[test]
    fn the_text_and_every_place_in_it_survive() {
        let text = "{ \"Comment\" : \"kept\",\r\n\t\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"a:B\"]} }";
        let document = read(text).unwrap();
        assert_eq!(&**document.text(), text);
        let location = document.locate("/Statement/Action/0");
        assert_eq!(&text[location.offset..location.offset + location.length], "\"a:B\"");
        assert_eq!((location.line, location.column), (2, 42));
        assert_eq!(document.statements().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/Statement"]);
    }

    #[test]
    fn what_is_not_a_policy_is_unreadable() {
        for (text, pointer) in [
            ("[]", ""),
            ("{}", ""),
            ("{\"Statement\": []}", "/Statement"),
            ("{\"Statement\": [{}, 1]}", "/Statement/1"),
            ("{\"Statement\": \"x\"}", "/Statement"),
        ] {
            let findings = read(text).unwrap_err();
            assert_eq!((findings[0].pointer.as_str(), &*findings[0].code), (pointer, "not_a_policy"), "{text}");
        }
    }

    #[test]
    fn columns_count_characters_in_long_lines_too() {
        let text = format!("{{\"Id\": \"{}\", \"Statement\": {{}}, \"x\": 1}}", "é😀".repeat(1000));
        let document = read(&text).unwrap();
        let expected = text.find("1}").map(|at| text[..at].chars().count() + 1).unwrap();
        assert_eq!(document.locate("/x").column, expected);
    }

    /// *IAM and AWS STS quotas*: white space does not count.
    #[test]
    fn size_leaves_out_white_space_between_elements() {
        let text = "{ \"Statement\" : { \"Sid\" : \"a \\\" b\" } }";
        assert_eq!(read(text).unwrap().size(), "{\"Statement\":{\"Sid\":\"a \\\" b\"}}".len());
    }
}
