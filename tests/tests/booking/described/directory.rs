//! Answers about hospitals and doctors.

use docde_tests::Patient;

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 5] = [
    "GET /v1/doctors 200",
    "GET /v1/doctors 400",
    "GET /v1/doctors/{id} 200",
    "GET /v1/hospitals 200",
    "GET /v1/hospitals/{id} 200",
];

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, patient: &Patient) {
    let (doctor, hospital) = (stage.doctor.id, stage.doctor.hospital);
    for (operation, path) in [
        ("GET /v1/doctors", "/v1/doctors".to_owned()),
        ("GET /v1/doctors", "/v1/doctors?limit=0".to_owned()),
        ("GET /v1/doctors/{id}", format!("/v1/doctors/{doctor}")),
        ("GET /v1/hospitals", "/v1/hospitals".to_owned()),
        ("GET /v1/hospitals/{id}", format!("/v1/hospitals/{hospital}")),
    ] {
        api.hold(operation, &stage.get(patient, &path).await);
    }
}
