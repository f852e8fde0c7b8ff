//! Golden texts: what is on the wire, in the database and in clients' hands, byte for byte. Queued frames and recorded
//! documents outlive a build, so a change here is deliberate: it edits the golden file in a commit of its own.
//! `DOCDE_GOLDEN=write` writes the files anew.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod samples;

use docde_domain::booking::{
    self, Book, Booking, BookingStep, Cancel, MoveBooking, RefusePending, Reschedule, Status,
    StepReason, UndoBooking,
};
use docde_domain::closing::{CloseTime, ClosingReason, GoOnClosing, OpenTime};
use docde_domain::command::{BodyHash, Command, Kind};
use docde_domain::event::{Audience, EventKind};
use docde_domain::feed::{Entry, Feed, Head};
use docde_domain::ids::{BookingId, DoctorId, HospitalId, PatientId, RequestId};
use docde_domain::line::{
    self, ArriveBooking, CallNext, Cap, EndDay, LiftNoShows, MarkNoshow, NoShowChanges, NoShowRule,
    PostponeTicket, Reason, Reception, SetLineRule, SetNoShowRule, SetReception, Step, StepTicket,
    TakeAnyTicket, TakeTicket, Ticket, UndoStep,
};
use docde_domain::outcome::{Confirmed, Outcome};
use docde_domain::parking::Discard;
use docde_domain::partition::{PartitionId, QueueKind};
use docde_domain::people::{Channel, Role, Sender};
use docde_domain::request::{self, QueueEstimate};
use docde_domain::schedule::Visit;
use docde_domain::time::{self, Timestamp};
use docde_domain::timetable::{CloseHospital, EndDoctor, SetDayHours, SetSchedule};
use docde_domain::wire;
use std::path::Path;

use samples::{
    arrival, booking, cancel_ticket, close_time, closing, day_hours, holds, line_rule, line_state,
    of_director, rejections, rule_changes, step, step_booking, take_ticket, terms, ticket,
    timetable,
};

const SEOUL: time::Zone = time::Zone::Asia__Seoul;

/// An id that ends with `n`.
fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u8) -> T {
    format!("018f0000-0000-7000-8000-0000000000{n:02x}").parse().expect("an id")
}

fn at(millis: i64) -> Timestamp {
    time::from_millis(1_800_000_000_000 + millis)
}

fn doctor() -> DoctorId {
    id(3)
}

fn command(kind: impl Into<Kind>) -> Command {
    Command {
        request_id: id(1),
        sender: Sender::patient(id(2)),
        hospital_id: id::<HospitalId>(4),
        accepted_at: at(123),
        body_hash: BodyHash::of(b"golden"),
        replay: false,
        first: false,
        kind: kind.into(),
    }
}

fn book(patient_id: Option<PatientId>, sealed: Option<&str>) -> Book {
    let sealed = sealed.map(str::to_owned);
    Book { doctor_id: doctor(), starts_at: at(0), patient_id, visit: Visit::First, sealed }
}

fn cancel() -> Cancel {
    Cancel { booking_id: id::<BookingId>(5), doctor_id: doctor() }
}

fn reschedule() -> Reschedule {
    Reschedule { booking_id: id::<BookingId>(5), doctor_id: doctor(), starts_at: at(900_000) }
}

/// An operator's command as the version before sent it: it names no role, and the owner of the parked request.
fn discard() -> Command {
    let sender =
        Sender { role: Role::Operator, channel: Channel::Operator, ..Sender::patient(id(2)) };
    Command { sender, ..command(Discard { target: id::<RequestId>(9) }) }
}

/// A receptionist's command at the desk.
fn of_desk(kind: impl Into<Kind>) -> Command {
    let (role, channel) = (Role::Receptionist, Channel::Desk);
    Command { sender: Sender { role, channel, ..Sender::patient(id(2)) }, ..command(kind) }
}

/// What falls due: nobody's command.
fn of_timer(kind: impl Into<Kind>) -> Command {
    Command { sender: Sender::timer(), ..command(kind) }
}

fn set(reception: Reception, cap: Option<Cap>) -> SetReception {
    SetReception { doctor_id: doctor(), reception, cap }
}

fn kinds() -> [Command; 44] {
    [
        command(book(None, None)),
        Command { first: true, ..command(book(Some(id(6)), Some("k1.abc"))) },
        command(cancel()),
        command(reschedule()),
        Command { replay: true, ..command(reschedule()) },
        discard(),
        command(take_ticket(None, None)),
        command(take_ticket(Some(id(6)), Some("k1.abc"))),
        command(cancel_ticket()),
        of_desk(step(Step::Call, None)),
        of_desk(step(Step::Urgent, Some(Reason::Emergency))),
        command(StepTicket { revision: None, ..step(Step::Arrive, None) }),
        of_desk(CallNext { doctor_id: doctor(), after: None, calls: None }),
        of_desk(CallNext { doctor_id: doctor(), after: Some(id(7)), calls: None }),
        of_desk(CallNext { doctor_id: doctor(), after: Some(id(7)), calls: Some(3) }),
        of_desk(UndoStep { ticket_id: id(7), doctor_id: doctor(), undone: id(1) }),
        of_desk(set(Reception::Closed, None)),
        of_desk(set(line_state().line.reception, None)),
        of_desk(set(Reception::Open, Some(Cap::Numbers(40)))),
        of_desk(set(Reception::Open, Some(Cap::Lifted))),
        of_desk(TakeTicket { walk_in: true, ..take_ticket(None, None) }),
        of_timer(EndDay { doctor_id: doctor(), day: line_state().day.1 }),
        of_timer(MarkNoshow { ticket_id: id(7), doctor_id: doctor(), revision: 3, due: at(0) }),
        of_desk(SetNoShowRule {
            changes: NoShowChanges { held_minutes: Some(30), ..NoShowChanges::default() },
        }),
        of_desk(LiftNoShows { patient_id: id(6) }),
        of_desk(SetLineRule { changes: rule_changes() }),
        command(TakeAnyTicket { patient_id: None, sealed: None }),
        command(PostponeTicket { ticket_id: id(7), doctor_id: doctor() }),
        of_desk(arrival()),
        of_desk(ArriveBooking { revision: Some(2), identity_checked: true, ..arrival() }),
        of_director(SetSchedule { doctor_id: doctor(), revision: 3, terms: Box::new(terms()) }),
        of_director(day_hours()),
        of_director(SetDayHours { hours: None, ..day_hours() }),
        of_director(EndDoctor { doctor_id: doctor() }),
        of_director(CloseHospital {}),
        of_desk(step_booking(BookingStep::Approve, None)),
        of_desk(step_booking(BookingStep::Refuse, Some(StepReason::NoRoom))),
        of_desk(MoveBooking {
            booking_id: id(5),
            doctor_id: doctor(),
            starts_at: at(900_000),
            revision: 2,
        }),
        of_desk(UndoBooking { booking_id: id(5), doctor_id: doctor(), undone: id(1) }),
        of_timer(RefusePending { booking_id: id(5), doctor_id: doctor(), revision: 1 }),
        of_desk(close_time()),
        of_desk(CloseTime {
            doctor_id: None,
            hours: None,
            reason: ClosingReason::Holiday,
            ..close_time()
        }),
        of_timer(GoOnClosing { closing_id: id(8), doctor_id: Some(doctor()), revision: 1 }),
        of_desk(OpenTime { closing_id: id(8), doctor_id: None }),
    ]
}

fn all_kinds() -> Vec<Command> {
    let (hold, book, expire) = holds();
    let holds = [command(hold), command(book), of_timer(expire)];
    kinds().into_iter().chain(holds).collect()
}

fn golden(name: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = lines.join("\n") + "\n";
    if std::env::var_os("DOCDE_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, &text).expect("the golden file is written");
    }
    let kept = std::fs::read_to_string(&path).expect("the golden file");
    for (number, (kept, now)) in (1..).zip(kept.lines().zip(text.lines())) {
        assert_eq!(kept, now, "{name}, line {number}");
    }
    assert_eq!(kept.len(), text.len(), "{name}: the number of lines");
}

#[test]
fn frames_of_commands() {
    let kinds = all_kinds();
    for name in Kind::NAMES {
        assert!(kinds.iter().any(|command| command.kind.name() == *name), "{name} has no frame");
    }
    golden("frames.txt", &kinds.iter().map(wire::encode).collect::<Vec<_>>());
}

#[test]
fn frames_in_the_golden_file_decode() {
    let kept = include_str!("golden/frames.txt");
    let decoded: Vec<Command> =
        kept.lines().map(|line| wire::decode(line.as_bytes()).expect("a frame")).collect();
    assert_eq!(decoded, all_kinds());
}

#[test]
fn documents_of_requests() {
    let estimate = QueueEstimate { ahead: 12, estimate_s: Some(1.5), as_of: at(200) };
    let mut lines = Vec::new();
    for command in all_kinds() {
        let accepted = request::accepted(&command, SEOUL);
        let estimated = |estimate| {
            request::with_estimate(&accepted, estimate, SEOUL).expect("an accepted document")
        };
        let shown = [estimate, QueueEstimate { estimate_s: None, ..estimate }].map(estimated);
        lines.push(accepted.clone());
        lines.extend(shown);
        let parked = request::parked(&command, SEOUL);
        lines.push(
            docde_domain::parking::discarded_document(&parked, at(700), SEOUL)
                .expect("a parked document"),
        );
        lines.push(parked);
        let decided = |outcome: &Outcome| request::decided(&command, at(500), outcome, SEOUL).0;
        lines.push(decided(&Outcome::Expired));
        lines.extend(rejections().into_iter().map(|why| decided(&Outcome::Rejected(why))));
        let confirmed = match command.kind {
            Kind::Discard(_)
            | Kind::LiftNoShows(_)
            | Kind::EndDoctor(_)
            | Kind::CloseHospital(_) => Confirmed::Nothing,
            Kind::SetSchedule(_) | Kind::SetDayHours(_) => {
                Confirmed::Timetable(Box::new(timetable()))
            }
            Kind::SetNoShowRule(_) => {
                Confirmed::NoShowRule(Box::new(NoShowRule::of_defaults(id(4))))
            }
            _ if booking::KINDS.contains(&command.kind.name()) => {
                Confirmed::Booking(Box::new(booking()))
            }
            Kind::SetReception(_) | Kind::EndDay(_) => Confirmed::Line(Box::new(line_state())),
            Kind::SetLineRule(_) => Confirmed::LineRule(Box::new(line_rule())),
            Kind::CloseTime(_) | Kind::GoOnClosing(_) | Kind::OpenTime(_) => {
                Confirmed::Closing(Box::new(closing()))
            }
            _ => Confirmed::Ticket(Box::new(ticket())),
        };
        lines.push(decided(&Outcome::Confirmed(confirmed)));
    }
    lines.push(request::parked_unread(id(1), at(500)));
    golden("documents.txt", &lines);
}

#[test]
fn bookings_as_clients_see_them() {
    let other = Booking { status: Status::EnteredInError, visit: Visit::Return, ..booking() };
    let shown = [booking(), other]
        .map(|booking| serde_json::to_value(booking.view(SEOUL)).expect("JSON").to_string());
    golden("bookings.txt", &shown);
}

#[test]
fn tickets_as_clients_see_them() {
    let called = Ticket {
        status: line::Status::CheckedIn,
        patient_id: None,
        arrived_at: Some(at(600)),
        called_at: Some(at(900)),
        channel: Channel::Desk,
        revision: 3,
        ..ticket()
    };
    let booked = Ticket { booking_id: Some(id(5)), postponed: 1, ..ticket() };
    let shown = [ticket(), called, booked]
        .map(|ticket| serde_json::to_value(ticket.view(SEOUL)).expect("JSON").to_string());
    golden("tickets.txt", &shown);
}

#[test]
fn messages_of_the_feed() {
    let (to, about) = (Audience::Account(id(2)), Some(id::<RequestId>(1)));
    let (body_hash, document) = (BodyHash::of(b"golden"), "{\"a\": \"b c\"}");
    let partition = PartitionId::new(3);
    let mut feed =
        Feed::new(Head { partition, epoch: 9, backlog: 1200, rate: 812.5, settled: 4321 });
    let day = "2026-11-23".parse().expect("a day");
    feed.push(Entry::Day { doctor: doctor(), day, revision: 12 });
    feed.push(Entry::Doctor { doctor: doctor() });
    feed.push(Entry::Hospital { hospital: id(4) });
    feed.push(Entry::Schedules { hospital: id(4) });
    feed.push(Entry::Event { seq: 7, to, kind: EventKind::Outcome, about, body_hash, document });
    feed.push(Entry::Event { seq: 8, to, kind: EventKind::Parked, about, body_hash, document });
    let (kind, none) = (EventKind::Notice, BodyHash::UNKNOWN);
    feed.push(Entry::Event { seq: 9, to, kind, about: None, body_hash: none, document });
    let (to, kind) = (Audience::Line(doctor(), day), EventKind::Line);
    feed.push(Entry::Event { seq: 10, to, kind, about: None, body_hash: none, document });
    feed.push(Entry::Echo { request: id(1), body_hash, document: "{}" });
    let accepted_at = docde_domain::time::from_millis(1_800_000_000_123);
    feed.push(Entry::Decided { queue: QueueKind::Desk, accepted_at });
    golden("feed.txt", &[String::from_utf8(feed.into_bytes()).expect("text")]);
}
