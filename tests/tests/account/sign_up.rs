//! Signing up, from the code in the mail to the first call.

use docde_tests::api::key;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::stage::{ACCOUNT, CODES, SIGN_UP, Signed, Stage, refused, sign_up};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_the_mail_signs_up_and_is_signed_in() {
    let stage = Stage::new().await;
    let email = "Hong+DocDe@Example.KR ";
    let code = stage.code_for(email).await;
    let mut body = sign_up(email, &code);
    body["name"] = json!(" 홍길동 ".nfd().collect::<String>());
    let key = key();
    let made = stage.post(SIGN_UP, &key, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // A retry gets the same bytes, and another body under the key is another request.
    assert_eq!(stage.post(SIGN_UP, &key, &body).await.text, made.text);
    let mut other = body.clone();
    other["name"] = json!("김철수");
    refused(&stage.post(SIGN_UP, &key, &other).await, 422, "KEY_REUSED");
    let signed = Signed::of(&made.json["session"]);
    let profile = stage.get_as(&signed, ACCOUNT).await;
    assert_eq!(profile.status, 200, "{}", profile.text);
    let shown = &profile.json;
    assert_eq!(shown["email"], "hong+docde@example.kr");
    assert_eq!((&shown["name"], &shown["phone"]), (&json!("홍길동"), &json!("+821012345678")));
    assert_eq!(shown["patient"]["id"], made.json["patient_id"]);
    assert_eq!(shown["patient"]["birth_date"], "1990-01-01");
    let consents = stage.world.count("SELECT COUNT(*) FROM consent_event");
    assert_eq!(consents.await, 3);
    // The token opens what every patient's does.
    assert_eq!(stage.get_as(&signed, "/v1/bookings").await.status, 200);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clinic_people_have_no_patient_of_their_own() {
    let stage = Stage::new().await;
    let code = stage.code("staff@example.kr", "sign_up").await;
    let mut body = sign_up("staff@example.kr", &code);
    (body["as"], body["birth_date"]) = (json!("staff"), json!(null));
    let made = stage.post(SIGN_UP, &key(), &body).await;
    assert_eq!((made.status, &made.json["patient_id"]), (201, &json!(null)), "{}", made.text);
    let signed = Signed::of(&made.json["session"]);
    assert_eq!(stage.get_as(&signed, ACCOUNT).await.json["patient"], json!(null));
    stage.world.finish().await;
}

/// Known and unknown addresses get the same answers; only the mail tells, to whoever reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_does_not_tell_whether_there_is_an_account() {
    let stage = Stage::with(&[("DOCDE_CODE_PAUSE_SECONDS", "1")]).await;
    stage.account("known@example.kr").await;
    stage.world.clock.advance(chrono::TimeDelta::seconds(61));
    for what in ["sign_up", "reset"] {
        let asked = async |email: &str| {
            let answer = stage.post(CODES, &key(), &json!({"email": email, "for": what})).await;
            assert_eq!(answer.status, 202, "{}", answer.text);
            answer.text
        };
        let unknown = format!("unknown-{}@example.kr", what.replace('_', "-"));
        assert_eq!(asked("known@example.kr").await, asked(&unknown).await, "{what}");
        stage.world.clock.advance(chrono::TimeDelta::seconds(61));
        let mut tried = sign_up("known@example.kr", "000000");
        let known = stage.post(SIGN_UP, &key(), &tried).await;
        tried["email"] = json!(unknown);
        assert_eq!(stage.post(SIGN_UP, &key(), &tried).await.text, known.text);
        refused(&known, 422, "CODE_WRONG");
    }
    let mails = stage.mails.to("known@example.kr", 3).await;
    assert!(mails[1].text.contains("이미"), "told that there is an account: {}", mails[1].text);
    assert!(!mails[1].text.contains("코드:"), "{}", mails[1].text);
    assert_eq!(mails[2].code().len(), 6);
    // Nobody at an address without an account is written to about a password.
    assert_eq!(stage.mails.to("unknown-reset@example.kr", 0).await, []);
    let unknown = stage.sign_in("nobody@example.kr", "some password").await;
    let wrong = stage.sign_in("known@example.kr", "some password").await;
    assert_eq!(unknown.text, wrong.text);
    refused(&wrong, 401, "SIGN_IN_REFUSED");
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_or_wrong_is_refused_and_nothing_is_written() {
    let stage = Stage::new().await;
    let code = stage.code("a@example.kr", "sign_up").await;
    let try_with = async |member: &str, value: serde_json::Value| {
        let mut body = sign_up("a@example.kr", &code);
        body[member] = value;
        stage.post(SIGN_UP, &key(), &body).await
    };
    for (member, value, code) in [
        ("name", json!(""), "INVALID"),
        ("name", json!("가".repeat(61)), "INVALID"),
        ("name", json!("900101-1234567"), "INVALID"),
        ("password", json!("짧은암호"), "INVALID"),
        ("phone", json!("119"), "INVALID"),
        ("email", json!("a@example"), "INVALID"),
        ("birth_date", json!("2013-01-01"), "GUARDIAN_NEEDED"),
        ("consents", json!([]), "CONSENT_MISSING"),
        ("consents", json!([{"kind": "terms", "version": 2}]), "INVALID"),
    ] {
        let answer = try_with(member, value).await;
        refused(&answer, 422, code);
        assert_eq!(answer.json["field"], member);
        assert!(answer.json["titles"]["ko"].as_str() != answer.json["titles"]["en"].as_str());
    }
    let no_key = stage.call(reqwest::Method::POST, SIGN_UP, None, &[], Some(&json!({}))).await;
    refused(&no_key, 400, "KEY_MISSING");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM account").await, 0);
    // The code was not used up by any of them.
    let made = stage.post(SIGN_UP, &key(), &sign_up("a@example.kr", &code)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    stage.world.finish().await;
}

impl Stage {
    /// The code that comes to an address as it was typed.
    async fn code_for(&self, typed: &str) -> String {
        let sent = self.post(CODES, &key(), &json!({"email": typed, "for": "sign_up"})).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        self.mails.to(&typed.trim().to_lowercase(), 1).await[0].code()
    }
}
