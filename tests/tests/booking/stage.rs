//! A world with an ingress, a worker and a doctor, and the calls that the tests here make most.

use chrono::TimeDelta;
use docde_tests::api::{key, text};
use docde_tests::world::{PARTITIONS, Service};
use docde_tests::{Answer, Doctor, Patient, World, until};
use domain::time::Timestamp;
use platform::clock::Clock;
use platform::kv::Kv;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::consistency;

/// Longer than anything here takes on two busy cores: the answer is the outcome.
pub const WAIT: (&str, &str) = ("prefer", "wait=30");

/// A world and what runs in it.
pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub doctor: Doctor,
    workers: Vec<Service>,
    /// Further ingresses.
    pub others: Vec<Service>,
}

/// A clock that stands (and can be advanced), so that no rule meets a boundary by chance.
pub fn standing(at: &str) -> Clock {
    Clock::starting(domain::time::parse(at).expect("a time"), 0.0)
}

impl Stage {
    /// One of everything, by the host's time.
    pub async fn new() -> Self {
        let mut stage = Self::without_worker(World::new().await).await;
        stage.start_worker().await;
        stage
    }

    /// One of everything in a world with another clock.
    pub async fn at(time: &str) -> Self {
        let mut stage = Self::without_worker(World::at(standing(time)).await).await;
        stage.start_worker().await;
        stage
    }

    /// Commands stay queued until a worker is started.
    pub async fn without_worker(world: World) -> Self {
        let doctor = world.doctor().await;
        let ingress = world.ingress().await;
        Self { world, ingress, doctor, workers: Vec::new(), others: Vec::new() }
    }

    /// Starts a worker and waits until every partition has an owner.
    pub async fn start_worker(&mut self) {
        self.workers.push(self.world.worker().await);
        until("every partition to be owned", async || {
            let owned = self
                .world
                .count("SELECT COUNT(*) FROM partition_state WHERE owner IS NOT NULL")
                .await;
            (owned == i64::from(PARTITIONS)).then_some(())
        })
        .await;
    }

    /// Until the ingress knows that Redis has forgotten nothing, and refuses by itself what it may: before, it asks
    /// the worker, since any request might be the retry of one that was accepted.
    pub async fn door_is_sure(&self) {
        let patient = self.patient().await;
        until("the door to be sure", async || {
            let answer = self.book(&patient, self.slot("10:07")).await;
            refused(&answer, 422, "SLOT_NOT_OFFERED");
            (answer.json["accepted"] == false).then_some(())
        })
        .await;
    }

    /// Stops the workers; what comes then waits for the next one.
    pub async fn stop_workers(&mut self) {
        for worker in self.workers.drain(..) {
            worker.stop().await;
        }
        sqlx::query("UPDATE partition_state SET owner = NULL")
            .execute(&self.world.pool)
            .await
            .expect("no owner");
    }

    /// Starts a further ingress.
    pub async fn another_ingress(&mut self) {
        self.others.push(self.world.ingress().await);
    }

    /// Waits until all is settled, looks whether the tables fit together, stops everything and removes the world.
    pub async fn finish(self) {
        self.world.ends_with(&[]).await;
        consistency::check(&self.world).await;
        for service in self.others.into_iter().chain([self.ingress]).chain(self.workers) {
            service.stop().await;
        }
        self.world.remove().await;
    }

    pub async fn patient(&self) -> Patient {
        self.world.patient().await
    }

    /// That time, two days from now, with the stage's doctor.
    pub fn slot(&self, at: &str) -> Timestamp {
        self.doctor.on(&self.world, 2, at)
    }

    /// Any command, waiting for its outcome.
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

    /// A first visit with the stage's doctor, under a fresh key.
    pub async fn book(&self, patient: &Patient, at: Timestamp) -> Answer {
        self.book_with(patient, &self.doctor, at, &key()).await
    }

    pub async fn book_with(
        &self,
        patient: &Patient,
        doctor: &Doctor,
        at: Timestamp,
        key: &str,
    ) -> Answer {
        self.post(patient, "/v1/bookings", key, &first_visit(doctor, at)).await
    }

    /// The same, not waiting; the request's id.
    pub async fn book_async(
        &self,
        patient: &Patient,
        doctor: &Doctor,
        at: Timestamp,
        key: &str,
    ) -> Uuid {
        let answer = self
            .world
            .post_async(&self.ingress, patient, "/v1/bookings", key, &first_visit(doctor, at))
            .await;
        assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
        answer.request_id()
    }

    /// Books and expects to get it; the booking's id.
    pub async fn booked(&self, patient: &Patient, at: Timestamp) -> Uuid {
        let answer = self.book(patient, at).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.booking_id()
    }

    pub async fn cancel(&self, patient: &Patient, booking: Uuid) -> Answer {
        self.post(patient, &format!("/v1/bookings/{booking}/cancel"), &key(), &json!({})).await
    }

    pub async fn reschedule(&self, patient: &Patient, booking: Uuid, at: Timestamp) -> Answer {
        self.post(
            patient,
            &format!("/v1/bookings/{booking}/reschedule"),
            &key(),
            &json!({"starts_at": text(at)}),
        )
        .await
    }

    pub async fn get(&self, patient: &Patient, path: &str) -> Answer {
        self.world.get(&self.ingress, patient, path).await
    }

    pub async fn decided(&self, patient: &Patient, request: Uuid) -> Answer {
        self.world.decided(&self.ingress, patient, request).await
    }

    /// Redis as the services use it.
    pub fn kv(&self) -> Kv {
        Kv::from_env(&self.world.env()).expect("REDIS_URL")
    }

    /// Deletes the keys of these names.
    pub async fn forget(&self, names: &[String]) {
        let kv = self.kv();
        let mut connection = kv.connection().await.expect("Redis");
        for name in names {
            let _: u64 = redis::cmd("DEL")
                .arg(kv.key(name))
                .query_async(&mut connection)
                .await
                .expect("DEL");
        }
    }

    pub fn advance_minutes(&self, minutes: i64) {
        self.world.clock.advance(TimeDelta::minutes(minutes));
    }
}

/// The body of a first visit (30 minutes by default).
pub fn first_visit(doctor: &Doctor, at: Timestamp) -> Value {
    json!({"doctor_id": doctor.id, "starts_at": text(at), "visit": "first"})
}

/// The answer is a problem of that status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json["status"], status);
    assert_eq!(answer.json["type"], format!("urn:docde:problem:{code}"));
}
