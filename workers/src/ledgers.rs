//! The owner's ledgers of a partition: what arrived from each publisher, and the counters that add up
//! (invariant 6). Kept in memory between batches, written in each batch's transaction.

use domain::conservation::{Ledger, Numbers};
use domain::feed::Head;
use domain::partition::PartitionId;
use domain::request::State;
use platform::metrics;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

use crate::held_back::HeldBack;
use crate::intake::Message;

/// Commands counted by their end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub received: u64,
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
    pub duplicate: u64,
    pub undecodable: u64,
    pub lost: u64,
}

impl Counters {
    /// One more request has this state.
    pub fn count(&mut self, state: State) {
        match state {
            State::Confirmed => self.confirmed += 1,
            State::Rejected => self.rejected += 1,
            State::Expired => self.expired += 1,
            State::Accepted | State::Parked => {}
        }
    }
}

/// Those of all publishers of a partition.
#[derive(Clone, Debug, Default)]
pub struct Ledgers {
    by_publisher: HashMap<Uuid, Ledger>,
    counters: Counters,
    /// What all publishers that ever were know confirmed, those included that were let go.
    acked: u64,
}

/// Changes of one batch, thrown away when it rolls back.
pub struct LedgerChanges<'l> {
    kept: &'l Ledgers,
    pub changed: HashMap<Uuid, Ledger>,
    pub counters: Counters,
}

impl<'l> LedgerChanges<'l> {
    pub fn of(kept: &'l Ledgers) -> Self {
        Self { kept, changed: HashMap::new(), counters: kept.counters }
    }

    /// One command arrives; false when it was counted before.
    pub fn arrive(&mut self, publisher: Uuid, seq: u64) -> bool {
        let fresh = self.take(publisher, &Numbers { seq, count: 1, acked: 0, beyond: Vec::new() })
            > 0
            || publisher.is_nil();
        self.counters.received += u64::from(fresh);
        fresh
    }

    /// What the message says of its publisher's confirms. Its commands arrive one by one.
    pub fn heard(&mut self, message: &Message) {
        let numbers = &message.numbers;
        let seq = if message.frames.is_empty() { numbers.seq } else { numbers.seq + numbers.count };
        if !message.publisher.is_nil() && seq > 0 {
            let report =
                Numbers { seq, count: 0, acked: numbers.acked, beyond: numbers.beyond.clone() };
            self.take(message.publisher, &report);
        }
    }

    fn take(&mut self, publisher: Uuid, numbers: &Numbers) -> u64 {
        if publisher.is_nil() {
            return 0;
        }
        let known = || self.kept.by_publisher.get(&publisher).cloned().unwrap_or_default();
        let ledger = self.changed.entry(publisher).or_insert_with(known);
        let before = ledger.lost();
        let fresh = ledger.arrive(numbers);
        self.counters.lost = (self.counters.lost + ledger.lost()).saturating_sub(before);
        fresh
    }
}

impl Ledgers {
    /// `acked_gone` is what publishers had confirmed that were let go.
    pub fn new(ledgers: HashMap<Uuid, Ledger>, acked_gone: u64, counters: Counters) -> Self {
        let acked = ledgers.values().map(|ledger| ledger.acked).sum::<u64>() + acked_gone;
        Self { by_publisher: ledgers, counters, acked }
    }

    /// Drops publishers that were let go. What they had confirmed still counts.
    pub fn forget(&mut self, publishers: &[Uuid]) {
        for publisher in publishers {
            self.by_publisher.remove(publisher);
        }
    }

    pub fn ledger(&self, publisher: Uuid) -> Option<&Ledger> {
        self.by_publisher.get(&publisher)
    }

    pub fn apply(&mut self, (changed, counters): (HashMap<Uuid, Ledger>, Counters)) {
        for (publisher, ledger) in changed {
            self.acked += ledger.acked;
            if let Some(before) = self.by_publisher.insert(publisher, ledger) {
                self.acked -= before.acked;
            }
        }
        self.counters = counters;
    }

    /// Shows the equation's terms.
    pub fn show(&self, partition: PartitionId, parked: Option<u64>) {
        let label = partition.to_string();
        let Self { acked, counters, .. } = *self;
        let Counters { received, confirmed, rejected, expired, duplicate, undecodable, .. } =
            counters;
        let known = [acked, received, confirmed, rejected, expired, duplicate, undecodable]
            .into_iter()
            .chain(parked);
        for (term, value) in TERMS.into_iter().zip(known) {
            metrics::CONSERVATION
                .with_label_values(&[label.as_str(), term])
                .set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        metrics::LOST
            .with_label_values(&[&label])
            .set(i64::try_from(counters.lost).unwrap_or(i64::MAX));
    }
}

/// The equation's terms, as [`Ledgers::show`] fills them in; what is parked is not known at each look.
const TERMS: [&str; 9] = [
    "acked",
    "received",
    "confirmed",
    "rejected",
    "expired",
    "duplicate",
    "undecodable",
    "parked",
    "held",
];

/// Shows how many are held back, which are in flight like those that wait at the broker.
pub fn show_held(partition: PartitionId, held: Option<&HeldBack>) {
    if let Some(held) = held {
        metrics::CONSERVATION
            .with_label_values(&[partition.to_string().as_str(), "held"])
            .set(i64::try_from(held.count()).unwrap_or(i64::MAX));
    }
}

/// Shows how many commands wait.
pub fn show_backlog(head: Head) {
    metrics::BACKLOG
        .with_label_values(&[&head.partition.to_string()])
        .set(i64::try_from(head.backlog).unwrap_or(i64::MAX));
}

/// Stops showing a partition's figures, which are another's from now on: on a dashboard both would add up.
pub fn hide(partition: PartitionId) {
    let label = partition.to_string();
    for term in TERMS {
        let _ = metrics::CONSERVATION.remove_label_values(&[label.as_str(), term]);
    }
    let _ = metrics::LOST.remove_label_values(&[&label]);
    let _ = metrics::BACKLOG.remove_label_values(&[&label]);
}

/// Publishers whose ledgers changed, in a fixed order, so that two owners never deadlock over them.
pub fn in_order(changed: &HashMap<Uuid, Ledger>) -> BTreeSet<Uuid> {
    changed.keys().copied().collect()
}
