//! Closed hours, as the desks were told of them: a few at a time, each of which is opened again, now and then by two desks.

use docde_tests::Chance;
use docde_tests::history::Action;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

use crate::actions::ActionPicker;

/// Hours that are closed at the same time.
const MOST: usize = 6;

/// Closings that may be in force, and their doctors. All desks know them.
#[derive(Default)]
pub struct Closings(Mutex<BTreeMap<Uuid, Uuid>>);

impl Closings {
    /// What a desk closes or opens next, if it does.
    pub fn choose(&self, chance: &mut Chance, actions: &ActionPicker) -> Option<Action> {
        if !chance.percent(8) {
            return None;
        }
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<_> = closed.iter().map(|(closing, doctor)| (*closing, *doctor)).collect();
        if known.len() < MOST && (known.is_empty() || chance.percent(60)) {
            let (doctor, (starts_at, ends_at)) = (actions.doctor(chance).id, actions.hour(chance));
            return Some(Action::Close { doctor, starts_at, ends_at });
        }
        let (closing, doctor) = *chance.pick(&known);
        if !chance.percent(20) {
            closed.remove(&closing);
        }
        Some(Action::Open { doctor, closing })
    }

    /// Takes in what became of a closing.
    pub fn hear(&self, outcome: &Value) {
        let closing = &outcome["closing"];
        let id = |name: &str| closing[name].as_str()?.parse::<Uuid>().ok();
        let (Some(closing), Some(doctor), state) = (id("id"), id("doctor_id"), &closing["state"])
        else {
            return;
        };
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state == "closed" {
            closed.insert(closing, doctor);
        } else {
            closed.remove(&closing);
        }
    }
}
