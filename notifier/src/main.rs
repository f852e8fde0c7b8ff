//! The notifier's process.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    platform::service::main("notifier", docde_notifier::Config::from_env, docde_notifier::run).await
}
