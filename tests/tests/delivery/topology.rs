//! Services check the broker's topology when they start, and refuse to run on a wrong one, naming what is wrong.

use docde_tests::World;
use docde_tests::wait::LIMIT;
use platform::Failure;
use platform::service::Context;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

/// What each service says when it is started, in the order ingress, worker, notifier.
async fn refusals(world: &World) -> Vec<String> {
    let context = || Context::new(world.clock.clone());
    let env = world.env();
    let ingress = Box::pin(ingress::run(
        ingress::Config::from_env(&env).expect("settings"),
        port().await,
        context(),
    ));
    let worker = Box::pin(workers::run(
        workers::Config::from_env(&env).expect("settings"),
        port().await,
        context(),
    ));
    let notifier = Box::pin(notifier::run(
        notifier::Config::from_env(&env).expect("settings"),
        port().await,
        context(),
    ));
    vec![refusal(ingress).await, refusal(worker).await, refusal(notifier).await]
}

async fn port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

async fn refusal(run: impl Future<Output = Result<(), Failure>>) -> String {
    let ended = tokio::time::timeout(LIMIT, run).await.expect("it ends instead of running");
    ended.expect_err("it refuses to run").to_string()
}

async fn all_name(world: &World, what: &str) {
    for refusal in refusals(world).await {
        assert!(
            refusal.contains(what) && refusal.contains("definitions.json"),
            "{what}: {refusal}"
        );
    }
}

#[tokio::test]
async fn a_missing_binding_is_named() {
    let world = World::new().await;
    let binding =
        format!("/api/bindings/{}/e/docde.commands/q/docde.p01/doctor.p01.%23", world.vhost);
    assert_eq!(world.management().delete(&binding).await, 204);
    all_name(&world, "binding docde.p01").await;
    world.finish().await;
}

#[tokio::test]
async fn a_queue_with_other_arguments_is_named() {
    let world = World::new().await;
    let queue = format!("/api/queues/{}/docde.p00", world.vhost);
    assert_eq!(world.management().delete(&queue).await, 204);
    all_name(&world, "queue docde.p00").await;
    // All as it should be, but for the one consumer at a time.
    let mut made = platform::topology::queues(1).remove(0);
    made["arguments"].as_object_mut().expect("arguments").remove("x-single-active-consumer");
    let (status, _) = world.management().call(Method::PUT, &queue, Some(&made)).await;
    assert!(status < 300, "{status}");
    all_name(&world, "queue docde.p00").await;
    world.finish().await;
}

#[tokio::test]
async fn an_exchange_that_would_lose_what_it_cannot_route_is_named() {
    let world = World::new().await;
    let exchange = format!("/api/exchanges/{}/docde.commands", world.vhost);
    assert_eq!(world.management().delete(&exchange).await, 204);
    let plain = json!({"type": "topic", "durable": true});
    let (status, _) = world.management().call(Method::PUT, &exchange, Some(&plain)).await;
    assert!(status < 300, "{status}");
    all_name(&world, "exchange docde.commands").await;
    world.finish().await;
}

/// The database was made for another number of partitions than the broker.
#[tokio::test]
async fn another_number_of_partitions_is_named() {
    let world = World::new().await;
    sqlx::query("DELETE FROM partition_state WHERE id = 1")
        .execute(&world.pool)
        .await
        .expect("deleted");
    all_name(&world, "number of partition queues").await;
    world.finish().await;
}
