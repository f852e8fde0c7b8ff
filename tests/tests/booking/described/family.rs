//! Answers about families, consents and the end of an account.

use docde_tests::api::key;
use docde_tests::{Answer, Mails, Patient};
use reqwest::Method;
use serde_json::{Value, json};

use super::Description;
use super::account::sign_up;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 15] = [
    "DELETE /v1/account 200",
    "DELETE /v1/account 403",
    "DELETE /v1/account/consents/{kind} 200",
    "DELETE /v1/account/consents/{kind} 409",
    "DELETE /v1/patients/{id} 200",
    "DELETE /v1/patients/{id} 404",
    "GET /v1/account/consents 200",
    "GET /v1/patients 200",
    "PATCH /v1/patients/{id} 200",
    "POST /v1/account/consents 200",
    "POST /v1/patients 201",
    "POST /v1/patients 422",
    "POST /v1/patients/codes 202",
    "POST /v1/patients/moves 200",
    "POST /v1/patients/{id}/move-code 201",
];

const GUARDIAN: &str = "guardian@example.kr";
const GROWN: &str = "grown@example.kr";

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, mails: &Mails, anybody: &Patient) {
    let guardian = signed_up(stage, mails, anybody, GUARDIAN).await;
    let grown = signed_up(stage, mails, anybody, GROWN).await;
    let call = async |who: &Patient, method: Method, path: &str, body: Option<Value>| {
        let headers = [("idempotency-key", &*key())];
        stage.world.call(&stage.ingress, who, method, path, &headers, body.as_ref()).await
    };
    let post = async |who: &Patient, path: &str, body: Value| {
        call(who, Method::POST, path, Some(body)).await
    };
    let child = |born: &str| json!({"name": "홍아이", "birth_date": born});
    let added = post(&guardian, "/v1/patients", child("2010-05-05")).await;
    api.hold("POST /v1/patients", &added);
    api.hold("POST /v1/patients", &post(&guardian, "/v1/patients", child("1970-01-01")).await);
    let asked = json!({"email": "adult@example.kr"});
    api.hold("POST /v1/patients/codes", &post(&guardian, "/v1/patients/codes", asked).await);
    api.hold("GET /v1/patients", &stage.get(&guardian, "/v1/patients").await);
    let path = format!("/v1/patients/{}", added.json["id"].as_str().expect("an id"));
    let named = call(&guardian, Method::PATCH, &path, Some(json!({"name": "홍둘째"}))).await;
    api.hold("PATCH /v1/patients/{id}", &named);
    let code = post(&guardian, &format!("{path}/move-code"), json!({})).await;
    api.hold("POST /v1/patients/{id}/move-code", &code);
    let entered = post(&grown, "/v1/patients/moves", json!({"code": code.json["code"]})).await;
    api.hold("POST /v1/patients/moves", &entered);
    api.hold("DELETE /v1/patients/{id}", &call(&guardian, Method::DELETE, &path, None).await);
    let other = post(&guardian, "/v1/patients", child("2020-05-05")).await;
    let path = format!("/v1/patients/{}", other.json["id"].as_str().expect("an id"));
    api.hold("DELETE /v1/patients/{id}", &call(&guardian, Method::DELETE, &path, None).await);
    let consents = "/v1/account/consents";
    api.hold("GET /v1/account/consents", &stage.get(&guardian, consents).await);
    let given = json!({"consents": [{"kind": "marketing", "version": 1}]});
    api.hold("POST /v1/account/consents", &post(&guardian, consents, given).await);
    for kind in ["marketing", "terms"] {
        let path = format!("{consents}/{kind}");
        let answer = call(&guardian, Method::DELETE, &path, None).await;
        api.hold("DELETE /v1/account/consents/{kind}", &answer);
    }
    for password in ["another password", "some password"] {
        let body = json!({"password": password});
        let answer = call(&guardian, Method::DELETE, "/v1/account", Some(body)).await;
        api.hold("DELETE /v1/account", &answer);
    }
}

async fn signed_up(stage: &Stage, mails: &Mails, anybody: &Patient, email: &str) -> Patient {
    let post = async |path: &str, body: Value| -> Answer {
        stage.world.post(&stage.ingress, anybody, path, &key(), &body).await
    };
    post("/v1/account/email-codes", json!({"email": email, "for": "sign_up"})).await;
    let code = mails.to(email, 1).await[0].code();
    let mut body = sign_up(&stage.get(anybody, "/v1/consents").await, &code);
    body["email"] = json!(email);
    let made = post("/v1/account/sign-up", body).await;
    let token = made.json["session"]["access_token"].as_str().expect("a token").to_owned();
    Patient { token, ..anybody.clone() }
}
