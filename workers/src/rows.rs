//! What a batch will write, gathered while it decides: requests with their documents, events, dead letters, timers, and what
//! the rooms change. And what its feed message will say.

use domain::command::{BodyHash, Command};
use domain::event::Event;
use domain::ids::{AccountId, HospitalId, RequestId};
use domain::outcome::Outcome;
use domain::parking::Discarded;
use domain::partition::QueueKind;
use domain::request::{self, State};
use domain::time::{Timestamp, Zone};
use domain::timer::Timer;
use domain::trace::TraceParent;
use std::sync::Arc;
use uuid::Uuid;

use crate::rooms::RoomRows;

/// A row of `request`.
#[derive(Clone, Debug)]
pub struct RequestRow {
    pub id: RequestId,
    pub owner: AccountId,
    /// Of its command, where that could be read.
    pub queue: Option<QueueKind>,
    /// `None`: the frame could not be read. So with the kind.
    pub hospital: Option<HospitalId>,
    pub kind: Option<&'static str>,
    pub state: State,
    pub code: Option<&'static str>,
    pub body_hash: BodyHash,
    pub accepted_at: Timestamp,
    pub decided_at: Timestamp,
    /// What it is about.
    pub subject: Option<Uuid>,
    pub publisher: Uuid,
    pub publisher_seq: u64,
    pub event_seq: u64,
    pub document: Arc<str>,
    /// The row stands there as parked: change it, do not add one.
    pub was_parked: bool,
}

/// A row of `event`.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub event: Event,
    /// Of the request that the event shows.
    pub body_hash: BodyHash,
}

/// A row of `dead_letter`.
#[derive(Clone, Debug)]
pub struct DeadLetterRow {
    pub request: Option<RequestId>,
    pub owner: Option<AccountId>,
    pub reason: &'static str,
    pub detail: String,
    pub frame: Vec<u8>,
}

/// A row of `held_back`.
#[derive(Clone, Debug)]
pub struct HeldBackRow {
    pub hospital: HospitalId,
    pub request: RequestId,
    pub publisher: Uuid,
    pub publisher_seq: u64,
    pub trace: Option<TraceParent>,
    pub frame: Vec<u8>,
}

/// A request that was sent again though decided before: told to the ingresses, no event.
#[derive(Clone, Debug)]
pub struct Echo {
    pub request: RequestId,
    pub body_hash: BodyHash,
    pub document: Arc<str>,
}

/// A row of `timer`.
#[derive(Clone, Debug)]
pub struct TimerRow {
    pub hospital: HospitalId,
    pub timer: Timer,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Rows {
    pub requests: Vec<RequestRow>,
    pub events: Vec<EventRow>,
    pub dead_letters: Vec<DeadLetterRow>,
    pub timers: Vec<TimerRow>,
    pub echoes: Vec<Echo>,
    pub held_back: Vec<HeldBackRow>,
    /// Places of those that were held back and are settled.
    pub no_longer_held: Vec<u64>,
    pub rooms: RoomRows,
}

impl Rows {
    /// The request as this batch leaves it, if it touches it.
    pub fn request(&self, id: RequestId) -> Option<&RequestRow> {
        self.requests.iter().find(|row| row.id == id)
    }
}

impl RequestRow {
    /// What a command's own row says, whatever becomes of it.
    fn of(command: &Command, at: Timestamp) -> Self {
        Self {
            id: command.request_id,
            owner: command.sender.caller,
            queue: Some(command.kind.queue()),
            hospital: Some(command.hospital_id),
            kind: Some(command.kind.name()),
            state: State::Parked,
            code: None,
            body_hash: command.body_hash,
            accepted_at: command.accepted_at,
            decided_at: at,
            subject: command.subject().id(),
            publisher: Uuid::nil(),
            publisher_seq: 0,
            event_seq: 0,
            document: Arc::default(),
            was_parked: false,
        }
    }

    /// Of a command that has its outcome.
    pub fn decided(command: &Command, outcome: &Outcome, at: Timestamp, zone: Zone) -> Self {
        let (document, subject) = request::decided(command, at, outcome, zone);
        Self {
            state: outcome.state(),
            code: outcome.code().map(domain::code::Code::as_str),
            subject: subject.id(),
            document: document.into(),
            ..Self::of(command, at)
        }
    }

    /// Of a command that cannot be decided.
    pub fn parked(command: &Command, at: Timestamp, zone: Zone) -> Self {
        Self { document: request::parked(command, zone).into(), ..Self::of(command, at) }
    }

    /// Of a frame that says no more than whose it is: parked.
    pub fn unread(id: RequestId, owner: AccountId, at: Timestamp) -> Self {
        Self {
            id,
            owner,
            queue: None,
            hospital: None,
            kind: None,
            state: State::Parked,
            code: None,
            body_hash: BodyHash::UNKNOWN,
            accepted_at: at,
            decided_at: at,
            subject: None,
            publisher: Uuid::nil(),
            publisher_seq: 0,
            event_seq: 0,
            document: request::parked_unread(id, at).into(),
            was_parked: false,
        }
    }

    /// Of a parked request that an operator discarded. What its row says of hospital, kind and subject stays.
    pub fn discarded(discarded: &Discarded, at: Timestamp) -> Self {
        Self {
            state: State::Rejected,
            code: Some(domain::code::Code::Discarded.as_str()),
            body_hash: discarded.body_hash,
            document: discarded.document.as_str().into(),
            was_parked: true,
            ..Self::unread(discarded.request, discarded.owner, at)
        }
    }
}
