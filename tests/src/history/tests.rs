//! The judge is not asleep: a small good history passes, and each way of spoiling it is named.

use super::rows::{Booking, Event, Partition, Request, Time};
use super::*;
use serde_json::json;

pub const DOCTOR: Uuid = Uuid::from_u128(0xd0);
pub const ACCOUNT: Uuid = Uuid::from_u128(0xa0);
pub const PATIENT: Uuid = Uuid::from_u128(0xb0);
const BOOKING: Uuid = Uuid::from_u128(0xbb);
pub const HOUR: i64 = 3_600_000;
/// 2026-11-23T00:00:00Z.
pub const START: i64 = 1_795_392_000_000;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn text(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339()
}

fn confirmed(request: Uuid, command: &str, status: &str) -> String {
    let booking = json!({"id": BOOKING, "status": status, "doctor_id": DOCTOR, "patient_id": PATIENT, "revision": 1,
                         "starts_at": text(START), "ends_at": text(START + HOUR)});
    json!({"id": request, "state": "confirmed", "subject": {"command": command}, "outcome": {"type": "confirmed", "booking": booking}})
        .to_string()
}

fn slot_taken(request: Uuid) -> String {
    json!({"id": request, "state": "rejected", "subject": {"command": "book"}, "outcome": {"type": "rejected", "code": "SLOT_TAKEN"}})
        .to_string()
}

pub fn op(action: Action, first_sent: u64, document: &str) -> Op {
    Op {
        accepted: Some(first_sent + 5),
        documents: vec![document.into()],
        ..Op::new(ACCOUNT, action, first_sent)
    }
}

/// Request 1 books, request 2 wants the same time and is refused.
pub fn good() -> (History, Rows) {
    let documents = [confirmed(id(1), "book", "booked"), slot_taken(id(2))];
    let action = || Action::Book { doctor: DOCTOR, starts_at: START, ends_at: START + HOUR };
    let ops = [(id(1), op(action(), 10, &documents[0])), (id(2), op(action(), 20, &documents[1]))];
    let history = History {
        ops: ops.into_iter().collect(),
        frames: [(ACCOUNT, vec![Heard::Outcome(id(1)), Heard::Outcome(id(2))])].into(),
        strange: Vec::new(),
    };
    let request = |number: u128, state: &str| Request {
        id: id(number),
        account: ACCOUNT,
        partition: 0,
        line: None,
        state: state.to_owned(),
        publisher: id(0xff),
        publisher_seq: u64::try_from(number).unwrap(),
        event_seq: u64::try_from(number).unwrap(),
        document: documents[usize::try_from(number).unwrap() - 1].clone(),
    };
    let event = |seq: u64| Event {
        partition: 0,
        seq,
        account: ACCOUNT,
        kind: "outcome".to_owned(),
        request: id(seq.into()),
        document: None,
    };
    let time = |holder: Uuid| Time {
        holder: (holder, 0),
        booking: BOOKING,
        starts_at: START,
        ends_at: START + HOUR,
    };
    let rows = Rows {
        requests: vec![request(1, "confirmed"), request(2, "rejected")],
        events: vec![event(1), event(2)],
        bookings: vec![booking(BOOKING, id(1))],
        doctor_time: vec![time(DOCTOR)],
        patient_time: vec![time(PATIENT)],
        partitions: vec![Partition { id: 0, next_seq: 3, ..Partition::default() }],
        ..Rows::default()
    };
    (history, rows)
}

fn booking(booking: Uuid, request: Uuid) -> Booking {
    let (starts_at, ends_at, status) = (START, START + HOUR, "booked".to_owned());
    Booking {
        id: booking,
        patient: PATIENT,
        doctor: DOCTOR,
        seat: 0,
        starts_at,
        ends_at,
        status,
        revision: 1,
        held_until: None,
        account: ACCOUNT,
        request,
    }
}

/// What the judge says of the good history after `spoil`.
fn after(spoil: impl FnOnce(&mut History, &mut Rows)) -> String {
    let (mut history, mut rows) = good();
    spoil(&mut history, &mut rows);
    judge(&history, &rows).join("\n")
}

fn found(name: &str, spoil: impl FnOnce(&mut History, &mut Rows)) {
    let verdict = after(spoil);
    assert!(verdict.contains(name), "{name} was not found in: {verdict:?}");
}

#[test]
fn a_good_history_passes() {
    assert_eq!(after(|_, _| {}), "");
}

#[test]
fn a_lost_and_a_doubled_request_are_found() {
    let name = "an accepted request without its one outcome";
    found(name, |_, rows| rows.requests.truncate(1));
    found(name, |_, rows| rows.events.truncate(1));
    found(name, |_, rows| rows.requests.push(rows.requests[0].clone()));
    found(name, |_, rows| rows.events.push(Event { seq: 3, ..rows.events[0].clone() }));
    found(name, |_, rows| rows.requests[0].state = "parked".to_owned());
    found(name, |history, _| history.ops.get_mut(&id(1)).unwrap().documents.clear());
}

#[test]
fn what_nobody_asked_for_is_found() {
    let name = "a row that no client asked for";
    found(name, |_, rows| rows.requests.push(Request { id: id(9), ..rows.requests[0].clone() }));
    found(name, |_, rows| rows.bookings.push(booking(id(0xbc), id(2))));
    found(name, |_, rows| rows.bookings.push(booking(id(0xbc), id(1))));
    found("a refused request that left something", |history, _| {
        history.ops.get_mut(&id(2)).unwrap().refused = true;
    });
}

#[test]
fn another_wording_is_found() {
    found("an outcome told in other words", |history, _| {
        history.ops.get_mut(&id(1)).unwrap().hear("{}");
    });
}

#[test]
fn a_broken_order_is_found() {
    found("a publisher's order", |_, rows| rows.requests[0].publisher_seq = 7);
    found("the order of clients", |history, _| {
        history.ops.get_mut(&id(1)).unwrap().first_sent = 1_000;
        history.ops.get_mut(&id(2)).unwrap().accepted = Some(25);
    });
    found("the numbers of events", |_, rows| rows.events[1].seq = 3);
    found("the numbers of events", |_, rows| rows.requests[1].event_seq = 1);
}

#[test]
fn an_overlap_is_found() {
    let later = |time: &Time| Time {
        booking: id(0xbc),
        starts_at: START + HOUR / 2,
        ends_at: START + 2 * HOUR,
        ..time.clone()
    };
    found("an overlap: doctor's time", |_, rows| {
        rows.doctor_time.push(later(&rows.doctor_time[0]));
    });
    found("an overlap: patient's time", |_, rows| {
        rows.patient_time.push(later(&rows.patient_time[0]));
    });
    found("an overlap: seat", |_, rows| rows.bookings.push(booking(id(0xbc), id(2))));
    found("an overlap: patient", |_, rows| {
        rows.bookings.push(Booking { doctor: id(0xd1), ..booking(id(0xbc), id(2)) });
    });
}

#[test]
fn bookings_that_do_not_add_up_are_found() {
    let name = "the bookings that the outcomes add up to";
    found(name, |_, rows| rows.bookings.clear());
    found(name, |_, rows| rows.doctor_time.clear());
    found(name, |_, rows| rows.patient_time[0].holder.0 = id(0xb1));
    found(name, |_, rows| rows.bookings[0].ends_at += HOUR);
    found("SLOT_TAKEN for a free time", |_, rows| {
        rows.requests[0].document = confirmed(id(1), "cancel", "cancelled");
    });
    found("took time of", |_, rows| {
        rows.requests[1].document =
            confirmed(id(2), "book", "booked").replace(&BOOKING.to_string(), &id(0xbc).to_string());
    });
}

#[test]
fn what_a_socket_missed_or_heard_twice_is_found() {
    let name = "what the sockets told";
    found(name, |history, _| history.frames.get_mut(&ACCOUNT).unwrap().truncate(1));
    found(name, |history, _| history.frames.get_mut(&ACCOUNT).unwrap().push(Heard::Outcome(id(1))));
    found(name, |history, _| history.frames.get_mut(&ACCOUNT).unwrap().reverse());
    found(name, |history, _| history.frames.get_mut(&ACCOUNT).unwrap().push(Heard::Outcome(id(9))));
}

#[test]
fn books_that_are_red_are_found() {
    found("a partition's books", |_, rows| rows.partitions[0].lost = 1);
    found("a partition's books", |_, rows| rows.partitions[0].expired = 1);
    found("a partition's books", |_, rows| rows.dead_letters = 1);
    found("an answer that no client should get", |history, _| {
        history.strange.push("500".to_owned());
    });
}
