//! What search says of free time is right within two seconds: after a booking and a cancellation, at midnight, when a day is
//! released, when a cut-off passes, when a schedule is changed.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::wait::until_within;
use docde_tests::{Doctor, Hours};
use platform::search::revision_store;
use std::time::Duration;

use crate::stage::{Place, Stage, monday, world};

const PROMISED: Duration = Duration::from_secs(2);

/// Waits as long as is promised until the day's free slots at the only hospital are so many; 0: it is not found.
async fn free(stage: &Stage, day: &str, slots: u64) {
    let mut last = None;
    let found = until_within("search to be right", PROMISED, async || {
        let answer = stage.search(&[("free_on", day)]).await;
        let doctors = &answer.json["items"][0]["doctors"];
        let counts = doctors
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|doctor| doctor["free_slots"].as_u64());
        let count: u64 = counts.sum();
        last = Some(answer);
        (count == slots).then_some(())
    })
    .await;
    if let Err(error) = found {
        panic!(
            "{slots} free slots on {day}: {error}; {}",
            last.map(|answer| answer.text).unwrap_or_default()
        );
    }
}

/// A hospital with one doctor.
async fn stage_with(hours: &Hours) -> (Stage, Doctor) {
    let stage = Stage::of(world(monday()).await).await;
    let hospital = stage.hospital(Place::default()).await;
    let doctor = stage.world.doctor_at(hospital, hours).await;
    stage.in_step().await;
    (stage, doctor)
}

/// Two starts a day, at nine and at half past.
fn two_slots() -> Hours {
    Hours { step: 30, first: 30, opens: "09:00", closes: "10:00", ..Hours::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booked_slot_is_gone_from_search_and_a_cancelled_one_is_back() {
    let (stage, doctor) = stage_with(&two_slots()).await;
    stage.world.worker().await;
    stage.world.owned().await;
    free(&stage, "2026-11-24", 2).await;
    let mut bookings = Vec::new();
    for (at, left) in [("09:00", 1), ("09:30", 0)] {
        let patient = stage.world.patient().await;
        let starts_at = doctor.on(&stage.world, 1, at);
        let booked = stage.world.book(&stage.ingress, &patient, &doctor, starts_at, &key()).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        free(&stage, "2026-11-24", left).await;
        bookings.push((patient, booked.booking_id()));
    }
    free(&stage, "2026-11-25", 2).await;
    let (patient, booking) = &bookings[0];
    let cancelled = stage.world.cancel(&stage.ingress, patient, *booking, &key()).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    free(&stage, "2026-11-24", 1).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_alone_changes_what_is_free() {
    let (stage, _doctor) =
        stage_with(&Hours { cutoff: 60, release: Some((2, "08:00")), ..two_slots() }).await;
    let advance = |minutes| stage.world.clock.advance(TimeDelta::minutes(minutes));
    // Monday, 10:00: Wednesday has been released at eight.
    free(&stage, "2026-11-25", 2).await;
    free(&stage, "2026-11-26", 0).await;
    advance(22 * 60); // Tuesday, 08:00: the cut-off of nine o'clock, and Thursday is released
    free(&stage, "2026-11-24", 1).await;
    free(&stage, "2026-11-26", 2).await;
    advance(30);
    free(&stage, "2026-11-24", 0).await;
    advance(16 * 60); // Wednesday, 00:30
    free(&stage, "2026-11-25", 2).await;
    stage.in_step().await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_schedule_is_found_without_any_booking() {
    let (stage, doctor) = stage_with(&two_slots()).await;
    free(&stage, "2026-11-24", 2).await;
    let mut transaction = stage.world.pool.begin().await.expect("a transaction");
    sqlx::query("UPDATE schedule_hours SET closes = '12:00' WHERE doctor_id = ?")
        .bind(doctor.id.uuid())
        .execute(&mut *transaction)
        .await
        .expect("hours");
    revision_store::raise(&mut transaction, &[doctor.hospital]).await.expect("a revision");
    transaction.commit().await.expect("a commit");
    free(&stage, "2026-11-24", 6).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_schedule_free_time_is_unknown_and_not_none() {
    let stage = Stage::new().await;
    stage.hospital(Place { name: "모름의원", ..Place::default() }).await;
    let answer = stage.search(&[("q", "모름의원")]).await;
    let hit = &answer.json["items"][0];
    assert_eq!(hit["availability"], "unknown", "{}", answer.text);
    assert!(
        hit["as_of"].is_string() && hit["open_now"].is_null() && hit["rating"].is_null(),
        "{hit}"
    );
    assert_eq!(stage.names(&[("free_on", "2026-11-24")]).await, [""; 0]);
    let facets = &answer.json["facets"]["availability"];
    assert_eq!(*facets, serde_json::json!([{"value": "unknown", "count": 1}]));
    stage.finish().await;
}
