//! The commands that wait for a publisher's channel, by queue, and when they are sent. A command that comes alone is
//! sent at once. While commands come fast, all that came is sent once an interval, one message a queue: a message
//! costs the broker about the same with one command as with sixty-four, and messages of the same moment share one
//! write to its disk.

use domain::partition::QueueId;
use domain::wire::MAX_FRAMES;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// From this arrival score on, commands are batched. Each arrival adds 1, and each interval divides the score by e: 2 is
/// reached by commands that come less than 0.7 intervals apart.
const BATCHING_THRESHOLD: f64 = 2.0;

/// The backlogs of all queues.
pub(super) struct SendQueue<T> {
    interval: Duration,
    backlogs: BTreeMap<QueueId, VecDeque<T>>,
    /// Queues whose backlog is not empty, in the order of their turns.
    turn: VecDeque<QueueId>,
    /// High while commands come fast.
    arrival_score: f64,
    /// When the last command came.
    came: Instant,
    /// From then on packs may be sent.
    opens: Instant,
}

impl<T> SendQueue<T> {
    /// Packs go at most once an `interval`; with none, all that waits goes at once.
    pub fn new(interval: Duration) -> Self {
        let now = Instant::now();
        Self {
            interval,
            backlogs: BTreeMap::new(),
            turn: VecDeque::new(),
            arrival_score: 0.0,
            came: now,
            opens: now,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.turn.is_empty()
    }

    pub fn push(&mut self, id: QueueId, job: T, now: Instant) {
        let intervals = now
            .saturating_duration_since(self.came)
            .div_duration_f64(self.interval.max(Duration::from_nanos(1)));
        self.arrival_score = self.arrival_score * (-intervals).exp() + 1.0;
        self.came = now;
        if self.is_empty() && self.opens <= now {
            self.opens =
                if self.arrival_score < BATCHING_THRESHOLD { now } else { now + self.interval };
        }
        let backlog = self.backlogs.entry(id).or_default();
        if backlog.is_empty() {
            self.turn.push_back(id);
        }
        backlog.push_back(job);
    }

    /// The next pack that is to go, the queues taking turns.
    pub fn next(&mut self, now: Instant) -> Option<(QueueId, Vec<T>)> {
        let at = if self.opens <= now {
            0
        } else {
            self.turn.iter().position(|id| self.is_full(*id))?
        };
        let id = self.turn.remove(at)?;
        let backlog = self.backlogs.get_mut(&id)?;
        let pack = backlog.drain(..backlog.len().min(MAX_FRAMES)).collect();
        if !backlog.is_empty() {
            self.turn.push_back(id);
        }
        Some((id, pack))
    }

    /// When the next pack is to go; `None` when nothing waits.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let full = || self.turn.iter().any(|id| self.is_full(*id));
        (!self.is_empty()).then(|| if self.opens > now && full() { now } else { self.opens })
    }

    fn is_full(&self, id: QueueId) -> bool {
        self.backlogs.get(&id).is_some_and(|backlog| backlog.len() >= MAX_FRAMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::partition::PartitionId;

    const INTERVAL: Duration = Duration::from_millis(10);
    const P: QueueId = PartitionId::new(0).usual();
    const Q: QueueId = PartitionId::new(1).usual();

    fn sizes(queue: &mut SendQueue<usize>, now: Instant) -> Vec<usize> {
        std::iter::from_fn(|| queue.next(now)).map(|(_, pack)| pack.len()).collect()
    }

    #[test]
    fn what_comes_alone_goes_at_once() {
        let (mut queue, mut now) = (SendQueue::new(INTERVAL), Instant::now());
        for job in 0..20 {
            queue.push(P, job, now);
            assert_eq!(queue.next(now), Some((P, vec![job])));
            now += INTERVAL;
        }
        assert!(queue.is_empty() && queue.due(now).is_none());
    }

    #[test]
    fn what_comes_thick_goes_together_once_an_interval_in_order() {
        let (mut queue, start) = (SendQueue::new(INTERVAL), Instant::now());
        let mut went = BTreeMap::from([(P, Vec::new()), (Q, Vec::new())]);
        for job in 0..100_u32 {
            let now = start + Duration::from_millis(job.into());
            queue.push(if job % 3 == 0 { Q } else { P }, job, now);
            while let Some((partition, pack)) = queue.next(now) {
                went.get_mut(&partition).unwrap().push(pack);
            }
        }
        let end = queue.due(start).unwrap();
        assert!(end <= start + Duration::from_millis(99) + INTERVAL);
        while let Some((partition, pack)) = queue.next(end) {
            went.get_mut(&partition).unwrap().push(pack);
        }
        let (of_q, of_p): (Vec<u32>, Vec<u32>) = (0..100).partition(|job| job % 3 == 0);
        assert_eq!((went[&P].concat(), went[&Q].concat()), (of_p, of_q));
        assert!(went.values().all(|packs| packs.len() <= 12), "{went:?}");
    }

    #[test]
    fn a_full_message_does_not_wait() {
        let (mut queue, now) = (SendQueue::new(INTERVAL), Instant::now());
        queue.push(P, 0, now);
        assert_eq!(sizes(&mut queue, now), [1]);
        (0..MAX_FRAMES + 3).for_each(|job| queue.push(P, job, now));
        assert_eq!(queue.due(now), Some(now));
        assert_eq!(sizes(&mut queue, now), [MAX_FRAMES]);
        assert_eq!(queue.due(now), Some(now + INTERVAL));
        assert_eq!(sizes(&mut queue, now + INTERVAL), [3]);
    }

    #[test]
    fn partitions_take_turns() {
        let (mut queue, now) = (SendQueue::new(Duration::ZERO), Instant::now());
        (0..MAX_FRAMES * 2).for_each(|job| queue.push(P, job, now));
        queue.push(Q, 0, now);
        let order: Vec<_> = std::iter::from_fn(|| queue.next(now))
            .map(|(partition, pack)| (partition, pack.len()))
            .collect();
        assert_eq!(order, [(P, MAX_FRAMES), (Q, 1), (P, MAX_FRAMES)]);
    }
}
