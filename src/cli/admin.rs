//! `wami-console admin`: for automation and as break-glass. Needs access to the data, not to a session.

use std::io::Read;

use clap::Subcommand;

use super::{Failure, open};
use crate::authn::setup::{self, NewAdministrator};
use crate::config::DataConfig;
use crate::tenant::TenantPath;
use crate::wire::Secret;

/// What can be done with administrators.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Makes a user an administrator of a tenant and everything below; creates it, or sets its password.
    Create {
        /// The tenant, as in `acme.eng`; `root` for everything.
        #[arg(long, default_value = "root")]
        tenant: TenantPath,
        /// The user's name.
        #[arg(long)]
        user: String,
        /// Reads the password from standard input, up to the first line break.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// What the console would say to a person.
pub async fn run(data: &DataConfig, command: AdminCommand) -> Result<(), Failure> {
    let AdminCommand::Create { tenant, user, .. } = command;
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    let password = Secret::new(text.lines().next().unwrap_or_default().to_owned());
    let opened = open::postgres(data, 4).await?;
    let app = opened.app(crate::app_state::Settings::default());
    let new = NewAdministrator {
        user_name: user.clone(),
        display_name: String::new(),
        email: String::new(),
        repeated: password.clone(),
        password,
    };
    let done = setup::create_administrator(&app, &tenant, new, "command-line").await;
    opened.close().await;
    done.map_err(|error| {
        let fields: Vec<String> =
            error.fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
        if fields.is_empty() { error.message } else { fields.join("; ") }
    })?;
    println!("{} is an administrator of {tenant} and everything below.", crate::op::sign_in_name(&user, &tenant));
    Ok(())
}
