//! The desk's own queue: what staff do is decided before what the app has queued, the app goes on meanwhile, and all that
//! holds for the usual queue holds for this one.

use docde_tests::api::key;
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Patient, World, long, until};
use domain::wire;
use platform::clock::Clock;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::by_hand::{self, DirectBroker, book};
use crate::loads::{self, books, busy_doctor, decided_once_and_in_order, slot};

/// A doctor of partition 0 whose line is open, and who works at its desk. The clock stands at 10:00 in Seoul.
struct Desk {
    world: World,
    ingress: Service,
    doctor: Doctor,
    clerk: Patient,
}

impl Desk {
    async fn new() -> Self {
        Self::at_peak("none").await
    }

    async fn at_peak(hours: &str) -> Self {
        let now = domain::time::parse("2026-11-23T10:00:00+09:00").expect("a time");
        let mut world = World::at(Clock::starting(now, 0.0)).await;
        world.set("DOCDE_PEAK", hours);
        let ingress = world.ingress().await;
        let doctor = busy_doctor(&world, 0).await;
        let clerk = world.patient().await;
        world.employ(&clerk, doctor.hospital, "receptionist").await;
        Self { world, ingress, doctor, clerk }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/lines/{}{rest}", self.doctor.id)
    }

    /// A command of the desk, waited for.
    async fn does(&self, rest: &str, body: &Value) -> Answer {
        let path = self.path(rest);
        self.world.post(&self.ingress, &self.clerk, &path, &key(), body).await
    }

    /// The same, not waited for.
    async fn queues(&self, rest: &str, body: &Value) -> Uuid {
        let path = self.path(rest);
        let answer = self.world.post_async(&self.ingress, &self.clerk, &path, &key(), body).await;
        assert_eq!((answer.status, answer.state()), (202, "accepted"), "{}", answer.text);
        assert_eq!(answer.json["place"]["ahead"], 0, "the desk is read first: {}", answer.text);
        answer.request_id()
    }

    /// People who came without an account, each with a number.
    async fn walk_ins(&self, count: usize) {
        for _ in 0..count {
            let answer = self.does("/tickets", &json!({"channel": "desk"})).await;
            assert_eq!((answer.status, answer.state()), (200, "confirmed"), "{}", answer.text);
        }
    }

    /// Calls the next one after `after`; the ticket called.
    async fn next(&self, after: &Value) -> Value {
        let answer = self.does("/next", &json!({"after": after})).await;
        assert_eq!((answer.status, answer.state()), (200, "confirmed"), "{}", answer.text);
        answer.json["outcome"]["ticket"]["id"].clone()
    }

    /// Bookings of the app that lie in the partition's queue, packed as they are at the peak.
    async fn backlog(&self, count: usize) {
        let patients = self.world.patients(count.div_ceil(50)).await;
        let mut hand = DirectBroker::open(&self.world).await;
        let frame = |n: usize| {
            // Beyond the schedule's end they are refused, which is a decision too.
            let at = slot(&self.world, &self.doctor, n % 30_000);
            wire::encode(&book(&self.world, &patients[n % patients.len()], &self.doctor, at))
        };
        let frames: Vec<Vec<u8>> = (0..count).map(|n| frame(n).into_bytes()).collect();
        for pack in frames.chunks(wire::MAX_FRAMES) {
            hand.send(self.doctor.partition(), pack).await;
        }
    }

    /// Bookings that were decided before the request.
    async fn booked_before(&self, request: Uuid) -> i64 {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM request b JOIN request r ON r.id = ? WHERE b.kind = 'book' AND b.event_seq < r.event_seq",
        )
        .bind(request)
        .fetch_one(&self.world.pool)
        .await
        .expect("a count")
    }
}

/// The app's backlog is queued first, and decided last. Both queues go on side by side: of 300 commands of the desk none
/// keeps the app out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_is_decided_before_the_backlog_of_the_app_and_leaves_it_half_of_a_batch() {
    const BACKLOG: usize = 5_000;
    const AT_THE_DESK: usize = 300;
    let desk = Desk::new().await;
    desk.backlog(BACKLOG).await;
    let mut requests = Vec::new();
    for n in 0..AT_THE_DESK {
        let state = if n % 2 == 0 { "paused" } else { "open" };
        requests.push(desk.queues("/reception", &json!({"state": state})).await);
    }
    let _worker = desk.world.worker().await;
    loads::decided(&desk.world, BACKLOG + AT_THE_DESK).await;
    let (first, last) = (
        desk.booked_before(requests[0]).await,
        desk.booked_before(requests[AT_THE_DESK - 1]).await,
    );
    assert!(first < 1_000, "{first} of {BACKLOG} bookings went before the desk's first");
    assert!(last < 2_500, "{last} of {BACKLOG} bookings went before the desk's last");
    assert!(last - first >= 128, "the app had its half meanwhile: {first} to {last}");
    decided_once_and_in_order(&desk.world, BACKLOG + AT_THE_DESK).await;
    assert_eq!(books(&desk.world).await.lost, 0);
    desk.world.finish().await;
}

/// `./dev test --long`: with 100,000 of the app before it, 99 of 100 calls are answered within a second. In the short form
/// the backlog is small and only the answers count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calling_the_next_one_is_quick_with_a_backlog_of_the_app() {
    const CALLS: usize = 100;
    let backlog = long::or(2_000, 100_000);
    let desk = Desk::new().await;
    let worker = desk.world.worker().await;
    desk.world.owned().await;
    desk.walk_ins(CALLS).await;
    worker.stop().await;
    desk.backlog(backlog).await;
    let _worker = desk.world.worker().await;
    desk.world.owned().await;
    let mut took = Vec::new();
    let mut called = Value::Null;
    for _ in 0..CALLS {
        let began = Instant::now();
        called = desk.next(&called).await;
        took.push(began.elapsed());
    }
    let left = desk.world.count("SELECT COUNT(*) FROM request WHERE kind = 'book'").await;
    took.sort_unstable();
    let p99 = took[CALLS * 99 / 100 - 1];
    if backlog > 2_000 {
        assert!(left < 100_000, "the backlog was gone before the calls were");
        assert!(p99 < Duration::from_secs(1), "p99 {p99:?} with {left} of {backlog} decided");
    }
    loads::decided(&desk.world, backlog + CALLS * 2).await;
    desk.world.finish().await;
}

/// Five tickets a second by the app beside a hundred calls: nobody is refused for what the other does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_and_the_tickets_of_the_app_are_in_nobodys_way() {
    const CALLS: usize = 100;
    let desk = Desk::new().await;
    let _worker = desk.world.worker().await;
    desk.world.owned().await;
    desk.walk_ins(CALLS).await;
    let calling = async {
        let mut called = Value::Null;
        for _ in 0..CALLS {
            called = desk.next(&called).await;
        }
    };
    let taking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(200));
        loop {
            pace.tick().await;
            let (patient, body) =
                (desk.world.patient().await, json!({"doctor_id": desk.doctor.id}));
            let answer =
                desk.world.post(&desk.ingress, &patient, "/v1/receptions", &key(), &body).await;
            assert_eq!((answer.status, answer.state()), (201, "confirmed"), "{}", answer.text);
        }
    };
    tokio::select! { () = calling => {}, () = taking => {} }
    desk.world.finish().await;
}

/// In the hours in which nobody else waits for an outcome, the desk does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_peak_the_desk_is_answered_with_the_outcome() {
    let desk = Desk::at_peak("09:00-11:00").await;
    let _worker = desk.world.worker().await;
    desk.world.owned().await;
    let (patient, body) = (desk.world.patient().await, json!({"doctor_id": desk.doctor.id}));
    let taken = desk.world.post(&desk.ingress, &patient, "/v1/receptions", &key(), &body).await;
    assert_eq!((taken.status, taken.state()), (202, "accepted"), "{}", taken.text);
    let paused = desk.does("/reception", &json!({"state": "paused"})).await;
    assert_eq!((paused.status, paused.state()), (200, "confirmed"), "{}", paused.text);
    loads::decided(&desk.world, 2).await;
    desk.world.finish().await;
}

/// Whoever worked there when the command was sent, and no longer does when it is decided, has no right to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_who_leaves_while_the_command_is_queued_is_refused() {
    let desk = Desk::new().await;
    let request = desk.queues("/next", &json!({"after": null})).await;
    sqlx::query("DELETE FROM membership WHERE account_id = ?")
        .bind(desk.clerk.account.uuid())
        .execute(&desk.world.pool)
        .await
        .expect("deleted");
    let _worker = desk.world.worker().await;
    let decided = desk.world.decided(&desk.ingress, &desk.clerk, request).await;
    let code = &decided.json["outcome"]["code"];
    assert_eq!((decided.state(), code), ("rejected", &json!("NOT_FOUND")), "{}", decided.text);
    desk.world.finish().await;
}

/// Workers die with the desk's commands in hand: each is decided once, in order, and none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_desk_sends_survives_its_worker() {
    const ROUNDS: usize = 3;
    const EACH: usize = 20;
    let desk = Desk::new().await;
    for round in 0..ROUNDS {
        let worker = desk.world.worker().await;
        for n in 0..EACH {
            let state = if n % 2 == 0 { "paused" } else { "open" };
            desk.queues("/reception", &json!({"state": state})).await;
        }
        loads::decided(&desk.world, round * EACH + 1).await;
        worker.kill().await;
    }
    let _worker = desk.world.worker().await;
    loads::decided(&desk.world, ROUNDS * EACH).await;
    decided_once_and_in_order(&desk.world, ROUNDS * EACH).await;
    assert_eq!(books(&desk.world).await.lost, 0);
    desk.world.finish().await;
}

/// A command that was confirmed to the desk's publisher and purged by hand is a loss that the audit sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_of_the_desks_queue_is_seen() {
    let desk = Desk::new().await;
    desk.queues("/reception", &json!({"state": "open"})).await;
    by_hand::take(&desk.world, "docde.p00.desk", 1, |_| true).await;
    desk.queues("/reception", &json!({"state": "open"})).await;
    let _worker = desk.world.worker().await;
    until("the loss to be seen", async || {
        let lost = desk.world.count("SELECT CAST(SUM(lost) AS SIGNED) FROM partition_state").await;
        (lost == 1).then_some(())
    })
    .await;
    desk.world.finish_red(&["lost"]).await;
}
