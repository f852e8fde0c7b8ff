//! Gives back what deleted accounts still have, by commands through the partitions as their own. A request's id comes from the
//! booking and its revision, so whoever sends it again has it done once. The first look comes at once, further ones later and
//! later: a booking may come back from its ticket, or by a step that staff take back, for ten minutes.

use chrono::TimeDelta;
use domain::booking::Cancel;
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{AccountId, BookingId, RequestId, TicketId};
use domain::line::CancelTicket;
use domain::people::Sender;
use domain::time::Timestamp;
use domain::trace::TraceParent;
use futures_util::future::join_all;
use platform::crash;
use platform::retry::Retry;
use std::sync::Arc;
use std::time::Duration;

use super::deletions_store::{self, Due, Left};
use crate::addressed::Addressed;
use crate::handover;
use crate::problem::Problem;
use crate::state::App;

/// How often is looked for accounts that another ingress has deleted, or left in the middle.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Accounts at a time.
const AT_ONCE: u32 = 10;
/// Commands at a time.
const SENT_AT_ONCE: u32 = 100;
/// The second look at an account comes after so long, each further one after twice the time before, up to the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
const MAX_PAUSE: TimeDelta = TimeDelta::minutes(5);
/// From then on nothing comes back: no command from before the deletion is worth deciding, and no step is taken back.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// The task. It ends with the service: what it holds would keep the publisher from ending.
pub(crate) async fn run(app: Arc<App>) {
    let shutdown = app.shutdown.clone();
    tokio::select! {
        () = shutdown.stopping() => {}
        () = go_on(app) => {}
    }
}

async fn go_on(app: Arc<App>) {
    let mut retry = Retry::new("giving back what deleted accounts have");
    loop {
        crash::round("deletions");
        match look(&app).await {
            Ok(0) => {
                retry.worked();
                let deleted = app.rooms.account.deleted.notified();
                let _ = tokio::time::timeout(LOOK_EVERY, deleted).await;
            }
            Ok(_) => retry.worked(),
            Err(error) => tokio::time::sleep(retry.failed(&error)).await,
        }
    }
}

/// Looks at those whose turn it is; how many.
async fn look(app: &Arc<App>) -> sqlx::Result<usize> {
    let now = app.clock.now();
    let due = deletions_store::due(&app.database, now, AT_ONCE).await?;
    for due in &due {
        if deletions_store::claim(&app.database, due, now + pause(due.looks)).await? {
            give_back(app, due, now).await?;
        }
    }
    Ok(due.len())
}

async fn give_back(app: &Arc<App>, due: &Due, now: Timestamp) -> sqlx::Result<()> {
    let account = due.account;
    let mut connection = app.database.acquire().await?;
    let left = deletions_store::left(&mut connection, account, now, SENT_AT_ONCE).await?;
    drop(connection);
    if left.is_empty() && now >= due.at + SETTLED_AFTER {
        return deletions_store::done(&app.database, account, now).await;
    }
    let sending = left.iter().map(|left| send(app, account, left, now));
    // What could not be sent is still there at the next look.
    if let Some(problem) = join_all(sending).await.into_iter().find_map(Result::err) {
        tracing::warn!(cause = problem.cause_text(), "a deleted account's bookings go back later");
    }
    Ok(())
}

async fn send(
    app: &Arc<App>,
    account: AccountId,
    left: &Left,
    now: Timestamp,
) -> Result<(), Problem> {
    let doctor_id = left.doctor;
    let kind: Kind = if left.is_ticket {
        CancelTicket { ticket_id: TicketId::from_uuid(left.id), doctor_id }.into()
    } else {
        Cancel { booking_id: BookingId::from_uuid(left.id), doctor_id }.into()
    };
    let command = Command {
        request_id: RequestId::of_deletion(left.id, left.revision),
        sender: Sender::deleted(account),
        hospital_id: left.hospital,
        accepted_at: now,
        body_hash: BodyHash::of(left.id.as_bytes()),
        replay: false,
        first: false,
        kind,
    };
    let (partition, zone) = (app.partitions.of(left.hospital), left.zone);
    let addressed = Addressed { command, trace: TraceParent::generate(), partition, zone };
    handover::hand_over(Arc::clone(app), Arc::new(addressed), None).await.map(|_| ())
}

fn pause(looks: u32) -> TimeDelta {
    (FIRST_PAUSE * 2_i32.pow(looks.min(12))).min(MAX_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_later_and_later_and_the_last_after_nothing_can_come_back() {
        let seconds = [0, 1, 2, 8, 9, 65_535].map(|looks| pause(looks).num_seconds());
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
        assert!(SETTLED_AFTER > TimeDelta::minutes(10));
    }
}
