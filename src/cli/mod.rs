//! The command line.

pub mod admin;
pub mod audit;
pub mod import;
pub mod open;
pub mod policy;
pub mod sample;
pub mod serve;
pub mod synth;

use clap::{Parser, Subcommand};

use crate::config::{DataConfig, ServeConfig};

/// Identity and access in a tree of tenants: a self-hosted console.
#[derive(Debug, Parser)]
#[command(name = "wami-console", version, args_conflicts_with_subcommands = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    serve: ServeConfig,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the console (what happens without a command).
    Serve(ServeConfig),
    /// Brings the database to this version and ends.
    Migrate,
    /// Administrators, without signing in (break-glass).
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Brings what exists elsewhere into a tenant, beside a running server or without one.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Makes up data for benchmarks.
    #[command(subcommand)]
    Synth(synth::SynthCommand),
    /// The audit: whether it is as it was written.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Answers access questions, checks policy documents and compares them; needs no data.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Loads a sample organisation, into an installation that holds nothing yet.
    Sample,
    /// Asks a running server on this machine whether it is ready.
    Healthcheck(ServeConfig),
}

/// Runs the command and gives the exit status.
pub async fn run(cli: Cli) -> std::process::ExitCode {
    let done = match cli.command {
        Some(Command::Policy(command)) => match policy::run_on_standard_streams(&command) {
            Ok(code) => return code,
            Err(error) => Err(error.into()),
        },
        None => serve::serve(&cli.data, &cli.serve).await,
        Some(Command::Serve(config)) => serve::serve(&cli.data, &config).await,
        Some(Command::Migrate) => open::migrate(&cli.data).await,
        Some(Command::Admin(command)) => admin::run(&cli.data, command).await,
        Some(Command::Audit(command)) => audit::run(&cli.data, command).await,
        Some(Command::Sample) => sample::run(&cli.data).await,
        Some(Command::Import(command)) => match import::run(&cli.data, command).await {
            Ok(false) => return std::process::ExitCode::FAILURE,
            done => done.map(|_| ()),
        },
        Some(Command::Synth(command)) => synth::run(&command),
        Some(Command::Healthcheck(config)) => serve::healthcheck(&config).await,
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wami-console: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            std::process::ExitCode::FAILURE
        }
    }
}

/// What a command fails with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_readme_lists_every_setting_and_no_other() {
        let rows = include_str!("../../README.md").lines().filter(|line| line.starts_with("| `--"));
        let of_row = |row: &str| {
            let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        };
        let listed: BTreeSet<(String, String)> = rows.map(of_row).collect();
        let command = Cli::command();
        let settings = command.get_arguments().filter_map(|argument| {
            Some((format!("--{}", argument.get_long()?), argument.get_env()?.to_str()?.to_owned()))
        });
        assert_eq!(listed, settings.collect());
    }
}
