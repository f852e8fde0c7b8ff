//! What follows a commit: the availability cache, the feed message, the figures.

use domain::doctor_day::CachedDay;
use domain::feed::{Feed, Head, Line};
use domain::partition::PartitionId;
use platform::{avail, metrics};

use crate::Shared;
use crate::batch::{Committed, Desk};

/// After the commit: cache, feed, figures. In this order, so that an ingress which hears of a day
/// finds its new state.
pub async fn tell(shared: &Shared, desk: &Desk, head: Head, committed: Committed) {
    let days: Vec<_> = committed
        .days
        .iter()
        .map(|((doctor, day), state)| {
            (
                *doctor,
                *day,
                CachedDay {
                    epoch: desk.epoch,
                    revision: state.revision,
                    taken: state.taken.clone(),
                },
            )
        })
        .collect();
    if !days.is_empty()
        && let Err(error) = avail::store(&shared.kv, desk.partition, &days).await
    {
        tracing::debug!(%error, "the availability cache was not written");
    }
    let mut feed = Feed::new(head);
    for (doctor, day, state) in &days {
        feed.push(Line::Day { doctor: *doctor, day: *day, revision: state.revision });
    }
    for (event, row) in committed.rows.events.iter().zip(&committed.rows.requests) {
        let (seq, account, kind, request) = (event.seq, event.account, event.kind, event.request);
        feed.push(Line::Event {
            seq,
            account,
            kind,
            request,
            body_hash: row.body_hash,
            document: &row.document,
        });
    }
    for (request, body_hash, document) in &committed.rows.echoes {
        feed.push(Line::Echo { request: *request, body_hash: *body_hash, document });
    }
    if !committed.rows.events.is_empty() || !committed.rows.echoes.is_empty() {
        let next = committed.next_seq;
        let first = committed.rows.events.first().map_or(next, |event| event.seq);
        shared.announcer.tell(head, (first, next - 1), feed.into_bytes());
    }
    count(desk.partition, &committed);
}

fn count(partition: PartitionId, committed: &Committed) {
    let label = partition.to_string();
    metrics::BATCH.with_label_values(&[&label]).observe(committed.rows.requests.len() as f64);
    let critical = metrics::CRITICAL_TIME.with_label_values(&[&label]);
    for row in &committed.rows.requests {
        metrics::DECIDED
            .with_label_values(&[label.as_str(), row.code.unwrap_or(row.state.as_str())])
            .inc();
        critical.observe((row.decided_at - row.accepted_at).num_milliseconds() as f64 / 1_000.0);
    }
    let echoes = committed.rows.echoes.len() as u64;
    metrics::DECIDED.with_label_values(&[label.as_str(), "duplicate"]).inc_by(echoes);
}
