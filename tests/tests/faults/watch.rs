//! The workers' own figures, looked at often enough to survive a kill.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::fleet::short;

const LOOK_EVERY: Duration = Duration::from_millis(150);

/// Messages that came again to any worker, over all its lives.
pub struct Watch {
    redelivered: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Watch {
    pub fn start(workers: Vec<String>) -> Self {
        let redelivered = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for health in workers {
            tasks.spawn(follow(health, Arc::clone(&redelivered)));
        }
        Self { redelivered, _tasks: tasks }
    }

    pub fn redelivered(&self) -> u64 {
        self.redelivered.load(Relaxed)
    }
}

async fn follow(health: String, total: Arc<AtomicU64>) {
    let mut last = 0;
    loop {
        if let Some(now) = figure(&health, "docde_redelivered_total").await {
            // A smaller number is that of a new process.
            total.fetch_add(if now >= last { now - last } else { now }, Relaxed);
            last = now;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The sum of a metric over its labels; `None` while the process is away.
pub async fn figure(health: &str, name: &str) -> Option<u64> {
    let text = short()
        .ok()?
        .get(format!("http://{health}/metrics"))
        .send()
        .await
        .ok()?
        .text()
        .await
        .ok()?;
    let of_metric =
        |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok());
    Some(text.lines().filter(of_metric).filter_map(value).sum())
}
