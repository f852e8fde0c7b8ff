//! A publisher's numbers at one partition: what it sent, what is confirmed without a gap. An identity
//! ends with its channel, and at the first publish that is not confirmed: then a last report, over the next channel
//! if need be, says which of its numbers were confirmed, and a new identity goes on.

use domain::conservation::Span;
use std::collections::VecDeque;
use uuid::Uuid;

/// One identity.
#[derive(Debug)]
pub struct Book {
    pub publisher: Uuid,
    next: u64,
    acked: u64,
    reported: u64,
    open: VecDeque<Sent>,
    broken: bool,
    /// A report is on its way.
    saying: bool,
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

impl Book {
    pub fn open() -> Self {
        Self { publisher: Uuid::new_v4(), next: 1, acked: 0, reported: 0, open: VecDeque::new(), broken: false, saying: false }
    }

    /// Numbers the next message of `count` commands and returns its first number.
    pub fn send(&mut self, count: u64) -> u64 {
        let first = self.next;
        self.next += count;
        self.open.push_back(Sent { first, count, state: SentState::Waiting });
        first
    }

    /// The message that began with `first` was confirmed, or not.
    pub fn settle(&mut self, first: u64, confirmed: bool) {
        let state = if confirmed { SentState::Confirmed } else { SentState::Failed };
        self.broken |= !confirmed;
        if let Some(sent) = self.open.iter_mut().find(|sent| sent.first == first) {
            sent.state = state;
        }
        while let Some(sent) = self.open.front().filter(|sent| sent.state == SentState::Confirmed) {
            self.acked = sent.first + sent.count - 1;
            self.open.pop_front();
        }
    }

    /// Highest number confirmed without a gap; what is read is taken as reported.
    pub fn report(&mut self) -> u64 {
        self.reported = self.acked;
        self.acked
    }

    /// Confirms that no message has carried yet, and nothing under way that could.
    pub fn owes_report(&self) -> bool {
        self.acked > self.reported && self.open.is_empty() && !self.saying
    }

    /// The identity has ended, all that it sent has its answer, and nobody was told yet.
    pub fn owes_last_words(&self) -> bool {
        self.is_settled() && !self.saying
    }

    /// A report was sent.
    pub fn say(&mut self) {
        self.saying = true;
    }

    /// The report was confirmed, or is to be said again.
    pub fn said(&mut self, confirmed: bool) {
        self.saying = false;
        if !confirmed {
            self.reported = 0;
        }
    }

    /// A publish was not confirmed: the identity takes no more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// All that was sent has its answer.
    pub fn is_settled(&self) -> bool {
        self.open.iter().all(|sent| sent.state != SentState::Waiting)
    }

    /// Number that the next command would have.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Confirmed beyond the first gap.
    pub fn confirmed_beyond(&self) -> Vec<Span> {
        let confirmed = self.open.iter().filter(|sent| sent.state == SentState::Confirmed);
        confirmed.map(|sent| Span { first: sent.first, last: sent.first + sent.count - 1 }).collect()
    }
}

/// `1-3,7-7`.
pub fn show_ranges(ranges: &[Span]) -> String {
    ranges.iter().map(|range| format!("{}-{}", range.first, range.last)).collect::<Vec<_>>().join(",")
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

    #[test]
    fn acked_stops_at_the_first_gap() {
        let mut book = Book::open();
        assert_eq!((book.send(2), book.send(1), book.send(3)), (1, 3, 4));
        book.settle(4, true);
        assert_eq!(book.report(), 0);
        book.settle(1, true);
        assert_eq!(book.report(), 2);
        assert!(!book.is_broken() && !book.is_settled());
        book.settle(3, false);
        assert!(book.is_broken() && book.is_settled());
        assert_eq!(book.report(), 2);
        assert_eq!(read_ranges(&show_ranges(&book.confirmed_beyond())), [Span { first: 4, last: 6 }]);
        assert_eq!(book.next(), 7);
    }

    #[test]
    fn a_report_is_owed_once() {
        let mut book = Book::open();
        let first = book.send(1);
        assert!(!book.owes_report());
        book.settle(first, true);
        assert!(book.owes_report());
        book.report();
        assert!(!book.owes_report());
    }

    #[test]
    fn a_report_that_is_not_confirmed_is_said_again() {
        let mut book = Book::open();
        let first = book.send(1);
        book.settle(first, true);
        assert!(book.owes_last_words());
        book.report();
        book.say();
        assert!(!book.owes_report() && !book.owes_last_words());
        book.said(false);
        assert!(book.owes_report() && book.owes_last_words());
    }
}
