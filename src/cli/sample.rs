//! `wami-console sample` and `serve --sample`.

use super::{Failure, open};
use crate::app_state::{App, Settings};
use crate::config::DataConfig;
use crate::sample::{self, Loaded};

/// Loads the sample organisation into the database.
///
/// # Errors
/// When something else is there already; when the database cannot be used.
pub async fn run(data: &DataConfig) -> Result<(), Failure> {
    let opened = open::postgres(data, 2).await?;
    let done = load(&opened.app(Settings::default())).await;
    opened.close().await;
    println!("{}", done?);
    Ok(())
}

/// Loads the sample organisation and says what came of it.
///
/// # Errors
/// As [`sample::load`].
pub async fn load(app: &App) -> Result<String, Failure> {
    Ok(match sample::load(app, "command-line").await? {
        Loaded::Created { tenants, users } => {
            format!("The sample organisation is loaded: {users} users in {tenants} tenants, below {}.", sample::TOP)
        }
        Loaded::Already => "The sample organisation is there already; nothing was changed.".to_owned(),
    })
}
