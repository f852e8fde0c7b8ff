//! Letting another go first: twice, and nobody else waits longer for it.

use docde_tests::Answer;
use docde_tests::Patient;
use docde_tests::api::key;
use serde_json::{Value, json};

use crate::stage::{Stage, path_of, refused};

impl Stage {
    async fn postpone(&self, patient: &Patient, ticket: &Value) -> Answer {
        self.post(patient, &format!("{}/postpone", path_of(ticket)), &key(), &json!({})).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_is_put_off_twice_and_nobody_else_moves_back() {
    let stage = Stage::new().await;
    let clerk = stage.clerk("receptionist").await;
    let patients = stage.world.patients(5).await;
    let mut tickets = Vec::new();
    for patient in &patients {
        let taken = stage.taken(patient).await;
        stage.step(&clerk, &taken, 1, "arrive").await;
        tickets.push(taken);
    }
    let places = async || {
        let mut places = Vec::new();
        for (patient, ticket) in patients.iter().zip(&tickets) {
            let shown = stage.get(patient, &path_of(ticket)).await.json;
            places.push(shown["place"]["ahead"].as_u64().expect("a place"));
        }
        places
    };
    assert_eq!(places().await, [0, 1, 2, 3, 4], "all of the same instant");
    let once = stage.postpone(&patients[0], &tickets[0]).await;
    assert_eq!((once.status, once.state()), (200, "confirmed"), "{}", once.text);
    assert_eq!(once.json["outcome"]["ticket"]["postponed"], 1, "{}", once.text);
    assert_eq!(once.json["subject"]["command"], "postpone_ticket");
    assert_eq!(places().await, [1, 0, 2, 3, 4]);
    let twice = stage.postpone(&patients[0], &tickets[0]).await;
    assert_eq!(twice.status, 200, "{}", twice.text);
    assert_eq!(places().await, [2, 0, 1, 3, 4]);
    let third = stage.postpone(&patients[0], &tickets[0]).await;
    refused(&third, 409, "STATE_CONFLICT");
    assert_eq!(third.json["current"], "postpones_used", "{}", third.text);
    refused(&stage.step(&clerk, &tickets[0], 4, "postpone").await, 409, "STATE_CONFLICT");
    let undo = json!({"ticket_id": tickets[0]["id"], "request_id": twice.request_id()});
    let undone = stage.post(&clerk, &stage.line("/undo"), &key(), &undo).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(places().await, [1, 0, 2, 3, 4], "taken back");
    let by_desk = stage.step(&clerk, &tickets[0], 5, "postpone").await;
    assert_eq!(by_desk.json["outcome"]["ticket"]["postponed"], 2, "{}", by_desk.text);
    refused(&stage.postpone(&patients[1], &tickets[4]).await, 404, "NOT_FOUND");
    let last = stage.postpone(&patients[4], &tickets[4]).await;
    refused(&last, 409, "STATE_CONFLICT");
    assert_eq!(last.json["current"], "last", "{}", last.text);
    let called = stage.next(&clerk, None).await;
    assert_eq!(called.json["outcome"]["ticket"]["number"], 2, "{}", called.text);
    refused(&stage.postpone(&patients[1], &tickets[1]).await, 409, "STATE_CONFLICT");
    stage.world.finish().await;
}
