//! Up to where one socket has been told, and the proof that its cursor never skips an event.
//!
//! A cursor promises: every event of this account up to these numbers, partition by partition, was in a
//! frame that came no later than the one that carries the cursor. Whoever comes back with it gets all
//! above it. What makes the promise hold:
//!
//! 1. Within a partition, events are committed in the order of their numbers, and the hub tells them
//!    in that order without gaps, each after its commit, raising `reached` before it tells.
//! 2. A socket registers first, then reads the hub's `reached` as its *base*, then reads its backlog.
//!    Take any event of the account. If its number is at most the base, it was committed before the
//!    backlog is read, so it is in the backlog (or below the cursor that the client brought). If it is
//!    above the base, `reached` was raised to it after we read it, so it is told after we registered and
//!    waits in our queue. It may be in the backlog too: then the number is seen already and it is dropped.
//! 3. While the backlog is sent, the cursor holds what the client brought, moved on by the events
//!    sent. Entries of partitions whose backlog is still to come stay where they were. The base goes in
//!    with the last event of the backlog: only then is all up to it sent.
//! 4. The rest of a long life: an entry rises with the account's own events only. The others stay at
//!    the base, which is too low, never too high.
//!
//! A socket without a cursor begins at its base: what came before is not asked for.

use domain::cursor::Cursor;
use domain::partition::PartitionId;

use crate::store::Kept;

/// A socket's cursor, and the base that it will rise to once its backlog is sent.
pub struct Progress {
    cursor: Cursor,
    base: Cursor,
    partitions: u16,
}

impl Progress {
    /// `base` was read after registering. `after` is the cursor that the client brought.
    pub fn new(after: Option<Cursor>, base: Cursor, partitions: u16) -> Self {
        Self { cursor: after.unwrap_or_else(|| base.clone()), base, partitions }
    }

    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    pub fn id(&self) -> String {
        self.cursor.encode()
    }

    /// Takes an event in; false when it was sent before.
    pub fn take(&mut self, partition: PartitionId, seq: u64) -> bool {
        self.cursor.advance(partition, seq)
    }

    /// The last of the backlog is being sent.
    pub fn caught_up(&mut self) {
        for partition in (0..self.partitions).map(PartitionId::new) {
            self.cursor.advance(partition, self.base.seen(partition));
        }
    }

    /// A snapshot stands for all events that were committed before it was read: up to `heads`, partition by partition,
    /// which the hub may not have reached yet. What it tells of those later is old news, and dropped.
    pub fn start_over(&mut self, heads: &[u64]) {
        self.cursor = self.base.clone();
        for (partition, head) in (0..self.partitions).map(PartitionId::new).zip(heads) {
            self.cursor.advance(partition, *head);
        }
    }

    /// Whether events above the cursor are gone, or the cursor is ahead of all that was committed (that
    /// of another installation): then the events cannot tell the story.
    pub fn is_lost(&self, kept: &[Kept]) -> bool {
        kept.iter().any(|kept| {
            let seen = self.cursor.seen(kept.partition);
            seen + 1 < kept.oldest || seen > kept.head
        })
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
