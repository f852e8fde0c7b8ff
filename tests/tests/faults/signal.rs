//! Signals, sent by `kill`, one process at a time by its pid.

use platform::Failure;
use std::process::Stdio;

/// Sends `KILL`, `STOP`, `CONT` or `TERM`.
pub async fn send(signal: &str, pid: u32) -> Result<(), Failure> {
    let arguments = ["-c", "kill -\"$0\" \"$1\"", signal, &pid.to_string()];
    let status =
        tokio::process::Command::new("sh").args(arguments).stdin(Stdio::null()).status().await?;
    if status.success() { Ok(()) } else { Err(format!("kill -{signal} {pid}: {status}").into()) }
}

/// Whether the process is there and no zombie.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}
