//! The indexer's process.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    platform::service::main("indexer", docde_indexer::Config::from_env, docde_indexer::run).await
}
