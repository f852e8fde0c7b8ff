//! Those who do not come: passed over, held, and then by time a no-show; the penalty that a hospital may set, and who forgives.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::{Patient, Socket};
use serde_json::{Value, json};

use crate::due::{counts, status};
use crate::stage::{Stage, refused};

/// How often the end of a day was looked at.
const DAYS_ENDED: &str = "SELECT COUNT(*) FROM request WHERE kind = 'end_day'";

const MARKED: &str = "SELECT COUNT(*) FROM request WHERE kind = 'mark_noshow'";

/// Calls three who are there while the patient's ticket stands before them: it is held at the third.
async fn passed_over(stage: &Stage, clerk: &Patient, patient: &Patient) -> Value {
    let absent = stage.taken(patient).await;
    let shown = stage.get(clerk, &stage.line("")).await;
    let mut after = shown.json["line"]["last_called"].as_str().map(ToOwned::to_owned);
    for _ in 0..3 {
        let path = stage.line("/tickets");
        let walk_in = stage.post(clerk, &path, &key(), &json!({"channel": "desk"})).await;
        assert_eq!(walk_in.status, 200, "{}", walk_in.text);
        let called = stage.next(clerk, after.as_deref()).await;
        assert_eq!(called.status, 200, "{}", called.text);
        after = called.json["outcome"]["ticket"]["id"].as_str().map(ToOwned::to_owned);
    }
    assert_eq!(status(stage, patient, &absent).await, "waitlist");
    absent
}

async fn set_rule(stage: &Stage, clerk: &Patient, rule: &Value) {
    let path = format!("/v1/hospitals/{}/no-show-rule", stage.doctor.hospital);
    let set = stage.post(clerk, &path, &key(), rule).await;
    assert_eq!((set.status, set.state()), (200, "confirmed"), "{}", set.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_held_and_does_not_come_is_a_no_show_and_may_still_be_called_back() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    set_rule(&stage, &clerk, &json!({"held_minutes": 30})).await;
    let absent = passed_over(&stage, &clerk, &patient).await;
    let mut socket = Socket::open(&notifier, &patient, None).await;
    stage.world.clock.advance(TimeDelta::minutes(30));
    counts(&stage, "the no-show", MARKED, 1).await;
    assert_eq!(status(&stage, &patient, &absent).await, "noshow");
    let told = socket.next().await.expect("a notice");
    let shown = (&told["code"], &told["ticket"]["status"]);
    assert_eq!(shown, (&json!("TICKET_CHANGED"), &json!("noshow")), "{told}");
    let revision = told["ticket"]["revision"].as_u64().and_then(|n| u32::try_from(n).ok());
    let back = stage.step(&clerk, &absent, revision.expect("a revision"), "arrive").await;
    assert_eq!(back.json["outcome"]["ticket"]["status"], "arrived", "{}", back.text);
    stage.world.finish().await;
}

/// The arrival waits in the queue while the time runs out: it is decided first, and the timer then does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_that_is_queued_across_the_due_time_is_no_no_show() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let worker = stage.world.worker().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let absent = passed_over(&stage, &clerk, &patient).await;
    worker.stop().await;
    stage.world.clock.advance(TimeDelta::minutes(15));
    let held = "SELECT CAST(revision AS SIGNED) FROM ticket WHERE status = 'waitlist'";
    let revision = stage.world.count(held).await;
    let body = json!({"ticket_id": absent["id"], "revision": revision, "step": "return"});
    let path = stage.line("/steps");
    let sent = stage.world.post_async(&stage.ingress, &clerk, &path, &key(), &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    stage.world.clock.advance(TimeDelta::minutes(15));
    let _worker = stage.world.worker().await;
    counts(&stage, "the timer", MARKED, 1).await;
    assert_eq!(status(&stage, &patient, &absent).await, "arrived");
    let nothing =
        "SELECT COUNT(*) FROM request WHERE kind = 'mark_noshow' AND code = 'STATE_CONFLICT'";
    assert_eq!(stage.world.count(nothing).await, 1);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_so_many_no_shows_the_app_takes_no_number_until_staff_forgive() {
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("director").await, stage.world.patient().await);
    let other = stage.world.doctor_at(stage.doctor.hospital, &crate::stage::office_hours()).await;
    let rule = json!({"penalty_after": 2, "within_days": 30, "penalty_days": 7});
    set_rule(&stage, &clerk, &rule).await;
    for missed in 1..=2 {
        passed_over(&stage, &clerk, &patient).await;
        stage.world.clock.advance(TimeDelta::minutes(20));
        counts(&stage, "the no-show", MARKED, missed).await;
    }
    // What the clinic itself cancels is none.
    let spared = stage.world.patient().await;
    for _ in 0..2 {
        let ticket = stage.taken(&spared).await;
        let cancelled = stage.step(&clerk, &ticket, 1, "cancel").await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    }
    assert_eq!(stage.take(&spared).await.status, 201);
    let refusal = stage.take_with(&patient, &other).await;
    refused(&refusal, 409, "TOO_MANY_BOOKINGS");
    assert_eq!(refusal.json["until"], "2026-11-30T10:40:00+09:00", "{}", refusal.text);
    let path = format!("/v1/hospitals/{}/no-show-lifts", stage.doctor.hospital);
    let (body, nobody) = (json!({"patient_id": patient.id}), json!({"patient_id": spared.id}));
    refused(&stage.post(&patient, &path, &key(), &body).await, 404, "NOT_FOUND");
    refused(&stage.post(&clerk, &path, &key(), &nobody).await, 404, "NOT_FOUND");
    let lifted = stage.post(&clerk, &path, &key(), &body).await;
    assert_eq!((lifted.status, lifted.state()), (200, "confirmed"), "{}", lifted.text);
    assert_eq!(stage.take_with(&patient, &other).await.status, 201);
    let who: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT actor, patient_id FROM no_show_lift")
        .fetch_all(&stage.world.pool)
        .await
        .expect("rows");
    let (actor, of) = (clerk.account.uuid(), patient.id.uuid());
    assert_eq!(who, [(actor.as_bytes().to_vec(), of.as_bytes().to_vec())]);
    stage.world.finish().await;
}

/// The rule is shown to everybody, changed by those who may, and each change is a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_sets_its_rule_for_no_shows() {
    let stage = Stage::new().await;
    let path = format!("/v1/hospitals/{}/no-show-rule", stage.doctor.hospital);
    let patient = stage.world.patient().await;
    let before = stage.get(&patient, &path).await;
    assert_eq!(
        (&before.json["revision"], &before.json["rules"]["held_minutes"]),
        (&json!(0), &json!(20)),
        "{}",
        before.text
    );
    let (doctor, clerk) = (stage.clerk("doctor").await, stage.clerk("receptionist").await);
    let body = json!({"day_over_minutes": 60});
    refused(&stage.post(&doctor, &path, &key(), &body).await, 403, "FORBIDDEN");
    refused(&stage.post(&patient, &path, &key(), &body).await, 404, "NOT_FOUND");
    let far = stage.post(&clerk, &path, &key(), &json!({"day_over_minutes": 361})).await;
    refused(&far, 422, "INVALID");
    assert_eq!(far.json["field"], "day_over_minutes");
    set_rule(&stage, &clerk, &body).await;
    // The day of the line is over an hour later than its reception.
    let waiting = stage.taken(&patient).await;
    stage.world.clock.advance(TimeDelta::hours(8) + TimeDelta::minutes(59));
    counts(&stage, "the first look", DAYS_ENDED, 1).await;
    assert_eq!(status(&stage, &patient, &waiting).await, "booked");
    stage.world.clock.advance(TimeDelta::minutes(1));
    counts(&stage, "the second look", DAYS_ENDED, 2).await;
    assert_eq!(status(&stage, &patient, &waiting).await, "cancelled");
    stage.world.finish().await;
}
