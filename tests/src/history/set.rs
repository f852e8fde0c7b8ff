//! Jepsen's set test: what was accepted is there, once; nothing else is; and every telling of it agrees.

use domain::people::TIMER;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::rows::{Event, Request};
use super::{History, Rows};

/// Every accepted request has one row with a final state, and one outcome event.
pub fn one_outcome(history: &History, rows: &Rows) -> Vec<String> {
    let mut decided: HashMap<Uuid, (u32, &str)> = HashMap::new();
    for row in &rows.requests {
        decided.entry(row.id).or_insert((0, &row.state)).0 += 1;
    }
    let mut told: HashMap<Uuid, u32> = HashMap::new();
    for event in rows.events.iter().filter(|event| event.kind == "outcome") {
        *told.entry(event.request).or_default() += 1;
    }
    let fault = |(id, op): (&Uuid, &super::Op)| {
        let events = told.get(id).copied().unwrap_or(0);
        let (count, state) = decided.get(id).copied().unwrap_or((0, "no state"));
        let ended = matches!(state, "confirmed" | "rejected");
        let good = count == 1 && ended && events == 1;
        (op.accepted.is_some() && !good).then(|| {
            format!("{id}: {count} rows, {state}, {events} outcome events, {:?}", op.action)
        })
    };
    let unheard = history
        .ops
        .iter()
        .filter(|(_, op)| op.is_in_flight())
        .map(|(id, op)| format!("{id}: never told, {:?}", op.action));
    history.ops.iter().filter_map(fault).chain(unheard).collect()
}

/// What fell due (a line's day ends at midnight, somebody who was held did not come, a hold is over): the services' own requests, under the
/// account of nobody.
pub fn is_due(row: &Request) -> bool {
    row.account == TIMER.uuid()
}

/// No request, event, booking or ticket but those that clients sent, and what fell due. A notice is of somebody's request and
/// told to another. What falls due makes no booking and no ticket.
pub fn unexpected(history: &History, rows: &Rows) -> Vec<String> {
    let due: HashMap<Uuid, Uuid> =
        rows.requests.iter().filter(|row| is_due(row)).map(|row| (row.id, row.account)).collect();
    let ours = |id: Uuid, account: Uuid| match history.ops.get(&id) {
        Some(op) => op.account == account,
        None => due.get(&id) == Some(&account),
    };
    let requests = rows
        .requests
        .iter()
        .filter(|row| !ours(row.id, row.account))
        .map(|row| format!("request {}", row.id));
    // What an account is told of another's request is a notice; what no account is told stays inside.
    let of_another = |event: &Event| match event.kind.as_str() {
        "outcome" => false,
        "notice" => history.ops.contains_key(&event.request) || due.contains_key(&event.request),
        _ => event.account.is_nil(),
    };
    let events = rows
        .events
        .iter()
        .filter(|event| !of_another(event) && !ours(event.request, event.account));
    let events = events.map(|event| format!("event {} {}", event.partition, event.seq));
    let by_client = |row: &&Request| row.state == "confirmed" && !is_due(row);
    let confirmed: HashSet<Uuid> =
        rows.requests.iter().filter(by_client).map(|row| row.id).collect();
    let mut makers = HashSet::new();
    let bookings = rows
        .bookings
        .iter()
        .filter(|booking| !confirmed.contains(&booking.request) || !makers.insert(booking.request));
    let bookings: Vec<_> = bookings
        .map(|booking| format!("booking {} of request {}", booking.id, booking.request))
        .collect();
    let mut makers = HashSet::new();
    let tickets = rows
        .tickets
        .iter()
        .filter(|ticket| !confirmed.contains(&ticket.request) || !makers.insert(ticket.request));
    let tickets: Vec<_> = tickets
        .map(|ticket| format!("ticket {} of request {}", ticket.id, ticket.request))
        .collect();
    requests.chain(events).chain(bookings).chain(tickets).collect()
}

/// "Nothing was accepted" was the last word: then nothing may be there.
pub fn refused(history: &History, rows: &Rows) -> Vec<String> {
    let rows =
        rows.requests.iter().filter(|row| history.ops.get(&row.id).is_some_and(|op| op.refused));
    rows.map(|row| format!("{} is {} all the same", row.id, row.state)).collect()
}

/// Answers, frames and reads gave the recorded document, byte for byte.
pub fn wordings(history: &History, rows: &Rows) -> Vec<String> {
    let recorded: HashMap<Uuid, &str> =
        rows.requests.iter().map(|row| (row.id, row.document.as_str())).collect();
    let mut faults = Vec::new();
    for (id, op) in &history.ops {
        for document in
            op.documents.iter().filter(|document| recorded.get(id) != Some(&&***document))
        {
            faults.push(format!("{id}: told {document}, recorded {:?}", recorded.get(id)));
        }
    }
    faults
}

/// Nothing lost, nothing parked, nothing expired, nothing unreadable.
pub fn books(rows: &Rows) -> Vec<String> {
    let bad = rows.partitions.iter().filter(|part| part.lost + part.expired + part.undecodable > 0);
    let bad = bad.map(|part| {
        format!(
            "p{:02}: {} lost, {} expired, {} undecodable",
            part.id, part.lost, part.expired, part.undecodable
        )
    });
    let parked = rows
        .requests
        .iter()
        .filter(|row| row.state == "parked")
        .map(|row| format!("{} is parked", row.id));
    let letters = (rows.dead_letters > 0).then(|| format!("{} dead letters", rows.dead_letters));
    bad.chain(parked).chain(letters).collect()
}
