//! Trying again until it works: the one policy for what is away for a while (broker, database). Delays grow from
//! [`BASE`] to [`CAP`], each with up to its own length added by chance, so that replicas do not come back all at once;
//! after the cap the longest is a second. An outage is logged once, and once when it is over.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::fmt::Display;
use std::time::Duration;

/// The first delay, before chance is added.
pub const BASE: Duration = Duration::from_millis(50);
/// The longest delay, before chance is added.
pub const CAP: Duration = Duration::from_millis(500);

/// The tries of one thing. Lives as long as the thing is needed, over any number of outages.
#[derive(Debug)]
pub struct Retry {
    what: &'static str,
    /// `None` while it works.
    outage: Option<ExponentialBackoff>,
}

impl Retry {
    /// `what` is named in the log: "subscribing to outcomes".
    pub fn new(what: &'static str) -> Self {
        Self { what, outage: None }
    }

    /// A try has failed: how long to wait before the next.
    pub fn failed(&mut self, error: &impl Display) -> Duration {
        if self.outage.is_none() {
            tracing::warn!(%error, "{} fails; it is tried again until it works", self.what);
        }
        self.outage.get_or_insert_with(delays).next().unwrap_or(CAP)
    }

    /// It works, or works again.
    pub fn worked(&mut self) {
        if self.outage.take().is_some() {
            tracing::info!("{} works again", self.what);
        }
    }
}

/// Tries until it works. Only for who holds nothing that others wait for.
pub async fn until_it_works<T, E, F>(what: &'static str, mut attempt: impl FnMut() -> F) -> T
where
    E: Display,
    F: Future<Output = Result<T, E>>,
{
    let mut retry = Retry::new(what);
    loop {
        match attempt().await {
            Ok(done) => {
                retry.worked();
                return done;
            }
            Err(error) => tokio::time::sleep(retry.failed(&error)).await,
        }
    }
}

fn delays() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(BASE)
        .with_max_delay(CAP)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_cap_and_begin_anew_after_a_success() {
        let mut retry = Retry::new("a test");
        for n in 0..1_000 {
            let least = (BASE * 2_u32.pow(n.min(4))).min(CAP);
            let delay = retry.failed(&"away");
            assert!(delay >= least && delay <= least * 2, "{n}: {delay:?}");
        }
        retry.worked();
        assert!(retry.failed(&"away again") <= BASE * 2);
    }

    #[tokio::test]
    async fn tries_until_it_works() {
        let mut tries = 0;
        let done = until_it_works("a test", || {
            tries += 1;
            std::future::ready(if tries < 4 { Err("away") } else { Ok(tries) })
        });
        assert_eq!(done.await, 4);
    }
}
