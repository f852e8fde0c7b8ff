//! Waiting for facts, with a limit that names what was waited for.

use platform::Failure;
use std::time::{Duration, Instant};

/// Far above what two busy cores need for anything here.
pub const LIMIT: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Asks until the answer is `Some`.
pub async fn until<T>(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Result<T, Failure> {
    let from = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return Ok(found);
        }
        if from.elapsed() > limit {
            return Err(format!("waited {limit:?} for {what}").into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
