//! The command line.

pub mod admin;
pub mod open;
pub mod policy;
pub mod serve;

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
    /// Answers access questions, checks policy documents and compares them; needs no data.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
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
