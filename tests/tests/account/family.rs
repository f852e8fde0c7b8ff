//! The family of an account: who is added, who agrees, who is booked for, who leaves.

use docde_tests::Doctor;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::stage::{PATIENTS, Signed, Stage, id_of, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_has_eight_members_and_no_ninth_however_many_ask_at_once() {
    let stage = Stage::new().await;
    let signed = stage.account("a@example.kr").await;
    let asked = key();
    let body = json!({"name": " 홍아이 ".nfd().collect::<String>(), "birth_date": "2020-05-05"});
    let first = stage.post_as(&signed, PATIENTS, &asked, &body).await;
    assert_eq!((first.status, &first.json["name"]), (201, &json!("홍아이")), "{}", first.text);
    assert_eq!(
        (&first.json["own"], &first.json["birth_date"]),
        (&json!(false), &json!("2020-05-05"))
    );
    assert_eq!(stage.post_as(&signed, PATIENTS, &asked, &body).await.text, first.text);
    for _ in 0..6 {
        stage.child(&signed, "2020-05-05").await;
    }
    let (one, two) = tokio::join!(
        stage.add(&signed, "여덟째", "2024-01-01"),
        stage.add(&signed, "여덟째", "2024-01-01")
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.text, two.text);
    refused(&stage.add(&signed, "아홉째", "2024-01-01").await, 409, "FAMILY_FULL");
    // In pages, the holder among them; another account sees its own alone.
    let page = stage.get_as(&signed, "/v1/patients?limit=5").await;
    let items = |page: &docde_tests::Answer| page.json["items"].as_array().expect("items").clone();
    assert_eq!((items(&page).len(), &items(&page)[0]["own"]), (5, &json!(true)), "{}", page.text);
    let cursor = page.json["next_cursor"].as_str().expect("more");
    let rest = stage.get_as(&signed, &format!("/v1/patients?limit=5&cursor={cursor}")).await;
    assert_eq!((items(&rest).len(), &rest.json["next_cursor"]), (4, &json!(null)));
    let other = stage.account("b@example.kr").await;
    assert_eq!(items(&stage.get_as(&other, PATIENTS).await).len(), 1);
    // The limit is the account's, and people may change it.
    let raise = "UPDATE account SET max_family = 9 WHERE email = 'a@example.kr'";
    sqlx::query(raise).execute(&stage.world.pool).await.expect("a limit");
    stage.child(&signed, "2020-05-05").await;
    refused(&stage.add(&signed, "열째", "2024-01-01").await, 409, "FAMILY_FULL");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_of_a_family_member_is_refused_and_anothers_are_not_there() {
    let stage = Stage::new().await;
    let (signed, other) =
        (stage.account("a@example.kr").await, stage.account("b@example.kr").await);
    for (name, born, status, code) in [
        ("", "2020-01-01", 422, "INVALID"),
        (&*"가".repeat(61), "2020-01-01", 422, "INVALID"),
        ("9001011234567", "2020-01-01", 422, "INVALID"),
        ("홍아이", "2026-11-24", 422, "INVALID"),
        ("홍아이", "1880-01-01", 422, "INVALID"),
        ("홍아이", "2026-02-30", 400, "MALFORMED"),
    ] {
        refused(&stage.add(&signed, name, born).await, status, code);
    }
    let child = stage.child(&signed, "2020-05-05").await;
    let path = format!("{PATIENTS}/{child}");
    let edit = async |who: &Signed, body: Value| {
        stage.send_as(who, Method::PATCH, &path, &key(), Some(&body)).await
    };
    refused(&edit(&other, json!({"name": "남의아이"})).await, 404, "NOT_FOUND");
    let gone = stage.send_as(&other, Method::DELETE, &path, &key(), None).await;
    refused(&gone, 404, "NOT_FOUND");
    let moved = stage.post_as(&other, &format!("{path}/move-code"), &key(), &json!({})).await;
    refused(&moved, 404, "NOT_FOUND");
    refused(&edit(&signed, json!({})).await, 400, "MALFORMED");
    refused(&edit(&signed, json!({"birth_date": "2007-11-23"})).await, 422, "CONSENT_MISSING");
    let edited = edit(&signed, json!({"name": "홍둘째", "birth_date": "2021-05-05"})).await;
    assert_eq!((edited.status, &edited.json["name"]), (200, &json!("홍둘째")), "{}", edited.text);
    assert_eq!(edited.json["birth_date"], "2021-05-05");
    // The holder's name is the account's too; and the holder stays old enough for one.
    let own = stage.get_as(&signed, PATIENTS).await.json["items"][0].clone();
    let path = format!("{PATIENTS}/{}", id_of(&own));
    let body = json!({"name": "김철수"});
    stage.send_as(&signed, Method::PATCH, &path, &key(), Some(&body)).await;
    assert_eq!(stage.get_as(&signed, "/v1/account").await.json["name"], "김철수");
    let body = json!({"birth_date": "2020-01-01"});
    let young = stage.send_as(&signed, Method::PATCH, &path, &key(), Some(&body)).await;
    refused(&young, 422, "GUARDIAN_NEEDED");
    let gone = stage.send_as(&signed, Method::DELETE, &path, &key(), None).await;
    refused(&gone, 409, "STATE_CONFLICT");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adult_agrees_by_a_code_that_comes_to_their_own_address() {
    const ADULT: &str = "mother@example.kr";
    let stage = Stage::new().await;
    let (signed, other) =
        (stage.account("a@example.kr").await, stage.account("b@example.kr").await);
    let ask = async |who: &Signed, email: &str| {
        stage.post_as(who, "/v1/patients/codes", &key(), &json!({"email": email})).await
    };
    let add = async |who: &Signed, code: Option<&str>| {
        let mut body = json!({"name": "홍어머니", "birth_date": "1960-03-01"});
        if let Some(code) = code {
            (body["email"], body["code"]) = (json!(ADULT), json!(code));
        }
        stage.post_as(who, PATIENTS, &key(), &body).await
    };
    refused(&add(&signed, None).await, 422, "CONSENT_MISSING");
    refused(&ask(&signed, "A@example.kr").await, 422, "INVALID");
    assert_eq!(ask(&signed, ADULT).await.status, 202);
    let mail = stage.mails.to(ADULT, 1).await[0].clone();
    assert!(mail.text.contains("홍길동"), "who asks: {}", mail.text);
    let code = mail.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    refused(&add(&signed, Some(wrong)).await, 422, "CODE_WRONG");
    refused(&add(&other, Some(&code)).await, 422, "CODE_WRONG");
    let added = add(&signed, Some(&code)).await;
    assert_eq!(added.status, 201, "{}", added.text);
    refused(&add(&signed, Some(&code)).await, 422, "CODE_WRONG");
    let agreed = "SELECT COUNT(*) FROM patient WHERE agreed_at IS NOT NULL";
    assert_eq!(stage.world.count(agreed).await, 1);
    // A child needs none; and nobody writes to strangers without end.
    let body = json!({"name": "홍아이", "birth_date": "2020-01-01", "email": ADULT, "code": code});
    refused(&stage.post_as(&signed, PATIENTS, &key(), &body).await, 422, "INVALID");
    for number in 0..11 {
        assert_eq!(ask(&signed, &format!("n{number}@example.kr")).await.status, 202);
    }
    let more = ask(&signed, "n11@example.kr").await;
    refused(&more, 429, "BUSY");
    assert!(!more.header("retry-after").is_empty());
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_children_are_seen_at_the_same_time_and_one_is_not_in_two_places() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let signed = stage.account("a@example.kr").await;
    let (one, two) = (stage.world.doctor().await, stage.world.doctor().await);
    let first = stage.child(&signed, "2020-05-05").await;
    let second = stage.child(&signed, "2022-05-05").await;
    assert_eq!(stage.book(&signed, &one, "10:00", Some(&first)).await.status, 201);
    assert_eq!(stage.book(&signed, &two, "10:00", Some(&second)).await.status, 201);
    let third = stage.world.doctor().await;
    let clash = stage.book(&signed, &third, "10:15", Some(&first)).await;
    refused(&clash, 409, "PATIENT_BUSY");
    let body = json!({"doctor_id": third.id, "patient_id": second});
    let ticket = stage.send_as(&signed, Method::POST, "/v1/receptions", &key(), Some(&body)).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    let listed = stage.get_as(&signed, "/v1/bookings").await;
    let items = listed.json["items"].as_array().expect("items");
    let patients: Vec<_> = items.iter().map(|item| item["patient_id"].clone()).collect();
    assert_eq!(patients, [json!(second), json!(first)], "{}", listed.text);
    assert_eq!(items[0]["doctor_name"], "김의사");
    assert_eq!(items[0]["hospital_name"], "시험의원");
    for (filter, count) in the_filters(&stage, &one, &first) {
        let listed = stage.get_as(&signed, &format!("/v1/bookings?{filter}")).await;
        assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(count), "{filter}");
    }
    for wrong in
        ["status=lost", "status=booked,", "from=tomorrow", "to=2026-11-25T10:00:00", "patient_id=1"]
    {
        let listed = stage.get_as(&signed, &format!("/v1/bookings?{wrong}")).await;
        refused(&listed, 400, "MALFORMED");
    }
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_visits_leaves_the_family_and_keeps_them_and_who_has_none_is_erased() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let signed = stage.account("a@example.kr").await;
    let doctor = stage.world.doctor().await;
    let remove = async |id: &str, key: &str| {
        stage.send_as(&signed, Method::DELETE, &format!("{PATIENTS}/{id}"), key, None).await
    };
    let (seen, unseen) =
        (stage.child(&signed, "2020-05-05").await, stage.child(&signed, "2021-05-05").await);
    let asked = key();
    let gone = remove(&unseen, &asked).await;
    assert_eq!((gone.status, &gone.json["erased"]), (200, &json!(true)), "{}", gone.text);
    assert_eq!(remove(&unseen, &asked).await.text, gone.text);
    refused(&remove(&unseen, &key()).await, 404, "NOT_FOUND");
    let booked = stage.book(&signed, &doctor, "10:00", Some(&seen)).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    refused(&remove(&seen, &key()).await, 409, "PATIENT_IN_USE");
    let path = format!("/v1/bookings/{}/cancel", booked.booking_id());
    assert_eq!(stage.send_as(&signed, Method::POST, &path, &key(), None).await.status, 200);
    let gone = remove(&seen, &key()).await;
    assert_eq!((gone.status, &gone.json["erased"]), (200, &json!(false)), "{}", gone.text);
    let people = stage.get_as(&signed, PATIENTS).await;
    assert_eq!(people.json["items"].as_array().map(Vec::len), Some(1), "{}", people.text);
    // Nothing more is booked for either, and what was is still told.
    for id in [&seen, &unseen] {
        let answer = stage.book(&signed, &doctor, "11:00", Some(id)).await;
        refused(&answer, 422, "INVALID");
        assert_eq!(answer.json["field"], "patient_id");
    }
    let listed = stage.get_as(&signed, "/v1/bookings").await;
    assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(1), "{}", listed.text);
    stage.world.finish().await;
}

/// What is asked for of two bookings at the same time, one of them the child's, with how many it is.
fn the_filters(stage: &Stage, doctor: &Doctor, child: &str) -> Vec<(String, usize)> {
    let at = |at: &str| {
        let at = doctor.on(&stage.world, 2, at);
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    let nobody = uuid::Uuid::now_v7();
    vec![
        ("status=pending,booked".to_owned(), 2),
        ("status=cancelled".to_owned(), 0),
        (format!("patient_id={child}"), 1),
        (format!("patient_id={nobody}"), 0),
        (format!("patient_id={child}&status=cancelled"), 0),
        (format!("from={}&to={}", at("10:00"), at("10:01")), 2),
        (format!("from={}", at("10:01")), 0),
        (format!("to={}", at("10:00")), 0),
    ]
}
