//! Whether a document is acceptable: what the console asks of what a person writes, beyond being readable.
//!
//! The findings come in AWS's four classes (*IAM Access Analyzer policy validation*). An error keeps the document from being saved;
//! everything else is advice. Nothing here changes a decision. Which actions and service keys exist is not known here.

mod elements;
mod keys;
mod values;

use std::sync::Arc;

use crate::policy::compile::CompiledPolicy;
use crate::policy::document::{Document, DocumentKind, step};
use crate::policy::finding::{Finding, Severity};
use crate::policy::json::{Member, Node, Span};
use crate::policy::statement::{Effect, Statement};

/// How long a document may be, in characters without white space (AWS IAM User Guide, *IAM and AWS STS quotas*; AWS Organizations
/// User Guide, *Quotas*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimit {
    /// What is limited, as it stands in a sentence.
    pub what: &'static str,
    /// How many characters.
    pub characters: usize,
}

impl SizeLimit {
    /// A version of a managed policy.
    pub const MANAGED: SizeLimit = SizeLimit { what: "a managed policy", characters: 6144 };
    /// All inline policies of a user together.
    pub const USER_INLINE: SizeLimit = SizeLimit { what: "the inline policies of a user together", characters: 2048 };
    /// All inline policies of a group together.
    pub const GROUP_INLINE: SizeLimit = SizeLimit { what: "the inline policies of a group together", characters: 5120 };
    /// All inline policies of a role together.
    pub const ROLE_INLINE: SizeLimit = SizeLimit { what: "the inline policies of a role together", characters: 10_240 };
    /// The trust policy of a role.
    pub const TRUST: SizeLimit = SizeLimit { what: "a trust policy", characters: 2048 };
    /// A session policy.
    pub const SESSION: SizeLimit = SizeLimit { what: "a session policy", characters: 2048 };
    /// The inline policy of a permission set.
    pub const PERMISSION_SET: SizeLimit =
        SizeLimit { what: "the inline policy of a permission set", characters: 32_768 };
    /// A guardrail.
    pub const GUARDRAIL: SizeLimit = SizeLimit { what: "a guardrail", characters: 5120 };

    /// The same limit, of which other documents already use a part.
    #[must_use]
    pub fn less(self, used: usize) -> SizeLimit {
        SizeLimit { characters: self.characters.saturating_sub(used), ..self }
    }
}

/// A document that may be saved, and what is to be said about it.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The policy.
    pub policy: Arc<CompiledPolicy>,
    /// Warnings and suggestions, in the order of the text.
    pub advice: Vec<Finding>,
}

/// Reads and checks a text that a person wrote.
///
/// # Errors
/// All findings, at least one of them an error, if the document must not be saved.
pub fn accept(text: &str, kind: DocumentKind, limit: Option<SizeLimit>) -> Result<Accepted, Vec<Finding>> {
    let policy = Arc::new(CompiledPolicy::read(text, kind)?);
    let findings = check(&policy, limit);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    Ok(Accepted { policy, advice: findings })
}

/// Everything to be said about a policy, in the order of the text.
pub fn check(policy: &CompiledPolicy, limit: Option<SizeLimit>) -> Vec<Finding> {
    let document = &**policy.document();
    let mut checker = Checker { document, findings: policy.flaws().to_vec() };
    // What decisions cannot rest on must not be saved either.
    for flaw in &mut checker.findings {
        flaw.severity = Severity::Error;
    }
    checker.size(limit);
    checker.document_elements();
    for (index, (pointer, node)) in document.statements().enumerate() {
        let statement = StatementView { pointer, node, compiled: policy.statements.get(index) };
        checker.statement_elements(&statement);
        checker.statement_values(&statement);
        checker.statement_conditions(&statement);
    }
    let mut findings = checker.findings;
    findings.sort_by_key(|finding| (finding.location.offset, finding.severity));
    findings
}

struct Checker<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

/// A statement as text and as compiled.
struct StatementView<'a> {
    pointer: String,
    node: &'a Node,
    compiled: Option<&'a Statement>,
}

impl StatementView<'_> {
    fn element(&self, name: &str) -> Option<&Member> {
        self.node.get(name)
    }

    fn allows(&self) -> bool {
        self.compiled.is_some_and(|statement| statement.effect == Ok(Effect::Allow))
    }

    /// The place of an element.
    fn at(&self, name: &str) -> Place {
        let span = self.node.get(name).map_or(self.node.span, |member| member.node.span);
        Place { pointer: step(&self.pointer, name), span }
    }

    /// The strings of an element with their places; nothing that is malformed.
    fn strings(&self, name: &str) -> Vec<(Place, &str)> {
        let Some(member) = self.node.get(name) else { return Vec::new() };
        let at = self.at(name);
        match (member.node.as_str(), member.node.as_array()) {
            (Some(text), _) => vec![(at, text)],
            (_, Some(items)) => {
                let place =
                    |index: usize, item: &Node| Place { pointer: format!("{}/{index}", at.pointer), span: item.span };
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| Some((place(index, item), item.as_str()?)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// An element's place in the document.
#[derive(Debug, Clone)]
struct Place {
    pointer: String,
    span: Span,
}

impl Checker<'_> {
    fn say(&mut self, severity: Severity, code: &'static str, at: Place, message: impl Into<String>) -> &mut Finding {
        let location = self.document.locate_span(at.span);
        self.findings.push(Finding {
            severity,
            code: code.into(),
            message: message.into(),
            pointer: at.pointer,
            location,
            fix: None,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// The place of the whole document.
    fn whole(&self) -> Place {
        Place { pointer: String::new(), span: self.document.root().span }
    }

    /// The place of a member of the root.
    fn top(&self, name: &str) -> Place {
        let span = self.document.root().get(name).map_or(self.document.root().span, |member| member.node.span);
        Place { pointer: step("", name), span }
    }

    fn size(&mut self, limit: Option<SizeLimit>) {
        let Some(limit) = limit else { return };
        let size = self.document.size();
        if size > limit.characters {
            let message = format!(
                "The document has {size} characters without white space; the limit for {} leaves {}.",
                limit.what, limit.characters
            );
            self.say(Severity::Error, "too_long", self.whole(), message);
        }
    }
}

#[cfg(test)]
mod tests;
