//! A full line refuses app and desk alike, and tells when there are numbers again.

use docde_tests::Answer;
use docde_tests::Patient;
use docde_tests::api::key;
use serde_json::{Value, json};

use crate::stage::{Stage, refused};

impl Stage {
    async fn walk_in(&self, clerk: &Patient, channel: &str) -> Answer {
        let body = json!({"name": "김손님", "channel": channel});
        self.post(clerk, &self.line("/tickets"), &key(), &body).await
    }

    async fn reception(&self, clerk: &Patient, body: Value) -> Answer {
        self.post(clerk, &self.line("/reception"), &key(), &body).await
    }

    /// App, desk and phone are refused in the same way.
    async fn full(&self, clerk: &Patient) {
        let app = self.take(&self.world.patient().await).await;
        let (desk, phone) = (self.walk_in(clerk, "desk").await, self.walk_in(clerk, "phone").await);
        for answer in [app, desk, phone] {
            refused(&answer, 409, "LINE_FULL");
            assert_eq!(answer.json["until"], "2026-11-24T09:00:00+09:00", "{}", answer.text);
        }
    }
}

/// The desk is never shut out while the app takes tickets, nor the app while the desk does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_of_the_desk_holds_for_every_channel() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let capped = stage.reception(&clerk, json!({"state": "open", "cap": 3})).await;
    assert_eq!(capped.json["outcome"]["line"]["cap"], 3, "{}", capped.text);
    let first = stage.taken(&stage.world.patient().await).await;
    for channel in ["desk", "phone"] {
        assert_eq!(stage.walk_in(&clerk, channel).await.status, 200);
    }
    stage.full(&clerk).await;
    assert_eq!(stage.step(&clerk, &first, 1, "cancel").await.status, 200);
    stage.full(&clerk).await;
    let shown = stage.get(&clerk, &stage.line("")).await.json["line"].clone();
    assert_eq!(shown["cap"], 3, "{shown}");
    let lifted = stage.reception(&clerk, json!({"state": "open", "lift_cap": true})).await;
    assert!(lifted.json["outcome"]["line"].get("cap").is_none(), "{}", lifted.text);
    assert_eq!(stage.walk_in(&clerk, "desk").await.json["outcome"]["ticket"]["number"], 4);
    for (body, field) in [
        (json!({"state": "open", "cap": 0}), "cap"),
        (json!({"state": "open", "cap": 10_001}), "cap"),
        (json!({"state": "open", "cap": 5, "lift_cap": true}), "lift_cap"),
    ] {
        let answer = stage.reception(&clerk, body).await;
        refused(&answer, 422, "INVALID");
        assert_eq!(answer.json["field"], field, "{}", answer.text);
    }
    let most = stage.reception(&clerk, json!({"state": "open", "cap": 10_000})).await;
    assert_eq!(most.status, 200, "{}", most.text);
    stage.world.finish().await;
}

/// 15 minutes each, until five have been seen in four minutes each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_takes_as_many_as_can_be_seen_before_the_end_of_reception() {
    let stage = Stage::at("2026-11-23T16:45:00+09:00").await;
    let clerk = stage.clerk("director").await;
    let set = stage.set_rule(&clerk, json!({"cap_by_finish": true})).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let mut tickets = Vec::new();
    for _ in 0..5 {
        let answer = stage.walk_in(&clerk, "desk").await;
        tickets.push(answer.json["outcome"]["ticket"].clone());
    }
    stage.full(&clerk).await;
    for ticket in &tickets {
        assert_eq!(stage.step(&clerk, ticket, 1, "call").await.status, 200);
        stage.world.clock.advance(chrono::TimeDelta::minutes(4));
        assert_eq!(stage.step(&clerk, ticket, 2, "done").await.status, 200);
    }
    stage.world.clock.advance(chrono::TimeDelta::minutes(46));
    // 17:51: two of four minutes each.
    assert_eq!(stage.take(&stage.world.patient().await).await.status, 201);
    assert_eq!(stage.walk_in(&clerk, "phone").await.status, 200);
    stage.full(&clerk).await;
    stage.world.finish().await;
}
