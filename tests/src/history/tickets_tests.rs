//! The judge of lines is not asleep: a small good history of a ticket passes, and each way of spoiling it is named.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::rows::{Event, LineDay, Request, Ticket, TicketStep};
use super::tests::{ACCOUNT, DOCTOR, PATIENT, good, id, op};
use super::*;

const CLERK: Uuid = Uuid::from_u128(0xc0);
const TICKET: Uuid = Uuid::from_u128(0xee);

fn shown(status: &str, revision: u32) -> Value {
    json!({"id": TICKET, "status": status, "revision": revision, "number": 1})
}

fn decided(request: Uuid, outcome: &Value) -> String {
    json!({"id": request, "decided_at": "2026-11-23T09:00:00+09:00", "outcome": outcome})
        .to_string()
}

fn confirmed(request: Uuid, status: &str, revision: u32) -> String {
    decided(request, &json!({"type": "confirmed", "ticket": shown(status, revision)}))
}

fn notice() -> String {
    json!({"code": "TICKET_CHANGED", "ticket": shown("arrived", 2)}).to_string()
}

fn step(request: u128, revision: u32, before: Option<&str>, after: &str) -> TicketStep {
    let (before, after) = (before.map(str::to_owned), after.to_owned());
    TicketStep { ticket: TICKET, revision, request: id(request), before, after, reason: None }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// Beside the bookings: request 3 takes a number, the desk's request 4 says that the patient is there, its request 5 says so
/// again and is refused.
fn good_line() -> (History, Rows) {
    let (mut history, mut rows) = good();
    let arrive = || Action::Step { doctor: DOCTOR, ticket: TICKET, revision: 1, step: "arrive" };
    let conflict =
        json!({"type": "rejected", "code": "STATE_CONFLICT", "current": "arrived", "revision": 2});
    let sent = [
        (
            3,
            3,
            ACCOUNT,
            Action::Take { doctor: DOCTOR },
            "confirmed",
            confirmed(id(3), "booked", 1),
        ),
        (4, 4, CLERK, arrive(), "confirmed", confirmed(id(4), "arrived", 2)),
        (5, 6, CLERK, arrive(), "rejected", decided(id(5), &conflict)),
    ];
    for (number, event_seq, account, action, state, document) in sent {
        let request = id(number);
        let asked = Op { account, ..op(action, event_seq * 10, &document) };
        history.ops.insert(request, asked);
        history.frames.entry(account).or_default().push(Heard::Outcome(request));
        rows.events.push(Event { seq: event_seq, account, request, ..rows.events[0].clone() });
        let publisher_seq = event_seq;
        let of = Request {
            id: request,
            account,
            publisher_seq,
            event_seq,
            document,
            ..rows.requests[0].clone()
        };
        rows.requests.push(Request { state: state.to_owned(), ..of });
    }
    let told = notice_text(&notice()).unwrap();
    history.frames.get_mut(&ACCOUNT).unwrap().push(Heard::Notice(told));
    let (kind, document) = ("notice".to_owned(), Some(notice()));
    let event = Event { partition: 0, seq: 5, account: ACCOUNT, kind, request: id(4), document };
    rows.events.insert(4, event);
    rows.partitions[0].next_seq = 7;
    rows.tickets.push(Ticket {
        id: TICKET,
        patient: Some(PATIENT),
        doctor: DOCTOR,
        day: today(),
        number: 1,
        status: "arrived".to_owned(),
        revision: 2,
        request: id(3),
    });
    rows.steps = vec![step(3, 1, None, "booked"), step(4, 2, Some("booked"), "arrived")];
    rows.line_days.push(LineDay { doctor: DOCTOR, day: today(), next_number: 2 });
    (history, rows)
}

fn found(name: &str, spoil: impl FnOnce(&mut History, &mut Rows)) {
    let (mut history, mut rows) = good_line();
    spoil(&mut history, &mut rows);
    let verdict = judge(&history, &rows).join("\n");
    assert!(verdict.contains(name), "{name} was not found in: {verdict:?}");
}

#[test]
fn a_good_line_passes() {
    let (history, rows) = good_line();
    assert_eq!(judge(&history, &rows), Vec::<String>::new());
}

#[test]
fn numbers_with_gaps_given_twice_or_out_of_order_are_found() {
    let name = "the numbers of tickets";
    let other = |rows: &Rows| Ticket { id: id(0xef), patient: None, ..rows.tickets[0].clone() };
    found(name, |_, rows| rows.tickets[0].number = 2);
    found(name, |_, rows| rows.tickets.push(other(rows)));
    found(name, |_, rows| rows.line_days[0].next_number = 3);
    found("decided before a lower number", |_, rows| {
        rows.tickets.push(Ticket { number: 2, request: id(1), ..other(rows) });
    });
    found("sent before a lower number", |_, rows| {
        rows.tickets.push(Ticket { number: 2, request: id(4), ..other(rows) });
        rows.requests[3].publisher_seq = 2;
    });
}

#[test]
fn too_many_live_tickets_are_found() {
    let other = |rows: &Rows, n| Ticket { id: id(n), doctor: id(n), ..rows.tickets[0].clone() };
    found("live tickets: 00000000-0000-0000-0000-0000000000b0 has 2 with", |_, rows| {
        rows.tickets.push(Ticket { doctor: DOCTOR, number: 2, ..other(rows, 0xef) });
    });
    found("live tickets: 00000000-0000-0000-0000-0000000000b0 has 4 in all", |_, rows| {
        for n in 0xf1..0xf4 {
            rows.tickets.push(other(rows, n));
        }
    });
}

#[test]
fn steps_that_do_not_add_up_are_found() {
    let name = "the tickets that the outcomes add up to";
    found(name, |_, rows| rows.tickets[0].status = "fulfilled".to_owned());
    found(name, |_, rows| rows.steps.truncate(1));
    found(name, |_, rows| rows.steps[1].after = "noshow".to_owned());
    found(name, |_, rows| rows.steps[1].revision = 3);
    found(name, |_, rows| rows.steps[1].request = id(1));
    found(name, |_, rows| rows.steps[1].request = id(9));
    found("made 1 steps and was not confirmed", |_, rows| {
        rows.steps.push(step(5, 3, Some("arrived"), "arrived"));
    });
}

#[test]
fn a_refusal_that_is_not_true_is_found() {
    let refused = |code: &str, current: &str, revision: u32| {
        let outcome =
            json!({"type": "rejected", "code": code, "current": current, "revision": revision});
        decided(id(5), &outcome)
    };
    for (code, current, revision) in [
        ("STATE_CONFLICT", "booked", 2),
        ("STATE_CONFLICT", "arrived", 1),
        ("NOT_FOUND", "arrived", 2),
    ] {
        found("was refused with", |_, rows| {
            rows.requests[4].document = refused(code, current, revision);
        });
    }
    found("was refused with", |history, _| {
        let done = Action::Step { doctor: DOCTOR, ticket: TICKET, revision: 2, step: "call" };
        history.ops.get_mut(&id(5)).unwrap().action = done;
    });
    found("was refused with", |history, rows| {
        let next = Action::Next { doctor: DOCTOR, after: None, calls: 0 };
        history.ops.get_mut(&id(5)).unwrap().action = next;
        rows.requests[4].document = refused("STATE_CONFLICT", "nobody_there", 2);
    });
}

/// Two presses, of which the first has seen no call and the second so many.
fn pressed_twice(history: &mut History, rows: &mut Rows, seen: u64) {
    let other = id(0xef);
    rows.tickets.push(Ticket { id: other, number: 2, ..rows.tickets[0].clone() });
    rows.steps = vec![step(3, 1, None, "arrived")];
    rows.steps.push(TicketStep { ticket: other, ..rows.steps[0].clone() });
    for (at, request, ticket, calls) in [(3, 4, TICKET, 0), (4, 5, other, seen)] {
        let next = Action::Next { doctor: DOCTOR, after: None, calls };
        history.ops.get_mut(&id(request)).unwrap().action = next;
        let told = confirmed(id(request), "checked_in", 2);
        rows.requests[at].document = told.replace(&TICKET.to_string(), &ticket.to_string());
        let called = step(request, 2, Some("arrived"), "checked_in");
        rows.steps.push(TicketStep { ticket, ..called });
    }
    rows.requests[4].document = rows.requests[4].document.replace(r#""number":1"#, r#""number":2"#);
}

#[test]
fn two_calls_by_one_press_are_found() {
    found("a call after 0 is number 2", |history, rows| pressed_twice(history, rows, 0));
    let (mut history, mut rows) = good_line();
    pressed_twice(&mut history, &mut rows, 1);
    assert!(!judge(&history, &rows).join("\n").contains("is number"), "two presses");
}

#[test]
fn a_notice_that_is_missed_repeated_or_of_no_row_is_found() {
    let name = "what the sockets told";
    found(name, |history, _| history.frames.get_mut(&ACCOUNT).unwrap().truncate(3));
    found(name, |history, _| {
        let frames = history.frames.get_mut(&ACCOUNT).unwrap();
        frames.extend(frames.last().cloned());
    });
    found(name, |_, rows| rows.events[4].document = Some("{}".to_owned()));
    found("a row that no client asked for", |_, rows| rows.events[4].request = id(9));
    found("a row that no client asked for", |_, rows| rows.tickets[0].request = id(5));
}

/// Beside the good line: the day of it ends, as the services' own request 6 says. Whoever waits is cancelled and told.
fn day_over() -> (History, Rows) {
    let (mut history, mut rows) = good_line();
    let timer = domain::people::TIMER.uuid();
    let line = json!({"type": "confirmed", "line": {"reception": "open", "version": 4}});
    let told = json!({"code": "DAY_OVER", "ticket": shown("cancelled", 3)}).to_string();
    rows.requests.push(Request {
        id: id(6),
        account: timer,
        publisher: id(0xfe),
        publisher_seq: 1,
        event_seq: 7,
        document: decided(id(6), &line),
        state: "confirmed".to_owned(),
        ..rows.requests[0].clone()
    });
    rows.events.push(Event { seq: 7, account: timer, request: id(6), ..rows.events[0].clone() });
    let (kind, document) = ("notice".to_owned(), Some(told.clone()));
    let (request, account) = (id(6), ACCOUNT);
    rows.events.push(Event { partition: 0, seq: 8, account, kind, request, document });
    let heard = Heard::Notice(notice_text(&told).unwrap());
    history.frames.get_mut(&ACCOUNT).unwrap().push(heard);
    let reason = Some("day_over".to_owned());
    rows.steps.push(TicketStep { reason, ..step(6, 3, Some("arrived"), "cancelled") });
    (rows.tickets[0].status, rows.tickets[0].revision) = ("cancelled".to_owned(), 3);
    rows.partitions[0].next_seq = 9;
    (history, rows)
}

#[test]
fn what_falls_due_is_nobodys_request_and_judged_all_the_same() {
    let (history, rows) = day_over();
    assert_eq!(judge(&history, &rows), Vec::<String>::new());
    let found = |name: &str, spoil: &dyn Fn(&mut History, &mut Rows)| {
        let (mut history, mut rows) = day_over();
        spoil(&mut history, &mut rows);
        let verdict = judge(&history, &rows).join("\n");
        assert!(verdict.contains(name), "{name} was not found in: {verdict:?}");
    };
    let strange = "a row that no client asked for";
    found(strange, &|_, rows| rows.requests[5].account = id(0xa1));
    found(strange, &|_, rows| rows.events[6].account = ACCOUNT);
    found(strange, &|_, rows| rows.events[7].request = id(9));
    found(strange, &|_, rows| rows.tickets[0].request = id(6));
    found("the tickets that the outcomes add up to", &|_, rows| rows.steps.truncate(2));
    found("what the sockets told", &|history, _| {
        history.frames.get_mut(&ACCOUNT).unwrap().truncate(4);
    });
}
