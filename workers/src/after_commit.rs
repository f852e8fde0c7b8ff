//! What follows a commit: the caches of other services, the feed message, the figures. In this order, so that an
//! ingress which hears of a change finds the new state.

use domain::feed::{Entry, Feed, Head};
use domain::partition::{PartitionId, QueueKind};
use platform::metrics;

use crate::Shared;
use crate::batch::{Committed, PartitionState};
use crate::rooms;
use crate::rows::{EventRow, RequestRow};

/// `head` is the backlog as it stood when the batch was taken.
pub async fn run(shared: &Shared, state: &PartitionState, head: Head, committed: Committed) {
    let head = Head { settled: committed.settled, ..head };
    rooms::refresh_caches(&shared.kv, state.partition, state.epoch, &committed.changed).await;
    let Committed { rows, changed, traces, next_seq, .. } = &committed;
    let mut feed = Feed::new(head);
    rooms::tell(changed, &mut feed);
    for EventRow { event, body_hash } in &rows.events {
        feed.push(Entry::Event {
            seq: event.seq,
            to: event.to,
            kind: event.kind,
            about: event.about,
            body_hash: *body_hash,
            document: &event.document,
        });
    }
    for queue in QueueKind::ALL {
        // A parked one was passed over by others: when it came says nothing of them.
        let of_queue = |row: &&RequestRow| row.queue == Some(queue) && !row.was_parked;
        let decided = rows.requests.iter().rfind(|row| of_queue(row) && row.state.is_final());
        if let Some(accepted_at) = decided.map(|row| row.accepted_at) {
            feed.push(Entry::Decided { queue, accepted_at });
        }
    }
    for echo in &rows.echoes {
        let (request, body_hash, document) = (echo.request, echo.body_hash, &*echo.document);
        feed.push(Entry::Echo { request, body_hash, document });
    }
    if !rows.events.is_empty() || !rows.echoes.is_empty() {
        let first = rows.events.first().map_or(*next_seq, |row| row.event.seq);
        shared.outcome_publisher.tell(head, (first, next_seq - 1), feed.into_bytes(), traces);
    }
    count(state.partition, &committed);
}

fn count(partition: PartitionId, committed: &Committed) {
    let label = partition.to_string();
    let (requests, echoes) = (&committed.rows.requests, committed.rows.echoes.len() as u64);
    metrics::BATCH.with_label_values(&[&label]).observe(requests.len() as f64);
    let critical = metrics::CRITICAL_TIME.with_label_values(&[&label]);
    for row in requests {
        let outcome = row.code.unwrap_or(row.state.as_str());
        metrics::DECIDED.with_label_values(&[label.as_str(), outcome]).inc();
        critical.observe((row.decided_at - row.accepted_at).num_milliseconds() as f64 / 1_000.0);
    }
    metrics::DECIDED.with_label_values(&[label.as_str(), "duplicate"]).inc_by(echoes);
    rooms::count(partition, &committed.rows.rooms);
}
