//! A command that the database does not take: it answers everybody else, and ends the connection each time the command is
//! written, as it does with a packet that is too large. That command is parked alone, and the partition goes on.

use docde_tests::api::key;
use docde_tests::proxy::Proxy;
use docde_tests::until;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_ends_each_connection_for_is_parked_and_its_neighbours_are_decided() {
    let mut stage = Stage::without_worker().await;
    let patient = stage.world.patient().await;
    let body = json!({"first_day": "2026-11-25", "reason": "leave"});
    let (path, key) = (stage.closings(), key());
    let sent = stage.world.post_async(&stage.ingress, &stage.director, &path, &key, &body).await;
    let closing = sent.request_id();
    let booking = stage.queue_booking(&patient, stage.visit(3)).await;
    let direct = stage.world.setting("DATABASE_URL").to_owned();
    let wire = Proxy::cutting_at(&direct, b"INSERT INTO closure (").await;
    stage.world.set("DATABASE_URL", &wire.url(&direct));
    let _worker = stage.worker().await;
    let parked: (String, String) = until("the closing to be parked", async || {
        let query = sqlx::query_as("SELECT reason, detail FROM dead_letter WHERE request_id = ?");
        query.bind(closing).fetch_optional(&stage.world.pool).await.expect("dead letters")
    })
    .await;
    assert_eq!(
        parked,
        ("undecidable".to_owned(), "the database ends the connection each time".to_owned())
    );
    until("the booking to be decided", async || {
        let now: String =
            sqlx::query_scalar("SELECT CAST(state AS CHAR) FROM request WHERE id = ?")
                .bind(booking)
                .fetch_optional(&stage.world.pool)
                .await
                .expect("a request")?;
        (now == "confirmed").then_some(())
    })
    .await;
    stage.world.finish().await;
}
