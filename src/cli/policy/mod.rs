//! `wami-console policy`: the engine on the command line, for scripts and for checking it against others.
//!
//! Nothing here touches a database. `evaluate` reads questions and writes answers, one JSON object a line; `lint` and `diff` read files.
//! A line that cannot be answered gets an error of its own, and the rest goes on.

mod line;

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::policy::{self, CompiledPolicy, DocumentKind, Finding, Severity};
use line::{Cache, Problem};

/// What can be asked of the policy engine.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Answers access questions: JSON lines on standard input, JSON lines on standard output.
    Evaluate(EvaluateArgs),
    /// Checks policy documents: one JSON object for each file. Fails if any has an error.
    Lint(LintArgs),
    /// Says what a change of a document allows and no longer allows: one JSON object for each difference.
    Diff(DiffArgs),
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Adds to each answer the tree that explains it.
    #[arg(long)]
    pub explain: bool,
}

/// Arguments of `lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The documents; `-` is standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What the documents are for; without it each is taken for what its elements make it.
    #[arg(long)]
    pub kind: Option<Kind>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The old document.
    pub old: PathBuf,
    /// The new document.
    pub new: PathBuf,
    /// What the documents are for; without it they are taken for what the elements of the new one make it.
    #[arg(long)]
    pub kind: Option<Kind>,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// For users, groups, roles and permission sets.
    Identity,
    /// For a resource.
    Resource,
    /// Who may assume a role.
    Trust,
    /// Bounds a tenant.
    Guardrail,
    /// A permissions boundary.
    Boundary,
    /// Bounds a session.
    Session,
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> DocumentKind {
        match kind {
            Kind::Identity => DocumentKind::Identity,
            Kind::Resource => DocumentKind::Resource,
            Kind::Trust => DocumentKind::Trust,
            Kind::Guardrail => DocumentKind::Guardrail,
            Kind::Boundary => DocumentKind::Boundary,
            Kind::Session => DocumentKind::Session,
        }
    }
}

/// Runs a command on these streams.
///
/// # Errors
/// Only when a stream fails; whatever is wrong with the input is part of the output.
pub fn run(command: &PolicyCommand, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<ExitCode> {
    match command {
        PolicyCommand::Evaluate(arguments) => evaluate(arguments, input, output),
        PolicyCommand::Lint(arguments) => lint(arguments, input, output),
        PolicyCommand::Diff(arguments) => diff(arguments, output),
    }
}

/// Runs a command on standard input and output.
///
/// # Errors
/// When one of them fails. A reader that has gone away is no failure.
pub fn run_on_standard_streams(command: &PolicyCommand) -> io::Result<ExitCode> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    match run(command, &mut io::stdin().lock(), &mut output) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    id: &'a serde_json::Value,
    error: &'a Problem,
}

fn write_line(output: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    output.write_all(b"\n")
}

fn evaluate(arguments: &EvaluateArgs, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<ExitCode> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a serde_json::Value,
        decision: policy::Outcome,
        #[serde(skip_serializing_if = "Option::is_none")]
        tree: Option<policy::Explanation>,
    }
    let mut cache = Cache::default();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let longest = policy::json::MAX_BYTES as u64 + 2;
        let read = io::Read::take(&mut *input, longest).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            output.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        if read as u64 == longest && bytes.last() != Some(&b'\n') {
            skip_line(input)?;
        }
        let (id, question) = match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim().is_empty() => continue,
            Ok(text) => line::read(text.trim_end_matches(['\n', '\r']), &mut cache),
            Err(_) => (serde_json::Value::Null, Err(Problem::new("syntax", "The line is not UTF-8 text.", ""))),
        };
        let answer = question.and_then(|question| {
            if !arguments.explain {
                return question.decide().map(|decision| (decision, None));
            }
            let tree = question.explain();
            match (tree.outcome, &tree.undecidable) {
                (Some(decision), _) => Ok((decision, Some(tree))),
                (None, Some(undecidable)) => Err(Problem::from_undecidable(undecidable)),
                (None, None) => Err(Problem::new("undecidable", "The request cannot be decided.", "")),
            }
        });
        match answer {
            Ok((decision, tree)) => write_line(output, &Answer { id: &id, decision, tree })?,
            Err(error) => write_line(output, &Failed { id: &id, error: &error })?,
        }
        // Whoever asks one question at a time waits for its answer.
        if input.fill_buf().is_ok_and(<[u8]>::is_empty) || !has_line_ready(input) {
            output.flush()?;
        }
    }
}

fn has_line_ready(input: &mut dyn BufRead) -> bool {
    input.fill_buf().is_ok_and(|buffer| buffer.contains(&b'\n'))
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, done) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn lint(arguments: &LintArgs, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<ExitCode> {
    #[derive(Serialize)]
    struct Linted<'a> {
        id: &'a serde_json::Value,
        findings: Vec<Finding>,
    }
    let mut failed = false;
    for file in &arguments.files {
        let id = serde_json::Value::from(file.to_string_lossy());
        let text = if file == Path::new("-") { io::read_to_string(&mut *input) } else { std::fs::read_to_string(file) };
        match text {
            Ok(text) => {
                let kind = arguments.kind.map_or_else(|| guess_kind(&text), Into::into);
                let findings = match CompiledPolicy::read(&text, kind) {
                    Ok(policy) => policy::check(&policy, None),
                    Err(findings) => findings,
                };
                failed |= findings.iter().any(|finding| finding.severity == Severity::Error);
                write_line(output, &Linted { id: &id, findings })?;
            }
            Err(error) => {
                failed = true;
                write_line(output, &Failed { id: &id, error: &unreadable_file(&error) })?;
            }
        }
    }
    output.flush()?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn diff(arguments: &DiffArgs, output: &mut dyn Write) -> io::Result<ExitCode> {
    let read = |file: &Path| {
        let id = serde_json::Value::from(file.to_string_lossy());
        std::fs::read_to_string(file).map_err(|error| (id, vec![unreadable_file(&error)]))
    };
    let compile = |file: &Path, text: &str, kind: DocumentKind| {
        let problems = |findings: Vec<Finding>| findings.iter().map(Problem::from_finding).collect::<Vec<_>>();
        let id = || serde_json::Value::from(file.to_string_lossy());
        let policy = CompiledPolicy::read(text, kind).map_err(|findings| (id(), problems(findings)))?;
        if policy.flaws().is_empty() { Ok(policy) } else { Err((id(), problems(policy.flaws().to_vec()))) }
    };
    let differences = (|| {
        let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
        let kind = arguments.kind.map_or_else(|| guess_kind(&new), Into::into);
        let (old, new) = (compile(&arguments.old, &old, kind)?, compile(&arguments.new, &new, kind)?);
        policy::diff(&old, &new)
            .map_err(|findings| (serde_json::Value::Null, findings.iter().map(Problem::from_finding).collect()))
    })();
    let code = match differences {
        Ok(differences) => {
            for difference in &differences {
                write_line(output, difference)?;
            }
            ExitCode::SUCCESS
        }
        Err((id, problems)) => {
            for error in &problems {
                write_line(output, &Failed { id: &id, error })?;
            }
            ExitCode::FAILURE
        }
    };
    output.flush()?;
    Ok(code)
}

fn unreadable_file(error: &io::Error) -> Problem {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "There is no such file.",
        io::ErrorKind::PermissionDenied => "The file may not be read.",
        io::ErrorKind::InvalidData => "The file is not UTF-8 text.",
        _ => "The file cannot be read.",
    };
    Problem::new("unreadable_file", message, "")
}

/// What a document's elements make it: with principals it is for a resource, without a resource too it says who may assume a role.
fn guess_kind(text: &str) -> DocumentKind {
    let Ok(root) = policy::json::parse(text) else { return DocumentKind::Identity };
    let statements: &[policy::json::Node] = match root.get("Statement").map(|member| &member.node) {
        Some(node) => node.as_array().unwrap_or(std::slice::from_ref(node)),
        None => &[],
    };
    let any_has =
        |names: [&str; 2]| statements.iter().any(|statement| names.iter().any(|name| statement.get(name).is_some()));
    match (any_has(["Principal", "NotPrincipal"]), any_has(["Resource", "NotResource"])) {
        (true, true) => DocumentKind::Resource,
        (true, false) => DocumentKind::Trust,
        (false, _) => DocumentKind::Identity,
    }
}

#[cfg(test)]
mod tests;
