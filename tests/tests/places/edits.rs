//! Hospitals and doctors as directors make and edit them: what a hospital needs to be booked comes through the API alone.

use docde_tests::api::{key, text};
use docde_tests::{Answer, Patient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, refused, until};

/// An operator of the platform.
async fn operator(stage: &Stage) -> Patient {
    let operator = stage.world.patient().await;
    sqlx::query("UPDATE account SET operator = 1 WHERE id = ?")
        .bind(operator.account.uuid())
        .execute(&stage.world.pool)
        .await
        .expect("an operator");
    operator
}

fn clinic() -> Value {
    json!({"name": "새봄의원", "kind": "의원", "address": "서울특별시 강남구 테헤란로 1", "sido": "서울", "sigungu": "강남구",
        "phone": "(02) 123-4567", "departments": ["내과", "소아청소년과"],
        "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}]})
}

async fn post(stage: &Stage, who: &Patient, path: &str, body: &Value) -> Answer {
    stage.change(who, (Method::POST, path), "", body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_runs_through_the_api_alone() {
    let stage = Stage::new().await;
    let operator = operator(&stage).await;
    let made = post(&stage, &operator, "/v1/hospitals", &clinic()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let hospital = made.json["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.header("location"), format!("/v1/hospitals/{hospital}"));
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(made.json["departments"], json!(["내과", "소아청소년과"]));
    assert_eq!(
        (&made.json["phone"], &made.json["zone"]),
        (&json!("02-123-4567"), &json!("Asia/Seoul"))
    );
    stage.world.employ(&stage.director, hospital.parse().expect("an id"), "director").await;
    let body = json!({"name": "이의사", "department": "내과"});
    let path = format!("/v1/hospitals/{hospital}/doctors");
    let doctor = post(&stage, &stage.director, &path, &body).await;
    assert_eq!(doctor.status, 201, "{}", doctor.text);
    let id = doctor.json["id"].as_str().expect("an id").to_owned();
    assert_eq!(doctor.header("location"), format!("/v1/doctors/{id}"));
    // Without a schedule nobody is booked.
    let at = stage.on("2026-11-24", "10:00");
    let wish = json!({"doctor_id": id, "starts_at": text(at), "visit": "return"});
    let patient = stage.world.patient().await;
    refused(&post(&stage, &patient, "/v1/bookings", &wish).await, 404, "NOT_FOUND");
    let path = format!("/v1/doctors/{id}/schedule");
    let set = stage
        .change(&stage.director, (Method::PUT, &path), "\"0\"", &until("2026-11-23", "18:00"))
        .await;
    assert_eq!(set.status, 200, "{}", set.text);
    let booked = post(&stage, &patient, "/v1/bookings", &wish).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let found = stage.get(&patient, "/v1/hospitals/search?q=%EC%83%88%EB%B4%84").await;
    assert_eq!(found.json["items"][0]["id"], json!(hospital), "{}", found.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_edited_is_read_and_what_is_not_named_stays() {
    let stage = Stage::new().await;
    let path = format!("/v1/hospitals/{}", stage.doctor.hospital);
    let before = stage.get(&stage.director, &path).await;
    assert_eq!(before.header("etag"), "\"1\"", "{}", before.text);
    let edit = json!({"name": " 바뀐의원 ", "phone": "02.765.4321", "departments": ["외과"],
        "announcement": "24일은 오전만\n진료합니다.",
        "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}, {"weekday": "sat", "opens": "09:00", "closes": "13:00"}]});
    let edit_key = key();
    let edit_it = async |if_match: &'static str, key: &str, body: &Value| {
        let change = (Method::PATCH, path.as_str());
        stage.change_as(&stage.director, change, (key, if_match), body).await
    };
    refused(&edit_it("", &key(), &edit).await, 428, "IF_MATCH_MISSING");
    let edited = edit_it("\"1\"", &edit_key, &edit).await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    assert_eq!(edited.header("etag"), "\"2\"");
    assert_eq!(edit_it("\"1\"", &edit_key, &edit).await.text, edited.text, "a retry");
    refused(&edit_it("\"1\"", &edit_key, &json!({"name": "다른의원"})).await, 422, "KEY_REUSED");
    refused(&edit_it("\"1\"", &key(), &edit).await, 412, "STALE");
    let read = stage.get(&stage.world.patient().await, &path).await;
    assert_eq!((read.header("etag"), &read.json), ("\"2\"", &edited.json));
    for (member, value) in [
        ("name", json!("바뀐의원")),
        ("phone", json!("02-765-4321")),
        ("departments", json!(["외과"])),
        ("announcement", json!("24일은 오전만\n진료합니다.")),
        ("kind", before.json["kind"].clone()),
        ("address", before.json["address"].clone()),
        ("hours", edit["hours"].clone()),
    ] {
        assert_eq!(read.json[member], value, "{member}");
    }
    let cleared = edit_it("\"2\"", &key(), &json!({"announcement": null, "phone": null})).await;
    assert_eq!(
        (&cleared.json["announcement"], &cleared.json["phone"]),
        (&Value::Null, &Value::Null)
    );
    let limits = json!({"limits": {"max_holds": 3, "hold_minutes": 31}});
    let refusal = edit_it("\"3\"", &key(), &limits).await;
    refused(&refusal, 422, "INVALID");
    assert_eq!(refusal.json["field"], "limits");
    let limits = json!({"limits": {"max_holds": 3, "hold_minutes": 7}});
    let limited = edit_it("\"3\"", &key(), &limits).await;
    assert_eq!(
        limited.json["limits"],
        json!({"max_open_bookings": 3, "max_open_account": 6, "max_per_doctor_day": 1, "hold_minutes": 7, "max_holds": 3, "max_holds_hour": 10, "hold_again_minutes": 30})
    );
    // The doctor has a schedule: its hours must not move against the clock.
    let moved = edit_it("\"4\"", &key(), &json!({"zone": "Asia/Tokyo"})).await;
    refused(&moved, 409, "STATE_CONFLICT");
    assert_eq!(moved.json["current"], "has_schedules");
    let index: u64 =
        sqlx::query_scalar("SELECT revision FROM hospital_index WHERE hospital_id = ?")
            .bind(stage.doctor.hospital.uuid())
            .fetch_one(&stage.world.pool)
            .await
            .expect("a revision");
    assert!(index >= 3, "the doctor and two edits: {index}");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_is_renamed_by_the_director_who_has_seen_the_present() {
    let stage = Stage::new().await;
    let path = stage.of_doctor("");
    let edit_it = async |if_match: &'static str, body: &Value| {
        stage.change(&stage.director, (Method::PATCH, &path), if_match, body).await
    };
    let shown = stage.get(&stage.director, &path).await;
    assert_eq!(shown.header("etag"), "\"1\"", "{}", shown.text);
    let renamed = edit_it("\"1\"", &json!({"name": "박의사"})).await;
    assert_eq!(
        (renamed.status, &renamed.json["department"]),
        (200, &json!("내과")),
        "{}",
        renamed.text
    );
    refused(&edit_it("\"1\"", &json!({"name": "최의사"})).await, 412, "STALE");
    refused(&edit_it("", &json!({"name": "최의사"})).await, 428, "IF_MATCH_MISSING");
    refused(&edit_it("\"2\"", &json!({"name": " "})).await, 422, "INVALID");
    refused(&edit_it("\"2\"", &json!({"name": "900101-1234567"})).await, 422, "INVALID");
    refused(&edit_it("\"2\"", &json!({})).await, 400, "MALFORMED");
    assert_eq!(stage.get(&stage.director, &path).await.json["name"], "박의사");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_make_and_edit() {
    let stage = Stage::new().await;
    let (clerk, stranger, patient) =
        (stage.clerk().await, stage.stranger().await, stage.world.patient().await);
    let hospital = format!("/v1/hospitals/{}", stage.doctor.hospital);
    let doctors = format!("{hospital}/doctors");
    let new = json!({"name": "이의사", "department": "내과"});
    for (who, status, code) in
        [(&clerk, 403, "FORBIDDEN"), (&stranger, 404, "NOT_FOUND"), (&patient, 404, "NOT_FOUND")]
    {
        let name = json!({"name": "남의의원"});
        refused(&stage.change(who, (Method::PATCH, &hospital), "\"1\"", &name).await, status, code);
        let doctor = stage.of_doctor("");
        refused(&stage.change(who, (Method::PATCH, &doctor), "\"1\"", &name).await, status, code);
        refused(&post(&stage, who, &doctors, &new).await, status, code);
    }
    for who in [&stage.director, &clerk, &patient] {
        refused(&post(&stage, who, "/v1/hospitals", &clinic()).await, 404, "NOT_FOUND");
    }
    let mut wrong = clinic();
    wrong["departments"] = json!("내과|외과");
    let operator = operator(&stage).await;
    refused(&post(&stage, &operator, "/v1/hospitals", &wrong).await, 400, "MALFORMED");
    wrong["departments"] = json!(["내과|외과"]);
    let refusal = post(&stage, &operator, "/v1/hospitals", &wrong).await;
    refused(&refusal, 422, "INVALID");
    assert_eq!(refusal.json["field"], "departments");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM hospital WHERE name = ''").await, 0);
    let again = key();
    let twice = async || {
        let change = (Method::POST, "/v1/hospitals");
        stage.change_as(&operator, change, (&again, ""), &clinic()).await
    };
    let (one, other) = tokio::join!(twice(), twice());
    assert_eq!((one.status, &one.text), (201, &other.text), "the same key makes one");
    stage.world.finish().await;
}
