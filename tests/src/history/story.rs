//! Histories of bookings for the tests of the judge, told request by request, and what spoils one.

use serde_json::{Value, json};

use super::rows::{Booking, BookingStep, Event, Partition, Request, Time};
use super::tests::{DOCTOR, HOUR, PATIENT, START, id, text};
use super::*;

pub const OTHER: Uuid = Uuid::from_u128(0xa1);
pub const CLERK: Uuid = Uuid::from_u128(0xc0);
const OTHERS_PATIENT: Uuid = Uuid::from_u128(0xb1);
pub const MINUTE: i64 = 60_000;
/// A day before the visits.
pub const NOW: i64 = START - 24 * HOUR;
/// What does not hold of most that is spoilt.
pub const FOLD: &str = "the bookings that the outcomes add up to";

fn patient_of(account: Uuid) -> Uuid {
    if account == OTHER { OTHERS_PATIENT } else { PATIENT }
}

/// A history that is told request by request. Request `n` is decided in minute `minute` and makes or changes booking `n`.
#[derive(Default)]
pub struct Story {
    history: History,
    pub rows: Rows,
    seq: u64,
    pub minute: i64,
}

impl Story {
    pub fn new() -> Self {
        let rows = Rows { partitions: vec![Partition::default()], ..Rows::default() };
        Self { rows, ..Self::default() }
    }

    fn event(&mut self, account: Uuid, request: Uuid, notice: Option<&Value>) {
        self.seq += 1;
        let (seq, document) = (self.seq, notice.map(Value::to_string));
        let kind = if document.is_some() { "notice" } else { "outcome" }.to_owned();
        if account != domain::people::TIMER.uuid() {
            let heard = match &document {
                Some(text) => Heard::Notice(notice_text(text).unwrap()),
                None => Heard::Outcome(request),
            };
            self.history.frames.entry(account).or_default().push(heard);
        }
        self.rows.events.push(Event { partition: 0, seq, account, kind, request, document });
        self.rows.partitions[0].next_seq = seq + 1;
    }

    /// `action`: none of what fell due.
    pub fn decided(
        &mut self,
        number: u128,
        account: Uuid,
        action: Option<Action>,
        outcome: &Value,
    ) {
        let (request, at) = (id(number), text(NOW + self.minute * MINUTE));
        let state = outcome["type"].as_str().unwrap().to_owned();
        let document = json!({"id": request, "decided_at": at, "outcome": outcome}).to_string();
        self.event(account, request, None);
        let event_seq = self.seq;
        if let Some(action) = action {
            let (accepted, documents) = (Some(event_seq * 10 + 5), vec![document.as_str().into()]);
            let op = Op::new(account, action, event_seq * 10);
            self.history.ops.insert(request, Op { accepted, documents, ..op });
        }
        let (publisher, publisher_seq) = (id(0xff), event_seq);
        self.rows.requests.push(Request {
            id: request,
            account,
            partition: 0,
            line: None,
            state,
            publisher,
            publisher_seq,
            event_seq,
            document,
        });
    }

    pub fn refused(
        &mut self,
        number: u128,
        account: Uuid,
        action: Action,
        code: &str,
        more: &Value,
    ) {
        let mut outcome = json!({"type": "rejected", "code": code});
        outcome.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.decided(number, account, Some(action), &outcome);
    }

    fn row(&mut self, booking: u128) -> &mut Booking {
        self.rows.bookings.iter_mut().find(|row| row.id == id(booking)).unwrap()
    }

    fn shown(&mut self, booking: u128) -> Value {
        let row = self.row(booking).clone();
        let until = row.held_until.map(text);
        json!({"id": row.id, "status": row.status, "doctor_id": row.doctor, "patient_id": row.patient, "revision": row.revision,
               "starts_at": text(row.starts_at), "ends_at": text(row.ends_at), "held_until": until})
    }

    /// The request makes booking `number` at `starts_at`.
    pub fn makes(&mut self, number: u128, account: Uuid, starts_at: i64, status: &str) {
        let (doctor, ends_at) = (DOCTOR, starts_at + HOUR);
        let held_until = (status == "proposed").then_some(NOW + (self.minute + 1) * MINUTE);
        let (patient, request, status) = (patient_of(account), id(number), status.to_owned());
        self.rows.bookings.push(Booking {
            id: id(number),
            patient,
            doctor,
            seat: 0,
            starts_at,
            ends_at,
            status,
            revision: 1,
            held_until,
            account,
            request,
        });
        let action = match held_until {
            Some(_) => Action::Hold { doctor, starts_at, ends_at },
            None => Action::Book { doctor, starts_at, ends_at },
        };
        let outcome = json!({"type": "confirmed", "booking": self.shown(number)});
        self.decided(number, account, Some(action), &outcome);
    }

    /// The request takes a booking one step.
    pub fn steps(&mut self, number: u128, booking: u128, after: &str, reason: Option<&str>) {
        let (at, request) = (NOW + self.minute * MINUTE, id(number));
        let row = self.row(booking);
        let before = Some(std::mem::replace(&mut row.status, after.to_owned()));
        row.revision += 1;
        if after != "cancelled" {
            row.held_until = None;
        }
        let (booking, revision, reason) = (row.id, row.revision, reason.map(str::to_owned));
        let after = after.to_owned();
        self.rows.booking_steps.push(BookingStep {
            booking,
            revision,
            at,
            request,
            before,
            after,
            reason,
        });
    }

    pub fn confirmed(
        &mut self,
        number: u128,
        account: Uuid,
        action: Option<Action>,
        booking: u128,
    ) {
        let outcome = json!({"type": "confirmed", "booking": self.shown(booking)});
        self.decided(number, account, action, &outcome);
    }

    pub fn notice(&mut self, number: u128, code: &str, booking: u128) {
        let account = self.row(booking).account;
        let notice = json!({"code": code, "booking": self.shown(booking)});
        self.event(account, id(number), Some(&notice));
    }

    fn end(mut self) -> (History, Rows) {
        let time = |row: &Booking, holder| Time {
            holder: (holder, 0),
            booking: row.id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        };
        for row in &self.rows.bookings {
            if matches!(row.status.as_str(), "proposed" | "pending" | "booked") {
                self.rows.doctor_time.push(time(row, row.doctor));
            }
            if matches!(row.status.as_str(), "pending" | "booked") {
                self.rows.patient_time.push(time(row, row.patient));
            }
        }
        (self.history, self.rows)
    }
}

pub fn found(name: &str, story: fn() -> Story, spoil: impl FnOnce(&mut History, &mut Rows)) {
    let (mut history, mut rows) = story().end();
    assert_eq!(judge(&history, &rows), Vec::<String>::new(), "the good one");
    spoil(&mut history, &mut rows);
    let verdict = judge(&history, &rows).join("\n");
    assert!(verdict.contains(name), "{name} was not found in: {verdict:?}");
}

/// Replaces a text in a request's document.
pub fn reword(rows: &mut Rows, request: u128, from: &str, to: &str) {
    let row = rows.requests.iter_mut().find(|row| row.id == id(request)).unwrap();
    assert!(row.document.contains(from), "{from} in {}", row.document);
    row.document = row.document.replace(from, to);
}

pub fn wish(starts_at: i64) -> Action {
    Action::Book { doctor: DOCTOR, starts_at, ends_at: starts_at + HOUR }
}
