//! The inbox, where a sender is wrong about itself: a command that calls itself the first of its request and is not.
//! Markers can be lost; the database's unique key cannot.

use docde_tests::{Socket, World};
use domain::command::Command;
use domain::wire;
use std::time::Duration;

use crate::by_hand::{DirectBroker, book};
use crate::loads::{books, busy_doctor, slot, spine};

#[tokio::test]
async fn a_repeat_that_calls_itself_the_first_changes_nothing() {
    let world = World::new().await;
    let (doctor, patient, spine) =
        (busy_doctor(&world, 0).await, world.patient().await, spine(&world).await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let mut hand = DirectBroker::open(&world).await;
    let firsts: Vec<Command> = (0..3)
        .map(|n| Command {
            first: true,
            ..book(&world, &patient, &doctor, slot(&world, &doctor, n))
        })
        .collect();
    let [known, before, behind] = &firsts[..] else { panic!("three commands") };
    hand.send_one(known, &doctor).await;
    assert_eq!(socket.outcome().await["request"]["state"], "confirmed");

    // In one message with two that are what they say.
    hand.send(
        doctor.partition(),
        &[before, known, behind].map(|command| wire::encode(command).into_bytes()),
    )
    .await;
    for expected in [before, behind] {
        let frame = socket.outcome().await;
        assert_eq!(frame["request"]["id"], expected.request_id.to_string());
        assert_eq!(frame["request"]["state"], "confirmed", "{frame}");
    }
    assert!(
        socket.within(Duration::from_millis(300)).await.is_empty(),
        "an outcome was told twice"
    );
    let kept = books(&world).await;
    assert_eq!((kept.confirmed, kept.rejected, kept.duplicate), (3, 0, 1));
    assert_eq!(world.count("SELECT COUNT(*) FROM request").await, 3);
    world.finish().await;
}
