//! A hospital's desk: what a clerk does with patients, and what an account shows for it.

use docde_tests::Answer;
use docde_tests::Doctor;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Signed, Stage};

/// A hospital with its clerk, and how it works with patients.
pub struct Desk {
    pub doctor: Doctor,
    pub clerk: Signed,
}

impl Desk {
    pub async fn new(stage: &Stage) -> Self {
        let doctor = stage.world.doctor().await;
        let address = format!("{}@clinic.kr", key());
        let clerk = stage.employee(&address, doctor.hospital, "receptionist").await;
        Self { doctor, clerk }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/hospitals/{}/patients{rest}", self.doctor.hospital)
    }

    pub async fn look_up(&self, stage: &Stage, body: Value) -> Answer {
        stage.post_as(&self.clerk, &self.path("/look-ups"), &key(), &body).await
    }

    /// The ids of those who are found.
    pub async fn found(&self, stage: &Stage, body: Value) -> Vec<Value> {
        let answer = self.look_up(stage, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        ids(&answer)
    }

    pub async fn enter(&self, stage: &Stage, body: Value) -> Answer {
        stage.post_as(&self.clerk, &self.path(""), &key(), &body).await
    }

    /// Books a first visit for the patient at that time two days from now.
    pub async fn book(&self, stage: &Stage, patient: &Value, at: &str) -> Answer {
        let starts_at = self.doctor.on(&stage.world, 2, at).to_rfc3339();
        let body = json!({"patient_id": patient, "doctor_id": self.doctor.id, "starts_at": starts_at, "visit": "first"});
        let path = format!("/v1/hospitals/{}/bookings", self.doctor.hospital);
        stage.send_as(&self.clerk, Method::POST, &path, &key(), Some(&body)).await
    }
}

pub fn ids(found: &Answer) -> Vec<Value> {
    found.json["items"].as_array().expect("items").iter().map(|one| one["id"].clone()).collect()
}

pub fn person() -> Value {
    json!({"name": "김전화", "birth_date": "1980-02-03", "phone": "010-9876-5432"})
}

impl Stage {
    /// The code that the account shows of its own person.
    pub async fn desk_code(&self, who: &Signed) -> String {
        let own = self.own_patient(who).await;
        let path = format!("/v1/patients/{}/desk-code", own.as_str().expect("an id"));
        let shown = self.post_as(who, &path, &key(), &json!({})).await;
        assert_eq!(shown.status, 201, "{}", shown.text);
        shown.json["code"].as_str().expect("a code").to_owned()
    }

    pub async fn own_patient(&self, who: &Signed) -> Value {
        self.get_as(who, "/v1/patients").await.json["items"][0]["id"].clone()
    }
}
