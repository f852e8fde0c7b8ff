//! The ladder of a booking's statuses (FHIR R4 appointmentstatus, with underscores). Whether a status may be changed
//! by its patient and whether it uses time are different questions.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::attendance::Attendance;

/// Where a booking stands. `Proposed` is a hold: the time is kept while a form is filled.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    Proposed,
    Pending,
    Booked,
    Arrived,
    CheckedIn,
    Fulfilled,
    Noshow,
    Cancelled,
    Waitlist,
    EnteredInError,
}

impl Status {
    pub const ALL: &[Status] = Self::VARIANTS;

    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// May still be cancelled or moved.
    pub const fn may_change(self) -> bool {
        matches!(self, Status::Pending | Status::Booked)
    }

    /// Uses the doctor's time (CONTRACT, Truth in the database).
    pub const fn uses_doctor_time(self) -> bool {
        matches!(
            self,
            Status::Proposed
                | Status::Pending
                | Status::Booked
                | Status::Arrived
                | Status::CheckedIn
                | Status::Fulfilled
        )
    }

    /// Uses the patient's time: whoever was treated may be elsewhere, and a hold keeps nobody from anything.
    pub const fn uses_patient_time(self) -> bool {
        self.uses_doctor_time() && !matches!(self, Status::Proposed | Status::Fulfilled)
    }

    /// Ends when its time is closed: the patient is not there yet.
    pub const fn ends_when_closed(self) -> bool {
        matches!(self, Status::Proposed | Status::Pending | Status::Booked)
    }

    /// As a line sees it; `None`: the patient is not expected.
    pub const fn attendance(self) -> Option<Attendance> {
        match self {
            Status::Booked => Some(Attendance::Booked),
            Status::Arrived => Some(Attendance::Arrived),
            Status::CheckedIn => Some(Attendance::CheckedIn),
            Status::Fulfilled => Some(Attendance::Fulfilled),
            Status::Noshow => Some(Attendance::Noshow),
            Status::Proposed
            | Status::Pending
            | Status::Cancelled
            | Status::Waitlist
            | Status::EnteredInError => None,
        }
    }
}

impl From<Attendance> for Status {
    fn from(attendance: Attendance) -> Self {
        match attendance {
            Attendance::Booked => Self::Booked,
            Attendance::Arrived => Self::Arrived,
            Attendance::CheckedIn => Self::CheckedIn,
            Attendance::Fulfilled => Self::Fulfilled,
            Attendance::Noshow => Self::Noshow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of time in use and the rights to change answer different questions.
    #[test]
    fn what_uses_time_and_what_may_change_are_two_questions() {
        let of = |question: fn(Status) -> bool| -> Vec<&str> {
            Status::ALL.iter().filter(|status| question(**status)).map(|s| s.as_str()).collect()
        };
        assert_eq!(of(Status::may_change), ["pending", "booked"]);
        assert_eq!(
            of(Status::uses_doctor_time),
            ["proposed", "pending", "booked", "arrived", "checked_in", "fulfilled"]
        );
        assert_eq!(of(Status::uses_patient_time), ["pending", "booked", "arrived", "checked_in"]);
        assert_eq!(of(Status::ends_when_closed), crate::closed_time::ENDED_STATUSES);
    }

    #[test]
    fn names_read_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            if let Some(attendance) = status.attendance() {
                assert_eq!(
                    (attendance.as_str(), Status::from(attendance)),
                    (status.as_str(), *status)
                );
            }
        }
    }
}
