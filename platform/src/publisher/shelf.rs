//! The books of a channel's task: one in use a partition, and those of identities that have ended. It says which
//! report is to go next. An ended identity of which nothing was ever confirmed has nothing to say and is dropped: while a
//! queue is full, every publish makes one.

use domain::conservation::Span;
use domain::partition::PartitionId;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use super::books::Book;

/// Ended identities that have said their last words and will repeat them; beyond it the oldest is forgotten.
const KEPT: usize = 64;

/// What a publisher says without a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Report {
    pub partition: PartitionId,
    pub publisher: Uuid,
    /// Number that the next command would have.
    pub next: u64,
    pub acked: u64,
    pub beyond: Vec<Span>,
}

/// A message's numbers.
pub(super) struct Numbered {
    pub publisher: Uuid,
    pub first: u64,
    pub acked: u64,
}

/// All books.
pub(super) struct Shelf {
    /// How long after it was said something is said again.
    repeat: Duration,
    current: BTreeMap<PartitionId, Book>,
    ended: HashMap<Uuid, (PartitionId, Book)>,
    /// The ended ones take turns: those of a full queue must not hold up the others.
    turn: VecDeque<Uuid>,
    /// Ended ones whose last words were confirmed, oldest first.
    said: VecDeque<Uuid>,
}

impl Shelf {
    pub fn new(repeat: Duration) -> Self {
        Self {
            repeat,
            current: BTreeMap::new(),
            ended: HashMap::new(),
            turn: VecDeque::new(),
            said: VecDeque::new(),
        }
    }

    /// Numbers a message of `count` commands.
    pub fn send(&mut self, partition: PartitionId, count: u64, now: Instant) -> Numbered {
        self.end_broken(partition);
        let book = self.current.entry(partition).or_insert_with(|| Book::open(now));
        let (first, acked) = book.send(count, now);
        Numbered { publisher: book.publisher, first, acked }
    }

    /// A message has its answer.
    pub fn settle(&mut self, partition: PartitionId, publisher: Uuid, first: u64, confirmed: bool) {
        if let Some(book) = self.book(partition, publisher) {
            book.settle(first, confirmed);
            self.drop_empty(publisher);
        }
    }

    /// A report has its answer.
    pub fn said(&mut self, partition: PartitionId, publisher: Uuid, confirmed: bool) {
        let Some(book) = self.book(partition, publisher) else { return };
        book.said(confirmed);
        if confirmed && self.ended.contains_key(&publisher) && !self.said.contains(&publisher) {
            self.said.push_back(publisher);
            if self.said.len() > KEPT
                && let Some(oldest) = self.said.pop_front()
            {
                self.ended.remove(&oldest);
            }
        }
    }

    /// The channel is gone: no identity goes on.
    pub fn end_all(&mut self) {
        for (partition, book) in std::mem::take(&mut self.current) {
            self.end(partition, book);
        }
    }

    /// The next report that is due. It counts as sent.
    pub fn next_report(&mut self, now: Instant) -> Option<Report> {
        for partition in self.current.keys().copied().collect::<Vec<_>>() {
            self.end_broken(partition);
        }
        for _ in 0..self.turn.len() {
            let publisher = self.turn.pop_front()?;
            let Some((partition, book)) = self.ended.get_mut(&publisher) else { continue };
            self.turn.push_back(publisher);
            if book.is_due(now, self.repeat) {
                book.say(now);
                return Some(report(*partition, book));
            }
        }
        let (partition, book) =
            self.current.iter_mut().find(|(_, book)| book.is_due(now, self.repeat))?;
        book.say(now);
        Some(report(*partition, book))
    }

    /// Everything once more, due or not: the task ends.
    pub fn last_reports(&mut self) -> Vec<Report> {
        self.end_all();
        self.ended.values().map(|(partition, book)| report(*partition, book)).collect()
    }

    fn book(&mut self, partition: PartitionId, publisher: Uuid) -> Option<&mut Book> {
        match self.current.get_mut(&partition) {
            Some(book) if book.publisher == publisher => Some(book),
            _ => self.ended.get_mut(&publisher).map(|(_, book)| book),
        }
    }

    fn end_broken(&mut self, partition: PartitionId) {
        if self.current.get(&partition).is_some_and(Book::is_broken)
            && let Some(book) = self.current.remove(&partition)
        {
            self.end(partition, book);
        }
    }

    fn end(&mut self, partition: PartitionId, mut book: Book) {
        let publisher = book.publisher;
        book.end();
        self.ended.insert(publisher, (partition, book));
        self.turn.push_back(publisher);
        self.drop_empty(publisher);
    }

    /// An ended identity of which all is answered and nothing confirmed: nobody was promised anything.
    fn drop_empty(&mut self, publisher: Uuid) {
        if self
            .ended
            .get(&publisher)
            .is_some_and(|(_, book)| book.is_settled() && !book.has_confirmed())
        {
            self.ended.remove(&publisher);
            self.turn.retain(|waiting| *waiting != publisher);
        }
    }
}

fn report(partition: PartitionId, book: &Book) -> Report {
    Report {
        partition,
        publisher: book.publisher,
        next: book.next(),
        acked: book.acked(),
        beyond: book.confirmed_beyond(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPEAT: Duration = Duration::from_secs(30);
    const P: PartitionId = PartitionId::new(0);
    const Q: PartitionId = PartitionId::new(1);

    fn publish(
        shelf: &mut Shelf,
        partition: PartitionId,
        now: Instant,
        confirmed: bool,
    ) -> Numbered {
        let sent = shelf.send(partition, 1, now);
        shelf.settle(partition, sent.publisher, sent.first, confirmed);
        sent
    }

    fn reports(shelf: &mut Shelf, now: Instant) -> Vec<Report> {
        std::iter::from_fn(|| shelf.next_report(now)).collect()
    }

    #[test]
    fn a_full_queue_leaves_no_identities_behind() {
        let (mut shelf, mut now) = (Shelf::new(REPEAT), Instant::now());
        for _ in 0..1_000 {
            publish(&mut shelf, P, now, false);
            now += REPEAT;
            assert!(reports(&mut shelf, now).is_empty());
        }
        assert!(shelf.ended.is_empty() && shelf.turn.is_empty() && shelf.current.len() <= 1);
    }

    #[test]
    fn answers_that_come_after_the_end_are_told_or_dropped() {
        let (mut shelf, now) = (Shelf::new(REPEAT), Instant::now());
        let (first, second) = (shelf.send(P, 2, now), shelf.send(Q, 1, now));
        shelf.end_all();
        assert!(reports(&mut shelf, now).is_empty(), "not all is answered");
        shelf.settle(P, first.publisher, first.first, true);
        shelf.settle(Q, second.publisher, second.first, false);
        let told = reports(&mut shelf, now);
        assert_eq!(
            told,
            [Report {
                partition: P,
                publisher: first.publisher,
                next: 3,
                acked: 2,
                beyond: Vec::new()
            }]
        );
        assert_eq!(shelf.ended.len(), 1);
    }

    #[test]
    fn confirmed_beyond_a_gap_is_told_although_nothing_is_acked() {
        let (mut shelf, now) = (Shelf::new(REPEAT), Instant::now());
        let (first, second) = (shelf.send(P, 1, now), shelf.send(P, 1, now));
        shelf.settle(P, first.publisher, first.first, false);
        shelf.settle(P, second.publisher, second.first, true);
        let told = reports(&mut shelf, now);
        assert_eq!(
            (told.len(), told[0].acked, told[0].beyond.as_slice()),
            (1, 0, [Span { first: 2, last: 2 }].as_slice())
        );
    }

    #[test]
    fn refused_last_words_are_kept_and_let_others_have_their_turn() {
        let (mut shelf, now) = (Shelf::new(REPEAT), Instant::now());
        for partition in [P, P, P, Q] {
            publish(&mut shelf, partition, now, true);
            publish(&mut shelf, partition, now, false);
        }
        let mut asked = Vec::new();
        for _ in 0..4 {
            let report = shelf.next_report(now).expect("one is due");
            shelf.said(report.partition, report.publisher, false);
            asked.push(report.partition);
        }
        assert_eq!(asked, [P, P, P, Q]);
        assert_eq!(reports(&mut shelf, now).len(), 4, "none is lost");
    }

    #[test]
    fn what_was_said_is_said_again_also_of_ended_identities_of_late() {
        let (mut shelf, mut now) = (Shelf::new(REPEAT), Instant::now());
        for _ in 0..KEPT * 2 {
            publish(&mut shelf, P, now, true);
            shelf.end_all();
            for report in reports(&mut shelf, now) {
                shelf.said(P, report.publisher, true);
            }
        }
        publish(&mut shelf, Q, now, true);
        let told = reports(&mut shelf, now);
        assert_eq!(told.len(), 1);
        shelf.said(Q, told[0].publisher, true);
        assert!(reports(&mut shelf, now).is_empty());
        now += REPEAT;
        assert_eq!(reports(&mut shelf, now).len(), KEPT + 1);
        assert_eq!(shelf.last_reports().len(), KEPT + 1);
        assert!(shelf.turn.len() <= KEPT + 1, "{}", shelf.turn.len());
    }
}
