//! What a partition's owner lets go: events that no listener may ask for any more, and publishers that are long gone.

use chrono::TimeDelta;
use std::time::Duration;

use crate::batch::PartitionState;
use crate::config::{EVENT_DAYS, PUBLISHER_DAYS};
use crate::{Shared, ledgers_store, ownership_store};

/// Between two sweeps.
pub const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Sweeps a portion; false when there may be more, and after an error. `queue_is_empty`: nothing waits and nothing is in
/// hand, so that whatever a publisher had sent has been counted. Without that a message of one that was let go would
/// begin new books, in which all numbers before it are missing.
pub async fn run(shared: &Shared, state: &mut PartitionState, queue_is_empty: bool) -> bool {
    let (now, partition) = (shared.clock.now(), state.partition);
    let events = (now - TimeDelta::days(EVENT_DAYS)).naive_utc();
    let events = ownership_store::forget_events(&shared.pool, partition, events).await;
    let (Some(ledgers), true) = (&mut state.ledgers, queue_is_empty) else { return false };
    let before = now - TimeDelta::days(PUBLISHER_DAYS);
    let gone =
        ledgers_store::forget_publishers(&shared.pool, (partition, state.epoch), before).await;
    if let Ok(gone) = &gone
        && !gone.is_empty()
    {
        tracing::info!(%partition, publishers = gone.len(), "publishers that are long gone were let go");
        ledgers.forget(gone);
    }
    events.unwrap_or(false) && gone.is_ok_and(|gone| gone.is_empty())
}
