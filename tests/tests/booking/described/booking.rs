//! Answers about bookings.

use chrono::TimeDelta;
use docde_tests::Patient;
use docde_tests::api::{key, text};
use serde_json::json;

use super::Description;
use crate::stage::{Stage, first_visit};

/// What is held against the description.
pub const HELD: [&str; 25] = [
    "GET /v1/bookings 200",
    "GET /v1/bookings/{id} 200",
    "GET /v1/bookings/{id} 404",
    "GET /v1/hospitals/{id}/bookings 200",
    "GET /v1/hospitals/{id}/bookings/{booking} 200",
    "POST /v1/hospitals/{id}/bookings 404",
    "POST /v1/hospitals/{id}/bookings 200",
    "POST /v1/hospitals/{id}/bookings/{booking}/move 200",
    "POST /v1/hospitals/{id}/bookings/{booking}/steps 200",
    "POST /v1/hospitals/{id}/bookings/{booking}/undo 200",
    "GET /v1/doctors/{id}/slots 200",
    "GET /v1/doctors/{id}/slots 400",
    "GET /v1/requests/{id} 200",
    "GET /v1/requests/{id} 404",
    "POST /v1/bookings 201",
    "POST /v1/bookings 202",
    "POST /v1/bookings 400",
    "POST /v1/bookings 401",
    "POST /v1/bookings 409",
    "POST /v1/bookings/{id}/cancel 200",
    "POST /v1/bookings/{id}/reschedule 200",
    "GET /v1/holds 200",
    "POST /v1/holds 201",
    "POST /v1/holds/{id}/book 200",
    "POST /v1/holds/{id}/release 200",
];

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, patient: &Patient, other: &Patient) {
    const BOOK: &str = "POST /v1/bookings";
    let mut body = first_visit(&stage.doctor, stage.slot("10:00"));
    body["reason"] = json!("두통");
    body["phone"] = json!("010-1234-5678");
    let booked = stage.post(patient, "/v1/bookings", &key(), &body).await;
    api.hold(BOOK, &booked);
    let refused = stage.book(other, stage.slot("10:00")).await;
    assert_eq!(refused.code(), "SLOT_TAKEN");
    api.hold(BOOK, &refused);
    api.hold(BOOK, &stage.post(patient, "/v1/bookings", &key(), &json!({})).await);
    let nobody = Patient { token: "no.token.at-all".to_owned(), ..patient.clone() };
    api.hold(BOOK, &stage.book(&nobody, stage.slot("11:00")).await);
    let waiting = stage
        .world
        .post_async(
            &stage.ingress,
            other,
            "/v1/bookings",
            &key(),
            &first_visit(&stage.doctor, stage.slot("11:00")),
        )
        .await;
    api.hold(BOOK, &waiting);
    api.hold("GET /v1/requests/{id}", &stage.decided(other, waiting.request_id()).await);
    let moved = json!({"starts_at": text(stage.slot("14:00"))});
    let path = format!("/v1/bookings/{}", booked.booking_id());
    api.hold(
        "POST /v1/bookings/{id}/reschedule",
        &stage.post(patient, &format!("{path}/reschedule"), &key(), &moved).await,
    );
    api.hold("GET /v1/bookings/{id}", &stage.get(patient, &path).await);
    api.hold("GET /v1/bookings/{id}", &stage.get(other, &path).await);
    api.hold(
        "GET /v1/requests/{id}",
        &stage.get(other, &format!("/v1/requests/{}", booked.request_id())).await,
    );
    api.hold(
        "POST /v1/bookings/{id}/cancel",
        &stage.post(patient, &format!("{path}/cancel"), &key(), &json!({})).await,
    );
    api.hold("GET /v1/bookings", &stage.get(patient, "/v1/bookings").await);
    hold_holds(api, stage, other).await;
    hold_desk(api, stage, patient).await;
    let midnight = stage.slot("00:00");
    for days in [1, 32] {
        let (from, to) = (midnight, midnight + TimeDelta::days(days));
        let path = format!(
            "/v1/doctors/{}/slots?from={}&to={}",
            stage.doctor.id,
            from.format("%FT%TZ"),
            to.format("%FT%TZ")
        );
        api.hold("GET /v1/doctors/{id}/slots", &stage.get(patient, &path).await);
    }
}

/// Times are held, booked and given back.
async fn hold_holds(api: &mut Description, stage: &Stage, patient: &Patient) {
    for (at, end) in [("17:00", "release"), ("18:00", "book")] {
        let wish = first_visit(&stage.doctor, stage.slot(at) + TimeDelta::days(1));
        let held = stage.post(patient, "/v1/holds", &key(), &wish).await;
        api.hold("POST /v1/holds", &held);
        api.hold("GET /v1/holds", &stage.get(patient, "/v1/holds").await);
        let path = format!("/v1/holds/{}/{end}", held.booking_id());
        let ended = stage.post(patient, &path, &key(), &json!({})).await;
        api.hold(&format!("POST /v1/holds/{{id}}/{end}"), &ended);
    }
}

/// Staff book, move, cancel and take that back.
async fn hold_desk(api: &mut Description, stage: &Stage, patient: &Patient) {
    const BOOKINGS: &str = "POST /v1/hospitals/{id}/bookings";
    let clerk = stage.clerk().await;
    let nobody = stage.desk_book(&clerk, clerk.id, stage.slot("15:00")).await;
    api.hold(BOOKINGS, &nobody);
    let booked = stage.desk_book(&clerk, patient.id, stage.slot("15:00")).await;
    api.hold(BOOKINGS, &booked);
    let booking = booked.booking_id();
    let moved = stage.desk_move(&clerk, booking, 1, stage.slot("16:00")).await;
    api.hold("POST /v1/hospitals/{id}/bookings/{booking}/move", &moved);
    let cancelled = stage.desk_step(&clerk, booking, 2, "cancel", Some("other")).await;
    api.hold("POST /v1/hospitals/{id}/bookings/{booking}/steps", &cancelled);
    let undone = stage.desk_undo(&clerk, booking, cancelled.request_id()).await;
    api.hold("POST /v1/hospitals/{id}/bookings/{booking}/undo", &undone);
    let opened = stage.get(&clerk, &stage.desk(&format!("/{booking}"))).await;
    api.hold("GET /v1/hospitals/{id}/bookings/{booking}", &opened);
    let of_patient = stage.desk(&format!("?patient_id={}", patient.id));
    api.hold("GET /v1/hospitals/{id}/bookings", &stage.get(&clerk, &of_patient).await);
    stage.desk_step(&clerk, booking, 4, "cancel", None).await;
}
