//! The `wami-console` binary: reads the command line and runs it.

use std::process::ExitCode;

use clap::Parser;
use wami::cli::Cli;

// Gives the 19 MiB of a password's hash back after each sign-in (docs/decisions/0007-allocator.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    wami::telemetry::start();
    let workers = std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(wami::cli::run(cli)),
        Err(error) => {
            eprintln!("wami-console: the runtime cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
