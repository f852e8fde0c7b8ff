//! `step_booking`: staff take a booking one step along its ladder: it is approved, refused, cancelled, done or missed. The command
//! carries the revision that the desk saw. A booking whose patient has a number in the line goes with its ticket instead.

use chrono::{NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::rules::{confirmed, of_staff, present};
use super::{Booking, BookingChange, BookingSubject, Facts, Needs, Status};
use crate::code::Code;
use crate::ids::{BookingId, DoctorId, HospitalId};
use crate::notice::NoticeCode;
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::{self, Timestamp, Zone};

/// What staff do with one booking.
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
pub enum BookingStep {
    /// The clinic takes a booking that waits for it.
    Approve,
    /// It does not, for a reason.
    Refuse,
    /// Given back for the patient, or by the clinic. The cut-off is for patients alone.
    Cancel,
    /// The patient was seen without a number in the line.
    Done,
    /// The patient did not come.
    Noshow,
}

impl BookingStep {
    pub const ALL: &[BookingStep] = Self::VARIANTS;

    /// The name in JSON and on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Where the step leads from there; `None`: the ladder does not have it.
    pub const fn from(self, status: Status) -> Option<Status> {
        match (self, status) {
            (BookingStep::Approve, Status::Pending) => Some(Status::Booked),
            (BookingStep::Refuse, Status::Pending)
            | (BookingStep::Cancel, Status::Pending | Status::Booked) => Some(Status::Cancelled),
            (BookingStep::Done, Status::Booked) => Some(Status::Fulfilled),
            (BookingStep::Noshow, Status::Booked) => Some(Status::Noshow),
            _ => None,
        }
    }

    /// What the patient's account is told of it.
    const fn notice(self) -> NoticeCode {
        match self {
            BookingStep::Approve => NoticeCode::BookingApproved,
            BookingStep::Refuse => NoticeCode::BookingRefused,
            BookingStep::Cancel => NoticeCode::BookingCancelled,
            BookingStep::Done | BookingStep::Noshow => NoticeCode::BookingChanged,
        }
    }

    /// From when on the step can be taken; `None`: at any time.
    fn begins(self, booking: &Booking, zone: Zone) -> Option<Timestamp> {
        match self {
            BookingStep::Done => {
                let day = time::day_of(booking.starts_at, zone);
                time::first_at(zone, day.and_time(NaiveTime::MIN))
            }
            BookingStep::Noshow => Some(booking.starts_at),
            BookingStep::Approve | BookingStep::Refuse | BookingStep::Cancel => None,
        }
    }
}

/// Why a booking was refused or cancelled. These are all there are: what is written down of a step is no free text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepReason {
    PatientAsked,
    DoctorAbsent,
    NoRoom,
    OtherDepartment,
    ReferralNeeded,
    Duplicate,
    Other,
}

impl StepReason {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One step of one booking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StepBooking {
    pub booking_id: BookingId,
    /// Where the booking was when the command was sent.
    pub doctor_id: DoctorId,
    /// As the desk saw the booking.
    pub revision: u32,
    pub step: BookingStep,
    /// Of [`BookingStep::Refuse`], and if there is one of [`BookingStep::Cancel`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<StepReason>,
}

impl CommandRules for StepBooking {
    const NAME: &'static str = "step_booking";
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
        let (command, doctor_id) = (self.step.as_str(), self.doctor_id);
        BookingSubject { command, hospital_id, doctor_id, booking_id: Some(self.booking_id) }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.bookings.insert(self.booking_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Booking, BookingChange>, NoDecision> {
        let before = of_staff(facts, context, self.booking_id)?;
        if before.revision != self.revision {
            return Err(present(before).into());
        }
        let status = self.step.from(before.status).ok_or_else(|| present(before))?;
        if self.step == BookingStep::Refuse && self.reason.is_none() {
            return Err(Rejection::invalid("reason").into());
        }
        let begins = self.step.begins(before, facts.directory.zone(before.hospital_id)?);
        if let Some(begins) = begins.filter(|begins| now < *begins) {
            return Err(Rejection::at(Code::NotOpenYet, begins).into());
        }
        let after = before.stepped(status, now);
        let (code, reason) = (self.step.notice(), self.reason.map(StepReason::as_str));
        let change = BookingChange::Stepped { before: before.clone(), after, code, reason };
        confirmed(facts, context, change)
    }
}
