//! A world with an ingress, a worker and a doctor, and the calls that the tests here make most.

use docde_tests::api::key;
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Hours, Patient, World};
use domain::ids::HospitalId;
use platform::clock::Clock;
use serde_json::{Value, json};

/// Longer than anything here takes on two busy cores: the answer is the outcome.
pub const WAIT: (&str, &str) = ("prefer", "wait=30");

pub const RECEPTIONS: &str = "/v1/receptions";

/// A world and what runs in it.
pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub doctor: Doctor,
}

/// From 09:00 to 18:00, every day.
pub fn office_hours() -> Hours {
    Hours { opens: "09:00", closes: "18:00", ..Hours::default() }
}

impl Stage {
    /// One of everything; the clock stands at 10:00 of a Monday in Seoul.
    pub async fn new() -> Self {
        Self::at("2026-11-23T10:00:00+09:00").await
    }

    pub async fn at(time: &str) -> Self {
        let stage = Self::without_worker(time).await;
        stage.world.worker().await;
        stage.world.owned().await;
        stage
    }

    /// Commands stay queued until a worker is started.
    pub async fn without_worker(time: &str) -> Self {
        let now = domain::time::parse(time).expect("a time");
        let world = World::at(Clock::starting(now, 0.0)).await;
        let hospital = world.hospital("Asia/Seoul").await;
        let doctor = world.doctor_at(hospital, &office_hours()).await;
        let ingress = world.ingress().await;
        Self { world, ingress, doctor }
    }

    pub async fn post(&self, patient: &Patient, path: &str, key: &str, body: &Value) -> Answer {
        self.post_at(&self.ingress, patient, path, key, body).await
    }

    pub async fn post_at(
        &self,
        at: &Service,
        patient: &Patient,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Answer {
        let headers = [("idempotency-key", key), WAIT];
        self.world.call(at, patient, reqwest::Method::POST, path, &headers, Some(body)).await
    }

    /// A number in the stage's line, under a fresh key.
    pub async fn take(&self, patient: &Patient) -> Answer {
        self.take_with(patient, &self.doctor).await
    }

    pub async fn take_with(&self, patient: &Patient, doctor: &Doctor) -> Answer {
        self.post(patient, RECEPTIONS, &key(), &json!({"doctor_id": doctor.id})).await
    }

    /// The same, not waiting.
    pub async fn take_async(&self, patient: &Patient) -> Answer {
        let body = json!({"doctor_id": self.doctor.id});
        let path = RECEPTIONS;
        let answer = self.world.post_async(&self.ingress, patient, path, &key(), &body).await;
        assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
        answer
    }

    /// Takes a number and expects to get it; the ticket.
    pub async fn taken(&self, patient: &Patient) -> Value {
        ticket(&self.take(patient).await)
    }

    pub async fn cancel(&self, patient: &Patient, ticket: &Value) -> Answer {
        let path = format!("{}/cancel", path_of(ticket));
        self.post(patient, &path, &key(), &json!({})).await
    }

    /// Somebody who works at the stage's hospital.
    pub async fn clerk(&self, role: &str) -> Patient {
        self.clerk_at(role, self.doctor.hospital).await
    }

    pub async fn clerk_at(&self, role: &str, hospital: HospitalId) -> Patient {
        let clerk = self.world.patient().await;
        self.world.employ(&clerk, hospital, role).await;
        clerk
    }

    /// The path of the stage's line, with what follows.
    pub fn line(&self, rest: &str) -> String {
        format!("/v1/lines/{}{rest}", self.doctor.id)
    }

    /// A step of the desk, under a fresh key.
    pub async fn step(&self, clerk: &Patient, ticket: &Value, revision: u32, step: &str) -> Answer {
        let body = json!({"ticket_id": ticket["id"], "revision": revision, "step": step});
        self.post(clerk, &self.line("/steps"), &key(), &body).await
    }

    /// Calls the next one after the ticket that was called last.
    pub async fn next(&self, clerk: &Patient, after: Option<&str>) -> Answer {
        self.post(clerk, &self.line("/next"), &key(), &json!({"after": after})).await
    }

    pub async fn get(&self, patient: &Patient, path: &str) -> Answer {
        self.world.get(&self.ingress, patient, path).await
    }
}

pub fn path_of(ticket: &Value) -> String {
    format!("{RECEPTIONS}/{}", ticket["id"].as_str().expect("a ticket's id"))
}

/// The ticket that a confirmed request made or found.
#[track_caller]
pub fn ticket(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.state()), (201, "confirmed"), "{}", answer.text);
    let ticket = answer.json["outcome"]["ticket"].clone();
    assert_eq!(answer.header("location"), path_of(&ticket));
    assert_eq!(answer.json["subject"]["ticket_id"], ticket["id"], "{}", answer.text);
    ticket
}

/// The answer is a problem of that status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
