//! `docde-bench demo`: the opening minute on the running system, through its front door, with the services' own
//! choice between answering at once and telling later.

pub mod board;
pub mod line;
pub mod patient;
pub mod plan;
pub mod stage_store;

use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use platform::database;

use crate::arguments::DemoArguments;
use crate::demo::board::Board;
use crate::demo::patient::Patient;
use crate::demo::plan::Role;
use crate::demo::stage_store::Stage;
use crate::targets::Targets;
use crate::{inspection, store, system, world};

/// Sockets that are being opened at the same time.
const MAX_OPENING: usize = 64;

/// How long what was accepted may take to be decided after the last patient is done.
const SETTLE: Duration = Duration::from_secs(30);

/// Plays it. True when nobody was lost, nothing was given twice, and all were told the truth.
pub async fn run(env: &Env, arguments: &DemoArguments) -> Result<bool, Failure> {
    let (pool, clock, signer) =
        (database::pool(env, 4)?, Clock::from_env(env)?, Signer::from_env(env)?);
    let stage = Stage::build(env, &pool, &clock).await?;
    let patients = usize::try_from(arguments.patients)?;
    let accounts = world::accounts(&signer, &clock, patients, 1)?;
    world::write_accounts(&pool, &accounts, clock.now()).await?;
    let mut random = Pcg64Mcg::seed_from_u64(arguments.seed);
    let roles = plan::cast(&stage, patients, arguments.seconds, &mut random);
    introduce(&stage, &roles, arguments.seed);

    let board = Arc::new(Board::default());
    let targets = Targets::front(env)?;
    let cast = connect(&targets, accounts.into_iter().zip(roles), &board).await?;
    let opening = stage.set_release(&pool, &clock).await?;
    let wait = (opening - clock.now()).to_std().unwrap_or_default();
    println!("  the day opens at {}, in {:.1} s", stage.show(opening), wait.as_secs_f64());
    let release = Instant::now() + wait;
    let mut playing = JoinSet::new();
    for patient in cast {
        playing.spawn(patient.play(release));
    }
    watch(playing, &board, patients).await;
    stage.clear_release(&pool).await?;
    finish(env, &pool, &board).await
}

fn introduce(stage: &Stage, roles: &[Role], seed: u64) {
    let slots: usize = stage.doctors.iter().map(|doctor| doctor.starts.len()).sum();
    let whose = if stage.imported == stage.hospitals { "imported hospitals" } else { "hospitals" };
    println!(
        "The opening minute of {}: {} patients, {} slots of {} doctors at {} {whose} (seed {seed})",
        stage.day,
        roles.len(),
        slots,
        stage.doctors.len(),
        stage.hospitals
    );
    if stage.imported < stage.hospitals {
        println!(
            "  only {} of them are imported, the others are the demonstration's own: docde import hospitals FILE",
            stage.imported
        );
    }
    let count = |has: fn(&Role) -> bool| roles.iter().filter(|role| has(role)).count();
    println!(
        "  half aim at {} doctors, {} send again, {} leave before they are told, {} come too early as well",
        plan::POPULAR,
        count(|role| role.repeats != plan::Repeats::Never),
        count(|role| role.leaves),
        count(|role| role.early.is_some())
    );
}

async fn connect(
    targets: &Targets,
    parts: impl Iterator<Item = (world::Account, Role)>,
    board: &Arc<Board>,
) -> Result<Vec<Patient>, Failure> {
    let (permits, targets) = (Arc::new(Semaphore::new(MAX_OPENING)), Arc::new(targets.clone()));
    let mut opening = JoinSet::new();
    for (number, (account, role)) in parts.enumerate() {
        let (permits, targets, board) =
            (Arc::clone(&permits), Arc::clone(&targets), Arc::clone(board));
        opening.spawn(async move {
            let _permit = permits.acquire_owned().await?;
            Patient::connect(&targets, number, account, role, board).await
        });
    }
    let mut cast = Vec::new();
    while let Some(patient) = opening.join_next().await {
        cast.push(patient??);
    }
    println!("  {} sockets open", cast.len());
    Ok(cast)
}

/// The progress line, until every patient is done.
async fn watch(mut playing: JoinSet<()>, board: &Board, patients: usize) {
    let bar = ProgressBar::new(u64::try_from(patients).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("  {elapsed:>4} [{bar:30}] {msg}") {
        bar.set_style(style);
    }
    let plain = !std::io::stderr().is_terminal();
    let mut tick = tokio::time::interval(Duration::from_millis(if plain { 1_000 } else { 100 }));
    loop {
        tokio::select! {
            done = playing.join_next() => match done {
                Some(_) => bar.inc(1),
                None => break,
            },
            _ = tick.tick() => {
                bar.set_message(board.line());
                if plain {
                    eprintln!("  {}", board.line());
                }
            }
        }
    }
    bar.finish_and_clear();
}

async fn finish(env: &Env, pool: &sqlx::MySqlPool, board: &Board) -> Result<bool, Failure> {
    let mut counts = board.counts().clone();
    counts.accepted.sort_unstable();
    counts.accepted.dedup();
    let accepted = u64::try_from(counts.accepted.len())?;
    let states = inspection::settled(pool, &counts.accepted, SETTLE).await?;
    let double = store::double_bookings(pool).await?;
    println!("\n{}", counts.table(states, double));
    let audit = system::docde(env, &["audit"]).await?;
    let sound = double == 0
        && states.decided() == accepted
        && counts.is_true(states)
        && counts.untold == 0
        && counts.failed == 0;
    println!(
        "\n{}",
        if sound && audit { "everyone was told the truth" } else { "NOT AS IT SHOULD BE" }
    );
    Ok(sound && audit)
}
