//! What came over the sockets: each outcome of an account at least once over all its connections, which
//! resume by cursor, and within a partition never again and never an older after a newer.

use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::{History, Rows};

/// Missing, repeated, out of order, not backed by an event.
pub fn told(history: &History, rows: &Rows) -> Vec<String> {
    let outcomes = || rows.events.iter().filter(|event| event.kind == "outcome");
    let places: HashMap<Uuid, (u16, u64)> =
        outcomes().map(|event| (event.request, (event.partition, event.seq))).collect();
    let mut heard = HashSet::new();
    let mut faults = Vec::new();
    for (account, frames) in &history.frames {
        let mut last: HashMap<u16, u64> = HashMap::new();
        for request in frames {
            let Some((partition, seq)) = places.get(request).copied() else {
                faults.push(format!("{account} was told of {request}, which has no event"));
                continue;
            };
            heard.insert((*account, *request));
            let before = last.insert(partition, seq).unwrap_or(0);
            if seq <= before {
                faults.push(format!("{account} was told p{partition:02} {seq} after {before}"));
            }
        }
    }
    let missed = outcomes().filter(|event| !heard.contains(&(event.account, event.request)));
    faults.extend(missed.map(|event| {
        format!("{} was never told p{:02} {}", event.account, event.partition, event.seq)
    }));
    faults
}
