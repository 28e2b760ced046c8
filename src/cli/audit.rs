//! `wami-console audit`: whether the audit is as it was written.

use clap::Subcommand;

use super::{Failure, open};
use crate::audit::chain::Chains;
use crate::config::DataConfig;

/// What can be done with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks the chain of every tenant and says which record was changed, removed or moved; fails if one was.
    Verify {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be used, or the audit is not as it was written.
pub async fn run(data: &DataConfig, command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify { json } = command;
    let opened = open::postgres(data, 2).await?;
    let app = opened.app(crate::app_state::Settings::default());
    let found = app.backend.verify_audit().await;
    drop(app);
    opened.close().await;
    let found = found?;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&found)?),
        false => print!("{}", report(&found)),
    }
    match found.faults.len() {
        0 => Ok(()),
        1 => Err("the audit is not as it was written: 1 record is at fault".into()),
        n => Err(format!("the audit is not as it was written: {n} records are at fault").into()),
    }
}

fn report(found: &Chains) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string does not fail");
    for chain in &found.chains {
        line(format!("{}: {} records, head {}", chain.tenant, chain.records, chain.head));
    }
    for fault in &found.faults {
        let place = fault.place.map(|place| format!(" at place {place}")).unwrap_or_default();
        line(format!("{}: the record {}{place} {}.", fault.tenant, fault.event, fault.kind.as_words()));
    }
    line(format!("{} records wait to be sealed.", found.unsealed));
    text
}
