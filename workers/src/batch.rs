//! One batch: a database transaction that begins with the fence and holds inbox, decisions, outcomes,
//! events and books. Either all of it is committed, or nothing of it was ever said.

use domain::code::Code;
use domain::command::{Command, Kind};
use domain::conservation::Ledger;
use domain::decide::{self, Decision};
use domain::ids::{AccountId, RequestId};
use domain::outcome::{Outcome, Rejection};
use domain::partition::PartitionId;
use domain::request::{self, State};
use domain::time::Timestamp;
use domain::wire::BadFrame;
use domain::world::World;
use platform::{crash, database};
use std::collections::HashMap;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use crate::Shared;
use crate::books::{Books, Counters, Draft};
use crate::facts::{self, Day, Days, DoctorDay};
use crate::rows::{EventRow, LetterRow, RequestRow, Rows};
use crate::store_facts::{self, Seen};
use crate::store_rows::{self, Stamp};
use crate::work::{Force, Item, Work};
use crate::{store_books, store_rows::revise};

/// An owner's memory of its partition, true as of its last commit.
pub struct Desk {
    pub partition: PartitionId,
    pub epoch: u64,
    /// `None`: to be read with the next batch.
    pub books: Option<Books>,
    pub days: Days,
    /// Held while a batch is decided and written, not while its commit waits for the disk.
    pub turn: Turn,
}

/// One of the process's places to decide a batch; none after a long wait, because a partition that is stuck must not
/// hold the others.
pub type Turn = Option<OwnedSemaphorePermit>;

/// What was committed.
pub struct Committed {
    pub rows: Rows,
    pub days: Vec<(DoctorDay, Day)>,
    pub next_seq: u64,
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

/// Decides and commits. On any error what is kept is let go: it may be what was wrong, and a commit whose answer
/// was lost may have happened.
pub async fn commit(
    shared: &Shared,
    desk: &mut Desk,
    work: &Work<'_>,
) -> Result<Committed, BatchError> {
    match try_commit(shared, desk, work).await {
        Ok((committed, changed, counters)) => {
            if let Some(books) = &mut desk.books {
                books.apply((changed, counters));
            }
            for (day, state) in &committed.days {
                desk.days.put(*day, state.clone());
            }
            Ok(committed)
        }
        Err(error) => {
            desk.books = None;
            desk.days.forget();
            Err(error)
        }
    }
}

type Changes = (Committed, HashMap<Uuid, Ledger>, Counters);

async fn try_commit(
    shared: &Shared,
    desk: &mut Desk,
    work: &Work<'_>,
) -> Result<Changes, BatchError> {
    let mut transaction = shared.pool.begin().await?;
    let fence = store_books::fence(&mut transaction, desk.partition).await?;
    if fence.epoch != desk.epoch {
        return Err(BatchError::Stale);
    }
    let books = match &mut desk.books {
        Some(books) => books,
        unread => unread.insert(store_books::load(&mut transaction, desk.partition).await?),
    };
    let now = shared.clock.now().max(fence.clock);
    let seen = store_facts::seen(&mut transaction, &work.doubted()).await?;
    let undecided = |command: &&Command| {
        seen.get(&command.request_id).is_none_or(|seen| !seen.state.is_final())
    };
    let commands: Vec<&Command> = work
        .items
        .iter()
        .filter_map(|item| item.frame.command.as_ref().ok())
        .filter(undecided)
        .collect();
    let world =
        facts::gather(&mut transaction, &shared.directory, &mut desk.days, &commands, now).await?;
    let (rows, draft) = (Rows::default(), Draft::of(books));
    let mut deciding = Deciding { now, next_seq: fence.next_seq, seen, world, rows, draft };
    work.items.iter().for_each(|item| deciding.take(item));
    work.heard.iter().for_each(|message| deciding.draft.heard(message));

    let stamp = Stamp { partition: desk.partition, epoch: desk.epoch, at: now };
    store_rows::write(&mut transaction, stamp, &deciding.rows).await?;
    let days = deciding.changed_days(&desk.days);
    let revised: Vec<_> =
        days.iter().map(|((doctor, day), state)| (*doctor, *day, state.revision)).collect();
    revise(&mut transaction, &revised).await?;
    store_books::save_ledgers(&mut transaction, desk.partition, books, &deciding.draft.changed)
        .await?;
    let seqs = (deciding.next_seq, shared.announcer.published(desk.partition));
    store_books::advance(&mut transaction, desk.partition, seqs, now, deciding.draft.counters)
        .await?;
    store_rows::write_time(&mut transaction, &deciding.rows).await?;
    crash::point("before_commit");
    desk.turn = None;
    transaction.commit().await?;
    crash::point("after_commit");
    let (changed, counters) = deciding.draft.into_changes();
    Ok((Committed { rows: deciding.rows, days, next_seq: deciding.next_seq }, changed, counters))
}

struct Deciding<'b> {
    now: Timestamp,
    next_seq: u64,
    seen: HashMap<RequestId, Seen>,
    world: World,
    rows: Rows,
    draft: Draft<'b>,
}

impl Deciding<'_> {
    fn take(&mut self, item: &Item<'_>) {
        let fresh = self.draft.arrive(item.publisher, item.frame.seq);
        let command = match &item.frame.command {
            Ok(command) => command,
            Err(bad) => return self.park_unread(item, bad, fresh),
        };
        let echo = self
            .rows
            .document_of(command.request_id)
            .map(|(hash, document)| (hash, document.to_owned()));
        let known = self.seen.get(&command.request_id);
        let was_parked = known.is_some_and(|seen| seen.state == State::Parked);
        let echo = echo.or_else(|| known.map(|seen| (seen.body_hash, seen.document.clone())));
        if let Some((hash, document)) = echo {
            self.draft.counters.duplicate += u64::from(fresh);
            if !(was_parked && command.replay)
                || self.rows.document_of(command.request_id).is_some()
            {
                self.rows.echoes.push((command.request_id, hash, document));
                return;
            }
        }
        match (&item.force, &command.kind) {
            (Some(Force::Park { reason, detail }), _) => {
                self.park(item, command, reason, detail.clone(), was_parked);
            }
            (Some(Force::Reject(code)), _) => {
                self.record(item, command, &Decision::rejected(Rejection::new(*code)), was_parked);
            }
            (None, Kind::Discard { target }) => self.discard(item, command, *target),
            (None, _) => {
                let decision = decide::decide(&self.world, command, self.now);
                self.record(item, command, &decision, was_parked);
            }
        }
    }

    fn record(
        &mut self,
        item: &Item<'_>,
        command: &Command,
        decision: &Decision,
        was_parked: bool,
    ) {
        if let Some(change) = &decision.change {
            let days = [change.before(), Some(change.after())];
            self.rows.days.extend(
                days.into_iter().flatten().filter_map(|booking| self.world.day_of(booking)),
            );
            self.world.apply(change, command.request_id);
            self.rows.change(change, command);
        }
        match decision.outcome {
            Outcome::Confirmed(_) => self.draft.counters.confirmed += 1,
            Outcome::Rejected(_) => self.draft.counters.rejected += 1,
            Outcome::Expired => self.draft.counters.expired += 1,
        }
        let document =
            request::decided(command, self.now, &decision.outcome, zone_of(&self.world, command));
        let mut row = RequestRow::decided(command, decision, self.now, document);
        row.was_parked = was_parked;
        // What an operator does to a request is told to its sender by the request itself.
        let account = if matches!(command.kind, Kind::Discard { .. }) {
            AccountId::from_uuid(Uuid::nil())
        } else {
            command.account_id
        };
        self.add(item, row, account, "outcome");
    }

    fn add(
        &mut self,
        item: &Item<'_>,
        mut row: RequestRow,
        account: AccountId,
        kind: &'static str,
    ) {
        row.publisher = item.publisher;
        row.publisher_seq = item.frame.seq;
        row.event_seq = self.next_seq;
        self.rows.events.push(EventRow { seq: self.next_seq, account, kind, request: row.id });
        self.rows.requests.push(row);
        self.next_seq += 1;
    }

    fn park(
        &mut self,
        item: &Item<'_>,
        command: &Command,
        reason: &'static str,
        detail: String,
        was_parked: bool,
    ) {
        let decision = Decision { outcome: Outcome::Expired, change: None };
        let document = request::parked(command, zone_of(&self.world, command));
        let row = RequestRow {
            state: State::Parked,
            was_parked,
            ..RequestRow::decided(command, &decision, self.now, document)
        };
        let (request, account) = (Some(command.request_id), Some(command.account_id));
        self.rows.letters.push(LetterRow {
            request,
            account,
            reason,
            detail,
            frame: item.frame.line.clone(),
        });
        self.add(item, row, command.account_id, "notice");
    }

    fn park_unread(&mut self, item: &Item<'_>, bad: &BadFrame, fresh: bool) {
        let (request, account) = (bad.request_id, bad.account_id);
        let known = request
            .is_some_and(|id| self.seen.contains_key(&id) || self.rows.document_of(id).is_some());
        if !known {
            let letter = LetterRow {
                request,
                account,
                reason: "undecodable",
                detail: bad.reason.clone(),
                frame: item.frame.line.clone(),
            };
            self.rows.letters.push(letter);
        }
        match (request, account) {
            (Some(id), Some(account)) if !known => {
                let row = RequestRow::unread(id, account, self.now);
                self.add(item, row, account, "notice");
            }
            (Some(_), Some(_)) => self.draft.counters.duplicate += u64::from(fresh),
            _ => self.draft.counters.undecodable += u64::from(fresh),
        }
    }

    /// An operator's discard: the parked request is rejected, the operator's own command confirmed.
    fn discard(&mut self, item: &Item<'_>, command: &Command, target: RequestId) {
        let zone = zone_of(&self.world, command);
        let parked = self.seen.get(&target).filter(|seen| seen.state == State::Parked);
        let document = parked.and_then(|seen| {
            Some((
                seen.account,
                seen.body_hash,
                request::discarded(&seen.document, self.now, zone)?,
            ))
        });
        let Some((account, body_hash, document)) = document else {
            return self.record(
                item,
                command,
                &Decision::rejected(Rejection::new(Code::NotFound)),
                false,
            );
        };
        self.record(
            item,
            command,
            &Decision { outcome: Outcome::Confirmed(None), change: None },
            false,
        );
        self.draft.counters.rejected += 1;
        let code = Some(Code::Discarded.as_str());
        let row = RequestRow {
            state: State::Rejected,
            code,
            body_hash,
            was_parked: true,
            ..RequestRow::unread(target, account, self.now)
        };
        self.add(item, RequestRow { document, ..row }, account, "outcome");
        self.seen.remove(&target);
    }

    /// Days with their new revision and taken time.
    fn changed_days(&self, kept: &Days) -> Vec<(DoctorDay, Day)> {
        let state = |day: &DoctorDay| Day {
            revision: kept.get(*day).map_or(0, |before| before.revision) + 1,
            taken: self.world.taken.get(day).cloned().unwrap_or_default(),
        };
        self.rows.days.iter().map(|day| (*day, state(day))).collect()
    }
}

fn zone_of(world: &World, command: &Command) -> domain::time::Zone {
    let doctor = command.kind.doctor_id().and_then(|id| world.doctors.get(&id));
    doctor.map_or(domain::time::UTC, |doctor| doctor.zone())
}
