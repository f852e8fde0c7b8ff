//! Who owns a partition: shared among the live workers, taken over within seconds, and an owner of yesterday commits
//! nothing.

use chrono::TimeDelta;
use docde_tests::world::{PARTITIONS, Service};
use docde_tests::{World, until};
use domain::partition::PartitionId;
use domain::time::Timestamp;
use platform::clock::Clock;
use platform::metrics;
use platform::service::Context;
use redis::AsyncCommands;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::by_hand::{self, DirectBroker, book};
use crate::loads::{
    ask, books, busy_doctor, busy_doctors, crowd, decided, decided_once_and_in_order, slot, spine,
};

async fn owners(world: &World) -> Vec<Option<Uuid>> {
    let owners = sqlx::query_scalar("SELECT owner FROM partition_state ORDER BY id");
    owners.fetch_all(&world.pool).await.expect("the owners")
}

/// Workers by their ids.
#[derive(Default)]
struct Fleet(BTreeMap<Uuid, Service>);

impl Fleet {
    async fn add(&mut self, world: &World) {
        let service = world.worker().await;
        let id = until("the worker to be listed", async || {
            let listed: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM worker")
                .fetch_all(&world.pool)
                .await
                .expect("workers");
            listed.into_iter().find(|id| !self.0.contains_key(id))
        })
        .await;
        self.0.insert(id, service);
    }

    /// Adds workers until the partitions belong to different ones, which is chance, and waits until those own them. The
    /// owner of the last partition.
    async fn spread(&mut self, world: &World) -> (Uuid, Service) {
        loop {
            let live: Vec<Uuid> = self.0.keys().copied().collect();
            let partitions = (0..PARTITIONS).map(PartitionId::new);
            let wanted: Vec<_> = partitions.map(|id| workers::owner_of(id, &live)).collect();
            if wanted[0] != wanted[1] {
                until("the workers to own their shares", async || {
                    (owners(world).await == wanted).then_some(())
                })
                .await;
                return self.0.remove_entry(&wanted[1].expect("an owner")).expect("a worker");
            }
            self.add(world).await;
        }
    }
}

/// Counts the heartbeats of a worker while `work` lasts: time as the workers themselves have it, on a slow machine too.
async fn heartbeats_during(world: &World, worker: Uuid, work: impl Future<Output = ()>) -> usize {
    let mut beats = BTreeSet::new();
    let count = async {
        loop {
            let at: Timestamp = sqlx::query_scalar("SELECT heartbeat_at FROM worker WHERE id = ?")
                .bind(worker)
                .fetch_one(&world.pool)
                .await
                .expect("a live worker");
            beats.insert(at);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    };
    tokio::select! { () = count => {}, () = work => {} }
    beats.len() - 1
}

#[tokio::test]
async fn workers_share_the_partitions_and_take_over_from_each_other() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let mut fleet = Fleet::default();
    fleet.add(&world).await;
    fleet.add(&world).await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(10).await);
    let mut asked = 0;
    for (killed, most_beats) in [(false, 4), (true, 8)] {
        let (id, second) = fleet.spread(&world).await;
        crowd(&world, &ingress, &patients, &doctors, asked..asked + 20).await;
        decided(&world, asked + 20).await;
        let other = *fleet.0.keys().next().expect("another worker");
        let taken_over = async {
            if killed {
                second.kill().await;
            } else {
                second.stop().await;
            }
            ask(&world, &ingress, &patients[0], &doctors[1], asked + 20).await;
            decided(&world, asked + 21).await;
        };
        let beats = heartbeats_during(&world, other, taken_over).await;
        assert!(beats <= most_beats, "taken over after {beats} heartbeats");
        asked += 21;
        assert!(!owners(&world).await.contains(&Some(id)));
    }
    decided_once_and_in_order(&world, asked).await;
    world.finish().await;
}

/// Minutes fast it would expire what is in time. Five seconds are the most that a host's clock may differ from the
/// database's, at the start and ever after; the clock that decides is another matter.
#[tokio::test]
async fn a_worker_whose_hosts_clock_is_wrong_owns_nothing_until_it_is_right() {
    let world = World::new().await;
    let ingress = world.ingress().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let host = Clock::host();
    host.advance(TimeDelta::seconds(7));
    let mut config = workers::Config::from_env(&world.env()).expect("worker settings");
    config.host_clock = host.clone();
    let context = Context::new(world.clock.clone());
    let (readiness, shutdown) = (context.readiness.clone(), context.shutdown.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let wrong = tokio::spawn(workers::run(config, listener, context));
    until("the metric to tell it", async || (metrics::CLOCK_AHEAD.get() > 5_000).then_some(()))
        .await;
    let listed = async || world.count("SELECT COUNT(*) FROM worker").await;
    assert_eq!((readiness.is_ready(), listed().await), (false, 0));
    assert_eq!(owners(&world).await, [None, None]);
    host.advance(TimeDelta::seconds(-2));
    until("a worker that is five seconds fast to be ready", async || {
        (readiness.is_ready() && listed().await == 1).then_some(())
    })
    .await;
    world.owned().await;
    ask(&world, &ingress, &patient, &doctor, 0).await;
    decided(&world, 1).await;
    host.advance(TimeDelta::seconds(2));
    until("a worker that runs away to give up", async || {
        (!readiness.is_ready() && listed().await == 0).then_some(())
    })
    .await;
    let _right = world.worker().await;
    ask(&world, &ingress, &patient, &doctor, 1).await;
    decided(&world, 2).await;
    assert_eq!(listed().await, 1);
    shutdown.stop();
    wrong.await.expect("its task").expect("a clean end");
    world.finish().await;
}

#[tokio::test]
async fn an_owner_of_an_old_epoch_commits_nothing() {
    let mut world = World::new().await;
    world.set("DOCDE_BATCH", "4");
    let (ingress, _worker) = (world.ingress().await, world.worker().await);
    world.owned().await;
    let (doctors, patients) = (busy_doctors(&world).await, world.patients(20).await);
    let (mut posted, mut bumps) = (0, 0);
    while bumps < 3 {
        crowd(&world, &ingress, &patients, &doctors, posted..posted + 40).await;
        posted += 40;
        sqlx::query("UPDATE partition_state SET epoch = epoch + 1")
            .execute(&world.pool)
            .await
            .expect("a new epoch");
        bumps += 1;
        crowd(&world, &ingress, &patients, &doctors, posted..posted + 20).await;
        posted += 20;
        decided(&world, posted).await;
    }
    decided_once_and_in_order(&world, posted).await;
    let refused =
        world.count("SELECT CAST(SUM(stale_refused) AS SIGNED) FROM partition_state").await;
    assert!(refused >= 3, "{refused} batches of an old epoch were refused");
    assert_eq!(books(&world).await.received, posted as u64, "counted once");
    world.finish().await;
}

/// Each of many owners begins with the same redelivered command and is refused for its epoch: the command is innocent.
#[tokio::test]
async fn a_command_whose_owners_come_and_go_is_not_parked() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut hand = DirectBroker::open(&world).await;
    hand.send_one(&book(&world, &patient, &doctor, slot(&world, &doctor, 0)), &doctor).await;
    by_hand::take(&world, "docde.p00", 1, |_| false).await;
    let _worker = world.worker().await;
    let refused = "SELECT COUNT(*) FROM partition_state WHERE id = 0 AND stale_refused >= 6";
    let epochs_fly = async {
        loop {
            sqlx::query("UPDATE partition_state SET epoch = epoch + 1")
                .execute(&world.pool)
                .await
                .expect("a new epoch");
        }
    };
    tokio::select! {
        () = epochs_fly => {}
        () = until("six owners to be refused", async || (world.count(refused).await == 1).then_some(())) => {}
    }
    decided(&world, 1).await;
    decided_once_and_in_order(&world, 1).await;
    world.finish().await;
}

/// Redis says that somebody with a higher epoch is at work. Where the database knows of one too, the owner yields, and takes
/// the partition over again if it is still its own; where not, the lock is wrong and is put right. Nothing waits for it.
#[tokio::test]
async fn a_stolen_lock_is_yielded_to_or_put_right() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patients) = (busy_doctor(&world, 0).await, world.patients(5).await);
    let client = redis::Client::open(world.setting("REDIS_URL")).expect("REDIS_URL");
    let mut redis = client.get_multiplexed_async_connection().await.expect("redis");
    let key = format!("{}lock:{{p00}}", world.setting("DOCDE_REDIS_PREFIX"));
    let mut posted = 0;
    for newer_owner in [false, true] {
        until("the lock to be the owner's", async || {
            let held: Option<u64> = redis.get(&key).await.ok()?;
            (held? == epoch(&world).await).then_some(())
        })
        .await;
        if newer_owner {
            sqlx::query("UPDATE partition_state SET epoch = epoch + 1 WHERE id = 0")
                .execute(&world.pool)
                .await
                .expect("a new epoch");
        }
        let before = epoch(&world).await;
        let (): () = redis.pset_ex(&key, 1_000_000, 60_000).await.expect("the stolen lock");
        crowd(&world, &spine.ingress, &patients, &[doctor], posted..posted + 10).await;
        posted += 10;
        decided(&world, posted).await;
        until("the lock to be put right", async || {
            let held: Option<u64> = redis.get(&key).await.ok()?;
            (held? == epoch(&world).await).then_some(())
        })
        .await;
        assert_eq!(epoch(&world).await > before, newer_owner);
    }
    decided_once_and_in_order(&world, posted).await;
    world.finish().await;
}

async fn epoch(world: &World) -> u64 {
    sqlx::query_scalar("SELECT epoch FROM partition_state WHERE id = 0")
        .fetch_one(&world.pool)
        .await
        .expect("the epoch")
}
