//! What a decision changes of a line.

use super::pace::{Grade, Pace};
use super::{Reception, Ticket};
use crate::directory::DoctorDay;
use crate::ids::DoctorId;

/// A ticket before and after, and why where that does not go without saying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketChange {
    /// `None`: it was made.
    pub before: Option<Ticket>,
    pub after: Ticket,
    pub reason: Option<String>,
}

/// A line takes tickets, or does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceptionChange {
    pub day: DoctorDay,
    pub reception: Reception,
}

/// What changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineChange {
    Ticket(Box<TicketChange>),
    Reception(ReceptionChange),
    /// Something is noted of a ticket: no step of it, and the line stays as it is.
    Noted(Box<Ticket>),
    /// The doctor's own figures.
    Pace(PaceChange),
}

/// A consultation ended, or an estimate was held against the wait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaceChange {
    pub doctor: DoctorId,
    /// As it is now.
    pub pace: Pace,
    /// What was graded, if this is about a grade.
    pub grade: Option<Grade>,
}
