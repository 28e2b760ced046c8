//! `wami-console serve`.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Failure, open, sample};
use crate::app_state::{App, Settings};
use crate::authn::setup;
use crate::authz::Judge;
use crate::clock::Stopwatch;
use crate::config::{DataConfig, ServeConfig, StoreKind};
use crate::server::assets::Assets;
use crate::server::router::Deadlines;
use crate::server::{router, serve as http};

/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(300);

/// How often the audit is sealed.
const SEAL_EVERY: Duration = Duration::from_secs(1);

/// Serves until told to stop.
///
/// # Errors
/// When the browser's files, the database or the address cannot be used.
pub async fn serve(data: &DataConfig, config: &ServeConfig) -> Result<(), Failure> {
    let watch = Stopwatch::start();
    let assets = Assets::load(&config.site_dir)?;
    let listener = TcpListener::bind(config.listen).await?;
    let bound = listener.local_addr()?;
    let opened = match config.store {
        StoreKind::Postgres => open::postgres(data, u32::from(config.db_connections)).await?,
        StoreKind::Memory => open::memory(),
    };
    let app = opened.app(Settings {
        public_url: config.public_url(bound),
        session_idle: TimeDelta::minutes(i64::from(config.session_idle_minutes)),
        session_absolute: TimeDelta::hours(i64::from(config.session_hours)),
        upload_dir: data.data_dir.join("uploads"),
        deadlines: Deadlines::default(),
        is_development: config.dev,
        judge: Judge::Engine,
    });
    if config.sample {
        println!("{}", sample::load(&app).await?);
    }
    let link = setup::link(&app).await?;
    let router = router(Arc::clone(&app), &config.site_dir, assets);
    println!("WAMI Console is ready at {} (in {} ms).", app.settings.public_url, watch.elapsed().as_millis());
    if config.store == StoreKind::Memory {
        println!("It runs in memory: nothing is kept when it stops.");
    }
    if let Some(link) = link {
        println!("There is no administrator yet. Set one up within 24 hours at:\n\n    {}\n", link.expose());
    }
    let sweeper = tokio::spawn(sweep(Arc::clone(&app)));
    let sealer = tokio::spawn(seal(Arc::clone(&app)));
    http::serve(listener, router, http::Limits::default(), http::shutdown_signal()).await;
    sweeper.abort();
    sealer.abort();
    // What the last requests wrote need not wait for the next start.
    seal_once(&app).await;
    drop(app);
    opened.close().await;
    Ok(())
}

/// Removes what has expired, again and again.
async fn sweep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        app.uploads.sweep(app.clock.now());
        if let Err(error) = app.console.sweep(app.clock.now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "expired rows could not be removed");
        }
    }
}

/// Seals the audit, again and again.
async fn seal(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SEAL_EVERY);
    loop {
        ticks.tick().await;
        seal_once(&app).await;
    }
}

async fn seal_once(app: &App) {
    loop {
        match app.backend.seal_audit().await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the audit could not be sealed");
                return;
            }
        }
    }
}

/// Asks the server at the configured address whether it is ready.
///
/// # Errors
/// When it is not, or does not answer within three seconds.
pub async fn healthcheck(config: &ServeConfig) -> Result<(), Failure> {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(3), ask).await??;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err("the server is not ready".into()) }
}
