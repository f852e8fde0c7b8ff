//! A slot held while the form is filled (P10): its holder can book it and others cannot, nothing has to run for it to end, and
//! between the hold and the booking there is no moment in which the time is free.

use docde_tests::api::key;
use docde_tests::{Answer, Hours, Patient, Socket};
use domain::time::Timestamp;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::desk::MORNING;
use crate::stage::{Stage, first_visit, refused};

impl Stage {
    async fn hold(&self, patient: &Patient, at: Timestamp) -> Answer {
        self.post(patient, "/v1/holds", &key(), &first_visit(&self.doctor, at)).await
    }

    /// Holds and expects to get it; the hold's id.
    async fn held(&self, patient: &Patient, at: Timestamp) -> Uuid {
        let answer = self.hold(patient, at).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.json["outcome"]["booking"]["status"], "proposed", "{}", answer.text);
        answer.booking_id()
    }

    async fn book_held(&self, patient: &Patient, hold: Uuid) -> Answer {
        let body = json!({"reason": "기침", "phone": "010-1234-5678"});
        self.post(patient, &format!("/v1/holds/{hold}/book"), &key(), &body).await
    }

    async fn release(&self, patient: &Patient, hold: Uuid) -> Answer {
        self.post(patient, &format!("/v1/holds/{hold}/release"), &key(), &json!({})).await
    }

    /// Nothing will ever fall due.
    async fn forget_timers(&self) {
        sqlx::query("DELETE FROM timer").execute(&self.world.pool).await.expect("no timers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_holder_books_and_nobody_gets_in_between() {
    let stage = Stage::at(MORNING).await;
    let (holder, others) = (stage.patient().await, stage.world.patients(40).await);
    let at = stage.slot("10:00");
    let hold = stage.held(&holder, at).await;
    refused(&stage.book_held(&others[0], hold).await, 404, "NOT_FOUND");
    // All at once: whichever is decided first, the time is never free.
    let (booked, tries) = tokio::join!(
        stage.book_held(&holder, hold),
        join_all(others.iter().map(|other| stage.book(other, at)))
    );
    assert_eq!(booked.status, 200, "{}", booked.text);
    for refusal in &tries {
        refused(refusal, 409, "SLOT_TAKEN");
    }
    let shown = stage.get(&holder, &format!("/v1/bookings/{hold}")).await.json;
    assert_eq!(
        (&shown["status"], &shown["reason"], &shown["phone"], shown.get("held_until")),
        (&json!("booked"), &json!("기침"), &json!("010-1234-5678"), None),
        "{shown}"
    );
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_over_although_nothing_ends_it() {
    let stage = Stage::at(MORNING).await;
    let (holder, other) = (stage.patient().await, stage.patient().await);
    let at = stage.slot("10:00");
    let hold = stage.held(&holder, at).await;
    stage.forget_timers().await;
    stage.advance_minutes(4);
    refused(&stage.book(&other, at).await, 409, "SLOT_TAKEN");
    stage.advance_minutes(1);
    refused(&stage.book_held(&holder, hold).await, 409, "HOLD_EXPIRED");
    assert_eq!(stage.standing(&holder, hold).await.0, "proposed", "nobody has ended it");
    let booked = stage.book(&other, at).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(stage.standing(&holder, hold).await, ("cancelled".to_owned(), 2));
    let why = "SELECT COUNT(*) FROM status_change WHERE reason = 'hold_over'";
    assert_eq!(stage.world.count(why).await, 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_falls_due_and_its_holder_is_told() {
    let stage = Stage::at(MORNING).await;
    let notifier = stage.world.notifier().await;
    let (holder, other) = (stage.patient().await, stage.patient().await);
    let mut socket = Socket::open(&notifier, &holder, None).await;
    let at = stage.slot("10:00");
    let hold = stage.held(&holder, at).await;
    assert_eq!(socket.next().await.expect("an outcome")["type"], "outcome");
    let listed = stage.get(&holder, "/v1/holds").await.json;
    assert_eq!(listed["items"][0]["id"], json!(hold), "{listed}");
    stage.advance_minutes(5);
    assert_eq!(socket.next().await.expect("a notice")["code"], "HOLD_OVER");
    assert_eq!(stage.standing(&holder, hold).await, ("cancelled".to_owned(), 2));
    for list in ["/v1/holds", "/v1/bookings"] {
        let listed = stage.get(&holder, list).await.json;
        assert_eq!(listed["items"], json!([]), "{list}");
    }
    assert_eq!(stage.book(&other, at).await.status, 201);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_holds_two_at_once_also_at_hospitals_of_two_partitions() {
    let stage = Stage::at(MORNING).await;
    let far = stage.world.hospital_in(1 - stage.doctor.partition().index()).await;
    let mut doctors = vec![stage.doctor];
    for hospital in [far, stage.doctor.hospital, far, stage.doctor.hospital, far] {
        doctors.push(stage.world.doctor_at(hospital, &Hours::default()).await);
    }
    let holder = stage.patient().await;
    let at = stage.slot("10:00");
    let wishes = doctors.iter().map(|doctor| {
        let (stage, holder, body) = (&stage, &holder, first_visit(doctor, at));
        async move { stage.post(holder, "/v1/holds", &key(), &body).await }
    });
    let answers = join_all(wishes).await;
    let (held, rest): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(held.len(), 2, "{:?}", answers.iter().map(|a| &a.text).collect::<Vec<_>>());
    for refusal in rest {
        refused(refusal, 409, "TOO_MANY_BOOKINGS");
    }
    let again = stage.release(&holder, held[0].booking_id()).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let third = stage.hold(&holder, stage.slot("11:00")).await;
    assert_eq!(third.status, 201, "{}", third.text);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_says_how_long_how_many_and_how_often() {
    let mut stage = Stage::at(MORNING).await;
    let sql = "UPDATE hospital SET hold_minutes = 2, max_holds = 1, max_holds_hour = 3, hold_again_minutes = 10";
    sqlx::query(sql).execute(&stage.world.pool).await.expect("limits");
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    let holder = stage.patient().await;
    let first = stage.held(&holder, stage.slot("10:00")).await;
    let second = stage.hold(&holder, stage.slot("11:00")).await;
    refused(&second, 409, "TOO_MANY_BOOKINGS");
    let until = stage.world.clock.now() + domain::time::minutes(2);
    let told = second.json["at"].as_str().expect("at");
    assert_eq!(domain::time::parse(told).ok(), Some(until));
    assert_eq!(stage.release(&holder, first).await.status, 200);
    refused(&stage.hold(&holder, stage.slot("10:00")).await, 409, "TOO_MANY_BOOKINGS");
    stage.advance_minutes(10);
    for at in ["10:00", "11:00"] {
        let hold = stage.held(&holder, stage.slot(at)).await;
        assert_eq!(stage.release(&holder, hold).await.status, 200);
    }
    refused(&stage.hold(&holder, stage.slot("12:00")).await, 409, "TOO_MANY_BOOKINGS");
    stage.advance_minutes(50);
    stage.held(&holder, stage.slot("12:00")).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_given_back_like_a_booking_and_not_moved() {
    let stage = Stage::at(MORNING).await;
    let holder = stage.patient().await;
    let hold = stage.held(&holder, stage.slot("10:00")).await;
    let refusal = stage.reschedule(&holder, hold, stage.slot("11:00")).await;
    refused(&refusal, 409, "STATE_CONFLICT");
    assert_eq!(refusal.json["current"], "proposed");
    let cancelled = stage.cancel(&holder, hold).await;
    assert_eq!(cancelled.status, 200, "a hold is given back like a booking: {}", cancelled.text);
    stage.finish().await;
}
