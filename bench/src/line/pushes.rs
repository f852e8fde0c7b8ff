//! What sockets of people who wait are pushed, and how long after the decision: each frame carries the time of its
//! decision, which is before the commit, so the time that is told here is never too short.

use chrono::TimeDelta;
use domain::time::{self, Timestamp};
use platform::clock::Clock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::http::member;

/// Shared by all sockets.
#[derive(Debug)]
pub struct Pushes {
    clock: Clock,
    counts: Mutex<Counts>,
    counting: AtomicBool,
}

/// Microseconds from decision to arrival, by kind of frame.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Of one's own ticket: called, changed.
    pub notices: Vec<u32>,
    /// How many go before.
    pub places: Vec<u32>,
}

impl Pushes {
    pub fn new(clock: Clock) -> Self {
        Self { clock, counts: Mutex::default(), counting: AtomicBool::new(false) }
    }

    /// From now on frames count, or do not.
    pub fn count(&self, counting: bool) {
        self.counting.store(counting, Ordering::Relaxed);
    }

    /// Takes in a frame.
    pub fn receive(&self, frame: &str) {
        let Some(is_place) = is_place(frame) else { return };
        let at = member(frame, "at").and_then(|at| time::parse(at).ok());
        let (Some(at), true) = (at, self.counting.load(Ordering::Relaxed)) else { return };
        let micros = micros_since(at, self.clock.now());
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if is_place { counts.places.push(micros) } else { counts.notices.push(micros) }
    }

    /// Notices so far.
    pub fn notices(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).notices.len()
    }

    /// All that was counted, sorted. Begins anew.
    pub fn take(&self) -> Counts {
        let mut counts =
            std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        counts.notices.sort_unstable();
        counts.places.sort_unstable();
        counts
    }
}

/// Whether it is a place or a notice of a ticket; `None`: neither.
fn is_place(frame: &str) -> Option<bool> {
    if frame.contains(r#""type":"place""#) {
        return Some(true);
    }
    frame.contains(r#""code":"TICKET_C"#).then_some(false)
}

fn micros_since(at: Timestamp, now: Timestamp) -> u32 {
    let passed = (now - at).max(TimeDelta::zero());
    passed.num_microseconds().and_then(|micros| u32::try_from(micros).ok()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_and_places_are_told_apart_and_timed_from_their_decision() {
        let now = time::parse("2026-11-23T09:00:01.500Z").unwrap();
        let pushes = Pushes::new(Clock::starting(now, 0.0));
        let frame =
            |rest: &str| format!(r#"{{"id":"c","at":"2026-11-23T18:00:01.250+09:00",{rest}}}"#);
        pushes.receive(&frame(r#""type":"place","ahead":3"#));
        assert_eq!(pushes.take().places.len(), 0, "nothing counts yet");
        pushes.count(true);
        for rest in [
            r#""type":"place","ahead":3"#,
            r#""type":"notice","code":"TICKET_CALLED""#,
            r#""type":"notice","code":"CONNECTED""#,
            r#""type":"outcome","request":{}"#,
        ] {
            pushes.receive(&frame(rest));
        }
        let counts = pushes.take();
        assert_eq!((counts.places, counts.notices), (vec![250_000], vec![250_000]));
    }
}
