//! One batch: a database transaction that begins with the fence and holds inbox, decisions, outcomes, events and
//! ledgers. Either all of it is committed, or nothing of it was ever said.

use domain::command::Command;
use domain::ids::RequestId;
use domain::partition::PartitionId;
use domain::request::State;
use domain::trace::TraceParent;
use platform::guard::{self, Guard};
use platform::{crash, database};
use sqlx::MySqlConnection;
use std::collections::HashMap;
use uuid::Uuid;

use domain::conservation::Ledger;
use domain::known::Unasked;

use crate::Shared;
use crate::deciding::Deciding;
use crate::held_back::{HeldBack, Way};
use crate::ledgers::{Counters, LedgerChanges, Ledgers};
use crate::permits::DecidePermit;
use crate::rooms::{self, Caches, Changed};
use crate::rows::Rows;
use crate::rows_store;
use crate::script_store::Script;
use crate::stamp::Stamp;
use crate::work::Work;
use crate::{held_back_store, inbox_store, ledgers_store, timers_store};

/// An owner's memory of its partition, true as of its last commit.
pub struct PartitionState {
    pub partition: PartitionId,
    pub epoch: u64,
    /// `None`: to be read with the next batch.
    pub ledgers: Option<Ledgers>,
    /// `None`: to be read before the next batch is made.
    pub held: Option<HeldBack>,
    pub caches: Caches,
    /// Held while a batch is decided and written, not while its commit waits for the disk.
    pub permit: DecidePermit,
}

/// What was committed.
pub struct Committed {
    pub rows: Rows,
    pub changed: Changed,
    /// Of its commands.
    pub traces: Vec<TraceParent>,
    pub next_seq: u64,
    /// Commands of the partition that have ever been settled.
    pub settled: u64,
}

/// Why nothing was committed.
#[derive(Debug)]
pub enum BatchError {
    /// Another worker has taken the partition over.
    Stale,
    /// The database is away: wait, keeping the messages.
    Unavailable(sqlx::Error),
    /// Deadlock or lock wait: the same again.
    Again,
    /// A unique key knew better than the facts; its name.
    Clash(String),
    Failed(sqlx::Error),
    /// A rule looked at a fact that nobody had asked for: a fault of the program.
    Unasked(Unasked),
}

impl From<Unasked> for BatchError {
    fn from(unasked: Unasked) -> Self {
        Self::Unasked(unasked)
    }
}

impl From<sqlx::Error> for BatchError {
    fn from(error: sqlx::Error) -> Self {
        if database::is_retryable(&error) {
            Self::Again
        } else if database::is_unavailable(&error) {
            Self::Unavailable(error)
        } else if let Some(key) = database::broken_key(&error) {
            Self::Clash(key)
        } else {
            Self::Failed(error)
        }
    }
}

/// Decides and commits. On any error what is kept is forgotten: it may be what was wrong, and a commit whose answer
/// was lost may have happened.
pub async fn commit(
    shared: &Shared,
    state: &mut PartitionState,
    work: &Work<'_>,
) -> Result<Committed, BatchError> {
    let result = try_commit(shared, state, work).await;
    // Whatever became of the commit: what it changes is read anew.
    shared.directory.forget(state.caches.take_unsettled());
    match result {
        Ok((committed, ledgers, counters)) => {
            if let Some(kept) = &mut state.ledgers {
                kept.apply((ledgers, counters));
            }
            if let Some(held) = &mut state.held {
                held.keep(&committed.rows);
            }
            state.caches.keep(&committed.changed);
            Ok(committed)
        }
        Err(error) => {
            state.ledgers = None;
            state.held = None;
            state.caches.clear();
            Err(error)
        }
    }
}

type Changes = (Committed, HashMap<Uuid, Ledger>, Counters);

async fn try_commit(
    shared: &Shared,
    state: &mut PartitionState,
    work: &Work<'_>,
) -> Result<Changes, BatchError> {
    let partition = state.partition;
    let mut transaction = shared.pool.begin().await?;
    let fence = ledgers_store::fence(&mut transaction, partition).await?;
    if fence.epoch != state.epoch && !guard::is_off(Guard::Epoch) {
        return Err(BatchError::Stale);
    }
    let ledgers = match &mut state.ledgers {
        Some(ledgers) => ledgers,
        unread => unread.insert(ledgers_store::load(&mut transaction, partition).await?),
    };
    let now = shared.clock.now().max(fence.clock);
    let doubted = if guard::is_off(Guard::Inbox) { Vec::new() } else { work.doubted() };
    let seen = inbox_store::seen(&mut transaction, &doubted).await?;
    let held = match &mut state.held {
        Some(held) => held,
        unread => unread.insert(held_back_store::load(&mut transaction, partition).await?),
    };
    let first_place = held.next_place();
    let is_open = |id: &RequestId| seen.get(id).is_none_or(|seen| seen.state == State::Parked);
    let undecided = |id: &RequestId| !seen.contains_key(id);
    let ways = held.ways(&work.items, undecided, |hospital| shared.levers.admission(hospital));
    let commands: Vec<_> =
        to_decide(work, &ways).filter(|command| is_open(&command.request_id)).collect();
    let mut facts =
        rooms::load(&mut transaction, &shared.directory, &mut state.caches, &commands, now).await?;
    facts.pauses = shared.levers.pauses(partition);
    let ledger_changes = LedgerChanges::of(ledgers);
    let mut deciding = Deciding::new(now, fence.next_seq, seen, facts, ledger_changes);
    work.items.iter().zip(ways).try_for_each(|(item, way)| deciding.take(item, way))?;
    deciding.close()?;
    work.heard.iter().for_each(|message| deciding.ledgers.heard(message));

    let stamp = Stamp { partition, epoch: state.epoch, at: now };
    let room_changes = deciding.rows.rooms.changed(&deciding.facts, &state.caches)?;
    let counters = deciding.ledgers.counters;
    write_shared(&mut transaction, stamp, &deciding.rows, first_place).await?;
    let mut script = Script::default();
    rows_store::events(&mut script, stamp, &deciding.rows.events);
    timers_store::write(&mut script, stamp, &deciding.rows);
    rooms::write(&mut script, stamp, &deciding.rows.rooms, &room_changes);
    ledgers_store::save(&mut script, (partition, now), ledgers, &deciding.ledgers.changed);
    let seqs = (deciding.next_seq, shared.outcome_publisher.published(partition));
    ledgers_store::advance(&mut script, partition, seqs, now, counters);
    script.run(&mut transaction).await?;
    rooms::write_last(&mut transaction, &deciding.rows.rooms).await?;
    crash::point("before_commit");
    state.caches.note_unsettled(&room_changes);
    state.permit = None;
    transaction.commit().await?;
    crash::point("after_commit");
    if !deciding.rows.held_back.is_empty() {
        crash::point("held_back");
    }
    let (settled, next_seq) = (counters.received, deciding.next_seq);
    let traces = work.items.iter().filter_map(|item| item.frame.trace).collect();
    let committed =
        Committed { rows: deciding.rows, changed: room_changes, traces, next_seq, settled };
    Ok((committed, deciding.ledgers.changed, counters))
}

/// Those whose rules are asked, and so whose facts are read.
fn to_decide<'w>(work: &'w Work<'_>, ways: &'w [Way]) -> impl Iterator<Item = &'w Command> {
    let decided = work.items.iter().zip(ways).filter(|(_, way)| **way == Way::Decide);
    decided.filter_map(|(item, _)| item.frame.command.as_ref().ok())
}

/// Writes what the shared part has as prepared statements. What is held back gets places from `first_place` on.
async fn write_shared(
    connection: &mut MySqlConnection,
    stamp: Stamp,
    rows: &Rows,
    first_place: u64,
) -> Result<(), sqlx::Error> {
    rows_store::close_parked(connection, stamp, &rows.requests).await?;
    for letter in &rows.dead_letters {
        rows_store::dead_letter(connection, stamp, letter).await?;
    }
    rows_store::requests(connection, stamp, &rows.requests).await?;
    held_back_store::remove(connection, stamp.partition, &rows.no_longer_held).await?;
    held_back_store::add(connection, stamp, (first_place, &rows.held_back)).await
}
