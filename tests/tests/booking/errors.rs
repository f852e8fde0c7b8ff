//! What cannot be read, may not be asked, or is not there: problems with a code, and nothing recorded (P4).

use docde_tests::api::{key, text};
use docde_tests::{Answer, Patient};
use platform::auth::{Claims, NumericDate, Signer};
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, first_visit, refused};

/// The bytes as they are, under any content type and token.
async fn send(stage: &Stage, token: Option<&str>, content_type: &str, body: String) -> Answer {
    let url = format!("http://{}/v1/bookings", stage.ingress.address);
    let mut request = stage
        .world
        .http
        .post(url)
        .header("idempotency-key", key())
        .header("content-type", content_type);
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let response = request.body(body).send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let json = serde_json::from_str(&text).expect("JSON");
    Answer { status, headers, text, json }
}

async fn nothing_recorded(stage: &Stage) {
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM request").await, 0);
    assert_eq!(
        stage.world.count("SELECT COUNT(*) FROM partition_state WHERE received > 0").await,
        0
    );
}

fn bearer(patient: &Patient) -> String {
    format!("Bearer {}", patient.token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_malformed() {
    let stage = Stage::new().await;
    let (patient, doctor, at) = (stage.patient().await, stage.doctor.id, text(stage.slot("10:00")));
    let token = bearer(&patient);
    let bodies = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        format!(r#"["{doctor}","{at}",null,null,null,null]"#),
        format!(r#" ["{doctor}","{at}",null,"first",null,null]"#),
        format!(r#"[{{"doctor_id":"{doctor}","starts_at":"{at}"}}]"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"{at}","visit":{{"first":null}}}}"#),
        "\u{feff}{}".to_owned(),
        format!(r#"{{"doctor_id":"{doctor}"}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"2026-11-23T10:00:00"}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"2026-11-23"}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":1795395600}}"#),
        format!(r#"{{"doctor_id":"nobody","starts_at":"{at}"}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"{at}","seats":2}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"{at}","visit":"second"}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"{at}","reason":["x"]}}"#),
        format!(r#"{{"doctor_id":"{doctor}","starts_at":"{at}"}} trailing"#),
    ];
    for body in bodies {
        let answer = send(&stage, Some(&token), "application/json", body.clone()).await;
        assert_eq!((answer.status, answer.code()), (400, "MALFORMED"), "{body}: {}", answer.text);
        refused(&answer, 400, "MALFORMED");
    }
    nothing_recorded(&stage).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_an_offset_names_its_field() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let body = json!({"doctor_id": stage.doctor.id, "starts_at": "2026-11-23T10:00:00"});
    let answer = stage.post(&patient, "/v1/bookings", &key(), &body).await;
    refused(&answer, 400, "MALFORMED");
    assert_eq!(answer.json["field"], "starts_at");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn free_text_is_bounded_can_be_seen_and_takes_no_resident_registration_number() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let long = "가".repeat(301);
    let bad = [
        ("reason", "주민번호는 900101-1234567 입니다"),
        ("reason", "9001011234567"),
        ("reason", long.as_str()),
        ("phone", "전화 주세요"),
        ("phone", "900101-1234567"),
        ("reason", "900101.1234567"),
        ("reason", "90 01 01 / 1234567"),
        ("reason", "９００１０１＿１２３４５６７"),
        ("phone", "900101.1234567"),
        ("reason", "기침\u{0}열"),
        ("reason", "기침\u{1b}[31m열"),
        ("reason", "기침\u{202e}열"),
        ("reason", "기침\u{200b}열"),
        ("phone", "010-1234\n-5678"),
        ("phone", "2026.11.23"),
    ];
    for (field, value) in bad {
        let mut body = first_visit(&stage.doctor, stage.slot("10:00"));
        body[field] = json!(value);
        let answer = stage.post(&patient, "/v1/bookings", &key(), &body).await;
        refused(&answer, 422, "INVALID");
        assert_eq!(
            (&answer.json["field"], answer.json["request"].is_null()),
            (&json!(field), true),
            "{}",
            answer.text
        );
        assert!(!answer.text.contains("1234567"), "the number is not sent back");
    }
    for query in ["q=%00", "q=a%1Bb", "sido=%0A1", "q=900101.1234567"] {
        let path = format!("/v1/hospitals?{query}");
        let answer = stage.get(&patient, &path).await;
        refused(&answer, 422, "INVALID");
        assert_eq!(answer.json["field"], query.split('=').next().unwrap_or_default(), "{path}");
    }
    let long = format!("/v1/hospitals?q={}", "x".repeat(101));
    refused(&stage.get(&patient, &long).await, 422, "INVALID");
    assert_eq!(stage.get(&patient, &long[..long.len() - 1]).await.status, 200);
    nothing_recorded(&stage).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_fresh_access_token_signs_in() {
    let stage = Stage::at("2026-11-23T12:00:00+09:00").await;
    let (patient, body) =
        (stage.patient().await, first_visit(&stage.doctor, stage.slot("10:00")).to_string());
    let signer = Signer::from_env(&stage.world.env()).expect("a key");
    let now = stage.world.clock.now().timestamp();
    let claims = |typ: &str, exp: i64| Claims {
        sub: patient.account,
        sid: Some(domain::ids::SessionId::generate()),
        jti: None,
        iat: NumericDate::seconds(now),
        nbf: None,
        exp: NumericDate::seconds(exp),
        typ: typ.to_owned(),
    };
    let early =
        Claims { nbf: Some(NumericDate::seconds(now + 60)), ..claims("access", now + 3_600) };
    let token = |claims: &Claims| format!("Bearer {}", signer.sign(claims).expect("a token"));
    let mut forged = bearer(&patient);
    forged.replace_range(forged.len() - 6.., "AAAAAA");
    let bad = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer not.a.token".to_owned()),
        Some(bearer(&patient).replace("Bearer", "Basic")),
        Some(forged),
        Some(token(&claims("access", now))),
        Some(token(&early)),
        Some(token(&claims("refresh", now + 3_600))),
        Some(token(&claims("", now + 3_600))),
    ];
    for token in bad {
        let answer = send(&stage, token.as_deref(), "application/json", body.clone()).await;
        assert_eq!(answer.status, 401, "{token:?}: {}", answer.text);
        refused(&answer, 401, "UNAUTHENTICATED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    nothing_recorded(&stage).await;
    assert_eq!(stage.get(&patient, "/v1/bookings").await.status, 200);
    stage.advance_minutes(31 * 24 * 60);
    refused(&stage.get(&patient, "/v1/bookings").await, 401, "UNAUTHENTICATED");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_404() {
    let stage = Stage::new().await;
    let (patient, nothing) = (stage.patient().await, Uuid::now_v7());
    let mut body = first_visit(&stage.doctor, stage.slot("10:00"));
    body["doctor_id"] = json!(nothing);
    let answer = stage.post(&patient, "/v1/bookings", &key(), &body).await;
    refused(&answer, 404, "NOT_FOUND");
    assert_eq!(answer.json["field"], "doctor_id");
    refused(&stage.cancel(&patient, nothing).await, 404, "NOT_FOUND");
    refused(&stage.reschedule(&patient, nothing, stage.slot("10:00")).await, 404, "NOT_FOUND");
    let slots =
        format!("/v1/doctors/{nothing}/slots?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z");
    let paths = [
        format!("/v1/bookings/{nothing}"),
        format!("/v1/doctors/{nothing}"),
        slots,
        "/v1/bookings/x".into(),
        "/v1/none".into(),
    ];
    for path in paths {
        refused(&stage.get(&patient, &path).await, 404, "NOT_FOUND");
    }
    refused(
        &stage.get(&patient, &format!("/v1/requests/{nothing}")).await,
        404,
        "REQUEST_NOT_SEEN",
    );
    let deleted = stage
        .world
        .call(&stage.ingress, &patient, reqwest::Method::DELETE, "/v1/bookings", &[], None)
        .await;
    refused(&deleted, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(deleted.header("allow"), "GET,HEAD,POST");
    nothing_recorded(&stage).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_beyond_16_kib_is_too_large() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    for size in [16 * 1024 + 1, 400_000] {
        let body = format!(r#"{{"reason":"{}"}}"#, "x".repeat(size));
        refused(
            &send(&stage, Some(&bearer(&patient)), "application/json", body).await,
            413,
            "TOO_LARGE",
        );
    }
    nothing_recorded(&stage).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_spans_are_bounded() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let slots = |span: &str| format!("/v1/doctors/{}/slots?{span}", stage.doctor.id);
    let paths = [
        "/v1/bookings?limit=0".to_owned(),
        "/v1/bookings?limit=101".to_owned(),
        "/v1/bookings?cursor=nonsense".to_owned(),
        slots("from=2026-11-23T00:00:00Z"),
        slots("from=2026-11-23T00:00:00&to=2026-11-24T00:00:00Z"),
        slots("from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z"),
        slots("from=2026-11-23T00:00:00Z&to=2027-11-23T00:00:00Z"),
    ];
    for path in paths {
        refused(&stage.get(&patient, &path).await, 400, "MALFORMED");
    }
    stage.finish().await;
}
