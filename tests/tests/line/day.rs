//! A day by chance: commands of patients and of two desks, one after the other and several at once, sockets that are
//! dropped and come back anywhere, a notifier that dies. What was pushed is held against the places as plain SQL has
//! them from the recorded steps, at every version that was sent.

use docde_tests::api::key;
use docde_tests::chance::Chance;
use docde_tests::world::Service;
use docde_tests::{Patient, Socket, long, until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::oracle::{self, places_at};
use crate::stage::{RECEPTIONS, Stage};

const PATIENTS: usize = 10;

/// A frame that told a place: in which connection of its listener, and what it said.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    connection: usize,
    ticket: String,
    version: u64,
    state: String,
    ahead: Option<u64>,
}

#[derive(Default)]
struct Log {
    told: Vec<Told>,
    cursor: Option<String>,
    ended: bool,
}

/// A patient who listens, with breaks.
struct Listener {
    patient: Patient,
    connections: usize,
    log: Arc<Mutex<Log>>,
    reading: Option<JoinHandle<()>>,
}

impl Listener {
    fn new(patient: Patient) -> Self {
        Self { patient, connections: 0, log: Arc::default(), reading: None }
    }

    fn drop_socket(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
    }

    /// Connects, or comes back.
    async fn connect(&mut self, notifier: &Service) {
        let after = self.log.lock().expect("the log").cursor.clone();
        let mut socket = Socket::open(notifier, &self.patient, after.as_deref()).await;
        self.connections += 1;
        let (connection, log) = (self.connections, Arc::clone(&self.log));
        {
            let mut log = log.lock().expect("the log");
            log.ended = false;
            if !socket.cursor.is_empty() {
                log.cursor = Some(socket.cursor.clone());
            }
        }
        self.reading = Some(tokio::spawn(async move {
            while let Some(frame) = socket.frame().await {
                let mut log = log.lock().expect("the log");
                log.cursor = Some(socket.cursor.clone());
                if frame["type"] == "place" {
                    let text = |member: &str| frame[member].as_str().expect(member).to_owned();
                    log.told.push(Told {
                        connection,
                        ticket: text("ticket_id"),
                        version: frame["version"].as_u64().expect("a version"),
                        state: text("state"),
                        ahead: frame["ahead"].as_u64(),
                    });
                }
            }
            log.lock().expect("the log").ended = true;
        }));
    }

    fn is_connected(&self) -> bool {
        self.reading.is_some() && !self.log.lock().expect("the log").ended
    }
}

/// A ticket as the database has it.
#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    status: String,
    revision: u32,
    last: Uuid,
    account: Option<Uuid>,
}

async fn rows(stage: &Stage) -> Vec<Row> {
    let rows: Vec<(Uuid, String, u32, Uuid, Option<Uuid>)> = sqlx::query_as(
        "SELECT t.id, CAST(t.status AS CHAR), t.revision, c.request_id, p.account_id FROM ticket t
         JOIN ticket_change c ON c.ticket_id = t.id AND c.revision = t.revision LEFT JOIN patient p ON p.id = t.patient_id
         ORDER BY t.number",
    )
    .fetch_all(&stage.world.pool)
    .await
    .expect("tickets");
    let row = |(id, status, revision, last, account)| Row { id, status, revision, last, account };
    rows.into_iter().map(row).collect()
}

/// A command: who sends it, where and what. It need not be one that the line allows.
fn command(
    stage: &Stage,
    chance: &mut Chance,
    rows: &[Row],
    listeners: &[Listener],
    clerks: &[Patient],
) -> (Patient, String, Value) {
    let clerk = chance.pick(clerks).clone();
    let live: Vec<&Row> = rows.iter().rev().take(40).collect();
    let step = |row: &Row, step: &str| {
        let mut body = json!({"ticket_id": row.id, "revision": row.revision, "step": step});
        if step == "urgent" {
            body["reason"] = json!("frailty");
        }
        (clerk.clone(), stage.line("/steps"), body)
    };
    let take = (
        chance.pick(listeners).patient.clone(),
        RECEPTIONS.to_owned(),
        json!({"doctor_id": stage.doctor.id}),
    );
    if live.is_empty() {
        return take;
    }
    let row = (*chance.pick(&live)).clone();
    match chance.below(100) {
        0..25 => take,
        25..29 => (clerk, stage.line("/tickets"), json!({})),
        29..52 => {
            let steps: &[&str] = match row.status.as_str() {
                "booked" => &["arrive", "arrive", "arrive", "hold", "noshow", "urgent"],
                "arrived" => &["call", "hold", "urgent", "noshow"],
                "checked_in" => &["done", "done", "return", "skip"],
                "waitlist" | "noshow" => &["return", "arrive"],
                _ => &["cancel"],
            };
            let word: &str = chance.pick::<&str>(steps);
            step(&row, word)
        }
        // The ticket that was called last is put in when it is sent.
        52..75 => (clerk, stage.line("/next"), Value::Null),
        75..85 => {
            (clerk, stage.line("/undo"), json!({"ticket_id": row.id, "request_id": row.last}))
        }
        85..88 => (clerk, stage.line("/reception"), json!({"state": "open"})),
        _ => {
            let owner = row.account.and_then(|account| {
                listeners.iter().find(|listener| listener.patient.account.uuid() == account)
            });
            match owner {
                Some(owner) => {
                    (owner.patient.clone(), format!("{RECEPTIONS}/{}/cancel", row.id), json!({}))
                }
                None => step(&row, "cancel"),
            }
        }
    }
}

async fn send(stage: &Stage, (sender, path, mut body): (Patient, String, Value)) {
    if path.ends_with("/next") {
        let last: Option<Option<Uuid>> = sqlx::query_scalar("SELECT last_called FROM line_day")
            .fetch_optional(&stage.world.pool)
            .await
            .expect("the line");
        body = json!({"after": last.flatten()});
    }
    let answer = stage.post(&sender, &path, &key(), &body).await;
    assert!([200, 201, 409].contains(&answer.status), "{path} {body}: {}", answer.text);
}

/// Each frame says what the oracle says of its version; in one connection a ticket's versions rise and its places change;
/// over all connections nothing is older than what came before.
async fn hold(stage: &Stage, listeners: &[Listener]) -> usize {
    let logs: Vec<Vec<Told>> =
        listeners.iter().map(|one| one.log.lock().expect("the log").told.clone()).collect();
    let versions: BTreeSet<u64> = logs.iter().flatten().map(|told| told.version).collect();
    let mut oracle = BTreeMap::new();
    for version in versions {
        oracle.insert(version, places_at(stage, version).await);
    }
    for told in logs.iter().flatten() {
        let (standing, ahead) = &oracle[&told.version][&told.ticket];
        assert_eq!((&told.state, &told.ahead), (standing, ahead), "{told:?}");
    }
    for log in &logs {
        let mut last: BTreeMap<&str, &Told> = BTreeMap::new();
        for told in log {
            if let Some(before) = last.insert(&told.ticket, told) {
                assert!(before.version <= told.version, "older after newer: {before:?} {told:?}");
                if before.connection == told.connection {
                    let place = |told: &Told| (told.state.clone(), told.ahead);
                    assert!(before.version < told.version, "{before:?} {told:?}");
                    assert_ne!(place(before), place(told), "no change: {before:?} {told:?}");
                }
            }
        }
    }
    logs.iter().map(Vec::len).sum()
}

/// Who listens knows in the end how each live ticket stands.
async fn all_know(stage: &Stage, listeners: &[Listener]) {
    let rows = rows(stage).await;
    let live = ["booked", "arrived", "checked_in", "waitlist"];
    let version: u64 = sqlx::query_scalar("SELECT version FROM line_day")
        .fetch_one(&stage.world.pool)
        .await
        .expect("the line");
    let present = places_at(stage, version).await;
    for row in rows.iter().filter(|row| live.contains(&row.status.as_str())) {
        let owner = listeners.iter().find(|one| Some(one.patient.account.uuid()) == row.account);
        let Some(owner) = owner else { continue };
        let ticket = row.id.to_string();
        until("the present place to be told", async || {
            let log = owner.log.lock().expect("the log");
            let last = log.told.iter().rev().find(|told| told.ticket == ticket)?;
            ((last.state.clone(), last.ahead) == present[&ticket]).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pushed_on_a_day_by_chance_is_what_plain_sql_says() {
    let commands = long::or(300, 5_000);
    let seed = std::env::var("DOCDE_DAY_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
    println!("seed {seed} (DOCDE_DAY_SEED repeats it), {commands} commands");
    let mut chance = Chance::new(seed);
    let stage = Stage::new().await;
    let mut notifiers = vec![stage.world.notifier().await, stage.world.notifier().await];
    let clerks = [stage.clerk("receptionist").await, stage.clerk("doctor").await];
    let mut listeners: Vec<Listener> =
        stage.world.patients(PATIENTS).await.into_iter().map(Listener::new).collect();
    for listener in &mut listeners {
        listener.connect(chance.pick(&notifiers)).await;
    }
    let (mut sent, mut killed) = (0, 0);
    while sent < commands {
        let rows = rows(&stage).await;
        let group: Vec<_> = (0..=chance.below(4))
            .map(|_| command(&stage, &mut chance, &rows, &listeners, &clerks))
            .collect();
        sent += group.len();
        futures_util::future::join_all(group.into_iter().map(|command| send(&stage, command)))
            .await;
        stage.world.clock.advance(chrono::TimeDelta::milliseconds(
            chance.millis(1, 900).as_millis().try_into().expect("few"),
        ));
        if killed * 100 < sent && chance.percent(3) {
            killed += 1;
            notifiers.remove(chance.below(2)).kill().await;
            notifiers.push(stage.world.notifier().await);
        }
        for listener in &mut listeners {
            if chance.percent(5) {
                listener.drop_socket();
            } else if chance.percent(40) && !listener.is_connected() {
                listener.connect(chance.pick(&notifiers)).await;
            }
        }
    }
    for listener in &mut listeners {
        if !listener.is_connected() {
            listener.connect(&notifiers[0]).await;
        }
    }
    oracle::make(&stage).await;
    all_know(&stage, &listeners).await;
    let told = hold(&stage, &listeners).await;
    let connections: usize = listeners.iter().map(|listener| listener.connections).sum();
    println!(
        "{told} places were told over {connections} connections, {killed} notifiers were killed"
    );
    assert!(
        told > commands / 3 && connections > PATIENTS,
        "little happened: {told}, {connections}"
    );
    for listener in &mut listeners {
        listener.drop_socket();
    }
    stage.world.finish().await;
}
