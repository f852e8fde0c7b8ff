//! The order of a line and the places in it: one function for all who show a place. It is kept small, since a notifier
//! holds the orders of all lines that somebody listens to.

use serde::{Deserialize, Serialize};

use super::ahead::Ahead;
use super::{Status, Ticket};
use crate::ids::{AccountId, TicketId};
use crate::time::Timestamp;

/// What the order of a line needs to know of a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Standing {
    pub id: TicketId,
    /// Whose listeners are told its place; `None`: nobody's.
    pub account: Option<AccountId>,
    pub number: u32,
    pub priority: u8,
    pub key_at: Timestamp,
    pub status: Status,
    pub called_at: Option<Timestamp>,
}

impl Standing {
    /// The account is the one among whose live tickets it counts, or did before.
    pub fn of(ticket: &Ticket, account: Option<AccountId>) -> Self {
        Self {
            id: ticket.id,
            account,
            number: ticket.number,
            priority: ticket.priority,
            key_at: ticket.key_at,
            status: ticket.status,
            called_at: ticket.called_at,
        }
    }

    /// As [`Ticket::order`].
    const fn order(&self) -> (u8, Timestamp, u32) {
        (self.priority, self.key_at, self.number)
    }
}

/// How a ticket stands, for who holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    Waiting,
    Called,
    Held,
    Done,
    Missed,
    Left,
}

impl From<Status> for TicketState {
    fn from(status: Status) -> Self {
        match status {
            Status::Booked | Status::Arrived => TicketState::Waiting,
            Status::CheckedIn => TicketState::Called,
            Status::Waitlist => TicketState::Held,
            Status::Fulfilled => TicketState::Done,
            Status::Noshow => TicketState::Missed,
            Status::Cancelled | Status::EnteredInError => TicketState::Left,
        }
    }
}

/// A ticket's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub state: TicketState,
    /// While it waits.
    pub ahead: Option<Ahead>,
}

impl Place {
    /// Whether it is shown as the other is.
    pub fn looks_like(self, other: Self) -> bool {
        let shown = |place: Self| (place.state, place.ahead.map(Ahead::total));
        shown(self) == shown(other)
    }
}

/// The tickets of a line in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Order {
    /// Of the line.
    pub version: u64,
    standings: Vec<Standing>,
}

impl Order {
    pub fn new(version: u64, mut standings: Vec<Standing>) -> Self {
        standings.sort_unstable_by_key(Standing::order);
        Self { version, standings }
    }

    /// The ticket is new, or stands so now.
    pub fn put(&mut self, standing: Standing) {
        self.standings.retain(|kept| kept.id != standing.id);
        let index = self.standings.partition_point(|kept| kept.order() < standing.order());
        self.standings.insert(index, standing);
    }

    /// All tickets with their places, first to last.
    pub fn places(&self) -> impl Iterator<Item = (&Standing, Place)> {
        let mut before = Ahead::default();
        self.standings.iter().map(move |standing| {
            let ahead = standing.status.waits().then_some(before);
            before.add(standing.status);
            (standing, Place { state: standing.status.into(), ahead })
        })
    }

    pub fn place_of(&self, ticket: TicketId) -> Option<Place> {
        self.places().find(|(standing, _)| standing.id == ticket).map(|(_, place)| place)
    }

    /// Since when the patient who was called last is with the doctor.
    pub fn in_progress_since(&self) -> Option<Timestamp> {
        let called = self.standings.iter().filter(|one| one.status == Status::CheckedIn);
        called.filter_map(|one| one.called_at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    fn standing(number: u32, status: Status) -> Standing {
        Standing {
            id: TicketId::generate(),
            account: None,
            number,
            priority: super::super::USUAL_PRIORITY,
            key_at: from_millis(i64::from(number)),
            status,
            called_at: (status == Status::CheckedIn).then(|| from_millis(9)),
        }
    }

    fn shown(order: &Order) -> Vec<(u32, TicketState, Option<u32>)> {
        let shown = |(one, place): (&Standing, Place)| {
            (one.number, place.state, place.ahead.map(Ahead::total))
        };
        order.places().map(shown).collect()
    }

    #[test]
    fn those_who_wait_are_counted_there_or_not_and_no_others() {
        use TicketState::{Called, Held, Waiting};
        let statuses = [Status::CheckedIn, Status::Booked, Status::Waitlist, Status::Arrived];
        let all: Vec<_> = (1..).zip(statuses).map(|(n, status)| standing(n, status)).collect();
        let last = standing(5, Status::Booked);
        let mut order = Order::new(3, [&all[..], &[last]].concat());
        assert_eq!(
            shown(&order),
            [
                (1, Called, None),
                (2, Waiting, Some(0)),
                (3, Held, None),
                (4, Waiting, Some(1)),
                (5, Waiting, Some(2))
            ]
        );
        let ahead = order.place_of(last.id).and_then(|place| place.ahead);
        assert_eq!(ahead, Some(Ahead { there: 1, absent: 1 }));
        assert_eq!(order.in_progress_since(), Some(from_millis(9)));
        order.put(Standing { priority: super::super::URGENT_PRIORITY, ..last });
        assert_eq!(shown(&order)[0], (5, Waiting, Some(0)));
        order.put(Standing { status: Status::Fulfilled, ..all[0] });
        assert_eq!((order.in_progress_since(), order.places().count()), (None, 5));
    }
}
