//! What waits for the channel, by partition, and when it goes. A command that comes alone goes at once. While
//! commands come thick, all that came goes once an interval, a message a partition: a message costs the broker about
//! the same with one command as with sixty-four, and those of the same moment share one write to its disk.

use domain::partition::PartitionId;
use domain::wire::MAX_FRAMES;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// From this warmth on a command waits for company. Each arrival adds 1, an interval cools it by e: 2 is reached by
/// commands that come less than 0.7 intervals apart.
const THICK: f64 = 2.0;

/// Everything that waits.
pub(super) struct Waiting<T> {
    interval: Duration,
    lines: BTreeMap<PartitionId, VecDeque<T>>,
    /// Partitions with something waiting, in turn.
    turn: VecDeque<PartitionId>,
    warmth: f64,
    /// When the last command came.
    came: Instant,
    /// From then on what waits may go.
    opens: Instant,
}

impl<T> Waiting<T> {
    /// Packs go at most once an `interval`; with none, all that waits goes at once.
    pub fn new(interval: Duration) -> Self {
        let now = Instant::now();
        Self {
            interval,
            lines: BTreeMap::new(),
            turn: VecDeque::new(),
            warmth: 0.0,
            came: now,
            opens: now,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.turn.is_empty()
    }

    pub fn push(&mut self, partition: PartitionId, job: T, now: Instant) {
        let cooled = now
            .saturating_duration_since(self.came)
            .div_duration_f64(self.interval.max(Duration::from_nanos(1)));
        self.warmth = self.warmth * (-cooled).exp() + 1.0;
        self.came = now;
        if self.is_empty() && self.opens <= now {
            self.opens = if self.warmth < THICK { now } else { now + self.interval };
        }
        let line = self.lines.entry(partition).or_default();
        if line.is_empty() {
            self.turn.push_back(partition);
        }
        line.push_back(job);
    }

    /// The next pack that is to go, the partitions taking turns.
    pub fn next(&mut self, now: Instant) -> Option<(PartitionId, Vec<T>)> {
        let at = if self.opens <= now {
            0
        } else {
            self.turn.iter().position(|partition| self.is_full(*partition))?
        };
        let partition = self.turn.remove(at)?;
        let line = self.lines.get_mut(&partition)?;
        let pack = line.drain(..line.len().min(MAX_FRAMES)).collect();
        if !line.is_empty() {
            self.turn.push_back(partition);
        }
        Some((partition, pack))
    }

    /// When the next pack is to go; `None` when nothing waits.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let full = || self.turn.iter().any(|partition| self.is_full(*partition));
        (!self.is_empty()).then(|| if self.opens > now && full() { now } else { self.opens })
    }

    fn is_full(&self, partition: PartitionId) -> bool {
        self.lines.get(&partition).is_some_and(|line| line.len() >= MAX_FRAMES)
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
        assert!(waiting.is_empty() && waiting.due(now).is_none());
    }

    #[test]
    fn what_comes_thick_goes_together_once_an_interval_in_order() {
        let (mut waiting, start) = (Waiting::new(INTERVAL), Instant::now());
        let mut went = BTreeMap::from([(P, Vec::new()), (Q, Vec::new())]);
        for job in 0..100_u32 {
            let now = start + Duration::from_millis(job.into());
            waiting.push(if job % 3 == 0 { Q } else { P }, job, now);
            while let Some((partition, pack)) = waiting.next(now) {
                went.get_mut(&partition).unwrap().push(pack);
            }
        }
        let end = waiting.due(start).unwrap();
        assert!(end <= start + Duration::from_millis(99) + INTERVAL);
        while let Some((partition, pack)) = waiting.next(end) {
            went.get_mut(&partition).unwrap().push(pack);
        }
        let (of_q, of_p): (Vec<u32>, Vec<u32>) = (0..100).partition(|job| job % 3 == 0);
        assert_eq!((went[&P].concat(), went[&Q].concat()), (of_p, of_q));
        assert!(went.values().all(|packs| packs.len() <= 12), "{went:?}");
    }

    #[test]
    fn a_full_message_does_not_wait() {
        let (mut waiting, now) = (Waiting::new(INTERVAL), Instant::now());
        waiting.push(P, 0, now);
        assert_eq!(sizes(&mut waiting, now), [1]);
        (0..MAX_FRAMES + 3).for_each(|job| waiting.push(P, job, now));
        assert_eq!(waiting.due(now), Some(now));
        assert_eq!(sizes(&mut waiting, now), [MAX_FRAMES]);
        assert_eq!(waiting.due(now), Some(now + INTERVAL));
        assert_eq!(sizes(&mut waiting, now + INTERVAL), [3]);
    }

    #[test]
    fn partitions_take_turns() {
        let (mut waiting, now) = (Waiting::new(Duration::ZERO), Instant::now());
        (0..MAX_FRAMES * 2).for_each(|job| waiting.push(P, job, now));
        waiting.push(Q, 0, now);
        let order: Vec<_> = std::iter::from_fn(|| waiting.next(now))
            .map(|(partition, pack)| (partition, pack.len()))
            .collect();
        assert_eq!(order, [(P, MAX_FRAMES), (Q, 1), (P, MAX_FRAMES)]);
    }
}
