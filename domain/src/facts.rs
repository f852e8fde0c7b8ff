//! What decisions look at. The commands of a batch say what they need, the worker reads that, and each decision's
//! changes become facts for the next command of the batch. A joint: a room has a line in [`Needs`], in [`Facts`] and in
//! [`Facts::apply`]; and here bookings meet lines and closings.

use crate::attendance::AttendanceChange;
use crate::booking;
use crate::change::Change;
use crate::closing::{self, ClosingChange};
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
    pub closing: closing::Needs,
    pub parking: parking::Needs,
}

impl Needs {
    /// As the room of bookings sees them.
    pub fn of_booking(&mut self) -> NeedsOf<'_, booking::Needs> {
        let Self { directory, people, booking: own, .. } = self;
        NeedsOf { directory, people, own }
    }

    /// The bookings that lines and closings ask for.
    pub fn meet(&mut self) {
        self.booking.bookings.extend(&self.line.appointments);
        self.booking.bookings.extend(&self.closing.booked);
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
    pub closing: closing::Facts,
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
            Change::Booking(_) | Change::Closing(_) | Change::Discarded(_) => None,
        });
        let mut followed = self.line.follow_up(&self.directory, &self.people, of_line, now)?;
        for change in changes {
            let Change::Closing(change) = change else { continue };
            for ended in change.ended() {
                let told = self.booking.ended_notice(&ended, &self.directory, &self.people)?;
                followed.notices.extend(told);
            }
        }
        Ok((followed.changes.into_iter().map(Into::into).collect(), followed.notices))
    }

    /// Makes a change part of the facts. `by` is the request that caused it.
    pub fn apply(&mut self, change: &Change, by: RequestId) -> Result<(), Unasked> {
        match change {
            Change::Booking(change) => {
                self.booking.apply(&self.directory, change, by)?;
                self.show(change.after().id)
            }
            Change::Closing(change) => self.close(change, by),
            Change::Line(change) => {
                self.line.apply(change, by)?;
                change.attendance().map_or(Ok(()), |change| self.attend(change, by))
            }
            Change::Discarded(discarded) => self.parking.apply(discarded),
        }
    }

    /// Shows lines and closings the bookings that they ask for, once these are read.
    pub fn meet(&mut self, needs: &Needs) -> Result<(), Unasked> {
        let asked = needs.closing.booked.iter();
        asked.copied().try_for_each(|id| self.show_closings(id))?;
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

    /// The same, to the closings of the batch.
    fn show_closings(&mut self, id: BookingId) -> Result<(), Unasked> {
        if let Some(booking) = self.booking.bookings.get(&id)? {
            self.closing.show(booking.booked_time());
        }
        Ok(())
    }

    /// A booking as it is now, to whoever looks at it.
    fn show(&mut self, id: BookingId) -> Result<(), Unasked> {
        self.show_line(id)?;
        self.show_closings(id)
    }

    /// Time is closed or opened: schedules and bookings are as they are from then on.
    fn close(&mut self, change: &ClosingChange, by: RequestId) -> Result<(), Unasked> {
        let was = change.before.is_some_and(|before| before.is_in_force());
        match (was, change.after.is_in_force()) {
            (false, true) => self.directory.close(&change.after.time)?,
            (true, false) => self.directory.open(&change.after.time)?,
            _ => {}
        }
        self.closing.apply(change);
        for ended in change.ended() {
            let change = self.booking.ended(&ended)?;
            self.booking.apply(&self.directory, &change, by)?;
            self.show(ended.booking_id)?;
        }
        Ok(())
    }

    /// A booking follows its ticket.
    fn attend(&mut self, change: &AttendanceChange, by: RequestId) -> Result<(), Unasked> {
        let change = self.booking.attended(change)?;
        self.booking.apply(&self.directory, &change, by)?;
        self.show(change.after().id)
    }
}
