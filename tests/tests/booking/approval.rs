//! Bookings that the clinic has to approve: their time is in use from the first on, one answer wins, and who is not answered is
//! refused and told. And steps that staff take with a booking and take back.

use docde_tests::api::key;
use docde_tests::{Hours, Patient, Socket, until};
use serde_json::json;
use uuid::Uuid;

use crate::desk::{MORNING, stepped};
use crate::stage::{Stage, refused};

/// What patients book with the stage's doctor waits for the clinic, for so many hours.
async fn approved_within(stage: &mut Stage, hours: u16, cutoff: u32) {
    let schedule = Hours { cutoff, ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &schedule).await;
    let sql = "UPDATE schedule SET approval = 'staff', approval_hours = ? WHERE doctor_id = ?";
    let query = sqlx::query(sql).bind(hours).bind(stage.doctor.id.uuid());
    query.execute(&stage.world.pool).await.expect("approval");
}

/// Booked, and waiting for approval.
async fn pending(stage: &Stage, patient: &Patient, at: &str) -> Uuid {
    let booked = stage.book(patient, stage.slot(at)).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(booked.json["outcome"]["booking"]["status"], "pending", "{}", booked.text);
    booked.booking_id()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_that_waits_for_approval_has_its_time_and_is_told_the_answer() {
    let mut stage = Stage::at(MORNING).await;
    approved_within(&mut stage, 24, 0).await;
    let notifier = stage.world.notifier().await;
    let (clerk, patient, other) =
        (stage.clerk().await, stage.patient().await, stage.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let booking = pending(&stage, &patient, "10:00").await;
    assert_eq!(socket.next().await.expect("an outcome")["type"], "outcome");
    refused(&stage.book(&other, stage.slot("10:15")).await, 409, "SLOT_TAKEN");
    let arrive = json!({"booking_id": booking});
    let line = format!("/v1/lines/{}/arrivals", stage.doctor.id);
    let arrival = stage.post(&clerk, &line, &key(), &arrive).await;
    refused(&arrival, 409, "STATE_CONFLICT");
    assert_eq!(arrival.json["current"], "pending", "{}", arrival.text);
    stepped(&stage.desk_step(&clerk, booking, 1, "approve", None).await, "booked");
    assert_eq!(socket.next().await.expect("a notice")["code"], "BOOKING_APPROVED");
    // Moved by its patient, it waits again; by staff, it does not.
    let moved = stage.reschedule(&patient, booking, stage.slot("11:00")).await;
    stepped(&moved, "pending");
    stepped(&stage.desk_move(&clerk, booking, 3, stage.slot("12:00")).await, "booked");
    assert_eq!(stage.standing(&patient, booking).await, ("booked".to_owned(), 4));
    let second = pending(&stage, &other, "14:00").await;
    refused(&stage.desk_step(&clerk, second, 1, "refuse", None).await, 422, "INVALID");
    let no = stage.desk_step(&clerk, second, 1, "refuse", Some("other_department")).await;
    stepped(&no, "cancelled");
    let third = stage.patient().await;
    pending(&stage, &third, "14:00").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_approving_and_refusing_at_once_one_wins() {
    let mut stage = Stage::at(MORNING).await;
    approved_within(&mut stage, 24, 0).await;
    let (clerk, second) = (stage.clerk().await, stage.clerk().await);
    for at in ["09:00", "10:00", "11:00"] {
        let patient = stage.patient().await;
        let booking = pending(&stage, &patient, at).await;
        let (yes, no) = tokio::join!(
            stage.desk_step(&clerk, booking, 1, "approve", None),
            stage.desk_step(&second, booking, 1, "refuse", Some("no_room")),
        );
        let (won, lost, status) =
            if yes.status == 200 { (yes, no, "booked") } else { (no, yes, "cancelled") };
        stepped(&won, status);
        refused(&lost, 409, "STATE_CONFLICT");
        assert_eq!(lost.json["current"], status, "{}", lost.text);
        assert_eq!(stage.standing(&patient, booking).await, (status.to_owned(), 2));
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_approved_in_time_or_by_the_cut_off_is_refused_and_told() {
    let mut stage = Stage::at(MORNING).await;
    approved_within(&mut stage, 24, 60).await;
    let notifier = stage.world.notifier().await;
    let (clerk, slow, late) = (stage.clerk().await, stage.patient().await, stage.patient().await);
    let of_slow = pending(&stage, &slow, "10:00").await;
    let today = stage.doctor.on(&stage.world, 0, "12:00");
    let of_late = stage.book(&late, today).await.booking_id();
    let mut socket = Socket::open(&notifier, &late, None).await;
    // A minute before its cut-off, which is at 11:00, nothing has happened.
    stage.advance_minutes(119);
    assert_eq!(stage.standing(&late, of_late).await, ("pending".to_owned(), 1));
    stage.advance_minutes(1);
    let told = socket.next().await.expect("a notice");
    let members = (&told["code"], &told["reason"]);
    assert_eq!(members, (&json!("BOOKING_REFUSED"), &json!("not_approved")), "{told}");
    let too_late = stage.desk_step(&clerk, of_late, 1, "approve", None).await;
    refused(&too_late, 409, "STATE_CONFLICT");
    assert_eq!(stage.standing(&slow, of_slow).await, ("pending".to_owned(), 1));
    stage.advance_minutes(22 * 60);
    until("the day to be over", async || {
        let (status, revision) = stage.standing(&slow, of_slow).await;
        (status == "cancelled" && revision == 2).then_some(())
    })
    .await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_was_queued_in_time_goes_before_the_refusal_that_fell_due() {
    let mut stage = Stage::at(MORNING).await;
    approved_within(&mut stage, 1, 0).await;
    let (clerk, patient) = (stage.clerk().await, stage.patient().await);
    let booking = pending(&stage, &patient, "10:00").await;
    stage.stop_workers().await;
    let (path, body) =
        (stage.desk(&format!("/{booking}/steps")), json!({"revision": 1, "step": "approve"}));
    let sent = stage.world.post_async(&stage.ingress, &clerk, &path, &key(), &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    stage.advance_minutes(90);
    stage.start_worker().await;
    let decided = stage.decided(&clerk, sent.request_id()).await;
    assert_eq!(decided.json["state"], "confirmed", "{}", decided.text);
    until("what fell due to be settled", async || {
        (stage.world.count("SELECT COUNT(*) FROM timer").await == 0).then_some(())
    })
    .await;
    assert_eq!(stage.standing(&patient, booking).await, ("booked".to_owned(), 2));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_say_who_was_seen_and_who_did_not_come_and_take_it_back() {
    let stage = Stage::at(MORNING).await;
    let (clerk, patient, other) =
        (stage.clerk().await, stage.patient().await, stage.patient().await);
    let elsewhere = stage.world.doctor().await;
    let today = |at| stage.doctor.on(&stage.world, 0, at);
    let booking = stage.booked(&patient, today("10:00")).await;
    let early = stage.desk_step(&clerk, booking, 1, "noshow", None).await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(early.json["at"], domain::time::show(today("10:00"), stage.doctor.zone));
    refused(&stage.desk_step(&clerk, booking, 1, "approve", None).await, 409, "STATE_CONFLICT");
    stage.advance_minutes(65);
    let missed = stage.desk_step(&clerk, booking, 1, "noshow", None).await;
    stepped(&missed, "noshow");
    refused(&stage.desk_step(&clerk, booking, 2, "done", None).await, 409, "STATE_CONFLICT");
    stepped(&stage.desk_undo(&clerk, booking, missed.request_id()).await, "booked");
    let done = stage.desk_step(&clerk, booking, 3, "done", None).await;
    stepped(&done, "fulfilled");
    // Seen, the patient may be elsewhere; then it cannot be taken back.
    let there = stage.book_with(&patient, &elsewhere, today("10:15"), &key()).await;
    assert_eq!(there.status, 201, "{}", there.text);
    let busy = stage.desk_undo(&clerk, booking, done.request_id()).await;
    refused(&busy, 409, "PATIENT_BUSY");
    // A time that was given back may be somebody else's.
    let later = stage.booked(&other, today("15:00")).await;
    let cancelled = stage.desk_step(&clerk, later, 1, "cancel", Some("patient_asked")).await;
    let third = stage.patient().await;
    let taken = stage.booked(&third, today("15:00")).await;
    let undo = stage.desk_undo(&clerk, later, cancelled.request_id()).await;
    refused(&undo, 409, "SLOT_TAKEN");
    assert_eq!(stage.cancel(&third, taken).await.status, 200);
    stage.advance_minutes(11);
    let too_late = stage.desk_undo(&clerk, later, cancelled.request_id()).await;
    refused(&too_late, 409, "STATE_CONFLICT");
    let steps: Vec<(String, String, Option<String>, Uuid)> = sqlx::query_as(
        "SELECT status_before, status_after, reason, actor FROM status_change WHERE booking_id = ? ORDER BY revision",
    )
    .bind(booking)
    .fetch_all(&stage.world.pool)
    .await
    .expect("steps");
    let step = |from: &str, to: &str, why: Option<&str>| {
        (from.to_owned(), to.to_owned(), why.map(str::to_owned), clerk.account.uuid())
    };
    let undone = step("noshow", "booked", Some("undone"));
    let expected = [step("booked", "noshow", None), undone, step("booked", "fulfilled", None)];
    assert_eq!(steps, expected);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_patient_cancelled_or_a_ticket_did_staff_do_not_take_back_here() {
    let stage = Stage::at(MORNING).await;
    let (clerk, patient) = (stage.clerk().await, stage.patient().await);
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    let cancelled = stage.cancel(&patient, booking).await;
    let undo = stage.desk_undo(&clerk, booking, cancelled.request_id()).await;
    refused(&undo, 409, "STATE_CONFLICT");
    let today = stage.booked(&patient, stage.doctor.on(&stage.world, 0, "10:00")).await;
    let arrive = json!({"booking_id": today});
    let line = format!("/v1/lines/{}/arrivals", stage.doctor.id);
    let arrived = stage.post(&clerk, &line, &key(), &arrive).await;
    assert_eq!(arrived.status, 200, "{}", arrived.text);
    for step in ["done", "noshow", "cancel"] {
        let refusal = stage.desk_step(&clerk, today, 2, step, None).await;
        refused(&refusal, 409, "STATE_CONFLICT");
        assert_eq!(refusal.json["current"], "arrived", "{}", refusal.text);
    }
    let undo = stage.desk_undo(&clerk, today, arrived.request_id()).await;
    refused(&undo, 409, "STATE_CONFLICT");
    stage.world.finish().await;
}
