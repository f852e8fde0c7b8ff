//! The judge of bookings is not asleep: small good histories pass, and each way of spoiling one is named.

use serde_json::{Value, json};

use super::rows::{Booking, BookingStep, Event, Partition, Request, Time};
use super::tests::{ACCOUNT, DOCTOR, HOUR, PATIENT, START, id, text};
use super::*;

const OTHER: Uuid = Uuid::from_u128(0xa1);
const CLERK: Uuid = Uuid::from_u128(0xc0);
const OTHERS_PATIENT: Uuid = Uuid::from_u128(0xb1);
const MINUTE: i64 = 60_000;
/// A day before the visits.
const NOW: i64 = START - 24 * HOUR;

fn patient_of(account: Uuid) -> Uuid {
    if account == OTHER { OTHERS_PATIENT } else { PATIENT }
}

/// A history that is told request by request. Request `n` is decided in minute `minute` and makes or changes booking `n`.
#[derive(Default)]
struct Story {
    history: History,
    rows: Rows,
    seq: u64,
    minute: i64,
}

impl Story {
    fn new() -> Self {
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
    fn decided(&mut self, number: u128, account: Uuid, action: Option<Action>, outcome: &Value) {
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

    fn refused(&mut self, number: u128, account: Uuid, action: Action, code: &str, more: &Value) {
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
    fn makes(&mut self, number: u128, account: Uuid, starts_at: i64, status: &str) {
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
    fn steps(&mut self, number: u128, booking: u128, after: &str, reason: Option<&str>) {
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

    fn confirmed(&mut self, number: u128, account: Uuid, action: Option<Action>, booking: u128) {
        let outcome = json!({"type": "confirmed", "booking": self.shown(booking)});
        self.decided(number, account, action, &outcome);
    }

    fn notice(&mut self, number: u128, code: &str, booking: u128) {
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

fn found(name: &str, story: fn() -> Story, spoil: impl FnOnce(&mut History, &mut Rows)) {
    let (mut history, mut rows) = story().end();
    assert_eq!(judge(&history, &rows), Vec::<String>::new(), "the good one");
    spoil(&mut history, &mut rows);
    let verdict = judge(&history, &rows).join("\n");
    assert!(verdict.contains(name), "{name} was not found in: {verdict:?}");
}

/// Replaces a text in a request's document.
fn reword(rows: &mut Rows, request: u128, from: &str, to: &str) {
    let row = rows.requests.iter_mut().find(|row| row.id == id(request)).unwrap();
    assert!(row.document.contains(from), "{from} in {}", row.document);
    row.document = row.document.replace(from, to);
}

fn wish(starts_at: i64) -> Action {
    Action::Book { doctor: DOCTOR, starts_at, ends_at: starts_at + HOUR }
}

/// 1 is held, kept from another (2) and booked (3). 4 is over when another takes its time (5), and its holder is told so (6). 7 is
/// over, and ends by itself (8). 9 is given back (10) and cannot be booked then (11).
fn holds() -> Story {
    let mut story = Story::new();
    story.makes(1, ACCOUNT, START, "proposed");
    story.refused(2, OTHER, wish(START), "SLOT_TAKEN", &Value::Null);
    story.steps(3, 1, "booked", None);
    story.confirmed(3, ACCOUNT, Some(Action::BookHeld { booking: id(1) }), 1);
    story.makes(4, ACCOUNT, START + HOUR, "proposed");
    story.minute = 1;
    story.steps(5, 4, "cancelled", Some("hold_over"));
    story.makes(5, OTHER, START + HOUR, "booked");
    let late = Action::BookHeld { booking: id(4) };
    story.refused(6, ACCOUNT, late, "HOLD_EXPIRED", &Value::Null);
    story.makes(7, ACCOUNT, START + 2 * HOUR, "proposed");
    story.minute = 3;
    story.steps(8, 7, "cancelled", Some("hold_over"));
    story.confirmed(8, domain::people::TIMER.uuid(), None, 7);
    story.notice(8, "HOLD_OVER", 7);
    story.makes(9, ACCOUNT, START + 2 * HOUR, "proposed");
    story.steps(10, 9, "cancelled", None);
    story.confirmed(10, ACCOUNT, Some(Action::Release { booking: id(9) }), 9);
    let again = Action::BookHeld { booking: id(9) };
    story.refused(11, ACCOUNT, again, "STATE_CONFLICT", &json!({"current": "cancelled"}));
    story
}

/// With a doctor who approves: 1 is booked, approved by the desk's 2, and refused too late by 3. 4 is held, booked (5), and refused (6).
/// 7 is cancelled by its patient (8) before anybody has approved it (9).
fn approvals() -> Story {
    let mut story = Story::new();
    story.rows.approving.insert(DOCTOR);
    let step = |booking: u128, revision, step| {
        let (hospital, booking) = (id(0x40), id(booking));
        Action::StepBooking { hospital, booking, revision, step }
    };
    story.makes(1, ACCOUNT, START, "pending");
    story.steps(2, 1, "booked", None);
    story.confirmed(2, CLERK, Some(step(1, 1, "approve")), 1);
    story.notice(2, "BOOKING_APPROVED", 1);
    let present = json!({"current": "booked", "revision": 2});
    story.refused(3, CLERK, step(1, 1, "refuse"), "STATE_CONFLICT", &present);
    story.makes(4, OTHER, START + HOUR, "proposed");
    story.steps(5, 4, "pending", None);
    story.confirmed(5, OTHER, Some(Action::BookHeld { booking: id(4) }), 4);
    story.steps(6, 4, "cancelled", Some("no_room"));
    story.confirmed(6, CLERK, Some(step(4, 2, "refuse")), 4);
    story.notice(6, "BOOKING_REFUSED", 4);
    story.makes(7, OTHER, START + HOUR, "pending");
    story.steps(8, 7, "cancelled", None);
    story.confirmed(8, OTHER, Some(Action::Cancel { booking: id(7) }), 7);
    let present = json!({"current": "cancelled", "revision": 2});
    story.refused(9, CLERK, step(7, 1, "approve"), "STATE_CONFLICT", &present);
    story
}

#[test]
fn a_booking_that_did_not_wait_for_approval_is_found() {
    // The doctor's schedule asks for none, or this one's does.
    found(FOLD, approvals, |_, rows| rows.approving.clear());
    found(FOLD, holds, |_, rows| rows.approving.extend([DOCTOR]));
    found("an overlap: patient", approvals, |_, rows| {
        let (pending, doctor) = ("pending".to_owned(), id(0xd1));
        let row = Booking { id: id(0xe1), doctor, status: pending, ..rows.bookings[0].clone() };
        rows.bookings.push(row);
    });
}

#[test]
fn two_answers_to_one_booking_are_found() {
    found(FOLD, approvals, |history, _| {
        // Refused with this step, approved all the same.
        let op = history.ops.get_mut(&id(2)).unwrap();
        if let Action::StepBooking { step, .. } = &mut op.action {
            *step = "refuse";
        }
    });
    found(FOLD, approvals, |history, _| {
        let op = history.ops.get_mut(&id(6)).unwrap();
        if let Action::StepBooking { revision, .. } = &mut op.action {
            *revision = 1;
        }
    });
    let untrue = "was refused with";
    found(untrue, approvals, |_, rows| reword(rows, 3, "booked", "pending"));
    found(untrue, approvals, |_, rows| reword(rows, 9, "\"revision\":2", "\"revision\":1"));
    found("what was told of bookings", approvals, |_, rows| {
        let told = rows.events.iter_mut().find(|event| event.kind == "notice").unwrap();
        told.document = told.document.take().map(|text| text.replace("APPROVED", "REFUSED"));
    });
}

/// 1 and 4 are booked and held; 5 closes their hours, which ends both and leaves 2. 6 and 7 want the closed time. 8 opens it, 9 too late,
/// and 10 books there.
fn closings() -> Story {
    let mut story = Story::new();
    story.makes(1, ACCOUNT, START, "booked");
    story.makes(2, ACCOUNT, START + 2 * HOUR, "booked");
    story.makes(4, OTHER, START + HOUR, "proposed");
    let (doctor, starts_at, ends_at) = (DOCTOR, START + HOUR / 2, START + 2 * HOUR);
    story.steps(5, 1, "cancelled", Some("closed_by_hospital"));
    story.steps(5, 4, "cancelled", Some("closed_by_hospital"));
    let closing = |state: &str| json!({"type": "confirmed", "closing": {"id": id(5), "doctor_id": DOCTOR, "ended": 2, "state": state}});
    let close = Action::Close { doctor, starts_at, ends_at };
    story.decided(5, CLERK, Some(close), &closing("closed"));
    story.notice(5, "BOOKING_CLOSED", 1);
    story.notice(5, "BOOKING_CLOSED", 4);
    story.refused(6, OTHER, wish(START + HOUR), "CLOSED", &Value::Null);
    let book = Action::BookHeld { booking: id(4) };
    story.refused(7, OTHER, book, "STATE_CONFLICT", &json!({"current": "cancelled"}));
    let open = || Action::Open { doctor, closing: id(5) };
    story.decided(8, CLERK, Some(open()), &closing("opened"));
    story.refused(9, CLERK, open(), "STATE_CONFLICT", &json!({"current": "opened"}));
    story.makes(10, OTHER, START + HOUR, "booked");
    let (state, ended) = ("opened".to_owned(), 2);
    let row = rows::Closing { doctor, starts_at, ends_at, ended, state };
    story.rows.closings.push((id(5), row));
    story
}

#[test]
fn whoever_is_booked_in_closed_time_is_found() {
    found("is in closed time", closings, |_, rows| {
        // As if it had not been opened before.
        rows.requests.retain(|row| row.id != id(8));
    });
    found(FOLD, closings, |_, rows| {
        // Booking 4 has outlived the closing.
        rows.booking_steps.retain(|step| step.booking != id(4));
    });
    found(FOLD, closings, |_, rows| rows.booking_steps[1].reason = None);
    found(FOLD, closings, |_, rows| rows.booking_steps[1].booking = id(2));
}

#[test]
fn a_closing_that_counts_or_stands_otherwise_is_found() {
    found(FOLD, closings, |_, rows| reword(rows, 5, "\"ended\":2", "\"ended\":1"));
    found(FOLD, closings, |_, rows| rows.closings[0].1.ended = 3);
    found(FOLD, closings, |_, rows| rows.closings[0].1.state = "closed".to_owned());
    found(FOLD, closings, |_, rows| rows.closings.clear());
    found(FOLD, closings, |_, rows| reword(rows, 8, "opened", "closed"));
    found("was refused with", closings, |_, rows| reword(rows, 9, "opened", "closed"));
    found("was refused with", closings, |history, _| {
        history.ops.get_mut(&id(6)).unwrap().action = wish(START + 3 * HOUR);
    });
}

#[test]
fn an_ended_booking_that_was_not_told_is_found() {
    let name = "what was told of bookings";
    found(name, closings, |_, rows| {
        let told = rows.events.iter().rposition(|event| event.kind == "notice").unwrap();
        rows.events.remove(told);
    });
    found(name, closings, |_, rows| {
        let told = rows.events.iter_mut().find(|event| event.kind == "notice").unwrap();
        told.document = told.document.take().map(|text| text.replace("CLOSED", "CANCELLED"));
    });
}

const FOLD: &str = "the bookings that the outcomes add up to";

#[test]
fn a_time_that_was_held_for_another_is_found() {
    found("took time of", holds, |_, rows| {
        // Somebody else books what is held.
        let (document, from) = (rows.requests[0].document.clone(), id(1).to_string());
        rows.requests[1].document =
            document.replace(&from, &id(2).to_string()).replace("proposed", "booked");
        rows.requests[1].state = "confirmed".to_owned();
    });
    found("an overlap: seat", holds, |_, rows| {
        let row =
            |row: &Booking| Booking { id: id(0xe1), status: "proposed".to_owned(), ..row.clone() };
        rows.bookings.push(row(&rows.bookings[0]));
    });
}

#[test]
fn a_hold_that_ended_too_early_is_found() {
    found(FOLD, holds, |_, rows| rows.booking_steps[1].at -= 1);
    found(FOLD, holds, |_, rows| rows.booking_steps[1].reason = None);
    found(FOLD, holds, |_, rows| rows.booking_steps[1].request = id(6));
    let over = text(NOW + 3 * MINUTE);
    found(FOLD, holds, |_, rows| reword(rows, 8, &over, &text(NOW + MINUTE)));
}

#[test]
fn a_hold_that_lasts_too_long_is_found() {
    // Booked, or in the way, when it was over.
    let (began, over) = (text(NOW), text(NOW + MINUTE));
    let decided = |at: &str| format!("\"decided_at\":\"{at}\"");
    found(FOLD, holds, |_, rows| reword(rows, 3, &decided(&began), &decided(&over)));
    found("SLOT_TAKEN for a free time", holds, |_, rows| {
        reword(rows, 2, &decided(&began), &decided(&over));
    });
}

#[test]
fn a_hold_that_uses_its_patients_time_or_not_its_doctors_is_found() {
    fn held() -> Story {
        let mut story = Story::new();
        story.makes(1, ACCOUNT, START, "proposed");
        story
    }
    found("doctor's time", held, |_, rows| rows.doctor_time.clear());
    found("patient's time", held, |_, rows| {
        let time = Time { holder: (PATIENT, 0), ..rows.doctor_time[0].clone() };
        rows.patient_time.push(time);
    });
    found(FOLD, held, |_, rows| rows.bookings[0].held_until = Some(NOW));
}

#[test]
fn an_untrue_refusal_of_a_hold_is_found() {
    let over = format!("\"decided_at\":\"{}\"", text(NOW + MINUTE));
    let lasts = format!("\"decided_at\":\"{}\"", text(NOW));
    found("was refused with", holds, |_, rows| reword(rows, 6, &over, &lasts));
    found("was refused with", holds, |_, rows| reword(rows, 11, "cancelled", "proposed"));
    found("was refused with", holds, |_, rows| reword(rows, 11, "STATE_CONFLICT", "PAUSED"));
}

#[test]
fn a_step_that_nothing_explains_is_found() {
    found(FOLD, holds, |_, rows| rows.booking_steps[0].before = Some("pending".to_owned()));
    found(FOLD, holds, |_, rows| rows.booking_steps[0].revision = 3);
    found("which has no outcome", holds, |_, rows| rows.booking_steps[0].request = id(0x99));
    found("was not confirmed", holds, |_, rows| rows.booking_steps[0].request = id(2));
}

#[test]
fn a_step_of_others_that_was_not_told_is_found() {
    let name = "what was told of bookings";
    let told = |rows: &Rows| rows.events.iter().position(|event| event.kind == "notice").unwrap();
    found(name, holds, |_, rows| drop(rows.events.remove(told(rows))));
    found(name, holds, |_, rows| {
        let at = told(rows);
        rows.events[at].account = OTHER;
    });
    found(name, holds, |_, rows| {
        let event = rows.events[told(rows)].clone();
        rows.events.push(event);
    });
    found("what the sockets told", holds, |history, _| {
        let frames = history.frames.get_mut(&ACCOUNT).unwrap();
        frames.retain(|frame| matches!(frame, Heard::Outcome(_)));
    });
}
