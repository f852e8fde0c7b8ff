//! What a decision changes of a line.

use super::pace::{Grade, Pace};
use super::{LineRule, NoShowRule, Reception, Ticket};
use crate::attendance::AttendanceChange;
use crate::directory::DoctorDay;
use crate::ids::{DoctorId, HospitalId, PatientId};

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
    /// Numbers that the day has, if the desk has said so.
    pub cap: Option<u32>,
}

/// What changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineChange {
    Ticket(Box<TicketChange>),
    Reception(ReceptionChange),
    /// What a hospital does about those who do not come, as it is now.
    NoShowRule(NoShowRule),
    /// The patient's no-shows at the hospital are forgiven.
    NoShowsLifted(HospitalId, PatientId),
    /// The rules of a hospital, as they are now.
    Rule(LineRule),
    /// Of a booking, together with its ticket.
    Attendance(AttendanceChange),
    /// Something is noted of a ticket: no step of it, and the line stays as it is.
    Noted(Box<Ticket>),
    /// The doctor's own figures.
    Pace(PaceChange),
}

impl LineChange {
    /// Whose line somebody comes to.
    pub fn joined(&self) -> Option<DoctorId> {
        let Self::Ticket(change) = self else { return None };
        change.before.is_none().then_some(change.after.doctor_id)
    }

    /// What a booking is told.
    pub const fn attendance(&self) -> Option<&AttendanceChange> {
        match self {
            Self::Attendance(change) => Some(change),
            Self::Ticket(_)
            | Self::Reception(_)
            | Self::Rule(_)
            | Self::NoShowRule(_)
            | Self::NoShowsLifted(..)
            | Self::Noted(_)
            | Self::Pace(_) => None,
        }
    }
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
