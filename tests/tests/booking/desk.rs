//! Staff's side of bookings: the day's list, one booking with its name (written down first), booking for a patient who calls,
//! moving and cancelling after the cut-off. Whoever does not work there finds nothing.

use docde_tests::api::{key, text};
use docde_tests::{Answer, Hours, Patient, Socket};
use domain::ids::{HospitalId, PatientId};
use domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Stage, refused};

/// A Monday morning in Seoul.
pub const MORNING: &str = "2026-11-23T09:00:00+09:00";

impl Stage {
    pub async fn clerk(&self) -> Patient {
        self.clerk_at(self.doctor.hospital).await
    }

    pub async fn clerk_at(&self, hospital: HospitalId) -> Patient {
        let clerk = self.patient().await;
        self.world.employ(&clerk, hospital, "receptionist").await;
        clerk
    }

    /// The path of the hospital's bookings, with what follows.
    pub fn desk(&self, rest: &str) -> String {
        format!("/v1/hospitals/{}/bookings{rest}", self.doctor.hospital)
    }

    /// A step of staff, under a fresh key.
    pub async fn desk_step(
        &self,
        clerk: &Patient,
        booking: Uuid,
        revision: u32,
        step: &str,
        reason: Option<&str>,
    ) -> Answer {
        let body = json!({"revision": revision, "step": step, "reason": reason});
        self.post(clerk, &self.desk(&format!("/{booking}/steps")), &key(), &body).await
    }

    pub async fn desk_undo(&self, clerk: &Patient, booking: Uuid, undone: Uuid) -> Answer {
        let body = json!({"request_id": undone});
        self.post(clerk, &self.desk(&format!("/{booking}/undo")), &key(), &body).await
    }

    pub async fn desk_move(
        &self,
        clerk: &Patient,
        booking: Uuid,
        revision: u32,
        at: Timestamp,
    ) -> Answer {
        let body = json!({"revision": revision, "starts_at": text(at)});
        self.post(clerk, &self.desk(&format!("/{booking}/move")), &key(), &body).await
    }

    pub async fn desk_book(&self, clerk: &Patient, patient: PatientId, at: Timestamp) -> Answer {
        let body = json!({"patient_id": patient, "doctor_id": self.doctor.id, "starts_at": text(at),
            "visit": "first", "reason": "전화로 예약"});
        self.post(clerk, &self.desk(""), &key(), &body).await
    }

    /// How the booking stands, as its patient sees it: status and revision.
    pub async fn standing(&self, patient: &Patient, booking: Uuid) -> (String, u64) {
        let shown = self.get(patient, &format!("/v1/bookings/{booking}")).await.json;
        let status = shown["status"].as_str().unwrap_or_default().to_owned();
        (status, shown["revision"].as_u64().unwrap_or_default())
    }
}

/// What the step made of the booking.
#[track_caller]
pub fn stepped(answer: &Answer, status: &str) {
    assert_eq!((answer.status, answer.state()), (200, "confirmed"), "{}", answer.text);
    assert_eq!(answer.json["outcome"]["booking"]["status"], status, "{}", answer.text);
}

fn starts(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("items");
    let start = |item: &Value| item["starts_at"].as_str().expect("a start")[11..16].to_owned();
    items.iter().map(start).collect()
}

/// The bookings of a day's list that is read one a page.
async fn ids_page_by_page(stage: &Stage, clerk: &Patient, day: &str) -> Vec<Value> {
    let (mut cursor, mut paged) = (String::new(), Vec::new());
    loop {
        let path = stage.desk(&format!("{day}&limit=1&cursor={cursor}"));
        let page = stage.get(clerk, &path).await.json;
        paged.push(page["items"][0]["id"].clone());
        let Some(next) = page["next_cursor"].as_str() else { return paged };
        next.clone_into(&mut cursor);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_days_list_has_all_bookings_of_the_hospital_by_their_start_and_nobodys_name() {
    let stage = Stage::at(MORNING).await;
    let clerk = stage.clerk().await;
    let colleague = stage.world.doctor_at(stage.doctor.hospital, &Hours::default()).await;
    let patients = stage.world.patients(4).await;
    let mut ids = Vec::new();
    for (patient, (doctor, at)) in patients.iter().zip([
        (&stage.doctor, "15:00"),
        (&stage.doctor, "10:00"),
        (&colleague, "10:00"),
        (&colleague, "11:00"),
    ]) {
        ids.push(stage.book_with(patient, doctor, stage.slot(at), &key()).await.booking_id());
    }
    assert_eq!(stage.cancel(&patients[3], ids[3]).await.status, 200);
    let day = "?day=2026-11-25";
    let all = stage.get(&clerk, &stage.desk(day)).await;
    assert_eq!(all.status, 200, "{}", all.text);
    assert_eq!(starts(&all.json), ["10:00", "10:00", "11:00", "15:00"], "{}", all.text);
    assert!(!all.text.contains("홍길동"), "{}", all.text);
    assert_eq!(all.json["items"][0]["doctor_name"], "김의사");
    for (filter, expected) in [
        ("&status=cancelled", vec!["11:00"]),
        (&format!("&doctor_id={}", stage.doctor.id), vec!["10:00", "15:00"]),
        (&format!("&patient_id={}", patients[2].id), vec!["10:00"]),
        ("&status=pending", vec![]),
    ] {
        let some = stage.get(&clerk, &stage.desk(&format!("{day}{filter}"))).await;
        assert_eq!(starts(&some.json), expected, "{filter}: {}", some.text);
    }
    // Of one patient on all days, and of today nobody.
    let of_one = stage.get(&clerk, &stage.desk(&format!("?patient_id={}", patients[0].id))).await;
    assert_eq!(starts(&of_one.json), ["15:00"]);
    assert_eq!(starts(&stage.get(&clerk, &stage.desk("")).await.json), [""; 0]);
    // Names are read on demand, and each that is shown is written down; unless it is, none is shown.
    let reads = "SELECT COUNT(*) FROM access_log";
    assert_eq!(stage.world.count(reads).await, 0);
    let named = stage.desk(&format!("{day}&names=true&limit=3"));
    let shown = stage.get(&clerk, &named).await;
    assert_eq!(shown.json["items"][0]["name"], "홍길동", "{}", shown.text);
    assert_eq!(stage.world.count(reads).await, 3);
    for (sql, status) in [
        ("RENAME TABLE access_log TO access_log_away", 503),
        ("RENAME TABLE access_log_away TO access_log", 200),
    ] {
        sqlx::raw_sql(sql).execute(&stage.world.pool).await.expect("renamed");
        assert_eq!(stage.get(&clerk, &named).await.status, status);
    }
    // Two that start together are on two pages.
    let paged = ids_page_by_page(&stage, &clerk, day).await;
    let listed = all.json["items"].as_array().expect("items").iter().map(|item| item["id"].clone());
    assert_eq!(paged, listed.collect::<Vec<_>>());
    for bad in
        ["?day=2026-02-30", "?day=9999-12-31", "?status=lost", "?names=2", "?limit=0", "?cursor=x"]
    {
        refused(&stage.get(&clerk, &stage.desk(bad)).await, 400, "MALFORMED");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_a_booking_is_written_down_before_the_name_is_shown() {
    let stage = Stage::at(MORNING).await;
    let (clerk, patient) = (stage.clerk().await, stage.patient().await);
    let mut body = crate::stage::first_visit(&stage.doctor, stage.slot("10:00"));
    body["reason"] = json!("두통");
    body["phone"] = json!("010-1234-5678");
    let booking = stage.post(&patient, "/v1/bookings", &key(), &body).await.booking_id();
    let path = stage.desk(&format!("/{booking}"));
    let shown = stage.get(&clerk, &path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let text = |member: &str| shown.json[member].as_str().unwrap_or_default().to_owned();
    let read = [text("name"), text("reason"), text("phone")];
    assert_eq!(read, ["홍길동", "두통", "010-1234-5678"]);
    let rows: Vec<(Uuid, Uuid, Uuid, Uuid)> =
        sqlx::query_as("SELECT actor, hospital_id, patient_id, subject_id FROM access_log")
            .fetch_all(&stage.world.pool)
            .await
            .expect("rows");
    let (hospital, patient_id) = (stage.doctor.hospital.uuid(), patient.id.uuid());
    assert_eq!(rows, [(clerk.account.uuid(), hospital, patient_id, booking)]);
    // What cannot be written down is not shown.
    for (sql, status) in [
        ("RENAME TABLE access_log TO access_log_away", 503),
        ("RENAME TABLE access_log_away TO access_log", 200),
    ] {
        sqlx::raw_sql(sql).execute(&stage.world.pool).await.expect("renamed");
        assert_eq!(stage.get(&clerk, &path).await.status, status);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_work_there_finds_no_bookings_of_the_hospital() {
    let stage = Stage::at(MORNING).await;
    let elsewhere = stage.world.doctor().await;
    let (patient, foreign) = (stage.patient().await, stage.clerk_at(elsewhere.hospital).await);
    let booking = stage.booked(&patient, stage.slot("10:00")).await;
    for stranger in [&patient, &foreign] {
        refused(&stage.get(stranger, &stage.desk("")).await, 404, "NOT_FOUND");
        refused(&stage.get(stranger, &stage.desk(&format!("/{booking}"))).await, 404, "NOT_FOUND");
        refused(&stage.desk_step(stranger, booking, 1, "cancel", None).await, 404, "NOT_FOUND");
        let moved = stage.desk_move(stranger, booking, 1, stage.slot("11:00")).await;
        refused(&moved, 404, "NOT_FOUND");
        refused(&stage.desk_undo(stranger, booking, Uuid::now_v7()).await, 404, "NOT_FOUND");
        let booked = stage.desk_book(stranger, patient.id, stage.slot("12:00")).await;
        refused(&booked, 404, "NOT_FOUND");
    }
    // At the own hospital there is no booking of another one.
    let path = format!("/v1/hospitals/{}/bookings/{booking}", elsewhere.hospital);
    refused(&stage.get(&foreign, &path).await, 404, "NOT_FOUND");
    let (path, step) = (format!("{path}/steps"), json!({"revision": 1, "step": "cancel"}));
    refused(&stage.post(&foreign, &path, &key(), &step).await, 404, "NOT_FOUND");
    assert_eq!(stage.standing(&patient, booking).await, ("booked".to_owned(), 1));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_book_for_a_patient_whom_they_know_who_is_told_and_may_cancel_it() {
    let stage = Stage::at(MORNING).await;
    let notifier = stage.world.notifier().await;
    let (clerk, patient, stranger) =
        (stage.clerk().await, stage.patient().await, stage.patient().await);
    stage.booked(&patient, stage.slot("10:00")).await;
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let at = stage.doctor.on(&stage.world, 3, "11:00");
    let booked = stage.desk_book(&clerk, patient.id, at).await;
    stepped(&booked, "booked");
    let shown = &booked.json["outcome"]["booking"];
    assert_eq!((&shown["channel"], &shown["patient_id"]), (&json!("phone"), &json!(patient.id)));
    let told = socket.next().await.expect("a notice");
    assert_eq!((&told["code"], &told["booking"]), (&json!("BOOKING_MADE"), shown), "{told}");
    for nobody in [stranger.id, PatientId::generate()] {
        let answer = stage.desk_book(&clerk, nobody, at).await;
        refused(&answer, 404, "NOT_FOUND");
        assert_eq!(answer.json["field"], "patient_id", "{}", answer.text);
    }
    // The limits of a patient are for staff too, and so is a time that is gone.
    refused(&stage.desk_book(&clerk, patient.id, at).await, 409, "TOO_MANY_BOOKINGS");
    let next_day = stage.doctor.on(&stage.world, 4, "11:00");
    stage.booked(&stranger, next_day).await;
    refused(&stage.desk_book(&clerk, patient.id, next_day).await, 409, "SLOT_TAKEN");
    let own = stage.get(&patient, &format!("/v1/bookings/{}", booked.booking_id())).await.json;
    assert_eq!(own["reason"], "전화로 예약", "{own}");
    assert_eq!(stage.cancel(&patient, booked.booking_id()).await.status, 200);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_cut_off_staff_move_and_cancel_what_its_patient_cannot() {
    let mut stage = Stage::at(MORNING).await;
    let hours = Hours { cutoff: 120, ..Hours::default() };
    stage.doctor = stage.world.doctor_at(stage.doctor.hospital, &hours).await;
    let notifier = stage.world.notifier().await;
    let (clerk, patient) = (stage.clerk().await, stage.patient().await);
    let today = |at| stage.doctor.on(&stage.world, 0, at);
    let booking = stage.booked(&patient, today("12:00")).await;
    stage.advance_minutes(150);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    refused(&stage.cancel(&patient, booking).await, 409, "CUTOFF_PASSED");
    // The booking's own outcome may come on this socket too, before it.
    while !socket.next().await.expect("the refusal").to_string().contains("CUTOFF_PASSED") {}
    stepped(&stage.desk_move(&clerk, booking, 1, today("12:30")).await, "booked");
    assert_eq!(socket.next().await.expect("a notice")["code"], "BOOKING_MOVED");
    let conflict = stage.desk_step(&clerk, booking, 1, "cancel", None).await;
    refused(&conflict, 409, "STATE_CONFLICT");
    assert_eq!(
        (&conflict.json["current"], &conflict.json["revision"]),
        (&json!("booked"), &json!(2))
    );
    let gone = stage.desk_move(&clerk, booking, 2, today("11:15")).await;
    refused(&gone, 409, "CUTOFF_PASSED");
    let cancelled = stage.desk_step(&clerk, booking, 2, "cancel", Some("doctor_absent")).await;
    stepped(&cancelled, "cancelled");
    let told = socket.next().await.expect("a notice");
    let members = (&told["code"], &told["reason"]);
    assert_eq!(members, (&json!("BOOKING_CANCELLED"), &json!("doctor_absent")), "{told}");
    let shown = stage.get(&patient, &format!("/v1/bookings/{booking}")).await.json;
    assert_eq!(shown["status_reason"], "doctor_absent", "{shown}");
    // Its patient's own later booking for today is too late, staff's is not.
    refused(&stage.book(&patient, today("13:00")).await, 409, "CUTOFF_PASSED");
    stepped(&stage.desk_book(&clerk, patient.id, today("13:00")).await, "booked");
    stage.finish().await;
}
