//! `docde-bench guesses`: bookings at a steady rate, in turns alone and beside an attack on sign-in: thousands of
//! guesses from many addresses at many accounts. What it costs those who book is the ratio of the two, in one run.

use platform::Failure;
use platform::config::Env;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::arguments::GuessesArguments;
use crate::drive::{Pace, RunPlan, drive};
use crate::http::Connection;
use crate::inspection::{Inspection, settled};
use crate::prepared::Bench;
use crate::slot_picker::Demand;
use crate::tally::{Tally, p50_p99_max_ms};
use crate::targets::Targets;
use crate::world::Size;

/// Connections of the attack, and the accounts that it tries.
const CONNECTIONS: u64 = 64;
const VICTIMS: u64 = 500;
const SETTLE: Duration = Duration::from_mins(2);

/// What bookings came to, over all rounds of one side.
#[derive(Default)]
struct Side {
    answers: Vec<u32>,
    told: Vec<u32>,
    accepted: Vec<Uuid>,
    refused: u64,
}

impl Side {
    fn add(&mut self, tally: Tally) {
        let all = tally.all;
        self.refused += all.busy + all.unavailable + all.failed;
        self.answers.extend(all.answers);
        self.told.extend(tally.told_micros);
        self.accepted.extend(all.accepted);
    }

    /// Median, 99th percentile and largest, in milliseconds: of answers and of outcomes.
    fn figures(&mut self) -> [[f64; 3]; 2] {
        self.answers.sort_unstable();
        self.told.sort_unstable();
        [p50_p99_max_ms(&self.answers), p50_p99_max_ms(&self.told)]
    }
}

/// Runs it. True when nothing that was accepted was lost, nothing given twice, no guess got in, and the audit is green.
pub async fn run(env: Env, arguments: &GuessesArguments) -> Result<bool, Failure> {
    let bench = Bench::prepare(env, Size { doctors: 500, hospitals: 100, ..Size::BENCH }).await?;
    let (mut alone, mut beside) = (Side::default(), Side::default());
    let mut answers: BTreeMap<u16, u64> = BTreeMap::new();
    for round in 1..=arguments.rounds {
        alone.add(bookings(&bench, arguments).await?);
        let attack = Attack::start(&bench, arguments.guesses)?;
        beside.add(bookings(&bench, arguments).await?);
        attack.stop(&mut answers).await?;
        eprintln!("round {round} of {}", arguments.rounds);
    }
    let ([alone_answers, alone_told], [beside_answers, beside_told]) =
        (alone.figures(), beside.figures());
    println!("bookings, {}/s, {} s a turn:", arguments.rate, arguments.seconds);
    let p99 = |[_, p99, _]: [f64; 3]| p99;
    for (what, alone, beside) in
        [("answered", alone_answers, beside_answers), ("told", alone_told, beside_told)]
    {
        let times = p99(beside) / p99(alone).max(0.001);
        println!(
            "  {what}, ms (p50, p99, max): alone {alone:?}, beside the attack {beside:?}: p99 {times:.2} times (goal: 2)"
        );
    }
    println!("guesses: {} by status {answers:?}", answers.values().sum::<u64>());
    let accepted = [alone.accepted, beside.accepted].concat();
    let states = settled(&bench.pool, &accepted, SETTLE).await?;
    let end = Inspection::of(&bench).await?;
    let lost = u64::try_from(accepted.len())?.saturating_sub(states.decided());
    println!(
        "accepted {}, refused for load alone {} and beside the attack {}, lost {lost}, double {}; {end}",
        accepted.len(),
        alone.refused,
        beside.refused,
        end.double
    );
    let bounded = answers.keys().all(|status| matches!(status, 401 | 429));
    Ok(!accepted.is_empty() && bounded && lost == 0 && end.double == 0 && end.audit)
}

async fn bookings(bench: &Bench, arguments: &GuessesArguments) -> Result<Tally, Failure> {
    let (targets, demand) = (Targets::direct(&bench.env)?, Arc::new(Demand::Uniform));
    let mut plan = RunPlan::new(&targets, &bench.world, &bench.slot_picker, &demand);
    plan.pace = Pace::Open { per_second: arguments.rate };
    plan.length = Duration::from_secs(arguments.seconds);
    drive(plan).await
}

/// Guesses at a rate, until it is stopped.
struct Attack {
    stop: Arc<AtomicBool>,
    running: JoinSet<BTreeMap<u16, u64>>,
}

impl Attack {
    fn start(bench: &Bench, per_second: f64) -> Result<Self, Failure> {
        let (targets, stop) = (Targets::direct(&bench.env)?, Arc::new(AtomicBool::new(false)));
        let (number, began, mut running) =
            (Arc::new(AtomicU64::new(0)), Instant::now(), JoinSet::new());
        for client in 0..usize::try_from(CONNECTIONS)? {
            let address = targets.http_of(client).to_owned();
            let (stop, number) = (Arc::clone(&stop), Arc::clone(&number));
            running.spawn(async move {
                let mut answers = BTreeMap::new();
                let Ok(mut connection) = Connection::open(&address).await else { return answers };
                while !stop.load(Ordering::Relaxed) {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    let due = Duration::from_secs_f64(number as f64 / per_second);
                    tokio::time::sleep_until((began + due).into()).await;
                    // An answer that does not come counts as one of status 0.
                    let answer = connection.exchange(&guess(&address, number)).await;
                    *answers.entry(answer.map_or(0, |answer| answer.status)).or_default() += 1;
                }
                answers
            });
        }
        Ok(Self { stop, running })
    }

    /// Its answers by status are added to `all`.
    async fn stop(mut self, all: &mut BTreeMap<u16, u64>) -> Result<(), Failure> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(answers) = self.running.join_next().await {
            for (status, count) in answers? {
                *all.entry(status).or_default() += count;
            }
        }
        Ok(())
    }
}

/// From one of many addresses, at one of many accounts.
fn guess(address: &str, number: u64) -> Vec<u8> {
    let email = format!("victim{}@example.kr", number % VICTIMS);
    let body = json!({"email": email, "password": "wrong password"}).to_string();
    let (from, key) = (format!("198.18.{}.{}", number / 250 % 250, number % 250), Uuid::now_v7());
    format!(
        "POST /v1/account/sign-in HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: {from}\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
