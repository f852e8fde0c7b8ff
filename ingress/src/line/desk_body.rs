//! The bodies of the desk's commands, checked once, here: what goes on from here is well-formed.

use domain::directory::Doctor;
use domain::ids::{BookingId, DoctorId, PatientId, RequestId, TicketId};
use domain::json;
use domain::line::{
    ArriveBooking, CallNext, Cap, MAX_CAP, Reason, Reception, SetReception, Step, StepTicket,
    TakeTicket, UndoStep,
};
use domain::people::{Channel, Sender};
use domain::time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use super::precheck::NumberWish;
use crate::note::{self, Note};
use crate::problem::Problem;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

/// `POST /v1/lines/{doctor}/steps`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    #[schema(value_type = Uuid)]
    ticket_id: TicketId,
    /// Of the ticket, as the desk shows it. Another one: `STATE_CONFLICT` with the present one.
    revision: u32,
    /// `arrive`, `call`, `hold`, `return`, `skip`, `done`, `noshow`, `cancel`, `urgent` or `postpone`.
    #[schema(value_type = String)]
    #[serde(default, deserialize_with = "json::name")]
    step: Option<Step>,
    /// Of `urgent` alone, and needed there: `emergency`, `frailty` or `examination`.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    reason: Option<Reason>,
}

/// `POST /v1/lines/{doctor}/next`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextBody {
    /// The ticket that was called last, as the desk shows it; absent: none was today. Another one: `STATE_CONFLICT` with
    /// the present one.
    #[schema(value_type = Option<Uuid>)]
    after: Option<TicketId>,
    /// How many calls the line has had, as the desk shows it; one more after each call that is confirmed. Another number:
    /// `STATE_CONFLICT` with the present one. Absent: only `after` is compared.
    calls: Option<u32>,
}

/// `POST /v1/lines/{doctor}/undo`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoBody {
    #[schema(value_type = Uuid)]
    ticket_id: TicketId,
    /// The request that made the step: the ticket's last one, at most ten minutes ago.
    #[schema(value_type = Uuid)]
    request_id: RequestId,
}

/// `POST /v1/lines/{doctor}/reception`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceptionBody {
    /// `open`, `paused` or `closed`.
    state: String,
    /// Of `paused` alone: RFC 3339 with an offset; absent: until it is opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// 1 to 10000: numbers that the day has, from the first on; absent: as it is. Beyond them `LINE_FULL`, by whatever way.
    cap: Option<u32>,
    /// The day has as many numbers as the hospital's rule says.
    #[serde(default)]
    lift_cap: bool,
}

/// `POST /v1/lines/{doctor}/arrivals`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArrivalBody {
    #[schema(value_type = Uuid)]
    booking_id: BookingId,
    /// Of the booking, as the desk shows it, if it does. Another one: `STATE_CONFLICT` with the present one.
    revision: Option<u32>,
    /// The desk has seen who it is.
    #[serde(default)]
    identity_checked: bool,
}

/// `POST /v1/lines/{doctor}/tickets`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WalkInBody {
    /// `desk` (the default): is there. `phone`: comes later.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    channel: Option<Channel>,
    /// Someone whom the hospital knows, with an account, which is told of this one, or without; anybody else is not found. Absent:
    /// whom no row of a patient knows.
    #[schema(value_type = Option<Uuid>)]
    patient_id: Option<PatientId>,
    /// At most 100 characters, not with a `patient_id`. Sealed at once.
    name: Option<String>,
    /// As with a booking. Sealed at once.
    reason: Option<String>,
    /// As with a booking. Sealed at once.
    phone: Option<String>,
}

/// What the desk asks for, checked. Its JSON is the one form over which retries are compared.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(crate) enum DeskBody {
    StepTicket {
        ticket_id: TicketId,
        revision: u32,
        step: Step,
        reason: Option<Reason>,
    },
    CallNext {
        after: Option<TicketId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        calls: Option<u32>,
    },
    UndoStep {
        ticket_id: TicketId,
        undone: RequestId,
    },
    SetReception {
        reception: Reception,
        #[serde(skip_serializing_if = "Option::is_none")]
        cap: Option<Cap>,
    },
    TakeTicket {
        channel: Channel,
        #[serde(skip_serializing_if = "Option::is_none")]
        patient_id: Option<PatientId>,
        note: Note,
    },
    ArriveBooking {
        booking_id: BookingId,
        revision: Option<u32>,
        identity_checked: bool,
    },
}

impl DeskBody {
    /// By which way it came to the desk.
    pub const fn channel(&self) -> Channel {
        match self {
            DeskBody::TakeTicket { channel, .. } => *channel,
            _ => Channel::Desk,
        }
    }

    /// Whom it is for, where the hospital has to know them.
    pub const fn patient(&self) -> Option<PatientId> {
        match self {
            DeskBody::TakeTicket { patient_id, .. } => *patient_id,
            _ => None,
        }
    }
}

impl WalkInBody {
    pub fn check(self) -> Result<DeskBody, Problem> {
        let channel = self.channel.unwrap_or(Channel::Desk);
        if !matches!(channel, Channel::Desk | Channel::Phone) {
            return Err(Problem::malformed("desk or phone").field("channel"));
        }
        if self.patient_id.is_some() && self.name.is_some() {
            return Err(Problem::invalid("name", "of who has no patient_id"));
        }
        let note = Note::checked(self.reason, self.phone)?.named(self.name)?;
        Ok(DeskBody::TakeTicket { channel, patient_id: self.patient_id, note })
    }
}

impl ArrivalBody {
    pub const fn check(self) -> DeskBody {
        let Self { booking_id, revision, identity_checked } = self;
        DeskBody::ArriveBooking { booking_id, revision, identity_checked }
    }
}

impl StepBody {
    pub fn check(self) -> Result<DeskBody, Problem> {
        let Self { ticket_id, revision, step, reason } = self;
        let step = step.ok_or_else(|| Problem::malformed("which step").field("step"))?;
        if (step == Step::Urgent) != reason.is_some() {
            return Err(Problem::invalid(
                "reason",
                "urgent has a reason, and no other step has one",
            ));
        }
        Ok(DeskBody::StepTicket { ticket_id, revision, step, reason })
    }
}

impl NextBody {
    pub const fn check(self) -> DeskBody {
        DeskBody::CallNext { after: self.after, calls: self.calls }
    }
}

impl UndoBody {
    pub const fn check(self) -> DeskBody {
        DeskBody::UndoStep { ticket_id: self.ticket_id, undone: self.request_id }
    }
}

impl ReceptionBody {
    pub fn check(self) -> Result<DeskBody, Problem> {
        let until = self.until.map(|until| time::parse(&until)).transpose();
        let until = until.map_err(|error| Problem::malformed(error.to_string()).field("until"))?;
        if until.is_some_and(|until| !time::is_sane(until)) {
            return Err(Problem::invalid("until", "a time that comes"));
        }
        let reception = match (self.state.as_str(), until) {
            ("open", None) => Reception::Open,
            ("closed", None) => Reception::Closed,
            ("paused", until) => Reception::Paused { until: until.map(time::to_millis) },
            ("open" | "closed", Some(_)) => {
                return Err(Problem::invalid("until", "only a pause has an end"));
            }
            _ => return Err(Problem::malformed("open, paused or closed").field("state")),
        };
        let cap = match (self.cap, self.lift_cap) {
            (Some(_), true) => return Err(Problem::invalid("lift_cap", "a cap is set or lifted")),
            (Some(cap), false) if !(1..=MAX_CAP).contains(&cap) => {
                return Err(Problem::invalid("cap", format!("1 to {MAX_CAP}")));
            }
            (cap, lifted) => cap.map(Cap::Numbers).or(lifted.then_some(Cap::Lifted)),
        };
        Ok(DeskBody::SetReception { reception, cap })
    }
}

/// A command of the desk about a doctor's line. That its sender may give it was asked before.
#[derive(Serialize)]
pub(crate) struct OfLine {
    doctor_id: DoctorId,
    #[serde(flatten)]
    body: DeskBody,
    #[serde(skip)]
    doctor: Arc<Doctor>,
}

impl OfLine {
    pub fn new(doctor: Arc<Doctor>, body: DeskBody) -> Self {
        Self { doctor_id: doctor.id, body, doctor }
    }
}

impl CheckedBody for OfLine {
    /// Of a number that is wished for; of all else the worker alone knows.
    type Precheck = Option<NumberWish>;

    fn creates(&self) -> bool {
        false
    }

    async fn address(
        self,
        app: &App,
        _: &Sender,
        request: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        let Self { doctor_id, body, doctor } = self;
        let (hospital_id, zone) = (doctor.hospital_id, doctor.zone());
        let mut precheck = None;
        let kind = match body {
            DeskBody::StepTicket { ticket_id, revision, step, reason } => {
                let revision = Some(revision);
                StepTicket { ticket_id, doctor_id, revision, step, reason }.into()
            }
            DeskBody::CallNext { after, calls } => CallNext { doctor_id, after, calls }.into(),
            DeskBody::UndoStep { ticket_id, undone } => {
                UndoStep { ticket_id, doctor_id, undone }.into()
            }
            DeskBody::ArriveBooking { booking_id, revision, identity_checked } => {
                ArriveBooking { booking_id, doctor_id, revision, identity_checked }.into()
            }
            DeskBody::SetReception { reception, cap } => {
                SetReception { doctor_id, reception, cap }.into()
            }
            DeskBody::TakeTicket { patient_id, note, .. } => {
                let sealed = note::seal(app, &note, request)?;
                precheck = Some(NumberWish { doctor });
                let walk_in = patient_id.is_none();
                TakeTicket { doctor_id, patient_id, sealed, walk_in }.into()
            }
        };
        Ok(Address { kind, hospital_id, zone, precheck })
    }
}
