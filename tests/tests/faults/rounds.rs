//! A round: load, faults, everything mended, every request at its end, then the judge.

use docde_tests::history::rows::Request;
use docde_tests::history::{Action, Rows, judge};
use domain::people::TIMER;
use platform::Failure;
use serde_json::Value;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::clients::Clients;
use crate::plan::Fault;
use crate::scene::Scene;
use crate::wait::until;
use crate::watch::Watch;

/// For reports, late copies and last frames, once everybody has an answer.
const SETTLING: Duration = Duration::from_secs(40);

/// Plays one round; what does not hold afterwards.
pub async fn play(
    scene: &mut Scene,
    clients: &mut Clients,
    faults: &[Fault],
) -> Result<(Rows, Vec<String>), Failure> {
    clients.go();
    scene.flowing().await?;
    for fault in faults {
        let from = Instant::now();
        scene.carry_out(*fault).await.map_err(|error| format!("{fault:?}: {error}"))?;
        println!("    {fault:?}: {:.1} s", from.elapsed().as_secs_f64());
    }
    let all_answered = clients.rest().await?;
    let mut violations = std::mem::take(&mut scene.violations);
    violations.extend(scene.fleet.fallen());
    if all_answered {
        violations.extend(settled(scene).await);
    } else {
        violations.push(
            "clients still waited for an answer or an outcome when all was mended".to_owned(),
        );
    }
    let (rows, found) = judged(scene).await?;
    violations.extend(found);
    Ok((rows, violations))
}

/// The rows of one moment and what the judge finds in them. If something fell due between these rows and the last frame, one is
/// ahead of the other: then both are looked at anew.
async fn judged(scene: &Scene) -> Result<(Rows, Vec<String>), Failure> {
    loop {
        let rows = Rows::read(&scene.stage.pool).await?;
        let mut found: Vec<String> = all_told(scene).await.err().into_iter().collect();
        found.extend(scene.journal.look(|history| judge(history, &rows)));
        let events =
            scene.partitions("SELECT CAST(COUNT(*) AS UNSIGNED) FROM partition_event").await?;
        if found.is_empty() || events == rows.events.len() as u64 {
            return Ok((rows, found));
        }
    }
}

/// Waits until every frame has come; the error says that they did not.
async fn all_told(scene: &Scene) -> Result<(), String> {
    let told = until("every outcome and notice to be told on a socket", SETTLING, async || {
        // Nobody listens for what falls due: its account is `domain::people::TIMER`.
        let events = scene
            .partitions(
                "SELECT CAST(COUNT(*) AS UNSIGNED) FROM partition_event WHERE kind IN ('outcome', 'notice')
                 AND account_id <> UNHEX('0D0CDE00000080008000000000000002')",
            )
            .await
            .ok()?;
        (scene.journal.framed_so_far() as u64 >= events).then_some(())
    });
    told.await.map_err(|error| error.to_string())
}

/// Waits until the audit is green and every frame has come; what was missing if they never were.
async fn settled(scene: &Scene) -> Vec<String> {
    let told = all_told(scene).await;
    let mut last = String::new();
    let audit = until("a green audit", SETTLING, async || {
        let (good, text) =
            scene.stage.try_docde(&scene.settings, &["audit", "--json"]).await.ok()?;
        last = text;
        good.then_some(())
    })
    .await;
    let audit = audit.err().map(|error| format!("{error}: {}", red(&last)));
    told.err().into_iter().chain(audit).collect()
}

/// The audit's checks that do not hold, or all that it printed if that is not JSON.
fn red(text: &str) -> String {
    let report: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(checks) = report["checks"].as_array() else { return text.to_owned() };
    checks
        .iter()
        .filter(|check| check["ok"] != true)
        .map(|check| format!("{} {}", check["name"], check["detail"]))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Steps of tickets after they were made.
fn stepped(rows: &Rows) -> u64 {
    rows.steps.iter().filter(|step| step.before.is_some()).count() as u64
}

fn undone(rows: &Rows) -> u64 {
    rows.steps.iter().filter(|step| step.reason.as_deref() == Some("undone")).count() as u64
}

/// Times that were held, and those of them that were booked.
fn held(scene: &Scene, rows: &Rows) -> [u64; 2] {
    let confirmed = |which: &dyn Fn(&Action) -> bool| {
        let of = requests(scene, rows, which).into_iter();
        of.filter(|row| row.state == "confirmed").count() as u64
    };
    [
        confirmed(&|action| matches!(action, Action::Hold { .. })),
        confirmed(&|action| matches!(action, Action::BookHeld { .. })),
    ]
}

/// Hours that were closed, bookings that ended with them, and who was told that a time is closed.
fn closed(rows: &Rows) -> [u64; 3] {
    let ended = rows.closings.iter().map(|(_, closing)| closing.ended).sum();
    let told = |row: &&Request| row.document.contains(r#""code":"CLOSED""#);
    [rows.closings.len() as u64, ended, rows.requests.iter().filter(told).count() as u64]
}

/// Bookings that the desk approved, that it refused, and its answers that came too late.
fn answered(scene: &Scene, rows: &Rows) -> [u64; 3] {
    let of = |wanted: &str, state: &str| {
        let which =
            |action: &Action| matches!(action, Action::StepBooking { step, .. } if *step == wanted);
        let of = requests(scene, rows, &which).into_iter();
        of.filter(|row| row.state == state).count() as u64
    };
    let late = of("approve", "rejected") + of("refuse", "rejected");
    [of("approve", "confirmed"), of("refuse", "confirmed"), late]
}

/// Holds that ended because they were over: by themselves, and when somebody took their time.
fn held_too_long(rows: &Rows) -> [u64; 2] {
    let due = rows.requests.iter().filter(|row| row.account == TIMER.uuid());
    let due: HashSet<Uuid> = due.map(|row| row.id).collect();
    let over = rows.booking_steps.iter().filter(|step| step.reason.as_deref() == Some("hold_over"));
    let (by_themselves, taken): (Vec<_>, Vec<_>) =
        over.partition(|step| due.contains(&step.request));
    [by_themselves.len() as u64, taken.len() as u64]
}

/// Commands about a line that came too late.
fn conflicts(scene: &Scene, rows: &Rows) -> u64 {
    let ours = |row: &&Request| row.document.contains(r#""code":"STATE_CONFLICT""#);
    requests(scene, rows, &|action| action.is_of_line()).into_iter().filter(ours).count() as u64
}

/// Numbers that were asked for by whoever had one.
fn found_again(scene: &Scene, rows: &Rows) -> u64 {
    let makers: HashSet<_> = rows.tickets.iter().map(|ticket| ticket.request).collect();
    let taken = requests(scene, rows, &|action| matches!(action, Action::Take { .. }));
    let again = |row: &&Request| row.state == "confirmed" && !makers.contains(&row.id);
    taken.into_iter().filter(again).count() as u64
}

/// Rows of requests whose action is one of these.
fn requests<'r>(
    scene: &Scene,
    rows: &'r Rows,
    which: &dyn Fn(&Action) -> bool,
) -> Vec<&'r Request> {
    scene.journal.look(|history| {
        let of = |row: &&Request| history.ops.get(&row.id).is_some_and(|op| which(&op.action));
        rows.requests.iter().filter(of).collect()
    })
}

/// What the suite proves nothing without.
pub fn happened(scene: &Scene, watch: &Watch, rows: &Rows) -> Vec<(&'static str, u64)> {
    let ([held, held_and_booked], [over, over_and_taken]) =
        (held(scene, rows), held_too_long(rows));
    let [approved, refused, answered_late] = answered(scene, rows);
    let [closed, ended, told_closed] = closed(rows);
    vec![
        ("closings", closed),
        ("bookings that ended with their time", ended),
        ("refusals of closed time", told_closed),
        ("approvals", approved),
        ("refusals of bookings", refused),
        ("answers that came too late", answered_late),
        ("holds", held),
        ("holds that were booked", held_and_booked),
        ("holds that were over", over + over_and_taken),
        ("kills", scene.counts.kills),
        ("freezes", scene.counts.freezes),
        ("panics", scene.counts.panics),
        ("redeliveries", watch.redelivered()),
        ("stale epochs refused", rows.sum(|part| part.stale_refused)),
        ("duplicates absorbed", rows.sum(|part| part.duplicate)),
        ("tickets", rows.tickets.len() as u64),
        ("steps of tickets", stepped(rows)),
        ("steps taken back", undone(rows)),
        ("conflicts in a line", conflicts(scene, rows)),
        ("tickets found again", found_again(scene, rows)),
    ]
}

/// The round's line.
pub fn line(number: usize, from: Instant, scene: &Scene, watch: &Watch, rows: &Rows) -> String {
    let [ops, accepted] = scene.journal.look(|history| {
        [history.ops.len(), history.ops.values().filter(|op| op.accepted.is_some()).count()]
    });
    let state = |state: &str| rows.requests.iter().filter(|row| row.state == state).count();
    let ([held, held_and_booked], [over, over_and_taken]) =
        (held(scene, rows), held_too_long(rows));
    let [approved, refused, answered_late] = answered(scene, rows);
    let [closed, ended, told_closed] = closed(rows);
    format!(
        "round {number}: {:.0} s, ops {ops}, accepted {accepted}, confirmed {}, rejected {}, \
         holds {held}, holds booked {held_and_booked}, holds over {over}, and taken {over_and_taken}, approved {approved}, refused {refused}, \
         answered too late {answered_late}, closings {closed}, bookings ended by them {ended}, told CLOSED {told_closed}, tickets {}, steps of tickets {}, \
         taken back {}, conflicts in a line {}, found again {}, notices {}, kills {}, freezes {}, stalls {}, redeliveries {}, \
         stale epochs refused {}, duplicates absorbed {}, crash points hit {}, panics {}",
        from.elapsed().as_secs_f64(),
        state("confirmed"),
        state("rejected"),
        rows.tickets.len(),
        stepped(rows),
        undone(rows),
        conflicts(scene, rows),
        found_again(scene, rows),
        rows.events.iter().filter(|event| event.kind == "notice").count(),
        scene.counts.kills,
        scene.counts.freezes,
        scene.counts.stalls,
        watch.redelivered(),
        rows.sum(|part| part.stale_refused),
        rows.sum(|part| part.duplicate),
        scene.counts.crash_points.len(),
        scene.counts.panics,
    )
}
