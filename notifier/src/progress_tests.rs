//! The cursor's promise, tried on random histories: two partitions commit, the hub tells late and in any
//! interleaving, and a client connects, reads and is cut off at any step. It must get every event of
//! its account after its first cursor once, in order.

use super::*;
use crate::frame::Told;
use crate::hub::{Hub, Registration};
use domain::event::EventKind;
use domain::ids::{AccountId, SessionId};
use proptest::prelude::*;
use std::sync::Arc;

const PARTITIONS: u16 = 2;

#[derive(Clone, Copy, Debug)]
enum Step {
    Commit {
        partition: u16,
        mine: bool,
    },
    Tell {
        partition: u16,
    },
    Register,
    /// Reads the backlog and sends so many frames of it before the wire may be cut.
    Backlog {
        sent: usize,
    },
    Live,
    Cut,
}

struct World {
    hub: Arc<Hub>,
    account: AccountId,
    /// Per partition, whose event each number is.
    committed: [Vec<bool>; 2],
    socket: Option<(Registration, Progress, bool)>,
    /// What the client has: the last id, and all events.
    id: Option<Cursor>,
    first: Option<Cursor>,
    got: [Vec<u64>; 2],
}

impl World {
    fn new() -> Self {
        let hub = Arc::new(Hub::new(&[0; 2], 1000, 1));
        let (account, committed, got) =
            (AccountId::generate(), Default::default(), Default::default());
        Self { hub, account, committed, socket: None, id: None, first: None, got }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Commit { partition, mine } => self.committed[usize::from(partition)].push(mine),
            Step::Tell { partition } => self.tell(PartitionId::new(partition)),
            Step::Register if self.socket.is_none() => {
                let registration = self.hub.register(self.account, SessionId::generate(), i64::MAX);
                let progress = Progress::new(self.id.clone(), self.hub.base(), PARTITIONS);
                self.socket = Some((registration, progress, false));
            }
            Step::Backlog { sent } => self.backlog(sent),
            Step::Live => self.live(),
            Step::Cut => self.socket = None,
            Step::Register => {}
        }
    }

    fn tell(&self, partition: PartitionId) {
        let seq = self.hub.reached(partition).unwrap() + 1;
        let Some(mine) = usize::try_from(seq)
            .ok()
            .and_then(|seq| self.committed[usize::from(partition.index())].get(seq - 1))
        else {
            return;
        };
        let account = if *mine { self.account } else { AccountId::generate() };
        self.hub.tell(partition, seq, account, || {
            Told::new(partition, seq, EventKind::Outcome, domain::time::from_millis(0), "{}")
        });
    }

    fn backlog(&mut self, sent: usize) {
        let Some((_, progress, done)) = self.socket.as_mut().filter(|(_, _, done)| !done) else {
            return;
        };
        *done = true;
        if self.id.is_none() {
            self.id = Some(progress.cursor().clone());
            self.first.clone_from(&self.id);
            return;
        }
        let rows: Vec<_> = (0..PARTITIONS)
            .flat_map(|index| {
                (1..)
                    .zip(&self.committed[usize::from(index)])
                    .map(move |(seq, mine)| (PartitionId::new(index), seq, *mine))
            })
            .filter(|(partition, seq, mine)| *mine && *seq > progress.cursor().seen(*partition))
            .collect();
        let last = rows.len();
        for (number, (partition, seq, _)) in (1..).zip(rows).take(sent) {
            progress.take(partition, seq);
            if number == last {
                progress.caught_up();
            }
            self.got[usize::from(partition.index())].push(seq);
            self.id = Some(progress.cursor().clone());
        }
        if last == 0 {
            progress.caught_up();
            self.id = Some(progress.cursor().clone());
        }
        if sent < last {
            self.socket = None;
        }
    }

    fn live(&mut self) {
        let Some((registration, progress, true)) = self.socket.as_mut() else { return };
        while let Ok(told) = registration.frames.try_recv() {
            if progress.take(told.partition, told.seq) {
                self.got[usize::from(told.partition.index())].push(told.seq);
                self.id = Some(progress.cursor().clone());
            }
        }
    }

    /// Everything is told, and the client comes back once more.
    fn end(&mut self) {
        for index in 0..PARTITIONS {
            for _ in 0..self.committed[usize::from(index)].len() {
                self.tell(PartitionId::new(index));
            }
        }
        for step in [Step::Register, Step::Backlog { sent: usize::MAX }, Step::Live] {
            self.step(step);
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PARTITIONS, any::<bool>()).prop_map(|(partition, mine)| Step::Commit { partition, mine }),
        4 => (0..PARTITIONS).prop_map(|partition| Step::Tell { partition }),
        2 => Just(Step::Register),
        2 => prop_oneof![Just(usize::MAX), 0..4_usize].prop_map(|sent| Step::Backlog { sent }),
        2 => Just(Step::Live),
        1 => Just(Step::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn nothing_is_missed_and_nothing_told_twice(steps in proptest::collection::vec(step(), 0..80)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.end();
        let first = world.first.clone().unwrap();
        for index in 0..PARTITIONS {
            let begun = first.seen(PartitionId::new(index));
            let all = (1..).zip(&world.committed[usize::from(index)]).filter(|(seq, mine)| **mine && *seq > begun);
            let expected: Vec<u64> = all.map(|(seq, _)| seq).collect();
            prop_assert_eq!(&world.got[usize::from(index)], &expected);
        }
    }
}

fn cursor(seqs: [u64; 2]) -> Cursor {
    let mut cursor = Cursor::start(PARTITIONS);
    for (index, seq) in (0..).zip(seqs) {
        cursor.advance(PartitionId::new(index), seq);
    }
    cursor
}

#[test]
fn entries_rise_to_the_base_only_with_the_last_of_the_backlog() {
    let mut progress = Progress::new(Some(cursor([3, 5])), cursor([10, 20]), PARTITIONS);
    assert!(progress.take(PartitionId::new(0), 12), "the backlog may hold more than the base");
    assert_eq!(progress.cursor(), &cursor([12, 5]));
    progress.caught_up();
    assert_eq!(progress.cursor(), &cursor([12, 20]));
    assert!(!progress.take(PartitionId::new(0), 12), "and what is in the queue too is dropped");
}

#[test]
fn a_cursor_below_what_is_kept_or_above_the_head_is_lost() {
    let kept = |head, oldest| [Kept { partition: PartitionId::new(0), head, oldest }];
    let progress = Progress::new(Some(cursor([4, 0])), cursor([9, 0]), PARTITIONS);
    assert!(!progress.is_lost(&kept(9, 5)), "5 is the next one, and kept");
    assert!(progress.is_lost(&kept(9, 6)));
    assert!(progress.is_lost(&kept(3, 1)), "nobody gave out 4 here");
    assert!(!progress.is_lost(&kept(4, 5)), "all seen, none kept");
}
