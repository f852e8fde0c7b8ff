//! Bookings that wait for the clinic's approval, as the desks were told of them. Their patients change them meanwhile, and two
//! desks may answer the same one at once.

use docde_tests::Chance;
use docde_tests::history::Action;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// So many are remembered. Patients bring more than desks answer.
const REMEMBERED: usize = 32;

/// All that wait, known to all desks, the latest last: of older ones more were changed meanwhile.
#[derive(Default)]
pub struct InTray(Mutex<VecDeque<Waiting>>);

#[derive(Clone, Copy)]
struct Waiting {
    hospital: Uuid,
    booking: Uuid,
    revision: u32,
}

impl InTray {
    /// What a desk answers next, if it does: one answer, or both of them at once. Now and then the next desk answers it too.
    pub fn choose(&self, chance: &mut Chance) -> Option<Vec<Action>> {
        if !chance.percent(30) {
            return None;
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.back().copied()?;
        if !chance.percent(25) {
            waiting.pop_back();
        }
        let Waiting { hospital, booking, revision } = next;
        let answer = |step| Action::StepBooking { hospital, booking, revision, step };
        Some(match chance.below(10) {
            0..5 => vec![answer("approve")],
            5..8 => vec![answer("refuse")],
            _ => vec![answer("approve"), answer("refuse")],
        })
    }

    /// Takes in what became of a booking.
    pub fn hear(&self, outcome: &Value) {
        let booking = &outcome["booking"];
        let id = |name: &str| booking[name].as_str()?.parse::<Uuid>().ok();
        let revision =
            booking["revision"].as_u64().and_then(|revision| u32::try_from(revision).ok());
        let (Some(hospital), Some(id), Some(revision)) = (id("hospital_id"), id("id"), revision)
        else {
            return;
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|other| other.booking != id);
        if booking["status"] == "pending" {
            waiting.push_back(Waiting { hospital, booking: id, revision });
        }
        if waiting.len() > REMEMBERED {
            waiting.pop_front();
        }
    }
}
