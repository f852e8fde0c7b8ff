//! The present day: who is there stays, and the line of a doctor whose time is closed takes no numbers.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::until;
use serde_json::json;

use crate::stage::{Stage, closed, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_arrived_stays_and_a_closed_doctor_takes_no_numbers() {
    let (stage, _worker) = Stage::new().await;
    let patients = stage.world.patients(3).await;
    let now = stage.world.clock.now();
    let here = stage.booked(&patients[0], now + TimeDelta::minutes(5)).await;
    // They are shown as they were made.
    stage.world.clock.advance(TimeDelta::seconds(1));
    let later = stage.booked(&patients[1], now + TimeDelta::minutes(60)).await;
    let line = format!("/v1/lines/{}", stage.doctor.id);
    let arrived = json!({"booking_id": here, "revision": 1});
    let arrived = stage.post(&stage.director, &format!("{line}/arrivals"), &key(), &arrived).await;
    assert_eq!(arrived.status, 200, "{}", arrived.text);
    let today = json!({"first_day": "2026-11-23", "from": "10:00", "until": "12:00"});
    let path = format!("{}?dry_run=true", stage.closings());
    let shown = stage.post(&stage.director, &path, &key(), &today).await;
    let of: Vec<_> = shown.json["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["ends"].clone())
        .collect();
    assert_eq!(
        (of, &shown.json["ends"]),
        (vec![json!(false), json!(true)], &json!(1)),
        "{}",
        shown.text
    );
    assert_eq!(shown.json["tickets"][0]["number"], 1, "{}", shown.text);
    let answer = stage.close(&today).await;
    assert_eq!(closed(&answer)["ended"], 1);
    assert_eq!(stage.status(&patients[0], here).await, "arrived");
    assert_eq!(stage.status(&patients[1], later).await, "cancelled");
    let stays = stage.get(&stage.director, answer.header("location")).await;
    assert_eq!(stays.json["bookings"]["items"][0]["id"], json!(here), "{}", stays.text);
    let take = json!({"doctor_id": stage.doctor.id});
    let number = stage.post(&patients[2], "/v1/receptions", &key(), &take).await;
    refused(&number, 409, "CLOSED");
    assert_eq!(number.json["until"], "2026-11-23T12:00:00+09:00");
    stage.world.clock.advance(TimeDelta::minutes(121));
    until("numbers to be taken again", async || {
        let number = stage.post(&patients[2], "/v1/receptions", &key(), &take).await;
        (number.status == 201).then_some(())
    })
    .await;
    // The number is given up: the booking stands again, and the audit knows why.
    let ticket = arrived.json["outcome"]["ticket"]["id"].clone();
    let step = json!({"ticket_id": ticket, "revision": 1, "step": "cancel"});
    let step = stage.post(&stage.director, &format!("{line}/steps"), &key(), &step).await;
    assert_eq!(step.status, 200, "{}", step.text);
    assert_eq!(stage.status(&patients[0], here).await, "booked");
    stage.world.finish().await;
}
