//! Giving back and moving (P9): never two, never none, and what is refused leaves all as it was.

use docde_tests::api::{key, text};
use docde_tests::{Answer, Doctor, Hours, Patient};
use domain::time::Timestamp;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Stage, refused};

/// The booking stands there, as the API shows it.
pub async fn stands(
    stage: &Stage,
    patient: &Patient,
    booking: Uuid,
    at: Timestamp,
    revision: u32,
) -> Value {
    let shown = stage.get(patient, &format!("/v1/bookings/{booking}")).await;
    assert_eq!((shown.status, &shown.json["status"]), (200, &json!("booked")), "{}", shown.text);
    assert_eq!(shown.json["starts_at"], domain::time::show(at, stage.doctor.zone));
    assert_eq!(shown.json["revision"], revision);
    shown.json
}

async fn move_to(
    stage: &Stage,
    patient: &Patient,
    booking: Uuid,
    at: Timestamp,
    doctor: &Doctor,
) -> Answer {
    let body = json!({"starts_at": text(at), "doctor_id": doctor.id});
    stage.post(patient, &format!("/v1/bookings/{booking}/reschedule"), &key(), &body).await
}

pub async fn queue_move(stage: &Stage, patient: &Patient, booking: Uuid, at: Timestamp) -> Uuid {
    let path = format!("/v1/bookings/{booking}/reschedule");
    let answer = stage
        .world
        .post_async(&stage.ingress, patient, &path, &key(), &json!({"starts_at": text(at)}))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.request_id()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_frees_the_old_time_and_takes_the_new_one_under_the_same_id() {
    let stage = Stage::new().await;
    let (patient, other) = (stage.patient().await, stage.patient().await);
    let mut body = crate::stage::first_visit(&stage.doctor, stage.slot("10:00"));
    body["reason"] = json!("두통이 있어요");
    let booking = stage.post(&patient, "/v1/bookings", &key(), &body).await.booking_id();
    let moved = stage.reschedule(&patient, booking, stage.slot("14:00")).await;
    assert_eq!((moved.status, moved.booking_id()), (200, booking), "{}", moved.text);
    let shown = stands(&stage, &patient, booking, stage.slot("14:00"), 2).await;
    assert_eq!((&shown["reason"], &shown["visit"]), (&json!("두통이 있어요"), &json!("first")));
    refused(&stage.book(&other, stage.slot("14:15")).await, 409, "SLOT_TAKEN");
    stage.booked(&other, stage.slot("10:00")).await;
    stage.finish().await;
}

/// One's own time is no obstacle: neither where it overlaps nor where it is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_by_a_quarter_of_an_hour_does_not_meet_itself() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    for (index, at) in ["10:15", "10:00", "10:00"].into_iter().enumerate() {
        let moved = stage.reschedule(&patient, booking, stage.slot(at)).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        stands(&stage, &patient, booking, stage.slot(at), 2 + u32::try_from(index).expect("small"))
            .await;
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_20_who_move_to_one_slot_one_gets_it_and_the_others_keep_theirs() {
    let stage = Stage::new().await;
    let patients = stage.world.patients(20).await;
    let old = |index: usize| {
        stage.slot("00:00") + domain::time::minutes(30 * u32::try_from(index).expect("small"))
    };
    let bookings = join_all(
        patients.iter().enumerate().map(|(index, patient)| stage.booked(patient, old(index))),
    )
    .await;
    let wished = stage.slot("15:00");
    let moves = patients
        .iter()
        .zip(&bookings)
        .map(|(patient, booking)| stage.reschedule(patient, *booking, wished));
    let answers = join_all(moves).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for (index, answer) in answers.iter().enumerate() {
        if answer.status == 200 {
            stands(&stage, &patients[index], bookings[index], wished, 2).await;
        } else {
            refused(answer, 409, "SLOT_TAKEN");
            assert_eq!(answer.json["alternatives"].as_array().map(Vec::len), Some(3));
            stands(&stage, &patients[index], bookings[index], old(index), 1).await;
        }
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_to_another_doctor_of_the_hospital() {
    let stage = Stage::new().await;
    let colleague = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    let (patient, other) = (stage.patient().await, stage.patient().await);
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let moved = move_to(&stage, &patient, booking, stage.slot("10:00"), &colleague).await;
    assert_eq!((moved.status, moved.booking_id()), (200, booking), "{}", moved.text);
    let shown = stands(&stage, &patient, booking, stage.slot("10:00"), 2).await;
    assert_eq!(shown["doctor_id"], colleague.id.to_string());
    stage.booked(&other, stage.slot("10:00")).await;
    let third = stage.patient().await;
    refused(
        &stage.book_with(&third, &colleague, stage.slot("10:00"), &key()).await,
        409,
        "SLOT_TAKEN",
    );
    // Back, where the other one is now.
    refused(
        &move_to(&stage, &patient, booking, stage.slot("10:00"), &stage.doctor).await,
        409,
        "SLOT_TAKEN",
    );
    stands(&stage, &patient, booking, stage.slot("10:00"), 2).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_keeps_to_all_rules_of_booking() {
    let stage = Stage::new().await;
    let (elsewhere, patient) = (stage.world.doctor().await, stage.patient().await);
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let abroad = move_to(&stage, &patient, booking, stage.slot("10:00"), &elsewhere).await;
    refused(&abroad, 422, "INVALID");
    assert_eq!(abroad.json["field"], "doctor_id");
    assert_eq!(
        stage.book_with(&patient, &elsewhere, stage.slot("12:00"), &key()).await.status,
        201
    );
    refused(&stage.reschedule(&patient, booking, stage.slot("12:15")).await, 409, "PATIENT_BUSY");
    refused(
        &stage.reschedule(&patient, booking, stage.slot("12:07")).await,
        422,
        "SLOT_NOT_OFFERED",
    );
    refused(
        &stage.reschedule(&patient, booking, stage.doctor.on(&stage.world, -1, "10:00")).await,
        409,
        "CUTOFF_PASSED",
    );
    let tomorrow = stage.doctor.on(&stage.world, 3, "10:00");
    stage.booked(&patient, tomorrow).await;
    refused(
        &stage.reschedule(&patient, booking, stage.doctor.on(&stage.world, 3, "15:00")).await,
        409,
        "TOO_MANY_BOOKINGS",
    );
    let nobody = move_to(
        &stage,
        &patient,
        booking,
        tomorrow,
        &Doctor { id: domain::ids::DoctorId::generate(), ..stage.doctor },
    )
    .await;
    refused(&nobody, 404, "NOT_FOUND");
    stands(&stage, &patient, booking, stage.slot("10:00"), 1).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_moves_of_one_booking_at_once_end_at_one_place() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let moves = [stage.slot("14:00"), stage.slot("15:00")];
    let answers = join_all(moves.map(|at| stage.reschedule(&patient, booking, at))).await;
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "one after the other both are granted"
    );
    let last = answers
        .iter()
        .position(|answer| answer.request()["outcome"]["booking"]["revision"] == 3)
        .expect("a last one");
    stands(&stage, &patient, booking, moves[last], 3).await;
    assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_and_a_move_at_once_end_cancelled() {
    let stage = Stage::new().await;
    let patients = stage.world.patients(10).await;
    let at = |index: usize, hour| {
        stage.slot(hour) + domain::time::minutes(30 * u32::try_from(index).expect("small"))
    };
    let turns = patients.iter().enumerate().map(async |(index, patient)| {
        let booking = stage.booked(patient, at(index, "00:00")).await;
        let (moved, cancelled) = if index % 2 == 0 {
            tokio::join!(
                stage.reschedule(patient, booking, at(index, "12:00")),
                stage.cancel(patient, booking)
            )
        } else {
            let (cancelled, moved) = tokio::join!(
                stage.cancel(patient, booking),
                stage.reschedule(patient, booking, at(index, "12:00"))
            );
            (moved, cancelled)
        };
        assert_eq!(cancelled.status, 200, "{}", cancelled.text);
        if moved.status == 200 {
            assert_eq!(cancelled.json["outcome"]["booking"]["revision"], 3);
        } else {
            refused(&moved, 409, "STATE_CONFLICT");
        }
        let shown = stage.get(patient, &format!("/v1/bookings/{booking}")).await;
        assert_eq!(shown.json["status"], "cancelled");
    });
    join_all(turns).await;
    assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 0);
    stage.finish().await;
}
