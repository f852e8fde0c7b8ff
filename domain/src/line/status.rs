//! The ladder of a ticket's statuses (FHIR R4 appointmentstatus, with underscores), and every step that it has.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Where a ticket stands.
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
    /// Has a number, and is not at the hospital yet.
    Booked,
    /// Is there and waits.
    Arrived,
    /// Was called to the doctor.
    CheckedIn,
    /// Held: keeps the number, and is not called until returned to the line.
    Waitlist,
    Fulfilled,
    Noshow,
    Cancelled,
    EnteredInError,
}

impl Status {
    pub const ALL: &[Status] = Self::VARIANTS;

    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Still comes to the doctor: counts among the patient's live tickets.
    pub const fn is_live(self) -> bool {
        matches!(self, Status::Booked | Status::Arrived | Status::CheckedIn | Status::Waitlist)
    }

    /// Stands in the order of the line.
    pub const fn waits(self) -> bool {
        matches!(self, Status::Booked | Status::Arrived)
    }

    /// Whether the ladder has this step.
    pub const fn may_become(self, next: Status) -> bool {
        use Status::{
            Arrived, Booked, Cancelled, CheckedIn, EnteredInError, Fulfilled, Noshow, Waitlist,
        };
        match self {
            Booked => matches!(next, Arrived | Waitlist | Noshow | Cancelled | EnteredInError),
            Arrived => matches!(next, CheckedIn | Waitlist | Noshow | Cancelled | EnteredInError),
            CheckedIn => matches!(next, Fulfilled | Arrived | Waitlist | Noshow | Cancelled),
            Waitlist => matches!(next, Arrived | Noshow | Cancelled | EnteredInError),
            Noshow => matches!(next, Arrived),
            Fulfilled => matches!(next, EnteredInError),
            Cancelled | EnteredInError => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_has_these_steps_and_no_others() {
        let steps = |from: Status| -> Vec<&str> {
            let next = Status::ALL.iter().filter(|next| from.may_become(**next));
            next.map(|next| next.as_str()).collect()
        };
        for (from, expected) in [
            (
                Status::Booked,
                &["arrived", "waitlist", "noshow", "cancelled", "entered_in_error"][..],
            ),
            (
                Status::Arrived,
                &["checked_in", "waitlist", "noshow", "cancelled", "entered_in_error"],
            ),
            (Status::CheckedIn, &["arrived", "waitlist", "fulfilled", "noshow", "cancelled"]),
            (Status::Waitlist, &["arrived", "noshow", "cancelled", "entered_in_error"]),
            (Status::Noshow, &["arrived"]),
            (Status::Fulfilled, &["entered_in_error"]),
            (Status::Cancelled, &[]),
            (Status::EnteredInError, &[]),
        ] {
            assert_eq!(steps(from), expected, "{from:?}");
        }
    }

    #[test]
    fn names_read_back_and_say_who_waits() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert!(status.is_live() || !status.waits());
        }
        let live = Status::ALL.iter().filter(|status| status.is_live()).count();
        assert_eq!(live, 4);
    }
}
