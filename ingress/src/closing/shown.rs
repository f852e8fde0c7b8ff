//! Where a closing is found that a request made.

use domain::ids::{ClosingId, DoctorId, HospitalId};
use serde::Deserialize;

/// A request that is about a closing, as its document shows it.
#[derive(Deserialize)]
pub(crate) struct ShownSubject {
    #[serde(rename = "hospital_id")]
    hospital: HospitalId,
    #[serde(rename = "doctor_id")]
    doctor: Option<DoctorId>,
    #[serde(rename = "closing_id")]
    closing: Option<ClosingId>,
}

impl ShownSubject {
    pub fn path(&self) -> Option<String> {
        let id = self.closing?;
        Some(match self.doctor {
            Some(doctor) => format!("/v1/doctors/{doctor}/closings/{id}"),
            None => format!("/v1/hospitals/{}/closings/{id}", self.hospital),
        })
    }
}
