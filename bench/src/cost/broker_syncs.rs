//! How often RabbitMQ has flushed the log of its quorum queues. Each batch of that log ends with one `fdatasync`, and the
//! broker counts the batches; only its own console shows the count.

use platform::config::Env;
use std::process::Stdio;
use tokio::process::Command;

const ASK: &str = "maps:get(batches, maps:get(ra_log_wal, ra_counters:overview())).";

/// So far; `None` where there is no `./dev` to ask through, or the broker does not say.
pub async fn read(env: &Env) -> Option<u64> {
    let done = Command::new(env.optional("DOCDE_DEV")?)
        .args(["infra", "rabbitmqctl", "eval", ASK])
        .stdin(Stdio::null())
        .output()
        .await
        .ok()?;
    String::from_utf8_lossy(&done.stdout).trim().parse().ok()
}
