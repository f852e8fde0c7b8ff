//! At rest nothing is held: what a listener has read of the outcomes is acknowledged, however little it was.

use docde_tests::{World, api, until};
use serde_json::Value;

use crate::loads::spine;

/// Messages that a listener's queue has delivered, that were acknowledged, and that are held.
fn counts(queue: &Value) -> [u64; 3] {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let stats = &queue["message_stats"];
    [number(&stats["deliver"]), number(&stats["ack"]), number(&queue["messages_unacknowledged"])]
}

#[tokio::test]
async fn at_rest_no_listener_of_the_outcomes_holds_a_message() {
    let world = World::new().await;
    let (spine, _indexer) = (spine(&world).await, world.indexer().await);
    let (doctor, patient) = (world.doctor().await, world.patient().await);
    let at = doctor.on(&world, 2, "10:00");
    let answer = world.book(&spine.ingress, &patient, &doctor, at, &api::key()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    for service in ["ingress", "notifier", "indexer"] {
        let of_service = format!("docde.{service}.");
        until(&format!("{service} to have acknowledged all that it read"), async || {
            let queues = world.management().queues().await;
            let queue = queues
                .iter()
                .find(|queue| {
                    queue["name"].as_str().is_some_and(|name| name.starts_with(&of_service))
                })
                .unwrap_or_else(|| panic!("{service} has a queue"));
            let [delivered, acknowledged, held] = counts(queue);
            (delivered > 0 && acknowledged == delivered && held == 0).then_some(())
        })
        .await;
    }
    world.finish().await;
}
