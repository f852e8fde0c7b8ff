//! What decisions look at. The commands of a batch say what they need, the worker reads that, and each decision's
//! changes become facts for the next command of the batch. A joint: a room has a line in [`Needs`], in [`Facts`] and in
//! [`Facts::apply`].

use crate::booking;
use crate::command::Command;
use crate::decision::Change;
use crate::directory;
use crate::ids::RequestId;
use crate::known::Unasked;
use crate::parking;
use crate::people;

/// What is to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub directory: directory::Needs,
    pub people: people::Needs,
    pub booking: booking::Needs,
    pub parking: parking::Needs,
}

impl Needs {
    /// What the decisions on these commands will look at. What depends on a fact itself (a booking's patient, say) is
    /// added by its room once that fact is read.
    pub fn of<'c>(commands: impl IntoIterator<Item = &'c Command>) -> Self {
        let mut needs = Self::default();
        for command in commands {
            needs.directory.hospitals.insert(command.hospital_id);
            command.kind.needs(command, &mut needs);
        }
        needs
    }
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub directory: directory::Facts,
    pub people: people::Facts,
    pub booking: booking::Facts,
    pub parking: parking::Facts,
}

impl Facts {
    /// Makes a change part of the facts. `by` is the request that caused it.
    pub fn apply(&mut self, change: &Change, by: RequestId) -> Result<(), Unasked> {
        match change {
            Change::Booking(change) => self.booking.apply(&self.directory, change, by),
            Change::Discarded(discarded) => self.parking.apply(discarded),
        }
    }
}
