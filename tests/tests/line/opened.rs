//! Tickets that staff open: name, phone and reason, and the row that says who has read them.

use docde_tests::api::key;
use docde_tests::{Answer, Patient};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{RECEPTIONS, Stage, office_hours, refused, ticket};

impl Stage {
    async fn open(&self, clerk: &Patient, ticket: &Value) -> Answer {
        let id = ticket["id"].as_str().expect("an id");
        self.get(clerk, &self.line(&format!("/tickets/{id}"))).await
    }

    /// Who has read what of whom.
    async fn reads(&self) -> Vec<(Uuid, Option<Uuid>, Uuid, String)> {
        let sql = "SELECT actor, patient_id, subject_id, route FROM access_log ORDER BY id";
        sqlx::query_as(sql).fetch_all(&self.world.pool).await.expect("rows")
    }
}

fn id(ticket: &Value) -> Uuid {
    ticket["id"].as_str().expect("an id").parse().expect("a UUID")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_open_a_ticket_and_each_read_is_written_down() {
    const ROUTE: &str = "GET /v1/lines/{doctor}/tickets/{id}";
    let stage = Stage::new().await;
    let (clerk, patient) = (stage.clerk("receptionist").await, stage.world.patient().await);
    let body = json!({"name": "김손님", "phone": "010-1234-5678", "reason": "기침"});
    let walk_in = stage.post(&clerk, &stage.line("/tickets"), &key(), &body).await;
    let walk_in = walk_in.json["outcome"]["ticket"].clone();
    let body = json!({"doctor_id": stage.doctor.id, "reason": "두통"});
    let own = ticket(&stage.post(&patient, RECEPTIONS, &key(), &body).await);
    let list = stage.get(&clerk, &stage.line("")).await;
    for text in ["김손님", "010-1234-5678", "기침", "두통", "홍길동"] {
        assert!(!list.text.contains(text), "{}", list.text);
    }
    assert_eq!(stage.reads().await, []);
    let opened = stage.open(&clerk, &walk_in).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let shown = ["name", "phone", "reason"].map(|member| opened.json[member].clone());
    assert_eq!(shown, ["김손님", "010-1234-5678", "기침"]);
    assert_eq!((&opened.json["number"], &opened.json["urgent"]), (&json!(1), &json!(false)));
    let opened = stage.open(&clerk, &own).await;
    let shown = ["name", "phone", "reason"].map(|member| opened.json[member].clone());
    assert_eq!(shown, [json!("홍길동"), Value::Null, json!("두통")], "{}", opened.text);
    let read = |ticket, patient| (clerk.account.uuid(), patient, id(ticket), ROUTE.to_owned());
    let both = [read(&walk_in, None), read(&own, Some(patient.id.uuid()))];
    assert_eq!(stage.reads().await, both);
    // Not the patient, not who works elsewhere, not by another doctor's line.
    let elsewhere = stage.world.hospital("Asia/Seoul").await;
    for stranger in [&patient, &stage.clerk_at("director", elsewhere).await] {
        refused(&stage.open(stranger, &own).await, 404, "NOT_FOUND");
    }
    let other = stage.world.doctor_at(stage.doctor.hospital, &office_hours()).await;
    for path in [
        format!("/v1/lines/{}/tickets/{}", other.id, id(&own)),
        stage.line(&format!("/tickets/{}", Uuid::now_v7())),
        stage.line("/tickets/1"),
    ] {
        refused(&stage.get(&clerk, &path).await, 404, "NOT_FOUND");
    }
    assert_eq!(stage.reads().await.len(), 2, "what is not found is not read");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_down_is_not_shown() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("doctor").await;
    let body = json!({"name": "김손님"});
    let walk_in = stage.post(&clerk, &stage.line("/tickets"), &key(), &body).await;
    let walk_in = walk_in.json["outcome"]["ticket"].clone();
    for (sql, status) in [
        ("RENAME TABLE access_log TO access_log_away", 503),
        ("RENAME TABLE access_log_away TO access_log", 200),
    ] {
        sqlx::query(sql).execute(&stage.world.pool).await.expect("renamed");
        let opened = stage.open(&clerk, &walk_in).await;
        assert_eq!(opened.status, status, "{}", opened.text);
        assert_eq!(opened.text.contains("김손님"), status == 200, "{}", opened.text);
    }
    assert_eq!(stage.reads().await.len(), 1);
    stage.world.finish().await;
}
