//! The API's description says of every answer what it is: each status is described, each member is there and of its kind,
//! and no member is answered that the description does not know.

use docde_tests::api::{key, text};
use docde_tests::{Answer, Patient};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::stage::{Stage, first_visit};

/// The description that the ingress serves, and what of it was held against an answer.
struct Description {
    api: Value,
    held: BTreeSet<String>,
}

impl Description {
    async fn of(stage: &Stage, patient: &Patient) -> Self {
        let mut api = stage.get(patient, "/openapi.json").await.json;
        for (name, schema) in api["components"]["schemas"].as_object_mut().expect("schemas") {
            // A refusal may carry more, as its code says.
            if name != "Problem" {
                schema["additionalProperties"] = json!(false);
            }
        }
        Self { api, held: BTreeSet::new() }
    }

    /// Holds an answer to `METHOD /path` against its description.
    fn hold(&mut self, operation: &str, answer: &Answer) {
        let faults = self.faults(operation, answer);
        assert!(faults.is_empty(), "{operation} {}: {faults:#?}\n{}", answer.status, answer.text);
        self.held.insert(format!("{operation} {}", answer.status));
    }

    /// What the answer is not that it should be.
    fn faults(&self, operation: &str, answer: &Answer) -> Vec<String> {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let responses = &self.api["paths"][path][method.to_lowercase()]["responses"];
        let (exact, class) = (answer.status.to_string(), format!("{}XX", answer.status / 100));
        let response = responses.get(&exact).or_else(|| responses.get(&class));
        let response = response.unwrap_or_else(|| panic!("{operation} does not tell of {exact}"));
        let content = &response["content"][answer.header("content-type")];
        assert!(
            content.is_object(),
            "{operation} {exact} is {}: {response}",
            answer.header("content-type")
        );
        let mut schema = content["schema"].clone();
        schema["components"] = self.api["components"].clone();
        let validator =
            jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        validator
            .iter_errors(&answer.json)
            .map(|fault| format!("{fault} at {}", fault.instance_path()))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_as_described() {
    let stage = Stage::new().await;
    let (patient, other) = (stage.patient().await, stage.patient().await);
    let mut api = Description::of(&stage, &patient).await;
    hold_commands(&mut api, &stage, &patient, &other).await;
    hold_readings(&mut api, &stage, &patient).await;
    let expected: BTreeSet<String> = [
        "GET /v1/bookings 200",
        "GET /v1/bookings/{id} 200",
        "GET /v1/bookings/{id} 404",
        "GET /v1/doctors 200",
        "GET /v1/doctors 400",
        "GET /v1/doctors/{id} 200",
        "GET /v1/doctors/{id}/slots 200",
        "GET /v1/doctors/{id}/slots 400",
        "GET /v1/hospitals 200",
        "GET /v1/hospitals/{id} 200",
        "GET /v1/requests/{id} 200",
        "GET /v1/requests/{id} 404",
        "POST /v1/bookings 201",
        "POST /v1/bookings 202",
        "POST /v1/bookings 400",
        "POST /v1/bookings 401",
        "POST /v1/bookings 409",
        "POST /v1/bookings/{id}/cancel 200",
        "POST /v1/bookings/{id}/reschedule 200",
    ]
    .map(ToOwned::to_owned)
    .into();
    assert_eq!(api.held, expected);
    for (path, methods) in api.api["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let operation = format!("{} {path} ", method.to_uppercase());
            let is_held = api.held.iter().any(|held| held.starts_with(&operation));
            assert!(is_held, "{operation}is described, and no answer of it was held against that");
        }
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_as_described_is_seen() {
    const SHOWN: &str = "GET /v1/bookings/{id}";
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let api = Description::of(&stage, &patient).await;
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let answer = stage.get(&patient, &format!("/v1/bookings/{booking}")).await;
    assert_eq!(api.faults(SHOWN, &answer), [""; 0]);
    for (member, value) in [
        ("unheard_of", json!(1)),
        ("revision", json!("1")),
        ("starts_at", json!("tomorrow")),
        ("doctor_id", json!("x")),
    ] {
        let mut other = answer.clone();
        other.json[member] = value;
        assert_eq!(api.faults(SHOWN, &other).len(), 1, "{member}");
    }
    let mut other = answer.clone();
    other.json.as_object_mut().expect("an object").remove("status");
    assert_eq!(api.faults(SHOWN, &other).len(), 1);
    stage.finish().await;
}

async fn hold_commands(api: &mut Description, stage: &Stage, patient: &Patient, other: &Patient) {
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
}

async fn hold_readings(api: &mut Description, stage: &Stage, patient: &Patient) {
    let (doctor, hospital) = (stage.doctor.id, stage.doctor.hospital);
    let span = |days| {
        let (from, to) = (stage.slot("00:00"), stage.slot("00:00") + chrono::TimeDelta::days(days));
        format!(
            "/v1/doctors/{doctor}/slots?from={}&to={}",
            from.format("%FT%TZ"),
            to.format("%FT%TZ")
        )
    };
    for (operation, path) in [
        ("GET /v1/bookings", "/v1/bookings".to_owned()),
        ("GET /v1/doctors", "/v1/doctors".to_owned()),
        ("GET /v1/doctors", "/v1/doctors?limit=0".to_owned()),
        ("GET /v1/doctors/{id}", format!("/v1/doctors/{doctor}")),
        ("GET /v1/doctors/{id}/slots", span(1)),
        ("GET /v1/doctors/{id}/slots", span(32)),
        ("GET /v1/hospitals", "/v1/hospitals".to_owned()),
        ("GET /v1/hospitals/{id}", format!("/v1/hospitals/{hospital}")),
    ] {
        api.hold(operation, &stage.get(patient, &path).await);
    }
}
