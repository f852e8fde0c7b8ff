//! Patients on the phone: whom a hospital's staff find, by what code they find anybody else, whom they enter and book for. What is
//! found is written down and told before it is shown.

use chrono::TimeDelta;
use docde_tests::Socket;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, ids, person};
use crate::stage::{Signed, Stage, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_find_whom_their_hospital_knows_and_nobody_else() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let (desk, other) = (Desk::new(&stage).await, Desk::new(&stage).await);
    let patient = stage.account("patient@example.kr").await;
    let id = stage.own_patient(&patient).await;
    let by_phone = json!({"phone": "+82 (0)10 1234 5678"});
    let by_name = json!({"name": "홍길동", "birth_date": "1990-01-01"});
    assert_eq!(desk.found(&stage, by_phone.clone()).await, [Value::Null; 0]);
    assert_eq!(stage.book(&patient, &desk.doctor, "10:00", None).await.status, 201);
    let reads = "SELECT COUNT(*) FROM access_log";
    let before = stage.world.count(reads).await;
    let asked = key();
    let found = stage.post_as(&desk.clerk, &desk.path("/look-ups"), &asked, &by_phone).await;
    assert_eq!(found.status, 200, "{}", found.text);
    let expected = json!({"id": id, "name": "홍길동", "birth_date": "1990-01-01", "phone": "+821012345678",
        "has_account": true, "merged_into": null});
    assert_eq!(found.json["items"], json!([expected]));
    assert_eq!(stage.world.count(reads).await, before + 1);
    let mails = stage.mails.to("patient@example.kr", 2).await;
    assert!(mails[1].text.contains("시험의원") && !mails[1].text.contains("홍길동"), "{mails:?}");
    // A retry is read once more, and neither counted nor told.
    let again = stage.post_as(&desk.clerk, &desk.path("/look-ups"), &asked, &by_phone).await;
    assert_eq!(again.json["items"], found.json["items"]);
    assert_eq!(stage.world.count(reads).await, before + 2);
    let reused = stage.post_as(&desk.clerk, &desk.path("/look-ups"), &asked, &by_name).await;
    refused(&reused, 422, "KEY_REUSED");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM look_up").await, 2);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM mail").await, 2, "sign-up's, and one");
    assert_eq!(desk.found(&stage, by_name.clone()).await, std::slice::from_ref(&id));
    for (body, found) in [
        (json!({"phone": "010 1234 5678", "birth_date": "1990-01-01"}), true),
        (json!({"phone": "010 1234 5678", "birth_date": "1990-01-02"}), false),
        (json!({"phone": "010 1234 5679"}), false),
        (json!({"name": "홍길", "birth_date": "1990-01-01"}), false),
        (json!({"name": "홍길%", "birth_date": "1990-01-01"}), false),
    ] {
        assert_eq!(!desk.found(&stage, body.clone()).await.is_empty(), found, "{body}");
    }
    is_told_of_four_reads(&stage, &patient, &desk).await;
    // Another hospital's clerk finds nobody; who works nowhere, or not here, finds no such desk.
    for body in [by_phone.clone(), by_name] {
        assert_eq!(other.found(&stage, body).await, [Value::Null; 0]);
    }
    let booked = other.book(&stage, &id, "11:00").await;
    refused(&booked, 404, "NOT_FOUND");
    for stranger in [&patient, &other.clerk] {
        let tried = stage.post_as(stranger, &desk.path("/look-ups"), &key(), &by_phone).await;
        refused(&tried, 404, "NOT_FOUND");
    }
    stage.world.finish().await;
}

/// The account is shown each read of its people, page by page, and nobody else's; not which clerk it was.
async fn is_told_of_four_reads(stage: &Stage, patient: &Signed, desk: &Desk) {
    let own_log = "/v1/account/access-log";
    let log = stage.get_as(patient, &format!("{own_log}?limit=3")).await;
    assert_eq!(log.json["items"][0]["hospital_name"], "시험의원", "{}", log.text);
    assert!(!log.text.contains(&desk.clerk.account.to_string()), "{}", log.text);
    let next = log.json["next_cursor"].as_str().expect("another page");
    let last = stage.get_as(patient, &format!("{own_log}?cursor={next}")).await;
    assert_eq!(last.json["items"].as_array().map(Vec::len), Some(1), "{}", last.text);
    let others = stage.get_as(&desk.clerk, own_log).await;
    assert_eq!(others.json["items"], json!([]), "{}", others.text);
}

/// Unless it can be written down who was read, nobody is shown; and what was found is still told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_whose_reading_is_not_written_down() {
    let stage = Stage::new().await;
    let desk = Desk::new(&stage).await;
    assert_eq!(desk.enter(&stage, person()).await.status, 201);
    let body = json!({"phone": "010-9876-5432"});
    let asked = key();
    for (sql, status) in [
        ("RENAME TABLE access_log TO access_log_away", 503),
        ("RENAME TABLE access_log_away TO access_log", 200),
    ] {
        sqlx::raw_sql(sql).execute(&stage.world.pool).await.expect("renamed");
        let found = stage.post_as(&desk.clerk, &desk.path("/look-ups"), &asked, &body).await;
        assert_eq!(found.status, status, "{}", found.text);
        assert_eq!(found.text.contains("김전화"), status == 200);
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM look_up").await, 1);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_else_is_found_by_the_code_that_their_account_shows() {
    let stage = Stage::with(&[
        ("DOCDE_LOOK_UPS_AN_HOUR", "100"),
        ("DOCDE_DESK_CODES_AN_HOUR", "4"),
        ("DOCDE_DESK_KNOWN_SECONDS", "60"),
    ])
    .await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let (desk, other) = (Desk::new(&stage).await, Desk::new(&stage).await);
    let patient = stage.account("patient@example.kr").await;
    let id = stage.own_patient(&patient).await;
    refused(&desk.look_up(&stage, json!({"code": "0000000000"})).await, 422, "CODE_WRONG");
    let replaced = stage.desk_code(&patient).await;
    let code = stage.desk_code(&patient).await;
    refused(&desk.look_up(&stage, json!({"code": replaced})).await, 422, "CODE_WRONG");
    let (asked, body) = (key(), json!({"code": code}));
    for _ in 0..2 {
        let found = stage.post_as(&desk.clerk, &desk.path("/look-ups"), &asked, &body).await;
        assert_eq!((found.status, ids(&found)), (200, vec![id.clone()]), "{}", found.text);
    }
    for again in [&desk, &other] {
        refused(&again.look_up(&stage, body.clone()).await, 422, "CODE_WRONG");
    }
    assert!(stage.mails.to("patient@example.kr", 2).await[1].text.contains("조회"));
    // The hospital knows the patient for a while, and for good once there is a booking; the account is told by it.
    assert_eq!(
        desk.found(&stage, json!({"phone": "010-1234-5678"})).await,
        std::slice::from_ref(&id)
    );
    stage.world.clock.advance(TimeDelta::seconds(61));
    refused(&desk.book(&stage, &id, "10:00").await, 404, "NOT_FOUND");
    let code = stage.desk_code(&patient).await;
    assert_eq!(
        desk.found(&stage, json!({"code": code.replace(' ', "-")})).await,
        std::slice::from_ref(&id)
    );
    assert_eq!(desk.book(&stage, &id, "10:00").await.status, 200);
    stage.world.clock.advance(TimeDelta::seconds(61));
    assert_eq!(desk.found(&stage, json!({"phone": "010-1234-5678"})).await, [id]);
    assert_eq!(stage.get_as(&patient, "/v1/bookings").await.json["items"][0]["status"], "booked");
    // A code is over in five minutes; another account's patient has none; more than four an hour are too many.
    let code = stage.desk_code(&patient).await;
    stage.world.clock.advance(TimeDelta::seconds(300));
    refused(&desk.look_up(&stage, json!({"code": code})).await, 422, "CODE_WRONG");
    let own = stage.own_patient(&patient).await;
    let path = format!("/v1/patients/{}/desk-code", own.as_str().expect("an id"));
    refused(&stage.post_as(&desk.clerk, &path, &key(), &json!({})).await, 404, "NOT_FOUND");
    let fifth = stage.post_as(&patient, &path, &key(), &json!({})).await;
    refused(&fifth, 429, "BUSY");
    let wait: u64 = fifth.header("retry-after").parse().expect("seconds");
    assert!((800..=900).contains(&wait), "{wait}");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_codes_are_neither_shown_nor_taken() {
    let mut stage = Stage::new().await;
    let patient = stage.account("patient@example.kr").await;
    let own = stage.own_patient(&patient).await;
    let path = format!("/v1/patients/{}/desk-code", own.as_str().expect("an id"));
    let desk = Desk::new(&stage).await;
    stage.world.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let without = stage.world.ingress().await;
    let call = async |who: &Signed, path: &str, body: Value| {
        let (key, token) = (key(), Some(who.access.as_str()));
        let headers = [("idempotency-key", key.as_str())];
        stage.call_at(&without, Method::POST, path, token, &headers, Some(&body)).await
    };
    refused(&call(&patient, &path, json!({})).await, 503, "UNAVAILABLE");
    let look_ups = desk.path("/look-ups");
    let by_code = call(&desk.clerk, &look_ups, json!({"code": "0123456789"})).await;
    refused(&by_code, 503, "UNAVAILABLE");
    assert!(!by_code.header("retry-after").is_empty() && by_code.text.contains("Redis"));
    let by_phone = call(&desk.clerk, &look_ups, json!({"phone": "010-1234-5678"})).await;
    assert_eq!(by_phone.status, 200, "{}", by_phone.text);
    stage.world.finish().await;
}

/// Twenty an hour, whatever is found, at whichever replica, for each clerk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_looks_up_twenty_patients_an_hour() {
    let stage = Stage::new().await;
    let desk = Desk::new(&stage).await;
    let colleague = stage.employee("b@clinic.kr", desk.doctor.hospital, "doctor").await;
    let another = stage.world.ingress().await;
    let look = async |who: &Signed, number: usize| {
        let (key, at) = (key(), if number.is_multiple_of(2) { &stage.ingress } else { &another });
        let (headers, token) = ([("idempotency-key", key.as_str())], Some(who.access.as_str()));
        let body = json!({"phone": format!("010-1234-{:04}", number)});
        let path = desk.path("/look-ups");
        stage.call_at(at, Method::POST, &path, token, &headers, Some(&body)).await
    };
    let at_once =
        futures_util::future::join_all((0..24).map(|number| look(&desk.clerk, number))).await;
    let done = at_once.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 20);
    let last = look(&desk.clerk, 24).await;
    refused(&last, 429, "BUSY");
    let wait: i64 = last.header("retry-after").parse().expect("seconds");
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    assert_eq!(look(&colleague, 0).await.status, 200);
    stage.world.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(look(&desk.clerk, 25).await.status, 200);
    let kept =
        "SELECT COUNT(*) FROM access_log WHERE patient_id IS NULL AND route LIKE 'POST %look-ups'";
    assert_eq!(stage.world.count(kept).await, 22, "also those that found nobody");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_desk_enters_is_found_there_and_booked_for() {
    let stage = Stage::with(&[("DOCDE_ENTERED_AN_HOUR", "2")]).await;
    let _worker = stage.world.worker().await;
    let notifier = stage.world.notifier().await;
    stage.world.owned().await;
    let (desk, other) = (Desk::new(&stage).await, Desk::new(&stage).await);
    let entered = desk.enter(&stage, person()).await;
    assert_eq!(entered.status, 201, "{}", entered.text);
    assert_eq!(entered.json["phone"], "+821098765432");
    assert_eq!(entered.json["has_account"], false);
    let id = entered.json["id"].clone();
    let again = desk.enter(&stage, person()).await;
    assert_eq!((again.status, &again.json["id"]), (200, &id), "no second row of one person");
    let by_name = json!({"name": "김전화", "birth_date": "1980-02-03"});
    assert_eq!(desk.found(&stage, by_name.clone()).await, std::slice::from_ref(&id));
    assert_eq!(other.found(&stage, by_name).await, [Value::Null; 0]);
    refused(&other.book(&stage, &id, "10:00").await, 404, "NOT_FOUND");
    let mut clerk = Socket::open(&notifier, &desk.clerk.patient(), None).await;
    let booked = desk.book(&stage, &id, "10:00").await;
    assert_eq!((booked.status, booked.state()), (200, "confirmed"), "{}", booked.text);
    assert_eq!(booked.json["outcome"]["booking"]["patient_id"], id);
    assert_eq!(booked.json["outcome"]["booking"]["channel"], "phone");
    clerk.outcome().await;
    // The limits are a patient's, with an account or without.
    refused(&desk.book(&stage, &id, "10:00").await, 409, "TOO_MANY_BOOKINGS");
    let path = format!("/v1/lines/{}/tickets", desk.doctor.id);
    for _ in 0..2 {
        let body = json!({"patient_id": id});
        let ticket = stage.send_as(&desk.clerk, Method::POST, &path, &key(), Some(&body)).await;
        assert_eq!(ticket.json["outcome"]["ticket"]["number"], 1, "{}", ticket.text);
    }
    // Steps of the desk go on as with everybody's.
    let path = format!("/v1/hospitals/{}/bookings/{}", desk.doctor.hospital, booked.booking_id());
    let shown = stage.get_as(&desk.clerk, &path).await;
    assert_eq!(shown.json["name"], "김전화", "{}", shown.text);
    let cancel = json!({"revision": 1, "step": "cancel", "reason": "patient_asked"});
    let path = format!("{path}/steps");
    let answer = stage.send_as(&desk.clerk, Method::POST, &path, &key(), Some(&cancel)).await;
    assert_eq!(answer.json["outcome"]["booking"]["status"], "cancelled", "{}", answer.text);
    // What cannot be entered, and how many an hour.
    for (member, value, code) in [
        ("name", json!(" "), "INVALID"),
        ("name", json!("900101-1234567"), "INVALID"),
        ("name", json!("홍".repeat(61)), "INVALID"),
        ("phone", json!("1588-1234"), "INVALID"),
        ("phone", json!("900101-1234567"), "INVALID"),
        ("birth_date", json!("2026-11-24"), "INVALID"),
        ("birth_date", json!("2015-01-01"), "GUARDIAN_NEEDED"),
    ] {
        let mut body = person();
        body[member] = value;
        let answer = desk.enter(&stage, body).await;
        refused(&answer, 422, code);
        assert_eq!(answer.json["field"], member, "{}", answer.text);
    }
    let named =
        |name: &str| json!({"name": name, "birth_date": "1980-02-03", "phone": "02-123-4567"});
    assert_eq!(desk.enter(&stage, named("둘째")).await.status, 201);
    refused(&desk.enter(&stage, named("셋째")).await, 429, "BUSY");
    let foreign = stage.post_as(&other.clerk, &desk.path(""), &key(), &named("넷째")).await;
    refused(&foreign, 404, "NOT_FOUND");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM patient WHERE phone IS NOT NULL").await, 2);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_desk_may_is_set_within_bounds() {
    let mut stage = Stage::with(&[]).await;
    for (name, bad, good) in [
        ("DOCDE_DESK_CODE_SECONDS", ["29", "3601"], ["30", "3600"]),
        ("DOCDE_DESK_CODES_AN_HOUR", ["0", "10001"], ["1", "10000"]),
        ("DOCDE_DESK_KNOWN_SECONDS", ["59", "86401"], ["60", "86400"]),
        ("DOCDE_LOOK_UPS_AN_HOUR", ["0", "10001"], ["1", "10000"]),
        ("DOCDE_ENTERED_AN_HOUR", ["0", "10001"], ["1", "10000"]),
        ("DOCDE_MERGE_UNDO_DAYS", ["0", "3651"], ["1", "3650"]),
    ] {
        for (values, taken) in [(bad, false), (good, true)] {
            for value in values {
                stage.world.set(name, value);
                let read = ingress::Config::from_env(&stage.world.env());
                assert_eq!(read.is_ok(), taken, "{name} {value}");
            }
        }
    }
    stage.world.finish().await;
}
