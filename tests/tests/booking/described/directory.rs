//! Answers about hospitals and doctors.

use docde_tests::Patient;

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 8] = [
    "GET /v1/doctors 200",
    "GET /v1/doctors 400",
    "GET /v1/doctors/{id} 200",
    "GET /v1/hospitals 200",
    "GET /v1/hospitals/{id} 200",
    "GET /v1/hospitals/search 200",
    "GET /v1/hospitals/search 422",
    "GET /v1/suggest 200",
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
        // Here without a search engine; with one the same shapes are asked for in `search`.
        ("GET /v1/hospitals/search", "/v1/hospitals/search?q=%EC%8B%9C%ED%97%98".to_owned()),
        ("GET /v1/hospitals/search", "/v1/hospitals/search".to_owned()),
        ("GET /v1/suggest", "/v1/suggest?q=%EC%86%8C%EC%95%84".to_owned()),
    ] {
        api.hold(operation, &stage.get(patient, &path).await);
    }
}
