//! Letting others go first: nobody else waits longer for it.

use std::collections::HashMap;

use super::super::*;
use super::scene::Scene;
use crate::code::Code;
use crate::ids::{AccountId, TicketId};
use crate::people::Sender;
use crate::rejection::Rejection;
use crate::time;

impl Scene {
    fn postpone(&mut self, ticket: &Ticket) -> Result<Ticket, Rejection> {
        let account = ticket.live_slot.unwrap().account;
        self.postpone_as(account, ticket)
    }

    fn postpone_as(&mut self, account: AccountId, ticket: &Ticket) -> Result<Ticket, Rejection> {
        let (ticket_id, doctor_id) = (ticket.id, ticket.doctor_id);
        self.send(Sender::patient(account), PostponeTicket { ticket_id, doctor_id })
    }

    /// How many wait before each one who waits.
    fn ahead(&self) -> HashMap<TicketId, usize> {
        let line = Line::new(LineDay::default(), self.tickets.values().cloned());
        let places = line.waiting().into_iter().enumerate();
        places.map(|(ahead, ticket)| (ticket.id, ahead)).collect()
    }
}

#[test]
fn a_ticket_is_put_off_twice_and_the_third_time_refused() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(4);
    let once = scene.postpone(&tickets[0]).unwrap();
    assert_eq!((once.postponed, once.number, once.status), (1, 1, Status::Arrived));
    assert_eq!(scene.order(), [2, 1, 3, 4]);
    scene.postpone(&tickets[0]).unwrap();
    assert_eq!(scene.order(), [2, 3, 1, 4]);
    let refused = scene.postpone(&tickets[0]).unwrap_err();
    assert_eq!((refused.code, refused.current), (Code::StateConflict, Some("postpones_used")));
    scene.rule(RuleChanges { max_postpones: Some(3), ..RuleChanges::default() });
    assert_eq!(scene.step(&tickets[0], Step::Postpone).unwrap().postponed, 3, "by the desk");
    assert_eq!(scene.order(), [2, 3, 4, 1]);
    let refused = scene.postpone(&tickets[3]).unwrap();
    assert_eq!(refused.postponed, 1);
    let last = scene.postpone(&tickets[3]).unwrap_err();
    assert_eq!((last.code, last.current), (Code::StateConflict, Some("last")));
    scene.rule(RuleChanges { max_postpones: Some(0), ..RuleChanges::default() });
    let never = scene.postpone(&tickets[1]).unwrap_err();
    assert_eq!(never.current, Some("postpones_used"));
}

#[test]
fn it_goes_behind_the_next_one_who_is_there() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(1);
    let account = scene.account();
    scene.take(account).unwrap();
    let there = scene.crowd(1);
    scene.postpone(&tickets[0]).unwrap();
    assert_eq!(scene.order(), [2, 3, 1], "the second is not there, the third is");
    scene.step(&there[0], Step::Call).unwrap();
    scene.undo(&there[0]).unwrap();
    let mut scene = Scene::new();
    let tickets = scene.crowd(1);
    let account = scene.account();
    scene.take(account).unwrap();
    scene.postpone(&tickets[0]).unwrap();
    assert_eq!(scene.order(), [2, 1], "nobody behind is there");
}

#[test]
fn whoever_does_not_wait_puts_nothing_off() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(3);
    let stranger = scene.account();
    assert_eq!(scene.postpone_as(stranger, &tickets[0]).unwrap_err().code, Code::NotFound);
    for (steps, current) in
        [(&[Step::Call][..], "checked_in"), (&[Step::Return, Step::Hold], "waitlist")]
    {
        for step in steps {
            scene.step(&tickets[0], *step).unwrap();
        }
        let refused = scene.postpone(&tickets[0]).unwrap_err();
        assert_eq!((refused.code, refused.current), (Code::StateConflict, Some(current)));
    }
}

#[test]
fn it_is_taken_back_with_its_place_and_its_count() {
    let mut scene = Scene::new();
    let tickets = scene.crowd(3);
    scene.postpone(&tickets[0]).unwrap();
    let undone = scene.undo(&tickets[0]).unwrap();
    assert_eq!((undone.postponed, undone.key_at), (0, tickets[0].key_at));
    assert_eq!(scene.order(), [1, 2, 3]);
}

/// A batch has one instant for all that it decides.
#[test]
fn of_many_taken_in_one_instant_it_goes_behind_one() {
    let mut scene = Scene::new();
    let accounts: Vec<AccountId> = (0..4).map(|_| scene.account()).collect();
    let tickets: Vec<Ticket> =
        accounts.into_iter().map(|account| scene.take(account).unwrap()).collect();
    scene.postpone(&tickets[0]).unwrap();
    assert_eq!(scene.order(), [2, 1, 3, 4]);
    scene.postpone(&tickets[0]).unwrap();
    assert_eq!(scene.order(), [2, 3, 1, 4]);
}

/// Whoever puts off, of whatever line: each of the others has as many before it as it had, or fewer. Numbers are taken in the same
/// instant and in later ones, some are there, some are bookings that came early, one is urgent.
#[test]
fn nobody_else_ever_moves_back() {
    for round in 0..60_u32 {
        let mut scene = Scene::new();
        scene.rule(RuleChanges { max_postpones: Some(10), ..RuleChanges::default() });
        let mut tickets = Vec::new();
        for n in 0..8_u32 {
            let account = scene.account();
            let ticket = if (round + n).is_multiple_of(5) {
                let booking = scene.booked(account, scene.now + time::minutes(n % 3 * 10));
                scene.arrive(&booking).unwrap()
            } else {
                scene.take(account).unwrap()
            };
            if (round + n).is_multiple_of(3) && ticket.status == Status::Booked {
                scene.step(&ticket, Step::Arrive).unwrap();
            }
            if (round + n).is_multiple_of(2) {
                scene.now += chrono::TimeDelta::milliseconds(i64::from(n % 3));
            }
            tickets.push((account, ticket));
        }
        let (_, urgent) = &tickets[usize::try_from(round % 8).unwrap()];
        scene.step(urgent, Step::Urgent).unwrap();
        for (account, ticket) in tickets.iter().cycle().take(24) {
            let before = scene.ahead();
            if scene.postpone_as(*account, ticket).is_ok() {
                let after = scene.ahead();
                assert!(after[&ticket.id] > before[&ticket.id], "it does move");
                for (id, ahead) in after.iter().filter(|(id, _)| **id != ticket.id) {
                    assert!(*ahead <= before[id], "round {round}: {} then {ahead}", before[id]);
                }
            }
        }
    }
}
