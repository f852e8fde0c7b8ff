//! From a checked body to a command: whose time, which hospital, and so which partition. All doctors of a hospital are in one
//! partition, so closing all of them is one command.

use domain::closing::{CLOSERS, CloseTime, OpenTime};
use domain::code::Code;
use domain::ids::{ClosingId, DoctorId, HospitalId, RequestId};
use domain::people::Sender;
use domain::schedule::Closure;
use domain::time::Zone;
use serde::Serialize;

use super::body::Wish;
use crate::addressed::Addressed;
use crate::admission::{Look, Precheck};
use crate::problem::Problem;
use crate::session::Session;
use crate::staff;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

/// Whose time: of a doctor, or of all doctors of a hospital.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    Doctor(DoctorId),
    Hospital(HospitalId),
}

/// Whose time, found, and who asks.
pub(super) struct Place {
    pub hospital_id: HospitalId,
    pub doctor_id: Option<DoctorId>,
    pub zone: Zone,
    pub sender: Sender,
}

impl Whose {
    /// For whoever may close there. To others there is nothing.
    pub async fn place(self, app: &App, session: Session) -> Result<Place, Problem> {
        let nothing = || Problem::new(Code::NotFound);
        let (hospital_id, doctor_id, zone) = match self {
            Self::Doctor(id) => {
                let doctor = app.directory.doctor(id).await?.ok_or_else(nothing)?;
                (doctor.hospital_id, Some(id), doctor.zone())
            }
            Self::Hospital(id) => {
                let zones = app.directory.zones(&[id]).await?;
                (id, None, zones.get(&id).copied().ok_or_else(nothing)?)
            }
        };
        let sender = staff::sender_as(app, session, hospital_id, &CLOSERS).await?;
        Ok(Place { hospital_id, doctor_id, zone, sender })
    }
}

/// A command of this room. That its sender may give it was asked before.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(super) enum OfClosing {
    Close {
        hospital_id: HospitalId,
        doctor_id: Option<DoctorId>,
        #[serde(flatten)]
        wish: Wish,
        #[serde(skip)]
        zone: Zone,
    },
    Open {
        hospital_id: HospitalId,
        doctor_id: Option<DoctorId>,
        closing_id: ClosingId,
        #[serde(skip)]
        zone: Zone,
    },
}

/// The worker alone knows.
pub(super) struct NotAsked;

impl Precheck for NotAsked {
    async fn look(&self, _: &App, _: &Addressed) -> Option<Look> {
        None
    }
}

impl CheckedBody for OfClosing {
    type Precheck = NotAsked;

    fn creates(&self) -> bool {
        matches!(self, Self::Close { .. })
    }

    async fn address(
        self,
        _: &App,
        _: &Sender,
        _: RequestId,
    ) -> Result<Address<NotAsked>, Problem> {
        let (kind, hospital_id, zone) = match self {
            Self::Close { hospital_id, doctor_id, wish, zone } => {
                let Closure { first_day, last_day, hours } = wish.days();
                let reason = wish.reason;
                let close = CloseTime { doctor_id, first_day, last_day, hours, reason };
                (close.into(), hospital_id, zone)
            }
            Self::Open { hospital_id, doctor_id, closing_id, zone } => {
                (OpenTime { closing_id, doctor_id }.into(), hospital_id, zone)
            }
        };
        Ok(Address { kind, hospital_id, zone, precheck: NotAsked })
    }
}
