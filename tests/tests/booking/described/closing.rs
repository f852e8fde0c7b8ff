//! Answers about closings.

use chrono::Days;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use super::Description;
use crate::stage::{Stage, WAIT};

/// What is held against the description.
pub const HELD: [&str; 15] = [
    "GET /v1/doctors/{id}/closings 200",
    "GET /v1/doctors/{id}/closings/{closing} 200",
    "GET /v1/doctors/{id}/closings/{closing} 404",
    "POST /v1/doctors/{id}/closings 200",
    "POST /v1/doctors/{id}/closings 201",
    "POST /v1/doctors/{id}/closings 202",
    "POST /v1/doctors/{id}/closings 422",
    "DELETE /v1/doctors/{id}/closings/{closing} 200",
    "DELETE /v1/doctors/{id}/closings/{closing} 409",
    "GET /v1/hospitals/{id}/closings 200",
    "GET /v1/hospitals/{id}/closings/{closing} 200",
    "POST /v1/hospitals/{id}/closings 200",
    "POST /v1/hospitals/{id}/closings 201",
    "POST /v1/hospitals/{id}/closings 400",
    "DELETE /v1/hospitals/{id}/closings/{closing} 200",
];

/// Holds them: far from the days that others book.
pub async fn hold(api: &mut Description, stage: &Stage) {
    let director = stage.world.patient().await;
    stage.world.employ(&director, stage.doctor.hospital, "director").await;
    let patient = stage.patient().await;
    let start = stage.doctor.on(&stage.world, 200, "10:00");
    stage.booked(&patient, start).await;
    let day = domain::time::day_of(start, stage.doctor.zone);
    let body = json!({"first_day": day, "from": "09:00", "until": "12:00", "reason": "leave"});
    let whose = [
        ("doctors", stage.doctor.id.to_string()),
        ("hospitals", stage.doctor.hospital.to_string()),
    ];
    for (kind, id) in whose {
        let (list, one) = (
            format!("/v1/{kind}/{{id}}/closings"),
            format!("/v1/{kind}/{{id}}/closings/{{closing}}"),
        );
        let path = format!("/v1/{kind}/{id}/closings");
        let post = async |rest: &str, body: &Value| {
            stage.post(&director, &format!("{path}{rest}"), &key(), body).await
        };
        api.hold(&format!("POST {list}"), &post("?dry_run=true", &body).await);
        let closed = post("", &body).await;
        api.hold(&format!("POST {list}"), &closed);
        let made = closed.header("location");
        api.hold(&format!("GET {list}"), &stage.get(&director, &path).await);
        api.hold(&format!("GET {one}"), &stage.get(&director, made).await);
        let open = async || {
            let (key, method) = (key(), Method::DELETE);
            let headers = [("idempotency-key", key.as_str()), WAIT];
            stage.world.call(&stage.ingress, &director, method, made, &headers, None).await
        };
        api.hold(&format!("DELETE {one}"), &open().await);
        if kind == "hospitals" {
            api.hold(&format!("POST {list}"), &post("", &json!({})).await);
            continue;
        }
        api.hold(&format!("DELETE {one}"), &open().await);
        api.hold(&format!("GET {one}"), &stage.get(&patient, made).await);
        let long_ago = json!({"first_day": day - Days::new(300)});
        api.hold(&format!("POST {list}"), &post("", &long_ago).await);
        let (world, ingress) = (&stage.world, &stage.ingress);
        let sent = world.post_async(ingress, &director, &path, &key(), &body).await;
        api.hold(&format!("POST {list}"), &sent);
        stage.decided(&director, sent.request_id()).await;
    }
}
