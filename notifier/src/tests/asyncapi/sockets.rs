//! Sockets: the frames, made by what makes them in the service, what a client may say, and why a socket ends.

use domain::event::{Audience, EventKind, Notice};
use domain::line::estimate::{EstimateView, Wait};
use domain::line::{Ahead, Place, TicketState};
use domain::notice::NoticeCode;
use domain::partition::PartitionId;
use domain::time;
use serde_json::{Value, json};

use super::infer;
use crate::close::Close;
use crate::frame::{self, Told};
use crate::line::{Call, board_frame, place_frame};
use crate::waiting;

const DOCUMENTS: &str = include_str!("../../../../domain/tests/golden/documents.txt");
const BOOKINGS: &str = include_str!("../../../../domain/tests/golden/bookings.txt");
const TICKETS: &str = include_str!("../../../../domain/tests/golden/tickets.txt");
const TICKET: &str = "018f0000-0000-7000-8000-000000000007";
const REQUEST: &str = "018f0000-0000-7000-8000-000000000001";
const ID: &str = "AAAAAAAAAAI";

/// A frame by its name, with examples.
pub struct Described {
    pub name: &'static str,
    pub summary: &'static str,
    pub examples: Vec<Value>,
}

/// What the service sends on an account's socket, and on a board's.
pub fn frames() -> Vec<Described> {
    vec![
        Described {
            name: "outcome",
            summary: "A request has its outcome. `request` is the Request as it is stored, byte for byte.",
            examples: outcomes(),
        },
        Described {
            name: "notice",
            summary: "The first frame (CONNECTED); a request that is parked; something that the account did not ask for.",
            examples: notices(),
        },
        Described {
            name: "resync",
            summary: "Instead of events that are no longer kept: how the account's things stand, and its latest requests.",
            examples: vec![read(
                frame::resync(
                    ID,
                    at(),
                    &[
                        ("bookings", json!([golden(BOOKINGS)])),
                        ("tickets", json!([golden(TICKETS)])),
                    ],
                    &[first_outcome()],
                )
                .as_str(),
            )],
        },
        Described {
            name: "place",
            summary: "Where a ticket stands in its line. A state: the latest wins.",
            examples: places(),
        },
        Described {
            name: "request_place",
            summary: "Where a request stands that the client watches, once a second at most, until its outcome.",
            examples: request_places(),
        },
        Described {
            name: "board",
            summary: "Which numbers are called at a hospital: on connecting, and when that changes.",
            examples: vec![read(&board_frame(
                REQUEST.parse().expect("an id"),
                at(),
                &[Call {
                    place: "1진료실".to_owned(),
                    number: 12,
                    called_at: "2026-11-23T10:12:00+09:00".to_owned(),
                }],
            ))],
        },
    ]
}

fn at() -> time::Timestamp {
    time::from_millis(1_800_000_000_123)
}

fn read(frame: &str) -> Value {
    serde_json::from_str(frame).expect("JSON")
}

/// Golden documents of requests in that state.
fn documents(state: &'static str) -> impl Iterator<Item = &'static str> {
    let mark = format!(r#""state":"{state}""#);
    DOCUMENTS.lines().filter(move |line| line.contains(&mark))
}

fn first_outcome() -> String {
    documents("confirmed").next().expect("a confirmed one").to_owned()
}

fn told(kind: EventKind, document: &str) -> Value {
    read(&Told::new(PartitionId::new(2), 7, kind, at(), document).frame(ID))
}

fn outcomes() -> Vec<Value> {
    let shown = ["confirmed", "rejected", "expired"];
    let first = |state| documents(state).next().expect("one of each state");
    shown.map(|state| told(EventKind::Outcome, first(state))).into()
}

fn notices() -> Vec<Value> {
    let mut notices = vec![
        read(&frame::connected(ID, at())),
        told(EventKind::Parked, documents("parked").next().expect("a parked one")),
    ];
    let to = Audience::Account(REQUEST.parse().expect("an id"));
    notices.extend(NoticeCode::ALL.iter().map(|code| {
        let shown = match code {
            NoticeCode::TicketSoon => json!({"ahead": 3, "ticket": golden(TICKETS)}),
            NoticeCode::BookingRefused => {
                json!({"booking": golden(BOOKINGS), "reason": "other_department"})
            }
            _ if json!(code).as_str().expect("a code").starts_with("BOOKING") => {
                json!({"booking": golden(BOOKINGS)})
            }
            _ => json!({"ticket": golden(TICKETS)}),
        };
        told(EventKind::Notice, &Notice::of(to, *code, &shown).document)
    }));
    notices
}

/// The first of the documents that the domain's golden test writes.
fn golden(documents: &str) -> Value {
    read(documents.lines().next().expect("a document"))
}

fn places() -> Vec<Value> {
    let ticket = TICKET.parse().expect("an id");
    let ahead = Some(Ahead { there: 2, absent: 1 });
    let waits = |wait: Option<Wait>| {
        let place = Place { state: TicketState::Waiting, ahead };
        place_frame(ticket, place, Some(EstimateView::from(wait)), 41, "called", at())
    };
    let called = Place { state: TicketState::Called, ahead: None };
    let shown = [
        waits(Some(Wait { p50_s: 1_260, p90_s: 1_740 })),
        waits(None),
        place_frame(ticket, called, None, 42, "called", at()),
    ];
    shown.map(|shown| read(&shown.frame(ID))).into()
}

fn request_places() -> Vec<Value> {
    let request = REQUEST.parse().expect("an id");
    let zone = chrono_tz::Asia::Seoul;
    let place = |estimate| waiting::place_frame(request, (212, estimate), at(), zone);
    [Some(1.4), None].map(|estimate| read(&place(estimate).frame(ID))).into()
}

/// What a client may say. Anything else is passed over.
pub fn watch() -> Value {
    let said = json!({"watch": REQUEST});
    assert_eq!(
        waiting::watched(&said.to_string()).map(|id| id.to_string()).as_deref(),
        Some(REQUEST)
    );
    said
}

/// Schema of a frame's examples. What stands in it of the API has the API's own description.
pub fn schema(frame: &Described) -> Value {
    let mut schema = infer::schema(&frame.examples);
    let name = frame.examples[0]["type"].clone();
    schema["properties"]["type"] = json!({"const": name});
    schema["properties"]["id"] = json!({"type": "string", "description": "An opaque cursor: `/ws?after=` it goes on behind this frame."});
    let of_the_api = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    match frame.name {
        "outcome" => schema["properties"]["request"] = of_the_api("Request"),
        "resync" => {
            for (member, name) in
                [("requests", "Request"), ("bookings", "Booking"), ("tickets", "Ticket")]
            {
                schema["properties"][member]["items"] = of_the_api(name);
            }
        }
        "notice" => {
            for (member, name) in
                [("request", "Request"), ("booking", "Booking"), ("ticket", "Ticket")]
            {
                schema["properties"][member] = of_the_api(name);
            }
            let mut codes = vec![json!("CONNECTED")];
            codes.extend(NoticeCode::ALL.iter().map(|code| json!(code)));
            schema["properties"]["code"] = json!({"enum": codes});
        }
        "board" => {
            schema["required"] = json!(["type", "at", "hospital_id", "calls"]);
            schema["properties"].as_object_mut().expect("members").remove("id");
        }
        _ => {}
    }
    if let Some(required) = schema["required"].as_array_mut() {
        // Where nobody waits there is none.
        required
            .retain(|name| name != "estimate" && name != "ahead" || frame.name == "request_place");
    }
    schema
}

/// Codes with which the service ends a socket, and when.
pub fn closings() -> Value {
    let all = [
        Close::Restart,
        Close::TryLater,
        Close::Expired,
        Close::SignedOut,
        Close::Chatty,
        Close::TooMany,
        Close::Silent,
        Close::TooBig,
        Close::Protocol,
        Close::NotUtf8,
    ];
    let shown = all.into_iter().filter_map(Close::frame);
    shown
        .map(|frame| json!({"code": u16::from(frame.code), "reason": frame.reason.as_str()}))
        .collect()
}
