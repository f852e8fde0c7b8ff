//! What a decision changes of a line.

use super::{NoShowRule, Reception, Ticket};
use crate::directory::DoctorDay;
use crate::ids::{HospitalId, PatientId};

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
    /// What a hospital does about those who do not come, as it is now.
    NoShowRule(NoShowRule),
    /// The patient's no-shows at the hospital are forgiven.
    NoShowsLifted(HospitalId, PatientId),
}
