//! Right local time (P14), at a hospital in New York about both changes of its clock: offsets in every payload,
//! wall-clock hours that stay, the day's limit and the peak by the hospital's own day.

use docde_tests::api::key;
use docde_tests::{Answer, Doctor, Hours, World};
use serde_json::json;

use crate::stage::{Stage, refused, standing};

async fn new_york(time: &str, hours: &Hours) -> Stage {
    let mut stage = Stage::without_worker(World::at(standing(time)).await).await;
    let hospital = stage.world.hospital("America/New_York").await;
    stage.doctor = stage.world.doctor_at(hospital, hours).await;
    stage.start_worker().await;
    stage
}

async fn starts_between(stage: &Stage, from: &str, to: &str) -> Vec<String> {
    let path =
        format!("/v1/doctors/{}/slots?from={from}&to={to}&visit=first&limit=100", stage.doctor.id);
    let shown = stage.get(&stage.patient().await, &path).await;
    assert_eq!(
        (shown.status, &shown.json["zone"]),
        (200, &json!("America/New_York")),
        "{}",
        shown.text
    );
    let starts = shown.json["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|slot| slot["starts_at"].as_str().expect("a start"));
    starts.map(ToOwned::to_owned).collect()
}

async fn book(stage: &Stage, at: &str) -> Answer {
    let body = json!({"doctor_id": stage.doctor.id, "starts_at": at, "visit": "first"});
    stage.post(&stage.patient().await, "/v1/bookings", &key(), &body).await
}

/// Nine o'clock is nine o'clock before and after, with the offset of its own day.
async fn nine_stays_nine(time: &str, days: [(&str, &str); 3]) {
    let hours = Hours {
        opens: "09:00",
        closes: "18:00",
        lunch: Some(("12:30", "14:00")),
        ..Hours::default()
    };
    let stage = new_york(time, &hours).await;
    for (day, offset) in days {
        let starts = starts_between(
            &stage,
            &format!("{day}T00:00:00{offset}"),
            &format!("{day}T23:59:00{offset}"),
        )
        .await;
        let at = |clock: &str| format!("{day}T{clock}:00{offset}");
        assert_eq!((starts.first(), starts.last()), (Some(&at("09:00")), Some(&at("17:30"))));
        assert!(
            starts.contains(&at("12:00"))
                && starts.contains(&at("14:00"))
                && !starts.contains(&at("12:15"))
        );
        let booked = book(&stage, &at("09:00")).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        let booking = &booked.json["outcome"]["booking"];
        assert_eq!(
            (&booking["starts_at"], &booking["ends_at"]),
            (&json!(at("09:00")), &json!(at("09:30")))
        );
        assert_eq!(
            (&booked.json["zone"], &booking["zone"]),
            (&json!("America/New_York"), &json!("America/New_York"))
        );
        let taken = book(&stage, &at("09:15")).await;
        refused(&taken, 409, "SLOT_TAKEN");
        assert_eq!(taken.json["alternatives"][0]["starts_at"], at("09:30"));
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spring_forward_keeps_the_hours_and_changes_the_offset() {
    nine_stays_nine(
        "2026-03-06T12:00:00-05:00",
        [("2026-03-07", "-05:00"), ("2026-03-08", "-04:00"), ("2026-03-09", "-04:00")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fall_back_keeps_the_hours_and_changes_the_offset() {
    nine_stays_nine(
        "2026-10-30T12:00:00-04:00",
        [("2026-10-31", "-04:00"), ("2026-11-01", "-05:00"), ("2026-11-02", "-05:00")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hour_that_spring_skips_is_not_offered() {
    let stage = new_york("2026-03-06T12:00:00-05:00", &Hours::default()).await;
    let night =
        starts_between(&stage, "2026-03-08T01:30:00-05:00", "2026-03-08T03:31:00-04:00").await;
    assert_eq!(
        night,
        ["01:30:00-05:00", "01:45:00-05:00", "03:00:00-04:00", "03:15:00-04:00", "03:30:00-04:00"]
            .map(|at| format!("2026-03-08T{at}"))
    );
    // Half an hour from 01:45 ends at 03:15 by the wall, and takes the time after the change.
    let over = book(&stage, "2026-03-08T01:45:00-05:00").await;
    assert_eq!(
        over.json["outcome"]["booking"]["ends_at"], "2026-03-08T03:15:00-04:00",
        "{}",
        over.text
    );
    refused(&book(&stage, "2026-03-08T03:00:00-04:00").await, 409, "SLOT_TAKEN");
    assert_eq!(book(&stage, "2026-03-08T03:15:00-04:00").await.status, 201);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hour_that_autumn_shows_twice_is_offered_once() {
    let stage = new_york("2026-10-30T12:00:00-04:00", &Hours::default()).await;
    let night =
        starts_between(&stage, "2026-11-01T01:30:00-04:00", "2026-11-01T02:16:00-05:00").await;
    assert_eq!(
        night,
        ["01:30:00-04:00", "01:45:00-04:00", "02:00:00-05:00", "02:15:00-05:00"]
            .map(|at| format!("2026-11-01T{at}"))
    );
    refused(&book(&stage, "2026-11-01T01:30:00-05:00").await, 422, "SLOT_NOT_OFFERED");
    let first = book(&stage, "2026-11-01T01:45:00-04:00").await;
    assert_eq!(
        first.json["outcome"]["booking"]["ends_at"], "2026-11-01T01:15:00-05:00",
        "{}",
        first.text
    );
    assert_eq!(book(&stage, "2026-11-01T02:00:00-05:00").await.status, 201);
    stage.finish().await;
}

/// 23:00 and 00:15 share a day in UTC, 09:00 and 22:00 do not: in New York it is the other way round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_a_day_means_the_hospitals_day() {
    for (time, day, next, offset) in [
        ("2026-03-06T12:00:00-05:00", "2026-03-07", "2026-03-08", "-05:00"),
        ("2026-10-30T12:00:00-04:00", "2026-10-31", "2026-11-01", "-04:00"),
    ] {
        let stage = new_york(time, &Hours::default()).await;
        let patient = stage.patient().await;
        let post = async |at: String| {
            let body = json!({"doctor_id": stage.doctor.id, "starts_at": at, "visit": "first"});
            stage.post(&patient, "/v1/bookings", &key(), &body).await
        };
        assert_eq!(post(format!("{day}T22:00:00{offset}")).await.status, 201);
        refused(&post(format!("{day}T09:00:00{offset}")).await, 409, "TOO_MANY_BOOKINGS");
        assert_eq!(post(format!("{next}T00:15:00{offset}")).await.status, 201);
        refused(
            &post(format!(
                "{next}T23:00:00{}",
                if offset == "-05:00" { "-04:00" } else { "-05:00" }
            ))
            .await,
            409,
            "TOO_MANY_BOOKINGS",
        );
        stage.finish().await;
    }
}

/// The release of a day two days on, over the change: at 08:00 by the hospital's wall.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_opens_by_the_hospitals_clock() {
    let hours = Hours { release: Some((1, "08:00")), ..Hours::default() };
    let stage = new_york("2026-03-08T07:59:00-04:00", &hours).await;
    let early = book(&stage, "2026-03-09T09:00:00-04:00").await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(early.json["at"], "2026-03-08T08:00:00-04:00");
    stage.advance_minutes(1);
    assert_eq!(book(&stage, "2026-03-09T09:00:00-04:00").await.status, 201);
    stage.finish().await;
}

/// 08:30 in Seoul is the evening before in New York.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_peak_is_the_hospitals_morning() {
    let mut world = World::at(standing("2026-11-23T08:30:00+09:00")).await;
    world.set("DOCDE_PEAK", "");
    let mut stage = Stage::without_worker(world).await;
    stage.start_worker().await;
    let hospital = stage.world.hospital("America/New_York").await;
    let abroad = stage.world.doctor_at(hospital, &Hours::default()).await;
    let status = async |stage: &Stage, doctor: &Doctor| {
        let at = doctor.on(&stage.world, 2, "10:00");
        let answer =
            stage.world.book(&stage.ingress, &stage.patient().await, doctor, at, &key()).await;
        (answer.status, answer.code().to_owned())
    };
    assert_eq!(status(&stage, &stage.doctor).await.0, 202);
    assert_eq!(status(&stage, &abroad).await.0, 201);
    stage.advance_minutes(14 * 60);
    assert_eq!(status(&stage, &abroad).await.0, 202, "08:30 in New York");
    let quiet = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    assert_eq!(status(&stage, &quiet).await.0, 201, "22:30 in Seoul");
    stage.finish().await;
}
