//! What a ticket's step says of the booking for which its patient has arrived.

use super::{Facts, LineChange, Status, Ticket, TicketChange};
use crate::attendance::{Attendance, AttendanceChange};
use crate::ids::BookingId;
use crate::rejection::Rejection;
use crate::rules::NoDecision;
use crate::time::Timestamp;

/// A ticket that is given up takes the arrival back and no more: the booked time is its patient's until the booking itself
/// is given back. One that is held stays arrived.
const fn attendance_of(status: Status) -> Attendance {
    match status {
        Status::Booked | Status::Cancelled | Status::EnteredInError => Attendance::Booked,
        Status::Arrived | Status::Waitlist => Attendance::Arrived,
        Status::CheckedIn => Attendance::CheckedIn,
        Status::Fulfilled => Attendance::Fulfilled,
        Status::Noshow => Attendance::Noshow,
    }
}

/// The ticket's booking, and how it must stand as long as the ticket stands so.
fn booking_of(ticket: &Ticket) -> Option<(BookingId, Attendance)> {
    Some((ticket.booking_id?, attendance_of(ticket.status)))
}

/// What bookings are told of the change.
///
/// # Errors
/// Where a booking does not stand as its ticket did: it was given back, moved or seen otherwise since.
pub(super) fn told(
    facts: &Facts,
    change: &TicketChange,
    at: Timestamp,
) -> Result<Vec<LineChange>, NoDecision> {
    let (before, after) = (change.before.as_ref().and_then(booking_of), booking_of(&change.after));
    if before == after {
        return Ok(Vec::new());
    }
    let same = before.zip(after).is_some_and(|((before, _), (after, _))| before == after);
    let left = before.filter(|_| !same).map(|(id, was)| (id, was, Attendance::Booked));
    let was = before.filter(|_| same).map_or(Attendance::Booked, |(_, was)| was);
    let now = after.map(|(id, to)| (id, was, to));
    let mut changes = Vec::new();
    for (booking_id, was, to) in left.into_iter().chain(now) {
        let gone = || Rejection::conflict("no_booking");
        let booking = facts.appointments.get(&booking_id)?.ok_or_else(gone)?;
        if booking.attendance != Some(was) || booking.doctor_id != change.after.doctor_id {
            let revision = Some(booking.revision);
            return Err(Rejection { revision, ..Rejection::conflict(booking.status) }.into());
        }
        changes.push(LineChange::Attendance(AttendanceChange { booking_id, to, at }));
    }
    Ok(changes)
}
