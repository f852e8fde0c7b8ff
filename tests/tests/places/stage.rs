//! A world with an ingress, a worker, a doctor and the hospital's director, and the calls that the tests here make most.

use docde_tests::api::{key, text};
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Hours, Patient, World};
use domain::time::Timestamp;
use platform::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};

/// Longer than anything here takes on two busy cores: the answer is the outcome.
const WAIT: (&str, &str) = ("prefer", "wait=30");

/// A world and what runs in it. It is Monday, 2026-11-23, ten o'clock in Seoul, and the clock stands.
pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub doctor: Doctor,
    pub director: Patient,
}

impl Stage {
    pub async fn new() -> Self {
        let stage = Self::without_worker().await;
        stage.world.worker().await;
        stage.world.owned().await;
        stage
    }

    /// Commands stay queued until a worker is started. Schedules are kept for long, so that nothing here is right by age.
    pub async fn without_worker() -> Self {
        let now = domain::time::parse("2026-11-23T10:00:00+09:00").expect("a time");
        let mut world = World::at(Clock::starting(now, 0.0)).await;
        world.set("DOCDE_DIRECTORY_MS", "600000");
        let hospital = world.hospital("Asia/Seoul").await;
        let hours =
            Hours { opens: "09:00", closes: "18:00", step: 30, again: 30, ..Hours::default() };
        let doctor = world.doctor_at(hospital, &hours).await;
        let director = world.patient().await;
        world.employ(&director, hospital, "director").await;
        let ingress = world.ingress().await;
        Self { world, ingress, doctor, director }
    }

    /// Somebody who works at the stage's hospital in another role.
    pub async fn clerk(&self) -> Patient {
        let clerk = self.world.patient().await;
        self.world.employ(&clerk, self.doctor.hospital, "receptionist").await;
        clerk
    }

    /// The director of another hospital.
    pub async fn stranger(&self) -> Patient {
        let stranger = self.world.patient().await;
        let elsewhere = self.world.hospital("Asia/Seoul").await;
        self.world.employ(&stranger, elsewhere, "director").await;
        stranger
    }

    pub async fn get(&self, who: &Patient, path: &str) -> Answer {
        self.world.get(&self.ingress, who, path).await
    }

    /// A change under a fresh key, waiting for its outcome.
    pub async fn change(
        &self,
        who: &Patient,
        (method, path): (Method, &str),
        if_match: &str,
        body: &Value,
    ) -> Answer {
        self.change_as(who, (method, path), (&key(), if_match), body).await
    }

    pub async fn change_as(
        &self,
        who: &Patient,
        (method, path): (Method, &str),
        (key, if_match): (&str, &str),
        body: &Value,
    ) -> Answer {
        let mut headers = vec![("idempotency-key", key), WAIT];
        if !if_match.is_empty() {
            headers.push(("if-match", if_match));
        }
        let body = (*body != Value::Null).then_some(body);
        self.world.call(&self.ingress, who, method, path, &headers, body).await
    }

    /// The path of the stage's doctor, and what is below it.
    pub fn of_doctor(&self, below: &str) -> String {
        format!("/v1/doctors/{}{below}", self.doctor.id)
    }

    /// The schedule's ETag.
    pub async fn etag(&self) -> String {
        let shown = self.get(&self.director, &self.of_doctor("/schedule")).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.header("etag").to_owned()
    }

    /// Sets the doctor's schedule from what is there now.
    pub async fn set(&self, body: &Value) -> Answer {
        let (path, etag) = (self.of_doctor("/schedule"), self.etag().await);
        self.change(&self.director, (Method::PUT, &path), &etag, body).await
    }

    pub async fn book(&self, patient: &Patient, at: Timestamp) -> Answer {
        let body = json!({"doctor_id": self.doctor.id, "starts_at": text(at), "visit": "return"});
        self.change(patient, (Method::POST, "/v1/bookings"), "", &body).await
    }

    /// Books for somebody new and expects to get it.
    pub async fn booked(&self, at: Timestamp) -> (Patient, uuid::Uuid) {
        let patient = self.world.patient().await;
        let answer = self.book(&patient, at).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        (patient, answer.booking_id())
    }

    /// What somebody new is told who books then.
    pub async fn tried(&self, at: Timestamp) -> String {
        let answer = self.book(&self.world.patient().await, at).await;
        if answer.status == 201 { "BOOKED".to_owned() } else { answer.code().to_owned() }
    }

    /// That time of that date, in Seoul.
    pub fn on(&self, day: &str, at: &str) -> Timestamp {
        self.doctor.on_day(day.parse().expect("a date"), at)
    }

    /// Starts that are shown of a date.
    pub async fn starts(&self, day: &str) -> Vec<String> {
        self.starts_with(day, 0).await
    }

    /// Starts of a date that somebody can still have.
    pub async fn starts_free(&self, day: &str) -> Vec<String> {
        self.starts_with(day, 1).await
    }

    async fn starts_with(&self, day: &str, seats: u64) -> Vec<String> {
        let path = self.of_doctor(&format!("/slots?from={day}&to={day}&limit=100"));
        let shown = self.get(&self.director, &path).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let starts = shown.json["items"].as_array().expect("items").iter();
        let starts = starts.filter(|slot| slot["seats_free"].as_u64() >= Some(seats));
        starts
            .filter_map(|slot| Some(slot["starts_at"].as_str()?.get(11..16)?.to_owned()))
            .collect()
    }
}

/// From nine to `closes` every day, from a date on.
pub fn until(from: &str, closes: &str) -> Value {
    let hours: Vec<Value> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .map(|day| json!({"weekday": day, "opens": "09:00", "closes": closes}))
        .collect();
    json!({"from": from, "slot_minutes": 30, "first_minutes": 30, "return_minutes": 30, "hours": hours})
}

/// The answer is a problem of that status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
