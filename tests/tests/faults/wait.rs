//! Waiting for facts, with a limit that names what was waited for.

use platform::Failure;
use std::time::{Duration, Instant};

/// Far above what two busy cores need for anything here.
pub const LIMIT: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// No look takes longer by itself.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// Asks until the answer is `Some`. A machine that was suspended meanwhile uses up little of the limit.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> Result<T, Failure> {
    let mut spent = Duration::ZERO;
    loop {
        let from = Instant::now();
        if let Some(found) = ask().await {
            return Ok(found);
        }
        if spent > limit {
            return Err(format!("waited {limit:?} for {what}").into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
        spent += from.elapsed().min(LONGEST_LOOK);
    }
}
