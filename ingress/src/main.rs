//! The ingress service. See the library for what it does.

use docde_ingress::Config;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    platform::service::main("ingress", Config::from_env, docde_ingress::run).await
}
