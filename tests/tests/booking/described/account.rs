//! Answers about accounts.

use docde_tests::api::key;
use docde_tests::{Answer, Mails, Patient};
use reqwest::Method;
use serde_json::{Value, json};

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 15] = [
    "GET /v1/account 200",
    "GET /v1/account 401",
    "GET /v1/consents 200",
    "PATCH /v1/account 200",
    "PATCH /v1/account 400",
    "POST /v1/account/email-codes 202",
    "POST /v1/account/email-codes 429",
    "POST /v1/account/password 200",
    "POST /v1/account/password-reset 200",
    "POST /v1/account/password-reset 422",
    "POST /v1/account/refresh 200",
    "POST /v1/account/refresh 401",
    "POST /v1/account/sign-in 200",
    "POST /v1/account/sign-out 200",
    "POST /v1/account/sign-up 201",
];

const EMAIL: &str = "a@example.kr";

/// Holds them.
pub async fn hold(api: &mut Description, stage: &Stage, mails: &Mails, anybody: &Patient) {
    let post = async |who: &Patient, path: &str, body: Value| {
        stage.world.post(&stage.ingress, who, &format!("/v1/account/{path}"), &key(), &body).await
    };
    for (what, number) in [("sign_up", 0), ("reset", 1)] {
        let asked = json!({"email": EMAIL, "for": what});
        api.hold(
            "POST /v1/account/email-codes",
            &post(anybody, "email-codes", asked.clone()).await,
        );
        api.hold("POST /v1/account/email-codes", &post(anybody, "email-codes", asked).await);
        let code = mails.to(EMAIL, number + 1).await[number].code();
        if what == "sign_up" {
            let body = sign_up(&stage.get(anybody, "/v1/consents").await, &code);
            api.hold("GET /v1/consents", &stage.get(anybody, "/v1/consents").await);
            api.hold("POST /v1/account/sign-up", &post(anybody, "sign-up", body).await);
        } else {
            for code in ["000000", &code] {
                let body =
                    json!({"email": EMAIL, "code": code, "new_password": "another password"});
                api.hold(
                    "POST /v1/account/password-reset",
                    &post(anybody, "password-reset", body).await,
                );
            }
        }
    }
    let sign_in = async |password: &str| {
        post(anybody, "sign-in", json!({"email": EMAIL, "password": password})).await
    };
    let signed = sign_in("another password").await;
    api.hold("POST /v1/account/sign-in", &signed);
    let refresh = json!({"refresh_token": signed.json["refresh_token"]});
    let refreshed = post(anybody, "refresh", refresh.clone()).await;
    api.hold("POST /v1/account/refresh", &refreshed);
    let own = of(anybody, &refreshed);
    api.hold("GET /v1/account", &stage.get(&own, "/v1/account").await);
    for body in [json!({"name": "김철수"}), json!({})] {
        let headers = [("idempotency-key", &*key())];
        let path = "/v1/account";
        let call =
            stage.world.call(&stage.ingress, &own, Method::PATCH, path, &headers, Some(&body));
        api.hold("PATCH /v1/account", &call.await);
    }
    let change =
        json!({"current_password": "another password", "new_password": "one more password"});
    api.hold("POST /v1/account/password", &post(&own, "password", change).await);
    api.hold("POST /v1/account/refresh", &post(anybody, "refresh", refresh).await);
    api.hold("GET /v1/account", &stage.get(&own, "/v1/account").await);
    let own = of(anybody, &sign_in("one more password").await);
    api.hold("POST /v1/account/sign-out", &post(&own, "sign-out", json!({})).await);
}

fn of(anybody: &Patient, signed: &Answer) -> Patient {
    let token = signed.json["access_token"].as_str().expect("a token").to_owned();
    Patient { token, ..anybody.clone() }
}

pub fn sign_up(consents: &Answer, code: &str) -> Value {
    let items = consents.json["items"].as_array().expect("consents");
    let required = items.iter().filter(|one| one["required"] == true);
    let given: Vec<Value> =
        required.map(|one| json!({"kind": one["kind"], "version": one["version"]})).collect();
    json!({
        "email": EMAIL, "code": code, "password": "some password", "name": "홍길동", "as": "patient",
        "birth_date": "1990-01-01", "phone": "010-1234-5678", "consents": given,
    })
}
