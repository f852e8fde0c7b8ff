//! What services are told of a change: what it is, why, and of whose ticket.

use super::super::*;
use super::scene::Scene;
use crate::ids::BookingId;
use crate::people;

#[test]
fn each_change_is_told_as_what_it_is() {
    use Status::{Arrived, Booked, Cancelled, CheckedIn, Fulfilled, Noshow, Waitlist};
    let mut scene = Scene::new();
    let account = scene.account();
    let ticket = scene.take(account).unwrap();
    let with = |status| Ticket { status, ..ticket.clone() };
    let booked = |status| Ticket { booking_id: Some(BookingId::generate()), ..with(status) };
    let behind =
        |ticket: Ticket| Ticket { key_at: ticket.key_at + chrono::TimeDelta::minutes(1), ..ticket };
    let urgent = Ticket { priority: URGENT_PRIORITY, ..with(Status::Arrived) };
    for (before, after, why, what, reason) in [
        (None, with(Booked), None, What::Taken, "taken"),
        (None, booked(Arrived), None, What::BookedArrived, "booked_arrived"),
        (Some(Booked), booked(Arrived), None, What::BookedArrived, "booked_arrived"),
        (Some(Booked), with(Arrived), None, What::Arrived, "arrived"),
        (Some(Noshow), with(Arrived), None, What::Arrived, "arrived"),
        (Some(Arrived), with(CheckedIn), None, What::Called, "called"),
        (Some(CheckedIn), with(Arrived), None, What::Returned, "returned"),
        (Some(CheckedIn), behind(with(Arrived)), None, What::Behind, "behind"),
        (Some(Waitlist), with(Arrived), None, What::Returned, "returned"),
        (Some(Booked), with(Booked), Some("passed"), What::Passed, "passed"),
        (Some(Booked), with(Waitlist), Some("passed"), What::Held, "held"),
        (Some(Arrived), urgent.clone(), Some("emergency"), What::Urgent, "emergency"),
        (Some(CheckedIn), with(Fulfilled), None, What::Done, "done"),
        (Some(Arrived), with(Noshow), None, What::Missed, "missed"),
        (Some(Arrived), with(Cancelled), None, What::Left, "left"),
        (Some(CheckedIn), with(Arrived), Some("undone"), What::Undone, "undone"),
        (Some(Booked), behind(with(Booked)), None, What::Postponed, "postponed"),
        (Some(Booked), with(Booked), None, What::Changed, "changed"),
    ] {
        let (before, reason_of) = (before.map(with), why.map(str::to_owned));
        let change = TicketChange { before, after, reason: reason_of };
        let change = LineChange::Ticket(Box::new(change));
        let told = Happened::of(&change, &people::Facts::default()).unwrap().unwrap();
        assert_eq!(told.0, (ticket.doctor_id, ticket.day));
        assert_eq!((told.1.what, told.1.reason()), (what, reason));
        let standing = told.1.ticket.unwrap();
        assert_eq!((standing.id, standing.account), (ticket.id, Some(account)));
    }
}
