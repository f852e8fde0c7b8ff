//! The worker's process.

use docde_workers::Config;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    platform::service::main("workers", Config::from_env, docde_workers::run).await
}
