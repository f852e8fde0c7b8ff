//! The rules that a hospital sets for its lines: read by everybody, changed by its staff, and in force at once.

use docde_tests::api::key;
use docde_tests::{Answer, Patient};
use serde_json::{Value, json};

use crate::stage::{Stage, refused};

impl Stage {
    pub fn rule_path(&self) -> String {
        format!("/v1/hospitals/{}/line-rule", self.doctor.hospital)
    }

    /// Sets rules of the stage's hospital.
    pub async fn set_rule(&self, clerk: &Patient, body: Value) -> Answer {
        self.post(clerk, &self.rule_path(), &key(), &body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_sets_its_rules_and_they_hold_from_then_on() {
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("director").await, stage.world.patient().await);
    let usual = stage.get(&patient, &stage.rule_path()).await.json;
    assert_eq!(
        usual["rules"],
        json!({"early_minutes": 10, "late_minutes": 10, "max_passed": 3, "max_live_tickets": 3, "max_postpones": 2,
            "assign": "shortest_estimate", "cap_by_finish": false, "board": false})
    );
    assert_eq!(usual["revision"], 0);
    let set = stage.set_rule(&clerk, json!({"max_passed": 1, "max_live_tickets": 1})).await;
    assert_eq!((set.status, set.state()), (200, "confirmed"), "{}", set.text);
    let kept = &set.json["outcome"]["line_rule"];
    assert_eq!(
        (&kept["rules"]["max_passed"], &kept["rules"]["late_minutes"]),
        (&json!(1), &json!(10))
    );
    assert_eq!(set.json["subject"]["type"], "line_rule", "{}", set.text);
    let now = stage.get(&patient, &stage.rule_path()).await.json;
    assert_eq!((&now["rules"], &now["revision"]), (&kept["rules"], &json!(1)));
    for language in ["ko", "en"] {
        assert_ne!(now[language], usual[language], "told in words too");
    }
    let absent = stage.taken(&patient).await;
    let other = stage.world.doctor_at(stage.doctor.hospital, &crate::stage::office_hours()).await;
    refused(&stage.take_with(&patient, &other).await, 409, "TOO_MANY_BOOKINGS");
    let there = stage.taken(&stage.world.patient().await).await;
    stage.step(&clerk, &there, 1, "arrive").await;
    assert_eq!(stage.next(&clerk, None).await.json["outcome"]["ticket"]["number"], 2);
    let held = stage.get(&patient, &crate::stage::path_of(&absent)).await.json["status"].clone();
    assert_eq!(held, "waitlist", "at the first call that passes over");
    let again = stage.set_rule(&clerk, json!({"max_passed": 2})).await;
    assert_eq!(again.json["outcome"]["line_rule"]["revision"], 2, "{}", again.text);
    let record: Vec<(u32, u8, bool)> =
        sqlx::query_as("SELECT revision, max_passed, actor = ? FROM line_rule ORDER BY revision")
            .bind(clerk.account.uuid())
            .fetch_all(&stage.world.pool)
            .await
            .expect("rows");
    assert_eq!(record, [(1, 1, true), (2, 2, true)], "who, and what it was before");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_set_by_a_director_or_a_receptionist_of_that_hospital() {
    let stage = Stage::new().await;
    let body = json!({"max_passed": 2});
    let elsewhere = stage.world.hospital("Asia/Seoul").await;
    let stranger = stage.clerk_at("director", elsewhere).await;
    refused(&stage.set_rule(&stranger, body.clone()).await, 404, "NOT_FOUND");
    refused(&stage.set_rule(&stage.world.patient().await, body.clone()).await, 404, "NOT_FOUND");
    refused(&stage.set_rule(&stage.clerk("doctor").await, body.clone()).await, 403, "FORBIDDEN");
    let clerk = stage.clerk("receptionist").await;
    let nowhere = format!("/v1/hospitals/{}/line-rule", uuid::Uuid::now_v7());
    refused(&stage.post(&clerk, &nowhere, &key(), &body).await, 404, "NOT_FOUND");
    for (body, status, code, field) in [
        (json!({}), 400, "MALFORMED", Value::Null),
        (json!({"max_passed": "3"}), 400, "MALFORMED", Value::Null),
        (json!({"assign": "nearest"}), 400, "MALFORMED", Value::Null),
        (json!({"max_passed": 0}), 422, "INVALID", json!("max_passed")),
        (json!({"max_passed": 21}), 422, "INVALID", json!("max_passed")),
        (json!({"early_minutes": 121}), 422, "INVALID", json!("early_minutes")),
        (json!({"late_minutes": 70000}), 422, "INVALID", json!("late_minutes")),
        (json!({"max_live_tickets": 0}), 422, "INVALID", json!("max_live_tickets")),
        (json!({"max_postpones": 11}), 422, "INVALID", json!("max_postpones")),
    ] {
        let answer = stage.set_rule(&clerk, body).await;
        refused(&answer, status, code);
        assert_eq!(answer.json["field"], field, "{}", answer.text);
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM line_rule").await, 0);
    assert_eq!(stage.set_rule(&clerk, body).await.status, 200);
    stage.world.finish().await;
}
