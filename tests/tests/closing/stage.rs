//! A world with an ingress, a worker and a doctor whose time is closed, and the calls that the tests here make most.

use chrono::TimeDelta;
use docde_tests::api::{key, text};
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Hours, Patient, World, until};
use domain::time::Timestamp;
use platform::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longer than anything here takes on two busy cores: the answer is the outcome.
const WAIT: (&str, &str) = ("prefer", "wait=30");
/// First visits of a day with [`close_steps`].
pub const A_DAY: i64 = 280;

/// A world and what runs in it. The clock stands at 10:00 of Monday the 23rd in Seoul. Copies of schedules are good for ten
/// minutes: what is closed is known by other means.
pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub doctor: Doctor,
    pub director: Patient,
}

/// A visit every five minutes, around the clock.
pub fn close_steps() -> Hours {
    Hours { step: 5, first: 5, again: 5, ..Hours::default() }
}

impl Stage {
    pub async fn new() -> (Self, Service) {
        let stage = Self::without_worker().await;
        let worker = stage.worker().await;
        (stage, worker)
    }

    /// Commands stay queued until a worker is started.
    pub async fn without_worker() -> Self {
        let now = domain::time::parse("2026-11-23T10:00:00+09:00").expect("a time");
        let mut world = World::at(Clock::starting(now, 0.0)).await;
        world.set("DOCDE_DIRECTORY_MS", "600000");
        world.set("DOCDE_PEAK", "none");
        let hospital = world.hospital("Asia/Seoul").await;
        let doctor = world.doctor_at(hospital, &close_steps()).await;
        let director = world.patient().await;
        world.employ(&director, hospital, "director").await;
        let ingress = world.ingress().await;
        Self { world, ingress, doctor, director }
    }

    /// A worker that owns all partitions.
    pub async fn worker(&self) -> Service {
        let worker = self.world.worker().await;
        self.world.owned().await;
        worker
    }

    /// The `n`-th visit from the 25th on.
    pub fn visit(&self, n: i64) -> Timestamp {
        let (days, minutes) = (n / A_DAY, n % A_DAY * 5);
        self.doctor.on(&self.world, 2 + days, "00:00") + TimeDelta::minutes(minutes)
    }

    pub async fn post(&self, who: &Patient, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key), WAIT];
        self.world.call(&self.ingress, who, Method::POST, path, &headers, Some(body)).await
    }

    pub async fn get(&self, who: &Patient, path: &str) -> Answer {
        self.world.get(&self.ingress, who, path).await
    }

    pub async fn delete(&self, who: &Patient, path: &str) -> Answer {
        let key = key();
        let headers = [("idempotency-key", key.as_str()), WAIT];
        self.world.call(&self.ingress, who, Method::DELETE, path, &headers, None).await
    }

    pub async fn book(&self, who: &Patient, at: Timestamp) -> Answer {
        self.book_with(who, &self.doctor, at).await
    }

    pub async fn book_with(&self, who: &Patient, doctor: &Doctor, at: Timestamp) -> Answer {
        let body = json!({"doctor_id": doctor.id, "starts_at": text(at), "visit": "first"});
        self.post(who, "/v1/bookings", &key(), &body).await
    }

    /// Books and expects to get it; the booking's id.
    pub async fn booked(&self, who: &Patient, at: Timestamp) -> Uuid {
        let answer = self.book(who, at).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.booking_id()
    }

    /// The same, not waiting; the request.
    pub async fn queue_booking(&self, who: &Patient, at: Timestamp) -> Uuid {
        let body = json!({"doctor_id": self.doctor.id, "starts_at": text(at), "visit": "first"});
        let (path, key) = ("/v1/bookings", key());
        let answer = self.world.post_async(&self.ingress, who, path, &key, &body).await;
        assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
        answer.request_id()
    }

    /// Of the stage's doctor.
    pub fn closings(&self) -> String {
        format!("/v1/doctors/{}/closings", self.doctor.id)
    }

    /// The director closes the doctor's time.
    pub async fn close(&self, body: &Value) -> Answer {
        self.post(&self.director, &self.closings(), &key(), body).await
    }

    /// The status of a booking, as its patient sees it.
    pub async fn status(&self, who: &Patient, booking: Uuid) -> String {
        let shown = self.get(who, &format!("/v1/bookings/{booking}")).await;
        shown.json["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the closing at that path has ended all; as it is then.
    pub async fn ended(&self, path: &str) -> Value {
        until("a closing to be done", async || {
            let shown = self.get(&self.director, path).await.json["closing"].clone();
            (shown["state"] == "closed").then_some(shown)
        })
        .await
    }
}

/// The closing that a confirmed request made.
#[track_caller]
pub fn closed(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.state()), (201, "confirmed"), "{}", answer.text);
    answer.json["outcome"]["closing"].clone()
}

/// The answer is a problem of that status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
