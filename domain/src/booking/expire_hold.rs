//! `expire_hold`: a hold is over. It falls due; whoever wanted the time since then has taken it already, and a hold that was
//! booked or given back is left as it is.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, of_timer, present};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs, Status};
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;
use crate::timer::Timer;

/// End a hold that is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExpireHold {
    pub booking_id: BookingId,
    pub doctor_id: DoctorId,
}

impl ExpireHold {
    /// The timer of a hold.
    pub(super) fn timer(held: &Booking) -> Option<Timer> {
        let (booking_id, doctor_id) = (held.id, held.doctor_id);
        let expire = Self { booking_id, doctor_id };
        let until = held.lasting()?.until;
        Some(Timer::new(until, (booking_id.uuid(), held.revision), Self::NAME, &expire))
    }
}

impl CommandRules for ExpireHold {
    const NAME: &'static str = "expire_hold";
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

    fn needs(&self, _: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.own.bookings.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let before = of_timer(facts, context, self.booking_id)?;
        if before.status != Status::Proposed {
            return Err(present(before).into());
        }
        confirmed(facts, context, BookingChange::hold_over(before, now))
    }
}
