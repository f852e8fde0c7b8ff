//! How much one patient may have (P4): one place at a time across hospitals and partitions, and as many
//! bookings as the hospital's limits allow, which it may edit at any time.

use docde_tests::api::key;
use docde_tests::{Doctor, Hours, World, until};
use domain::ids::PatientId;
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::{Stage, first_visit, refused};

/// A doctor of a hospital in the other partition.
async fn far_doctor(stage: &Stage) -> Doctor {
    let hospital = stage.world.hospital_in(1 - stage.doctor.partition().index()).await;
    stage.world.doctor_at(hospital, &Hours::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_is_at_one_place_at_a_time_across_partitions() {
    let stage = Stage::new().await;
    let (far, patient) = (far_doctor(&stage).await, stage.patient().await);
    stage.booked(&patient, stage.slot("10:00")).await;
    for at in ["09:45", "10:00", "10:15"] {
        let answer = stage.book_with(&patient, &far, stage.slot(at), &key()).await;
        refused(&answer, 409, "PATIENT_BUSY");
        assert_eq!(answer.state(), "rejected");
    }
    assert_eq!(stage.book_with(&patient, &far, stage.slot("10:30"), &key()).await.status, 201);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn booked_at_two_hospitals_at_once_a_patient_gets_one() {
    let stage = Stage::new().await;
    let far = far_doctor(&stage).await;
    let patients = stage.world.patients(25).await;
    let doctors = [stage.doctor, far];
    // Each at a time of its own, at both doctors in the same moment.
    let attempts = patients.iter().enumerate().flat_map(|(index, patient)| {
        let at =
            stage.slot("00:00") + domain::time::minutes(30 * u32::try_from(index).expect("small"));
        let stage = &stage;
        doctors
            .map(move |doctor| async move { stage.book_with(patient, &doctor, at, &key()).await })
    });
    let answers = join_all(attempts).await;
    for pair in answers.chunks(2) {
        let (won, lost): (Vec<_>, Vec<_>) = pair.iter().partition(|answer| answer.status == 201);
        assert_eq!(won.len(), 1, "{} {}", pair[0].text, pair[1].text);
        refused(lost[0], 409, "PATIENT_BUSY");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_open_bookings_a_hospital_and_one_a_doctor_day() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    let on = |days| stage.doctor.on(&stage.world, days, "10:00");
    let first = stage.booked(&patient, on(2)).await;
    let same_day = stage.book(&patient, stage.slot("15:00")).await;
    refused(&same_day, 409, "TOO_MANY_BOOKINGS");
    assert_eq!(same_day.state(), "rejected");
    stage.booked(&patient, on(3)).await;
    stage.booked(&patient, on(4)).await;
    refused(&stage.book(&patient, on(5)).await, 409, "TOO_MANY_BOOKINGS");
    let colleague = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    refused(&stage.book_with(&patient, &colleague, on(6), &key()).await, 409, "TOO_MANY_BOOKINGS");
    let elsewhere = stage.world.doctor().await;
    assert_eq!(
        stage.book_with(&patient, &elsewhere, on(7), &key()).await.status,
        201,
        "another hospital's limit is its own"
    );
    assert_eq!(stage.cancel(&patient, first).await.status, 200);
    stage.booked(&patient, on(5)).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_open_bookings_a_hospital_for_all_people_of_an_account() {
    let stage = Stage::new().await;
    let parent = stage.patient().await;
    let children = [stage.world.child_of(&parent).await, stage.world.child_of(&parent).await];
    let book = async |person: PatientId, days: i64, at: &str| {
        let at = stage.doctor.on(&stage.world, days, at);
        let mut body = first_visit(&stage.doctor, at);
        body["patient_id"] = json!(person);
        stage.post_at(&stage.ingress, &parent, "/v1/bookings", &key(), &body).await
    };
    let mut first = None;
    for (person, at) in [(parent.id, "10:00"), (children[0], "11:00")] {
        for days in 2..5 {
            let booked = book(person, days, at).await;
            assert_eq!(booked.status, 201, "{}", booked.text);
            first.get_or_insert(booked.booking_id());
        }
    }
    let seventh = book(children[1], 2, "12:00").await;
    refused(&seventh, 409, "TOO_MANY_BOOKINGS");
    assert_eq!(seventh.state(), "rejected");
    let first = first.expect("a booking");
    assert_eq!(stage.cancel(&parent, first).await.status, 200);
    // Two for the one place that is left, in one moment.
    let both = tokio::join!(book(children[1], 2, "12:00"), book(children[1], 3, "12:00"));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", both.0.text, both.1.text);
    let other = stage.patient().await;
    stage.booked(&other, stage.slot("15:00")).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_count_what_is_still_to_come() {
    let stage = Stage::at("2026-11-23T09:00:00+09:00").await;
    let patient = stage.patient().await;
    stage.world.limits(stage.doctor.hospital, 1, 1).await;
    stage.booked(&patient, stage.doctor.on(&stage.world, 0, "10:00")).await;
    refused(&stage.book(&patient, stage.slot("10:00")).await, 409, "TOO_MANY_BOOKINGS");
    stage.advance_minutes(90);
    stage.booked(&patient, stage.slot("10:00")).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_edited_while_running_count_within_seconds() {
    let stage = Stage::new().await;
    let patient = stage.patient().await;
    stage.booked(&patient, stage.slot("10:00")).await;
    refused(&stage.book(&patient, stage.slot("15:00")).await, 409, "TOO_MANY_BOOKINGS");
    stage.world.limits(stage.doctor.hospital, 2, 2).await;
    until("the new limit to count", async || {
        (stage.book(&patient, stage.slot("15:00")).await.status == 201).then_some(())
    })
    .await;
    refused(
        &stage.book(&patient, stage.doctor.on(&stage.world, 3, "10:00")).await,
        409,
        "TOO_MANY_BOOKINGS",
    );
    stage.finish().await;
}

/// The release of the day: an impatient account fires 50 keys at once, at all the doctor's times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_with_50_keys_at_the_opening_ends_with_one_booking() {
    let mut stage =
        Stage::without_worker(World::at(crate::stage::standing("2026-11-23T07:59:59+09:00")).await)
            .await;
    let hours = Hours { release: Some((2, "08:00")), ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    stage.another_ingress().await;
    stage.start_worker().await;
    let patient = stage.patient().await;
    refused(&stage.book(&patient, stage.slot("10:00")).await, 409, "NOT_OPEN_YET");
    stage.world.clock.advance(chrono::TimeDelta::seconds(1));
    let doors = [&stage.ingress, &stage.others[0]];
    let attempts = (0..50_u32).map(|index| {
        let at = stage.slot("08:00") + domain::time::minutes(15 * (index % 25));
        let door = doors[usize::from(index % 2 == 0)];
        let (stage, patient) = (&stage, &patient);
        async move {
            stage
                .post_at(door, patient, "/v1/bookings", &key(), &first_visit(&stage.doctor, at))
                .await
        }
    });
    let answers = join_all(attempts).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1);
    for answer in lost {
        assert!(
            ["TOO_MANY_BOOKINGS", "PATIENT_BUSY", "SLOT_TAKEN"].contains(&answer.code()),
            "{}",
            answer.text
        );
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM booking").await, 1);
    stage.finish().await;
}

/// Only the server's clock opens the day, whatever the client says the time is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_its_release_a_day_is_not_open_yet_and_then_it_is() {
    let mut stage =
        Stage::without_worker(World::at(crate::stage::standing("2026-11-23T07:59:00+09:00")).await)
            .await;
    let hours = Hours { release: Some((14, "08:00")), ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    stage.start_worker().await;
    let patient = stage.patient().await;
    let on = |days| stage.doctor.on(&stage.world, days, "10:00");
    let body = crate::stage::first_visit(&stage.doctor, on(14));
    let headers = [
        ("idempotency-key", "a key that is kept".replace(' ', "-")),
        ("date", "Mon, 23 Nov 2026 23:00:00 GMT".to_owned()),
    ];
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let post = async || {
        stage
            .world
            .call(
                &stage.ingress,
                &patient,
                reqwest::Method::POST,
                "/v1/bookings",
                &headers,
                Some(&body),
            )
            .await
    };
    stage.door_is_sure().await;
    let early = post().await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(
        (&early.json["at"], &early.json["accepted"]),
        (&"2026-11-23T08:00:00+09:00".into(), &false.into())
    );
    stage.booked(&patient, on(13)).await;
    stage.advance_minutes(1);
    let opened = post().await;
    assert_eq!(opened.status, 201, "the same key may try again: {}", opened.text);
    refused(&stage.book(&stage.patient().await, on(15)).await, 409, "NOT_OPEN_YET");
    stage.finish().await;
}
