//! A month of a hospital, driven through the API alone: an operator makes it and verifies its director, who invites a receptionist and
//! a doctor and sets the schedule; then a public holiday, bookings that the clinic approves or refuses, a time held while a form is
//! filled, bookings by phone of a patient with an account and of one without, visits, one who does not come, a leave with the bookings that it ends, and the end of the hospital.

mod clinic;

use cli::import::holidays;
use docde_tests::api::key;
use docde_tests::{Patient, Socket};
use reqwest::Method;
use serde_json::json;

use crate::stage::Stage;
use clinic::{Clinic, booking, done, refused, text};

const HOLIDAYS: &str = "date,name_ko,name_en\n2026-12-07,임시공휴일,Temporary holiday\n2026-12-25,기독탄신일,Christmas Day\n";

async fn import_holidays(stage: &Stage) {
    let path = std::env::temp_dir().join(format!("{}-month.csv", stage.world.vhost));
    std::fs::write(&path, HOLIDAYS).expect("a file");
    let context = cli::Context { env: stage.world.env(), clock: stage.world.clock.clone() };
    let end = holidays::run(&context, &path, chrono_tz::Asia::Seoul, &mut Vec::new()).await;
    std::fs::remove_file(&path).expect("gone");
    end.expect("imported");
}

impl Clinic {
    /// The schedule from the next day on, with a holiday in it.
    async fn sets_the_schedule(&self, ann: &Patient) {
        // 23 November: the schedule. What patients book waits for the clinic, a day at most.
        let weekdays = ["mon", "tue", "wed", "thu", "fri"].map(|day| {
            json!({"weekday": day, "opens": "09:00", "closes": "18:00", "breaks": [{"from": "12:30", "until": "14:00"}]})
        });
        let schedule = json!({"from": "2026-11-24", "slot_minutes": 30, "first_minutes": 30, "return_minutes": 30,
            "approval_hours": 24, "hours": weekdays});
        let path = format!("/v1/doctors/{}/schedule", self.doctor);
        done(self.director_puts(Method::PUT, &path, &path, Some(&schedule)).await, 200);
        let slots = format!("/v1/doctors/{}/slots?from=2026-12-07&to=2026-12-07", self.doctor);
        assert_eq!(
            self.stage.get_as(&self.clerk, &slots).await.json["items"],
            json!([]),
            "a holiday"
        );
        refused(&self.patient(ann, "/v1/bookings", &self.wish("2026-12-07T10:00")).await, "CLOSED");
    }

    /// Three bookings of which one is refused and one forgotten, and one that was held: those of Ann, Cho and Dan.
    async fn decides_on_bookings(&self, [ann, ben, cho, dan]: &[Patient; 4]) -> [String; 3] {
        // Bookings that wait, one of which is approved and one refused; one that was held while its form was filled.
        let visit = self.patient(ann, "/v1/bookings", &self.wish("2026-11-25T10:00")).await;
        let visit = booking(&visit, "pending");
        let unwanted = self.patient(ben, "/v1/bookings", &self.wish("2026-11-25T11:00")).await;
        let unwanted = booking(&unwanted, "pending");
        let held = self.patient(cho, "/v1/holds", &self.wish("2026-11-26T10:00")).await;
        let held = booking(&held, "proposed");
        let filled = json!({"reason": "기침이 오래갑니다", "phone": "010-1234-5678"});
        let missed = self.patient(cho, &format!("/v1/holds/{held}/book"), &filled).await;
        assert_eq!(booking(&missed, "pending"), held, "the hold became the booking");
        let waiting =
            self.stage.get_as(&self.clerk, &self.bookings("?status=pending&day=2026-11-25")).await;
        assert_eq!(waiting.json["items"].as_array().map(Vec::len), Some(2), "{}", waiting.text);
        booking(&self.step(&visit, "approve", None).await, "booked");
        booking(&self.step(&held, "approve", None).await, "booked");
        booking(&self.step(&unwanted, "refuse", Some("other_department")).await, "cancelled");
        assert_eq!(self.shown(ben, &unwanted).await["status_reason"], "other_department");
        let forgotten = self.patient(dan, "/v1/bookings", &self.wish("2026-11-27T10:00")).await;
        let forgotten = booking(&forgotten, "pending");
        [visit, held, forgotten]
    }

    /// She is seen, and books by phone: that booking.
    async fn sees_her(
        &mut self,
        ann: &Patient,
        dan: &Patient,
        visit: &str,
        forgotten: &str,
    ) -> String {
        // 25 November: she comes, is called and seen. Nobody has answered the fourth in a day.
        self.day("2026-11-25", "09:50").await;
        let line = format!("/v1/lines/{}", self.doctor);
        let arrived = json!({"booking_id": visit, "identity_checked": true});
        done(self.desk(&format!("{line}/arrivals"), &arrived).await, 200);
        let called = done(self.desk(&format!("{line}/next"), &json!({})).await, 200);
        let ticket = &called["outcome"]["ticket"];
        let seen =
            json!({"ticket_id": ticket["id"], "revision": ticket["revision"], "step": "done"});
        done(self.desk(&format!("{line}/steps"), &seen).await, 200);
        assert_eq!(self.shown(ann, visit).await["status"], "fulfilled");
        docde_tests::until("what nobody approved to be refused", async || {
            (self.shown(dan, forgotten).await["status_reason"] == "not_approved").then_some(())
        })
        .await;

        // She calls for another visit: the desk books, and has approved what it books.
        let mut phone = self.wish("2026-12-02T10:00");
        phone["patient_id"] = json!(ann.id);
        phone["reason"] = json!("재진");
        let by_phone = self.desk(&self.bookings(""), &phone).await;
        let by_phone = booking(&by_phone, "booked");
        assert_eq!(self.shown(ann, &by_phone).await["channel"], "phone");
        assert_eq!(self.shown(ann, &by_phone).await["reason"], "재진");
        by_phone
    }

    /// One does not come, and the doctor is away for three days.
    async fn takes_leave(&mut self, ann: &Patient, held: &str, by_phone: &str) {
        // 26 November: one does not come.
        self.day("2026-11-26", "10:40").await;
        booking(&self.step(held, "noshow", None).await, "noshow");

        // 30 November: the doctor takes leave. What it ends is shown before, then ended, and told.
        self.day("2026-11-30", "09:00").await;
        let closings = format!("/v1/doctors/{}/closings", self.doctor);
        let leave = json!({"first_day": "2026-12-02", "last_day": "2026-12-04", "reason": "leave"});
        let dry = self
            .stage
            .send_as(
                &self.director,
                Method::POST,
                &format!("{closings}?dry_run=true"),
                &key(),
                Some(&leave),
            )
            .await;
        assert_eq!(
            (&dry.json["ends"], &dry.json["items"][0]["id"]),
            (&json!(1), &json!(by_phone)),
            "{}",
            dry.text
        );
        assert_eq!(self.shown(ann, by_phone).await["status"], "booked", "shown, not ended");
        let closed =
            self.stage.send_as(&self.director, Method::POST, &closings, &key(), Some(&leave)).await;
        assert_eq!(closed.json["outcome"]["closing"]["ended"], 1, "{}", closed.text);
        let shown = self.shown(ann, by_phone).await;
        assert_eq!(
            (&shown["status"], &shown["status_reason"]),
            (&json!("cancelled"), &json!("closed_by_hospital"))
        );
        refused(&self.patient(ann, "/v1/bookings", &self.wish("2026-12-03T10:00")).await, "CLOSED");
    }

    /// She books anew, and the desk moves her: that booking.
    async fn moves_her(&mut self, ann: &Patient) -> String {
        // 8 December: booked anew, and moved by the desk.
        self.day("2026-12-08", "09:00").await;
        let again = self.patient(ann, "/v1/bookings", &self.wish("2026-12-10T10:00")).await;
        let again = booking(&again, "pending");
        let moved = json!({"revision": 1, "starts_at": "2026-12-11T15:00:00+09:00"});
        let moved = self.desk(&self.bookings(&format!("/{again}/move")), &moved).await;
        booking(&moved, "booked");
        again
    }

    /// Somebody calls who has no account: entered at the desk, found again by the hospital alone, and booked. That booking.
    async fn enters_a_caller(&self) -> String {
        let patients = format!("/v1/hospitals/{}/patients", self.hospital);
        let caller =
            json!({"name": "전화손님", "birth_date": "1948-05-06", "phone": "010-9876-5432"});
        let entered = self.desk(&patients, &caller).await;
        assert_eq!(entered.status, 201, "{}", entered.text);
        let known = json!({"name": "전화손님", "birth_date": "1948-05-06"});
        let found = self.desk(&format!("{patients}/look-ups"), &known).await;
        assert_eq!(found.json["items"][0]["id"], entered.json["id"], "{}", found.text);
        let mut wish = self.wish("2026-12-11T14:30");
        wish["patient_id"] = entered.json["id"].clone();
        booking(&self.desk(&self.bookings(""), &wish).await, "booked")
    }

    /// She and the caller are seen, and the hospital closes.
    async fn ends(&mut self, ann: &Patient, ben: &Patient, again: &str, caller: &str) {
        // 11 December: seen without a number. 22 December: the hospital closes for good, once nobody is booked.
        self.day("2026-12-11", "15:30").await;
        booking(&self.step(again, "done", None).await, "fulfilled");
        booking(&self.step(caller, "done", None).await, "fulfilled");
        self.day("2026-12-22", "09:00").await;
        let last = self.patient(ben, "/v1/bookings", &self.wish("2026-12-24T10:00")).await;
        let last = booking(&last, "pending");
        let path = format!("/v1/hospitals/{}", self.hospital);
        let still = self.director_puts(Method::DELETE, &path, &path, None).await;
        refused(&still, "STATE_CONFLICT");
        booking(&self.step(&last, "cancel", Some("doctor_absent")).await, "cancelled");
        let log = self.stage.get_as(&self.director, &format!("{path}/access-log")).await;
        let read = log.json["items"].as_array().expect("items").len();
        assert!(read >= 5, "each reading of the desk is on record: {}", log.text);
        done(self.director_puts(Method::DELETE, &path, &path, None).await, 200);
        refused(
            &self.patient(ann, "/v1/bookings", &self.wish("2026-12-24T10:00")).await,
            "NOT_FOUND",
        );
        assert_eq!(self.shown(ann, again).await["status"], "fulfilled", "what was, stays");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_lives_through_a_month() {
    let stage = Stage::with(&[("DOCDE_DIRECTORY_MS", "200")]).await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    import_holidays(&stage).await;
    let notifier = stage.world.notifier().await;
    let mut clinic = Clinic::founded(stage).await;
    let patients = clinic.stage.world.patients(4).await;
    let patients: [Patient; 4] = patients.try_into().unwrap_or_else(|_| panic!("four"));
    let [ann, ben, _, dan] = &patients;
    let mut told = Socket::open(&notifier, ann, None).await;
    clinic.sets_the_schedule(ann).await;
    let [visit, held, forgotten] = clinic.decides_on_bookings(&patients).await;
    let by_phone = clinic.sees_her(ann, dan, &visit, &forgotten).await;
    clinic.takes_leave(ann, &held, &by_phone).await;
    let again = clinic.moves_her(ann).await;
    let caller = clinic.enters_a_caller().await;
    clinic.ends(ann, ben, &again, &caller).await;

    // What she was told on the way, in this order.
    let mut codes = Vec::new();
    while codes.last().is_none_or(|last| last != "BOOKING_CHANGED") {
        let frame = told.next().await.expect("a notice");
        if frame["type"] == "notice" {
            codes.push(text(&frame["code"]).to_owned());
        }
    }
    codes.retain(|code| code.starts_with("BOOKING"));
    assert_eq!(
        codes,
        ["BOOKING_APPROVED", "BOOKING_MADE", "BOOKING_CLOSED", "BOOKING_MOVED", "BOOKING_CHANGED"]
    );
    clinic.stage.world.finish().await;
}
