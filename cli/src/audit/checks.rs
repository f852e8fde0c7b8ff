//! What the partitions' books must add up to, and what must not lie at the broker.

use domain::partition::QueueId;
use platform::topology::{DEAD, UNROUTED};
use std::collections::HashMap;

use super::report::Check;
use super::store::Partition;

/// The books against the rows: each check over all partitions, naming those that fail.
pub fn of_partitions(partitions: &[Partition]) -> Vec<Check> {
    let check = |name, finds, offence: fn(&Partition) -> Option<(u64, String)>| {
        let offences: Vec<_> =
            partitions.iter().filter_map(|part| Some((part.id, offence(part)?))).collect();
        let found = offences.iter().map(|(_, (count, _))| count).sum();
        let named: Vec<_> =
            offences.iter().map(|(id, (_, text))| format!("{id}: {text}")).collect();
        Check::without(name, found, finds, &named)
    };
    vec![
        Check::none(
            "partitions",
            u64::from(partitions.is_empty()),
            "an installation without partitions",
        ),
        check(
            "conservation",
            "received that are not confirmed, rejected, expired, duplicate, undecodable, parked or held back",
            unequal,
        ),
        check("counters", "counters that differ from the requests' rows", miscounted),
        check("lost", "confirmed to a publisher, never arrived", lost),
        check(
            "acked_arrived",
            "confirmed to publishers beyond what arrived or is known lost",
            unarrived,
        ),
        check("events_dense", "numbers missing between a partition's events", holes),
    ]
}

fn unequal(part: &Partition) -> Option<(u64, String)> {
    let counters = part.counters;
    let ends = counters.confirmed
        + counters.rejected
        + counters.expired
        + part.duplicate
        + part.undecodable
        + part.counted.parked
        + part.held;
    offence(part.received.abs_diff(ends), || {
        format!("received {}, accounted for {ends}", part.received)
    })
}

fn miscounted(part: &Partition) -> Option<(u64, String)> {
    let (said, rows) = (part.counters, part.counted);
    let difference = said.confirmed.abs_diff(rows.confirmed)
        + said.rejected.abs_diff(rows.rejected)
        + said.expired.abs_diff(rows.expired);
    offence(difference, || {
        format!(
            "confirmed {} with {} rows, rejected {} with {}, expired {} with {}",
            said.confirmed,
            rows.confirmed,
            said.rejected,
            rows.rejected,
            said.expired,
            rows.expired
        )
    })
}

/// By the owner's sum, by the gaps' rows, and by the gaps compared with what is acked: the largest counts.
fn lost(part: &Partition) -> Option<(u64, String)> {
    offence(part.lost.max(part.lost_in_gaps), || {
        format!("{} by the owner, {} by the gaps", part.lost, part.lost_in_gaps)
    })
}

fn unarrived(part: &Partition) -> Option<(u64, String)> {
    let arrived = part.received + part.lost.max(part.lost_in_gaps);
    let beyond = part.acked.saturating_sub(arrived) + part.acked_beyond_last;
    offence(beyond, || format!("acked {}, arrived or known lost {arrived}", part.acked))
}

/// Each number from the first kept to the last given is there once.
fn holes(part: &Partition) -> Option<(u64, String)> {
    let (first, last) = part.event_span.unwrap_or((part.kept_from, part.kept_from.wrapping_sub(1)));
    let wanted = part.next_seq.saturating_sub(part.kept_from);
    let missing = wanted.abs_diff(part.events)
        + part.kept_from.abs_diff(first)
        + part.next_seq.abs_diff(last.wrapping_add(1));
    offence(missing, || {
        format!(
            "{} events from {first} to {last}; kept from {}, the next is {}",
            part.events, part.kept_from, part.next_seq
        )
    })
}

fn offence(count: u64, text: impl FnOnce() -> String) -> Option<(u64, String)> {
    (count > 0).then(|| (count, text()))
}

/// Nothing unroutable, nothing in the dead letters that the workers have not drained, every queue there.
pub fn of_broker(
    depths: &Result<HashMap<String, u64>, String>,
    partitions: &[Partition],
) -> Vec<Check> {
    let depths = match depths {
        Ok(depths) => depths,
        Err(error) => {
            return vec![Check { name: "broker", ok: false, found: 1, detail: error.clone() }];
        }
    };
    let uncounted: Vec<_> = partitions
        .iter()
        .flat_map(|part| part.id.queues())
        .map(QueueId::name)
        .filter(|queue| !depths.contains_key(queue))
        .collect();
    // A queue that is gone holds nothing, and what belongs into it is dropped: no count is not a count of 0.
    let empty = |name, queue: &str, finds: &str| match depths.get(queue) {
        Some(waiting) => Check::none(name, *waiting, finds),
        None => {
            Check { name, ok: false, found: 1, detail: format!("the broker does not show {queue}") }
        }
    };
    vec![
        Check::without(
            "broker",
            uncounted.len() as u64,
            "partition queues that the broker does not show",
            &uncounted,
        ),
        empty("unrouted", UNROUTED, "messages that no queue was bound for"),
        empty("dead_waiting", DEAD, "dead letters that no worker has drained"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Report;
    use crate::audit::store::States;
    use domain::partition::PartitionId;

    fn good() -> Partition {
        let counted = States { confirmed: 4, rejected: 3, expired: 1, parked: 1 };
        Partition {
            id: PartitionId::new(3),
            acked: 11,
            acked_beyond_last: 0,
            received: 12,
            counters: States { parked: 0, ..counted },
            counted,
            duplicate: 2,
            undecodable: 0,
            held: 1,
            lost: 0,
            lost_in_gaps: 0,
            next_seq: 11,
            kept_from: 1,
            event_span: Some((1, 10)),
            events: 10,
        }
    }

    fn red(part: Partition) -> Vec<&'static str> {
        of_partitions(&[good(), part])
            .into_iter()
            .filter(|check| !check.ok)
            .map(|check| check.name)
            .collect()
    }

    #[test]
    fn what_adds_up_is_green() {
        assert!(red(good()).is_empty(), "{:?}", red(good()));
    }

    #[test]
    fn each_fault_turns_its_check_red() {
        assert_eq!(red(Partition { received: 13, ..good() }), ["conservation"]);
        assert_eq!(red(Partition { held: 0, ..good() }), ["conservation"]);
        assert_eq!(red(Partition { lost: 1, ..good() }), ["lost"]);
        assert_eq!(red(Partition { lost_in_gaps: 1, ..good() }), ["lost"]);
        assert_eq!(red(Partition { acked: 13, ..good() }), ["acked_arrived"]);
        assert_eq!(red(Partition { events: 9, ..good() }), ["events_dense"]);
        assert_eq!(red(Partition { kept_from: 2, ..good() }), ["events_dense"]);
        assert_eq!(red(Partition { event_span: None, events: 0, ..good() }), ["events_dense"]);
        let none = Partition { event_span: None, events: 0, kept_from: 11, ..good() };
        assert!(red(none).is_empty());
        assert_eq!(
            red(Partition { counted: States { confirmed: 3, ..good().counted }, ..good() }),
            ["counters"]
        );
        assert_eq!(of_partitions(&[]).iter().filter(|check| !check.ok).count(), 1);
    }

    #[test]
    fn the_broker_must_answer_and_hold_nothing_astray() {
        let depths: HashMap<String, u64> =
            [("docde.p03", 4), ("docde.p03.desk", 3), (UNROUTED, 0), (DEAD, 0)]
                .map(|(queue, depth)| (queue.to_owned(), depth))
                .into();
        let checks = of_broker(&Ok(depths.clone()), &[good()]);
        let report = Report::of(&[good()], &depths, checks);
        assert!(report.ok && report.partitions[0].queued_messages == Some(7));
        for gone in [UNROUTED, DEAD, "docde.p03", "docde.p03.desk"] {
            let rest: HashMap<_, _> =
                depths.clone().into_iter().filter(|(queue, _)| queue != gone).collect();
            assert_eq!(
                of_broker(&Ok(rest), &[good()]).iter().filter(|check| !check.ok).count(),
                1,
                "{gone}"
            );
        }
        let astray: HashMap<String, u64> = [(UNROUTED.to_owned(), 1), (DEAD.to_owned(), 2)].into();
        assert!(of_broker(&Ok(astray), &[good()]).iter().all(|check| !check.ok));
        assert!(!of_broker(&Err("refused".to_owned()), &[])[0].ok);
    }
}
