//! Commands about all lines of a hospital: its rules, and those who do not come.

use axum::response::Response;
use domain::code::Code;
use domain::ids::{HospitalId, PatientId, RequestId};
use domain::line::{
    LiftNoShows, NoShowChanges, RULE_EDITORS, RuleChanges, SetLineRule, SetNoShowRule,
};
use domain::people::Sender;
use domain::time::Zone;
use serde::Serialize;

use super::precheck::NumberWish;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::staff;
use crate::state::App;
use crate::submit::{Address, CheckedBody, submit_as};

/// Sends it for whoever may change what the hospital has set.
pub(super) async fn send(asked: Asked, body: OfHospital) -> Result<Response, Problem> {
    let hospital = body.hospital_id();
    let sender = staff::sender_as(&asked.app, asked.session, hospital, &RULE_EDITORS).await?;
    submit_as(asked, sender, body).await
}

/// The hospital's zone.
///
/// # Errors
/// `NOT_FOUND` where there is no such hospital.
pub(super) async fn zone_of(app: &App, id: HospitalId) -> Result<Zone, Problem> {
    let found = app.directory.zones(&[id]).await?;
    found.get(&id).copied().ok_or_else(|| Problem::new(Code::NotFound))
}

/// One of them. That its sender may give it was asked before.
#[derive(Serialize)]
#[serde(tag = "route", rename_all = "snake_case")]
pub(super) enum OfHospital {
    SetLineRule { hospital_id: HospitalId, changes: RuleChanges },
    SetNoShowRule { hospital_id: HospitalId, changes: NoShowChanges },
    LiftNoShows { hospital_id: HospitalId, patient_id: PatientId },
}

impl OfHospital {
    const fn hospital_id(&self) -> HospitalId {
        match self {
            Self::SetLineRule { hospital_id, .. }
            | Self::SetNoShowRule { hospital_id, .. }
            | Self::LiftNoShows { hospital_id, .. } => *hospital_id,
        }
    }
}

impl CheckedBody for OfHospital {
    /// The worker alone knows.
    type Precheck = Option<NumberWish>;

    fn creates(&self) -> bool {
        false
    }

    async fn address(
        self,
        app: &App,
        _: &Sender,
        _: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        let hospital_id = self.hospital_id();
        let zone = zone_of(app, hospital_id).await?;
        let kind = match self {
            Self::SetLineRule { changes, .. } => SetLineRule { changes }.into(),
            Self::SetNoShowRule { changes, .. } => SetNoShowRule { changes }.into(),
            Self::LiftNoShows { patient_id, .. } => LiftNoShows { patient_id }.into(),
        };
        Ok(Address { kind, hospital_id, zone, precheck: None })
    }
}
