//! The API's description says of every answer what it is: each status is described, each member is there and of its kind,
//! and no member is answered that the description does not know. Each room holds its own answers, in a file of its own.

mod account;
mod booking;
mod closing;
mod directory;
mod family;
mod line;
mod membership;
mod phone_patients;
mod timetable;

use docde_tests::{Answer, Mails, Patient, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::stage::Stage;

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
    let (mut world, mails) = (World::new().await, Mails::start().await);
    mails.receive_of(&mut world);
    let mut stage = Stage::without_worker(world).await;
    stage.start_worker().await;
    let (patient, other) = (stage.patient().await, stage.patient().await);
    let mut api = Description::of(&stage, &patient).await;
    account::hold(&mut api, &stage, &mails, &patient).await;
    family::hold(&mut api, &stage, &mails, &patient).await;
    booking::hold(&mut api, &stage, &patient, &other).await;
    directory::hold(&mut api, &stage, &patient).await;
    phone_patients::hold(&mut api, &stage, &patient).await;
    line::hold(&mut api, &stage, &patient, &other).await;
    timetable::hold(&mut api, &stage, &stage.patient().await).await;
    closing::hold(&mut api, &stage).await;
    membership::hold(&mut api, &stage, &mails, &patient).await;
    let expected = [
        &account::HELD[..],
        &family::HELD[..],
        &booking::HELD[..],
        &closing::HELD[..],
        &directory::HELD[..],
        &line::HELD[..],
        &membership::HELD[..],
        &phone_patients::HELD[..],
        &timetable::HELD[..],
    ];
    assert_eq!(api.held, expected.concat().into_iter().map(ToOwned::to_owned).collect());
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
