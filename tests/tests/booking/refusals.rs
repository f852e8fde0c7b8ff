//! A refusal says what is the matter and what would help (P4): by the rules, at the door or by the worker.

use docde_tests::api::{key, text};
use docde_tests::{Answer, Hours, World, until};
use serde_json::{Value, json};

use crate::stage::{Stage, first_visit, refused, standing};

/// Refused before the queue: nothing was accepted, nothing is recorded.
fn not_accepted(answer: &Answer) {
    assert_eq!(
        (&answer.json["accepted"], &answer.json["request"]),
        (&json!(false), &Value::Null),
        "{}",
        answer.text
    );
}

/// Refused by the worker: the Request is in it.
fn decided(answer: &Answer) {
    assert_eq!(
        (&answer.json["accepted"], answer.state()),
        (&Value::Null, "rejected"),
        "{}",
        answer.text
    );
    assert_eq!(answer.request()["outcome"]["code"], answer.code());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_slot_comes_with_up_to_three_that_are_really_free() {
    let stage = Stage::new().await;
    for at in ["10:00", "10:30", "09:00"] {
        stage.booked(&stage.patient().await, stage.slot(at)).await;
    }
    let patient = stage.patient().await;
    let answer = stage.book(&patient, stage.slot("10:00")).await;
    refused(&answer, 409, "SLOT_TAKEN");
    let alternatives = answer.json["alternatives"].as_array().expect("alternatives");
    let starts: Vec<_> =
        alternatives.iter().map(|slot| slot["starts_at"].as_str().expect("a start")).collect();
    let expected =
        ["09:30", "11:00", "11:15"].map(|at| domain::time::show(stage.slot(at), stage.doctor.zone));
    assert_eq!(starts, expected, "the nearest first");
    let doctor = stage.doctor.id.to_string();
    assert!(alternatives.iter().all(|slot| slot["doctor_id"] == doctor));
    for slot in [&alternatives[0], &alternatives[1]] {
        let body = json!({"doctor_id": slot["doctor_id"], "starts_at": slot["starts_at"], "visit": "first"});
        let booked = stage.post(&stage.patient().await, "/v1/bookings", &key(), &body).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_is_full_has_no_alternatives() {
    let stage = Stage::new().await;
    let hours = Hours { opens: "10:00", closes: "10:30", ..Hours::default() };
    let doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let slot = stage.slot("10:00");
    assert_eq!(stage.book_with(&stage.patient().await, &doctor, slot, &key()).await.status, 201);
    let answer = stage.book_with(&stage.patient().await, &doctor, slot, &key()).await;
    refused(&answer, 409, "SLOT_TAKEN");
    assert_eq!(answer.json["alternatives"], json!([]));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_the_schedule_has_not_is_not_offered() {
    let stage = Stage::new().await;
    let hours = Hours {
        opens: "09:00",
        closes: "18:00",
        lunch: Some(("12:30", "14:00")),
        ..Hours::default()
    };
    let doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let patient = stage.patient().await;
    stage.door_is_sure().await;
    for at in ["08:45", "10:07", "12:15", "12:30", "13:45", "17:45", "18:00"] {
        let answer = stage.book_with(&patient, &doctor, stage.slot(at), &key()).await;
        refused(&answer, 422, "SLOT_NOT_OFFERED");
        not_accepted(&answer);
    }
    for at in ["09:00", "12:00", "14:00", "17:30"] {
        let other = stage.patient().await;
        assert_eq!(
            stage.book_with(&other, &doctor, stage.slot(at), &key()).await.status,
            201,
            "{at}"
        );
    }
    stage.finish().await;
}

async fn close(stage: &Stage, whole_hospital: bool, first: i64, last: i64) {
    let day = |days| {
        domain::time::day_of(stage.doctor.on(&stage.world, days, "12:00"), stage.doctor.zone)
    };
    sqlx::query("INSERT INTO closure (id, hospital_id, doctor_id, first_day, last_day) VALUES (?, ?, ?, ?, ?)")
        .bind(uuid::Uuid::now_v7())
        .bind(stage.doctor.hospital.uuid())
        .bind((!whole_hospital).then_some(stage.doctor.id.uuid()))
        .bind(day(first))
        .bind(day(last))
        .execute(&stage.world.pool)
        .await
        .expect("closure");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_day_tells_until_when() {
    for whole_hospital in [true, false] {
        let stage = Stage::new().await;
        close(&stage, whole_hospital, 2, 4).await;
        let patient = stage.patient().await;
        let first = stage.book(&patient, stage.slot("10:00")).await;
        refused(&first, 409, "CLOSED");
        until("the door to refuse by itself", async || {
            (stage.book(&patient, stage.slot("10:00")).await.json["accepted"] == false)
                .then_some(())
        })
        .await;
        let answer = stage.book(&patient, stage.slot("10:00")).await;
        refused(&answer, 409, "CLOSED");
        not_accepted(&answer);
        let reopens = stage.doctor.on(&stage.world, 5, "00:00");
        assert_eq!(answer.json["until"], domain::time::show(reopens, stage.doctor.zone));
        stage.booked(&patient, stage.doctor.on(&stage.world, 5, "10:00")).await;
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_closed_while_the_command_was_queued_is_closed() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let patient = stage.patient().await;
    let request = stage.book_async(&patient, &stage.doctor, stage.slot("10:00"), &key()).await;
    close(&stage, true, 2, 2).await;
    stage.start_worker().await;
    let answer = stage.decided(&patient, request).await;
    assert_eq!(answer.json["outcome"]["code"], "CLOSED", "{}", answer.text);
    assert_eq!(
        answer.json["outcome"]["until"],
        domain::time::show(stage.doctor.on(&stage.world, 3, "00:00"), stage.doctor.zone)
    );
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_cut_off_booking_moving_and_cancelling_are_refused_with_its_time() {
    let mut stage =
        Stage::without_worker(World::at(standing("2026-11-23T08:00:00+09:00")).await).await;
    let hours = Hours { cutoff: 60, ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    stage.start_worker().await;
    let at = |hour| stage.doctor.on(&stage.world, 0, hour);
    stage.door_is_sure().await;
    let (patient, early) =
        (stage.patient().await, stage.book(&stage.patient().await, at("08:45")).await);
    refused(&early, 409, "CUTOFF_PASSED");
    not_accepted(&early);
    assert_eq!(early.json["at"], "2026-11-23T07:45:00+09:00");
    let booking = stage.booked(&patient, at("10:00")).await;
    stage.advance_minutes(60);
    let (cancelled, moved) = (
        stage.cancel(&patient, booking).await,
        stage.reschedule(&patient, booking, at("15:00")).await,
    );
    for answer in [cancelled, moved] {
        refused(&answer, 409, "CUTOFF_PASSED");
        decided(&answer);
        assert_eq!(answer.json["at"], "2026-11-23T09:00:00+09:00");
    }
    let shown = stage.get(&patient, &format!("/v1/bookings/{booking}")).await;
    assert_eq!((&shown.json["status"], &shown.json["revision"]), (&json!("booked"), &json!(1)));
    stage.finish().await;
}

/// The clock of the decision counts, not that of the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_waited_past_the_cut_off_is_refused() {
    let mut stage =
        Stage::without_worker(World::at(standing("2026-11-23T08:55:00+09:00")).await).await;
    let hours = Hours { cutoff: 60, ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let (patient, slot) = (stage.patient().await, stage.doctor.on(&stage.world, 0, "10:00"));
    let request = stage.book_async(&patient, &stage.doctor, slot, &key()).await;
    stage.advance_minutes(9);
    stage.start_worker().await;
    let answer = stage.decided(&patient, request).await;
    assert_eq!(answer.json["outcome"]["code"], "CUTOFF_PASSED", "{}", answer.text);
    assert_eq!(answer.json["decided_at"], "2026-11-23T09:04:00+09:00");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_the_bookings_state_forbids_names_the_state() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    assert_eq!(stage.cancel(&patient, booking).await.status, 200);
    for answer in [
        stage.cancel(&patient, booking).await,
        stage.reschedule(&patient, booking, stage.slot("11:00")).await,
    ] {
        refused(&answer, 409, "STATE_CONFLICT");
        decided(&answer);
        assert_eq!(answer.json["current"], "cancelled");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_patient_is_invalid_and_a_child_is_not() {
    let stage = Stage::new().await;
    let (parent, other) = (stage.patient().await, stage.patient().await);
    let (child, stranger) =
        (stage.world.child_of(&parent).await, domain::ids::PatientId::generate());
    let body = |patient: domain::ids::PatientId, at: &str| {
        let mut body = first_visit(&stage.doctor, stage.slot(at));
        body["patient_id"] = json!(patient);
        body
    };
    for patient in [other.id, stranger] {
        let answer = stage.post(&parent, "/v1/bookings", &key(), &body(patient, "10:00")).await;
        refused(&answer, 422, "INVALID");
        decided(&answer);
        assert_eq!(answer.json["field"], "patient_id");
    }
    // Two children's times may overlap, or the parent's and a child's; not two of one child.
    assert_eq!(
        stage.post(&parent, "/v1/bookings", &key(), &body(child, "10:00")).await.status,
        201
    );
    let second = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    assert_eq!(stage.book_with(&parent, &second, stage.slot("10:00"), &key()).await.status, 201);
    let third = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    let mut again = first_visit(&third, stage.slot("10:15"));
    again["patient_id"] = json!(child);
    refused(&stage.post(&parent, "/v1/bookings", &key(), &again).await, 409, "PATIENT_BUSY");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_come_in_the_language_asked_for() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let body = json!({"doctor_id": stage.doctor.id, "starts_at": text(stage.slot("10:07"))});
    for (wish, expected) in
        [("en-US,en;q=0.9", "en"), ("ko-KR", "ko"), ("de", "ko"), ("ko;q=0.4,en;q=0.9", "en")]
    {
        let (key, headers) = (key(), [("accept-language", wish)]);
        let headers = [("idempotency-key", key.as_str()), headers[0]];
        let answer = stage
            .world
            .call(
                &stage.ingress,
                &patient,
                reqwest::Method::POST,
                "/v1/bookings",
                &headers,
                Some(&body),
            )
            .await;
        refused(&answer, 422, "SLOT_NOT_OFFERED");
        assert_eq!(answer.json["title"], answer.json["titles"][expected], "{wish}");
        assert_ne!(answer.json["titles"]["ko"], answer.json["titles"]["en"]);
    }
    stage.finish().await;
}
