//! What came over the sockets: each outcome and each notice of an account at least once over all its connections, which
//! resume by cursor, and within a partition never again and never an older after a newer.

use domain::people::TIMER;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::rows::Event;
use super::{Heard, History, Rows, notice_text};

/// Missing, repeated, out of order, not backed by an event.
pub fn told(history: &History, rows: &Rows) -> Vec<String> {
    let heard_of = |event: &Event| match event.kind.as_str() {
        "outcome" => Some(Heard::Outcome(event.request)),
        "notice" => event.document.as_deref().and_then(notice_text).map(Heard::Notice),
        _ => None,
    };
    // Nobody listens for what falls due.
    let for_people = rows.events.iter().filter(|event| event.account != TIMER.uuid());
    let events: Vec<(&Event, Heard)> =
        for_people.filter_map(|event| Some((event, heard_of(event)?))).collect();
    let places: HashMap<(Uuid, &Heard), (u16, u64)> = events
        .iter()
        .map(|(event, heard)| ((event.account, heard), (event.partition, event.seq)))
        .collect();
    let mut heard = HashSet::new();
    let mut faults = Vec::new();
    for (account, frames) in &history.frames {
        let mut last: HashMap<u16, u64> = HashMap::new();
        for frame in frames {
            let Some((partition, seq)) = places.get(&(*account, frame)).copied() else {
                faults.push(format!("{account} was told of {frame:?}, which has no event"));
                continue;
            };
            heard.insert((partition, seq));
            let before = last.insert(partition, seq).unwrap_or(0);
            if seq <= before {
                faults.push(format!("{account} was told p{partition:02} {seq} after {before}"));
            }
        }
    }
    let missed = events.iter().filter(|(event, _)| !heard.contains(&(event.partition, event.seq)));
    faults.extend(missed.map(|(event, _)| {
        format!("{} was never told p{:02} {}", event.account, event.partition, event.seq)
    }));
    faults
}
