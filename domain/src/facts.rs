//! What decisions look at. The commands of a batch say what they need, the worker reads that, and each decision's
//! changes become facts for the next command of the batch. A joint: a room has a line in [`Needs`], in [`Facts`] and in
//! [`Facts::apply`]; and here bookings and lines meet.

use crate::attendance::AttendanceChange;
use crate::booking;
use crate::change::Change;
use crate::directory;
use crate::event::Notice;
use crate::ids::{BookingId, RequestId};
use crate::known::Unasked;
use crate::line;
use crate::parking;
use crate::pauses::Pauses;
use crate::people;
use crate::rules::NeedsOf;
use crate::time::Timestamp;

/// What is to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub directory: directory::Needs,
    pub people: people::Needs,
    pub booking: booking::Needs,
    pub line: line::Needs,
    pub parking: parking::Needs,
}

impl Needs {
    /// As the room of bookings sees them.
    pub fn of_booking(&mut self) -> NeedsOf<'_, booking::Needs> {
        let Self { directory, people, booking: own, .. } = self;
        NeedsOf { directory, people, own }
    }

    /// The bookings that lines ask for.
    pub fn meet(&mut self) {
        self.booking.bookings.extend(&self.line.appointments);
    }

    /// As the room of the line sees them.
    pub fn of_line(&mut self) -> NeedsOf<'_, line::Needs> {
        let Self { directory, people, line: own, .. } = self;
        NeedsOf { directory, people, own }
    }
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub directory: directory::Facts,
    pub people: people::Facts,
    pub booking: booking::Facts,
    pub line: line::Facts,
    pub parking: parking::Facts,
    /// Of the partition.
    pub pauses: Pauses,
}

impl Facts {
    /// What follows from changes that are part of the facts already: further changes, and what others are told.
    pub fn follow_up(
        &self,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<(Vec<Change>, Vec<Notice>), Unasked> {
        let of_line = changes.iter().filter_map(|change| match change {
            Change::Line(change) => Some(&**change),
            Change::Booking(_) | Change::Discarded(_) => None,
        });
        let followed = self.line.follow_up(&self.directory, &self.people, of_line, now)?;
        Ok((followed.changes.into_iter().map(Into::into).collect(), followed.notices))
    }

    /// Makes a change part of the facts. `by` is the request that caused it.
    pub fn apply(&mut self, change: &Change, by: RequestId) -> Result<(), Unasked> {
        match change {
            Change::Booking(change) => {
                self.booking.apply(&self.directory, change, by)?;
                self.show_line(change.after().id)
            }
            Change::Line(change) => {
                self.line.apply(change, by)?;
                change.attendance().map_or(Ok(()), |change| self.attend(change, by))
            }
            Change::Discarded(discarded) => self.parking.apply(discarded),
        }
    }

    /// Shows lines the bookings that they ask for, once these are read.
    pub fn meet(&mut self, needs: &Needs) -> Result<(), Unasked> {
        self.line.appointments.ask(needs.line.appointments.iter().copied());
        needs.line.appointments.iter().try_for_each(|id| self.show_line(*id))
    }

    /// A booking as it is now, to the line that asked for it.
    fn show_line(&mut self, id: BookingId) -> Result<(), Unasked> {
        if self.line.appointments.get(&id).is_ok()
            && let Some(booking) = self.booking.bookings.get(&id)?
        {
            self.line.appointments.insert(id, booking.appointment());
        }
        Ok(())
    }

    /// A booking follows its ticket.
    fn attend(&mut self, change: &AttendanceChange, by: RequestId) -> Result<(), Unasked> {
        let change = self.booking.attended(change)?;
        self.booking.apply(&self.directory, &change, by)?;
        self.show_line(change.after().id)
    }
}
