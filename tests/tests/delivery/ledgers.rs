//! Conservation (invariant 6): after any mixture what was received equals what became of it, and a message that somebody
//! removes behind the system's back is seen as lost within seconds.

use docde_tests::world::Service;
use docde_tests::{World, api, until};
use domain::wire;
use platform::topology::COMMANDS;
use std::collections::BTreeSet;
use uuid::Uuid;
use workers::PUBLISHER_DAYS;

use crate::by_hand::{self, DirectBroker, book, numbers};
use crate::loads::{Books, ask, books, busy_doctor, busy_doctors, decided, slot, spine, visit};
use crate::process::Process;

/// Every kind of end, in both partitions; leaves a worker running.
pub async fn mixed_run(world: &World) -> (Service, Service) {
    let spine = spine(world).await;
    let (doctors, patients) = (busy_doctors(world).await, world.patients(4).await);
    for (n, patient) in patients.iter().enumerate() {
        let doctor = &doctors[n % 2];
        let key = api::key();
        let booked = world
            .post(
                &spine.ingress,
                patient,
                "/v1/bookings",
                &key,
                &visit(doctor, slot(world, doctor, n)),
            )
            .await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        for expected in [200, 409] {
            let cancelled =
                world.cancel(&spine.ingress, patient, booked.booking_id(), &api::key()).await;
            assert_eq!(cancelled.status, expected, "{}", cancelled.text);
        }
    }
    let mut hand = DirectBroker::open(world).await;
    let again = book(world, &patients[0], &doctors[0], slot(world, &doctors[0], 10));
    let unheard =
        wire::encode(&book(world, &patients[1], &doctors[0], slot(world, &doctors[0], 11)));
    for frame in [
        wire::encode(&again).into_bytes(),
        wire::encode(&again).into_bytes(),
        unheard.replace("\"book\"", "\"unheard_of\"").into_bytes(),
        b"\xff\xfe nothing that anybody could read".to_vec(),
    ] {
        hand.send(doctors[0].partition(), &[frame]).await;
    }
    until("the odd ones to be settled", async || {
        (world.count("SELECT COUNT(*) FROM dead_letter").await == 2).then_some(())
    })
    .await;
    spine.worker.stop().await;
    for (n, patient) in patients.iter().enumerate() {
        ask(world, &spine.ingress, patient, &doctors[n % 2], 20 + n).await;
    }
    world.clock.advance(chrono::TimeDelta::minutes(11));
    let worker = world.worker().await;
    decided(world, 17).await;
    (spine.ingress, worker)
}

#[tokio::test]
async fn after_a_mixed_run_the_books_add_up() {
    let world = World::new().await;
    let _services = mixed_run(&world).await;
    let ends = Books {
        received: 20,
        confirmed: 9,
        rejected: 4,
        expired: 4,
        duplicate: 1,
        undecodable: 1,
        parked: 1,
        lost: 0,
    };
    assert_eq!(books(&world).await, ends);
    let acked = "SELECT CAST(SUM(acked) AS SIGNED) FROM publisher";
    // All but the last one of the publisher by hand, who makes no report, are known to be confirmed.
    until("every confirm to be reported", async || (world.count(acked).await == 19).then_some(()))
        .await;
    assert_eq!(world.count("SELECT COUNT(*) FROM publisher WHERE acked > last_seq").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM publisher_gap").await, 0);
    world.finish().await;
}

async fn lost(world: &World) -> i64 {
    world.count("SELECT CAST(SUM(lost) AS SIGNED) FROM partition_state").await
}

/// Six commands, of which one is removed before the worker starts; the loss is seen in the books and in the worker's
/// metrics, by what the publisher says without delay: it repeats itself only after this test.
async fn one_of_six_is_removed(place: usize) {
    let mut world = World::new().await;
    world.set("DOCDE_PUBLISH_REPEAT_MS", "600000");
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 1).await, world.patient().await);
    for n in 0..6 {
        assert_eq!(ask(&world, &ingress, &patient, &doctor, n).await.status, 202);
    }
    by_hand::take(&world, "docde.p01", 6, |taken| taken == place).await;
    let worker = Process::worker(&world).await;
    until("the loss to be seen", async || (lost(&world).await == 1).then_some(())).await;
    decided(&world, 5).await;
    let books = books(&world).await;
    assert_eq!((books.received, books.confirmed, books.lost), (5, 5, 1), "{books:?}");
    let lost = "docde_lost_commands{partition=\"p01\"}";
    until("the metrics to show the loss", async || {
        (worker.figure(lost).await == Some(1)).then_some(())
    })
    .await;
    // All of accepted = confirmed + rejected + expired + in flight but one.
    until("the equation not to hold by one", async || {
        let term = async |term: &str| {
            worker.figure(&format!("docde_conservation{{partition=\"p01\",term=\"{term}\"}}")).await
        };
        ((term("acked").await, term("received").await, term("confirmed").await)
            == (Some(6), Some(5), Some(5)))
            .then_some(())
    })
    .await;
    world.finish_red(&["lost"]).await;
}

#[tokio::test]
async fn a_message_removed_from_the_middle_is_seen_as_lost() {
    one_of_six_is_removed(2).await;
}

/// No further command follows that could tell: the publisher's report does.
#[tokio::test]
async fn the_last_message_removed_is_seen_as_lost_too() {
    one_of_six_is_removed(5).await;
}

#[tokio::test]
async fn the_metrics_show_how_many_commands_wait() {
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "8");
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    // More than a worker takes off the queue.
    let commands: Vec<_> =
        (0..400).map(|n| book(&world, &patient, &doctor, slot(&world, &doctor, n))).collect();
    DirectBroker::open(&world).await.send_each(&commands, doctor.partition()).await;
    // With the bookings locked the first batch stands.
    let mut hold = world.pool.acquire().await.expect("a connection");
    sqlx::raw_sql("LOCK TABLES booking WRITE").execute(&mut *hold).await.expect("a lock");
    let worker = Process::worker(&world).await;
    until("a backlog", async || {
        (worker.figure("docde_backlog_commands{partition=\"p00\"}").await > Some(0)).then_some(())
    })
    .await;
    sqlx::raw_sql("UNLOCK TABLES").execute(&mut *hold).await.expect("no lock");
    drop(hold);
    decided(&world, commands.len()).await;
    world.finish().await;
}

/// What its publisher was never told is confirmed is not lost when it does not arrive.
#[tokio::test]
async fn a_number_that_was_never_confirmed_is_no_loss() {
    let world = World::new().await;
    let _worker = world.worker().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let hand = DirectBroker::open(&world).await;
    let publisher = Uuid::new_v4();
    for (n, (seq, acked)) in [(1_u64, 0), (3, 1), (5, 1)].into_iter().enumerate() {
        let frame = wire::encode(&book(&world, &patient, &doctor, slot(&world, &doctor, n)));
        let key = doctor.partition().usual().key(Some(doctor.id));
        hand.publish(
            platform::topology::COMMANDS,
            &key,
            by_hand::numbers(publisher, seq, acked),
            frame.as_bytes(),
        )
        .await;
    }
    decided(&world, 3).await;
    assert_eq!(lost(&world).await, 0);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM publisher_gap").await,
        2,
        "noted, and not called lost"
    );
    // One of them comes late.
    let late = wire::encode(&book(&world, &patient, &doctor, slot(&world, &doctor, 9)));
    hand.publish(
        platform::topology::COMMANDS,
        &doctor.partition().usual().key(None),
        by_hand::numbers(publisher, 2, 1),
        late.as_bytes(),
    )
    .await;
    decided(&world, 4).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM publisher_gap").await, 1);
    assert_eq!(books(&world).await.received, 4);
    world.finish().await;
}

/// Three commands and the report of their confirms are purged while no worker is there.
async fn all_is_purged(world: &World) -> Service {
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(world, 0).await, world.patient().await);
    for n in 0..3 {
        assert_eq!(ask(world, &ingress, &patient, &doctor, n).await.status, 202);
    }
    let hand = DirectBroker::open(world).await;
    until("the report", async || (hand.ready("docde.p00").await == 4).then_some(())).await;
    assert_eq!(
        world.management().delete(&format!("/api/queues/{}/docde.p00/contents", world.vhost)).await,
        204
    );
    assert_eq!(hand.ready("docde.p00").await, 0);
    ingress
}

#[tokio::test]
async fn a_purge_is_seen_while_the_publisher_lives() {
    let mut world = World::new().await;
    world.set("DOCDE_PUBLISH_REPEAT_MS", "2000");
    let _ingress = all_is_purged(&world).await;
    let _worker = world.worker().await;
    until("the loss to be seen", async || (lost(&world).await == 3).then_some(())).await;
    world.finish_red(&["lost"]).await;
}

#[tokio::test]
async fn a_purge_is_seen_when_the_publisher_stops() {
    let mut world = World::new().await;
    world.set("DOCDE_PUBLISH_REPEAT_MS", "3600000");
    let ingress = all_is_purged(&world).await;
    ingress.stop().await;
    let _worker = world.worker().await;
    until("the loss to be seen", async || (lost(&world).await == 3).then_some(())).await;
    world.finish_red(&["lost"]).await;
}

/// Days after their last word publishers of which all has arrived are let go, and count as before; the ones with a gap
/// stay, so that a loss is still seen.
#[tokio::test]
async fn a_publisher_long_gone_is_let_go_once_all_it_said_has_arrived() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let partition = doctor.partition();
    let (mut whole, mut later, gap, loss) = (
        DirectBroker::open(&world).await,
        DirectBroker::open(&world).await,
        DirectBroker::open(&world).await,
        DirectBroker::open(&world).await,
    );
    let frame = |n| wire::encode(&book(&world, &patient, &doctor, slot(&world, &doctor, n)));
    whole.send(partition, &[frame(0).into_bytes(), frame(1).into_bytes()]).await;
    let report = numbers(whole.publisher, 3, 2);
    whole.publish(COMMANDS, &partition.usual().key(None), report, b"").await;
    for (hand, n, acked) in [(&gap, 2, 0), (&loss, 3, 2)] {
        let headers = numbers(hand.publisher, 3, acked);
        hand.publish(COMMANDS, &partition.usual().key(None), headers, frame(n).as_bytes()).await;
    }
    let equation = async || {
        let acked = "SELECT CAST(SUM(acked) AS SIGNED) + (SELECT CAST(SUM(acked_gone) AS SIGNED) FROM partition_state) FROM publisher";
        (world.count(acked).await, books(&world).await.received, lost(&world).await)
    };
    let worker = world.worker().await;
    decided(&world, 4).await;
    world.clock.advance(chrono::TimeDelta::minutes(2));
    later.send(partition, &[frame(4).into_bytes()]).await;
    decided(&world, 5).await;
    until("the report to be heard", async || (equation().await == (4, 5, 2)).then_some(())).await;
    worker.stop().await;
    world.clock.advance(chrono::TimeDelta::days(PUBLISHER_DAYS) - chrono::TimeDelta::minutes(1));
    let _worker = world.worker().await;
    let kept = async || -> BTreeSet<Uuid> {
        let kept = sqlx::query_scalar("SELECT publisher FROM publisher").fetch_all(&world.pool);
        kept.await.expect("publishers").into_iter().collect()
    };
    until("the whole one to be let go", async || {
        (!kept().await.contains(&whole.publisher)).then_some(())
    })
    .await;
    assert_eq!(kept().await, [later.publisher, gap.publisher, loss.publisher].into());
    assert_eq!(world.count("SELECT COUNT(*) FROM publisher_gap").await, 2);
    assert_eq!(equation().await, (4, 5, 2), "what it had confirmed still counts");
    world.finish_red(&["lost"]).await;
}
