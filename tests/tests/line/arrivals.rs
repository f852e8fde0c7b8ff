//! Booked patients at the desk: they take a number of the same line, and their bookings follow it.

use docde_tests::api::key;
use docde_tests::{Answer, Doctor, Patient, Socket, until};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::stage::{RECEPTIONS, Stage, office_hours, path_of, refused};

const BOOKINGS: &str = "/v1/bookings";

impl Stage {
    /// A return visit on the 23rd.
    pub async fn booked(&self, patient: &Patient, doctor: &Doctor, at: &str) -> Value {
        let answer = self.book(patient, doctor, &format!("2026-11-23T{at}:00+09:00")).await;
        assert_eq!((answer.status, answer.state()), (201, "confirmed"), "{}", answer.text);
        answer.json["outcome"]["booking"].clone()
    }

    async fn book(&self, patient: &Patient, doctor: &Doctor, starts_at: &str) -> Answer {
        let body = json!({"doctor_id": doctor.id, "starts_at": starts_at, "visit": "return"});
        self.post(patient, BOOKINGS, &key(), &body).await
    }

    /// The desk says that the booked patient is there.
    pub async fn arrive(&self, clerk: &Patient, booking: &Value) -> Answer {
        let body = json!({"booking_id": booking["id"]});
        self.post(clerk, &self.line("/arrivals"), &key(), &body).await
    }

    async fn booking(&self, patient: &Patient, booking: &Value) -> Value {
        let path = format!("{BOOKINGS}/{}", booking["id"].as_str().expect("an id"));
        self.get(patient, &path).await.json
    }

    async fn undo(&self, clerk: &Patient, ticket: &Value, step: &Answer) -> Answer {
        let body = json!({"ticket_id": ticket["id"], "request_id": step.request_id()});
        self.post(clerk, &self.line("/undo"), &key(), &body).await
    }

    fn pass(&self, minutes: i64) {
        self.world.clock.advance(chrono::TimeDelta::minutes(minutes));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booked_patient_who_is_there_is_in_the_line_and_the_booking_follows() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(3).await;
    let booking = stage.booked(&patients[0], &stage.doctor, "10:30").await;
    let mut socket = Socket::open(&notifier, &patients[0], None).await;
    for (patient, minutes) in patients[1..].iter().zip([25, 12]) {
        let taken = stage.taken(patient).await;
        stage.step(&clerk, &taken, 1, "arrive").await;
        stage.pass(minutes);
    }
    // 10:37: the tickets stand by 10:00 and 10:25, the booking by 10:20.
    let arrived = stage.arrive(&clerk, &booking).await;
    assert_eq!((arrived.status, arrived.state()), (200, "confirmed"), "{}", arrived.text);
    let ticket = arrived.json["outcome"]["ticket"].clone();
    assert_eq!((&ticket["number"], &ticket["status"]), (&json!(3), &json!("arrived")));
    assert_eq!((&ticket["booking_id"], &ticket["channel"]), (&booking["id"], &json!("desk")));
    assert_eq!(arrived.json["subject"]["ticket_id"], ticket["id"]);
    let told = socket.next().await.expect("a notice");
    assert_eq!((&told["code"], &told["ticket"]), (&json!("TICKET_TAKEN"), &ticket), "{told}");
    let shown = stage.get(&patients[0], &path_of(&ticket)).await.json;
    assert_eq!(shown["place"]["ahead"], 1, "{shown}");
    let now = stage.booking(&patients[0], &booking).await;
    assert_eq!((&now["status"], &now["revision"]), (&json!("arrived"), &json!(2)));
    let mut called = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..3 {
        let next = stage.next(&clerk, after.as_deref()).await;
        called.push(next.json["outcome"]["ticket"]["number"].as_u64().expect("a number"));
        after = next.json["outcome"]["ticket"]["id"].as_str().map(str::to_owned);
    }
    assert_eq!(called, [1, 3, 2]);
    assert_eq!(stage.booking(&patients[0], &booking).await["status"], "checked_in");
    let done = stage.step(&clerk, &ticket, 2, "done").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(stage.booking(&patients[0], &booking).await["status"], "fulfilled");
    let history: Vec<(u32, String, bool)> = sqlx::query_as(
        "SELECT CAST(h.revision AS UNSIGNED), h.status_after, h.actor = ? FROM booking_history h ORDER BY h.revision",
    )
    .bind(clerk.account.uuid())
    .fetch_all(&stage.world.pool)
    .await
    .expect("a history");
    let step = |revision, status: &str, of_clerk| (revision, status.to_owned(), of_clerk);
    assert_eq!(
        history,
        [
            step(1, "booked", false),
            step(2, "arrived", true),
            step(3, "checked_in", true),
            step(4, "fulfilled", true)
        ]
    );
    stage.world.finish().await;
}

/// The doctor's time stays in use to the end; the patient's is free once seen, and an undone end needs it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_in_use_follow_the_visit() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let (patient, other) = (stage.world.patient().await, stage.world.patient().await);
    let elsewhere = stage.world.doctor_at(stage.doctor.hospital, &office_hours()).await;
    let booking = stage.booked(&patient, &stage.doctor, "10:30").await;
    let start = "2026-11-23T10:30:00+09:00";
    let arrived = stage.arrive(&clerk, &booking).await;
    let ticket = arrived.json["outcome"]["ticket"].clone();
    assert_eq!(stage.next(&clerk, None).await.status, 200);
    refused(&stage.book(&patient, &elsewhere, start).await, 409, "PATIENT_BUSY");
    refused(&stage.book(&other, &stage.doctor, start).await, 409, "SLOT_TAKEN");
    let done = stage.step(&clerk, &ticket, 2, "done").await;
    refused(&stage.book(&other, &stage.doctor, start).await, 409, "SLOT_TAKEN");
    let next_door = stage.booked(&patient, &elsewhere, "10:30").await;
    let undone = stage.undo(&clerk, &ticket, &done).await;
    refused(&undone, 409, "PATIENT_BUSY");
    assert_eq!(stage.booking(&patient, &booking).await["status"], "fulfilled");
    let path = format!("{BOOKINGS}/{}/cancel", next_door["id"].as_str().expect("an id"));
    assert_eq!(stage.post(&patient, &path, &key(), &json!({})).await.status, 200);
    let undone = stage.undo(&clerk, &ticket, &done).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(stage.booking(&patient, &booking).await["status"], "checked_in");
    let missed = stage.step(&clerk, &ticket, 4, "noshow").await;
    assert_eq!(missed.status, 200, "{}", missed.text);
    assert_eq!(stage.book(&other, &stage.doctor, start).await.status, 201, "free for others");
    refused(&stage.undo(&clerk, &ticket, &missed).await, 409, "SLOT_TAKEN");
    stage.world.finish().await;
}

/// The number is given up, not the booked time: that takes its patient's word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_is_given_up_leaves_the_booking_to_its_patient() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patient = stage.world.patient().await;
    let booking = stage.booked(&patient, &stage.doctor, "10:30").await;
    let first = stage.arrive(&clerk, &booking).await.json["outcome"]["ticket"].clone();
    let path = format!("{BOOKINGS}/{}/cancel", booking["id"].as_str().expect("an id"));
    let cancelled = stage.post(&patient, &path, &key(), &json!({})).await;
    refused(&cancelled, 409, "STATE_CONFLICT");
    assert_eq!(cancelled.json["current"], "arrived", "{}", cancelled.text);
    assert_eq!(stage.cancel(&patient, &first).await.status, 200);
    let left = stage.booking(&patient, &booking).await;
    assert_eq!((&left["status"], &left["revision"]), (&json!("booked"), &json!(3)));
    let again = stage.arrive(&clerk, &booking).await.json["outcome"]["ticket"].clone();
    assert_eq!(again["number"], 2, "no number is used again");
    assert_eq!(stage.step(&clerk, &again, 1, "cancel").await.status, 200);
    assert_eq!(stage.post(&patient, &path, &key(), &json!({})).await.status, 200);
    let gone = stage.arrive(&clerk, &booking).await;
    refused(&gone, 409, "STATE_CONFLICT");
    assert_eq!((&gone.json["current"], &gone.json["revision"]), (&json!("cancelled"), &json!(6)));
    stage.world.finish().await;
}

/// Two desks at once, app tickets in between, and patients who hold a number already: one ticket each, no number twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_desks_that_say_the_same_at_once_make_one_ticket() {
    let stage = Stage::new().await;
    let clerks = [stage.clerk("receptionist").await, stage.clerk("director").await];
    let patients = stage.world.patients(12).await;
    let mut bookings = Vec::new();
    for (n, patient) in patients.iter().enumerate() {
        let at = format!("{}:{:02}", 11 + n / 4, 15 * (n % 4));
        bookings.push(stage.booked(patient, &stage.doctor, &at).await);
    }
    let body = json!({"doctor_id": stage.doctor.id});
    let taking = patients[..6].iter().map(|patient| {
        let (stage, body) = (&stage, &body);
        async move { stage.post(patient, RECEPTIONS, &key(), body).await }
    });
    let arriving = bookings.iter().flat_map(|booking| {
        let stage = &stage;
        clerks.iter().map(move |clerk| stage.arrive(clerk, booking))
    });
    let (taken, arrived) = tokio::join!(join_all(taking), join_all(arriving));
    for pair in arrived.chunks(2) {
        let id = |answer: &Answer| answer.json["outcome"]["ticket"]["id"].clone();
        assert_eq!((pair[0].status, pair[1].status), (200, 200), "{}", pair[1].text);
        assert_eq!(id(&pair[0]), id(&pair[1]));
    }
    assert!(taken.iter().all(|answer| answer.status == 201), "{taken:#?}");
    let number = |answer: &Answer| answer.json["outcome"]["ticket"]["number"].as_u64();
    let numbers: BTreeSet<_> = arrived.iter().map(number).collect();
    assert_eq!(numbers, (1..=12).map(Some).collect());
    let held = "SELECT COUNT(*) FROM ticket t JOIN booking b ON b.id = t.booking_id AND b.status = 'arrived'";
    assert_eq!(stage.world.count(held).await, 12);
    stage.world.finish().await;
}

/// Workers die one after the other while the desk says who is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_and_its_ticket_change_together_though_workers_die() {
    let stage = Stage::without_worker("2026-11-23T10:00:00+09:00").await;
    let mut worker = stage.world.worker().await;
    stage.world.owned().await;
    let clerk = stage.clerk("receptionist").await;
    let mut bookings = Vec::new();
    for (n, patient) in stage.world.patients(24).await.iter().enumerate() {
        let at = format!("{}:{:02}", 11 + n / 4, 15 * (n % 4));
        bookings.push(stage.booked(patient, &stage.doctor, &at).await);
    }
    for (round, some) in bookings.chunks(8).enumerate() {
        let sent = some.iter().chain(some).map(|booking| {
            let (body, path) = (json!({"booking_id": booking["id"]}), stage.line("/arrivals"));
            let (stage, clerk) = (&stage, &clerk);
            async move { stage.world.post_async(&stage.ingress, clerk, &path, &key(), &body).await }
        });
        join_all(sent).await;
        let decided = i64::try_from(round * 8 + 1).expect("few");
        until("some to be decided", async || {
            let found = stage.world.count("SELECT COUNT(*) FROM ticket").await;
            (found >= decided).then_some(())
        })
        .await;
        worker.kill().await;
        worker = stage.world.worker().await;
    }
    let both = "SELECT COUNT(*) FROM ticket t JOIN booking b ON b.id = t.booking_id AND b.status = 'arrived'
        WHERE b.revision = 2 AND t.number <= 24";
    until("all to be there", async || (stage.world.count(both).await == 24).then_some(())).await;
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_expected_at_that_desk_today_is_refused() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(3).await;
    let tomorrow = stage.book(&patients[0], &stage.doctor, "2026-11-24T10:00:00+09:00").await;
    let tomorrow = tomorrow.json["outcome"]["booking"].clone();
    let early = stage.arrive(&clerk, &tomorrow).await;
    refused(&early, 409, "NOT_OPEN_YET");
    assert_eq!(early.json["at"], "2026-11-24T00:00:00+09:00", "{}", early.text);
    let next_door = stage.world.doctor_at(stage.doctor.hospital, &office_hours()).await;
    let other = stage.booked(&patients[1], &next_door, "11:00").await;
    let wrong = stage.arrive(&clerk, &other).await;
    refused(&wrong, 409, "STATE_CONFLICT");
    assert_eq!(wrong.json["current"], "other_doctor", "{}", wrong.text);
    let abroad = stage.world.doctor().await;
    let foreign = stage.booked(&patients[2], &abroad, "11:00").await;
    refused(&stage.arrive(&clerk, &foreign).await, 404, "NOT_FOUND");
    refused(&stage.arrive(&clerk, &json!({"id": uuid::Uuid::now_v7()})).await, 404, "NOT_FOUND");
    let stranger = stage.clerk_at("receptionist", abroad.hospital).await;
    refused(&stage.arrive(&stranger, &tomorrow).await, 404, "NOT_FOUND");
    refused(&stage.arrive(&patients[0], &tomorrow).await, 404, "NOT_FOUND");
    stage.pass(24 * 60);
    let old = json!({"booking_id": tomorrow["id"], "revision": 9});
    let old = stage.post(&clerk, &stage.line("/arrivals"), &key(), &old).await;
    refused(&old, 409, "STATE_CONFLICT");
    assert_eq!((&old.json["current"], &old.json["revision"]), (&json!("booked"), &json!(1)));
    let checked = json!({"booking_id": tomorrow["id"], "revision": 1, "identity_checked": true});
    let checked = stage.post(&clerk, &stage.line("/arrivals"), &key(), &checked).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    let line = stage.get(&clerk, &stage.line("")).await.json;
    assert_eq!(line["items"][0]["identity_checked"], true, "{line}");
    assert_eq!(stage.cancel(&patients[0], &checked.json["outcome"]["ticket"]).await.status, 200);
    stage.pass(24 * 60);
    let past = stage.arrive(&clerk, &tomorrow).await;
    refused(&past, 409, "STATE_CONFLICT");
    assert_eq!(past.json["current"], "past_day", "{}", past.text);
    stage.world.finish().await;
}
