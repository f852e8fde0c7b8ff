//! What a batch will write of lines, gathered while it decides: the net effect on each ticket and line, and every step of
//! a ticket's ladder.

use domain::command::Command;
use domain::directory::DoctorDay;
use domain::ids::{AccountId, HospitalId, PatientId, RequestId, TicketId};
use domain::known::Unasked;
use domain::line::{Facts, LineChange, LineDay, LineRule, NoShowRule, Ticket, TicketChange};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Lines that the batch changes.
    pub days: BTreeSet<DoctorDay>,
    pub no_show_rules: Vec<NoShowRuleRow>,
    pub lifts: Vec<LiftRow>,
    /// Rules of hospitals, revision after revision.
    pub rules: Vec<LineRuleRow>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn take(&mut self, change: &LineChange, command: &Command) {
        let (actor, request) = (command.sender.caller, command.request_id);
        let change = match change {
            LineChange::Ticket(change) => change,
            LineChange::Reception(change) => {
                self.days.insert(change.day);
                return;
            }
            LineChange::NoShowRule(rule) => {
                self.no_show_rules.push(NoShowRuleRow { rule: *rule, actor, request });
                return;
            }
            LineChange::NoShowsLifted(hospital, patient) => {
                let (hospital, patient) = (*hospital, *patient);
                self.lifts.push(LiftRow { hospital, patient, actor, request });
                return;
            }
            LineChange::Rule(rule) => {
                self.rules.push(LineRuleRow { rule: *rule, actor, request });
                return;
            }
            // The booking's own rows tell of it.
            LineChange::Attendance(_) => return,
        };
        let ticket = &change.after;
        self.days.insert((ticket.doctor_id, ticket.day));
        let is_new = change.before.is_none() || self.made.contains_key(&ticket.id);
        let tickets = if is_new { &mut self.made } else { &mut self.changed };
        tickets.insert(ticket.id, ticket.clone());
        self.changes.push(TicketChangeRow { change: (**change).clone(), actor, request });
    }
}

/// Lines that a batch changed, as they stand after it.
#[derive(Debug, Default)]
pub struct ChangedLines(pub Vec<(DoctorDay, LineDay)>);

impl ChangedLines {
    /// Of these days, whose lines are now as `facts` say.
    pub fn of(days: &BTreeSet<DoctorDay>, facts: &Facts) -> Result<Self, Unasked> {
        let changed = days.iter().map(|day| {
            let line = facts.lines.get(day)?.ok_or(Unasked("a doctor's line"))?;
            Ok((*day, line.day))
        });
        changed.collect::<Result<_, Unasked>>().map(Self)
    }
}
