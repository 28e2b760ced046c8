//! Configuration: flags and environment, read once, checked at the start.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::wire::Secret;

/// Where data lives; taken by every command.
#[derive(Debug, Clone, Args)]
pub struct DataConfig {
    /// Folder for the private database and the key file.
    #[arg(long, env = "WAMI_DATA_DIR", default_value = "./.data", global = true)]
    pub data_dir: PathBuf,
    /// An existing PostgreSQL to use instead of a private one: postgres://owner:password@host/database.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_parser = secret)]
    pub database_url: Option<Secret<String>>,
    /// The key that encrypts secrets and derives the database passwords: 64 hexadecimal digits. Without it, the file
    /// `key` in the data folder, made at the first start.
    #[arg(long, env = "WAMI_KEY", hide_env_values = true, global = true, value_parser = secret)]
    pub key: Option<Secret<String>>,
}

/// Where everything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// In PostgreSQL.
    Postgres,
    /// In memory, for a demo: nothing is kept when the server stops.
    Memory,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// Address and port to listen on.
    #[arg(long, env = "WAMI_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The address people use, when it differs from the one listened on, as in https://wami.example.org.
    #[arg(long, env = "WAMI_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Folder of the browser's files.
    #[arg(long, env = "WAMI_SITE_DIR", default_value = "target/site")]
    pub site_dir: PathBuf,
    /// Minutes after which an unused session ends, 1 to 720.
    #[arg(long, env = "WAMI_SESSION_IDLE_MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=720))]
    pub session_idle_minutes: u16,
    /// Hours after which any session ends, 1 to 72.
    #[arg(long, env = "WAMI_SESSION_HOURS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=72))]
    pub session_hours: u16,
    /// Most connections to the database, 2 to 500.
    #[arg(long, env = "WAMI_DB_CONNECTIONS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(2..=500))]
    pub db_connections: u16,
    /// Where everything is kept; in memory needs no database and keeps nothing when the server stops.
    #[arg(long, env = "WAMI_STORE", value_enum, default_value_t = StoreKind::Postgres)]
    pub store: StoreKind,
    /// Loads the sample organisation, into an installation that holds nothing yet.
    #[arg(long, env = "WAMI_SAMPLE", default_value_t = false)]
    pub sample: bool,
    /// Shows pages for developers.
    #[arg(long, env = "WAMI_DEV", default_value_t = false)]
    pub dev: bool,
}

impl ServeConfig {
    /// The address people use, without a trailing slash.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => match bound.ip() {
                // Nobody can open 0.0.0.0 in a browser.
                IpAddr::V4(ip) if ip.is_unspecified() => format!("http://localhost:{}", bound.port()),
                IpAddr::V6(ip) if ip.is_unspecified() => format!("http://localhost:{}", bound.port()),
                _ => format!("http://{bound}"),
            },
        }
    }
}

fn secret(text: &str) -> Result<Secret<String>, std::convert::Infallible> {
    Ok(Secret::new(text.to_owned()))
}
