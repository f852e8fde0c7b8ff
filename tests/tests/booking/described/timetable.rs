//! Answers about hospitals, doctors and schedules as directors make and change them.

use docde_tests::{Answer, Patient};
use reqwest::Method;
use serde_json::{Value, json};

use super::Description;
use crate::stage::{Stage, WAIT};

/// What is held against the description.
pub const HELD: [&str; 16] = [
    "POST /v1/hospitals 201",
    "POST /v1/hospitals 404",
    "PATCH /v1/hospitals/{id} 200",
    "PATCH /v1/hospitals/{id} 412",
    "PATCH /v1/hospitals/{id} 428",
    "POST /v1/hospitals/{id}/doctors 201",
    "PATCH /v1/doctors/{id} 200",
    "GET /v1/doctors/{id}/schedule 200",
    "PUT /v1/doctors/{id}/schedule 200",
    "PUT /v1/doctors/{id}/schedule 422",
    "PUT /v1/doctors/{id}/schedule/days/{day} 200",
    "DELETE /v1/doctors/{id}/schedule/days/{day} 404",
    "GET /v1/doctors/{id}/schedule/conflicts 200",
    "DELETE /v1/doctors/{id} 200",
    "DELETE /v1/hospitals/{id} 200",
    "DELETE /v1/hospitals/{id} 404",
];

async fn change(
    stage: &Stage,
    who: &Patient,
    (method, path): (Method, &str),
    if_match: &str,
    body: &Value,
) -> Answer {
    let key = docde_tests::api::key();
    let mut headers = vec![("idempotency-key", key.as_str()), WAIT];
    if !if_match.is_empty() {
        headers.push(("if-match", if_match));
    }
    let body = (*body != Value::Null).then_some(body);
    stage.world.call(&stage.ingress, who, method, path, &headers, body).await
}

/// A hospital, from its making to its end.
pub async fn hold(api: &mut Description, stage: &Stage, director: &Patient) {
    let clinic = json!({"name": "새봄의원", "kind": "의원", "address": "서울특별시 강남구 1", "phone": "02-123-4567"});
    let at = (Method::POST, "/v1/hospitals");
    api.hold("POST /v1/hospitals", &change(stage, director, at, "", &clinic).await);
    sqlx::query("UPDATE account SET operator = 1 WHERE id = ?")
        .bind(director.account.uuid())
        .execute(&stage.world.pool)
        .await
        .expect("an operator");
    let at = (Method::POST, "/v1/hospitals");
    let made = change(stage, director, at, "", &clinic).await;
    api.hold("POST /v1/hospitals", &made);
    let id: domain::ids::HospitalId =
        made.json["id"].as_str().expect("an id").parse().expect("an id");
    stage.world.employ(director, id, "director").await;
    let hospital = format!("/v1/hospitals/{id}");
    let edit = json!({"announcement": "휴진 안내", "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}]});
    for if_match in ["\"1\"", "\"1\"", ""] {
        let edited = change(stage, director, (Method::PATCH, &hospital), if_match, &edit).await;
        api.hold("PATCH /v1/hospitals/{id}", &edited);
    }
    let (doctors, new) =
        (format!("{hospital}/doctors"), json!({"name": "이의사", "department": "내과"}));
    let added = change(stage, director, (Method::POST, &doctors), "", &new).await;
    api.hold("POST /v1/hospitals/{id}/doctors", &added);
    let doctor = format!("/v1/doctors/{}", added.json["id"].as_str().expect("an id"));
    let edited =
        change(stage, director, (Method::PATCH, &doctor), "\"1\"", &json!({"name": "박의사"}))
            .await;
    api.hold("PATCH /v1/doctors/{id}", &edited);
    schedule(api, stage, director, &doctor).await;
    let left = change(stage, director, (Method::DELETE, &doctor), "\"2\"", &Value::Null).await;
    api.hold("DELETE /v1/doctors/{id}", &left);
    for _ in 0..2 {
        let closed =
            change(stage, director, (Method::DELETE, &hospital), "\"2\"", &Value::Null).await;
        api.hold("DELETE /v1/hospitals/{id}", &closed);
    }
}

async fn schedule(api: &mut Description, stage: &Stage, director: &Patient, doctor: &str) {
    const SET: &str = "PUT /v1/doctors/{id}/schedule";
    let path = format!("{doctor}/schedule");
    let today = domain::time::day_of(stage.world.clock.now(), chrono_tz::Asia::Seoul);
    let mut terms = json!({"from": today, "slot_minutes": 15, "first_minutes": 30, "return_minutes": 15,
        "release": {"days": 14, "at": "08:00"}, "horizon_days": 30,
        "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00", "breaks": [{"from": "12:30", "until": "14:00"}]}]});
    let trial = format!("{path}?dry_run=true");
    api.hold(SET, &change(stage, director, (Method::PUT, &trial), "\"0\"", &terms).await);
    api.hold(SET, &change(stage, director, (Method::PUT, &path), "\"0\"", &terms).await);
    let day = format!("{path}/days/{today}");
    let hours = json!({"opens": "10:00", "closes": "12:00"});
    let set = change(stage, director, (Method::PUT, &day), "\"1\"", &hours).await;
    api.hold("PUT /v1/doctors/{id}/schedule/days/{day}", &set);
    api.hold("GET /v1/doctors/{id}/schedule", &stage.get(director, &path).await);
    let tomorrow = format!("{path}/days/{}", today.succ_opt().expect("a day"));
    let cleared = change(stage, director, (Method::DELETE, &tomorrow), "\"2\"", &Value::Null).await;
    api.hold("DELETE /v1/doctors/{id}/schedule/days/{day}", &cleared);
    terms["seats"] = json!(0);
    api.hold(SET, &change(stage, director, (Method::PUT, &path), "\"2\"", &terms).await);
    let conflicts = stage.get(director, &format!("{path}/conflicts")).await;
    api.hold("GET /v1/doctors/{id}/schedule/conflicts", &conflicts);
}
