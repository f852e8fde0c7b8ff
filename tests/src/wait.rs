//! Waiting for a condition, with a limit after which the test fails and says what it waited for.

use platform::Failure;
use std::time::{Duration, Instant};

/// Longest wait: far above what a healthy system needs on two busy cores.
pub const LIMIT: Duration = Duration::from_secs(40);

/// Between two questions.
const ASK_EVERY: Duration = Duration::from_millis(15);

/// One question counts for no more than this, so that a machine that was suspended meanwhile uses up little of the limit.
const MAX_COUNTED: Duration = Duration::from_secs(10);

/// Asks until the answer is `Some`.
///
/// # Panics
/// After [`LIMIT`], naming `what`.
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(what, LIMIT, ask).await.unwrap_or_else(|error| panic!("{error}"))
}

/// The same within another limit, after which the error names `what`.
pub async fn until_within<T>(
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
            return Err(format!("waited {limit:?} for: {what}").into());
        }
        tokio::time::sleep(ASK_EVERY).await;
        spent += from.elapsed().min(MAX_COUNTED);
    }
}
