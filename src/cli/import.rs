//! `wami-console import`: for automation. Needs access to the data, not to a session.

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, open};
use crate::authn::setup;
use crate::config::DataConfig;
use crate::import::aws_account::{Dump, DumpError, ErrorCode, Options, Rejection};
use crate::import::check_policy;
use crate::import::report::{About, Change, Report, Tally};
use crate::import::run::How;
use crate::import::service::{Refused, import_as_operator};
use crate::tenant::TenantPath;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Imports the output of `aws iam get-account-authorization-details` into a tenant, all of it or nothing. What
    /// changed since the last import is taken over; what was edited here is kept and listed; what the file does not
    /// have any more stays and is listed.
    AwsAccount(AwsAccount),
}

/// How to import an AWS account.
#[derive(Debug, clap::Args)]
pub struct AwsAccount {
    /// The file, as JSON.
    file: PathBuf,
    /// The tenant, as in `acme.eng` or `acme/eng`; made if it is absent.
    #[arg(long, value_parser = tenant_path)]
    tenant: TenantPath,
    /// Says what would be done and does nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where something was edited here since the last import, the file wins.
    #[arg(long)]
    overwrite: bool,
    /// Of a file with several accounts, imports this one: twelve digits.
    #[arg(long, value_parser = account_id)]
    account: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A path of a tenant, with dots or slashes.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn tenant_path(text: &str) -> Result<TenantPath, String> {
    text.replace('/', ".").parse().map_err(|error: crate::tenant::path::PathError| error.to_string())
}

fn account_id(text: &str) -> Result<String, String> {
    let is_one = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { Ok(text.to_owned()) } else { Err("an account id has twelve digits".into()) }
}

/// Runs the command. `false` when the file was refused and that has been said.
///
/// # Errors
/// When the data cannot be reached.
pub async fn run(data: &DataConfig, command: ImportCommand) -> Result<bool, Failure> {
    let ImportCommand::AwsAccount(args) = command;
    let account = args.account.clone();
    let file = args.file.clone();
    // The file comes first: what is wrong with it needs no database.
    let checked = tokio::task::spawn_blocking(move || open_dump(&file, account.as_deref())).await?;
    let mut dump = match checked {
        Ok(dump) => dump,
        Err(rejection) => return refuse(&args, &rejection),
    };
    let opened = open::postgres(data, 2).await?;
    let app = opened.app(crate::app_state::Settings::default());
    let how = How { apply: !args.dry_run, overwrite: args.overwrite };
    let done = match setup::ensure_foundation(&app).await {
        Ok(_) => import_as_operator(&app, &args.tenant, &mut dump, how, "command-line").await,
        Err(error) => Err(Refused::Api(crate::op::errors::to_api(error, "command-line"))),
    };
    drop(app);
    opened.close().await;
    match done {
        Ok(report) => {
            print(&args, &report)?;
            Ok(true)
        }
        Err(Refused::Dump(rejection)) => refuse(&args, &rejection),
        Err(Refused::Api(error)) if args.json => {
            let message = error.message;
            println!("{}", json!({"errors": [{"pointer": "", "code": error.code, "message": message}]}));
            Ok(false)
        }
        Err(Refused::Api(error)) => Err(error.message.into()),
    }
}

/// Opens and checks a file.
///
/// # Errors
/// What is wrong with it.
pub fn open_dump(file: &Path, account: Option<&str>) -> Result<Dump<impl Read + Seek + Send + use<>>, Rejection> {
    let reader = File::open(file).map_err(|error| {
        let message = format!("The file {} cannot be opened: {error}.", file.display());
        let error = DumpError { pointer: String::new(), code: ErrorCode::Unreadable, message };
        Rejection { errors: vec![error], more: false }
    })?;
    Dump::open(BufReader::with_capacity(256 << 10, reader), &Options { account, check_policy: &check_policy })
}

fn refuse(args: &AwsAccount, rejection: &Rejection) -> Result<bool, Failure> {
    if args.json {
        println!("{}", serde_json::to_string(rejection)?);
        return Ok(false);
    }
    let mut out = std::io::stderr().lock();
    writeln!(out, "{} cannot be imported; nothing was changed.", args.file.display())?;
    for error in &rejection.errors {
        let place = if error.pointer.is_empty() { "the file" } else { &error.pointer };
        writeln!(out, "  {place}: {} ({})", error.message, error.code)?;
    }
    if rejection.more {
        writeln!(out, "  There may be more.")?;
    }
    Ok(false)
}

fn print(args: &AwsAccount, report: &Report) -> Result<(), Failure> {
    for warning in &report.warnings {
        eprintln!("warning: {}: {}", warning.pointer, warning.message);
    }
    if report.warnings_omitted > 0 {
        eprintln!("warning: and {} more", report.warnings_omitted);
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        let mut shown = serde_json::to_value(report.tallies)?;
        if args.dry_run {
            shown["plan"] = serde_json::to_value(report)?;
        }
        writeln!(out, "{shown}")?;
        return Ok(());
    }
    let verb = if args.dry_run { "would import" } else { "imported" };
    writeln!(out, "{verb} {} into {}", report.accounts.join(", "), args.tenant)?;
    writeln!(out, "{:<18}{:>9}{:>9}{:>11}", "", "created", "updated", "unchanged")?;
    for (name, Tally { created, updated, unchanged, .. }) in report.tallies.named() {
        writeln!(out, "{name:<18}{created:>9}{updated:>9}{unchanged:>11}")?;
    }
    section(&mut out, "Differences", &report.differences, |item| {
        let sign = match item.change {
            Change::Created => "new",
            Change::Updated => "changed",
            Change::Removed => "removed",
        };
        let values = match (&item.before, &item.after) {
            (Some(before), Some(after)) => format!(": {before} → {after}"),
            (None, Some(value)) | (Some(value), None) => format!(": {value}"),
            (None, None) => String::new(),
        };
        format!("{} {sign}{values}", about(&item.about))
    })?;
    section(&mut out, "Conflicts (edited here since the last import)", &report.conflicts, |item| {
        let kept = if item.overwritten { "the file wins" } else { "kept" };
        format!("{}: {}, {kept}", about(&item.about), item.edit.words())
    })?;
    section(&mut out, "Not in the file any more (kept)", &report.absent, about)?;
    section(&mut out, "Who may act in the console by these policies", &report.console_grants, |grant| {
        let who = format!("{} {}", grant.principal.kind.as_str(), grant.principal.name);
        format!("{who}: {} (by {})", grant.actions.join(" "), grant.policies.join(", "))
    })?;
    Ok(())
}

fn about(about: &About) -> String {
    let entity = format!("{} {}", about.entity.kind.as_str(), about.entity.name);
    match about.part {
        None => entity,
        Some(part) if about.which.is_empty() => format!("{entity}: {}", part.words()),
        Some(part) => format!("{entity}: {} {}", part.words(), about.which),
    }
}

fn section<T>(
    out: &mut impl Write,
    title: &str,
    items: &crate::import::report::Listed<T>,
    line: impl Fn(&T) -> String,
) -> std::io::Result<()> {
    if items.total == 0 {
        return Ok(());
    }
    writeln!(out, "\n{title}: {}", items.total)?;
    for item in &items.listed {
        writeln!(out, "  {}", line(item))?;
    }
    let more = items.total - items.listed.len() as u64;
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}
