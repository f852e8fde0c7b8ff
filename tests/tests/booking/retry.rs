//! A retry is safe (P2): the same key is the same request, whatever was lost in between, and its answer is the
//! recorded one, byte for byte.

use chrono::TimeDelta;
use docde_tests::api::{key, text};
use docde_tests::{Patient, World, until};
use domain::ids::{IdempotencyKey, RequestId};
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, WAIT, first_visit, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_ten_times_in_parallel_has_one_outcome() {
    let mut stage = Stage::new().await;
    stage.another_ingress().await;
    let (patient, key, body) =
        (stage.patient().await, key(), first_visit(&stage.doctor, stage.slot("10:00")));
    let doors = [&stage.ingress, &stage.others[0]];
    let answers = join_all(
        (0..10).map(|index| stage.post_at(doors[index % 2], &patient, "/v1/bookings", &key, &body)),
    )
    .await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
    }
    for table in [
        "SELECT COUNT(*) FROM booking",
        "SELECT COUNT(*) FROM request",
        "SELECT COUNT(*) FROM partition_event",
    ] {
        assert_eq!(stage.world.count(table).await, 1, "{table}");
    }
    let shown = stage.get(&patient, &format!("/v1/requests/{}", answers[0].request_id())).await;
    assert_eq!((shown.status, &shown.text), (200, &answers[0].text));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_after_the_commit_is_found_again_with_the_cache_warm() {
    let mut stage = Stage::new().await;
    stage.another_ingress().await;
    let (patient, key, slot) = (stage.patient().await, key(), stage.slot("10:00"));
    let request = stage.book_async(&patient, &stage.doctor, slot, &key).await;
    let recorded = stage.decided(&patient, request).await;
    assert_eq!(recorded.state(), "confirmed");
    for door in [&stage.ingress, &stage.others[0]] {
        until("the cache to refuse the time to others", async || {
            let other = stage
                .post_at(
                    door,
                    &stage.patient().await,
                    "/v1/bookings",
                    &self::key(),
                    &first_visit(&stage.doctor, slot),
                )
                .await;
            refused(&other, 409, "SLOT_TAKEN");
            (other.json["accepted"] == false).then_some(())
        })
        .await;
        let again = stage
            .post_at(door, &patient, "/v1/bookings", &key, &first_visit(&stage.doctor, slot))
            .await;
        assert_eq!((again.status, &again.text), (201, &recorded.text));
        assert_eq!(again.header("location"), format!("/v1/bookings/{}", again.booking_id()));
    }
    // The marker lost besides: the time that the cache shows as taken is the request's own.
    stage.forget(&[format!("req:{request}")]).await;
    let again = stage.book_with(&patient, &stage.doctor, slot, &key).await;
    assert_eq!((again.status, &again.text), (201, &recorded.text));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_finds_its_outcome_although_the_doctor_has_left() {
    let mut stage = Stage::new().await;
    let (patient, key, slot) = (stage.patient().await, key(), stage.slot("10:00"));
    let booked = stage.book_with(&patient, &stage.doctor, slot, &key).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    for table in ["schedule_hours", "schedule"] {
        let delete = sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE doctor_id = ?"));
        sqlx::query(delete)
            .bind(stage.doctor.id.uuid())
            .execute(&stage.world.pool)
            .await
            .expect("no schedule");
    }
    // One that never heard of the doctor.
    stage.another_ingress().await;
    let body = first_visit(&stage.doctor, slot);
    let again = stage.post_at(&stage.others[0], &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, &again.text), (201, &booked.text));
    let other_body = first_visit(&stage.doctor, stage.slot("11:00"));
    refused(
        &stage.post_at(&stage.others[0], &patient, "/v1/bookings", &key, &other_body).await,
        422,
        "KEY_REUSED",
    );
    refused(
        &stage.post_at(&stage.others[0], &patient, "/v1/bookings", &self::key(), &body).await,
        404,
        "NOT_FOUND",
    );
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_before_the_answer_has_its_booking_all_the_same() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (patient, key, slot) = (stage.patient().await, key(), stage.slot("10:00"));
    let body = first_visit(&stage.doctor, slot);
    let url = format!("http://{}/v1/bookings", stage.ingress.address);
    let request = stage
        .world
        .http
        .post(url)
        .bearer_auth(&patient.token)
        .header("idempotency-key", &key)
        .header(WAIT.0, WAIT.1);
    let call = tokio::spawn(request.json(&body).send());
    let id = handed_over(&stage, &patient, &key).await;
    call.abort();
    stage.start_worker().await;
    let recorded = stage.decided(&patient, id).await;
    let again = stage.post(&patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, &again.text), (201, &recorded.text));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_a_refused_request_is_refused_although_the_time_is_free_again() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (winner, loser, key, slot) =
        (stage.patient().await, stage.patient().await, key(), stage.slot("10:00"));
    let won = stage.book_async(&winner, &stage.doctor, slot, &self::key()).await;
    let waiting = stage.book_async(&loser, &stage.doctor, slot, &key).await;
    stage.start_worker().await;
    let booking = stage.decided(&winner, won).await.booking_id();
    let recorded = stage.decided(&loser, waiting).await;
    assert_eq!(
        (recorded.status, recorded.json["outcome"]["code"].as_str()),
        (200, Some("SLOT_TAKEN"))
    );
    let first = stage.book_with(&loser, &stage.doctor, slot, &key).await;
    refused(&first, 409, "SLOT_TAKEN");
    assert!(first.text.contains(&recorded.text), "the recorded bytes: {}", first.text);
    assert_eq!(stage.cancel(&winner, booking).await.status, 200);
    let again = stage.book_with(&loser, &stage.doctor, slot, &key).await;
    assert_eq!((again.status, &again.text), (409, &first.text));
    assert_eq!(stage.book(&loser, slot).await.status, 201, "under a new key it is to be had");
    assert_eq!(stage.book_with(&loser, &stage.doctor, slot, &key).await.text, first.text);
    stage.finish().await;
}

/// The answer as the outcomes feed brought it, and as the database has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_told_by_the_feed_is_byte_equal_to_the_one_read_later() {
    let stage = Stage::without_worker(World::new().await).await;
    let (winner, loser, key, slot) =
        (stage.patient().await, stage.patient().await, key(), stage.slot("10:00"));
    stage.book_async(&winner, &stage.doctor, slot, &self::key()).await;
    let started = async {
        handed_over(&stage, &loser, &key).await;
        stage.world.worker().await
    };
    let (first, worker) = tokio::join!(stage.book_with(&loser, &stage.doctor, slot, &key), started);
    refused(&first, 409, "SLOT_TAKEN");
    assert_eq!(stage.book_with(&loser, &stage.doctor, slot, &key).await.text, first.text);
    worker.stop().await;
    stage.finish().await;
}

/// Until the key's request has its marker, and so is on its way to the broker.
async fn handed_over(stage: &Stage, patient: &Patient, key: &str) -> Uuid {
    let id = RequestId::of(patient.account, &IdempotencyKey::parse(key).expect("a key"));
    until("the request to be handed over", async || {
        let shown = stage.get(patient, &format!("/v1/requests/{id}")).await;
        (shown.status == 200).then_some(())
    })
    .await;
    id.uuid()
}

/// The second attempt finds the marker once with the doctor's day still to be read, and once when it sets its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_an_undecided_request_shows_when_the_first_was_accepted() {
    let mut stage = Stage::without_worker(World::new().await).await;
    stage.another_ingress().await;
    let (patient, key, slot) = (stage.patient().await, key(), stage.slot("10:00"));
    let body = first_visit(&stage.doctor, slot);
    let request = stage.book_async(&patient, &stage.doctor, slot, &key).await;
    let path = format!("/v1/requests/{request}");
    let accepted_at = stage.get(&patient, &path).await.json["accepted_at"].clone();
    for door in [&stage.others[0], &stage.ingress, &stage.others[0]] {
        stage.world.clock.advance(TimeDelta::seconds(1));
        let again = stage.world.post_async(door, &patient, "/v1/bookings", &key, &body).await;
        assert_eq!((again.status, again.state()), (202, "accepted"), "{}", again.text);
        assert_eq!(again.json["accepted_at"], accepted_at, "{}", again.text);
        assert_eq!(stage.get(&patient, &path).await.json["accepted_at"], accepted_at);
    }
    stage.start_worker().await;
    let recorded = stage.decided(&patient, request).await;
    assert_eq!(recorded.json["accepted_at"], accepted_at, "{}", recorded.text);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_two_accounts_never_meet() {
    let stage = Stage::new().await;
    let (one, other, key) = (stage.patient().await, stage.patient().await, key());
    let first = stage.book_with(&one, &stage.doctor, stage.slot("10:00"), &key).await;
    let second = stage.book_with(&other, &stage.doctor, stage.slot("11:00"), &key).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.request_id(), second.request_id());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anothers_request_and_booking_are_not_there() {
    let mut stage = Stage::without_worker(World::new().await).await;
    let (owner, other) = (stage.patient().await, stage.patient().await);
    let request = stage.book_async(&owner, &stage.doctor, stage.slot("10:00"), &key()).await;
    let path = format!("/v1/requests/{request}");
    refused(&stage.get(&other, &path).await, 404, "REQUEST_NOT_SEEN");
    stage.start_worker().await;
    let booking = stage.decided(&owner, request).await.booking_id();
    refused(&stage.get(&other, &path).await, 404, "REQUEST_NOT_SEEN");
    refused(&stage.get(&other, &format!("/v1/bookings/{booking}")).await, 404, "NOT_FOUND");
    refused(&stage.cancel(&other, booking).await, 404, "NOT_FOUND");
    refused(&stage.reschedule(&other, booking, stage.slot("11:00")).await, 404, "NOT_FOUND");
    let listed = stage.get(&other, "/v1/bookings").await;
    assert_eq!((listed.status, listed.json["items"].as_array().map(Vec::len)), (200, Some(0)));
    let mine = stage.get(&owner, "/v1/bookings").await;
    assert_eq!(mine.json["items"][0]["id"], booking.to_string());
    refused(
        &stage.get(&owner, &format!("/v1/requests/{}", Uuid::now_v7())).await,
        404,
        "REQUEST_NOT_SEEN",
    );
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_time_can_be_booked_again_by_the_same_and_by_another() {
    let stage = Stage::new().await;
    let (one, other, slot) = (stage.patient().await, stage.patient().await, stage.slot("10:00"));
    for patient in [&one, &one, &other, &one] {
        let booking = stage.booked(patient, slot).await;
        let cancelled = stage.cancel(patient, booking).await;
        assert_eq!(
            (cancelled.status, &cancelled.json["outcome"]["booking"]["status"]),
            (200, &"cancelled".into())
        );
        assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 0);
    }
    stage.booked(&other, slot).await;
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM booking").await, 5);
    stage.finish().await;
}

/// The second time is the first time: nothing is given back or moved again, whatever happened since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_a_cancel_or_move_does_nothing_and_says_the_same() {
    let stage = Stage::new().await;
    let (patient, cancel_key, move_key) = (stage.patient().await, key(), key());
    let moved = stage.booked(&patient, stage.slot("10:00")).await;
    let (path, body) = (
        format!("/v1/bookings/{moved}/reschedule"),
        json!({"starts_at": text(stage.slot("14:00"))}),
    );
    let first_move = stage.post(&patient, &path, &move_key, &body).await;
    assert_eq!(first_move.status, 200, "{}", first_move.text);
    assert_eq!(stage.reschedule(&patient, moved, stage.slot("16:00")).await.status, 200);
    let again = stage.post(&patient, &path, &move_key, &body).await;
    assert_eq!((again.status, &again.text), (200, &first_move.text));
    let cancel = format!("/v1/bookings/{moved}/cancel");
    let first_cancel = stage.post(&patient, &cancel, &cancel_key, &json!({})).await;
    assert_eq!(
        first_cancel.json["outcome"]["booking"]["starts_at"],
        domain::time::show(stage.slot("16:00"), stage.doctor.zone)
    );
    stage.booked(&patient, stage.slot("16:00")).await;
    for _ in 0..2 {
        let again = stage.post(&patient, &cancel, &cancel_key, &json!({})).await;
        assert_eq!((again.status, &again.text), (200, &first_cancel.text));
        stage
            .forget(&[
                format!("req:{}", first_cancel.request_id()),
                format!("req:{}", first_move.request_id()),
            ])
            .await;
    }
    assert_eq!(stage.post(&patient, &path, &move_key, &body).await.text, first_move.text);
    assert_eq!(stage.world.count("SELECT COUNT(seat_in_use) FROM booking").await, 1);
    stage.finish().await;
}
