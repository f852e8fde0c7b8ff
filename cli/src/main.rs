//! The operators' command line, `docde`. What it can do is listed in `args`; the exit code says how
//! it went: 0 good, 1 something is wrong, 64 bad configuration or usage.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    docde_cli::main().await
}
