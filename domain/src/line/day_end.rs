//! When the day of a line is over: at the end of reception. Whoever comes to wait first sets the timer for it.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Status, Ticket};
use crate::directory::{Doctor, DoctorDay};
use crate::ids::DoctorId;
use crate::time::Timestamp;
use crate::timer::Timer;

/// For whom comes to wait when the day is over already: how long the desk has.
const AFTERWARDS: TimeDelta = TimeDelta::hours(1);
/// The name of the command.
pub(super) const NAME: &str = "end_day";
/// A day has no revision: whatever has changed, it ends.
const NO_REVISION: u32 = 0;

/// Cancel who still waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndDay {
    pub doctor_id: DoctorId,
    pub day: NaiveDate,
}

impl EndDay {
    /// The timer that somebody who comes to wait needs; `None`: whoever came first has set it.
    pub(super) fn timer(
        doctor: Option<&Doctor>,
        before: Option<&Ticket>,
        after: &Ticket,
    ) -> Option<Timer> {
        if !still_waits(after) || before.is_some_and(still_waits) {
            return None;
        }
        let now = after.updated_at;
        match doctor.and_then(|doctor| closes(doctor, after.day)) {
            Some(closes) if now < closes => {
                (before.is_none() && after.number == 1).then(|| Self::of(after).due(closes))
            }
            _ => Some(Self::of(after).due(now + AFTERWARDS)),
        }
    }

    const fn of(ticket: &Ticket) -> Self {
        Self { doctor_id: ticket.doctor_id, day: ticket.day }
    }

    pub(super) fn due(&self, due: Timestamp) -> Timer {
        Timer::new(due, (self.doctor_id.uuid(), NO_REVISION), NAME, self)
    }

    pub(super) const fn line(&self) -> DoctorDay {
        (self.doctor_id, self.day)
    }
}

/// When reception ends on that day; `None`: there is none any more.
pub(super) fn closes(doctor: &Doctor, day: NaiveDate) -> Option<Timestamp> {
    doctor.schedule.reception_on(day).map(|(_, closes)| closes)
}

/// Is in the line or held. Whoever is with the doctor is not.
pub(super) const fn still_waits(ticket: &Ticket) -> bool {
    ticket.status.waits() || matches!(ticket.status, Status::Waitlist)
}
