//! Answers about tickets.

use docde_tests::api::{key, text};
use docde_tests::{Doctor, Hours, Patient};
use serde_json::json;

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 31] = [
    "GET /v1/receptions 200",
    "GET /v1/receptions/{id} 200",
    "GET /v1/receptions/{id} 404",
    "POST /v1/receptions 201",
    "POST /v1/receptions 202",
    "POST /v1/receptions 404",
    "POST /v1/receptions 422",
    "POST /v1/receptions/{id}/cancel 200",
    "POST /v1/receptions/{id}/cancel 409",
    "POST /v1/receptions/{id}/postpone 200",
    "POST /v1/receptions/{id}/arrive 200",
    "POST /v1/receptions/{id}/arrive 422",
    "POST /v1/bookings/{id}/arrive 409",
    "GET /v1/hospitals/{id}/arrival-code 200",
    "GET /v1/hospitals/{id}/line-rule 200",
    "GET /v1/hospitals/{id}/line-rule 404",
    "GET /v1/hospitals/{id}/no-show-rule 200",
    "POST /v1/hospitals/{id}/no-show-rule 200",
    "POST /v1/hospitals/{id}/no-show-lifts 404",
    "POST /v1/hospitals/{id}/line-rule 200",
    "POST /v1/hospitals/{id}/line-rule 403",
    "GET /v1/lines/{doctor} 200",
    "POST /v1/lines/{doctor}/steps 200",
    "POST /v1/lines/{doctor}/tickets 200",
    "GET /v1/lines/{doctor}/tickets/{id} 200",
    "GET /v1/lines/{doctor}/tickets/{id} 404",
    "POST /v1/lines/{doctor}/arrivals 202",
    "POST /v1/lines/{doctor}/arrivals 409",
    "POST /v1/lines/{doctor}/next 200",
    "POST /v1/lines/{doctor}/undo 200",
    "POST /v1/lines/{doctor}/reception 200",
];

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, patient: &Patient, other: &Patient) {
    const TAKE: &str = "POST /v1/receptions";
    let path = "/v1/receptions";
    // Always open, but for the last second of the day.
    let hours = Hours { closes: "23:59:59", ..Hours::default() };
    let doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let body = json!({"doctor_id": doctor.id, "reason": "두통", "phone": "010-1234-5678"});
    let taken = stage.post(patient, path, &key(), &body).await;
    api.hold(TAKE, &taken);
    api.hold(TAKE, &stage.post(patient, path, &key(), &json!({"doctor_id": key()})).await);
    let foreign = json!({"doctor_id": doctor.id, "patient_id": other.id});
    api.hold(TAKE, &stage.post(patient, path, &key(), &foreign).await);
    let plain = json!({"doctor_id": doctor.id});
    let waiting = stage.world.post_async(&stage.ingress, other, path, &key(), &plain).await;
    api.hold(TAKE, &waiting);
    api.hold("GET /v1/requests/{id}", &stage.decided(other, waiting.request_id()).await);
    let ticket = format!("{path}/{}", taken.json["subject"]["ticket_id"].as_str().expect("an id"));
    api.hold("GET /v1/receptions", &stage.get(patient, path).await);
    api.hold("GET /v1/receptions/{id}", &stage.get(patient, &ticket).await);
    api.hold("GET /v1/receptions/{id}", &stage.get(other, &ticket).await);
    hold_desk(api, stage, &ticket, (patient, other), &format!("/v1/lines/{}", doctor.id)).await;
    for hospital in [stage.doctor.hospital.to_string(), key()] {
        let rule = stage.get(patient, &format!("/v1/hospitals/{hospital}/line-rule")).await;
        api.hold("GET /v1/hospitals/{id}/line-rule", &rule);
    }
    hold_rule(api, stage, other).await;
    hold_arrivals(api, stage, other, &doctor).await;
    hold_codes(api, stage, &ticket, (patient, other), &doctor).await;
    let postpone = stage.post(patient, &format!("{ticket}/postpone"), &key(), &json!({})).await;
    api.hold("POST /v1/receptions/{id}/postpone", &postpone);
    hold_no_shows(api, stage, other).await;
    for _ in 0..2 {
        let cancel = stage.post(patient, &format!("{ticket}/cancel"), &key(), &json!({})).await;
        api.hold("POST /v1/receptions/{id}/cancel", &cancel);
    }
}

/// Of a booking of another day: whether there is time left today depends on the hour.
async fn hold_arrivals(api: &mut Description, stage: &Stage, clerk: &Patient, doctor: &Doctor) {
    const ARRIVE: &str = "POST /v1/lines/{doctor}/arrivals";
    let start = doctor.on(&stage.world, 2, "17:00");
    let booked = stage.book_with(clerk, doctor, start, &key()).await;
    let (body, path) =
        (json!({"booking_id": booked.booking_id()}), format!("/v1/lines/{}/arrivals", doctor.id));
    api.hold(ARRIVE, &stage.post(clerk, &path, &key(), &body).await);
    let sent = stage.world.post_async(&stage.ingress, clerk, &path, &key(), &body).await;
    api.hold(ARRIVE, &sent);
    stage.decided(clerk, sent.request_id()).await;
}

/// The patient is there already, as the desk has said; a booking is of another day.
async fn hold_codes(
    api: &mut Description,
    stage: &Stage,
    ticket: &str,
    (patient, clerk): (&Patient, &Patient),
    doctor: &Doctor,
) {
    let shown = format!("/v1/hospitals/{}/arrival-code", stage.doctor.hospital);
    let shown = stage.get(clerk, &shown).await;
    api.hold("GET /v1/hospitals/{id}/arrival-code", &shown);
    let code = json!({"code": shown.json["code"]});
    for body in [&code, &json!({"code": "none"})] {
        let came = stage.post(patient, &format!("{ticket}/arrive"), &key(), body).await;
        api.hold("POST /v1/receptions/{id}/arrive", &came);
    }
    let start = doctor.on(&stage.world, 3, "17:00");
    let booked = stage.book_with(patient, doctor, start, &key()).await;
    let path = format!("/v1/bookings/{}/arrive", booked.booking_id());
    api.hold("POST /v1/bookings/{id}/arrive", &stage.post(patient, &path, &key(), &code).await);
}

/// A doctor may not set rules, a director may.
async fn hold_rule(api: &mut Description, stage: &Stage, clerk: &Patient) {
    let path = format!("/v1/hospitals/{}/line-rule", stage.doctor.hospital);
    for role in ["doctor", "director"] {
        sqlx::query("UPDATE membership SET role = ? WHERE account_id = ?")
            .bind(role)
            .bind(clerk.account.uuid())
            .execute(&stage.world.pool)
            .await
            .expect("another role");
        let set = stage.post(clerk, &path, &key(), &json!({"max_passed": 4})).await;
        api.hold("POST /v1/hospitals/{id}/line-rule", &set);
    }
}

/// A director may set what is done about those who do not come.
async fn hold_no_shows(api: &mut Description, stage: &Stage, clerk: &Patient) {
    sqlx::query("UPDATE membership SET role = 'director' WHERE account_id = ?")
        .bind(clerk.account.uuid())
        .execute(&stage.world.pool)
        .await
        .expect("another role");
    let path = format!("/v1/hospitals/{}/no-show-rule", stage.doctor.hospital);
    let set = stage.post(clerk, &path, &key(), &json!({"held_minutes": 30})).await;
    api.hold("POST /v1/hospitals/{id}/no-show-rule", &set);
    api.hold("GET /v1/hospitals/{id}/no-show-rule", &stage.get(clerk, &path).await);
    let path = format!("/v1/hospitals/{}/no-show-lifts", stage.doctor.hospital);
    let nobody = stage.post(clerk, &path, &key(), &json!({"patient_id": clerk.id})).await;
    api.hold("POST /v1/hospitals/{id}/no-show-lifts", &nobody);
}

/// The desk takes the ticket to the doctor and back.
async fn hold_desk(
    api: &mut Description,
    stage: &Stage,
    ticket: &str,
    (patient, clerk): (&Patient, &Patient),
    line: &str,
) {
    stage.world.employ(clerk, stage.doctor.hospital, "doctor").await;
    let ticket = stage.get(patient, ticket).await.json["id"].clone();
    let step = json!({"ticket_id": ticket, "revision": 1, "step": "arrive"});
    let post = async |what: &str, body: &serde_json::Value| {
        stage.post(clerk, &format!("{line}/{what}"), &key(), body).await
    };
    api.hold("POST /v1/lines/{doctor}/steps", &post("steps", &step).await);
    let walk_in = json!({"name": "김손님", "phone": "010-1234-5678"});
    let walk_in = post("tickets", &walk_in).await;
    api.hold("POST /v1/lines/{doctor}/tickets", &walk_in);
    let walk_in = walk_in.json["outcome"]["ticket"]["id"].as_str().unwrap_or_default();
    for reader in [clerk, patient] {
        let opened = stage.get(reader, &format!("{line}/tickets/{walk_in}")).await;
        api.hold("GET /v1/lines/{doctor}/tickets/{id}", &opened);
    }
    let called = post("next", &json!({})).await;
    api.hold("POST /v1/lines/{doctor}/next", &called);
    let undo = json!({"ticket_id": ticket, "request_id": called.request_id()});
    api.hold("POST /v1/lines/{doctor}/undo", &post("undo", &undo).await);
    let until = text(stage.world.clock.now() + chrono::TimeDelta::seconds(30));
    let pause = json!({"state": "paused", "until": until});
    api.hold("POST /v1/lines/{doctor}/reception", &post("reception", &pause).await);
    api.hold("GET /v1/lines/{doctor}", &stage.get(clerk, line).await);
}
