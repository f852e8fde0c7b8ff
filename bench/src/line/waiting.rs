//! Thousands who wait: each has a ticket and a socket, all on one notifier, while desks move the lines. Measured twice: once
//! with everybody reading, and once while the screen of the desk, which is told of every command, has stopped reading.

use futures_util::{StreamExt, TryStreamExt, stream};
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::desk::{Desk, numbered};
use super::pushes::{Counts, Pushes};
use super::screens::{self, Screen, Sockets};
use super::setting::Line;
use super::waiting_figures::WaitingFigures;
use super::{calls, lines_store, memory};
use crate::http::Connection;
use crate::inspection::Inspection;
use crate::report::{Row, tenth};
use crate::system::Layout;
use crate::targets::Targets;
use crate::world::{self, Account};

/// Tickets that are taken at the same time, and sockets that are opened.
const AT_ONCE: usize = 64;
/// What the screen is told must exceed what its connection can hold.
const SHORTEST: Duration = Duration::from_secs(25);
/// Between two commands of one line.
const PACE: Duration = Duration::from_secs(1);
/// After the last command, for the last frames.
const LAST: Duration = Duration::from_secs(10);

/// One line: its desk, and who waits, first to last.
struct Moving {
    desk: Desk,
    tickets: std::vec::IntoIter<Uuid>,
}

/// Plays it.
pub async fn row(line: &Line<'_>) -> Result<Row, Failure> {
    let env = &line.bench.env;
    let targets = Targets::direct(env)?;
    let notifier = screens::notifier(env).ok_or("no notifier has a run file")?;
    let (signer, clock) = (Signer::from_env(env)?, Clock::from_env(env)?);
    let lines = usize::try_from(line.over.lines)?.min(line.bench.world.doctors.len());
    let doctors = &line.bench.world.doctors[..lines];
    let people = world::accounts(&signer, &clock, usize::try_from(line.over.sockets)?, 1)?;
    let clerk = world::accounts(&signer, &clock, 1, 1)?.remove(0);
    world::write_accounts(&line.bench.pool, &people, clock.now()).await?;
    world::write_accounts(&line.bench.pool, std::slice::from_ref(&clerk), clock.now()).await?;
    lines_store::employ(&line.bench.pool, clerk.id, doctors).await?;
    eprintln!("  {} take a number, {lines} lines ...", people.len());
    let mut moving = Vec::new();
    for (index, tickets) in take_all(line, &targets, &people, lines).await?.into_iter().enumerate()
    {
        let desk = Desk::open(targets.http_of(index), &clerk.token, doctors[index]).await?;
        moving.push(Moving { desk, tickets: tickets.into_iter() });
    }
    let pushes = Arc::new(Pushes::new(clock));
    let sockets = Sockets::open(&notifier.http, &people, &pushes, AT_ONCE).await?;
    let mut figures = WaitingFigures { sockets: people.len(), lines, ..WaitingFigures::default() };
    figures.rss_idle_mib = memory::resident_mib(notifier.pid);
    let length = line.length.max(SHORTEST);
    let mut untold = 0;
    let screen = Screen::open(&notifier.http, &clerk.token, true).await?;
    let quick = pass(&mut moving, &pushes, length, &mut untold).await?;
    drop(screen);
    let closed_before = screens::too_slow(&notifier).await;
    let screen = Screen::open(&notifier.http, &clerk.token, false).await?;
    let slow = pass(&mut moving, &pushes, length, &mut untold).await?;
    figures.slow_closed = screens::too_slow(&notifier).await - closed_before;
    drop((screen, sockets));
    figures.rss_most_mib = memory::most_mib(notifier.pid);
    figures.fill(&quick, &slow);
    eprintln!("  {figures}");
    ended(line, figures, untold, length).await
}

async fn ended(
    line: &Line<'_>,
    figures: WaitingFigures,
    untold: u64,
    length: Duration,
) -> Result<Row, Failure> {
    let (layout, end) = (Layout::present(&line.bench.env), Inspection::of(&line.bench).await?);
    eprintln!("  {end}");
    let lines = lines_store::read(&line.bench.pool, "ticket", &line.bench.world.doctors).await?;
    Ok(Row {
        load: "line_sockets".to_owned(),
        committed_per_s: tenth(figures.pushes as f64 / length.as_secs_f64()),
        baseline_kind: "none".to_owned(),
        told_p50_ms: figures.push_ms[0],
        told_p99_ms: figures.push_ms[1],
        workers: layout.workers,
        batch: layout.batch,
        double: lines.uneven,
        untold,
        audit: end.audit,
        line_sockets: Some(figures),
        ..Row::default()
    })
}

/// Everybody takes a number; the tickets of each line by their numbers. In another order a call would pass over who is not
/// there yet, and a ticket that was passed over has another revision.
async fn take_all(
    line: &Line<'_>,
    targets: &Targets,
    people: &[Account],
    lines: usize,
) -> Result<Vec<Vec<Uuid>>, Failure> {
    let doctors = &line.bench.world.doctors;
    let mut connections = Vec::new();
    for index in 0..AT_ONCE {
        connections.push(Connection::open(targets.http_of(index)).await?);
    }
    let takers = connections.into_iter().enumerate().map(|(first, mut connection)| async move {
        let mut tickets = Vec::new();
        for (index, account) in people.iter().enumerate().skip(first).step_by(AT_ONCE) {
            let address = targets.http_of(first);
            let body = format!(r#"{{"doctor_id":"{}"}}"#, doctors[index % lines]);
            let key = format!("waiting-{}", Uuid::now_v7().simple());
            let post = calls::post(address, &account.token, "/v1/receptions", &key, &body);
            let answer = connection.exchange(&post).await?;
            let (number, ticket) = numbered(answer.body)
                .ok_or_else(|| format!("no ticket: {} {}", answer.status, answer.body))?;
            tickets.push((index % lines, number, ticket.uuid()));
        }
        Ok::<_, Failure>(tickets)
    });
    let mut all: Vec<_> = stream::iter(takers).buffer_unordered(AT_ONCE).try_concat().await?;
    all.sort_unstable();
    let mut of_lines = vec![Vec::new(); lines];
    for (line, _, ticket) in all {
        of_lines[line].push(ticket);
    }
    Ok(of_lines)
}

/// The lines move for so long, a command a second each; what was pushed meanwhile. Each confirmed command is told to its
/// patient, and what was not told is added to `untold`.
async fn pass(
    moving: &mut Vec<Moving>,
    pushes: &Arc<Pushes>,
    length: Duration,
    untold: &mut u64,
) -> Result<Counts, Failure> {
    let (started, lines) = (Instant::now(), u32::try_from(moving.len())?.max(1));
    pushes.count(true);
    let mut running = JoinSet::new();
    for (turn, one) in (0..).zip(moving.drain(..)) {
        running.spawn(work(one, started + PACE / lines * turn, started + length));
    }
    let mut commands = 0;
    while let Some(ended) = running.join_next().await {
        let (one, count) = ended??;
        moving.push(one);
        commands += count;
    }
    let since = Instant::now();
    while pushes.notices() < commands && since.elapsed() < LAST {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pushes.count(false);
    let counts = pushes.take();
    *untold += u64::try_from(commands.saturating_sub(counts.notices.len()))?;
    Ok(counts)
}

/// One line's desk, until the time is over: a ticket is there, is called, is done.
async fn work(
    mut one: Moving,
    first: Instant,
    deadline: Instant,
) -> Result<(Moving, usize), Failure> {
    let (mut commands, mut due) = (0, first);
    // Three commands belong together, or the next pass would begin in the midst of a ticket.
    while due + PACE * 3 <= deadline {
        let Some(ticket) = one.tickets.next() else { break };
        let mut revision = 1;
        for step in ["arrive", "next", "done"] {
            tokio::time::sleep_until(due.into()).await;
            let after = match step {
                "next" => one.desk.next().await?,
                step => one.desk.step(ticket, revision, step).await?,
            };
            let after = after.ticket()?;
            revision = after["revision"].as_u64().unwrap_or(revision);
            commands += 1;
            due = (due + PACE).max(Instant::now());
        }
    }
    Ok((one, commands))
}
