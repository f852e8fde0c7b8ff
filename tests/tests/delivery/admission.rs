//! Admission: of a hospital for which operators have set it, so many commands are decided in one transaction. The others
//! wait in order, whatever dies, and no other hospital waits for them.

use chrono::TimeDelta;
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Patient, Socket, World, api, until};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::by_hand::book;
use crate::levers::{admission, clear, known, set, standing};
use crate::loads::{
    Books, batches, books, busy_doctor, crowd, decided, slot, visit, watch_batches,
};
use crate::poison::parked;
use crate::process;

/// A hospital that is admitted so many, and a neighbour in its partition. No worker runs.
struct Waiting {
    world: World,
    doctor: Doctor,
    neighbour: Doctor,
    patients: Vec<Patient>,
}

impl Waiting {
    async fn new(world: World, admitted: &str) -> Self {
        let (doctor, neighbour) = (busy_doctor(&world, 0).await, busy_doctor(&world, 0).await);
        let patients = world.patients(20).await;
        set(&world, &admission(doctor.hospital), admitted).await;
        watch_batches(&world).await;
        Self { world, doctor, neighbour, patients }
    }

    async fn ask(
        &self,
        ingress: &Service,
        doctor: Doctor,
        slots: std::ops::Range<usize>,
    ) -> Vec<Uuid> {
        crowd(&self.world, ingress, &self.patients, &[doctor], slots).await
    }

    /// How many of the hospital each transaction decided, those without left out.
    async fn sizes(&self) -> Vec<usize> {
        let own = self.doctor.hospital.uuid();
        let of_it =
            |requests: &[(Uuid, Uuid)]| requests.iter().filter(|(_, of)| *of == own).count();
        let all = batches(&self.world).await;
        all.iter().map(|batch| of_it(&batch.requests)).filter(|size| *size > 0).collect()
    }

    /// The hospital's requests were decided in the order in which each publisher brought them.
    async fn in_order(&self) {
        let rows: Vec<(Uuid, u64)> = sqlx::query_as(
            "SELECT publisher, publisher_seq FROM request WHERE hospital_id = ? ORDER BY event_seq",
        )
        .bind(self.doctor.hospital.uuid())
        .fetch_all(&self.world.pool)
        .await
        .expect("requests");
        let mut sorted = rows.clone();
        sorted.sort_by_key(|(publisher, seq)| (*publisher, *seq));
        let mut found = rows;
        // Stable: only the order of publishers among each other is lost.
        found.sort_by_key(|(publisher, _)| *publisher);
        assert_eq!(found, sorted);
    }

    async fn held(&self) -> i64 {
        self.world.count("SELECT COUNT(*) FROM held_back").await
    }
}

#[tokio::test]
async fn five_hundred_of_one_hospital_go_five_at_a_time_and_a_neighbour_does_not_wait() {
    let stage = Waiting::new(World::new().await, "5").await;
    let ingress = stage.world.ingress().await;
    let asked = stage.ask(&ingress, stage.doctor, 0..500).await;
    let later = stage.ask(&ingress, stage.neighbour, 500..550).await;
    let _worker = stage.world.worker().await;
    decided(&stage.world, 550).await;
    let sizes = stage.sizes().await;
    assert!(sizes.iter().all(|size| *size <= 5), "{sizes:?}");
    assert!(sizes.len() >= 100, "{sizes:?}");
    stage.in_order().await;
    let order: Vec<Uuid> = batches(&stage.world)
        .await
        .into_iter()
        .flat_map(|batch| batch.requests)
        .map(|(id, _)| id)
        .collect();
    let last = order.iter().rposition(|id| later.contains(id)).expect("the neighbour's last");
    let before = order[..last].iter().filter(|id| asked.contains(id)).count();
    assert!(before < 100, "{before} of 500 went before the neighbour's last of 50");
    let ends = Books { received: 550, confirmed: 550, ..Books::default() };
    assert_eq!(books(&stage.world).await, ends);
    assert_eq!(stage.held().await, 0);
    stage.world.finish().await;
}

#[tokio::test]
async fn the_number_is_raised_while_they_are_decided() {
    let stage = Waiting::new(World::new().await, "1").await;
    let ingress = stage.world.ingress().await;
    stage.ask(&ingress, stage.doctor, 0..1_000).await;
    ingress.stop().await;
    let _worker = stage.world.worker().await;
    decided(&stage.world, 10).await;
    set(&stage.world, "pause.p00", "on").await;
    known(&stage.world).await;
    let slow = stage.sizes().await;
    assert!(slow.iter().all(|size| *size == 1) && slow.len() < 1_000, "{slow:?}");
    set(&stage.world, &admission(stage.doctor.hospital), "40").await;
    clear(&stage.world, "pause.p00").await;
    decided(&stage.world, 1_000).await;
    let fast = stage.sizes().await.split_off(slow.len());
    assert_eq!(fast.iter().max(), Some(&40), "{fast:?}");
    assert!(fast.len() <= 1_000_usize.div_ceil(40), "{fast:?}");
    stage.in_order().await;
    stage.world.finish().await;
}

/// A worker that was killed with most of them held back. Which were asked, in the order of their acceptance.
async fn killed(world: World) -> (Waiting, Service, Vec<(String, Answer)>) {
    let stage = Waiting::new(world, "1").await;
    let ingress = stage.world.ingress().await;
    let mut asked = Vec::new();
    for n in 0..200 {
        let (key, patient) = (api::key(), &stage.patients[0]);
        let body = visit(&stage.doctor, slot(&stage.world, &stage.doctor, n));
        let answer = stage.world.post_async(&ingress, patient, "/v1/bookings", &key, &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        asked.push((key, answer));
    }
    let worker = stage.world.worker().await;
    decided(&stage.world, 10).await;
    worker.kill().await;
    let held = stage.held().await;
    assert!(held > 20, "{held} are held back: too fast for this test");
    (stage, ingress, asked)
}

#[tokio::test]
async fn those_that_are_held_back_survive_their_worker_and_their_client() {
    let (stage, ingress, asked) = killed(World::new().await).await;
    let (world, patient) = (&stage.world, &stage.patients[0]);
    let notifier = world.notifier().await;
    let socket = Socket::open(&notifier, patient, None).await;
    // They are in flight, and the books say so.
    let report = cli::audit::recount(&world.pool, world.clock.now(), async { Err(String::new()) });
    let report = report.await.expect("the audit");
    let red: Vec<_> =
        report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
    assert_eq!(red, ["broker"], "which was not asked: {report:#?}");
    assert_eq!(report.partitions[0].held, u64::try_from(stage.held().await).expect("a count"));
    // The last of them knows its place, and that it was seen.
    let (key, last) = &asked[199];
    let path = format!("/v1/requests/{}", last.request_id());
    let shown = world.get(&ingress, patient, &path).await;
    assert_eq!((shown.status, shown.state()), (200, "accepted"), "{}", shown.text);
    assert_eq!(shown.json["place"]["ahead"], json!(stage.held().await - 1), "{}", shown.text);
    // Sent again it is absorbed; another body under its key is not taken for it.
    let body = visit(&stage.doctor, slot(world, &stage.doctor, 199));
    let again = world.post_async(&ingress, patient, "/v1/bookings", key, &body).await;
    assert_eq!((again.status, again.request_id()), (202, last.request_id()));
    let other = visit(&stage.doctor, slot(world, &stage.doctor, 300));
    let other = world.post_async(&ingress, patient, "/v1/bookings", key, &other).await;
    assert_eq!((other.status, other.code()), (422, "KEY_REUSED"), "{}", other.text);
    drop(socket);
    let _worker = world.worker().await;
    decided(world, 200).await;
    let sizes = stage.sizes().await;
    assert!(sizes.iter().all(|size| *size == 1), "{sizes:?}");
    stage.in_order().await;
    let done = world.decided(&ingress, patient, last.request_id()).await;
    assert_eq!(done.state(), "confirmed", "{}", done.text);
    until("the retry to be counted", async || (books(world).await.received == 201).then_some(()))
        .await;
    let ends = Books { received: 201, confirmed: 200, duplicate: 1, ..Books::default() };
    assert_eq!(books(world).await, ends);
    let ids: BTreeSet<_> = asked.iter().map(|(_, answer)| answer.request_id()).collect();
    assert_eq!(ids.len(), 200);
    stage.world.finish().await;
}

#[tokio::test]
async fn the_time_for_which_one_is_held_back_counts() {
    let (stage, _ingress, _) = killed(World::at(standing()).await).await;
    stage.world.clock.advance(TimeDelta::minutes(11));
    let _worker = stage.world.worker().await;
    decided(&stage.world, 200).await;
    let books = books(&stage.world).await;
    assert!(books.expired >= 20 && books.confirmed >= 10, "{books:?}");
    stage.world.finish().await;
}

/// Two attempts at the second of them came to nothing, as if it had killed two workers.
#[tokio::test]
async fn one_that_kills_its_workers_is_parked_alone() {
    let stage = Waiting::new(World::new().await, "2").await;
    let world = &stage.world;
    let patient = &stage.patients[0];
    set(world, "pause.p00", "on").await;
    let commands: Vec<_> = (0..6)
        .map(|n| book(world, patient, &stage.doctor, slot(world, &stage.doctor, n)))
        .collect();
    for (place, command) in (1_u64..).zip(&commands) {
        hold(world, place, command).await;
    }
    let attempts = "INSERT INTO attempt (request_id, count, at) VALUES (?, 2, '2026-01-01')";
    let attempts = sqlx::query(attempts).bind(commands[1].request_id.uuid());
    attempts.execute(&world.pool).await.expect("attempts");
    clear(world, "pause.p00").await;
    let _worker = world.worker().await;
    assert_eq!(parked(world, &commands[1]).await.0, "attempts");
    decided(world, 5).await;
    let ends = Books { received: 6, confirmed: 5, parked: 1, ..Books::default() };
    assert_eq!(books(world).await, ends);
    assert_eq!(world.count("SELECT COUNT(*) FROM attempt").await, 0, "settled ones are forgotten");
    stage.world.finish().await;
}

/// As the owner before has left it.
async fn hold(world: &World, place: u64, command: &domain::command::Command) {
    let insert = "INSERT INTO held_back (partition_id, place, hospital_id, request_id, publisher, publisher_seq, held_at, frame)
                  VALUES (0, ?, ?, ?, ?, 0, '2026-01-01', ?)";
    sqlx::query(insert)
        .bind(place)
        .bind(command.hospital_id.uuid())
        .bind(command.request_id.uuid())
        .bind(Uuid::nil())
        .bind(domain::wire::encode(command))
        .execute(&world.pool)
        .await
        .expect("held back");
    sqlx::query("UPDATE partition_state SET received = received + 1 WHERE id = 0")
        .execute(&world.pool)
        .await
        .expect("the books");
}

/// Written down and not acknowledged: the broker brings them again, and they are known.
#[tokio::test]
async fn a_worker_that_dies_right_after_it_held_back_has_held_them_once() {
    let stage = Waiting::new(World::new().await, "2").await;
    let ingress = stage.world.ingress().await;
    stage.ask(&ingress, stage.doctor, 0..60).await;
    process::crash(&stage.world, "held_back").await;
    assert!(stage.held().await > 0);
    let _worker = stage.world.worker().await;
    decided(&stage.world, 60).await;
    stage.in_order().await;
    let sizes = stage.sizes().await;
    assert!(sizes.iter().all(|size| *size <= 2), "{sizes:?}");
    let ends = Books { received: 60, confirmed: 60, ..Books::default() };
    assert_eq!(books(&stage.world).await, ends);
    stage.world.finish().await;
}
