//! What desks know of the lines: the tickets that were shown to them, as they were told last, and who was called. Others
//! change them meanwhile, so much of it is old; refusals bring it up to date.

use docde_tests::Chance;
use docde_tests::history::Action;
use docde_tests::history::rows::LIVE;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Live tickets of a line from which on its desk adds no walk-ins.
const LONG: usize = 24;
/// Steps that a desk remembers, to take one back.
const STEPS: usize = 6;

/// All lines, known to all desks.
#[derive(Default)]
pub struct Lobby(Mutex<HashMap<Uuid, Line>>);

#[derive(Default)]
struct Line {
    /// Status and revision.
    tickets: BTreeMap<Uuid, (String, u32)>,
    last_called: Option<Uuid>,
    calls: u64,
    /// Ticket and request, the latest first.
    steps: VecDeque<(Uuid, Uuid)>,
}

impl Lobby {
    /// What a desk does next in the doctor's line: one press, or two at once.
    pub fn choose(&self, chance: &mut Chance, doctor: Uuid) -> Vec<Action> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry(doctor).or_default();
        let walk_in = Action::WalkIn { doctor, phone: chance.percent(30) };
        match chance.below(100) {
            0..18 if line.tickets.len() < LONG => vec![walk_in],
            18..40 => {
                let (after, calls) = (line.last_called, line.calls);
                let next = Action::Next { doctor, after, calls };
                vec![next; if chance.percent(20) { 2 } else { 1 }]
            }
            40..50 if !line.steps.is_empty() => {
                let (ticket, undone) = line.steps[chance.below(line.steps.len())];
                vec![Action::Undo { doctor, ticket, undone }]
            }
            _ => vec![line.step(chance, doctor).unwrap_or(walk_in)],
        }
    }

    /// Takes in what became of an action.
    pub fn hear(&self, action: &Action, request: Uuid, document: &Value) {
        let outcome = &document["outcome"];
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(doctor) = id(&outcome["ticket"]["doctor_id"]) {
            lines.entry(doctor).or_default().confirmed(action, request, &outcome["ticket"]);
        } else if let Action::Step { doctor, ticket, .. } | Action::Undo { doctor, ticket, .. } =
            action
        {
            let ticket = id(&outcome["ticket_id"]).unwrap_or(*ticket);
            let status = outcome["current"].as_str().unwrap_or_default();
            lines.entry(*doctor).or_default().see(ticket, status, &outcome["revision"]);
        } else if let (Action::Next { doctor, .. }, Some("called")) =
            (action, outcome["current"].as_str())
        {
            let line = lines.entry(*doctor).or_default();
            line.last_called = id(&outcome["ticket_id"]);
            line.calls = outcome["calls"].as_u64().unwrap_or_default();
        }
    }
}

impl Line {
    fn confirmed(&mut self, action: &Action, request: Uuid, ticket: &Value) {
        let Some(id) = id(&ticket["id"]) else { return };
        self.see(id, ticket["status"].as_str().unwrap_or_default(), &ticket["revision"]);
        if action.is_of_desk() {
            self.steps.push_front((id, request));
            self.steps.truncate(STEPS);
        }
        match action {
            // Another desk may know of later calls already.
            Action::Next { calls, .. } if self.calls <= *calls => {
                (self.last_called, self.calls) = (Some(id), calls + 1);
            }
            Action::Step { step: "call", .. } => {
                (self.last_called, self.calls) = (Some(id), self.calls + 1);
            }
            _ => {}
        }
    }

    fn see(&mut self, ticket: Uuid, status: &str, revision: &Value) {
        let Some(revision) = revision.as_u64().and_then(|n| u32::try_from(n).ok()) else { return };
        if self.tickets.get(&ticket).is_some_and(|(_, known)| *known > revision) {
            return;
        }
        if LIVE.contains(&status) || status == "noshow" {
            self.tickets.insert(ticket, (status.to_owned(), revision));
        } else {
            self.tickets.remove(&ticket);
        }
    }

    /// A step that the ladder has, as far as the desk knows.
    fn step(&mut self, chance: &mut Chance, doctor: Uuid) -> Option<Action> {
        let known: Vec<Uuid> = self.tickets.keys().copied().collect();
        if known.is_empty() {
            return None;
        }
        let ticket = *chance.pick(&known);
        let (status, revision) = self.tickets.get(&ticket)?.clone();
        let steps: &[&'static str] = match status.as_str() {
            "booked" => &["arrive", "arrive", "arrive", "arrive", "hold", "noshow", "cancel"],
            "arrived" => &["call", "hold", "urgent", "noshow", "cancel"],
            "checked_in" => &["done", "done", "done", "done", "skip", "return", "noshow"],
            "waitlist" => &["return", "return", "noshow", "cancel"],
            _ => {
                // Who was missed comes late or never.
                self.tickets.remove(&ticket);
                &["arrive"]
            }
        };
        Some(Action::Step { doctor, ticket, revision, step: steps[chance.below(steps.len())] })
    }
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
