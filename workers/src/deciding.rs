//! The decisions of one batch, command after command: echo what was decided before, park what cannot be decided, ask
//! the rules for the rest. Each decision's changes are facts for the next.

use domain::command::{BodyHash, Command};
use domain::decision::{self, Change, Decision};
use domain::event::{Audience, Event, EventKind};
use domain::facts::Facts;
use domain::ids::RequestId;
use domain::known::Unasked;
use domain::outcome::Outcome;
use domain::rejection::Rejection;
use domain::request::State;
use domain::time::Timestamp;
use domain::wire::BadFrame;
use std::collections::HashMap;
use std::sync::Arc;

use crate::held_back::Way;
use crate::inbox_store::SeenRequest;
use crate::ledgers::LedgerChanges;
use crate::rows::{DeadLetterRow, Echo, EventRow, HeldBackRow, RequestRow, Rows, TimerRow};
use crate::work::{Item, Override};

/// A batch that is being decided.
pub struct Deciding<'l> {
    now: Timestamp,
    /// Number of the next event.
    pub next_seq: u64,
    seen: HashMap<RequestId, SeenRequest>,
    pub facts: Facts,
    pub rows: Rows,
    pub ledgers: LedgerChanges<'l>,
}

impl<'l> Deciding<'l> {
    pub fn new(
        now: Timestamp,
        next_seq: u64,
        seen: HashMap<RequestId, SeenRequest>,
        facts: Facts,
        ledgers: LedgerChanges<'l>,
    ) -> Self {
        Self { now, next_seq, seen, facts, rows: Rows::default(), ledgers }
    }

    /// Decides one command, or does with it what its way says.
    ///
    /// # Errors
    /// When a rule looks at a fact that nobody asked for. Then nothing of the batch is written.
    pub fn take(&mut self, item: &Item<'_>, way: Way) -> Result<(), Unasked> {
        // What was held back has arrived before, and was not counted by its end.
        let fresh = match item.held {
            Some(_) if way == Way::Settled => return Ok(()),
            Some(place) => {
                self.rows.no_longer_held.push(place);
                true
            }
            None => self.ledgers.arrive(item.publisher, item.frame.seq),
        };
        let command = match &item.frame.command {
            Ok(command) => command,
            Err(bad) => {
                self.park_unread(item, bad, fresh);
                return Ok(());
            }
        };
        match way {
            Way::Decide | Way::Settled => {}
            Way::Hold => {
                self.hold(item, command);
                return Ok(());
            }
            Way::Absorb => {
                self.ledgers.counters.duplicate += u64::from(fresh);
                return Ok(());
            }
        }
        let seen = self.seen.get(&command.request_id);
        let was_parked = seen.is_some_and(|seen| seen.state == State::Parked);
        if let Some((echo, decided_here)) = self.echo_of(command.request_id) {
            self.ledgers.counters.duplicate += u64::from(fresh);
            // A replay decides what was parked before this batch.
            if decided_here || !(was_parked && command.replay) {
                self.rows.echoes.push(echo);
                return Ok(());
            }
        }
        match &item.settled {
            Some(Override::Park { reason, detail }) => {
                self.park(item, command, reason, detail.clone(), was_parked)
            }
            Some(Override::Reject(code)) => {
                let outcome = Outcome::Rejected(Rejection::new(*code));
                self.record(item, command, Decision::without_change(outcome), was_parked)
            }
            None => {
                let decision = decision::decide(&self.facts, command, self.now)?;
                self.record(item, command, decision, was_parked)
            }
        }
    }

    fn hold(&mut self, item: &Item<'_>, command: &Command) {
        self.rows.held_back.push(HeldBackRow {
            hospital: command.hospital_id,
            request: command.request_id,
            publisher: item.publisher,
            publisher_seq: item.frame.seq,
            trace: item.frame.trace,
            frame: item.frame.line.clone(),
        });
    }

    /// The recorded document of a request that came before, and whether it was this batch that recorded it.
    fn echo_of(&self, request: RequestId) -> Option<(Echo, bool)> {
        let echo = |body_hash, document| Echo { request, body_hash, document };
        if let Some(row) = self.rows.request(request) {
            return Some((echo(row.body_hash, Arc::clone(&row.document)), true));
        }
        let seen = self.seen.get(&request)?;
        Some((echo(seen.body_hash, seen.document.as_str().into()), false))
    }

    fn record(
        &mut self,
        item: &Item<'_>,
        command: &Command,
        decision: Decision,
        was_parked: bool,
    ) -> Result<(), Unasked> {
        self.apply(&decision.changes, command)?;
        let (further, told) = self.facts.follow_up(&decision.changes, self.now)?;
        self.apply(&further, command)?;
        let zone = self.facts.directory.zone(command.hospital_id)?;
        let row = RequestRow::decided(command, &decision.outcome, self.now, zone);
        self.add(item, RequestRow { was_parked, ..row }, command.audience());
        for notice in decision.notices.into_iter().chain(told) {
            let (kind, about) = (EventKind::Notice, Some(command.request_id));
            self.tell(notice.to, kind, about, BodyHash::UNKNOWN, notice.document);
        }
        let hospital = command.hospital_id;
        let timers = decision.timers.into_iter().map(|timer| TimerRow { hospital, timer });
        self.rows.timers.extend(timers);
        for discarded in std::mem::take(&mut self.rows.rooms.discarded) {
            let row = RequestRow::discarded(&discarded, self.now);
            self.seen.remove(&discarded.request);
            self.add(item, row, Audience::Account(discarded.owner));
        }
        Ok(())
    }

    fn apply(&mut self, changes: &[Change], command: &Command) -> Result<(), Unasked> {
        for change in changes {
            self.rows.rooms.take(change, command, &self.facts)?;
            self.facts.apply(change, command.request_id)?;
        }
        Ok(())
    }

    /// All is decided: what the batch as a whole did to lines is told after all else.
    pub fn close(&mut self) -> Result<(), Unasked> {
        for event in self.rows.rooms.events(&self.facts, self.now)? {
            self.tell(event.to, EventKind::Line, None, BodyHash::UNKNOWN, event.document);
        }
        Ok(())
    }

    fn park(
        &mut self,
        item: &Item<'_>,
        command: &Command,
        reason: &'static str,
        detail: String,
        was_parked: bool,
    ) -> Result<(), Unasked> {
        let zone = self.facts.directory.zone(command.hospital_id)?;
        let row = RequestRow::parked(command, self.now, zone);
        let (request, owner) = (Some(command.request_id), Some(command.sender.caller));
        let frame = item.frame.line.clone();
        self.rows.dead_letters.push(DeadLetterRow { request, owner, reason, detail, frame });
        self.add(item, RequestRow { was_parked, ..row }, command.audience());
        Ok(())
    }

    fn park_unread(&mut self, item: &Item<'_>, bad: &BadFrame, fresh: bool) {
        let (request, owner) = (bad.request_id, bad.account_id);
        let known = request.is_some_and(|id| self.echo_of(id).is_some());
        if !known {
            let (reason, detail) = ("undecodable", bad.reason.clone());
            let frame = item.frame.line.clone();
            self.rows.dead_letters.push(DeadLetterRow { request, owner, reason, detail, frame });
        }
        match (request, owner) {
            (Some(id), Some(owner)) if !known => {
                self.add(item, RequestRow::unread(id, owner, self.now), Audience::Account(owner));
            }
            (Some(_), Some(_)) => self.ledgers.counters.duplicate += u64::from(fresh),
            _ => self.ledgers.counters.undecodable += u64::from(fresh),
        }
    }

    /// A request's row, with the event that shows it.
    fn add(&mut self, item: &Item<'_>, mut row: RequestRow, to: Audience) {
        let kind = if row.state.is_final() { EventKind::Outcome } else { EventKind::Parked };
        self.ledgers.counters.count(row.state);
        row.publisher = item.publisher;
        row.publisher_seq = item.frame.seq;
        row.event_seq = self.tell(to, kind, Some(row.id), row.body_hash, Arc::clone(&row.document));
        self.rows.requests.push(row);
    }

    /// An event; its number.
    fn tell(
        &mut self,
        to: Audience,
        kind: EventKind,
        about: Option<RequestId>,
        body_hash: BodyHash,
        document: Arc<str>,
    ) -> u64 {
        let seq = self.next_seq;
        let event = Event { seq, to, kind, about, document };
        self.rows.events.push(EventRow { event, body_hash });
        self.next_seq += 1;
        seq
    }
}
