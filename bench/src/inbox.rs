//! What one client waits for and what it was told: requests go in when they are sent and come out when their
//! outcome arrives on the socket. Shared by the task that posts and the task that listens.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use uuid::Uuid;

use crate::http::member;

/// A request whose outcome has not arrived.
#[derive(Debug)]
struct AwaitedRequest {
    since: Instant,
    /// Bounds what a client has in flight; released by dropping.
    _permit: Option<OwnedSemaphorePermit>,
}

/// How an outcome ended, as the socket said it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct OutcomeCounts {
    pub confirmed: u64,
    pub rejected: u64,
    pub expired: u64,
}

impl OutcomeCounts {
    pub fn add(&mut self, other: Self) {
        self.confirmed += other.confirmed;
        self.rejected += other.rejected;
        self.expired += other.expired;
    }

    pub fn total(&self) -> u64 {
        self.confirmed + self.rejected + self.expired
    }
}

/// One client's.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    awaited: HashMap<Uuid, AwaitedRequest>,
    told: OutcomeCounts,
    /// Refusals by code.
    codes: BTreeMap<String, u64>,
    micros: Vec<u32>,
    last: Option<Instant>,
}

impl Inbox {
    /// The request is about to be sent; its wait is counted from `since`.
    pub fn expect(&self, id: Uuid, since: Instant, permit: Option<OwnedSemaphorePermit>) {
        self.state().awaited.insert(id, AwaitedRequest { since, _permit: permit });
    }

    /// No outcome is awaited any more: it was refused, or answered. Whether it still was.
    pub fn forget(&self, id: Uuid) -> bool {
        self.state().awaited.remove(&id).is_some()
    }

    /// Until nothing is awaited.
    pub async fn all_told(&self) {
        while self.awaited() > 0 {
            self.came.notified().await;
        }
    }

    /// How many outcomes are still awaited.
    pub fn awaited(&self) -> usize {
        self.state().awaited.len()
    }

    /// Takes in a frame. Frames of other kinds, and of requests already told, are passed over.
    pub fn receive(&self, frame: &str, at: Instant) {
        if !frame.contains("\"outcome\"") {
            return;
        }
        // Parked is not an outcome: the wait goes on.
        let outcome = member(frame, "state")
            .filter(|state| matches!(*state, "confirmed" | "rejected" | "expired"));
        let Some(outcome) = outcome else { return };
        let mut state = self.state();
        let Some(request) = ids(frame).find_map(|id| state.awaited.remove(&id)) else { return };
        match outcome {
            "confirmed" => state.told.confirmed += 1,
            "rejected" => {
                state.told.rejected += 1;
                *state
                    .codes
                    .entry(member(frame, "code").unwrap_or_default().to_owned())
                    .or_default() += 1;
            }
            _ => state.told.expired += 1,
        }
        state.micros.push(micros(at.saturating_duration_since(request.since)));
        state.last = Some(at);
        drop(state);
        self.came.notify_one();
    }

    /// What was told, how long each took, and when the last came. Empties the inbox.
    pub fn take(&self) -> (OutcomeCounts, Vec<u32>, Option<Instant>) {
        let mut state = self.state();
        state.awaited.clear();
        (std::mem::take(&mut state.told), std::mem::take(&mut state.micros), state.last.take())
    }

    /// Refusals that were told, by code.
    pub fn take_codes(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.state().codes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request ids that a frame names: UUIDv5, unlike the ids of bookings, doctors and patients (v7).
pub fn ids(frame: &str) -> impl Iterator<Item = Uuid> + '_ {
    frame.match_indices("\"id\":\"").filter_map(|(at, mark)| {
        let id = frame.get(at + mark.len()..at + mark.len() + 36)?;
        if id.as_bytes().get(14) == Some(&b'5') { Uuid::parse_str(id).ok() } else { None }
    })
}

/// Microseconds, at most 71 minutes of them.
pub fn micros(span: std::time::Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn frame(id: Uuid, state: &str) -> String {
        let booking = Uuid::now_v7();
        format!(
            r#"{{"at":"2026-11-23T09:00:00+09:00","id":"AbC","request":{{"id":"{id}","outcome":{{"booking":{{"id":"{booking}"}},"type":"{state}"}},"state":"{state}"}},"type":"outcome"}}"#
        )
    }

    #[test]
    fn an_outcome_is_told_once_and_parked_is_none() {
        let (inbox, now) = (Inbox::default(), Instant::now());
        let id = Uuid::new_v5(&domain::ids::REQUEST_NAMESPACE, b"a");
        inbox.expect(id, now, None);
        inbox.receive(&frame(id, "parked"), now);
        assert_eq!(inbox.awaited(), 1);
        inbox.receive(&frame(id, "confirmed"), now + Duration::from_millis(2));
        inbox.receive(&frame(id, "confirmed"), now + Duration::from_millis(3));
        let (told, micros, last) = inbox.take();
        assert_eq!(
            (told.confirmed, micros, last),
            (1, vec![2_000], Some(now + Duration::from_millis(2)))
        );
    }
}
