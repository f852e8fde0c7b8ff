//! Orders that must be kept: a publisher's in its partition, and that of clients who had an answer before
//! others began.

use std::collections::HashMap;
use uuid::Uuid;

use super::{History, Rows};

/// The command may have gone through the desk's queue.
fn is_of_desk(history: &History, request: Uuid) -> bool {
    history.ops.get(&request).is_some_and(|op| op.action.is_of_desk())
}

/// Commands of one publisher at one queue of a partition are decided in the order of their numbers; of a hospital that is held
/// back, those of the hospital.
pub fn of_publishers(history: &History, rows: &Rows) -> Vec<String> {
    let mut lanes: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.requests.iter().filter(|row| !row.publisher.is_nil()) {
        let lane = (row.partition, row.line, row.publisher, is_of_desk(history, row.id));
        lanes.entry(lane).or_default().push((row.event_seq, row.publisher_seq, row.id));
    }
    let mut faults = Vec::new();
    for ((partition, _, publisher, _), mut lane) in lanes {
        lane.sort_unstable();
        for pair in lane.windows(2) {
            let ((_, before, first), (_, after, second)) = (pair[0], pair[1]);
            if before >= after {
                faults.push(format!("p{partition:02} {publisher}: {first} is number {before}, {second} after it {after}"));
            }
        }
    }
    faults
}

/// Whoever was accepted before another began to ask, at the same partition, is decided before the other, unless one of their
/// hospitals is held back.
pub fn of_clients(history: &History, rows: &Rows) -> Vec<String> {
    let mut lanes: HashMap<_, Vec<_>> = HashMap::new();
    for row in &rows.requests {
        if let Some(op) = history.ops.get(&row.id) {
            let lane = (row.partition, row.line, op.action.is_of_desk());
            lanes.entry(lane).or_default().push((
                row.event_seq,
                row.id,
                op.first_sent,
                op.accepted,
            ));
        }
    }
    let mut faults = Vec::new();
    for ((partition, ..), mut lane) in lanes {
        lane.sort_unstable();
        // The latest first sending among those decided so far.
        let mut latest = None;
        for (seq, id, sent, accepted) in lane {
            if let (Some((late, other)), Some(accepted)) = (latest, accepted)
                && accepted < late
            {
                faults.push(format!("p{partition:02}: {id} was accepted before {other} was sent, and decided after it ({seq})"));
            }
            if latest.is_none_or(|(late, _)| sent > late) {
                latest = Some((sent, id));
            }
        }
    }
    faults
}

/// A partition's events are numbered from 1 without holes, each the one of its request.
pub fn of_events(rows: &Rows) -> Vec<String> {
    let mut next: HashMap<u16, u64> = HashMap::new();
    let mut faults = Vec::new();
    for event in &rows.events {
        let expected = next.entry(event.partition).or_insert(1);
        if event.seq != *expected {
            faults.push(format!("p{:02}: {} where {expected} is due", event.partition, event.seq));
        }
        *expected = event.seq + 1;
    }
    let numbered: HashMap<_, _> =
        rows.events.iter().map(|event| ((event.partition, event.seq), event.request)).collect();
    let strangers = rows
        .requests
        .iter()
        .filter(|row| numbered.get(&(row.partition, row.event_seq)) != Some(&row.id));
    faults.extend(strangers.map(|row| {
        format!(
            "{} says event {} of p{:02}, which is another's",
            row.id, row.event_seq, row.partition
        )
    }));
    faults
}
