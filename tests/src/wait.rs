//! Waiting for a condition, with a limit after which the test fails and says what it waited for.

use std::time::{Duration, Instant};

/// Longest wait: far above what a healthy system needs on two busy cores.
pub const LIMIT: Duration = Duration::from_secs(40);

/// Asks until the answer is `Some`.
///
/// # Panics
/// After [`LIMIT`], naming `what`.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let from = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(from.elapsed() < LIMIT, "waited {LIMIT:?} for: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}
