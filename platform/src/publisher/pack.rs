//! What waits for the channel, by partition, and when it goes. A command that comes alone goes at once. While
//! commands of a partition come thick, they go together once an interval, or as soon as a message is full: a
//! message costs the broker about the same with one command as with sixty-four.

use domain::partition::PartitionId;
use domain::wire::MOST_FRAMES;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// From this warmth on a command waits for company. Each arrival adds 1, an interval cools it by e: 2 is reached by
/// commands that come less than 0.7 intervals apart.
const THICK: f64 = 2.0;

/// Everything that waits.
pub(super) struct Waiting<T> {
    interval: Duration,
    lines: BTreeMap<PartitionId, Line<T>>,
    /// Partitions with something waiting, in turn.
    turn: VecDeque<PartitionId>,
}

struct Line<T> {
    waiting: VecDeque<T>,
    warmth: f64,
    came: Instant,
    went: Instant,
}

impl<T> Waiting<T> {
    /// Packs go at most once an `interval` a partition; with none, all that waits goes at once.
    pub fn new(interval: Duration) -> Self {
        Self { interval, lines: BTreeMap::new(), turn: VecDeque::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.turn.is_empty()
    }

    pub fn push(&mut self, partition: PartitionId, job: T, now: Instant) {
        let line = self.lines.entry(partition).or_insert_with(|| Line { waiting: VecDeque::new(), warmth: 0.0, came: now, went: now });
        if line.waiting.is_empty() {
            self.turn.push_back(partition);
        }
        line.waiting.push_back(job);
        let cooled = now.saturating_duration_since(line.came).div_duration_f64(self.interval.max(Duration::from_nanos(1)));
        line.warmth = line.warmth * (-cooled).exp() + 1.0;
        line.came = now;
    }

    /// The next pack that is to go, the partitions taking turns.
    pub fn next(&mut self, now: Instant) -> Option<(PartitionId, Vec<T>)> {
        let at = self.turn.iter().position(|partition| self.lines.get(partition).is_some_and(|line| line.due(self.interval) <= now))?;
        let partition = self.turn.remove(at)?;
        let line = self.lines.get_mut(&partition)?;
        let pack = line.waiting.drain(..line.waiting.len().min(MOST_FRAMES)).collect();
        line.went = now;
        if !line.waiting.is_empty() {
            self.turn.push_back(partition);
        }
        Some((partition, pack))
    }

    /// When the next pack is to go; `None` when nothing waits.
    pub fn due(&self) -> Option<Instant> {
        self.turn.iter().filter_map(|partition| Some(self.lines.get(partition)?.due(self.interval))).min()
    }
}

impl<T> Line<T> {
    fn due(&self, interval: Duration) -> Instant {
        if self.warmth < THICK || self.waiting.len() >= MOST_FRAMES { self.went } else { self.went + interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(10);
    const P: PartitionId = PartitionId::new(0);
    const Q: PartitionId = PartitionId::new(1);

    fn sizes(waiting: &mut Waiting<usize>, now: Instant) -> Vec<usize> {
        std::iter::from_fn(|| waiting.next(now)).map(|(_, pack)| pack.len()).collect()
    }

    #[test]
    fn what_comes_alone_goes_at_once() {
        let (mut waiting, mut now) = (Waiting::new(INTERVAL), Instant::now());
        for job in 0..20 {
            waiting.push(P, job, now);
            assert_eq!(waiting.next(now), Some((P, vec![job])));
            now += INTERVAL;
        }
        assert!(waiting.is_empty() && waiting.due().is_none());
    }

    #[test]
    fn what_comes_thick_goes_together_once_an_interval_in_order() {
        let (mut waiting, start) = (Waiting::new(INTERVAL), Instant::now());
        let mut went = Vec::new();
        for job in 0..100_u32 {
            let now = start + Duration::from_millis(job.into());
            waiting.push(P, job, now);
            went.extend(std::iter::from_fn(|| waiting.next(now)).map(|(_, pack)| pack));
        }
        let end = waiting.due().unwrap();
        assert!(end <= start + Duration::from_millis(99) + INTERVAL);
        went.extend(waiting.next(end).map(|(_, pack)| pack));
        assert_eq!(went.concat(), (0..100).collect::<Vec<_>>());
        assert!(went.len() <= 12, "{went:?}");
    }

    #[test]
    fn a_full_message_does_not_wait() {
        let (mut waiting, now) = (Waiting::new(INTERVAL), Instant::now());
        waiting.push(P, 0, now);
        assert_eq!(sizes(&mut waiting, now), [1]);
        (0..MOST_FRAMES + 3).for_each(|job| waiting.push(P, job, now));
        assert_eq!(sizes(&mut waiting, now), [MOST_FRAMES]);
        assert_eq!(waiting.due(), Some(now + INTERVAL));
        assert_eq!(sizes(&mut waiting, now + INTERVAL), [3]);
    }

    #[test]
    fn partitions_take_turns() {
        let (mut waiting, now) = (Waiting::new(Duration::ZERO), Instant::now());
        (0..MOST_FRAMES * 2).for_each(|job| waiting.push(P, job, now));
        waiting.push(Q, 0, now);
        let order: Vec<_> = std::iter::from_fn(|| waiting.next(now)).map(|(partition, pack)| (partition, pack.len())).collect();
        assert_eq!(order, [(P, MOST_FRAMES), (Q, 1), (P, MOST_FRAMES)]);
    }
}
