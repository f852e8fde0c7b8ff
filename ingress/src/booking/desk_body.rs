//! The bodies of what staff do with bookings, checked once, here, and where they go.

use domain::booking::{Book, BookingStep, MoveBooking, StepBooking, StepReason, UndoBooking};
use domain::code::Code;
use domain::command::Kind;
use domain::directory::Doctor;
use domain::ids::{BookingId, DoctorId, HospitalId, PatientId, RequestId};
use domain::json;
use domain::people::{Channel, Sender};
use domain::schedule::Visit;
use domain::time::Timestamp;
use platform::booking::row_store::ShownBooking;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use super::body::start;
use super::desk_store;
use super::precheck::SlotWish;
use crate::note::{self, Note};
use crate::problem::Problem;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

/// `POST /v1/hospitals/{id}/bookings`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeskBookBody {
    #[schema(value_type = Uuid)]
    doctor_id: DoctorId,
    /// RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime, example = "2026-11-30T10:00:00+09:00")]
    starts_at: String,
    /// Someone whom the hospital knows, with an account, which is told of this one, or without; anybody else is not found.
    #[schema(value_type = Uuid)]
    patient_id: PatientId,
    /// `first` or `return` (the default).
    #[schema(value_type = Option<String>, example = "first")]
    #[serde(default, deserialize_with = "json::name")]
    visit: Option<Visit>,
    /// `phone` (the default): somebody calls. `desk`: is there.
    #[schema(value_type = Option<String>, example = "phone")]
    #[serde(default, deserialize_with = "json::name")]
    channel: Option<Channel>,
    /// As with a patient's own booking. Sealed at once.
    reason: Option<String>,
    /// As with a patient's own booking. Sealed at once.
    phone: Option<String>,
}

/// `POST /v1/hospitals/{id}/bookings/{booking}/steps`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBookingBody {
    /// Of the booking, as the desk shows it. Another one: `STATE_CONFLICT` with the present one.
    #[schema(example = 1)]
    revision: u32,
    /// `approve`, `refuse`, `cancel`, `done` or `noshow`.
    #[schema(value_type = String, example = "refuse")]
    #[serde(default, deserialize_with = "json::name")]
    step: Option<BookingStep>,
    /// Needed by `refuse`, possible with `cancel`: `patient_asked`, `doctor_absent`, `no_room`, `other_department`,
    /// `referral_needed`, `duplicate` or `other`. The patient is told.
    #[schema(value_type = Option<String>, example = "other_department")]
    #[serde(default, deserialize_with = "json::name")]
    reason: Option<StepReason>,
}

/// `POST /v1/hospitals/{id}/bookings/{booking}/move`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// As with a step.
    #[schema(example = 1)]
    revision: u32,
    #[schema(value_type = String, format = DateTime, example = "2026-11-30T14:00:00+09:00")]
    starts_at: String,
    /// Another doctor of the hospital; absent: the same doctor.
    #[schema(value_type = Option<Uuid>)]
    doctor_id: Option<DoctorId>,
}

/// `POST /v1/hospitals/{id}/bookings/{booking}/undo`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoBookingBody {
    /// The request that made the step: the booking's last one, at most ten minutes ago.
    #[schema(value_type = Uuid)]
    request_id: RequestId,
}

/// What the desk asks for, checked.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(super) enum DeskBody {
    DeskBook {
        doctor_id: DoctorId,
        starts_at: Timestamp,
        patient_id: PatientId,
        visit: Visit,
        channel: Channel,
        note: Note,
    },
    StepBooking {
        booking_id: BookingId,
        revision: u32,
        step: BookingStep,
        reason: Option<StepReason>,
    },
    MoveBooking {
        booking_id: BookingId,
        revision: u32,
        starts_at: Timestamp,
        doctor_id: Option<DoctorId>,
    },
    UndoBooking {
        booking_id: BookingId,
        undone: RequestId,
    },
}

impl DeskBookBody {
    pub fn check(self) -> Result<DeskBody, Problem> {
        let channel = self.channel.unwrap_or(Channel::Phone);
        if !matches!(channel, Channel::Desk | Channel::Phone) {
            return Err(Problem::malformed("desk or phone").field("channel"));
        }
        Ok(DeskBody::DeskBook {
            doctor_id: self.doctor_id,
            starts_at: start(&self.starts_at)?,
            patient_id: self.patient_id,
            visit: self.visit.unwrap_or_default(),
            channel,
            note: Note::checked(self.reason, self.phone)?,
        })
    }
}

impl StepBookingBody {
    pub fn check(self, booking_id: BookingId) -> Result<DeskBody, Problem> {
        let Self { revision, step, reason } = self;
        let step = step.ok_or_else(|| Problem::malformed("which step").field("step"))?;
        let fits = match step {
            BookingStep::Refuse => reason.is_some(),
            BookingStep::Cancel => true,
            BookingStep::Approve | BookingStep::Done | BookingStep::Noshow => reason.is_none(),
        };
        if !fits {
            let rule = "refuse has a reason, cancel may have one, and no other step has one";
            return Err(Problem::invalid("reason", rule));
        }
        Ok(DeskBody::StepBooking { booking_id, revision, step, reason })
    }
}

impl MoveBody {
    pub fn check(self, booking_id: BookingId) -> Result<DeskBody, Problem> {
        let (revision, starts_at) = (self.revision, start(&self.starts_at)?);
        Ok(DeskBody::MoveBooking { booking_id, revision, starts_at, doctor_id: self.doctor_id })
    }
}

impl UndoBookingBody {
    pub const fn check(self, booking_id: BookingId) -> DeskBody {
        DeskBody::UndoBooking { booking_id, undone: self.request_id }
    }
}

impl DeskBody {
    /// By which way it came to the desk.
    pub const fn channel(&self) -> Channel {
        match self {
            DeskBody::DeskBook { channel, .. } => *channel,
            _ => Channel::Desk,
        }
    }

    /// Whom it is for, where the hospital has to know them.
    pub const fn patient(&self) -> Option<PatientId> {
        match self {
            DeskBody::DeskBook { patient_id, .. } => Some(*patient_id),
            _ => None,
        }
    }
}

/// It, at the hospital where its sender works. Its JSON is the one form over which retries are compared.
#[derive(Serialize)]
pub(super) struct OfHospital {
    pub hospital_id: HospitalId,
    #[serde(flatten)]
    pub body: DeskBody,
}

impl CheckedBody for OfHospital {
    /// Of a time that is wished for.
    type Precheck = Option<SlotWish>;

    fn creates(&self) -> bool {
        false
    }

    async fn address(
        self,
        app: &App,
        _: &Sender,
        request: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        let hospital = self.hospital_id;
        match self.body {
            DeskBody::DeskBook { doctor_id, starts_at, patient_id, visit, note, .. } => {
                let doctor = doctor_of(app, hospital, doctor_id).await?;
                let (sealed, patient_id) = (note::seal(app, &note, request)?, Some(patient_id));
                let kind = Book { doctor_id, starts_at, patient_id, visit, sealed }.into();
                let zone = doctor.zone();
                let precheck = Some(SlotWish { doctor, starts_at, visit });
                Ok(Address { kind, hospital_id: hospital, zone, precheck })
            }
            DeskBody::StepBooking { booking_id, revision, step, reason } => {
                let found = booking(app, hospital, booking_id).await?;
                let doctor_id = found.booking.doctor_id;
                Ok(of(&found, StepBooking { booking_id, doctor_id, revision, step, reason }))
            }
            DeskBody::MoveBooking { booking_id, revision, starts_at, doctor_id } => {
                let found = booking(app, hospital, booking_id).await?;
                if let Some(doctor_id) = doctor_id {
                    doctor_of(app, hospital, doctor_id).await?;
                }
                let doctor_id = doctor_id.unwrap_or(found.booking.doctor_id);
                Ok(of(&found, MoveBooking { booking_id, doctor_id, starts_at, revision }))
            }
            DeskBody::UndoBooking { booking_id, undone } => {
                let found = booking(app, hospital, booking_id).await?;
                let doctor_id = found.booking.doctor_id;
                Ok(of(&found, UndoBooking { booking_id, doctor_id, undone }))
            }
        }
    }
}

/// What becomes of a booking that exists is the worker's to say.
fn of(found: &ShownBooking, kind: impl Into<Kind>) -> Address<Option<SlotWish>> {
    let (hospital_id, zone) = (found.booking.hospital_id, found.zone);
    Address { kind: kind.into(), hospital_id, zone, precheck: None }
}

/// The hospital's doctor.
async fn doctor_of(app: &App, hospital: HospitalId, id: DoctorId) -> Result<Arc<Doctor>, Problem> {
    let doctor = app.directory.doctor(id).await?;
    let here = doctor.filter(|doctor| doctor.hospital_id == hospital);
    here.ok_or_else(|| Problem::new(Code::NotFound).field("doctor_id"))
}

async fn booking(app: &App, hospital: HospitalId, id: BookingId) -> Result<ShownBooking, Problem> {
    let found = desk_store::find(&app.database, hospital, id).await?;
    found.map(|found| found.shown).ok_or_else(|| Problem::new(Code::NotFound))
}
