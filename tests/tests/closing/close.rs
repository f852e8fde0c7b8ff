//! Closing and opening: what is shown before, what ends, who is told, and what can be had from then on.

use docde_tests::api::key;
use docde_tests::{Socket, until};
use serde_json::{Value, json};

use crate::stage::{Stage, closed, refused};

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_page_by_page_what_would_end_and_ends_nothing() {
    let (stage, _worker) = Stage::new().await;
    let patients = stage.world.patients(4).await;
    let mut bookings = Vec::new();
    for (patient, n) in patients.iter().zip([0, 1, 2, 500]) {
        bookings.push(stage.booked(patient, stage.visit(n)).await.to_string());
        // They are shown as they were made.
        stage.world.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let body = json!({"first_day": "2026-11-25", "reason": "leave"});
    let path = |more: &str| format!("{}?dry_run=true{more}", stage.closings());
    let shown = stage.post(&stage.director, &path("&limit=2"), &key(), &body).await;
    assert_eq!((shown.status, &shown.json["ends"]), (200, &json!(3)), "{}", shown.text);
    assert_eq!(ids(&shown.json), bookings[..2]);
    let first = &shown.json["items"][0];
    assert_eq!((&first["ends"], &first["status"]), (&json!(true), &json!("booked")));
    assert_eq!(first["starts_at"], "2026-11-25T00:00:00+09:00");
    assert_eq!(shown.json["as_of"], "2026-11-23T10:00:04+09:00");
    let cursor = shown.json["next_cursor"].as_str().expect("a cursor");
    let rest = path(&format!("&limit=2&cursor={cursor}"));
    let rest = stage.post(&stage.director, &rest, &key(), &body).await;
    assert_eq!(ids(&rest.json), bookings[2..3]);
    assert_eq!((&rest.json["next_cursor"], &rest.json["tickets"]), (&Value::Null, &json!([])));
    let hours = json!({"first_day": "2026-11-25", "from": "00:05", "until": "00:10"});
    let hours = stage.post(&stage.director, &path(""), &key(), &hours).await;
    assert_eq!(ids(&hours.json), bookings[1..2], "{}", hours.text);
    let list = stage.get(&stage.director, &stage.closings()).await;
    assert_eq!(list.json["items"], json!([]), "{}", list.text);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM closure").await, 0);
    assert_eq!(stage.status(&patients[0], bookings[0].parse().expect("an id")).await, "booked");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_ends_bookings_with_a_reason_tells_their_patients_and_refuses_others_at_once() {
    let (stage, _worker) = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let booking = stage.booked(&patient, stage.visit(0)).await;
    let kept = stage.booked(&other, stage.visit(300)).await;
    socket.outcome().await;
    let revision = "SELECT CAST(revision AS SIGNED) FROM hospital_index";
    let before = stage.world.count(revision).await;
    let answer = stage.close(&json!({"first_day": "2026-11-25", "reason": "leave"})).await;
    let closing = closed(&answer);
    let path = format!("{}/{}", stage.closings(), closing["id"].as_str().expect("an id"));
    assert_eq!(answer.header("location"), path);
    assert_eq!(
        (&closing["state"], &closing["ended"], &closing["reason"]),
        (&json!("closed"), &json!(1), &json!("leave"))
    );
    let told = socket.next().await.expect("a notice");
    assert_eq!(
        (&told["code"], &told["booking"]["status"], &told["booking"]["id"], &told["reason"]),
        (
            &json!("BOOKING_CLOSED"),
            &json!("cancelled"),
            &json!(booking),
            &json!("closed_by_hospital")
        )
    );
    assert!(!told.to_string().contains(&stage.director.account.to_string()), "{told}");
    // The copy of the schedule is good for ten minutes, at the door and at the worker.
    refused(&stage.book(&stage.world.patient().await, stage.visit(1)).await, 409, "CLOSED");
    let late = stage.book(&patient, stage.visit(2)).await;
    refused(&late, 409, "CLOSED");
    assert_eq!(late.json["until"], "2026-11-26T00:00:00+09:00");
    until("the door to know", async || {
        let answer = stage.book(&patient, stage.visit(3)).await;
        (answer.json["accepted"] == false).then_some(())
    })
    .await;
    let slots = format!("/v1/doctors/{}/slots?from=2026-11-25&to=2026-11-25", stage.doctor.id);
    assert_eq!(stage.get(&patient, &slots).await.json["items"], json!([]));
    assert_eq!(stage.status(&patient, booking).await, "cancelled");
    assert_eq!(stage.status(&other, kept).await, "booked");
    assert!(stage.world.count(revision).await > before, "the search index is told");
    let steps: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT status_after, reason, actor = ? FROM status_change WHERE booking_id = ?",
    )
    .bind(stage.director.account.uuid())
    .bind(booking)
    .fetch_all(&stage.world.pool)
    .await
    .expect("steps");
    assert_eq!(steps, [("cancelled".to_owned(), "closed_by_hospital".to_owned(), true)]);
    assert_eq!(stage.booked(&patient, stage.visit(600)).await.get_version_num(), 7);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opened_time_can_be_booked_again_and_what_was_ended_stays_so() {
    let (stage, _worker) = Stage::new().await;
    let patient = stage.world.patient().await;
    let booking = stage.booked(&patient, stage.visit(0)).await;
    let body = json!({"first_day": "2026-11-25", "from": "00:00", "until": "12:00"});
    let closing = closed(&stage.close(&body).await);
    assert_eq!((&closing["from"], &closing["until"]), (&json!("00:00"), &json!("12:00")));
    let path = format!("{}/{}", stage.closings(), closing["id"].as_str().expect("an id"));
    let refusal = stage.book(&patient, stage.visit(0)).await;
    refused(&refusal, 409, "CLOSED");
    assert_eq!(refusal.json["until"], "2026-11-25T12:00:00+09:00");
    let opened = stage.delete(&stage.director, &path).await;
    assert_eq!((opened.status, opened.state()), (200, "confirmed"), "{}", opened.text);
    assert_eq!(opened.json["outcome"]["closing"]["state"], "opened");
    refused(&stage.delete(&stage.director, &path).await, 409, "STATE_CONFLICT");
    assert_eq!(stage.status(&patient, booking).await, "cancelled");
    until("the door to know", async || {
        let answer = stage.book(&patient, stage.visit(0)).await;
        (answer.status == 201).then_some(())
    })
    .await;
    let list = stage.get(&stage.director, &stage.closings()).await;
    assert_eq!(list.json["items"][0]["state"], "opened", "{}", list.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_a_hospital_is_one_command_for_all_its_doctors() {
    let (stage, _worker) = Stage::new().await;
    let second = stage.world.doctor_at(stage.doctor.hospital, &crate::stage::close_steps()).await;
    let elsewhere = stage.world.doctor().await;
    let patients = stage.world.patients(3).await;
    let mut bookings = Vec::new();
    for (patient, doctor) in patients.iter().zip([stage.doctor, second, elsewhere]) {
        let booked = stage.book_with(patient, &doctor, stage.visit(0)).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        bookings.push(booked.booking_id());
    }
    let hospital = format!("/v1/hospitals/{}/closings", stage.doctor.hospital);
    let body = json!({"first_day": "2026-11-25", "last_day": "2026-11-26", "reason": "holiday"});
    let answer = stage.post(&stage.director, &hospital, &key(), &body).await;
    let closing = closed(&answer);
    assert_eq!((&closing["ended"], &closing["doctor_id"]), (&json!(2), &Value::Null));
    assert!(answer.header("location").starts_with(&hospital));
    for (patient, (booking, status)) in
        patients.iter().zip(bookings.into_iter().zip(["cancelled", "cancelled", "booked"]))
    {
        assert_eq!(stage.status(patient, booking).await, status);
    }
    refused(&stage.book_with(&patients[0], &second, stage.visit(1)).await, 409, "CLOSED");
    let of_doctor = stage.get(&stage.director, &stage.closings()).await;
    assert_eq!(ids(&of_doctor.json), [closing["id"].as_str().expect("an id")]);
    // It is the hospital's, and is not opened as a doctor's.
    let id = closing["id"].as_str().expect("an id");
    let as_doctors = format!("{}/{id}", stage.closings());
    refused(&stage.delete(&stage.director, &as_doctors).await, 404, "NOT_FOUND");
    assert_eq!(stage.delete(&stage.director, &format!("{hospital}/{id}")).await.status, 200);
    stage.world.finish().await;
}
