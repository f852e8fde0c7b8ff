//! The sequences of a channel's task: for each queue the one in use, and those of identities that have ended. It
//! decides which report is sent next. An ended identity of which nothing was ever confirmed has nothing to report and is
//! dropped: while a queue is full, every publish makes one.

use domain::conservation::Span;
use domain::partition::QueueId;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use super::sequence::PublisherSequence;

/// Ended identities whose final report was confirmed and is repeated; beyond this many the oldest is forgotten.
const KEPT: usize = 64;

/// What a publisher reports in a message without commands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Report {
    pub queue: QueueId,
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

/// All sequences of one channel's task.
pub(super) struct PublisherSequences {
    /// How long after a report it is sent again.
    repeat: Duration,
    current: BTreeMap<QueueId, PublisherSequence>,
    ended: HashMap<Uuid, (QueueId, PublisherSequence)>,
    /// The ended ones take turns: those of a full queue must not delay the others.
    turn: VecDeque<Uuid>,
    /// Ended ones whose final report was confirmed, oldest first.
    said: VecDeque<Uuid>,
}

impl PublisherSequences {
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
    pub fn send(&mut self, queue: QueueId, count: u64, now: Instant) -> Numbered {
        self.end_broken(queue);
        let sequence = self.current.entry(queue).or_insert_with(|| PublisherSequence::open(now));
        let (first, acked) = sequence.send(count, now);
        Numbered { publisher: sequence.publisher, first, acked }
    }

    /// A message has its answer.
    pub fn settle(&mut self, queue: QueueId, publisher: Uuid, first: u64, confirmed: bool) {
        if let Some(sequence) = self.sequence(queue, publisher) {
            sequence.settle(first, confirmed);
            self.drop_empty(publisher);
        }
    }

    /// A report has its answer.
    pub fn said(&mut self, queue: QueueId, publisher: Uuid, confirmed: bool) {
        let Some(sequence) = self.sequence(queue, publisher) else { return };
        sequence.said(confirmed);
        if confirmed && self.ended.contains_key(&publisher) && !self.said.contains(&publisher) {
            self.said.push_back(publisher);
            if self.said.len() > KEPT
                && let Some(oldest) = self.said.pop_front()
            {
                self.ended.remove(&oldest);
            }
        }
    }

    /// The channel is gone: every identity ends with it.
    pub fn end_all(&mut self) {
        for (queue, sequence) in std::mem::take(&mut self.current) {
            self.end(queue, sequence);
        }
    }

    /// The next report that is due. It counts as sent.
    pub fn next_report(&mut self, now: Instant) -> Option<Report> {
        for queue in self.current.keys().copied().collect::<Vec<_>>() {
            self.end_broken(queue);
        }
        for _ in 0..self.turn.len() {
            let publisher = self.turn.pop_front()?;
            let Some((queue, sequence)) = self.ended.get_mut(&publisher) else { continue };
            self.turn.push_back(publisher);
            if sequence.is_due(now, self.repeat) {
                sequence.say(now);
                return Some(report(*queue, sequence));
            }
        }
        let (queue, sequence) =
            self.current.iter_mut().find(|(_, sequence)| sequence.is_due(now, self.repeat))?;
        sequence.say(now);
        Some(report(*queue, sequence))
    }

    /// A last report of everything, due or not: the task ends.
    pub fn final_reports(&mut self) -> Vec<Report> {
        self.end_all();
        self.ended.values().map(|(queue, sequence)| report(*queue, sequence)).collect()
    }

    fn sequence(&mut self, queue: QueueId, publisher: Uuid) -> Option<&mut PublisherSequence> {
        match self.current.get_mut(&queue) {
            Some(sequence) if sequence.publisher == publisher => Some(sequence),
            _ => self.ended.get_mut(&publisher).map(|(_, sequence)| sequence),
        }
    }

    fn end_broken(&mut self, queue: QueueId) {
        if self.current.get(&queue).is_some_and(PublisherSequence::is_broken)
            && let Some(sequence) = self.current.remove(&queue)
        {
            self.end(queue, sequence);
        }
    }

    fn end(&mut self, queue: QueueId, mut sequence: PublisherSequence) {
        let publisher = sequence.publisher;
        sequence.end();
        self.ended.insert(publisher, (queue, sequence));
        self.turn.push_back(publisher);
        self.drop_empty(publisher);
    }

    /// Drops an ended identity of which everything is answered and nothing was confirmed: nobody was promised anything.
    fn drop_empty(&mut self, publisher: Uuid) {
        if self
            .ended
            .get(&publisher)
            .is_some_and(|(_, sequence)| sequence.is_settled() && !sequence.has_confirmed())
        {
            self.ended.remove(&publisher);
            self.turn.retain(|waiting| *waiting != publisher);
        }
    }
}

fn report(queue: QueueId, sequence: &PublisherSequence) -> Report {
    Report {
        queue,
        publisher: sequence.publisher,
        next: sequence.next(),
        acked: sequence.acked(),
        beyond: sequence.confirmed_beyond(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::partition::PartitionId;

    const REPEAT: Duration = Duration::from_secs(30);
    const P: QueueId = PartitionId::new(0).usual();
    const Q: QueueId = PartitionId::new(0).desk();

    fn publish(
        sequences: &mut PublisherSequences,
        queue: QueueId,
        now: Instant,
        confirmed: bool,
    ) -> Numbered {
        let sent = sequences.send(queue, 1, now);
        sequences.settle(queue, sent.publisher, sent.first, confirmed);
        sent
    }

    fn reports(sequences: &mut PublisherSequences, now: Instant) -> Vec<Report> {
        std::iter::from_fn(|| sequences.next_report(now)).collect()
    }

    #[test]
    fn a_full_queue_leaves_no_identities_behind() {
        let (mut sequences, mut now) = (PublisherSequences::new(REPEAT), Instant::now());
        for _ in 0..1_000 {
            publish(&mut sequences, P, now, false);
            now += REPEAT;
            assert!(reports(&mut sequences, now).is_empty());
        }
        assert!(
            sequences.ended.is_empty() && sequences.turn.is_empty() && sequences.current.len() <= 1
        );
    }

    #[test]
    fn answers_that_come_after_the_end_are_told_or_dropped() {
        let (mut sequences, now) = (PublisherSequences::new(REPEAT), Instant::now());
        let (first, second) = (sequences.send(P, 2, now), sequences.send(Q, 1, now));
        sequences.end_all();
        assert!(reports(&mut sequences, now).is_empty(), "not all is answered");
        sequences.settle(P, first.publisher, first.first, true);
        sequences.settle(Q, second.publisher, second.first, false);
        let told = reports(&mut sequences, now);
        assert_eq!(
            told,
            [Report {
                queue: P,
                publisher: first.publisher,
                next: 3,
                acked: 2,
                beyond: Vec::new()
            }]
        );
        assert_eq!(sequences.ended.len(), 1);
    }

    #[test]
    fn confirmed_beyond_a_gap_is_told_although_nothing_is_acked() {
        let (mut sequences, now) = (PublisherSequences::new(REPEAT), Instant::now());
        let (first, second) = (sequences.send(P, 1, now), sequences.send(P, 1, now));
        sequences.settle(P, first.publisher, first.first, false);
        sequences.settle(P, second.publisher, second.first, true);
        let told = reports(&mut sequences, now);
        assert_eq!(
            (told.len(), told[0].acked, told[0].beyond.as_slice()),
            (1, 0, [Span { first: 2, last: 2 }].as_slice())
        );
    }

    #[test]
    fn refused_final_reports_are_kept_and_let_others_have_their_turn() {
        let (mut sequences, now) = (PublisherSequences::new(REPEAT), Instant::now());
        for queue in [P, P, P, Q] {
            publish(&mut sequences, queue, now, true);
            publish(&mut sequences, queue, now, false);
        }
        let mut asked = Vec::new();
        for _ in 0..4 {
            let report = sequences.next_report(now).expect("one is due");
            sequences.said(report.queue, report.publisher, false);
            asked.push(report.queue);
        }
        assert_eq!(asked, [P, P, P, Q]);
        assert_eq!(reports(&mut sequences, now).len(), 4, "none is lost");
    }

    #[test]
    fn what_was_said_is_said_again_also_of_ended_identities_of_late() {
        let (mut sequences, mut now) = (PublisherSequences::new(REPEAT), Instant::now());
        for _ in 0..KEPT * 2 {
            publish(&mut sequences, P, now, true);
            sequences.end_all();
            for report in reports(&mut sequences, now) {
                sequences.said(P, report.publisher, true);
            }
        }
        publish(&mut sequences, Q, now, true);
        let told = reports(&mut sequences, now);
        assert_eq!(told.len(), 1);
        sequences.said(Q, told[0].publisher, true);
        assert!(reports(&mut sequences, now).is_empty());
        now += REPEAT;
        assert_eq!(reports(&mut sequences, now).len(), KEPT + 1);
        assert_eq!(sequences.final_reports().len(), KEPT + 1);
        assert!(sequences.turn.len() <= KEPT + 1, "{}", sequences.turn.len());
    }
}
