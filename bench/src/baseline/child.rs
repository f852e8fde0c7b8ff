//! The baseline as a process of its own, like the services that it is compared with.

use platform::Failure;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Variant;

/// A running baseline; dropping it kills it.
#[derive(Debug)]
pub struct Service {
    pub address: String,
    pub pid: Option<u32>,
    _child: Child,
}

/// Starts this very program as a baseline and waits until it listens.
pub async fn start(url: &str, variant: Variant, pool: u32) -> Result<Service, Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["baseline", "--variant", variant.name(), "--pool", &pool.to_string()])
        .env("DOCDE_BASELINE_DATABASE_URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("the baseline has no output")?;
    let line =
        tokio::time::timeout(Duration::from_secs(20), BufReader::new(stdout).lines().next_line())
            .await??;
    let address = line
        .as_deref()
        .and_then(|line| line.strip_prefix("listening "))
        .ok_or("the baseline did not start")?;
    Ok(Service { address: address.to_owned(), pid: child.id(), _child: child })
}
