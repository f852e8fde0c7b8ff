//! The books by which a lost command is seen without the sender keeping any (invariant 6). Each
//! publisher numbers its commands per partition and says with each message up to where the broker
//! has confirmed them. The owner of the partition compares that with what arrived.

/// What arrived from one publisher at one partition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    /// Highest number that arrived, or that a report said is the last.
    pub last_seq: u64,
    /// Highest number that the publisher knows confirmed without a gap.
    pub acked: u64,
    /// Numbers passed over, oldest first.
    pub gaps: Vec<Gap>,
}

/// Numbers from `first` to `last`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

impl Span {
    pub fn holds(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// Numbers that did not arrive, and how many of them were confirmed to the publisher: those are lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    pub span: Span,
    pub lost: u64,
}

/// What a message says of its numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Numbers {
    /// Of the first command.
    pub seq: u64,
    /// Commands in the message; 0 for a report.
    pub count: u64,
    pub acked: u64,
    /// Confirmed beyond a gap: a publisher's final report.
    pub beyond: Vec<Span>,
}

impl Ledger {
    /// Takes the message in and returns how many of its commands are counted for the first time.
    pub fn arrive(&mut self, numbers: &Numbers) -> u64 {
        let end = numbers.seq.saturating_add(numbers.count);
        let mut fresh = 0;
        if numbers.seq > self.last_seq {
            if numbers.seq - self.last_seq > 1 {
                self.gaps.push(Gap {
                    span: Span { first: self.last_seq + 1, last: numbers.seq - 1 },
                    lost: 0,
                });
            }
            fresh = numbers.count;
            self.last_seq = end.saturating_sub(1);
        } else {
            for seq in numbers.seq..end {
                fresh += u64::from(self.fill(seq));
            }
        }
        self.acked = self.acked.max(numbers.acked);
        self.count_losses(&numbers.beyond);
        fresh
    }

    /// Commands that were confirmed to the publisher and are known not to have arrived.
    pub fn lost(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.lost).sum()
    }

    fn count_losses(&mut self, beyond: &[Span]) {
        let mut confirmed: Vec<Span> =
            beyond.iter().copied().chain([Span { first: 1, last: self.acked }]).collect();
        confirmed.sort_by_key(|span| span.first);
        for gap in &mut self.gaps {
            // Span by span, never number by number: a gap may be as wide as a damaged number makes it.
            let mut lost = 0;
            let mut next = gap.span.first;
            for span in &confirmed {
                let (first, end) = (span.first.max(next), span.last.min(gap.span.last));
                if first <= end {
                    lost += end - first + 1;
                    next = end.saturating_add(1);
                }
            }
            gap.lost = gap.lost.max(lost);
        }
    }

    /// A late one out of a gap arrives; false when it was there before.
    fn fill(&mut self, seq: u64) -> bool {
        let Some(index) = self.gaps.iter().position(|gap| gap.span.holds(seq)) else {
            return false;
        };
        let span = self.gaps.remove(index).span;
        let rest = [
            Span { first: span.first, last: seq.saturating_sub(1) },
            Span { first: seq + 1, last: span.last },
        ];
        let rest = rest.into_iter().filter(|rest| rest.first <= rest.last);
        self.gaps.splice(index..index, rest.map(|span| Gap { span, lost: 0 }));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(seq: u64, count: u64, acked: u64) -> Numbers {
        Numbers { seq, count, acked, beyond: Vec::new() }
    }

    #[test]
    fn in_order_nothing_is_lost() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.arrive(&message(1, 3, 0)), 3);
        assert_eq!(ledger.arrive(&message(4, 1, 3)), 1);
        assert_eq!(ledger.arrive(&message(4, 1, 3)), 0, "a redelivery counts once");
        assert_eq!(ledger.arrive(&message(5, 0, 4)), 0);
        assert_eq!(ledger.lost(), 0);
        assert!(ledger.gaps.is_empty());
    }

    #[test]
    fn a_purged_message_is_lost_once_its_confirm_is_known() {
        let mut ledger = Ledger::default();
        ledger.arrive(&message(1, 1, 0));
        ledger.arrive(&message(3, 1, 1));
        assert_eq!(ledger.lost(), 0, "2 may have been refused");
        ledger.arrive(&message(4, 0, 3));
        assert_eq!(ledger.lost(), 1);
    }

    #[test]
    fn a_gap_of_any_width_is_counted_at_once_and_no_number_twice() {
        let mut ledger = Ledger::default();
        ledger.arrive(&message(u64::MAX - 1, 1, 0));
        let beyond = vec![
            Span { first: 50, last: 69 },
            Span { first: 5, last: 54 },
            Span { first: 9, last: 8 },
        ];
        ledger.arrive(&Numbers { seq: u64::MAX, count: 0, acked: 9, beyond });
        assert_eq!(ledger.lost(), 69);
    }

    #[test]
    fn a_purged_tail_is_seen_by_the_report() {
        let mut ledger = Ledger::default();
        ledger.arrive(&message(1, 1, 0));
        ledger.arrive(&message(4, 0, 3));
        assert_eq!(ledger.lost(), 2);
    }

    #[test]
    fn a_refused_number_is_no_loss_and_a_late_one_fills_its_gap() {
        let mut ledger = Ledger::default();
        ledger.arrive(&message(3, 2, 0));
        assert_eq!(ledger.arrive(&message(2, 1, 0)), 1);
        assert_eq!(ledger.gaps, [Gap { span: Span { first: 1, last: 1 }, lost: 0 }]);
        let report = |first, last| Numbers {
            seq: 5,
            count: 0,
            acked: 0,
            beyond: vec![Span { first, last }],
        };
        ledger.arrive(&report(2, 4));
        assert_eq!(ledger.lost(), 0);
        ledger.arrive(&report(1, 1));
        assert_eq!(ledger.lost(), 1);
    }
}
