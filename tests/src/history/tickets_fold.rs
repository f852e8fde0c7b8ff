//! The outcomes about lines, taken one after the other in the order of the events, with the recorded steps of tickets: each
//! confirmed command has its step, no other step is there, what was told is how the ticket stood then, and who was refused
//! was told the truth. At the end the tickets are as the steps have left them.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use super::rows::{LIVE, Ticket, TicketStep};
use super::{Action, History, Op, Rows};

/// A ticket as its steps have left it so far.
pub(super) struct Present<'r> {
    pub row: &'r Ticket,
    pub status: &'r str,
    pub revision: u32,
    /// The last step: its request, what was before it, and when.
    pub by: Uuid,
    pub before: Option<&'r str>,
    pub at: Option<DateTime<FixedOffset>>,
    /// The last step called it, or took a call back.
    of_call: bool,
}

impl Present<'_> {
    pub fn is_live(&self) -> bool {
        LIVE.contains(&self.status)
    }
}

/// A ticket as an outcome shows it.
struct Told {
    id: Uuid,
    status: String,
    revision: u32,
    number: u32,
}

pub(super) struct Lines<'r> {
    rows: HashMap<Uuid, &'r Ticket>,
    pub present: BTreeMap<Uuid, Present<'r>>,
    /// Calls of a doctor's day so far, and calls that were taken back.
    pub calls: HashMap<(Uuid, NaiveDate), u64>,
}

/// One decided request with the steps that it made.
pub(super) struct Decided<'r> {
    request: Uuid,
    op: Option<&'r Op>,
    pub document: Value,
    steps: Vec<&'r TicketStep>,
}

impl Decided<'_> {
    pub fn at(&self) -> Option<DateTime<FixedOffset>> {
        DateTime::parse_from_rfc3339(self.document["decided_at"].as_str()?).ok()
    }
}

/// All partitions, each in its order; a line belongs to one.
pub fn fold(history: &History, rows: &Rows) -> Vec<String> {
    let documents: HashMap<Uuid, &str> =
        rows.requests.iter().map(|row| (row.id, row.document.as_str())).collect();
    let mut steps: HashMap<Uuid, Vec<&TicketStep>> = HashMap::new();
    for step in &rows.steps {
        steps.entry(step.request).or_default().push(step);
    }
    let mut lines = Lines {
        rows: rows.tickets.iter().map(|row| (row.id, row)).collect(),
        present: BTreeMap::new(),
        calls: HashMap::new(),
    };
    let mut faults = Vec::new();
    for event in rows.events.iter().filter(|event| event.kind == "outcome") {
        let document = documents.get(&event.request).copied().unwrap_or_default();
        let decided = Decided {
            request: event.request,
            op: history.ops.get(&event.request),
            document: serde_json::from_str(document).unwrap_or_default(),
            steps: steps.remove(&event.request).unwrap_or_default(),
        };
        if let Err(fault) = lines.decided(&decided) {
            let (partition, seq) = (event.partition, event.seq);
            faults.push(format!("p{partition:02} {seq} {}: {fault}", event.request));
        }
    }
    faults.extend(steps.keys().map(|request| format!("steps of {request}, which has no outcome")));
    faults.extend(rows.tickets.iter().filter_map(|row| lines.compare(row)));
    faults
}

impl<'r> Lines<'r> {
    fn decided(&mut self, decided: &Decided<'r>) -> Result<(), String> {
        let action = decided.op.map(|op| &op.action).filter(|action| action.is_of_line());
        if decided.document["outcome"]["type"] != "confirmed" {
            if !decided.steps.is_empty() {
                return Err(format!("made {} steps and was not confirmed", decided.steps.len()));
            }
            return action.map_or(Ok(()), |action| self.refused(action, decided));
        }
        let Some(action) = action else {
            let ours = decided.op.is_some() && !decided.steps.is_empty();
            return if ours {
                Err("steps of a ticket by a booking".to_owned())
            } else {
                self.take(decided)
            };
        };
        let undone = self.is_undone(action);
        self.take(decided)?;
        let told =
            told(&decided.document["outcome"]["ticket"]).ok_or("confirmed without a ticket")?;
        let now = self.present.get(&told.id).ok_or("a ticket that no step has made")?;
        if (now.status, now.revision, now.row.number) != (&told.status, told.revision, told.number)
        {
            return Err(format!(
                "told {} in revision {}, was {} in revision {}",
                told.status, told.revision, now.status, now.revision
            ));
        }
        if matches!(action, Action::Undo { .. }) && undone != Some(told.status.as_str()) {
            return Err(format!("taken back to {}, was {undone:?} before", told.status));
        }
        self.confirmed(action, &told, decided)
    }

    /// What is before the step that is to be taken back, if that is the ticket's last one.
    fn is_undone(&self, action: &Action) -> Option<&'r str> {
        let Action::Undo { ticket, undone, .. } = action else { return None };
        let now = self.present.get(ticket).filter(|now| now.by == *undone)?;
        Some(now.before.unwrap_or("made"))
    }

    /// Takes in the steps of a request: each goes on from where its ticket stands.
    fn take(&mut self, decided: &Decided<'r>) -> Result<(), String> {
        let at = decided.at();
        for step in &decided.steps {
            let row = *self.rows.get(&step.ticket).ok_or("a step of no ticket")?;
            let was = self.present.get(&step.ticket);
            let before = was.map(|was| (was.status, was.revision + 1));
            let due = step.before.as_deref().map(|before| (before, step.revision));
            if before != due || (due.is_none() && step.revision != 1) {
                return Err(format!("{step:?} where {before:?} is due"));
            }
            let of_call = match step.reason.as_deref() {
                // What takes a step back does to calls what that did.
                Some("undone") => was.is_some_and(|was| was.of_call),
                _ => step.after == "checked_in" && step.before.as_deref() != Some("checked_in"),
            };
            *self.calls.entry((row.doctor, row.day)).or_default() += u64::from(of_call);
            let (status, revision, by) = (step.after.as_str(), step.revision, decided.request);
            let before = step.before.as_deref();
            let present = Present { row, status, revision, by, before, at, of_call };
            self.present.insert(step.ticket, present);
        }
        Ok(())
    }

    /// The steps are those that the command asks for, and no others.
    fn confirmed(&self, action: &Action, told: &Told, decided: &Decided<'r>) -> Result<(), String> {
        let (own, others): (Vec<&TicketStep>, Vec<&TicketStep>) =
            decided.steps.iter().copied().partition(|step| step.ticket == told.id);
        let asked = match action {
            Action::Take { doctor } | Action::WalkIn { doctor, .. } => {
                return self.taken(*doctor, told, &own, decided);
            }
            Action::Leave { ticket } => (*ticket, Some("cancelled")),
            Action::Step { ticket, step, .. } => (*ticket, after(step)),
            Action::Next { .. } => (told.id, Some("checked_in")),
            Action::Undo { ticket, .. } => (*ticket, None),
            _ => return Ok(()),
        };
        let [step] = own[..] else { return Err(format!("{} steps", own.len())) };
        let after_it = asked.1.unwrap_or(step.after.as_str());
        if (step.ticket, step.after.as_str()) != (asked.0, after_it) {
            return Err(format!("{action:?} confirmed by {step:?}"));
        }
        let good = match action {
            Action::Step { revision, .. } => step.revision == revision + 1,
            Action::Next { doctor, calls, .. } => {
                return self.called(*doctor, *calls, step, &others);
            }
            Action::Undo { .. } => step.reason.as_deref() == Some("undone"),
            _ => true,
        };
        if good && others.is_empty() {
            Ok(())
        } else {
            Err(format!("{action:?} confirmed by {step:?} and {others:?}"))
        }
    }

    /// A new ticket, or the live one that the patient had.
    fn taken(
        &self,
        doctor: Uuid,
        told: &Told,
        own: &[&TicketStep],
        decided: &Decided<'r>,
    ) -> Result<(), String> {
        let Some(now) = self.present.get(&told.id) else { return Ok(()) };
        if now.row.doctor != doctor || own.len() != decided.steps.len() {
            return Err(format!("{:?} made steps of others", decided.op));
        }
        let of_patient = |other: &&Present<'_>| {
            let (here, there) = (now.row, other.row);
            here.patient.is_some()
                && (here.patient, here.doctor, here.day) == (there.patient, there.doctor, there.day)
                && other.is_live()
        };
        match (own, self.present.values().filter(of_patient).count()) {
            ([step], 0 | 1) if step.before.is_none() => Ok(()),
            ([], 1) if now.is_live() => Ok(()),
            (_, live) => Err(format!("{live} live tickets of the patient, steps {own:?}")),
        }
    }

    /// Somebody who was there is called, those before are passed over, and nobody else was called by the same press.
    fn called(
        &self,
        doctor: Uuid,
        calls: u64,
        step: &TicketStep,
        others: &[&TicketStep],
    ) -> Result<(), String> {
        let passed = |step: &&TicketStep| {
            step.reason.as_deref() == Some("passed")
                && step.before.as_deref() == Some("booked")
                && matches!(step.after.as_str(), "booked" | "waitlist")
                && self.rows.get(&step.ticket).is_some_and(|row| row.doctor == doctor)
        };
        let here = self.rows.get(&step.ticket).is_some_and(|row| row.doctor == doctor);
        let day = self.rows.get(&step.ticket).map_or(NaiveDate::MIN, |row| row.day);
        if !here || step.before.as_deref() != Some("arrived") || !others.iter().all(passed) {
            return Err(format!("called by {step:?}, passed over {others:?}"));
        }
        let now = self.calls.get(&(doctor, day)).copied().unwrap_or(0);
        if now == calls + 1 { Ok(()) } else { Err(format!("a call after {calls} is number {now}")) }
    }

    fn compare(&self, row: &Ticket) -> Option<String> {
        let now = self.present.get(&row.id).map(|now| (now.status, now.revision));
        let there = Some((row.status.as_str(), row.revision));
        (now != there).then(|| format!("ticket {} is {there:?}, its steps say {now:?}", row.id))
    }
}

fn told(ticket: &Value) -> Option<Told> {
    let number = |name: &str| u32::try_from(ticket[name].as_u64()?).ok();
    Some(Told {
        id: id(&ticket["id"])?,
        status: ticket["status"].as_str()?.to_owned(),
        revision: number("revision")?,
        number: number("number")?,
    })
}

pub(super) fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// What the ticket is after the desk's step; `None`: as before.
fn after(step: &str) -> Option<&'static str> {
    match step {
        "arrive" | "return" | "skip" => Some("arrived"),
        "call" => Some("checked_in"),
        "hold" => Some("waitlist"),
        "done" => Some("fulfilled"),
        "noshow" => Some("noshow"),
        "cancel" => Some("cancelled"),
        _ => None,
    }
}
