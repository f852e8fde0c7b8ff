//! Golden texts: what is on the wire, in the database and in clients' hands, byte for byte. Queued frames and recorded
//! documents outlive a build, so a change here is deliberate: it edits the golden file in a commit of its own.
//! `DOCDE_GOLDEN=write` writes the files anew.

use docde_domain::booking::{Booking, Status, Visit};
use docde_domain::code::Code;
use docde_domain::command::{BodyHash, Command, Kind};
use docde_domain::feed::{Feed, Head, Line};
use docde_domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use docde_domain::outcome::{Outcome, Rejection};
use docde_domain::partition::PartitionId;
use docde_domain::request::{self, Place};
use docde_domain::schedule::Slot;
use docde_domain::time::{self, Timestamp};
use docde_domain::wire;
use std::path::Path;

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

fn command(kind: Kind) -> Command {
    Command {
        request_id: id(1),
        account_id: id::<AccountId>(2),
        actor: id::<AccountId>(2),
        hospital_id: id::<HospitalId>(4),
        channel: "app".to_owned(),
        accepted_at: at(123),
        body_hash: BodyHash::of(b"golden"),
        replay: false,
        first: false,
        kind,
    }
}

fn book(patient_id: Option<PatientId>, sealed: Option<&str>) -> Kind {
    let sealed = sealed.map(str::to_owned);
    Kind::Book { doctor_id: doctor(), starts_at: at(0), patient_id, visit: Visit::First, sealed }
}

fn cancel() -> Kind {
    Kind::Cancel { booking_id: id::<BookingId>(5), doctor_id: doctor() }
}

fn reschedule() -> Kind {
    Kind::Reschedule { booking_id: id::<BookingId>(5), doctor_id: doctor(), starts_at: at(900_000) }
}

fn discard() -> Kind {
    Kind::Discard { target: id::<RequestId>(9) }
}

fn kinds() -> [Command; 6] {
    [
        command(book(None, None)),
        Command { first: true, ..command(book(Some(id(6)), Some("k1.abc"))) },
        command(cancel()),
        command(reschedule()),
        Command { replay: true, ..command(reschedule()) },
        Command { channel: "operator".to_owned(), ..command(discard()) },
    ]
}

fn booking() -> Booking {
    Booking {
        id: id(5),
        account_id: id(2),
        patient_id: id(6),
        hospital_id: id(4),
        doctor_id: doctor(),
        seat: 1,
        starts_at: at(0),
        ends_at: at(1_800_000),
        status: Status::Booked,
        visit: Visit::First,
        request_id: id(1),
        channel: "app".to_owned(),
        revision: 1,
        created_at: at(500),
        updated_at: at(500),
        sealed: None,
    }
}

fn rejections() -> Vec<Rejection> {
    let slot = Slot { starts_at: at(0), ends_at: at(900_000) };
    vec![
        Rejection::new(Code::TooManyBookings),
        Rejection::at(Code::NotOpenYet, at(60_000)),
        Rejection::until(Code::Closed, at(60_000)),
        Rejection::invalid("patient_id"),
        Rejection::conflict(Status::Cancelled),
        Rejection { alternatives: vec![(doctor(), slot)], ..Rejection::new(Code::SlotTaken) },
        Rejection::new(Code::SlotTaken),
    ]
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
    golden("frames.txt", &kinds().map(|command| wire::encode(&command)));
}

#[test]
fn frames_in_the_golden_file_decode() {
    let kept = include_str!("golden/frames.txt");
    let decoded: Vec<Command> =
        kept.lines().map(|line| wire::decode(line.as_bytes()).expect("a frame")).collect();
    assert_eq!(decoded, kinds());
}

#[test]
fn documents_of_requests() {
    let place = Place { ahead: 12, estimate_s: Some(1.5), as_of: at(200) };
    let mut lines = Vec::new();
    for command in kinds() {
        lines.push(request::accepted(&command, None, SEOUL));
        lines.push(request::accepted(&command, Some(place), SEOUL));
        lines.push(request::accepted(&command, Some(Place { estimate_s: None, ..place }), SEOUL));
        let parked = request::parked(&command, SEOUL);
        lines.extend(request::discarded(&parked, at(700), SEOUL));
        lines.push(parked);
        lines.push(request::decided(&command, at(500), &Outcome::Expired, SEOUL));
        for rejection in rejections() {
            lines.push(request::decided(&command, at(500), &Outcome::Rejected(rejection), SEOUL));
        }
        let confirmed = match command.kind {
            Kind::Discard { .. } => None,
            _ => Some(Box::new(booking())),
        };
        lines.push(request::decided(&command, at(500), &Outcome::Confirmed(confirmed), SEOUL));
    }
    lines.push(request::parked_unread(id(1), at(500)));
    golden("documents.txt", &lines);
}

#[test]
fn bookings_as_clients_see_them() {
    let other = Booking { status: Status::EnteredInError, visit: Visit::Return, ..booking() };
    let shown = [booking(), other].map(|booking| booking.to_json(SEOUL).to_string());
    golden("bookings.txt", &shown);
}

#[test]
fn messages_of_the_feed() {
    let (account, request, body_hash) =
        (id::<AccountId>(2), id::<RequestId>(1), BodyHash::of(b"golden"));
    let mut feed =
        Feed::new(Head { partition: PartitionId::new(3), epoch: 9, backlog: 1200, rate: 812.5 });
    feed.push(Line::Day {
        doctor: doctor(),
        day: "2026-11-23".parse().expect("a day"),
        revision: 12,
    });
    feed.push(Line::Event {
        seq: 7,
        account,
        kind: "outcome",
        request,
        body_hash,
        document: "{\"a\": \"b c\"}",
    });
    feed.push(Line::Event { seq: 8, account, kind: "notice", request, body_hash, document: "{}" });
    feed.push(Line::Echo { request, body_hash, document: "{}" });
    golden("feed.txt", &[String::from_utf8(feed.into_bytes()).expect("text")]);
}
