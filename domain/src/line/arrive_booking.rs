//! `arrive_booking`: a booked patient is there, as staff say, or the patient by the hospital's code, at which ingress has looked. The booking takes the next number of its doctor's day, whether
//! reception is open or not, and counts among nobody's live tickets; a patient who has a number there already keeps it. In time,
//! it stands as if taken some minutes before its start, else as of its arrival (`HospitalRules`).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rules::{confirmed, present};
use super::{
    Facts, HospitalRules, LineChange, Needs, Notes, Status, Ticket, TicketChange, TicketSubject,
    USUAL_PRIORITY,
};
use crate::attendance::Appointment;
use crate::code::Code;
use crate::directory::Doctor;
use crate::ids::{BookingId, DoctorId, HospitalId, TicketId};
use crate::known::Unasked;
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::people::Role;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::{self, Timestamp};

/// A booked patient is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArriveBooking {
    pub booking_id: BookingId,
    /// Whose line it is.
    pub doctor_id: DoctorId,
    /// As the desk saw the booking, if it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<u32>,
    /// The desk has seen who it is.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub identity_checked: bool,
}

impl CommandRules for ArriveBooking {
    const NAME: &'static str = "arrive_booking";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = TicketSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = Ticket;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TicketSubject {
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        TicketSubject { command, hospital_id, doctor_id, ticket_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.directory.doctors.insert(self.doctor_id);
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.today.insert(self.doctor_id);
        needs.own.appointments.insert(self.booking_id);
        needs.own.rules.insert(context.hospital_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Ticket, LineChange>, NoDecision> {
        let nothing = || Rejection::new(Code::NotFound);
        let (sender, hospital) = (context.sender, context.hospital_id);
        if sender.role != Role::Patient && !facts.people.is_member(sender, hospital)? {
            return Err(nothing().into());
        }
        let doctor = facts.doctor_here(context, self.doctor_id)?;
        let booking = facts.own.appointments.get(&self.booking_id)?;
        let booking = booking.filter(|booking| booking.hospital_id == context.hospital_id);
        let booking = booking.ok_or_else(nothing)?;
        if !facts.people.may_act_for(sender, booking.patient_id, hospital)? {
            return Err(nothing().into());
        }
        let day = doctor.day_of(now);
        let line = facts.own.lines.get(&day)?.ok_or(Unasked("a doctor's line"))?;
        let held = line.ticket_of(booking.patient_id);
        if let Some(ticket) = held.filter(|ticket| ticket.booking_id == Some(self.booking_id)) {
            return Ok(Decided::nothing(ticket.clone()));
        }
        self.is_expected(doctor, booking, now)?;
        let key = key_of(booking.starts_at, &facts.own.rule_of(context.hospital_id)?.rules, now);
        let (after, code) = match held {
            Some(other) if other.booking_id.is_some() => {
                return Err(Rejection { ticket: Some(other.id), ..present(other) }.into());
            }
            Some(held) => (self.joined(held, key, now), NoticeCode::TicketChanged),
            None => {
                let number = line.day.next_number;
                (self.made(booking, (day.1, number, key), context, now), NoticeCode::TicketTaken)
            }
        };
        let change = TicketChange { before: held.cloned(), after, reason: None };
        confirmed(facts, context, change, Some(code))
    }
}

/// In time, the start less some minutes; later, the arrival.
fn key_of(starts_at: Timestamp, rules: &HospitalRules, now: Timestamp) -> Timestamp {
    let in_time = now <= starts_at + time::minutes(u32::from(rules.late_minutes));
    if in_time { starts_at - time::minutes(u32::from(rules.early_minutes)) } else { now }
}

impl ArriveBooking {
    /// The booking is this doctor's, of the present day, and as the desk saw it. How it stands is asked with the change.
    fn is_expected(
        &self,
        doctor: &Doctor,
        booking: &Appointment,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let revision = Some(booking.revision);
        let conflict = |current| Rejection { revision, ..Rejection::conflict(current) };
        if booking.doctor_id != self.doctor_id {
            return Err(conflict("other_doctor"));
        }
        if self.revision.is_some_and(|seen| seen != booking.revision)
            || booking.attendance.is_none()
        {
            return Err(conflict(booking.status));
        }
        let (day, today) = (doctor.day_of(booking.starts_at).1, doctor.day_of(now).1);
        if day < today {
            return Err(conflict("past_day"));
        }
        if day > today {
            let opens = doctor.schedule.span_of(day).map_or(booking.starts_at, |(first, _)| first);
            return Err(Rejection::at(Code::NotOpenYet, opens));
        }
        Ok(())
    }

    /// The patient's own ticket becomes the booking's: it keeps its number and the better place.
    fn joined(&self, held: &Ticket, key: Timestamp, now: Timestamp) -> Ticket {
        let is_called = held.status == Status::CheckedIn;
        Ticket {
            booking_id: Some(self.booking_id),
            key_at: held.key_at.min(key),
            status: if is_called { Status::CheckedIn } else { Status::Arrived },
            arrived_at: held.arrived_at.or(Some(now)),
            identity_checked: held.identity_checked || self.identity_checked,
            revision: held.revision + 1,
            updated_at: now,
            ..held.clone()
        }
    }

    fn made(
        &self,
        booking: &Appointment,
        (day, number, key_at): (chrono::NaiveDate, u32, Timestamp),
        context: &Context<'_>,
        now: Timestamp,
    ) -> Ticket {
        Ticket {
            id: TicketId::of(context.request_id, now),
            account_id: context.sender.caller,
            patient_id: Some(booking.patient_id),
            booking_id: Some(self.booking_id),
            live_slot: None,
            hospital_id: booking.hospital_id,
            doctor_id: self.doctor_id,
            day,
            number,
            priority: USUAL_PRIORITY,
            key_at,
            status: Status::Arrived,
            arrived_at: Some(now),
            called_at: None,
            called_after: None,
            passed: 0,
            postponed: 0,
            identity_checked: self.identity_checked,
            request_id: context.request_id,
            channel: context.sender.channel,
            revision: 1,
            created_at: now,
            updated_at: now,
            sealed: None,
            notes: Notes::default(),
        }
    }
}
