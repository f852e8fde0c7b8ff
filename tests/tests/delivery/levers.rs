//! Live levers (O4): what an operator changes while the services run, with the command line, and what the services then
//! do. Nothing that was accepted is lost or told otherwise by any of them.

use chrono::TimeDelta;
use cli::args::{Args, Command, LeverSet, Levers, WhoAndWhy};
use docde_tests::proxy::{Proxy, Wire};
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Patient, World, api, until};
use domain::ids::HospitalId;
use domain::time::Timestamp;
use platform::clock::Clock;
use serde_json::json;
use std::time::{Duration, Instant};

use crate::by_hand::{DirectBroker, book};
use crate::loads::{ask, batches, busy_doctor, decided, slot, spine, visit, watch_batches};

/// Runs `docde levers`; what it prints, or says against it.
pub async fn levers(world: &World, what: Option<Levers>) -> Result<String, String> {
    let context = cli::Context { env: world.env(), clock: world.clock.clone() };
    let mut out = Vec::new();
    let args = Args { command: Command::Levers { what } };
    cli::run(args, context, &mut out).await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("text"))
}

pub fn who(by: Option<&str>, reason: &str) -> WhoAndWhy {
    WhoAndWhy { reason: reason.to_owned(), by: by.map(str::to_owned) }
}

pub async fn try_set(
    world: &World,
    (name, value): (&str, &str),
    until: Option<&str>,
) -> Result<String, String> {
    let (name, value, until) = (name.to_owned(), value.to_owned(), until.map(str::to_owned));
    let who = who(Some("kim"), "a test");
    levers(world, Some(Levers::Set(LeverSet { name, value, until, who }))).await
}

pub async fn set(world: &World, name: &str, value: &str) {
    try_set(world, (name, value), None).await.expect("set");
}

pub async fn set_until(world: &World, name: &str, value: &str, until: Timestamp) {
    try_set(world, (name, value), Some(&api::text(until))).await.expect("set");
}

pub async fn clear(world: &World, name: &str) {
    let (name, who) = (name.to_owned(), who(Some("lee"), "it is over"));
    levers(world, Some(Levers::Clear { name, who })).await.expect("cleared");
}

/// Waits until a service of this test has read all that is set by now: it shows a lever that no other test has.
pub async fn known(world: &World) {
    let hospital = world.hospital("Asia/Seoul").await;
    let name = admission(hospital);
    set(world, &name, "7").await;
    let shown = format!("docde_lever{{lever=\"{name}\"}} 7");
    until("the levers to be read", async || {
        platform::metrics::render().contains(&shown).then_some(())
    })
    .await;
    clear(world, &name).await;
    until("a lever that is not set not to be shown", async || {
        (!platform::metrics::render().contains(&name)).then_some(())
    })
    .await;
}

pub fn admission(hospital: HospitalId) -> String {
    format!("admission.{hospital}")
}

/// Asks for one slot after the other until the door refuses: the answer, and how many it took before.
async fn until_refused(
    world: &World,
    ingress: &Service,
    (patient, doctor): (&Patient, &Doctor),
    mut n: usize,
) -> (Answer, usize) {
    let mut taken = 0;
    let refused = until("the door to refuse", async || {
        let answer = ask(world, ingress, patient, doctor, n).await;
        n += 1;
        taken += usize::from(answer.status < 300);
        (answer.code() == "PAUSED").then_some(answer)
    })
    .await;
    (refused, taken)
}

#[tokio::test]
async fn a_paused_kind_is_refused_at_the_door_and_what_was_accepted_is_decided() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let ingress = world.ingress().await;
    let (key, body) = (api::key(), visit(&doctor, slot(&world, &doctor, 0)));
    let first = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let ends = world.clock.now() + TimeDelta::hours(3);
    set_until(&world, "pause.book", "on", ends).await;
    let (refused, taken) = until_refused(&world, &ingress, (&patient, &doctor), 1).await;
    assert_eq!((refused.status, &refused.json["accepted"]), (409, &json!(false)));
    let until_text = refused.json["until"].as_str().expect("until").to_owned();
    assert_eq!(domain::time::parse(&until_text).expect("a time"), domain::time::to_millis(ends));
    let again = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, again.request_id()), (202, first.request_id()), "a retry is none");
    let ticket = json!({"doctor_id": doctor.id});
    let ticket = world.post_async(&ingress, &patient, "/v1/receptions", &api::key(), &ticket).await;
    assert_eq!(ticket.status, 202, "another kind: {}", ticket.text);
    let _worker = world.worker().await;
    let done = world.decided(&ingress, &patient, first.request_id()).await;
    assert_eq!(done.state(), "confirmed");
    let again = world.post_async(&ingress, &patient, "/v1/bookings", &key, &body).await;
    assert_eq!((again.status, again.text), (201, done.text), "its outcome, byte for byte");
    clear(&world, "pause.book").await;
    until("bookings to be taken again", async || {
        (ask(&world, &ingress, &patient, &doctor, 80).await.status == 202).then_some(())
    })
    .await;
    decided(&world, taken + 3).await;
    world.finish().await;
}

#[tokio::test]
async fn a_drain_refuses_every_new_command_until_it_ends() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let spine = spine(&world).await;
    let (key, at) = (api::key(), slot(&world, &doctor, 0));
    let booked = world.book(&spine.ingress, &patient, &doctor, at, &key).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    set(&world, "drain", "on").await;
    let (refused, taken) = until_refused(&world, &spine.ingress, (&patient, &doctor), 4).await;
    assert!(refused.json["until"].is_null(), "nobody knows when: {}", refused.text);
    let cancel = world.cancel(&spine.ingress, &patient, booked.booking_id(), &api::key()).await;
    assert_eq!((cancel.status, cancel.code()), (409, "PAUSED"), "{}", cancel.text);
    let again = world.book(&spine.ingress, &patient, &doctor, at, &key).await;
    assert_eq!((again.status, &again.text), (201, &booked.text));
    decided(&world, taken + 1).await;
    set_until(&world, "drain", "on", world.clock.now() + TimeDelta::seconds(2)).await;
    until("the drain to end by itself", async || {
        let cancel = world.cancel(&spine.ingress, &patient, booked.booking_id(), &api::key()).await;
        (cancel.status == 200).then_some(())
    })
    .await;
    world.finish().await;
}

pub fn standing() -> Clock {
    Clock::starting(domain::time::parse("2026-12-01T13:00:00+09:00").expect("a time"), 0.0)
}

async fn outcome(world: &World, at: &Service, patient: &Patient, asked: &Answer) -> String {
    world.decided(at, patient, asked.request_id()).await.state().to_owned()
}

#[tokio::test]
async fn a_paused_partition_waits_with_its_owner_and_the_wait_does_not_count() {
    let world = World::at(standing()).await;
    let (doctor, neighbour) = (busy_doctor(&world, 0).await, busy_doctor(&world, 1).await);
    let patient = world.patient().await;
    set(&world, "pause.p00", "on").await;
    let (ingress, worker) = (world.ingress().await, world.worker().await);
    world.owned().await;
    let waits = ask(&world, &ingress, &patient, &doctor, 0).await;
    assert_eq!(waits.status, 202, "{}", waits.text);
    let at = slot(&world, &neighbour, 4);
    let booked = world.book(&ingress, &patient, &neighbour, at, &api::key()).await;
    assert_eq!(booked.status, 201, "the other partition goes on: {}", booked.text);
    world.clock.advance(TimeDelta::minutes(30));
    let shown =
        world.get(&ingress, &patient, &format!("/v1/requests/{}", waits.request_id())).await;
    assert_eq!((shown.state(), &shown.json["place"]["ahead"]), ("accepted", &json!(0)));
    clear(&world, "pause.p00").await;
    assert_eq!(outcome(&world, &ingress, &patient, &waits).await, "confirmed");
    // Half an hour without a pause does count.
    worker.stop().await;
    let late = ask(&world, &ingress, &patient, &doctor, 2).await;
    world.clock.advance(TimeDelta::minutes(30));
    let _worker = world.worker().await;
    assert_eq!(outcome(&world, &ingress, &patient, &late).await, "expired");
    world.finish().await;
}

#[tokio::test]
async fn the_time_in_which_a_kind_is_paused_does_not_count() {
    let world = World::at(standing()).await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let ingress = world.ingress().await;
    let before = ask(&world, &ingress, &patient, &doctor, 0).await;
    set(&world, "pause.book", "on").await;
    world.clock.advance(TimeDelta::minutes(30));
    clear(&world, "pause.book").await;
    world.clock.advance(TimeDelta::minutes(9));
    let worker = world.worker().await;
    assert_eq!(outcome(&world, &ingress, &patient, &before).await, "confirmed");
    worker.stop().await;
    let after = until("a booking to be taken", async || {
        let answer = ask(&world, &ingress, &patient, &doctor, 2).await;
        (answer.status == 202).then_some(answer)
    })
    .await;
    world.clock.advance(TimeDelta::minutes(11));
    let _worker = world.worker().await;
    assert_eq!(outcome(&world, &ingress, &patient, &after).await, "expired", "no pause since");
    world.finish().await;
}

/// The same thirty commands, a message each, gathered while the partition is paused.
#[tokio::test]
async fn the_size_of_batches_is_changed_while_they_are_decided() {
    let world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    watch_batches(&world).await;
    let _worker = world.worker().await;
    world.owned().await;
    let mut hand = DirectBroker::open(&world).await;
    let mut sizes = Vec::new();
    for (round, size) in [(0, Some("4")), (1, None)] {
        set(&world, "pause.p00", "on").await;
        known(&world).await;
        let slots = (round * 30)..(round * 30 + 30);
        let commands: Vec<_> =
            slots.map(|n| book(&world, &patient, &doctor, slot(&world, &doctor, n))).collect();
        hand.send_each(&commands, doctor.partition()).await;
        match size {
            Some(size) => set(&world, "batch", size).await,
            None => clear(&world, "batch").await,
        }
        clear(&world, "pause.p00").await;
        decided(&world, (round + 1) * 30).await;
        let all = batches(&world).await;
        sizes.push(all.iter().map(|batch| batch.requests.len()).max());
        sqlx::query("DELETE FROM batch_of_test").execute(&world.pool).await.expect("forgotten");
    }
    assert_eq!(sizes[0], Some(4));
    assert!(sizes[1] > Some(4), "{sizes:?}");
    world.finish().await;
}

/// Without the lever it would accept: what a booking needs of the database it has in memory.
#[tokio::test]
async fn the_last_known_levers_hold_while_the_database_is_away() {
    let mut world = World::new().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let url = world.setting("DATABASE_URL").to_owned();
    let wire = Proxy::before(&url).await;
    world.set("DATABASE_URL", &wire.url(&url));
    let ingress = world.ingress().await;
    world.set("DATABASE_URL", &url);
    let accepted = ask(&world, &ingress, &patient, &doctor, 0).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    set(&world, "drain", "on").await;
    let (_, taken) = until_refused(&world, &ingress, (&patient, &doctor), 1).await;
    wire.set(Wire::Down);
    let from = Instant::now();
    while from.elapsed() < Duration::from_millis(2_500) {
        let answer = ask(&world, &ingress, &patient, &doctor, 50).await;
        assert!(answer.status >= 400, "{} {}", answer.status, answer.text);
    }
    wire.set(Wire::Passes);
    clear(&world, "drain").await;
    until("the levers to be read again", async || {
        (ask(&world, &ingress, &patient, &doctor, 60).await.status == 202).then_some(())
    })
    .await;
    let _worker = world.worker().await;
    decided(&world, taken + 2).await;
    world.finish().await;
}
