//! The fault suite: real processes under a recorded load are killed, frozen, crashed at named points and deployed;
//! after each round a judge compares what clients wrote down with what the database holds. `./dev test faults` runs
//! it on servers of its own: `--rounds N` (6) and `--seed S` repeat a schedule; what the processes do with it
//! is up to the machine. `./dev test faults` ends with the line of figures that it prints, whatever came of it.

mod actions;
mod acts;
mod answers;
mod calls;
mod client;
mod clients;
mod closings;
mod fleet;
mod held;
mod in_tray;
mod journal;
mod lobby;
mod owner;
mod plan;
mod rounds;
mod scene;
mod seeds;
mod servers;
mod settings;
mod signal;
mod socket_listeners;
mod stage;
mod wait;
mod watch;
mod zone;

use docde_tests::history::Rows;
use platform::Failure;
use platform::crash::POINTS;
use std::sync::Arc;
use std::time::Instant;

use clients::{CLERKS, Clients, PATIENTS};
use docde_tests::Chance;
use fleet::Fleet;
use journal::Journal;
use plan::Fault;
use scene::{Counts, Scene};
use settings::Settings;
use stage::Stage;
use watch::Watch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_request_has_one_outcome_whatever_dies() -> Result<(), Failure> {
    let from = Instant::now();
    let settings = Settings::from_env()?;
    let stage = Stage::set(&settings, PATIENTS, CLERKS).await?;
    let journal = Arc::new(Journal::open(&settings.dir.join("log").join("faults-history.jsonl"))?);
    let fleet = Fleet::launch(&settings, &stage).await?;
    let mut clients = Clients::gather(&settings, &stage, &journal, &fleet.addresses()).await?;
    stage.grown().await;
    let watch = Watch::start(fleet.worker_health());
    let (plan, chance) = (plan::plan(settings.rounds, settings.seed), Chance::of(settings.seed, 2));
    let mut scene = Scene {
        settings,
        stage,
        fleet,
        journal,
        chance,
        counts: Counts::default(),
        violations: Vec::new(),
    };
    println!("set up: {:.0} s", from.elapsed().as_secs_f64());
    let (played, rows, complaint) = play_all(&mut scene, &mut clients, &plan, &watch).await;
    let figures = rounds::line(played, from, &scene, &watch, &rows);
    println!(
        "faults: rounds {played} of {}, seed {}, {}",
        plan.len(),
        scene.settings.seed,
        figures.split_once(": ").map_or("", |(_, figures)| figures)
    );
    assert!(complaint.is_empty(), "{}", where_to_look(&scene, &complaint));
    assert_eq!(
        scene.counts.crash_points.len(),
        POINTS.len(),
        "every crash point is hit: {:?}",
        scene.counts.crash_points
    );
    for (name, count) in rounds::happened(&scene, &watch, &rows) {
        assert!(count > 0, "no {name}: the suite has proved too little");
    }
    drop((clients, watch, scene.fleet));
    scene.stage.strike().await
}

/// Round after round, until something does not hold: how many were played, the rows after the last of them, and what did
/// not hold.
async fn play_all(
    scene: &mut Scene,
    clients: &mut Clients,
    plan: &[Vec<Fault>],
    watch: &Watch,
) -> (usize, Rows, String) {
    let mut rows = Rows::default();
    for (number, faults) in (1..).zip(plan) {
        let began = Instant::now();
        let violations;
        (rows, violations) = match rounds::play(scene, clients, faults).await {
            Ok(played) => played,
            Err(error) => return (number, rows, error.to_string()),
        };
        println!("{}", rounds::line(number, began, scene, watch, &rows));
        if !violations.is_empty() {
            return (number, rows, violations.join("\n"));
        }
    }
    (plan.len(), rows, String::new())
}

fn where_to_look(scene: &Scene, text: &str) -> String {
    let (log, seed) = (scene.journal.path.display(), scene.settings.seed);
    format!(
        "{text}\n\nseed {seed}; database and vhost {} are left as they are, clients' records in {log}",
        scene.stage.name
    )
}
