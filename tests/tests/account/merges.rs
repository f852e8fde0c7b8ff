//! A person whom a desk entered without an account turns out to be somebody of one, by the account's code or because the desk has seen who
//! it is; and is taken apart again. No booking moves meanwhile.

use chrono::TimeDelta;
use docde_tests::api::key;
use docde_tests::{Answer, Socket};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, ids};
use crate::stage::{ACCOUNT, PASSWORD, PATIENTS, Signed, Stage, refused};

impl Desk {
    async fn merge(&self, stage: &Stage, person: &Value, into: &Value) -> Answer {
        let path = self.path(&format!("/{}/merge", text(person)));
        stage.post_as(&self.clerk, &path, &key(), &json!({"into": into})).await
    }

    async fn unmerge(&self, stage: &Stage, person: &Value) -> Answer {
        let path = self.path(&format!("/{}/unmerge", text(person)));
        stage.post_as(&self.clerk, &path, &key(), &json!({})).await
    }

    /// Somebody without an account, of that name, born as whoever signs up here is.
    async fn entered(&self, stage: &Stage, name: &str) -> Value {
        let body = json!({"name": name, "birth_date": "1990-01-01", "phone": "02-123-4567"});
        let answer = self.enter(stage, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json["id"].clone()
    }

    /// The clerk is told the code of the account's own person, and looks them up.
    async fn told_code(&self, stage: &Stage, who: &Signed) {
        let code = stage.desk_code(who).await;
        assert_eq!(self.found(stage, json!({"code": code})).await.len(), 1);
    }

    /// The patient books for half an hour from now and is there.
    async fn arrives(&self, stage: &Stage, person: &Value, checked: bool) -> Answer {
        let starts_at = self.doctor.on(&stage.world, 0, "10:30").to_rfc3339();
        let body =
            json!({"patient_id": person, "doctor_id": self.doctor.id, "starts_at": starts_at});
        let path = format!("/v1/hospitals/{}/bookings", self.doctor.hospital);
        let booked = stage.send_as(&self.clerk, Method::POST, &path, &key(), Some(&body)).await;
        let body = json!({"booking_id": booked.booking_id(), "identity_checked": checked});
        let path = format!("/v1/lines/{}/arrivals", self.doctor.id);
        let there = stage.send_as(&self.clerk, Method::POST, &path, &key(), Some(&body)).await;
        assert_eq!(there.state(), "confirmed", "{}", there.text);
        there
    }
}

fn text(id: &Value) -> &str {
    id.as_str().expect("an id")
}

/// The next notice.
async fn notice(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await.expect("a frame");
        if frame["type"] == "notice" {
            return frame;
        }
    }
}

impl Stage {
    /// Ids of what the account lists there.
    async fn listed(&self, who: &Signed, path: &str) -> Vec<Value> {
        let list = self.get_as(who, path).await;
        assert_eq!(list.status, 200, "{}", list.text);
        ids(&list)
    }

    /// All that is written of bookings, tickets and their steps.
    async fn history(&self) -> String {
        sqlx::query_scalar(
            "SELECT CONCAT_WS('|', (SELECT GROUP_CONCAT(HEX(id), HEX(patient_id), HEX(account_id), status, revision ORDER BY id) FROM booking),
               (SELECT GROUP_CONCAT(HEX(id), HEX(patient_id), status, revision ORDER BY id) FROM ticket),
               (SELECT GROUP_CONCAT(HEX(booking_id), revision, status_after, HEX(actor) ORDER BY booking_id, revision) FROM status_change))",
        )
        .fetch_one(&self.world.pool)
        .await
        .expect("rows")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_the_accounts_code_a_person_is_merged_and_by_undoing_apart_again() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    let notifier = stage.world.notifier().await;
    stage.world.owned().await;
    let (desk, other) = (Desk::new(&stage).await, Desk::new(&stage).await);
    let patient = stage.account("patient@example.kr").await;
    let own = stage.own_patient(&patient).await;
    let person = desk.entered(&stage, "홍 길동").await;
    let booking = desk.book(&stage, &person, "10:00").await.booking_id();
    refused(&desk.merge(&stage, &person, &own).await, 404, "NOT_FOUND");
    desk.told_code(&stage, &patient).await;
    refused(&other.merge(&stage, &person, &own).await, 404, "NOT_FOUND");
    refused(&desk.merge(&stage, &own, &person).await, 409, "STATE_CONFLICT");
    refused(&desk.merge(&stage, &person, &person).await, 422, "INVALID");
    let before = stage.history().await;
    let (asked, path) = (key(), desk.path(&format!("/{}/merge", text(&person))));
    let merged = stage.post_as(&desk.clerk, &path, &asked, &json!({"into": own})).await;
    assert_eq!((merged.status, &merged.json["how"]), (200, &json!("code")), "{}", merged.text);
    let until = merged.json["undo_until"].as_str().expect("a time");
    assert!(until.starts_with("2026-12-23T01:0"), "{}", merged.text);
    let again = stage.post_as(&desk.clerk, &path, &asked, &json!({"into": own})).await;
    assert_eq!(again.text, merged.text);
    refused(&desk.merge(&stage, &person, &own).await, 409, "STATE_CONFLICT");
    assert!(stage.mails.to("patient@example.kr", 3).await[2].text.contains("합쳤습니다"));
    // The account has the booking, is told of it and may move it; it has no further member of the family.
    assert_eq!(stage.listed(&patient, "/v1/bookings").await, [json!(booking)]);
    let of_own = format!("/v1/bookings?patient_id={}", text(&own));
    assert_eq!(stage.listed(&patient, &of_own).await, [json!(booking)]);
    assert_eq!(stage.listed(&patient, PATIENTS).await, std::slice::from_ref(&own));
    assert_eq!(stage.history().await, before, "nothing moves");
    let mut socket = Socket::open(&notifier, &patient.patient(), None).await;
    let second = other.doctor; // At another hospital the account books by itself.
    assert_eq!(stage.book(&patient, &second, "12:00", None).await.status, 201);
    let refused_for = stage.book(&patient, &second, "15:00", Some(text(&person))).await;
    refused(&refused_for, 422, "INVALID");
    let path = format!("/v1/bookings/{booking}/cancel");
    assert_eq!(stage.send_as(&patient, Method::POST, &path, &key(), None).await.status, 200);
    let since = desk.book(&stage, &person, "11:00").await.booking_id();
    let told = notice(&mut socket).await;
    assert_eq!((&told["code"], &told["booking"]["id"]), (&json!("BOOKING_MADE"), &json!(since)));
    assert_eq!(
        desk.found(&stage, json!({"phone": "02-123-4567"})).await,
        std::slice::from_ref(&person)
    );
    // Apart again: exactly what is the person's goes, and the account knows nothing of it any more.
    let before = stage.history().await;
    refused(&other.unmerge(&stage, &person).await, 404, "NOT_FOUND");
    let apart = desk.unmerge(&stage, &person).await;
    assert_eq!((apart.status, &apart.json["from"]), (200, &own), "{}", apart.text);
    assert_eq!(stage.history().await, before);
    assert_eq!(stage.listed(&patient, "/v1/bookings").await.len(), 1, "its own");
    let gone = stage.get_as(&patient, &format!("/v1/bookings/{since}")).await;
    refused(&gone, 404, "NOT_FOUND");
    refused(&desk.unmerge(&stage, &person).await, 404, "NOT_FOUND");
    let mails = stage.mails.to("patient@example.kr", 5).await;
    assert!(mails[3].text.contains("조회") && mails[4].text.contains("분리했습니다"), "{mails:?}");
    let rows = "SELECT COUNT(*) FROM patient_merge WHERE undone_at IS NOT NULL AND holds IS NULL";
    assert_eq!(stage.world.count(rows).await, 1);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_code_the_desk_has_to_have_seen_who_it_is() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let (desk, other) = (Desk::new(&stage).await, Desk::new(&stage).await);
    let patient = stage.account("patient@example.kr").await;
    let own = stage.own_patient(&patient).await;
    assert_eq!(stage.book(&patient, &desk.doctor, "10:00", None).await.status, 201);
    let (person, stranger) =
        (desk.entered(&stage, "홍길동").await, desk.entered(&stage, "홍길순").await);
    refused(&desk.merge(&stage, &person, &own).await, 409, "IDENTITY_NEEDED");
    desk.arrives(&stage, &person, true).await;
    let merged = desk.merge(&stage, &person, &own).await;
    assert_eq!((merged.status, &merged.json["how"]), (200, &json!("identity")), "{}", merged.text);
    assert_eq!(
        stage.listed(&patient, "/v1/receptions").await.len(),
        1,
        "the ticket of the arrival"
    );
    // As long as the person is in the line the two stay one.
    refused(&desk.unmerge(&stage, &person).await, 409, "PATIENT_IN_USE");
    // Another name needs the account's code, and so does who is there unchecked; two birth dates are two people.
    let colleague =
        stage.world.doctor_at(desk.doctor.hospital, &docde_tests::Hours::default()).await;
    let beside = Desk { doctor: colleague, clerk: desk.clerk.clone() };
    beside.arrives(&stage, &stranger, true).await;
    let answer = desk.merge(&stage, &stranger, &own).await;
    refused(&answer, 422, "INVALID");
    assert_eq!(answer.json["field"], "into", "{}", answer.text);
    desk.told_code(&stage, &patient).await;
    assert_eq!(desk.merge(&stage, &stranger, &own).await.status, 200, "two rows of one person");
    let body = json!({"name": "홍길동", "birth_date": "1990-01-02", "phone": "02-123-4567"});
    let twin = desk.enter(&stage, body).await.json["id"].clone();
    refused(&desk.merge(&stage, &twin, &own).await, 422, "INVALID");
    refused(&other.merge(&stage, &twin, &own).await, 404, "NOT_FOUND");
    stage.world.finish().await;
}

/// What is queued for the person when they are merged is decided all the same, and is the account's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_queued_for_a_merged_person_is_the_accounts() {
    let stage = Stage::new().await;
    let desk = Desk::new(&stage).await;
    let patient = stage.account("patient@example.kr").await;
    let own = stage.own_patient(&patient).await;
    let person = desk.entered(&stage, "홍길동").await;
    let starts_at = desk.doctor.on(&stage.world, 2, "10:00").to_rfc3339();
    let body = json!({"patient_id": person, "doctor_id": desk.doctor.id, "starts_at": starts_at});
    let path = format!("/v1/hospitals/{}/bookings", desk.doctor.hospital);
    let (asked, token) = (key(), Some(desk.clerk.access.as_str()));
    let headers = [("idempotency-key", asked.as_str()), ("prefer", "respond-async")];
    let queued = stage.call(Method::POST, &path, token, &headers, Some(&body)).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    desk.told_code(&stage, &patient).await;
    assert_eq!(desk.merge(&stage, &person, &own).await.status, 200);
    let _worker = stage.world.worker().await;
    let clerk = desk.clerk.patient();
    let decided = stage.world.decided(&stage.ingress, &clerk, queued.request_id()).await;
    assert_eq!(decided.state(), "confirmed", "{}", decided.text);
    assert_eq!(stage.listed(&patient, "/v1/bookings").await, [json!(decided.booking_id())]);
    let told = "SELECT COUNT(*) FROM event WHERE document LIKE '%BOOKING_MADE%'";
    assert_eq!(stage.world.count(told).await, 1);
    stage.world.finish().await;
}

/// Thirty days are the default.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_is_undone_for_so_many_days_and_never_of_a_deleted_account() {
    let stage = Stage::with(&[("DOCDE_MERGE_UNDO_DAYS", "2")]).await;
    let desk = Desk::new(&stage).await;
    let (kept, deleted) =
        (stage.account("kept@example.kr").await, stage.account("deleted@example.kr").await);
    let mut people = Vec::new();
    for (account, name) in [(&kept, "김일"), (&kept, "김이"), (&deleted, "김삼")] {
        let (own, person) = (stage.own_patient(account).await, desk.entered(&stage, name).await);
        desk.told_code(&stage, account).await;
        assert_eq!(desk.merge(&stage, &person, &own).await.status, 200);
        people.push(person);
    }
    let body = json!({"password": PASSWORD});
    let gone = stage.send_as(&deleted, Method::DELETE, ACCOUNT, &key(), Some(&body)).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    refused(&desk.unmerge(&stage, &people[2]).await, 409, "STATE_CONFLICT");
    let named = "SELECT COUNT(*) FROM patient WHERE name = '김삼' OR phone IS NOT NULL AND end_reason = 'account_deleted'";
    assert_eq!(stage.world.count(named).await, 0, "nothing is left of the person");
    stage.world.clock.advance(TimeDelta::days(2) - TimeDelta::minutes(1));
    assert_eq!(desk.unmerge(&stage, &people[0]).await.status, 200);
    stage.world.clock.advance(TimeDelta::minutes(1));
    let answer = desk.unmerge(&stage, &people[1]).await;
    refused(&answer, 409, "CUTOFF_PASSED");
    assert!(
        answer.json["at"].as_str().is_some_and(|at| at.starts_with("2026-11-25")),
        "{}",
        answer.text
    );
    stage.world.finish().await;
}

/// A merged person goes where their patient goes: with whom leaves the family, and with whom moves to an account of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_person_goes_where_their_patient_goes() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let desk = Desk::new(&stage).await;
    let guardian = stage.account("guardian@example.kr").await;
    let child = json!(stage.child(&guardian, "2010-05-05").await);
    let body = json!({"name": "홍아이", "birth_date": "2010-05-05", "phone": "02-123-4567"});
    let person = desk.enter(&stage, body).await.json["id"].clone();
    let booking = desk.book(&stage, &person, "10:00").await.booking_id();
    let shown = format!("{PATIENTS}/{}/desk-code", text(&child));
    let code = stage.post_as(&guardian, &shown, &key(), &json!({})).await.json["code"].clone();
    assert_eq!(desk.found(&stage, json!({"code": code})).await, std::slice::from_ref(&child));
    assert_eq!(desk.merge(&stage, &person, &child).await.status, 200);
    let of_child = format!("{PATIENTS}/{}", text(&child));
    let leaves = stage.send_as(&guardian, Method::DELETE, &of_child, &key(), None).await;
    refused(&leaves, 409, "PATIENT_IN_USE");
    let of_person = format!("{PATIENTS}/{}", text(&person));
    let leaves = stage.send_as(&guardian, Method::DELETE, &of_person, &key(), None).await;
    refused(&leaves, 404, "NOT_FOUND");
    let shown = format!("{of_child}/move-code");
    let code = stage.post_as(&guardian, &shown, &key(), &json!({})).await.json["code"].clone();
    let grown = stage.account("grown@example.kr").await;
    let body = json!({"code": code});
    let moved = stage.post_as(&grown, "/v1/patients/moves", &key(), &body).await;
    assert_eq!((moved.status, &moved.json["id"]), (200, &child), "{}", moved.text);
    assert_eq!(stage.listed(&grown, "/v1/bookings").await, [json!(booking)]);
    assert_eq!(stage.listed(&guardian, "/v1/bookings").await, [Value::Null; 0]);
    assert_eq!(stage.listed(&grown, PATIENTS).await, [child]);
    assert_eq!(desk.unmerge(&stage, &person).await.status, 200);
    assert!(stage.mails.to("grown@example.kr", 2).await[1].text.contains("분리했습니다"));
    assert_eq!(stage.listed(&grown, "/v1/bookings").await, [Value::Null; 0]);
    stage.world.finish().await;
}
