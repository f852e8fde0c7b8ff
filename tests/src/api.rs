//! Speaking to an ingress as a client does.

use domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{Doctor, Patient};
use crate::world::{Service, World};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The Request in it, wherever it stands.
    pub fn request(&self) -> &Value {
        if self.json["request"].is_object() { &self.json["request"] } else { &self.json }
    }

    pub fn state(&self) -> &str {
        self.request()["state"].as_str().unwrap_or_default()
    }

    pub fn request_id(&self) -> Uuid {
        self.request()["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no request id in {}", self.text))
    }

    pub fn booking_id(&self) -> Uuid {
        let id = &self.request()["outcome"]["booking"]["id"];
        id.as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no booking in {}", self.text))
    }
}

/// A fresh Idempotency-Key.
pub fn key() -> String {
    Uuid::new_v4().to_string()
}

/// RFC 3339 in UTC, as a client might send it.
pub fn text(at: Timestamp) -> String {
    at.to_rfc3339()
}

impl World {
    /// Any call. `headers` beyond the patient's token.
    pub async fn call(
        &self,
        at: &Service,
        patient: &Patient,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, format!("http://{}{path}", at.address))
            .bearer_auth(&patient.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    pub async fn get(&self, at: &Service, patient: &Patient, path: &str) -> Answer {
        self.call(at, patient, reqwest::Method::GET, path, &[], None).await
    }

    /// Books a first visit (30 minutes by default) under a key.
    pub async fn book(
        &self,
        at: &Service,
        patient: &Patient,
        doctor: &Doctor,
        starts_at: Timestamp,
        key: &str,
    ) -> Answer {
        let body = json!({"doctor_id": doctor.id, "starts_at": text(starts_at), "visit": "first"});
        self.post(at, patient, "/v1/bookings", key, &body).await
    }

    pub async fn post(
        &self,
        at: &Service,
        patient: &Patient,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Answer {
        self.call(at, patient, reqwest::Method::POST, path, &[("idempotency-key", key)], Some(body))
            .await
    }

    /// Posts without waiting for the outcome.
    pub async fn post_async(
        &self,
        at: &Service,
        patient: &Patient,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Answer {
        let headers = [("idempotency-key", key), ("prefer", "respond-async")];
        self.call(at, patient, reqwest::Method::POST, path, &headers, Some(body)).await
    }

    pub async fn cancel(
        &self,
        at: &Service,
        patient: &Patient,
        booking: Uuid,
        key: &str,
    ) -> Answer {
        self.post(at, patient, &format!("/v1/bookings/{booking}/cancel"), key, &json!({})).await
    }

    pub async fn reschedule(
        &self,
        at: &Service,
        patient: &Patient,
        booking: Uuid,
        key: &str,
        starts_at: Timestamp,
        doctor: Option<&Doctor>,
    ) -> Answer {
        let mut body = json!({"starts_at": text(starts_at)});
        if let Some(doctor) = doctor {
            body["doctor_id"] = json!(doctor.id);
        }
        self.post(at, patient, &format!("/v1/bookings/{booking}/reschedule"), key, &body).await
    }

    /// Asks for the request until it has its outcome.
    pub async fn decided(&self, at: &Service, patient: &Patient, request: Uuid) -> Answer {
        crate::until("a request to be decided", async || {
            let answer = self.get(at, patient, &format!("/v1/requests/{request}")).await;
            (answer.status == 200 && answer.json["state"] != "accepted").then_some(answer)
        })
        .await
    }

    /// Rows of a count query.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a count")
    }
}
