//! The numbers of one publisher identity at one partition: what it sent, and what is confirmed without a gap. An identity
//! ends with its channel, and at the first publish that is not confirmed. Then its final report, over the next channel if
//! need be, says which of its numbers were confirmed, and a new identity goes on. A report is sent again after a while,
//! because whoever purges a queue throws away the reports in it too.

use domain::conservation::Span;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// One identity.
#[derive(Debug)]
pub struct PublisherSequence {
    pub publisher: Uuid,
    next: u64,
    acked: u64,
    open: VecDeque<Sent>,
    broken: bool,
    /// Something is confirmed that nobody was told.
    owes: bool,
    /// A report is on its way.
    saying: bool,
    /// When a message last said what is confirmed.
    told: Instant,
}

#[derive(Debug)]
struct Sent {
    first: u64,
    count: u64,
    state: SentState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SentState {
    Waiting,
    Confirmed,
    Failed,
}

impl PublisherSequence {
    pub fn open(now: Instant) -> Self {
        let (publisher, open) = (Uuid::new_v4(), VecDeque::new());
        Self {
            publisher,
            next: 1,
            acked: 0,
            open,
            broken: false,
            owes: false,
            saying: false,
            told: now,
        }
    }

    /// Numbers the next message of `count` commands: its first number, and what it says is confirmed.
    pub fn send(&mut self, count: u64, now: Instant) -> (u64, u64) {
        let first = self.next;
        self.next += count;
        self.open.push_back(Sent { first, count, state: SentState::Waiting });
        (self.owes, self.told) = (false, now);
        (first, self.acked)
    }

    /// The message that began with `first` was confirmed, or not.
    pub fn settle(&mut self, first: u64, confirmed: bool) {
        let state = if confirmed { SentState::Confirmed } else { SentState::Failed };
        self.broken |= !confirmed;
        self.owes |= confirmed;
        if let Some(sent) = self.open.iter_mut().find(|sent| sent.first == first) {
            sent.state = state;
        }
        while let Some(sent) = self.open.front().filter(|sent| sent.state == SentState::Confirmed) {
            self.acked = sent.first + sent.count - 1;
            self.open.pop_front();
        }
    }

    /// Highest number confirmed without a gap.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The identity takes no more: what was confirmed of it is to be said once more.
    pub fn end(&mut self) {
        self.owes = true;
    }

    /// Something is to be said now: confirms that no message has carried and nothing under way could, or what was
    /// said `repeat` ago.
    pub fn is_due(&self, now: Instant, repeat: Duration) -> bool {
        !self.saying
            && self.is_settled()
            && self.has_confirmed()
            && (self.owes || now >= self.told + repeat)
    }

    /// A report was sent.
    pub fn say(&mut self, now: Instant) {
        (self.owes, self.saying, self.told) = (false, true, now);
    }

    /// The report was confirmed, or is to be said again.
    pub fn said(&mut self, confirmed: bool) {
        self.saying = false;
        self.owes |= !confirmed;
    }

    /// A publish was not confirmed: the identity takes no more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// All that was sent has its answer.
    pub fn is_settled(&self) -> bool {
        self.open.iter().all(|sent| sent.state != SentState::Waiting)
    }

    /// Somebody was promised something: its loss must be seen.
    pub fn has_confirmed(&self) -> bool {
        self.acked > 0 || self.open.iter().any(|sent| sent.state == SentState::Confirmed)
    }

    /// Number that the next command would have.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Confirmed beyond the first gap.
    pub fn confirmed_beyond(&self) -> Vec<Span> {
        let confirmed = self.open.iter().filter(|sent| sent.state == SentState::Confirmed);
        confirmed
            .map(|sent| Span { first: sent.first, last: sent.first + sent.count - 1 })
            .collect()
    }
}

/// `1-3,7-7`.
pub fn show_ranges(ranges: &[Span]) -> String {
    ranges
        .iter()
        .map(|range| format!("{}-{}", range.first, range.last))
        .collect::<Vec<_>>()
        .join(",")
}

/// Reads [`show_ranges`]; what cannot be read is left out.
pub fn read_ranges(text: &str) -> Vec<Span> {
    let read = |range: &str| {
        let (first, last) = range.split_once('-')?;
        Some(Span { first: first.parse().ok()?, last: last.parse().ok()? })
    };
    text.split(',').filter_map(read).filter(|range| range.first <= range.last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPEAT: Duration = Duration::from_secs(30);

    #[test]
    fn acked_stops_at_the_first_gap() {
        let now = Instant::now();
        let mut sequence = PublisherSequence::open(now);
        assert_eq!(
            (sequence.send(2, now), sequence.send(1, now), sequence.send(3, now)),
            ((1, 0), (3, 0), (4, 0))
        );
        sequence.settle(4, true);
        assert_eq!(sequence.acked(), 0);
        sequence.settle(1, true);
        assert_eq!(sequence.acked(), 2);
        assert!(!sequence.is_broken() && !sequence.is_settled());
        sequence.settle(3, false);
        assert!(sequence.is_broken() && sequence.is_settled());
        assert_eq!(sequence.acked(), 2);
        assert_eq!(
            read_ranges(&show_ranges(&sequence.confirmed_beyond())),
            [Span { first: 4, last: 6 }]
        );
        assert_eq!(sequence.next(), 7);
    }

    #[test]
    fn a_report_is_due_once_and_again_after_a_while() {
        let now = Instant::now();
        let mut sequence = PublisherSequence::open(now);
        assert!(!sequence.is_due(now + REPEAT, REPEAT), "nothing was confirmed");
        let (first, _) = sequence.send(1, now);
        assert!(!sequence.is_due(now, REPEAT));
        sequence.settle(first, true);
        assert!(sequence.is_due(now, REPEAT));
        sequence.say(now);
        assert!(!sequence.is_due(now + REPEAT, REPEAT), "it is on its way");
        sequence.said(true);
        assert!(!sequence.is_due(now, REPEAT));
        assert!(sequence.is_due(now + REPEAT, REPEAT), "it may have been purged");
    }

    #[test]
    fn a_report_that_is_not_confirmed_is_said_again() {
        let now = Instant::now();
        let mut sequence = PublisherSequence::open(now);
        let (first, _) = sequence.send(1, now);
        sequence.settle(first, true);
        sequence.say(now);
        sequence.said(false);
        assert!(sequence.is_due(now, REPEAT));
    }
}
