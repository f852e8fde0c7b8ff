//! What a batch will write of lines, gathered while it decides: the net effect on each ticket and line, and every step of
//! a ticket's ladder.

use domain::command::Command;
use domain::directory::DoctorDay;
use domain::event::Notice;
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId, RequestId, TicketId};
use domain::known::Unasked;
use domain::line::pace::{Grade, Pace};
use domain::line::{
    Facts, Happened, LineChange, LineDay, LineEvent, LineRule, NoShowRule, Ticket, TicketChange,
};
use domain::people;
use domain::time::Timestamp;
use std::collections::BTreeMap;

/// A row of `ticket_change`: a step of a ticket's ladder.
#[derive(Clone, Debug)]
pub struct TicketChangeRow {
    pub change: TicketChange,
    pub actor: AccountId,
    pub request: RequestId,
}

/// A row of `no_show_rule`.
#[derive(Clone, Copy, Debug)]
pub struct NoShowRuleRow {
    pub rule: NoShowRule,
    pub actor: AccountId,
    pub request: RequestId,
}

/// A row of `no_show_lift`.
#[derive(Clone, Copy, Debug)]
pub struct LiftRow {
    pub hospital: HospitalId,
    pub patient: PatientId,
    pub actor: AccountId,
    pub request: RequestId,
}

/// A row of `line_rule`.
#[derive(Clone, Copy, Debug)]
pub struct LineRuleRow {
    pub rule: LineRule,
    pub actor: AccountId,
    pub request: RequestId,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Rows {
    pub changes: Vec<TicketChangeRow>,
    /// Tickets that the batch makes, as they stand after it.
    pub made: BTreeMap<TicketId, Ticket>,
    /// Tickets that the database has, as they stand after the batch.
    pub changed: BTreeMap<TicketId, Ticket>,
    pub no_show_rules: Vec<NoShowRuleRow>,
    pub lifts: Vec<LiftRow>,
    /// Rules of hospitals, revision after revision.
    pub rules: Vec<LineRuleRow>,
    /// What the batch does to lines, change after change, and whose hospital each is of.
    pub happened: BTreeMap<DoctorDay, (HospitalId, Vec<Happened>)>,
    /// Doctors' figures, as they stand after the batch.
    pub paces: BTreeMap<DoctorId, Pace>,
    pub grades: Vec<Grade>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn take(
        &mut self,
        change: &LineChange,
        command: &Command,
        people: &people::Facts,
    ) -> Result<(), Unasked> {
        if let Some((day, happened)) = Happened::of(change, people)? {
            let of_day = self.happened.entry(day);
            of_day.or_insert_with(|| (command.hospital_id, Vec::new())).1.push(happened);
        }
        let (actor, request) = (command.sender.caller, command.request_id);
        let change = match change {
            LineChange::Ticket(change) => change,
            // Its day's line is written whole; a booking's own rows tell of it.
            LineChange::Reception(_) | LineChange::Attendance(_) => return Ok(()),
            LineChange::Noted(ticket) => {
                self.note(ticket);
                return Ok(());
            }
            LineChange::Pace(change) => {
                self.paces.insert(change.doctor, change.pace.clone());
                self.grades.extend(change.grade);
                return Ok(());
            }
            LineChange::NoShowRule(rule) => {
                self.no_show_rules.push(NoShowRuleRow { rule: *rule, actor, request });
                return Ok(());
            }
            LineChange::NoShowsLifted(hospital, patient) => {
                let (hospital, patient) = (*hospital, *patient);
                self.lifts.push(LiftRow { hospital, patient, actor, request });
                return Ok(());
            }
            LineChange::Rule(rule) => {
                self.rules.push(LineRuleRow { rule: *rule, actor, request });
                return Ok(());
            }
        };
        let ticket = &change.after;
        let is_new = change.before.is_none() || self.made.contains_key(&ticket.id);
        let tickets = if is_new { &mut self.made } else { &mut self.changed };
        tickets.insert(ticket.id, ticket.clone());
        self.changes.push(TicketChangeRow { change: (**change).clone(), actor, request });
        Ok(())
    }

    fn note(&mut self, ticket: &Ticket) {
        let is_new = self.made.contains_key(&ticket.id);
        let tickets = if is_new { &mut self.made } else { &mut self.changed };
        tickets.insert(ticket.id, ticket.clone());
    }

    /// Lines that the batch changes.
    pub fn days(&self) -> impl Iterator<Item = DoctorDay> {
        self.happened.keys().copied()
    }

    /// One event a line.
    pub fn events(&self, facts: &Facts, now: Timestamp) -> Result<Vec<Notice>, Unasked> {
        let event = |(day, (hospital, changes)): (&DoctorDay, &(HospitalId, Vec<Happened>))| {
            let paced = self.paces.contains_key(&day.0);
            let event = LineEvent::of(facts, *day, *hospital, changes.clone(), paced, now)?;
            Ok(event.notice(*day))
        };
        self.happened.iter().map(event).collect()
    }
}

/// Lines that a batch changed, as they stand after it.
#[derive(Debug, Default)]
pub struct ChangedLines(pub Vec<(DoctorDay, LineDay)>);

impl ChangedLines {
    /// Of these days, whose lines are now as `facts` say.
    pub fn of(days: impl Iterator<Item = DoctorDay>, facts: &Facts) -> Result<Self, Unasked> {
        let changed = days.map(|day| {
            let line = facts.lines.get(&day)?.ok_or(Unasked("a doctor's line"))?;
            Ok((day, line.day))
        });
        changed.collect::<Result<_, Unasked>>().map(Self)
    }
}
