//! `wami-console synth`: made-up data for benchmarks, the same for the same seed.

use std::fs::File;
use std::path::PathBuf;

use clap::Subcommand;

use super::Failure;
use crate::synth::dump::{SynthOptions, write_dump};

/// What can be made up.
#[derive(Debug, Subcommand)]
pub enum SynthCommand {
    /// Writes the dump of an AWS account that does not exist, for `import aws-account`.
    Dump {
        /// How many users; groups, roles and policies come in proportion.
        #[arg(long, default_value_t = 1000)]
        users: u32,
        /// Equal seeds and sizes give equal bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The file to write.
        file: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be written.
pub fn run(command: &SynthCommand) -> Result<(), Failure> {
    let SynthCommand::Dump { users, seed, file } = command;
    write_dump(&mut File::create(file)?, SynthOptions { seed: *seed, users: *users })?;
    println!("{} holds {users} made-up users.", file.display());
    Ok(())
}
