//! The hospital of the month: how it is founded and staffed, and the calls that its people make most.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::{Answer, Patient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{PASSWORD, Signed, Stage};

const DIRECTOR: &str = "director@saebom.kr";
const CLERK: &str = "clerk@saebom.kr";
const DOCTOR: &str = "doctor@saebom.kr";

/// The hospital and who works there, each signed in since the morning.
pub struct Clinic {
    pub stage: Stage,
    pub hospital: String,
    pub doctor: String,
    pub director: Signed,
    pub clerk: Signed,
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

impl Clinic {
    /// Made by an operator, claimed by its director, and joined by a receptionist and a doctor whom mails invited.
    pub async fn founded(stage: Stage) -> Self {
        let operator = stage.somebody("operator@docde.kr").await;
        assert!(stage.operates("operator@docde.kr", false).await);
        let clinic = json!({"name": "새봄의원", "kind": "의원", "address": "서울특별시 강남구 테헤란로 1", "sido": "서울",
            "sigungu": "강남구", "departments": ["내과"]});
        let made = done(stage.post_as(&operator, "/v1/hospitals", &key(), &clinic).await, 201);
        let hospital = text(&made["id"]).to_owned();
        let director = stage.account(DIRECTOR).await;
        let claims = format!("/v1/hospitals/{hospital}/claims");
        let claim = json!({"about": "원장 김새봄"});
        let claim = done(stage.post_as(&director, &claims, &key(), &claim).await, 201);
        let accept = format!("/v1/claims/{}/accept", text(&claim["id"]));
        done(stage.post_as(&operator, &accept, &key(), &json!({})).await, 200);
        let doctors = format!("/v1/hospitals/{hospital}/doctors");
        let doctor = json!({"name": "이의사", "department": "내과"});
        let doctor = done(stage.post_as(&director, &doctors, &key(), &doctor).await, 201);
        let doctor = text(&doctor["id"]).to_owned();
        let invitations = format!("/v1/hospitals/{hospital}/invitations");
        for (email, role, doctor) in
            [(CLERK, "receptionist", None), (DOCTOR, "doctor", Some(&doctor))]
        {
            let mut body = json!({"email": email, "role": role});
            if let Some(doctor) = doctor {
                body["doctor_id"] = json!(doctor);
            }
            done(stage.post_as(&director, &invitations, &key(), &body).await, 201);
            let mail = stage.mails.to(email, 1).await.remove(0);
            let code = mail.text.lines().find_map(|line| line.strip_prefix("Your code: "));
            let code = code.expect("a code in the mail").to_owned();
            let joining = stage.account(email).await;
            let body = json!({"code": code});
            done(stage.post_as(&joining, "/v1/invitations/accept", &key(), &body).await, 200);
        }
        let clerk = signed_in(&stage, CLERK).await;
        Self { stage, hospital, doctor, director, clerk }
    }

    /// So many days pass, to that time of the day; staff sign in anew.
    pub async fn day(&mut self, date: &str, at: &str) {
        let then = domain::time::parse(&format!("{date}T{at}:00+09:00")).expect("a time");
        let ahead = then - self.stage.world.clock.now();
        assert!(ahead > TimeDelta::zero(), "{date} {at} is over");
        self.stage.world.clock.advance(ahead);
        self.director = signed_in(&self.stage, DIRECTOR).await;
        self.clerk = signed_in(&self.stage, CLERK).await;
    }

    pub async fn desk(&self, path: &str, body: &Value) -> Answer {
        self.stage.send_as(&self.clerk, Method::POST, path, &key(), Some(body)).await
    }

    pub fn bookings(&self, below: &str) -> String {
        format!("/v1/hospitals/{}/bookings{below}", self.hospital)
    }

    /// The desk takes a step with a booking as it stands now.
    pub async fn step(&self, booking: &str, step: &str, reason: Option<&str>) -> Answer {
        let shown = self.stage.get_as(&self.clerk, &self.bookings(&format!("/{booking}"))).await;
        let body = json!({"revision": shown.json["revision"], "step": step, "reason": reason});
        self.desk(&self.bookings(&format!("/{booking}/steps")), &body).await
    }

    pub fn wish(&self, at: &str) -> Value {
        json!({"doctor_id": self.doctor, "starts_at": format!("{at}:00+09:00"), "visit": "first"})
    }

    pub async fn patient(&self, who: &Patient, path: &str, body: &Value) -> Answer {
        let (wait, key) = (("prefer", "wait=30"), key());
        let headers = [("idempotency-key", key.as_str()), wait];
        let (world, at) = (&self.stage.world, &self.stage.ingress);
        world.call(at, who, Method::POST, path, &headers, Some(body)).await
    }

    /// What the patient is shown of the booking.
    pub async fn shown(&self, who: &Patient, booking: &str) -> Value {
        let path = format!("/v1/bookings/{booking}");
        self.stage.world.get(&self.stage.ingress, who, &path).await.json
    }

    /// The change to one thing that has an ETag, as it is now.
    pub async fn director_puts(
        &self,
        method: Method,
        path: &str,
        seen: &str,
        body: Option<&Value>,
    ) -> Answer {
        let seen = self.stage.get_as(&self.director, seen).await;
        let (key, etag) = (key(), seen.header("etag").to_owned());
        let headers =
            [("idempotency-key", key.as_str()), ("if-match", &etag), ("prefer", "wait=30")];
        self.stage.call(method, path, Some(&self.director.access), &headers, body).await
    }
}

pub async fn signed_in(stage: &Stage, email: &str) -> Signed {
    let answer = stage.sign_in(email, PASSWORD).await;
    assert_eq!(answer.status, 200, "{email}: {}", answer.text);
    Signed::of(&answer.json)
}

#[track_caller]
pub fn done(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.json
}

/// The booking that a command made or changed.
#[track_caller]
pub fn booking(answer: &Answer, status: &str) -> String {
    let booking = &answer.json["outcome"]["booking"];
    assert_eq!(booking["status"], status, "{}", answer.text);
    text(&booking["id"]).to_owned()
}

#[track_caller]
pub fn refused(answer: &Answer, code: &str) {
    assert_eq!(answer.code(), code, "{}", answer.text);
}
