//! Several patients do anything at all with one doctor's day, at once; in the end all that they were told is
//! true, and the tables fit together (P9).

use docde_tests::api::{key, text};
use docde_tests::{Answer, Chance, Patient, long};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

use crate::stage::{Stage, first_visit};

/// What a patient may do.
enum Action {
    Book,
    Cancel(Uuid),
    Move(Uuid),
}

async fn send(
    stage: &Stage,
    door: usize,
    patient: &Patient,
    action: Action,
    quarter: u32,
) -> Answer {
    let at = stage.slot("10:00") + domain::time::minutes(15 * quarter);
    let doors = [&stage.ingress, &stage.others[0]];
    let (path, body) = match action {
        Action::Book => ("/v1/bookings".to_owned(), first_visit(&stage.doctor, at)),
        Action::Cancel(booking) => (format!("/v1/bookings/{booking}/cancel"), json!({})),
        Action::Move(booking) => {
            (format!("/v1/bookings/{booking}/reschedule"), json!({"starts_at": text(at)}))
        }
    };
    stage.post_at(doors[door], patient, &path, &key(), &body).await
}

/// The latest state of each booking that anybody was told.
type LatestBookings = HashMap<Uuid, (usize, Value)>;

fn note(latest: &mut LatestBookings, patient: usize, answer: &Answer) {
    if answer.state() != "confirmed" {
        assert!(
            ["SLOT_TAKEN", "PATIENT_BUSY", "STATE_CONFLICT", "TOO_MANY_BOOKINGS"]
                .contains(&answer.code()),
            "{}",
            answer.text
        );
        return;
    }
    let booking = &answer.request()["outcome"]["booking"];
    let before =
        latest.get(&answer.booking_id()).and_then(|(_, before)| before["revision"].as_u64());
    assert_ne!(before, booking["revision"].as_u64(), "two changes under one revision");
    if before < booking["revision"].as_u64() {
        latest.insert(answer.booking_id(), (patient, booking.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bookings_moves_and_cancellations_at_once_end_consistent() {
    let mut stage = Stage::new().await;
    stage.start_worker().await;
    stage.another_ingress().await;
    stage.world.limits(stage.doctor.hospital, 3, 3).await;
    let patients = stage.world.patients(8).await;
    let seed = u64::try_from(Uuid::new_v4().as_u128() >> 70).expect("58 bits") | 1;
    println!("seed {seed}");
    let (mut chance, mut latest) = (Chance::new(seed), LatestBookings::new());
    for _ in 0..long::or(4, 60) {
        let mut actions = Vec::new();
        for _ in 0..50 {
            let patient = chance.below(patients.len());
            let own: Vec<Uuid> =
                latest.iter().filter(|(_, (of, _))| *of == patient).map(|(id, _)| *id).collect();
            let action = match (chance.below(3), own.is_empty()) {
                (0, _) | (_, true) => Action::Book,
                (1, _) => Action::Cancel(own[chance.below(own.len())]),
                _ => Action::Move(own[chance.below(own.len())]),
            };
            actions.push((
                patient,
                action,
                u32::try_from(chance.below(16)).expect("small"),
                chance.below(2),
            ));
        }
        let calls = actions.into_iter().map(async |(patient, action, quarter, door)| {
            (patient, send(&stage, door, &patients[patient], action, quarter).await)
        });
        join_all(calls)
            .await
            .iter()
            .for_each(|(patient, answer)| note(&mut latest, *patient, answer));
    }
    for (id, (patient, last)) in &latest {
        let shown = stage.get(&patients[*patient], &format!("/v1/bookings/{id}")).await;
        for member in ["status", "starts_at", "ends_at", "revision"] {
            assert_eq!(shown.json[member], last[member], "{id}: {member}");
        }
    }
    assert_eq!(
        stage.world.count("SELECT COUNT(*) FROM booking").await,
        i64::try_from(latest.len()).expect("few")
    );
    stage.finish().await;
}
