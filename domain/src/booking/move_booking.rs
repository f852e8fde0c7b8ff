//! `move_booking`: staff move a booking to another time or to another doctor of their hospital, also after its cut-off.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::reschedule::moved;
use super::rules::{changeable, of_staff, present};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs};
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Move a patient's booking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MoveBooking {
    pub booking_id: BookingId,
    /// Where it goes.
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    /// As the desk saw the booking.
    pub revision: u32,
}

impl CommandRules for MoveBooking {
    const NAME: &'static str = "move_booking";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = BookingSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Booking;
    type Change = BookingChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> BookingSubject {
        let (command, doctor_id, booking_id) = (Self::NAME, self.doctor_id, Some(self.booking_id));
        BookingSubject { command, hospital_id, doctor_id, booking_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.bookings.insert(self.booking_id);
        needs.own.starts.insert((self.doctor_id, self.starts_at));
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let seen = of_staff(facts, context, self.booking_id)?;
        if seen.revision != self.revision {
            return Err(present(seen).into());
        }
        let before = changeable(facts, context, now, self.booking_id)?;
        moved(facts, context, before, (self.doctor_id, self.starts_at), now)
    }
}
