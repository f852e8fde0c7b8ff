//! What a batch will write, gathered while it decides: requests with their documents, events, the net
//! effect on bookings and on time in use, parked letters. And what its feed message will say.

use chrono::NaiveDate;
use domain::booking::Booking;
use domain::command::{BodyHash, Command};
use domain::decide::Decision;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, RequestId};
use domain::request::{self, State};
use domain::time::Timestamp;
use domain::world::Change;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The kind of a command that could not be read.
pub const UNREAD: &str = "unknown";

/// A row of `request`.
#[derive(Clone, Debug)]
pub struct RequestRow {
    pub id: RequestId,
    pub account: AccountId,
    pub hospital: HospitalId,
    pub kind: &'static str,
    pub state: State,
    pub code: Option<&'static str>,
    pub body_hash: BodyHash,
    pub accepted_at: Timestamp,
    pub decided_at: Timestamp,
    pub booking: Option<BookingId>,
    pub publisher: Uuid,
    pub publisher_seq: u64,
    pub event_seq: u64,
    pub document: String,
    /// The row stands there as parked: change it, do not add one.
    pub was_parked: bool,
}

/// A row of `event`; its document is the request's.
#[derive(Clone, Copy, Debug)]
pub struct EventRow {
    pub seq: u64,
    pub account: AccountId,
    /// `outcome`, or `notice` for a parked request.
    pub kind: &'static str,
    pub request: RequestId,
}

/// A row of `dead_letter`.
#[derive(Clone, Debug)]
pub struct LetterRow {
    pub request: Option<RequestId>,
    pub account: Option<AccountId>,
    pub reason: &'static str,
    pub detail: String,
    pub frame: Vec<u8>,
}

/// A step of a booking's ladder.
#[derive(Clone, Debug)]
pub struct StepRow {
    pub booking: BookingId,
    pub revision: u32,
    pub actor: AccountId,
    pub request: RequestId,
    pub before: Option<&'static str>,
    pub after: &'static str,
    pub reason: Option<&'static str>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Rows {
    pub requests: Vec<RequestRow>,
    pub events: Vec<EventRow>,
    pub letters: Vec<LetterRow>,
    pub steps: Vec<StepRow>,
    /// Bookings as the database has them, for those that the batch found there.
    pub found: HashMap<BookingId, Booking>,
    /// Bookings as they are after the batch, with the request that took their time.
    pub touched: BTreeMap<BookingId, (Booking, RequestId)>,
    pub days: BTreeSet<(DoctorId, NaiveDate)>,
    /// Sent again though decided before: told to the ingresses, no event.
    pub echoes: Vec<(RequestId, BodyHash, String)>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn change(&mut self, change: &Change, command: &Command) {
        let after = change.after();
        if let Some(before) = change.before()
            && !self.touched.contains_key(&before.id)
        {
            self.found.insert(before.id, before.clone());
        }
        self.steps.push(StepRow {
            booking: after.id,
            revision: after.revision,
            actor: command.actor,
            request: command.request_id,
            before: change.before().map(|before| before.status.as_str()),
            after: after.status.as_str(),
            reason: matches!(change, Change::Moved { .. }).then_some("rescheduled"),
        });
        self.touched.insert(after.id, (after.clone(), command.request_id));
    }

    /// Bookings whose rows of time in use stand in the database and are void now, as they were when they took it.
    pub fn freed(&self) -> Vec<&Booking> {
        self.touched
            .keys()
            .filter_map(|id| self.found.get(id))
            .filter(|before| before.status.is_open())
            .collect()
    }

    /// Bookings that use time after the batch, in the order of the overlap key.
    pub fn held(&self) -> Vec<&(Booking, RequestId)> {
        let mut held: Vec<_> =
            self.touched.values().filter(|(booking, _)| booking.status.is_open()).collect();
        held.sort_by_key(|(booking, _)| (booking.doctor_id, booking.seat, booking.starts_at));
        held
    }

    /// The document that this batch gives a request, if it does.
    pub fn document_of(&self, id: RequestId) -> Option<(BodyHash, &str)> {
        self.requests
            .iter()
            .find(|row| row.id == id)
            .map(|row| (row.body_hash, row.document.as_str()))
    }
}

impl RequestRow {
    /// Of a decision.
    pub fn decided(
        command: &Command,
        decision: &Decision,
        at: Timestamp,
        document: String,
    ) -> Self {
        let booking = decision.change.as_ref().map(|change| change.after().id);
        Self {
            id: command.request_id,
            account: command.account_id,
            hospital: command.hospital_id,
            kind: command.kind.name(),
            state: State::of(&decision.outcome),
            code: decision.outcome.code().map(domain::code::Code::as_str),
            body_hash: command.body_hash,
            accepted_at: command.accepted_at,
            decided_at: at,
            booking: booking.or(command.kind.booking_id()),
            publisher: Uuid::nil(),
            publisher_seq: 0,
            event_seq: 0,
            document,
            was_parked: false,
        }
    }

    /// Of a frame that says no more than whose it is: parked.
    pub fn unread(id: RequestId, account: AccountId, at: Timestamp) -> Self {
        Self {
            id,
            account,
            hospital: HospitalId::from_uuid(Uuid::nil()),
            kind: UNREAD,
            state: State::Parked,
            code: None,
            body_hash: BodyHash::UNKNOWN,
            accepted_at: at,
            decided_at: at,
            booking: None,
            publisher: Uuid::nil(),
            publisher_seq: 0,
            event_seq: 0,
            document: request::parked_unread(id, at),
            was_parked: false,
        }
    }
}

/// Slices of at most 128 rows: up to 16 as they are, more in a multiple of 16 and the rest. So few
/// statements of different length are prepared, and a batch takes two at most.
pub fn in_few_lengths<T>(rows: &[T]) -> Vec<&[T]> {
    const MOST: usize = 128;
    const STEP: usize = 16;
    let mut slices = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let length =
            if rest.len() <= STEP { rest.len() } else { rest.len().min(MOST) / STEP * STEP };
        let (slice, tail) = rest.split_at(length);
        slices.push(slice);
        rest = tail;
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_hold_every_row_once() {
        let mut lengths = std::collections::BTreeSet::new();
        for count in 0..300 {
            let rows: Vec<usize> = (0..count).collect();
            let slices = in_few_lengths(&rows);
            assert_eq!(slices.concat(), rows);
            lengths.extend(slices.iter().map(|slice| slice.len()));
        }
        assert!(lengths.len() <= 24 && lengths.last() == Some(&128), "{lengths:?}");
    }
}
