//! Many at once for one time: one gets it, and everybody else is told that it is taken (P1).

use docde_tests::api::{key, text};
use docde_tests::{Answer, Hours, Patient};
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::{Stage, first_visit, refused};

/// One confirmed, all others `SLOT_TAKEN`: by the worker, recorded, or before the queue, with nothing recorded.
fn one_won(answers: &[Answer]) -> &Answer {
    let (won, lost): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == 201);
    for answer in lost {
        refused(answer, 409, "SLOT_TAKEN");
        let recorded = answer.json["request"]["outcome"]["code"] == "SLOT_TAKEN";
        assert!(recorded != (answer.json["accepted"] == false), "{}", answer.text);
    }
    assert_eq!(won.len(), 1);
    assert_eq!(won[0].state(), "confirmed");
    won[0]
}

async fn race(
    stage: &Stage,
    patients: &[Patient],
    start: impl Fn(usize) -> &'static str,
) -> Vec<Answer> {
    let doors: Vec<_> = std::iter::once(&stage.ingress).chain(&stage.others).collect();
    let attempts = patients.iter().enumerate().map(|(index, patient)| {
        let at = stage.slot(start(index));
        let door = doors[index % doors.len()];
        async move {
            stage
                .post_at(door, patient, "/v1/bookings", &key(), &first_visit(&stage.doctor, at))
                .await
        }
    });
    join_all(attempts).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_racers_for_one_slot_over_two_ingresses_one_is_confirmed() {
    let mut stage = Stage::new().await;
    stage.another_ingress().await;
    let patients = stage.world.patients(200).await;
    let answers = race(&stage, &patients, |_| "10:00").await;
    let won = one_won(&answers).booking_id();
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM booking").await, 1);
    assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 1);
    let winner = patients
        .iter()
        .zip(&answers)
        .find(|(_, answer)| answer.status == 201)
        .expect("the winner")
        .0;
    let shown = stage.get(winner, &format!("/v1/bookings/{won}")).await;
    assert_eq!((shown.status, &shown.json["status"]), (200, &json!("booked")));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_and_two_ingresses_still_give_the_slot_once() {
    let mut stage = Stage::new().await;
    stage.start_worker().await;
    stage.another_ingress().await;
    let patients = stage.world.patients(60).await;
    one_won(&race(&stage, &patients, |_| "10:00").await);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_that_overlap_with_other_starts_are_given_once() {
    let stage = Stage::new().await;
    let patients = stage.world.patients(40).await;
    let answers =
        race(&stage, &patients, |index| if index % 2 == 0 { "10:00" } else { "10:15" }).await;
    one_won(&answers);
    assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_queued_while_no_worker_ran_is_decided_in_the_brokers_order() {
    let mut stage = Stage::without_worker(docde_tests::World::new().await).await;
    let patients = stage.world.patients(5).await;
    let mut requests = Vec::new();
    for patient in &patients {
        requests.push(stage.book_async(patient, &stage.doctor, stage.slot("10:00"), &key()).await);
    }
    stage.start_worker().await;
    for (index, (patient, request)) in patients.iter().zip(requests).enumerate() {
        let answer = stage.decided(patient, request).await;
        assert_eq!(
            answer.state(),
            if index == 0 { "confirmed" } else { "rejected" },
            "{}",
            answer.text
        );
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_seats_are_given_to_two_and_the_third_is_refused() {
    let stage = Stage::new().await;
    let hours = Hours { seats: 2, ..Hours::default() };
    let doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let patients = stage.world.patients(3).await;
    let attempts = patients
        .iter()
        .map(async |patient| stage.book_with(patient, &doctor, stage.slot("10:00"), &key()).await);
    let answers = join_all(attempts).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((won.len(), lost.len()), (2, 1));
    refused(lost[0], 409, "SLOT_TAKEN");
    assert_eq!(stage.world.count("SELECT COUNT(DISTINCT seat_in_use) FROM booking").await, 2);
    // A start in between needs a seat that is free for the whole of it.
    let late = stage.patient().await;
    refused(&stage.book_with(&late, &doctor, stage.slot("10:15"), &key()).await, 409, "SLOT_TAKEN");
    assert_eq!(stage.book_with(&late, &doctor, stage.slot("10:30"), &key()).await.status, 201);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_slots_shown_are_those_that_are_free() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    stage.booked(&patient, stage.slot("10:00")).await;
    let (from, to) = (text(stage.slot("09:30")), text(stage.slot("11:00")));
    let path = format!("/v1/doctors/{}/slots?from={from}&to={to}&visit=first", stage.doctor.id)
        .replace('+', "%2B");
    let shown = stage.get(&patient, &path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let free: Vec<_> = shown.json["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|slot| slot["seats_free"].as_u64())
        .collect();
    assert_eq!(free, [1, 0, 0, 0, 1, 1].map(Some), "{}", shown.text);
    stage.finish().await;
}
