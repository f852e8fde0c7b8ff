//! A hospital with everybody who works there, another one, and the things that a route is tried with.

use chrono::NaiveDate;
use docde_tests::api::{key, text};
use docde_tests::{Answer, Doctor, Patient};
use domain::ids::HospitalId;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

use crate::stage::{PASSWORD, SIGN_UP, Stage, sign_up};

/// Who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    Anonymous,
    Patient,
    /// At the scene's hospital, in this role.
    Here(&'static str),
    Operator,
    /// At another one.
    Elsewhere(&'static str),
}

/// What a route is called with.
pub struct Sample {
    pub path: String,
    pub body: Option<Value>,
    /// Beside key and token.
    pub headers: Vec<(&'static str, String)>,
    /// Whoever may call gets this refusal, which has nothing to do with who they are.
    pub refused_later: Option<(u16, &'static str)>,
}

pub struct Scene {
    pub stage: Stage,
    /// With a doctor whose slots are booked; a director works there, always.
    pub hospital: HospitalId,
    pub doctor: Doctor,
    elsewhere: HospitalId,
    /// A receptionist, for what has to be there before.
    pub clerk: Patient,
    /// The director who works there, and elsewhere.
    director: Patient,
    /// Of [`PASSWORD`].
    password: String,
    slots: AtomicU32,
}

impl Sample {
    pub fn of(scene: &Scene, operation: &str) -> Self {
        let (_, path) = operation.split_once(' ').expect("a method and a path");
        let path = path.replace("{doctor}", &scene.doctor.id.to_string());
        let (hospital, doctor) = (scene.hospital.to_string(), scene.doctor.id.to_string());
        let path = path.replace("/hospitals/{id}", &format!("/hospitals/{hospital}"));
        let path = path.replace("/doctors/{id}", &format!("/doctors/{doctor}"));
        Self { path, body: None, headers: Vec::new(), refused_later: None }
    }

    /// With this in the place of a name in the path.
    pub fn at(mut self, name: &str, value: &str) -> Self {
        self.path = self.path.replace(&format!("{{{name}}}"), value);
        self
    }

    pub fn query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// In that revision.
    pub fn seen(mut self, revision: &str) -> Self {
        self.headers.push(("if-match", revision.to_owned()));
        self
    }

    /// Whoever may call is refused all the same.
    pub fn refused_later(mut self, status: u16, code: &'static str) -> Self {
        self.refused_later = Some((status, code));
        self
    }
}

impl Scene {
    pub async fn new() -> Self {
        let stage = Stage::with(&[
            ("DOCDE_PUBLIC_BURST", "100000"),
            ("DOCDE_LOOK_UPS_AN_HOUR", "10000"),
            ("DOCDE_ENTERED_AN_HOUR", "10000"),
        ])
        .await;
        let doctor = stage.world.doctor().await;
        let elsewhere = stage.world.hospital("Asia/Seoul").await;
        // One owner holds a time for each cell of the table.
        let sql = "UPDATE hospital SET max_holds = 20, max_holds_hour = 100";
        sqlx::query(sql).execute(&stage.world.pool).await.expect("limits");
        let clerk = stage.world.patient().await;
        stage.world.employ(&clerk, doctor.hospital, "receptionist").await;
        let director = stage.world.patient().await;
        for hospital in [doctor.hospital, elsewhere] {
            stage.world.employ(&director, hospital, "director").await;
        }
        stage.world.worker().await;
        stage.world.owned().await;
        let code = stage.code("hashed@clinic.kr", "sign_up").await;
        let made = stage.post(SIGN_UP, &key(), &sign_up("hashed@clinic.kr", &code)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let sql = "SELECT password FROM account WHERE email = 'hashed@clinic.kr'";
        let password = sqlx::query_scalar(sql).fetch_one(&stage.world.pool).await.expect("a hash");
        let hospital = doctor.hospital;
        let slots = AtomicU32::new(0);
        Self { stage, hospital, doctor, elsewhere, clerk, director, password, slots }
    }

    /// Somebody new in that role, with an address and the password.
    pub async fn caller(&self, caller: Caller) -> Patient {
        let made = self.stage.world.patient().await;
        let sql = "UPDATE account SET email = ?, password = ?, name = '김철수', operator = ? WHERE id = ?";
        let query = sqlx::query(sql).bind(email(&made)).bind(&self.password);
        let query = query.bind(caller == Caller::Operator).bind(made.account.uuid());
        query.execute(&self.stage.world.pool).await.expect("an account");
        match caller {
            Caller::Here(role) => self.stage.world.employ(&made, self.hospital, role).await,
            Caller::Elsewhere(role) => self.stage.world.employ(&made, self.elsewhere, role).await,
            Caller::Anonymous | Caller::Patient | Caller::Operator => {}
        }
        made
    }

    pub async fn get(&self, who: &Patient, path: &str) -> Answer {
        self.stage.world.get(&self.stage.ingress, who, path).await
    }

    /// Posts and expects it to be done.
    pub async fn done(&self, who: &Patient, path: &str, body: Value) -> Value {
        self.post(who, path, &body).await.json
    }

    /// The same; the path of what was made.
    pub async fn made(&self, who: &Patient, path: &str, body: Value) -> String {
        self.post(who, path, &body).await.header("location").to_owned()
    }

    async fn post(&self, who: &Patient, path: &str, body: &Value) -> Answer {
        let (key, token) = (key(), Some(who.token.as_str()));
        let headers = [("idempotency-key", key.as_str()), ("prefer", "wait=30")];
        let call = self.stage.call(reqwest::Method::POST, path, token, &headers, Some(body));
        let answer = call.await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        answer
    }

    /// In the revision that what it is about has now; of a date, that is the doctor's schedule.
    pub async fn as_it_is(&self, sample: Sample) -> Sample {
        let path = sample.path.split_once("/days/").map_or(sample.path.as_str(), |(path, _)| path);
        let revision = self.get(&self.clerk, path).await.header("etag").to_owned();
        Sample { headers: Vec::new(), ..sample }.seen(&revision)
    }

    /// Gives the date that the sample names those hours.
    pub async fn open(&self, sample: &Sample, hours: Value) {
        let (key, token) = (key(), Some(self.director.token.as_str()));
        let mut headers = vec![("idempotency-key", key.as_str()), ("prefer", "wait=30")];
        headers.extend(sample.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let call =
            self.stage.call(reqwest::Method::PUT, &sample.path, token, &headers, Some(&hours));
        let answer = call.await;
        assert_eq!(answer.status, 200, "{}: {}", sample.path, answer.text);
    }

    /// A day on which nobody books.
    pub fn free_day(&self) -> NaiveDate {
        let number = self.slots.fetch_add(1, Ordering::Relaxed);
        let start = self.doctor.on(&self.stage.world, 20 + i64::from(number % 300), "12:00");
        domain::time::day_of(start, self.doctor.zone)
    }

    /// A time that nobody has booked yet, on a day to come.
    pub fn slot(&self) -> String {
        let number = self.slots.fetch_add(1, Ordering::Relaxed);
        let midnight = self.doctor.on(&self.stage.world, 2 + i64::from(number / 40), "00:00");
        text(midnight + chrono::TimeDelta::minutes(30 * i64::from(number % 40)))
    }

    /// The request of a booking of the account's own.
    pub async fn booked(&self, owner: &Patient) -> Value {
        let body = json!({"doctor_id": self.doctor.id, "starts_at": self.slot(), "visit": "first"});
        self.done(owner, "/v1/bookings", body).await
    }

    /// Another doctor of the hospital, whose line has nobody in it.
    pub async fn line(&self) -> Doctor {
        self.stage.world.doctor_at(self.hospital, &docde_tests::Hours::default()).await
    }

    /// A booking of the account's own for half an hour from now.
    pub async fn booked_today(&self, owner: &Patient, doctor: &Doctor) -> Value {
        let start = text(doctor.on(&self.stage.world, 0, "10:30"));
        let body = json!({"doctor_id": doctor.id, "starts_at": start, "visit": "first"});
        self.done(owner, "/v1/bookings", body).await["subject"]["booking_id"].clone()
    }

    /// A ticket of the account's own in that line.
    pub async fn ticket(&self, owner: &Patient, doctor: &Doctor) -> Value {
        let body = json!({"doctor_id": doctor.id});
        self.done(owner, "/v1/receptions", body).await["subject"]["ticket_id"].clone()
    }

    /// The desk takes the ticket a first step; the request.
    pub async fn step(&self, doctor: &Doctor, ticket: &Value, step: &str) -> Value {
        let body = json!({"ticket_id": ticket, "revision": 1, "step": step});
        self.done(&self.clerk, &format!("/v1/lines/{}/steps", doctor.id), body).await["id"].clone()
    }

    /// Somebody who came to the desk.
    pub async fn walk_in(&self, doctor: &Doctor) -> Value {
        let path = format!("/v1/lines/{}/tickets", doctor.id);
        self.done(&self.clerk, &path, json!({"name": "김손님"})).await["subject"]["ticket_id"]
            .clone()
    }

    /// What the hospital shows to whoever is there.
    pub async fn arrival_code(&self) -> Value {
        let path = format!("/v1/hospitals/{}/arrival-code", self.hospital);
        self.get(&self.clerk, &path).await.json["code"].clone()
    }

    /// An open invitation of the scene's hospital or of another; its id and its code.
    pub async fn invited(&self, hospital: HospitalId, email: &str) -> (Uuid, String) {
        let (id, code) = (Uuid::now_v7(), key());
        let sql = "INSERT INTO invitation (id, hospital_id, email, role, invited_by, invited_at, expires_at, secret, state, waiting)
             VALUES (?, ?, ?, 'receptionist', ?, '2026-11-23', '2026-11-29', UNHEX(SHA2(?, 256)), 'open', 1)";
        let query = sqlx::query(sql).bind(id).bind(hospital.uuid()).bind(email);
        let query = query.bind(self.clerk.account.uuid()).bind(&code);
        query.execute(&self.stage.world.pool).await.expect("an invitation");
        (id, code)
    }

    pub async fn finish(self) {
        self.stage.world.finish_unaudited("accounts whose mails are on their way").await;
    }
}

/// The address that a caller's account has.
pub fn email(who: &Patient) -> String {
    format!("{}@clinic.kr", who.account)
}

/// An address that nobody has.
pub fn nobody() -> String {
    format!("{}@nobody.kr", key())
}

/// Signs in with the password.
pub fn sign_in(who: &Patient) -> Value {
    json!({"email": email(who), "password": PASSWORD})
}
